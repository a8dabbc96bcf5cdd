"""In any vendor's place on a sale's way: what can be made to go wrong, by name, a number of times or until cleared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Generic, Self, TypeVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that is set. `count`: how often it still strikes, None = until cleared. `path`: only requests whose
    path ends so. `delay_s`: how late an answer comes, in seconds. A vendor's own class adds the text fields that it
    needs, and names its faults in `KNOWN` (name -> what happens) and `ALIASES` (another name -> name).

    Raises ValueError when it cannot be.
    """

    KNOWN: ClassVar[Mapping[str, str]] = {}
    ALIASES: ClassVar[Mapping[str, str]] = {}

    name: str
    count: int | None = None
    path: str = ""
    delay_s: float = 2.0

    def __post_init__(self) -> None:
        if self.name not in self.KNOWN:
            known = ", ".join((*self.KNOWN, *self.ALIASES))
            raise ValueError(f"there is no fault {self.name!r}; known are {known}")
        if self.count is not None and self.count < 0:
            raise ValueError(f"a fault strikes 0 times (cleared) or more, not {self.count}")
        if not 0 <= self.delay_s <= 600:
            raise ValueError(f"an answer may be 0 to 600 seconds late, not {self.delay_s}")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """From the body of `POST /_fault`. Raises ValueError."""
        known = {one.name for one in fields(cls)}
        if unknown := given.keys() - known:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
        count, delay = given.get("count"), given.get("delay_s", 2)
        if count is not None and (isinstance(count, bool) or not isinstance(count, int)):
            raise ValueError("count is a number of times, or null for until cleared")
        texts = {name: str(given.get(name, "")) for name in known - {"count", "delay_s"}}
        name = texts.pop("name")
        return cls(cls.ALIASES.get(name, name), count=count, delay_s=float(delay), **texts)

    def meets(self, path: str, operation: str) -> bool:
        """Whether a request to `path`, which is the vendor's `operation`, is one that it strikes."""
        return path.endswith(self.path)


F = TypeVar("F", bound=Fault)


class Faults(Generic[F]):
    """The faults that are set, at most one of a name."""

    def __init__(self, kind: type[F], named: Iterable[str] = ()) -> None:
        """`kind`: the vendor's own; `named`: `name` or `name:count`. Raises ValueError for a name not known."""
        self.kind = kind
        self._set: dict[str, F] = {}
        for text in named:
            name, _, count = text.partition(":")
            self.put(kind(kind.ALIASES.get(name, name), int(count) if count else None))

    def put(self, fault: F) -> None:
        """Set `fault` in place of the one of its name; count 0 clears it."""
        if fault.count == 0:
            self._set.pop(fault.name, None)
        else:
            self._set[fault.name] = fault

    def clear(self) -> None:
        self._set.clear()

    def active(self, name: str, path: str = "", operation: str = "") -> F | None:
        """The fault if it would strike this request; nothing is counted."""
        fault = self._set.get(name)
        return fault if fault is not None and fault.meets(path, operation) else None

    def strike(self, name: str, path: str = "", operation: str = "") -> F | None:
        """The fault if it strikes this request; its count goes down by one."""
        fault = self.active(name, path, operation)
        if fault is not None and fault.count is not None:
            self.put(replace(fault, count=fault.count - 1))
        return fault

    def listed(self) -> list[F]:
        return list(self._set.values())
