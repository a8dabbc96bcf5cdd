"""Between the journal and its counters: all records once, then only what has come since; little by little.

The records are read on the journal's own thread, where commits are made: a few at a time, so that a sale waits for no
more than those. What was counted is kept beside the journal (`JOURNAL.tallies`, no sync: it can always be counted
again) and believed only if the record that it ends with still has its hash.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from firmware_bridge.journal.reading import Row
from firmware_bridge.metrics.tallies import Tallies

AT_ONCE: Final = 100
#: Seconds that one scrape may count; the next one goes on.
BUDGET_S: Final = 3.0
#: So many records more, and what was counted is written down.
_KEEP_EVERY: Final = 1000
_LARGEST: Final = 4 * 1024 * 1024


class Journal(Protocol):
    """The part of the journal that is counted (journal.thread.JournalThread)."""

    async def rows(self, after: int = 0, limit: int = AT_ONCE) -> Sequence[Row]:
        """Up to `limit` records behind record `after`. Raises JournalError."""


class Lifetime:
    """`path`: of the file that keeps what was counted, None = nothing is kept."""

    def __init__(
        self, journal: Journal, path: Path | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._journal = journal
        self._path = path
        self._monotonic = monotonic
        self._tallies: Tallies | None = None
        self._kept = 0
        self._lock = asyncio.Lock()

    async def tallies(self) -> Tallies | None:
        """As they are now; None while older records are still being counted. Raises JournalError."""
        async with self._lock:
            tallies = self._tallies = self._tallies or await self._begin()
            until = self._monotonic() + BUDGET_S
            while rows := await self._journal.rows(tallies.seq, AT_ONCE):
                for row in rows:
                    tallies.take(row)
                if len(rows) < AT_ONCE:
                    break
                if self._monotonic() > until:
                    return None
                await asyncio.sleep(0)
            if self._path is not None and tallies.seq - self._kept >= _KEEP_EVERY:
                self._kept = tallies.seq
                await asyncio.to_thread(_keep, self._path, tallies.stored())
            return tallies

    async def _begin(self) -> Tallies:
        data = b"" if self._path is None else await asyncio.to_thread(_read, self._path)
        found = Tallies.read(data)
        if found is None or found.seq < 1:
            return Tallies()
        rows = await self._journal.rows(found.seq - 1, 1)
        if not rows or (rows[0][0], rows[0][5]) != (found.seq, found.hash):
            return Tallies()  # of another journal, or of this one before it was put back from a copy
        self._kept = found.seq
        return found


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return b""


def _keep(path: Path, data: bytes) -> None:
    """As good as it goes: a card that is full costs the next start some counting."""
    beside = path.with_name(f"{path.name}.part")
    with contextlib.suppress(OSError):
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(data)
        beside.replace(path)
