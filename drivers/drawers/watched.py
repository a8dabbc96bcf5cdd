"""Beside a sale's way: one drawer on a port of its own; whether a pulse may leave, and what its switch has told.

No I/O and no clock: the driver passes the time, in seconds of a clock that only goes forward.
"""

from __future__ import annotations

from typing import Final

from drivers.drawers.base import DutyGuard, SenseLevel, SwitchSense, kick_too_old
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerSensed

_OPENING_S: Final = 1.5  # a latch takes up to 300 ms, and some boxes tell late
_LATCH_S: Final = 0.3
_NEVER: Final = float("-inf")


class WatchedDrawer:
    """A drawer, its coil's guard and its switch.

    The rules repeat a pulse that opened nothing (`Kick.attempt` 2, 3). Such a repeat is let through only when this
    driver itself sent the pulse before it and has seen the switch rest at "closed" since: after a lost connection or a
    restart nobody knows what that pulse did, and a second one would be one too many.
    """

    def __init__(self, drawer_id: str, open_level: SenseLevel = "none", guard: DutyGuard | None = None) -> None:
        self.drawer_id = drawer_id
        self.sense = SwitchSense(open_level)
        self.guard = guard or DutyGuard()
        self._fired_at = _NEVER
        self._attempt = 0
        self._seen_at = _NEVER

    @property
    def wired(self) -> bool:
        """Is there a switch that tells (UnifiedPOS CapStatus)?"""
        return self.sense.wired

    # --- pulses -------------------------------------------------------------------------------------------------

    def refusal(self, order: Kick, pulse_ms: int, now: float) -> str:
        """Why a pulse of `pulse_ms` must not leave for `order` at `now`; "" when it may. Changes nothing."""
        if kick_too_old(order, now):
            return "the order is too old; nothing was sent, so that the drawer does not open unattended"
        if self.sense.is_open:
            return "it is open already; nothing was sent; push it shut"
        return self._repeat(order) or self.guard.refusal(pulse_ms, now)

    def _repeat(self, order: Kick) -> str:
        if order.attempt <= 1:
            return ""
        if not self.wired:
            return "no switch tells what the pulse before this one did; nothing was sent; look at the drawer"
        if self._attempt != order.attempt - 1:
            return (
                "the connection was lost after the pulse before this one, and what that did is not known; "
                "nothing was sent; look at the drawer"
            )
        if self._seen_at < self._fired_at + _LATCH_S:
            return "the switch was not seen since the pulse before this one; nothing was sent; look at the drawer"
        if self.sense.deadline is not None:
            return "the switch moves after the pulse before this one; nothing was sent; look at the drawer"
        return ""

    def fired(self, order: Kick, pulse_ms: int, now: float) -> None:
        """The pulse leaves at `now`."""
        self.guard.fired(pulse_ms, now)
        self._fired_at = now
        self._attempt = order.attempt

    # --- the switch ---------------------------------------------------------------------------------------------

    def moves(self, now: float) -> bool:
        """Is it opening, or open and soon to be shut? Then its switch is worth looking at often."""
        return self.wired and (bool(self.sense.is_open) or now - self._fired_at < _OPENING_S)

    @property
    def heard(self) -> bool:
        """Has the switch told anything since the port was opened?"""
        return self._seen_at > _NEVER

    @property
    def deadline(self) -> float | None:
        """When `settled` has news if nothing changes before."""
        return self.sense.deadline

    def sensed(self, *, high: bool, now: float) -> DrawerSensed | None:
        """The switch's line was seen at this level; the news, when it has come to rest."""
        # what rested long enough before this change was true, even if nobody looked meanwhile
        rested = self.settled(now)
        self.sense.feed(high=high, now=now)
        self._seen_at = now
        return rested or self.settled(now)

    def settled(self, now: float) -> DrawerSensed | None:
        """The news that time alone brings."""
        news = self.sense.settle(now)
        return None if news is None else DrawerSensed(self.drawer_id, open=news)

    def lost(self) -> None:
        """The port is gone: whatever is seen next is news, and no pulse is repeated any more."""
        self.sense.forget()
        self._attempt = 0
        self._seen_at = _NEVER
