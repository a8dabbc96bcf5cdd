"""Where a sale's way begins, at the gateway: the print requests that were taken, durable before anybody is answered.

A request is known for ever by (domain, check of the portal); its document's id is derived from that and from how often
it had to be begun anew, so that the same request has the same id in whichever order things happen, also after this file
was restored from yesterday. Beside it: what the tills' records have told so far, written in one commit with how far
they were read, and what the portal still has to be told.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from firmware_bridge.gateway.prints_projection import Projection
from firmware_bridge.uplink.small_file import SmallFile
from firmware_bridge.vendors.bitrix24.check_view import Outcome, Particulars, State

APPLICATION_ID: Final = 0x46425052
"""SQLite's application id of such a file ("FBPR")."""
NAMESPACE: Final = uuid.UUID("5f0c3a52-6f0e-5d0b-9d5c-3a1f2b7f4e11")
"""Of the ids of ordered documents; it never changes."""
MOST_REFUSALS: Final = 1000
"""Refused requests that are remembered, for whoever looks for the reason."""
Push = Literal["none", "due", "told", "left"]
"""Of a document that is done: nothing to tell, to be told, told, or left to the portal's own question."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS prints (
    id TEXT PRIMARY KEY, domain TEXT NOT NULL, check_id INTEGER NOT NULL, attempt INTEGER NOT NULL,
    digest BLOB NOT NULL, uuid TEXT NOT NULL, till TEXT NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL,
    handed INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'waiting', reason TEXT NOT NULL DEFAULT '',
    particulars TEXT NOT NULL DEFAULT '', push TEXT NOT NULL DEFAULT 'none', tries INTEGER NOT NULL DEFAULT 0,
    push_at INTEGER NOT NULL DEFAULT 0, UNIQUE (domain, check_id, attempt)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS prints_to_hand ON prints (at) WHERE handed = 0;
CREATE INDEX IF NOT EXISTS prints_to_tell ON prints (domain, push_at) WHERE push = 'due';
CREATE TABLE IF NOT EXISTS read_so_far (
    till TEXT NOT NULL, journal TEXT NOT NULL, seq INTEGER NOT NULL, shift TEXT NOT NULL,
    PRIMARY KEY (till, journal)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refusals (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, domain TEXT NOT NULL, reasons TEXT NOT NULL);
"""


class PrintConflict(Exception):
    """The check was ordered before with another content; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that is durable: the id of its document, its till, and the command, empty once it is decided."""

    id: str
    till: str
    body: bytes = field(repr=False)
    handed: bool


@dataclass(frozen=True, slots=True)
class Due:
    """A document that is done and of which the portal is to be told. `tries`: in how many it was not known there."""

    id: str
    particulars: Particulars
    tries: int


def document_id(domain: str, check_id: int, attempt: int) -> str:
    """The id of a check's document; `attempt` counts from 1, one more after each that ended without a document."""
    return str(uuid.uuid5(NAMESPACE, f"bitrix24|{domain}|{check_id}|{attempt}"))


class PrintStore(SmallFile):
    """The file of print requests. Every method raises LinkDown when it cannot be read or written; nothing of that call
    is stored then. Used by any thread; waits for the disk.
    """

    def __init__(self, path: str | Path) -> None:
        """Make the file when it is not there. Raises LinkDown, LinkMisuse when it is something else."""
        super().__init__(path, "file of print requests", APPLICATION_ID, _TABLES)

    # --- requests ---------------------------------------------------------------------------------------------------

    def find(self, domain: str, check_id: int, digest: bytes) -> Taken | int:
        """The request that this one repeats; else the attempt that it would be. Raises PrintConflict."""
        with self._connection() as connection:
            row = _latest(connection, domain, check_id)
        found = _repeated(row, digest)
        return _attempt(row) if found is None else found

    def take(
        self, domain: str, check_id: int, attempt: int, digest: bytes, uuid_: str, till: str, body: bytes, at: int
    ) -> Taken | None:
        """Store a request, or find the one that it repeats. `at`: UTC ms. `attempt`: as `find` said.

        None: meanwhile another one was stored, ask again. Raises PrintConflict.
        """
        with self._writing() as connection:
            row = _latest(connection, domain, check_id)
            found = _repeated(row, digest)
            if found is not None or _attempt(row) != attempt:
                return found
            name = document_id(domain, check_id, attempt)
            connection.execute(
                "INSERT INTO prints (id, domain, check_id, attempt, digest, uuid, till, body, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (name, domain, check_id, attempt, digest, uuid_, till, body, at),
            )
            return Taken(name, till, body, handed=False)

    def refuse(self, domain: str, reasons: Sequence[str], at: int) -> None:
        """Remember why a request was not taken."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO refusals (at, domain, reasons) VALUES (?, ?, ?)", (at, domain, "; ".join(reasons)[:2000])
            )
            connection.execute(
                "DELETE FROM refusals WHERE number <= (SELECT max(number) FROM refusals) - ?", (MOST_REFUSALS,)
            )

    def refusals(self) -> list[tuple[int, str, str]]:
        """When (UTC ms), who and why, newest first."""
        with self._connection() as connection:
            rows = connection.execute("SELECT at, domain, reasons FROM refusals ORDER BY number DESC").fetchall()
        return [(row[0], row[1], row[2]) for row in rows]

    def to_hand(self, limit: int) -> list[Taken]:
        """The oldest requests that are in no till's inbox yet."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT id, till, body FROM prints WHERE handed = 0 ORDER BY at, id LIMIT ?", (limit,)
            ).fetchall()
        return [Taken(row[0], row[1], row[2], handed=False) for row in rows]

    def handed(self, name: str) -> None:
        """A request is in its till's inbox."""
        with self._writing() as connection:
            connection.execute("UPDATE prints SET handed = 1 WHERE id = ?", (name,))

    def outcome(self, name: str, domain: str) -> Outcome | None:
        """Where a document of this portal stands; None: there is none of this id."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT state, reason, particulars FROM prints WHERE id = ? AND domain = ?", (name, domain)
            ).fetchone()
        return None if row is None else _outcome(*row)

    # --- what the tills' records tell -------------------------------------------------------------------------------

    def projection(self, till: str, journal: str) -> Projection:
        """How far the records of a till's journal were read."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT seq, shift FROM read_so_far WHERE till = ? AND journal = ?", (till, journal)
            ).fetchone()
        return Projection(till) if row is None else Projection(till, row[0], row[1])

    def ordered(self, names: Sequence[str]) -> bool:
        """Whether one of these documents was ordered here."""
        with self._connection() as connection:
            for name in names:
                if connection.execute("SELECT 1 FROM prints WHERE id = ?", (name,)).fetchone() is not None:
                    return True
        return False

    def learn(self, now: Projection, journal: str, said: Mapping[str, Outcome], to_push: Sequence[str]) -> list[str]:
        """Write down what records have said of documents, and how far they were read, in one commit.

        `to_push`: the portals that are told at once. Returns the portals that have something to be told.
        """
        touched: set[str] = set()
        with self._writing() as connection:
            connection.row_factory = sqlite3.Row
            for name, new in said.items():
                row = connection.execute("SELECT * FROM prints WHERE id = ?", (name,)).fetchone()
                if row is None or row["till"] != now.till or _stays(row["state"], new.state):
                    continue
                push: Push = "due" if new.state == "done" and row["domain"] in to_push else "none"
                connection.execute(
                    "UPDATE prints SET state = ?, reason = ?, particulars = ?, push = ?, handed = 1, body = x''"
                    " WHERE id = ?",
                    (new.state, new.reason, msgspec.json.encode(asdict(new.particulars)).decode(), push, name),
                )
                if push == "due":
                    touched.add(row["domain"])
            connection.execute(
                "INSERT OR REPLACE INTO read_so_far VALUES (?, ?, ?, ?)", (now.till, journal, now.seq, now.shift)
            )
        return sorted(touched)

    # --- what the portals are told ----------------------------------------------------------------------------------

    def due(self, domain: str, now: int, limit: int) -> list[Due]:
        """The documents of which a portal is to be told now, the oldest first. `now`: UTC ms."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT id, particulars, tries FROM prints WHERE push = 'due' AND domain = ? AND push_at <= ?"
                " ORDER BY push_at, at, id LIMIT ?",
                (domain, now, limit),
            ).fetchall()
        return [Due(row[0], _particulars(row[1]), row[2]) for row in rows]

    def next_due(self, domain: str) -> int | None:
        """When something is to be told next, UTC ms; None: nothing is."""
        with self._connection() as connection:
            (at,) = connection.execute(
                "SELECT min(push_at) FROM prints WHERE push = 'due' AND domain = ?", (domain,)
            ).fetchone()
        return None if at is None else int(at)

    def pushed(self, names: Mapping[str, Push], later: Mapping[str, int]) -> None:
        """What telling came to, by document; `later`: those to be told again, and when (UTC ms)."""
        with self._writing() as connection:
            connection.executemany(
                "UPDATE prints SET push = ? WHERE id = ?", [(to, name) for name, to in names.items()]
            )
            connection.executemany(
                "UPDATE prints SET tries = tries + 1, push_at = ? WHERE id = ?",
                [(at, name) for name, at in later.items()],
            )


def _latest(connection: sqlite3.Connection, domain: str, check_id: int) -> Any:
    connection.row_factory = sqlite3.Row
    return connection.execute(
        "SELECT * FROM prints WHERE domain = ? AND check_id = ? ORDER BY attempt DESC LIMIT 1", (domain, check_id)
    ).fetchone()


def _repeated(row: Any, digest: bytes) -> Taken | None:
    """The request of this row, if one with this content repeats it. Raises PrintConflict."""
    if row is None:
        return None
    if row["digest"] != digest:
        raise PrintConflict(f"Check {row['check_id']} of {row['domain']} was ordered before with another content")
    if row["state"] == "refused":
        return None
    return Taken(row["id"], row["till"], row["body"], bool(row["handed"]))


def _attempt(row: Any) -> int:
    if row is None:
        return 1
    return int(row["attempt"]) + int(row["state"] == "refused")


def _stays(old: State, new: State) -> bool:
    """See prints_projection.outranks."""
    return old == "done" or (old == "refused" and new != "done")


def _particulars(text: str) -> Particulars:
    return msgspec.json.decode(text, type=Particulars) if text else Particulars()


def _outcome(state: State, reason: str, particulars: str) -> Outcome:
    return Outcome(state, reason, _particulars(particulars))
