"""What each answer of NewStore to each request of its book means: one table, and the questions that follow from it."""

from __future__ import annotations

import json
import logging
from typing import Any, Final, Literal

import pytest

from firmware_bridge.gateway.book import Asks, Call, Delivered, Later, Look, Rejected, Verdict
from firmware_bridge.vendors.http import Request
from firmware_bridge.vendors.newstore.facts import Facts
from firmware_bridge.vendors.newstore.judge import REFUSALS, unusable
from firmware_bridge.vendors.newstore.plan import plan
from statemachines.vocabulary.day_events import CountRecountAsked
from statemachines.vocabulary.events import Event
from tests.firmware_bridge.vendors.newstore.adapter_answers import ACTIVE, DONE, EVENTS, INACTIVE, book, call_of
from tests.firmware_bridge.vendors.newstore.adapter_records import ANNA, BACK, COUNTED, NO_SALE, REFS, SALE
from tests.firmware_bridge.vendors.newstore.adapter_world import answer, record, refusal, terms
from tests.firmware_bridge.vendors.newstore.sandbox_till import SAMPLES

D: Final = "/cash_drawers/drawer-1"
LEARNED: Final = {
    "start": {"sale-1": "11a96e22-0275-418d-9035-7c5ad4b6050e"},
    "start_non_sale": {"move-1": "11a96e22-0275-418d-9035-7c5ad4b6050e"},
    "perform_count": {"count-1": "fbe79ca6-3801-47e9-bd1a-f20de995c5f6"},
}
Kind = Literal["rejected", "person", "later", "drawer", "transaction", "types", "had it"]
MAY_HAVE_BEGUN: Final[dict[int, Kind]] = dict.fromkeys((500, 502, 504), "rejected")
WITH_A_COUNT: Final[dict[int, Kind]] = {400: "rejected", 403: "person", 404: "drawer", 409: "drawer"}
TABLE: Final[dict[str, dict[int, Kind]]] = {
    "activate": {400: "rejected", 403: "person", 404: "drawer", 409: "drawer"},
    "start": {400: "rejected", 403: "person", 404: "drawer", 409: "drawer"},
    "start_non_sale": {400: "rejected", 403: "types", 404: "drawer", 409: "drawer"},
    "track_activity": {400: "rejected", 403: "rejected", 404: "rejected", 409: "rejected"},
    "finish": {400: "rejected", 403: "person", 404: "drawer", 409: "transaction"},
    # it may have been begun, and is never begun twice; unavailable alone says that nothing was
    "perform_count": WITH_A_COUNT | MAY_HAVE_BEGUN,
    "record_count": {400: "rejected", 403: "person", 404: "drawer", 409: "rejected"},
    "count_action": {400: "rejected", 403: "person", 404: "drawer", 409: "had it"},
    "deactivate": {400: "rejected", 403: "person", 404: "drawer", 409: "drawer"},
    "get_drawer": {400: "rejected", 403: "person", 404: "person", 409: "rejected"},
}
EVERYWHERE: Final[dict[int, Kind]] = {
    401: "person", 302: "person", 405: "person", 408: "later", 429: "later", 500: "later", 502: "later", 503: "later",
    504: "later", 410: "rejected", 413: "rejected", 422: "rejected",
}  # fmt: skip
ASKED: Final = {"drawer": D, "transaction": f"{D}/transactions/T1", "types": "/transaction_types"}


def kind_of(verdict: Verdict) -> str:
    match verdict:
        case Asks(look):
            return next(name for name, path in ASKED.items() if path == look.request.path)
        case Later():
            return "person" if verdict.person else "later"
        case Rejected():
            return "rejected"
        case Delivered():
            return "had it" if verdict.already else "delivered"


def test_table_has_every_request_that_is_planned_with_every_refusal_of_the_page() -> None:
    assert EVENTS.keys() == TABLE.keys() == REFUSALS.keys()
    assert all(rows.keys() >= {400, 403, 404, 409} for rows in REFUSALS.values())


@pytest.mark.parametrize(
    ("operation", "status", "kind"),
    [(name, status, kind) for name, rows in TABLE.items() for status, kind in (EVERYWHERE | rows).items()],
)
def test_refusal_means_what_the_table_says(operation: str, status: int, kind: Kind) -> None:
    said = refusal(status, "some_code", "some words")
    verdict = book().judge(call_of(operation), said)
    assert kind_of(verdict) == kind
    if isinstance(verdict, Rejected | Later) and status not in (302, 404):
        assert f'{status} some_code "some words" (request r-1)' in verdict.reason
    if isinstance(verdict, Asks):
        assert verdict.look.about == f'{status} some_code "some words" (request r-1)'
    if kind == "person":
        assert isinstance(verdict, Later)
        assert "[book.newstore" in verdict.reason


@pytest.mark.parametrize("operation", EVENTS)
def test_success_is_delivered_and_teaches_its_id(operation: str) -> None:
    verdict = book().judge(call_of(operation), DONE[operation])
    assert isinstance(verdict, Delivered)
    assert dict(verdict.refs) == LEARNED.get(operation, {})
    assert verdict.already == (operation == "get_drawer")
    assert verdict.events == ()


@pytest.mark.parametrize("body", [b"", b"{}", b"<html></html>", b"\xff\xfe", b"null", b"[1]"])
@pytest.mark.parametrize("operation", EVENTS)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 500])
def test_every_answer_has_a_verdict(operation: str, status: int, body: bytes) -> None:
    verdict = book().judge(call_of(operation), answer(status, body))
    assert isinstance(verdict, Delivered | Later | Rejected | Asks)
    if status != 200:
        return
    match operation:
        case "start" | "start_non_sale":
            assert verdict == Asks(call_of(operation).look or Look(Request("", ""), ""))
        case "perform_count":
            assert verdict == Rejected(call_of(operation).if_lost)
        case "get_drawer":
            assert isinstance(verdict, Later)
        case _:
            assert isinstance(verdict, Delivered)


@pytest.mark.parametrize("operation", EVENTS)
def test_only_an_answer_whose_id_cannot_be_read_is_as_good_as_none(operation: str) -> None:
    learns = operation in LEARNED
    assert bool(unusable(operation, answer(200, b"{}"))) == learns
    assert unusable(operation, DONE[operation]) == ""
    assert unusable(operation, answer(500, b"{}")) == ""


# --- a day that nobody counted ---------------------------------------------------------------------------------------


def test_uncounted_day_is_parked_until_somebody_has_closed_it_there() -> None:
    call = call_of("get_drawer")
    held = book().judge(call, ACTIVE)
    assert isinstance(held, Rejected)
    assert "nobody counted its cash" in held.reason
    assert "count and close drawer drawer-1 in NewStore, then `firmware-bridge outbox retry`" in held.reason
    assert book().judge(call, INACTIVE) == Delivered(already=True)


# --- figures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "body", "words"),
    [
        (SALE, {"transaction_id": "T", "change": {"value": 60.5, "currency": "USD"}}, ""),
        (SALE, {"transaction_id": "T"}, ""),
        (BACK, {"transaction_id": "T", "change": {"value": 10, "currency": "USD"}}, ""),
        (NO_SALE, {"transaction_id": "T"}, ""),
        (
            SALE,
            {"transaction_id": "T", "change": {"value": 60.49, "currency": "USD"}},
            "sale-1: the change is 60.50 USD at the till, 60.49 in NewStore",
        ),
        (
            SALE,
            {"transaction_id": "T", "change": {"value": 60.5, "currency": "EUR"}},
            "no amount of this till's (60.5 EUR is not in USD)",
        ),
        (SALE, {"transaction_id": "T", "change": {"value": 60.505, "currency": "USD"}}, "more than 2 decimals"),
        (COUNTED, {**SAMPLES["record_count"]["response"], "discrepancy_amount": {"value": -2, "currency": "USD"}}, ""),
        (COUNTED, SAMPLES["record_count"]["response"], "the discrepancy is -2.00 USD at the till, -1.99 in NewStore"),
        (COUNTED, {}, "its figures could not be compared"),
    ],
)
def test_figures_that_differ_are_logged_and_counted_and_stop_nothing(
    event: Event, body: dict[str, Any], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ours = book()
    call = plan(record(event), REFS, terms(), Facts())
    assert isinstance(call, Call)
    assert isinstance(ours.judge(call, answer(200, body)), Delivered)
    assert ours.differences == bool(words)
    assert words in "".join(one.getMessage() for one in caplog.records)
    assert bool(caplog.records) == bool(words)


def test_count_that_would_not_hear_of_it_again_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    event = CountRecountAsked("count-1", "main", 1, ANNA, "day-1")
    call = plan(record(event), REFS, terms(), Facts())
    assert isinstance(call, Call)
    assert book().judge(call, refusal(409)) == Delivered(already=True)
    assert "count_action before: count-1" in caplog.records[0].getMessage()


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("a\nb\tc\x1b[31m", 'c "a b c [31m"'),
        ("x" * 500, 'c "' + "x" * 197),
    ],
)
def test_vendors_words_are_one_short_line(message: str, shown: str) -> None:
    said = answer(400, {"error_code": "c", "message": message})
    verdict = book().judge(call_of("activate"), said)
    assert isinstance(verdict, Rejected)
    assert verdict.reason == f"NewStore would not begin the day of drawer main: 400 {shown}"
    assert json.loads(said.body)["message"] == message
