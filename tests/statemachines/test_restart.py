"""After a power cut: everything without an outcome is doubtful, asked about, and no pulse is repeated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from statemachines.drawer import DrawerSettings
from statemachines.rules import RESTARTED
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import OpenDrawer, PrintCopy, Sell
from statemachines.vocabulary.day_events import DrawerDayOpened
from statemachines.vocabulary.effects import Ask, Fiscalise, Kick, Print
from statemachines.vocabulary.events import (
    CopyFailed,
    DrawerKicked,
    FiscalisationDoubtful,
    PrintDoubtful,
    PrinterReady,
    PrintFoundMissing,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
    SaleCompleted,
    SaleSettled,
)
from statemachines.vocabulary.offline_events import OfflineCode, OfflineCodeBound, OfflineCodesRefilled
from tests.support.rules import (
    CASHIER,
    CLOUD,
    DAY,
    DRAWER,
    KEEPS_CODES,
    REGISTER,
    STAMP,
    Bench,
    every,
    names,
    only,
    opened,
    sale,
    shop,
    shut,
)


def test_a_job_on_its_way_is_doubtful_and_asked_about() -> None:
    bench = Bench()
    job = bench.sell()
    done = bench.restart()
    assert names(done) == ["TillStarted", "PrintDoubtful"]
    assert only(done.events, PrintDoubtful) == PrintDoubtful("s-1", job.job_id, RESTARTED)
    assert done.effects == [Ask(job, None)]


@pytest.mark.parametrize("end_sent", [False, True, None])
def test_what_the_lane_knew_of_the_end_line_survives_the_restart(*, end_sent: bool | None) -> None:
    """That the END line never left stays true: what is on paper then lacks it."""
    bench = Bench()
    job = bench.sell()
    bench.run(PrintDoubtful("s-1", job.job_id, "no answer", end_sent))
    done = bench.restart()
    assert names(done) == ["TillStarted"]
    assert done.effects == [Ask(job, end_sent)]


def test_the_end_line_of_an_earlier_job_says_nothing_about_the_next_one() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(PrintDoubtful("s-1", job.job_id, "no answer", end_sent=False))
    missing = PrintFoundMissing("s-1", job.job_id, proven=True, fragment=False, evidence="seen")
    again = only(bench.run(missing).effects, Print)
    assert bench.restart().effects == [Ask(again, None)]


def test_what_a_person_must_decide_is_not_asked_again() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(PrintDoubtful("s-1", job.job_id, "no answer"))
    bench.run(PrintUnresolved("s-1", job.job_id, "it cannot tell", person_needed=True))
    assert bench.restart().effects == []
    assert bench.document().person_needed


def test_a_sale_on_its_way_to_the_register_is_asked_about_and_kicks_nothing_afterwards() -> None:
    bench = Bench(shop(traits=CLOUD))
    order = only(bench.do(Sell("s-1", CASHIER, sale())).effects, Fiscalise)
    done = bench.restart()
    assert names(done) == ["TillStarted", "FiscalisationDoubtful"]
    assert done.effects == [Ask(order)]
    found = bench.run(ReceiptFiscalised("s-1", STAMP, "not_mine"))
    assert only(found.effects, Print).kick is None


def test_a_fiscal_doubt_is_asked_about_again() -> None:
    bench = Bench(shop(traits=CLOUD))
    order = only(bench.do(Sell("s-1", CASHIER, sale())).effects, Fiscalise)
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    assert bench.restart().effects == [Ask(order)]


def test_paper_that_the_register_may_have_printed_is_asked_about_again() -> None:
    bench = Bench(shop(traits=REGISTER))
    order = only(bench.do(Sell("s-1", CASHIER, sale())).effects, Fiscalise)
    bench.run(ReceiptFiscalised("s-1", STAMP, "unknown"))
    assert bench.restart().effects == [Ask(order)]


@pytest.mark.parametrize("settings", [shop(), shop(drawers={DRAWER: DrawerSettings(through_printer=False)})])
def test_no_pulse_is_repeated_and_the_drawer_is_looked_at_anew(settings: RuleSettings) -> None:
    bench = Bench(settings)
    bench.do(OpenDrawer("o-1", CASHIER, DRAWER, "change"))
    done = bench.restart()
    assert names(done) == ["TillStarted"]
    assert every([*done.effects, *bench.later(60_000).effects], Kick) == []
    assert bench.drawer_state() == "unknown"
    assert names(bench.run(opened())) == ["DrawerOpened"]


def test_a_sale_printed_after_a_restart_opens_no_drawer() -> None:
    bench = Bench(shop(kick_at="printed"))
    job = bench.sell()
    bench.restart()
    done = bench.run(ReceiptPrinted("s-1", job.job_id, "odometer"))
    assert names(done) == ["ReceiptPrinted", "SaleCompleted"]


def test_a_drawer_added_while_a_shift_is_open_has_a_day_for_its_cash() -> None:
    bench = Bench()
    bench.settings = shop(drawers={DRAWER: DrawerSettings(), "left": DrawerSettings()})
    done = bench.restart()
    assert only(done.events, DrawerDayOpened) == DrawerDayOpened("left", "shift-1:left", 0)
    assert every(bench.restart().events, DrawerDayOpened) == []
    bench.run(PrinterReady())
    job = bench.sell(sale(drawer="left"))
    told = only(bench.run(ReceiptPrinted("s-1", job.job_id, "process_id")).events, SaleCompleted)
    assert (told.drawer_id, told.day_id) == ("left", "shift-1:left")
    assert bench.rules.state.days["left"].expected == told.cash_due


def test_a_copy_on_its_way_is_given_up() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
    copy = only(bench.do(PrintCopy("c-1", CASHIER, "s-1", "lost", job.paper)).effects, Print)
    done = bench.restart()
    assert only(done.events, CopyFailed) == CopyFailed("s-1", copy.job_id, 1, doubtful=True, reason=RESTARTED)
    assert done.effects == []
    assert not bench.rules.state.copies


def test_the_money_of_a_completed_sale_is_put_away() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(DrawerKicked(DRAWER, 1))
    bench.run(opened())
    bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
    done = bench.restart()
    assert only(done.events, SaleSettled) == SaleSettled("s-1", "timeout", DRAWER, DAY)
    assert not bench.rules.state.documents
    assert names(bench.run(shut())) == ["DrawerClosed"]


def test_the_pauses_between_questions_are_counted_on_the_new_clock() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(PrintDoubtful("s-1", job.job_id, "no answer"))
    bench.mono += 900_000_000
    bench.run(PrintUnresolved("s-1", job.job_id, "busy", person_needed=False))
    bench.restart()
    bench.run(PrinterReady())
    bench.run(PrintUnresolved("s-1", job.job_id, "busy", person_needed=False))
    assert bench.later(31_000).effects == [Ask(job)]


def test_an_old_doubt_has_its_code_reserved_by_the_new_clock() -> None:
    """The uptime before the cut says nothing: a till that ran for weeks would wait for weeks."""
    bench = Bench(shop(traits=replace(CLOUD, offline="codes"), offline=KEEPS_CODES))
    bench.run(OfflineCodesRefilled(0, (OfflineCode("code-1", 1), OfflineCode("code-2", 2))))
    bench.mono += 900_000_000
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    bench.restart()
    assert every(bench.later(19_000).events, OfflineCodeBound) == []
    assert [code.reserved for code in every(bench.later(2_000).events, OfflineCodeBound)] == [False, True]
