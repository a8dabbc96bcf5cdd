"""One drawer's day by the journal and by NewStore: what agrees, what is on its way, what is named as a difference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.vendors.newstore.audit import findings
from statemachines.vocabulary.book_events import BooksCompared
from tests.firmware_bridge.vendors.newstore.audit_days import a_day, days_of, kinds, sums
from tests.firmware_bridge.vendors.newstore.audit_shop import Line, Shop
from tests.firmware_bridge.vendors.newstore.sandbox_till import DRAWER, Till


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "journal")


# --- a day that agrees ----------------------------------------------------------------------------------------------


def test_a_day_agrees_in_every_sum_to_the_cent(shop: Shop) -> None:
    a_day(shop)
    shop.close(shop.cash + 25)
    shop.deliver()
    found = shop.compared()
    assert (kinds(found), found.drafts, found.pending, found.agree) == ([], (), (), 7)
    assert sums(found) == {
        "float": (20_000, 20_000),
        "sales": (18_551, 18_551),
        "returns": (-1_500, -1_500),
        "moves in": (2_000, 2_000),
        "moves out": (-5_000, -5_000),
        "add_to_float": (2_000, 2_000),
        "cash_pull": (-5_000, -5_000),
        "no_sale": (0, 0),
        "expected cash": (34_051, 34_051),
        "variance of counts": (15, 15),
        "end-of-day count": (34_076, 34_076),
        "deposit": (17_076, 17_076),
    }
    assert found.event == BooksCompared("newstore", f"main/{shop.day}", 7, 0, ())


def test_a_day_that_arrives_after_midnight_agrees(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "journal", lag_s=30 * 3600)
    a_day(shop)
    shop.close()
    shop.deliver()
    found = shop.compared()
    assert (kinds(found), found.agree) == ([], 7)
    assert all(one["created_at"].startswith("2026-03-03") for one in shop.till.books()["transactions"])


def test_each_of_three_days_that_arrived_together_is_held_against_its_own(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "journal", lag_s=3_600)
    for money in (100, 0, 300):
        shop.open(10_000)
        if money:
            shop.sale(money)
        shop.close(shop.cash + money)
        shop.till.clock.advance(86_400)
    shop.deliver()
    assert shop.till.ok(f"GET {DRAWER}/reports")["pagination_info"]["total"] == 3
    found = [shop.compared(name) for name in days_of(shop)]
    assert [kinds(one) for one in found] == [[], [], []]
    assert [sums(one)["end-of-day count"] for one in found] == [(10_200, 10_200), (10_000, 10_000), (10_600, 10_600)]


@pytest.mark.parametrize(
    "options",
    [{"amount_balance": "amount_in"}, {"reported": ("draft", "completed", "canceled")}, {"reported": ("completed",)}],
)
def test_a_day_agrees_however_the_tenant_tells_it(options: dict[str, Any], tmp_path: Path) -> None:
    shop = Shop(tmp_path / "journal", Till(drafts_block=False, **options))
    a_day(shop)
    shop.close()
    shop.deliver()
    found = shop.compared()
    assert (kinds(found), found.agree, found.drafts) == ([], 7, ())


def test_a_day_with_more_rows_than_a_page_holds_agrees(shop: Shop) -> None:
    shop.open(0)
    for _ in range(230):
        shop.sale(1_000, order="same")
    shop.close()
    shop.deliver()
    line = Line(shop.till)
    found = shop.compared(line=line)
    assert (kinds(found), found.drafts, found.agree) == ([], (), 230)
    pages = [dict(one.query) for one in line.asked if one.path == "/reports/transactions"]
    assert [page["offset"] for page in pages] == ["0", "100", "200"] * 2
    assert {page["limit"] for page in pages} == {"100"}


# --- sentences ------------------------------------------------------------------------------------------------------


def test_a_difference_names_both_sides(shop: Shop) -> None:
    shop.open(20_000)
    one = shop.sale(13_950, 20_000, "A-1")
    shop.spoil[one.id] = {"body": {"amount": {"value": 13.95, "currency": "USD"}}}
    shop.close()
    shop.deliver()
    (finding,) = shop.compared().findings
    assert finding.text == "sale 000002 (order A-1): 139.50 at the till, 13.95 in NewStore"


@pytest.mark.parametrize(
    ("how", "kind", "said"),
    [
        ({"status": "canceled"}, "canceled", "sale 000002 (order A-1) over 5.00 is canceled in NewStore"),
        ({"skip": True}, "missing", "is not in NewStore: it was passed over or given up"),
        ({"unknown": "t-0"}, "missing", "is not in NewStore: it knows no transaction t-0"),
        ({"unfinished": True}, "unfinished", "is still a draft in NewStore"),
        ({"again": 1}, "doubled", "sale 000002 (order A-1) stands twice in NewStore: another sale of order A-1, "),
        ({"body": {"order_id": "B"}}, "order", "sale 000002 (order A-1) stands under the order 'B' in NewStore"),
    ],
)
def test_what_became_of_a_sale_is_said(how: dict[str, Any], kind: str, said: str, shop: Shop) -> None:
    shop.open(20_000)
    shop.spoil[shop.sale(500, 1_000, "A-1").id] = how
    shop.close()
    shop.deliver()
    (finding,) = shop.compared().findings
    assert finding.kind == kind
    assert said in finding.text


def test_a_draft_of_a_lost_answer_is_told_and_is_no_difference(shop: Shop) -> None:
    shop.open(20_000)
    shop.spoil[shop.sale(500, 1_000, "A-1").id] = {"drafts": 1}
    shop.close()
    shop.deliver()
    found = shop.compared()
    assert found.findings == ()
    (draft,) = found.drafts
    assert draft.startswith("a draft of sale 000002 (order A-1) over 5.00 that nobody finishes: sale of order A-1, ")
    assert (found.event.orphans, found.event.differences) == (1, ())


def test_a_stranger_is_named_with_all_that_is_known_of_it(shop: Shop) -> None:
    a_day(shop)
    shop.foreign(777, "X-1")
    shop.close()
    shop.deliver()
    (finding,) = shop.compared().findings
    assert finding.kind == "foreign"
    assert finding.text.startswith(
        "transaction over 7.77 in NewStore that is not ours: sale of order X-1, created 2026"
    )


def test_an_event_has_a_bounded_number_of_sentences(shop: Shop) -> None:
    shop.open(0)
    for _ in range(findings.MOST_TOLD + 3):
        shop.spoil[shop.sale(100).id] = {"status": "canceled"}
    shop.close()
    shop.deliver()
    told = shop.compared().event.differences
    assert len(told) == findings.MOST_TOLD + 1
    assert told[-1] == "and 3 more"


# --- what is on its way ---------------------------------------------------------------------------------------------


def test_what_is_behind_the_cursor_is_on_its_way_and_no_difference(shop: Shop) -> None:
    shop.open(20_000)
    shop.sale(500)
    shop.write()
    shop.deliver(upto=3)
    shop.sale(700)
    shop.close()
    shop.write()
    found = shop.compared()
    assert (found.findings, found.agree, found.transactions) == ((), 1, 1)
    assert found.pending == (
        "sale 000003 over 7.00 is not in NewStore: not delivered yet",
        "the count count-4 is not in NewStore: not delivered yet",
        "the deactivation is not in NewStore: not delivered yet",
    )


def test_a_parked_sale_is_told_with_its_record_and_why(shop: Shop) -> None:
    shop.open(20_000)
    shop.sale(500)
    start = 4
    one = shop.sale(700, order="A-9")
    shop.spoil[one.id] = {"skip": True}
    shop.park(start, "no such order")
    shop.deliver()
    found = shop.compared()
    assert found.findings == ()
    assert found.pending == (
        f"sale {one.number} (order A-9) over 7.00 is not in NewStore: parked at record {start} (no such order)",
    )


def test_a_finish_that_is_parked_is_on_its_way(shop: Shop) -> None:
    shop.open(20_000)
    one = shop.sale(500)
    shop.park(3, "conflict")
    shop.deliver()
    found = shop.compared()
    assert (found.findings, found.agree) == ((), 0)
    assert found.pending == (f"sale {one.number} over 5.00 is not finished in NewStore: parked at record 3 (conflict)",)


def test_a_sale_whose_drawer_stands_open_is_on_its_way(shop: Shop) -> None:
    shop.open(20_000)
    one = shop.sale(500, settle=False)
    shop.deliver()
    found = shop.compared()
    assert found.findings == ()
    assert found.pending == (
        f"sale {one.number} over 5.00 is a draft in NewStore: its money is not put away at the till yet",
    )


def test_a_deactivation_that_is_parked_is_on_its_way(shop: Shop) -> None:
    shop.open(20_000)
    shop.sale(500)
    shop.close()
    shop.park(7, "drafts are open")
    shop.deliver()
    found = shop.compared()
    assert (found.findings, found.agree, found.reported) == ((), 1, False)
    assert found.pending == ("the deactivation is not in NewStore: parked at record 7 (drafts are open)",)


def test_a_day_that_is_still_open_is_compared_as_far_as_it_goes(shop: Shop) -> None:
    a_day(shop)
    shop.foreign(777, "X-1")
    shop.foreign(101, shop.sold[-1].number, "draft")
    shop.deliver()
    found = shop.compared()
    assert (kinds(found), len(found.drafts)) == (["foreign"], 1)
    assert (found.agree, found.reported, found.pending) == (7, False, ())
    assert sums(found)["sales"][0] == 18_551
    assert sums(found)["deposit"] == (None, None)
