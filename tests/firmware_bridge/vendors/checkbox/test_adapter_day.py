"""A whole day by the adapter: every body it sends and every answer it gets, held to the vendor's OpenAPI.

Interface 0.1.79 is the measure; what the vendor's page of 2022 or the interface of today has besides stands in one
table, and a row that nobody needs fails.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pytest

from firmware_bridge.vendors.checkbox.forms import PAYMENT_FORMS as NAMED
from tests.firmware_bridge.vendors.checkbox.sandbox_openapi import (
    CURRENT_HAS_MORE,
    SEED_HAS_MORE,
    SPEC,
    answer_misfits,
    misfits,
)
from tests.firmware_bridge.vendors.checkbox.virtual_day import Profile, day, operation

More = Mapping[str, frozenset[str]]
PROFILES: Final = pytest.mark.parametrize("profile", ["seed", "current"])
ANSWERS_HAVE_MORE: Final[Mapping[Profile, More]] = {"seed": SEED_HAS_MORE, "current": CURRENT_HAS_MORE}

#: (profile, model) -> fields that a request has and 0.1.79 has not.
REQUESTS_HAVE_MORE: Final[Mapping[tuple[Profile, str], frozenset[str]]] = {
    ("current", "ReceiptSellPayload"): frozenset({"rounding_mode"}),
    ("current", "GoodDetailsPayload"): frozenset({"e_excise_barcodes"}),
}
#: Answers that are `null` where the schema has an object: there is none, says the page.
MAY_BE_NULL: Final = frozenset({"GET /cashier/shift"})


# --- the measure ----------------------------------------------------------------------------------------------------


def request_misfits(name: str, body: Any, more: More) -> list[str]:
    """What the vendor's schema does not allow in a request's body: fields, types, lengths, patterns."""
    schema = SPEC["requests"].get(name)
    return [f"{name}: takes no body"] if schema is None else [*misfits(schema, body, more), *limits(schema, body)]


def limits(schema: Mapping[str, Any], value: Any, where: str = "$") -> Iterator[str]:
    """Lengths and patterns; of alternatives the one whose types fit."""
    while "$ref" in schema:
        schema = SPEC["schemas"][schema["$ref"].rpartition("/")[2]]
    for one in schema.get("anyOf", ()):
        if not list(misfits(one, value, {})):
            yield from limits(one, value, where)
            return
    for one in schema.get("allOf", ()):
        yield from limits(one, value, where)
    yield from _own_limits(schema, value, where)
    if isinstance(value, list) and "items" in schema:
        for i, one in enumerate(value):
            yield from limits(schema["items"], one, f"{where}[{i}]")
    if isinstance(value, dict):
        for name, one in value.items():
            yield from limits(schema.get("properties", {}).get(name, {}), one, f"{where}.{name}")


def _own_limits(schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
    if isinstance(value, str | list):
        kind = "Length" if isinstance(value, str) else "Items"
        if not schema.get(f"min{kind}", 0) <= len(value) <= schema.get(f"max{kind}", len(value)):
            yield f"{where}: its length is {len(value)}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: it is not of the form {schema['pattern']}"


def allowed(profile: Profile, without: tuple[str, str] = ("", "")) -> More:
    return {
        model: frozenset(name for name in names if (model, name) != without)
        for (which, model), names in REQUESTS_HAVE_MORE.items()
        if which == profile
    }


def bodies(profile: Profile) -> list[tuple[str, Any]]:
    return [(operation(request), json.loads(request.body)) for request, _ in day(profile) if request.body]


def wrong_bodies(profile: Profile, more: More) -> list[str]:
    return [text for name, body in bodies(profile) for text in request_misfits(name, body, more)]


# --- what is so -----------------------------------------------------------------------------------------------------


@PROFILES
def test_every_request_of_a_day_has_the_form_of_the_openapi(profile: Profile) -> None:
    assert wrong_bodies(profile, allowed(profile)) == []


@PROFILES
def test_every_answer_of_a_day_has_the_form_of_the_openapi(profile: Profile) -> None:
    found = []
    for request, response in day(profile):
        name, value = operation(request), json.loads(response.body or b"null")
        if name == "POST /cashier/signout" or (name in MAY_BE_NULL and value is None):
            continue
        found += answer_misfits(name, response.status, value, ANSWERS_HAVE_MORE[profile])
    assert found == []


@PROFILES
def test_a_day_has_every_kind_of_request_line_adjustment_and_payment(profile: Profile) -> None:
    names = {operation(request) for request, _ in day(profile)}
    sign_in = "POST /cashier/signinPinCode" if profile == "seed" else "POST /cashier/signin"
    assert names >= {"POST /shifts", "POST /receipts/sell", "POST /receipts/service", "POST /reports"}
    assert names >= {sign_in, "POST /shifts/close", "GET /shifts/{shift_id}", "GET /receipts/{receipt_id}", "GET /tax"}
    sold = [body for name, body in bodies(profile) if name == "POST /receipts/sell"]
    assert len(sold) == 42
    assert {item["is_return"] for body in sold for item in body["goods"]} == {True, False}
    assert {one["label"] for body in sold for one in body["payments"]} >= {form.label for form in NAMED.values()}
    discounts = [one for body in sold for item in body["goods"] for one in item.get("discounts", ())]
    assert {one["type"] for one in discounts} == {"DISCOUNT", "EXTRA_CHARGE"}
    used = {name for body in sold for item in body["goods"] for name in item["good"]}
    assert used >= {"barcode", "excise_barcodes", "header", "footer", "uktzed", "tax"}
    assert {name for body in sold for name in body} >= {"delivery", "header", "footer", "barcode", "departament"}


@PROFILES
def test_no_row_of_the_tables_is_more_than_needed(profile: Profile) -> None:
    for model, names in allowed(profile).items():
        for name in names:
            assert wrong_bodies(profile, allowed(profile, (model, name))), f"{model}.{name} is never sent"
    if profile == "current":  # the day with the older interface opens its shift likewise
        nulls = {operation(request) for request, response in day(profile) if response.body.strip() == b"null"}
        assert nulls >= MAY_BE_NULL


# --- the controls ---------------------------------------------------------------------------------------------------


def _unknown(body: dict[str, Any]) -> None:
    body["goods"][0]["good"]["colour"] = "red"


def _float(body: dict[str, Any]) -> None:
    body["goods"][0]["good"]["price"] = 41.5


def _text(body: dict[str, Any]) -> None:
    body["goods"][0]["quantity"] = "1000"


def _absent(body: dict[str, Any]) -> None:
    del body["goods"][0]["good"]["name"]


def _id(body: dict[str, Any]) -> None:
    body["id"] = "sale-1"


def _word(body: dict[str, Any]) -> None:
    body["payments"][0]["type"] = "GOLD"


def _empty(body: dict[str, Any]) -> None:
    body["goods"][0]["good"]["code"] = ""


def _mixed_taxes(body: dict[str, Any]) -> None:
    body["goods"][0]["good"]["tax"] = [1, "Б"]


def _three_taxes(body: dict[str, Any]) -> None:
    body["goods"][0]["good"]["tax"] = [1, 2, 3]


def _long(body: dict[str, Any]) -> None:
    body["goods"][0]["good"]["uktzed"] = "2" * 65


def _phone(body: dict[str, Any]) -> None:
    body["delivery"] = {"phone": "0671234567"}


SPOILS: Final[tuple[Callable[[dict[str, Any]], None], ...]] = (
    *(_unknown, _float, _text, _absent, _id, _word, _empty, _mixed_taxes, _three_taxes, _long, _phone),
)


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_spoilt_body_is_found(spoil: Callable[[dict[str, Any]], None]) -> None:
    name, body = next((name, body) for name, body in bodies("seed") if name == "POST /receipts/sell")
    assert request_misfits(name, body, allowed("seed")) == []
    spoilt = copy.deepcopy(body)
    spoil(spoilt)
    assert request_misfits(name, spoilt, allowed("seed")) != []


def test_a_body_where_none_belongs_is_found() -> None:
    assert request_misfits("POST /reports", {}, {}) == ["POST /reports: takes no body"]
