"""At the drawer's end of a cable: what every simulated trigger box has, whatever its language.

Sans-I/O: `accept` takes bytes, `output` gives them, `run_until` moves the time (seconds of the caller's clock),
`next_change` says when something happens by itself. Where a manual leaves something open, it does the unkind thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports.base import Lines

_KEPT: Final = 4096


class SimulatedBox:
    """A box with its drawers. `pulse`: seconds that it holds a coil. `bus_powered`: it lives from its port.

    `deaf`: it is there and does nothing. `written`: every byte that came, with its time. A powerless box takes bytes,
    because a serial line does not know. Time at which a byte acts is that of the last `run_until`.
    """

    #: Nothing comes out of a box: there is no paper whose revision could change.
    revision = 0

    def __init__(
        self, drawers: Sequence[SimulatedDrawer], *, now: float = 0.0, pulse: float = 0.2, bus_powered: bool = False
    ) -> None:
        self.drawers = list(drawers)
        self.bus_powered = bus_powered
        self.powered = True
        self.deaf = False
        self.dtr = self.rts = False
        self.written: list[tuple[float, int]] = []
        self._now = now
        self._pulse = pulse
        self._out = bytearray()

    @property
    def now(self) -> float:
        return self._now

    # --- the cable ----------------------------------------------------------------------------------------------

    def accept(self, data: bytes) -> int:
        """Every byte is taken at once."""
        for byte in data:
            self.written.append((self._now, byte))
            del self.written[:-_KEPT]
            if self.powered and not self.deaf:
                self._byte(byte)
        return len(data)

    def output(self) -> bytes:
        data = bytes(self._out)
        self._out.clear()
        return data

    def host_lines(self, *, dtr: bool, rts: bool) -> None:
        """The other end holds its lines so."""
        self.dtr, self.rts = dtr, rts

    def lines(self) -> Lines:
        """What it drives itself: nothing, unless it is a box that does."""
        return Lines(cts=False, dsr=False, dcd=False, ri=False)

    def plugged(self) -> None:
        """The cable is in: a box that lives from it wakes up."""
        if self.bus_powered:
            self.power_on()

    def unplugged(self) -> None:
        """The cable is out."""
        self.host_lines(dtr=False, rts=False)
        self._out.clear()
        if self.bus_powered:
            self.power_off()

    # --- hands and accidents ------------------------------------------------------------------------------------

    def power_off(self) -> None:
        """It forgets what it was in the middle of; the drawers stay as they are."""
        self.powered = False
        self._out.clear()
        self._forget()

    def power_on(self) -> None:
        self.powered = True

    def noise(self, data: bytes) -> None:
        """The line makes these bytes by itself."""
        self._out += data

    # --- time ---------------------------------------------------------------------------------------------------

    def run_until(self, now: float) -> None:
        while (due := self.next_change()) is not None and due <= now:
            self._now = max(self._now, due)
            self._pass_time()
        self._now = max(self._now, now)
        self._pass_time()

    def next_change(self) -> float | None:
        times = [drawer.next_change() for drawer in self.drawers]
        return min((at for at in (*times, self._next()) if at is not None), default=None)

    def paper_text(self) -> str:
        """It has none."""
        return ""

    # --- the language -------------------------------------------------------------------------------------------

    def _byte(self, byte: int) -> None:
        """What one byte does."""
        raise NotImplementedError

    def _forget(self) -> None:
        """It loses its power."""

    def _next(self) -> float | None:
        """When it does something by itself."""
        return None

    def _tick(self) -> None:
        """What it does by itself at this moment."""

    def _pass_time(self) -> None:
        for drawer in self.drawers:
            drawer.run_until(self._now)
        if self.powered:
            self._tick()

    def _fire(self, number: int) -> None:
        """Current through the coil of drawer `number` (1, 2)."""
        if number <= len(self.drawers):
            self.drawers[number - 1].pulse(self._now, self._pulse)

    def _contact(self, number: int) -> bool:
        """What it reads at socket `number`: a switch that is not wired looks like a closed drawer."""
        if number > len(self.drawers):
            return False
        drawer = self.drawers[number - 1]
        return drawer.wired and drawer.level
