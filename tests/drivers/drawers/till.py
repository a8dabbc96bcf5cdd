"""A till with one drawer on a port of its own, in virtual time: real rules, journal and driver, and power that fails.

A step is anything that the controller does: a commit, an order to the driver, a connection, an event taken from it. It
can be cut before each of them, after any byte, and in the middle of a pulse; a controller that was cut is thrown away
as it is, and the next one opens an image of the journal's files as they lay on the disk at that moment.
"""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from drivers.drawers.base import CashDrawer, DutyGuard, SenseLevel
from drivers.drawers.simulator import SimulatedDrawer
from drivers.drawers.trigger_box.boxes import BOXES
from drivers.ports.memory import VirtualClock
from firmware_bridge.core import TillCore
from firmware_bridge.drawer_hardware import DrawerHardware, settings
from firmware_bridge.drawer_lane import execute, not_connected
from firmware_bridge.journal.store import Journal
from statemachines.drawer import DrawerSettings
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import OpenDrawer
from statemachines.vocabulary.effects import Effect, Kick
from statemachines.vocabulary.events import DrawerEvent, DrawerKicked, Event, Occurred, TimeReached
from tests.drivers.drawers.bench import Bench
from tests.drivers.drawers.pins import PinBench
from tests.support.rules import CASHIER, NOON, OneLinePaper

DRAWER = "d1"
CODE = "1b7030"
Broken = Callable[[CashDrawer], CashDrawer]


class PowerCut(BaseException):
    """The controller has no power from here on. No code may catch it."""


class Rig(Protocol):
    """A driver and what it drives. `strangers`: pulses that somebody else's bytes made."""

    clock: VirtualClock
    events: list[Event]
    driver: CashDrawer
    strangers: int
    sensed: bool

    @property
    def drawer(self) -> SimulatedDrawer: ...
    def start(self) -> None: ...
    def lose_power(self) -> None: ...
    def watch(self, seconds: float) -> None: ...
    def pass_time(self, seconds: float) -> None: ...
    def unplug(self) -> None: ...
    def plug(self) -> None: ...
    def cut_after(self, count: int, cut: Callable[[], None]) -> None: ...
    def cut_in_pulse(self, cut: Callable[[], None]) -> None: ...
    def deafen(self) -> None: ...
    def noise(self, data: bytes) -> None: ...
    def strange(self, data: bytes) -> None: ...
    def finish(self) -> None: ...


class BoxRig:
    """A trigger box on a cable in memory."""

    def __init__(self, name: str, drawer: SimulatedDrawer, guard: Callable[[float], DutyGuard] | None = None) -> None:
        self.sensed = BOXES[name].tells != "nothing"
        level: SenseLevel = "high" if self.sensed else "none"
        make = guard or (lambda rest: DutyGuard(gap_s=max(1.0, rest)))
        self._bench = Bench(name, (level,), drawers=[drawer], make_guard=make)
        self.clock, self.events = self._bench.clock, self._bench.events
        self.driver: CashDrawer = self._bench.driver
        self.strangers = 0

    @property
    def drawer(self) -> SimulatedDrawer:
        return self._bench.drawer

    def start(self) -> None:
        self._bench.restart()
        self.driver = self._bench.driver

    def lose_power(self) -> None:
        box = self._bench.box
        box.run_until(self.clock.monotonic())
        box.host_lines(dtr=False, rts=False)
        if box.bus_powered:
            box.power_off()
            box.power_on()
        self._bench.port.close()

    def watch(self, seconds: float) -> None:
        self.driver.watch(seconds)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self._bench.box.run_until(self.clock.monotonic())

    def unplug(self) -> None:
        self._bench.port.unplug()

    def plug(self) -> None:
        self._bench.port.plug()

    def cut_after(self, count: int, cut: Callable[[], None]) -> None:
        self._bench.port.cut_after(count, then=cut)

    def cut_in_pulse(self, cut: Callable[[], None]) -> None:
        """The box makes the pulse; the till only sees its last byte leave."""
        self._bench.port.cut_after(len(self._bench.row.kicks[0]), then=cut)

    def deafen(self) -> None:
        self._bench.box.deaf = True

    def noise(self, data: bytes) -> None:
        self._bench.box.noise(data)

    def strange(self, data: bytes) -> None:
        box, before = self._bench.box, len(self.drawer.pulses)
        box.run_until(self.clock.monotonic())
        box.accept(data)
        self.strangers += len(self.drawer.pulses) - before

    def finish(self) -> None:
        self.driver.close()


class PinRig:
    """Two pins, or one when `level` is "none"."""

    def __init__(self, level: SenseLevel, drawer: SimulatedDrawer, guard: Callable[[], DutyGuard] = DutyGuard) -> None:
        self.sensed = level != "none"
        self._pins = PinBench(level, drawer, guard)
        self.clock, self.events = self._pins.clock, self._pins.events
        self.driver: CashDrawer = self._pins.driver
        self.strangers = 0

    @property
    def drawer(self) -> SimulatedDrawer:
        return self._pins.drawer

    def start(self) -> None:
        self._pins.restart()
        self.driver = self._pins.driver

    def lose_power(self) -> None:
        self._pins.on_wait = lambda: None
        self._pins.driver.close()  # pins without power are inputs, and the gate's pull-down keeps the coil off
        self._pins.harness.run_until(self.clock.monotonic())

    def watch(self, seconds: float) -> None:
        self.driver.watch(seconds)
        self._pins.harness.run_until(self.clock.monotonic())

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self._pins.harness.run_until(self.clock.monotonic())

    def unplug(self) -> None:
        """Soldered pins are not pulled out; what comes next to it is a library that fails."""

    def plug(self) -> None: ...

    def cut_after(self, count: int, cut: Callable[[], None]) -> None:
        """There are no bytes: the pulse is cut as soon as it has begun."""
        self.cut_in_pulse(cut)

    def cut_in_pulse(self, cut: Callable[[], None]) -> None:
        self._pins.on_wait = cut

    def deafen(self) -> None:
        self.drawer.locked = True

    def noise(self, data: bytes) -> None:
        """A glitch of 20 ms on the switch's line."""
        if self.sensed and not self.drawer.is_open:
            self._pins.factory.pin(27).drive_high()
            self.clock.advance(0.02)

    def strange(self, data: bytes) -> None: ...

    def finish(self) -> None:
        self._pins.close()


DRIVERS = ("gpio", "gpio without switch", *BOXES)


def rig_of(name: str, drawer: SimulatedDrawer, guard: Callable[[], DutyGuard] | None = None) -> Rig:
    """The rig of one driver; `guard` replaces the coil's guard."""
    if name.startswith("gpio"):
        return PinRig("high" if name == "gpio" else "none", drawer, guard or DutyGuard)
    return BoxRig(name, drawer, None if guard is None else lambda _: guard())


def hardware_of(name: str) -> DrawerHardware:
    """What would be configured of it."""
    if name.startswith("gpio"):
        sensed = name == "gpio"
        return DrawerHardware(
            DRAWER,
            "gpio",
            "gpio:17",
            sense_open_level="high" if sensed else "none",
            sense_port="gpio:27" if sensed else "",
        )
    row = BOXES[name]
    level: SenseLevel = "none" if row.tells == "nothing" else "high"
    code = "" if row.kicks else CODE
    return DrawerHardware(DRAWER, "trigger_box", "serial:/dev/till/drawer", name, code, sense_open_level=level)


class TillClock:
    """The till's clock over the virtual one."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def utc_ms(self) -> int:
        return NOON + int(self._clock.monotonic() * 1000)


class DrawerTill:
    """`broken` makes the broken variants."""

    def __init__(self, folder: Path, name: str, rig: Rig, *, broken: Broken = lambda driver: driver) -> None:
        self._folder = folder
        self._rig = rig
        self._broken = broken
        shop = settings(hardware_of(name), DrawerSettings())
        self.settings = RuleSettings(drawers={DRAWER: shop})
        self._path = folder / "journal-0.sqlite"
        self._boots = 0
        self._journal: Journal | None = None
        self.steps = 0
        self.cut_at = -1
        self.restarted_at = float("inf")
        self.lost: list[Effect] = []
        self.boot()

    # --- the controller's life ----------------------------------------------------------------------------------

    def boot(self) -> None:
        """Power on: a new process over the journal as it lies on the disk."""
        clock = TillClock(self._rig.clock)
        self._journal = Journal.open(self._path, till_id="1", clock=clock.utc_ms, new_id=lambda: "journal")
        self.core = TillCore(self.settings, OneLinePaper(), clock, "UAH")
        body, records = self._journal.replay_from_snapshot()
        assert self.core.restore(body, list(records))
        self.core.committed(self._journal.head())
        self._inbox: deque[Event] = deque()
        self._orders: deque[Effect] = deque()
        self._fired: dict[str, int] = {}
        self._rig.start()
        self.driver = self._broken(self._rig.driver)
        self._rig.driver = self.driver
        self.core.started("1", f"boot-{self._boots}", "test")
        self._boots += 1
        self._commit(flush=True)

    def crash(self) -> None:
        """The controller has lost its power; two seconds later it is back."""
        self.lost += self._orders
        self._rig.lose_power()
        image = self._folder / f"journal-{self._boots}.sqlite"
        for suffix in ("", "-wal"):
            source = self._path.with_name(self._path.name + suffix)
            if source.exists():
                shutil.copyfile(source, image.with_name(image.name + suffix))
        self.shut_down()
        self._path = image
        self._rig.events.clear()
        self._rig.pass_time(2.0)
        self.restarted_at = self._rig.clock.monotonic()
        self.boot()

    def send_again(self) -> None:
        """What no till may do: order anew what was on its way when the power went."""
        self._orders.extend(self.lost)

    def shut_down(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def step(self) -> None:
        """The power may fail here."""
        self.steps += 1
        if self.steps == self.cut_at:
            raise PowerCut

    # --- doing things -------------------------------------------------------------------------------------------

    def ask(self, name: str = "open-1") -> None:
        """A person wants the drawer open."""
        self.step()
        assert self.core.accept(OpenDrawer(name, CASHIER, DRAWER, "change"), b"digest".ljust(32)) is None
        self._commit()

    def run(self, seconds: float) -> None:
        end = self._rig.clock.monotonic() + seconds
        while self._rig.clock.monotonic() < end:
            self.turn()

    def turn(self) -> None:
        """One look at everything, as the lane and the till's loop have it."""
        if not self.driver.connected and not self._connected():
            while self._orders:
                self._hear(not_connected(self.driver, self._orders.popleft()))
            self._rig.pass_time(0.2)
        elif self._orders:
            self.step()
            order = self._orders.popleft()
            self.lost = [order]
            self._hear(execute(self.driver, order))
            self.lost = []
            self.step()
        else:
            self._rig.watch(0.25)
        self._inbox.extend(self._rig.events)
        self._rig.events.clear()
        while self._inbox:
            self.step()
            self.core.take(self._inbox.popleft())
        now = int(self._rig.clock.monotonic() * 1000)
        for key, due in self.core.rules.deadlines().items():
            if due <= now and self._fired.get(key) != due:
                self._fired[key] = due
                self.core.take(TimeReached(key))
        self._commit()

    def _connected(self) -> bool:
        self.step()
        return self.driver.connect()

    def _hear(self, event: Event | None) -> None:
        if event is not None:
            self._inbox.append(event)

    def _commit(self, *, flush: bool = False) -> None:
        batch = self.core.cut(flush=flush)
        if batch.entries:
            assert self._journal is not None
            self.step()
            self._journal.append(
                batch.entries, batch.requests, personal=batch.personal, snapshot=batch.snapshot, anchor=batch.anchor
            )
            self.core.committed(self._journal.head())
            self.step()
        self._orders.extend(batch.effects)

    # --- what came of it ----------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """Where the rules believe the drawer to be."""
        return self.core.rules.state.drawers[DRAWER].state

    def told(self) -> list[DrawerEvent]:
        """What the journal says of the drawer, oldest first."""
        self._commit(flush=True)
        assert self._journal is not None
        _, records = self._journal.replay_from_snapshot()
        events = [record.record.event for record in records if isinstance(record.record, Occurred)]
        return [event for event in events if isinstance(event, DrawerEvent)]


class Through:
    """A driver that hands everything on; the base of the broken ones."""

    def __init__(self, driver: CashDrawer) -> None:
        self._driver = driver

    @property
    def connected(self) -> bool:
        return self._driver.connected

    @property
    def trouble(self) -> str:
        return self._driver.trouble

    def connect(self) -> bool:
        return self._driver.connect()

    def watch(self, timeout: float) -> None:
        self._driver.watch(timeout)

    def kick(self, order: Kick) -> Event:
        return self._driver.kick(order)

    def wake(self) -> None:
        self._driver.wake()

    def close(self) -> None:
        self._driver.close()


class Timeless(Through):
    """Sends orders however old they are, as a queue does."""

    def kick(self, order: Kick) -> Event:
        return self._driver.kick(replace(order, expires=10**15))


class Forgetful(Through):
    """Takes every pulse for the first one, as a driver does that does not know what it did."""

    def kick(self, order: Kick) -> Event:
        answer = self._driver.kick(replace(order, attempt=1))
        return replace(answer, attempt=order.attempt) if isinstance(answer, DrawerKicked) else answer
