"""Without the register: what the till makes lawful by itself, under which code and date, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from statemachines.offline import FiscalClock
from statemachines.vocabulary.commands import OpenShift, RetryFiscalisation, Sell
from statemachines.vocabulary.effects import Ask, Fiscalise, Print
from statemachines.vocabulary.events import (
    DoubtResolved,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
    SaleCompleted,
    SaleRefused,
)
from statemachines.vocabulary.offline_events import (
    FiscaliserUnreachable,
    FiscalModeChanged,
    OfflineCodeBound,
    OfflineCodeReleased,
    OfflineCodesRefilled,
)
from statemachines.vocabulary.slip import SlipRequested
from tests.support.offline_bench import (
    CODES,
    HOUR,
    NO_LINE,
    REGISTER,
    OfflineBench,
    bound,
    certain,
    codes,
    orders,
    stamp,
    stamped,
)
from tests.support.rules import CASHIER, Bench, every, names, only, sale, shop

# --- the first one --------------------------------------------------------------------------------------------------


def test_what_could_not_be_sent_begins_a_session_and_is_lawful_in_the_same_commit() -> None:
    bench = OfflineBench(60)
    order = only(bench.do(Sell("s-1", CASHIER, sale())).effects, Fiscalise)
    done = bench.run(FiscaliserUnreachable("s-1", NO_LINE))
    assert names(done)[:5] == [
        "FiscaliserUnreachable",
        "FiscalModeChanged",
        "OfflineCodeBound",
        "OfflineCodeBound",
        "ReceiptFiscalised",
    ]
    session = only(done.events, FiscalModeChanged)
    assert (session.to, session.reason, session.code) == ("offline_manual", NO_LINE, "code-60")
    assert bound(done) == [(session.session_id, 60, False), ("s-1", 59, False)]
    assert only(done.effects, Print).document_id == "s-1", "the paper rides in the same commit"
    assert every(done.effects, Fiscalise) == []
    assert bench.queue == ["s-1"]
    assert bench.document().fiscalise == order, "what is delivered later is what was frozen"


def test_its_stamp_says_that_it_is_not_whole_yet() -> None:
    bench = OfflineBench(60)
    one = stamped(bench.unreachable())
    assert (one.offline, one.complete, one.number, one.register) == (True, False, "code-59", REGISTER)
    assert (one.control, one.url, one.mac) == ("", "", "")
    assert one.at % 1000 == 0
    assert datetime.fromisoformat(one.date).timestamp() * 1000 == one.at


def test_later_documents_take_the_next_codes_down_and_no_session_begins_again() -> None:
    bench = OfflineBench(60)
    bench.unreachable()
    done = bench.sold("s-2")
    assert bound(done) == [("s-2", 58, False)]
    assert every(done.events, FiscalModeChanged) == []
    assert bench.queue == ["s-1", "s-2"]


def decided(bench: OfflineBench, name: str) -> tuple[Event, ...]:
    decision = bench.decide(Sell(name, CASHIER, sale(name)))
    assert isinstance(decision, tuple)
    return decision


def test_two_sales_decided_in_one_batch_never_share_a_code() -> None:
    """A batch of the till runs one input after the other before anything is written."""
    bench = OfflineBench(60, paper="none")  # so that no paper lies between them
    bench.unreachable()
    done = [bench.run(event) for name in ("s-2", "s-3") for event in decided(bench, name)]
    assert [bound(one) for one in done] == [[("s-2", 58, False)], [("s-3", 57, False)]]


def test_the_records_tell_the_same_till_at_every_moment() -> None:
    bench = OfflineBench(60)
    bench.do(Sell("s-1", CASHIER, sale()))
    assert bench.same()
    bench.run(FiscaliserUnreachable("s-1", NO_LINE))
    assert bench.same(), "lawful, and its paper is on its way"
    assert bench.document().stamp is not None
    bench.restart()
    assert bench.same()
    assert (bench.document().state, bench.queue) == ("print_doubt", ["s-1"])


def test_a_till_without_codes_refuses_what_it_could_not_send() -> None:
    bench = Bench(shop(traits=replace(CODES, offline="none")), shift=False)
    bench.run(ReceiptFiscalised("shift-1", stamp(1), "not_mine"))
    refusing = OfflineBench(60, paper="refuse")
    refusing.do(Sell("s-1", CASHIER, sale()))
    done = refusing.run(FiscaliserUnreachable("s-1", NO_LINE))
    assert only(done.events, SaleRefused).reason == f"{NO_LINE}; nothing was sent"
    assert refusing.mode == "online"


# --- every kind -----------------------------------------------------------------------------------------------------


def off_line() -> OfflineBench:
    """In a session."""
    bench = OfflineBench(60, returns="allow", settings={"returns_without_original": "manager"})
    bench.unreachable()
    return bench


@pytest.mark.parametrize("kind", ["sale", "return", "cash_in", "cash_out", "shift_report"])
def test_every_kind_of_document_is_made_in_a_session_and_waits(kind: str) -> None:
    bench = off_line()
    done = bench.ask_for(kind)
    assert orders(done.effects) == []
    one = stamped(done)
    assert (one.offline, one.complete) == (True, False)
    waiting = bench.rules.state.offline.of("d-1")
    assert waiting is not None
    assert (waiting.kind, waiting.fiscal_at, waiting.code) == (kind, one.at, one.number)
    assert certain(done.events) == [
        {"sale": "SaleCompleted", "return": "SaleCompleted", "shift_report": "ShiftClosed"}.get(kind, "CashMoved")
    ]
    assert bench.same()


def test_a_shift_is_opened_without_the_register_and_what_lies_in_the_drawer_is_carried_over() -> None:
    bench = OfflineBench(60)
    bench.close_shift()
    bench.ask_for("shift_open", "shift-2")
    done = bench.run(FiscaliserUnreachable("shift-2", NO_LINE))
    assert bound(done)[1] == ("shift-2", 59, False)
    assert certain(done.events)[0] == "ShiftOpened"
    assert bench.rules.state.shift.state == "open"
    assert bench.rules.state.shift.float_amount == 10_000, "the register would carry it over"
    assert bench.rules.state.offline.shift_at == every(done.events, ReceiptFiscalised)[0].stamp.at
    assert bench.same()


@pytest.mark.parametrize(("wanted", "code"), [(False, ""), (True, "code-58")])
def test_cash_that_is_moved_bears_a_code_only_where_that_is_wanted(wanted: bool, code: str) -> None:
    bench = OfflineBench(60, move_codes=wanted)
    bench.unreachable()
    done = bench.ask_for("cash_in")
    assert stamped(done).number == code
    assert bound(done) == ([("d-1", 58, False)] if wanted else [])
    assert bench.queue == ["s-1", "d-1"]


@pytest.mark.parametrize("on_line", [True, False])
def test_an_x_report_is_local_whole_and_goes_nowhere(on_line: bool) -> None:
    bench = OfflineBench(60)
    if not on_line:
        bench.unreachable()
    before, waiting = bench.mode, bench.queue
    latest = bench.rules.state.pool.last_fiscal_at
    done = bench.ask_for("x_report")
    if on_line:
        done = bench.run(FiscaliserUnreachable("d-1", NO_LINE))
    one = stamped(done)
    assert (one.fiscaliser, one.number, one.offline, one.complete) == ("till", "", True, True)
    assert (bench.mode, bench.queue) == (before, waiting), "neither a session nor a delivery comes of it"
    assert bench.rules.state.pool.last_fiscal_at == latest, "nor does it date anything"


def test_returns_are_refused_unless_the_shop_allows_them() -> None:
    bench = OfflineBench(60, settings={"returns_without_original": "manager"})
    bench.unreachable()
    receipt = replace(sale("r-1"), kind="return", approved_by=replace(CASHIER, role="manager"), return_reason="broken")
    refusal = bench.refused(Sell("r-1", CASHIER, receipt))
    assert refusal.code == "returns-offline"
    assert "when it is back" in refusal.text


def test_a_sale_whose_money_was_taken_and_that_cannot_be_made_lawful_waits_for_a_person_and_is_tried_again() -> None:
    bench = OfflineBench(60)
    bench.do(Sell("s-1", CASHIER, sale(card=500)))
    bench.untrusted()
    done = bench.run(FiscaliserUnreachable("s-1", NO_LINE))
    assert every(done.events, SaleRefused) == []
    assert bench.document().state == "paid_unfiscalised"
    bench.tell_time(FiscalClock(0, trusted=True))
    bench.unreachable("s-2")
    again = bench.do(RetryFiscalisation("t-1", CASHIER, "s-1"))
    assert stamped(again).number == "code-58"
    order = bench.document("s-1").fiscalise
    assert order is not None
    assert order.attempt == 2, "under a new id"


# --- its paper ------------------------------------------------------------------------------------------------------


def test_with_provisional_paper_the_customer_gets_one_at_once() -> None:
    bench = OfflineBench(60)
    bench.do(Sell("s-1", CASHIER, sale()))
    done = bench.run(FiscaliserUnreachable("s-1", NO_LINE))
    assert only(done.effects, Print).copy_no == 0
    assert bench.document().state == "printing"


def test_without_it_the_paper_is_printed_when_the_register_has_the_sale() -> None:
    bench = OfflineBench(60, paper="none")
    bench.do(Sell("s-1", CASHIER, sale()))
    done = bench.run(FiscaliserUnreachable("s-1", NO_LINE))
    assert every(done.effects, Print) == []
    assert (bench.document().state, bool(every(done.events, SaleCompleted))) == ("paper_missing", True)
    assert "when the register has it" in bench.document().doubt


def test_reports_and_moves_are_printed_all_the_same() -> None:
    bench = OfflineBench(60, paper="none")
    bench.unreachable()
    assert only(bench.ask_for("cash_in", "m-1").effects, Print).document_id == "m-1"


# --- dates ----------------------------------------------------------------------------------------------------------


def test_a_date_is_the_registers_time_in_whole_seconds_and_never_early() -> None:
    bench = OfflineBench(60)
    bench.tell_time(FiscalClock(90_250, trusted=True))
    at = stamped(bench.unreachable()).at
    assert bench.now + 90_250 <= at <= bench.now + 90_250 + 2_000
    assert at % 1000 == 0


@pytest.mark.parametrize(
    "before",
    ["a document of its own", "a document of the register", "a request for codes", "coming on line"],
)
def test_no_date_is_before_anything_that_the_register_has(before: str) -> None:
    bench = OfflineBench(60)
    late = bench.now + 50_000
    if before == "a document of its own":
        bench.tell_time(FiscalClock(50_000, trusted=True))
        bench.unreachable("s-0")
        bench.tell_time(FiscalClock(0, trusted=True))
        assert stamped(bench.sold("s-1")).at >= late
        return
    if before == "a document of the register":
        bench.do(Sell("s-0", CASHIER, sale("s-0")))
        bench.printed(bench.run(ReceiptFiscalised("s-0", stamp(late), "not_mine")))
    elif before == "a request for codes":
        bench.run(OfflineCodesRefilled(late, codes(60)))
    else:
        bench.run(FiscalModeChanged("offline_auto", "by itself", fiscal_at=bench.now))
        bench.seen(after=50_000)
    assert stamped(bench.unreachable()).at >= late


def test_what_the_register_dates_within_a_second_is_not_undercut() -> None:
    """It knows its dates closer than to the millisecond."""
    bench = OfflineBench(60)
    whole = (bench.now // 1000 + 60) * 1000
    bench.do(Sell("s-0", CASHIER, sale("s-0")))
    bench.printed(bench.run(ReceiptFiscalised("s-0", stamp(whole), "not_mine")))
    assert stamped(bench.unreachable()).at > whole


# --- what the register may still make -------------------------------------------------------------------------------


def doubtful(bench: OfflineBench, name: str = "s-0") -> None:
    bench.do(Sell(name, CASHIER, sale(name)))
    bench.run(FiscalisationDoubtful(name, "no answer"))


def test_a_session_begins_after_what_a_document_without_answer_may_still_be_dated() -> None:
    bench = OfflineBench(60)
    doubtful(bench)
    at = stamped(bench.unreachable()).at
    assert at >= bench.now + bench.settings.offline.settle_ms
    alone = OfflineBench(60)
    assert stamped(alone.unreachable()).at < alone.now + 5_000, "without such a document it begins at once"


def test_while_the_register_is_sending_hundreds_of_documents_no_session_begins() -> None:
    bench = OfflineBench(60)
    bench.run(FiscalModeChanged("offline_auto", "by itself", fiscal_at=bench.now))
    bench.next_look()
    bench.seen(offline=True, waiting=300)
    bench.do(Sell("s-1", CASHIER, sale()))
    refused = bench.run(FiscaliserUnreachable("s-1", NO_LINE))
    assert "may come on line by itself" in only(refused.events, SaleRefused).reason
    assert bench.mode == "offline_auto"
    bench.later(600_000)
    assert stamped(bench.unreachable("s-2")).offline, "when it must be done it is over"


def test_no_session_begins_while_another_document_is_at_the_register() -> None:
    bench = OfflineBench(60)
    doubtful(bench)
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationUnknown("s-0"))  # it is sent again, behind the sale
    done = bench.run(FiscaliserUnreachable("s-1", NO_LINE))
    assert "000001 is still being made" in only(done.events, SaleRefused).reason
    assert bench.mode == "online"


def test_a_document_that_may_still_arrive_is_not_made_a_second_time() -> None:
    bench = OfflineBench(60)
    doubtful(bench)
    bench.unreachable()
    early = bench.run(FiscalisationUnknown("s-0"))
    assert names(early) == ["FiscalisationDoubtful"]
    bench.later(21_000)
    done = bench.run(FiscalisationUnknown("s-0"))
    assert stamped(done).offline
    assert bench.queue == ["s-1", "s-0"]


@pytest.mark.parametrize("after", [0, 19_000, 60_000])
def test_a_document_sent_again_in_vain_stays_in_doubt_however_long_it_takes_to_hear_of_it(after: int) -> None:
    """It was missing when its first sending could still arrive: it may be there by now."""
    bench = OfflineBench(60)
    doubtful(bench)
    bench.run(FiscalisationUnknown("s-0"))
    bench.later(after)
    done = bench.run(FiscaliserUnreachable("s-0", NO_LINE))
    assert names(done) == ["FiscalisationDoubtful"]
    assert only(done.effects, Ask)
    assert bench.mode == "online"


def test_a_document_found_missing_when_nothing_can_arrive_any_more_is_made_without_the_register() -> None:
    bench = OfflineBench(60, code_reserve=60)  # no place can be kept for it meanwhile
    doubtful(bench)
    bench.later(21_000)
    bench.run(FiscalisationUnknown("s-0"))
    done = bench.run(FiscaliserUnreachable("s-0", NO_LINE))
    assert only(done.events, SaleRefused).reason.startswith(f"{NO_LINE}; nothing was sent. Too few of the codes")


# --- a place is kept ------------------------------------------------------------------------------------------------


def kept(bench: OfflineBench) -> OfflineCodeBound:
    doubtful(bench, "s-1")
    done = bench.later(21_000)
    bench.printed(done)
    return next(event for event in every(done.events, OfflineCodeBound) if event.reserved)


def test_a_sale_without_answer_gets_a_place_at_its_deadline_and_the_session_begins_with_it() -> None:
    bench = OfflineBench(60)
    code = kept(bench)
    assert (code.document_id, code.code.serial) == ("s-1", 59)
    assert bench.mode == "offline_manual"
    assert bench.rules.state.offline.begun_at == code.fiscal_at
    assert bench.queue == [], "nothing is lawful yet"
    assert bench.same()


def test_the_customer_gets_one_slip_that_says_that_it_is_being_registered() -> None:
    bench = OfflineBench(60)
    doubtful(bench, "s-1")
    done = bench.later(21_000)
    slip = only(done.events, SlipRequested).slip
    assert (slip.kind, slip.sale_id) == ("waiting", "s-1")
    assert every(bench.later(HOUR).events, SlipRequested) == []
    bench.later(HOUR)
    paper = bench.run(ReceiptFiscalised("s-1", stamp(bench.now - HOUR), "not_mine"))
    assert only(paper.effects, Print).copy_no == 0, "its first fiscal paper is an original"


def test_no_slip_is_printed_for_a_move_or_where_no_provisional_paper_is_given() -> None:
    bench = OfflineBench(60)
    bench.ask_for("cash_in", "m-1")
    bench.run(FiscalisationDoubtful("m-1", "no answer"))
    assert every(bench.later(21_000).events, SlipRequested) == []
    silent = OfflineBench(60, paper="none")
    doubtful(silent, "s-1")
    assert every(silent.later(21_000).events, SlipRequested) == []


def test_the_place_is_used_with_its_code_and_date_when_the_register_never_saw_the_sale() -> None:
    bench = OfflineBench(60)
    code = kept(bench)
    bench.later(600_000)
    bench.sold("s-2")
    done = bench.run(FiscalisationUnknown("s-1"))
    assert every(done.effects, Fiscalise) == []
    assert (stamped(done).number, stamped(done).at) == (code.code.value, code.fiscal_at)
    assert bench.queue[0] == "s-1", "before what was sold later"
    assert bench.same()


@pytest.mark.parametrize("end", ["made", "refused", "given up"])
def test_the_code_is_free_again_however_else_the_doubt_ends(end: str) -> None:
    bench = OfflineBench(60)
    code = kept(bench)
    if end == "made":
        done = bench.run(ReceiptFiscalised("s-1", stamp(code.fiscal_at - 19_000), "not_mine"))
    elif end == "refused":
        done = bench.run(FiscalisationRefused("s-1", "the tax group is unknown"))
    else:
        done = bench.run(FiscalisationDoubtful("s-1", "another one is there", person_needed=True))
        done = bench.run(DoubtResolved("s-1", "abandoned", "nobody knows", CASHIER))
    assert only(done.events, OfflineCodeReleased).code == code.code
    assert not any(one.reserved for one in bench.rules.state.pool.codes.values())
    assert bench.same()


def test_no_place_is_kept_where_only_a_person_can_tell() -> None:
    bench = OfflineBench(60)
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "another one is there", person_needed=True))
    assert every(bench.later(60_000).events, OfflineCodeBound) == []
    assert bench.mode == "online"


def test_no_place_is_kept_while_another_document_is_at_the_register() -> None:
    """It may be dated after the beginning of the session."""
    bench = OfflineBench(60)
    doubtful(bench, "s-1")
    bench.later(19_000)
    bench.do(Sell("s-2", CASHIER, sale("s-2")))
    assert every(bench.later(5_000).events, OfflineCodeBound) == []
    made = bench.run(ReceiptFiscalised("s-2", stamp(bench.now), "not_mine"))
    bench.printed(made)
    assert [event.reserved for event in every(bench.later(1).events, OfflineCodeBound)] == [False, True]


# --- gates, each with its sentence ----------------------------------------------------------------------------------


def test_with_a_clock_that_nobody_trusts_nothing_is_dated() -> None:
    bench = OfflineBench(60)
    bench.unreachable()
    bench.untrusted()
    refusal = bench.refused(Sell("s-2", CASHIER, sale("s-2")))
    assert refusal.code == "clock-untrusted"
    assert "connect the till to the network" in refusal.text
    first = OfflineBench(60)
    first.do(Sell("s-1", CASHIER, sale()))
    first.untrusted()
    done = first.run(FiscaliserUnreachable("s-1", NO_LINE))
    assert "Nobody knows what time it is" in only(done.events, SaleRefused).reason
    assert first.mode == "online"


def test_a_register_of_which_nothing_is_known_yet_opens_its_first_shift_on_line() -> None:
    bench = Bench(shop(traits=CODES), shift=False)
    bench.run(OfflineCodesRefilled(0, codes(60)))
    bench.do(OpenShift("shift-1", CASHIER, 0))
    done = bench.run(FiscaliserUnreachable("shift-1", NO_LINE))
    assert "its first shift is opened on line" in bench.rules.state.shift.reason
    assert "ShiftOpenRefused" in names(done)


def test_the_reserve_of_codes_is_kept_for_closing_opening_and_going_off_line() -> None:
    bench = OfflineBench(24, code_reserve=20)
    bench.unreachable()
    bench.sold("s-2")
    bench.sold("s-3")
    refusal = bench.refused(Sell("s-4", CASHIER, sale("s-4")))
    assert refusal.code == "offline-codes"
    assert "(20; 20 are kept for closing)" in refusal.text
    assert bound(bench.ask_for("shift_report", "z-1"))[0][1] == 20


def test_the_first_document_needs_a_code_for_the_session_too() -> None:
    bench = OfflineBench(21, code_reserve=20)
    bench.do(Sell("s-1", CASHIER, sale()))
    done = bench.run(FiscaliserUnreachable("s-1", NO_LINE))
    assert "Too few of the codes are left" in only(done.events, SaleRefused).reason
    assert OfflineBench(22, code_reserve=20).unreachable().events


def test_closing_leaves_the_codes_that_the_register_may_have_used_itself() -> None:
    """It takes them from the low end, for its going off line and for what it has not answered."""
    bench = OfflineBench(5, code_reserve=2)
    bench.unreachable()
    assert bench.free == 3
    bench.ask_for("shift_report", "z-1")
    bench.printed(bench.later(0))
    refusal = bench.refused_opening()
    assert refusal.code == "offline-codes"
    assert bench.free == 2


def test_for_each_document_in_doubt_a_code_is_left_that_the_register_may_have_used_for_it() -> None:
    bench = OfflineBench(12, code_reserve=2)
    for name in ("d-1", "d-2", "d-3"):
        doubtful(bench, name)
    bench.unreachable()
    assert bench.free == 10
    for number in range(2, 7):
        bench.sold(f"s-{number}")
    refusal = bench.refused(Sell("s-7", CASHIER, sale("s-7")))
    assert refusal.code == "offline-codes"
    assert "(5; 2 are kept for closing and 3 for documents in doubt)" in refusal.text


def test_a_shift_that_is_too_old_by_its_own_dates_takes_nothing_more() -> None:
    """The till's clock may have stood still while it was switched off: the register compares the dates."""
    bench = OfflineBench(60)
    bench.unreachable()
    bench.tell_time(FiscalClock(24 * HOUR - 10 * 60_000, trusted=True))
    refusal = bench.refused(Sell("s-2", CASHIER, sale("s-2")))
    assert (refusal.code, "close it and open a new one" in refusal.text) == ("shift-expired", True)
    assert stamped(bench.ask_for("shift_report", "z-1")).offline
