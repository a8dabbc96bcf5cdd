"""The drawer on the printer's socket: how often it may be pulsed and when its switch is believed."""

from __future__ import annotations

import pytest

from drivers.drawers.base import DutyGuard, SwitchSense
from drivers.drawers.printer_kick import PrinterKick
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerSensed


def order(pulse_ms: int = 100, expires: int = 10_000_000, drawer_id: str = "d") -> Kick:
    return Kick(drawer_id, pulse_ms, expires)


def test_second_pulse_is_refused_while_the_coil_rests() -> None:
    guard = DutyGuard()
    assert guard.refusal(100, 10.0) == ""
    guard.fired(100, 10.0)
    assert "rest" in guard.refusal(100, 11.0)
    assert guard.refusal(100, 11.11) == ""


def test_long_pulse_needs_four_times_its_length() -> None:
    guard = DutyGuard(300)
    guard.fired(300, 0.0)
    assert guard.refusal(100, 1.45)
    assert guard.refusal(100, 1.51) == ""


@pytest.mark.parametrize("pulse", [0, -5, 201, 5000])
def test_pulse_outside_the_limits_is_refused(pulse: int) -> None:
    assert "burn" in DutyGuard().refusal(pulse, 0.0)


def test_no_configuration_permits_more_than_300_ms() -> None:
    with pytest.raises(ValueError, match="300"):
        DutyGuard(301)


def test_eleventh_pulse_within_a_minute_is_refused() -> None:
    guard = DutyGuard()
    for number in range(10):
        assert guard.refusal(50, number * 2.0) == ""
        guard.fired(50, number * 2.0)
    assert "minute" in guard.refusal(50, 20.0)
    assert "minute" in guard.refusal(50, 59.9)
    assert guard.refusal(50, 60.1) == ""


def test_refusal_itself_does_not_lengthen_the_rest() -> None:
    guard = DutyGuard()
    guard.fired(100, 0.0)
    for tenth in range(1, 11):
        guard.refusal(100, tenth / 10)
    assert guard.refusal(100, 1.11) == ""


@pytest.mark.parametrize(("polarity", "high_when_open"), [("high", True), ("low", False)])
def test_open_is_believed_after_40_ms(polarity: str, high_when_open: bool) -> None:
    sense = SwitchSense("high" if polarity == "high" else "low")
    sense.feed(high=high_when_open, now=1.0)
    assert sense.settle(1.039) is None
    assert sense.deadline == pytest.approx(1.040)
    assert sense.settle(1.041) is True
    assert sense.settle(2.0) is None
    assert sense.is_open is True


def test_closed_is_believed_after_200_ms_without_a_bounce() -> None:
    sense = SwitchSense("high")
    sense.feed(high=True, now=0.0)
    sense.settle(0.05)
    for now, high in ((1.00, False), (1.10, True), (1.12, False), (1.30, True), (1.31, False)):
        sense.feed(high=high, now=now)
        assert sense.settle(now) is None
    assert sense.settle(1.50) is None
    assert sense.settle(1.52) is False


def test_short_contact_of_a_closed_drawer_is_no_news() -> None:
    sense = SwitchSense("high")
    sense.feed(high=False, now=0.0)
    sense.settle(0.3)
    sense.feed(high=True, now=1.0)
    sense.feed(high=False, now=1.02)
    assert sense.settle(5.0) is None


def test_drawer_without_switch_is_never_open() -> None:
    sense = SwitchSense("none")
    sense.feed(high=True, now=0.0)
    assert sense.settle(10.0) is None
    assert sense.is_open is None
    assert sense.deadline is None


def test_news_carry_the_drawer_and_the_polarity() -> None:
    kick = PrinterKick("till-1", 5, "low")
    assert kick.sensed(high=False, now=0.0) is None
    assert kick.settled(0.05) == DrawerSensed("till-1", open=True)


@pytest.mark.parametrize(
    ("pin", "pulse", "real_time", "wire"),
    [
        (2, 100, False, "1B 70 00 32 32"),
        (5, 200, False, "1B 70 01 64 64"),
        (2, 51, False, "1B 70 00 1A 32"),
        (2, 100, True, "10 14 01 00 01"),
        (5, 150, True, "10 14 01 01 02"),
    ],
)
def test_pulse_is_rounded_up_to_the_commands_unit(pin: int, pulse: int, real_time: bool, wire: str) -> None:
    kick = PrinterKick("d", 2 if pin == 2 else 5)
    assert kick.command(order(pulse), real_time=real_time) == bytes.fromhex(wire)


def test_expired_order_is_refused() -> None:
    kick = PrinterKick("d")
    assert kick.refusal(order(expires=5000), 4.999) == ""
    assert "too old" in kick.refusal(order(expires=5000), 5.0)


def test_rounded_length_counts_for_the_limit() -> None:
    kick = PrinterKick("d", guard=DutyGuard(150))
    assert kick.refusal(order(150), 0.0) == ""
    assert "burn" in kick.refusal(order(150), 0.0, real_time=True)


def test_order_for_another_drawer_is_refused() -> None:
    assert "does not hang on this printer" in PrinterKick("d").refusal(order(drawer_id="e"), 0.0)


def test_other_pins_do_not_exist() -> None:
    with pytest.raises(ValueError, match="pin 2 or 5"):
        PrinterKick("d", 3)  # type: ignore[arg-type]  # the configuration is not typed


def test_an_opening_that_nobody_looked_at_in_time_is_still_told() -> None:
    drawer = PrinterKick("main", 2, "high")
    drawer.sensed(high=False, now=0.0)
    drawer.settled(1.0)
    assert drawer.sensed(high=True, now=2.0) is None
    assert drawer.sensed(high=False, now=3.0) == DrawerSensed("main", open=True)
    assert drawer.settled(3.5) == DrawerSensed("main", open=False)


def test_a_bounce_shorter_than_the_debounce_is_not_told() -> None:
    drawer = PrinterKick("main", 2, "high")
    drawer.sensed(high=False, now=0.0)
    drawer.settled(1.0)
    assert drawer.sensed(high=True, now=2.0) is None
    assert drawer.sensed(high=False, now=2.01) is None
    assert drawer.settled(3.0) is None
