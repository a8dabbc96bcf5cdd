"""A drawer's day against NewStore's reports of it: what only they show, how a day is found, who asks for it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import DeviceError, Refused
from firmware_bridge.gateway.book import Service
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import InlineExecutor, JournalThread
from firmware_bridge.vendors.newstore.audit import reconcile, vendor_day
from firmware_bridge.vendors.newstore.audit.comparer import NewStoreComparer, UnknownDay
from firmware_bridge.vendors.newstore.audit.vendor_day import Row, Transaction
from firmware_bridge.vendors.newstore.desk import Desk
from statemachines.vocabulary.book_events import BooksCompared
from tests.firmware_bridge.vendors.newstore.audit_days import PlannedDay, a_day, days_of, kinds, sums
from tests.firmware_bridge.vendors.newstore.audit_shop import CALLS, OURS, THEIRS, Line, Shop
from tests.firmware_bridge.vendors.newstore.sandbox_till import Till


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "journal")


# --- the day itself -------------------------------------------------------------------------------------------------


def test_a_day_of_which_newstore_has_no_report_is_a_difference(shop: Shop) -> None:
    shop.open(20_000)
    shop.sale(500)
    shop.close()
    shop.deliver(upto=6)
    shop.deliver_nothing_more()
    (finding,) = shop.compared().findings
    assert (finding.kind, finding.text) == ("day", "the day is closed at the till, and NewStore has no report of it")


def test_a_sale_that_was_booked_in_the_next_day_is_named_in_both(shop: Shop) -> None:
    shop.open(20_000)
    shop.sale(500)
    late = shop.sale(700, order="L")
    calls = shop.take(late.id)
    shop.close()
    first = shop.day
    shop.deliver()
    shop.till.clock.advance(3_600)
    shop.open(20_000)
    shop.deliver()
    for call in calls:
        call()
    shop.close()
    shop.deliver()
    (finding,) = shop.compared(first).findings
    assert (finding.kind, finding.text.split(" (2026")[0]) == (
        "other_day",
        f"sale {late.number} (order L) of this day is booked in another day of NewStore",
    )
    (finding,) = shop.compared().findings
    assert finding.kind == "other_day"
    assert finding.text == f"sale {late.number} (order L) of another day, over 7.00, is booked in this day of NewStore"


def test_a_journal_that_disagrees_with_itself_is_said_so(shop: Shop) -> None:
    a_day(shop)
    shop.cash += 1
    shop.close()
    shop.deliver()
    found = shop.compared()
    assert "journal" in kinds(found)
    assert any("340.52 by the closing of the day, 340.51 by its cash facts" in one.text for one in found.findings)


def test_a_day_without_transactions_is_found_by_its_order(shop: Shop) -> None:
    for number, counted in enumerate((20_500, 19_000, 18_000)):
        shop.open(20_000)
        if not number:
            shop.sale(500)
        shop.close(counted)
    shop.till.clock.advance(86_400)
    shop.deliver()
    found = [shop.compared(day) for day in days_of(shop)]
    assert [kinds(one) for one in found] == [[], [], []]
    assert [sums(one)["end-of-day count"][1] for one in found] == [20_500, 19_000, 18_000]


def test_days_none_of_which_has_transactions_are_found_by_their_times(shop: Shop) -> None:
    for counted in (20_000, 19_000, 18_000):
        shop.open(20_000)
        shop.till.clock.advance(36_000)
        shop.close(counted)
        shop.deliver()
        shop.till.clock.advance(50_000)
    found = [shop.compared(day) for day in days_of(shop)]
    assert [kinds(one) for one in found] == [[], [], []]
    assert [sums(one)["end-of-day count"][1] for one in found] == [20_000, 19_000, 18_000]


# --- figures that only the vendor's report has ----------------------------------------------------------------------


def _off(field: str, by: float) -> Callable[[Any], None]:
    def change(said: Any) -> None:
        for report in said["reports"]:
            report[field]["value"] += by

    return change


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("net_sales", ["sales"]),
        ("net_returns", ["returns"]),
        ("net_non_sale_cash_in", ["moves_in"]),
        ("net_non_sale_cash_out", ["moves_out"]),
        ("variance_total", ["variance"]),
        ("deposit_total", ["deposit"]),
        ("open_float", ["float", "deposit"]),
    ],
)
def test_a_figure_of_the_report_that_nothing_explains_is_named(field: str, named: list[str], shop: Shop) -> None:
    a_day(shop)
    shop.close()
    shop.deliver()
    found = shop.compared(line=Line(shop.till, tamper={"/reports": _off(field, 0.5)}))
    assert kinds(found) == named


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("cash_drawer_id", "d-9", ["drawer"]),
        ("status", "pending", ["unfinished", "sales"]),
    ],
)
def test_a_transaction_that_is_another_thing_is_named(field: str, value: str, named: list[str], shop: Shop) -> None:
    shop.open(20_000)
    one = shop.sale(500)
    shop.close()
    shop.deliver()

    def change(said: Any) -> None:
        said[field] = value

    found = shop.compared(line=Line(shop.till, tamper={f"/transactions/{shop.refs[one.id]}": change}))
    assert kinds(found) == named


def test_a_row_that_the_store_report_lacks_is_named(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "journal", Till(drafts_block=False, reported=("draft",)))
    shop.open(20_000)
    one = shop.sale(500)
    shop.close()
    shop.deliver()
    (finding,) = shop.compared().findings
    assert finding.kind == "unlisted"
    assert shop.refs[one.id] in finding.text


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        ("/reports", _off("net_sales", 0.001), "more than 2 decimals"),
        ("/reports", lambda said: said["reports"][0].update(activation_timestamp="noon"), "'noon' is no time"),
        ("/reports/transactions", lambda said: said["transactionReport"][0].update(createdAt=""), "'' is no time"),
    ],
)
def test_books_that_cannot_be_read_are_refused(path: str, change: Callable[[Any], None], said: str, shop: Shop) -> None:
    a_day(shop)
    shop.close()
    shop.deliver()
    with pytest.raises(Refused, match=said):
        shop.compared(line=Line(shop.till, tamper={path: change}))


# --- as the gateway asks --------------------------------------------------------------------------------------------


async def _ask(shop: Shop, line: Service, drawer: str, day: str) -> BooksCompared:
    opener = partial(Journal.open, shop.path, till_id="t-1", clock=lambda: 0, new_id=lambda: "")
    journal = JournalThread(opener, InlineExecutor())
    await journal.start()
    try:
        return await NewStoreComparer(Desk(line), CALLS, journal, {OURS: THEIRS}, lambda: 0).compare(drawer, day)
    finally:
        await journal.close()


def test_the_tills_own_journal_is_compared(shop: Shop) -> None:
    a_day(shop)
    shop.close()
    shop.deliver()
    assert asyncio.run(_ask(shop, Line(shop.till), OURS, shop.day)) == BooksCompared(
        "newstore", f"main/{shop.day}", 7, 0
    )


@pytest.mark.parametrize(("drawer", "day"), [("second", "day-1"), (OURS, "day-99")])
def test_a_day_that_is_not_there_is_said_so(drawer: str, day: str, shop: Shop) -> None:
    shop.open(1)
    shop.deliver()
    with pytest.raises(UnknownDay, match="nothing was compared"):
        asyncio.run(_ask(shop, Line(shop.till), drawer, day))


@pytest.mark.parametrize("operation", ["get_transaction", "daily_reports", "store_report"])
@pytest.mark.parametrize("fault", ["lost-answer", "server-error", "maintenance", "forbidden"])
def test_a_vendor_that_does_not_tell_is_told_from_books_that_differ(fault: str, operation: str, shop: Shop) -> None:
    a_day(shop)
    shop.close()
    shop.deliver()
    shop.till.fault(fault, operation=operation, count=1)
    with pytest.raises(DeviceError):
        shop.compared()
    assert kinds(shop.compared()) == []


# --- controls -------------------------------------------------------------------------------------------------------


def _by_time(rows: Any, transactions: Any) -> tuple[list[Row], list[Transaction]]:
    """A matching that pairs what came first with what came first."""
    rows = sorted((row for row in rows if row.kind not in vendor_day.STEPS), key=lambda row: row.created_at)
    return rows[len(transactions) :], []


def test_a_comparison_that_matches_by_time_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "unmatched", _by_time)
    wrong = 0
    for seed in range(8):
        shop = Shop(tmp_path / f"{seed}")
        day = PlannedDay(random.Random(seed))
        day.spoil(0, drafts=1)
        day.happen(shop)
        shop.deliver()
        told = " ".join(shop.compared().drafts)
        wrong += any(f" {shop.sold[number].number or shop.sold[number].id} " not in told for number in day.facts)
    assert wrong


def test_a_comparison_that_takes_what_waits_for_missing_is_caught(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.open(20_000)
    shop.sale(500)
    shop.deliver(upto=1)
    assert kinds(shop.compared()) == []
    monkeypatch.setattr(
        "firmware_bridge.vendors.newstore.audit.comparer.compare",
        lambda day, told, *more: reconcile.compare(day, replace(told, cursor=10**9), *more),
    )
    assert kinds(shop.compared()) == ["missing"]
