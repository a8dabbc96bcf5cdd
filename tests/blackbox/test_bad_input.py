"""What the till must not accept, over real HTTP: one sentence with field and reason, and nothing has happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import Desk, Json, Reply, card, cash, desk, line, sale

SHOWN = "5168 7423 1234 5678"  # a card number that nobody may send
DISCOUNT = {"kind": "discount", "mode": "value"}


@pytest.fixture(scope="module")
def quiet(place: Desk) -> Desk:
    """A desk that has sold once (`sold`) and at which nothing happens by itself any more."""
    place.post("/v1/sales", sale("sold", line(price=1000, quantity=2000), payments=[cash(2000)]))
    place.drawer_shut()
    place.at_rest()
    return place


def taken(**more: Any) -> Json:
    """A good sale but for what is given here."""
    return {**sale("bad"), **more}


def of_one(**more: Any) -> Json:
    """A good sale of one line but for what is given here of the line."""
    return taken(lines=[{**line(), **more}])


def back(original: Json, quantity: int = 1000) -> Json:
    return taken(lines=[line(quantity=quantity)], payments=[cash(quantity)], original=original)


#: What it is, path, body, status, field named, words of the reason.
WRONG: list[tuple[str, str, Json, int, str, str]] = [
    ("negative price", "sales", of_one(price=-1), 422, "lines[0].price", "at least 0"),
    ("price with a fraction", "sales", of_one(price=9.99), 422, "lines[0].price", "whole number"),
    ("price as text", "sales", of_one(price="1000"), 422, "lines[0].price", "whole number"),
    ("price beyond all", "sales", of_one(price=10**13), 422, "lines[0].price", "at most"),
    ("quantity 0", "sales", of_one(quantity=0), 422, "lines[0].quantity", "at least 1"),
    ("negative quantity", "sales", of_one(quantity=-1000), 422, "lines[0].quantity", "at least 1"),
    ("unknown tax group", "sales", of_one(tax_group="vat7"), 422, "lines[0].tax_group", "not configured"),
    ("nameless article", "sales", of_one(name=""), 422, "lines[0].name", "empty"),
    ("control character", "sales", of_one(name="Хліб\x1b@"), 422, "lines[0].name", "control characters"),
    ("unknown field", "sales", taken(discount=5), 422, "discount", "not known"),
    ("unknown field of a line", "sales", of_one(colour="red"), 422, "lines[0].colour", "not known"),
    ("no lines", "sales", taken(lines=[]), 422, "lines", "at least 1"),
    ("no payments", "sales", taken(payments=[]), 422, "payments", "has to be paid"),
    ("missing payments", "sales", {"id": "bad", "lines": [line()]}, 422, "payments", "missing"),
    ("paid too little by card", "sales", taken(payments=[card(999)]), 422, "payments", "1000 has to be paid"),
    ("paid too little in cash", "sales", taken(payments=[cash(900)]), 422, "payments", "1000 has to be paid"),
    ("handed over too little", "sales", taken(payments=[cash(1000, 500)]), 422, "payments[0].given", "1000 is due"),
    ("paid too much by card", "sales", taken(payments=[card(1001)]), 422, "payments[0].amount", "1000 remains"),
    (
        "whole card number",
        "sales",
        taken(payments=[{"type": "card", "amount": 1000, "card": {"mask": SHOWN}}]),
        422,
        "payments[0].card.mask",
        "ten digits",
    ),
    (
        "discount above the price",
        "sales",
        of_one(adjustments=[{**DISCOUNT, "value": 1001}]),
        422,
        "lines[0].adjustments[0].value",
        "larger than the 1000",
    ),
    (
        "discount above the receipt",
        "sales",
        taken(adjustments=[{**DISCOUNT, "value": 1001}]),
        422,
        "adjustments[0].value",
        "larger than the 1000",
    ),
    (
        "discount of 101 per cent",
        "sales",
        of_one(adjustments=[{**DISCOUNT, "mode": "percent", "value": 10_100}]),
        422,
        "lines[0].adjustments[0].value",
        "larger than",
    ),
    ("unknown drawer", "sales", taken(drawer="cellar"), 422, "drawer", "no drawer"),
    ("id that is no id", "sales", taken(id="a b"), 400, "id", "must be a UUID"),
    ("return of nothing known", "returns", back({"id": "never-sold"}), 422, "original.id", "in this till's journal"),
    ("return of more than sold", "returns", back({"id": "sold"}, 3000), 422, "lines[0].quantity", "than was sold"),
    ("return without original", "returns", taken(), 422, "original", "without its sale"),
    (
        "more cash out than there is",
        "cash",
        {"id": "bad", "type": "cash_pull", "amount": 10**9},
        409,
        "amount",
        "drawer holds 1020.00",
    ),
    ("no cash moved", "cash", {"id": "bad", "type": "cash_pull", "amount": 0}, 422, "amount", "at least 1"),
    ("unknown way of moving cash", "cash", {"id": "bad", "type": "gift", "amount": 1}, 422, "type", "one of"),
    ("drawer opened without reason", "drawers/main/open", {"id": "bad"}, 422, "reason", "missing"),
    ("copy without reason", "receipts/sold/copy", {"id": "bad", "reason": ""}, 422, "reason", "empty"),
    (
        "verdict that is none",
        "receipts/sold/resolve",
        {"id": "bad", "verdict": "maybe", "evidence": "x"},
        422,
        "verdict",
        "one of",
    ),
    ("second shift", "shifts", {"id": "bad", "float_amount": -1}, 422, "float_amount", "at least 0"),
]


def assert_nothing_happened(place: Desk, before: tuple[Any, ...]) -> None:
    assert look(place) == before


def look(place: Desk) -> tuple[Any, ...]:
    """The chain of the journal, the paper, the drawer, the cash in the books."""
    totals = place.get("/v1/shifts/current")["totals"]
    return place.head(), place.pieces(), place.pulses(), totals


@pytest.mark.parametrize(
    ("path", "body", "status", "field", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_bad_content_is_refused_by_name_and_nothing_happens(
    quiet: Desk, path: str, body: Json, status: int, field: str, words: str
) -> None:
    before = look(quiet)
    reply = quiet.call("POST", f"/v1/{path}", body)
    problem = reply.json
    assert (reply.status, problem["outcome"]) == (status, "none"), problem
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert field in {error["field"] for error in problem["errors"]}, problem
    assert words in problem["detail"], problem
    assert "\n" not in problem["detail"]
    assert_nothing_happened(quiet, before)


@pytest.mark.parametrize(
    ("path", "body", "slug"),
    [
        ("receipts/sold/resolve", {"id": "bad", "verdict": "printed", "evidence": "seen"}, "no-doubt"),
        ("receipts/never-sold/copy", {"id": "bad", "reason": "lost"}, "unknown-receipt"),
        ("shifts", {"id": "bad", "float_amount": 0}, "shift-open"),
        ("drawers/cellar/open", {"id": "bad", "reason": "change"}, "not-found"),
    ],
)
def test_a_command_that_does_not_fit_the_state_is_refused_and_nothing_happens(
    quiet: Desk, path: str, body: Json, slug: str
) -> None:
    before = look(quiet)
    problem = quiet.call("POST", f"/v1/{path}", body).json
    assert (problem["type"], problem["outcome"]) == (f"urn:firmware-bridge:problem:{slug}", "none")
    assert_nothing_happened(quiet, before)


#: Bodies and headers that are no request.
BROKEN: list[tuple[str, bytes, dict[str, str], int]] = [
    ("malformed JSON", b'{"id": "bad", "lines": [', {}, 400),
    ("no JSON at all", b"sell bread", {}, 400),
    ("a list", b"[]", {}, 422),
    ("not a number", b'{"id": "bad", "lines": NaN}', {}, 400),
    ("broken UTF-8", b'{"id": "\xff"}', {}, 400),
    ("nested too deep", b"[" * 10_000, {}, 400),
    ("no id", b"{}", {}, 0),
    ("another content type", b"{}", {"Content-Type": "text/plain"}, 415),
    ("wrong token", b"{}", {"Authorization": "Bearer " + "0" * 64}, 401),
    ("no token", b"{}", {"Authorization": ""}, 401),
    ("another host", b"{}", {"Host": "till.example"}, 421),
    ("a foreign web page", b"{}", {"Origin": "https://evil.example"}, 403),
    ("too large", b'{"id": "bad", "footer": "' + b"x" * 70_000 + b'"}', {}, 413),
]


@pytest.mark.parametrize(("content", "headers", "status"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_request_is_refused_in_one_sentence_and_nothing_happens(
    quiet: Desk, content: bytes, headers: dict[str, str], status: int
) -> None:
    before = look(quiet)
    reply: Reply = quiet.call("POST", "/v1/sales", content, headers)
    assert reply.status == status or (not status and reply.status in (400, 422))
    assert reply.json["outcome"] == "none"
    assert "nothing happened" in reply.json["detail"], reply.json
    assert_nothing_happened(quiet, before)


def test_a_sale_without_shift_is_refused_and_its_id_is_free_afterwards(tmp_path: Path) -> None:
    with desk(tmp_path, shift=False) as own:
        own.printer_is("ready")
        head = own.at_rest()
        problem = own.post("/v1/sales", sale("early"), 409)
        assert (problem["type"], problem["outcome"]) == ("urn:firmware-bridge:problem:shift-closed", "none")
        assert "open the shift" in problem["detail"]
        assert (own.head(), own.pieces(), own.pulses()) == (head, [], 0)
        own.open_shift()
        assert own.post("/v1/sales", sale("early", line("Сіль")))["state"] == "paper_out"


def test_a_refused_id_is_free_for_the_corrected_sale(place: Desk) -> None:
    body = sale(place.new_id("sale"))
    place.post("/v1/sales", {**body, "payments": []}, 422)
    assert place.post("/v1/sales", body)["state"] == "paper_out"
