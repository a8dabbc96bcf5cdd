"""A trigger box on a cable in memory, with its modem lines, and the driver in front of it; all in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from drivers.drawers.base import DutyGuard, SenseLevel
from drivers.drawers.simulator import SimulatedDrawer
from drivers.drawers.trigger_box.boxes import BOXES, LineName, box_of
from drivers.drawers.trigger_box.driver import BoxDrawer, TriggerBox
from drivers.drawers.trigger_box.simulated.box import SimulatedBox
from drivers.drawers.trigger_box.simulator import CODE, simulated_box
from drivers.ports.base import Lines
from drivers.ports.memory import MemoryPort, VirtualClock
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerKickDropped, DrawerKicked, DrawerSensed, Event

#: Every box that can tell, and those that cannot.
TELLING = tuple(name for name in BOXES if name != "safescan-uc100")
SOLID = 0.01  # how far two looks at a line may lie apart in a read


class LinedPort(MemoryPort):
    """A MemoryPort with modem lines: drivers.ports.base.HasLines over a simulated box. `bare`: it has none."""

    def __init__(self, box: SimulatedBox, clock: VirtualClock, *, dtr: bool, rts: bool, bare: bool = False) -> None:
        super().__init__(box, clock, name="serial:/dev/till/drawer")
        self._box = box
        self._host = {"dtr": dtr, "rts": rts}
        self._bare = bare
        self._period: float | None = None
        self._seen: Lines | None = None
        self.looks = 0

    def open(self) -> None:
        super().open()
        self._box.run_until(self.clock.monotonic())
        self._box.host_lines(**self._host)

    def unplug(self) -> None:
        self._box.run_until(self.clock.monotonic())
        self._box.unplugged()
        super().unplug()

    def plug(self) -> None:
        super().plug()
        self._box.run_until(self.clock.monotonic())
        self._box.plugged()

    def lines(self) -> Lines | None:
        super().read(0.0)  # raises PortLost; what it may swallow, no box with lines says
        self.looks += 1
        self._seen = None if self._bare else self._box.lines()
        return self._seen

    def watch_lines(self, period: float | None) -> None:
        self._period = period

    def read(self, timeout: float) -> bytes:
        if self._period is None or self._bare:
            return super().read(timeout)
        end = self.clock.monotonic() + timeout
        while True:
            before = self.clock.monotonic()
            step = min(self._period, max(0.0, end - before))
            data = super().read(step)
            now = self.clock.monotonic()
            if data or now >= end or now - before < step or self._box.lines() != self._seen:
                return data


@dataclass
class Bench:
    """One box, its simulated drawers, its driver. `levels`: what the configuration says of each drawer's switch."""

    name: str
    levels: Sequence[SenseLevel] = ("high",)
    line: LineName | None = None
    drawers: list[SimulatedDrawer] = field(default_factory=list)
    make_guard: Callable[[float], DutyGuard] = lambda rest: DutyGuard(gap_s=max(1.0, rest))
    dtr: bool | None = None
    bare: bool = False
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = VirtualClock(100.0)
        row = BOXES[self.name]
        self.row = box_of(self.name, b"" if row.kicks else CODE)
        while len(self.drawers) < len(self.levels):
            level = self.levels[len(self.drawers)]
            self.drawers.append(SimulatedDrawer(now=100.0, open_level="low" if level == "low" else "high"))
        self.box = simulated_box(self.name, self.drawers, now=100.0)
        dtr = row.dtr if self.dtr is None else self.dtr
        self.port = LinedPort(self.box, self.clock, dtr=dtr, rts=dtr, bare=self.bare)
        self.restart()

    def restart(self) -> None:
        """A new process: another driver on the same port."""
        drawers = [
            BoxDrawer(f"d{number}", number, level, self.line, self.make_guard(self.row.rest_s))
            for number, level in enumerate(self.levels, 1)
        ]
        self.driver = TriggerBox(self.port, self.row, drawers, self.events.append)

    @property
    def drawer(self) -> SimulatedDrawer:
        return self.drawers[0]

    @property
    def written(self) -> bytes:
        return bytes(byte for _, byte in self.box.written)

    def up(self) -> None:
        """Connected, charged and at rest."""
        assert self.driver.connect(), self.driver.trouble
        self.wait(max(self.row.charge_s, 2.0) + 0.01)

    def wait(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            if self.driver.connected:
                self.driver.watch(end - self.clock.monotonic())
            else:
                self.clock.advance_to(end)
                self.box.run_until(end)

    def order(self, number: int = 1, *, attempt: int = 1, ttl: float = 4.0) -> Kick:
        return Kick(f"d{number}", 100, int((self.clock.monotonic() + ttl) * 1000), attempt)

    def kick(self, number: int = 1, *, attempt: int = 1) -> str:
        """ "" when the kick left, else why not."""
        answer = self.driver.kick(self.order(number, attempt=attempt))
        assert isinstance(answer, DrawerKicked | DrawerKickDropped)
        return answer.reason if isinstance(answer, DrawerKickDropped) else ""

    def sensed(self) -> list[tuple[str, bool]]:
        """What the switches told since the last call."""
        told = [(event.drawer_id, event.open) for event in self.events if isinstance(event, DrawerSensed)]
        self.events.clear()
        return told
