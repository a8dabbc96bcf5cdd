"""A simulated fiscal printer with things that happen to it at given times, and how a till's settings name it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from drivers.printers.datecs.settings import DatecsSettings, settings_for
from drivers.printers.datecs.simulator import SimulatedRegister

LETTERS = {"bg": "Б", "c": "Б", "ua": "А", "mk": "А", "sy55": "1", "x": "2"}
BULGARIAN = ("bg", "c", "x")
OFF_S = 6.0
"""How long a device stays without power: longer than an unanswered frame may be repeated."""


class Bench:
    """The device with things that happen to it at given times."""

    def __init__(self, device: SimulatedRegister) -> None:
        self.device = device
        self._later: deque[tuple[float, Callable[[], None]]] = deque()
        self._now = 0.0

    def at(self, moment: float, action: Callable[[], None]) -> None:
        self._later.append((moment, action))

    def accept(self, data: bytes) -> int:
        return self.device.accept(data)

    def output(self) -> bytes:
        powered = self.device.powered
        data = self.device.output()
        if powered and not self.device.powered:  # a fault has cut its power in the middle of an answer
            self.at(self._now + OFF_S, self.device.power_on)
        return data

    def run_until(self, now: float) -> None:
        self._now = max(self._now, now)
        while self._later and self._later[0][0] <= now:
            moment, action = self._later.popleft()
            self.device.run_until(moment)
            action()
        self.device.run_until(now)

    def next_change(self) -> float | None:
        times = [self.device.next_change(), self._later[0][0] if self._later else None]
        return min((at for at in times if at is not None), default=None)


def configured(dialect: str) -> DatecsSettings:
    """The settings of a till on this device."""
    return settings_for(
        dialect,  # type: ignore[arg-type]  # a name out of a test's table
        taxes={"a": LETTERS[dialect]},
        rates={"a": 1800 if dialect in ("mk", "sy55") else 2000},
        unp=dialect in BULGARIAN,
        drawer="command",
    )
