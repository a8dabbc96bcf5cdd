"""Where an ordered sale begins at the till: a command that came down becomes a sale like any other, once.

What decides is the journal: an order of which it holds a request or a refusal is over. Until then the order waits in a
file, for an open shift and a till that is ready, for a person where that is needed, and no longer than it may. A
refusal for good is journalled too (SaleRefused), so that whoever ordered hears of it the way of all records.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

from firmware_bridge.api.backend import OrdersDown, OrderWaits
from firmware_bridge.api.problems import ProblemError
from firmware_bridge.api.requests import Asked
from firmware_bridge.api.schema import ReturnBody, SaleBody
from firmware_bridge.clock import TillClock
from firmware_bridge.gateway.prints_command import NoOrder, OrderCommand, decode, is_order
from firmware_bridge.gateway.prints_held import HeldOrder, Orders, Said
from firmware_bridge.gateway.prints_ports import OrderJournal, OrderTill, Translating
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.log_kinds import about
from firmware_bridge.uplink.link import Delivered, LinkError
from firmware_bridge.validation import InvalidError, convert
from statemachines.vocabulary.commands import Sell
from statemachines.vocabulary.events import Occurred, SaleRefused, SaleRequested
from statemachines.vocabulary.receipt import Person

log = logging.getLogger(__name__)

T = TypeVar("T")
LOOK_S: Final = 5.0
"""How often an order that waits is tried again."""
PATIENCE_S: Final = 10.0
"""How long one may take before it is looked for in the journal."""
LASTING: Final = frozenset(
    {
        *("invalid", "id-reused", "nothing-to-fiscalise", "unknown-drawer", "unknown-original", "needs-reason"),
        *("other-means", "other-currency", "other-taxes", "not-sold", "not-a-return", "exchanged"),
        *("more-than-sold", "more-than-paid", "less-than-paid", "ambiguous-line"),
    }
)
"""Codes of refusals that would be the same tomorrow; with any other the order waits."""
ITS_OWN: Final = frozenset({"needs-manager", "not-enough-cash", "not-your-drawer"})
"""Codes of refusals for which only this order waits."""
TOO_OLD: Final = "The till has not begun the document in time: it may not be made any more"
UNREADABLE: Final = "The till cannot read the order: its release is older than the gateway's"


class OrderDesk:
    """The orders of one till, between `start` and `stop`; every method on the loop. Implements WaitingOrders.

    The file is touched on `executor` (None: the loop's own).
    """

    def __init__(
        self,
        file: Orders,
        journal: OrderJournal,
        till: OrderTill,
        translator: Translating,
        clock: TillClock,
        *,
        executor: Executor | None = None,
    ) -> None:
        self._file = file
        self._journal = journal
        self._till = till
        self._translator = translator
        self._clock = clock
        self._executor = executor
        self._bell = asyncio.Event()
        self._why: dict[str, str] = {}
        self._refused: set[str] = set()
        self._turn = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to try what waits."""
        self._running = asyncio.create_task(self.run(), name="orders")

    async def stop(self) -> None:
        """End it; harmless twice. What is under way is found in the journal at the next start."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    # --- what comes down --------------------------------------------------------------------------------------------

    async def take(self, given: Delivered) -> None:
        """Take a command: durable when this returns. Raises JournalError: have it come again."""
        try:
            order = decode(given.body)
        except NoOrder as error:
            if not is_order(given.body):
                log.warning(
                    "command %s was let go of: %s; nothing was done",
                    given.command_id,
                    error,
                    extra=about("command", command=given.command_id),
                )
                return
            name = given.command_id  # kept all the same: who ordered is told that it cannot be read
        else:
            name = order.id
        if await self._decided(name):
            return
        try:
            await self._beside(self._file.put, name, given.body)
        except LinkError as error:
            raise JournalError(str(error)) from error
        self._bell.set()

    async def run(self) -> None:
        """Try what waits, in order, again and again."""
        while True:
            self._bell.clear()
            try:
                await self.look()
            except (LinkError, JournalError) as error:
                log.warning("orders wait at the till: %s", error, extra=about("order-waits"))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._bell.wait()

    async def look(self) -> None:
        """Try each order once, in order: behind one for which the till is not ready none is made. Raises LinkError,
        JournalError."""
        ready = True
        for kept in await self._beside(self._file.all):
            if not ready and (kept.said is None or not kept.said.no):
                continue
            async with self._turn:
                held = await self._beside(self._file.one, kept.id)
                if held is not None:
                    ready = await self._tried(held) and ready

    async def _tried(self, held: HeldOrder) -> bool:
        """One order; an error of this program in it stands in no other's way."""
        try:
            return await self._one(held)
        except (LinkError, JournalError):
            raise
        except Exception as error:
            log.exception(
                "unforeseen error with order %s; it is tried again",
                held.id,
                extra=about("program-error", receipt=held.id),
            )
            self._wait(held.id, f"an error in this program ({type(error).__name__})")
            return True

    async def _one(self, held: HeldOrder) -> bool:
        """False: the till makes none now."""
        if await self._decided(held.id):
            await self._beside(self._file.drop, held.id)
            self._why.pop(held.id, None)
            self._refused.discard(held.id)
            return True
        if held.id in self._refused:
            return True  # its refusal is on the way into the journal
        try:
            order = decode(held.body)
        except NoOrder:
            self._refuse(held.id, UNREADABLE)
            return True
        if held.said is not None and held.said.no:
            self._refuse(held.id, f"{held.said.person.name}: {held.said.no}")
        elif await self._now() >= order.not_after:
            self._refuse(held.id, TOO_OLD)
        elif order.confirm and held.said is None:
            self._wait(held.id, self._why.get(held.id, "a person at the till has to say yes"))
        else:
            return await self._make(order, held)
        return True

    async def _make(self, order: OrderCommand, held: HeldOrder) -> bool:
        """False: the till makes none now."""
        try:
            command = await self._command(order, held.said)
        except ProblemError as no:
            self._refuse(order.id, no.problem.detail)
            return True
        except InvalidError as no:
            self._refuse(order.id, f"The order cannot be a {order.kind}: {no}")
            return True
        answer = await self._till.submit(command, hashlib.sha256(held.body).digest(), PATIENCE_S)
        if answer.outcome not in ("none", "conflict") or answer.refusal is None:
            self._bell.set()  # the journal has it: it is let go of in the next round
            return True
        code, text = answer.refusal.code, answer.refusal.text
        if code in LASTING:
            self._refuse(order.id, text)
            return True
        if code == "needs-manager" and held.said is not None:
            await self._beside(self._file.say, held.id, None)
        self._wait(order.id, text)
        return code in ITS_OWN

    async def _command(self, order: OrderCommand, said: Said | None) -> Sell:
        """Raises ProblemError, InvalidError."""
        named = str(order.body.get("cashier") or order.by or "order")[:64]
        actor = Person(order.by or "order", named, "cashier") if said is None else said.person
        approved = None if said is None else said.approved_by
        if order.approved:
            approved = Person(order.by, order.by, "manager")
        body = {**order.body, "id": order.id}
        if said is not None:
            body.pop("cashier", None)  # whoever has confirmed it stands at the till
        if order.kind == "sale":
            return self._translator.sell(Asked(convert(body, SaleBody), order.id, b"", PATIENCE_S, actor))
        if said is not None and said.original is not None:
            body["original"] = dict(said.original)
        asked = Asked(convert(body, ReturnBody), order.id, b"", PATIENCE_S, actor, approved)
        original = asked.body.original
        sold = await self._till.original(original.id) if original is not None and original.id else None
        return self._translator.take_back(asked, sold)

    # --- what a person does -----------------------------------------------------------------------------------------

    async def waiting(self) -> list[OrderWaits]:
        """See WaitingOrders."""
        try:
            kept = await self._beside(self._file.all)
        except LinkError as error:
            raise OrdersDown(str(error)) from error
        found = []
        for held in kept:
            with suppress(NoOrder):
                order = decode(held.body)
                asks = order.confirm and held.said is None
                why = self._why.get(held.id, "it has just come")
                found.append(OrderWaits(held.id, order.kind, order.by, asks, order.not_after, why, order.body))
        return found

    async def confirm(
        self,
        name: str,
        person: Person,
        original: Mapping[str, Any] | None = None,
        approved_by: Person | None = None,
    ) -> bool:
        """See WaitingOrders."""
        return await self._say(name, Said(person, original, approved_by=approved_by))

    async def refuse(self, name: str, person: Person, why: str) -> bool:
        """See WaitingOrders."""
        return await self._say(name, Said(person, no=why or "refused"))

    async def _say(self, name: str, said: Said) -> bool:
        """Raises OrdersDown."""
        try:
            async with self._turn:  # not while it is being made
                over = name in self._refused or await self._decided(name)
                known = not over and await self._beside(self._file.say, name, said)
        except (LinkError, JournalError) as error:
            raise OrdersDown(str(error)) from error
        self._bell.set()
        return known

    # --- the journal's word -----------------------------------------------------------------------------------------

    async def _decided(self, name: str) -> bool:
        """Whether the journal holds a request or a refusal of this document."""
        return any(
            isinstance(one.record, Occurred) and isinstance(one.record.event, SaleRequested | SaleRefused)
            for one in await self._journal.by_subject(name)
        )

    async def _now(self) -> int:
        """UTC ms, never before the journal's last record: a clock that was set back makes nothing young again."""
        head = await self._journal.head()
        last = await self._journal.read(head.seq - 1, 1) if head.seq else []
        return max(self._clock.utc_ms(), *(one.at for one in last), 0)

    def _refuse(self, name: str, why: str) -> None:
        log.warning("order %s is refused: %s", name, why, extra=about("order-refused", receipt=name))
        self._refused.add(name)
        self._till.post(SaleRefused(name, why))
        self._why[name] = why
        self._bell.set()

    def _wait(self, name: str, why: str) -> None:
        if self._why.get(name) != why:
            log.info("order %s waits: %s", name, why, extra=about("order-waits", receipt=name))
        self._why[name] = why

    async def _beside(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(work, *arguments))
