"""In the place of who orders a sale: the sandbox on a port of the loopback, and its calls to the cash register."""

from __future__ import annotations

import asyncio
import random
import secrets
from contextlib import suppress
from typing import Any, Final

import aiohttp

from firmware_bridge.vendors.bitrix24.sandbox.checks import Outgoing
from firmware_bridge.vendors.bitrix24.sandbox.faults import KNOWN_FAULTS
from firmware_bridge.vendors.bitrix24.sandbox.options import SandboxOptions
from firmware_bridge.vendors.bitrix24.sandbox.service import Service
from firmware_bridge.vendors.bitrix24.sandbox.tokens import PATH
from firmware_bridge.vendors.sandbox.clock import Clock, RunningClock
from firmware_bridge.vendors.sandbox.server import Server

__all__ = ["KNOWN_FAULTS", "Bitrix24Sandbox", "SandboxOptions"]

_BODY_LIMIT: Final = 4 * 1024 * 1024
_ANSWER_LIMIT: Final = 1024 * 1024
_NEVER: Final = 10_000_000.0


class Bitrix24Sandbox(Server):
    """The portal on a port: `start`, then it serves, prints and asks until `close`."""

    def __init__(
        self,
        options: SandboxOptions | None = None,
        *,
        clock: Clock | None = None,
        entropy: random.Random | None = None,
    ) -> None:
        """The machine's clock and the system's randomness unless given. Raises ValueError for an unknown fault."""
        self.options = options or SandboxOptions()
        self.service = Service(self.options, clock or RunningClock(), entropy or secrets.SystemRandom())
        super().__init__(self.service, self.options.port, _BODY_LIMIT)
        self._bell = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def ready(self) -> dict[str, Any]:
        """What a client needs, to be printed as one JSON line once `start` has returned."""
        return {
            "base_url": self.base_url,
            "webhook_url": self.base_url + self.service.webhook_path,
            "token_url": self.base_url + PATH,
            "client_id": self.service.tokens.client_id,
            "client_secret": self.service.tokens.client_secret,
            "domain": self.options.domain,
        }

    async def start(self) -> None:
        """Listen on the loopback. Raises OSError when the port is taken."""
        await super().start()
        self.service.base_url = self.base_url
        self.service.on_outgoing = self._bell.set
        self._tasks = [
            asyncio.create_task(self._deliver(), name="bitrix24-calls"),
            asyncio.create_task(self._agent(), name="bitrix24-agent"),
        ]

    async def close(self) -> None:
        """Stop. Harmless twice."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await super().close()

    async def _agent(self) -> None:
        while True:
            await asyncio.sleep(self.options.agent_s or _NEVER)
            self.service.run_agent()

    async def _deliver(self) -> None:
        while True:
            self._bell.clear()
            while self.service.outbox:
                out = self.service.outbox.popleft()
                status, body = await self._send(out)
                self.service.answered(out, status, body)
            await self._bell.wait()

    async def _send(self, out: Outgoing) -> tuple[int | None, bytes]:
        """Status and body of the last answer; None: there was none."""
        if out.unsent:
            return None, b""
        version = aiohttp.HttpVersion10 if out.http_version == "1.0" else aiohttp.HttpVersion11
        status, body = None, b""
        timeout = aiohttp.ClientTimeout(total=self.options.answer_s)
        async with aiohttp.ClientSession(version=version, timeout=timeout) as session:
            for _ in range(out.times):
                with suppress(aiohttp.ClientError, TimeoutError, OSError, ValueError):
                    headers = {"Content-Type": out.content_type, "Accept-Encoding": "identity"}
                    async with session.post(out.url, data=out.body, headers=headers, allow_redirects=False) as answer:
                        body = (await answer.content.read(_ANSWER_LIMIT))[:_ANSWER_LIMIT]
                        status = answer.status
        return status, body
