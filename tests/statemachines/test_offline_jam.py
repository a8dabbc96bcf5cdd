"""The register takes something no more: nothing is sent, nothing is sold, and a manager's answer ends it either way."""

from __future__ import annotations

import pytest

from statemachines.vocabulary.commands import ResolveJam, Sell
from statemachines.vocabulary.effects import DeliverOffline, DrainStep, Fiscalise, GoOffline, LookAtRegister
from statemachines.vocabulary.events import FiscalisationDoubtful, FiscalisationUnknown, ReceiptFiscalised, SaleRefused
from statemachines.vocabulary.offline_events import (
    FiscalModeChanged,
    JamResolved,
    JamVerdict,
    OfflineCode,
    OfflineCodeBound,
    OfflineCodeSpent,
    OfflineDocumentRefused,
)
from tests.support.offline_bench import HOUR, MANAGER, OfflineBench, stamp, stamped, step
from tests.support.rules import CASHIER, every, only, sale

REASON = "this document is made and paid already, so a person must decide what becomes of it: the tax group is unknown"


def jammed(*sold: str) -> OfflineBench:
    """The register has refused the first of these documents."""
    bench = OfflineBench(60)
    first, *others = sold or ("s-1", "s-2")
    bench.unreachable(first)
    for name in others:
        bench.sold(name)
    bench.back()
    bench.gone()
    bench.run(OfflineDocumentRefused(first, REASON))
    return bench


def answer(bench: OfflineBench, verdict: JamVerdict, name: str = "s-1") -> object:
    return bench.do(ResolveJam("j-1", MANAGER, name, verdict, "looked in the cabinet"))


def test_what_the_register_will_not_take_is_named_with_its_reason_and_nothing_follows_it() -> None:
    bench = jammed()
    assert bench.mode == "jammed"
    assert bench.rules.state.offline.stuck == "s-1"
    assert REASON in bench.rules.state.mode.reason
    assert every(bench.later(HOUR).effects, DrainStep) == []  # type: ignore[arg-type]  # isinstance takes a union
    refusal = bench.refused(Sell("s-3", CASHIER, sale("s-3")))
    assert (refusal.code, "a person" in refusal.text) == ("fiscal-jammed", True)
    assert bench.queue == ["s-1", "s-2"], "it is lawful, and on a customer's paper"
    assert every(bench.records, OfflineCodeBound)[-1].document_id == "s-2", "and gets no second code"
    assert bench.same()


def test_delivered_again_after_it_was_put_right_at_the_register() -> None:
    bench = jammed()
    answer(bench, "deliver_again")
    assert bench.mode == "draining"
    assert step(bench.seen(offline=True, manual=True)) == DeliverOffline(
        "s-1", OfflineCode("code-59", 59), bench.rules.state.offline.queue[0].fiscal_at
    )
    assert bench.same()


def test_given_up_its_code_is_never_used_again_and_the_rest_goes_on() -> None:
    bench = jammed()
    answer(bench, "give_up")
    assert bench.queue == ["s-2"]
    assert bench.rules.state.pool.codes["code-59"].state == "spent"
    done = bench.seen(offline=True, manual=True)
    (deliver,) = every(done.effects, DeliverOffline)
    assert deliver.document_id == "s-2"
    bench.delivered("s-2")
    assert bench.mode == "offline_auto"
    assert bench.same()


def test_the_journal_holds_who_decided_and_why() -> None:
    bench = jammed()
    answer(bench, "give_up")
    event = only(bench.records, JamResolved)
    assert (event.document_id, event.verdict, event.evidence, event.actor.role) == (
        "s-1",
        "give_up",
        "looked in the cabinet",
        "manager",
    )


@pytest.mark.parametrize(
    ("mode", "name", "verdict", "code"),
    [
        ("draining", "s-1", "deliver_again", "not-jammed"),
        ("jammed", "s-2", "give_up", "unknown-document"),
        ("jammed", "", "deliver_again", "unknown-document"),
    ],
)
def test_an_answer_that_fits_nothing_is_refused(mode: str, name: str, verdict: JamVerdict, code: str) -> None:
    bench = jammed()
    if mode == "draining":
        answer(bench, "deliver_again")
    assert bench.refused(ResolveJam("j-2", MANAGER, name, verdict, "")).code == code


def test_a_jam_outlives_a_restart() -> None:
    bench = jammed()
    done = bench.restart()
    assert (bench.mode, bench.rules.state.offline.stuck, step(done)) == ("jammed", "s-1", None)
    answer(bench, "deliver_again")
    assert bench.mode == "draining"


def test_a_local_x_report_is_printed_even_then() -> None:
    assert stamped(jammed().ask_for("x_report")).complete


def test_a_kept_place_is_still_used_while_it_is_jammed() -> None:
    """The document is lawful by it; where it stands in the queue does not change."""
    bench = OfflineBench(60)
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    bench.printed(bench.later(21_000))
    bench.sold("s-2")
    bench.run(FiscalModeChanged("jammed", "somebody looked"))
    done = bench.run(FiscalisationUnknown("s-1"))
    assert stamped(done).number == "code-59"
    assert bench.queue == ["s-1", "s-2"]


# --- the going off line itself ---------------------------------------------------------------------------------------


def test_a_refused_going_off_line_is_tried_again_with_another_code() -> None:
    bench = OfflineBench(60)
    bench.unreachable()
    session = bench.rules.state.offline.session_id
    bench.back()
    bench.run(OfflineDocumentRefused(session, "its number was used before"))
    assert (bench.mode, bench.rules.state.offline.stuck) == ("jammed", session)
    done = bench.do(ResolveJam("j-1", MANAGER, session, "deliver_again", "support freed it"))
    assert only(done.events, OfflineCodeSpent).value == "code-60"
    assert only(done.events, OfflineCodeBound).code == OfflineCode("code-58", 58)
    begins = step(bench.seen())
    assert isinstance(begins, GoOffline)
    assert begins.code == OfflineCode("code-58", 58)
    assert bench.same()


def test_it_cannot_be_given_up_but_the_document_behind_it_can() -> None:
    bench = OfflineBench(60)
    bench.unreachable()
    session = bench.rules.state.offline.session_id
    bench.back()
    bench.run(OfflineDocumentRefused(session, "no"))
    assert bench.refused(ResolveJam("j-1", MANAGER, session, "give_up", "")).code == "nothing-to-give-up"
    answer(bench, "give_up")
    bench.seen()
    assert bench.mode == "online", "nothing is left to be delivered"
    assert bench.same()


# --- dates that cannot be ---------------------------------------------------------------------------------------------


def test_a_document_of_the_register_after_the_tills_first_one_stops_everything_before_anything_is_sent() -> None:
    bench = OfflineBench(60)
    bench.unreachable()
    bench.sold("s-2")
    bench.next_look()
    bench.seen()
    done = bench.seen(last_at=bench.now + 60_000)
    assert only(done.events, FiscalModeChanged).to == "jammed"
    assert every(done.effects, GoOffline) == []
    assert bench.rules.state.offline.stuck == "s-1", "the first that cannot be delivered any more"


def test_a_sale_of_before_that_turns_out_to_be_dated_after_it_does_the_same() -> None:
    bench = OfflineBench(60)
    bench.do(Sell("s-0", CASHIER, sale("s-0")))
    bench.run(FiscalisationDoubtful("s-0", "no answer"))
    bench.unreachable()
    at = bench.rules.state.offline.queue[0].fiscal_at
    bench.run(ReceiptFiscalised("s-0", stamp(at + 5_000), "not_mine"))
    assert bench.mode == "jammed"


def test_giving_up_what_is_in_the_way_one_by_one_frees_it() -> None:
    bench = OfflineBench(60)
    bench.unreachable()
    bench.later(30_000)
    bench.sold("s-2")
    theirs = bench.rules.state.offline.queue[0].fiscal_at + 5_000
    bench.back(last_at=theirs)
    assert bench.mode == "jammed"
    answer(bench, "deliver_again")
    bench.seen(last_at=theirs)
    assert bench.mode == "jammed", "as long as it is so"
    answer(bench, "give_up")
    begins = step(bench.seen(last_at=theirs))
    assert isinstance(begins, GoOffline)
    assert begins.fiscal_at == bench.rules.state.offline.queue[0].fiscal_at >= theirs
    assert bench.same()


def test_a_jam_about_no_document_goes_on_when_it_is_put_right() -> None:
    bench = OfflineBench(60)
    bench.run(FiscalModeChanged("jammed", "the vendor said so"))
    done = bench.do(ResolveJam("j-1", MANAGER, "", "deliver_again", "support put it right"))
    assert step(done) == LookAtRegister()
    bench.seen()
    assert bench.mode == "online"
    only(bench.do(Sell("s-1", CASHIER, sale())).effects, Fiscalise)


def test_what_was_paid_and_cannot_be_made_lawful_meanwhile_waits_for_a_person() -> None:
    bench = OfflineBench(60)
    bench.do(Sell("s-1", CASHIER, sale(card=500)))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    bench.run(FiscalModeChanged("jammed", "somebody looked"))
    bench.later(25_000)
    done = bench.run(FiscalisationUnknown("s-1"))
    assert every(done.events, SaleRefused) == []
    assert bench.document().state == "paid_unfiscalised"
    assert bench.refused(Sell("s-2", CASHIER, sale("s-2"))).code == "fiscal-jammed"
