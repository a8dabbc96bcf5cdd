"""A drawer on pins: the pulse it gets, the switch it has, and what becomes of both when something breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Literal

import pytest
from gpiozero.pins.mock import MockFactory

from drivers.drawers.base import DutyGuard, SenseLevel
from drivers.drawers.gpio.driver import GpioDrawer
from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports.base import PortLost
from drivers.ports.gpio_input import GpioInput
from drivers.ports.gpio_line import GpioOutput
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerKicked, DrawerSensed
from tests.drivers.drawers.pins import COIL, SWITCH, PinBench
from tests.drivers.ports.conformance import SystemClock


@contextmanager
def bench(level: SenseLevel = "high", drawer: SimulatedDrawer | None = None) -> Iterator[PinBench]:
    open_level: Literal["high", "low"] = "low" if level == "low" else "high"
    made = PinBench(level, drawer or SimulatedDrawer(now=100.0, open_level=open_level, closes_after=2.0))
    try:
        yield made
    finally:
        made.close()


def test_one_kick_is_one_pulse_of_the_ordered_length() -> None:
    with bench() as pins:
        pins.up()
        assert pins.kick(pulse_ms=150) == ""
        (pulse,) = pins.drawer.pulses
        assert (pulse.result, round(pulse.seconds, 6)) == ("opens", 0.15)
        assert pins.factory.pin(COIL).state is False


@pytest.mark.parametrize("level", ["high", "low"])
def test_opening_and_closing_are_told_once_in_either_polarity(level: SenseLevel) -> None:
    with bench(level) as pins:
        pins.up()
        assert pins.sensed() == [False]
        pins.kick()
        pins.wait(1.0)
        assert pins.sensed() == [True]
        pins.wait(5.0)
        assert pins.sensed() == [False]


@pytest.mark.parametrize("level", ["high", "low"])
def test_closed_is_believed_200_ms_after_the_last_bounce(level: SenseLevel) -> None:
    with bench(level) as pins:
        pins.up()
        pins.kick()
        pins.wait(1.0)
        pins.sensed()
        while pins.drawer.is_open:
            pins.wait(0.01)
        pushed_at = pins.clock.monotonic()
        while not (told := pins.sensed()):
            pins.wait(0.005)
        assert told == [False]
        assert 0.28 <= pins.clock.monotonic() - pushed_at <= 0.31  # the contact bounces for 90 ms


def test_forced_opening_is_told() -> None:
    with bench() as pins:
        pins.up()
        pins.sensed()
        pins.drawer.force_open()
        pins.wait(0.2)
        assert pins.sensed() == [True]
        assert pins.drawer.pulses == []


def test_drawer_without_a_switch_is_kicked_and_never_tells() -> None:
    with bench("none") as pins:
        pins.up()
        assert pins.kick() == ""
        pins.wait(3.0)
        assert pins.sensed() == []
        assert [pulse.result for pulse in pins.drawer.pulses] == ["opens"]


def test_open_drawer_is_not_pulsed() -> None:
    with bench() as pins:
        pins.up()
        pins.drawer.force_open()
        pins.wait(0.2)
        assert "open already; nothing was sent" in pins.kick()
        assert pins.drawer.pulses == []


def test_old_order_is_refused() -> None:
    with bench() as pins:
        pins.up()
        assert "too old; nothing was sent" in pins.kick(ttl=0.0)
        assert pins.drawer.pulses == []


def test_pulse_that_would_burn_the_coil_is_refused() -> None:
    with bench() as pins:
        pins.up()
        assert "would burn the coil; nothing was sent" in pins.kick(pulse_ms=250)
        assert pins.drawer.pulses == []


def test_longer_pulse_of_a_repeat_opens_what_the_first_did_not() -> None:
    with bench(drawer=SimulatedDrawer(now=100.0, min_pulse=0.12)) as pins:
        pins.up()
        assert pins.kick(pulse_ms=100) == ""
        pins.wait(1.5)
        assert pins.kick(pulse_ms=150, attempt=2) == ""
        pins.wait(1.0)
        assert [pulse.result for pulse in pins.drawer.pulses] == ["too_short", "opens"]


def test_late_latch_is_not_pulsed_again() -> None:
    with bench(drawer=SimulatedDrawer(now=100.0, latch_delay=1.49)) as pins:
        pins.up()
        pins.kick()
        pins.wait(1.4)
        assert "the switch moves" in pins.kick(attempt=2)
        pins.wait(1.0)
        assert len(pins.drawer.pulses) == 1


def test_repeat_by_another_process_is_refused() -> None:
    with bench(drawer=SimulatedDrawer(now=100.0, stuck=1)) as pins:
        pins.up()
        pins.kick()
        pins.driver.close()
        pins.restart()
        pins.up()
        assert "nothing was sent" in pins.kick(attempt=2)
        assert len(pins.drawer.pulses) == 1


def test_pulse_cut_short_by_close_has_ended_and_the_pin_drives_nothing() -> None:
    with bench() as pins:
        pins.up()
        pins.on_wait = pins.coil.interrupt
        assert pins.kick() == ""
        assert pins.factory.pin(COIL).state is False
        pins.driver.close()
        assert pins.factory.pin(COIL).function == "input"
        assert [pulse.result for pulse in pins.drawer.pulses] == ["too_short"]


def test_exception_in_the_middle_of_a_pulse_ends_it() -> None:
    class Cut(BaseException):
        pass

    def cut() -> None:
        raise Cut

    with bench() as pins:
        pins.up()
        pins.on_wait = cut
        with pytest.raises(Cut):
            pins.kick()
        pins.harness.run_until(pins.clock.monotonic())
        assert pins.factory.pin(COIL).state is False
        pins.wait(2.0)
        assert pins.drawer.hottest < 0.1


@pytest.mark.parametrize(("one_shot", "burnt"), [(None, True), (0.2, False)])
def test_killed_process_leaves_the_pin_on_and_only_the_one_shot_saves_the_coil(
    one_shot: float | None, burnt: bool
) -> None:
    """What no software can end: the pin stays where a process left it that was killed in the middle of a pulse."""
    pins = PinBench("high", SimulatedDrawer(now=100.0), one_shot=one_shot)
    try:
        pins.up()
        pins.factory.pin(COIL).state = True
        pins.wait(10.0)
        assert pins.drawer.burnt is burnt
    finally:
        pins.close()


def test_pin_that_somebody_has_is_told_and_nothing_is_sent() -> None:
    with bench() as pins:
        taken = GpioOutput(COIL, pins.clock, role="second drawer", factory=pins.factory)
        taken.open()
        try:
            assert not pins.driver.connect()
            assert "second drawer" in pins.driver.trouble
            assert "second drawer" in pins.kick()
            assert pins.kick().endswith("nothing was sent")
        finally:
            taken.close()
        pins.up()
        assert pins.kick() == ""


def test_pin_that_cannot_be_read_any_more_disconnects(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(pin: GpioInput) -> bool:
        raise PortLost("the pin cannot be read any more (No such device)", port="gpio:27")

    with bench() as pins:
        pins.up()
        with monkeypatch.context() as broken:
            broken.setattr(GpioInput, "level", gone)
            pins.driver.watch(1.0)
            assert not pins.driver.connected
            assert "No such device" in pins.kick()
        pins.up()
        pins.wait(2.0)
        assert pins.kick() == ""
        assert len(pins.drawer.pulses) == 1


def test_closed_driver_stays_closed() -> None:
    with bench() as pins:
        pins.up()
        pins.driver.close()
        assert not pins.driver.connect()
        assert "nothing was sent" in pins.kick()


@pytest.mark.parametrize("level", ["high", "none"])
def test_close_ends_a_watch_in_another_thread(level: SenseLevel) -> None:
    factory, clock = MockFactory(), SystemClock()
    coil = GpioOutput(COIL, clock, factory=factory)
    switch = GpioInput(SWITCH, clock, factory=factory) if level != "none" else None
    driver = GpioDrawer("d1", coil, lambda event: None, clock, switch=switch, sense_open_level=level)
    assert driver.connect()
    ended = threading.Event()

    def watch() -> None:
        while driver.connected:
            driver.watch(60.0)
        ended.set()

    thread = threading.Thread(target=watch)
    thread.start()
    driver.wake()
    driver.close()
    thread.join(5.0)
    assert ended.is_set()
    factory.reset()


def test_real_time_pulse_has_its_length() -> None:
    factory, clock = MockFactory(), SystemClock()
    guard = DutyGuard(50, gap_s=0.2)
    driver = GpioDrawer("d1", GpioOutput(COIL, clock, factory=factory), lambda event: None, clock, guard=guard)
    assert driver.connect()
    driver.watch(0.21)  # the coil rests first
    factory.pin(COIL).clear_states()
    answer = driver.kick(Kick("d1", 50, 10**12))
    assert answer == DrawerKicked("d1", 1)
    _, on, off = factory.pin(COIL).states
    assert (on.state, off.state) == (True, False)
    assert 0.05 <= off.timestamp < 1.0  # a busy machine is late, never early
    driver.close()
    factory.reset()


def test_pulses_of_a_drawer_with_a_thread_of_its_own_stand_in_the_history_of_its_pin() -> None:
    """As in a till: one thread owns the drawer, the switch is moved by another, and a third one gives the orders."""
    factory, clock = MockFactory(), SystemClock()
    orders: SimpleQueue[Kick] = SimpleQueue()
    told: SimpleQueue[object] = SimpleQueue()
    driver = GpioDrawer(
        "d1",
        GpioOutput(COIL, clock, factory=factory),
        told.put,
        clock,
        switch=GpioInput(SWITCH, clock, factory=factory),
        sense_open_level="low",
        guard=DutyGuard(50, gap_s=0.0),
    )
    assert driver.connect()
    coil, switch = factory.pin(COIL), factory.pin(SWITCH)

    def serve() -> None:
        while driver.connected:
            with suppress(Empty):
                told.put(driver.kick(orders.get_nowait()))
            driver.watch(60.0)

    def hand(moves: Callable[[], None]) -> None:
        mover = threading.Thread(target=moves)
        mover.start()
        mover.join()

    owner = threading.Thread(target=serve)
    owner.start()
    assert told.get(timeout=5.0) == DrawerSensed("d1", open=False)
    coil.clear_states()
    for _ in range(2):
        orders.put(Kick("d1", 50, 10**12))
        driver.wake()
        assert told.get(timeout=5.0) == DrawerKicked("d1", 1)
        hand(switch.drive_low)
        assert told.get(timeout=5.0) == DrawerSensed("d1", open=True)
        hand(switch.drive_high)
        assert told.get(timeout=5.0) == DrawerSensed("d1", open=False)
    driver.close()
    owner.join(5.0)
    history = [(state.state, state.timestamp) for state in coil.states]
    assert [level for level, _ in history[:5]] == [False, True, False, True, False]
    # the time at a level stands beside the one that ends it
    assert all(0.05 <= lasted < 1.0 for level, lasted in (history[2], history[4]))
    assert not any(level for level, _ in history[5:])
    factory.reset()


def test_switch_and_its_level_belong_together() -> None:
    clock = SystemClock()
    coil, switch = GpioOutput(COIL, clock), GpioInput(SWITCH, clock)
    with pytest.raises(ValueError, match="or neither"):
        GpioDrawer("d1", coil, lambda event: None, clock, switch=switch)
    with pytest.raises(ValueError, match="or neither"):
        GpioDrawer("d1", coil, lambda event: None, clock, sense_open_level="high")


def test_order_for_another_drawer_is_refused() -> None:
    with bench() as pins:
        pins.up()
        answer = pins.driver.kick(Kick("other", 100, 10**9))
        assert "correct the drawer's name" in str(answer)
