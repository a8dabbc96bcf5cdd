"""A check from the paid order to Y or E: what goes out, and what every answer makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from firmware_bridge.vendors.bitrix24.sandbox.checks import CONSUMPTION, INCOME
from tests.firmware_bridge.vendors.bitrix24.sandbox_client import Portal, asked, fields

DONE = {"STATUS": "DONE", "UUID": "u-1", "FISCAL_DOC_NUMBER": "77", "PRINT_END_TIME": 1772442000}


def shop(**options: Any) -> Portal:
    portal = Portal(**options)
    portal.set_up(SUPPORTS_FFD105="Y")
    return portal


def test_a_print_request_is_a_form_with_brackets() -> None:
    portal = shop()
    out = portal.order(client_email="a@b", payments=[{"type": "cash", "sum": 21}])
    assert (out.url, out.http_version) == ("https://gw/print", "1.0")
    assert out.content_type == "application/x-www-form-urlencoded"
    said = fields(out)
    assert {name: said[name] for name in ("type", "calculated_sign", "operation", "unique_id", "total_sum")} == {
        "type": "sell",
        "calculated_sign": "income",
        "operation": "income",
        "unique_id": "1",
        "total_sum": "21.00",
    }
    assert (said["items[0][name]"], said["items[0][quantity]"], said["items[0][sum]"]) == ("Tea", "2", "21.00")
    assert (said["payments[0][type]"], said["payments[0][is_cash]"]) == ("cash", "Y")
    assert (said["number_kkm"], said["service_email"]) == ("123", "user@example.com")
    assert said["cashbox_params[AUTH][KEYWORD]"] == "top_secret!"
    assert said["uuid"] == f"check|shop.bitrix24.test|1|{int(portal.clock.now().timestamp())}"


def test_a_print_request_can_be_json_and_its_id_without_a_stamp() -> None:
    out = shop(print_body="json", uuid_stamp=False).order()
    said = json.loads(out.body)
    assert (out.content_type, said["uuid"]) == ("application/json", "check|shop.bitrix24.test|1")
    assert said["items"][0]["payment_method"] == "full_payment"


@pytest.mark.parametrize(
    ("body", "status", "state", "error"),
    [
        ({"UUID": "u-1"}, 200, "P", ""),
        ({"uuid": "u-1"}, 200, "P", ""),
        ({"ERRORS": ["no paper", "no ink"]}, 200, "E", "no paper; no ink"),
        (b"<html>", 200, "E", "Response decoding error"),
        ({"UUID": "u-1"}, 500, "P", ""),
        (b"", None, "E", "The cash register could not be reached"),
    ],
)
def test_the_answer_to_a_print_request_decides(body: Any, status: int | None, state: str, error: str) -> None:
    portal = shop()
    portal.answer(portal.order(), body, status)
    found = portal.check()
    assert (found["status"], found["error"]) == (state, error)
    assert found["external"] == ("u-1" if (state, status) == ("P", 200) else "")
    assert len(portal.books()["mails"]) == (state == "E")


def test_a_status_other_than_200_leaves_it_hanging_for_ever() -> None:
    portal = shop()
    portal.answer(portal.order(), {"UUID": "u-1"}, 502)
    portal.control("/_agent")
    assert not portal.service.outbox
    assert portal.control("/_reprint", {"check": 1})["sent"] is False


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"STATUS": "WAIT"}, "P"),
        ({"STATUS": "ERROR", "ERROR": "no"}, "E"),
        (DONE, "Y"),
        ({"status": "DONE"}, "Y"),
        ({}, "Y"),
        (b"<html>", "P"),
    ],
)
def test_the_answer_to_a_check_request_decides(body: Any, state: str) -> None:
    portal = shop()
    portal.printed()
    portal.control("/_agent")
    out = portal.service.outbox.popleft()
    assert (out.url, asked(out)) == ("https://gw/check", "u-1")
    portal.answer(out, body)
    assert portal.check()["status"] == state


def test_the_agent_asks_about_five_at_most_and_about_all_in_turn() -> None:
    portal = shop()
    for number in range(7):
        portal.printed(uuid=f"u-{number}")
    first = portal.control("/_agent")["asked"]
    assert len(first) == 5
    assert sorted(first + portal.control("/_agent")["asked"][:2]) == [1, 2, 3, 4, 5, 6, 7]


def test_a_reprint_has_a_new_document_id_and_the_same_unique_id() -> None:
    portal = shop()
    first = portal.order()
    portal.answer(first, {"ERRORS": ["no paper"]})
    portal.clock.advance(60)
    assert portal.control("/_reprint", {"check": 1})["status"] == "P"
    again = portal.service.outbox.popleft()
    assert fields(again)["unique_id"] == fields(first)["unique_id"] == "1"
    assert fields(again)["uuid"] != fields(first)["uuid"]


def test_apply_ends_a_check_once_and_keeps_the_first_data() -> None:
    portal = shop()
    portal.printed()
    data = {"UUID": "u-1", "FISCAL_DOC_NUMBER": "77", "SHIFT_NUMBER": "3"}
    assert portal.call("sale.cashbox.check.apply", data).result is True
    assert portal.call("sale.cashbox.check.apply", data | {"FISCAL_DOC_NUMBER": "78"}).result is True
    found = portal.check()
    assert (found["status"], found["result"]) == ("Y", {"FISCAL_DOC_NUMBER": "77", "SHIFT_NUMBER": "3"})


@pytest.mark.parametrize("kind", [*INCOME, *CONSUMPTION])
def test_every_type_of_check_is_made(kind: str) -> None:
    said = fields(shop().order(kind))
    assert said["calculated_sign"] == ("income" if kind in INCOME else "consumption")
    assert said["payments[0][type]"] == ("cash" if kind.endswith("cash") else "cashless")


def test_without_the_new_format_three_types_are_made() -> None:
    portal = Portal()
    portal.set_up()
    reply = portal.service.handle("POST", "/_order", {}, {}, b'{"type":"advancepayment","items":[]}')
    assert reply.status == 400
    assert fields(portal.order("sellreturncash"))["type"] == "sellreturncash"


def test_faults_of_the_print_request() -> None:
    portal = shop()
    portal.fault("duplicate-print", count=1)
    assert portal.order().times == 2
    for fault, error in (
        ("print-lost", "The cash register could not be reached"),
        ("print-garbled", "Response decoding error"),
        ("print-unsent", "The cash register could not be reached"),
    ):
        portal.fault(fault, count=1)
        out = portal.order()
        portal.answer(out, {"UUID": "u-9"})
        assert portal.check(out.check_id)["error"] == error
