"""The drawer on the printer's socket, through the driver."""

from __future__ import annotations

from typing import Literal

import pytest

from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    DrawerSensed,
    ReceiptPrinted,
)
from tests.drivers.printers.escpos.rig import (
    PAPER,
    Rig,
    connected,
    job,
    settings,
)


def drawer_states(rig: Rig) -> list[bool]:
    return [event.open for event in rig.events if isinstance(event, DrawerSensed)]


def test_kick_opens_the_drawer_and_the_switch_tells() -> None:
    rig = Rig()
    till = connected(rig)
    till.watch(1.0)
    assert till.kick(rig.kick_order()) == DrawerKicked("drawer-1", 1)
    till.watch(1.0)
    rig.drawer.push_shut()
    till.watch(1.0)
    assert drawer_states(rig) == [False, True, False]
    assert rig.wire.count(bytes.fromhex("10 14 01 00 01")) == 1


def test_a_printer_that_reports_nothing_by_itself_is_asked_while_its_drawer_moves() -> None:
    rig = Rig("no_asb")
    till = connected(rig)
    till.watch(1.0)
    till.kick(rig.kick_order())
    till.watch(1.0)
    assert drawer_states(rig) == [False, True]
    rig.drawer.push_shut()
    till.watch(1.0)
    assert drawer_states(rig) == [False, True, False]


def test_a_drawer_that_opens_while_a_slow_job_prints_is_seen_without_automatic_status() -> None:
    rig = Rig("no_asb", speed=4.0)
    till = connected(rig)
    till.watch(1.0)
    till.print(job(kick=rig.kick_order()))
    assert drawer_states(rig) == [False, True]
    rig.drawer.push_shut()
    till.watch(1.0)
    assert drawer_states(rig) == [False, True, False]


def test_an_opening_is_told_while_a_print_still_waits_for_its_proof() -> None:
    rig = Rig(speed=4.0)
    till = connected(rig)
    till.watch(1.0)
    till.print(job(kick=rig.kick_order()))
    names = [type(event).__name__ for event in rig.events]
    assert names.index("DrawerKicked") < len(names) - 1
    assert drawer_states(rig) == [False, True], "told before the print was over"


def test_printer_of_unknown_make_is_kicked_in_its_turn() -> None:
    rig = Rig("no_process_id")
    till = connected(rig)
    assert till.kick(rig.kick_order()) == DrawerKicked("drawer-1", 1)
    rig.pass_time(1.0)
    assert rig.drawer.is_open
    assert rig.wire.endswith(bytes.fromhex("1B 70 00 32 32"))


@pytest.mark.parametrize("personality", ["epson", "no_process_id"])
def test_kick_works_with_the_paper_at_its_end(personality: str) -> None:
    rig = Rig(personality, roll_lines=0)
    till = connected(rig)
    assert isinstance(till.kick(rig.kick_order()), DrawerKicked)
    rig.pass_time(1.0)
    assert rig.drawer.is_open


def test_buffered_kick_is_dropped_while_offline_and_never_fires_later() -> None:
    rig = Rig(settings=settings(kick="buffered"), roll_lines=0)
    till = connected(rig)
    dropped = till.kick(rig.kick_order())
    assert isinstance(dropped, DrawerKickDropped)
    assert "unattended" in dropped.reason
    rig.printer.load_paper()
    rig.pass_time(5.0)
    assert rig.printer.pulses == []


def test_expired_kick_is_dropped() -> None:
    rig = Rig()
    till = connected(rig)
    order = rig.kick_order(ttl=3.0)
    rig.pass_time(3.1)
    assert isinstance(till.kick(order), DrawerKickDropped)
    assert rig.printer.pulses == []


def test_second_kick_is_dropped_while_the_coil_rests() -> None:
    rig = Rig()
    till = connected(rig)
    assert isinstance(till.kick(rig.kick_order()), DrawerKicked)
    assert isinstance(till.kick(rig.kick_order()), DrawerKickDropped)
    rig.pass_time(1.2)
    assert isinstance(till.kick(rig.kick_order()), DrawerKicked)
    assert not rig.drawer.burnt


def test_kick_of_a_job_leaves_before_everything_else_of_it() -> None:
    rig = Rig()
    till = connected(rig)
    assert isinstance(till.print(job("K7Q1")), ReceiptPrinted)
    sent = len(rig.wire)
    assert isinstance(till.print(job(kick=rig.kick_order())), ReceiptPrinted)
    own = bytes(rig.wire[sent:])
    assert own.index(bytes.fromhex("1B 70 00 32 32")) < own.index(bytes.fromhex("1D 28 4C"))
    assert DrawerKicked("drawer-1", 1) in rig.events
    assert rig.drawer.is_open


def test_expired_kick_of_a_job_is_taken_out_and_the_receipt_is_printed() -> None:
    rig = Rig()
    till = connected(rig)
    order = rig.kick_order(ttl=0.5)
    rig.pass_time(1.0)
    assert isinstance(till.print(job(kick=order)), ReceiptPrinted)
    assert [event.reason for event in rig.events if isinstance(event, DrawerKickDropped)]
    assert DrawerKicked("drawer-1", 1) not in rig.events
    assert rig.printer.pulses == []


def test_kick_without_a_drawer_is_dropped() -> None:
    rig = Rig(with_drawer=False)
    assert isinstance(connected(rig).kick(rig.kick_order()), DrawerKickDropped)


def test_copy_is_printed_with_its_mark() -> None:
    rig = Rig()
    assert isinstance(connected(rig).print(job(copy_no=2)), ReceiptPrinted)
    lines = rig.printer.pieces[0].text_lines
    assert [line.strip() for line in lines].count("КОПІЯ 2") == 2
    assert len(lines) == len(PAPER.blocks) + 3


@pytest.mark.parametrize(("pin", "connector", "wire"), [(2, 0, "1B 70 00 32 32"), (5, 1, "1B 70 01 32 32")])
def test_drawer_on_either_pin_opens_with_a_job(pin: Literal[2, 5], connector: int, wire: str) -> None:
    rig = Rig("no_process_id", connector=connector)
    till = rig.driver(pin)
    assert till.connect()
    assert isinstance(till.print(job(kick=rig.kick_order())), ReceiptPrinted)
    assert bytes.fromhex(wire) in rig.wire
    assert [pulse.connector for pulse in rig.printer.pulses] == [connector]
    assert rig.drawer.is_open


@pytest.mark.parametrize(("pin", "connector", "wire"), [(2, 0, "10 14 01 00 01"), (5, 1, "10 14 01 01 01")])
def test_drawer_on_either_pin_opens_at_once_without_paper(pin: Literal[2, 5], connector: int, wire: str) -> None:
    rig = Rig("no_process_id", connector=connector, roll_lines=0)
    till = rig.driver(pin)
    assert till.connect()
    assert till.kick(rig.kick_order()) == DrawerKicked("drawer-1", 1)
    rig.pass_time(1.0)
    assert bytes.fromhex(wire) in rig.wire
    assert rig.drawer.is_open


def test_control_a_pulse_for_the_other_pin_opens_nothing() -> None:
    rig = Rig(connector=1)
    till = rig.driver(2)
    assert till.connect()
    till.kick(rig.kick_order())
    rig.pass_time(1.0)
    assert len(rig.printer.pulses) == 1
    assert not rig.drawer.is_open


def test_kick_in_an_error_is_dropped_because_the_printer_would_ignore_it() -> None:
    rig = Rig()
    till = connected(rig)
    rig.printer.mechanical_error()
    till.watch(1.0)
    dropped = till.kick(rig.kick_order())
    assert isinstance(dropped, DrawerKickDropped)
    assert "ignores drawer pulses; nothing was sent" in dropped.reason
    rig.port.write(bytes.fromhex("10 14 01 00 01"), 1.0)
    rig.pass_time(1.0)
    assert rig.printer.pulses == [], "the printer does ignore it"
