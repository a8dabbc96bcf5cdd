"""On a sale's way: what devices and vendors say passes here before it is written down for ever.

Somebody who quotes what we sent them (a vendor in an error, a device in its model) brings our own secret back, and the
journal can never be changed afterwards. So a secret of this till in any text of an event is starred out at the door.
Short ones and plain numbers are left alone: they stand in sums and receipts' numbers by chance.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

from firmware_bridge.logs import Passing, Redactor, forms_of

SHORTEST: Final = 8
_INSTEAD: Final = "***"
Told = TypeVar("Told")
_at: ContextVar[Entrance | None] = ContextVar("entrance", default=None)


@contextmanager
def guards(entrance: Entrance) -> Iterator[None]:
    """What is made inside (vendors' clients, the memory of devices) has what it is told pass `entrance`."""
    before = _at.set(entrance)
    try:
        yield
    finally:
        _at.reset(before)


def current() -> Entrance | None:
    """What others' words have to pass in whatever is made now."""
    return _at.get()


class Entrance:
    """`add` hears every secret; of passing ones it knows as many as the filter of the log. For any thread."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, ...]] = []
        self._passing: deque[tuple[str, ...]] = deque(maxlen=Redactor.PASSING)

    def add(self, secret: str) -> None:
        """Let this one in no more."""
        forms = tuple(sorted(forms_of(secret), key=len, reverse=True))
        if len(secret) >= SHORTEST and not secret.isdigit() and forms not in (*self._kept, *self._passing):
            (self._passing if isinstance(secret, Passing) else self._kept).append(forms)

    def hearing(self, on_secret: Callable[[str], None]) -> Callable[[str], None]:
        """What to call instead of `on_secret`: both hear it."""

        def both(secret: str) -> None:
            self.add(secret)
            on_secret(secret)

        return both

    def cleaned(self, text: str) -> str:
        """`text` without them."""
        for forms in (*self._kept, *self._passing):
            for form in forms:
                if form in text:
                    text = text.replace(form, _INSTEAD)
        return text

    def words(self, body: bytes) -> bytes:
        """The same of what a vendor said no with."""
        return self.cleaned(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def before(self, post: Callable[[Told], None]) -> Callable[[Told], None]:
        """What to call instead of `post`."""
        return lambda event: post(self.let_in(event))

    def let_in(self, value: Told) -> Told:
        """`value` (text, a data class, tuples and maps of them) with every text cleaned; the same object if it was."""
        said = "\n".join(_texts(value))  # one look at everything: nearly always there is nothing
        if self.cleaned(said) == said:
            return value
        found: Any = self._cleaned(value)
        return found  # type: ignore[no-any-return]  # of the type that came in

    def _cleaned(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.cleaned(value) if len(value) >= SHORTEST else value
        if isinstance(value, tuple | list) and value:
            new = [self._cleaned(item) for item in value]
            if any(one is not other for one, other in zip(new, value, strict=True)):
                return type(value)(new) if type(value) in (tuple, list) else value
        elif isinstance(value, Mapping):
            changed = {key: self._cleaned(item) for key, item in value.items()}
            if any(changed[key] is not item for key, item in value.items()):
                return changed
        elif is_dataclass(value) and not isinstance(value, type):
            parts = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
            now = {name: self._cleaned(part) for name, part in parts.items()}
            new_parts = {name: part for name, part in now.items() if part is not parts[name]}
            if new_parts:
                return replace(value, **new_parts)
        return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(getattr(value, one.name))
