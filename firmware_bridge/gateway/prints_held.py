"""On the way down to a sale, at the till: orders that wait for their turn, for an open shift or for a person's yes.

A file beside the journal, which has one writer and holds what happened; an order that waits is none of that yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from firmware_bridge.uplink.small_file import SmallFile
from statemachines.vocabulary.receipt import Person

APPLICATION_ID: Final = 0x46424F52
"""SQLite's application id of such a file ("FBOR")."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL,
    said BLOB NOT NULL DEFAULT x'');
"""


@dataclass(frozen=True, slots=True)
class Said:
    """A person's word: who, and the sale that is taken back (as `original` of POST /v1/returns; None = not named).

    `no`: why it is not to be made; "" = it is. `approved_by`: the manager who approves it.
    """

    person: Person
    original: Mapping[str, Any] | None = None
    no: str = ""
    approved_by: Person | None = None


@dataclass(frozen=True, slots=True)
class HeldOrder:
    """One order: its command as it came, and what a person has said."""

    id: str
    body: bytes = field(repr=False)
    said: Said | None = None


def orders_path(journal: str | Path) -> Path:
    """Where the orders for the till of this journal wait."""
    return Path(f"{journal}.orders")


class Orders(Protocol):
    """Where orders wait. Every method raises LinkDown when the file cannot be read or written."""

    def put(self, name: str, body: bytes) -> None:
        """See OrderFile.put."""
        ...

    def all(self) -> list[HeldOrder]:
        """See OrderFile.all."""
        ...

    def one(self, name: str) -> HeldOrder | None:
        """See OrderFile.one."""
        ...

    def say(self, name: str, said: Said | None) -> bool:
        """See OrderFile.say."""
        ...

    def drop(self, name: str) -> None:
        """See OrderFile.drop."""
        ...


class LateOrderFile:
    """A file that is opened when it is first asked, so that one nobody can read keeps no till from selling.

    Implements Orders; LinkMisuse too.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: OrderFile | None = None

    @property
    def _file(self) -> OrderFile:
        if self._opened is None:
            self._opened = OrderFile(self._path)
        return self._opened

    def put(self, name: str, body: bytes) -> None:
        """See OrderFile.put."""
        self._file.put(name, body)

    def all(self) -> list[HeldOrder]:
        """See OrderFile.all."""
        return self._file.all()

    def one(self, name: str) -> HeldOrder | None:
        """See OrderFile.one."""
        return self._file.one(name)

    def say(self, name: str, said: Said | None) -> bool:
        """See OrderFile.say."""
        return self._file.say(name, said)

    def drop(self, name: str) -> None:
        """See OrderFile.drop."""
        self._file.drop(name)


class OrderFile(SmallFile):
    """The file. Every method raises LinkDown when it cannot be read or written; nothing of that call is stored then."""

    def __init__(self, path: str | Path) -> None:
        """Make the file when it is not there. Raises LinkDown, LinkMisuse when it is something else."""
        super().__init__(path, "file of orders", APPLICATION_ID, _TABLES)

    def put(self, name: str, body: bytes) -> None:
        """Keep an order; one that is kept already stays as it is."""
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO orders (id, body) VALUES (?, ?)", (name, body))

    def all(self) -> list[HeldOrder]:
        """Every order that waits, in the order in which they came."""
        with self._connection() as connection:
            rows = connection.execute("SELECT id, body, said FROM orders ORDER BY number").fetchall()
        return [_held(row) for row in rows]

    def one(self, name: str) -> HeldOrder | None:
        """One order; None: it does not wait any more."""
        with self._connection() as connection:
            row = connection.execute("SELECT id, body, said FROM orders WHERE id = ?", (name,)).fetchone()
        return None if row is None else _held(row)

    def say(self, name: str, said: Said | None) -> bool:
        """A person's word, None: it does not count any more. False: no such order waits."""
        with self._writing() as connection:
            raw = b"" if said is None else msgspec.json.encode(said)
            return connection.execute("UPDATE orders SET said = ? WHERE id = ?", (raw, name)).rowcount > 0

    def drop(self, name: str) -> None:
        """Let go of an order: the journal has the last word on it."""
        with self._writing() as connection:
            connection.execute("DELETE FROM orders WHERE id = ?", (name,))


def _held(row: tuple[str, bytes, bytes]) -> HeldOrder:
    return HeldOrder(row[0], row[1], msgspec.json.decode(row[2], type=Said) if row[2] else None)
