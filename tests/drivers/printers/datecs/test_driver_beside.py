"""Beside the documents: the drawer, slips and copies, and what is told of the device while nothing is ordered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    PrintDoubtful,
    PrinterCoverOpen,
    PrinterPaperEnd,
    PrinterReady,
    PrinterSilent,
    PrintFoundMissing,
    PrintRefused,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
)
from tests.support.datecs_rig import Rig, receipt

ALL = ("bg", "c", "ua", "mk", "sy55", "x")


@pytest.mark.parametrize("dialect", ALL)
def test_a_kick_pulses_the_drawer_once_for_as_long_as_ordered(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.connected()
    assert till.kick(rig.kick(80)) == DrawerKicked("main", 1)
    (pulse,) = rig.device.books.pulses
    assert pulse.seconds == pytest.approx(0.08)


def test_a_pulse_is_never_longer_than_the_device_can_make_it() -> None:
    rig = Rig("bg")
    assert isinstance(rig.connected().kick(rig.kick(200)), DrawerKicked)
    assert rig.device.books.pulses[0].seconds == pytest.approx(0.1)


def test_an_old_kick_a_second_one_too_soon_and_one_for_another_drawer_are_dropped() -> None:
    rig = Rig("bg")
    till = rig.connected()
    assert isinstance(till.kick(rig.kick(ttl=-1)), DrawerKickDropped)
    assert isinstance(till.kick(rig.kick(drawer="other")), DrawerKickDropped)
    assert isinstance(till.kick(rig.kick()), DrawerKicked)
    assert isinstance(till.kick(rig.kick()), DrawerKickDropped)
    assert len(rig.device.books.pulses) == 1


def test_without_a_connection_or_a_drawer_nothing_is_pulsed() -> None:
    rig = Rig("bg", change=lambda settings: replace(settings, drawer="none"))
    assert isinstance(rig.connected().kick(rig.kick()), DrawerKickDropped)
    gone = Rig("bg")
    assert isinstance(gone.till().kick(gone.kick()), DrawerKickDropped)
    assert gone.device.books.pulses == ()


def test_a_device_that_opens_the_drawer_itself_says_so_of_cash_only() -> None:
    rig = Rig("bg", change=lambda settings: replace(settings, drawer="payment"))
    till = rig.working()
    cash, card = rig.give(till, rig.sell()), rig.give(till, rig.sell(receipt("s-2", card=1343, number="000002")))
    assert isinstance(cash, ReceiptFiscalised)
    assert isinstance(card, ReceiptFiscalised)
    assert (cash.kicked, card.kicked) == (True, False)


@pytest.mark.parametrize("dialect", ALL)
def test_a_slip_is_a_numbered_document_and_no_fiscal_one(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.connected()
    assert till.print(rig.slip()) == ReceiptPrinted("doc", "K7Q2", "read_back")
    rig.pass_time(10)
    (document,) = rig.device.books.journal
    assert document.kind == "nonfiscal"
    assert rig.device.books.fiscal == ()
    text = "\n".join(document.lines)
    assert "  10 %  отстъпка" in text
    assert "#K7Q2 КРАЙ" in text


def test_a_copy_is_marked_twice_and_its_kick_comes_first() -> None:
    rig = Rig("bg")
    till = rig.connected()
    kick = Kick("main", 50, int((rig.clock.monotonic() + 4) * 1000))
    till.print(rig.slip(copy_no=2, kick=kick))
    assert "\n".join(rig.device.books.journal[0].lines).count("КОПИЕ 2") == 2
    assert len(rig.device.books.pulses) == 1
    assert DrawerKicked("main", 1) in rig.events


@pytest.mark.parametrize("dialect", ALL)
def test_the_last_receipt_is_copied_by_the_device_once_and_by_text_after_that(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.give(till, rig.sell())
    for number in (1, 2):
        assert isinstance(till.print(rig.slip(f"K7Q{number}", copy_no=number, document="s-1")), ReceiptPrinted)
    kinds = [one.kind for one in rig.device.books.papers]
    assert kinds[-2:] == ["duplicate", "nonfiscal"]
    assert len(rig.device.books.fiscal) == 1


@pytest.mark.parametrize("dialect", ALL)
def test_the_device_copies_nothing_when_its_last_receipt_is_somebody_else_s(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.give(till, rig.sell())
    rig.sold_by_hand(1343)
    assert isinstance(till.print(rig.slip(copy_no=1, document="s-1")), ReceiptPrinted)
    assert rig.device.books.papers[-1].kind == "nonfiscal"
    assert all(one.kind != "duplicate" for one in rig.device.books.papers)


@pytest.mark.parametrize("dialect", ALL)
def test_slips_and_cash_in_between_leave_the_last_receipt_the_last(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.give(till, rig.sell())
    till.print(rig.slip("K7Q1"))
    rig.give(till, rig.cash("in", 100, "m-2"))
    assert isinstance(till.print(rig.slip(copy_no=1, document="s-1")), ReceiptPrinted)
    assert rig.device.books.papers[-1].kind == "duplicate"


def test_a_copy_whose_answer_is_lost_is_neither_called_missing_nor_made_again() -> None:
    rig = Rig("bg")
    till = rig.working()
    rig.give(till, rig.sell())
    rig.loses_power_after(b"m1", 20)
    outcome = till.print(rig.slip(copy_no=1, document="s-1"))
    assert isinstance(outcome, PrintDoubtful), outcome
    assert outcome.end_sent is None
    rig.pass_time(25)
    assert till.connect()
    told = till.ask_print(rig.slip(copy_no=1, document="s-1"))
    assert isinstance(told, PrintUnresolved), told
    assert sum(one.kind == "duplicate" for one in rig.device.books.papers) == 1


@pytest.mark.parametrize("dialect", ALL)
@pytest.mark.parametrize("at", range(0, 260, 13))
def test_what_became_of_a_slip_is_not_blurred_by_the_sale_after_it(dialect: str, at: int) -> None:
    rig = Rig(dialect)
    till = rig.working()
    before = len(rig.device.books.journal)
    rig.port.cut_after(at, then=rig.port.unplug)
    outcome = till.print(rig.slip())
    rig.port.plug()
    if not isinstance(outcome, PrintDoubtful):
        return
    assert till.connect()
    assert isinstance(rig.give(till, rig.sell()), ReceiptFiscalised)
    text = ["\n".join(one.lines) for one in rig.device.books.journal[before:] if one.kind == "nonfiscal"]
    told = till.ask_print(rig.slip())
    if any("#K7Q2 КРАЙ" in one for one in text) and isinstance(told, ReceiptPrinted):
        return
    assert isinstance(told, PrintFoundMissing), told
    assert told.fragment == bool(text)


def test_a_slip_is_refused_while_a_receipt_is_open_or_paper_is_out() -> None:
    rig = Rig("bg")
    till = rig.connected()
    rig.sold_by_hand(paid=False)
    assert isinstance(till.print(rig.slip()), PrintRefused)
    assert rig.device.books.open_receipt
    empty = Rig("bg", roll_lines=0)
    refused = empty.connected().print(empty.slip())
    assert isinstance(refused, PrintRefused)
    assert "new roll" in refused.reason


@pytest.mark.parametrize("dialect", ALL)
@pytest.mark.parametrize("at", range(0, 260, 13))
def test_a_slip_whose_line_was_cut_is_found_or_closed_and_never_assumed(dialect: str, at: int) -> None:
    rig = Rig(dialect)
    till = rig.connected()
    rig.port.cut_after(at, then=rig.port.unplug)
    outcome = till.print(rig.slip())
    rig.port.plug()
    if isinstance(outcome, ReceiptPrinted):
        return
    assert till.connect()
    told = till.ask_print(rig.slip())
    numbered = len(rig.device.books.journal)
    if isinstance(told, ReceiptPrinted):
        assert numbered == 1
    elif isinstance(told, PrintFoundMissing) and not told.fragment:
        assert numbered == 0
    if isinstance(outcome, PrintRefused):
        assert rig.device.books.papers == ()


def test_a_new_process_does_not_know_whether_a_slip_came_out() -> None:
    rig = Rig("bg")
    assert isinstance(rig.connected().print(rig.slip()), ReceiptPrinted)
    told = rig.connected().ask_print(rig.slip())
    assert isinstance(told, PrintUnresolved)
    assert told.person_needed


def test_a_slip_that_was_left_open_does_not_stop_the_next_sale() -> None:
    rig = Rig("bg")
    till = rig.working()
    rig.by_hand(rig.speak.open_nonfiscal())
    assert isinstance(rig.give(till, rig.sell()), ReceiptFiscalised)


def test_an_interrupted_slip_says_how_far_it_came() -> None:
    rig = Rig("bg")
    till = rig.connected()
    rig.port.cut_after(60, then=rig.port.unplug)
    outcome = till.print(rig.slip())
    assert isinstance(outcome, PrintDoubtful)
    assert outcome.end_sent is False


def test_paper_and_cover_are_told_when_they_change_and_only_then() -> None:
    rig = Rig("bg")
    till = rig.connected()
    rig.device.fault("paper_end", 0)
    for _ in range(4):
        rig.pass_time(11)
        till.watch(0.5)
    rig.device.load_paper()
    rig.device.open_cover()
    rig.pass_time(2)
    till.watch(0.5)
    rig.device.close_cover()
    rig.pass_time(2)
    till.watch(0.5)
    assert [type(event) for event in rig.told()] == [PrinterReady, PrinterPaperEnd, PrinterCoverOpen, PrinterReady]


def test_a_device_that_dies_while_nothing_is_ordered_is_told_as_silent() -> None:
    rig = Rig("bg")
    till = rig.connected()
    rig.device.power_off()
    rig.pass_time(11)
    till.watch(0.5)
    assert not till.connected
    assert isinstance(rig.told()[-1], PrinterSilent)
    rig.device.power_on()
    assert till.connect()
    assert isinstance(rig.told()[-1], PrinterReady)


def test_a_port_that_is_pulled_out_is_noticed_while_watching() -> None:
    rig = Rig("bg")
    till = rig.connected()
    rig.port.unplug()
    till.watch(0.5)
    assert not till.connected


def test_closing_ends_the_connection() -> None:
    rig = Rig("bg")
    till = rig.connected()
    till.wake()
    till.close()
    assert not till.connected
    till.watch(0.5)
