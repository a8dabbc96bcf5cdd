"""A journal opened to look at, beside a till that sells, after one that died, on a medium that is write-protected."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware_bridge.journal.database import APPLICATION_ID, damaged, unreadable
from firmware_bridge.journal.errors import JournalError, JournalForeign

_SIGNATURE = b"SQLite format 3\0"


@contextmanager
def open_readonly(path: str | Path) -> Iterator[sqlite3.Connection]:
    """One consistent view of the journal at `path`; nothing of it is changed.

    Never in the process that has this journal open: closing any descriptor of a file gives up all locks that the
    process holds on it, SQLite's among them (POSIX fcntl(2), "Advisory record locking"), and the next stranger to
    close the database would take its log away. The till reads through its own connection.

    Raises JournalForeign or JournalError with a sentence, JournalCorrupt when a query inside meets damage.
    """
    place = Path(path).resolve()
    _check_signature(place)
    with TemporaryDirectory(prefix="journal-") as scratch:
        connection = None
        try:
            connection = _connect(place, Path(scratch))
            connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            if application != APPLICATION_ID:
                raise JournalForeign(f"{place} is an SQLite file but no journal of a till; nothing was changed.")
            connection.execute("BEGIN")
            yield connection
        except sqlite3.Error as error:
            raise unreadable(place, error) from error
        finally:
            if connection is not None:
                connection.close()


def _check_signature(place: Path) -> None:
    try:
        with place.open("rb") as file:
            found = file.read(len(_SIGNATURE))
    except OSError as error:
        raise JournalError(f"The journal {place} cannot be read: {error.strerror}.") from error
    if not found:
        raise JournalForeign(f"{place} is empty: no journal was begun in it.")
    if found != _SIGNATURE:
        raise JournalForeign(
            f"{place} is no journal, or its first page is damaged: it does not begin as SQLite files do."
        )


def _connect(place: Path, scratch: Path) -> sqlite3.Connection:
    """Open read-only, sharing the write-ahead log with a till that runs.

    Where that cannot be (no till runs and SQLite may create nothing here), a copy of file and log is read; without
    a log the file alone is complete and is read as it stands.
    """
    connection = _read(f"{place.as_uri()}?mode=ro")
    if connection is not None:
        return connection
    log = Path(f"{place}-wal")
    try:
        if not log.exists() or log.stat().st_size == 0:
            connection = _read(f"{place.as_uri()}?mode=ro&immutable=1")
        else:
            shutil.copyfile(place, scratch / "journal")
            shutil.copyfile(log, scratch / "journal-wal")
            connection = _read((scratch / "journal").as_uri())
    except OSError as error:
        raise JournalError(f"The journal {place} cannot be copied to be read: {error.strerror}.") from error
    if connection is None:
        raise damaged(place, "SQLite cannot open it")
    return connection


def _read(uri: str) -> sqlite3.Connection | None:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=2.0)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    return connection
