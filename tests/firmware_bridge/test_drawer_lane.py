"""The lane of a drawer on a port of its own: one kick at a time, an event for each, nothing late or left behind."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from gpiozero.pins.mock import MockFactory

from drivers.drawers.base import CashDrawer, DutyGuard
from drivers.drawers.gpio.driver import GpioDrawer
from drivers.drawers.gpio.simulator import GpioHarness
from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports.gpio_input import GpioInput
from drivers.ports.gpio_line import GpioOutput
from firmware_bridge.clock import SystemClock
from firmware_bridge.drawer_lane import DrawerLane, execute, not_connected
from statemachines.vocabulary.effects import Effect, Kick, SignOut
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    DrawerReady,
    DrawerSensed,
    DrawerSilent,
    Event,
)
from statemachines.vocabulary.receipt import Person
from tests.support.inbox import PATIENCE, Heard

FOR_EVER = 10**15


@dataclass
class Scripted:
    """A drawer that does what the test says. `there`: its port can be opened."""

    there: bool = True
    breaks: Exception | None = None
    connected: bool = False
    trouble: str = "it is unplugged"
    kicks: list[Kick] = field(default_factory=list)
    connects: int = 0
    closed: bool = False
    threads: set[int] = field(default_factory=set)
    tried: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    woken: threading.Event = field(default_factory=threading.Event)
    fails_watching: Exception | None = None

    def connect(self) -> bool:
        self.connects += 1
        self.threads.add(threading.get_ident())
        self.connected = self.there and not self.closed
        self.trouble = "" if self.connected else "it is unplugged"
        self.tried.release()
        return self.connected

    def watch(self, timeout: float) -> None:
        self.threads.add(threading.get_ident())
        if self.fails_watching is not None:
            raise self.fails_watching
        self.woken.wait(timeout)
        self.woken.clear()

    def kick(self, order: Kick) -> Event:
        self.threads.add(threading.get_ident())
        self.kicks.append(order)
        if self.breaks is not None:
            raise self.breaks
        return DrawerKicked(order.drawer_id, order.attempt)

    def lose(self) -> None:
        self.there = self.connected = False
        self.trouble = "it was pulled out"
        self.woken.set()

    def wake(self) -> None:
        self.woken.set()

    def close(self) -> None:
        self.closed, self.connected = True, False
        self.woken.set()


@contextmanager
def lane(drawer: CashDrawer, heard: Heard) -> Iterator[DrawerLane]:
    made = DrawerLane(("main",), drawer, heard.post, SystemClock())
    made.start()
    try:
        yield made
    finally:
        made.close()


def kick(drawer_id: str = "main", attempt: int = 1) -> Kick:
    return Kick(drawer_id, 100, FOR_EVER, attempt)


def test_kick_is_answered_by_one_event_from_one_thread() -> None:
    drawer, heard = Scripted(), Heard()
    with lane(drawer, heard) as running:
        running.order(kick())
        assert heard.next() == DrawerKicked("main", 1)
        running.order(kick(attempt=2))
        assert heard.next() == DrawerKicked("main", 2)
    assert heard.nothing()
    assert len(drawer.threads) == 1
    assert drawer.closed


def test_kick_without_a_drawer_is_refused_at_once_with_the_reason() -> None:
    drawer, heard = Scripted(there=False), Heard()
    with lane(drawer, heard) as running:
        assert heard.next() == DrawerSilent("main", "it is unplugged")
        running.order(kick())
        dropped = heard.next()
        assert isinstance(dropped, DrawerKickDropped)
        assert "it is unplugged); nothing was sent; open it with its key" in dropped.reason
        assert running.trouble == "it is unplugged"
    assert drawer.kicks == []


def test_drawer_that_comes_back_is_connected_and_not_given_what_was_refused() -> None:
    drawer, heard = Scripted(there=False), Heard()
    with lane(drawer, heard) as running:
        assert isinstance(heard.next(), DrawerSilent)
        running.order(kick())
        assert isinstance(heard.next(), DrawerKickDropped)
        drawer.there = True
        assert heard.next() == DrawerReady("main")
        running.order(kick(attempt=1))
        assert heard.next() == DrawerKicked("main", 1)
    assert len(drawer.kicks) == 1


def test_pauses_between_attempts_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_bridge.lanes.RECONNECT_S", (0.01, 0.3))
    drawer, heard = Scripted(there=False), Heard()
    with lane(drawer, heard):
        for _ in range(3):
            assert drawer.tried.acquire(timeout=PATIENCE)
        # the third attempt came after the long pause; a fourth at once would be a busy loop
        assert not drawer.tried.acquire(timeout=0.1)


def test_lost_drawer_is_said_once_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    drawer, heard = Scripted(), Heard()
    with caplog.at_level(logging.INFO, logger="firmware_bridge.drawer_lane"), lane(drawer, heard) as running:
        running.order(kick())
        heard.next()
        drawer.lose()
        for _ in range(3):
            assert drawer.tried.acquire(timeout=PATIENCE)
    told = [record.getMessage() for record in caplog.records if "is not connected" in record.getMessage()]
    assert told[0] == "drawer main is not connected: it was pulled out"
    assert len(told) == len(set(told))


def test_lost_drawer_is_told_to_the_till_once_for_each_reason_and_so_is_its_return() -> None:
    drawer, heard = Scripted(), Heard()
    made = DrawerLane(("main", "side"), drawer, heard.post, SystemClock())
    made.start()
    try:
        made.order(kick())
        assert heard.next() == DrawerKicked("main", 1)
        drawer.lose()
        assert [heard.next() for _ in range(2)] == [
            DrawerSilent(name, "it was pulled out") for name in ("main", "side")
        ]
        assert [heard.next() for _ in range(2)] == [DrawerSilent(name, "it is unplugged") for name in ("main", "side")]
        for _ in range(2):
            assert drawer.tried.acquire(timeout=PATIENCE)
        drawer.there = True
        assert [heard.next(), heard.next()] == [DrawerReady("main"), DrawerReady("side")]
    finally:
        made.close()
    assert heard.nothing()


def test_unforeseen_error_while_watching_is_told_to_the_till() -> None:
    drawer, heard = Scripted(fails_watching=RuntimeError("boom")), Heard()
    with lane(drawer, heard):
        assert heard.next() == DrawerSilent("main", "unforeseen error in the driver (RuntimeError: boom)")


def test_unforeseen_error_in_a_kick_is_told_as_doubt_and_the_lane_lives() -> None:
    drawer, heard = Scripted(breaks=RuntimeError("boom")), Heard()
    with lane(drawer, heard) as running:
        running.order(kick())
        dropped = heard.next()
        assert isinstance(dropped, DrawerKickDropped)
        assert "RuntimeError: boom" in dropped.reason
        assert "look whether the drawer is open" in dropped.reason
        assert "nothing was sent" not in dropped.reason
        drawer.breaks = None
        running.order(kick())
        assert heard.next() == DrawerKicked("main", 1)


def test_error_while_watching_is_no_busy_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_bridge.lanes.RECONNECT_S", (0.01, 0.3))
    drawer, heard = Scripted(fails_watching=RuntimeError("boom")), Heard()
    with lane(drawer, heard):
        for _ in range(3):
            assert drawer.tried.acquire(timeout=PATIENCE)
        assert not drawer.tried.acquire(timeout=0.1)


def test_close_while_nobody_is_there_ends_the_thread() -> None:
    drawer, heard = Scripted(there=False), Heard()
    with lane(drawer, heard):
        assert isinstance(heard.next(), DrawerSilent)
    assert heard.nothing()


def test_kick_that_waits_when_the_lane_is_closed_is_never_sent() -> None:
    drawer, heard = Scripted(), Heard()
    made = DrawerLane(("main",), drawer, heard.post, SystemClock())
    made.order(kick())
    made.close()
    assert drawer.kicks == []
    assert heard.nothing()


@pytest.mark.parametrize("effect", [SignOut("shift", Person("1", "O", "cashier"))])
def test_other_orders_are_nothing_for_a_drawer(effect: Effect) -> None:
    drawer = Scripted(connected=True)
    assert execute(drawer, effect) is None
    assert not_connected(drawer, effect) is None


def test_drawer_on_pins_opens_and_tells_through_its_lane() -> None:
    factory, clock, heard = MockFactory(), SystemClock(), Heard()
    simulated = SimulatedDrawer(now=clock.monotonic(), closes_after=0.1, latch_delay=0.05, min_pulse=0.02)
    harness = GpioHarness(simulated, factory.pin(17), factory.pin(27), now=clock.monotonic())
    drawer = GpioDrawer(
        "main",
        GpioOutput(17, clock, factory=factory),
        heard.post,
        clock,
        switch=GpioInput(27, clock, factory=factory),
        sense_open_level="high",
        guard=DutyGuard(40, gap_s=0.01),  # rested by the time that the switch is believed to be closed
    )
    stopping = threading.Event()

    def live() -> None:
        while not stopping.wait(0.002):
            harness.run_until(clock.monotonic())

    person = threading.Thread(target=live)
    person.start()
    try:
        with lane(drawer, heard) as running:
            assert heard.next() == DrawerSensed("main", open=False)
            running.order(Kick("main", 40, FOR_EVER))
            assert {heard.next(), heard.next()} == {DrawerKicked("main", 1), DrawerSensed("main", open=True)}
            assert heard.next() == DrawerSensed("main", open=False)
    finally:
        stopping.set()
        person.join()
        factory.reset()
    assert len(simulated.pulses) == 1
