"""Beside a sale's way: a query that takes SQLite minutes tells that it still runs, and can be given up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from firmware_bridge.progress import Progress

#: Steps of SQLite's machine between two ticks: some hundredths of a second on the smallest of our machines.
_STEPS: Final = 50_000


@contextmanager
def ticking(connection: sqlite3.Connection, progress: Progress) -> Iterator[None]:
    """Inside, the queries of `connection` tick, whatever they wait for.

    Without it Ctrl-C is heard when the query is done. What a tick raises ends the query and is raised here.
    """
    raised: list[BaseException] = []

    def tick() -> bool:
        try:
            progress.tick()
        except BaseException as error:  # noqa: BLE001 - SQLite would swallow it; it is raised again below
            raised.append(error)
        return bool(raised)

    connection.set_progress_handler(tick, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if raised:
            raise raised[0] from None
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            # the signal's handler came before the tick's first line: then sqlite3 swallows what it raises
            raise KeyboardInterrupt from None
        raise
    finally:
        connection.set_progress_handler(None, 0)
