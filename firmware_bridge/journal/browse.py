"""The journal for a person or a program to read: its last records, its figures, all of it. Read-only, like `verify`.

Personal data stands outside of the records and is never part of what is printed here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from firmware_bridge.journal import books, codec, reading
from firmware_bridge.journal.errors import JournalCorrupt
from firmware_bridge.journal.patience import ticking
from firmware_bridge.journal.readonly import open_readonly
from firmware_bridge.progress import QUIET, Progress

_MOMENTS: Final = ("created", "first_at", "last_at")


def tail(path: str | Path, n: int = 20, progress: Progress = QUIET, names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the last `n` records (of these classes, if any are named), oldest first, as JSON-able maps."""
    only = f" WHERE name IN ({', '.join('?' * len(names))})" if names else ""
    query = f"SELECT {reading.COLUMNS} FROM records{only} ORDER BY seq DESC LIMIT ?"  # noqa: S608 - no text from outside
    with open_readonly(path) as connection, ticking(connection, progress):
        rows = connection.execute(query, (*names, n)).fetchall()
    progress.begin("reading the journal", len(rows), "records")
    return [_as_map(row) for row in progress.over(reversed(rows))]


def export(path: str | Path, progress: Progress = QUIET) -> Iterator[dict[str, Any]]:
    """Yield all records in order: seq, at (UTC ms), subject, name, kind, header, fields, hash (hex).

    A record that cannot be read has `damage` (a sentence) and `body` (hex) in place of header and fields.
    """
    with open_readonly(path) as connection, ticking(connection, progress):
        progress.begin("writing the records out", reading.size(connection), "records")
        after = -1
        while rows := reading.rows_after(connection, after, reading.ROWS_AT_ONCE):
            yield from progress.over(map(_as_map, rows))
            after = rows[-1][0]


def line(record: dict[str, Any]) -> str:
    """One record of `tail` or `export` as one line for a terminal; what could move the cursor is written as \\u…."""
    when = _when(record["at"])
    said = record.get("damage") or json.dumps(record.get("fields"), ensure_ascii=False, separators=(", ", ": "))
    return printable(f"{record['seq']:>8}  {when}  {record['name']}  {record['subject'] or '-'}  {said}")


def _when(utc_ms: Any) -> str:
    """A moment as it is read, and whatever else stands in its place as it stands there."""
    try:
        return datetime.fromtimestamp(utc_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"
    except (ValueError, OverflowError, OSError, TypeError):
        return f"at {utc_ms}"


def printable(text: str) -> str:
    """Return `text` with every character that is not printable as an escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def stats(path: str | Path, progress: Progress = QUIET) -> dict[str, Any]:
    """Return the journal's figures as one JSON-able map; sizes in bytes, times in UTC ms."""
    place = Path(path)
    progress.begin("counting what is in the journal")
    with open_readonly(place) as connection, ticking(connection, progress):
        meta = reading.meta(connection, place)
        head = reading.last(connection, meta.get("journal_id", ""))
        first, latest = connection.execute("SELECT min(at), max(at) FROM records").fetchone()
        names = dict(connection.execute("SELECT name, count(*) FROM records GROUP BY name ORDER BY name"))
        cursors = books.cursors(connection)
        parked = books.parked_states(connection)
        intents = books.intents(connection)
        counts = {
            table: _count(connection, table) for table in ("anchors", "snapshots", "requests", "refs", "personal")
        }
    log = Path(f"{place.resolve()}-wal")
    return {
        "path": str(place),
        "journal_id": meta.get("journal_id", ""),
        "till_id": meta.get("till_id", ""),
        "format": meta.get("format", ""),
        "created": int(meta.get("created", "0")),
        "records": sum(names.values()),
        "head": head.anchor,
        "first_at": first,
        "last_at": latest,
        "by_name": names,
        **counts,
        "cursors": {book: {"seq": seq, "behind": head.seq - seq} for book, seq in cursors.items()},
        "parked": parked,
        "intents": {intent.book: {"seq": intent.seq, "sends": intent.sends} for intent in intents},
        "bytes": place.stat().st_size,
        "wal_bytes": log.stat().st_size if log.exists() else 0,
        "sqlite_version": sqlite3.sqlite_version,
    }


def stats_lines(figures: dict[str, Any]) -> Iterator[str]:
    """Yield the map of `stats` as lines for a terminal."""
    for key, value in figures.items():
        if isinstance(value, dict):
            yield f"{key}:"
            for name, inner in value.items():
                yield printable(f"  {name}: {_stand(key, inner)}")
        else:
            yield printable(f"{key}: {_when(value) if key in _MOMENTS and value else value}")


def _stand(key: str, inner: object) -> object:
    match key, inner:
        case "cursors", {"seq": seq, "behind": behind}:
            return f"{seq} ({behind} behind)"
        case "intents", {"seq": seq, "sends": sends}:
            return f"a request about record {seq} is open (sent {sends} times at most)"
        case "parked", dict():
            return ", ".join(f"{count} {state}" for state, count in inner.items())
        case _:
            return inner


def _count(connection: sqlite3.Connection, table: str) -> int:
    (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - names from above
    return int(found)


def _as_map(row: reading.Row) -> dict[str, Any]:
    seq, at, subject, name, body, digest = row
    shown: dict[str, Any] = {"seq": seq, "at": at, "subject": subject, "name": name, "hash": _plain(digest)}
    try:
        _, kind, _, header, fields = codec.unpack(body, seq=seq)
    except JournalCorrupt as error:
        return {**shown, "damage": str(error), "body": _plain(body)}
    return {**shown, "kind": kind, "header": _plain(header), "fields": _plain(fields)}


def _plain(value: object) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
