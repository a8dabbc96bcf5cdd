"""Closing a shift: step by step, each begun when the one before is done, going on where it stood."""

from __future__ import annotations

from dataclasses import replace

import pytest

from statemachines.drawer import DrawerSettings
from statemachines.vocabulary.commands import (
    ActivateDrawer,
    CallOffClosing,
    CloseShift,
    OpenShift,
    RecordCount,
    ResolveDoubt,
    Sell,
    StartCount,
    SubmitCount,
)
from statemachines.vocabulary.day_events import ClosingAdvanced, ClosingStopped, ShiftFoundClosed
from statemachines.vocabulary.effects import Fiscalise, Print, SignOut
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    FiscalisationRefused,
    PrinterReady,
    ReceiptFiscalised,
    ReceiptPrinted,
)
from statemachines.vocabulary.traits import FiscaliserTraits
from tests.support.rules import CASHIER, CLOUD, REGISTER, STAMP, Bench, every, names, only, sale, shop

CLOSE = CloseShift("z-1", CASHIER, "en")
IN_DOUBT = replace(CLOUD, sells_in_doubt=True)
EMPTIES = replace(REGISTER, empties_at_close=True)


def opened(traits: FiscaliserTraits, **choices: object) -> Bench:
    bench = Bench(shop(traits=traits, **choices), shift=False)
    bench.do(OpenShift("shift-1", CASHIER, 10_000))
    bench.run(ReceiptFiscalised("shift-1", STAMP, "not_mine"))
    return bench


def step(bench: Bench) -> str:
    return bench.rules.state.closing.state


def counted(bench: Bench) -> list[str]:
    bench.do(StartCount("n-1", CASHIER, "main", "end_of_day_balance"))
    bench.do(RecordCount("r-1", CASHIER, "n-1", 10_000))
    return names(bench.do(SubmitCount("u-1", CASHIER, "n-1")))


def test_a_closing_goes_through_its_steps_in_order_and_signs_the_cashier_out() -> None:
    bench = opened(CLOUD)
    done = bench.do(CLOSE)
    assert [event.step for event in every(done.events, ClosingAdvanced)] == ["count", "removal", "report"]
    done = bench.run(ReceiptFiscalised("z-1", STAMP, "not_mine"))
    assert [event.step for event in every(done.events, ClosingAdvanced)] == ["drawers", "sign_out"]
    assert only(done.effects, SignOut).cashier == CASHIER
    assert step(bench) == "idle"
    assert bench.rules.state.days["main"].state == "inactive"


def test_nothing_is_sold_while_the_shift_is_closed() -> None:
    bench = opened(CLOUD)
    bench.do(CLOSE)
    assert bench.refused(Sell("s-1", CASHIER, sale())).code == "shift-closing"


def test_no_z_is_made_while_a_sale_is_in_doubt() -> None:
    bench = opened(IN_DOUBT)
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    done = bench.do(CLOSE)
    assert (step(bench), every(done.effects, Fiscalise)) == ("drafts", [])
    done = bench.run(ReceiptFiscalised("s-1", STAMP, "not_mine"))
    assert every(done.effects, Fiscalise) == []
    job = only(done.effects, Print)
    done = bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
    assert only(done.effects, Fiscalise).report is not None


def test_a_doubt_that_waits_for_a_person_refuses_the_closing_and_says_so() -> None:
    bench = opened(IN_DOUBT)
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    bench.run(FiscalisationDoubtful("s-1", "another device", person_needed=True))
    assert bench.refused(CLOSE).code == "drafts"
    bench.do(ResolveDoubt("v-1", CASHIER, "s-1", "not_fiscalised", "looked"))
    bench.do(CLOSE)


def test_the_closing_waits_for_the_count_that_the_shop_demands() -> None:
    bench = opened(CLOUD, count_at_close="required")
    bench.do(CLOSE)
    assert step(bench) == "count"
    assert "ReportRequested" in counted(bench)


def test_the_cash_is_taken_out_before_the_z_where_the_fiscaliser_demands_it() -> None:
    bench = opened(EMPTIES)
    move = only(bench.do(CLOSE).effects, Fiscalise).move
    assert move is not None
    assert (move.amount, move.direction, move.origin) == (10_000, "out", "shift_close_collection")
    done = bench.run(ReceiptFiscalised("z-1:removal", STAMP, "yes"))
    report = only(done.effects, Fiscalise).report
    assert report is not None
    assert report.totals.expected_cash == 0


def test_a_removal_that_is_refused_stops_the_closing_and_closing_again_goes_on() -> None:
    bench = opened(EMPTIES)
    bench.do(CLOSE)
    done = bench.run(FiscalisationRefused("z-1:removal", "not so much"))
    assert only(done.events, ClosingStopped).step == "removal"
    assert bench.refused(Sell("s-1", CASHIER, sale())).code == "shift-closing"
    assert only(bench.do(replace(CLOSE, command_id="z-2")).effects, Fiscalise).document_id == "z-2:removal"


def test_a_removal_that_a_person_gave_up_stops_the_closing() -> None:
    bench = opened(EMPTIES)
    bench.do(CLOSE)
    bench.run(FiscalisationDoubtful("z-1:removal", "no answer"))
    done = bench.do(ResolveDoubt("v-1", CASHIER, "z-1:removal", "abandoned", "nobody knows"))
    assert "cash is left" in only(done.events, ClosingStopped).reason
    assert bench.rules.state.shift.expected_cash == 10_000


def test_a_refused_z_stops_the_closing_and_a_new_one_makes_another_report() -> None:
    bench = opened(CLOUD)
    bench.do(CLOSE)
    assert only(bench.run(FiscalisationRefused("z-1", "no")).events, ClosingStopped).step == "report"
    assert bench.rules.state.shift.state == "open"
    assert only(bench.do(replace(CLOSE, command_id="z-2")).effects, Fiscalise).document_id == "z-2"


def test_a_closing_goes_on_behind_a_restart_and_makes_one_z() -> None:
    bench = opened(CLOUD, count_at_close="required")
    bench.do(CLOSE)
    bench.restart()
    bench.run(PrinterReady())
    assert step(bench) == "count"
    counted(bench)
    assert [order.document_id for order in every(bench.records, Fiscalise)].count("z-1") == 1


def test_a_closing_is_called_off_until_the_fiscaliser_has_it() -> None:
    bench = opened(CLOUD, count_at_close="required")
    bench.do(CLOSE)
    bench.do(CallOffClosing("k-1", CASHIER, "customers came"))
    assert step(bench) == "idle"
    bench.do(Sell("s-1", CASHIER, sale()))


def test_a_closing_that_is_with_the_fiscaliser_is_not_called_off() -> None:
    bench = opened(CLOUD)
    bench.do(CLOSE)
    assert bench.refused(CallOffClosing("k-1", CASHIER, "customers came")).code == "too-late"


def test_a_shift_that_somebody_else_closed_ends_the_closing() -> None:
    bench = opened(CLOUD, count_at_close="required")
    bench.do(CLOSE)
    bench.run(ShiftFoundClosed("shift-1", "the register"))
    assert step(bench) == "idle"
    assert bench.rules.state.days["main"].state == "active"
    bench.do(OpenShift("shift-2", CASHIER, 10_000))


@pytest.mark.parametrize("command", [StartCount("n-9", CASHIER, "main", "intra_day_balance")])
def test_behind_the_counts_of_a_closing_no_count_begins(command: StartCount) -> None:
    bench = opened(EMPTIES)
    bench.do(CLOSE)
    assert step(bench) == "removal"
    assert bench.refused(command).code == "shift-closing"


def test_behind_the_counts_of_a_closing_no_drawer_s_day_begins() -> None:
    bench = opened(EMPTIES, drawer_day="own", drawers={"main": DrawerSettings()})
    bench.do(CLOSE)
    assert bench.refused(ActivateDrawer("a-1", CASHIER, "main", 0)).code == "shift-closing"
