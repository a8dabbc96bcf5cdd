"""What the evening of a demo day makes of the cash book's own books: without any process."""

from __future__ import annotations

import random
from typing import Any

import pytest

from firmware_bridge.demo_book import CashBook, Delivery, Told, compare, owed
from firmware_bridge.demo_customers import Asked
from firmware_bridge.demo_evening import Result

CODES = {"поштові витрати": "post_office"}


def asked(serial: int, cash: int, **body: Any) -> Asked:
    return Asked(f"id-{serial}", "sale" if cash >= 0 else "return", body, f"{serial:06}", "", "paper_out", cash=cash)


def moved(kind: str, cash: int, reason: str = "") -> Asked:
    return Asked(f"id-{kind}", "cash", {"type": kind, "reason": reason}, "000099", "", "paper_out", cash=cash)


DAY = [
    asked(1, 13_950),
    asked(2, 0),
    asked(3, -2_750),
    asked(4, 10, order_id="web-7"),
    Asked("id-5", "sale", {}, "000005", state="refused", cash=100),
    moved("cash_pull", -50_000, "інкасація"),
    moved("remove_petty_cash", -12_500, "поштові витрати"),
    moved("no_sale", 0),
]
COUNTS = [Delivery("count", "intra_day_balance", 61_240), Delivery("count", "end_of_day_balance", 48_710)]
WANTED = owed(DAY, 100_000, COUNTS, CODES)


def transaction(kind: str, minor: int, **more: Any) -> dict[str, Any]:
    known: dict[str, Any] = {"transaction_id": f"t-{kind}-{minor}", "kind": kind, "order_id": "", "reason_code": ""}
    into, out = (minor + 1_000, 1_000) if minor > 0 else (0, -minor)
    amounts = {"amount_in": into / 100, "amount_out": out / 100, "status": "completed"}
    return known | amounts | more


def whole() -> dict[str, Any]:
    """The books of a day of which everything was delivered once."""
    made = [
        transaction("sale", 13_950, order_id="000001"),
        transaction("sale", -2_750, order_id="000003"),
        transaction("sale", 10, order_id="web-7"),
        transaction("cash_pull", -50_000),
        transaction("remove_petty_cash", -12_500, reason_code="post_office"),
        transaction("no_sale", 0),
    ]
    opened = [{"event": event, "correlation_id": one["transaction_id"]} for one in made for event in ("open", "close")]
    counts = [
        {"count_id": f"c-{one.key}", "reason": one.key, "counted": one.amount / 100, "status": "submitted"}
        for one in COUNTS
    ]
    day = {"open_float": 1000, "expected": 487.1, "end_count": "c-end_of_day_balance"}
    return {"transactions": made, "counts": counts, "activities": opened, "drawers": [{"days": [day]}]}


def told(books: dict[str, Any], openings: int = 6, **more: int) -> Told:
    return compare(WANTED, CashBook.of(books), openings, **more)


def figures(found: Told) -> tuple[int, int, int, int]:
    return found.owed, found.delivered, found.lost, found.duplicated


def test_what_is_owed_is_the_day_each_document_with_cash_and_each_count() -> None:
    names = [str(one) for one in WANTED]
    assert names == [
        "activation",
        "count intra_day_balance",
        "count end_of_day_balance",
        "deactivation end_of_day_balance",
        "sale 000001",
        "sale 000003",
        "sale web-7",
        "cash_pull",
        "remove_petty_cash post_office",
        "no_sale",
    ]


def test_a_day_that_is_whole_is_delivered_to_the_last_opening() -> None:
    found = told(whole())
    assert (figures(found), found.openings, found.notes) == ((10, 10, 0, 0), 6, [])
    assert CashBook.of(whole()).expected == 48_710


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize("status", ["draft", "canceled"])
def test_a_transaction_that_was_not_completed_is_lost(at: int, status: str) -> None:
    books = whole()
    books["transactions"][at]["status"] = status
    found = told(books)
    assert figures(found) == (10, 9, 1, 0)
    assert ("draft" in found.notes[-1]) == (status == "draft")


@pytest.mark.parametrize("at", range(6))
def test_a_transaction_that_is_completed_twice_is_doubled(at: int) -> None:
    books = whole()
    books["transactions"].append(books["transactions"][at] | {"transaction_id": "again"})
    assert figures(told(books)) == (10, 10, 0, 1)


def test_another_amount_is_lost_and_both_amounts_are_named() -> None:
    books = whole()
    books["transactions"][0]["amount_in"] = 23.95
    found = told(books)
    assert figures(found) == (10, 9, 1, 0)
    assert found.notes == ["sale 000001: 139.50 at the till, 13.95 in the book"]


def test_a_transaction_of_another_order_is_doubled_and_the_one_that_is_owed_lost() -> None:
    books = whole()
    books["transactions"][0]["order_id"] = "another"
    assert figures(told(books)) == (10, 9, 1, 1)


def test_a_draft_left_over_is_a_note() -> None:
    books = whole()
    books["transactions"].append(transaction("sale", 500, order_id="000001", status="draft", transaction_id="left"))
    found = told(books)
    assert (figures(found), len(found.notes)) == ((10, 10, 0, 0), 1)
    assert "000001" in found.notes[0]


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"drawers": [{"days": []}]}, 2),
        ({"drawers": [{"days": [{"open_float": 1000, "expected": 0, "end_count": None}]}]}, 1),
        ({"drawers": [{"days": [{"open_float": 999.99, "expected": 0, "end_count": None}]}]}, 2),
        ({"counts": [one | {"status": "recorded"} for one in whole()["counts"]]}, 2),
        ({"counts": [one | {"counted": 0.01} for one in whole()["counts"]]}, 3),
    ],
)
def test_a_day_or_count_that_is_not_there_as_it_was_is_lost(change: dict[str, Any], lost: int) -> None:
    found = told(whole() | change)
    assert figures(found) == (10, 10 - lost, lost, 0)


def test_a_second_activation_is_doubled() -> None:
    books = whole()
    books["drawers"][0]["days"].insert(0, {"open_float": 1000, "expected": 1000, "end_count": None})
    assert figures(told(books)) == (10, 10, 0, 1)


def test_an_opening_that_nobody_told_of_is_lost_unless_it_may_be_left_out() -> None:
    assert figures(told(whole(), openings=7)) == (10, 10, 1, 0)
    found = told(whole(), openings=7, left_out=1)
    assert (figures(found), len(found.notes)) == ((10, 10, 0, 0), 1)


def test_an_opening_that_stands_twice_is_doubled_unless_an_answer_was_lost() -> None:
    books = whole()
    books["activities"].append(books["activities"][0])
    assert figures(told(books)) == (10, 10, 0, 1)
    found = told(books, repeated=1)
    assert (figures(found), len(found.notes)) == ((10, 10, 0, 0), 1)


def test_an_opening_that_never_was_is_doubled() -> None:
    assert figures(told(whole(), openings=5)) == (10, 10, 0, 1)


def test_the_day_is_good_only_when_the_cash_book_expects_the_same_and_nothing_is_lost() -> None:
    def result(told: Told, cash_of_book: int) -> Result:
        return Result(cash_in_drawer=5, cash_of_till=5, cash_of_register=5, cash_of_book=cash_of_book, told=told)

    delivered = Told(owed=1, delivered=1)
    assert result(delivered, 5).good
    assert result(delivered, 5).figures["delivered"] == 1
    assert not result(delivered, 6).good
    lost = result(Told(owed=1, lost=1, notes=["x"]), 5)
    assert not lost.good
    assert (lost.figures["lost"], lost.all_notes) == (1, ["x"])


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_taken_from_or_added_to_a_whole_day_is_counted(seed: int) -> None:
    """Of random days each transaction is dropped, doubled or left; the count is by what was done to it."""
    dice = random.Random(seed)
    made = [asked(serial, dice.randrange(-500, 500) or 1) for serial in range(1, 30)]
    wanted = owed(made, 100_000, COUNTS, {})
    books = whole()
    books["transactions"], books["activities"], dropped, doubled = [], [], 0, 0
    for one in made:
        times = dice.choice((0, 1, 1, 1, 2))
        dropped, doubled = dropped + (times == 0), doubled + (times == 2)
        row = transaction("sale", one.cash, order_id=one.number)
        books["transactions"] += [row | {"transaction_id": f"{one.number}-{n}"} for n in range(times)]
    found = compare(wanted, CashBook.of(books), 0)
    assert figures(found) == (33, 33 - dropped, dropped, doubled)
