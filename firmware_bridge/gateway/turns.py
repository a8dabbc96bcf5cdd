"""Between the records and a book's lane: whose turn it is.

An open request comes first, then what waited for an id that was just learned, then what is set aside and may be sent,
in order, then the next record of the journal. What is set aside is gone through in the records' order, piece by
piece, and the closed places are built anew on the way: a record is free when no earlier one closes its place.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass

from firmware_bridge.gateway.ledger import Ledger
from firmware_bridge.gateway.parking import Closed
from firmware_bridge.gateway.store import BookStore
from firmware_bridge.journal.records import Intent, Parked, Record
from firmware_bridge.log_kinds import about

log = logging.getLogger(__name__)

RECORDS_AT_ONCE = 32
ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Item:
    """A record whose turn it is. `row`: it is set aside; None: the next one of the journal."""

    record: Record
    row: Parked | None = None

    @property
    def seq(self) -> int:
        """The record's number."""
        return self.record.seq


class Turns:
    """The order of one lane. `closed`: the places that are closed for what comes next."""

    def __init__(self, store: BookStore, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._records: deque[Record] = deque()
        self.restart()

    def restart(self) -> None:
        """Go through what is set aside from the beginning; nothing of it may wait to be written."""
        self.closed = Closed()
        self._learned: deque[Parked] = deque()
        self._page: deque[Parked] = deque()
        self._page_after = 0
        self._sweeping = True

    def reload(self) -> None:
        """Begin anew after the ledger was read again."""
        self._records.clear()
        self.restart()

    async def learned(self, our_id: str, by: int) -> None:
        """Record `by` has taught the vendor's id for ours: what waits for it comes next, as far as it is written."""
        if self._ledger.states["waits"] > 0:
            self._learned.extend(row for row in await self._store.waiting(our_id) if row.seq != by)

    async def waiting(self, our_id: str) -> list[Parked]:
        """Return what waits for the vendor's id for ours."""
        await self._ledger.flush()
        return await self._store.waiting(our_id)

    def done(self, seq: int) -> None:
        """Record `seq` has had its turn."""
        if self._records and self._records[0].seq == seq:
            self._records.popleft()
        for rows in (self._learned, self._page):
            for row in [row for row in rows if row.seq == seq]:
                rows.remove(row)

    async def next(self) -> Item | None:
        """Return whose turn it is, the same until it is `done`; None: nobody's. Raises JournalError."""
        if self._ledger.intent is not None:
            item = await self._open(self._ledger.intent)
            if item is not None:
                return item
        row = self._learned[0] if self._learned else await self._swept()
        if row is not None:
            return Item(await self._store.record(row.seq), row)
        record = await self._record()
        return None if record is None else Item(record)

    async def _open(self, intent: Intent) -> Item | None:
        if intent.seq > self._ledger.cursor:
            record = await self._record()
            if record is not None and record.seq == intent.seq:
                return Item(record)
        else:
            row = await self._store.row(intent.seq)
            if row is not None:
                return Item(await self._store.record(row.seq), row)
        log.error(
            "the open request of %s is about record %d, whose turn it is not",
            intent.book,
            intent.seq,
            extra=about("book-waits", vendor=intent.book, record=intent.seq),
        )
        self._ledger.intent = None
        return None

    async def _swept(self) -> Parked | None:
        """The next row that may be sent, or that has to be planned to know."""
        while self._sweeping:
            if not self._page:
                await self._ledger.flush()
                self._page.extend(await self._store.rows(self._page_after, ROWS_AT_ONCE))
                self._sweeping = bool(self._page)
                continue
            row = self._page[0]
            self._page_after = row.seq
            if await self._may_go(row):
                return row
            self._page.popleft()
        return None

    async def _may_go(self, row: Parked) -> bool:
        match row.state:
            case "refused":
                self.closed.close(row.place, row.seq)
                return False
            case "waits":
                return await self._ledger.find(row.on)
            case "behind":
                return self.closed.by(row.place, row.seq) is None
            case "retry":
                return True

    async def _record(self) -> Record | None:
        if not self._records:
            self._records.extend(await self._store.records(self._ledger.cursor, RECORDS_AT_ONCE))
        return self._records[0] if self._records else None
