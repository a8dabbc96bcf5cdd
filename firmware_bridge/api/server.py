"""On a sale's way: where it comes in. Listens on TCP and, if configured, on a unix socket; counts connections.

aiohttp closes what is silent (headers dripped, idle) after `keep_alive` seconds; bodies and streams have limits of
their own (api.guard, api.events). What it refuses itself is answered as api.connection says.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from firmware_bridge.api.backend import Backend, NoBooks, Outbox, WaitingOrders, Webhook
from firmware_bridge.api.binding import bind_tcp, bind_unix
from firmware_bridge.api.busy import Busy
from firmware_bridge.api.connection import connections
from firmware_bridge.api.devices import Devices
from firmware_bridge.api.events import EventStreams, StreamLimits
from firmware_bridge.api.guard import BODY_LIMIT, Door, Guard, add_headers, answer_errors
from firmware_bridge.api.languages import speak
from firmware_bridge.api.paper_routes import PaperRoutes
from firmware_bridge.api.people import People, PeopleRoutes
from firmware_bridge.api.routes import Routes
from firmware_bridge.api.translate import Translator
from firmware_bridge.config import Client, Config
from firmware_bridge.config_check import token_digests
from firmware_bridge.log_kinds import about
from firmware_bridge.logs import Sparse
from firmware_bridge.metrics.routes import MetricsRoutes
from firmware_bridge.page.routes import PageRoutes
from firmware_bridge.page.sessions import Patience, Sessions

Clients = Iterable[tuple[Client, bytes]]
Webhooks = Mapping[str, Webhook]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Connections at once by kind; seconds for an idle line, for a request's body, to read away what a refused
    request still sends, and for running requests when the server stops.
    """

    tcp: int = 32
    unix: int = 16
    keep_alive: float = 15.0
    body: float = 10.0
    linger: float = 2.0
    stop: float = 5.0
    streams: StreamLimits = field(default_factory=StreamLimits)


def bare_app(
    config: Config,
    backend: Backend,
    streams: EventStreams,
    version: str,
    outbox: Outbox | None = None,
    devices: Devices | None = None,
    webhooks: Webhooks | None = None,
    orders: WaitingOrders | None = None,
    page: PageRoutes | None = None,
    metrics: MetricsRoutes | None = None,
) -> web.Application:
    """Return the routes alone, without any protection: only `build_app` and tests of the guard use it.

    `page` None = a status page at which nobody can sign in; `metrics` None = without counters.
    """
    app = web.Application(client_max_size=BODY_LIMIT)
    people = People(config, backend, time.monotonic)
    shown = page or PageRoutes(config, version, Sessions(time.monotonic), Patience(time.monotonic), people)
    numbers = metrics or MetricsRoutes(backend, outbox or NoBooks(), version, lambda: time.time_ns() // 1_000_000)
    app.on_response_prepare.append(numbers.process.answered)
    papers = PaperRoutes(config, backend)
    more = {**shown.handlers, **PeopleRoutes(shown.people).handlers, **numbers.handlers, **papers.handlers}
    Routes(backend, Translator(config), streams, version, outbox, devices, webhooks, orders, more).add_to(app)
    return app


def build_app(
    config: Config,
    backend: Backend,
    *,
    port: int,
    clients: Clients,
    version: str,
    limits: Limits | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    outbox: Outbox | None = None,
    devices: Devices | None = None,
    webhooks: Webhooks | None = None,
    orders: WaitingOrders | None = None,
    metrics: MetricsRoutes | None = None,
) -> web.Application:
    """Return the guarded application. `port`: the TCP port that is really listened on (Host, Origin)."""
    bounds = limits or Limits()
    sparse = Sparse(monotonic)
    streams = EventStreams(backend, bounds.streams)
    door, sessions = Door.of(config.api, port, clients), Sessions(monotonic, port)
    people = People(config, backend, monotonic)
    page = PageRoutes(config, version, sessions, Patience(monotonic), people, door.holder)
    app = bare_app(config, backend, streams, version, outbox, devices, webhooks, orders, page, metrics)
    guard = Guard(door, sparse, bounds.body, sessions)
    app.middlewares.extend([speak, answer_errors(sparse), guard.middleware()])
    app.on_response_prepare.append(add_headers)

    async def end_streams(_: web.Application) -> None:
        streams.close()

    app.on_shutdown.append(end_streams)
    return app


class Api:
    """The local API of one till: `start`, then it serves until `close`."""

    def __init__(
        self,
        config: Config,
        clients: Clients,
        backend: Backend,
        *,
        version: str = "",
        limits: Limits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        outbox: Outbox | None = None,
        devices: Devices | None = None,
        webhooks: Webhooks | None = None,
        orders: WaitingOrders | None = None,
        metrics: MetricsRoutes | None = None,
    ) -> None:
        """`clients` with the SHA-256 of their tokens, as `config_check.token_digests` returns them.

        `outbox`: the books of this till, None = it keeps none. `devices`: those of its config, None = none are told.
        `webhooks`: vendor -> what it may send here, None = nobody may send anything. `orders`: what others ordered of
        this till and waits, None = nobody orders. `metrics`: what is told of it in numbers, None = no counters.
        """
        self._config = config
        self._clients = tuple(clients)
        self._backend = backend
        self._version = version or importlib.metadata.version("firmware-bridge")
        self._limits = limits or Limits()
        self._monotonic = monotonic
        self._outbox = outbox
        self._devices = devices
        self._webhooks = webhooks
        self._orders = orders
        self._metrics = metrics
        self._speak = connections(monotonic, self._limits.keep_alive, self._limits.linger)
        self._runner: web.AppRunner | None = None
        self._servers: list[asyncio.Server] = []
        self._socket_file: tuple[Path, int] | None = None
        self.port = 0
        self.address = ""

    async def start(self) -> None:
        """Listen as `config.api` says. `port` and `address` ("127.0.0.1:8321") are those really listened on.

        Raises UserError when an address or the socket cannot be had, ConfigError for an unknown user or group.
        """
        host, wanted = self._config.api.address
        try:
            await self._start(bind_tcp(host, wanted))
        except BaseException:
            await self.close()
            raise
        self.address = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        _log.info("the local API listens", extra=about("api-listens", port=self.address))

    async def _start(self, tcp: socket.socket) -> None:
        self.port = int(tcp.getsockname()[1])
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(self._admit_tcp, sock=tcp, backlog=64, start_serving=False))
        app = build_app(
            self._config,
            self._backend,
            port=self.port,
            clients=self._clients,
            version=self._version,
            limits=self._limits,
            monotonic=self._monotonic,
            outbox=self._outbox,
            devices=self._devices,
            webhooks=self._webhooks,
            orders=self._orders,
            metrics=self._metrics,
        )
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=self._limits.stop)
        await self._runner.setup()
        if self._config.api.socket:
            path = Path(self._config.api.socket)
            unix = bind_unix(path)
            self._socket_file = (path, path.lstat().st_ino)
            self._servers.append(await loop.create_unix_server(self._admit_unix, sock=unix, start_serving=False))
        for server in self._servers:
            await server.start_serving()

    async def close(self) -> None:
        """Stop accepting, end the event streams, give running requests `Limits.stop` seconds. Harmless twice."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._socket_file is not None:
            path, inode = self._socket_file
            with suppress(FileNotFoundError):
                if path.lstat().st_ino == inode:
                    path.unlink()
            self._socket_file = None

    def _admit_tcp(self) -> asyncio.BaseProtocol:
        return self._admit(self._limits.tcp, unix=False)

    def _admit_unix(self) -> asyncio.BaseProtocol:
        return self._admit(self._limits.unix, unix=True)

    def _admit(self, limit: int, *, unix: bool) -> asyncio.BaseProtocol:
        """Called for every new connection: the HTTP protocol, or one that says "busy" and hangs up."""
        server = self._runner.server if self._runner is not None else None
        if server is None:
            return Busy()
        taken = sum(1 for connection in server.connections if _is_unix(connection) == unix)
        return self._speak(server) if taken < limit else Busy()


def _is_unix(connection: RequestHandler) -> bool:
    peer = connection.transport.get_extra_info("socket") if connection.transport else None
    return peer is not None and peer.family == socket.AF_UNIX


async def serve(
    config: Config,
    backend: Backend,
    *,
    version: str,
    clients: Clients | None = None,
    limits: Limits | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    outbox: Outbox | None = None,
    devices: Devices | None = None,
    webhooks: Webhooks | None = None,
    orders: WaitingOrders | None = None,
    metrics: MetricsRoutes | None = None,
) -> Api:
    """Return an API that serves; the caller closes it. `clients` None = read from where the config says.

    Raises what `Api.start` and `config_check.token_digests` raise.
    """
    known = token_digests(config.api) if clients is None else clients
    api = Api(
        config,
        known,
        backend,
        version=version,
        limits=limits,
        monotonic=monotonic,
        outbox=outbox,
        devices=devices,
        webhooks=webhooks,
        orders=orders,
        metrics=metrics,
    )
    await api.start()
    return api
