"""Behind all sales of a till: the pump, and for each book the lane that delivers to it; what they owe, and by whom.

Nothing here keeps a till from starting or from selling. A book whose account is wrong or that nobody can reach is a
state with a reason; what it has not been told yet lies in the journal.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from firmware_bridge import books
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UserError
from firmware_bridge.gateway.auditor import Auditor, Comparer
from firmware_bridge.gateway.book import Book, Service
from firmware_bridge.gateway.commands import Command, Commands, Do, FileWatch, LateInbox, inbox_path
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.patience import PatienceSettings
from firmware_bridge.gateway.pump import JournalSource, Pump
from firmware_bridge.gateway.sender import Sender
from firmware_bridge.gateway.status import BookStatus
from firmware_bridge.gateway.store import JournalBookStore, begin
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.uplink.inprocess import InProcessLink
from firmware_bridge.views import View, rfc3339
from statemachines.vocabulary.commands import Refusal
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


class _Lane:
    """One book: its sender, or why it has none."""

    def __init__(
        self,
        name: str,
        store: JournalBookStore,
        sender: Sender | None,
        reason: str = "",
        auditor: Auditor | None = None,
    ) -> None:
        self.name = name
        self.store = store
        self.sender = sender
        self.auditor = auditor
        self._reason = reason
        self._lag: tuple[tuple[int, ...], int] = ((), 0)

    async def status(self) -> BookStatus:
        """Where it stands; told also while the journal cannot be read, then without figures."""
        if self.sender is not None:
            return self.sender.status()
        held = BookStatus(self.name, "held", self._reason)
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


class Outbox:
    """All of it for one till, between `start` and `stop`. Implements `api.backend.Outbox`.

    `made`: its books, each with who carries its calls. `post` puts an event into the till's inbox. `inbox`: the file
    in which commands wait. Envelopes are packed and read, and the inbox is touched, on `executor` (None: a thread of
    its own); one that is passed in stays the caller's to shut down.
    """

    def __init__(
        self,
        till: str,
        journal: JournalThread,
        made: Sequence[tuple[Book, Service] | Unusable],
        inbox: Path,
        clock: TillClock,
        chance: random.Random,
        post: Callable[[Event], None],
        patience: PatienceSettings = PATIENCE,
        executor: Executor | None = None,
        compare: Callable[[str, Service], Comparer] | None = None,
    ) -> None:
        self._journal = journal
        self._own = None if executor else ThreadPoolExecutor(max_workers=1, thread_name_prefix="uplink")
        beside = executor or self._own
        link = InProcessLink(till, journal, LateInbox(inbox), beside)
        self._pump = Pump(till, link, JournalSource(till, journal), self._arrived, chance, executor=beside)
        self._commands = Commands(self._pump.receive, self._carry_out, FileWatch(inbox).stamp)
        self._lanes: list[_Lane] = []
        self._services: list[Service] = []
        for one in made:
            if isinstance(one, Unusable):
                self._lanes.append(_Lane(one.name, JournalBookStore(journal, one.name), None, one.reason))
                continue
            book, service = one
            store = JournalBookStore(journal, book.name)
            sender = Sender(book, service, store, clock, chance, post, patience)
            auditor = None
            if compare is not None:
                auditor = Auditor(store, journal, partial(compare, book.name, service), sender.status, post)
            self._lanes.append(_Lane(book.name, store, sender, auditor=auditor))
            self._services.append(service)
        self._tasks: set[asyncio.Task[None]] = set()
        self._lane_tasks: set[asyncio.Task[None]] = set()
        self._head = 0

    # --- life -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to deliver; waits for nobody outside. Raises JournalError."""
        self._head = (await self._journal.head()).seq
        for lane in self._lanes:
            if lane.sender is not None:
                await begin(self._journal, lane.name)
                self._lane_tasks.add(asyncio.create_task(lane.sender.run(), name=f"book-{lane.name}"))
                if lane.auditor is not None:
                    self._tasks.add(asyncio.create_task(lane.auditor.run(), name=f"audit-{lane.name}"))
        self._tasks.add(asyncio.create_task(self._pump.run(), name="uplink"))
        self._tasks.add(asyncio.create_task(self._commands.run(), name="commands"))

    async def stop(self) -> None:
        """End it within some seconds, also while a vendor is silent; harmless twice. The journal stays open."""
        for lane in self._lanes:
            if lane.sender is not None:
                lane.sender.stop()
        if self._lane_tasks:
            await asyncio.wait(self._lane_tasks, timeout=STOP_S)
        tasks, self._tasks, self._lane_tasks = self._tasks | self._lane_tasks, set(), set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._pump.close()
        services, self._services = self._services, []
        for service in services:
            await _let_go(service)
        if self._own is not None:
            await asyncio.to_thread(self._own.shutdown)

    def written(self, seq: int) -> None:
        """The journal ends at record `seq` now; returns at once."""
        self._head = seq
        self._pump.wake()

    def _arrived(self, _: int) -> None:
        for lane in self._lanes:
            if lane.sender is not None:
                lane.sender.wake()

    # --- what is owed -----------------------------------------------------------------------------------------------

    async def books(self) -> list[View]:
        """See api.backend.Outbox."""
        return [await self._view(lane) for lane in self._lanes]

    async def outbox(self, after: int, limit: int) -> list[View]:
        """See api.backend.Outbox. Raises JournalError."""
        return [{**await self._view(lane), "rows": await lane.rows(after, limit)} for lane in self._lanes]

    async def lags(self) -> list[View]:
        """See api.backend.Outbox."""
        found = [(lane.name, await lane.lag(await lane.status(), self._head)) for lane in self._lanes]
        return [{"book": name, "lags": lag} for name, lag in found if lag]

    async def _view(self, lane: _Lane) -> View:
        status = self._with_link(await lane.status())
        return {
            "book": status.book,
            "state": status.state,
            "reason": status.reason or None,
            "retry_at": rfc3339(status.retry_at) if status.retry_at else None,
            "behind": max(0, self._head - status.cursor),
            "lags": await lane.lag(status, self._head),
            "parked": status.parked,
            "held_behind": status.behind,
            "last_delivered_at": rfc3339(status.last_delivered_at) if status.last_delivered_at else None,
        }

    def _with_link(self, status: BookStatus) -> BookStatus:
        """A lane that has delivered all it was given is not at its end while nothing is given to it."""
        link = self._pump.status()
        if link.state == "up" or status.state != "idle":
            return status
        return replace(status, state="held" if link.state == "stopped" else "waiting", reason=link.reason)

    # --- what a person can do ---------------------------------------------------------------------------------------

    async def order(self, what: Do, book: str, seq: int | None, by: str) -> str | Refusal:
        """See api.backend.Outbox. Raises JournalError."""
        if all(lane.name != book for lane in self._lanes):
            return Refusal("unknown-book", f"This till keeps no book {book}: nothing happened", "book")
        try:
            return await self._carry_out(Command(what, book, seq, by))
        except GatewayMisuse as error:
            return Refusal("outbox-refused", str(error))

    async def _carry_out(self, command: Command) -> str:
        """Raises GatewayMisuse, JournalError."""
        lane = next((lane for lane in self._lanes if lane.name == command.book), None)
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
        log.warning("a connection to a book did not end within %g s; it was left", STOP_S)
    except Exception:  # the till has still to be stopped
        log.exception("unforeseen error while the connection to a book was let go of")


def attach(
    config: Config,
    journal: JournalThread,
    clock: TillClock,
    post: Callable[[Event], None],
    *,
    version: str,
    on_secret: Callable[[str], None] = lambda _: None,
    wrap: Callable[[Book], Book] = lambda book: book,
) -> Outbox:
    """Make the outbox of a till with books, not started. A book that cannot be used is kept, and says why.

    `wrap` lets a simulation put something between a lane and its book.
    """
    made: list[tuple[Book, Service] | Unusable] = []
    for name in books.names(config):
        try:
            book, service = books.make(name, config, clock, version=version, on_secret=on_secret)
            made.append((wrap(book), service))
        except UserError as error:
            log.error("nothing is delivered: %s", error.text, extra={"vendor": name})  # noqa: TRY400 - told, no bug
            made.append(Unusable(name, f"{error.text}; correct it and start the till again"))
        except Exception as error:
            log.exception("nothing is delivered", extra={"vendor": name})
            made.append(Unusable(name, f"an error in this program ({type(error).__name__}) keeps it from being used"))
    inbox = inbox_path(config.journal.path)

    def compare(name: str, service: Service) -> Comparer:
        return books.comparer(name, config, service, journal, clock.utc_ms)

    return Outbox(config.till.id, journal, made, inbox, clock, random.SystemRandom(), post, compare=compare)
