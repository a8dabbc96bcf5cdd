"""Beside a sale's way, on the demo day: the register cannot be reached for an hour of it, and the till sells on.

The line to the vendor is cut before one sale and mended before another. In between the till makes its documents lawful
itself, is killed once while it prints one, and hands everything over when the register is back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Self

from firmware_bridge.demo_arguments import Wish
from firmware_bridge.demo_line import Line
from firmware_bridge.rehearsal import Checkbox

#: Before which sale the register goes away, before which it is back, and which one the till is killed at.
AWAY: Final = (26, 34)
KILLED: Final = 29
#: A day of a minute waits less than a day of hours, and its register has few codes.
_CHOSEN: Final = """\
returns = "allow"
look_every_s = 5
go_online_every_s = 10
code_threshold = 60
code_target = 120
"""


class Outage:
    """The line of one till's register. A context manager; on a day without an outage it is no line at all."""

    def __init__(self, wish: Wish, url: str) -> None:
        self._line = Line(url) if wish.outage else None

    def register(self, found: Checkbox) -> Checkbox:
        """The register as the till has to look for it."""
        if self._line is None:
            return found
        return replace(found, base_url=self._line.url, offline=_CHOSEN)

    def before(self, number: int) -> None:
        """Sale `number` is about to be made."""
        if self._line is not None and number == AWAY[0]:
            self._line.cut()
        elif self._line is not None and number == AWAY[1]:
            self._line.mend()

    def __enter__(self) -> Self:
        if self._line is not None:
            self._line.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._line is not None:
            self._line.__exit__(None, None, None)
