"""In the vendor's place on a sale's way: the sandbox on a port of the loopback; a thin shell over `service`."""

from __future__ import annotations

import asyncio
import random
import secrets
from typing import Any

from aiohttp import web

from firmware_bridge.vendors.checkbox.sandbox.clock import Clock, RunningClock
from firmware_bridge.vendors.checkbox.sandbox.faults import KNOWN_FAULTS
from firmware_bridge.vendors.checkbox.sandbox.http import Reply
from firmware_bridge.vendors.checkbox.sandbox.options import SandboxOptions
from firmware_bridge.vendors.checkbox.sandbox.service import Service

__all__ = ["KNOWN_FAULTS", "CheckboxSandbox", "SandboxOptions"]

_HOST = "127.0.0.1"
_BODY_LIMIT = 4 * 1024 * 1024


class CheckboxSandbox:
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
        known = self.service.credentials
        return {
            "base_url": self.base_url,
            "login": known.login,
            "password": known.password,
            "pin_code": known.pin_code,
            "license_key": known.license_key,
            "access_key": known.access_key,
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
        if reply.dropped:
            return _hung_up(request)
        return _response(reply)


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, headers=reply.headers, body=reply.body)


def _hung_up(request: web.Request) -> web.Response:
    """No answer at all: the connection is cut."""
    if request.transport is not None:
        request.transport.abort()
    response = web.Response()
    response.force_close()
    return response
