"""Beside a sale's way: a journal opened to look at, for a person who compares a till's days, running or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_bridge.journal import books, reading
from firmware_bridge.journal.readonly import open_readonly
from firmware_bridge.journal.records import Parked, Record


class JournalLook:
    """One consistent view of the file: a `JournalFacts`. Answers at once; raises JournalError."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Not for callers: use `look`."""
        self._connection = connection

    async def by_name(self, name: str, limit: int = 50, before: int | None = None) -> list[Record]:
        ceiling = "" if before is None else "AND seq < ?"
        rows = self._connection.execute(
            f"SELECT {reading.COLUMNS} FROM records WHERE name = ? {ceiling} ORDER BY seq DESC LIMIT ?",  # noqa: S608 - constants
            (name, limit) if before is None else (name, before, limit),
        ).fetchall()
        return [reading.record(row) for row in rows]

    async def cursors(self) -> dict[str, int]:
        return books.cursors(self._connection)

    async def ref(self, vendor: str, our_id: str) -> str | None:
        row = self._connection.execute(
            "SELECT vendor_id FROM refs WHERE vendor = ? AND our_id = ?", (vendor, our_id)
        ).fetchone()
        return None if row is None else str(row[0])

    async def parked(self, vendor: str | None = None, after: int = 0, limit: int | None = None) -> list[Parked]:
        return books.parked(self._connection, vendor, after, limit)


@contextmanager
def look(path: str | Path) -> Iterator[JournalLook]:
    """Raises JournalForeign or JournalError with a sentence; nothing of the file is changed."""
    with open_readonly(path) as connection:
        reading.meta(connection, Path(path))
        yield JournalLook(connection)
