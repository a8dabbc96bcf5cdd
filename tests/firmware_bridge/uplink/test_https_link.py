"""The link to a gateway keeps what every link promises, on a good line and on a bad one."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from firmware_bridge.gateway.inboxes import TillInboxes
from firmware_bridge.journal.chain import Head
from firmware_bridge.uplink.link import Link
from firmware_bridge.uplink.source import stretch
from tests.firmware_bridge.uplink.conformance import Bench, Conformance
from tests.firmware_bridge.uplink.samples import JOURNAL, TILL
from tests.support.gateway import Stubborn, enrolled, gateway, link_to, proxied


class Remote:
    """A bench whose receiver is a gateway that is started anew for every link."""

    def __init__(self, journal: Path) -> None:
        self.folder = journal.with_name("gateway")
        enrolled(self.folder, TILL)

    def link(self) -> AbstractAsyncContextManager[Link]:
        return self._linked()

    @asynccontextmanager
    async def _linked(self) -> AsyncIterator[Link]:
        async with gateway(self.folder) as found:
            yield link_to(found.url, TILL, JOURNAL)

    def held(self) -> list[Head]:
        path = self.folder / "journals" / f"{TILL}.sqlite"
        return [Head(row[0], row[5]) for row in stretch(path).rows] if path.exists() else []

    def post(self, till: str, command_id: str, body: bytes) -> int:
        return TillInboxes(self.folder / "inboxes.sqlite").put(till, command_id, body)


class BadLine(Remote):
    """The same behind a proxy that spoils every other connection."""

    def __init__(self, journal: Path, seed: int) -> None:
        super().__init__(journal)
        self._chance = random.Random(seed)

    @asynccontextmanager
    async def _linked(self) -> AsyncIterator[Link]:
        async with gateway(self.folder) as found, proxied(found.port, self._chance) as proxy:
            yield Stubborn(link_to(f"http://127.0.0.1:{proxy.listening}", TILL, JOURNAL))


class TestHttps(Conformance):
    def make(self, journal: Path) -> Bench:
        return Remote(journal)


class TestHttpsOverABadLine(Conformance):
    @pytest.fixture(autouse=True)
    def drawn(self, seed: int) -> None:
        self.seed = seed

    def make(self, journal: Path) -> Bench:
        return BadLine(journal, self.seed)
