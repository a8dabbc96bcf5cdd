"""At the paper's end of a sale: the printer's drawer connectors, pin 2 and pin 5, one pulse at a time."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.drawers.simulator import SimulatedDrawer


@dataclass(frozen=True, slots=True)
class Pulse:
    """A drawer pulse as it left the printer: connector 0 is pin 2, 1 is pin 5; seconds."""

    connector: int
    at: float
    seconds: float


class Connector:
    """`drawer` hangs on `connector`; without one, pin 3 reads HIGH. Times are seconds on the printer's clock."""

    def __init__(self, drawer: SimulatedDrawer | None, connector: int) -> None:
        self.pulses: list[Pulse] = []
        self._drawer = drawer
        self._connector = connector
        self._until = 0.0

    @property
    def high(self) -> bool:
        """The level of pin 3."""
        return True if self._drawer is None else self._drawer.level

    def busy(self, now: float) -> bool:
        """A pulse and the pause behind it are not over."""
        return now < self._until

    @property
    def free_at(self) -> float:
        return self._until

    def rest(self, now: float) -> None:
        """The power went or came: no pulse is under way."""
        self._until = now

    def pulse(self, connector: int, now: float, on_s: float, off_s: float) -> None:
        if on_s <= 0:
            return
        self.pulses.append(Pulse(connector, now, on_s))
        self._until = now + on_s + off_s
        if self._drawer is not None and connector == self._connector:
            self._drawer.pulse(now, on_s)

    def run_until(self, now: float) -> None:
        if self._drawer is not None:
            self._drawer.run_until(now)

    def next_change(self) -> float | None:
        return None if self._drawer is None else self._drawer.next_change()
