"""Connecting and watching: what the driver learns of a printer, and what it leaves alone."""

from __future__ import annotations

import pytest

from drivers.printers.escpos.simulated.personality import PERSONALITIES
from statemachines.vocabulary.events import (
    PrinterCoverOpen,
    PrinterPaperEnd,
    PrinterReady,
    PrinterSilent,
    ReceiptPrinted,
)
from statemachines.vocabulary.evidence import Counters
from tests.drivers.printers.escpos.rig import (
    Rig,
    connected,
    job,
    printer_events,
    settings_for,
)


def test_connecting_tells_who_the_printer_is_and_what_it_counts() -> None:
    rig = Rig()
    connected(rig)
    assert printer_events(rig) == [
        PrinterReady(paper_near_end=False, model="TM-T88V", serial="J5NF012345", counters=Counters(0, 0))
    ]


@pytest.mark.parametrize("personality", sorted(PERSONALITIES))
def test_connecting_reports_exactly_one_condition(personality: str) -> None:
    rig = Rig(personality, settings_for(personality))
    connected(rig)
    assert len(printer_events(rig)) == 1


def test_connecting_sends_nothing_that_prints_cuts_or_wipes() -> None:
    rig = Rig()
    connected(rig)
    assert rig.wire.startswith(bytes.fromhex("09 00 00 00 00 00 10 04 01 10 04 04 1D 61 0F 1D 72 01"))
    for disruptive in ("1B 40", "1D 56", "10 14", "10 05", "1B 64", "0A", "1B 70"):
        assert bytes.fromhex(disruptive) not in rig.wire
    assert rig.printer.pieces == ()


def test_printer_without_power_is_silent() -> None:
    rig = Rig()
    rig.printer.power_off()
    till = rig.driver()
    assert not till.connect()
    assert not till.connected
    (silent,) = printer_events(rig)
    assert isinstance(silent, PrinterSilent)
    assert "does not answer" in silent.reason


def test_missing_port_is_silent_with_the_ports_words() -> None:
    rig = Rig()
    rig.port.unplug()
    assert not rig.driver().connect()
    (silent,) = printer_events(rig)
    assert isinstance(silent, PrinterSilent)
    assert "unplugged" in silent.reason


def test_printer_without_paper_connects_and_says_so() -> None:
    rig = Rig(roll_lines=0)
    connected(rig)
    assert printer_events(rig) == [PrinterPaperEnd()]


def test_printer_that_answers_nothing_connects_when_configured_so() -> None:
    rig = Rig("mute", settings_for("mute"))
    connected(rig)
    assert printer_events(rig) == [PrinterReady()]


def test_half_a_drawer_pulse_of_a_dead_till_does_not_open_the_drawer() -> None:
    rig = Rig()
    rig.printer.accept(bytes.fromhex("1B 70 00"))
    connected(rig)
    rig.pass_time(2.0)
    assert not rig.drawer.is_open


def test_change_of_condition_is_reported_once() -> None:
    rig = Rig()
    till = connected(rig)
    assert isinstance(till.print(job()), ReceiptPrinted)
    rig.events.clear()
    rig.printer.open_cover()
    till.watch(10.0)
    rig.printer.close_cover()
    till.watch(10.0)
    ready = PrinterReady(paper_near_end=False, model="TM-T88V", serial="J5NF012345")
    assert printer_events(rig) == [PrinterCoverOpen(), ready]


def test_near_end_of_the_paper_is_reported() -> None:
    rig = Rig(roll_lines=50)
    till = connected(rig)
    assert isinstance(till.print(job()), ReceiptPrinted)
    till.watch(1.0)
    assert isinstance(rig.events[-1], PrinterReady)
    assert rig.events[-1].paper_near_end


@pytest.mark.parametrize("personality", ["epson", "barrier_only", "asb_default_on"])
def test_loss_of_power_is_noticed_within_two_heartbeats(personality: str) -> None:
    rig = Rig(personality)
    till = connected(rig)
    till.watch(1.0)
    rig.events.clear()
    rig.printer.power_off()
    gone = rig.clock.monotonic()
    while till.connected:
        till.watch(1.0)
    assert rig.clock.monotonic() - gone < 8.0
    assert [type(event) for event in printer_events(rig)] == [PrinterSilent]


def test_unplugged_port_is_noticed_and_comes_back() -> None:
    rig = Rig()
    till = connected(rig)
    rig.port.unplug()
    till.watch(1.0)
    assert not till.connected
    before_return = rig.clock.monotonic()
    till.watch(5.0)
    assert rig.clock.monotonic() == before_return
    rig.port.plug()
    assert till.connect()
    assert isinstance(till.print(job()), ReceiptPrinted)


def test_heartbeat_is_one_question_every_three_seconds() -> None:
    rig = Rig()
    till = connected(rig)
    sent = len(rig.wire)
    till.watch(30.2)
    assert bytes(rig.wire[sent:]) == bytes.fromhex("10 04 01") * 10


def test_mute_printer_is_left_alone() -> None:
    rig = Rig("mute", settings_for("mute"))
    till = connected(rig)
    sent = len(rig.wire)
    till.watch(30.0)
    assert len(rig.wire) == sent


def test_wake_ends_the_watch() -> None:
    rig = Rig()
    till = connected(rig)
    started = rig.clock.monotonic()
    till.wake()
    till.watch(60.0)
    assert rig.clock.monotonic() - started < 1.0


def test_usb_printer_that_takes_nothing_without_paper_is_not_called_silent() -> None:
    rig = Rig("usb", roll_lines=60)
    till = connected(rig)
    assert isinstance(till.print(job()), ReceiptPrinted)
    rig.printer.press_feed(60)
    till.watch(60.0)
    assert till.connected
    assert PrinterPaperEnd() in printer_events(rig)
    assert not any(isinstance(event, PrinterSilent) for event in rig.events)
    rig.printer.load_paper()
    till.watch(10.0)
    assert isinstance(printer_events(rig)[-1], PrinterReady)
    assert isinstance(till.print(job("K7Q3")), ReceiptPrinted)
