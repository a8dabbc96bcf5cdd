"""The process: from a config to a running till, and back to nothing.

Everything is made here and handed down: clock, ids, port, driver, lanes, journal, core, till, API. Nothing below
looks anything up for itself, which is why a simulation can put another printer or clock in.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.printers.layout import Shop
from firmware_bridge import books, fiscalisers, register_copies, wiring
from firmware_bridge.api.backend import NoBooks
from firmware_bridge.api.server import serve
from firmware_bridge.clock import SystemClock, TillClock
from firmware_bridge.composer import Pictures, ShopComposer, columns_of
from firmware_bridge.config import Config
from firmware_bridge.config_check import token_digests
from firmware_bridge.core import TillCore
from firmware_bridge.devices_known import KnownDevices
from firmware_bridge.entrance import Entrance, guards
from firmware_bridge.errors import UserError
from firmware_bridge.fiscal_lane import FiscalLane
from firmware_bridge.fiscal_time import FiscalTime, Memory, boot_id
from firmware_bridge.instruments import Instruments
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.lanes import Lane, PortLane
from firmware_bridge.log_kinds import about
from firmware_bridge.logs import Redactor
from firmware_bridge.metrics.books import standing
from firmware_bridge.metrics.process import Process
from firmware_bridge.metrics.routes import MetricsRoutes
from firmware_bridge.opening_hours import OpeningHours
from firmware_bridge.progress import QUIET, Progress
from firmware_bridge.release import version
from firmware_bridge.schedule import Schedule
from firmware_bridge.till import Till
from firmware_bridge.vendors import http_ring
from firmware_bridge.vendors.base import Copier, Fiscaliser
from firmware_bridge.wire_dumps import WireDumps
from firmware_bridge.wiring import PrinterWrap, RegisterWrap
from statemachines.settings import RuleSettings

if TYPE_CHECKING:
    from firmware_bridge.gateway.book import Book
    from firmware_bridge.gateway.outbox import Outbox
    from firmware_bridge.gateway.prints_till import OrderDesk
    from firmware_bridge.gateway.remote import RemoteOutbox

log = logging.getLogger(__name__)

BookWrap = Callable[["Book"], "Book"]
FiscaliserWrap = Callable[[Fiscaliser], Fiscaliser]


def rule_settings(config: Config) -> RuleSettings:
    """The shop's choices as the rules know them."""
    rules, printer = config.rules, config.printer
    cash_book = books.openings(config)
    return RuleSettings(
        traits=fiscalisers.traits(config),
        drawers=wiring.drawer_settings(config),
        kick_at=rules.kick_at,
        unprinted_sale=printer.unprinted_sale if printer is not None else "refuse",
        after_power_loss=printer.after_power_loss if printer is not None else "copy",
        settle_after_ms=rules.settle_after_s * 1000,
        exponent=config.exponent,
        drawer_day=rules.drawer_day,
        count_at_close=rules.count_at_close,
        blind_counts=rules.blind_counts,
        float_policy=rules.float_policy,
        shift_limit_ms=rules.shift_limit_h * 3_600_000,
        shift_warn_ms=rules.shift_warn_min * 60_000,
        shift_stop_ms=rules.shift_stop_min * 60_000,
        reasons=config.cash.reasons,
        returns_without_original=rules.returns_without_original,
        max_copies=rules.max_copies,
        record_commanded=cash_book is not None and cash_book.commanded_open == "no_sale",
        record_forced=cash_book is not None and cash_book.forced_open == "no_sale",
        offline=fiscalisers.offline(config),
    )


def composer(config: Config, pictures: Pictures | None = None) -> ShopComposer:
    """The shop's particulars and the printer's width, for the layout; `pictures`: of receipts that others lay out."""
    till, shop = config.till, config.shop
    particulars = Shop((shop.name,), shop.unit, shop.address, shop.tax_label, shop.tax_number, till.id, till.zone)
    width = columns_of(config)
    drawn = (pictures or Pictures()).of
    return ShopComposer(particulars, width, config.exponent, training=till.training, pictures=drawn)


class App:
    """One till from start to stop. `wrap_printer` and `wrap_register` let a simulation put something between till and
    driver, `wrap_book` and `wrap_fiscaliser` between a lane and its adapter. `memory`: the file of the till's own
    devices (None: beside its journal).
    """

    def __init__(
        self,
        config: Config,
        clock: TillClock | None = None,
        wrap_printer: PrinterWrap | None = None,
        on_secret: Callable[[str], None] = lambda _: None,
        wrap_book: BookWrap | None = None,
        memory: Path | None = None,
        wrap_register: RegisterWrap | None = None,
        wrap_fiscaliser: FiscaliserWrap | None = None,
        progress: Progress = QUIET,
    ) -> None:
        self._config = config
        self._progress = progress
        self._redactor = Redactor()
        self._entrance = Entrance()
        self._on_secret = partial(_both, self._entrance.hearing(on_secret), self._redactor.add)
        self._instruments = Instruments()
        self._process = Process(self._instruments)
        self._clock = clock or SystemClock()
        self._wrap = wrap_printer or (lambda printer: printer)
        self._wrap_book = wrap_book or (lambda book: book)
        self._memory = memory
        self._wrap_register = wrap_register or (lambda register: register)
        self._wrap_fiscaliser = wrap_fiscaliser or (lambda fiscaliser: fiscaliser)
        self._outbox: Outbox | RemoteOutbox | None = None
        self._orders: OrderDesk | None = None
        self._pictures = Pictures()
        self._time: FiscalTime
        self.till: Till
        self.address = ""

    async def run(self, stopping: asyncio.Event, ready: Callable[[str], None] = lambda _: None) -> None:
        """Serve until `stopping` is set. Raises UserError with one sentence when it cannot start."""
        async with AsyncExitStack() as stack:
            await self._start(stack)
            serving = asyncio.create_task(self.till.run(), name="till")
            ready(self.address)
            stopped = asyncio.create_task(stopping.wait(), name="stop")
            hours = self._hours()
            keeping = {asyncio.create_task(self._process.lateness.run(), name="lateness of the loop")}
            if hours.wanted:
                keeping.add(asyncio.create_task(hours.run(), name="opening hours"))
            await asyncio.wait({serving, stopped, *keeping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (stopped, *keeping):
                task.cancel()
            if self._outbox is not None:
                await self._outbox.stop()  # before the till: what a lane finds out last must still be written down
            self.till.stop()
            try:
                await serving
                with suppress(asyncio.CancelledError):
                    await asyncio.gather(*keeping)
            except Exception as error:
                log.exception("the till's loop has ended", extra=about("till-ended"))
                raise UserError(
                    f"The till stopped because of an unforeseen error ({type(error).__name__}: {error})",
                    "what was accepted is in the journal: start it again, it finds out what became of it",
                ) from error

    async def _start(self, stack: AsyncExitStack) -> None:
        config = self._config
        path = Path(config.journal.path)
        journal = JournalThread(
            partial(
                Journal.open,
                path,
                till_id=config.till.id,
                clock=self._clock.utc_ms,
                new_id=lambda: str(uuid.uuid4()),
                training=config.till.training,
            ),
            timed=self._process.synced,
        )
        try:
            await journal.start()
        except JournalError as error:
            raise UserError(str(error)) from error
        stack.push_async_callback(journal.close)
        dumps = WireDumps(Path(f"{path}.wire"), self._clock, self._redactor)
        stack.callback(dumps.close)
        stack.enter_context(http_ring.dumps_to(dumps))
        stack.enter_context(guards(self._entrance))
        self._instruments.dumper = dumps
        log.info("journal %s, SQLite %s", path, sqlite3.sqlite_version, extra=about("journal-opened"))
        settings = rule_settings(config)
        self._time = FiscalTime(self._clock, memory=Memory(Path(f"{path}.clock"), boot_id()))
        core = TillCore(
            settings,
            composer(config, self._pictures),
            self._clock,
            config.till.currency,
            config.journal.snapshot_every,
            self._time.read,
        )
        self.till = Till(
            core,
            journal,
            self._clock,
            settings,
            path=path,
            till_id=config.till.id,
            boot_id=str(uuid.uuid4()),
            version=version(),
            training=config.till.training,
            zone=config.till.zone,
            progress=self._progress,
        )
        clients = token_digests(config.api, on_secret=self._on_secret)
        await self.till.start(self._lanes())
        self._outbox = await self._begin_outbox(stack, journal)
        api = await serve(
            config,
            self.till,
            version=version(),
            clients=clients,
            monotonic=self._clock.monotonic,
            outbox=self._outbox,
            devices=KnownDevices(config, self._memory or wiring.device_memory(config)),
            webhooks=fiscalisers.webhooks(config, self.till.look_at, self._on_secret),
            orders=self._orders,
            metrics=self._metrics(journal, path),
        )
        stack.push_async_callback(api.close)
        self.address = f"{config.api.address[0]}:{api.port}"

    def _metrics(self, journal: JournalThread, path: Path) -> MetricsRoutes:
        books = None if self._outbox is None else partial(standing, self._outbox, journal)
        outbox = self._outbox or NoBooks()
        return MetricsRoutes(self.till, outbox, version(), self._clock.utc_ms, journal, path, self._process, books)

    async def _begin_outbox(self, stack: AsyncExitStack, journal: JournalThread) -> Outbox | RemoteOutbox | None:
        """What takes the records to the books, here or at a gateway; None for a till without books, which loads none
        of it."""
        attached: Outbox | RemoteOutbox
        if books.is_remote(self._config):
            from firmware_bridge.gateway import prints_attach, remote_attach  # noqa: PLC0415 - see above

            self._orders = prints_attach.desk(self._config, journal, self.till, self._clock)
            stack.push_async_callback(self._orders.stop)
            self._orders.start()
            attached = remote_attach.attach(
                self._config,
                journal,
                self._clock,
                self._entrance.before(self.till.post),
                version=version(),
                on_secret=self._on_secret,
                take=self._orders.take,
            )
        elif books.names(self._config):
            from firmware_bridge.gateway import outbox, store  # noqa: PLC0415 - see above

            attached = outbox.attach(
                self._config,
                journal,
                self._clock,
                self._entrance.before(self.till.post),
                version=version(),
                on_secret=self._on_secret,
                wrap=self._wrap_book,
                elsewhere=store.GATEWAY in await journal.cursors(),
            )
        else:
            return None
        stack.push_async_callback(attached.stop)
        self.till.follow(attached.written)
        await attached.start()
        return attached

    def _hours(self) -> OpeningHours:
        """Opens and closes the shift by itself, where the configuration says so."""
        config = self._config
        schedule = Schedule(config.schedule.open_at, config.schedule.close_at, config.till.zone)
        return OpeningHours(self.till, schedule, self._clock, config.till.language, config.schedule.float_amount)

    def _lanes(self) -> dict[str, Lane]:
        config = self._config
        lanes = wiring.lanes(
            config,
            self._clock,
            self._entrance.before(self.till.post),
            on_secret=self._on_secret,
            memory=self._memory,
            wrap=self._wrap,
            wrap_register=self._wrap_register,
            instruments=self._instruments,
        )
        self._process.lanes = {name: lane for name, lane in lanes.items() if isinstance(lane, PortLane)}
        fiscaliser = fiscalisers.make(
            config, self._clock, version=version(), customer=self.till.customer, on_secret=self._on_secret
        )
        if fiscaliser is not None:
            self._time.follow(fiscaliser)
            self._pictures.follow(fiscaliser)
            wrapped = self._wrap_fiscaliser(fiscaliser)
            lane = FiscalLane(
                "fiscaliser", wrapped, self._entrance.before(self.till.post), self._clock, self.till.printed_there
            )
            lanes["fiscaliser"] = lane
            if isinstance(fiscaliser, Copier):
                lanes[register_copies.LANE] = lane
        return lanes


def _both(first: Callable[[str], None], second: Callable[[str], None], secret: str) -> None:
    first(secret)
    second(secret)


def run(
    config: Config,
    ready: Callable[[str], None],
    *,
    wrap_printer: PrinterWrap | None = None,
    wrap_book: BookWrap | None = None,
    on_secret: Callable[[str], None] = lambda _: None,
    memory: Path | None = None,
    wrap_register: RegisterWrap | None = None,
    wrap_fiscaliser: FiscaliserWrap | None = None,
    progress: Progress = QUIET,
) -> None:
    """Run the till in this process until SIGTERM or SIGINT. `on_secret` hears every secret, to keep it out of logs.

    `memory` and what wraps as of App.
    """

    async def main() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        till = App(
            config,
            wrap_printer=wrap_printer,
            on_secret=on_secret,
            wrap_book=wrap_book,
            memory=memory,
            wrap_register=wrap_register,
            wrap_fiscaliser=wrap_fiscaliser,
            progress=progress,
        )
        await till.run(stopping, ready)

    asyncio.run(main())
