"""Whatever is sent, the vendor answers in its documented ways: no request ends in an error of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.vendors.checkbox.sandbox.routes import ROUTES
from tests.firmware_bridge.vendors.checkbox.sandbox_desk import Desk, card, cash, good, sale

ANSWERS = {200, 201, 202, 205, 400, 401, 403, 404, 405, 409, 422, 503}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-1000, 1000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["CASH", "DISCOUNT", "PERCENT", "TEST-000001", "А", "2026-03-02T06:00:00Z", "1e999999999", "0001-01-01"]
    )
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FULL = sale(
    goods=[good(100, discounts=[{"type": "DISCOUNT", "mode": "VALUE", "value": 1, "tax_codes": [1], "name": "x"}])],
    payments=[cash(60), card(39, card_mask="1")],
    discounts=[{"type": "EXTRA_CHARGE", "mode": "PERCENT", "value": 1}],
    delivery={"emails": ["a@example.com"], "phone": "380987777777"},
    id="3f1d2c4b-5a69-4788-9a0b-1c2d3e4f5a6b",
    fiscal_code="TEST-000002",
    fiscal_date="2026-03-02T07:00:00+02:00",
    context={"a": 1},
    custom={"text_global_header": "x"},
    rounding=True,
)

CLOSE: dict[str, Any] = {
    "skip_client_name_check": True,
    "report": {
        "id": "3f1d2c4b-5a69-4788-9a0b-1c2d3e4f5a6b",
        "serial": 7,
        "payments": [
            {
                "type": "CASH",
                "label": "Готівка",
                "code": 1,
                "sell_sum": 1,
                "return_sum": 2,
                "service_in": 3,
                "service_out": 4,
                "cash_withdrawal": 5,
                "cash_withdrawal_commission": 6,
            }
        ],
        "taxes": [
            {
                "code": 1,
                "label": "ПДВ",
                "symbol": "А",
                "rate": 20,
                "extra_rate": 0.5,
                "sell_sum": 1,
                "return_sum": 2,
                "sales_turnover": 3,
                "returns_turnover": 4,
                "setup_date": "2026-03-02T06:00:00Z",
            }
        ],
        "sell_receipts_count": 1,
        "return_receipts_count": 2,
        "initial": 3,
        "balance": 4,
        "created_at": "2026-03-02T06:00:00Z",
    },
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value within `value`."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of `value` with `new` at `path`."""
    if not path:
        return new
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return copy


def ready() -> Desk:
    desk = Desk(offline_codes=("TEST-000001", "TEST-000002", "TEST-000003"))
    desk.open_shift(cash=5000)
    return desk


@given(st.sampled_from(places(FULL)), ANYTHING)
def test_receipt_spoilt_anywhere_is_answered(path: tuple[Any, ...], new: Any) -> None:
    desk = ready()
    body = put(FULL, path, new)
    for where in ("sell", "validate"):
        assert desk.post(f"/receipts/{where}", body).status in ANSWERS
    desk.ok(desk.go_offline())
    assert desk.post("/receipts/sell-offline", body).status in ANSWERS
    desk.wait(60)
    assert desk.get("/_books").status == 200


@settings(max_examples=30)
@given(
    ANYTHING, st.dictionaries(st.sampled_from(["limit", "count", "width", "from_date", "desc"]), st.text(max_size=12))
)
def test_every_operation_answers_any_body_and_query(body: Any, query: dict[str, str]) -> None:
    desk = ready()
    for route in ROUTES:
        path = "/api/v1" + route.path.replace("{id}", "TEST-000001")
        raw = json.dumps(body).encode()
        reply = desk.service.handle(route.method, path, query, desk.headers, raw)
        assert reply.status in ANSWERS, route
    desk.wait(60)
    assert desk.get("/_books").status == 200


@given(st.sampled_from(places(CLOSE)), ANYTHING)
def test_close_spoilt_anywhere_is_answered(path: tuple[Any, ...], new: Any) -> None:
    desk = ready()
    said = desk.post("/shifts/close", put(CLOSE, path, new))
    assert said.status in ANSWERS
    desk.wait(60)
    assert desk.get("/_books").status == 200
    if said.status == 202:
        assert desk.get(f"/reports/{said.json['z_report']['id']}/text").status == 200


def test_half_a_letter_is_no_json() -> None:
    said = ready().raw("POST", "/receipts/sell", json.dumps(FULL).replace("\\u041a", "\\ud83d").encode())
    assert (said.status, said.message) == (400, "There was an error parsing the body")


@given(st.binary(max_size=60))
def test_bytes_that_are_no_json_are_answered(raw: bytes) -> None:
    said = Desk().raw("POST", "/receipts/sell", raw)
    assert said.status in (400, 422)


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a":NaN}', b"1" * 5000, b'"\\ud800"', b"\xff\xfe", b"null"])
def test_hard_bytes_are_answered(raw: bytes) -> None:
    assert ready().raw("POST", "/receipts/sell", raw).status in (400, 422)


@pytest.mark.parametrize("value", ["1e999999999", "1e-999999999", "123456789012345678901234567890.5"])
def test_number_that_would_take_hours_is_refused(value: str) -> None:
    raw = json.dumps(FULL).replace('"PERCENT", "value": 1', f'"PERCENT", "value": {value}').encode()
    said = ready().raw("POST", "/receipts/sell", raw)
    assert (said.status, said.json["detail"][0]["type"]) == (422, "type_error.float")


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_date_at_the_end_of_the_calendar_is_refused(date: str) -> None:
    desk = ready()
    assert desk.post("/cash-registers/go-offline", {"go_offline_date": date}).status == 422
    assert desk.get(f"/receipts/search?from_date={date}").status == 422


def test_digits_are_looked_for_as_text() -> None:
    desk = ready()
    sold = desk.sell(barcode="4820000000001")
    found = desk.get("/receipts/search?barcode=4820000000001").json["results"]
    assert [one["id"] for one in found] == [sold["id"]]
