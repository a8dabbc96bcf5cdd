"""A till's journal file and a lane on it that can be stopped, killed and begun again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

from firmware_bridge.gateway.patience import PatienceSettings
from firmware_bridge.gateway.sender import Sender
from firmware_bridge.gateway.status import BookStatus
from firmware_bridge.gateway.store import BookStore, JournalBookStore
from firmware_bridge.journal.records import Entry, Parked
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import InlineExecutor, JournalThread
from firmware_bridge.uplink.inprocess import UPLINK
from statemachines.vocabulary.events import Event, Occurred
from tests.support.books import NAME, START_MS, Line, LoopClock, StubBook, Vendor, virtually

Act = Callable[["Lane"], Awaitable[None]]


class Commits:
    """A store that counts what it is given. Implements BookStore."""

    def __init__(self, store: BookStore) -> None:
        self._store = store
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def advance(self, *given: Any) -> None:
        self.count += 1
        await self._store.advance(*given)


@dataclass
class Lane:
    """`posted`: what the till was told. `wrap` may put something between the lane and its store."""

    path: Path
    line: Line = field(default_factory=lambda: Line(Vendor()))
    book: StubBook = field(default_factory=StubBook)
    patience: PatienceSettings = field(default_factory=PatienceSettings)
    wrap: Callable[[BookStore], BookStore] = lambda store: store
    seed: int = 1
    posted: list[Event] = field(default_factory=list)
    at: int = START_MS
    arrives: bool = True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Lane]:
        """The process, from its start to its orderly end; a lane that was killed may be left."""
        opener = partial(
            Journal.open, self.path, till_id="1", clock=LoopClock().utc_ms, new_id=lambda: "journal", training=False
        )
        self.journal = JournalThread(opener, InlineExecutor())
        await self.journal.start()
        store = self.wrap(JournalBookStore(self.journal, NAME))
        self.commits = Commits(store)
        self.sender = Sender(
            self.book,
            self.line,
            cast("BookStore", self.commits),
            LoopClock(),
            random.Random(self.seed),
            self.posted.append,
            self.patience,
        )
        self.task = asyncio.create_task(self.sender.run())
        await asyncio.sleep(0)
        try:
            yield self
        finally:
            self.sender.stop()
            await asyncio.wait({self.task})
            await self.journal.close()
        if not self.task.cancelled() and (error := self.task.exception()) is not None:
            raise error

    async def write(self, *events: Event) -> int:
        """The till goes on; its records arrive at once. Returns the last one's number."""
        entries = []
        for event in events:
            self.at += 1
            subject = str(getattr(event, event.SUBJECT)) if event.SUBJECT else ""
            entries.append(Entry(subject, Occurred(self.at, self.at - START_MS, event)))
        head = (await self.journal.append(entries))[-1].seq
        if self.arrives:
            await self.journal.advance(UPLINK, head)
            self.sender.wake()
        return head

    async def idle(self, hours: float = 24) -> BookStatus:
        """Wait until the lane has nothing to do; at most so long."""
        for _ in range(round(hours * 360)):
            await asyncio.sleep(10)
            if self.sender.status().state == "idle":
                break
        return self.sender.status()

    async def rows(self) -> dict[int, Parked]:
        """What is set aside, by record."""
        return {row.seq: row for row in await self.journal.parked(NAME)}

    @property
    def vendor(self) -> Vendor:
        return self.line.vendor


def serving(lane: Lane, act: Act) -> Lane:
    """One life of the lane in virtual time."""

    async def main() -> None:
        async with lane.running():
            await act(lane)

    virtually(main())
    return lane
