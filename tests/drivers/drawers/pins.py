"""A drawer on gpiozero's mock pins in virtual time: the real pin classes, a simulated drawer, no Raspberry Pi."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gpiozero.pins.mock import MockFactory

from drivers.drawers.base import DutyGuard, SenseLevel
from drivers.drawers.gpio.driver import GpioDrawer
from drivers.drawers.gpio.simulator import GpioHarness
from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports.gpio_input import GpioInput, Level
from drivers.ports.gpio_line import GpioOutput
from drivers.ports.memory import VirtualClock
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerKickDropped, DrawerKicked, DrawerSensed, Event

COIL, SWITCH = 17, 27


class VirtualInput:
    """A GpioInput whose waiting moves the virtual clock from one change of the drawer to the next."""

    def __init__(self, pin: GpioInput, harness: GpioHarness, clock: VirtualClock) -> None:
        self.name = pin.name
        self._pin = pin
        self._harness = harness
        self._clock = clock
        self._woken = threading.Event()

    def open(self) -> None:
        self._pin.open()
        self._harness.run_until(self._clock.monotonic())

    def level(self) -> bool:
        return self._pin.level()

    def read(self, timeout: float) -> Sequence[Level]:
        end = self._clock.monotonic() + timeout
        while True:
            self._harness.run_until(self._clock.monotonic())
            seen = self._pin.read(0.0)
            if seen or self._clock.monotonic() >= end or self._woken.is_set():
                self._woken.clear()
                return seen
            due = self._harness.next_change()
            self._clock.advance_to(end if due is None else min(end, due))

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        self._pin.close()


@dataclass
class PinBench:
    """One drawer on two pins, or on one when `level` is "none". `on_wait`: called in the middle of every pulse."""

    level: SenseLevel = "high"
    drawer: SimulatedDrawer = field(default_factory=lambda: SimulatedDrawer(now=100.0))
    make_guard: Callable[[], DutyGuard] = DutyGuard
    on_wait: Callable[[], None] = lambda: None
    one_shot: float | None = 0.2
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = VirtualClock(100.0)
        self.factory = MockFactory()
        coil = self.factory.pin(COIL)
        switch = self.factory.pin(SWITCH) if self.level != "none" else None
        self.harness = GpioHarness(self.drawer, coil, switch, one_shot=self.one_shot, now=100.0)
        self.restart()

    def restart(self) -> None:
        """A new process: what the old one held is let go, as the kernel does."""
        self.coil = GpioOutput(COIL, self.clock, role="cash drawer", factory=self.factory, wait=self._wait)
        pin = GpioInput(SWITCH, self.clock, pull="up", role="cash drawer", factory=self.factory)
        self.driver = GpioDrawer(
            "d1",
            self.coil,
            self.events.append,
            self.clock,
            switch=VirtualInput(pin, self.harness, self.clock) if self.level != "none" else None,
            sense_open_level=self.level,
            guard=self.make_guard(),
            wait=self.idle,
        )

    def idle(self, woken: threading.Event, seconds: float) -> bool:
        """What a driver without a switch does between two kicks."""
        if not woken.is_set():
            self.clock.advance(seconds)
            self.harness.run_until(self.clock.monotonic())
        return woken.is_set()

    def _wait(self, stop: threading.Event, seconds: float) -> bool:
        self.harness.run_until(self.clock.monotonic())
        self.on_wait()
        if not stop.is_set():
            self.clock.advance(seconds)
            self.harness.run_until(self.clock.monotonic())
        return stop.is_set()

    def up(self) -> None:
        assert self.driver.connect(), self.driver.trouble
        self.wait(2.0)

    def wait(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            if self.driver.connected:
                self.driver.watch(end - self.clock.monotonic())
            else:
                self.clock.advance_to(end)
            self.harness.run_until(self.clock.monotonic())

    def kick(self, *, pulse_ms: int = 100, attempt: int = 1, ttl: float = 4.0) -> str:
        """ "" when the pulse left, else why not."""
        order = Kick("d1", pulse_ms, int((self.clock.monotonic() + ttl) * 1000), attempt)
        answer = self.driver.kick(order)
        self.harness.run_until(self.clock.monotonic())
        assert isinstance(answer, DrawerKicked | DrawerKickDropped)
        return answer.reason if isinstance(answer, DrawerKickDropped) else ""

    def sensed(self) -> list[bool]:
        """What the switch told since the last call."""
        told = [event.open for event in self.events if isinstance(event, DrawerSensed)]
        self.events.clear()
        return told

    def close(self) -> None:
        self.driver.close()
        self.factory.reset()
