"""Every code of the sibling's papers that this register can come to, and the words of the core profile for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from firmware_bridge.vendors.smartone.sandbox.codes import WORDS
from tests.firmware_bridge.vendors.smartone.sandbox_desk import Desk, Said, form, item, sealed, signed

Case = Callable[[], Said]


def opened(**options: Any) -> Desk:
    return Desk("ecr", **options).opened()


def selling(**more: Any) -> Said:
    desk = opened()
    return desk.call("sale", {**desk.sale(), **more})


def returning(**more: Any) -> Said:
    desk = opened()
    parent = desk.sold()
    return desk.call("refund", {**desk.back(parent), **more})


def twice_returned() -> Said:
    desk = opened()
    parent = desk.sold()
    desk.ok("refund", desk.back(parent))
    return desk.call("refund", desk.back(parent, n=51))


def cancelled_after_a_return() -> Said:
    desk = opened()
    parent = desk.sold()
    desk.ok("refund", desk.back(parent))
    return desk.call("rollback", {"documentID": parent, "employeeName": "Aynur"})


def aged() -> Said:
    desk = opened(shift_hours=24)
    desk.clock.advance(24 * 3600)
    return desk.call("sale", desk.sale())


def with_orders() -> Said:
    desk = opened()
    desk.control("POST", "/_orders", {"open": 2})
    return desk.call("close_shift", {"employeeName": "Aynur"})


def struck(fault: str, **sale: Any) -> Said:
    desk = opened()
    desk.fault(fault)
    return desk.call("sale", desk.sale(**sale))


def unsigned() -> Said:
    return Desk("ecr").raw("POST", "/check_shift", form({**signed({}), "sign": "AAAA"}))


CASES: dict[str, tuple[int, Case]] = {
    "wrong signature": (1, unsigned),
    "no json": (2, lambda: Desk("ecr").raw("POST", "/check_shift", form(sealed("bm8gSlNPTg==")))),
    "no number": (3, lambda: selling(docNumber="")),
    "no time": (3, lambda: selling(docTime="2026-03-02T10:00:00")),
    "a time of twelve hours": (3, lambda: selling(docTime="2026-03-02 25:00:00")),
    "no items": (3, lambda: selling(items=[])),
    "a float": (3, lambda: selling(amount=10.0)),
    "a sum of nothing": (3, lambda: selling(amount=0)),
    "another currency": (3, lambda: selling(currency="EUR")),
    "positions do not add up": (4, lambda: selling(items=[item(999)])),
    "blocked": (5, lambda: struck("blocked")),
    "no shift": (6, lambda: Desk("ecr").call("sale", Desk("ecr").sale())),
    "a second shift": (6, lambda: opened().call("open_shift", {"employeeName": "Aynur"})),
    "no shift to report": (6, lambda: Desk("ecr").call("x_report")),
    "no shift to close": (6, lambda: Desk("ecr").call("close_shift", {"employeeName": "Aynur"})),
    "unknown payment": (7, lambda: selling(payments={}, extraPayments=[{"code": "Z", "amount": 1000}])),
    "not paid": (8, lambda: selling(payments={"cashAmount": 999})),
    "card declined": (8, lambda: struck("declined", card=1000)),
    "unknown sale": (9, lambda: returning(parentDocID="nowhere")),
    "more than the drawer has": (9, lambda: opened().call("withdraw", Desk("ecr").move(1))),
    "change from a card": (11, lambda: selling(payments={"cashAmount": 500, "cashlessAmount": 1001})),
    "change of a return": (11, lambda: returning(payments={"cashAmount": 1001})),
    "a rate that is none": (12, lambda: selling(items=[item(1000, rate=700)])),
    "another letter's rate": (16, lambda: selling(items=[item(1000, rate=200, code="A")])),
    "not sold": (18, lambda: returning(items=[item(1000, item_id="c-2")])),
    "returned before": (19, twice_returned),
    "more pieces than sold": (19, lambda: returning(items=[item(1000, 2000)])),
    "too old": (22, aged),
    "open orders": (24, with_orders),
    "nothing in it": (26, lambda: opened(empty_shift="refuse").call("close_shift", {"employeeName": "A"})),
    "cash in it": (27, lambda: opened(must_empty=True, cash=5).call("close_shift", {"employeeName": "A"})),
    "cancelled after a return": (36, cancelled_after_a_return),
}


@pytest.mark.parametrize("case", CASES)
def test_each_refusal_has_its_code(case: str) -> None:
    code, make = CASES[case]
    said = make()
    assert said.json["status"] == "error", said.json
    assert said.code == code
    assert said.json["message"]


def test_every_code_that_has_words_is_come_to() -> None:
    assert {code for code, _ in CASES.values()} == WORDS.keys()


def test_a_refusal_changes_nothing() -> None:
    desk = opened()
    desk.sold()
    before = desk.books()
    for body in (
        desk.sale(n=2, items=[item(999)]),
        {**desk.sale(n=2), "payments": {}},
        desk.sale(n=2, items=[item(1000, rate=7)]),
    ):
        assert desk.call("sale", body).code != 0
    assert desk.books() == before


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("sale", {"docNumber": ""}),
        ("sale", {"items": [item(999)]}),
        ("sale", {"payments": [{"type": "Z", "amount": 1000}]}),
    ],
)
def test_core_tells_the_words_and_no_code(name: str, body: dict[str, Any]) -> None:
    desk = Desk("core").opened()
    said = desk.call(name, {**desk.sale(), **body})
    assert said.json.keys() == {"status", "message"}
    assert said.json["status"] == "error"


def test_sums_are_looked_at_before_taxes_and_payments_before_change() -> None:
    wrong_all = {"items": [item(999, rate=700)], "payments": {"cashAmount": 1, "cashlessAmount": 9}}
    assert selling(**wrong_all).code == 4
    assert selling(items=[item(1000, rate=700)], payments={"cashAmount": 1}).code == 12
    assert selling(extraPayments=[{"code": "Z", "amount": 1}], payments={"cashAmount": 1}).code == 7
