"""GPIO lines on gpiozero's mock pins: a pulse always ends, and every change of the switch is seen."""

from __future__ import annotations

import ctypes
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

from drivers.errors import NotSent, Unanswered
from drivers.ports.base import PortLost
from drivers.ports.gpio_guard import LONGEST_MS
from drivers.ports.gpio_input import GpioInput
from drivers.ports.gpio_line import GpioOutput, Pulse
from tests.drivers.ports.conformance import SOON, SystemClock

PIN = 17
#: A busy machine is late; it is never early.
LATE_S = 0.12


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory()
    yield made
    made.reset()


@pytest.fixture
def line(factory: MockFactory) -> Iterator[GpioOutput]:
    made = GpioOutput(PIN, SystemClock(), role="cash drawer", factory=factory)
    made.open()
    factory.pin(PIN).clear_states()
    yield made
    made.close()


def lengths(pin: MockPin, *, level: bool = True) -> list[float]:
    """How long the pin stood at `level`, each time, by its own history; it must have come back each time."""
    assert pin.state is not level, "the pin is left on"
    return [left.timestamp for state, left in zip(pin.states, pin.states[1:], strict=False) if state.state is level]


class Killed(BaseException):
    """What a thread is killed with."""


def kill(thread: threading.Thread) -> None:
    assert thread.ident is not None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Killed))


def pulse_in_thread(line: GpioOutput, ms: int) -> tuple[threading.Thread, list[Pulse | BaseException]]:
    outcome: list[Pulse | BaseException] = []

    def run() -> None:
        try:
            outcome.append(line.pulse(ms))
        except BaseException as error:  # noqa: BLE001 - also what kills the thread is an outcome
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def wait_until_high(pin: MockPin) -> None:
    deadline = time.monotonic() + SOON
    while not pin.state and time.monotonic() < deadline:
        time.sleep(0.001)
    assert pin.state


# --- pulses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ms", [1, 50, 200])
def test_pulse_is_as_long_as_ordered_and_ends(line: GpioOutput, factory: MockFactory, ms: int) -> None:
    pulse = line.pulse(ms)
    (length,) = lengths(factory.pin(PIN))
    assert ms / 1000 <= length < ms / 1000 + LATE_S
    assert pulse.ended - pulse.began == pytest.approx(length, abs=0.02)
    assert not pulse.cut_short


@pytest.mark.parametrize("ms", [0, -1, LONGEST_MS + 1, 5000])
def test_pulse_of_another_length_is_refused(line: GpioOutput, factory: MockFactory, ms: int) -> None:
    with pytest.raises(ValueError, match=r"1 to 300 ms.*nothing was sent"):
        line.pulse(ms)
    assert lengths(factory.pin(PIN)) == []


def test_pulse_of_a_line_that_drives_low_is_low(factory: MockFactory) -> None:
    line = GpioOutput(PIN, SystemClock(), active="low", factory=factory)
    line.open()
    pin = factory.pin(PIN)
    assert pin.state
    pin.clear_states()
    line.pulse(20)
    (length,) = lengths(pin, level=False)
    assert 0.02 <= length < 0.02 + LATE_S
    line.close()


def test_exception_in_the_wait_ends_the_pulse(factory: MockFactory) -> None:
    def breaks(event: threading.Event, seconds: float) -> None:
        event.wait(0.02)
        raise ZeroDivisionError

    line = GpioOutput(PIN, SystemClock(), factory=factory, wait=breaks)
    line.open()
    factory.pin(PIN).clear_states()
    with pytest.raises(ZeroDivisionError):
        line.pulse(200)
    (length,) = lengths(factory.pin(PIN))
    assert length < 0.15
    line.close()


def test_killing_the_waiting_thread_ends_the_pulse(factory: MockFactory) -> None:
    def wait_in_steps(event: threading.Event, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            event.wait(0.005)

    line = GpioOutput(PIN, SystemClock(), factory=factory, wait=wait_in_steps)
    line.open()
    pin = factory.pin(PIN)
    pin.clear_states()
    thread, outcome = pulse_in_thread(line, 300)
    wait_until_high(pin)
    kill(thread)
    thread.join(SOON)
    assert [type(each) for each in outcome] == [Killed]
    (length,) = lengths(pin)
    assert length < 0.25
    line.close()


def hang(release: threading.Event) -> Any:
    def wait(event: threading.Event, seconds: float) -> None:
        release.wait(SOON)

    return wait


def test_guard_ends_a_pulse_whose_owner_hangs(factory: MockFactory, caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()
    line = GpioOutput(PIN, SystemClock(), factory=factory, wait=hang(release))
    line.open()
    pin = factory.pin(PIN)
    pin.clear_states()
    thread, outcome = pulse_in_thread(line, 100)
    wait_until_high(pin)
    deadline = time.monotonic() + SOON
    while pin.state and time.monotonic() < deadline:
        time.sleep(0.005)
    (length,) = lengths(pin)
    assert LONGEST_MS / 1000 <= length + 0.001 < LONGEST_MS / 1000 + LATE_S
    assert thread.is_alive(), "it was the guard, not the owner"
    release.set()
    thread.join(SOON)
    (pulse,) = outcome
    assert isinstance(pulse, Pulse)
    assert pulse.cut_short
    assert pulse.ended - pulse.began == pytest.approx(length, abs=0.02)
    assert "did not end by itself" in caplog.text
    line.close()


def test_without_the_guard_a_hanging_owner_would_hold_the_coil(
    factory: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoGuard:
        def __init__(self, *_: object) -> None: ...
        def start(self) -> None: ...
        def done(self) -> None: ...

    monkeypatch.setattr("drivers.ports.gpio_line.Guard", NoGuard)
    release = threading.Event()
    line = GpioOutput(PIN, SystemClock(), factory=factory, wait=hang(release))
    line.open()
    thread, _ = pulse_in_thread(line, 100)
    wait_until_high(factory.pin(PIN))
    assert not release.wait(LONGEST_MS / 1000 + LATE_S)
    assert factory.pin(PIN).state, "the control does not bite"
    release.set()
    thread.join(SOON)
    line.close()


def test_close_in_mid_pulse_ends_it_and_leaves_an_input(line: GpioOutput, factory: MockFactory) -> None:
    pin = factory.pin(PIN)
    thread, outcome = pulse_in_thread(line, 300)
    wait_until_high(pin)
    line.close()
    assert not pin.state
    thread.join(SOON)
    (pulse,) = outcome
    assert isinstance(pulse, Pulse)
    assert pulse.cut_short
    (length,) = lengths(pin)
    assert length < 0.25
    assert pin.function == "input"


def test_interrupt_ends_this_pulse_and_not_the_next(line: GpioOutput, factory: MockFactory) -> None:
    thread, outcome = pulse_in_thread(line, 300)
    wait_until_high(factory.pin(PIN))
    line.interrupt()
    thread.join(SOON)
    (pulse,) = outcome
    assert isinstance(pulse, Pulse)
    assert pulse.cut_short
    line.interrupt()
    assert not line.pulse(30).cut_short
    first, second = lengths(factory.pin(PIN))
    assert first < 0.25
    assert second >= 0.03


def test_second_pulse_at_the_same_time_is_refused(line: GpioOutput, factory: MockFactory) -> None:
    thread, _ = pulse_in_thread(line, 150)
    wait_until_high(factory.pin(PIN))
    with pytest.raises(NotSent, match="pulses already; nothing was sent"):
        line.pulse(50)
    thread.join(SOON)
    (length,) = lengths(factory.pin(PIN))
    assert length >= 0.15


def test_pulse_of_a_closed_line_sends_nothing(line: GpioOutput, factory: MockFactory) -> None:
    line.close()
    line.close()
    with pytest.raises(PortLost, match="not open; nothing was sent"):
        line.pulse(50)
    assert lengths(factory.pin(PIN)) == []
    assert not line.is_open


class StuckPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """A pin whose library fails: `fail_on` the level that cannot be set."""

    fail_on: bool | None = None

    def _set_state(self, value: bool) -> None:
        if value is not None and bool(value) is self.fail_on:
            raise OSError("GPIO broken")
        super()._set_state(value)


def test_pin_that_cannot_be_switched_off_becomes_an_input(caplog: pytest.LogCaptureFixture) -> None:
    factory = MockFactory(pin_class=StuckPin)
    line = GpioOutput(PIN, SystemClock(), role="cash drawer", factory=factory)
    line.open()
    pin = factory.pin(PIN)
    pin.fail_on = False
    with pytest.raises(Unanswered, match="pull the drawer's plug"):
        line.pulse(20)
    assert pin.function == "input"
    assert not line.is_open
    assert "could not be switched off" in caplog.text
    factory.reset()


def test_pin_that_cannot_be_switched_on_is_doubtful_and_off() -> None:
    factory = MockFactory(pin_class=StuckPin)
    line = GpioOutput(PIN, SystemClock(), factory=factory)
    line.open()
    factory.pin(PIN).fail_on = True
    with pytest.raises(Unanswered, match="whether it moved is not known"):
        line.pulse(20)
    assert not factory.pin(PIN).state
    line.close()
    factory.reset()


def test_opening_moves_nothing(factory: MockFactory) -> None:
    pin = factory.pin(PIN)
    pin.clear_states()
    line = GpioOutput(PIN, SystemClock(), factory=factory)
    line.open()
    line.open()
    assert pin.function == "output"
    line.close()
    assert lengths(pin) == []


# --- owners and libraries ---------------------------------------------------------------------------------------------


def test_pin_has_one_owner(line: GpioOutput, factory: MockFactory) -> None:
    other = GpioInput(PIN, SystemClock(), role="drawer switch", factory=factory)
    with pytest.raises(PortLost, match=r"in use by the cash drawer of this till"):
        other.open()


def test_pin_that_is_taken_elsewhere_is_refused(factory: MockFactory) -> None:
    from gpiozero import LED

    led = LED(PIN, pin_factory=factory)
    line = GpioOutput(PIN, SystemClock(), factory=factory)
    with pytest.raises(PortLost, match=r"already in use.*nothing was touched"):
        line.open()
    led.close()
    line.open()
    line.close()


def test_pin_that_does_not_exist_is_refused(factory: MockFactory) -> None:
    with pytest.raises(PortLost, match=r"gpio:99: .*check its BCM number"):
        GpioOutput(99, SystemClock(), factory=factory).open()


class NativeFactory(MockFactory):  # type: ignore[misc]  # gpiozero has no types
    """Stands for gpiozero's own, which needs a Pi."""


def test_native_pins_are_refused_for_outputs_and_good_enough_for_inputs() -> None:
    factory = NativeFactory()
    with pytest.raises(PortLost, match=r"`native`.*not touched; install lgpio"):
        GpioOutput(PIN, SystemClock(), factory=factory).open()
    line = GpioInput(PIN, SystemClock(), factory=factory)
    line.open()
    line.close()
    factory.reset()


def test_chosen_library_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    factory = MockFactory()
    for pin in (5, 6):
        line = GpioOutput(pin, SystemClock(), factory=factory)
        line.open()
        line.close()
    assert [record.message for record in caplog.records] == ["GPIO pins are moved by MockFactory"]
    factory.reset()


def test_machine_without_pins_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "none-such")
    with pytest.raises(PortLost, match=r"no library here can move GPIO pins.*none-such.*python3-lgpio"):
        GpioOutput(PIN, SystemClock()).open()


def test_gpiozeros_own_choice_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    line = GpioInput(PIN, SystemClock())
    line.open()
    assert isinstance(Device.pin_factory, MockFactory)
    line.close()


def test_mock_pins_from_the_environment_are_refused_for_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    with pytest.raises(PortLost, match=r"=mock stands in this program's environment.*nothing was touched; take"):
        GpioOutput(PIN, SystemClock()).open()
    assert Device.pin_factory is None


def test_mock_pins_that_the_program_itself_has_chosen_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = MockFactory()
    monkeypatch.setattr(Device, "pin_factory", factory)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    line = GpioOutput(PIN, SystemClock())
    line.open()
    line.pulse(10)
    line.close()
    assert [state.state for state in factory.pin(PIN).states].count(True) == 1
    factory.reset()


# --- the switch -------------------------------------------------------------------------------------------------------


@pytest.fixture
def switch(factory: MockFactory) -> Iterator[GpioInput]:
    made = GpioInput(22, SystemClock(), role="drawer switch", factory=factory)
    made.open()
    yield made
    made.close()


def test_first_read_tells_the_level(switch: GpioInput) -> None:
    (first,) = switch.read(0.0)
    assert first.high
    assert switch.read(0.0) == []
    assert switch.level()


@pytest.mark.parametrize(("pull", "high"), [("up", True), ("down", False)])
def test_pull_decides_what_an_open_contact_reads(factory: MockFactory, pull: Any, high: bool) -> None:
    line = GpioInput(23, SystemClock(), pull=pull, factory=factory)
    line.open()
    assert [level.high for level in line.read(0.0)] == [high]
    assert factory.pin(23).pull == pull
    line.close()


def test_line_without_a_pull_is_read_as_it_is(factory: MockFactory) -> None:
    line = GpioInput(23, SystemClock(), pull="none", factory=factory)
    line.open()
    line.read(0.0)
    factory.pin(23).drive_high()
    assert [level.high for level in line.read(0.0)] == [True]
    line.close()


def test_change_from_another_thread_ends_the_wait(switch: GpioInput, factory: MockFactory) -> None:
    switch.read(0.0)
    timer = threading.Timer(0.03, factory.pin(22).drive_low)
    timer.start()
    before = time.monotonic()
    levels = switch.read(30.0)
    assert time.monotonic() - before < SOON
    assert [level.high for level in levels] == [False]
    assert before <= levels[0].at <= time.monotonic()
    timer.join()


def test_bounces_are_all_handed_out_in_order(switch: GpioInput, factory: MockFactory) -> None:
    switch.read(0.0)
    pin = factory.pin(22)

    def bounce() -> None:
        for _ in range(20):
            pin.drive_low()
            pin.drive_high()
        pin.drive_low()

    hand = threading.Thread(target=bounce)
    hand.start()
    seen: list[bool] = []
    while len(seen) < 41:
        seen += [level.high for level in switch.read(SOON)]
    hand.join()
    assert seen == [False, True] * 20 + [False]


def test_more_changes_than_are_kept_leave_the_latest(switch: GpioInput, factory: MockFactory) -> None:
    for _ in range(500):
        factory.pin(22).drive_low()
        factory.pin(22).drive_high()
    factory.pin(22).drive_low()
    levels = switch.read(0.0)
    assert len(levels) <= 256
    assert not levels[-1].high


class DeafPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """Changes without telling anybody."""

    def _call_when_changed(self, *_: object) -> None:
        pass


def test_edge_that_nobody_reported_is_found_by_looking() -> None:
    factory = MockFactory(pin_class=DeafPin)
    line = GpioInput(22, SystemClock(), factory=factory)
    line.open()
    line.read(0.0)
    factory.pin(22).drive_low()
    assert [level.high for level in line.read(0.0)] == [False]
    assert line.read(0.0) == []
    line.close()
    factory.reset()


def test_wake_ends_the_wait_and_counts_once(switch: GpioInput) -> None:
    switch.read(0.0)
    timer = threading.Timer(0.03, switch.wake)
    timer.start()
    before = time.monotonic()
    assert switch.read(30.0) == []
    assert time.monotonic() - before < SOON
    timer.join()
    switch.wake()
    assert switch.read(30.0) == []
    before = time.monotonic()
    assert switch.read(0.05) == []
    assert time.monotonic() - before >= 0.049


def test_closed_switch_is_lost(switch: GpioInput) -> None:
    switch.close()
    switch.close()
    switch.wake()
    for call in (lambda: switch.read(0.0), switch.level):
        with pytest.raises(PortLost, match="not open"):
            call()
    assert not switch.is_open
