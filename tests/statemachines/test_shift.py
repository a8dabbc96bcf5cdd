"""The shift: opened and closed by the fiscaliser's word, adding up what is certain, and ageing towards its limit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from statemachines.vocabulary.commands import CloseShift, MoveCash, OpenShift, Refusal, Sell
from statemachines.vocabulary.day_events import (
    ShiftAgeWarned,
    ShiftExpired,
    ShiftFoundClosed,
    ShiftFoundOpen,
    ShiftOpenDoubtful,
    ShiftOpenRefused,
)
from statemachines.vocabulary.effects import Ask, Fiscalise
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    PrinterReady,
    ReceiptFiscalised,
    ShiftClosed,
    ShiftOpened,
)
from statemachines.vocabulary.traits import FiscaliserTraits
from tests.support.rules import CASHIER, CLOUD, STAMP, Bench, cash_move, every, names, only, sale, shop

HOUR = 3_600_000
DAY = shop(shift_limit_ms=24 * HOUR)
COUNTING = replace(CLOUD, carries_balance=True)


def opening(traits: FiscaliserTraits = CLOUD) -> Bench:
    """A shift that the fiscaliser was asked to open."""
    bench = Bench(shop(traits=traits), shift=False)
    assert only(bench.do(OpenShift("shift-1", CASHIER, 10_000)).effects, Fiscalise).opening is not None
    return bench


def shift_of(bench: Bench) -> str:
    return bench.rules.state.shift.state


def sells(bench: Bench) -> bool:
    return not isinstance(bench.decide(Sell("s-9", CASHIER, sale("s-9"))), Refusal)


def test_nothing_is_sold_before_the_fiscaliser_has_opened_the_shift() -> None:
    bench = opening()
    assert bench.refused(Sell("s-1", CASHIER, sale())).code == "shift-opening"
    done = bench.run(ReceiptFiscalised("shift-1", STAMP, "not_mine"))
    assert names(done) == ["ReceiptFiscalised", "ShiftOpened", "DrawerDayOpened"]
    assert sells(bench)


def test_a_shift_that_was_not_opened_may_be_opened_again() -> None:
    bench = opening()
    done = bench.run(FiscalisationRefused("shift-1", "the cashier is not signed in"))
    assert only(done.events, ShiftOpenRefused).reason == "the cashier is not signed in"
    assert "not signed in" in bench.refused(Sell("s-1", CASHIER, sale())).text
    again = only(bench.do(OpenShift("shift-2", CASHIER, 10_000)).effects, Fiscalise)
    assert again.opening is not None
    assert again.opening.number == 1


def test_a_lost_answer_to_the_opening_is_asked_about_and_opens_one_shift() -> None:
    bench = opening()
    done = bench.run(FiscalisationDoubtful("shift-1", "no answer"))
    order = only(done.effects, Ask).intention
    assert only(done.events, ShiftOpenDoubtful).reason == "no answer"
    assert bench.run(FiscalisationUnknown("shift-1")).effects == [order]
    assert len(every(bench.run(ReceiptFiscalised("shift-1", STAMP, "not_mine")).events, ShiftOpened)) == 1
    assert every(bench.run(ReceiptFiscalised("shift-1", STAMP, "not_mine")).events, ShiftOpened) == []


@pytest.mark.parametrize(("counted", "way", "amount"), [(4_000, "in", 6_000), (12_500, "out", 2_500)])
def test_the_difference_to_what_the_fiscaliser_counts_is_a_move_of_its_own(counted: int, way: str, amount: int) -> None:
    bench = opening(COUNTING)
    done = bench.run(ReceiptFiscalised("shift-1", replace(STAMP, balance=counted), "not_mine"))
    move = only(done.effects, Fiscalise).move
    assert move is not None
    assert (move.direction, move.amount, move.origin) == (way, amount, "shift_open_float")
    bench.run(ReceiptFiscalised("shift-1:float", STAMP, "not_mine"))
    assert bench.rules.state.shift.expected_cash == 10_000
    assert bench.rules.state.days["main"].expected == 10_000


def test_no_move_is_made_when_the_fiscaliser_counts_what_lies_there() -> None:
    done = opening(COUNTING).run(ReceiptFiscalised("shift-1", replace(STAMP, balance=10_000), "not_mine"))
    assert every(done.effects, Fiscalise) == []


def test_only_what_is_certain_moves_the_expected_cash() -> None:
    bench = Bench(shop(traits=CLOUD), shift=False)
    bench.do(OpenShift("shift-1", CASHIER, 10_000))
    bench.run(ReceiptFiscalised("shift-1", STAMP, "not_mine"))
    bench.do(MoveCash("m-1", CASHIER, cash_move(amount=500)))
    assert bench.rules.state.shift.expected_cash == 10_000
    bench.run(ReceiptFiscalised("m-1", STAMP, "not_mine"))
    assert bench.rules.state.shift.expected_cash == 10_500


def test_a_shift_warns_an_hour_before_its_limit_and_sells_on() -> None:
    bench = Bench(DAY)
    assert every(bench.later(23 * HOUR - 1).events, ShiftAgeWarned) == []
    warned = only(bench.later(1).events, ShiftAgeWarned)
    assert warned.age_ms == 23 * HOUR
    assert warned.closes_at == bench.rules.state.shift.opened_at + 24 * HOUR
    assert shift_of(bench) == "expiring"
    assert sells(bench)


def test_a_quarter_of_an_hour_before_its_limit_a_shift_can_only_be_closed() -> None:
    bench = Bench(DAY)
    assert len(every(bench.later(24 * HOUR).events, ShiftExpired)) == 1
    assert bench.refused(Sell("s-1", CASHIER, sale())).code == "shift-expired"
    assert only(bench.do(CloseShift("z-1", CASHIER, "en")).events, ShiftClosed).shift_id == "shift-1"


def test_a_clock_that_was_set_back_makes_no_shift_younger() -> None:
    bench = Bench(DAY)
    bench.later(23 * HOUR)
    bench.restart()  # the clock of a till without battery stands where it stood at its start
    bench.run(PrinterReady())
    assert bench.later(44 * 60_000).events == []
    assert len(every(bench.later(60_000).events, ShiftExpired)) == 1


def test_a_shift_that_the_fiscaliser_has_open_is_adopted() -> None:
    bench = Bench(shop(traits=CLOUD), shift=False)
    bench.run(ShiftFoundOpen("v-7", 7, 1_790_000_000_000, CASHIER, "2026-10-01", initial=4_200))
    shift = bench.rules.state.shift
    assert (shift.state, shift.number, shift.expected_cash) == ("open", 7, 4_200)
    assert sells(bench)


def test_a_shift_that_the_fiscaliser_closed_by_itself_is_closed_with_the_till_s_totals() -> None:
    bench = Bench()
    closed = only(bench.run(ShiftFoundClosed("shift-1", "the register")).events, ShiftClosed)
    assert (closed.forced, closed.totals.expected_cash) == (True, 10_000)
    assert bench.refused(Sell("s-1", CASHIER, sale())).code == "shift-closed"


def test_a_forced_close_ends_no_drawer_s_day() -> None:
    bench = Bench()
    bench.run(ShiftFoundClosed("shift-1", "the register"))
    assert bench.rules.state.days["main"].state == "active"
