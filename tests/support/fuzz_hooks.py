"""What schemathesis is told of this API beside its description. Loaded by schemathesis itself, in its own process.

A description can say what one member may be, not that payments come to the sum of the lines, that a till sells while
its shift is open only, or that a new command needs a new id. A good client knows; so each valid request is made
sensible here every other time, and sent as it was made up otherwise. Requests meant to be wrong are never touched.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
from typing import Any, Final

import schemathesis
from schemathesis import Case, CheckContext, GenerationMode, HookContext, Response

TOKEN: Final = os.environ["FUZZ_MANAGER"]
RUN: Final = os.environ["FUZZ_RUN"]
#: A body that no till takes for what it is, said of a request that is as it is described: the rules' words, which
#: JSON Schema has no words for. Whatever else is said of such a request was not described.
RULES: Final = (
    r"(given is for cash only|card is not for cash)",
    r"amount must be (0 for no_sale|at least 1)|counterpart is not for no_sale",
    r"must have exactly one of (si, ukz and datamatrix|text, barcode, qr, image and feed)",
    r"must have (align, tall, wide and bold only beside text|either id, or fiscal_number|fiscal_number and date toge)",
    r"must have (register, lines and total only|nothing but line and quantity|either line and quantity)",
    r"lines (must be all whole|can be short)|adjustments must be left out|lines must have at least one entry",
)
_RULES: Final = re.compile("|".join(RULES))
_TEXT_LIMIT: Final = 40
_numbers = itertools.count(1)


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Make every other valid command one that a good client would send."""
    about = case.meta.phase.data.parameter if case.meta is not None else None
    if "Approved-By" in case.headers and about not in ("Approved-By", "Authorization"):
        # nobody makes a manager's token up, and without one all these requests would end at the door
        case.headers["Approved-By"] = f"Bearer {TOKEN}"
    body: Any = case.body
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE or not isinstance(body, dict):
        return
    number = next(_numbers)
    body = _whole(body)
    if "book" in case.path_parameters and number % 2:
        case.path_parameters["book"] = "newstore"
    case.headers.pop("Idempotency-Key", None)
    if number % 2 or not body.get("id"):
        body["id"] = f"{RUN}-{number}"
    sensible = _SENSIBLE.get(case.path)
    if sensible is not None and number % 2:
        body = sensible({name: part for name, part in body.items() if name not in ("drawer", "language", "floats")})
        case.headers["Prefer"] = "wait=20"
    else:
        case.headers.setdefault("Prefer", "wait=0")
    case.body = body


def _whole(value: Any) -> Any:
    """JSON Schema takes 42.0 for a whole number. This till does not: whoever sends it computes money with fractions."""
    if isinstance(value, dict):
        return {name: _whole(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _sale(body: dict[str, Any]) -> dict[str, Any]:
    """The same sale of goods that this shop has, paid to the last coin."""
    lines = [_line(line) for line in body["lines"][:3]]
    total = sum(line["price"] for line in lines)
    texts: dict[str, Any] = {
        name: _printable(str(body[name])) for name in ("header", "footer", "order_id", "department") if name in body
    }
    kept: dict[str, Any] = {name: body[name] for name in ("id", "cashier", "customer", "context") if name in body}
    return {**kept, **texts, "lines": lines, "payments": [{"type": "cash", "amount": total, "given": total}]}


def _line(line: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: line[name] for name in ("excise_stamps", "barcode", "uktzed") if name in line}
    names: dict[str, Any] = {name: _printable(str(line[name])) for name in ("code", "name")}
    return {**kept, **names, "price": 1 + line["price"] % 100_000, "quantity": 1000, "tax_group": "vat20"}


def _back(body: dict[str, Any]) -> dict[str, Any]:
    """The first line of the last sale comes back, as it was paid."""
    if not _sold:
        return body
    sold, price = _sold.pop()
    kept: dict[str, Any] = {
        name: body[name] for name in ("id", "cashier", "customer", "context", "reason") if name in body
    }
    line = {"line": 1, "quantity": 1000}
    return {**kept, "original": {"id": sold}, "lines": [line], "payments": [{"type": "cash", "amount": price}]}


def _moved(body: dict[str, Any]) -> dict[str, Any]:
    if body["type"] == "no_sale":
        return {name: part for name, part in body.items() if name not in ("amount", "counterpart")}
    return {**body, "amount": 1 + body.get("amount", 0) % 1000}


def _slip(body: dict[str, Any]) -> dict[str, Any]:
    """Each element is one thing alone."""
    elements = [one for one in (*body.get("lines", ()), *body.get("elements", ())) if isinstance(one, dict)][:10]
    lines = [_element(one) for one in elements] or [{"text": "?"}]
    kept: dict[str, Any] = {name: body[name] for name in ("id", "cashier", "kind") if name in body}
    return {**kept, "lines": lines}


def _element(one: dict[str, Any]) -> dict[str, Any]:
    looks: dict[str, Any] = {name: one[name] for name in ("align", "tall", "wide", "bold") if name in one}
    for name in ("qr", "feed"):
        if one.get(name):
            return {name: one[name]}
    return {**looks, "text": _printable(one.get("text") or "")}


def _counted(body: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in body.items() if name != "denominations"}


def _as_it_is(body: dict[str, Any]) -> dict[str, Any]:
    return body


_SENSIBLE: Final = {
    "/v1/sales": _sale,
    "/v1/returns": _back,
    "/v1/cash": _moved,
    "/v1/documents": _slip,
    "/v1/counts": _as_it_is,
    "/v1/counts/{id}": _counted,
    "/v1/shifts": _as_it_is,
    "/v1/shifts/current/close": _as_it_is,
    "/v1/reports/x": _as_it_is,
}
#: Sales that can come back: id, and what the first line was paid with.
_sold: list[tuple[str, int]] = []


def _printable(text: str) -> str:
    return text[:_TEXT_LIMIT] or "?"


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    """The person at the till: remembers what was sold, and opens the shift again when a request closed it."""
    body: Any = case.body
    if case.path == "/v1/sales" and response.status_code == http.client.CREATED and isinstance(body, dict):
        _sold.append((body["id"], body["lines"][0]["price"]))
    if response.status_code == http.client.CONFLICT and b":shift-closed" in response.content:
        _ask("/v1/shifts", {"id": f"{RUN}-shift-{next(_numbers)}", "float_amount": 100_000_00})
        _ask("/v1/drawers/main/activate", {"id": f"{RUN}-day-{next(_numbers)}", "float_amount": 100_000_00})


def _ask(path: str, body: dict[str, Any]) -> None:
    connection = http.client.HTTPConnection(os.environ["FUZZ_ADDRESS"], timeout=30)
    try:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers)
        connection.getresponse().read()
    finally:
        connection.close()


@schemathesis.check
def described_means_valid(context: CheckContext, response: Response, case: Case[Any]) -> None:
    """What is as it is described is refused for the shop's reasons alone, never for its form."""
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE or response.status_code != 422:
        return
    said = _problem(response)
    if said["type"].endswith(":invalid"):
        forms = [fault for fault in said["errors"] if _form(fault["text"])]
        if forms:
            raise AssertionError(f"Refused for its form, which is as it is described: {forms}")


def _form(text: str) -> bool:
    """Is this sentence about the form of one member, as api.schema has it?"""
    if _RULES.search(text):
        return False
    return (
        re.search(r"must (be (text|a |an |one of|true|at (least|most))|have at)|is (missing|not known)", text)
        is not None
    )


@schemathesis.check
def a_no_says_what_happened(context: CheckContext, response: Response, case: Case[Any]) -> None:
    """Every refusal is one clear sentence with its type and its outcome, whoever made it."""
    if response.status_code < http.client.BAD_REQUEST or response.request.method == "HEAD":
        return
    said = _problem(response)
    assert str(said.get("type")).startswith("urn:firmware-bridge:problem:"), said
    assert said.get("status") == response.status_code, said
    assert said.get("outcome") in ("none", "refused", "doubtful"), said
    assert str(said.get("detail")).strip(), said
    assert response.status_code in (409, 500, 503) or said["outcome"] == "none", said


def _problem(response: Response) -> dict[str, Any]:
    try:
        said = json.loads(response.content)
    except ValueError as error:
        raise AssertionError("This answer is no JSON") from error
    return said if isinstance(said, dict) else {}
