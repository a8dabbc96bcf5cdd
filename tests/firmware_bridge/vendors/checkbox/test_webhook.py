"""What Checkbox sends by itself: its signature, computed here with hashlib alone, and what it hints at."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.vendors.checkbox.webhook import BODY_LIMIT, Hint, NotGenuine, Unreadable, accept
from tests.firmware_bridge.vendors.checkbox.sandbox_desk import CODES, SAMPLES, Desk, offline_day, sale

KEY = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def signed(body: bytes, key: str = KEY) -> str:
    """RFC 2104 by hand: H(K xor opad, H(K xor ipad, text)) with blocks of 64 bytes."""
    block = key.encode()
    block = hashlib.sha256(block).digest() if len(block) > 64 else block
    block = block.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(one ^ 0x36 for one in block) + body).digest()
    return base64.b64encode(hashlib.sha256(bytes(one ^ 0x5C for one in block) + inner).digest()).decode()


def told(body: Any, key: str = KEY) -> Hint:
    raw = json.dumps(body, ensure_ascii=False).encode()
    return accept(key, raw, signed(raw, key))


def test_our_own_arithmetic_is_that_of_the_standard() -> None:
    """RFC 4231, test case 2."""
    digest = base64.b64decode(signed(b"what do ya want for nothing?", "Jefe"))
    assert digest.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_a_signature_known_beforehand_is_accepted() -> None:
    """Made with openssl dgst -sha256 -hmac and -binary | base64."""
    body = b'{"shift":{"id":"12bcd4fb-5329-4375-b6c9-33c2c2c5f3b1","serial":9,"status":"CLOSED"}}'
    hint = accept("key", body, "Ouk3XgHXDE/O+T7CfTXkHTr4Pm028/6CgKdP1n/nAm0=")
    assert hint == Hint("shift", "12bcd4fb-5329-4375-b6c9-33c2c2c5f3b1", "CLOSED")


def test_a_receipt_is_to_be_looked_at() -> None:
    row = {**SAMPLES["answers"]["POST /api/v1/receipts/sell-offline"]}
    del row["shift"]
    assert told({"receipt": row}) == Hint(
        "receipt",
        "f189bc49-1a52-4176-96ea-732f76f14aad",
        "DONE",
        "TEST-Xd-V3m",
        "2643daf4-a66f-4d96-b88e-a0985f674932",
    )


def test_cash_in_and_a_shift_are_to_be_looked_at() -> None:
    service = SAMPLES["answers"]["POST /api/v1/receipts/service"]
    assert told({"service_receipt": service}) == Hint("service_receipt", service["id"], "DONE")
    shift = SAMPLES["answers"]["POST /api/v1/shifts/close"]
    assert told({"shift": shift}) == Hint(
        "shift", shift["id"], "CLOSING", transaction=shift["closing_transaction"]["id"]
    )


@pytest.mark.parametrize("signature", ["", "x", "ключ", "=", signed(b"{}")])
def test_what_is_not_signed_by_checkbox_is_not_looked_at(signature: str) -> None:
    with pytest.raises(NotGenuine, match="nothing was looked at"):
        accept(KEY, b'{"receipt": {"id": "a"}}', signature)


def test_another_key_or_no_key_makes_nothing_genuine() -> None:
    body = b'{"receipt": {"id": "a"}}'
    assert accept(KEY, body, f" {signed(body)} ").id == "a"
    for key, signature in (("other", signed(body)), ("", signed(body, ""))):
        with pytest.raises(NotGenuine):
            accept(key, body, signature)


def test_one_changed_byte_is_found() -> None:
    body = b'{"receipt": {"id": "aaaa"}}'
    signature = signed(body)
    for at in range(len(body)):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(NotGenuine):
            accept(KEY, changed, signature)


def test_a_body_too_long_is_not_even_hashed() -> None:
    with pytest.raises(NotGenuine, match="never sends"):
        accept(KEY, b"x" * (BODY_LIMIT + 1), "x")


@pytest.mark.parametrize("body", [{}, {"bonus": {"id": "a"}}, {"receipt": {"id": ""}}, {"receipt": 5}, [], 7, "x"])
def test_what_says_nothing_known_is_unreadable(body: Any) -> None:
    with pytest.raises(Unreadable):
        told(body)


@given(st.binary(max_size=300))
def test_no_signed_body_breaks_it(body: bytes) -> None:
    try:
        hint = accept(KEY, body, signed(body))
    except Unreadable:
        return
    assert hint.id


def test_what_the_vendor_would_send_is_understood() -> None:
    desk = Desk(offline_codes=CODES)
    key = desk.ok(desk.post("/webhook", {"url": "https://till.example/v1/webhooks/checkbox"}))["key"]
    shift = desk.open_shift(cash=500)
    sold = desk.sell()
    (late,) = offline_day(desk, 1)
    desk.ok(desk.post("/cash-registers/go-online"))
    desk.wait(60)
    desk.close_shift()
    sent = desk.books()["webhooks"]
    hints = [accept(key, one["body"].encode(), one["signature"]) for one in sent]
    assert [(one.kind, one.status) for one in hints] == [
        ("shift", "OPENED"),
        ("service_receipt", "DONE"),
        ("receipt", "DONE"),
        ("receipt", "DONE"),
        ("receipt", "DONE"),
        ("shift", "CLOSED"),
    ]
    assert [one.id for one in hints if one.kind == "receipt"] == [sold["id"], late, late]
    assert {one.id for one in hints if one.kind == "shift"} == {shift["id"]}
    for one in sent:
        assert one["signature"] == signed(one["body"].encode(), key)


def test_the_address_can_be_shown_and_taken_away() -> None:
    desk = Desk()
    assert desk.get("/webhook").status == 404
    desk.ok(desk.post("/webhook", {"url": "https://till.example/"}))
    shown = desk.ok(desk.get("/webhook"))
    assert (shown["url"], "key" in shown) == ("https://till.example/", False)
    assert desk.ok(desk.call("DELETE", "/webhook")) == {"ok": True}
    desk.open_shift()
    assert desk.books()["webhooks"] == []
    assert desk.post("/webhook", {"url": "till"}).status == 422
    assert desk.post("/webhook", {"url": "https://t.example/"}, X_License_Key=None).status == 422


def test_what_was_there_before_is_not_sent() -> None:
    desk = Desk()
    desk.open_shift()
    desk.ok(desk.post("/webhook", {"url": "https://till.example/"}))
    made = desk.ok(desk.post("/receipts/sell", sale()))
    desk.wait()
    desk.info()
    (only,) = desk.books()["webhooks"]
    assert json.loads(only["body"])["receipt"]["id"] == made["id"]
