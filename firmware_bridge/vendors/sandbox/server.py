"""In any vendor's place on a sale's way: a sandbox on a port of the loopback; a thin shell over what answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol

from aiohttp import web

from firmware_bridge.vendors.sandbox.wire import Reply

_HOST: Final = "127.0.0.1"


class Handler(Protocol):
    """The vendor without a socket."""

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Answer one request. A parameter given more than once comes joined by commas."""
        ...


class Server:
    """A vendor on a port: `start`, then it serves until `close`."""

    def __init__(self, handler: Handler, port: int, body_limit: int) -> None:
        """`port` 0 = any free one; `body_limit` in bytes: a longer body is answered with 413."""
        self._handler = handler
        self._wanted = port
        self._body_limit = body_limit
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        """Known once `start` has returned."""
        return f"http://{_HOST}:{self._port}"

    async def start(self) -> None:
        """Listen on the loopback. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=self._body_limit)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, _HOST, self._wanted).start()
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
        reply = self._handler.handle(request.method, request.path, query, request.headers, body)
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        if reply.dropped:
            return _hung_up(request)
        return web.Response(status=reply.status, headers=reply.headers, body=reply.body)


def _hung_up(request: web.Request) -> web.Response:
    """No answer at all: the connection is cut."""
    if request.transport is not None:
        request.transport.abort()
    response = web.Response()
    response.force_close()
    return response
