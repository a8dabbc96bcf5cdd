"""Beside a sale's way: a cash drawer on a fiscal printer's socket, opened with command 6Ah; it has no switch line.

The length of the pulse is always sent: the device remembers the last one, and its own after a memory reset (15 ms) is
too short for many drawers. Source: manuals P v1.00BG and X v2.02, command 6Ah (106): 5 to 100 ms.
"""

from __future__ import annotations

from typing import Final

from drivers.drawers.base import DutyGuard, kick_too_old
from drivers.printers.datecs.speech import Speech
from statemachines.vocabulary.effects import Kick

_SHORTEST_MS: Final = 5
_LONGEST_MS: Final = 100


class DrawerSocket:
    """`drawer_id` "": no drawer hangs there. Times in seconds of the caller's clock."""

    def __init__(self, drawer_id: str, guard: DutyGuard | None = None) -> None:
        self._drawer_id = drawer_id
        self._guard = guard or DutyGuard(longest_ms=_LONGEST_MS)

    def refusal(self, order: Kick, now: float) -> str:
        """Why `order` must not be sent at `now`; "" when it may."""
        if not self._drawer_id or order.drawer_id != self._drawer_id:
            return f"no drawer {order.drawer_id!r} hangs on it; nothing was sent; correct the configuration"
        if kick_too_old(order, now):
            return "the order is too old; nothing was sent, so that the drawer does not open unattended"
        return self._guard.refusal(self.pulse_ms(order), now)

    def pulse_ms(self, order: Kick) -> int:
        """The pulse as the device can make it."""
        return min(max(order.pulse_ms, _SHORTEST_MS), _LONGEST_MS)

    def fire(self, order: Kick, speech: Speech) -> None:
        """Send the pulse. Raises Said, NotSent, Unanswered, Stopped: of the last two it is not known."""
        self._guard.fired(self.pulse_ms(order), speech.dialogue.now())
        speech.ask(speech.language.drawer(self.pulse_ms(order)))
