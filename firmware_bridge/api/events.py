"""Beside a sale's way: what happened, told live (server-sent events, WHATWG HTML section 9.2).

`id:` is the journal's sequence number, so that a reader who comes back (Last-Event-ID) misses nothing. A reader
who does not read is dropped: it may not hold memory or a place.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from firmware_bridge.api.backend import Backend
from firmware_bridge.api.connection import Connection
from firmware_bridge.api.problems import Problem, ProblemError
from firmware_bridge.api.requests import CALLER, MAX_SEQ, number, query_number

_log = logging.getLogger(__name__)
_BATCH = 100


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """`readers` at once; seconds: a write may take, between two keep-alive comments, between two looks at the line."""

    readers: int = 8
    write: float = 10.0
    keep_alive: float = 15.0
    look: float = 2.0


class EventStreams:
    """All open event streams of the API."""

    def __init__(self, backend: Backend, limits: StreamLimits) -> None:
        self._backend = backend
        self._limits = limits
        self._open: set[asyncio.Task[object]] = set()
        self._closing = False

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET /v1/events?after=SEQ. Raises ProblemError 400 for a wrong position, 503 for one reader too many."""
        after = _position(request)
        if self._closing or len(self._open) >= self._limits.readers:
            raise ProblemError(
                Problem(
                    "too-many", "All places for readers of events are taken: try again", headers={"Retry-After": "5"}
                )
            )
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("an event stream needs a task of its own")
        self._open.add(task)
        try:
            return await self._tell(request, after)
        finally:
            self._open.discard(task)

    def close(self) -> None:
        """End all streams; to be called once, when the server stops."""
        self._closing = True
        for task in self._open:
            task.cancel()

    async def _tell(self, request: web.Request, after: int) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        try:
            await self._pump(request, response, after)
        except TimeoutError:
            _log.warning("a reader of events does not read and is dropped", extra={"route": "events"})
            if request.transport is not None:
                request.transport.abort()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._closing or task is None:
                raise
            task.uncancel()
        return response

    async def _pump(self, request: web.Request, response: web.StreamResponse, after: int) -> None:
        clock = asyncio.get_running_loop().time
        told = clock()
        await self._write(response, b": events\n\n")
        while request.transport is not None and not request.transport.is_closing():
            for event in await self._backend.events(after, _BATCH, request[CALLER].role):
                after = int(event["seq"])
                if "name" not in event:  # not for this reader
                    continue
                await self._write(response, b"id: %d\ndata: %s\n\n" % (after, msgspec.json.encode(event)))
                told = clock()
            if clock() - told >= self._limits.keep_alive:
                await self._write(response, b": keep-alive\n\n")
                told = clock()
            await self._news(request, after)

    async def _news(self, request: web.Request, after: int) -> None:
        """Return when there is an event above `after`, when the reader has left, or after a while."""
        connection = request.protocol
        waiting: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._backend.wait_events(after, self._limits.look))
        ]
        if isinstance(connection, Connection):
            waiting.append(asyncio.ensure_future(connection.left.wait()))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _write(self, response: web.StreamResponse, data: bytes) -> None:
        async with asyncio.timeout(self._limits.write):
            await response.write(data)


def _position(request: web.Request) -> int:
    """Where to begin: what a returning reader saw last, else `after`, else 0 (the beginning)."""
    after = query_number(request, "after", 0, 0, MAX_SEQ) or 0
    last = request.headers.getall("Last-Event-ID", [])
    return number(last[0] if len(last) == 1 else "", "Last-Event-ID", 0, MAX_SEQ) if last else after
