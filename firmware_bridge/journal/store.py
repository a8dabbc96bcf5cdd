"""Where a sale becomes durable: the till's journal, on the one thread that owns it.

A batch is one commit. When `append` returns, its records, idempotency keys, personal data, snapshot and anchor are
on the disk together; when it raises, see the error: after JournalFailed the batch may or may not be there, so
`reopen`, compare `same_as(head before)`, and start again from what the file holds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from firmware_bridge.journal import books, chain, reading
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.codec import encode
from firmware_bridge.journal.database import Database, damaged
from firmware_bridge.journal.errors import JournalError, JournalForeign, NotStorable, RequestKnown
from firmware_bridge.journal.reading import Row
from firmware_bridge.journal.records import Advance, Checkpoint, Entry, Intent, Parked, Record, Request
from firmware_bridge.journal.views import JournalView
from statemachines.vocabulary.events import Occurred

SNAPSHOTS_KEPT = 2
_ERASE = "erase_pending"
_TRAINING = "training"

Clock = Callable[[], int]


class Journal(JournalView):
    """The journal of one till: what `JournalView` reads, and the commits."""

    def __init__(self, database: Database, clock: Clock, meta: Mapping[str, str]) -> None:
        """Not for callers: use `open`."""
        super().__init__(database, meta)
        self._clock = clock
        self._erase_pending = _ERASE in meta

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        till_id: str,
        clock: Clock,
        new_id: Callable[[], str],
        training: bool | None = False,
    ) -> Journal:
        """Open the journal of till `till_id`, or begin it under an id of `new_id`, and check its tail.

        The calling thread owns it from now on. `clock` gives UTC milliseconds. `training`: a journal in which nothing
        is real; None takes either kind, for who sells nothing. Raises JournalLocked, JournalForeign (another till's,
        a training journal for a real one or the reverse, a newer format, no journal), JournalCorrupt, JournalError.
        """
        database = Database(Path(path))
        try:
            meta = _identify(database, till_id, clock, new_id, training=bool(training))
            if training is not None:
                _same_kind(database.path, meta, training=training)
            journal = cls(database, clock, meta)
            database.complete()
        except BaseException:
            database.close()
            raise
        return journal

    def close(self) -> None:
        """Close; harmless when closed."""
        self._database.close()

    def reopen(self) -> Head:
        """After JournalFailed: open anew, read again, and return the head that is really there.

        Raises JournalFailed while the disk still refuses, JournalCorrupt when the tail is damaged.
        """
        self._database.reconnect()
        try:
            self._head = self._check_tail()
        except JournalError as error:
            self._database.refuse(str(error))
            raise
        return self._head

    def append(
        self,
        batch: Sequence[Entry],
        requests: Sequence[Request] = (),
        *,
        personal: Mapping[str, bytes] | None = None,
        snapshot: bytes | None = None,
        anchor: str | None = None,
    ) -> list[Record]:
        """Commit the whole batch with one sync and return its records.

        `personal`: subject -> bytes, kept outside of the chain. `snapshot`: the rules' state after this batch.
        `anchor`: the reason for which the head after this batch becomes an anchor. Raises NotStorable and
        RequestKnown (nothing was written), JournalFailed.
        """
        rows = self._chained(batch)
        bound = [(item.id, item.digest, item.subject, rows[item.entry][0]) for item in requests]
        head = Head(rows[-1][0], rows[-1][5]) if rows else self._head
        with self._database.writing() as connection:
            connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", rows)
            for request in bound:
                _bind(connection, request)
            if personal:
                connection.executemany("INSERT OR REPLACE INTO personal VALUES (?, ?)", personal.items())
            if snapshot is not None:
                _put_snapshot(connection, head, snapshot)
            if anchor is not None:
                connection.execute("INSERT OR IGNORE INTO anchors VALUES (?, ?, ?, ?)", (*head, self._clock(), anchor))
        self._head = head
        return [
            Record(seq, at, subject, name, entry.record, digest)
            for (seq, at, subject, name, _, digest), entry in zip(rows, batch, strict=True)
        ]

    def _chained(self, batch: Sequence[Entry]) -> list[Row]:
        rows: list[Row] = []
        seq, previous = self._head
        for entry in batch:
            name, body = encode(entry.record)
            at = entry.record.at if isinstance(entry.record, Occurred) else self._clock()
            _storable(entry.subject)
            seq += 1
            previous = chain.link(previous, seq, at, entry.subject, name, body)
            rows.append((seq, at, entry.subject, name, body, previous))
        return rows

    def forget(self, subject: str) -> bool:
        """Erase the personal data of a document from the file; the chain is not touched.

        Returns whether no copy is left on disk. False: somebody is reading the file; `checkpoint` finishes it.
        """
        with self._database.writing() as connection:
            connection.execute("DELETE FROM personal WHERE subject = ?", (subject,))
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (_ERASE,))
        self._erase_pending = True
        self.checkpoint()
        return not self._erase_pending

    def advance(
        self,
        book: str,
        seq: int,
        refs: Mapping[str, str] | None = None,
        parked: Sequence[Parked] = (),
        resolved: Sequence[int] = (),
        intent: Intent | None = None,
    ) -> None:
        """Move a book's cursor to `seq` with what was learned on the way, in one commit.

        `refs`: our id -> the vendor's. `parked`: records set aside, or whose state has changed; `resolved`: parked ones
        taken back. `intent`: the request that may leave after this commit; None: no request is open any more. Raises
        ValueError (nothing was written) when the cursor would go back or past the head, or a row or the intent is
        another book's or past the head.
        """
        self._check_aside(book, parked, intent)
        with self._database.writing() as connection:
            row = connection.execute("SELECT seq FROM cursors WHERE name = ?", (book,)).fetchone()
            if not (0 if row is None else row[0]) <= seq <= self._head.seq:
                raise ValueError(f"the cursor of {book} cannot move from {row} to {seq}; nothing was written")
            connection.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (book, seq))
            learned = [(book, ours, theirs) for ours, theirs in (refs or {}).items()]
            connection.executemany("INSERT OR REPLACE INTO refs VALUES (?, ?, ?)", learned)
            books.write(connection, book, parked, resolved, intent)
            self._advanced(connection, Advance(book, seq, refs or {}, parked, resolved, intent))

    def _advanced(self, connection: sqlite3.Connection, advance: Advance) -> None:
        """In the commit of `advance`: what else is to be written with it."""

    def _check_aside(self, book: str, parked: Sequence[Parked], intent: Intent | None) -> None:
        if any(row.vendor != book for row in parked) or (intent is not None and intent.book != book):
            raise ValueError(f"only rows and requests of {book} go with its cursor; nothing was written")
        numbers = [row.seq for row in parked] + ([] if intent is None else [intent.seq])
        if any(not 0 < number <= self._head.seq for number in numbers):
            raise ValueError(f"a row or request of {book} names no record of the journal; nothing was written")

    def checkpoint(self) -> Checkpoint:
        """Move the write-ahead log into the main file; for the owner's idle moments. Raises JournalFailed.

        The log keeps its length, except once after `forget`: what was erased must not stay readable in it.
        """
        done = self._database.checkpoint("TRUNCATE" if self._erase_pending else "PASSIVE")
        if self._erase_pending and done.logged == 0:
            with self._database.writing() as connection:
                connection.execute("DELETE FROM meta WHERE key = ?", (_ERASE,))
            self._erase_pending = False
        return done


def _identify(
    database: Database, till_id: str, clock: Callable[[], int], new_id: Callable[[], str], *, training: bool
) -> dict[str, str]:
    """Return the particulars of the journal, written first when it is new. Raises JournalForeign."""
    with database.reading() as connection:
        found = reading.meta(connection, database.path)
    if not found:
        found = {
            "format": str(reading.FORMAT),
            "min_reader": str(reading.FORMAT),
            "journal_id": new_id(),
            "till_id": till_id,
            "created": str(clock()),
        }
        if training:
            found[_TRAINING] = "1"
        with database.writing() as connection:
            connection.executemany("INSERT INTO meta VALUES (?, ?)", found.items())
    missing = {"journal_id", "till_id"} - found.keys()
    if missing:
        raise damaged(database.path, f"its {' and '.join(sorted(missing))} is gone")
    if found["till_id"] != till_id:
        raise JournalForeign(
            f"The journal {database.path} belongs to till {found['till_id']}, not to {till_id}; nothing was changed."
        )
    return found


def _same_kind(path: Path, meta: Mapping[str, str], *, training: bool) -> None:
    """Raises JournalForeign: what was sold for training never stands among what was sold, and the reverse."""
    if (_TRAINING in meta) == training:
        return
    if training:
        raise JournalForeign(
            f"The journal {path} holds real sales and the till is in training; nothing was changed. Give [journal] "
            f"path another file, or take `training` out of [till]."
        )
    raise JournalForeign(
        f"The journal {path} holds sales of a training and the till is to sell for real; nothing was changed. Give "
        f"[journal] path another file, or set `training = true` in [till]."
    )


def _storable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotStorable(f"The subject {text!r:.80} is not valid text; nothing was written.") from error


def _bind(connection: sqlite3.Connection, request: tuple[str, bytes, str, int]) -> None:
    try:
        connection.execute("INSERT INTO requests VALUES (?, ?, ?, ?)", request)
    except sqlite3.IntegrityError as error:
        raise RequestKnown(request[0]) from error


def _put_snapshot(connection: sqlite3.Connection, head: Head, body: bytes) -> None:
    digest = chain.snapshot_digest(head.seq, head.hash, body)
    connection.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)", (head.seq, body, digest))
    connection.execute(
        "DELETE FROM snapshots WHERE seq NOT IN (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT ?)",
        (SNAPSHOTS_KEPT,),
    )
