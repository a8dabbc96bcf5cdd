"""Every JSON answer is held to the vendor's OpenAPI; where the page differs, the page wins and a table says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from firmware_bridge.vendors.checkbox.sandbox.routes import ROUTES
from tests.firmware_bridge.vendors.checkbox.sandbox_desk import SAMPLES, Desk, Said, card, cash, good, refund, sale
from tests.firmware_bridge.vendors.checkbox.sandbox_openapi import (
    CURRENT_HAS_MORE,
    SEED_HAS_MORE,
    SPEC,
    answer_misfits,
    misfits,
)

MORE: Mapping[str, Mapping[str, frozenset[str]]] = {"seed": SEED_HAS_MORE, "current": CURRENT_HAS_MORE}

#: A sample of the page -> the operation in the specification.
SAMPLE_OF: dict[str, str] = {
    "GET /api/v1/cash-registers/info": "GET /cash-registers/info",
    "POST /api/v1/shifts": "POST /shifts",
    "GET /api/v1/cashier/shift": "GET /cashier/shift",
    "POST /api/v1/receipts/service": "POST /receipts/service",
    "POST /api/v1/receipts/sell": "POST /receipts/sell",
    "POST /api/v1/receipts/sell-offline": "POST /receipts/sell-offline",
    "POST /api/v1/reports": "POST /reports",
    "POST /api/v1/shifts/close": "POST /shifts/close",
    "GET /api/v1/cash-registers/get-offline-codes": "GET /cash-registers/get-offline-codes",
}


@pytest.mark.parametrize("sample", SAMPLE_OF)
def test_pages_sample_differs_from_the_openapi_only_by_the_table(sample: str) -> None:
    operation = SAMPLE_OF[sample]
    value = SAMPLES["answers"][sample]
    assert answer_misfits(operation, SPEC["answers"][operation]["status"], value, SEED_HAS_MORE) == []


def a_day(desk: Desk) -> dict[str, Said]:
    """Every operation once, on a register that has something to tell; keys as in the specification."""
    known = desk.service.credentials
    sign_in = {"login": known.login, "password": known.password}
    said = {
        "POST /cashier/signin": desk.post("/cashier/signin", sign_in),
        "POST /cashier/signinPinCode": desk.post("/cashier/signinPinCode", {"pin_code": known.pin_code}),
        "POST /shifts": desk.post("/shifts"),
    }
    desk.wait()
    full = {
        "goods": [
            good(123, tax=[1, 8], discounts=[{"type": "DISCOUNT", "mode": "VALUE", "value": 1, "tax_codes": [1, 8]}]),
            good(456, tax=["Г"], quantity=1500, good_id="45afc0ec-882d-48f0-9418-b398356395fc"),
        ],
        "discounts": [{"type": "DISCOUNT", "mode": "PERCENT", "value": 2.5, "name": "x"}],
        "payments": [card(500, rrn="1"), cash(1000)],
        "rounding": True,
    }
    said["POST /receipts/sell"] = desk.post("/receipts/sell", full)
    desk.wait()
    said["POST /receipts/service"] = desk.post("/receipts/service", {"payment": cash(5000)})
    desk.sell(refund(100))
    codes = desk.refill(5)
    said["GET /cash-registers/get-offline-codes"] = desk.get("/cash-registers/get-offline-codes")
    desk.ok(desk.go_offline(codes[0]))
    said["POST /receipts/sell-offline"] = desk.sell_offline(codes[1], desk.after(1))
    said["GET /cash-registers/get-offline-codes-count"] = desk.get("/cash-registers/get-offline-codes-count")
    said["GET /cash-registers/get-offline-time"] = desk.get("/cash-registers/get-offline-time")
    said["POST /reports"] = desk.post("/reports")
    said |= lists(desk, said)
    said["POST /shifts/close"] = desk.post("/shifts/close")
    desk.wait()
    said["GET /shifts/{shift_id}"] = desk.get(f"/shifts/{said['POST /shifts'].json['id']}")
    assert said["GET /shifts/{shift_id}"].json["status"] == "CLOSED"
    other = desk.open_shift()
    said["POST /shifts/{shift_id}/close"] = desk.post(f"/shifts/{other['id']}/close")
    return said


def lists(desk: Desk, said: Mapping[str, Said]) -> dict[str, Said]:
    transaction = desk.get("/transactions").json["results"][0]["id"]
    places = {
        "GET /cashier/me": "/cashier/me",
        "GET /cashier/shift": "/cashier/shift",
        "GET /cashier/check-signature": "/cashier/check-signature",
        "GET /cash-registers/info": "/cash-registers/info",
        "GET /cash-registers": "/cash-registers",
        "GET /cash-registers/{cash_register_id}": f"/cash-registers/{desk.info()['id']}",
        "GET /shifts": "/shifts",
        "GET /receipts": "/receipts",
        "GET /receipts/search": "/receipts/search",
        "GET /receipts/{receipt_id}": f"/receipts/{said['POST /receipts/sell'].json['id']}",
        "GET /reports": "/reports",
        "GET /reports/search": "/reports/search",
        "GET /reports/{report_id}": f"/reports/{said['POST /reports'].json['id']}",
        "GET /transactions": "/transactions",
        "GET /transactions/{transaction_id}": f"/transactions/{transaction}",
        "GET /tax": "/tax",
    }
    return {name: desk.get(path) for name, path in places.items()}


@pytest.mark.parametrize("profile", MORE)
def test_every_answer_has_the_form_of_the_openapi(profile: str) -> None:
    said = a_day(Desk(profile))
    found = {name: answer_misfits(name, one.status, one.json, MORE[profile]) for name, one in said.items()}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert said.keys() == SPEC["answers"].keys() - {"PATCH /transactions/{transaction_id}"}


@pytest.mark.parametrize("profile", MORE)
def test_table_of_differences_is_no_longer_than_needed(profile: str) -> None:
    """Every field of the tables is really sent: with one taken out, the check fails."""
    said = a_day(Desk(profile))
    said["error"] = Desk(profile).get("/cashier/shift", Authorization="Bearer x")
    said["invalid"] = Desk(profile).post("/receipts/sell", {})
    forms = {"error": {"$ref": "#/HTTPError"}, "invalid": {"$ref": "#/HTTPValidationError"}}
    for model, names in MORE[profile].items():
        for name in names:
            less = {**MORE[profile], model: names - {name}}
            assert any(
                list(misfits(forms[key], one.json, less))
                if key in forms
                else answer_misfits(key, one.status, one.json, less)
                for key, one in said.items()
            ), f"{model}.{name} is never sent"


@pytest.mark.parametrize("profile", MORE)
def test_refusals_have_the_form_of_the_openapi(profile: str) -> None:
    desk = Desk(profile)
    refused = desk.post("/receipts/sell", sale())
    invalid = desk.post("/receipts/sell", {"goods": [{}]})
    assert list(misfits({"$ref": "#/HTTPError"}, refused.json, MORE[profile])) == []
    rows = [dict(one, loc=[str(part) for part in one["loc"]]) for one in invalid.json["detail"]]
    extended = {**MORE[profile], "ValidationError": frozenset({"ctx"})}
    assert list(misfits({"$ref": "#/HTTPValidationError"}, {**invalid.json, "detail": rows}, extended)) == []


def _drop(value: dict[str, Any]) -> None:
    del value["total_sum"]


def _add(value: dict[str, Any]) -> None:
    value["shift"]["balance"]["tips"] = 5


def _retype(value: dict[str, Any]) -> None:
    value["goods"][0]["quantity"] = "1000"


def _rename(value: dict[str, Any]) -> None:
    value["status"] = "FINISHED"


def _nullify(value: dict[str, Any]) -> None:
    value["serial"] = None


def _misdate(value: dict[str, Any]) -> None:
    value["created_at"] = "yesterday"


def _deny(value: dict[str, Any]) -> None:
    value["payments"][0]["value"] = None


@pytest.mark.parametrize("spoil", [_drop, _add, _retype, _rename, _nullify, _misdate, _deny])
def test_spoilt_answer_is_found(spoil: Callable[[dict[str, Any]], None]) -> None:
    desk = Desk()
    desk.open_shift()
    receipt = desk.sell()
    assert answer_misfits("GET /receipts/{receipt_id}", 200, receipt, CURRENT_HAS_MORE) == []
    spoil(receipt)
    assert answer_misfits("GET /receipts/{receipt_id}", 200, receipt, CURRENT_HAS_MORE) != []


def test_routes_are_those_of_the_specification_and_the_ones_without_json() -> None:
    def plain(path: str) -> str:
        return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))

    ours = {f"{route.method} {plain(route.path)}" for route in ROUTES}
    theirs = {plain(name) for name in SPEC["answers"]} - {
        "PATCH /transactions/{}",
        "POST /cashier/signin",
        "POST /cashier/signinPinCode",
    }
    assert theirs <= ours
    assert {one for one in ours - theirs if not one.startswith(("GET /receipts/{}/", "POST /receipts/{}/"))} == {
        "GET /cashier/tax",
        "POST /receipts/validate",
        "POST /cash-registers/go-online",
        "POST /cash-registers/go-offline",
        "POST /cash-registers/ping-tax-service",
        "GET /cash-registers/ask-offline-codes",
        "GET /reports/{}/text",
        "GET /reports/periodical",
        "GET /webhook",
        "POST /webhook",
        "DELETE /webhook",
    }
