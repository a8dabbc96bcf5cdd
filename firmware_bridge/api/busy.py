"""Before a sale's way: what a connection is told for which there is no place."""

from __future__ import annotations

import asyncio

from firmware_bridge.api.problems import Problem


class Busy(asyncio.Protocol):
    """Answers 503 without reading, then hangs up at once or, for a peer that goes on sending, after a second."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream transport is needed")
        problem = Problem("too-many", "All connections of the till's API are taken: nothing happened, try again")
        body = bytes(problem.response().body)  # type: ignore[arg-type]  # a Problem's body is always bytes
        head = (
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 5\r\n"
            f"Cache-Control: no-store\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        transport.write(head.encode() + body)
        if transport.can_write_eof():
            transport.write_eof()
        self._end = asyncio.get_running_loop().call_later(1.0, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end.cancel()
