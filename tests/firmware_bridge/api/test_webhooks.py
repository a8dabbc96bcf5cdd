"""What a vendor may send here by itself: signed with the key, or it learns no more than anybody without a token."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from firmware_bridge import fiscalisers
from firmware_bridge.api.guard import BODY_LIMIT
from firmware_bridge.api.server import Api
from firmware_bridge.fiscal_hints import CheckboxWebhook
from tests.firmware_bridge.api.wire import Reply, call, running
from tests.firmware_bridge.test_config import read
from tests.firmware_bridge.test_config_offline import SHOP
from tests.support.memory_backend import MemoryBackend

KEY = "2f6c1d9e-key-of-this-register"
PATH = "/v1/webhooks/checkbox"
RECEIPT = json.dumps({"receipt": {"id": "8f14e45f-ceea-467f-ab6b-6a1b0f6e3c11", "status": "DONE"}}).encode()


def signed(body: bytes, key: str = KEY) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def sent(
    body: bytes, signature: str | None, *, header: str = "X-Request-Signature", configured: bool = True
) -> tuple[Reply, list[str]]:
    heard: list[str] = []

    async def main() -> Reply:
        webhooks = {"checkbox": CheckboxWebhook(KEY, heard.append)} if configured else None
        async with running(MemoryBackend(), webhooks=webhooks) as api:
            return await call(api.port, path=PATH, body=body, headers={"Authorization": None, header: signature})

    return asyncio.run(main()), heard


def test_a_signed_hint_is_heard_without_a_token_and_nothing_is_told() -> None:
    reply, heard = sent(RECEIPT, signed(RECEIPT))
    assert (reply.status, reply.json) == (200, {"status": "heard"})
    assert heard == ["8f14e45f-ceea-467f-ab6b-6a1b0f6e3c11"]


@pytest.mark.parametrize(
    "signature",
    [None, "", "x", signed(RECEIPT, "another key"), signed(RECEIPT + b" "), signed(RECEIPT)[:-2], "é" * 44],
    ids=["none", "empty", "short", "other key", "other body", "cut off", "not ascii"],
)
def test_what_is_not_signed_is_refused_and_not_looked_at(signature: str | None) -> None:
    reply, heard = sent(RECEIPT, signature)
    assert reply.status == 401
    assert heard == []


def test_a_signature_that_stands_twice_is_none() -> None:
    both = f"{signed(RECEIPT)}\r\nX-Request-Signature: {signed(RECEIPT)}"
    assert sent(RECEIPT, both)[0].status == 401


def test_where_no_key_is_configured_there_is_nothing() -> None:
    reply, heard = sent(RECEIPT, signed(RECEIPT), configured=False)
    assert (reply.status, heard) == (401, [])


def test_what_is_signed_and_means_nothing_counts_as_heard_or_it_would_come_for_hours() -> None:
    for body in (b"{}", b'{"receipt": {"id": ""}}', b'{"order": 5}', b"[1]"):
        reply, heard = sent(body, signed(body))
        assert (reply.status, heard) == (200, [])


def test_the_guards_own_limits_come_first() -> None:
    large = b'{"receipt": {"id": "x"}}' + b" " * BODY_LIMIT
    assert sent(large, signed(large))[0].status == 413

    async def elsewhere(api: Api) -> int:
        headers = {"Authorization": None, "X-Request-Signature": signed(RECEIPT), "Host": "evil.test"}
        return (await call(api.port, path=PATH, body=RECEIPT, headers=headers)).status

    async def as_text(api: Api) -> int:
        headers = {"Authorization": None, "X-Request-Signature": signed(RECEIPT), "Content-Type": "text/plain"}
        return (await call(api.port, path=PATH, body=RECEIPT, headers=headers)).status

    assert _on_webhook(elsewhere) == 421
    assert _on_webhook(as_text) == 415


def _on_webhook(use: Callable[[Api], Awaitable[int]]) -> int:
    async def main() -> int:
        async with running(MemoryBackend(), webhooks={"checkbox": CheckboxWebhook(KEY, lambda _: None)}) as api:
            return await use(api)

    return asyncio.run(main())


def test_the_configuration_names_the_key_and_it_is_kept_out_of_the_log(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    secrets: list[str] = []
    text = SHOP.replace("[fiscaliser.checkbox]", f'[fiscaliser.checkbox]\nwebhook = {{ file = "{tmp_path}/key" }}')
    found = fiscalisers.webhooks(read(tmp_path, text), lambda _: None, secrets.append)
    assert list(found) == ["checkbox"]
    assert found["checkbox"].hear(RECEIPT, signed(RECEIPT))
    assert secrets == [KEY]
    assert fiscalisers.webhooks(read(tmp_path, SHOP), lambda _: None) == {}
    training = text.replace('id = "UA-17"', 'id = "UA-17"\ntraining = true')
    assert fiscalisers.webhooks(read(tmp_path, training), lambda _: None) == {}
