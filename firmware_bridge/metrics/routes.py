"""On a question's way: GET /metrics, all families put together.

Counters are lifetime values where the journal knows them, else the process's own, which their HELP says. No label tells
of a serial number, a receipt or a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.backend import Backend, Outbox
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.reading import FORMAT
from firmware_bridge.metrics import counted, machine
from firmware_bridge.metrics.families import CONTENT_TYPE, Family, Histogram, Labels, gauge, render
from firmware_bridge.metrics.gauges import gauges, open_drawers
from firmware_bridge.metrics.lifetime import Journal, Lifetime
from firmware_bridge.metrics.process import Book, Process, verdicts
from firmware_bridge.metrics.tallies import Tallies

#: Book -> `at` (UTC ms) of the oldest record that it does not have yet; a book that has all is left out.
Oldest = Callable[[], Awaitable[tuple[Sequence[Book], dict[str, int]]]]


class MetricsRoutes:
    """Handlers by the names of api.table. `journal` None = of a till without one no counter is told.

    `path`: of the journal's file, whose partition is looked at; `now`: UTC ms. `process`: what this process counts.
    `books`: how the books stand, and since when something waits for them; None = not told.
    """

    def __init__(
        self,
        backend: Backend,
        outbox: Outbox,
        version: str,
        now: Callable[[], int],
        journal: Journal | None = None,
        path: Path | None = None,
        process: Process | None = None,
        books: Oldest | None = None,
    ) -> None:
        self._backend = backend
        self._outbox = outbox
        self._version = version
        self._now = now
        kept = None if path is None else Path(f"{path}.tallies")
        self._lifetime = None if journal is None else Lifetime(journal, kept)
        self._path = path
        self._books = books
        self.process = process or Process()
        self.handlers: dict[str, Handler] = {"metrics": self._metrics}

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        body = render(await self._families()).encode()
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def _families(self) -> list[Family | Histogram]:
        now, status = self._now(), self._backend.status("observer")
        found: list[Family | Histogram] = [*gauges(status, await self._outbox.books(), now)]
        info: Labels = (("running", self._version), ("schema", str(FORMAT)))
        found.append(gauge("till_release_info", "The release that runs and the format of its journal.", (info, 1.0)))
        found += await asyncio.to_thread(lambda: list(machine.families(self._path)))
        tallies = await self._counted()
        if tallies is not None:
            found += counted.families(tallies, [one["id"] for one in status["drawers"]], now)
            found.append(open_drawers(status, tallies.open_since, now))
        found += self.process.families()
        return [*found, *await self._of_books(tallies, now)]

    async def _counted(self) -> Tallies | None:
        """None too while the journal cannot be read: what is not known is not told as 0."""
        try:
            return None if self._lifetime is None else await self._lifetime.tallies()
        except JournalError:
            return None

    async def _of_books(self, tallies: Tallies | None, now: int) -> list[Family]:
        if self._books is None:
            return []
        try:
            books, oldest = await self._books()
        except JournalError:
            return []
        parked: dict[tuple[str, str], int] | None = None
        if tallies is not None:
            parked = {(key[1], key[2]): count for key, count in tallies.counts.items() if key[0] == "book"}
        ages = [((("vendor", one.book),), _age(oldest.get(one.book), now)) for one in books]
        text = "Age of the oldest cash fact that a book does not have yet; 0 when it has all."
        return [verdicts(books, parked), gauge("till_outbox_oldest_seconds", text, *ages)]


def _age(at: int | None, now: int) -> float:
    return 0.0 if at is None else max(0, now - at) / 1000
