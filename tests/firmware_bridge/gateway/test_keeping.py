"""The gateway delivers a till's records as they arrive, from where the till's books begin, once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from firmware_bridge.clock import SystemClock
from firmware_bridge.gateway.auditor import Comparer
from firmware_bridge.gateway.book import Service
from firmware_bridge.gateway.commands import Command
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.keeping import Keeping
from firmware_bridge.gateway.outbox import Made, Unusable
from firmware_bridge.gateway.replica import Replica, ReplicaThread
from firmware_bridge.gateway.store import GATEWAY
from firmware_bridge.journal.records import Entry
from firmware_bridge.uplink.envelope import read
from firmware_bridge.uplink.source import stretch
from statemachines.vocabulary.day_events import DrawerDayOpened
from tests.firmware_bridge.journal.samples import moved, occurred, open_journal, ticking
from tests.firmware_bridge.uplink.samples import JOURNAL, TILL
from tests.support.books import NAME, Line, StubBook, Vendor

RECORDS = 30


class Gateway:
    """Keeping over one replica; what the books were asked to plan, in order."""

    def __init__(self, replica: ReplicaThread, books: Sequence[Made]) -> None:
        self.replica = replica
        self.keeping = Keeping(lambda _: books, lambda _, __: _nobody, SystemClock(), random.Random(1))

    async def arrive(self, journal: Path, upto: int) -> None:
        """Records come up the link, one by one."""
        head = (await self.replica.head()).seq
        for seq in range(head, upto):
            taken = await self.replica.take(read(next(stretch(journal, seq, 1).envelopes())), seq)
            await self.keeping.arrived(TILL, taken.new)

    async def cursor(self, upto: int) -> None:
        """Wait until the book is there."""
        async with asyncio.timeout(20):
            while (await self.replica.cursors()).get(NAME) != upto:
                await asyncio.sleep(0.005)


def _nobody(_: str, __: Service) -> Comparer:
    raise LookupError


@asynccontextmanager
async def kept(folder: Path, begin: int, *books: Made) -> AsyncIterator[Gateway]:
    opener = partial(Replica.open_for, folder / "replica.sqlite", TILL, JOURNAL, begin, ticking())
    replica = ReplicaThread(opener)
    await replica.start()
    found = Gateway(replica, books)
    await found.keeping.opened(TILL, replica)
    try:
        yield found
    finally:
        await found.keeping.stop()
        await replica.close()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A till's: cash moves, and a drawer's day that begins with record 21."""
    made = open_journal(tmp_path / "journal.sqlite", TILL, JOURNAL)
    made.append([moved(n) for n in range(20)])
    made.append([Entry("", occurred(DrawerDayOpened("main", "day-2", 0)))])
    made.append([moved(n) for n in range(20, 29)])
    made.close()
    return tmp_path / "journal.sqlite"


def test_a_book_begins_where_the_till_has_said_and_not_before_that_has_arrived(tmp_path: Path, journal: Path) -> None:
    async def run() -> list[int]:
        book = StubBook()
        async with kept(tmp_path, 12, (book, Line(Vendor()))) as found:
            await found.arrive(journal, 11)
            assert NAME not in await found.replica.cursors()
            await found.arrive(journal, RECORDS)
            await found.cursor(RECORDS)
        return sorted(book.planned.elements())

    assert asyncio.run(run()) == list(range(13, RECORDS + 1))


def test_after_a_restart_it_goes_on_and_tells_nothing_again(tmp_path: Path, journal: Path) -> None:
    async def run() -> list[int]:
        books = [StubBook(), StubBook()]
        for book, upto in zip(books, (15, RECORDS), strict=True):
            async with kept(tmp_path, 3, (book, Line(Vendor()))) as found:
                await found.arrive(journal, upto)
                await found.cursor(upto)
        return sorted(books[0].planned.elements()) + sorted(books[1].planned.elements())

    assert asyncio.run(run()) == list(range(4, RECORDS + 1))


def test_a_book_that_is_kept_later_begins_with_the_open_day(tmp_path: Path, journal: Path) -> None:
    async def run() -> list[int]:
        async with kept(tmp_path, 3) as found:
            await found.arrive(journal, 25)
            assert (await found.replica.cursors())[GATEWAY] == 3
        book = StubBook()
        async with kept(tmp_path, 3, (book, Line(Vendor()))) as found:
            await found.arrive(journal, RECORDS)
            await found.cursor(RECORDS)
        return sorted(book.planned.elements())

    assert asyncio.run(run()) == list(range(21, RECORDS + 1))


def test_a_book_that_cannot_be_used_says_so_and_keeps_nothing_from_arriving(tmp_path: Path, journal: Path) -> None:
    async def run() -> None:
        async with kept(tmp_path, 0, Unusable(NAME, "its secret is gone")) as found:
            await found.arrive(journal, RECORDS)
            (state,) = found.keeping.states(TILL)
            assert (state.book, state.state, state.reason) == (NAME, "held", "its secret is gone")
            with pytest.raises(GatewayMisuse, match="its secret is gone"):
                await found.keeping.order(TILL, Command("retry", NAME, None, "x"))
            with pytest.raises(GatewayMisuse, match="no books for till other"):
                await found.keeping.order("other", Command("retry", NAME, None, "x"))

    asyncio.run(run())
