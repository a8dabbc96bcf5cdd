"""A shop that Bitrix24 orders from: portal, gateway and till in one loop and one virtual time, without a socket.

The portal is the sandbox, the gateway's part and the till's are the real ones over real files; the till's printer
prints at once.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from drivers.errors import Unanswered
from drivers.printers.layout import Shop
from firmware_bridge.api.translate import Translator
from firmware_bridge.composer import ShopComposer
from firmware_bridge.config import Config
from firmware_bridge.core import TillCore
from firmware_bridge.gateway.inboxes import TillInboxes
from firmware_bridge.gateway.patience import Patience, PatienceSettings
from firmware_bridge.gateway.prints import Portal, Prints
from firmware_bridge.gateway.prints_held import OrderFile, orders_path
from firmware_bridge.gateway.prints_push import Pusher
from firmware_bridge.gateway.prints_store import PrintStore
from firmware_bridge.gateway.prints_till import OrderDesk
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.till import Till
from firmware_bridge.validation import convert
from firmware_bridge.vendors.bitrix24.client import Client, Webhook
from firmware_bridge.vendors.bitrix24.config import PortalConfig
from firmware_bridge.vendors.bitrix24.limits import Limiter
from firmware_bridge.vendors.bitrix24.sandbox.checks import Outgoing
from firmware_bridge.vendors.bitrix24.sandbox.options import SandboxOptions
from firmware_bridge.vendors.bitrix24.sandbox.service import Service
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.sandbox.clock import VirtualClock
from statemachines.drawer import DrawerSettings
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import OpenShift
from statemachines.vocabulary.effects import Effect, Kick, Print
from statemachines.vocabulary.events import (
    DrawerKicked,
    Event,
    Occurred,
    PrinterReady,
    ReceiptPrinted,
    SaleRequested,
)
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.receipt import Person

DOMAIN = "shop.bitrix24.test"
TILL = "till-1"
CASHIER = Person("7", "Коваль О.", "cashier")
MANAGER = Person("1", "Мельник І.", "manager")
CONFIG = {
    "till": {"id": TILL, "market": "UA", "zone": "Europe/Kyiv", "currency": "UAH", "language": "uk"},
    "shop": {"name": "Shop"},
    "taxes": {"vat20": {"letter": "А", "taxes": [{"name": "ПДВ", "rate": 2000}]}},
    "rounding": {"mode": "none"},
    "journal": {"path": "journal.sqlite"},
    "drawers": {"main": {}},
    "printer": {"port": "tcp:localhost:9100"},
}
REGISTER = {"name": "Kasse", "email": "a@b", "currency": "UAH", "vat": {"1": "vat20"}}


class Time:
    """Real seconds, plus what was skipped; the portal's clock goes along."""

    def __init__(self) -> None:
        self.portal = VirtualClock()
        self._ahead = 0.0
        self._begun = self.portal.now().timestamp()
        self._since = time.monotonic()

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def utc_ms(self) -> int:
        return round((self._begun + time.monotonic() - self._since + self._ahead) * 1000)

    def set_back(self, seconds: float) -> None:
        """Somebody sets the machine's clock; the portal's stays."""
        self._begun -= seconds

    def skip(self, seconds: float) -> None:
        self._ahead += seconds
        self.portal.advance(seconds)

    async def sleep(self, seconds: float) -> None:
        self.skip(seconds)


class Lane:
    """A printer with a drawer that does all at once; `papers`: documents by the number of their originals."""

    def __init__(self) -> None:
        self.papers: Counter[str] = Counter()
        self.post: Callable[[Event], None] = lambda _: None
        self._cuts = 0

    def start(self) -> None:
        self.post(PrinterReady(counters=Counters(self._cuts, 0)))

    def order(self, effect: Effect) -> None:
        if isinstance(effect, Kick):
            self.post(DrawerKicked(effect.drawer_id, effect.attempt))
        if isinstance(effect, Print):
            self._cuts += 1
            self.papers[effect.document_id] += 1
            self.post(ReceiptPrinted(effect.document_id, effect.job_id, "process_id", Counters(self._cuts, 0)))

    def close(self) -> None:
        pass


class Direct:
    """A transport straight into the portal."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.down = False

    async def exchange(self, request: Request) -> Response:
        if self.down:
            raise Unanswered("the portal is away")
        reply = self._service.handle(request.method, request.path, {}, request.headers, request.body)
        if reply.dropped:
            raise Unanswered("the portal did not answer")
        return Response(reply.status, {}, reply.body)

    def idle_s(self) -> float | None:
        return None

    async def close(self) -> None:
        pass


@dataclass
class Shop24:
    """The shop. `answers`: what the gateway has answered to each print request, in order."""

    folder: Path
    time: Time
    service: Service
    portal: Portal
    prints: Prints
    inboxes: TillInboxes
    pusher: Pusher
    line: Direct
    store: PrintStore
    lane: Lane = field(default_factory=Lane)
    answers: list[dict[str, Any]] = field(default_factory=list)
    till: Till | None = None
    desk: OrderDesk | None = None
    journal: JournalThread | None = None
    after: int = 0

    # --- the portal -------------------------------------------------------------------------------------------------

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        reply = self.service.handle(method, path, {}, {}, json.dumps(body or {}).encode())
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def checks(self) -> list[dict[str, Any]]:
        return list(self.control("/_books", method="GET")["checks"])

    async def order(self, kind: str = "sell", **more: Any) -> int:
        """A paid order; its print request is delivered."""
        items = [{"name": "Tea", "price": "10.50", "quantity": "2", "vat": 1}]
        number = self.control("/_order", {"type": kind, "items": items, **more})["check"]
        await self.deliver()
        return int(number)

    async def deliver(self) -> None:
        """Carry what the portal has to say to the gateway, and the answers back."""
        while self.service.outbox:
            out = self.service.outbox.popleft()
            said: dict[str, Any] = {}
            for _ in range(0 if out.unsent else out.times):
                said = await self.heard(out)
            self.service.answered(out, 200, json.dumps(said).encode())

    async def heard(self, out: Outgoing) -> dict[str, Any]:
        if out.what == "check":
            return await self.prints.asked(self.portal, out.content_type, out.body)
        self.answers.append(await self.prints.order(self.portal, out.content_type, out.body))
        return self.answers[-1]

    async def agent(self) -> None:
        self.control("/_agent")
        await self.deliver()

    # --- the till ---------------------------------------------------------------------------------------------------

    async def meet(self) -> None:
        """The till's link is up for a moment: commands come down, are tried, and records go up."""
        assert self.desk is not None
        assert self.journal is not None
        while found := self.inboxes.receive(TILL, self.after):
            for one in found:
                await self.desk.take(one)
                self.after = one.number
        await self.settle()
        await self.prints.reading.arrived(TILL, ())

    async def settle(self) -> None:
        """Try what waits until nothing of it moves any more."""
        assert self.desk is not None
        before = -1
        for _ in range(50):
            await self.desk.look()
            head = await self.head()
            if head == before:
                return
            before = head
        raise AssertionError("the orders do not come to rest")

    async def head(self) -> int:
        """The journal's last record, once the till has taken all that was posted."""
        assert self.journal is not None
        for _ in range(20):
            await asyncio.sleep(0)
        return (await self.journal.head()).seq

    async def open_shift(self) -> None:
        assert self.till is not None
        assert (await self.till.submit(OpenShift("shift-1", CASHIER, 100_000), b"\1" * 32, 5)).outcome == "done"

    async def requested(self) -> Counter[str]:
        """Documents by how often the journal holds their request."""
        assert self.journal is not None
        found: Counter[str] = Counter()
        after = 0
        while records := await self.journal.read(after, 500):
            after = records[-1].seq
            for one in records:
                if isinstance(one.record, Occurred) and isinstance(one.record.event, SaleRequested):
                    found[one.record.event.document_id] += 1
        return found

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """The till runs."""
        path = self.folder / "journal.sqlite"
        opener = partial(Journal.open, path, till_id=TILL, clock=self.time.utc_ms, new_id=lambda: "journal")
        self.journal = JournalThread(opener)
        await self.journal.start()
        settings = RuleSettings(drawers={"main": DrawerSettings(sensed=False)}, returns_without_original="manager")
        core = TillCore(settings, ShopComposer(Shop(("Shop",), zone="Europe/Kyiv"), 42, 2), self.time, "UAH")
        self.till = Till(core, self.journal, self.time, settings, path=path, till_id=TILL, boot_id="b", version="test")
        self.lane.post = self.till.post
        await self.till.start({"printer": self.lane, "main": self.lane})
        serving = asyncio.create_task(self.till.run())
        translator = Translator(convert(CONFIG, Config))
        self.desk = OrderDesk(OrderFile(orders_path(path)), self.journal, self.till, translator, self.time)
        await self.prints.reading.opened(TILL, self.journal)
        try:
            yield
        finally:
            await self.prints.reading.closing(TILL)
            self.till.stop()
            await serving
            await self.journal.close()


def run(story: Coroutine[Any, Any, None]) -> None:
    """Let a story happen."""
    asyncio.run(story)


def shop(
    folder: Path, *, store: Callable[[Path], PrintStore] = PrintStore, config: Any = None, **options: Any
) -> Shop24:
    """The portal with one cash register, and the gateway."""
    clock = Time()
    service = Service(SandboxOptions(**{"agent_s": 0, "burst": 10**6, **options}), clock.portal, random.Random(3))
    table: dict[str, Any] = {
        "domain": DOMAIN,
        "public_url": "https://gw",
        "secret": {"env": "S"},
        "webhook": {"env": "W"},
        "registers": {TILL: REGISTER},
        **(config or {}),
    }
    portal = Portal("shop", convert(table, PortalConfig), "secret-of-16-letters")
    kept, inboxes = store(folder / "prints.sqlite"), TillInboxes(folder / "inboxes.sqlite")
    line = Direct(service)
    webhook = Webhook(f"https://portal.example{service.webhook_path}")
    caller = Client(line, webhook, Limiter(clock.monotonic, clock.utc_ms, clock.sleep), clock.sleep)
    patience = Patience(PatienceSettings(), random.Random(1))
    pusher = Pusher(DOMAIN, caller, kept, clock, patience)
    prints = Prints([portal], kept, inboxes, clock)
    found = Shop24(folder, clock, service, portal, prints, inboxes, pusher, line, kept)
    settings = {"PRINT_URL": "https://gw/print", "CHECK_URL": "https://gw/check", "CONFIG": []}
    for method, body in (
        ("handler.add", {"CODE": "fb", "NAME": "x", "SETTINGS": settings, "SUPPORTS_FFD105": "Y"}),
        ("add", {"NAME": "x", "REST_CODE": "fb", "EMAIL": "a@b", "NUMBER_KKM": TILL, "ACTIVE": "Y"}),
    ):
        path = f"{service.webhook_path}sale.cashbox.{method}"
        said = service.handle("POST", path, {}, {"Content-Type": "application/json"}, json.dumps(body).encode())
        assert said.status == 200, said.body
    return found
