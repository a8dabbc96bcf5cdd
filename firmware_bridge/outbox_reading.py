"""Behind a sale's way: what the journal's file says of the books, for who looks at it from outside. Read-only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from firmware_bridge.config import Config
from firmware_bridge.errors import UserError
from firmware_bridge.gateway.book import Place
from firmware_bridge.gateway.parking import lies_in, text_of
from firmware_bridge.gateway.store import TRANSACTIONS
from firmware_bridge.journal import books as tables
from firmware_bridge.journal import reading
from firmware_bridge.journal.browse import printable
from firmware_bridge.journal.records import Parked
from firmware_bridge.views import View, rfc3339
from statemachines.vocabulary.day_events import DrawerDayClosed
from statemachines.vocabulary.events import Occurred

AT_ONCE = 500
"""Rows read at once."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that is set aside, and of which class it is."""

    parked: Parked
    kind: str

    def view(self) -> View:
        """For JSON."""
        row = self.parked
        return {
            "book": row.vendor,
            "seq": row.seq,
            "place": text_of(row.place),
            "state": row.state,
            "waits_for": row.on or None,
            "reason": row.reason,
            "at": rfc3339(row.at),
            "kind": self.kind,
        }

    def line(self) -> str:
        """For a terminal."""
        row = self.parked
        why = f"waits for {row.on}" if row.state == "waits" else row.reason
        text = f"{row.seq:>8}  {rfc3339(row.at)}  {row.vendor}  {row.state:<7}  {self.kind}  {text_of(row.place)}"
        return printable(f"{text}  {why}" if why else text)


class JournalOutbox:
    """What the journal of a till says of its books, over a connection that is open. `head`: its last record.

    `cursors`: how far each book is, and how far the uplink.
    """

    def __init__(self, config: Config, connection: Connection) -> None:
        """Raises UserError when it is another till's journal, JournalForeign."""
        self._connection = connection
        self._path = Path(config.journal.path)
        meta = reading.meta(connection, self._path)
        if meta.get("till_id") != config.till.id:
            raise UserError(
                f"The journal {self._path} belongs to till {meta.get('till_id')}, not to {config.till.id} of the "
                f"configuration; nothing was done"
            )
        self.head = reading.last(connection, meta.get("journal_id", "")).seq
        self.cursors = tables.cursors(connection)

    def book(self, name: str) -> View:
        """Where a book stands."""
        cursor = self.cursors.get(name, 0)
        states = tables.parked_states(self._connection, name).get(name, {})
        intent = next(iter(tables.intents(self._connection, name)), None)
        behind = tables.count(self._connection, TRANSACTIONS, cursor)
        return {
            "book": name,
            "cursor": cursor,
            "behind": self.head - cursor,
            "lags": behind + tables.count_parked(self._connection, name, TRANSACTIONS),
            "parked": states.get("refused", 0) + states.get("retry", 0),
            "held_behind": states.get("behind", 0),
            "waiting_for_an_id": states.get("waits", 0),
            "open_request": None if intent is None else {"seq": intent.seq, "operation": intent.operation},
        }

    def rows(self, name: str) -> Iterator[SetAside]:
        """What is set aside, in order, read in pieces."""
        after = 0
        while found := tables.parked(self._connection, name, after, AT_ONCE):
            for row in found:
                yield SetAside(row, self._kind(row.seq))
            after = found[-1].seq

    def row(self, name: str, seq: int) -> SetAside:
        """Raises UserError when a person cannot see to this record: it is not set aside, or behind another one."""
        row = next(iter(tables.parked(self._connection, name, seq - 1, 1)), None)
        if row is None or row.seq != seq:
            raise UserError(
                f"Record {seq} is not set aside for {name}; nothing was asked for",
                "`firmware-bridge outbox parked` shows those that are",
            )
        if row.state == "behind":
            raise UserError(f"Record {seq} {row.reason}: see to that one; nothing was asked for")
        return SetAside(row, self._kind(seq))

    def behind(self, row: Parked) -> list[SetAside]:
        """What waits behind a record: it is sent after it."""
        if row.state == "waits":
            return []
        rows = (one for one in self.rows(row.vendor) if one.parked.state == "behind" and one.parked.seq > row.seq)
        return [one for one in rows if lies_in(one.parked.place, row.place)]

    def belonging_to(self, row: Parked) -> list[SetAside]:
        """What lies within the record's own place: it is given up with it. What only stands behind it goes on."""
        if row.state == "waits":
            return []
        place = self._own_place(row)
        rows = (one for one in self.rows(row.vendor) if one.parked.seq > row.seq or one.parked.state == "waits")
        return [one for one in rows if one.parked.seq != row.seq and lies_in(one.parked.place, place)]

    def _own_place(self, row: Parked) -> Place:
        """A row says what it closes; the end of a drawer's day closes the drawer, and is itself within the day."""
        found = reading.rows_after(self._connection, row.seq - 1, 1)
        record = reading.record(found[0]).record if found else None
        event = record.event if isinstance(record, Occurred) else None
        return (*row.place, event.day_id) if isinstance(event, DrawerDayClosed) and len(row.place) == 1 else row.place

    def _kind(self, seq: int) -> str:
        found = self._connection.execute("SELECT name FROM records WHERE seq = ?", (seq,)).fetchone()
        return "?" if found is None else str(found[0])
