"""Ended days are compared by themselves, each once, whenever the process was started; a new book begins today."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from drivers.errors import NotSent
from firmware_bridge.gateway.auditor import AGAIN_S, LOOK_S, Auditor
from firmware_bridge.gateway.status import BookStatus
from firmware_bridge.gateway.store import JournalBookStore, begin
from firmware_bridge.journal.records import Entry, Parked
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import InlineExecutor, JournalThread
from firmware_bridge.uplink.inprocess import UPLINK
from statemachines.vocabulary.book_events import BooksCompared
from statemachines.vocabulary.day_events import DrawerDayClosed, DrawerDayOpened
from statemachines.vocabulary.events import Event, Occurred
from tests.support.books import LoopClock, virtually

BOOK = "cashbook"


def opened(day: str) -> DrawerDayOpened:
    return DrawerDayOpened("main", day, 10_000)


def ended(day: str) -> DrawerDayClosed:
    return DrawerDayClosed("main", day, 10_000, 10_000, f"{day}-count", f"{day}-end")


class Shop:
    """A journal with a book that has been told of everything in it, and a comparer that can be silent."""

    def __init__(self, journal: JournalThread) -> None:
        self.journal = journal
        self.store = JournalBookStore(journal, BOOK)
        self.asked: list[str] = []
        self.fails: list[Exception] = []
        self.posted: list[Event] = []
        self.cursor = 0
        self.state = "idle"

    async def happen(self, *events: Event) -> None:
        """These are committed and the book is told of them."""
        entries = [Entry("", Occurred(1_700_000_000_000, 0, event)) for event in events]
        self.cursor = (await self.journal.append(entries))[-1].seq
        for name in (UPLINK, BOOK):
            await self.journal.advance(name, self.cursor)

    async def compare(self, drawer_id: str, day_id: str) -> BooksCompared:
        self.asked.append(day_id)
        if self.fails:
            raise self.fails.pop(0)
        return BooksCompared(BOOK, f"{drawer_id}/{day_id}", 3, 0)

    def status(self) -> BookStatus:
        return BookStatus(BOOK, self.state, cursor=self.cursor)  # type: ignore[arg-type]  # a test's word

    def auditor(self) -> Auditor:
        return Auditor(self.store, self.journal, lambda: self, self.status, self.posted.append)


def trading(folder: Path, act: Callable[[Shop], object]) -> Shop:
    async def main() -> Shop:
        opener = partial(
            Journal.open, folder / "journal.sqlite", till_id="1", clock=LoopClock().utc_ms, new_id=lambda: "j"
        )
        journal = JournalThread(opener, InlineExecutor())
        await journal.start()
        shop = Shop(journal)
        try:
            await act(shop)  # type: ignore[misc]  # a coroutine function
        finally:
            await journal.close()
        return shop

    return virtually(main())


async def watched(shop: Shop, seconds: float) -> None:
    """The auditor runs so long."""
    task = asyncio.create_task(shop.auditor().run())
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_day_is_compared_once_after_the_book_was_told_of_its_end(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.happen(opened("d1"), ended("d1"), opened("d2"))
        await watched(shop, 10 * LOOK_S)

    shop = trading(tmp_path, act)
    assert shop.asked == ["d1"]
    assert shop.posted == [BooksCompared(BOOK, "main/d1", 3, 0)]


def test_a_restart_compares_what_was_not_compared_and_nothing_else(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.happen(opened("d1"), ended("d1"), BooksCompared(BOOK, "main/d1", 3, 0), opened("d2"), ended("d2"))
        await watched(shop, 10 * LOOK_S)

    assert trading(tmp_path, act).asked == ["d2"]


def test_two_ended_days_are_compared_oldest_first(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.happen(opened("d1"), ended("d1"), opened("d2"), ended("d2"))
        await watched(shop, 10 * LOOK_S)

    assert trading(tmp_path, act).asked == ["d1", "d2"]


def test_a_day_whose_end_is_set_aside_is_not_compared(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        await shop.happen(opened("d1"), ended("d1"))
        aside = Parked(BOOK, shop.cursor, ("main",), "refused", "", "no", 1)
        await shop.journal.advance(BOOK, shop.cursor, {}, [aside])
        await watched(shop, 10 * LOOK_S)

    assert trading(tmp_path, act).asked == []


@pytest.mark.parametrize("state", ["delivering", "waiting", "held"])
def test_nothing_is_asked_while_the_lane_has_work(tmp_path: Path, state: str) -> None:
    async def act(shop: Shop) -> None:
        shop.state = state
        await shop.happen(opened("d1"), ended("d1"))
        await watched(shop, 10 * LOOK_S)

    assert trading(tmp_path, act).asked == []


def test_a_book_that_does_not_tell_is_asked_again_later(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        shop.fails = [NotSent("no line"), NotSent("no line")]
        await shop.happen(opened("d1"), ended("d1"))
        await watched(shop, 2 * AGAIN_S)
        assert len(shop.asked) == 2
        await watched(shop, AGAIN_S)

    shop = trading(tmp_path, act)
    assert [type(event) for event in shop.posted] == [BooksCompared]


def test_a_day_that_is_not_ours_to_compare_is_asked_for_once(tmp_path: Path) -> None:
    async def act(shop: Shop) -> None:
        shop.fails = [LookupError("not in [book]")]
        await shop.happen(opened("d1"), ended("d1"))
        await watched(shop, 10 * LOOK_S)
        await shop.happen(opened("d2"))

    shop = trading(tmp_path, act)
    assert shop.asked == ["d1"]
    assert shop.posted == []


# --- where a new book begins ----------------------------------------------------------------------------------------


def begun_at(folder: Path, *events: Event) -> int:
    async def main() -> int:
        opener = partial(
            Journal.open, folder / "journal.sqlite", till_id="1", clock=LoopClock().utc_ms, new_id=lambda: "j"
        )
        journal = JournalThread(opener, InlineExecutor())
        await journal.start()
        try:
            if events:
                await journal.append([Entry("", Occurred(1, 0, event)) for event in events])
            await begin(journal, BOOK)
            first = (await journal.cursors())[BOOK]
            await journal.append([Entry("", Occurred(1, 0, opened("later")))])
            await begin(journal, BOOK)
            assert (await journal.cursors())[BOOK] == first
            return first
        finally:
            await journal.close()

    return virtually(main())


def test_a_book_of_an_empty_journal_begins_at_the_beginning(tmp_path: Path) -> None:
    assert begun_at(tmp_path) == 0


def test_a_new_book_begins_with_the_day_that_is_open(tmp_path: Path) -> None:
    assert begun_at(tmp_path, opened("d1"), ended("d1"), opened("d2"), BooksCompared(BOOK, "x", 0, 0)) == 2


def test_a_new_book_is_not_told_of_days_that_have_ended(tmp_path: Path) -> None:
    assert begun_at(tmp_path, opened("d1"), ended("d1"), BooksCompared(BOOK, "x", 0, 0)) == 3
