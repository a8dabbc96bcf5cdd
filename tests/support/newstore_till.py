"""A till's lane to NewStore with everything real but the till before it: journal file, sender, adapter, client, socket.

What goes wrong is scheduled by the number of the request: the sandbox is given a fault, or the till is killed before a
request leaves or after its answer came, and started again. A person sees to what was refused, as the sentences say:
cancels in NewStore what nobody finishes, and has it sent again. In the evening the sandbox's books are counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from firmware_bridge import config
from firmware_bridge.clock import SystemClock
from firmware_bridge.demo_book import CashBook, compare
from firmware_bridge.gateway.book import Book, Service
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.patience import PatienceSettings
from firmware_bridge.gateway.sender import Sender
from firmware_bridge.gateway.store import JournalBookStore
from firmware_bridge.journal.errors import JournalFailed
from firmware_bridge.journal.records import Intent
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.rehearsal import NewStore, write_config
from firmware_bridge.uplink.inprocess import UPLINK
from firmware_bridge.vendors.http import HttpTransport, Limits, Request, Response
from firmware_bridge.vendors.newstore.book import NewStoreBook
from firmware_bridge.vendors.newstore.build import parts
from firmware_bridge.vendors.newstore.client import NewStoreClient
from firmware_bridge.vendors.newstore.facts import Known
from firmware_bridge.vendors.newstore.sandbox.options import InitialDrawer, SandboxOptions
from firmware_bridge.vendors.newstore.sandbox.server import NewStoreSandbox
from firmware_bridge.vendors.newstore.service import NewStoreService
from firmware_bridge.vendors.newstore.tokens import ApiClient
from firmware_bridge.vendors.sandbox.clock import VirtualClock
from tests.support.newstore_day import BEGIN, CODES, Days
from tests.support.newstore_trouble import WHOLE, Breakage, Evening, Spared, Trouble

BOOK: Final = "newstore"
ANSWER_S: Final = 0.15
"""How long an answer is waited for; whoever is slower has lost it."""
QUICK: Final = PatienceSettings(first_s=0.002, most_s=0.008, person_s=30.0, linger_s=0.0)
PATIENCE_S: Final = 60.0
_MEMORY: Final = "/dev/shm"
_HELPS: Final = 40
_HOPELESS: Final = 6  # requests in vain, after which a person sees that waiting does not help
_PIECE: Final = 256


class Rig:
    """One till and one store. `fault` sets one of the sandbox's."""

    def __init__(self, folder: Path, sandbox: NewStoreSandbox, days: Days, trouble: Trouble, broken: Breakage) -> None:
        self.sandbox = sandbox
        self.days = days
        self.trouble = trouble
        self.broken = broken
        self.requests = 0
        self.lives = 0
        self.helped = 0
        broken.days(days)
        store = NewStore.of(sandbox.ready, folder, "drawer-1", CODES)
        rehearsal = write_config(folder, None, store)
        self.config = config.load(rehearsal.config)
        self.path = rehearsal.journal

    # --- the world --------------------------------------------------------------------------------------------------

    def fault(self, name: str, count: int | None = 1, **more: Any) -> None:
        self.at_the_vendor("POST", "/_fault", {"name": name, "count": count, **more})

    def at_the_vendor(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Without a socket, as whoever stands beside the server."""
        raw = b"" if body is None else json.dumps(body).encode()
        reply = self.sandbox.service.handle(method, path, {}, headers, raw)
        assert reply.status in (200, 204), (method, path, reply)
        return json.loads(reply.body) if reply.body else None

    def books(self) -> dict[str, Any]:
        found: dict[str, Any] = self.at_the_vendor("GET", "/_books")
        return found

    def tidy_up(self, ours: Mapping[str, str], *, drafts: bool) -> None:
        """A person cancels at NewStore the counts (and the `drafts`) that the till does not know."""
        self.at_the_vendor("DELETE", "/_fault")
        service, known = self.sandbox.service, set(ours.values())
        form = {"grant_type": "client_credentials", "client_id": service.client_id}
        raw = urlencode({**form, "client_secret": service.client_secret}).encode()
        token = json.loads(service.handle("POST", service.token_path, {}, {}, raw).body)["access_token"]
        books, bearer = self.books(), {"Authorization": f"Bearer {token}"}
        for one in books["transactions"] if drafts else ():
            if one["status"] == "draft" and one["transaction_id"] not in known:
                path = f"/cash_drawers/{one['cash_drawer_id']}/transactions/{one['transaction_id']}"
                self.at_the_vendor("PATCH", path, {"status": "canceled"}, **bearer)
        for one in books["counts"]:
            if one["status"] in ("started", "recorded") and one["count_id"] not in known:
                path = f"/cash_drawers/{one['cash_drawer_id']}/counts/{one['count_id']}/_cancel"
                self.at_the_vendor("POST", path, **bearer)

    def evening(self, spared: Spared) -> Evening:
        shown = self.books()
        books = CashBook.of(shown)
        told = compare(self.days.wanted, books, self.days.openings, left_out=spared.left_out, repeated=spared.repeated)
        return Evening(told, self.requests, shown["tokens_given"], self.lives, self.helped, len(books.drafts))

    # --- the till ---------------------------------------------------------------------------------------------------

    async def live_through(self) -> None:
        """Start the till as often as it is killed, until everything is told or nobody can help any more."""
        async with self._journal() as journal:
            await self._fill(journal)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            async with self._journal() as journal:
                self.lives += 1
                if await self._life(journal):
                    return
            self.broken.between_lives(self.path)
        raise TimeoutError(
            f"the day was not over after {PATIENCE_S:.0f} s: {self.requests} requests, {self.lives} lives"
        )

    async def _life(self, journal: JournalThread) -> bool:
        """Whether it came to its end, instead of being killed."""
        store, dead = MortalStore(journal, BOOK), asyncio.Event()
        book, service = self._lane(dead)
        sender = Sender(book, service, store, SystemClock(), random.Random(7), lambda _: None, QUICK)
        running = asyncio.create_task(sender.run())
        try:
            return await self._watch(sender, journal, dead)
        finally:
            store.dead = dead.is_set()
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            await service.close()

    async def _watch(self, sender: Sender, journal: JournalThread, dead: asyncio.Event) -> bool:
        head, went_on = (await journal.head()).seq, self.requests
        until = time.monotonic() + PATIENCE_S
        while not dead.is_set():
            await asyncio.sleep(0.001)
            if time.monotonic() > until:
                raise TimeoutError(f"the lane stands still: {sender.status()}")
            status = sender.status()
            told = status.state == "idle" and status.cursor == head and await self._written(journal, head)
            if told and not await journal.parked(BOOK):
                return True
            # a count that nobody finishes holds the lane; a person reads that in the status, too
            count_open = status.state in ("waiting", "held") and "it goes on when that count is over" in status.reason
            if not count_open:
                went_on = self.requests
            if told or status.state == "held" or self.requests > went_on + _HOPELESS:
                went_on = self.requests
                under_way, ours = await journal.intent(BOOK), await journal.refs(BOOK)
                counting = under_way is not None and under_way.operation == "perform_count"
                if counting or self.requests != went_on or sender.status() != status:
                    continue  # it goes on by itself, and what it has begun by now is not written yet
                if self.helped >= _HELPS:
                    return True
                self.helped += 1
                self.tidy_up(ours, drafts=told)
                # a count of the till's own that stands in the way of a sale sent again ends only when the sale waits
                stands_in_the_way = count_open and self._count_open()
                await self._ask(sender.park("manager") if stands_in_the_way else sender.retry(None, "manager"), dead)
        return False

    def _count_open(self) -> bool:
        return any(one["status"] in ("started", "recorded") for one in self.books()["counts"])

    async def _ask(self, order: Coroutine[Any, Any, str], dead: asyncio.Event) -> None:
        """A till that is killed meanwhile says nothing any more."""
        said, died = asyncio.create_task(order), asyncio.create_task(dead.wait())
        await asyncio.wait((said, died), return_when=asyncio.FIRST_COMPLETED)
        for one in (said, died):
            one.cancel()
            with contextlib.suppress(asyncio.CancelledError, GatewayMisuse):  # it may have gone on by itself
                await one

    async def _written(self, journal: JournalThread, head: int) -> bool:
        """Whether the lane has nothing more to send by itself, by what it has written."""
        if (await journal.cursors()).get(BOOK) != head or await journal.intent(BOOK) is not None:
            return False
        states = await journal.parked_states(BOOK)
        return not states.get("retry") and (bool(states.get("refused")) or not states)

    def _lane(self, dead: asyncio.Event) -> tuple[Book, Service]:
        """As `build` makes it, with a client of little patience."""
        made, secret = parts(self.config, SystemClock(), "1", lambda _: None), self.sandbox.service.client_secret
        address, ticks = urlsplit(self.sandbox.ready["token_url"]), time.monotonic
        known, limits = Known(), Limits(answer_s=ANSWER_S)
        ours = ApiClient(self.sandbox.service.client_id, secret)
        tokens = self.broken.tokens(
            HttpTransport(self.sandbox.base_url, ticks, limits), address.path, ours, ticks, "till"
        )
        client = NewStoreClient(HttpTransport(self.sandbox.base_url, ticks, limits), tokens, SystemClock(), "till")
        service = NewStoreService(client, made.calls, made.set_up, known)
        return self.broken.book(NewStoreBook(made.terms, known)), Watched(self.broken.service(service), self, dead)

    async def _fill(self, journal: JournalThread) -> None:
        entries = self.days.entries
        for begin in range(0, len(entries), _PIECE):
            await journal.append(entries[begin : begin + _PIECE])
        await journal.advance(UPLINK, len(entries))

    @contextlib.asynccontextmanager
    async def _journal(self) -> AsyncIterator[JournalThread]:
        ids = iter(("journal-1",))

        def opened() -> Journal:
            return Journal.open(self.path, till_id="1", clock=SystemClock().utc_ms, new_id=lambda: next(ids))

        journal = JournalThread(opened)
        await journal.start()
        try:
            yield journal
        finally:
            await journal.close()


class Watched:
    """Counts the requests of all lives, and lets happen what is scheduled for them."""

    def __init__(self, service: Service, rig: Rig, dead: asyncio.Event) -> None:
        self._service = service
        self._rig = rig
        self._dead = dead

    async def exchange(self, request: Request) -> Response:
        rig = self._rig
        rig.requests += 1
        number = rig.requests
        if number in rig.trouble.acts:
            rig.trouble.acts[number](rig)
        kill = rig.trouble.kills.get(number)
        if kill == "before":
            await self._die()
        answer = await self._service.exchange(request)
        if kill == "after":
            await self._die()
        return answer

    async def _die(self) -> None:
        """Nothing of this life goes on."""
        self._dead.set()
        await asyncio.Event().wait()

    async def close(self) -> None:
        await self._service.close()


class MortalStore(JournalBookStore):
    """Nothing is written any more once the till is dead."""

    dead = False

    async def advance(
        self,
        seq: int,
        refs: Mapping[str, str],
        parked: Any,
        resolved: Any,
        intent: Intent | None,
    ) -> None:
        if self.dead:
            raise JournalFailed("the till is dead")
        await super().advance(seq, refs, parked, resolved, intent)


async def _play(
    folder: Path, days: Days, trouble: Trouble, broken: Breakage, spared: Spared, options: Mapping[str, Any]
) -> Evening:
    clock = VirtualClock(datetime.fromtimestamp(BEGIN / 1000 + 60, UTC))
    drawers = (InitialDrawer("drawer-1", currency="UAH"),)
    sandbox = NewStoreSandbox(
        SandboxOptions(**{"drawers": drawers, **options}), clock=clock, entropy=random.Random(days.seed)
    )
    await sandbox.start()
    try:
        rig = Rig(folder, sandbox, days, trouble, broken)
        await rig.live_through()
        return rig.evening(spared)
    finally:
        await sandbox.close()


def play(
    days: Days,
    trouble: Trouble | None = None,
    broken: Breakage = WHOLE,
    spared: Spared | None = None,
    **options: Any,
) -> Evening:
    """Have a till tell NewStore of its `days`; `options` are the sandbox's."""
    # a killed process loses nothing that it has written: where there is memory for files, no disk is waited for
    memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with TemporaryDirectory(dir=memory) as folder:
        return asyncio.run(_play(Path(folder), days, trouble or Trouble(), broken, spared or Spared(), options))
