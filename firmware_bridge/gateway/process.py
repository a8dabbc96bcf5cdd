"""The gateway as a process: from its configuration to an open door, and back to nothing."""

from __future__ import annotations

import asyncio
import logging
import random
import resource
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial

from aiohttp import web

from firmware_bridge.clock import SystemClock, TillClock
from firmware_bridge.config import Config, ConfigError
from firmware_bridge.entrance import Entrance, guards
from firmware_bridge.errors import UserError
from firmware_bridge.gateway.holding import GatewayStore
from firmware_bridge.gateway.keeping import Keeping, of_configs
from firmware_bridge.gateway.outbox import Made, made_books
from firmware_bridge.gateway.prints_service import OrderService
from firmware_bridge.gateway.service import application
from firmware_bridge.gateway_config import Gateway, GatewayConfig
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.log_kinds import about
from firmware_bridge.uplink.link import LinkError

log = logging.getLogger(__name__)

KEEPALIVE_S = 75.0
"""Longer than a till keeps a silent connection, so that it is the till that ends it."""
STOP_S = 2.0


class GatewayProcess:
    """A gateway between `start` and `stop`. `on_secret` hears every secret, to keep it out of the log.

    `store` can be used once it has started: whoever adds routes does that to `app` before `listen`.
    """

    def __init__(
        self,
        config: GatewayConfig,
        version: str,
        clock: TillClock | None = None,
        on_secret: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._config = config
        self._stack = AsyncExitStack()
        clock = clock or SystemClock()
        self.store = GatewayStore(config.gateway.folder, clock)
        made = partial(_made, clock=clock, version=version, on_secret=on_secret)
        self.keeping = Keeping(*of_configs(config.tills, made, clock), clock, random.SystemRandom())
        self.store.followers.append(self.keeping)
        self.store.lanes = self.keeping.states
        self._orders: OrderService | None = None
        self._clock, self._on_secret = clock, on_secret
        self._version = version
        self.app: web.Application
        self.address = ""

    async def start(self) -> None:
        """Open what is kept and begin to deliver. Raises UserError with one sentence."""
        _many_files()
        self._stack.push_async_callback(self.store.close)
        self._stack.push_async_callback(self.keeping.stop)
        try:
            self._orders = self._made_orders()
            await self.store.start()
        except (LinkError, JournalError) as error:
            raise UserError(str(error)) from error
        for name, work in (
            ("lanes", self.keeping.watch(self.store.ring, asyncio.sleep)),
            ("settle", self.store.keep_settled()),
        ):
            self._stack.push_async_callback(_ended, asyncio.create_task(work, name=name))
        self.app = application(self.store, version=self._version, order=self.keeping.order)

        async def hang_up(_: web.Application) -> None:
            self.store.hang_up()

        self.app.on_shutdown.append(hang_up)
        if self._orders is not None:
            self._orders.begin(self.app)

    def _made_orders(self) -> OrderService | None:
        """The portals that order receipts; None: there are none. Raises UserError, LinkError."""
        config = self._config
        if not config.portals:
            return None
        door = Entrance()
        with guards(door):
            orders = OrderService(
                config.portals,
                config.gateway.folder,
                self.store,
                self._clock,
                version=self._version,
                on_secret=door.hearing(self._on_secret),
            )
        self.store.followers.append(orders.reading)
        self._stack.push_async_callback(orders.stop)
        return orders

    async def listen(self) -> None:
        """Open the door. Raises UserError, ConfigError, OSError when the address is taken."""
        section = self._config.gateway
        runner = web.AppRunner(
            self.app,
            access_log=None,
            handle_signals=False,
            keepalive_timeout=KEEPALIVE_S,
            shutdown_timeout=STOP_S,
        )
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, *section.address, ssl_context=tls(section)).start()
        host, port = runner.addresses[0][:2]
        scheme = "https" if section.certificate else "http"
        self.address = f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
        log.info("the gateway listens", extra=about("api-listens", port=self.address))

    async def stop(self) -> None:
        """Close the door, end the lanes, close what is kept. Harmless twice."""
        await self._stack.aclose()


def _made(config: Config, *, clock: TillClock, version: str, on_secret: Callable[[str], None]) -> list[Made]:
    """The books of one till, behind a door of their own: what vendors say no with brings none of its secrets in."""
    door = Entrance()
    with guards(door):
        return made_books(config, clock, version=version, on_secret=door.hearing(on_secret))


def _many_files() -> None:
    """Every till takes four open files and its connection one or two: as many as the system allows."""
    wanted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if wanted < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def tls(section: Gateway) -> ssl.SSLContext | None:
    """Return the server's side of TLS; None: http. Raises ConfigError."""
    if not section.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(section.certificate, section.key)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"gateway.certificate: {section.certificate} with its key cannot be used: {reason}"
        ) from error
    return context
