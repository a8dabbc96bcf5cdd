"""Beside a sale's way: a cash drawer on a receipt printer's socket, opened through the printer.

The socket has two drive lines, pin 2 and pin 5, and one switch line, pin 3, whose level the printer reports. The
level alone says nothing: switches close or open the line, and without one it is always high.
"""

from __future__ import annotations

from typing import Literal

from drivers.drawers.base import DutyGuard, SenseLevel, SwitchSense, kick_too_old
from drivers.printers.escpos import commands
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerSensed

_BUFFERED_UNIT_MS = 2  # ESC p
_REAL_TIME_UNIT_MS = 100  # DLE DC4
_OPENING_S = 1.5  # a latch takes up to 300 ms, and a printer may be busy before the pulse is its turn


class PrinterKick:
    """One drawer on pin 2 or 5. The printer's driver asks `refusal`, sends the bytes and tells `fired`."""

    def __init__(
        self,
        drawer_id: str,
        pin: Literal[2, 5] = 2,
        sense_open_level: SenseLevel = "none",
        guard: DutyGuard | None = None,
    ) -> None:
        if pin not in {2, 5}:
            raise ValueError(f"a drawer hangs on pin 2 or 5 of the printer's socket, not on {pin}")
        self.drawer_id = drawer_id
        self.pin = pin
        self.sense = SwitchSense(sense_open_level)
        self._guard = guard or DutyGuard()
        self._fired_at = float("-inf")

    def refusal(self, order: Kick, now: float, *, real_time: bool = False) -> str:
        """Why `order` must not be sent at `now` (s); "" when it may."""
        if order.drawer_id != self.drawer_id:
            return (
                f"drawer {order.drawer_id!r} does not hang on this printer ({self.drawer_id!r} does); "
                "nothing was sent; correct the drawer's name"
            )
        if kick_too_old(order, now):
            return "the order is too old; nothing was sent, so that the drawer does not open unattended"
        return self._guard.refusal(self.pulse_ms(order, real_time=real_time), now)

    def pulse_ms(self, order: Kick, *, real_time: bool) -> int:
        """The length that the printer will make of it: ESC p counts in 2 ms, DLE DC4 in 100 ms, rounded up."""
        unit = _REAL_TIME_UNIT_MS if real_time else _BUFFERED_UNIT_MS
        return -(-order.pulse_ms // unit) * unit

    def command(self, order: Kick, *, real_time: bool) -> bytes:
        """The bytes: DLE DC4 at once, or ESC p in its turn."""
        if real_time:
            return commands.drawer_pulse_now(self.pin, order.pulse_ms)
        return commands.drawer_pulse(self.pin, order.pulse_ms)

    def fired(self, order: Kick, now: float, *, real_time: bool = False) -> None:
        """The bytes left at `now`."""
        self._guard.fired(self.pulse_ms(order, real_time=real_time), now)
        self._fired_at = now

    def moves(self, now: float) -> bool:
        """Is it opening, or open and soon to be shut? Then its switch is worth looking at often."""
        return self.sense.wired and (bool(self.sense.is_open) or now - self._fired_at < _OPENING_S)

    def sensed(self, *, high: bool, now: float) -> DrawerSensed | None:
        """The level of pin 3 was seen; the news, when the switch has come to rest."""
        # what rested long enough before this change was true, even if nobody looked meanwhile
        rested = self.settled(now)
        self.sense.feed(high=high, now=now)
        return rested or self.settled(now)

    def settled(self, now: float) -> DrawerSensed | None:
        """The news that time alone brings."""
        news = self.sense.settle(now)
        return None if news is None else DrawerSensed(self.drawer_id, open=news)
