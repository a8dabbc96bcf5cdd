"""A day at the till as NewStore's sandbox has it in its books: every record told once, in order, to the cent."""

from __future__ import annotations

from dataclasses import replace

from firmware_bridge.gateway.book import Delivered, Later, Rejected
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.day_events import (
    CountCancelled,
    CountStarted,
    DrawerDayOpened,
)
from statemachines.vocabulary.events import (
    CashMoveSettled,
    DrawerCause,
    DrawerClosed,
    DrawerOpened,
)
from tests.firmware_bridge.vendors.newstore.adapter_day import (
    ENDED,
    OPENED,
    SALE,
    SETTLED,
    count,
    ended,
    lane,
    move,
    sale,
    tell,
)
from tests.firmware_bridge.vendors.newstore.adapter_records import ANNA
from tests.firmware_bridge.vendors.newstore.adapter_world import Lane, World


def test_whole_day_stands_in_the_vendors_books_to_the_cent() -> None:
    told = lane()
    opening = [
        NoSaleRecorded("o-1", "main", "day-1", "change", forced=True),
        DrawerOpened("main", DrawerCause("no_sale", "o-1"), "sensed", "day-1"),
        DrawerClosed("main", DrawerCause("no_sale", "o-1"), 900, "day-1"),
        CashMoveSettled("o-1", "drawer_closed", "main", "day-1"),
    ]
    tell(told, OPENED, *sale(1, 13950, 20000), *sale(2, -1000), *opening)
    tell(told, *move("m-1", "remove_petty_cash", "out", 505, "Buy snacks"), *move("m-2", "add_to_float", "in", 3000))
    tell(told, *count("c-0", "intra_day_balance", 35000, 35435, expected=35445))
    tell(told, *sale(3, 1), *count("c-1", "end_of_day_balance", 35446, expected=35446), ended(35446, 35446, "c-1"))
    books = told.world.till.books()
    assert [(one["kind"], one["order_id"], one["status"]) for one in books["transactions"]] == [
        ("sale", "000001", "completed"),
        ("sale", "000002", "completed"),
        ("no_sale", "", "completed"),
        ("remove_petty_cash", "", "completed"),
        ("add_to_float", "", "completed"),
        ("sale", "000003", "completed"),
    ]
    assert [(one["amount_in"], one["amount_out"]) for one in books["transactions"]] == [
        (200, 60.5), (0, 10), (0, 0), (0, 5.05), (30, 0), (0.01, 0),
    ]  # fmt: skip
    assert books["transactions"][3]["reason_code"] == "food"
    assert [(one["status"], one["counted"], one["expected"]) for one in books["counts"]] == [
        ("submitted", 354.35, 354.45),
        ("submitted", 354.46, 354.46),
    ]
    assert len(books["activities"]) == 8
    assert {one["correlation_id"] for one in books["activities"]} <= set(told.refs.values())
    (drawer,) = books["drawers"]
    assert drawer["status"] == "inactive"
    assert told.world.book.differences == 0


def test_amount_that_the_vendor_got_wrong_is_found_at_the_count() -> None:
    """The control of the cents: one transaction is written down wrong there."""
    told = lane()
    tell(told, OPENED)
    told.world.till.fault("wrong-amount", count=1, operation="start")
    tell(told, *sale(1, 13950, 20000), *count("c-1", "end_of_day_balance", 33950, expected=33950))
    assert told.world.book.differences == 2  # the expected cash and the discrepancy


def test_activities_keep_the_tills_own_time() -> None:
    told = lane()
    tell(told, OPENED, SALE)
    at = told.world.utc_ms() - 86_400_123
    assert isinstance(told.take(DrawerOpened("main", DrawerCause("sale", "s-1"), "sensed", "day-1"), at), Delivered)
    assert told.world.till.books()["activities"][0]["at"] == "2026-03-01T09:00:01.877Z"


def test_second_day_begins_after_the_first() -> None:
    told = lane()
    for day in ("day-1", "day-2"):
        tell(told, DrawerDayOpened("main", day, 10000), *sale(int(day[-1]), 500, day=day))
        tell(told, *count(f"c-{day}", "end_of_day_balance", 10500, expected=10500, day=day))
        tell(told, ended(10500, 10500, f"c-{day}", day))
    (drawer,) = told.world.till.books()["drawers"]
    assert [day["open_float"] for day in drawer["days"]] == [100, 100]


def test_activation_that_was_there_before_is_delivered() -> None:
    told = lane()
    tell(told, OPENED)
    assert told.take(OPENED) == Delivered(already=True)


def test_sale_of_an_inactive_drawer_is_held_for_a_person() -> None:
    verdict = lane().take(SALE)
    assert isinstance(verdict, Later)
    assert verdict.person
    assert "drawer main is not active there" in verdict.reason


def test_sale_waits_while_somebody_counts_in_the_vendors_app() -> None:
    told = lane()
    tell(told, OPENED)
    told.world.till.sign_in()
    made = told.world.till.ok("POST /cash_drawers/drawer-1/counts", {"reason": "intra_day_balance"})["count_id"]
    verdict = told.take(SALE)
    assert isinstance(verdict, Later)
    assert not verdict.person
    assert "it goes on when that count is over" in verdict.reason
    again = told.take(CountStarted("c-1", "main", "day-1", "intra_day_balance", by=ANNA, blind=False))
    assert isinstance(again, Later)
    assert again.person
    told.world.till.ok(f"POST /cash_drawers/drawer-1/counts/{made}/_cancel")
    assert isinstance(told.take(SALE), Delivered)


def test_finishing_twice_is_delivered_and_a_canceled_one_is_told() -> None:
    told = lane()
    tell(told, OPENED, SALE, SETTLED)
    assert told.take(SETTLED) == Delivered(already=True)
    tell(told, replace(SALE, document_id="s-2"))
    told.world.till.sign_in()
    told.world.till.finish(told.refs["s-2"], "canceled")
    verdict = told.take(replace(SETTLED, document_id="s-2"))
    assert isinstance(verdict, Rejected)
    assert "the books disagree" in verdict.reason


def test_order_that_the_tenant_does_not_know_is_parked_with_the_explanation() -> None:
    told = Lane(World(foreign_orders=False))
    tell(told, OPENED)
    verdict = told.take(SALE)
    assert isinstance(verdict, Rejected)
    assert "404 order_not_found" in verdict.reason
    assert "order_id in [book.newstore]" in verdict.reason


def test_type_that_is_not_allowed_is_parked_and_other_403_are_a_persons() -> None:
    types = {name: one for name, one in World().till.service.options.transaction_types.items() if name != "cash_pull"}
    told = Lane(World(transaction_types=types))
    tell(told, OPENED)
    verdict = told.take(move("m-1", "cash_pull", "out", 100)[0])
    assert isinstance(verdict, Rejected)
    assert "cash_pull is not allowed in its settings" in verdict.reason
    told.world.till.fault("forbidden", operation="start_non_sale")
    held = told.take(move("m-2", "add_to_float", "in", 100)[0])
    assert isinstance(held, Later)
    assert held.person


def test_day_with_an_open_draft_is_parked_with_the_vendors_words() -> None:
    told = lane()
    tell(told, OPENED, SALE, *count("c-1", "end_of_day_balance", 20000, expected=33950))
    verdict = told.take(ended(33950, 20000, "c-1"))
    assert isinstance(verdict, Rejected)
    assert "has transactions that are not finished" in verdict.reason
    tell(told, SETTLED, ended(33950, 20000, "c-1"))
    assert told.take(ended(33950, 20000, "c-1")) == Delivered(already=True)


def test_uncounted_day_is_held_until_it_was_closed_there() -> None:
    told = lane()
    tell(told, OPENED)
    held = told.take(replace(ENDED, count_id="", counted=None))
    assert isinstance(held, Rejected)
    assert "nobody counted" in held.reason
    told.world.till.sign_in()
    told.world.till.close_day(200)
    assert told.take(replace(ENDED, count_id="", counted=None)) == Delivered(already=True)


def test_day_whose_count_nobody_told_is_held_until_it_was_closed_there() -> None:
    told = lane()
    tell(told, OPENED)
    held = told.take(ENDED)
    assert isinstance(held, Rejected)
    assert "has no count c-1 of this till's" in held.reason


def test_cancelled_count_is_cancelled_there() -> None:
    told = lane()
    tell(told, OPENED, *count("c-1", "intra_day_balance", 1, expected=20000)[:-1])
    tell(told, CountCancelled("c-1", "main", ANNA, "phone", "day-1"))
    assert told.world.till.books()["counts"][0]["status"] == "cancelled"
    assert told.take(CountCancelled("c-1", "main", ANNA, "phone", "day-1")) == Delivered(already=True)
