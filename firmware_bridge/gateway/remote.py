"""Behind all sales of a till whose books are kept by a gateway: its records go up, what came of them comes down.

What the gateway's lanes find out is written beside the till's own journal, as if they were lanes of its own: whoever
asks what the books owe is answered from there, also while there is no network. Nothing here keeps a till from selling.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from firmware_bridge.clock import TillClock
from firmware_bridge.gateway.commands import Command, Commands, FileWatch, LateInbox, encode
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.going_over import both, go_over
from firmware_bridge.gateway.lanes import Lane
from firmware_bridge.gateway.owed import Owed
from firmware_bridge.gateway.patience import Patience, PatienceSettings
from firmware_bridge.gateway.pump import JournalSource, Pump, PumpStatus
from firmware_bridge.gateway.status import BookStatus, LaneState
from firmware_bridge.gateway.store import GATEWAY, JournalBookStore
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.records import Advance
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.log_kinds import about
from firmware_bridge.uplink import news as told
from firmware_bridge.uplink.inprocess import UPLINK
from firmware_bridge.uplink.limits import WireError
from firmware_bridge.uplink.link import Delivered, Link, LinkError, LinkMisuse
from firmware_bridge.uplink.news import News, NoNews
from firmware_bridge.uplink.over_http import MAX_WAIT_S, Down, Refused
from statemachines.vocabulary.commands import Refusal
from statemachines.vocabulary.events import Event

log = logging.getLogger(__name__)

PATIENCE = PatienceSettings(first_s=0.5, most_s=15.0)
"""Between attempts at the gateway: it is ours, and can be asked more often than a vendor."""
SOON_S = 1.0
"""The pause after an answer that holds nothing and came at once: somebody else asks for this till too."""
_STATES: dict[str, LaneState] = {"idle": "idle", "delivering": "delivering", "waiting": "waiting", "held": "held"}

Sleep = Callable[[float], Awaitable[None]]
Take = Callable[[Delivered], Awaitable[None]]


class GatewayLink(Link, Protocol):
    """A link to a gateway that keeps books (`HttpsLink`)."""

    async def down(self, after: int, news_after: int | None = None, wait_s: int = 0) -> Down:
        """See HttpsLink."""
        ...

    async def order(self, command: bytes) -> str:
        """See HttpsLink."""
        ...


async def let_go(given: Delivered) -> None:
    """Take a command that nobody here knows."""
    log.warning(
        "command %s was let go of: this release knows no such command; nothing was done",
        given.command_id,
        extra=about("command", command=given.command_id),
    )


class RemoteOutbox(Owed):
    """All of it for one till, between `start` and `stop`. Implements `api.backend.Outbox`.

    `link` makes a link to the gateway for a till whose books begin after a record. `inbox`: the file in which commands
    of this machine wait; they are carried out at the gateway. `take` carries out a command that came down: it is let go
    of when that returns, and comes again when it raises JournalError or the power goes before.
    """

    def __init__(
        self,
        till: str,
        journal: JournalThread,
        link: Callable[[int], GatewayLink],
        inbox: Path,
        clock: TillClock,
        chance: random.Random,
        post: Callable[[Event], None],
        take: Take = let_go,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._till = till
        self._journal = journal
        self._make = link
        self._clock = clock
        self._chance = chance
        self._post = post
        self._take = take
        self._sleep = sleep
        self._patience = Patience(PATIENCE, chance)
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="uplink")
        self._inbox = LateInbox(inbox)
        self._commands = Commands(self._local, self.carry_out, FileWatch(inbox).stamp, sleep=sleep)
        self._pump: Pump | None = None
        self._begin = 0
        self._stopped = ""
        self._states: dict[str, BookStatus] = {}
        self._lanes: dict[str, Lane] = {}
        self._after = 0
        self._news_after = 0
        self._complained = ""
        self._tasks: set[asyncio.Task[None]] = set()

    # --- life -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to take records up; waits for nobody outside. Raises JournalError."""
        self._head = (await self._journal.head()).seq
        self._begin, self._stopped = await go_over(self._journal)
        if self._stopped:
            log.error(
                "no records of till %s go to the gateway: %s",
                self._till,
                self._stopped,
                extra=about("link-down", till=self._till),
            )
            return
        source = JournalSource(self._till, self._journal)
        self._pump = Pump(
            self._till,
            self._make(self._begin),
            source,
            self._arrived,
            self._chance,
            executor=self._beside,
            patience=PATIENCE,
        )
        self._tasks.add(asyncio.create_task(self._pump.run(), name="uplink"))
        self._tasks.add(asyncio.create_task(self._listen(), name="downlink"))
        self._tasks.add(asyncio.create_task(self._commands.run(), name="commands"))

    async def stop(self) -> None:
        """End it at once; harmless twice. What was not answered is asked again at the next start."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._pump is not None:
            await self._pump.close()
        await asyncio.to_thread(self._beside.shutdown)

    def written(self, seq: int) -> None:
        """The journal ends at record `seq` now; returns at once."""
        self._head = seq
        if self._pump is not None:
            self._pump.wake()

    def _arrived(self, mark: int) -> None:
        task = asyncio.create_task(self._mark(mark), name="uplink-mark")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _mark(self, mark: int) -> None:
        """Write down what the gateway holds, for whoever looks into the journal from outside."""
        with suppress(JournalError):
            if (await self._journal.cursors()).get(UPLINK, 0) < mark:
                await self._journal.advance(UPLINK, mark)

    # --- what comes down --------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        """Hear the gateway until cancelled."""
        while True:
            link = self._make(self._begin)
            try:
                await link.open(self._till)
                await self._hear(link)
            except LinkMisuse as error:
                # another gateway's folder than the one that gave the numbers; what waits there is heard from its begin
                self._tell(str(error))
                self._after = self._news_after = 0
            except (LinkError, JournalError, WireError) as error:
                self._tell(str(error))
            except Exception:
                log.exception(
                    "unforeseen error while the gateway was listened to", extra=about("program-error", till=self._till)
                )
            finally:
                await link.close()
            await self._sleep(self._patience.wait())

    async def _hear(self, link: GatewayLink) -> None:
        loop = asyncio.get_running_loop()
        wait = 0  # the first answer comes at once: it tells how the lanes stand
        while True:
            asked = loop.time()
            down = await link.down(self._after, self._news_after, wait)
            self._complained = ""
            self._patience.reset()
            await self._heard(down)
            wait, first = MAX_WAIT_S, wait == 0
            if not first and not down.commands and not down.news and loop.time() - asked < SOON_S:
                await self._sleep(SOON_S)

    async def _heard(self, down: Down) -> None:
        self._states = {
            lane.book: BookStatus(
                lane.book,
                _STATES.get(lane.state, "waiting"),
                lane.reason,
                lane.retry_at,
                last_delivered_at=lane.last_delivered_at,
            )
            for lane in down.lanes
        }
        await self._learn(down.news)
        for command in down.commands:
            await self._take(command)
            self._after = command.number

    async def _learn(self, pieces: Sequence[News]) -> None:
        """Write what the lanes found out, neighbours of one book in one commit. Raises JournalError."""
        pending: Advance | None = None
        for piece in pieces:
            try:
                found = told.read(piece.body)
            except NoNews as error:
                log.warning(
                    "news %d of the gateway were passed over: %s",
                    piece.number,
                    error,
                    extra=about("link-down", till=self._till),
                )
                continue
            if isinstance(found, Advance) and (pending is None or pending.book == found.book):
                pending = found if pending is None else both(pending, found)
                continue
            await self._write(pending)
            pending = found if isinstance(found, Advance) else None
            if isinstance(found, Event):
                self._post(found)
        await self._write(pending)
        if pieces:
            self._news_after = pieces[-1].number

    async def _write(self, advance: Advance | None) -> None:
        if advance is None or advance.book in (UPLINK, GATEWAY):
            return
        seq = max(advance.seq, (await self._journal.cursors()).get(advance.book, 0))
        try:
            await self._journal.advance(
                advance.book, seq, advance.refs, advance.parked, advance.resolved, advance.intent
            )
        except ValueError as error:
            log.error(  # noqa: TRY400 - told, no bug
                "news of %s were passed over: %s",
                advance.book,
                error,
                extra=about("link-down", till=self._till, vendor=advance.book),
            )

    def _tell(self, text: str) -> None:
        if text != self._complained:
            log.warning("nothing is heard of the gateway for now: %s", text, extra=about("link-down", till=self._till))
        self._complained = text

    # --- see Owed ---------------------------------------------------------------------------------------------------

    async def lanes(self) -> Sequence[Lane]:
        """See Owed: the books that the gateway has told of."""
        known = {name for name in await self._journal.cursors() if name not in (UPLINK, GATEWAY)} | self._states.keys()
        for name in sorted(known - self._lanes.keys()):
            store = JournalBookStore(self._journal, name)
            self._lanes[name] = Lane(name, store, None, told=lambda name=name: self._state(name))  # type: ignore[misc]  # a default binds the name
        return [self._lanes[name] for name in sorted(self._lanes)]

    def _state(self, name: str) -> BookStatus:
        return self._states.get(name, BookStatus(name))

    def link_status(self) -> PumpStatus:
        """See Owed."""
        if self._pump is None:
            return PumpStatus("stopped", self._stopped or "the till is not started yet", 0)
        status = self._pump.status()
        # with nothing to send the pump does not notice that nobody is there; who listens does
        return (
            PumpStatus("waiting", self._complained, status.mark)
            if status.state == "up" and self._complained
            else status
        )

    async def order(self, what: str, book: str, seq: int | None, by: str) -> str | Refusal:
        """See Owed; what the gateway cannot be asked is refused."""
        try:
            return await super().order(what, book, seq, by)  # type: ignore[arg-type]  # the API has checked the word
        except LinkError as error:
            return Refusal("outbox-refused", str(error))

    async def carry_out(self, command: Command) -> str:
        """See Owed: the gateway does it."""
        if self._stopped:
            raise GatewayMisuse(f"No records go to the gateway: {self._stopped}; nothing was changed.")
        link = self._make(self._begin)
        try:
            await link.open(self._till)
            return await link.order(encode(command))
        except Refused as error:
            raise GatewayMisuse(str(error)) from error
        finally:
            await link.close()

    async def _local(self, after: int) -> list[Delivered]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._beside, self._inbox.receive, self._till, after)
