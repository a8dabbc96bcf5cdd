"""What stands beside a sale's records for the books: cursors, ids learned, records set aside, open intents.

Queries for the till's journal and for the read-only checks; those of journals that an earlier release made lack some
of it, and are read as they are.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, cast, get_args

from firmware_bridge.journal.errors import JournalCorrupt
from firmware_bridge.journal.records import Intent, Parked, ParkedState
from firmware_bridge.journal.schema import has_books

_ROW = "vendor, seq, place, state, waits_for, reason, at, ref"
_EARLIER_ROW = "vendor, seq, NULL, 'refused', '', reason, at, ref"
_STATES = get_args(ParkedState)


def cursors(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how far each book has got."""
    return dict(connection.execute("SELECT name, seq FROM cursors ORDER BY name"))


def parked(
    connection: sqlite3.Connection, vendor: str | None = None, after: int = 0, limit: int | None = None
) -> list[Parked]:
    """Return what is set aside, of one vendor or of all, in order: up to `limit` rows of records after `after`."""
    row = _ROW if has_books(connection) else _EARLIER_ROW
    found = connection.execute(
        f"SELECT {row} FROM parked WHERE (?1 IS NULL OR vendor = ?1) AND seq > ?2 "  # noqa: S608 - constants
        "ORDER BY vendor, seq LIMIT ?3",
        (vendor, after, -1 if limit is None else limit),
    )
    return [_parked(one) for one in found]


def parked_row(connection: sqlite3.Connection, vendor: str, seq: int) -> Parked | None:
    """Return the row of one record, None when it is not set aside."""
    found = connection.execute(
        f"SELECT {_ROW} FROM parked WHERE vendor = ? AND seq = ?",  # noqa: S608 - a constant
        (vendor, seq),
    ).fetchone()
    return None if found is None else _parked(found)


def waiting(connection: sqlite3.Connection, vendor: str, on: str) -> list[Parked]:
    """Return the rows that wait for the vendor's id for `on`, in order."""
    found = connection.execute(
        f"SELECT {_ROW} FROM parked WHERE vendor = ? AND waits_for = ? AND waits_for <> '' "  # noqa: S608 - constants
        "ORDER BY seq",
        (vendor, on),
    )
    return [_parked(one) for one in found]


def parked_states(connection: sqlite3.Connection, vendor: str | None = None) -> dict[str, dict[ParkedState, int]]:
    """Return how many rows are in which state, by vendor."""
    state = "state" if has_books(connection) else "'refused'"
    counts: dict[str, dict[ParkedState, int]] = {}
    for name, found, count in connection.execute(
        f"SELECT vendor, {state}, count(*) FROM parked WHERE ?1 IS NULL OR vendor = ?1 "  # noqa: S608 - constants
        "GROUP BY 1, 2 ORDER BY 1, 2",
        (vendor,),
    ):
        counts.setdefault(name, {})[found] = count
    return counts


def count(connection: sqlite3.Connection, names: Sequence[str], after: int) -> int:
    """Return how many records of these classes stand after record `after`."""
    return _number(
        connection,
        f"SELECT count(*) FROM records WHERE name IN ({_marks(names)}) AND seq > ?",  # noqa: S608 - question marks
        (*names, after),
    )


def count_parked(connection: sqlite3.Connection, vendor: str, names: Sequence[str]) -> int:
    """Return how many records of these classes a vendor has set aside."""
    return _number(
        connection,
        "SELECT count(*) FROM parked JOIN records USING (seq) "  # noqa: S608 - question marks
        f"WHERE vendor = ? AND name IN ({_marks(names)})",
        (vendor, *names),
    )


def intents(connection: sqlite3.Connection, book: str | None = None) -> list[Intent]:
    """Return the open intents, of one book or of all."""
    if not has_books(connection):
        return []
    found = connection.execute(
        "SELECT book, seq, operation, sends, at FROM intents WHERE ?1 IS NULL OR book = ?1 ORDER BY book", (book,)
    )
    return [Intent(*one) for one in found]


def write(
    connection: sqlite3.Connection,
    book: str,
    parked_rows: Iterable[Parked],
    resolved: Iterable[int],
    intent: Intent | None,
) -> None:
    """Write rows, then take rows away, and make `intent` the book's only one (None: it has none)."""
    connection.executemany(
        "INSERT OR REPLACE INTO parked (vendor, seq, place, state, waits_for, reason, at, ref) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (row.vendor, row.seq, _json(row.place), row.state, row.on, row.reason, row.at, (row.place or ("",))[-1])
            for row in parked_rows
        ],
    )
    connection.executemany("DELETE FROM parked WHERE vendor = ? AND seq = ?", [(book, seq) for seq in resolved])
    if intent is None:
        connection.execute("DELETE FROM intents WHERE book = ?", (book,))
    else:
        connection.execute(
            "INSERT OR REPLACE INTO intents VALUES (?, ?, ?, ?, ?)",
            (book, intent.seq, intent.operation, intent.sends, intent.at),
        )


def faults(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """Return the rows set aside that cannot be read: record number and a sentence."""
    if not has_books(connection):
        return []
    found: list[tuple[int, str]] = []
    for row in connection.execute(f"SELECT {_ROW} FROM parked ORDER BY vendor, seq"):  # noqa: S608 - a constant
        try:
            _parked(row)
        except JournalCorrupt as error:
            found.append((error.seq, str(error)))
    return found


def _parked(row: tuple[Any, ...]) -> Parked:
    vendor, seq, place, state, on, reason, at, ref = row
    if place is None:
        return Parked(vendor, seq, (ref,), "refused", "", reason, at)
    if state not in _STATES:
        raise _corrupt(seq, vendor, f"its state is {state!r:.20}")
    return Parked(vendor, seq, _place(place, seq, vendor), cast("ParkedState", state), on, reason, at)


def _place(text: object, seq: int, vendor: str) -> tuple[str, ...]:
    try:
        names = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _corrupt(seq, vendor, "its place cannot be read")
    return tuple(names)


def _corrupt(seq: int, vendor: str, why: str) -> JournalCorrupt:
    return JournalCorrupt(f"Record {seq} is set aside for {vendor} and {why}: nothing was sent or changed.", seq=seq)


def _json(place: tuple[str, ...]) -> str:
    return json.dumps(place, ensure_ascii=False, separators=(",", ":"))


def _marks(names: Sequence[str]) -> str:
    return ",".join("?" * len(names))


def _number(connection: sqlite3.Connection, query: str, values: tuple[object, ...]) -> int:
    (found,) = connection.execute(query, values).fetchone()
    return int(found)
