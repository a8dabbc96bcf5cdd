"""The fiscaliser's figures stand; a difference to ours is told and never repaired."""

from __future__ import annotations

from dataclasses import replace

import pytest

from statemachines.vocabulary.commands import CloseShift, OpenShift, Sell
from statemachines.vocabulary.day_events import BooksDisagree, ShiftFoundOpen
from statemachines.vocabulary.events import (
    CashMoveRequested,
    FiscalStamp,
    ReceiptFiscalised,
    ReceiptPrinted,
    ShiftClosed,
    StampTotals,
)
from statemachines.vocabulary.receipt import TaxAmount
from tests.support.rules import CASHIER, CLOUD, STAMP, Bench, every, names, only, sale, shop

CARRIES = replace(CLOUD, carries_balance=True)


def stamped(bench: Bench, totals: StampTotals) -> list[BooksDisagree]:
    bench.do(Sell("s-1", CASHIER, sale(cash=1200)))
    done = bench.run(ReceiptFiscalised("s-1", replace(STAMP, totals=totals), "not_mine"))
    return every(done.events, BooksDisagree)


def tax(amount: int) -> tuple[TaxAmount, ...]:
    return (TaxAmount("a", "A", "VAT", 2000, 1200, amount),)


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        (StampTotals(1200, tax=tax(200)), []),
        (StampTotals(1200, tax=tax(201)), []),  # one line, rounded otherwise
        (StampTotals(1200), []),
        (StampTotals(1200, tax=tax(202)), [BooksDisagree("s-1", "tax", 200, 202)]),
        (StampTotals(1201, tax=tax(200)), [BooksDisagree("s-1", "total", 1200, 1201)]),
    ],
)
def test_a_difference_of_the_sums_is_told(totals: StampTotals, expected: list[BooksDisagree]) -> None:
    assert stamped(Bench(shop(traits=CLOUD)), totals) == expected


def test_the_till_keeps_its_own_sums_when_the_fiscaliser_counts_otherwise() -> None:
    bench = Bench(shop(traits=CLOUD))
    stamped(bench, StampTotals(9999))
    assert bench.rules.state.shift.expected_cash == 11_200


def opened(bench: Bench, name: str, wanted: int, balance: int) -> list[str]:
    bench.do(OpenShift(name, CASHIER, wanted))
    stamp = FiscalStamp("register", "1", "2026-10-01T10:00:00", balance=balance)
    return names(bench.run(ReceiptFiscalised(name, stamp, "not_mine")))


@pytest.mark.parametrize(
    ("balance", "direction", "amount"), [(0, "in", 10_000), (9_900, "in", 100), (10_500, "out", 500)]
)
def test_only_the_difference_to_the_carried_balance_is_put_in_or_taken_out(
    balance: int, direction: str, amount: int
) -> None:
    bench = Bench(shop(traits=CARRIES), shift=False)
    opened(bench, "shift-1", 10_000, balance)
    move = only(bench.records, CashMoveRequested).move
    assert (move.direction, move.amount, move.origin) == (direction, amount, "shift_open_float")
    bench.run(ReceiptFiscalised(move.document_id, STAMP, "not_mine"))
    assert bench.rules.state.shift.expected_cash == 10_000
    assert bench.rules.state.days["main"].expected == 10_000


def test_a_balance_as_wanted_needs_no_move() -> None:
    bench = Bench(shop(traits=CARRIES), shift=False)
    assert "CashMoveRequested" not in opened(bench, "shift-1", 10_000, 10_000)


@pytest.mark.parametrize(("carried", "told"), [(10_000, False), (9_000, True)])
def test_another_balance_than_was_left_is_told_at_the_opening(carried: int, *, told: bool) -> None:
    bench = Bench(shop(traits=CARRIES), shift=False)
    opened(bench, "shift-1", 10_000, 10_000)
    bench.do(CloseShift("z-1", CASHIER, "en"))
    assert every(bench.run(ReceiptFiscalised("z-1", STAMP, "not_mine")).events, ShiftClosed)
    bench.run(ReceiptFiscalised("z-1", STAMP, "not_mine"))  # said twice: nothing more happens
    assert len(every(bench.records, ShiftClosed)) == 1
    printed = bench.document("z-1").job
    assert printed is not None
    bench.run(ReceiptPrinted("z-1", printed.job_id, "process_id"))
    assert ("BooksDisagree" in opened(bench, "shift-2", 10_000, carried)) == told


def test_a_shift_found_open_is_adopted_with_its_cash() -> None:
    bench = Bench(shop(traits=CARRIES), shift=False)
    bench.run(ShiftFoundOpen("shift-9", 9, bench.mono, CASHIER, "2026-10-01", initial=4_000))
    assert bench.rules.state.shift.state == "open"
    assert bench.rules.state.shift.expected_cash == bench.rules.state.days["main"].expected == 4_000
