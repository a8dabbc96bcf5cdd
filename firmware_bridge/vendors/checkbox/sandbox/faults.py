"""In the vendor's place on a sale's way: what can be made to go wrong, by name, a number of times or until cleared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

#: name -> what happens. Every one is set by `POST /_fault` or named at the start.
FAULTS: Final[dict[str, str]] = {
    "slow": "the answer comes `delay_s` seconds late (2)",
    "not-reached": "the connection is closed before anything is done",
    "lost-answer": "the request is carried out, then the connection is closed without an answer",
    "maintenance": "503 Maintenance work",
    "token-expired": "401: the token of the request is revoked; with a count, signing in again helps",
    "cashier-deactivated": "403: the cashier was deactivated",
    "license-invalid": "401: the licence key is not known",
    "signature-off": "the signing agent does not run: 400, and what waits for a signature waits on",
    "receipt-error": "the tax service refuses the receipt: it ends in ERROR",
    "shift-error": "the tax service refuses to open the shift (CLOSED) or to close it (OPENED again)",
    "tax-service-down": "the tax service does not answer: the vendor goes offline by itself and spends its codes",
    "auto-offline": "the vendor has gone offline by itself, although the tax service answers",
    "other-client": "the shift counts as opened by CheckBox Kasa: 409 on closing it",
}
KNOWN_FAULTS: Final[tuple[str, ...]] = tuple(FAULTS)
#: Faults of single requests, which can be kept to a path; the others are states of the vendor or the tax service.
_OF_REQUESTS: Final = frozenset(
    {
        *("slow", "not-reached", "lost-answer", "maintenance"),
        *("token-expired", "cashier-deactivated", "license-invalid"),
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that is set. `count`: how often it still strikes, None = until cleared. `path`: only requests whose
    path ends so. `delay_s`: seconds, for `slow` alone. `message`: the tax service's words, for the `…-error` faults.
    """

    name: str
    count: int | None = None
    path: str = ""
    delay_s: float = 2.0
    message: str = ""

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"there is no fault {self.name!r}; known are {', '.join(KNOWN_FAULTS)}")
        if self.path and self.name not in _OF_REQUESTS:
            raise ValueError(f"{self.name} is no fault of single requests and takes no path")
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
        if fault.count == 0:
            self._set.pop(fault.name, None)
        else:
            self._set[fault.name] = fault

    def clear(self) -> None:
        self._set.clear()

    def active(self, name: str, path: str = "") -> Fault | None:
        """The fault if it would strike; nothing is counted."""
        fault = self._set.get(name)
        return fault if fault is not None and path.endswith(fault.path) else None

    def strike(self, name: str, path: str = "") -> Fault | None:
        """The fault if it strikes; its count goes down by one."""
        fault = self.active(name, path)
        if fault is not None and fault.count is not None:
            self.put(replace(fault, count=fault.count - 1))
        return fault

    def listed(self) -> list[Fault]:
        return list(self._set.values())
