"""A line between a till and its gateway that is as bad as wished: it drops, delays, doubles, half-opens and cuts.

A TCP proxy on the loopback. What it does to each connection is drawn from the `random.Random` that it is given (or told
by `script`), so that a seed replays a run. It counts what it did, for tests to see that it did anything.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["none", "refuse", "delay", "cut_up", "cut_down", "half_open", "double", "garbage"]
FAULTS: tuple[Fault, ...] = ("none", "refuse", "delay", "cut_up", "cut_down", "half_open", "double", "garbage")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 17\r\n\r\n<h1>Sign in!</h1>"


@dataclass(slots=True)
class BadProxy:
    """To the gateway on `port`. `calm`: the chance that a connection is left alone. `script`: the faults of the first
    connections, in order; afterwards they are drawn. `longest_s`: of a delay. `cut_within`: bytes within which cuts
    lie.

    refuse: closed as soon as it is there. delay: every piece is late. cut_up, cut_down: the connection is reset after
    so many bytes to the gateway, to the till. half_open: the gateway hears all of it and the till never an answer.
    double: each request reaches the gateway twice, and the first of a connection once more when the connection has
    ended. garbage: a page of somebody else's.
    """

    port: int
    chance: random.Random
    calm: float = 0.5
    script: Sequence[tuple[Fault, int]] = ()
    longest_s: float = 0.02
    cut_within: int = 4000
    listening: int = 0
    done: Counter[str] = field(default_factory=Counter)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _count: int = 0

    async def start(self) -> None:
        """Listen on a free port of the loopback (`listening`)."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.listening = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Cut everything."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    def _drawn(self) -> tuple[Fault, int]:
        self._count += 1
        if self._count <= len(self.script):
            return self.script[self._count - 1]
        if self.chance.random() < self.calm:
            return "none", 0
        return self.chance.choice(FAULTS[1:]), self.chance.randrange(self.cut_within)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        fault, at = self._drawn()
        self.done[fault] += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._pass(fault, at, reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _pass(self, fault: Fault, at: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if fault == "refuse":
            return
        if fault == "garbage":
            await reader.read(1)
            writer.write(_PAGE)
            await writer.drain()
            return
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            if fault == "double":
                await self._doubled(reader, writer, up_reader, up_writer)
                return
            up = self._pump(reader, up_writer, fault == "delay", at if fault == "cut_up" else None)
            down = (
                self._swallow(up_reader)
                if fault == "half_open"
                else self._pump(up_reader, writer, fault == "delay", at if fault == "cut_down" else None)
            )
            tasks = {asyncio.ensure_future(up), asyncio.ensure_future(down)}
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            up_writer.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, late: bool, left: int | None
    ) -> None:
        while data := await reader.read(65536):
            if late:
                await asyncio.sleep(self.chance.random() * self.longest_s)
            if left is not None and left < len(data):
                writer.write(data[:left])
                await writer.drain()
                return
            left = None if left is None else left - len(data)
            writer.write(data)
            await writer.drain()

    @staticmethod
    async def _swallow(reader: asyncio.StreamReader) -> None:
        """The till waits in vain; the connection stays."""
        while await reader.read(65536):
            pass
        await asyncio.sleep(3600)

    async def _doubled(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
    ) -> None:
        first = b""
        try:
            while True:
                request = await _message(reader)
                first = first or request
                await self._once_more(request)
                up_writer.write(request)
                writer.write(await _message(up_reader))
                await writer.drain()
        finally:
            if first:
                with suppress(OSError, asyncio.IncompleteReadError):
                    await self._once_more(first)

    async def _once_more(self, request: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            await _message(reader)
        finally:
            writer.transport.abort()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message with a Content-Length, or none of a body."""
    head = await reader.readuntil(b"\r\n\r\n")
    found = _LENGTH.search(head)
    return head + (await reader.readexactly(int(found[1])) if found else b"")
