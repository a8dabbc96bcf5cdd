"""What a comparison is put together from: a day out of records, rows and transactions, amounts in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firmware_bridge.journal.codec import Unknown
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.newstore.audit import till_day
from firmware_bridge.vendors.newstore.audit.findings import Currency, Told
from firmware_bridge.vendors.newstore.audit.till_day import TillDay
from firmware_bridge.vendors.newstore.audit.vendor_day import Row, Transaction, completed, unmatched
from statemachines.vocabulary.day_events import CountCancelled, CountStarted, CountSubmitted, DrawerDayOpened
from statemachines.vocabulary.events import CashMoved, Event, Occurred, SaleCompleted, SaleSettled
from tests.firmware_bridge.vendors.newstore.audit_shop import BY

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def records(*events: Event) -> list[Record]:
    return [Record(n, n, "", type(one).__name__, Occurred(n, n, one), b"") for n, one in enumerate(events, 1)]


def day_of(*events: Event) -> TillDay:
    (found,) = till_day.days(records(DrawerDayOpened("main", "d", 1_000), *events))
    return found


def sold(name: str, due: int, day: str = "d", drawer: str = "main") -> SaleCompleted:
    return SaleCompleted(name, due, max(due, 0), 0, (), drawer, day, name, "")


# --- a day out of records -------------------------------------------------------------------------------------------


def test_only_what_moves_the_drawers_cash_and_is_told_is_a_fact() -> None:
    day = day_of(
        sold("card", 0),
        sold("cash", 500),
        sold("elsewhere", 700, "d-2", "second"),
        sold("no day", 900, ""),
        CashMoved("m-1", "cash_pull", "out", 200, "operator", "main", "d"),
        CashMoved("m-2", "add_to_float", "in", 300, "shift_open_float", "main", "d"),
    )
    assert [(fact.id, fact.amount) for fact in day.facts] == [("cash", 500), ("m-1", -200)]
    assert day.expected == 1_300


def test_a_fact_is_put_away_once() -> None:
    day = day_of(sold("s", 500), SaleSettled("s", "timeout", "main", "d"), SaleSettled("s", "next_sale", "main", "d"))
    assert [fact.settled for fact in day.facts] == [3]


def test_a_count_that_was_cancelled_has_no_variance() -> None:
    started = CountStarted("c", "main", "d", "intra_day_balance", blind=False, by=BY)
    day = day_of(started, CountCancelled("c", "main", BY, "a customer", "d"))
    assert (day.submitted, day.counts[0].cancelled) == ((), True)


def test_a_count_that_began_before_is_passed_over() -> None:
    submitted = CountSubmitted("c", "main", "intra_day_balance", 5, 5, 0, BY, "d")
    assert day_of(submitted).counts == ()


def test_a_record_of_a_newer_release_is_passed_over() -> None:
    (record,) = records(sold("s", 1))
    strange = replace(record, record=Unknown("event", "SaleCompleted", b"", "newer"))
    assert till_day.days([strange]) == []


def test_every_class_that_makes_a_day_is_asked_for() -> None:
    assert len(set(till_day.NAMES)) == 11
    assert {"DrawerDayOpened", "SaleCompleted", "NoSaleRecorded", "CountSubmitted"} <= set(till_day.NAMES)


# --- rows and transactions ------------------------------------------------------------------------------------------


def row(amount: int, order: str = "A", kind: str = "sale", minutes: int = 0) -> Row:
    return Row("box", kind, frozenset({order}), amount, "USD", AT + timedelta(minutes=minutes))


def made(amount: int, order: str = "A", minutes: int = 0, status: str = "completed") -> Transaction:
    at = AT + timedelta(minutes=minutes)
    return Transaction(f"t-{minutes}", "box", order, "sale", status, amount, 0, amount, "USD", at)


def test_a_row_is_found_by_order_and_amount_and_the_moment_chooses_among_several() -> None:
    rows = [row(5, minutes=0), row(5, minutes=10), row(5, "B", minutes=11), row(7, minutes=10)]
    left, unlisted = unmatched(rows, [made(5, minutes=11)])
    assert left == [rows[0], rows[2], rows[3]]
    assert unlisted == []


def test_a_row_of_the_very_moment_is_taken_before_a_near_one() -> None:
    rows = [row(5, minutes=1), row(5, minutes=2)]
    left, unlisted = unmatched(rows, [made(5, minutes=3), made(5, minutes=2)])
    assert (left, unlisted) == ([], [])


def test_a_canceled_transaction_takes_no_other_row() -> None:
    rows = [row(5, minutes=1)]
    canceled = made(5, minutes=2, status="canceled")
    assert unmatched(rows, [canceled]) == (rows, [canceled])
    assert unmatched(rows, [replace(canceled, created_at=rows[0].created_at)]) == ([], [])


@pytest.mark.parametrize("kind", ["float_adjustment", "reconciliation", "end_of_day_withdrawal"])
def test_a_step_of_the_day_is_no_transaction(kind: str) -> None:
    assert unmatched([row(5, "", kind)], []) == ([], [])


@pytest.mark.parametrize(
    ("amounts", "difference", "chosen"),
    [
        ([5, 7], 0, []),
        ([5, 7], 7, [7]),
        ([5, 7], 12, [5, 7]),
        ([5, 7], 6, None),
        ([], 6, None),
        ([-5, -7], -5, [-5]),
        (list(range(1, 15)), sum(range(1, 15)), list(range(1, 15))),
        (list(range(1, 15)), 3, None),
    ],
)
def test_which_rows_moved_cash_follows_from_the_sum(
    amounts: list[int], difference: int, chosen: list[int] | None
) -> None:
    found = completed([row(amount) for amount in amounts], difference, [])
    assert (None if found is None else [one.amount for one in found]) == chosen


def test_among_several_choices_the_likely_rows_moved_cash() -> None:
    rows = [row(5), row(5, "X"), row(3), row(2)]
    assert completed(rows, 5, [rows[1]]) == (rows[1],)


# --- in words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minor", "exponent", "text"),
    [(13_950, 2, "139.50"), (-5, 2, "-0.05"), (0, 2, "0.00"), (-300, 0, "-300"), (1_234, 3, "1.234")],
)
def test_amounts_are_told_in_major_units(minor: int, exponent: int, text: str) -> None:
    assert Currency("USD", exponent).text(minor) == text


def test_what_waits_is_told_apart_from_what_was_delivered() -> None:
    told = Told(10, {}, {7: "refused"})
    assert [told.waits(0), told.waits(10), told.waits(11), told.waits(5, 7)] == [
        *("", "", "not delivered yet"),
        "parked at record 7 (refused)",
    ]
