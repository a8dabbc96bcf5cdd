"""Everything that can be the matter with a fiscal printer: each trouble ends as made once, refused or doubtful.

What was really made is counted in the device's fiscal memory, never taken from the driver.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    PrinterCoverOpen,
    PrinterFault,
    PrinterPaperEnd,
    PrinterReady,
    PrinterSilent,
    ReceiptFiscalised,
)
from tests.support.datecs_rig import Rig

DIALECTS = ("bg", "ua", "mk", "x")


def made(rig: Rig) -> int:
    return len(rig.device.books.fiscal)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("fault", "value"),
    [
        ("dribble", 1),
        ("garbage", 1),
        ("late", 700),
        ("lost_answer", 1),
        ("lost_answer", 2),
        ("drop_request", 2),
        ("bad_checksum", 3),
        ("duplicate_answer", 1),
        ("stale_answer", 1),
        ("nak_storm", 5),
        ("syn_gap", 900),
        ("syn_gap", 2900),
    ],
)
def test_trouble_on_the_wire_is_got_over_and_makes_one_document(dialect: str, fault: str, value: int) -> None:
    rig = Rig(dialect, keeps=True)
    till = rig.working()
    rig.device.fault(fault, value)
    outcome = rig.give(till, rig.sell())
    assert isinstance(outcome, ReceiptFiscalised), outcome
    assert made(rig) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("lost", range(1, 14))
def test_one_lost_answer_anywhere_makes_no_second_document(dialect: str, lost: int) -> None:
    """The orders of a sale, each answered into nothing once; a gap of orders in between."""
    rig = Rig(dialect, keeps=True)
    till = rig.working()
    rig.at(0.03 * lost, lambda: rig.device.fault("lost_answer", 1))
    outcome = rig.give(till, rig.sell())
    assert isinstance(outcome, ReceiptFiscalised), outcome
    assert made(rig) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_device_that_falls_silent_in_the_middle_leaves_doubt_and_is_found_complete(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.at(0.4, lambda: rig.device.fault("deaf", 1))
    order = rig.sell()
    outcome = rig.give(till, order)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    assert not outcome.person_needed
    assert not till.connected
    assert isinstance(rig.told()[-1], PrinterSilent)
    rig.device.fault("deaf", 0)
    assert till.connect()
    assert isinstance(rig.ask(till, order), ReceiptFiscalised)
    assert made(rig) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("fault", ["deaf", "wrong_dialect", "wrong_speed", "power_off"])
def test_a_device_that_is_not_there_is_not_connected_and_sells_nothing(dialect: str, fault: str) -> None:
    rig = Rig(dialect)
    rig.device.fault(fault, 1)
    till = rig.till()
    assert not till.connect()
    assert isinstance(rig.told()[-1], PrinterSilent)
    outcome = rig.give(till, rig.sell())
    assert isinstance(outcome, FiscalisationRefused)
    assert "nothing was sent" in outcome.reason
    assert made(rig) == 0


@pytest.mark.parametrize(
    ("fault", "words"), [("wrong_dialect", "dialect"), ("wrong_speed", "speed"), ("deaf", "power and its cable")]
)
def test_why_it_does_not_connect_is_said_in_words_that_help(fault: str, words: str) -> None:
    rig = Rig("bg")
    rig.device.fault(fault, 1)
    rig.till().connect()
    silent = rig.told()[-1]
    assert isinstance(silent, PrinterSilent)
    assert words in silent.reason


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("fault", ["deaf", "wrong_dialect", "wrong_speed"])
def test_a_device_that_is_gone_before_the_first_order_refuses_and_made_nothing(dialect: str, fault: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.device.fault(fault, 1)
    outcome = rig.give(till, rig.sell())
    assert isinstance(outcome, FiscalisationRefused), outcome
    assert "nothing was begun" in outcome.reason
    assert made(rig) == 0
    assert not rig.device.books.open_receipt


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("paper_end", PrinterPaperEnd),
        ("cover_open", PrinterPaperEnd | PrinterCoverOpen),
        ("fm_full", PrinterFault),
        ("ej_full", PrinterFault | PrinterReady),
        ("clock_unset", PrinterFault),
        ("day_exceeded", PrinterReady),
    ],
)
def test_a_device_that_may_not_sell_refuses_and_nothing_is_left_open(
    dialect: str, fault: str, told: type[Event]
) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.pass_time(5)
    rig.device.fault(fault)
    outcome = rig.give(till, rig.sell())
    assert isinstance(outcome, FiscalisationRefused), outcome
    assert made(rig) == 0
    assert not rig.device.books.open_receipt
    assert isinstance(rig.told()[-1], told)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("line", range(8))
def test_paper_that_ends_in_the_middle_is_waited_for_and_the_receipt_goes_on(dialect: str, line: int) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.pass_time(5)
    rig.device.fault("paper_end", line + 1)
    rig.at(10, rig.device.load_paper)
    order = rig.sell()
    outcome = rig.give(till, order)
    if isinstance(outcome, ReceiptFiscalised) and outcome.printed == "unknown":  # it ended behind the last order
        rig.pass_time(20)
        outcome = rig.ask(till, order)
    assert isinstance(outcome, ReceiptFiscalised), outcome
    assert outcome.printed == "yes"
    assert made(rig) == 1
    assert any(isinstance(event, PrinterPaperEnd) for event in rig.told())
    rig.pass_time(20)
    assert next(one for one in rig.device.books.papers if one.kind == "sale").complete


@pytest.mark.parametrize("dialect", DIALECTS)
def test_paper_that_nobody_brings_leaves_an_open_receipt_that_goes_on_later(dialect: str) -> None:
    rig = Rig(dialect, change=lambda settings: replace(settings, times=replace(settings.times, paper=5.0)))
    till = rig.working()
    rig.pass_time(5)
    rig.device.fault("paper_end", 4)
    order = rig.sell()
    outcome = rig.give(till, order)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    assert "new roll" in outcome.reason
    assert not outcome.person_needed
    assert isinstance(rig.ask(till, order), FiscalisationDoubtful)
    rig.device.load_paper()
    assert isinstance(rig.ask(till, order), ReceiptFiscalised)
    assert made(rig) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_heat_passes_by_itself(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.at(0.4, lambda: rig.device.fault("overheat", 8))
    assert isinstance(rig.give(till, rig.sell()), ReceiptFiscalised)
    assert made(rig) == 1


@pytest.mark.parametrize("dialect", ["bg", "ua", "x"])
def test_what_the_device_refuses_before_the_first_payment_is_cancelled(dialect: str) -> None:
    rig = Rig(dialect, change=lambda settings: replace(settings, taxes={"a": settings.dialect.taxes[4]}, rates={}))
    till = rig.working()
    outcome = rig.give(till, rig.sell())
    assert isinstance(outcome, FiscalisationRefused), outcome
    assert made(rig) == 0
    assert not rig.device.books.open_receipt


def test_a_device_without_cancel_leaves_its_open_receipt_to_a_person() -> None:
    rig = Rig("mk")
    till = rig.working()
    rig.at(0.2, lambda: rig.device.fault("error", 111003))
    outcome = rig.give(till, rig.sell())
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    assert outcome.person_needed
    assert "open receipt" in outcome.reason
    assert made(rig) == 0


def test_a_wrong_password_is_not_tried_until_the_device_locks() -> None:
    rig = Rig("bg", change=lambda settings: replace(settings, password="9999"))
    till = rig.working()
    outcomes = [rig.give(till, rig.sell()) for _ in range(5)]
    assert all(isinstance(outcome, FiscalisationRefused) for outcome in outcomes)
    assert isinstance(outcomes[-1], FiscalisationRefused)
    assert "password" in outcomes[-1].reason
    assert "nothing was sent" in outcomes[-1].reason
    assert rig.wire.count(b"01,9999,") == 2


def test_a_receipt_of_somebody_else_is_left_alone() -> None:
    rig = Rig("bg")
    till = rig.working()
    rig.sold_by_hand(paid=False)
    outcome = rig.give(till, rig.sell())
    assert isinstance(outcome, FiscalisationRefused), outcome
    assert "finish or cancel it at the device" in outcome.reason
    assert rig.device.books.open_receipt
    assert rig.device.books.cancelled == ()


@pytest.mark.parametrize("order", [b"01,0000,1,", b"5\tP", b"8\x05"], ids=["open", "pay", "close"])
@pytest.mark.parametrize("seconds", [0.3, 0.7, 1.2])
def test_a_blink_of_power_that_makes_the_device_forget_its_last_number_doubles_nothing(
    order: bytes, seconds: float
) -> None:
    """It takes the repeated frame for a new order: it is refused, or the device's own state tells that it was done."""
    rig = Rig("bg")
    till = rig.working()
    rig.loses_power_after(order, seconds)
    wanted = rig.sell()
    outcome = rig.give(till, wanted)
    if isinstance(outcome, FiscalisationDoubtful):
        assert not outcome.person_needed
        assert till.connected or till.connect()
        outcome = rig.ask(till, wanted)
    assert isinstance(outcome, ReceiptFiscalised), outcome
    assert made(rig) == rig.blinks == 1
    assert rig.device.books.cancelled == ()


def test_a_line_that_such_a_blink_doubled_is_noticed_before_the_first_payment() -> None:
    rig = Rig("bg")
    till = rig.working()
    rig.loses_power_after("Сирене".encode("cp1251"), 0.7)
    outcome = rig.give(till, rig.sell())
    assert isinstance(outcome, FiscalisationRefused), outcome
    assert "18.66" in outcome.reason
    assert not outcome.final
    assert rig.blinks == 1
    assert made(rig) == 0
    assert not rig.device.books.open_receipt


@pytest.mark.parametrize("seconds", [1.8, 2.5, 3.5, 20.0])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_device_that_lost_its_power_for_longer_is_asked_and_not_told_again(dialect: str, seconds: float) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.loses_power_after(b"25.00", seconds)
    wanted = rig.cash("in", 2_500)
    outcome = rig.give(till, wanted)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    rig.pass_time(30)
    assert till.connect()
    assert isinstance(rig.ask(till, wanted), ReceiptFiscalised)
    assert rig.blinks == 1
    assert rig.device.books.cash == 12_500


def test_an_error_code_under_a_healthy_status_is_an_error() -> None:
    rig = Rig("x")
    till = rig.working()
    rig.device.fault("error", 111003)
    outcome = rig.give(till, rig.sell())
    assert isinstance(outcome, FiscalisationRefused), outcome
    assert "-111003" in outcome.reason
    assert made(rig) == 0


def test_a_memory_reset_in_the_middle_makes_nothing_of_the_receipt() -> None:
    rig = Rig("bg")
    till = rig.working()
    rig.at(0.2, lambda: rig.device.fault("ram_reset", 1))
    outcome = rig.give(till, rig.sell())
    assert isinstance(outcome, FiscalisationRefused), outcome
    assert made(rig) == 0
