"""After a sale's way: the lane that takes the records of one till to one book, in order, one request at a time.

The journal is the outbox and the cursor in it the only thing that moves. What the book refuses is set aside with
what depends on it, so that the rest goes on; what it cannot take now holds the whole lane. A lane that is ended at
any point, by whatever means, goes on from the ledger: an open request is then a lost answer.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from firmware_bridge.clock import TillClock
from firmware_bridge.gateway.book import Book, Later, Service
from firmware_bridge.gateway.courier import Courier
from firmware_bridge.gateway.desk import Desk
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.ledger import Ledger
from firmware_bridge.gateway.orders import Order, Orders
from firmware_bridge.gateway.patience import Patience, PatienceSettings
from firmware_bridge.gateway.planner import Planner
from firmware_bridge.gateway.status import BookStatus
from firmware_bridge.gateway.steps import Held, Steps
from firmware_bridge.gateway.store import BookStore
from firmware_bridge.gateway.turns import ROWS_AT_ONCE, Item, Turns
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.log_kinds import about
from statemachines.vocabulary.events import Event

log = logging.getLogger(__name__)

MOST_REFUSED = 1000
"""Records refused and set aside after which nothing new is sent: it is not the records that are wrong then."""


class Sender:
    """The lane of one book. `post` hears of what was set aside and of what is out of the way again, once durable.

    The service stays its owner's to close, after `run` has ended. `chance` draws the waits.
    """

    def __init__(
        self,
        book: Book,
        service: Service,
        store: BookStore,
        clock: TillClock,
        chance: random.Random,
        post: Callable[[Event], None],
        patience: PatienceSettings | None = None,
    ) -> None:
        self._name = book.name
        self._store = store
        self._clock = clock
        self._settings = patience or PatienceSettings()
        self._patience = Patience(self._settings, chance)
        self._ledger = Ledger(store, post)
        self._turns = Turns(store, self._ledger)
        planner = Planner(book, store, self._ledger)
        courier = Courier(book, service, self._ledger, clock, lambda: self._stopping)
        self._steps = Steps(book, self._ledger, self._turns, planner, courier, clock)
        self._desk = Desk(book, store, self._ledger, self._turns, planner)
        self._orders = Orders()
        self._bell = asyncio.Event()
        self._news = False
        self._running = False
        self._stopping = False
        self._busy = False
        self._stuck: Later | None = None
        self._held: Held | None = None
        self._retry_at = 0
        self._go_on = False

    # --- what the till asks ---

    def wake(self) -> None:
        """New records have arrived. Does not cut a pause short."""
        self._news = True
        if self._stuck is None:
            self._bell.set()

    def stop(self) -> None:
        """Let `run` end after the request under way. To end it at once, cancel it: nothing is lost by that."""
        self._stopping = True
        self._bell.set()

    def status(self) -> BookStatus:
        """How things stand."""
        states, stuck, held = self._ledger.states, self._stuck, self._held
        base = replace(
            self._steps.figures(),
            cursor=self._ledger.cursor,
            parked=states["refused"] + states["retry"],
            behind=states["behind"],
            unlearned=states["waits"],
        )
        if stuck is None:
            return replace(base, state="delivering" if self._busy else "idle")
        return replace(
            base,
            state="held" if stuck.person else "waiting",
            reason=stuck.reason,
            retry_at=self._retry_at,
            head=0 if held is None else held.item.seq,
        )

    async def lag(self) -> int:
        """How many transactions the book has not been told of. Raises JournalError."""
        return await self._store.transactions(await self._store.cursor())

    async def retry(self, seq: int | None, by: str) -> str:
        """Have record `seq` sent again (None: all that were refused), and a lane that waits or is held go on.

        Returns what was done in one sentence, as do `park` and `drop`. Raises GatewayMisuse, JournalError.
        """
        return await self._ordered(partial(self._retry, seq, by))

    async def park(self, by: str, seq: int | None = None) -> str:
        """Set aside the record at which the lane waits or is held. `seq`: which one that must be.

        Raises GatewayMisuse, JournalError.
        """
        return await self._ordered(partial(self._park, by, seq))

    async def drop(self, seq: int, by: str) -> str:
        """Give a record that was set aside up for good, with what belongs to it. Raises GatewayMisuse, JournalError."""
        return await self._ordered(partial(self._drop, seq, by))

    # --- orders ---

    async def _ordered(self, order: Order) -> str:
        if not self._running or self._stopping:
            raise GatewayMisuse(f"The till is not sending to {self._name}; nothing was changed.")
        self._bell.set()
        return await self._orders.give(order)

    async def _retry(self, seq: int | None, by: str) -> str:
        if seq is None:
            said = await self._desk.retry_all(stuck=self._stuck is not None)
        else:
            said = await self._desk.retry(seq, stuck=self._is_held_at(seq))
        self._release(f"{by} asked for it")
        return said

    async def _park(self, by: str, seq: int | None) -> str:
        held = self._held
        if held is None or held.call is None:
            raise GatewayMisuse(f"{self._name} is held at no record that can be set aside; nothing was changed.")
        if seq is not None and not self._is_held_at(seq):
            raise GatewayMisuse(f"{self._name} is held at record {held.item.seq}, not at {seq}; nothing was changed.")
        await self._steps.park(held.item, held.call, f"set aside by {by}: {held.later.reason}")
        self._free()
        return f"Record {held.item.seq} is set aside: {self._name} goes on without it until it is retried or dropped."

    async def _drop(self, seq: int, by: str) -> str:
        said = await self._desk.drop(seq, by)
        log.warning("%s: %s (%s)", self._name, said, by, extra=about("book-parked", vendor=self._name, client=by))
        held = self._held
        if held is not None and held.item.row is not None and await self._store.row(held.item.seq) is None:
            self._free()
        return said

    def _is_held_at(self, seq: int) -> bool:
        return self._held is not None and self._held.item.seq == seq

    def _release(self, why: str) -> None:
        """A pause ends at once."""
        if self._stuck is not None:
            log.info("%s is tried again: %s", self._name, why, extra=about("book-waits", vendor=self._name))
        self._patience.reset()
        self._go_on = True

    def _free(self) -> None:
        """Nothing holds the lane any more."""
        if self._stuck is not None:
            log.info("%s goes on", self._name, extra=about("book-resumed", vendor=self._name))
        self._stuck, self._held, self._retry_at = None, None, 0
        self._patience.reset()
        self._go_on = True

    # --- the lane ---

    async def run(self) -> None:
        """Serve until stopped or cancelled. Nothing that fails ends it."""
        self._running = True
        try:
            while not self._stopping:
                try:
                    await self._serve()
                except JournalError as error:
                    await self._recover(error, str(error))
                except Exception as error:
                    log.exception(
                        "unforeseen error in the lane of %s",
                        self._name,
                        extra=about("program-error", vendor=self._name),
                    )
                    await self._recover(error, f"unforeseen error in this program ({type(error).__name__})")
        finally:
            self._running = False
            self._orders.refuse(GatewayMisuse(f"The till has stopped sending to {self._name}; nothing was changed."))

    async def _recover(self, error: Exception, reason: str) -> None:
        """What was not written is forgotten; before all is read anew there is a pause, which an order ends."""
        self._orders.refuse(error)
        self._held = None
        await self._pause(Later(reason), obey=False)

    async def _serve(self) -> None:
        await self._ledger.load()
        self._turns.reload()
        while not self._stopping:
            await self._orders.carry_out()
            self._news = False
            item = await self._turns.next()
            if item is None:
                await self._idle()
            elif item.row is None and self._ledger.intent is None and self._ledger.states["refused"] >= MOST_REFUSED:
                await self._hold(Later(f"{MOST_REFUSED} records are set aside: see why, then retry them", person=True))
            else:
                await self._step(item)
        await self._ledger.flush()

    async def _step(self, item: Item) -> None:
        self._busy = True
        calls = self._steps.settled
        held = await self._steps.take(item)
        if held is not None:
            await self._hold(held.later, held)
        elif self._steps.settled > calls:
            self._free()
        if self._ledger.unwritten_rows >= ROWS_AT_ONCE:
            await self._ledger.flush()

    async def _hold(self, later: Later, held: Held | None = None) -> None:
        """Wait at a record, or at none in particular."""
        if self._stopping:
            return
        await self._ledger.flush()
        self._held = held
        await self._pause(later)

    async def _pause(self, later: Later, *, obey: bool = True) -> None:
        """Wait before the next attempt. Orders are carried out meanwhile, and may end it; or each ends it."""
        seconds = self._patience.wait(person=later.person)
        self._tell(later)
        self._stuck = later
        self._retry_at = self._clock.utc_ms() + round(seconds * 1000)
        self._go_on = False
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not self._stopping and not self._go_on and (left := until - loop.time()) > 0:
            await self._rest(left)
            if obey:
                await self._orders.carry_out()
            elif self._orders:
                break
        self._retry_at = 0

    def _tell(self, later: Later) -> None:
        if self._stuck != later:
            how = "is held until somebody sees to it" if later.person else "waits"
            where = "" if self._held is None else f" at record {self._held.item.seq}"
            log.warning(
                "%s %s%s: %s", self._name, how, where, later.reason, extra=about("book-waits", vendor=self._name)
            )

    async def _idle(self) -> None:
        """Nothing is left to do. What is nothing to the book is written only when no more follows at once."""
        if self._stuck is not None:
            self._free()
        if not self._ledger.written:
            if not self._ledger.settled and not self._news:
                await self._rest(self._settings.linger_s)
            if self._news or self._orders:
                return
            await self._ledger.flush()
        if not self._news:
            self._busy = False
            await self._rest(None)

    async def _rest(self, seconds: float | None) -> None:
        """Until there is news, an order or the end, at most so long."""
        self._bell.clear()
        if self._orders or self._stopping:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()
