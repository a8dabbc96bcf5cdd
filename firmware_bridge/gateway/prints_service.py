"""Where sales begin that others order: everything of it in a gateway's process, from the configuration to the end."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from aiohttp import web

from firmware_bridge.clock import TillClock
from firmware_bridge.gateway.inboxes import TillInboxes
from firmware_bridge.gateway.patience import Patience, PatienceSettings
from firmware_bridge.gateway.prints import Portal, Prints, add_routes
from firmware_bridge.gateway.prints_push import Pusher
from firmware_bridge.gateway.prints_reading import Reading
from firmware_bridge.gateway.prints_store import PrintStore
from firmware_bridge.vendors.bitrix24 import build
from firmware_bridge.vendors.bitrix24.build import Parts
from firmware_bridge.vendors.bitrix24.config import PortalConfig

log = logging.getLogger(__name__)

PATIENCE = PatienceSettings(first_s=1.0, most_s=300.0)
FILE = "prints.sqlite"


class Kept(Protocol):
    """The gateway's store (`GatewayStore`)."""

    @property
    def inboxes(self) -> TillInboxes:
        """Known once the store has started."""
        ...


class _LateInboxes:
    """The store's inboxes, which are there once it has started."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def put(self, till: str, command_id: str, body: bytes) -> int:
        """See TillInboxes.put."""
        return self._kept.inboxes.put(till, command_id, body)


class OrderService:
    """The portals of one gateway, between `prepare` and `stop`. `reading` follows the gateway's store."""

    def __init__(
        self,
        portals: Mapping[str, PortalConfig],
        folder: str | Path,
        kept: Kept,
        clock: TillClock,
        *,
        version: str = "",
        on_secret: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Read the secrets and open the file. Raises UsageError, LinkError, OSError."""
        Path(folder).mkdir(mode=0o750, parents=True, exist_ok=True)
        self._parts: list[Parts] = [
            build.build(name, one, clock, version=version, on_secret=on_secret) for name, one in portals.items()
        ]
        store = PrintStore(Path(folder) / FILE)
        chance = random.SystemRandom()
        self._pushers = {
            one.config.domain: Pusher(one.config.domain, one.client, store, clock, Patience(PATIENCE, chance))
            for one in self._parts
            if one.config.push
        }
        self.prints = Prints(
            [Portal(one.name, one.config, one.secret) for one in self._parts],
            store,
            _LateInboxes(kept),
            clock,
            due=self._wake,
        )
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def reading(self) -> Reading:
        """What follows the gateway's store."""
        return self.prints.reading

    def begin(self, app: web.Application) -> None:
        """Add the routes and begin to work; the store has started."""
        add_routes(app, self.prints)
        works = {"orders": self.prints.run} | {f"told-{domain}": pusher.run for domain, pusher in self._pushers.items()}
        self._tasks = [asyncio.create_task(run(), name=name) for name, run in works.items()]

    async def stop(self) -> None:
        """End it; harmless twice. What is not done is done at the next start."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in self._parts:
            await one.close()

    def _wake(self, domain: str) -> None:
        pusher = self._pushers.get(domain)
        if pusher is not None:
            pusher.wake()
