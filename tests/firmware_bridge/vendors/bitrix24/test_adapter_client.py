"""One method, one answer: limits kept, tokens renewed, secrets hidden; what may have been done is not repeated."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.vendors.bitrix24.client import Client, Webhook
from firmware_bridge.vendors.bitrix24.errors import NotNow, Rejected
from firmware_bridge.vendors.bitrix24.limits import Limiter
from firmware_bridge.vendors.bitrix24.messages import CASHBOX_LIST, CASHBOX_UPDATE, CHECK_APPLY, HANDLER_LIST
from firmware_bridge.vendors.bitrix24.oauth import Grant, TokenFile, Tokens
from firmware_bridge.vendors.http import HttpTransport
from tests.firmware_bridge.vendors.bitrix24.adapter_world import Line, Time, client, said, world

BUSY = {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}


def run(work: Any) -> Any:
    return asyncio.run(work)


def test_a_full_bucket_is_waited_for_longer_and_longer() -> None:
    time = Time()
    line = Line([said(BUSY, 503), said(BUSY, 503), said({"result": []})])
    assert run(client(line, time).call(HANDLER_LIST)) == []
    assert len(line.sent) == 3
    assert time.slept[0] == 1
    assert sum(time.slept) >= 3


def test_our_own_bucket_keeps_below_theirs(tmp_path: Path) -> None:
    async def many() -> tuple[float, int]:
        async with world(tmp_path) as here:
            begun = here.time.monotonic()
            for _ in range(60):
                await here.client.call(HANDLER_LIST)
            return here.time.monotonic() - begun, len(here.time.slept)

    took, slept = run(many())
    assert took == pytest.approx(5, abs=0.6)
    assert slept == 10


def test_without_our_bucket_the_portal_blocks(tmp_path: Path) -> None:
    """The control: the portal's limit is real."""

    async def many() -> None:
        async with world(tmp_path) as here:
            webhook = Webhook(here.sandbox.ready["webhook_url"])
            limiter = Limiter(here.time.monotonic, here.time.utc_ms, here.time.sleep, burst=10_000)
            transport = HttpTransport(webhook.base_url, here.time.monotonic)
            greedy = Client(transport, webhook, limiter, here.time.sleep)
            for _ in range(60):
                await greedy.call(HANDLER_LIST)
            await greedy.close()
            assert here.time.slept[0] == 1

    run(many())


def test_a_method_whose_time_is_used_up_rests_until_the_portal_said(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, operating_s=300, operating_limit_s=480) as here:
            for _ in range(2):
                await here.client.call(HANDLER_LIST)
            with pytest.raises(NotNow) as no:
                await here.client.call(HANDLER_LIST)
            assert 400 < no.value.after_s <= 600
            with pytest.raises(NotNow):  # without asking again
                await here.client.call(HANDLER_LIST)
            assert await here.client.call(CASHBOX_LIST) == []
            here.time.advance(no.value.after_s)
            assert await here.client.call(HANDLER_LIST) == []

    run(story())


@pytest.mark.parametrize(
    "answer",
    [
        said({"error": "INTERNAL_SERVER_ERROR", "error_description": ""}, 500),
        said(b"<html>", 200),
        said(b"<html>", 502),
        said({"time": {}}, 200),
        said([], 200),
    ],
)
def test_what_may_have_been_done_is_not_repeated(answer: Any) -> None:
    line = Line([answer] * 3)
    with pytest.raises(Unanswered):
        run(client(line, Time()).call(CASHBOX_UPDATE))
    assert len(line.sent) == 1


def test_the_webhooks_secret_stands_in_no_error(tmp_path: Path) -> None:
    for kind in (NotSent, Unanswered, Refused):
        line = Line([kind("no answer to POST /rest/1/abcdef/x", port="portal.example")])
        with pytest.raises(kind) as error:
            run(client(line, Time()).call(HANDLER_LIST))
        assert "abcdef" not in str(error.value)
        assert error.value.__cause__ is None


@pytest.mark.parametrize("url", ["https://p/rest/1/", "https://p/rest/x/abc/", "https://p/other/1/abc", "p"])
def test_a_webhook_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https://PORTAL/rest/USER/SECRET/"):
        Webhook(url)


# --- OAuth ----------------------------------------------------------------------------------------------------------


def test_a_code_brings_tokens_that_are_renewed_and_kept(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, oauth=True) as here:
            with pytest.raises(Refused, match="bitrix24 authorise"):
                await here.client.call(HANDLER_LIST)
            assert here.parts.tokens is not None
            await here.parts.tokens.authorise(here.control("/_install")["code"])
            first = json.loads((tmp_path / "tokens.json").read_text())
            assert await here.client.call(HANDLER_LIST) == []
            here.time.advance(3600)
            assert await here.client.call(HANDLER_LIST) == []
            second = json.loads((tmp_path / "tokens.json").read_text())
            assert second["refresh_token"] != first["refresh_token"]
            assert here.books()["tokens_given"] == 2
            assert (tmp_path / "tokens.json").stat().st_mode & 0o777 == 0o600
            assert sorted(one.name for one in tmp_path.glob("tokens*")) == ["tokens.json", "tokens.json.lock"]

    run(story())


def test_a_token_that_the_portal_calls_expired_is_renewed_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, oauth=True) as here:
            assert here.parts.tokens is not None
            await here.parts.tokens.authorise(here.control("/_install")["code"])
            here.fault("token-expired", count=1)
            assert await here.client.call(HANDLER_LIST) == []
            assert here.books()["tokens_given"] == 2
            here.fault("token-expired")
            with pytest.raises(Rejected, match="expired_token"):
                await here.client.call(HANDLER_LIST)
            assert here.books()["tokens_given"] == 3

    run(story())


def test_what_another_process_has_renewed_is_taken_not_renewed_again(tmp_path: Path) -> None:
    time, file = Time(), TokenFile(tmp_path / "tokens")
    file.write(Grant("old", "r1", time.utc_ms() - 1, "https://p/rest/"))
    asked = Line([])
    tokens = Tokens(asked, "/oauth/token/", ("id", "secret"), file, time.utc_ms)
    file.write(Grant("new", "r2", time.utc_ms() + 3_600_000, "https://p/rest/"))
    assert run(tokens.grant()).access_token == "new"
    assert asked.sent == []


def test_a_crash_while_tokens_are_written_leaves_the_old_ones_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = TokenFile(tmp_path / "tokens")
    old = Grant("a", "r1", 1, "https://p/rest/")
    file.write(old)

    def crash(_: int) -> None:
        raise OSError("the power went")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="power"):
        file.write(Grant("b", "r2", 2, "https://p/rest/"))
    assert file.read() == old


def test_secrets_go_into_the_body_of_the_token_request_and_into_no_text(tmp_path: Path) -> None:
    time, file = Time(), TokenFile(tmp_path / "tokens")
    file.write(Grant("old", "refresh-1", 0, "https://p/rest/"))
    line = Line([said({"error": "invalid_grant", "error_description": "refresh-1 of secret-1"}, 400)])
    tokens = Tokens(line, "/oauth/token/", ("id", "secret-1"), file, time.utc_ms)
    with pytest.raises(Refused, match="invalid_grant") as no:
        run(tokens.grant())
    assert (line.sent[0].path, line.sent[0].query) == ("/oauth/token/", ())
    assert b"refresh_token=refresh-1" in line.sent[0].body
    assert "secret-1" not in str(no.value)
    assert "refresh-1" not in f"{no.value} {line.sent[0]!r}"


# --- batch ----------------------------------------------------------------------------------------------------------


def test_a_batch_is_one_request_with_an_end_for_each(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            found = await here.client.batch(
                {
                    "a": (HANDLER_LIST, {}),
                    "b": (CHECK_APPLY, {"UUID": "nobody's & more"}),
                    "c": (CASHBOX_LIST, {"SELECT": ["ID"], "FILTER": {">ID": 3}}),
                }
            )
            assert dict(found.results) == {"a": [], "c": []}
            assert {name: no.code for name, no in found.refusals.items()} == {"b": "ERROR_CHECK_NOT_FOUND"}

    run(story())


def test_a_batch_of_more_than_fifty_is_not_sent() -> None:
    line = Line([])
    with pytest.raises(ValueError, match="50"):
        run(client(line, Time()).batch({str(at): (HANDLER_LIST, {}) for at in range(51)}))
    assert line.sent == []


def test_a_batch_whose_answer_is_none_may_have_been_done() -> None:
    line = Line([said({"result": {"result": {"x": 1}, "result_error": []}})])
    with pytest.raises(Unanswered):
        run(client(line, Time()).batch({"a": (HANDLER_LIST, {})}))
