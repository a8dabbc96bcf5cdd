"""The verdict about a document that is not open any more, evidence by evidence; two readings are never one too few."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from drivers.printers.datecs.commands_journal import JournalItem, JournalReceipt, JournalText, TextKind
from drivers.printers.datecs.commands_values import ReceiptState
from drivers.printers.datecs.readback import (
    Baseline,
    Made,
    NotMade,
    Standing,
    Unclear,
    baseline,
    judge_cash,
    judge_closure,
    judge_receipt,
    judge_texts,
    seen,
    turnover,
    unmoved,
)
from drivers.printers.datecs.receipts import plan
from statemachines.vocabulary.events import FiscalStamp
from tests.support.datecs_bench import configured
from tests.support.datecs_rig import receipt

PLAN = plan(receipt(), configured("mk"))  # two lines, 13.43 in cash
CARD = plan(receipt(card=1343), configured("mk"))
BEFORE = Baseline("SN", document=10, shift=3, cash=5_000, sales=20_000, returns=0)
OURS = ReceiptState("none", 2, 1343, 1343)
OLD = ReceiptState("none", 5, 20_000, 20_000)
UNTOUCHED = Standing("SN", 10, 3, 5_000, 20_000, 0, OLD)
SOLD = Standing("SN", 11, 3, 6_343, 21_343, 0, OURS)


def test_nothing_moved_so_nothing_was_made() -> None:
    assert judge_receipt(PLAN, BEFORE, UNTOUCHED, None) == NotMade()


def test_everything_moved_by_this_sale_so_it_was_made() -> None:
    assert judge_receipt(PLAN, BEFORE, SOLD, None) == Made(11)


def test_a_slip_behind_it_moves_the_number_and_not_the_verdict() -> None:
    assert isinstance(judge_receipt(PLAN, BEFORE, replace(SOLD, document=12), None), Made)


def test_documents_that_move_no_money_are_not_ours() -> None:
    assert judge_receipt(PLAN, BEFORE, replace(UNTOUCHED, document=13), None) == NotMade()


@pytest.mark.parametrize(
    "now",
    [
        replace(SOLD, sales=22_686),
        replace(SOLD, cash=5_000),
        replace(SOLD, sales=20_000),
        replace(SOLD, returns=1),
        replace(SOLD, receipt=replace(OURS, items=3)),
        replace(SOLD, receipt=replace(OURS, amount=1344)),
        replace(SOLD, receipt=replace(OURS, paid=0)),
        replace(SOLD, shift=4),
        replace(SOLD, serial="OTHER"),
        replace(SOLD, document=9),
    ],
    ids=["turnover", "cash", "no turnover", "returns", "items", "sum", "unpaid", "Z", "serial", "fewer"],
)
def test_any_figure_that_does_not_fit_is_a_person_s_question(now: Standing) -> None:
    assert isinstance(judge_receipt(PLAN, BEFORE, now, None), Unclear)


def test_a_cancelled_receipt_has_no_payments_and_was_not_made() -> None:
    cancelled = replace(UNTOUCHED, document=11, sales=None, receipt=replace(OURS, paid=0))
    assert judge_receipt(CARD, replace(BEFORE, sales=None), cancelled, None) == NotMade()


def test_without_any_sum_to_go_by_a_moved_number_is_a_person_s_question() -> None:
    moved = replace(SOLD, cash=5_000, sales=None)
    assert isinstance(judge_receipt(CARD, replace(BEFORE, sales=None), moved, None), Unclear)


RETURN = replace(CARD, kind="return")
#: What a device that does not sum returns up shows of a return onto a card.
SILENT = replace(BEFORE, returns=None, last=(5, 20_000, 20_000))


def test_a_return_that_moves_no_sum_is_known_by_the_last_receipt_and_a_slip_does_not_hide_it() -> None:
    for document in (11, 12):
        returned = replace(UNTOUCHED, document=document, returns=None, receipt=OURS)
        assert isinstance(judge_receipt(RETURN, SILENT, returned, None), Made)
        assert judge_receipt(RETURN, SILENT, replace(returned, receipt=OLD), None) == NotMade()


def test_a_return_that_moves_no_sum_and_is_like_the_receipt_before_it_is_a_person_s_question() -> None:
    alike = replace(SILENT, last=(2, 1343, 1343))
    now = replace(UNTOUCHED, document=11, returns=None, receipt=OURS)
    assert isinstance(judge_receipt(RETURN, alike, now, None), Unclear)
    assert judge_receipt(RETURN, alike, replace(now, document=10), None) == NotMade()
    other = replace(now, receipt=replace(OURS, items=3))
    assert isinstance(judge_receipt(RETURN, SILENT, other, None), Unclear)
    assert isinstance(judge_receipt(RETURN, replace(SILENT, last=None), now, None), Unclear)


def entitled(number: int, text: str, kind: TextKind = "sale") -> JournalText:
    return JournalText(number, kind, datetime(2026, 7, 20), text)  # noqa: DTZ001 - a device's clock


UNP, OTHER = "DT700001-OP01-0000001", "DT700001-OP01-0000002"


def test_a_text_with_our_number_and_sum_is_proof_and_any_other_number_on_all_of_them_is_proof_too() -> None:
    sale = plan(receipt(), configured("x"))
    ours, other = entitled(12, f"ХЛЯБ\n13.43\nУНП: {UNP}"), entitled(11, f"УНП:{OTHER}")
    slip = entitled(13, "", "other")
    assert judge_texts(sale, [other, ours, slip], UNP, "13.43") == Made(12, ours.at)
    assert judge_texts(sale, [other, slip], UNP, "13.43") == NotMade()
    assert judge_texts(sale, [], UNP, "13.43") == NotMade()
    for unclear in (
        [ours, replace(ours, number=14)],
        [replace(ours, text=f"УНП: {UNP}")],
        [other, entitled(14, "no number")],
        [other, entitled(14, f"УНП: {OTHER}", "unknown")],
        [replace(ours, kind="return"), entitled(14, "no number")],
    ):
        assert judge_texts(sale, unclear, UNP, "13.43") is None


def test_nothing_was_sold_where_nothing_of_its_kind_moved() -> None:
    assert unmoved("sale", BEFORE, UNTOUCHED)
    assert unmoved("sale", BEFORE, replace(UNTOUCHED, document=12))
    assert not unmoved("sale", BEFORE, replace(SOLD, document=12))
    assert not unmoved("return", replace(BEFORE, returns=None), replace(UNTOUCHED, document=12, returns=None))
    assert not unmoved("sale", BEFORE, replace(UNTOUCHED, shift=4))
    assert not unmoved("sale", None, UNTOUCHED)


def test_without_a_baseline_nothing_is_judged() -> None:
    assert isinstance(judge_receipt(PLAN, None, SOLD, None), Unclear)
    assert isinstance(judge_cash(100, None, SOLD), Unclear)
    assert isinstance(judge_closure(None, SOLD), Unclear)


def entry(number: int, unp: str = "", total: int = 1343, items: int = 2, **changes: object) -> JournalReceipt:
    item = JournalItem("x", 1, total, 1000, 0, total)
    made = JournalReceipt(number, "sale", unp, 1, (item,) * items, total, (total,), None, None)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields of JournalReceipt


MOVED = replace(SOLD, document=15, shift=4)


def test_our_own_number_in_the_journal_is_proof_whatever_else_is_there() -> None:
    found = judge_receipt(PLAN, BEFORE, MOVED, [entry(11, "A"), entry(12, "OURS"), entry(13, "B")], "OURS")
    assert found == Made(12)


def test_a_journal_without_our_own_number_is_proof_that_it_was_not_made() -> None:
    assert judge_receipt(PLAN, BEFORE, MOVED, [entry(11, "A")], "OURS") == NotMade()
    assert judge_receipt(PLAN, BEFORE, MOVED, [], "OURS") == NotMade()


def test_a_cancelled_document_with_our_number_was_not_made() -> None:
    assert judge_receipt(PLAN, BEFORE, MOVED, [entry(11, "OURS", kind="cancelled")], "OURS") == NotMade()


@pytest.mark.parametrize(
    "journal",
    [
        [entry(11, "OURS"), entry(12, "OURS")],
        [entry(11, "OURS", total=1344)],
        [entry(11, "OURS", items=3)],
        [entry(11, "OURS", kind="return")],
    ],
)
def test_our_number_on_something_else_or_twice_is_a_person_s_question(journal: list[JournalReceipt]) -> None:
    assert isinstance(judge_receipt(PLAN, BEFORE, MOVED, journal, "OURS"), Unclear)


def test_without_numbers_of_our_own_the_only_new_document_must_be_like_ours() -> None:
    assert judge_receipt(PLAN, BEFORE, MOVED, [entry(11)]) == Made(11)
    assert isinstance(judge_receipt(PLAN, BEFORE, MOVED, [entry(11), entry(12)]), Unclear)
    assert isinstance(judge_receipt(PLAN, BEFORE, MOVED, [entry(11, total=5)]), Unclear)


def test_cash_is_judged_by_cash() -> None:
    assert judge_cash(100, BEFORE, UNTOUCHED) == NotMade()
    assert judge_cash(100, BEFORE, replace(UNTOUCHED, document=11, cash=5_100)) == Made(11)
    assert judge_cash(-100, BEFORE, replace(UNTOUCHED, document=11, cash=4_900)) == Made(11)
    for strange in (
        replace(UNTOUCHED, document=11, cash=5_099),
        replace(UNTOUCHED, document=11, cash=5_100, shift=4),
        replace(UNTOUCHED, document=11, cash=5_100, serial="OTHER"),
        replace(UNTOUCHED, document=12, cash=5_100, sales=20_100),
    ):
        assert isinstance(judge_cash(100, BEFORE, strange), Unclear)


def test_a_z_report_is_judged_by_the_number_of_the_next_one() -> None:
    assert judge_closure(BEFORE, UNTOUCHED) == NotMade()
    assert judge_closure(BEFORE, replace(UNTOUCHED, shift=4)) == Made(3)
    assert isinstance(judge_closure(BEFORE, replace(UNTOUCHED, shift=5)), Unclear)
    assert isinstance(judge_closure(BEFORE, replace(UNTOUCHED, shift=4, serial="OTHER")), Unclear)


def test_a_stamp_carries_the_baseline_there_and_back() -> None:
    stamp = FiscalStamp(
        "datecs",
        "0000010",
        "",
        control=turnover(UNTOUCHED),
        document_no="0000010",
        shift_no="3",
        serial="SN",
        balance=5000,
    )
    assert baseline(stamp) == replace(BEFORE, last=(5, 20_000, 20_000)) == seen(UNTOUCHED)
    assert baseline(replace(stamp, control="20000/")) == replace(BEFORE, returns=None)
    assert baseline(replace(stamp, control="20000//5/20000")) == replace(BEFORE, returns=None)
    assert baseline(None) is None
    assert baseline(FiscalStamp("checkbox", "abc", "")) is None
