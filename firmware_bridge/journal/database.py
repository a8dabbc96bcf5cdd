"""The one SQLite connection under the journal: opened, set, locked and guarded here.

Write-ahead log with synchronous=FULL: a commit costs one sync and is on the disk when it returns. One connection
of one thread writes and checkpoints, and a lock keeps a second process out; that is also what makes the WAL-reset
fault of SQLite before 3.51.3 impossible (it needs two connections). Checkpoints run when the owner is idle and
never shorten the log: a log that is overwritten in place costs one sync and two writes a commit, a growing one more.

After a failed sync Linux may count the lost pages as written, and the next sync succeeds. Therefore the first
error stops all writing until `reopen`, which reads again what the file really holds.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from firmware_bridge.journal import schema
from firmware_bridge.journal.errors import (
    JournalCorrupt,
    JournalError,
    JournalFailed,
    JournalForeign,
    JournalMisuse,
)
from firmware_bridge.journal.lock import Lock
from firmware_bridge.journal.records import Checkpoint, Settings

APPLICATION_ID = 0x46424A31  # "FBJ1"
SYNCHRONOUS = "FULL"
BUSY_SECONDS = 2.0

_DAMAGED = ("malformed", "not a database")


class Database:
    """The connection. Every method raises JournalMisuse when called from another thread than the one that opened."""

    def __init__(self, path: Path) -> None:
        """Lock and open (create) the file. Raises JournalLocked, JournalForeign, JournalCorrupt or JournalError."""
        self.path = path.resolve()
        self._thread = threading.get_ident()
        self._connection: sqlite3.Connection | None = None
        self._failure: str | None = None
        self._lock: Lock | None = Lock(self.path)
        try:
            self._connect()
        except BaseException:
            self._lock.free()
            self._lock = None
            raise

    def _connect(self) -> None:
        try:
            _create_empty(self.path)
            self._connection = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=64
            )
            _prepare(self._connection, self.path)
            _sync_names(self.path.parent)
        except (sqlite3.Error, OSError) as error:
            self._disconnect()
            raise _cannot_open(self.path, error) from error
        except JournalError:
            self._disconnect()
            raise
        self._failure = None

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    @property
    def failed(self) -> bool:
        """Whether a write failed since the last (re)opening."""
        return self._failure is not None

    def close(self) -> None:
        """Close connection and lock; harmless when closed."""
        if self._thread != threading.get_ident():
            raise _wrong_thread(self.path)
        if self._lock is not None:
            self._disconnect()
            self._lock.free()
            self._lock = None
            self._failure = None

    def reconnect(self) -> None:
        """Close the connection and open it anew under the same lock. Raises JournalFailed when the disk still refuses.

        The whole write-ahead log is moved into the main file: what the page cache holds of it was perhaps never
        written, so it is written again, and synced, before anything is believed.
        """
        if self._thread != threading.get_ident():
            raise _wrong_thread(self.path)
        if self._lock is None:
            raise _closed(self.path)
        self._disconnect()
        try:
            self._connect()
            _move_log(self._usable(), "TRUNCATE")
        except sqlite3.Error as error:
            raise self._fail(error) from error
        except (JournalCorrupt, JournalForeign) as error:
            self._failure = str(error)
            raise
        except JournalError as error:
            self._failure = str(error)
            raise JournalFailed(self._failure) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for queries. Raises JournalCorrupt or JournalError when the file cannot be read."""
        connection = self._usable()
        try:
            yield connection
        except sqlite3.Error as error:
            raise unreadable(self.path, error) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One commit. Raises JournalFailed when any part of it fails; every later write then fails at once.

        Another exception from inside rolls the commit back and passes through.
        """
        connection = self._writable()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._fail(error) from error
        except BaseException:
            try:
                connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                raise self._fail(error) from error
            raise

    def checkpoint(self, mode: Literal["PASSIVE", "TRUNCATE"] = "PASSIVE") -> Checkpoint:
        """Move the write-ahead log into the main file; never waits for a reader. Raises JournalFailed like a commit."""
        connection = self._writable()
        try:
            return _move_log(connection, mode)
        except sqlite3.Error as error:
            raise self._fail(error) from error

    def complete(self) -> None:
        """Give a journal of an earlier release the tables that it lacks. Raises JournalFailed like a commit."""
        with self.reading() as connection:
            if schema.has_books(connection):
                return
        with self.writing() as connection:
            for statement in schema.ADDITIONS.split(";"):
                connection.execute(statement)

    def refuse(self, reason: str) -> None:
        """Refuse every write from now on, with this sentence, until `reconnect`."""
        self._failure = reason

    def settings(self) -> Settings:
        """Ask SQLite what is really in force."""
        names = ("journal_mode", "synchronous", "wal_autocheckpoint", "secure_delete", "page_size")
        with self.reading() as connection:
            found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
        return Settings(sqlite3.sqlite_version, *found)

    def _fail(self, error: sqlite3.Error) -> JournalFailed:
        self._failure = (
            f"The journal {self.path} could not be written ({error}): nothing more is recorded and the till does not "
            f"sell until it is reopened; check the disk and its free space."
        )
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
        return JournalFailed(self._failure)

    def _usable(self) -> sqlite3.Connection:
        if self._thread != threading.get_ident():
            raise _wrong_thread(self.path)
        if self._connection is not None:
            return self._connection
        if self._failure is not None:
            raise JournalFailed(self._failure)
        raise _closed(self.path)

    def _writable(self) -> sqlite3.Connection:
        connection = self._usable()
        if self._failure is not None:
            raise JournalFailed(self._failure)
        return connection


def _move_log(connection: sqlite3.Connection, mode: str) -> Checkpoint:
    connection.execute("PRAGMA busy_timeout = 0")
    _, logged, moved = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    return Checkpoint(logged, moved)


def _closed(path: Path) -> JournalMisuse:
    return JournalMisuse(f"The journal {path} is closed; nothing was done.")


def _wrong_thread(path: Path) -> JournalMisuse:
    return JournalMisuse(f"The journal {path} was called from a thread that does not own it; nothing was done.")


def _create_empty(path: Path) -> None:
    """Make a new file, readable by its group at most; SQLite gives its side files the same rights."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640))
    except FileExistsError:
        return


def _sync_names(directory: Path) -> None:
    """Make what was created and deleted in a directory durable: the journal, and SQLite's own side files."""
    found = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(found)
    finally:
        os.close(found)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if tables and application != APPLICATION_ID:
        raise JournalForeign(f"{path} is an SQLite file but no journal of a till; nothing was changed.")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA secure_delete = ON")
    if not tables:
        begin = f"BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID};"
        connection.executescript(f"{begin} {schema.TABLES} {schema.ADDITIONS} COMMIT;")


def _cannot_open(path: Path, error: Exception) -> JournalError:
    if any(sign in str(error) for sign in _DAMAGED):
        return damaged(path, str(error))
    return JournalError(f"The journal {path} cannot be opened: {error}; nothing was changed.")


def unreadable(path: Path, error: sqlite3.Error) -> JournalError:
    """The sentence for a query that failed: damage, or a disk that does not answer."""
    if any(sign in str(error) for sign in _DAMAGED) or not isinstance(error, sqlite3.OperationalError):
        return damaged(path, str(error))
    return JournalError(f"The journal {path} could not be read ({error}); nothing was changed, check the disk.")


def damaged(path: Path, what: str, seq: int = 0) -> JournalCorrupt:
    """The sentence for a file that must not be sold from."""
    return JournalCorrupt(
        f"The journal {path} is damaged: {what}; nothing was changed. Keep a copy of the file, run "
        f"`firmware-bridge journal verify {path}`, then restore a copy or start a new journal.",
        seq=seq,
    )
