"""What the till asks its journal after a restart, and in the middle of a sale: every read, none of the writes.

Reading in order (`read`, `replay_from_snapshot`) checks every link of the chain; a look-up by subject or name does
not, it only decodes. All of it raises JournalCorrupt or JournalError when the file cannot be read, JournalMisuse
from a thread that does not own the journal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from firmware_bridge.journal import books, reading
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.database import Database, damaged
from firmware_bridge.journal.reading import Row
from firmware_bridge.journal.records import (
    Anchor,
    BoundRequest,
    Intent,
    Parked,
    ParkedState,
    Record,
    Settings,
    Snapshot,
)

TAIL = 1000
"""Records whose hashes are checked at every opening; the whole chain is `verify`'s work."""


class JournalView:
    """The reading half of `Journal`."""

    def __init__(self, database: Database, meta: Mapping[str, str]) -> None:
        self._database = database
        self.path = database.path
        self.journal_id = meta["journal_id"]
        self.till_id = meta["till_id"]
        self._head = self._check_tail()

    # --- what the chain holds ---

    def head(self) -> Head:
        """The last record's number and hash; (0, genesis) when there is none."""
        return self._head

    def same_as(self, head: tuple[int, bytes]) -> bool:
        """Whether the file, read again, ends exactly at `head`."""
        with self._database.reading() as connection:
            return reading.last(connection, self.journal_id) == tuple(head)

    def read(self, after: int = 0, limit: int = reading.ROWS_AT_ONCE) -> list[Record]:
        """Return up to `limit` records after `after`, every link checked. Raises JournalCorrupt."""
        return [reading.record(row) for row in self._checked_after(after, limit)]

    def rows(self, after: int = 0, limit: int = reading.ROWS_AT_ONCE) -> list[Row]:
        """Return the same records as `read` does, as they stand in the file. Raises JournalCorrupt."""
        return self._checked_after(after, limit)

    def by_subject(self, subject: str) -> list[Record]:
        """Return all records about one document or shift, in order; none for ""."""
        return self._select("WHERE subject = ? AND subject <> '' ORDER BY seq", subject)

    def by_name(self, name: str, limit: int = 50, before: int | None = None) -> list[Record]:
        """Return the newest `limit` records of a class, newest first, older than record `before`."""
        ceiling = self._head.seq + 1 if before is None else before
        return self._select("WHERE name = ? AND seq < ? ORDER BY seq DESC LIMIT ?", name, ceiling, limit)

    def latest_snapshot(self) -> Snapshot | None:
        """Return the newest sound snapshot; a damaged one is passed over for the one before it, or None."""
        with self._database.reading() as connection:
            found = reading.snapshots(connection, self.journal_id)
        return next((snapshot for snapshot, sound in found if sound), None)

    def replay_from_snapshot(self) -> tuple[bytes | None, Iterator[Record]]:
        """Return the newest sound snapshot's bytes (None: from the beginning) and the records after it.

        The iterator reads in pieces, up to the head of this moment, and checks every link: it raises JournalCorrupt.
        """
        snapshot = self.latest_snapshot()
        if snapshot is None:
            return None, self._replay(0, self._head.seq)
        return snapshot.body, self._replay(snapshot.seq, self._head.seq)

    def _replay(self, after: int, end: int) -> Iterator[Record]:
        while after < end:
            rows = self._checked_after(after, min(reading.ROWS_AT_ONCE, end - after))
            if not rows:
                raise damaged(self.path, f"record {after + 1} is missing", after + 1)
            yield from map(reading.record, rows)
            after = rows[-1][0]

    def anchors(self) -> list[Anchor]:
        """Return all anchors in order."""
        with self._database.reading() as connection:
            return reading.anchors(connection)

    # --- beside the chain ---

    def find_request(self, request_id: str) -> BoundRequest | None:
        """Return what an idempotency key is bound to."""
        row = self._one("SELECT id, digest, subject, seq FROM requests WHERE id = ?", request_id)
        return None if row is None else BoundRequest(*row)

    def personal(self, subject: str) -> bytes | None:
        """Return the personal data kept for a document."""
        row = self._one("SELECT body FROM personal WHERE subject = ?", subject)
        return None if row is None else bytes(row[0])

    def cursors(self) -> dict[str, int]:
        """Return how far each book has got (a book not in it: 0)."""
        with self._database.reading() as connection:
            return books.cursors(connection)

    def ref(self, vendor: str, our_id: str) -> str | None:
        """Return the vendor's id for ours."""
        row = self._one("SELECT vendor_id FROM refs WHERE vendor = ? AND our_id = ?", vendor, our_id)
        return None if row is None else str(row[0])

    def refs(self, vendor: str) -> dict[str, str]:
        """Return all of a vendor's ids by ours."""
        with self._database.reading() as connection:
            return dict(connection.execute("SELECT our_id, vendor_id FROM refs WHERE vendor = ? ORDER BY 1", (vendor,)))

    def parked(self, vendor: str | None = None, after: int = 0, limit: int | None = None) -> list[Parked]:
        """Return what is set aside, of one vendor or of all: up to `limit` rows of records after `after`, in order."""
        with self._database.reading() as connection:
            return books.parked(connection, vendor, after, limit)

    def parked_row(self, vendor: str, seq: int) -> Parked | None:
        """Return a record that is set aside for a vendor, None when it is not."""
        with self._database.reading() as connection:
            return books.parked_row(connection, vendor, seq)

    def parked_states(self, vendor: str) -> dict[ParkedState, int]:
        """Return how many of a vendor's rows are in which state."""
        with self._database.reading() as connection:
            return books.parked_states(connection, vendor).get(vendor, {})

    def waiting(self, vendor: str, on: str) -> list[Parked]:
        """Return a vendor's rows that wait for its id for `on`, in order."""
        with self._database.reading() as connection:
            return books.waiting(connection, vendor, on)

    def intent(self, book: str) -> Intent | None:
        """Return the request of a book that may have left and whose answer was not written."""
        with self._database.reading() as connection:
            return next(iter(books.intents(connection, book)), None)

    def count(self, names: Sequence[str], after: int = 0) -> int:
        """Return how many records of these classes stand after record `after`."""
        with self._database.reading() as connection:
            return books.count(connection, names, after)

    def count_parked(self, vendor: str, names: Sequence[str]) -> int:
        """Return how many records of these classes are set aside for a vendor."""
        with self._database.reading() as connection:
            return books.count_parked(connection, vendor, names)

    # --- the file ---

    def settings(self) -> Settings:
        """What SQLite says is in force on this connection."""
        return self._database.settings()

    @property
    def failed(self) -> bool:
        """Whether writing is refused until `reopen`."""
        return self._database.failed

    def _checked_after(self, after: int, limit: int) -> list[Row]:
        with self._database.reading() as connection:
            before = reading.hash_at(connection, after, self.journal_id)
            if before is not None:
                return reading.checked(connection, self.path, Head(after, before), limit)
        if after > self._head.seq:
            return []
        raise damaged(self.path, f"record {after} is missing", after)

    def _check_tail(self) -> Head:
        with self._database.reading() as connection:
            head = reading.last(connection, self.journal_id)
            cut = reading.beyond(connection, head.seq)
            if cut is not None:
                raise damaged(self.path, cut, head.seq + 1)
            start = max(0, head.seq - TAIL)
            base = reading.hash_at(connection, start, self.journal_id)
            if base is None:
                raise damaged(self.path, f"record {start} is missing", start)
            rows = reading.checked(connection, self.path, Head(start, base), TAIL)
        return Head(rows[-1][0], rows[-1][5]) if rows else head

    def _select(self, clause: str, *values: object) -> list[Record]:
        query = f"SELECT {reading.COLUMNS} FROM records {clause}"  # noqa: S608 - clauses are constants of this file
        with self._database.reading() as connection:
            rows = connection.execute(query, values).fetchall()
        return [reading.record(row) for row in rows]

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        with self._database.reading() as connection:
            row: tuple[Any, ...] | None = connection.execute(query, values).fetchone()
        return row
