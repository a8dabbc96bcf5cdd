"""Documents on every dialect: what the device has in its memory, and what the till is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from statemachines.vocabulary.events import (
    FiscalisationRefused,
    PrinterReady,
    ReceiptFiscalised,
)
from statemachines.vocabulary.receipt import AdjustmentRequest, LineRequest, Original, Receipt
from tests.support.datecs_rig import BREAD, Rig, receipt, stamped, taken_back

ALL = ("bg", "c", "ua", "mk", "sy55", "x")
RETURNING = ALL


def closures(rig: Rig) -> int:
    return len(rig.device.books.closures)


@pytest.mark.parametrize("dialect", ALL)
def test_a_sale_is_in_the_fiscal_memory_as_it_was_sold(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    outcome = rig.give(till, rig.sell(receipt(given=2000)))
    (made,) = rig.device.books.fiscal
    assert (made.kind, made.total, made.change) == ("sale", 1343, 657)
    assert [(line.name, line.price, line.quantity, line.sum) for line in made.lines] == [
        ("Хляб пшеничен", 410, 2000, 820),
        ("Сирене", 523, 1000, 523),
    ]
    assert made.payments == (("cash", 1343),)
    assert isinstance(outcome, ReceiptFiscalised)
    assert outcome.printed == "yes"
    assert not outcome.kicked


@pytest.mark.parametrize("dialect", ALL)
def test_the_stamp_bears_the_device_s_own_particulars(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    stamp = stamped(rig.give(till, rig.sell(receipt(given=2000))))
    who, books = rig.device.personality, rig.device.books
    assert stamp.fiscaliser == "datecs"
    assert stamp.number == stamp.document_no == f"{books.document:07d}"
    assert (stamp.register, stamp.serial, stamp.shift_no) == (who.fiscal_memory or who.serial, who.serial, "1")
    assert stamp.balance == books.cash == 10_000 + 1343
    assert stamp.totals is not None
    assert (stamp.totals.total, stamp.totals.change) == (1343, 657)
    told = datetime.fromisoformat(stamp.date)
    assert 0 <= (told - books.fiscal[0].at).total_seconds() <= 2
    assert abs(stamp.at - rig.utc_ms()) < 2000


def test_bulgaria_gets_its_unique_sale_number() -> None:
    rig = Rig("bg")
    till = rig.working()
    stamp = stamped(rig.give(till, rig.sell(receipt(number="000123"))))
    assert rig.device.books.fiscal[0].unp == stamp.vendor_id == "DT000600-OP01-0000123"


@pytest.mark.parametrize("dialect", ALL)
def test_card_and_cash_are_paid_in_this_order_whatever_the_receipt_says(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    sale = receipt(card=500, given=1000)
    rig.give(till, rig.sell(replace(sale, payments=sale.payments[::-1])))
    (made,) = rig.device.books.fiscal
    assert [amount for _, amount in made.payments] == [500, 843]
    assert made.payments[1][0] == "cash"
    assert made.change == 157


@pytest.mark.parametrize("dialect", ALL)
def test_a_discount_on_the_receipt_reaches_the_device_as_sums_of_its_lines(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    tenth = AdjustmentRequest("discount", "percent", 1000)
    outcome = rig.give(till, rig.sell(receipt(adjustments=[tenth])))
    assert isinstance(outcome, ReceiptFiscalised), outcome
    (made,) = rig.device.books.fiscal
    assert made.total == 1209
    assert [line.sum for line in made.lines] == [738, 471]


def test_a_device_without_absolute_discounts_gets_one_piece_where_no_price_fits() -> None:
    rig = Rig("mk")
    till = rig.working()
    odd = LineRequest("3", "Мед", 100, 3000, "a", (AdjustmentRequest("discount", "value", 1),))
    rig.give(till, rig.sell(receipt(lines=[odd], total=299)))
    (line,) = rig.device.books.fiscal[0].lines
    assert (line.price, line.quantity, line.sum) == (299, 1000, 299)


@pytest.mark.parametrize("dialect", RETURNING)
def test_a_return_is_made_with_the_particulars_of_its_sale(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    sale = receipt()
    stamp = stamped(rig.give(till, rig.sell(sale)))
    outcome = rig.give(till, rig.sell(taken_back(sale, stamp)))
    assert isinstance(outcome, ReceiptFiscalised), outcome
    _, back = rig.device.books.fiscal
    assert (back.kind, back.total) == ("return", 1343)
    assert rig.device.books.cash == 10_000
    if dialect in ("bg", "c", "x"):
        assert back.original.startswith(f"{stamp.number} ")
        assert back.original.endswith(rig.device.personality.fiscal_memory)


@pytest.mark.parametrize("dialect", ["bg", "x"])
def test_the_time_of_the_sale_that_comes_back_is_the_device_s_own_whatever_the_till_thinks(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    sale = receipt()
    stamp = replace(stamped(rig.give(till, rig.sell(sale))), date="2020-01-01T00:00:00")
    assert isinstance(rig.give(till, rig.sell(taken_back(sale, stamp))), ReceiptFiscalised)
    sold, back = rig.device.books.fiscal
    assert f"{sold.at:%d-%m-%Y %H:%M:%S}" in back.original


@pytest.mark.parametrize("dialect", ["bg", "x"])
def test_a_sale_of_another_device_comes_back_with_the_particulars_that_the_client_gave(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    sale = receipt()
    elsewhere = Original(fiscal_number="0000321", date="2026-07-19T08:15:00Z", register="02999999")
    order = rig.sell(replace(sale, kind="return", document_id="r-1", number="000002", original=elsewhere))
    assert isinstance(rig.give(till, order), ReceiptFiscalised)
    (back,) = rig.device.books.fiscal
    assert back.original == "0000321 19-07-2026 08:15:00 02999999"


def test_a_return_without_a_fiscal_number_is_refused_and_nothing_is_opened() -> None:
    rig = Rig("bg")
    till = rig.working()
    outcome = rig.give(till, rig.sell(replace(receipt(), kind="return", original=None)))
    assert isinstance(outcome, FiscalisationRefused)
    assert "number of the fiscal receipt" in outcome.reason
    assert not rig.device.books.open_receipt


@pytest.mark.parametrize("dialect", ALL)
def test_cash_goes_in_and_out(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    assert stamped(rig.give(till, rig.cash("out", 4_000))).balance == 6_000
    assert [one.kind for one in rig.device.books.journal] == ["cash_in", "cash_out"]


@pytest.mark.parametrize("dialect", ALL)
def test_more_cash_than_there_is_does_not_go_out(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    outcome = rig.give(till, rig.cash("out", 10_001))
    assert isinstance(outcome, FiscalisationRefused), outcome
    assert "not so much cash" in outcome.reason or dialect == "sy55"  # that one says F to everything
    assert not outcome.final
    assert rig.device.books.cash == 10_000


@pytest.mark.parametrize("dialect", ALL)
def test_reports_close_the_shift_only_when_they_are_to(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.give(till, rig.sell())
    assert stamped(rig.give(till, rig.report("x_report", "x-1"))).shift_no == "1"
    assert closures(rig) == 0
    closed = stamped(rig.give(till, rig.report()))
    assert (closed.number, closed.shift_no) == ("0001", "1")
    assert closures(rig) == 1
    assert stamped(rig.open(till, "shift-2")).shift_no == "2"


@pytest.mark.parametrize("dialect", ALL)
def test_an_opening_sends_nothing_that_makes_a_document(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.connected()
    outcome = rig.open(till)
    assert isinstance(outcome, ReceiptFiscalised)
    assert outcome.printed == "no"
    assert (outcome.stamp.number, outcome.stamp.balance) == ("", 0)
    assert rig.device.books.journal == ()
    assert rig.device.books.papers == ()


def test_a_wrong_clock_is_set_before_the_first_sale_of_the_day() -> None:
    rig = Rig("bg", clock_differs_s=-90)
    rig.open(rig.connected())
    assert abs(stamped(rig.open(rig.connected())).at - rig.utc_ms()) < 2000


def test_a_clock_that_differs_little_is_left_alone() -> None:
    rig = Rig("bg", clock_differs_s=-50)
    assert stamped(rig.open(rig.connected())).at < rig.utc_ms() - 45_000


def test_a_wrong_clock_is_left_alone_while_the_day_has_sales() -> None:
    rig = Rig("bg")
    rig.give(rig.working(), rig.sell())
    device_s_time = rig.utc_ms()
    rig.clock_is_ahead_s = 3600
    assert stamped(rig.open(rig.connected(), "shift-2")).at < device_s_time + 60_000


def test_other_tax_rates_in_the_device_refuse_the_opening() -> None:
    rig = Rig("bg", change=lambda settings: replace(settings, rates={"a": 900}))
    outcome = rig.open(rig.connected())
    assert isinstance(outcome, FiscalisationRefused)
    assert "9 %" in outcome.reason
    assert "20 %" in outcome.reason


def test_the_same_article_keeps_its_number_in_every_process_and_another_one_gets_another() -> None:
    rig = Rig("ua")
    rig.give(rig.working(), rig.sell())
    other = LineRequest("9", "Сирене", 524, 1000, "a")
    assert isinstance(rig.give(rig.connected(), rig.sell(receipt("s-2", [BREAD, other]))), ReceiptFiscalised)
    first, second = rig.device.books.fiscal
    assert first.lines[0].plu == second.lines[0].plu
    assert first.lines[1].plu != second.lines[1].plu
    assert second.total == 820 + 524


def test_a_number_that_holds_another_article_is_never_sold_for_ours() -> None:
    first = Rig("ua")
    first.give(first.working(), first.sell(receipt(lines=[BREAD])))
    number = first.device.books.fiscal[0].lines[0].plu
    rig = Rig("ua")
    till = rig.working()
    rig.sold_by_hand(BREAD.price, plu=number)
    assert isinstance(rig.give(till, rig.sell(receipt(lines=[BREAD]))), ReceiptFiscalised)
    ours = rig.device.books.fiscal[1].lines[0]
    assert ours.plu != number
    assert ours.name == BREAD.name


def test_headers_footers_and_lines_for_nothing_stand_on_the_receipt_as_text() -> None:
    rig = Rig("bg")
    till = rig.working()
    gift = LineRequest("4", "Подарък: чаша", 0, 1000, "a")
    rig.give(
        till, rig.sell(receipt(lines=[replace(BREAD, footer="Партида 7"), gift], header="Добър ден", footer="До скоро"))
    )
    rig.pass_time(10)
    paper = rig.device.paper_text()
    order = [paper.index(words) for words in ("Добър ден", "Хляб", "Партида 7", "Подарък: чаша", "До скоро")]
    assert order == sorted(order)
    assert len(rig.device.books.fiscal[0].lines) == 1


@pytest.mark.parametrize(
    ("sale", "words"),
    [
        (replace(receipt(), totals=replace(receipt().totals, rounding=2)), "rounded"),
        (replace(receipt(), lines=()), "nothing to register"),
        (receipt(number="A-1"), "unique sale number"),
        (receipt(lines=[BREAD] * 513), "split it"),
    ],
)
def test_what_the_device_cannot_be_told_is_refused_before_a_byte_leaves(sale: Receipt, words: str) -> None:
    rig = Rig("bg")
    till = rig.working()
    sent = len(rig.wire)
    outcome = rig.give(till, rig.sell(sale))
    assert isinstance(outcome, FiscalisationRefused)
    assert outcome.final
    assert words in outcome.reason
    assert outcome.reason.endswith("nothing was sent")
    assert len(rig.wire) == sent


def test_a_tax_group_without_a_letter_is_the_configuration_s_fault_and_not_final() -> None:
    rig = Rig("bg")
    till = rig.working()
    sale = receipt(lines=[BREAD])
    stray = replace(sale.lines[0], request=replace(BREAD, tax_group="beer"))
    outcome = rig.give(till, rig.sell(replace(sale, lines=(stray,))))
    assert isinstance(outcome, FiscalisationRefused)
    assert not outcome.final
    assert "beer" in outcome.reason


def test_the_device_s_own_sum_must_be_the_till_s_before_the_first_payment() -> None:
    rig = Rig("bg")
    till = rig.working()
    sale = receipt()
    wrong = replace(sale.lines[0], gross=821, sum=821)
    totals = replace(sale.totals, goods=1344, total=1344, payable=1344, paid=1344)
    outcome = rig.give(till, rig.sell(replace(sale, lines=(wrong, sale.lines[1]), totals=totals)))
    assert isinstance(outcome, FiscalisationRefused), outcome
    assert outcome.final
    assert "13.43" in outcome.reason
    assert "13.44" in outcome.reason
    assert rig.device.books.fiscal == ()
    assert len(rig.device.books.cancelled) == 1
    assert not rig.device.books.open_receipt


def test_connecting_tells_who_the_device_is_and_leaves_it_as_it_was() -> None:
    rig = Rig("x")
    till = rig.connected()
    assert rig.events == [PrinterReady(model="FP-700X", serial="DT700001")]
    assert till.identity is not None
    assert (till.identity.serial, till.identity.register) == ("DT700001", "02700001")
    assert rig.device.books.journal == ()
