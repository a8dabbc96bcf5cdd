"""In the vendor's place behind a sale: what can be made to go wrong, by name, a number of times or until cleared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

#: Name -> what happens. Every one is set by `POST /_fault` or named at the start.
FAULTS: Final[dict[str, str]] = {
    "slow": "the answer comes `delay_s` seconds late (2)",
    "not-reached": "the connection is closed before anything is done",
    "lost-answer": "the request is carried out, then the connection is closed without an answer",
    "maintenance": "503",
    "server-error": "500, nothing is done",
    "token-expired": "403: the token of the request is no longer valid; a new one helps",
    "forbidden": "403: the token lacks a scope; a new one does not help",
}
KNOWN_FAULTS: Final[tuple[str, ...]] = tuple(FAULTS)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that is set. `count`: how often it still strikes, None = until cleared. `path`: only requests whose
    path ends so. `operation`: only requests of this one of `routes.URLS` (or `token`). `delay_s`: for `slow` alone.

    Raises ValueError when it cannot be.
    """

    name: str
    count: int | None = None
    path: str = ""
    operation: str = ""
    delay_s: float = 2.0

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"there is no fault {self.name!r}; known are {', '.join(KNOWN_FAULTS)}")
        if self.count is not None and self.count < 0:
            raise ValueError(f"a fault strikes 0 times (cleared) or more, not {self.count}")
        if not 0 <= self.delay_s <= 600:
            raise ValueError(f"an answer may be 0 to 600 seconds late, not {self.delay_s}")


class Faults:
    """The faults that are set, at most one of a name."""

    def __init__(self, named: Iterable[str] = ()) -> None:
        """`named`: `name` or `name:count`. Raises ValueError for a name that is not known."""
        self._set: dict[str, Fault] = {}
        for text in named:
            name, _, count = text.partition(":")
            self.put(Fault(name, int(count) if count else None))

    def put(self, fault: Fault) -> None:
        """Set `fault` in place of the one of its name; count 0 clears it."""
        self._set.pop(fault.name, None)
        if fault.count != 0:
            self._set[fault.name] = fault

    def clear(self) -> None:
        self._set.clear()

    def strike(self, name: str, path: str, operation: str) -> Fault | None:
        """The fault if it strikes this request; its count goes down by one."""
        fault = self._set.get(name)
        if fault is None or not path.endswith(fault.path) or fault.operation not in ("", operation):
            return None
        if fault.count is not None:
            self.put(replace(fault, count=fault.count - 1))
        return fault

    def listed(self) -> list[Fault]:
        return list(self._set.values())
