"""Random days with outages: whatever happens, the books add up, no code serves twice, the chain holds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.firmware_bridge.vendors.checkbox.sandbox_desk import Desk, broken_links, card, cash, good, refund, sale


def random_sale(draw: random.Random) -> dict[str, Any]:
    tax = draw.choice(((1,), (4,), (8,), ()))
    return sale(
        goods=[good(draw.randrange(1, 50000), quantity=draw.choice((1000, 350, 2500)), tax=tax), good(500)],
        discounts=draw.choice(((), ({"type": "DISCOUNT", "mode": "PERCENT", "value": 3},))),
        payments=draw.choice(([cash(200_000)], [card(300), cash(200_000)])),
        rounding_mode=draw.choice((None, "ROUND_10", "ROUND_50")),
    )


def sell_offline(desk: Desk, _: random.Random) -> None:
    free = desk.get("/cash-registers/get-offline-codes?count=1").json
    if isinstance(free, list) and free:
        desk.sell_offline(free[0]["fiscal_code"], desk.now)


def change_shift(desk: Desk, _: random.Random) -> None:
    desk.post("/shifts/close")
    desk.wait(30)
    desk.post("/shifts")


def move_cash(desk: Desk, draw: random.Random) -> None:
    desk.post("/receipts/service", {"payment": cash(draw.choice((-1, 1)) * draw.randrange(1, 50000))})


def break_something(desk: Desk, draw: random.Random) -> None:
    desk.fault(draw.choice(("tax-service-down", "receipt-error", "auto-offline")), draw.choice((1, 2)))


Step = Callable[[Desk, random.Random], object]
STEPS: tuple[Step, ...] = (
    *[lambda desk, draw: desk.post("/receipts/sell", random_sale(draw))] * 5,
    lambda desk, draw: desk.post("/receipts/sell", refund(draw.randrange(1, 50000))),
    lambda desk, _: desk.post("/cash-registers/ping-tax-service"),
    lambda desk, _: desk.get("/cash-registers/ask-offline-codes?count=30&sync=true"),
    lambda desk, _: desk.go_offline(),
    lambda desk, _: desk.post("/cash-registers/go-online"),
    *(sell_offline, change_shift, move_cash, break_something),
)


def one_step(desk: Desk, draw: random.Random) -> None:
    draw.choice(STEPS)(desk, draw)
    desk.wait(draw.choice((0.1, 1, 30, 600)))


def disorder(books: dict[str, Any]) -> list[str]:
    """What does not add up in the books."""
    found = [f"link of {one}" for one in broken_links(books["transactions"])]
    codes = [one["offline_id"] for one in books["transactions"] if one["offline_id"]]
    found += [f"code {code} served twice" for code, count in Counter(codes).items() if count > 1]
    numbers = [one["fiscal_code"] for one in books["receipts"] if one["fiscal_code"]]
    found += [f"number {number} twice" for number, count in Counter(numbers).items() if count > 1]
    done = [one for one in books["receipts"] if one["counted"]]
    found += [f"{one['id']} counts and is {one['status']}" for one in done if one["status"] != "DONE"]
    for shift in books["shifts"]:
        here = [one for one in (*done, *books["service"]) if one["shift"] == shift["serial"]]
        moved = sum(cash_of(one) for one in here)
        balance = shift["balance"]
        if balance["balance"] != balance["initial"] + moved:
            found.append(f"cash of shift {shift['serial']}")
        turnover = sum(sum(tax_of(one, 1)) for one in here if one["type"] == "SELL")
        if shift["taxes"][0]["sales"] != turnover:
            found.append(f"tax of shift {shift['serial']}")
        z = shift["z_report"]
        fiscal = [one for one in here if one["type"] in ("SELL", "RETURN")]
        if shift["status"] == "CLOSED" and z:
            counted = (z["sell_receipts_count"] + z["return_receipts_count"], z["balance"])
            if counted != (len(fiscal), balance["balance"]):
                found.append(f"Z of shift {shift['serial']}")
    opened = [one for one in books["shifts"] if one["opened_at"]]
    for before, after in pairwise(opened):
        if after["balance"]["initial"] != before["balance"]["balance"]:
            found.append(f"cash between shifts {before['serial']} and {after['serial']}")
    return found


def tax_of(receipt: dict[str, Any], code: int) -> list[int]:
    return [one["value"] + one["extra_value"] for one in receipt["taxes"] if one["code"] == code]


def cash_of(receipt: dict[str, Any]) -> int:
    paid = sum(one["value"] for one in receipt["payments"] if one["type"] == "CASH") - receipt["total_rest"]
    return int(paid if receipt["type"] in ("SELL", "SERVICE_IN") else -paid)


@pytest.mark.parametrize("profile", ["seed", "current"])
def test_books_add_up_after_any_day(seed: int, profile: str) -> None:
    draw = random.Random(seed)
    for _ in range(2):
        desk = Desk(profile, close_with_pending="accept", offline_codes=tuple(f"TEST-{n:06}" for n in range(40)))
        desk.open_shift(cash=100_000)
        for _ in range(30):
            for _ in range(4):
                one_step(desk, draw)
            assert disorder(desk.books()) == []
        desk.call("DELETE", "/_fault")
        for _ in range(200):
            desk.post("/cash-registers/ping-tax-service")
            desk.wait(300)
            if not desk.books()["waiting"]:
                break
        books = desk.books()
        assert (disorder(books), books["waiting"], books["mode"], books["jam"]) == ([], 0, "ONLINE", "")
        assert len(books["receipts"]) > 20


def test_disorder_in_the_books_is_found() -> None:
    desk = Desk(offline_codes=("TEST-000001", "TEST-000002", "TEST-000003"))
    desk.open_shift(cash=1000)
    desk.sell()
    desk.ok(desk.go_offline())
    desk.ok(desk.sell_offline("TEST-000002", desk.after(1)))
    desk.ok(desk.post("/cash-registers/go-online"))
    desk.wait(60)
    desk.close_shift()
    desk.open_shift()
    desk.sell()
    desk.close_shift()
    books = desk.books()
    assert disorder(books) == []
    books["transactions"][1]["hash"] = "0" * 64
    books["transactions"][-1]["offline_id"] = "TEST-000001"
    books["receipts"][0]["fiscal_code"] = books["receipts"][1]["fiscal_code"]
    books["shifts"][0]["balance"]["balance"] += 1
    books["shifts"][0]["taxes"][0]["sales"] += 1
    books["shifts"][1]["z_report"]["sell_receipts_count"] += 1
    found = " ".join(disorder(books))
    for words in ("Z of shift 2", "link", "TEST-000001 served twice", "number", "cash of shift", "tax of shift"):
        assert words in found
