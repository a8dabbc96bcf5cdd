"""After a doubt, row by row of the recovery table: what the device shows decides, and nothing is made twice.

The till that asks is a new process: all it has is the order and the last stamp of its journal.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.printers.datecs.commands_values import Item
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    PrinterFault,
    ReceiptFiscalised,
)
from statemachines.vocabulary.receipt import ShiftOpening
from tests.support.datecs_rig import CASHIER, Rig, receipt, stamped, taken_back

DIALECTS = ("bg", "c", "ua", "mk", "x")


class TillCut(BaseException):
    """The till lost its power: no handler of the driver may catch this."""


def asked(rig: Rig, order: Fiscalise) -> Event:
    till = rig.till(first_seq=0x41)
    assert till.connect()
    return rig.ask(till, order)


def again(rig: Rig, order: Fiscalise) -> Event:
    """The rules order it anew."""
    till = rig.till(first_seq=0x31)
    assert till.connect()
    return rig.give(till, order)


def made(rig: Rig) -> int:
    return len(rig.device.books.fiscal)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_row_2_nothing_was_sent_so_it_may_be_sent_from_the_start(dialect: str) -> None:
    rig = Rig(dialect)
    rig.working()
    order = rig.sell()
    assert asked(rig, order) == FiscalisationUnknown("s-1")
    assert isinstance(again(rig, order), ReceiptFiscalised)
    assert made(rig) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("at", range(8, 220, 7))
def test_row_3_to_5_wherever_it_was_cut_it_ends_as_one_document_of_the_right_lines(dialect: str, at: int) -> None:
    rig = Rig(dialect)
    till = rig.working()
    order = rig.sell(receipt(card=500, given=1000))
    rig.port.cut_after(at, error=TillCut())
    try:
        till.fiscalise(order)
    except TillCut:
        outcome = asked(rig, order)
        if isinstance(outcome, FiscalisationUnknown):
            outcome = again(rig, order)
        assert isinstance(outcome, ReceiptFiscalised), outcome
        assert outcome.stamp.number == f"{rig.device.books.fiscal[0].number:07d}"
    (one,) = rig.device.books.fiscal
    assert [line.sum for line in one.lines] == [820, 523]
    assert [amount for _, amount in one.payments] == [500, 843]
    assert rig.device.books.cancelled == ()


@pytest.mark.parametrize("dialect", ["bg", "ua", "x"])
def test_row_3_a_receipt_that_is_no_beginning_of_ours_is_cancelled_when_it_can_only_be_ours(dialect: str) -> None:
    rig = Rig(dialect)
    rig.working()
    order = rig.sell()
    rig.sold_by_hand(77, paid=False)  # nothing else was made since the last stamp, and nobody else sells here
    assert asked(rig, order) == FiscalisationUnknown("s-1")
    assert len(rig.device.books.cancelled) == 1
    assert isinstance(again(rig, order), ReceiptFiscalised)
    assert made(rig) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_row_3_a_receipt_that_is_not_ours_is_left_to_a_person(dialect: str) -> None:
    rig = Rig(dialect)
    rig.working()
    order = rig.sell()
    rig.sold_by_hand(55)  # somebody does sell here
    rig.sold_by_hand(77, paid=False)
    outcome = asked(rig, order)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    assert outcome.person_needed
    assert rig.device.books.open_receipt
    assert rig.device.books.cancelled == ()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_row_3_an_open_sale_is_no_beginning_of_a_return(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    sale = receipt()
    stamp = stamped(rig.give(till, rig.sell(sale)))
    order = rig.sell(taken_back(sale, stamp))
    rig.by_hand(rig.speak.open_sale(rig.operator))
    outcome = asked(rig, order)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    assert outcome.person_needed
    assert rig.device.books.open_receipt


@pytest.mark.parametrize("dialect", DIALECTS)
def test_row_4_a_foreign_receipt_that_is_partly_paid_is_not_finished_for_anybody(dialect: str) -> None:
    rig = Rig(dialect)
    rig.working()
    order = rig.sell()
    rig.sold_by_hand(1343, closed=False)
    outcome = asked(rig, order)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    assert outcome.person_needed
    assert made(rig) == 0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_row_6_a_receipt_whose_paper_waits_is_lawful_at_once_and_printed_later(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.port.on_bytes = lambda _, __: rig.device.fault("paper_end", 0) if made(rig) else None
    order = rig.sell()
    outcome = rig.give(till, order)
    rig.port.on_bytes = None
    assert isinstance(outcome, ReceiptFiscalised), outcome
    assert outcome.printed == "unknown"
    waits = rig.ask(till, order)
    assert isinstance(waits, FiscalisationDoubtful)
    assert "new roll" in waits.reason
    assert not waits.person_needed
    rig.device.load_paper()
    rig.pass_time(10)
    told = rig.ask(till, order)
    assert isinstance(told, ReceiptFiscalised)
    assert told.printed == "yes"
    assert made(rig) == 1


@pytest.mark.parametrize("dialect", ["c", "ua", "mk", "x"])
@pytest.mark.parametrize("price", [55, 1343])
def test_row_7_a_document_of_somebody_else_is_a_person_s_question(dialect: str, price: int) -> None:
    rig = Rig(dialect)
    rig.working()
    order = rig.sell()
    rig.sold_by_hand(price)
    outcome = asked(rig, order)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    assert outcome.person_needed


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("at", [230, 10_000])
def test_row_7_documents_that_stood_there_before_the_order_are_no_question_to_the_till_that_saw_them(
    dialect: str, at: int
) -> None:
    """It looked at the device right before; only a till that was started since knows no better than its journal."""
    rig = Rig(dialect)
    till = rig.working()
    rig.sold_by_hand(1343)
    order = rig.sell(receipt(card=1343))
    if at < 1000:
        rig.port.cut_after(at, then=rig.port.unplug)
        rig.at(10, rig.port.plug)
    else:
        rig.loses_power_after(b"8\x05", 20)
    outcome = till.fiscalise(order)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    rig.pass_time(30)
    assert till.connect()
    outcome = rig.ask(till, order)
    if isinstance(outcome, FiscalisationUnknown):
        outcome = rig.give(till, order)
    assert isinstance(outcome, ReceiptFiscalised), outcome
    assert made(rig) == 2


def test_row_7_where_documents_bear_our_number_a_foreign_one_is_no_question() -> None:
    rig = Rig("bg")
    rig.working()
    order = rig.sell()
    rig.sold_by_hand(1343)
    assert asked(rig, order) == FiscalisationUnknown("s-1")


def test_row_8_ours_is_found_among_others_and_behind_a_z_report_by_its_number() -> None:
    rig = Rig("bg")
    till = rig.working()
    order = rig.sell()
    stamp = stamped(till.fiscalise(order))  # and the till dies before it is written down
    rig.sold_by_hand(1343)
    rig.by_hand(rig.speak.z_report(rig.operator))
    found = asked(rig, order)
    assert stamped(found).number == stamp.number
    assert made(rig) == 2


@pytest.mark.parametrize("dialect", ["c", "ua", "mk", "sy55"])
def test_row_8_behind_somebody_else_s_z_report_a_person_looks(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    order = rig.sell()
    till.fiscalise(order)
    rig.by_hand(rig.speak.z_report(rig.operator))
    outcome = asked(rig, order)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    assert outcome.person_needed
    assert "Z report" in outcome.reason


def test_row_8_an_x_device_s_journal_is_searched_for_our_own_number_as_text() -> None:
    rig = Rig("x")
    till = rig.working()
    order = rig.sell()
    stamp = stamped(till.fiscalise(order))
    rig.sold_by_hand(1343)
    till.print(rig.slip())
    rig.by_hand(rig.speak.z_report(rig.operator))
    found = asked(rig, order)
    assert stamped(found).number == stamp.number
    assert stamped(found).date == rig.device.books.fiscal[0].at.isoformat()
    assert made(rig) == 2


def test_row_8_our_number_on_no_text_of_an_x_device_is_proof_only_if_all_receipts_bear_one() -> None:
    rig = Rig("x")
    rig.working()
    order = rig.sell()
    numbered = rig.speak.open_sale(rig.operator, "DT700001-OP07-0000042")
    item, pay = Item("X", "2", 1343), rig.speak.payment("0", 1343)
    rig.by_hand(numbered, rig.speak.sale(item), pay, rig.speak.close_sale())
    assert asked(rig, order) == FiscalisationUnknown("s-1")
    rig.sold_by_hand(500)
    outcome = asked(rig, order)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    assert outcome.person_needed


def test_row_8_a_return_that_names_our_sale_is_not_taken_for_it() -> None:
    """Its text bears the number of the sale too."""
    rig = Rig("x")
    till = rig.working()
    sale = receipt()
    stamp = stamped(rig.give(till, rig.sell(sale)))
    order = rig.sell(taken_back(sale, stamp))
    stamped(till.fiscalise(order))
    rig.by_hand(rig.speak.z_report(rig.operator))
    once_more = replace(rig.sell(sale), before=rig.before)  # the sale's own question, with the baseline behind it
    outcome = asked(rig, once_more)
    assert outcome == FiscalisationUnknown("s-1")
    assert stamped(asked(rig, order)).document_no > stamp.document_no


def test_row_9_another_device_is_asked_nothing_and_sold_nothing_on() -> None:
    rig, other = Rig("bg"), Rig("bg")
    rig.working()
    order = rig.sell()
    foreign = replace(order, before=replace(stamped(other.open(other.connected())), serial="DT999999"))
    outcome = asked(rig, foreign)
    assert isinstance(outcome, FiscalisationDoubtful)
    assert outcome.person_needed
    assert "another device" in outcome.reason
    refused = again(rig, foreign)
    assert isinstance(refused, FiscalisationRefused)
    assert "nothing was sent" in refused.reason
    assert made(rig) == 0


def test_row_9_a_device_that_is_not_the_configured_one_is_told_about_and_gets_nothing_to_do() -> None:
    rig = Rig("bg", change=lambda settings: replace(settings, serial="DT999999"))
    till = rig.connected()
    (told,) = rig.told()
    assert isinstance(told, PrinterFault)
    assert "DT000600" in told.cause
    assert not told.recoverable
    assert isinstance(rig.give(till, rig.sell()), FiscalisationRefused)
    outcome = rig.ask(till, rig.sell())
    assert isinstance(outcome, FiscalisationDoubtful)
    assert outcome.person_needed
    till.watch(11)
    assert rig.device.books.journal == ()


def test_a_new_shift_may_begin_on_a_new_device() -> None:
    rig = Rig("bg")
    till = rig.working()
    assert rig.before is not None
    rig.before = replace(rig.before, serial="DT999999")
    assert isinstance(rig.give(till, rig.sell()), FiscalisationRefused)
    assert stamped(rig.open(till, "shift-2")).serial == "DT000600"
    assert isinstance(rig.give(till, rig.sell()), ReceiptFiscalised)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_row_10_a_silent_device_is_asked_again_later(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.device.fault("deaf", 1)
    for _ in range(2):
        outcome = rig.ask(till, rig.sell())
        assert isinstance(outcome, FiscalisationDoubtful)
        assert not outcome.person_needed


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_cancelled_receipt_and_a_slip_in_between_do_not_hide_the_truth(dialect: str) -> None:
    """Documents without a stamp of ours move the device's numbers, and the same sale was made just before."""
    rig = Rig(dialect)
    till = rig.working()
    rig.give(till, rig.sell(receipt("s-0", number="000001")))
    till.print(rig.slip())
    order = rig.sell(receipt("s-1", number="000002"))
    assert asked(rig, order) == FiscalisationUnknown("s-1")
    till = rig.connected()
    till.fiscalise(order)
    till.print(rig.slip("K7Q3"))
    assert isinstance(asked(rig, order), ReceiptFiscalised)
    assert made(rig) == 2


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_card_sale_like_the_one_before_is_told_from_it(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.give(till, rig.sell(receipt("s-0", card=1343, number="000001")))
    till.print(rig.slip())
    order = rig.sell(receipt("s-1", card=1343, number="000002"))
    assert asked(rig, order) == FiscalisationUnknown("s-1")
    rig.connected().fiscalise(order)
    assert isinstance(asked(rig, order), ReceiptFiscalised)
    assert made(rig) == 2


@pytest.mark.parametrize("dialect", DIALECTS)
def test_cash_that_moved_is_found_and_cash_that_did_not_is_unknown(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    order = rig.cash("out", 2_500)
    assert asked(rig, order) == FiscalisationUnknown("m-1")
    till = rig.connected()
    till.fiscalise(order)
    assert stamped(asked(rig, order)).balance == 7_500
    assert rig.device.books.cash == 7_500


@pytest.mark.parametrize("dialect", DIALECTS)
def test_cash_that_moved_by_another_sum_is_a_person_s_question(dialect: str) -> None:
    rig = Rig(dialect)
    rig.working()
    order = rig.cash("in", 2_500)
    rig.by_hand(rig.speak.move_cash(100))
    outcome = asked(rig, order)
    assert isinstance(outcome, FiscalisationDoubtful)
    assert outcome.person_needed


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_z_report_is_known_by_the_next_one_s_number(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    order = rig.report()
    assert asked(rig, order) == FiscalisationUnknown("z-1")
    till = rig.connected()
    till.fiscalise(order)
    assert stamped(asked(rig, order)).number == "0001"
    rig.by_hand(rig.speak.z_report(rig.operator))
    more = asked(rig, order)
    assert isinstance(more, FiscalisationDoubtful)
    assert more.person_needed


def test_an_x_report_moves_nothing_and_may_be_made_again() -> None:
    rig = Rig("bg")
    rig.working()
    assert asked(rig, rig.report("x_report", "x-1")) == FiscalisationUnknown("x-1")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_opening_is_answered_by_what_the_device_shows(dialect: str) -> None:
    rig = Rig(dialect)
    rig.working()
    order = Fiscalise("shift-2", "shift-2", opening=ShiftOpening("shift-2", 2, 0, (), CASHIER, "d", "BGN", "bg"))
    assert stamped(asked(rig, order)).balance == 10_000


@pytest.mark.parametrize("dialect", DIALECTS)
def test_without_a_stamp_before_it_a_made_document_is_a_person_s_question(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.connected()
    order = rig.sell()
    till.fiscalise(order)
    outcome = asked(rig, order)
    assert isinstance(outcome, FiscalisationDoubtful)
    assert outcome.person_needed


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_process_that_saw_it_closed_needs_no_evidence(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.connected()
    order = rig.sell()
    told = till.fiscalise(order)
    assert stamped(rig.ask(till, order)).number == stamped(told).number
