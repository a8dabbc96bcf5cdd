"""In the vendor's place behind a sale: the sandbox on a port of the loopback; a thin shell over `service`."""

from __future__ import annotations

import asyncio
import random
import secrets
from typing import Any

from aiohttp import web

from firmware_bridge.vendors.newstore.sandbox.clock import Clock, RunningClock
from firmware_bridge.vendors.newstore.sandbox.faults import KNOWN_FAULTS
from firmware_bridge.vendors.newstore.sandbox.http import Reply
from firmware_bridge.vendors.newstore.sandbox.options import SandboxOptions
from firmware_bridge.vendors.newstore.sandbox.service import Service

__all__ = ["KNOWN_FAULTS", "NewStoreSandbox", "SandboxOptions"]

_HOST = "127.0.0.1"
_BODY_LIMIT = 1024 * 1024


class NewStoreSandbox:
    """The vendor on a port: `start`, then it serves until `close`."""

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
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        return f"http://{_HOST}:{self._port}"

    @property
    def ready(self) -> dict[str, Any]:
        """What a client needs, to be printed as one JSON line once `start` has returned."""
        return {
            "base_url": self.base_url,
            "token_url": self.base_url + self.service.token_path,
            "client_id": self.service.client_id,
            "client_secret": self.service.client_secret,
            "store_id": self.service.store_id,
        }

    async def start(self) -> None:
        """Listen on the loopback. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, _HOST, self.options.port).start()
        except BaseException:
            await self.close()
            raise
        self._port = int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Stop. Harmless twice."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        query = {name: ",".join(request.query.getall(name)) for name in request.query}
        reply = self.service.handle(request.method, request.path, query, request.headers, body)
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        return _cut(request) if reply.dropped else _response(reply)


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, headers=reply.headers, body=reply.body)


def _cut(request: web.Request) -> web.Response:
    """No answer at all: the connection is closed."""
    if request.transport is not None:
        request.transport.abort()
    response = web.Response()
    response.force_close()
    return response
