"""All of a till's books together: what is committed arrives, what is owed is told, and nothing holds the till up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.gateway.book import Book, Service
from firmware_bridge.gateway.commands import Command, encode, inbox_path
from firmware_bridge.gateway.outbox import STOP_S, Outbox, Unusable
from firmware_bridge.journal.errors import JournalFailed
from firmware_bridge.journal.records import Entry
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import InlineExecutor, JournalThread
from firmware_bridge.uplink.inbox import CommandInbox
from firmware_bridge.vendors.http import Request
from statemachines.vocabulary.book_events import VendorParked
from statemachines.vocabulary.commands import Refusal
from statemachines.vocabulary.events import Event, Occurred
from tests.firmware_bridge.journal.samples import damage
from tests.firmware_bridge.uplink.samples import begin_journal
from tests.support.book_days import opened, sale
from tests.support.books import NAME, START_MS, Fault, Line, LoopClock, StubBook, Vendor, virtually

TILL = "UA-17"


class Sick(JournalThread):
    """A journal that cannot be asked about cash facts while it is ill."""

    ill = False

    async def count(self, names: Sequence[str], after: int = 0) -> int:
        if self.ill:
            raise JournalFailed("the disk says no")
        return await super().count(names, after)


@dataclass
class Shop:
    """A till's journal with its outbox, as the process has them. `posted`: what the till was told."""

    folder: Path
    line: Line = field(default_factory=lambda: Line(Vendor()))
    unusable: str = ""
    posted: list[Event] = field(default_factory=list)
    at: int = START_MS

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Shop]:
        path = self.folder / "journal.sqlite"
        opener = partial(Journal.open, path, till_id=TILL, clock=LoopClock().utc_ms, new_id=lambda: "journal")
        self.journal = Sick(opener, InlineExecutor())
        await self.journal.start()
        made: list[tuple[Book, Service] | Unusable] = [(StubBook(), self.line)]
        if self.unusable:
            made = [Unusable(NAME, self.unusable)]
        self.outbox = Outbox(
            TILL,
            self.journal,
            made,
            inbox_path(path),
            LoopClock(),
            random.Random(1),
            self.posted.append,
            executor=InlineExecutor(),
        )
        await self.outbox.start()
        try:
            yield self
        finally:
            await self.outbox.stop()
            await self.journal.close()

    async def commit(self, *events: Event) -> None:
        """As the till does: the batch, then whoever follows is told."""
        entries = []
        for event in events:
            self.at += 1
            subject = str(getattr(event, event.SUBJECT)) if event.SUBJECT else ""
            entries.append(Entry(subject, Occurred(self.at, self.at - START_MS, event)))
        records = await self.journal.append(entries)
        self.outbox.written(records[-1].seq)

    async def day(self, *sales: str) -> None:
        await self.commit(opened(), *[event for name in sales for event in sale(name)])

    async def book(self) -> dict[str, Any]:
        (found,) = await self.outbox.books()
        return found

    def asked(self, do: str, seq: int | None, by: str = "Ганна") -> None:
        """A command from outside."""
        command = Command(do, NAME, seq, by)  # type: ignore[arg-type]  # any order, also an unknown one
        CommandInbox(inbox_path(self.folder / "journal.sqlite")).post(TILL, f"{do}-{seq}", encode(command))

    def waiting(self) -> int:
        return len(CommandInbox(inbox_path(self.folder / "journal.sqlite")).receive(TILL, 0))


Act = Callable[[Shop], Awaitable[None]]


def trading(shop: Shop, act: Act) -> Shop:
    async def main() -> None:
        async with shop.open():
            await act(shop)

    virtually(main())
    return shop


def refusing(*names: str) -> Callable[[int, Request], Fault]:
    """The starts of these sales are refused, once each."""
    left = set(names)

    def fault(_: int, request: Request) -> Fault:
        found = {name for name in left if request.path == "/start" and f'"{name}"'.encode() in request.body}
        left.difference_update(found)
        return "refused" if found else ""

    return fault


# --- delivering ---


def test_what_the_till_commits_is_delivered_and_nothing_is_owed_then(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.day("s1", "s2")
        assert (await shop.book())["lags"] == 2
        await asyncio.sleep(10)
        assert await shop.outbox.books() == [
            {
                "book": NAME,
                "state": "idle",
                "reason": None,
                "retry_at": None,
                "behind": 0,
                "lags": 0,
                "parked": 0,
                "held_behind": 0,
                "last_delivered_at": (await shop.book())["last_delivered_at"],
            }
        ]
        assert (await shop.book())["last_delivered_at"].startswith("2023-11-14T22:13:2")
        assert await shop.outbox.lags() == []

    shop = trading(Shop(tmp_path), act)
    assert shop.line.vendor.finished_sales() == {"s1": 1, "s2": 1}
    assert shop.line.closed == 1


def test_the_next_start_goes_on(tmp_path: Path) -> None:
    async def first(shop: Shop) -> None:
        await shop.day("s1")

    async def second(shop: Shop) -> None:
        await asyncio.sleep(10)
        assert (await shop.book())["behind"] == 0

    line = Line(Vendor())
    trading(Shop(tmp_path, line), first)
    shop = trading(Shop(tmp_path, line), second)
    assert shop.line.vendor.finished_sales() == {"s1": 1}


def test_a_book_that_cannot_be_reached_lags_and_says_when_it_is_tried_again(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.day("s1", "s2", "s3")
        await asyncio.sleep(600)
        book = await shop.book()
        assert (book["state"], book["lags"], book["behind"]) == ("waiting", 3, 13)
        assert "could not be reached" in book["reason"]
        assert book["retry_at"] > "2023-11-14T22:2"
        assert await shop.outbox.lags() == [{"book": NAME, "lags": 3}]

    trading(Shop(tmp_path, Line(Vendor(), lambda _, __: "not sent")), act)


# --- what a person sees and does ---


def test_a_refused_sale_is_shown_with_its_reason_page_by_page_and_retried(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.day("s1", "s2")
        await asyncio.sleep(10)
        (book,) = await shop.outbox.outbox(0, 2)
        assert (book["parked"], book["held_behind"], book["lags"]) == (1, 3, 1)
        first, second = book["rows"]
        assert (first["seq"], first["kind"], first["state"]) == (2, "SaleCompleted", "refused")
        assert (first["place"], first["waits_for"]) == ("main/day-1/s1", None)
        assert "it cannot be read" in first["reason"]
        assert (second["state"], second["kind"]) == ("behind", "DrawerOpened")
        (rest,) = await shop.outbox.outbox(second["seq"], 50)
        assert [row["seq"] for row in rest["rows"]] == [4, 5]
        assert [event for event in shop.posted if isinstance(event, VendorParked)]
        said = await shop.outbox.order("retry", NAME, first["seq"], "Ганна")
        assert isinstance(said, str)
        assert "Record 2" in said
        await asyncio.sleep(10)
        assert (await shop.book())["parked"] == 0

    shop = trading(Shop(tmp_path, Line(Vendor(), refusing("s1"))), act)
    assert shop.line.vendor.finished_sales() == {"s1": 1, "s2": 1}


def test_an_order_from_outside_is_carried_out_within_seconds_and_let_go_of(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.day("s1")
        await asyncio.sleep(10)
        assert (await shop.book())["parked"] == 1
        shop.asked("retry", 2)
        await asyncio.sleep(5)
        assert (await shop.book())["parked"] == 0
        assert shop.waiting() == 0

    shop = trading(Shop(tmp_path, Line(Vendor(), refusing("s1"))), act)
    assert shop.line.vendor.finished_sales() == {"s1": 1}


def test_to_park_twice_parks_one_record(tmp_path: Path) -> None:
    broken = True

    def fault(_: int, request: Request) -> Fault:
        return "trouble" if broken and request.path == "/start" else ""

    async def act(shop: Shop) -> None:
        nonlocal broken
        await shop.day("s1", "s2")
        await asyncio.sleep(10)
        first = await shop.outbox.order("park", NAME, 2, "Ганна")
        assert isinstance(first, str)
        await asyncio.sleep(60)  # and now it waits at the second sale
        again = await shop.outbox.order("park", NAME, 2, "Ганна")
        assert isinstance(again, Refusal)
        assert (again.code, "nothing was changed" in again.text) == ("outbox-refused", True)
        broken = False
        await asyncio.sleep(600)
        assert (await shop.book())["parked"] == 1

    shop = trading(Shop(tmp_path, Line(Vendor(), fault)), act)
    assert shop.line.vendor.finished_sales() == {"s2": 1}


@pytest.mark.parametrize(
    ("what", "book", "seq", "code", "text"),
    [
        ("retry", "another", None, "unknown-book", "keeps no book another"),
        ("retry", NAME, 99, "outbox-refused", "Record 99 is not set aside"),
        ("drop", NAME, 1, "outbox-refused", "Record 1 is not set aside"),
        ("park", NAME, 1, "outbox-refused", "held at no record"),
        ("park", NAME, None, "outbox-refused", "not said which record"),
        ("drop", NAME, None, "outbox-refused", "not said which record"),
    ],
)
def test_what_is_not_possible_is_refused(
    tmp_path: Path, what: Any, book: str, seq: int | None, code: str, text: str
) -> None:
    async def act(shop: Shop) -> None:
        await shop.day("s1")
        await asyncio.sleep(10)
        said = await shop.outbox.order(what, book, seq, "Ганна")
        assert isinstance(said, Refusal)
        assert (said.code, text in said.text) == (code, True)

    trading(Shop(tmp_path), act)


# --- nothing keeps the till from selling ---


def test_a_book_that_cannot_be_used_is_held_says_why_and_still_counts_what_it_lacks(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.day("s1", "s2")
        await asyncio.sleep(10)
        book = await shop.book()
        assert (book["state"], book["reason"], book["lags"]) == ("held", "the secret cannot be read", 2)
        said = await shop.outbox.order("retry", NAME, None, "Ганна")
        assert isinstance(said, Refusal)
        assert "the secret cannot be read" in said.text
        assert await shop.journal.cursors() == {"uplink": 9}

    shop = trading(Shop(tmp_path, unusable="the secret cannot be read"), act)
    assert shop.line.sent == []


def test_a_journal_that_cannot_be_read_leaves_the_status_whole(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.day("s1")
        shop.journal.ill = True
        await asyncio.sleep(5)
        assert (await shop.book())["lags"] is None
        assert await shop.outbox.lags() == []
        shop.journal.ill = False
        assert (await shop.book())["lags"] == 0

    trading(Shop(tmp_path), act)


def test_a_journal_of_which_nothing_can_leave_any_more_holds_its_books_and_not_the_till(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.day("s1")
        await asyncio.sleep(10)
        book = await shop.book()
        assert (book["state"], book["behind"]) == ("held", 5)  # those of before the book are not owed
        assert "record 3" in book["reason"]

    path = tmp_path / "journal.sqlite"
    begin_journal(path, 2000)
    damage(path, "UPDATE records SET subject = 'another' WHERE seq = ?", 3)
    assert trading(Shop(tmp_path), act).line.sent == []


def test_a_silent_vendor_delays_the_end_by_seconds_only(tmp_path: Path) -> None:
    took = 0.0

    async def act(shop: Shop) -> None:
        nonlocal took
        shop.line.seconds = 3600.0
        await shop.day("s1")
        await asyncio.sleep(5)
        begun = asyncio.get_running_loop().time()
        await shop.outbox.stop()
        took = asyncio.get_running_loop().time() - begun

    trading(Shop(tmp_path), act)
    assert took == pytest.approx(STOP_S)


def test_to_stop_twice_does_no_harm_and_what_comes_later_does_none_either(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.outbox.stop()
        await shop.outbox.stop()
        await shop.day("s1")
        assert (await shop.book())["lags"] == 1
        said = await shop.outbox.order("retry", NAME, None, "Ганна")
        assert isinstance(said, Refusal)

    trading(Shop(tmp_path), act)
