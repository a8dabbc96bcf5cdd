"""The register is back: each step after each outcome, until everything is delivered and it is on line again."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from statemachines.offline import FiscalClock
from statemachines.vocabulary.commands import Sell
from statemachines.vocabulary.effects import (
    Ask,
    DeliverOffline,
    Fiscalise,
    GoOffline,
    GoOnline,
    LookAtRegister,
    PingTaxService,
    RefillCodes,
)
from statemachines.vocabulary.events import FiscalisationDoubtful, FiscalisationUnknown, ReceiptFiscalised
from statemachines.vocabulary.offline_events import (
    DrainStepFailed,
    FiscalModeChanged,
    OfflineCode,
    OfflineCodeBound,
    OfflineCodesNotRefilled,
    OfflineCodeSpent,
    OfflineCodesRefilled,
    TaxServicePinged,
    WentOnline,
)
from tests.support.offline_bench import HOUR, OfflineBench, codes, orders, stamp, step
from tests.support.rules import CASHIER, every, names, only, sale


def away(*sold: str, **choices: Any) -> OfflineBench:
    """The first of these sales could not be sent, the others were made in the session."""
    bench = OfflineBench(60, **choices)
    first, *others = sold or ("s-1",)
    bench.unreachable(first)
    for name in others:
        bench.later(5_000)
        bench.sold(name)
    return bench


def draining(*sold: str, **choices: Any) -> OfflineBench:
    """The register has taken the beginning of the session, and the first document is on its way."""
    bench = away(*sold, **choices)
    bench.back()
    bench.gone()
    return bench


def emptied(*sold: str, **choices: Any) -> OfflineBench:
    """Everything was delivered, and the register is on its way back."""
    bench = draining(*(sold or ("s-1",)), **choices)
    for name in list(bench.queue):
        bench.delivered(name)
    return bench


# --- away -----------------------------------------------------------------------------------------------------------


def test_the_register_is_looked_for_every_fifteen_seconds_and_nothing_else_is_sent() -> None:
    bench = away("s-1", "s-2")
    bench.next_look()
    bench.silent()
    for _ in range(5):
        assert every(bench.later(14_999).effects, LookAtRegister) == []
        assert step(bench.later(1)) == LookAtRegister()
        assert names(bench.silent()) == []
    assert bench.mode == "offline_manual"


def test_only_one_step_is_on_its_way_at_a_time() -> None:
    bench = away()
    bench.next_look()
    assert bench.later(HOUR).effects == []


# --- from the first answer to the last document ---------------------------------------------------------------------


def test_each_answer_leads_to_the_next_step() -> None:
    bench = away("s-1", "s-2")
    offline = bench.rules.state.offline
    bench.next_look()
    found = bench.seen()
    assert only(found.events, FiscalModeChanged).to == "draining"
    assert step(found) == LookAtRegister(), "once more, when nothing is in doubt any longer"
    assert step(bench.seen()) == GoOffline(offline.session_id, OfflineCode("code-60", 60), offline.begun_at)
    assert step(bench.gone()) == DeliverOffline("s-1", OfflineCode("code-59", 59), offline.queue[0].fiscal_at)
    assert step(bench.delivered("s-1")) == DeliverOffline("s-2", OfflineCode("code-58", 58), offline.queue[0].fiscal_at)
    last = bench.delivered("s-2")
    assert only(last.events, FiscalModeChanged).to == "offline_auto", "in the journal before the order leaves"
    assert step(last) == GoOnline(offline.session_id, 1)
    assert bench.same()


def test_what_was_delivered_has_its_whole_particulars_and_its_code_is_spent() -> None:
    bench = draining()
    document = bench.rules.state.documents.get("s-1")
    bench.delivered("s-1")
    assert bench.queue == []
    assert bench.rules.state.pool.codes["code-59"].state == "spent"
    assert bench.rules.state.pool.codes["code-60"].state == "spent"
    assert document is None or (document.stamp is not None and document.stamp.complete)


def test_documents_go_in_the_order_of_their_dates_a_kept_place_before_what_was_sold_later() -> None:
    bench = OfflineBench(60)
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    bench.printed(bench.later(21_000))
    bench.sold("s-2")  # in the same second, so of the same date
    bench.later(60_000)
    bench.sold("s-3")
    bench.run(FiscalisationUnknown("s-1"))
    dates = [one.fiscal_at for one in bench.rules.state.offline.queue]
    assert bench.queue == ["s-1", "s-2", "s-3"]
    assert dates == sorted(dates)


def test_a_shift_that_was_closed_and_one_that_was_opened_go_in_their_order() -> None:
    bench = away()
    bench.printed(bench.ask_for("shift_report", "z-1"))
    bench.printed(bench.ask_for("shift_open", "shift-2"))
    bench.sold("s-2")
    kinds = [one.kind for one in bench.rules.state.offline.queue]
    assert kinds[:3] == ["sale", "shift_report", "shift_open"]
    assert kinds[-1] == "sale"
    bench.back()
    bench.gone()
    for name in list(bench.queue):
        assert step_of(bench, name)
    assert bench.mode == "offline_auto"


def step_of(bench: OfflineBench, name: str) -> bool:
    """Was this one to be delivered now? It is."""
    waiting = bench.rules.state.offline.queue[0]
    bench.delivered(waiting.document_id)
    return waiting.document_id == name


def test_the_shift_that_was_opened_without_it_gets_the_registers_own_particulars() -> None:
    bench = away()
    bench.printed(bench.ask_for("shift_report", "z-1"))
    bench.printed(bench.ask_for("shift_open", "shift-2"))
    assert bench.rules.state.shift.vendor_number == ""
    bench.back()
    bench.gone()
    for name in list(bench.queue):
        if name == "shift-2":
            from dataclasses import replace

            from statemachines.vocabulary.offline_events import OfflineDocumentDelivered

            whole = replace(stamp(bench.now, offline=True), vendor_id="v-2", shift_no="88")
            bench.run(OfflineDocumentDelivered(name, whole))
        else:
            bench.delivered(name)
    assert (bench.rules.state.shift.vendor_id, bench.rules.state.shift.vendor_number) == ("v-2", "88")
    assert bench.same()


# --- doubts first ---------------------------------------------------------------------------------------------------


def in_doubt_and_sold() -> OfflineBench:
    """A sale is in doubt, a place is kept for it, and another was made in the session."""
    bench = OfflineBench(60)
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    bench.printed(bench.later(21_000))
    bench.sold("s-2")
    return bench


def test_while_the_register_is_away_it_is_not_asked_about_a_document() -> None:
    """It is looked for: the question comes when it is there, and the journal is not filled with its silence."""
    bench = in_doubt_and_sold()
    asked = [effect for _ in range(40) for effect in (*bench.next_look().effects, *bench.silent().effects)]
    assert every(asked, Ask) == []


def test_nothing_is_handed_over_before_every_doubt_is_resolved() -> None:
    bench = in_doubt_and_sold()
    bench.next_look()
    found = bench.seen()
    assert only(found.effects, Ask).intention.document_id == "s-1"
    bench.later(15_000)
    looked = bench.seen()
    assert step(looked) is None, "it is looked at, so that a line that is lost again is noticed"
    done = bench.run(FiscalisationUnknown("s-1"))
    assert step(done) == LookAtRegister()
    assert isinstance(step(bench.seen()), GoOffline)


def test_a_line_that_is_lost_while_a_doubt_is_asked_about_leads_back_into_the_session() -> None:
    bench = in_doubt_and_sold()
    bench.next_look()
    bench.seen()
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    assert step(bench.later(15_000)) == LookAtRegister()
    bench.silent()
    assert bench.mode == "offline_manual"
    bench.do(Sell("s-3", CASHIER, sale("s-3")))


def test_when_the_register_made_the_only_document_it_never_goes_off_line() -> None:
    bench = OfflineBench(60)
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    bench.printed(bench.later(21_000))
    bench.next_look()
    bench.seen()
    made = stamp(bench.rules.state.offline.begun_at - 19_000)
    bench.printed(bench.run(ReceiptFiscalised("s-1", made, "not_mine")))
    done = bench.seen()
    assert every(done.effects, GoOffline) == []
    assert only(done.events, OfflineCodeSpent).value == "code-60", "it may have left, for all anybody knows"
    assert bench.mode == "online"
    assert bench.same()


def test_when_nothing_was_made_at_all_it_is_on_line_at_once() -> None:
    bench = OfflineBench(60)
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    bench.printed(bench.later(21_000))
    bench.printed(bench.run(ReceiptFiscalised("s-1", stamp(bench.now - 21_000), "not_mine")))
    bench.next_look()
    bench.seen()
    assert bench.mode == "online"


@pytest.mark.parametrize("between", [False, True])
def test_a_date_of_the_register_in_between_moves_the_beginning_to_the_first_document(between: bool) -> None:
    """The beginning was that of a place that was not used: the register made that document after all."""
    bench = in_doubt_and_sold()
    bench.later(30_000)
    bench.sold("s-3")
    offline = bench.rules.state.offline
    bench.run(ReceiptFiscalised("s-1", stamp(offline.begun_at - 5_000), "not_mine"))
    bench.rules.state.offline.drop("s-2")  # as if given up
    begun, first = offline.begun_at, offline.queue[0].fiscal_at
    bench.back()
    done = bench.seen(last_at=begun + 10_000 if between else begun)
    assert step(done) == GoOffline(offline.session_id, OfflineCode("code-60", 60), first if between else begun)
    assert first > begun + 10_000


# --- the register's own clock and mode ------------------------------------------------------------------------------


def test_nothing_is_handed_over_before_its_date() -> None:
    bench = OfflineBench(60)
    bench.tell_time(FiscalClock(25_000, trusted=True))
    bench.unreachable()
    ahead = bench.rules.state.offline.begun_at - bench.now
    bench.next_look()
    bench.seen()
    waits = bench.seen()  # its clock is the till's own: 25 s behind what was believed
    assert step(waits) is None
    assert every(bench.later(ahead - 16_500).effects, GoOffline) == []
    assert every(bench.later(3_000).effects, GoOffline)


def test_it_goes_on_line_only_when_its_clock_has_passed_the_last_date() -> None:
    bench = draining()
    bench.rules.state.pool.last_fiscal_at = bench.now + 12_000  # of a document that was given up
    bench.delivered("s-1")
    assert bench.mode == "draining"
    early = bench.later(10_000)
    assert every(early.effects, GoOnline) == []
    due = bench.later(4_000)
    assert only(due.effects, GoOnline)
    assert bench.mode == "offline_auto"


def test_while_it_is_waited_for_longer_it_is_looked_at() -> None:
    bench = draining()
    bench.rules.state.pool.last_fiscal_at = bench.now + 600_000
    bench.delivered("s-1")
    assert step(bench.later(15_000)) == LookAtRegister()
    bench.silent()
    assert bench.mode == "offline_manual", "and a line that is lost meanwhile is noticed"


def test_after_an_automatic_offline_time_the_codes_are_read_first() -> None:
    bench = away()
    bench.next_look()
    bench.seen(offline=True)
    assert step(bench.seen(offline=True)) == RefillCodes(0)
    left = tuple(code for code in codes(60) if code.serial > 3)
    assert isinstance(step(bench.run(OfflineCodesRefilled(0, left))), GoOffline)
    assert bench.rules.state.pool.codes.get("code-1") is None
    assert bench.free == 60 - 3 - 2


def test_codes_that_cannot_be_read_hold_nothing_up() -> None:
    bench = away()
    bench.next_look()
    bench.seen(offline=True)
    bench.seen(offline=True)
    assert isinstance(step(bench.run(OfflineCodesNotRefilled("no shift is open"))), GoOffline)


def test_a_code_of_the_going_off_line_that_was_used_up_is_replaced_by_another() -> None:
    bench = away()
    bench.next_look()
    bench.seen(offline=True)
    bench.seen(offline=True)
    left = tuple(code for code in codes(60) if code.serial not in (1, 60))
    done = bench.run(OfflineCodesRefilled(0, left))
    session = bench.rules.state.offline.session_id
    assert only(done.events, OfflineCodeSpent).value == "code-60"
    assert only(done.events, OfflineCodeBound) == OfflineCodeBound(
        session, OfflineCode("code-58", 58), bench.rules.state.offline.begun_at, reserved=False
    )
    assert step(done) == GoOffline(session, OfflineCode("code-58", 58), bench.rules.state.offline.begun_at)
    assert bench.same()


def test_a_register_that_was_told_before_to_be_off_line_is_told_again_and_says_so() -> None:
    bench = away()
    bench.back(offline=True, manual=True)
    assert step(bench.gone()) == DeliverOffline(
        "s-1", OfflineCode("code-59", 59), bench.rules.state.offline.queue[0].fiscal_at
    )


def test_a_register_that_somebody_else_has_let_go_on_line_is_taken_off_line_anew() -> None:
    bench = draining("s-1", "s-2")
    bench.silent("DeliverOffline")
    bench.next_look()
    bench.seen()
    done = bench.seen(last_at=0)
    assert only(done.events, OfflineCodeBound).document_id == bench.rules.state.offline.session_id
    assert isinstance(step(done), GoOffline)
    over = emptied_but_online()
    assert over.mode == "online"


def emptied_but_online() -> OfflineBench:
    bench = draining()
    bench.rules.state.pool.last_fiscal_at = bench.now + 600_000
    bench.delivered("s-1")
    bench.later(15_000)
    bench.seen()
    return bench


# --- failures on the way --------------------------------------------------------------------------------------------

STEPS = ["look", "refill", "go offline", "deliver"]


def at(what: str) -> OfflineBench:
    """This step is on its way."""
    bench = away("s-1", "s-2")
    bench.next_look()
    bench.seen(offline=what == "refill")
    if what == "look":
        return bench
    bench.seen(offline=what == "refill")
    if what == "deliver":
        bench.gone()
    return bench


@pytest.mark.parametrize("what", STEPS)
def test_a_step_that_does_not_reach_it_leads_back_into_the_session(what: str) -> None:
    bench = at(what)
    done = bench.silent()
    assert only(done.events, FiscalModeChanged).to == "offline_manual"
    assert step(bench.later(15_000)) == LookAtRegister()
    assert bench.queue == ["s-1", "s-2"]
    assert bench.same()


@pytest.mark.parametrize("what", STEPS)
def test_a_step_that_it_puts_off_is_taken_again_and_after_the_second_time_selling_goes_on(what: str) -> None:
    bench = at(what)
    done = bench.run(DrainStepFailed("any", "the register is busy", reached=True))
    assert bench.mode == "draining"
    assert step(done) is None
    assert step(bench.later(15_000)) == LookAtRegister()
    bench.run(DrainStepFailed("any", "the register is busy", reached=True))
    assert bench.mode == "offline_manual"
    bench.do(Sell("s-9", CASHIER, sale("s-9")))


@pytest.mark.parametrize("what", STEPS)
def test_behind_a_restart_the_same_step_is_found_again(what: str) -> None:
    bench = at(what)
    queue, acknowledged = bench.queue, bench.rules.state.offline.acknowledged
    begun = bench.restart()
    assert step(begun) == LookAtRegister()
    assert (bench.queue, bench.rules.state.offline.acknowledged) == (queue, acknowledged)
    done = bench.seen(offline=acknowledged, manual=acknowledged, after=600_000)
    assert isinstance(step(done), DeliverOffline if acknowledged else GoOffline)
    assert bench.same()


def test_a_restart_in_the_session_looks_for_the_register_at_once() -> None:
    bench = away()
    assert step(bench.restart()) == LookAtRegister()


def test_what_was_sold_while_the_line_was_lost_again_is_delivered_behind_the_rest() -> None:
    bench = at("deliver")
    bench.silent("DeliverOffline")
    bench.sold("s-3")
    bench.next_look()
    bench.seen(offline=True, manual=True)
    assert step(bench.seen(offline=True, manual=True)) == DeliverOffline(
        "s-1", OfflineCode("code-59", 59), bench.rules.state.offline.queue[0].fiscal_at
    )
    assert bench.queue == ["s-1", "s-2", "s-3"]


# --- back on line ---------------------------------------------------------------------------------------------------


def test_from_there_on_the_register_makes_the_documents_itself() -> None:
    bench = emptied()
    done = bench.do(Sell("s-2", CASHIER, sale("s-2")))
    assert only(done.effects, Fiscalise).document_id == "s-2"


def test_behind_a_restart_it_is_told_again_to_go_on_line() -> None:
    bench = emptied()
    assert step(bench.restart()) == GoOnline(bench.rules.state.offline.session_id, 1)


@pytest.mark.parametrize("every_ms", [15_000, 120_000])
def test_it_is_looked_at_every_fifteen_seconds_and_reminded_at_the_profiles_pace(every_ms: int) -> None:
    bench = emptied("s-1", "s-2", "s-3", "s-4", "s-5", "s-6", "s-7", go_online_every_ms=every_ms)
    session, told, looked = bench.rules.state.offline.session_id, [bench.mono], []
    done = bench.run(WentOnline(session, 1))
    while len(told) < 4:
        match step(done):
            case None:
                done = bench.later(500)
            case LookAtRegister():
                looked.append(bench.mono)
                done = bench.seen(offline=True, waiting=7)
            case GoOnline(tries=tries):
                told.append(bench.mono)
                done = bench.run(WentOnline(session, tries))
    assert [later - before for before, later in pairwise(told)] == [every_ms] * 3
    assert all(later - before <= 15_000 for before, later in pairwise(sorted((*looked, *told))))
    assert len(looked) >= 3, "between two of them it was looked at"


def test_on_line_again_the_codes_are_read_and_the_session_is_over() -> None:
    bench = emptied()
    bench.run(WentOnline(bench.rules.state.offline.session_id, 1))
    bench.later(15_000)
    done = bench.seen(after=4_000)
    assert only(done.events, FiscalModeChanged).to == "online"
    assert step(done) == RefillCodes(0)
    offline = bench.rules.state.offline
    assert (offline.session_id, offline.tries, offline.handed, offline.advice) == ("", 0, 0, "")
    assert bench.rules.state.pool.last_fiscal_at >= bench.now + 3_000, "coming on line is dated by its clock"


def test_more_tries_than_documents_and_still_off_line_asks_the_tax_service_and_advises_to_call_support() -> None:
    bench = emptied(go_online_every_ms=15_000)
    session = bench.rules.state.offline.session_id
    for tries in (1, 2):
        bench.run(WentOnline(session, tries))
        bench.later(15_000)
        done = bench.seen(offline=True, waiting=1)
    assert step(done) == PingTaxService(), "two tries for one document"
    answered = bench.run(TaxServicePinged(answers=True, text="DONE"))
    assert "call the register's support" in bench.rules.state.offline.advice
    assert isinstance(step(answered), GoOnline)
    bench.run(WentOnline(session, 3))
    bench.later(15_000)
    bench.seen(offline=True, waiting=1)
    bench.run(TaxServicePinged(answers=False, text="DEADLINE_EXCEEDED"))
    assert bench.rules.state.offline.advice == "", "the tax service is away: nothing is wrong with the register"


def test_documents_that_go_one_by_one_are_no_reason_for_advice() -> None:
    """The older interface sends one document a request: there are as many tries as there were documents."""
    bench = emptied("s-1", "s-2", "s-3", "s-4", go_online_every_ms=15_000)
    session = bench.rules.state.offline.session_id
    for tries in range(1, 5):
        bench.run(WentOnline(session, tries))
        bench.later(15_000)
        done = bench.seen(offline=True, waiting=5 - tries)
        assert every(done.effects, PingTaxService) == []


def test_a_line_that_is_lost_while_it_sends_begins_a_new_session_later_than_its_coming_back_can_be() -> None:
    bench = emptied(go_online_every_ms=15_000)
    bench.run(WentOnline(bench.rules.state.offline.session_id, 1))
    bench.unreachable("s-2")
    offline = bench.rules.state.offline
    assert offline.begun_at >= bench.now + bench.settings.offline.settle_ms
    assert (offline.acknowledged, offline.tries) == (False, 0)
    assert len(offline.stretches) == 1, "it was off line all the time"
    assert bench.same()


def test_a_request_to_go_on_line_without_answer_is_repeated_after_a_look() -> None:
    bench = emptied(go_online_every_ms=15_000)
    bench.silent("GoOnline")
    assert bench.mode == "offline_auto"
    assert step(bench.later(15_000)) == LookAtRegister()
    assert step(bench.seen(offline=True, manual=True)) == GoOnline(bench.rules.state.offline.session_id, 1)


def test_nothing_is_stamped_between_the_last_delivery_and_its_coming_back() -> None:
    """A Z report that is asked for in that moment is the register's business."""
    bench = emptied()
    done = bench.ask_for("shift_report", "z-1")
    assert orders(done.effects)
    assert bench.queue == []
