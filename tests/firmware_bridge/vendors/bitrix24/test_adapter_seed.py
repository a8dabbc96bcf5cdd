"""Every sample of the seed page, sent and read: webhook, OAuth, success, refusal, the table of system errors."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import Unanswered
from firmware_bridge.vendors.bitrix24.client import Application
from firmware_bridge.vendors.bitrix24.errors import TABLE, NotNow, Rejected
from firmware_bridge.vendors.bitrix24.messages import CASHBOX_ADD, Cashbox, Time, number_of
from firmware_bridge.vendors.bitrix24.oauth import Grant, TokenFile, Tokens
from tests.firmware_bridge.vendors.bitrix24.adapter_world import SAMPLES, WEBHOOK, Line, client, said
from tests.firmware_bridge.vendors.bitrix24.adapter_world import Time as Clock

SEED = Cashbox(
    name="Rest-Cash Register",
    rest_code="restcashbox01",
    email="user@example.com",
    number_kkm="123",
    active=True,
    sort=100,
    ofd="bx_ofdruofd",
    ofd_settings={"OFD_MODE": {"IS_TEST": "N"}},
    settings={"AUTH": {"KEYWORD": "top_secret!", "PREFERENCE": "SECOND"}, "INTERACTION": {"MODE": "ACTIVE"}},
)
#: The seed's table of system errors, in its order, with the statuses of the vendor's documentation.
SYSTEM = [
    ("INTERNAL_SERVER_ERROR", 500),
    ("ERROR_UNEXPECTED_ANSWER", 500),
    ("QUERY_LIMIT_EXCEEDED", 503),
    ("ERROR_BATCH_METHOD_NOT_ALLOWED", 405),
    ("ERROR_BATCH_LENGTH_EXCEEDED", 400),
    ("NO_AUTH_FOUND", 401),
    ("INVALID_REQUEST", 400),
    ("OVERLOAD_LIMIT", 503),
    ("ACCESS_DENIED", 403),
    ("INVALID_CREDENTIALS", 403),
    ("ERROR_MANIFEST_IS_NOT_AVAILABLE", 404),
    ("insufficient_scope", 403),
    ("expired_token", 401),
    ("user_access_error", 403),
    ("PORTAL_DELETED", 500),
]


def test_the_seeds_cash_register_is_asked_for_with_the_webhook_to_the_letter() -> None:
    line, time = Line([said(SAMPLES["answer"])]), Clock()
    result = asyncio.run(client(line, time).call(CASHBOX_ADD, SEED.added()))
    (request,) = line.sent
    assert (request.method, request.path) == ("POST", f"/rest/1/abcdef/{SAMPLES['webhook']['method']}")
    assert json.loads(request.body) == SAMPLES["webhook"]["body"]
    assert list(json.loads(request.body)) == list(SAMPLES["webhook"]["body"])
    assert (request.headers["Content-Type"], request.headers["Accept"]) == ("application/json", "application/json")
    assert number_of(result) == 5


def test_the_seeds_cash_register_is_asked_for_with_a_token_to_the_letter(tmp_path: Path) -> None:
    line, time = Line([said(SAMPLES["answer"])]), Clock()
    file = TokenFile(tmp_path / "tokens")
    file.write(Grant("put_access_token_here", "refresh", time.utc_ms() + 3_600_000, "https://portal.example/rest/"))
    tokens = Tokens(Line([]), "/oauth/token/", ("id", "secret"), file, time.utc_ms)
    asyncio.run(client(line, time, lambda: Application(tokens)).call(CASHBOX_ADD, SEED.added()))
    (request,) = line.sent
    assert request.path == f"/rest/{SAMPLES['oauth']['method']}"
    assert json.loads(request.body) == SAMPLES["oauth"]["body"]


def test_the_seeds_answer_tells_its_operating_time() -> None:
    told = Time.of(SAMPLES["answer"]["time"])
    assert told is not None
    assert (told.operating_reset_at, told.operating) == (1705765533, 3.3076241016387939)
    assert Time.of({"start": 1.0}) is None


def test_the_seeds_refusal_is_one_with_its_code_and_words() -> None:
    line = Line([said(SAMPLES["refusal"], 400)])
    with pytest.raises(Rejected, match="Parameter NAME is not defined") as no:
        asyncio.run(client(line, Clock()).call(CASHBOX_ADD, {}))
    assert (no.value.status, no.value.code, no.value.meaning.sort) == (400, "ERROR_CHECK_FAILURE", "content")
    assert WEBHOOK.split("/")[-2] not in str(no.value)


@pytest.mark.parametrize(("code", "status"), SYSTEM)
def test_every_system_error_of_the_seed_ends_as_its_meaning_says(code: str, status: int) -> None:
    answer: Any = {"error": code, "error_description": "words"}
    line, time = Line([said(answer, status)] * 9), Clock()
    expected = {"later": Unanswered, "limit": NotNow}.get(TABLE[code].sort, Rejected)
    with pytest.raises(expected) as no:
        asyncio.run(client(line, time).call(CASHBOX_ADD, {}))
    assert len(line.sent) == (5 if code == "QUERY_LIMIT_EXCEEDED" else 1)
    assert TABLE[code].advice
    if isinstance(no.value, Rejected):
        assert TABLE[code].advice in no.value.text


def test_the_table_has_the_seeds_system_errors_first_and_in_its_order() -> None:
    assert list(TABLE)[: len(SYSTEM)] == [code for code, _ in SYSTEM]


def test_what_is_not_asked_for_is_left_out_and_flags_are_letters() -> None:
    made = Cashbox("R", "code", "a@b").added()
    assert made == {"NAME": "R", "REST_CODE": "code", "EMAIL": "a@b", "ACTIVE": "N", "SORT": 100}
    assert Cashbox("R", "code", "a@b", use_offline=True).added()["USE_OFFLINE"] == "Y"
