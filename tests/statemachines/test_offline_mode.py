"""On line, off line by itself or without it, draining: what leads where, who makes a document, and who waits."""

from __future__ import annotations

from typing import Any

import pytest

from statemachines.offline_codes import Code
from statemachines.vocabulary.commands import Sell
from statemachines.vocabulary.effects import DrainStep, Fiscalise, GoOnline, LookAtRegister, RefillCodes
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    FiscalisationUnknown,
    FiscalStamp,
    PrinterReady,
    ReceiptFiscalised,
    SaleRefused,
)
from statemachines.vocabulary.offline_events import (
    DrainStepFailed,
    FiscalModeChanged,
    OfflineCode,
    OfflineCodesNotRefilled,
    OfflineCodeSpent,
    OfflineCodesRefilled,
)
from tests.support.offline_bench import HOUR, OfflineBench, codes, stamp, stamped, step
from tests.support.rules import CASHIER, every, names, only, sale

MINUTE = 60_000


def by_itself(bench: OfflineBench, name: str = "s-0", number: str = "code-1") -> FiscalStamp:
    """A sale that the register makes off line, with its own lowest code."""
    bench.do(Sell(name, CASHIER, sale(name)))
    one = stamp(bench.now, number=number, offline=True)
    bench.printed(bench.run(ReceiptFiscalised(name, one, "not_mine")))
    return one


# --- off line by itself ---------------------------------------------------------------------------------------------


def test_a_stamp_with_its_own_code_tells_that_it_is_off_line() -> None:
    bench = OfflineBench(60)
    one = by_itself(bench)
    changed = only(bench.records, FiscalModeChanged)
    assert (changed.to, changed.fiscal_at) == ("offline_auto", one.at)
    assert only(bench.records, OfflineCodeSpent).value == "code-1"
    assert bench.queue == [], "the register has it"
    assert bench.same()


def test_a_z_report_that_it_has_made_off_line_is_never_delivered_to_it() -> None:
    """Its particulars may be incomplete: that does not make it the till's own."""
    bench = OfflineBench(60)
    bench.ask_for("shift_report", "z-1")
    one = stamp(bench.now, number="code-1", offline=True, complete=False)
    bench.printed(bench.run(ReceiptFiscalised("z-1", one, "not_mine")))
    assert bench.queue == []


def test_meanwhile_it_makes_every_document_and_is_reminded_to_send() -> None:
    bench = OfflineBench(60)
    by_itself(bench)
    assert only(bench.do(Sell("s-1", CASHIER, sale())).effects, Fiscalise)
    bench.printed(bench.run(ReceiptFiscalised("s-1", stamp(bench.now, number="code-2", offline=True), "not_mine")))
    assert step(bench.next_look()) == LookAtRegister()
    assert step(bench.seen(offline=True, waiting=3)) == GoOnline("auto", 1)


def test_meanwhile_a_document_that_may_still_arrive_is_not_refused_because_a_limit_has_been_reached() -> None:
    bench = OfflineBench(60, session_limit_ms=2 * HOUR, stop_ms=HOUR)
    by_itself(bench)
    bench.later(HOUR - 20_000)
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    bench.later(19_000)
    early = bench.run(FiscalisationUnknown("s-1"))
    assert names(early) == ["FiscalisationDoubtful"]
    bench.later(5_000)
    late = bench.run(FiscalisationUnknown("s-1"))
    assert "nearly the 2 hours in a row" in only(late.events, SaleRefused).reason
    assert bench.same()


def test_seen_on_line_again_it_is_on_line_and_the_codes_are_read_again() -> None:
    bench = OfflineBench(60)
    by_itself(bench)
    bench.next_look()
    done = bench.seen()
    assert only(done.events, FiscalModeChanged).to == "online"
    assert step(done) == RefillCodes(0)
    left = tuple(code for code in codes(60) if code.serial > 3)  # it has spent one that nobody told us of
    bench.run(OfflineCodesRefilled(0, left))
    assert bench.free == 57


def test_without_the_line_a_session_of_its_own_begins_over_it() -> None:
    bench = OfflineBench(60)
    by_itself(bench)
    bench.later(MINUTE)
    bench.seen(offline=True, waiting=2)
    bench.later(10 * MINUTE)
    assert stamped(bench.unreachable()).number == "code-59"
    assert bench.mode == "offline_manual"
    assert len(bench.rules.state.offline.stretches) == 1


# --- selling while it is delivered ----------------------------------------------------------------------------------


def draining(waiting: int, above: int = 10) -> OfflineBench:
    bench = OfflineBench(60, stamp_above=above)
    bench.unreachable("s-0")
    for n in range(1, waiting):
        bench.sold(f"s-{n}")
    bench.back()
    bench.gone()
    return bench


@pytest.mark.parametrize("waiting", [1, 10])
def test_with_few_documents_waiting_a_sale_is_put_off_for_a_moment(waiting: int) -> None:
    bench = draining(waiting)
    refusal = bench.refused(Sell("s-99", CASHIER, sale("s-99")))
    assert refusal.code == "fiscal-draining"
    assert f"({waiting} left): repeat in a moment" in refusal.text


def test_with_more_of_them_selling_goes_on_at_the_end_of_the_same_session() -> None:
    bench = draining(11)
    session = bench.rules.state.offline.session_id
    done = bench.sold("s-99")
    assert stamped(done).offline
    assert bench.queue[-1] == "s-99"
    assert bench.rules.state.offline.session_id == session


def test_a_delivery_that_stands_still_for_a_minute_holds_nobody_up() -> None:
    bench = draining(2)
    bench.later(59_000)
    assert bench.refused(Sell("s-99", CASHIER, sale("s-99"))).code == "fiscal-draining"
    bench.later(1_000)
    assert stamped(bench.sold("s-99")).offline


def test_each_delivered_document_begins_that_minute_anew() -> None:
    bench = draining(3)
    bench.later(50_000)
    bench.delivered("s-0")
    bench.later(50_000)
    assert bench.refused(Sell("s-99", CASHIER, sale("s-99"))).code == "fiscal-draining"


def test_the_shift_can_be_closed_while_it_is_delivered() -> None:
    bench = draining(2)
    bench.printed(bench.ask_for("shift_report", "z-1"))
    assert bench.queue == ["s-0", "s-1", "z-1"]


# --- restarts -------------------------------------------------------------------------------------------------------


def in_mode(mode: str) -> OfflineBench:
    bench = OfflineBench(60)
    match mode:
        case "offline_auto":
            by_itself(bench)
        case "offline_manual":
            bench.unreachable()
        case "draining":
            bench.unreachable()
            bench.back()
            bench.gone()
        case "jammed":
            bench.run(FiscalModeChanged("jammed", "somebody looked"))
    return bench


@pytest.mark.parametrize("mode", ["online", "offline_auto", "offline_manual", "draining", "jammed"])
def test_a_restart_finds_the_same_mode_and_goes_on_by_itself(mode: str) -> None:
    bench = in_mode(mode)
    state = bench.rules.state
    queue, stretches, register = bench.queue, state.offline.stretches, state.offline.register
    done = bench.restart()
    state = bench.rules.state
    assert (bench.mode, bench.queue, state.offline.register) == (mode, queue, register)
    assert state.offline.stretches == stretches
    first: dict[str, type] = {"online": RefillCodes, "jammed": type(None)}
    assert isinstance(step(done), first.get(mode, LookAtRegister))
    assert bench.same()


@pytest.mark.parametrize("mode", ["online", "offline_auto", "offline_manual", "draining"])
def test_a_document_on_its_way_when_the_power_went_is_asked_about_before_anything_is_delivered(mode: str) -> None:
    bench = in_mode(mode)
    if mode in ("online", "offline_auto"):
        bench.do(Sell("s-9", CASHIER, sale("s-9")))
    done = bench.restart()
    doubts = [event.document_id for event in every(done.events, FiscalisationDoubtful)]
    assert doubts == (["s-9"] if mode in ("online", "offline_auto") else [])


def test_a_session_that_begins_right_behind_a_restart_is_dated_after_what_was_on_its_way() -> None:
    """Nobody knows what the last process had sent."""
    bench = OfflineBench(60)
    bench.restart()
    bench.run(PrinterReady())
    bench.run(OfflineCodesRefilled(0, codes(60)))
    assert stamped(bench.unreachable()).at >= bench.now + bench.settings.offline.settle_ms


# --- codes ----------------------------------------------------------------------------------------------------------


def on_line(**choices: Any) -> OfflineBench:
    return OfflineBench(30, **{"refill_below": 50, "refill_to": 200, **choices})


def test_codes_are_read_when_a_shift_is_open_and_asked_for_when_they_run_low() -> None:
    bench = OfflineBench(60)
    assert every([step(bench.later(HOUR))], RefillCodes) == [], "there are enough"
    asking = on_line()
    assert asking.rules.deadlines().get("drain:") is None, "asked at once, when they were read"


def test_they_are_asked_for_at_most_every_third_document() -> None:
    """Of any ten entries at the register at most four are such requests, where six are too many."""
    bench = on_line(refill_pause_ms=0)
    entries = ""
    done = bench.run(OfflineCodesRefilled(bench.now, codes(30)))
    for n in range(30):
        while step(done) == RefillCodes(200):
            entries += "a"
            done = bench.run(OfflineCodesRefilled(bench.now, codes(30)))
        entries += "s"
        bench.do(Sell(f"s-{n}", CASHIER, sale(f"s-{n}")))
        done = bench.run(ReceiptFiscalised(f"s-{n}", stamp(bench.now, number=f"{n}"), "not_mine"))
        bench.printed(done)
    most = max(entries[n : n + 10].count("a") for n in range(len(entries)))
    assert (most, "a" in entries) == (4, True), entries


def test_cash_that_is_moved_is_no_document_between_two_requests() -> None:
    """The tax service does not hear of it."""
    bench = on_line(refill_pause_ms=0)
    bench.run(OfflineCodesRefilled(bench.now, codes(30)))
    for n in range(5):
        bench.ask_for("cash_in", f"m-{n}")
        made = bench.run(ReceiptFiscalised(f"m-{n}", stamp(bench.now), "not_mine"))
        assert step(made) is None
        bench.printed(made)


def test_a_request_that_came_to_nothing_is_repeated_after_the_pause_and_its_time_is_kept() -> None:
    bench = on_line(refill_pause_ms=10 * MINUTE)
    bench.run(OfflineCodesNotRefilled("the tax service does not answer", bench.now + 2_000))
    assert bench.rules.state.pool.asked_at == bench.now + 2_000
    assert step(bench.later(9 * MINUTE)) is None
    assert step(bench.later(MINUTE)) == RefillCodes(0)
    assert bench.same()


def test_a_request_whose_answer_was_lost_is_outlived_before_a_session_begins() -> None:
    bench = on_line()
    bench.run(OfflineCodesNotRefilled("no answer", bench.now))
    assert stamped(bench.unreachable()).at >= bench.now + bench.settings.offline.settle_ms


def test_none_are_asked_for_while_anything_is_undecided_or_off_line() -> None:
    bench = on_line()
    bench.run(DrainStepFailed("RefillCodes", "no answer", reached=False))
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    assert every(bench.later(15_000).effects, RefillCodes) == []
    away = on_line()
    away.run(DrainStepFailed("RefillCodes", "no answer", reached=False))
    away.unreachable()
    assert every(away.later(HOUR).effects, RefillCodes) == []


def test_a_list_of_free_codes_that_is_older_than_what_was_bound_frees_nothing() -> None:
    bench = OfflineBench(60)
    bench.unreachable()
    bench.run(OfflineCodesRefilled(0, codes(60)))
    pool = bench.rules.state.pool
    assert [pool.codes[f"code-{serial}"].state for serial in (60, 59, 58)] == ["bound", "bound", "free"]
    assert pool.highest() == OfflineCode("code-58", 58)
    assert pool.highest(beside="code-58") == OfflineCode("code-57", 57)


def test_every_document_gets_a_place_when_it_is_dated() -> None:
    bench = OfflineBench(60)
    bench.unreachable()
    bench.ask_for("cash_in", "m-1")
    places = [one.order for one in bench.rules.state.offline.queue]
    assert places == sorted(set(places))
    session = bench.rules.state.pool.codes["code-60"]
    assert isinstance(session, Code)
    assert session.order < places[0]


def test_nothing_of_all_this_is_done_where_nothing_is_sold_off_line() -> None:
    bench = OfflineBench(60, paper="refuse")
    by_itself(bench)
    assert bench.mode == "online"
    assert "drain:" not in bench.rules.deadlines()
    assert [effect for effect in bench.later(HOUR).effects if isinstance(effect, DrainStep)] == []
