"""Beside the paper: the drawer on the printer's socket. Pulses go out as the printer's commands, its switch comes back
as a bit of the printer's status.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.drawers.printer_kick import PrinterKick
from drivers.ports.base import Clock
from drivers.printers.escpos.dialogue import Dialogue
from drivers.printers.escpos.settings import EscPosSettings
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import Event


class DrawerSocket:
    """`drawer` None: nothing hangs there, and nothing happens."""

    def __init__(
        self,
        dialogue: Dialogue,
        settings: EscPosSettings,
        drawer: PrinterKick | None,
        report: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        self._dialogue = dialogue
        self._settings = settings
        self._drawer = drawer
        self._report = report
        self._clock = clock

    def feel(self) -> None:
        """The level of pin 3 as the status has it now."""
        high = self._dialogue.status.pin3_high
        if self._drawer is not None and high is not None:
            news = self._drawer.sensed(high=high, now=self._clock.monotonic())
            if news is not None:
                self._report(news)

    def settle(self) -> None:
        """Time has passed: a switch at rest is believed."""
        news = self._drawer.settled(self._clock.monotonic()) if self._drawer is not None else None
        if news is not None:
            self._report(news)

    def forget(self) -> None:
        """The printer is gone: its switch cannot be seen."""
        if self._drawer is not None:
            self._drawer.sense.forget()

    def moves(self) -> bool:
        return self._drawer is not None and self._drawer.moves(self._clock.monotonic())

    @property
    def deadline(self) -> float | None:
        """When `settle` has something to say."""
        return None if self._drawer is None else self._drawer.sense.deadline

    def kick(self, order: Kick, maker: str) -> str:
        """Send one pulse. Why it was not sent, "" when it was. Raises DeviceError: whether it opened is not known."""
        drawer, status = self._drawer, self._dialogue.status
        if drawer is None:
            return "no drawer hangs on this printer; nothing was sent; correct the configuration"
        at_once = self._at_once(maker)
        if not at_once and status.offline:
            return "the printer is offline and would open the drawer later, unattended; nothing was sent"
        if status.in_error:
            return (
                "the printer has an error in which it ignores drawer pulses; nothing was sent; clear the printer, or "
                "open the drawer with its key"
            )
        now = self._clock.monotonic()
        reason = drawer.refusal(order, now, real_time=at_once)
        if reason:
            return reason
        drawer.fired(order, now, real_time=at_once)
        if self._dialogue.send(drawer.command(order, real_time=at_once)):
            return ""
        return "the printer takes no bytes; nothing was sent; open the drawer with its key"

    def _at_once(self, maker: str) -> bool:
        """DLE DC4 where it is known to work (Epson), and where ESC p would wait or be swallowed."""
        if self._settings.kick != "auto":
            return self._settings.kick == "real_time"
        return maker.upper().startswith("EPSON") or self._dialogue.status.offline
