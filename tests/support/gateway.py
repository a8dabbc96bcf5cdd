"""A gateway of a test: its store and door on a port of the loopback, in the test's own loop."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from firmware_bridge.clock import SystemClock
from firmware_bridge.gateway.holding import GatewayStore
from firmware_bridge.gateway.service import Order, Rates, application, no_orders
from firmware_bridge.gateway.tills import Tills, digest_of
from firmware_bridge.journal.chain import Head
from firmware_bridge.uplink.https_link import HttpsLink, Place
from firmware_bridge.uplink.link import Delivered, Link, LinkDoubtful, LinkDown
from firmware_bridge.vendors.http import Limits
from tests.support.bad_proxy import BadProxy

T = TypeVar("T")
TOKEN = "t" * 43
IMPATIENT = Limits(connect_s=2.0, write_s=2.0, answer_s=0.3, answer_bytes=4 << 20)
"""So that an answer that never comes is soon given up."""
UNBOUNDED = Rates((1e9, 1e9), (1e9, 1e9))


def enrolled(folder: Path, till: str, token: str = TOKEN) -> None:
    """Enrol a till as a person would."""
    folder.mkdir(parents=True, exist_ok=True)
    tills = Tills(folder / "tills.sqlite", SystemClock().utc_ms)
    tills.enrol(tills.new_code(till), digest_of(token))


@dataclass(slots=True)
class Gateway:
    store: GatewayStore
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def gateway(
    folder: Path, *, rates: Rates = UNBOUNDED, order: Order = no_orders, store: GatewayStore | None = None
) -> AsyncIterator[Gateway]:
    """Serve what is in `folder` until the block ends."""
    held = store or GatewayStore(folder, SystemClock())
    await held.start()
    runner = web.AppRunner(
        application(held, version="0", order=order, rates=rates), access_log=None, shutdown_timeout=0.1
    )
    try:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield Gateway(held, int(runner.addresses[0][1]))
    finally:
        await runner.cleanup()
        await held.close()


@asynccontextmanager
async def proxied(port: int, chance: random.Random, calm: float = 0.5) -> AsyncIterator[BadProxy]:
    """A bad line to a port."""
    proxy = BadProxy(port, chance, calm)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()


def link_to(
    url: str, till: str, journal: str, token: str = TOKEN, limits: Limits = IMPATIENT, begin: int = 0
) -> HttpsLink:
    """A till's link."""
    return HttpsLink(till, Place(url, token, journal, begin, "0"), SystemClock().monotonic, limits)


class Stubborn:
    """A link over a bad line, used as a pump uses one: what was not heard is asked again."""

    def __init__(self, link: Link, tries: int = 60) -> None:
        self._link = link
        self._tries = tries

    async def _again(self, what: Callable[[], Awaitable[T]]) -> T:
        for _ in range(self._tries):
            try:
                return await what()
            except (LinkDown, LinkDoubtful):
                continue
        return await what()

    async def open(self, till: str) -> None:
        await self._again(lambda: self._link.open(till))

    async def watermark(self) -> Head:
        return await self._again(self._link.watermark)

    async def append(self, envelope: bytes, expected: int) -> Head:
        return await self._again(lambda: self._link.append(envelope, expected))

    async def receive(self, after: int) -> list[Delivered]:
        return await self._again(lambda: self._link.receive(after))

    async def close(self) -> None:
        await self._link.close()
