"""The day over HTTP: shifts and their closing, drawers' days, counts, returns in all their forms, approvals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from firmware_bridge.api.backend import Answer
from statemachines.arithmetic import compute
from statemachines.vocabulary.commands import (
    ActivateDrawer,
    AskRecount,
    AssignCashiers,
    CallOffClosing,
    CancelCount,
    Command,
    DeactivateDrawer,
    MoveCash,
    OpenShift,
    RecordCount,
    Refusal,
    RetryFiscalisation,
    ReturnedBefore,
    Sell,
    StartCount,
    SubmitCount,
)
from statemachines.vocabulary.receipt import (
    Denomination,
    LineRequest,
    Original,
    OriginalLine,
    Payment,
    Person,
    Receipt,
    TaxGroup,
    TaxRate,
)
from tests.firmware_bridge.api.wire import SALE, TOKENS, call, config, running
from tests.support.memory_backend import MemoryBackend

CASHIER = Person("pos-cashier", "pos-cashier", "cashier")
MANAGER = Person("pos-manager", "pos-manager", "manager")
APPROVED = {"Approved-By": f"Bearer {TOKENS['manager']}"}


def over_api(talk: Callable[[int, MemoryBackend], Coroutine[Any, Any, None]], **rules: Any) -> None:
    async def main() -> None:
        backend = MemoryBackend()
        async with running(backend, config(rules=rules)) as server:
            await talk(server.port, backend)

    asyncio.run(main())


COMMANDS: list[tuple[str, str, dict[str, Any], Command, str]] = [
    ("POST", "/v1/shifts", {"floats": {"main": 5, "b": 7}, "cashier": "olha"},
     OpenShift("x", replace(CASHIER, name="olha"), 0, (("b", 7), ("main", 5)), Person("olha", "olha", "cashier"), "uk"),
     "/v1/shifts/current"),
    ("POST", "/v1/shifts/current/close/cancel", {"reason": "too early"}, CallOffClosing("x", CASHIER, "too early"),
     "/v1/shifts/current"),
    ("POST", "/v1/drawers/main/activate", {"float_amount": 500, "cashiers": ["olha", "ira", "ira"]},
     ActivateDrawer("x", CASHIER, "main", 500, ("ira", "olha")), "/v1/drawers/main"),
    ("POST", "/v1/drawers/main/deactivate", {}, DeactivateDrawer("x", CASHIER, "main"), "/v1/drawers/main"),
    ("POST", "/v1/counts", {"drawer": "main", "reason": "intra_day_balance", "blind": True},
     StartCount("x", CASHIER, "main", "intra_day_balance", blind=True), "/v1/counts/x"),
    ("POST", "/v1/counts", {"reason": "end_of_day_balance"},
     StartCount("x", CASHIER, "main", "end_of_day_balance", None), "/v1/counts/x"),
    ("PUT", "/v1/counts/n-1",
     {"counted": 700, "denominations": [{"value": 50, "pieces": 4}, {"value": 500, "pieces": 1}]},
     RecordCount("x", CASHIER, "n-1", 700, (Denomination(50, 4), Denomination(500, 1))), "/v1/counts/n-1"),
    ("POST", "/v1/counts/n-1/recount", {}, AskRecount("x", CASHIER, "n-1"), "/v1/counts/n-1"),
    ("POST", "/v1/counts/n-1/submit", {}, SubmitCount("x", CASHIER, "n-1"), "/v1/counts/n-1"),
    ("POST", "/v1/counts/n-1/cancel", {"reason": "fire"}, CancelCount("x", CASHIER, "n-1", "fire"), "/v1/counts/n-1"),
    ("POST", "/v1/receipts/s-1/retry", {}, RetryFiscalisation("x", CASHIER, "s-1"), "/v1/receipts/s-1"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "command", "location"), COMMANDS, ids=lambda value: str(value)[:40])
def test_command_reaches_the_till_once_and_has_one_answer(
    method: str, path: str, body: dict[str, Any], command: Command, location: str
) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        first = await call(port, method, path, {"id": "x", **body})
        assert (first.status, first.headers["location"]) == (201, location), first.body
        assert [given for given, _, _ in backend.commands] == [command]
        again = await call(port, method, path, body, headers={"Idempotency-Key": "x"})
        assert (again.status, again.json) == (200, first.json)
        assert len(backend.commands) == 1
        other = await call(port, method, path, {"id": "x", **body, "cashier": "somebody else"})
        assert (other.status, other.json["type"]) == (409, "urn:firmware-bridge:problem:id-reused")

    over_api(talk)


def test_only_a_manager_says_who_may_use_a_drawer() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        body = {"id": "x", "cashiers": ["ira"]}
        assert (await call(port, path="/v1/drawers/main/cashiers", body=body)).status == 403
        assert (await call(port, path="/v1/drawers/main/cashiers", body=body, role="manager")).status == 201
        assert [given for given, _, _ in backend.commands] == [AssignCashiers("x", MANAGER, "main", ("ira",))]

    over_api(talk)


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "words"),
    [
        ("POST", "/v1/shifts", {"floats": {"main": -1}}, "floats.main", "at least 0"),
        ("POST", "/v1/shifts", {"float_amount": 10.5}, "float_amount", "minor units"),
        ("POST", "/v1/shifts/current/close/cancel", {}, "reason", "missing"),
        ("POST", "/v1/drawers/main/activate", {}, "float_amount", "missing"),
        ("POST", "/v1/drawers/main/activate", {"float_amount": 1, "cashiers": [""]}, "cashiers[0]", "empty"),
        ("POST", "/v1/counts", {"reason": "curiosity"}, "reason", "intra_day_balance, end_of_day_balance"),
        ("POST", "/v1/counts", {"reason": "intra_day_balance", "drawer": "cellar"}, "drawer", "main"),
        ("PUT", "/v1/counts/n", {}, "counted", "missing"),
        ("PUT", "/v1/counts/n", {"counted": "1.00"}, "counted", "minor units"),
        ("PUT", "/v1/counts/n", {"counted": 1, "denominations": [{"value": 0.5, "pieces": 1}]},
         "denominations[0].value", "minor units"),
        ("PUT", "/v1/counts/n", {"counted": 1, "denominations": [{"value": 50, "pieces": -1}]},
         "denominations[0].pieces", "at least 0"),
        ("POST", "/v1/counts/n/cancel", {"reason": ""}, "reason", "not be empty"),
        ("POST", "/v1/receipts/s/resolve", {"verdict": "maybe", "evidence": "x"}, "verdict", "refunded"),
        ("POST", "/v1/cash", {"type": "no_sale", "amount": 1}, "amount", "must be 0 for no_sale"),
        ("POST", "/v1/cash", {"type": "no_sale", "counterpart": "safe"}, "counterpart", "no_sale"),
        ("POST", "/v1/cash", {"type": "cash_pull", "amount": 0}, "amount", "at least 1"),
        ("POST", "/v1/cash", {"type": "cash_pull"}, "amount", "at least 1"),
        ("POST", "/v1/cash", {"type": "cash_pull", "amount": 1.5}, "amount", "minor units"),
        ("POST", "/v1/cash", {"type": "gift", "amount": 1}, "type", "add_to_float"),
        ("POST", "/v1/sales", {**SALE, "lines": [{**SALE["lines"][0], "quantity": 0.3335}]},
         "lines[0].quantity", "whole number of thousandths"),
        ("POST", "/v1/sales", {**SALE, "lines": [{**SALE["lines"][0], "price": 42.005}]},
         "lines[0].price", "whole number of minor units"),
    ],
)  # fmt: skip
def test_wrong_content_is_refused_by_the_name_of_its_field(
    method: str, path: str, body: dict[str, Any], field: str, words: str
) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        reply = await call(port, method, path, {**body, "id": "x"})
        assert (reply.status, reply.json["outcome"]) == (422, "none"), reply.body
        faults = {fault["field"]: fault["text"] for fault in reply.json["errors"]}
        assert words in faults[field], faults
        assert backend.commands == []

    over_api(talk)


def test_drawer_that_is_not_there_has_no_day() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        for what, body in (("activate", {"float_amount": 1}), ("deactivate", {}), ("cashiers", {"cashiers": []})):
            path = f"/v1/drawers/cellar/{what}"
            assert (await call(port, path=path, body={"id": "x", **body}, role="manager")).status == 404
        assert backend.commands == []

    over_api(talk)


@pytest.mark.parametrize(
    ("code", "status"),
    [("count-open", 409), ("unknown-count", 404), ("drawer-with-shift", 409), ("needs-manager", 403),
     ("too-many-copies", 403), ("shift-closing", 409), ("too-late", 409), ("unknown-reason", 422), ("drafts", 409)],
)  # fmt: skip
def test_refusal_of_the_rules_says_that_nothing_happened(code: str, status: int) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        backend.next_answer = Answer("none", "", Refusal(code, "A sentence."))
        reply = await call(port, path="/v1/counts/n/submit", body={"id": "x"})
        assert (reply.status, reply.json["outcome"], reply.json["detail"]) == (status, "none", "A sentence.")

    over_api(talk)


# --- blind counts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "headers", "status"), [("cashier", {}, 403), ("cashier", APPROVED, 201), ("manager", {}, 201)]
)
def test_where_the_shop_counts_blind_only_a_manager_lets_the_expected_cash_be_seen(
    role: str, headers: dict[str, str], status: int
) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        body = {"id": "x", "reason": "intra_day_balance", "blind": False}
        reply = await call(port, path="/v1/counts", body=body, role=role, headers=headers)
        assert reply.status == status
        assert len(backend.commands) == (1 if status == 201 else 0)

    over_api(talk, blind_counts=True)


def test_till_is_told_who_asks_so_that_a_cashier_does_not_see_what_is_expected() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        backend.counts["n"] = {"id": "n"}
        backend.current_shift = {"id": "s"}
        for path in ("/v1/counts/n", "/v1/shifts/current", "/v1/drawers", "/v1/drawers/main", "/v1/status"):
            for role in ("cashier", "manager"):
                backend.roles.clear()
                assert (await call(port, "GET", path, role=role)).status == 200
                assert backend.roles == [role], path
        missing = await call(port, "GET", "/v1/counts/none")
        assert (missing.status, missing.json["type"]) == (404, "urn:firmware-bridge:problem:unknown-count")

    over_api(talk)


# --- cash -------------------------------------------------------------------------------------------------------------


def test_transfer_says_where_the_money_goes_and_who_stood_there() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        body = {"id": "x", "type": "transfer_out", "amount": 5, "counterpart": "safe", "reason": "r", "cashier": "ira"}
        assert (await call(port, path="/v1/cash", body=body)).status == 201
        command = backend.commands[0][0]
        assert isinstance(command, MoveCash)
        move = command.move
        assert (move.counterpart, move.reason, move.origin) == ("safe", "r", "operator")
        assert (move.operator.id, move.operator.role, command.actor.id) == ("ira", "cashier", "pos-cashier")

    over_api(talk)


# --- returns ----------------------------------------------------------------------------------------------------------

VAT = {"vat20": TaxGroup("vat20", "А", (TaxRate("ПДВ", 2000),))}
SOLD_LINES = [LineRequest("1", "Кава", 4200, 2000, "vat20"), LineRequest("2", "Чай", 3000, 1000, "vat20")]
WHOLE = {"code": "1", "name": "Кава", "price": 4200, "quantity": 1000, "tax_group": "vat20"}
PAID = [{"type": "cash", "amount": 4200}]


def sold() -> Receipt:
    sums = compute(SOLD_LINES, [], [Payment("cash", 11400)], VAT, "round50", "sale")
    return Receipt(
        "s-1", "sale", "000001", "UAH", "uk", CASHIER, "main", sums.lines, (), sums.payments, sums.totals
    )  # fmt: skip


async def taken_back(port: int, lines: list[dict[str, Any]], **more: Any) -> Any:
    body: dict[str, Any] = {"id": "r-1", "lines": lines, "payments": PAID, "original": {"id": "s-1"}, **more}
    return await call(port, path="/v1/returns", body={key: part for key, part in body.items() if part is not None})


def only_return(backend: MemoryBackend) -> Receipt:
    command = backend.commands[0][0]
    assert isinstance(command, Sell)
    return command.receipt


def test_short_lines_are_computed_from_the_original_by_our_id() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        backend.originals["s-1"] = (sold(), ())
        reply = await taken_back(port, [{"line": 1, "quantity": 1000}], reason="broken")
        assert reply.status == 201, reply.body
        receipt = only_return(backend)
        assert (receipt.kind, receipt.return_reason, receipt.original) == ("return", "broken", Original(id="s-1"))
        assert (receipt.lines[0].request.name, receipt.lines[0].request.original_line) == ("Кава", 1)
        assert (receipt.totals.total, receipt.totals.tax[0].amount) == (4200, 700)

    over_api(talk)


def test_short_return_asked_again_is_computed_as_it_was_the_first_time() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        backend.originals["s-1"] = (sold(), ())
        lines = [{"line": 1, "quantity": 2000}]
        paid = [{"type": "cash", "amount": 8400}]
        first = await taken_back(port, lines, payments=paid)
        mine = ReturnedBefore("r-1", (("1", 2000),), 8400, ((1, 2000, 8400),))
        backend.originals["s-1"] = (sold(), (mine,))
        again = await taken_back(port, lines, payments=paid)
        assert (first.status, again.status, again.json) == (201, 200, first.json)
        other = await call(
            port, path="/v1/returns",
            body={"id": "r-2", "lines": lines, "payments": paid, "original": {"id": "s-1"}},
        )  # fmt: skip
        assert (other.status, other.json["errors"][0]["field"]) == (422, "lines[0].quantity")
        assert len(backend.commands) == 1

    over_api(talk)


@pytest.mark.parametrize(
    ("lines", "more", "field", "words"),
    [
        ([{"line": 3, "quantity": 1000}], {}, "lines[0].line", "no line 3"),
        ([{"line": 1, "quantity": 3000}], {}, "lines[0].quantity", "left"),
        ([{"line": 1, "quantity": 1000}, {"line": 1, "quantity": 1000}], {}, "lines[1].line", "twice"),
        ([{"line": 1, "quantity": 1000}], {"original": {"id": "s-2"}}, "original.id", "journal"),
        ([{"line": 1, "quantity": 1000}], {"original": None}, "lines", "by our id"),
        ([{"line": 1, "quantity": 1000}], {"original": {"fiscal_number": "F", "date": "2026-11-20"}}, "lines", "id"),
        ([{"line": 1, "quantity": 1000}, WHOLE], {}, "lines", "all whole"),
        ([{"line": 1, "quantity": 1000, "footer": "x"}], {}, "lines[0]", "short form"),
        ([{"quantity": 1000}], {}, "lines[0]", "either line and quantity"),
        ([{"line": 1, "quantity": 1.5}], {}, "lines[0].quantity", "thousandths"),
        ([{"line": 1, "quantity": 1000}], {"payments": [{"type": "cash", "amount": 4000}]}, "payments", "4200"),
        ([WHOLE], {"exchange_of": "r-0"}, "exchange_of", "not known"),
        ([WHOLE], {"original": {"id": "s-1", "total": 5}}, "original", "fiscal_number"),
        ([WHOLE], {"original": {"fiscal_number": "F"}}, "original", "together"),
    ],
)  # fmt: skip
def test_return_that_cannot_be_is_refused_by_the_name_of_its_field(
    lines: list[dict[str, Any]], more: dict[str, Any], field: str, words: str
) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        backend.originals["s-1"] = (sold(), ())
        reply = await taken_back(port, lines, **more)
        assert (reply.status, reply.json["outcome"]) == (422, "none"), reply.body
        faults = {fault["field"]: fault["text"] for fault in reply.json["errors"]}
        assert words in faults.get(field, ""), faults
        assert backend.commands == []

    over_api(talk)


def test_sale_of_another_till_is_told_by_its_fiscal_references() -> None:
    original = {
        "fiscal_number": "F1", "date": "2026-11-20T10:00:00Z", "register": "4000",
        "lines": [{"code": "1", "quantity": 2000, "sum": 8400}], "total": 8400,
    }  # fmt: skip

    async def talk(port: int, backend: MemoryBackend) -> None:
        assert (await taken_back(port, [WHOLE], original=original)).status == 201
        lines = (OriginalLine("1", 2000, 8400),)
        assert only_return(backend).original == Original("", "F1", "2026-11-20T10:00:00Z", "", "4000", lines, 8400)

    over_api(talk)


def test_return_without_original_carries_the_manager_who_approves() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        body = {"id": "r-1", "lines": [{**WHOLE, "line": 2}], "payments": PAID, "cashier": "ira"}
        assert (await call(port, path="/v1/returns", body=body, headers=APPROVED)).status == 201
        receipt = only_return(backend)
        assert (receipt.kind, receipt.original, receipt.approved_by) == ("return", None, MANAGER)
        assert (receipt.operator.id, receipt.lines[0].request.original_line) == ("ira", 2)

    over_api(talk)


def test_exchange_names_the_return_that_it_continues() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        assert (await call(port, body={**SALE, "exchange_of": "r-1"})).status == 201
        assert only_return(backend).exchange_of == "r-1"

    over_api(talk)
