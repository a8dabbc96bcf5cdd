"""The API describes itself: every route, and every answer of a whole day as it is described."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from firmware_bridge.api.operations import OPERATIONS
from firmware_bridge.api.table import ROUTES
from firmware_bridge.played_devices import Device
from tests.support.device_desk import DeviceDesk, device_desk, write
from tests.support.processes import QUICK, cash, line, sale

Json = dict[str, Any]
NEVER = 3.5
"""No member of any request is a broken number."""


@dataclass(slots=True)
class Reader:
    """Asks the till, and holds every answer to its description."""

    desk: DeviceDesk
    seen: set[str] = field(default_factory=set)

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        status, answer = self.desk.cashier.request(method, path, body)
        (route,) = (
            route
            for route in ROUTES
            if route.method == method and re.fullmatch(_pattern(route.path), path.partition("?")[0])
        )
        kinds = OPERATIONS[route.name].answers.get(status, ())
        assert any(_is(answer, kind) for kind in kinds), f"{method} {path}: {status} {answer} is none of {kinds}"
        self.seen.add(route.name)
        return answer


def _pattern(path: str) -> str:
    return re.sub(r"\{\w+:((?:[^{}]|\{[^{}]*\})*)\}", r"\1", path)


def _is(answer: Json, kind: Any) -> bool:
    """Has it every member that is promised, each of its type, and no other one?"""
    try:
        return bool(msgspec.to_builtins(msgspec.convert(answer, kind)) == answer)
    except msgspec.ValidationError:
        return False


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeviceDesk]:
    folder = tmp_path_factory.mktemp("description")
    with Device("escpos", None, QUICK) as printer:
        section = f'[printer]\nport = "{printer.url}"\ncolumns = 42\n'
        drawer = '[drawers.main]\nsense_open_level = "high"\ngap_ms = 400\n[rules]\ndrawer_day = "own"\n'
        with device_desk(write(folder, section + drawer)) as found:
            found.printer_is("ready")
            yield found


def test_every_answer_of_a_day_is_as_it_is_described(desk: DeviceDesk) -> None:
    reader = Reader(desk)
    ask = reader.ask
    ask("POST", "/v1/drawers/main/activate", {"id": "day-1", "float_amount": 10_000, "cashiers": ["pos"]})
    ask("POST", "/v1/drawers/main/cashiers", {"id": "who-1", "cashiers": []})
    ask("POST", "/v1/shifts", {"id": "open-1", "float_amount": 10_000})
    ask("POST", "/v1/sales", sale("sale-1", line(price=4100), line("Молоко", 5250)))
    ask("POST", "/v1/sales", sale("sale-1", line(price=4100), line("Молоко", 5250)))
    back = {"id": "back-1", "lines": [line(price=4100)], "payments": [cash(4100)], "original": {"id": "sale-1"}}
    ask("POST", "/v1/returns", back)
    ask("POST", "/v1/cash", {"id": "cash-1", "type": "cash_pull", "amount": 1000})
    ask("POST", "/v1/receipts/sale-1/copy", {"id": "copy-1", "reason": "lost"})
    ask("POST", "/v1/documents", {"id": "slip-1", "kind": "notice", "lines": [{"text": "closed on Sunday"}]})
    ask("POST", "/v1/reports/x", {"id": "x-1"})
    ask("POST", "/v1/drawers/main/open", {"id": "kick-1", "reason": "change"})
    ask("POST", "/v1/counts", {"id": "count-1", "reason": "intra_day_balance"})
    ask("PUT", "/v1/counts/count-1", {"id": "counted-1", "counted": 1, "denominations": [{"value": 1, "pieces": 1}]})
    ask("POST", "/v1/counts/count-1/recount", {"id": "recount-1"})
    ask("POST", "/v1/shifts/current/close", {"id": "z-0"})
    ask("POST", "/v1/shifts/current/close/cancel", {"id": "stay-1", "reason": "a customer is left"})
    ask("POST", "/v1/counts/count-1/cancel", {"id": "off-1", "reason": "a mistake"})
    for path in ("/v1/receipts?limit=3", "/v1/receipts/back-1", "/v1/receipts/x-1", "/v1/shifts/current"):
        ask("GET", path)
    for path in ("/v1/shifts/current?format=smartone", "/v1/drawers", "/v1/drawers/main", "/v1/counts/count-1"):
        ask("GET", path)
    for path in ("/v1/status", "/v1/outbox", "/v1/devices", "/healthz", "/v1/session", "/openapi.json"):
        ask("GET", path)
    ask("POST", "/v1/shifts/current/close", {"id": "z-1"})
    ask("POST", "/v1/drawers/main/deactivate", {"id": "night-1"})
    for path in ("/v1/shifts/current", "/v1/drawers", "/v1/status", "/v1/receipts/z-1"):
        ask("GET", path)
    assert len(reader.seen) >= 25


def test_the_description_has_every_route_with_its_body_and_its_refusals(desk: DeviceDesk) -> None:
    described = desk.cashier.get("/openapi.json")
    found = {one["operationId"] for path in described["paths"].values() for one in path.values()}
    assert found == {route.name for route in ROUTES} == set(OPERATIONS)
    for path in described["paths"].values():
        for method, one in path.items():
            assert ("requestBody" in one) == (method in ("post", "put"))
            assert "500" in one["responses"]
            assert all(part["name"] in _names(one) for part in one["parameters"] if part["in"] == "path")
    text = msgspec.json.encode(described).decode()
    assert r"\\A" not in text, "patterns are ECMA-262"
    assert r"\\Z" not in text
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert referred <= described["components"]["schemas"].keys()


#: What integrators were promised: method and path, and whether it is a command.
PROMISED = [
    "POST /v1/sales *",
    "POST /v1/returns *",
    "GET /v1/receipts",
    "GET /v1/receipts/{id}",
    "GET /v1/receipts/{id}.txt",
    "GET /v1/receipts/{id}.png",
    "POST /v1/receipts/{id}/copy *",
    "POST /v1/receipts/{id}/resolve *",
    "POST /v1/cash *",
    "POST /v1/shifts *",
    "GET /v1/shifts/current",
    "POST /v1/shifts/current/close *",
    "POST /v1/reports/x *",
    "GET /v1/drawers",
    "GET /v1/drawers/{id}",
    "POST /v1/drawers/{id}/open *",
    "POST /v1/drawers/{id}/activate *",
    "POST /v1/drawers/{id}/deactivate *",
    "POST /v1/counts *",
    "PUT /v1/counts/{id} *",
    "POST /v1/counts/{id}/recount *",
    "POST /v1/counts/{id}/submit *",
    "POST /v1/counts/{id}/cancel *",
    "POST /v1/documents *",
    "GET /v1/status",
    "GET /v1/events",
    "GET /openapi.json",
    "GET /metrics",
    "GET /healthz",
    "GET /",
]
#: Members of a sale and of what is in it, by the name of its type; a question mark is not needed.
MEMBERS = {
    "SaleBody": "id? cashier? drawer? order_id? lines adjustments? payments customer? language? header? footer? "
    "barcode? department? context? exchange_of?",
    "ReturnBody": "id? cashier? drawer? order_id? lines adjustments? payments customer? language? header? footer? "
    "barcode? department? context? original? reason?",
    "LineBody": "code name price quantity tax_group barcode? uktzed? excise_stamps? markings? section? payment_object? "
    "header? footer? adjustments?",
    "AdjustmentBody": "kind mode value name?",
    "PaymentBody": "type amount given? collected? label? card? slip?",
    "CardBody": "mask? rrn? auth_code? terminal? bank? system? acquirer? receipt_no? commission?",
    "CustomerBody": "email? phone? tax_number?",
    "OriginalBody": "id? fiscal_number? date? register? lines? total?",
}


@pytest.mark.parametrize("promise", PROMISED)
def test_what_was_promised_is_described_with_its_headers_and_answers(desk: DeviceDesk, promise: str) -> None:
    method, path, *command = promise.split()
    operation = desk.cashier.get("/openapi.json")["paths"][path][method.lower()]
    answers = operation["responses"]
    assert ("Idempotency-Key" in _names(operation)) == ("Prefer" in _names(operation)) == bool(command)
    if command:
        assert {"200", "201", "202", "400", "401", "403", "409", "422"} <= answers.keys()
        assert all(answers[status]["headers"]["Location"]["required"] for status in ("200", "201", "202"))
    for status, answer in answers.items():
        if int(status) >= 400:
            assert answer["content"].keys() == {"application/problem+json"}


def test_a_sale_has_the_members_that_were_promised(desk: DeviceDesk) -> None:
    schemas = desk.cashier.get("/openapi.json")["components"]["schemas"]
    for name, members in MEMBERS.items():
        found = {
            member + ("" if member in schemas[name].get("required", ()) else "?")
            for member in schemas[name]["properties"]
        }
        assert found == set(members.split()), name
    assert set(schemas["PaymentBody"]["properties"]["type"]["enum"]) == {
        *("cash", "card", "certificate", "bonus", "transfer", "other")
    }
    assert schemas["Problem"]["properties"]["outcome"]["enum"] == ["doubtful", "none", "refused"]


def _names(operation: Json) -> set[str]:
    return {part["name"] for part in operation["parameters"]}


@pytest.mark.parametrize("name", [route.name for route in ROUTES if OPERATIONS[route.name].body is not None])
def test_what_is_described_as_a_body_is_what_is_validated(desk: DeviceDesk, name: str) -> None:
    """Every member that is described is known there and has its type; one that is not described is refused by name."""
    (route,) = (route for route in ROUTES if route.name == name)
    path = re.sub(r"\{book:.*?\{1,32\}\}", "newstore", re.sub(r"\{id:.*?\{1,64\}\}", "main", route.path))
    body = OPERATIONS[name].body
    assert body is not None
    members = [one.encode_name for one in msgspec.structs.fields(body)]
    for member in members:
        status, answer = desk.cashier.request(route.method, path, {member: NEVER})
        assert status == 422, answer
        named = [fault["text"] for fault in answer["errors"] if fault["field"] == member]
        assert named, f"{name}: {member} is not looked at: {answer}"
        assert not any("unknown" in text for text in named), f"{name}: {member} is not known: {named}"
    status, answer = desk.cashier.request(route.method, path, {"id": "a", "no_such_member": 1})
    assert (status, answer["outcome"]) == (422, "none")
    assert "no_such_member" in str(answer["errors"])
