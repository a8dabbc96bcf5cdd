"""Beside a sale's way: a small SQLite file that several processes write to, opened for each call.

With a rollback journal: a commit is on the disk when it returns, and nothing stands in its way when nobody uses it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from firmware_bridge.uplink.link import LinkDown, LinkMisuse


class SmallFile:
    """Base of what is kept in such a file. `what`: how errors call it; `application_id`: SQLite's, of such files alone.

    Used by any thread, any number of these at once; every call is one transaction.
    """

    def __init__(self, path: str | Path, what: str, application_id: int, tables: str) -> None:
        """Make the file when it is not there. Raises LinkDown, LinkMisuse when it is something else."""
        self._path = Path(path)
        self._what = what
        with self._connection() as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (things,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if application != application_id and (application or things):
                raise LinkMisuse(f"{self._path} is no {what}; nothing was changed, name another file.")
            connection.execute(f"PRAGMA application_id = {application_id}")
            connection.executescript(tables)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One commit. Raises LinkDown; another exception rolls it back and passes through."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Raises LinkDown. A commit that fails in the middle is none: SQLite rolls it back at the next opening."""
        try:
            with closing(sqlite3.connect(self._path, isolation_level=None, timeout=5.0)) as connection:
                # EXTRA: with a rollback journal, FULL could lose the last commit when power goes right after it.
                connection.execute("PRAGMA synchronous = EXTRA")
                yield connection
        except sqlite3.Error as error:
            raise LinkDown(
                f"The {self._what} {self._path} cannot be used ({error}); nothing was stored, see the disk."
            ) from error
