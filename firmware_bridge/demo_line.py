"""Between a till and its vendor on the demo day: the line, which somebody cuts and mends.

Cut, it is a line on which nobody listens: connections that stood are broken, a new one is refused before a byte of it
is sent. What passes is not looked at.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

_PIECE: Final = 65_536
_PATIENCE_S: Final = 10.0


class Line:
    """To `url`, from a port of this machine; mended at first. A context manager, leaves no thread behind."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 80)
        self._rest = parts
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="line", daemon=True)
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self._port = 0

    @property
    def url(self) -> str:
        """Where the till finds its vendor now."""
        return urlunsplit(self._rest._replace(netloc=f"127.0.0.1:{self._port}"))

    def cut(self) -> None:
        """Harmless twice."""
        self._do(self._cut())

    def mend(self) -> None:
        """Harmless twice. Raises OSError when somebody else has taken the port meanwhile."""
        self._do(self._mend())

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self.mend()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self._end()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_S)
        self._loop.close()

    async def _mend(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._pass, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        while self._passing:
            for task in tuple(self._passing):
                task.cancel()
            await asyncio.wait(tuple(self._passing))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served by a task")
        self._passing.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pour(reader, far_writer))
                    both.create_task(_pour(far_reader, writer))
            finally:
                far_writer.transport.abort()
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._passing.discard(task)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one end hangs up; the other learns of it."""
    while piece := await reader.read(_PIECE):
        writer.write(piece)
        await writer.drain()
    with suppress(OSError):
        writer.write_eof()
