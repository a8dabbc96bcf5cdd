"""A count: begun, recorded, perhaps counted again, submitted; the difference is told and nothing is booked."""

from __future__ import annotations

import pytest

from statemachines.vocabulary.commands import (
    AskRecount,
    CancelCount,
    MoveCash,
    RecordCount,
    Sell,
    StartCount,
    SubmitCount,
)
from statemachines.vocabulary.day_events import CountReason, CountRecorded, CountStarted, CountSubmitted
from statemachines.vocabulary.events import ReceiptPrinted
from statemachines.vocabulary.receipt import Denomination
from tests.support.rules import CASHIER, Bench, cash_move, only, sale, shop

START = StartCount("n-1", CASHIER, "main", "intra_day_balance")
SUBMIT = SubmitCount("u-1", CASHIER, "n-1")


def counting(reason: CountReason = "intra_day_balance") -> Bench:
    bench = Bench()
    bench.do(StartCount("n-1", CASHIER, "main", reason))
    return bench


def record(counted: int, *pieces: Denomination, name: str = "r-1") -> RecordCount:
    return RecordCount(name, CASHIER, "n-1", counted, pieces)


def test_the_difference_is_what_was_found_less_what_the_books_say() -> None:
    bench = counting()
    recorded = only(bench.do(record(9_900)).events, CountRecorded)
    assert (recorded.round, recorded.expected, recorded.difference) == (1, 10_000, -100)
    submitted = only(bench.do(SUBMIT).events, CountSubmitted)
    assert (submitted.counted, submitted.expected, submitted.difference) == (9_900, 10_000, -100)


def test_a_count_books_nothing() -> None:
    bench = counting()
    bench.do(record(9_900))
    bench.do(SUBMIT)
    assert bench.rules.state.days["main"].expected == bench.rules.state.shift.expected_cash == 10_000


def test_the_pieces_must_add_up_to_the_sum() -> None:
    bench = counting()
    assert bench.refused(record(9_900, Denomination(5_000, 1))).field == "denominations"
    bench.do(record(9_900, Denomination(5_000, 1), Denomination(100, 49)))


def test_a_recount_is_a_round_of_its_own_and_a_correction_is_not() -> None:
    bench = counting()
    bench.do(record(9_900))
    assert only(bench.do(record(9_950, name="r-2")).events, CountRecorded).round == 1
    bench.do(AskRecount("a-1", CASHIER, "n-1"))
    assert bench.refused(SUBMIT).code == "not-recorded"
    assert only(bench.do(record(10_000, name="r-3")).events, CountRecorded).round == 2
    assert only(bench.do(SUBMIT).events, CountSubmitted).difference == 0


def test_nothing_is_submitted_before_it_was_counted() -> None:
    assert counting().refused(SUBMIT).code == "not-recorded"


@pytest.mark.parametrize("command", [Sell("s-1", CASHIER, sale()), MoveCash("m-1", CASHIER, cash_move())])
def test_no_cash_moves_while_a_drawer_is_counted(command: Sell | MoveCash) -> None:
    bench = counting()
    assert bench.refused(command).code == "count-open"
    bench.do(CancelCount("c-1", CASHIER, "n-1", "called away"))
    bench.do(command)


def test_a_card_is_taken_while_a_drawer_is_counted() -> None:
    counting().do(Sell("s-1", CASHIER, sale(cash=0, card=500)))


def test_no_count_begins_while_cash_is_on_its_way_through_the_drawer() -> None:
    bench = Bench()
    job = bench.sell()
    assert bench.refused(START).code == "busy"
    bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
    bench.do(START)


def test_a_drawer_is_counted_by_one_count_at_a_time() -> None:
    assert "n-1" in counting().refused(StartCount("n-2", CASHIER, "main", "end_of_day_balance")).text


def test_only_a_count_for_the_end_of_the_day_stops_the_drawer_and_a_new_one_lets_it_go_on() -> None:
    for reason, state in (("intra_day_balance", "active"), ("end_of_day_balance", "counted")):
        bench = counting("end_of_day_balance" if state == "counted" else "intra_day_balance")
        bench.do(record(10_000))
        bench.do(SUBMIT)
        assert bench.rules.state.days["main"].state == state, reason
    bench.do(StartCount("n-2", CASHIER, "main", "intra_day_balance"))
    bench.do(CancelCount("c-1", CASHIER, "n-2", "a mistake"))
    bench.do(Sell("s-1", CASHIER, sale()))


@pytest.mark.parametrize(
    ("shop_says", "asked", "blind"), [(True, None, True), (True, False, False), (False, None, False)]
)
def test_a_count_is_blind_as_the_shop_or_the_request_says(shop_says: bool, asked: bool | None, blind: bool) -> None:
    bench = Bench(shop(blind_counts=shop_says))
    started = only(bench.do(StartCount("n-1", CASHIER, "main", "intra_day_balance", asked)).events, CountStarted)
    assert started.blind is blind


def test_a_count_goes_on_behind_a_restart() -> None:
    bench = counting()
    bench.do(record(9_900))
    bench.restart()
    assert only(bench.do(SUBMIT).events, CountSubmitted).difference == -100


def test_what_is_over_or_unknown_is_not_counted_on() -> None:
    bench = counting()
    bench.do(CancelCount("c-1", CASHIER, "n-1", "called away"))
    assert bench.refused(record(1)).code == "count-over"
    assert bench.refused(SubmitCount("u-2", CASHIER, "n-7")).code == "unknown-count"
