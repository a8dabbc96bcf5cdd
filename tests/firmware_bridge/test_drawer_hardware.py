"""From what is configured of a drawer to its driver: port, box, switch, rest, and the rules' settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.drawers.base import SenseLevel
from drivers.drawers.gpio.driver import GpioDrawer
from drivers.drawers.trigger_box.boxes import BOXES
from drivers.drawers.trigger_box.driver import TriggerBox
from firmware_bridge import port_url
from firmware_bridge.clock import SystemClock
from firmware_bridge.drawer_hardware import DrawerHardware, box_url, build, by_port, faults, settings
from firmware_bridge.errors import UsageError
from firmware_bridge.port_url import HidUrl, SerialUrl
from statemachines.drawer import DrawerSettings, retry_after_ms

BOX = DrawerHardware("main", "trigger_box", "serial:/dev/till/drawer", "ibm-4840", sense_open_level="high")
PINS = DrawerHardware("main", "gpio", "gpio:17", sense_open_level="low", sense_port="gpio:27?pull=up")


def box(name: str) -> DrawerHardware:
    code = "" if BOXES[name].kicks else "1b7030"
    level: SenseLevel = "none" if BOXES[name].tells == "nothing" else "high"
    port = f"{BOXES[name].link}:/dev/till/drawer"
    return replace(BOX, box=name, code=code, sense_open_level=level, port=port)


@pytest.mark.parametrize("name", BOXES)
def test_every_box_can_be_configured_and_built(name: str) -> None:
    assert list(faults([box(name)])) == []
    assert isinstance(build([box(name)], SystemClock(), lambda _: None), TriggerBox)


@pytest.mark.parametrize("name", BOXES)
def test_lines_and_speed_are_as_the_box_needs_them(name: str) -> None:
    where = port_url.parse(box_url(box(name)))
    if BOXES[name].link == "hid":
        assert where == HidUrl("/dev/till/drawer")
        return
    powered = name == "apg-484a"
    assert where == SerialUrl("/dev/till/drawer", 9600, "none", dtr=powered, rts=powered)


def test_what_the_port_says_itself_is_kept() -> None:
    one = replace(BOX, port="serial:/dev/till/drawer?baud=1200&dtr=high&record=/tmp/box.jsonl")
    where = port_url.parse(box_url(one))
    assert where == SerialUrl("/dev/till/drawer", 1200, "none", dtr=True, rts=False, record="/tmp/box.jsonl")


def test_drawer_on_pins_is_built_with_and_without_a_switch() -> None:
    for one in (PINS, replace(PINS, sense_open_level="none", sense_port="")):
        assert list(faults([one])) == []
        assert isinstance(build([one], SystemClock(), lambda _: None), GpioDrawer)


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (replace(BOX, box="ibm"), "there is no trigger box 'ibm'; known are"),
        (replace(BOX, code="07"), "leave the code out"),
        (replace(BOX, box="posiflex-cr4000"), "the Posiflex CR-4000 is a HID device; write hid:/dev/till/drawer-"),
        (replace(BOX, port="hid:/dev/till/drawer"), "is no serial line, and only there no kick comes late"),
        (replace(BOX, code="zz"), "'zz' is not hexadecimal"),
        (replace(BOX, number=3), "has no socket 3"),
        (replace(BOX, box="safescan-uc100"), "cannot tell"),
        (replace(BOX, sense_line="cts"), "leave sense_line out"),
        (replace(BOX, port="serial:/dev/x?flow=xonxoff"), "no flow control"),
        (replace(BOX, port="tcp:till:4001"), "no kick comes late"),
        (replace(BOX, port="gpio:17"), "no serial line"),
        (replace(PINS, port="serial:/dev/x"), "is no pin"),
        (replace(PINS, sense_port=""), "belong together"),
        (replace(PINS, sense_open_level="none"), "belong together"),
        (replace(PINS, sense_port="gpio:17"), "same pin"),
    ],
)
def test_what_cannot_be_is_said_with_the_drawers_name(one: DrawerHardware, text: str) -> None:
    (sentence,) = faults([one])
    assert sentence.startswith("drawers.main: ")
    assert text in sentence


def test_drawers_of_one_box_share_its_port() -> None:
    second = replace(BOX, drawer_id="second", number=2)
    assert by_port([BOX, PINS, second]) == [[BOX, second], [PINS]]
    assert isinstance(build([BOX, second], SystemClock(), lambda _: None), TriggerBox)


@pytest.mark.parametrize(
    ("drawers", "text"),
    [
        ([BOX, replace(BOX, drawer_id="second", number=2, box="glancetron-8005u")], "must name the same box"),
        ([BOX, replace(BOX, drawer_id="second")], "each with a socket and a name of its own"),
        ([PINS, replace(PINS, drawer_id="second")], "cannot hang on one pin"),
    ],
)
def test_drawers_that_cannot_share_a_port_are_refused(drawers: list[DrawerHardware], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        build(drawers, SystemClock(), lambda _: None)


@pytest.mark.parametrize("name", BOXES)
def test_rules_repeat_no_pulse_before_the_box_can_have_told_of_the_last(name: str) -> None:
    found, row = settings(box(name), DrawerSettings()), BOXES[name]
    assert not found.through_printer
    assert found.sensed is (row.tells != "nothing")
    assert found.confirm_ms >= row.confirm_ms > row.deaf_s * 1000
    assert retry_after_ms(found, 1) >= row.rest_s * 1000
    assert found.attempts <= row.attempts


def test_shop_that_waits_longer_is_not_hurried() -> None:
    found = settings(BOX, DrawerSettings(confirm_ms=4000, attempts=1, retry_gap_ms=9000))
    assert (found.confirm_ms, found.attempts, found.retry_gap_ms) == (4000, 1, 9000)


def test_rest_of_the_coil_is_the_longer_of_the_boxs_and_the_shops() -> None:
    guard = replace(box("apg-484a"), gap_ms=1000).guard()
    guard.fired(200, 0.0)
    assert "rest" in guard.refusal(200, 6.1)
    assert guard.refusal(200, 6.3) == ""
    slow = replace(PINS, gap_ms=5000).guard()
    slow.fired(100, 0.0)
    assert "rest" in slow.refusal(100, 5.0)
    assert slow.refusal(100, 5.2) == ""
