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
from pathlib import Path

from firmware_bridge import books
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UserError
from firmware_bridge.gateway.auditor import Comparer
from firmware_bridge.gateway.book import Book, Service
from firmware_bridge.gateway.commands import Command, Commands, FileWatch, LateInbox, inbox_path
from firmware_bridge.gateway.lanes import PATIENCE, STOP_S, Lane, Lanes, Unusable
from firmware_bridge.gateway.owed import Owed
from firmware_bridge.gateway.patience import PatienceSettings
from firmware_bridge.gateway.pump import JournalSource, Pump, PumpStatus
from firmware_bridge.gateway.store import ELSEWHERE, begin
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.uplink.inprocess import InProcessLink
from statemachines.vocabulary.events import Event

__all__ = ["STOP_S", "Made", "Outbox", "Unusable", "attach", "made_books"]

log = logging.getLogger(__name__)

Made = tuple[Book, Service] | Unusable


class Outbox(Owed):
    """All of it for one till, between `start` and `stop`. Implements `api.backend.Outbox`.

    `made`: its books, each with who carries its calls. `post` puts an event into the till's inbox. `inbox`: the file
    in which commands wait. Envelopes are packed and read, and the inbox is touched, on `executor` (None: a thread of
    its own); one that is passed in stays the caller's to shut down.
    """

    def __init__(
        self,
        till: str,
        journal: JournalThread,
        made: Sequence[Made],
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
        self._lanes = Lanes(journal, made, clock, chance, post, patience, compare)
        self._pump = Pump(till, link, JournalSource(till, journal), self._arrived, chance, executor=beside)
        self._commands = Commands(self._pump.receive, self.carry_out, FileWatch(inbox).stamp)
        self._tasks: set[asyncio.Task[None]] = set()

    # --- life -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to deliver; waits for nobody outside. Raises JournalError."""
        self._head = (await self._journal.head()).seq
        for name in self._lanes.usable:
            await begin(self._journal, name)
        self._lanes.start()
        self._tasks.add(asyncio.create_task(self._pump.run(), name="uplink"))
        self._tasks.add(asyncio.create_task(self._commands.run(), name="commands"))

    async def stop(self) -> None:
        """End it within some seconds, also while a vendor is silent; harmless twice. The journal stays open."""
        await self._lanes.stop()
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._pump.close()
        if self._own is not None:
            await asyncio.to_thread(self._own.shutdown)

    def written(self, seq: int) -> None:
        """The journal ends at record `seq` now; returns at once."""
        self._head = seq
        self._pump.wake()

    def _arrived(self, _: int) -> None:
        self._lanes.wake()

    # --- see Owed ---------------------------------------------------------------------------------------------------

    async def lanes(self) -> Sequence[Lane]:
        """See Owed."""
        return self._lanes.all

    def link_status(self) -> PumpStatus:
        """See Owed."""
        return self._pump.status()

    async def carry_out(self, command: Command) -> str:
        """See Owed."""
        return await self._lanes.carry_out(command)


def made_books(
    config: Config,
    clock: TillClock,
    *,
    version: str,
    on_secret: Callable[[str], None] = lambda _: None,
    wrap: Callable[[Book], Book] = lambda book: book,
) -> list[Made]:
    """Make the books of a till's configuration. One that cannot be used is kept, and says why."""
    made: list[Made] = []
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
    return made


def attach(
    config: Config,
    journal: JournalThread,
    clock: TillClock,
    post: Callable[[Event], None],
    *,
    version: str,
    on_secret: Callable[[str], None] = lambda _: None,
    wrap: Callable[[Book], Book] = lambda book: book,
    elsewhere: bool = False,
) -> Outbox:
    """Make the outbox of a till that delivers to its books itself, not started.

    `wrap` lets a simulation put something between a lane and its book. `elsewhere`: a gateway has delivered the
    records of this journal, and knows more of it than the till does: nothing is delivered from here.
    """
    made: list[Made] = [Unusable(name, ELSEWHERE) for name in books.names(config)] if elsewhere else []
    made = made or made_books(config, clock, version=version, on_secret=on_secret, wrap=wrap)
    inbox = inbox_path(config.journal.path)

    def compare(name: str, service: Service) -> Comparer:
        return books.comparer(name, config, service, journal, clock.utc_ms)

    return Outbox(config.till.id, journal, made, inbox, clock, random.SystemRandom(), post, compare=compare)
