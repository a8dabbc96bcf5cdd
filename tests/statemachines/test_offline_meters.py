"""How long the register may be off line: in a row, in a month, by our count and by its own; told once, then refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from statemachines.offline import FiscalClock
from statemachines.offline_session import Offline
from statemachines.vocabulary.commands import Sell
from statemachines.vocabulary.events import SaleRefused
from statemachines.vocabulary.offline_events import (
    FiscaliserUnreachable,
    FiscalModeChanged,
    OfflineLimitWarned,
    OfflineTimesDisagree,
    RegisterSeen,
)
from tests.support.offline_bench import CODES, HOUR, NO_LINE, OfflineBench, stamped
from tests.support.rules import CASHIER, MONTH_MS, NOON, every, only, sale

MINUTE = 60_000
ENDLESS = replace(CODES, shift_limit_ms=0)


def away(hours: float = 0, **choices: Any) -> OfflineBench:
    """In a session that began so long ago by the register's clock; no shift is too old for it."""
    bench = OfflineBench(200, settings={"traits": ENDLESS}, **choices)
    bench.unreachable()
    later(bench, hours)
    return bench


def later(bench: OfflineBench, hours: float) -> None:
    """So many hours pass for the fiscal clock; the till's own is not touched."""
    bench.tell_time(FiscalClock(bench.fiscal_clock.offset_ms + int(hours * HOUR), trusted=True))


def told(bench: OfflineBench) -> list[tuple[str, int]]:
    return [(event.kind, event.step) for event in every(bench.silent().events, OfflineLimitWarned)]


# --- counting -------------------------------------------------------------------------------------------------------


def test_a_stretch_counts_from_its_beginning_whoever_went_off_line() -> None:
    bench = OfflineBench(60)
    bench.run(FiscalModeChanged("offline_auto", "by itself", fiscal_at=bench.now))
    later(bench, 2)
    bench.unreachable()
    assert len(bench.rules.state.offline.stretches) == 1
    assert abs(bench.rules.state.offline.session_ms(bench.now + 2 * HOUR) - 2 * HOUR) < 2_000


def test_on_line_again_the_next_stretch_counts_from_nothing_and_the_month_goes_on() -> None:
    bench = away(3)
    bench.next_look()
    bench.rules.state.offline.drop("s-1")
    bench.seen(after=3 * HOUR)
    offline = bench.rules.state.offline
    assert bench.mode == "online"
    assert offline.session_ms(bench.now + 5 * HOUR) == 0
    assert abs(offline.month_ms(bench.now + 5 * HOUR, 0) - 3 * HOUR) < MINUTE


def test_a_stretch_over_the_end_of_a_month_counts_in_both() -> None:
    offline = Offline()
    offline.begin(10 * HOUR)
    offline.end(30 * HOUR)
    assert offline.month_ms(40 * HOUR, 24 * HOUR) == 6 * HOUR
    assert offline.month_ms(23 * HOUR, 0) == 13 * HOUR
    assert offline.month_ms(40 * HOUR, 0) == 20 * HOUR


def test_stretches_of_long_ago_are_forgotten() -> None:
    offline = Offline()
    for day in range(0, 200, 2):
        offline.begin(day * 24 * HOUR)
        offline.end(day * 24 * HOUR + HOUR)
    assert len(offline.stretches) <= 37
    assert offline.month_ms(199 * 24 * HOUR, 180 * 24 * HOUR) == 10 * HOUR


# --- warnings -------------------------------------------------------------------------------------------------------


def test_each_step_of_a_limit_is_told_once() -> None:
    bench = away(month_limit_ms=10_000 * HOUR)
    heard = []
    for _ in range(80):
        later(bench, 0.5)
        heard += told(bench)
    assert heard == [("session", 50), ("session", 75), ("session", 90), ("session", 100)]


def test_the_next_session_is_told_of_anew_and_the_month_is_not_repeated() -> None:
    bench = away(20, month_limit_ms=36 * HOUR)
    assert told(bench) == [("session", 50), ("month", 50)]
    bench.rules.state.offline.drop("s-1")
    bench.later(15_000)
    bench.seen(after=20 * HOUR)
    assert bench.mode == "online"
    bench.unreachable("s-2")
    assert told(bench) == []
    later(bench, 8)
    assert told(bench) == [("month", 75)]


def test_a_new_month_is_told_of_anew() -> None:
    bench = away(session_limit_ms=100_000 * HOUR, month_limit_ms=36 * HOUR)
    bench.mono += 19 * HOUR
    assert told(bench) == [("month", 50)]
    bench.mono += MONTH_MS - bench.now % MONTH_MS
    assert told(bench) == [], "the month begins"
    bench.mono += 19 * HOUR
    assert told(bench) == [("month", 50)]
    bench.mono += HOUR
    assert told(bench) == []


def test_few_codes_are_told_once_and_again_when_none_are_left_for_sales() -> None:
    bench = OfflineBench(64, code_reserve=20)
    heard = [
        (event.kind, event.used, event.step) for event in every(bench.unreachable("s-0").events, OfflineLimitWarned)
    ]
    for n in range(1, 43):
        bench.sold(f"s-{n}")
        heard += [(event.kind, event.used, event.step) for event in every(bench.silent().events, OfflineLimitWarned)]
    assert heard == [("codes", 60, 1), ("codes", 20, 100)]


def test_nobody_is_warned_by_a_clock_that_nobody_trusts() -> None:
    bench = away()
    bench.tell_time(FiscalClock(30 * HOUR, trusted=False))
    assert told(bench) == []
    bench.tell_time(FiscalClock(30 * HOUR, trusted=True))
    assert told(bench) == [("session", 75)], "the highest step alone"


def test_the_records_tell_what_was_told() -> None:
    bench = away(20)
    told(bench)
    assert bench.same()
    bench.restart()
    assert told(bench) == []


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"month_limit_ms": 10_000 * HOUR}, "36 hours in a row"),
        ({"session_limit_ms": 10_000 * HOUR, "month_limit_ms": 36 * HOUR}, "36 hours a month"),
    ],
)
def test_in_the_last_half_hour_nothing_is_sold_any_more(limits: dict[str, int], words: str) -> None:
    bench = away(35.4, **limits)
    bench.sold("s-2")
    later(bench, 0.2)
    refusal = bench.refused(Sell("s-3", CASHIER, sale("s-3")))
    assert refusal.code == "offline-limit"
    assert words in refusal.text


def test_a_first_document_is_refused_too_where_the_month_is_used_up() -> None:
    bench = away(5, session_limit_ms=10_000 * HOUR, month_limit_ms=5 * HOUR)
    bench.rules.state.offline.drop("s-1")
    bench.next_look()
    bench.seen(after=5 * HOUR)
    assert bench.mode == "online"
    bench.do(Sell("s-2", CASHIER, sale("s-2")))
    done = bench.run(FiscaliserUnreachable("s-2", NO_LINE))
    assert "5 hours a month" in only(done.events, SaleRefused).reason
    assert bench.mode == "online", "on line it is sold all the same"


def test_the_shift_is_closed_until_the_limit_itself_less_what_two_clocks_may_differ() -> None:
    bench = away(35.9)
    assert stamped(bench.ask_for("shift_report", "z-1")).offline
    late = away(35.95)
    done = late.ask_for("shift_report", "z-1")
    assert "ShiftCloseRefused" in [type(one.event).__name__ for one in done.events]


def test_a_register_that_is_off_line_by_itself_sells_no_longer_than_the_law_allows() -> None:
    bench = OfflineBench(60, settings={"traits": ENDLESS})
    bench.run(FiscalModeChanged("offline_auto", "by itself", fiscal_at=bench.now))
    later(bench, 35)
    assert isinstance(bench.decide(Sell("s-1", CASHIER, sale("s-1"))), tuple)
    later(bench, 0.6)
    assert "in a row" in bench.refused(Sell("s-1", CASHIER, sale("s-1"))).text


# --- the register's own count ----------------------------------------------------------------------------------------


def seen(bench: OfflineBench, session_h: float = -1, month_h: float = -1) -> list[OfflineTimesDisagree]:
    def ms(hours: float) -> int:
        return -1 if hours < 0 else int(hours * HOUR)

    bench.next_look()
    at = bench.now + bench.fiscal_clock.offset_ms
    told_by_it = RegisterSeen(offline=True, manual=False, server_at=at, session_ms=ms(session_h), month_ms=ms(month_h))
    done = bench.run(told_by_it)
    return every(done.events, OfflineTimesDisagree)


def test_counts_that_agree_within_five_minutes_are_the_same() -> None:
    assert seen(away(10), 10.08, 9.95) == []


def test_a_count_that_differs_is_told_once_a_session_and_the_larger_counts() -> None:
    bench = away(10)
    (event,) = seen(bench, 12)
    assert (event.kind, event.theirs) == ("session", 12 * HOUR)
    later(bench, 23.6)
    assert bench.refused(Sell("s-2", CASHIER, sale("s-2"))).code in ("offline-limit", "fiscal-draining")
    assert seen(bench, 50) == []


def test_a_smaller_count_of_its_own_changes_nothing() -> None:
    bench = away(10)
    (event,) = seen(bench, 8)
    assert event.theirs < event.ours
    now = bench.now + bench.fiscal_clock.offset_ms
    assert abs(bench.rules.state.offline.session_ms(now) - 10 * HOUR) < MINUTE


def test_what_it_counts_more_in_a_month_counts_in_that_month_only() -> None:
    bench = away(1)
    (event,) = seen(bench, month_h=30)
    assert event.kind == "month"
    offline, begins = bench.rules.state.offline, bench.now // MONTH_MS * MONTH_MS
    assert abs(offline.month_ms(bench.now + HOUR, begins) - 30 * HOUR) < 10 * MINUTE
    offline.end(bench.now + HOUR)
    assert offline.month_ms(begins + MONTH_MS + HOUR, begins + MONTH_MS) == 0


def test_a_register_that_does_not_tell_is_believed_nothing() -> None:
    assert seen(away(10)) == []


def test_with_a_clock_that_nobody_trusts_no_counts_are_compared() -> None:
    bench = away()
    bench.tell_time(FiscalClock(30 * HOUR, trusted=False))
    assert seen(bench, 0.1) == []


def test_the_beginning_is_dated_by_the_registers_clock() -> None:
    bench = OfflineBench(60)
    later(bench, 3)
    bench.unreachable()
    assert bench.rules.state.offline.stretches[-1].begin >= NOON + 3 * HOUR
