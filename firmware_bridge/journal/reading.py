"""Rows of the file as values: the queries that the till's journal and the read-only checks have in common."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from firmware_bridge.journal import chain, codec
from firmware_bridge.journal.database import damaged
from firmware_bridge.journal.errors import JournalForeign
from firmware_bridge.journal.records import Anchor, Record, Snapshot
from firmware_bridge.journal.schema import has_books

FORMAT = 1
"""Layout of the tables. A journal whose `min_reader` is higher is refused."""
COLUMNS = "seq, at, subject, name, body, hash"
ROWS_AT_ONCE = 500

Row = tuple[int, int, str, str, bytes, bytes]


def meta(connection: sqlite3.Connection, path: Path) -> dict[str, str]:
    """Return the journal's particulars (format, min_reader, journal_id, till_id, created). Raises JournalForeign."""
    found = dict(connection.execute("SELECT key, value FROM meta"))
    needed = found.get("min_reader", "0")
    if not needed.isdigit() or int(needed) > FORMAT:
        raise JournalForeign(
            f"The journal {path} needs a newer release: it is of format {needed:.20}, this one reads up to {FORMAT}; "
            f"nothing was changed."
        )
    return found


def record(row: Row) -> Record:
    """Return the record of a row. Raises JournalCorrupt when its body is no record."""
    seq, at, subject, name, body, digest = row
    return Record(seq, at, subject, name, codec.decode(body, seq=seq), digest)


def rows_after(connection: sqlite3.Connection, after: int, limit: int) -> list[Row]:
    """Return up to `limit` rows that follow record `after`, in order."""
    return connection.execute(
        f"SELECT {COLUMNS} FROM records WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608 - a constant
        (after, limit),
    ).fetchall()


def size(connection: sqlite3.Connection) -> int | None:
    """Return how many records there should be, None where that cannot be read."""
    try:
        (highest,) = connection.execute("SELECT max(seq) FROM records").fetchone()
    except sqlite3.DatabaseError:
        return None
    return highest if isinstance(highest, int) else 0


def last(connection: sqlite3.Connection, journal_id: str) -> chain.Head:
    """Return the head of the chain, the genesis when there is no record."""
    row = connection.execute("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1").fetchone()
    return chain.Head(0, chain.genesis(journal_id)) if row is None else chain.Head(*row)


def hash_at(connection: sqlite3.Connection, seq: int, journal_id: str) -> bytes | None:
    """Return the stored hash of record `seq` (0 = genesis), None when there is no such record."""
    if seq == 0:
        return chain.genesis(journal_id)
    row = connection.execute("SELECT hash FROM records WHERE seq = ?", (seq,)).fetchone()
    return None if row is None or type(row[0]) is not bytes else row[0]


def fault(row: tuple[Any, ...], before: chain.Head) -> str | None:
    """Return what is wrong with a row that should follow `before` (a sentence part), None when it is sound."""
    seq, at, subject, name, body, digest = row
    if seq != before.seq + 1:
        missing = (
            f"record {before.seq + 1} is" if seq == before.seq + 2 else f"records {before.seq + 1} to {seq - 1} are"
        )
        return f"{missing} missing"
    if [type(value) for value in row] != [int, int, str, str, bytes, bytes]:
        return f"record {seq} is not stored as it was written"
    if chain.link(before.hash, seq, at, subject, name, body) != digest:
        return f"the hash of record {seq} does not match its content and its predecessor"
    return None


def checked(connection: sqlite3.Connection, path: Path, start: chain.Head, limit: int) -> list[Row]:
    """Return up to `limit` rows after `start`, every link checked. Raises JournalCorrupt."""
    rows = rows_after(connection, start.seq, limit)
    for row in rows:
        wrong = fault(row, start)
        if wrong is not None:
            raise damaged(path, wrong, row[0])
        start = chain.Head(row[0], row[5])
    return rows


def snapshots(connection: sqlite3.Connection, journal_id: str) -> list[tuple[Snapshot, bool]]:
    """Return the snapshots, newest first, and whether each is sound and belongs to this chain."""
    found = []
    for seq, body, digest in connection.execute("SELECT seq, body, digest FROM snapshots ORDER BY seq DESC").fetchall():
        chained = hash_at(connection, seq, journal_id)
        sound = chained is not None and type(body) is bytes and chain.snapshot_digest(seq, chained, body) == digest
        found.append((Snapshot(seq, body), sound))
    return found


def anchors(connection: sqlite3.Connection) -> list[Anchor]:
    """Return all anchors in order."""
    return [Anchor(*row) for row in connection.execute("SELECT seq, hash, at, reason FROM anchors ORDER BY seq")]


def beyond(connection: sqlite3.Connection, head: int) -> str | None:
    """Return the sign that records were cut off after `head`: something still points past it. None when not."""
    pointing = [("anchors", "an anchor"), ("snapshots", "a snapshot"), ("cursors", "a book's cursor")]
    pointing.append(("parked", "a record set aside for a book"))
    if has_books(connection):
        pointing.append(("intents", "a book's open request"))
    for table, what in pointing:
        (highest,) = connection.execute(f"SELECT max(seq) FROM {table}").fetchone()  # noqa: S608 - names from above
        if highest is not None and highest > head:
            return f"it ends at record {head} but {what} names record {highest}: its tail was cut off"
    return None
