"""Beside the paper at a sale's end: a simulated drawer on the pins of a Raspberry Pi that has none.

It stands between two pins of gpiozero's MockFactory and a SimulatedDrawer: whatever the first pin does to the coil, and
whatever the switch does to the second. Sans-I/O: time is the caller's.
"""

from __future__ import annotations

from typing import Final, Protocol

from drivers.drawers.simulator import SimulatedDrawer

_COIL_ON: Final = {"high": True, "low": False}


class Pin(Protocol):
    """A pin of gpiozero's MockFactory."""

    @property
    def state(self) -> object: ...
    @property
    def function(self) -> str: ...
    def drive_high(self) -> None: ...
    def drive_low(self) -> None: ...


class GpioHarness:
    """Wires `drawer` to `coil` (which drives it at the level `active`) and, when there is one, to `switch`.

    A pin that is an input drives nothing: the pull-down at the gate keeps the coil off. `one_shot`: the limiter between
    pin and coil, which ends every pulse after so many seconds; None: somebody left it out.
    """

    def __init__(
        self,
        drawer: SimulatedDrawer,
        coil: Pin,
        switch: Pin | None = None,
        *,
        active: str = "high",
        one_shot: float | None = 0.2,
        now: float = 0.0,
    ) -> None:
        self.drawer = drawer
        self._coil = coil
        self._switch = switch
        self._on = _COIL_ON[active]
        self._one_shot = one_shot
        self._ends_at: float | None = None
        self._now = now
        self._was_on = False

    def run_until(self, now: float) -> None:
        """First what the pin did since the last call (no time has passed there), then the drawer's own time."""
        self._follow_coil()
        while (due := self.next_change()) is not None and due <= now:
            self._pass_time(max(self._now, due))
        self._pass_time(max(self._now, now))

    def next_change(self) -> float | None:
        """When the drawer, or the limiter, does something by itself."""
        times = [self.drawer.next_change(), self._ends_at]
        return min((at for at in times if at is not None), default=None)

    def _pass_time(self, now: float) -> None:
        self._now = now
        if self._ends_at is not None and now >= self._ends_at:
            self.drawer.release(self._ends_at)
            self._ends_at = None
        self.drawer.run_until(now)
        self._drive_switch()

    def _follow_coil(self) -> None:
        on = self._coil.function == "output" and bool(self._coil.state) == self._on
        if on and not self._was_on:
            self.drawer.energise(self._now)
            self._ends_at = None if self._one_shot is None else self._now + self._one_shot
        elif self._was_on and not on:
            self.drawer.release(self._now)
            self._ends_at = None
        self._was_on = on

    def _drive_switch(self) -> None:
        if self._switch is None or self._switch.function != "input":
            return
        if self.drawer.level:
            self._switch.drive_high()
        else:
            self._switch.drive_low()
