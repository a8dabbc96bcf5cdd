"""Random days of a till whose process dies at any step and whose line fails in every way, and what must hold after.

Everything is drawn from one seed: the journal, the faults, the kills, what people do meanwhile. In the end the line
is well, a person sees to what was refused, and the vendor's books are counted.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.store import BookStore
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.http import Request
from statemachines.vocabulary.day_events import CountStarted, DrawerDayOpened
from statemachines.vocabulary.events import SaleCompleted
from tests.firmware_bridge.gateway.lanes import Lane, serving
from tests.support.book_days import trading
from tests.support.books import NAME, Fault, Killed, event_of

FAULTS: Final[list[Fault]] = [
    *("not sent", "lost before", "lost after", "refused", "trouble", "account", "garbled"),
    *("crash before", "crash after"),
]
Wrap = Callable[[BookStore], BookStore]


class Mortal:
    """A store in whose commits the process may die: before it, or after it."""

    def __init__(self, store: BookStore, dies: Callable[[], bool]) -> None:
        self._store = store
        self._dies = dies

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def advance(self, *given: Any) -> None:
        if self._dies():
            raise Killed
        await self._store.advance(*given)
        if self._dies():
            raise Killed


@dataclass
class Story:
    """One till's days. `wrap`: something wrong in between, for the controls."""

    path: Path
    seed: str
    wrap: Wrap = lambda store: store
    kills: int = 0
    retried: Counter[int] = field(default_factory=Counter)
    dropped: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.events = trading(self.chance, drawers=self.chance.randint(1, 2))
        self.bad = self.chance.choice([0.05, 0.15, 0.4])
        self.lane = Lane(self.path, seed=self.chance.randrange(2**32))

    def play(self) -> None:
        """All lives, and the evening. Raises AssertionError."""
        for _ in range(60):
            if not self.events:
                break
            self.lane.line.fault = self._fault
            self.lane.wrap = lambda store: cast("BookStore", Mortal(self.wrap(store), self._dies))
            self._live(self._day)
        self.lane.line.fault = lambda _, __: ""
        self.lane.wrap = self.wrap
        for _ in range(20):
            if self._live(self._evening):
                break
        else:
            raise AssertionError(f"it never comes to rest: {self.lane.sender.status()}")
        serving(self.lane, self._count)

    def _live(self, act: Callable[[Lane], Any]) -> bool:
        """One life; whether `act` said that all is done."""
        said: list[bool] = []

        async def life(lane: Lane) -> None:
            said.append(bool(await act(lane)))

        try:
            serving(self.lane, life)
        except Killed:
            return False
        return said == [True]

    def _fault(self, _: int, __: Request) -> Fault:
        return self.chance.choice(FAULTS) if self.chance.random() < self.bad else ""

    def _dies(self) -> bool:
        dies = self.chance.random() < self.bad / 8
        self.kills += dies
        return dies

    async def _day(self, lane: Lane) -> None:
        for _ in range(self.chance.randint(1, 8)):
            cut = self.chance.randint(1, 6)
            piece, self.events = self.events[:cut], self.events[cut:]
            if piece:
                await lane.write(*piece)
            await asyncio.sleep(self.chance.choice([0.01, 0.15, 2, 60, 4000]))
            if lane.task.done():
                return
            if self.chance.random() < 0.1:
                await self._see_to_it(lane)

    async def _see_to_it(self, lane: Lane) -> None:
        """A person, who looks into the book before anything is sent again that must not be sent twice."""
        for row in (await lane.rows()).values():
            if lane.task.done() or row.state != "refused":
                continue
            event = event_of(await self._record(lane, row.seq))
            hopeless = isinstance(event, SaleCompleted) and self.chance.random() < 0.2
            if hopeless or (isinstance(event, CountStarted) and event.count_id in lane.vendor.counts.values()):
                order = lane.sender.drop(row.seq, "ann")
                self.dropped.add(row.seq)
            else:
                order = lane.sender.retry(row.seq, "ann")
                self.retried[row.seq] += 1
            asked = asyncio.create_task(order)
            await asyncio.wait({asked, lane.task}, return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
            try:
                await asked
            except (GatewayMisuse, asyncio.CancelledError, Killed):
                continue

    async def _record(self, lane: Lane, seq: int) -> Record:
        return (await lane.journal.read(seq - 1, 1))[0]

    async def _evening(self, lane: Lane) -> bool:
        await lane.idle(hours=2)
        await self._see_to_it(lane)
        status = await lane.idle(hours=2)
        return not await lane.rows() and status.cursor == (await lane.journal.head()).seq

    async def _count(self, lane: Lane) -> None:
        """Hold the vendor's books against the journal."""
        records = await lane.journal.read(0, 10_000)
        sold = {
            event.document_id: record.seq
            for record in records
            if isinstance(event := event_of(record), SaleCompleted) and event.cash_due
        }
        counted = {event.count_id: r.seq for r in records if isinstance(event := event_of(r), CountStarted)}
        days = Counter(event.day_id for r in records if isinstance(event := event_of(r), DrawerDayOpened))
        finished = lane.vendor.finished_sales()
        assert finished == Counter({name: 1 for name, seq in sold.items() if seq not in self.dropped or finished[name]})
        assert lane.vendor.times("activate") == lane.vendor.times("deactivate") == days
        assert lane.vendor.times("perform") == Counter(dict.fromkeys(counted, 1))
        extra = {name: max(0, lane.vendor.times("start")[name] - 1) for name in sold}
        assert sum(extra.values()) <= sum(lane.line.lost[f"start {name}"] for name in sold) + self.kills
        for word, names, most in (("start", sold, 2), ("perform", counted, 1)):
            for name, seq in names.items():
                left = lane.line.perhaps[f"{word} {name}"]
                assert left <= most * (1 + self.retried[seq]), f"{name} was sent on without a person"
        submitted = {name for name, seq in counted.items() if seq not in self.dropped}
        assert set(lane.vendor.times("submit")) >= submitted
        assert await lane.journal.intent(NAME) is None
