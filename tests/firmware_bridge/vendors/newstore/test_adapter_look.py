"""What NewStore's answers to the questions of its book mean, after a lost answer and after a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from firmware_bridge.gateway.book import Asks, Call, Delivered, Later, Look, NotDone, Rejected
from firmware_bridge.vendors.http import Response
from firmware_bridge.vendors.newstore.case import LOST
from tests.firmware_bridge.vendors.newstore.adapter_answers import ACTIVE, CONFLICT, EVENTS, INACTIVE, book, call_of
from tests.firmware_bridge.vendors.newstore.adapter_world import answer, refusal, terms
from tests.firmware_bridge.vendors.newstore.sandbox_till import SAMPLES

# --- questions after a lost answer or a refusal ---------------------------------------------------------------------


def drawer_look(about: str) -> Look:
    return Look(terms().calls.get_drawer("drawer-1"), about)


@pytest.mark.parametrize(
    ("operation", "about", "found", "verdict"),
    [
        ("activate", LOST, ACTIVE, Delivered()),
        ("activate", LOST, INACTIVE, NotDone()),
        ("activate", CONFLICT, ACTIVE, Delivered(already=True)),
        ("deactivate", LOST, ACTIVE, NotDone()),
        ("deactivate", LOST, INACTIVE, Delivered()),
        ("deactivate", CONFLICT, INACTIVE, Delivered(already=True)),
        ("count_action", LOST, ACTIVE, NotDone()),
        ("count_action", LOST, INACTIVE, NotDone()),
    ],
)
def test_drawer_shows_whether_it_was_done(operation: str, about: str, found: Response, verdict: object) -> None:
    assert book().judge_look(call_of(operation), drawer_look(about), found) == verdict


@pytest.mark.parametrize(
    ("operation", "found", "kind", "person", "words"),
    [
        ("activate", INACTIVE, Later, True, "is not active there"),
        ("start", INACTIVE, Later, True, "activate it in NewStore, then `firmware-bridge outbox retry`"),
        ("start", ACTIVE, Later, False, "while a cash count is open there"),
        ("start_non_sale", INACTIVE, Later, True, "cannot begin the cash_pull move-1"),
        ("start_non_sale", ACTIVE, Later, False, "it goes on when that count is over"),
        ("perform_count", INACTIVE, Later, True, "is not active there"),
        ("perform_count", ACTIVE, Later, True, "it goes on when that count is over"),
        ("deactivate", ACTIVE, Rejected, False, "finish or cancel there what is open, then"),
    ],
)
def test_conflict_is_explained_by_the_drawer(
    operation: str, found: Response, kind: type[Later | Rejected], person: bool, words: str
) -> None:
    verdict = book().judge_look(call_of(operation), drawer_look(CONFLICT), found)
    assert isinstance(verdict, kind)
    assert words in verdict.reason
    assert CONFLICT in verdict.reason
    assert getattr(verdict, "person", False) == person


@pytest.mark.parametrize("operation", [name for name in EVENTS if name not in ("track_activity", "get_drawer")])
def test_404_is_the_records_when_the_drawer_is_there_and_the_set_ups_when_it_is_not(operation: str) -> None:
    look = drawer_look('404 order_not_found "No."')
    its_own = book().judge_look(call_of(operation), look, ACTIVE)
    assert isinstance(its_own, Rejected)
    assert "404 order_not_found" in its_own.reason
    gone = book().judge_look(call_of(operation), look, refusal(404))
    assert isinstance(gone, Later)
    assert gone.person
    assert "[book.newstore.drawers]" in gone.reason


def test_unknown_order_is_explained_with_the_setting_that_chooses_it() -> None:
    verdict = book().judge_look(call_of("start"), drawer_look('404 order_not_found "No."'), ACTIVE)
    assert isinstance(verdict, Rejected)
    assert "order 'web-9'" in verdict.reason
    assert "order_id in [book.newstore]" in verdict.reason


def transaction(status: str) -> Response:
    return answer(200, {**SAMPLES["get_transaction"]["response"], "status": status})


@pytest.mark.parametrize(
    ("about", "found", "verdict"),
    [
        (LOST, transaction("completed"), Delivered()),
        (LOST, transaction("draft"), NotDone()),
        (CONFLICT, transaction("completed"), Delivered(already=True)),
    ],
)
def test_transaction_shows_whether_it_was_finished(about: str, found: Response, verdict: object) -> None:
    call = call_of("finish")
    assert call.look is not None
    assert book().judge_look(call, Look(call.look.request, about), found) == verdict


@pytest.mark.parametrize(
    ("about", "found", "words"),
    [
        (LOST, transaction("canceled"), "the books disagree"),
        (CONFLICT, transaction("canceled"), "the books disagree"),
        (CONFLICT, transaction("draft"), CONFLICT),
        (LOST, refusal(404, "transaction_not_found"), "does not know the transaction"),
    ],
)
def test_transaction_that_cannot_be_finished_is_a_persons(about: str, found: Response, words: str) -> None:
    call = call_of("finish")
    assert call.look is not None
    verdict = book().judge_look(call, Look(call.look.request, about), found)
    assert isinstance(verdict, Rejected)
    assert words in verdict.reason


def report(*rows: dict[str, Any]) -> Response:
    like = SAMPLES["store_report"]["response"]["transactionReport"][1]
    return answer(200, {"transactionReport": [{**like, **row} for row in rows], "total": len(rows)})


@pytest.mark.parametrize("operation", ["start", "start_non_sale"])
@pytest.mark.parametrize("found", [report(), refusal(400), refusal(403), refusal(404), report({}, {})])
def test_report_proves_the_line_and_can_prove_nothing_else(operation: str, found: Response) -> None:
    call = call_of(operation)
    assert call.look is not None
    assert book().judge_look(call, call.look, found) == NotDone()


def test_drafts_like_the_lost_one_are_counted_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    ours = {"orderId": "web-9", "amountBalance": 139.5}
    rows = (
        ours,
        ours,
        {**ours, "amountBalance": 139.51},
        {**ours, "orderId": "o"},
        {**ours, "transactionType": "no_sale"},
    )
    call = call_of("start")
    assert call.look is not None
    book().judge_look(call, call.look, report(*rows))
    assert [one.getMessage() for one in caplog.records] == [
        "2 transactions like sale-1 stand in NewStore's report; one may be a draft that nobody finishes"
    ]


def test_drafts_of_a_cash_move_are_found_by_type_and_amount(caplog: pytest.LogCaptureFixture) -> None:
    ours = {"orderId": "", "amountBalance": -50, "transactionType": "cash_pull"}
    call = call_of("start_non_sale")
    assert call.look is not None
    book().judge_look(call, call.look, report(ours, {**ours, "amountBalance": 50}, {**ours, "orderId": "o"}))
    assert caplog.records[0].getMessage().startswith("1 transactions like move-1")


@pytest.mark.parametrize(
    ("types", "kind", "words"),
    [
        ({"cash_pull": {"status": "not_allowed"}}, Rejected, "cash_pull is not allowed in its settings"),
        ({}, Rejected, "cash_pull is not allowed in its settings"),
        (
            {"cash_pull": {"status": "configured", "configuration": {"balance_modification": "cash_out"}}},
            Later,
            "give it the scope in NewStore",
        ),
    ],
)
def test_403_of_a_cash_move_is_told_apart_by_the_tenants_types(
    types: dict[str, Any], kind: type[Later | Rejected], words: str
) -> None:
    look = Look(terms().calls.list_types(), '403 forbidden "No."')
    verdict = book().judge_look(call_of("start_non_sale"), look, answer(200, {"transaction_types": types}))
    assert isinstance(verdict, kind)
    assert words in verdict.reason


@pytest.mark.parametrize("operation", EVENTS)
@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_question_that_is_not_answered_now_is_asked_later(operation: str, status: int) -> None:
    for look in _looks(call_of(operation)):
        assert book().judge_look(call_of(operation), look, refusal(status)) == Later(
            f'NewStore answered {status} conflict "No." (request r-1)'
        )


@pytest.mark.parametrize("operation", EVENTS)
def test_question_that_is_not_allowed_is_a_persons(operation: str) -> None:
    for look in _looks(call_of(operation)):
        verdict = book().judge_look(call_of(operation), look, refusal(401))
        assert isinstance(verdict, Later)
        assert verdict.person


@pytest.mark.parametrize("operation", EVENTS)
@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b"null"])
def test_question_whose_answer_cannot_be_read_settles_nothing(operation: str, body: bytes) -> None:
    for look in _looks(call_of(operation)):
        assert isinstance(book().judge_look(call_of(operation), look, answer(200, body)), Later)


def _looks(call: Call) -> list[Look]:
    own = [] if call.look is None else [call.look]
    asked = [book().judge(call, refusal(status)) for status in (403, 404, 409)]
    return own + [one.look for one in asked if isinstance(one, Asks)]
