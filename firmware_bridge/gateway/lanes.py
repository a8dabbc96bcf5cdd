"""Behind all sales of a till: for each of its books the lane that delivers to it, and what the books are owed.

The same in the till's own process and at a gateway: what differs is only whose journal the records are read from.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from firmware_bridge.clock import TillClock
from firmware_bridge.gateway.auditor import Auditor, Comparer
from firmware_bridge.gateway.book import Book, Service
from firmware_bridge.gateway.commands import Command
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.patience import PatienceSettings
from firmware_bridge.gateway.sender import Sender
from firmware_bridge.gateway.status import BookStatus
from firmware_bridge.gateway.store import JournalBookStore
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.log_kinds import about
from firmware_bridge.views import View, rfc3339
from statemachines.vocabulary.events import Event

log = logging.getLogger(__name__)

STOP_S = 2.0
"""How long a request that is under way may take when the till stops; cut short, it is found out about at the start."""
PATIENCE = PatienceSettings()


@dataclass(frozen=True, slots=True)
class Unusable:
    """A book that cannot be used as it is configured; `reason`: one sentence."""

    name: str
    reason: str


class Lane:
    """One book: its sender, or why it has none. `told`: how it stands where somebody else delivers to it."""

    def __init__(
        self,
        name: str,
        store: JournalBookStore,
        sender: Sender | None,
        reason: str = "",
        auditor: Auditor | None = None,
        told: Callable[[], BookStatus] | None = None,
    ) -> None:
        self.name = name
        self.store = store
        self.sender = sender
        self.auditor = auditor
        self.reason = reason
        self._told = told
        self._lag: tuple[tuple[int, ...], int] = ((), 0)

    async def status(self) -> BookStatus:
        """Where it stands; told also while the journal cannot be read, then without figures."""
        if self.sender is not None:
            return self.sender.status()
        held = BookStatus(self.name, "held", self.reason) if self._told is None else self._told()
        try:
            cursor, states = await self.store.cursor(), await self.store.states()
        except JournalError:
            return held
        parked = states.get("refused", 0) + states.get("retry", 0)
        behind, unlearned = states.get("behind", 0), states.get("waits", 0)
        return replace(held, cursor=cursor, parked=parked, behind=behind, unlearned=unlearned)

    async def lag(self, status: BookStatus, head: int) -> int | None:
        """How many transactions the book does not know yet; None while the journal cannot be read.

        The journal is asked only when something has changed: whoever shows the status asks often.
        """
        now = (head, status.cursor, status.parked, status.behind, status.unlearned)
        if self._lag[0] != now:
            try:
                self._lag = now, await self.store.transactions(status.cursor)
            except JournalError:
                return None
        return self._lag[1]

    async def view(self, status: BookStatus, head: int) -> View:
        """For the API. `head`: the journal's last record."""
        return {
            "book": status.book,
            "state": status.state,
            "reason": status.reason or None,
            "retry_at": rfc3339(status.retry_at) if status.retry_at else None,
            "behind": max(0, head - status.cursor),
            "lags": await self.lag(status, head),
            "parked": status.parked,
            "held_behind": status.behind,
            "last_delivered_at": rfc3339(status.last_delivered_at) if status.last_delivered_at else None,
        }

    async def rows(self, after: int, limit: int) -> list[View]:
        """What is set aside. Raises JournalError."""
        found = []
        for row in await self.store.rows(after, limit):
            record = await self.store.record(row.seq)
            found.append(
                {
                    "seq": row.seq,
                    "place": "/".join(row.place),
                    "state": row.state,
                    "waits_for": row.on or None,
                    "reason": row.reason,
                    "at": rfc3339(row.at),
                    "kind": record.name,
                }
            )
        return found


class Lanes:
    """The lanes of one till's books, between `start` and `stop`.

    `made`: its books, each with who carries its calls. `post` hears what the till has to be told.
    """

    def __init__(
        self,
        journal: JournalThread,
        made: Sequence[tuple[Book, Service] | Unusable],
        clock: TillClock,
        chance: random.Random,
        post: Callable[[Event], None],
        patience: PatienceSettings = PATIENCE,
        compare: Callable[[str, Service], Comparer] | None = None,
    ) -> None:
        self._lanes: dict[str, Lane] = {}
        self._services: list[Service] = []
        for one in made:
            if isinstance(one, Unusable):
                self._lanes[one.name] = Lane(one.name, JournalBookStore(journal, one.name), None, one.reason)
                continue
            book, service = one
            store = JournalBookStore(journal, book.name)
            sender = Sender(book, service, store, clock, chance, post, patience)
            auditor = None
            if compare is not None:
                auditor = Auditor(store, journal, partial(compare, book.name, service), sender.status, post)
            self._lanes[book.name] = Lane(book.name, store, sender, auditor=auditor)
            self._services.append(service)
        self._tasks: set[asyncio.Task[None]] = set()
        self._lane_tasks: set[asyncio.Task[None]] = set()

    @property
    def all(self) -> tuple[Lane, ...]:
        """Every book's."""
        return tuple(self._lanes.values())

    @property
    def usable(self) -> tuple[str, ...]:
        """The names of the books that can be delivered to."""
        return tuple(lane.name for lane in self._lanes.values() if lane.sender is not None)

    def start(self) -> None:
        """Begin to deliver; waits for nobody. Where a new book begins has been written by then."""
        for lane in self._lanes.values():
            if lane.sender is not None:
                self._lane_tasks.add(asyncio.create_task(lane.sender.run(), name=f"book-{lane.name}"))
                if lane.auditor is not None:
                    self._tasks.add(asyncio.create_task(lane.auditor.run(), name=f"audit-{lane.name}"))

    async def stop(self) -> None:
        """End it within some seconds, also while a vendor is silent; harmless twice. The journal stays open."""
        for lane in self._lanes.values():
            if lane.sender is not None:
                lane.sender.stop()
        if self._lane_tasks:
            await asyncio.wait(self._lane_tasks, timeout=STOP_S)
        tasks, self._tasks, self._lane_tasks = self._tasks | self._lane_tasks, set(), set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        services, self._services = self._services, []
        for service in services:
            await _let_go(service)

    def wake(self) -> None:
        """New records have arrived."""
        for lane in self._lanes.values():
            if lane.sender is not None:
                lane.sender.wake()

    async def carry_out(self, command: Command) -> str:
        """Have a lane seen to; returns what was done in one sentence. Raises GatewayMisuse, JournalError."""
        lane = self._lanes.get(command.book)
        if lane is None:
            raise GatewayMisuse(f"This till keeps no book {command.book}; nothing was changed.")
        if lane.sender is None:
            raise GatewayMisuse(f"{(await lane.status()).reason}; nothing was changed.")
        return await _told(lane.sender, command)


async def _told(sender: Sender, command: Command) -> str:
    if command.do == "retry":
        return await sender.retry(command.seq, command.by)
    if command.seq is None:
        raise GatewayMisuse(f"It was not said which record to {command.do}; nothing was changed.")
    if command.do == "drop":
        return await sender.drop(command.seq, command.by)
    return await sender.park(command.by, command.seq)


async def _let_go(service: Service) -> None:
    try:
        async with asyncio.timeout(STOP_S):
            await service.close()
    except TimeoutError:
        log.warning("a connection to a book did not end within %g s; it was left", STOP_S, extra=about("program-error"))
    except Exception:  # the till has still to be stopped
        log.exception("unforeseen error while the connection to a book was let go of", extra=about("program-error"))
