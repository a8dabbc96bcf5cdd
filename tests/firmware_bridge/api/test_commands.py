"""What a well-behaved client gets: every route, every outcome, the sale's content translated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from firmware_bridge.api.backend import Answer
from firmware_bridge.validation import MAX_FAULTS
from statemachines.vocabulary.commands import (
    CloseShift,
    MoveCash,
    OpenDrawer,
    OpenShift,
    PrintCopy,
    Refusal,
    ResolveDoubt,
    Sell,
    TakeXReport,
)
from statemachines.vocabulary.receipt import Card, Customer, Marking, Original
from tests.firmware_bridge.api.wire import SALE, call, config, running
from tests.support.memory_backend import MemoryBackend


def over_api(talk: Callable[[int, MemoryBackend], Coroutine[Any, Any, None]], **api: Any) -> None:
    async def main() -> None:
        backend = MemoryBackend()
        async with running(backend, config(**api)) as server:
            await talk(server.port, backend)

    asyncio.run(main())


def sale(**changes: Any) -> dict[str, Any]:
    return {**SALE, **changes}


def only(backend: MemoryBackend) -> Any:
    assert len(backend.commands) == 1
    return backend.commands[0][0]


def test_sale_reaches_the_till_with_every_sum_computed() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        reply = await call(port, body=SALE)
        assert (reply.status, reply.headers["location"]) == (201, "/v1/receipts/sale-1")
        assert reply.json == {"id": "sale-1", "state": "paper_out", "seq": 1}
        command = only(backend)
        assert isinstance(command, Sell)
        assert command.actor.id == "pos-cashier"
        receipt = command.receipt
        assert (receipt.document_id, receipt.kind, receipt.number) == ("sale-1", "sale", "")
        assert (receipt.currency, receipt.language, receipt.drawer_id) == ("UAH", "uk", "main")
        assert (receipt.totals.total, receipt.totals.payable, receipt.totals.change) == (4200, 4200, 800)
        assert receipt.totals.tax[0].amount == 700

    over_api(talk)


def test_every_field_of_the_contract_arrives() -> None:
    line = {
        "code": "1", "name": "Вино", "price": 10000, "quantity": 2000, "tax_group": "vat20", "barcode": "4820",
        "uktzed": "2204", "excise_stamps": ["AAAA123456"], "markings": [{"si": "x"}, {"ukz": "y"}, {"datamatrix": "z"}],
        "section": {"code": "7", "name": "Бар"}, "payment_object": "excise", "header": "до", "footer": "після\nще",
        "adjustments": [{"kind": "discount", "mode": "percent", "value": 1000, "name": "Акція"}],
    }  # fmt: skip
    card = {
        "mask": "**** 1234", "rrn": "1", "auth_code": "2", "terminal": "3", "bank": "4", "system": "VISA",
        "acquirer": "5", "receipt_no": "6", "commission": 7,
    }  # fmt: skip
    body = {
        "id": "s-2", "cashier": "olha", "drawer": "main", "order_id": "o-1", "lines": [line],
        "adjustments": [{"kind": "surcharge", "mode": "value", "value": 500}],
        "payments": [{"type": "card", "amount": 18500, "collected": "before", "label": "Картка", "card": card,
                      "slip": ["PAN 4111111111111111"]}],
        "customer": {"email": "a@b.c", "phone": "+380", "tax_number": "1"}, "language": "en", "header": "h",
        "footer": "f", "barcode": "b", "department": "d", "context": {"b": "2", "a": "1"},
        "original": {"fiscal_number": "F1", "date": "2026-11-20"},
    }  # fmt: skip

    async def talk(port: int, backend: MemoryBackend) -> None:
        reply = await call(port, path="/v1/returns", body=body)
        assert reply.status == 201, reply.body
        command = only(backend)
        receipt = command.receipt
        assert command.customer == Customer("a@b.c", "+380", "1")
        assert (receipt.kind, receipt.original) == ("return", Original(fiscal_number="F1", date="2026-11-20"))
        assert (receipt.operator.id, receipt.operator.role) == ("olha", "cashier")
        assert receipt.context == (("a", "1"), ("b", "2"))
        request = receipt.lines[0].request
        assert request.markings == (Marking("si", "x"), Marking("ukz", "y"), Marking("datamatrix", "z"))
        assert (request.section_code, request.section_name, request.footer) == ("7", "Бар", "після\nще")
        payment = receipt.payments[0]
        assert payment.card == Card("**** 1234", "1", "2", "3", "4", "VISA", "5", "6", 7)
        assert payment.slip == ("PAN 411111******1111",)
        assert receipt.totals.total == 18500

    over_api(talk)


DIRECTIONS = {
    "in": ("add_to_float", "add_petty_cash", "transfer_in", "adjustment_in"),
    "out": ("remove_petty_cash", "cash_pull", "transfer_out", "adjustment_out", "gift_card_cash_out"),
    "none": ("no_sale",),
}


@pytest.mark.parametrize(("direction", "kinds"), DIRECTIONS.items())
def test_direction_of_cash_follows_from_its_type(direction: str, kinds: tuple[str, ...]) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        amount = 0 if direction == "none" else 100
        for kind in kinds:
            reply = await call(port, path="/v1/cash", body={"id": kind, "type": kind, "amount": amount, "reason": "x"})
            assert reply.status == 201, reply.body
        moves = [command.move for command, _, _ in backend.commands if isinstance(command, MoveCash)]
        assert {move.direction for move in moves} == {direction}
        assert tuple(move.type for move in moves) == kinds
        assert {move.amount for move in moves} == {amount}

    over_api(talk)


def test_other_commands_reach_the_till() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        asked: list[tuple[str, dict[str, Any]]] = [
            ("/v1/shifts", {"id": "a", "float_amount": 5}),
            ("/v1/shifts/current/close", {"id": "b"}),
            ("/v1/reports/x", {"id": "c", "language": "en"}),
            ("/v1/drawers/main/open", {"id": "d", "reason": "change"}),
            ("/v1/receipts/s-1/copy", {"id": "e", "reason": "lost"}),
            ("/v1/receipts/s-1/resolve", {"id": "f", "verdict": "printed", "evidence": "seen"}),
        ]
        for path, body in asked:
            assert (await call(port, path=path, body=body)).status == 201
        commands = [command for command, _, _ in backend.commands]
        who = commands[0].actor
        assert commands == [
            OpenShift("a", who, 5, language="uk"),
            CloseShift("b", who, "uk"),
            TakeXReport("c", who, "en"),
            OpenDrawer("d", who, "main", "change"),
            PrintCopy("e", who, "s-1", "lost"),
            ResolveDoubt("f", who, "s-1", "printed", "seen"),
        ]

    over_api(talk)


def test_same_id_and_content_gives_the_first_result_and_other_content_a_conflict() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        first = await call(port, body=SALE)
        spelled_out = sale(adjustments=[], language="", payments=[{**SALE["payments"][0], "collected": "before"}])
        again = await call(port, body=spelled_out)
        assert (first.status, again.status) == (201, 200)
        assert first.json == again.json
        other = await call(port, body=sale(order_id="x"))
        assert (other.status, other.json["outcome"]) == (409, "none")
        assert other.json["type"] == "urn:firmware-bridge:problem:id-reused"
        assert len(backend.commands) == 1

    over_api(talk)


def test_same_body_on_another_target_is_other_content() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        for document in ("one", "two"):
            await call(port, path=f"/v1/receipts/{document}/copy", body={"id": document, "reason": "r"})
        digests = {digest for _, digest, _ in backend.commands}
        assert len(digests) == 2

    over_api(talk)


def test_digest_does_not_depend_on_the_id_nor_on_the_order_of_names() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        await call(port, body=sale(id="a"))
        await call(port, body=dict(reversed(sale(id="b").items())))
        first, second = (digest for _, digest, _ in backend.commands)
        assert first == second
        assert len(first) == 32

    over_api(talk)


def test_id_may_come_in_the_header() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        body = {key: value for key, value in SALE.items() if key != "id"}
        assert (await call(port, body=body, headers={"Idempotency-Key": "k-1"})).status == 201
        assert only(backend).command_id == "k-1"
        both = await call(port, body=SALE, headers={"Idempotency-Key": "k-2"})
        assert (both.status, both.json["type"]) == (400, "urn:firmware-bridge:problem:bad-id")
        assert (await call(port, body=body)).status == 400
        assert len(backend.commands) == 1

    over_api(talk)


@pytest.mark.parametrize(
    "name", ["", "x" * 65, "a b", "a/b", "ї", "a\n", "..", "x.txt", "x.png"], ids=lambda name: repr(name)[:12]
)
def test_wrong_id_is_refused(name: str) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        assert (await call(port, body=sale(id=name))).status == 400
        assert backend.commands == []

    over_api(talk)


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [(None, 20), ("wait=5", 5), ("wait=0", 0), ("wait=600", 60), ("respond-async, wait=7;x", 7), ("wait=-1", 20),
     ("wait=x", 20), ("wait=" + "9" * 500, 20)],
)  # fmt: skip
def test_patience_of_the_caller(prefer: str | None, seconds: float) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        reply = await call(port, body=SALE, headers={"Prefer": prefer})
        assert backend.commands[0][2] == seconds
        assert reply.headers["preference-applied"] == f"wait={seconds}"

    over_api(talk)


@pytest.mark.parametrize(
    ("answer", "status", "outcome", "slug"),
    [
        (Answer("none", "", Refusal("shift-closed", "No shift is open.")), 409, "none", "shift-closed"),
        (Answer("none", "", Refusal("unknown-drawer", "No such drawer.", "drawer")), 422, "none", "unknown-drawer"),
        (Answer("none", "", Refusal("unknown-receipt", "None.", "id")), 404, "none", "unknown-receipt"),
        (Answer("none", "", Refusal("brand_new", "Because.")), 409, "none", "brand-new"),
        (Answer("refused", "s", Refusal("unknown-drawer", "Paper."), {"id": "s"}), 409, "refused", "unknown-drawer"),
    ],
)
def test_refusals_are_problem_documents(answer: Answer, status: int, outcome: str, slug: str) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        backend.next_answer = answer
        reply = await call(port, body=SALE)
        assert reply.headers["content-type"] == "application/problem+json"
        problem = reply.json
        assert (reply.status, problem["status"], problem["outcome"]) == (status, status, outcome)
        assert problem["type"] == f"urn:firmware-bridge:problem:{slug}"
        assert problem["title"]
        assert answer.refusal is not None
        assert problem["detail"] == answer.refusal.text

    over_api(talk)


def test_work_that_goes_on_is_accepted_with_a_place_to_look() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        backend.next_answer = Answer("accepted", "sale-1", None, None)
        reply = await call(port, body=SALE)
        assert (reply.status, reply.headers["location"]) == (202, "/v1/receipts/sale-1")
        assert reply.json == {"id": "sale-1"}

    over_api(talk)


def test_failure_of_the_till_is_doubtful_and_tells_no_secret() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        backend.fail = RuntimeError("secret inside")
        reply = await call(port, body=SALE)
        assert (reply.status, reply.json["outcome"]) == (500, "doubtful")
        assert b"secret" not in reply.body

    over_api(talk)


def changed(path: str, value: object) -> dict[str, Any]:
    """SALE with one value replaced; "-" as value takes it away."""
    body: Any = json.loads(json.dumps(SALE))
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place = body
    for part in way:
        place = place[part]
    if value == "-":
        del place[last]
    else:
        place[last] = value
    return dict(body)


@pytest.mark.parametrize(
    ("path", "value", "field", "words"),
    [
        ("lines/0/price", "42.00", "lines[0].price", "whole number"),
        ("lines/0/price", 42.0, "lines[0].price", "whole number"),
        ("lines/0/price", -1, "lines[0].price", "at least 0"),
        ("lines/0/price", 2**63, "lines[0].price", "at most"),
        ("lines/0/price", True, "lines[0].price", "whole number"),
        ("lines/0/quantity", 0, "lines[0].quantity", "at least 1"),
        ("lines/0/name", "", "lines[0].name", "not be empty"),
        ("lines/0/name", "a\u0000b", "lines[0].name", "control"),
        ("lines/0/name", "x" * 257, "lines[0].name", "at most 256 characters"),
        ("lines/0/tax_group", "vat99", "lines[0].tax_group", "vat20"),
        ("lines/0/prise", 1, "lines[0].prise", "not known"),
        ("lines/0/price", "-", "lines[0].price", "missing"),
        ("lines/0/markings", [{}], "lines[0].markings[0]", "exactly one"),
        ("lines/0/adjustments", [{"kind": "gift", "mode": "value", "value": 1}], "lines[0].adjustments[0].kind",
         "discount, surcharge"),
        ("lines", [], "lines", "at least 1 entry"),
        ("lines", {}, "lines", "list"),
        ("payments/0/type", "gold", "payments[0].type", "cash, card"),
        ("payments/0/given", 1, "payments[0].given", "handed over"),
        ("payments", [{"type": "card", "amount": 4200, "given": 1}], "payments[0].given", "cash only"),
        ("payments", [{"type": "card", "amount": 4200, "card": {"mask": "4111111111111111"}}],
         "payments[0].card.mask", "masked"),
        ("payments", [{"type": "card", "amount": 1}], "payments", "4200"),
        ("original", {"id": "x"}, "original", "not known"),
        ("drawer", "cellar", "drawer", "main"),
        ("language", "UKR", "language", "letters"),
        ("context", {"a": 1}, "context.a", "text"),
        ("context", {str(i): "" for i in range(17)}, "context", "at most 16"),
        ("context", {"": "x"}, "context.", "empty"),
    ],
)  # fmt: skip
def test_wrong_field_is_named_with_its_place(path: str, value: object, field: str, words: str) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        reply = await call(port, body=changed(path, value))
        problem = reply.json
        assert (reply.status, problem["outcome"]) == (422, "none"), problem
        assert field in [error["field"] for error in problem["errors"]], problem
        assert any(words in error["text"] for error in problem["errors"]), problem
        assert backend.commands == []

    over_api(talk)


def test_all_faults_are_named_at_once_but_not_without_end() -> None:
    async def talk(port: int, _: MemoryBackend) -> None:
        body = changed("lines", [{"code": "", "price": -1}] * 40)
        errors = (await call(port, body=body)).json["errors"]
        assert len(errors) == MAX_FAULTS
        assert [error["field"] for error in errors[:3]] == ["lines[0].code", "lines[0].name", "lines[0].price"]

    over_api(talk)


@pytest.mark.parametrize(
    "original", [{}, {"id": "a", "fiscal_number": "b", "date": "2026-01-01"}, {"fiscal_number": "b"}, {"date": "x"}]
)
def test_return_needs_exactly_one_way_to_its_original(original: dict[str, str]) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        reply = await call(port, path="/v1/returns", body=sale(original=original))
        assert reply.status == 422
        assert reply.json["errors"][0]["field"].startswith("original")
        assert backend.commands == []

    over_api(talk)


def test_sale_accepted_before_the_taxes_changed_is_never_answered_with_nothing_happened() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        backend.views["sale-1"] = {"id": "sale-1", "state": "paper_out", "seq": 1}
        reply = await call(port, body=changed("lines/0/tax_group", "abolished"))
        assert (reply.status, reply.json["document"]["state"]) == (409, "paper_out")
        assert "/v1/receipts/sale-1" in reply.json["detail"]

    over_api(talk)


def test_questions_are_answered() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        for name in ("a", "b", "c"):
            await call(port, body=sale(id=name))
        page = await call(port, "GET", "/v1/receipts?limit=2")
        assert [view["id"] for view in page.json["receipts"]] == ["c", "b"]
        rest = await call(port, "GET", page.json["next"])
        assert [view["id"] for view in rest.json["receipts"]] == ["a"]
        assert "next" not in rest.json
        assert (await call(port, "GET", "/v1/receipts/a")).json["id"] == "a"
        text = await call(port, "GET", "/v1/receipts/a.txt")
        assert (text.status, text.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert "СУМА 42.00" in text.body.decode()
        assert "A001" in text.body.decode()
        image = await call(port, "GET", "/v1/receipts/a.png")
        assert (image.headers["content-type"], image.body[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
        assert (await call(port, "GET", "/v1/drawers")).json == {"drawers": backend.drawers()}
        assert (await call(port, "GET", "/v1/drawers/main")).json["state"] == "closed"
        assert (await call(port, "GET", "/v1/status")).json["can_sell"] is True
        assert (await call(port, "GET", "/v1/shifts/current")).status == 404
        backend.current_shift = {"id": "s"}
        assert (await call(port, "GET", "/v1/shifts/current")).json == {"id": "s"}

    over_api(talk)


@pytest.mark.parametrize(
    "path",
    ["/v1/receipts/none", "/v1/receipts/none.txt", "/v1/receipts/none.png", "/v1/drawers/none", "/v1/nothing", "/v1/"],
)
def test_what_is_not_there_is_a_problem_document(path: str) -> None:
    async def talk(port: int, _: MemoryBackend) -> None:
        reply = await call(port, "GET", path)
        assert (reply.status, reply.json["status"]) == (404, 404)

    over_api(talk)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "before=-1", "limit=1&limit=2", "limit=%D9%A1"])
def test_wrong_page_is_refused(query: str) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        assert (await call(port, "GET", f"/v1/receipts?{query}")).status == 400
        assert backend.questions == []

    over_api(talk)


def test_drawer_that_is_not_there_cannot_be_opened() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        reply = await call(port, path="/v1/drawers/cellar/open", body={"id": "d", "reason": "r"})
        assert (reply.status, backend.commands) == (404, [])

    over_api(talk)
