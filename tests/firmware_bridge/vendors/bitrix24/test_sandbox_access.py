"""Who is let in, how often, and what an answer tells of itself."""

from __future__ import annotations

import pytest

from firmware_bridge.vendors.bitrix24.sandbox.errors import SYSTEM
from tests.firmware_bridge.vendors.bitrix24.sandbox_client import HANDLER, JSON, Portal

LIST = "sale.cashbox.handler.list"


def test_a_wrong_webhook_and_no_token_are_refused() -> None:
    portal = Portal()
    for path in ("/rest/1/wrong/", f"/rest/2/{portal.service.tokens.webhook_secret}/", "/rest/"):
        assert portal.raw(f"{path}{LIST}", b"{}", JSON).error[:2] == (401, "NO_AUTH_FOUND")
    assert portal.with_token(LIST, "nobody", {}).error[:2] == (401, "NO_AUTH_FOUND")
    assert portal.call("sale.cashbox.nothing").error[:2] == (404, "ERROR_METHOD_NOT_FOUND")


def test_a_refresh_token_is_replaced_and_an_access_token_ends() -> None:
    portal = Portal()
    first = portal.control("/_install")["refresh_token"]
    granted = portal.token(grant_type="refresh_token", refresh_token=first).json
    assert (granted["expires_in"], granted["domain"]) == (3600, "shop.bitrix24.test")
    assert granted["refresh_token"] != first
    assert portal.with_token(LIST, granted["access_token"], {}).result == []
    portal.clock.advance(3600)
    assert portal.with_token(LIST, granted["access_token"], {}).error[:2] == (401, "expired_token")
    assert portal.token(grant_type="refresh_token", refresh_token=first).json["error"] == "invalid_grant"
    assert portal.token(grant_type="refresh_token", refresh_token=granted["refresh_token"]).status == 200


def test_a_code_is_good_once_and_for_half_a_minute() -> None:
    portal = Portal()
    code = portal.control("/_install")["code"]
    assert portal.token(grant_type="authorization_code", code=code).status == 200
    assert portal.token(grant_type="authorization_code", code=code).json["error"] == "invalid_grant"
    late = portal.control("/_install")["code"]
    portal.clock.advance(30)
    assert portal.token(grant_type="authorization_code", code=late).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "invalid_request"),
        ({"grant_type": "refresh_token", "client_secret": "x"}, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
    ],
)
def test_the_token_address_refuses_in_oauths_words(form: dict[str, str], error: str) -> None:
    assert Portal().token(**form).json["error"] == error


def test_the_bucket_takes_fifty_at_once_and_two_a_second_after() -> None:
    portal = Portal()
    assert [portal.call(LIST).status for _ in range(51)] == [200] * 50 + [503]
    portal.clock.advance(1)
    assert [portal.call(LIST).status for _ in range(3)] == [200, 200, 503]


def test_a_methods_time_of_operation_runs_out_and_comes_back() -> None:
    portal = Portal(operating_s=200, burst=1000)
    assert portal.call(LIST).json["time"]["operating"] == 200
    said = [portal.call(LIST) for _ in range(3)]
    assert [one.status for one in said] == [200, 200, 429]
    assert portal.call("sale.cashbox.list").status == 200
    reset = said[1].json["time"]["operating_reset_at"]
    portal.clock.advance(reset - portal.clock.now().timestamp())
    assert portal.call(LIST).status == 200


@pytest.mark.parametrize("code", list(SYSTEM))
def test_every_system_error_can_be_had(code: str) -> None:
    portal = Portal()
    portal.fault("system-error", count=1, code=code)
    status, found, words = portal.call("sale.cashbox.handler.add", HANDLER).error
    assert (status, found) == (SYSTEM[code].status, code)
    assert words
    assert portal.books()["handlers"] == []


def test_rights_and_scope_are_looked_at_before_parameters() -> None:
    assert Portal(admin=False).call("sale.cashbox.add").error == (403, "ACCESS_DENIED", "Access denied!")
    assert Portal(scope=("sale",)).call("sale.cashbox.add").error[:2] == (403, "insufficient_scope")


def test_an_answer_tells_its_time_as_the_seed_shows_it() -> None:
    said = Portal().call("sale.cashbox.handler.add", HANDLER).json
    assert list(said["time"]) == [
        *("start", "finish", "duration", "processing", "date_start", "date_finish"),
        *("operating_reset_at", "operating"),
    ]
    assert said["time"]["date_start"] == "2026-03-02T11:00:00+02:00"
    assert isinstance(said["time"]["operating_reset_at"], int)


def test_faults_of_the_line() -> None:
    portal = Portal()
    portal.fault("lost-answer", count=1)
    assert portal.call("sale.cashbox.handler.add", HANDLER).reply.dropped
    assert len(portal.books()["handlers"]) == 1
    portal.fault("down", count=1)
    assert portal.call(LIST).reply.dropped
    portal.fault("non-JSON".lower(), count=1)
    said = portal.call(LIST)
    assert (said.status, said.reply.body[:6]) == (200, b"<html>")
    portal.fault("plain-http", count=1)
    assert portal.call(LIST).error[:2] == (400, "INVALID_REQUEST")
    portal.fault("429", count=1)
    assert portal.call(LIST).error[:2] == (429, "OPERATION_TIME_LIMIT")
    portal.fault("slow", count=1, delay_s=3)
    assert portal.call(LIST).reply.delay_s == 3
