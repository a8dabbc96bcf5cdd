"""The process: from a config to a running till, and back to nothing.

Everything is made here and handed down: clock, ids, port, driver, lanes, journal, core, till, API. Nothing below
looks anything up for itself, which is why a simulation can put another printer or clock in.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import signal
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

from drivers import catalog
from drivers.drawers.base import DutyGuard
from drivers.drawers.printer_kick import PrinterKick
from drivers.ports.base import Clock, Port
from drivers.ports.serial import SerialPort
from drivers.printers.base import ReceiptPrinter, Report
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.encode import CodePage
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.layout import Shop
from firmware_bridge import fiscalisers, port_url
from firmware_bridge.api.server import serve
from firmware_bridge.clock import SystemClock, TillClock
from firmware_bridge.composer import ShopComposer
from firmware_bridge.config import Config
from firmware_bridge.config_check import token_digests
from firmware_bridge.core import TillCore
from firmware_bridge.errors import UserError
from firmware_bridge.fiscal_lane import FiscalLane
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.lanes import Lane, PrinterLane
from firmware_bridge.opening_hours import OpeningHours
from firmware_bridge.schedule import Schedule
from firmware_bridge.till import Till
from statemachines.context import RuleSettings
from statemachines.drawer import DrawerSettings

log = logging.getLogger(__name__)

DEFAULT_COLUMNS = 42

PrinterWrap = Callable[[ReceiptPrinter], ReceiptPrinter]


def version() -> str:
    """The installed version of the product."""
    return importlib.metadata.version("firmware-bridge")


def rule_settings(config: Config) -> RuleSettings:
    """The shop's choices as the rules know them."""
    rules, printer = config.rules, config.printer
    drawers = {
        name: DrawerSettings(
            sensed=drawer.sense_open_level != "none",
            pulse_ms=drawer.pulse_ms,
            confirm_ms=rules.open_timeout_ms,
            kick_ttl_ms=rules.kick_ttl_ms,
            left_open_ms=drawer.left_open_s * 1000,
        )
        for name, drawer in config.drawers.items()
    }
    return RuleSettings(
        traits=fiscalisers.traits(config),
        drawers=drawers,
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
    )


def composer(config: Config) -> ShopComposer:
    """The shop's particulars and the printer's width, for the layout."""
    till, shop = config.till, config.shop
    particulars = Shop((shop.name,), shop.unit, shop.address, shop.tax_label, shop.tax_number, till.id, till.zone)
    columns = config.printer.columns if config.printer is not None else DEFAULT_COLUMNS
    return ShopComposer(particulars, columns, config.exponent, training=till.training)


def make_printer(config: Config, port: Port, report: Report) -> ReceiptPrinter:
    """The configured printer with the drawer on its socket."""
    if config.printer is None:
        raise UserError("There is no [printer] in the configuration")
    kicks = [
        PrinterKick(
            name,
            drawer.pin,
            drawer.sense_open_level,
            DutyGuard(gap_s=drawer.gap_ms / 1000, per_minute=drawer.pulses_per_minute),
        )
        for name, drawer in config.drawers.items()
    ]
    settings = EscPosSettings(
        columns=config.printer.columns,
        page=CodePage(config.printer.encoding, config.printer.page),
        confirm=config.printer.confirm,
        marker=config.printer.marker,
    )
    driver: type[EscPosPrinter] = catalog.load("printer", config.printer.driver)
    return driver(port, settings, report, kicks[0] if kicks else None)


def make_port(url: str, clock: Clock) -> Port:
    """The port of a config's URL."""
    where = port_url.parse(url)
    port: type[SerialPort] = catalog.load("port", "serial")
    return port(where.path, where.baud, clock, where.flow)


class App:
    """One till from start to stop. `wrap_printer` lets a simulation put something between till and driver."""

    def __init__(
        self,
        config: Config,
        clock: TillClock | None = None,
        wrap_printer: PrinterWrap | None = None,
        on_secret: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._config = config
        self._on_secret = on_secret
        self._clock = clock or SystemClock()
        self._wrap = wrap_printer or (lambda printer: printer)
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
            keeping = {asyncio.create_task(hours.run(), name="opening hours")} if hours.wanted else set()
            await asyncio.wait({serving, stopped, *keeping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (stopped, *keeping):
                task.cancel()
            self.till.stop()
            try:
                await serving
                with suppress(asyncio.CancelledError):
                    await asyncio.gather(*keeping)
            except Exception as error:
                log.exception("the till's loop has ended")
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
            )
        )
        try:
            await journal.start()
        except JournalError as error:
            raise UserError(str(error)) from error
        stack.push_async_callback(journal.close)
        log.info("journal %s, SQLite %s", path, sqlite3.sqlite_version)
        settings = rule_settings(config)
        core = TillCore(settings, composer(config), self._clock, config.till.currency, config.journal.snapshot_every)
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
        )
        clients = token_digests(config.api, on_secret=self._on_secret)
        await self.till.start(self._lanes())
        api = await serve(config, self.till, version=version(), clients=clients, monotonic=self._clock.monotonic)
        stack.push_async_callback(api.close)
        self.address = f"{config.api.address[0]}:{api.port}"

    def _hours(self) -> OpeningHours:
        """Opens and closes the shift by itself, where the configuration says so."""
        config = self._config
        schedule = Schedule(config.schedule.open_at, config.schedule.close_at, config.till.zone)
        return OpeningHours(self.till, schedule, self._clock, config.till.language, config.schedule.float_amount)

    def _lanes(self) -> dict[str, Lane]:
        config = self._config
        lanes: dict[str, Lane] = {}
        fiscaliser = fiscalisers.make(
            config, self._clock, version=version(), customer=self.till.customer, on_secret=self._on_secret
        )
        if fiscaliser is not None:
            lanes["fiscaliser"] = FiscalLane("fiscaliser", fiscaliser, self.till.post, self._clock)
        if config.printer is None:
            return lanes
        port = make_port(config.printer.port, self._clock)
        printer = self._wrap(make_printer(config, port, self.till.post))
        lane = PrinterLane("printer", printer, self.till.post, self._clock)
        return {**lanes, "printer": lane, **dict.fromkeys(config.drawers, lane)}


def run(
    config: Config,
    ready: Callable[[str], None],
    *,
    wrap_printer: PrinterWrap | None = None,
    on_secret: Callable[[str], None] = lambda _: None,
) -> None:
    """Run the till in this process until SIGTERM or SIGINT. `on_secret` hears every secret, to keep it out of logs."""

    async def main() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        await App(config, wrap_printer=wrap_printer, on_secret=on_secret).run(stopping, ready)

    asyncio.run(main())
