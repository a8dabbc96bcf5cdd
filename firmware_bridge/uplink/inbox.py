"""Commands for the tills beside whose journal they are kept (print again, retry, resolve), until the till has them.

A file of its own, not the journal: that has one writer and holds only what the till itself says. `post` returns once
the command is on disk.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from firmware_bridge.uplink.limits import MAX_COMMAND, MAX_ID, MAX_RECEIVED, MAX_WAITING
from firmware_bridge.uplink.link import Delivered, LinkMisuse
from firmware_bridge.uplink.small_file import SmallFile

APPLICATION_ID = 0x46424942
"""SQLite's application id of such a file ("FBIB")."""
_TABLES = """
CREATE TABLE IF NOT EXISTS commands (
    till TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (till, number), UNIQUE (till, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS given (till TEXT PRIMARY KEY, highest INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS posted (
    till TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (till, id)) WITHOUT ROWID;
"""


class CommandConflict(LinkMisuse):
    """The id was given to this till before, with another content; nothing was stored."""


class CommandInbox(SmallFile):
    """The file of commands. Every method raises LinkDown when the file cannot be read or written; nothing of that call
    is stored then.
    """

    def __init__(self, path: str | Path) -> None:
        """Make the file when it is not there. Raises LinkDown, LinkMisuse when it is something else."""
        super().__init__(path, "inbox for commands", APPLICATION_ID, _TABLES)

    def post(self, till: str, command_id: str, body: bytes) -> int:
        """Put a command last into a till's inbox and return its number; one that was put there before keeps its number.

        An id is remembered also when the till has taken the command. Raises CommandConflict (the id was given with
        another content), LinkMisuse (too long, or too many wait): nothing was stored.
        """
        if not 0 < len(command_id) <= MAX_ID or len(body) > MAX_COMMAND:
            raise LinkMisuse(
                f"A command for till {till} was refused: its id has {len(command_id)} characters of 1 to {MAX_ID}, "
                f"its content {len(body)} bytes of at most {MAX_COMMAND}; nothing was stored."
            )
        digest = hashlib.sha256(body).digest()
        with self._writing() as connection:
            row = connection.execute(
                "SELECT number, digest FROM posted WHERE till = ? AND id = ?", (till, command_id)
            ).fetchone()
            if row is not None:
                if row[1] != digest:
                    raise CommandConflict(
                        f"Command {command_id} was given to till {till} with another content; nothing was stored, give "
                        f"the new one an id of its own."
                    )
                return int(row[0])
            (waiting,) = connection.execute("SELECT count(*) FROM commands WHERE till = ?", (till,)).fetchone()
            if waiting >= MAX_WAITING:
                raise LinkMisuse(f"{waiting} commands wait for till {till}; nothing was stored, see why it takes none.")
            number = _highest(connection, till) + 1
            connection.execute("INSERT OR REPLACE INTO given VALUES (?, ?)", (till, number))
            connection.execute("INSERT INTO commands VALUES (?, ?, ?, ?)", (till, number, command_id, body))
            connection.execute("INSERT INTO posted VALUES (?, ?, ?, ?)", (till, command_id, number, digest))
            return number

    def receive(self, till: str, after: int) -> list[Delivered]:
        """Let go of a till's commands up to `after` and return the next ones (see Link.receive)."""
        with self._writing() as connection:
            highest = _highest(connection, till)
            if not 0 <= after <= highest:
                raise LinkMisuse(
                    f"Till {till} says that it holds commands up to {after}, but {highest} were given to it; nothing "
                    f"was changed, see whether the inbox {self._path} is the right one."
                )
            connection.execute("DELETE FROM commands WHERE till = ? AND number <= ?", (till, after))
            rows = connection.execute(
                "SELECT number, id, body FROM commands WHERE till = ? ORDER BY number LIMIT ?", (till, MAX_RECEIVED)
            ).fetchall()
        return [Delivered(*row) for row in rows]


def _highest(connection: sqlite3.Connection, till: str) -> int:
    row = connection.execute("SELECT highest FROM given WHERE till = ?", (till,)).fetchone()
    return 0 if row is None else int(row[0])
