"""What a fiscaliser does by itself while nobody sells: it is looked at, its codes are read, its hours are counted."""

from __future__ import annotations

from typing import Any

from statemachines.vocabulary.commands import CloseShift, OpenShift, Sell
from statemachines.vocabulary.day_events import ShiftCloseRefused
from statemachines.vocabulary.effects import Fiscalise, GoOnline, LookAtRegister, RefillCodes
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    FiscalisationUnknown,
    ReceiptFiscalised,
    SaleCompleted,
    TillStarted,
)
from statemachines.vocabulary.offline_events import (
    DrainStepFailed,
    FiscalModeChanged,
    OfflineCodesRefilled,
    OfflineTimesDisagree,
    RegisterSeen,
    WentOnline,
)
from tests.support.offline_bench import HOUR, OfflineBench, codes, step
from tests.support.rules import CASHIER, every, only, sale

MINUTE = 60_000


def by_itself(**choices: Any) -> OfflineBench:
    """The fiscaliser is off line by itself, a shift is open, and it was told to send what it has."""
    bench = OfflineBench(60, **choices)
    bench.run(FiscalModeChanged("offline_auto", "it is off line itself", fiscal_at=bench.now))
    return bench


def test_a_fiscaliser_that_seems_to_be_on_line_is_looked_at_once_an_hour() -> None:
    bench = OfflineBench(60)
    assert step(bench.later(58 * MINUTE)) is None
    assert step(bench.later(2 * MINUTE)) == LookAtRegister()
    assert step(bench.seen()) is None
    assert step(bench.later(59 * MINUTE)) is None
    assert step(bench.later(MINUTE)) == LookAtRegister()


def test_one_that_does_not_answer_then_is_looked_at_an_hour_later_and_nothing_changes() -> None:
    bench = OfflineBench(60)
    bench.later(HOUR)
    bench.silent()
    assert bench.mode == "online"
    later = [step(bench.later(MINUTE)) for _ in range(60)]
    assert LookAtRegister() not in later[:58]


def test_a_till_that_starts_looks_at_once() -> None:
    bench = OfflineBench(60)
    assert step(bench.run(TillStarted("1", "boot-2", "test"))) == RefillCodes()
    assert step(bench.run(OfflineCodesRefilled(0, codes(60)))) == LookAtRegister()
    bench.seen(offline=True)
    assert bench.mode == "offline_auto"


def test_its_own_count_is_compared_when_ours_has_begun() -> None:
    """It may be longer off line than is known here: the larger count is the one that is held."""
    bench = OfflineBench(60)
    bench.later(HOUR)
    found = RegisterSeen(True, False, bench.now, session_ms=9 * HOUR, month_ms=9 * HOUR)  # noqa: FBT003 - as it is told
    assert not every(bench.run(found).events, OfflineTimesDisagree)
    bench.next_look()
    told = every(bench.run(found).events, OfflineTimesDisagree)
    assert [(one.kind, one.theirs) for one in told] == [("session", 9 * HOUR), ("month", 9 * HOUR)]


def test_its_codes_are_read_every_quarter_of_an_hour_while_it_uses_them_by_itself() -> None:
    bench = by_itself()
    waited = 0
    while (found := step(bench.later(MINUTE))) != RefillCodes():
        waited += 1
        assert waited < 16
        while found is not None and found != RefillCodes():
            online = isinstance(found, GoOnline)
            found = step(bench.run(WentOnline("auto", 1)) if online else bench.seen(offline=True, waiting=1))
        if found == RefillCodes():
            break
    assert waited >= 14
    bench.run(OfflineCodesRefilled(0, codes(30, 31)))
    assert bench.free == 30, "the others are used up"


def test_nothing_is_given_to_it_when_the_law_allows_no_more() -> None:
    bench = by_itself(session_limit_ms=2 * HOUR, stop_ms=HOUR)
    bench.later(2 * HOUR)
    assert bench.refused(Sell("s-1", CASHIER, sale())).code == "offline-limit"
    refused = bench.do(CloseShift("z-1", CASHIER, "en"))
    assert not every(refused.effects, Fiscalise)
    assert "hours in a row" in only(refused.events, ShiftCloseRefused).reason
    assert bench.rules.state.shift.state == "open"


def test_an_x_report_is_asked_of_it_all_the_same() -> None:
    bench = by_itself(session_limit_ms=2 * HOUR, stop_ms=HOUR)
    bench.later(2 * HOUR)
    assert only(bench.ask_for("x_report", "x-1").effects, Fiscalise).report is not None


def test_cash_of_a_sale_that_was_in_doubt_when_its_shift_was_closed_lies_in_the_drawer_for_the_next_one() -> None:
    bench = OfflineBench(60)
    bench.ask_for("sale", "s-1")
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    bench.printed(bench.later(60_000))
    assert bench.mode == "offline_manual"
    bench.printed(bench.do(CloseShift("z-1", CASHIER, "en")))
    assert bench.rules.state.shift.state == "closed"
    before = bench.rules.state.shift.expected_cash
    bench.back()
    completed = only(bench.run(FiscalisationUnknown("s-1")).events, SaleCompleted)
    assert completed.cash_due > 0
    shift = bench.rules.state.shift
    assert shift.expected_cash == before + completed.cash_due
    assert shift.totals.sales.count == 0, "the report of its shift is out"
    bench.silent()
    opened = bench.do(OpenShift("shift-2", CASHIER, 0))
    assert every(opened.events, ReceiptFiscalised)[0].stamp.balance == before + completed.cash_due
    assert bench.same()


def test_a_look_that_succeeds_does_not_end_a_row_of_failures_to_deliver() -> None:
    """A cashier's signature that does not run refuses every document, and answers every look."""
    bench = OfflineBench(60)
    bench.unreachable("s-1")
    bench.back()
    bench.gone()
    for mode in ("draining", "offline_manual"):
        bench.run(DrainStepFailed("DeliverOffline", "the signature does not run", reached=True))
        assert bench.mode == mode
        bench.next_look()
        bench.seen(offline=True, manual=True)
        bench.later(15_000)
    told = [one.reason for one in every(bench.records, FiscalModeChanged) if one.to == "offline_manual"]
    assert told[-1] == "the signature does not run"


def test_what_is_handed_over_ends_a_row_of_failures() -> None:
    bench = OfflineBench(60)
    bench.unreachable("s-1")
    bench.sold("s-2")
    bench.sold("s-3")
    bench.back()
    bench.gone()
    for name in ("s-1", "s-2"):
        bench.run(DrainStepFailed("DeliverOffline", "the register is busy", reached=True))
        bench.later(15_000)
        bench.seen(offline=True, manual=True)
        bench.later(15_000)
        bench.delivered(name)
    assert bench.mode == "draining"
