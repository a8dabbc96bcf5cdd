"""The journal's rows as they stand in the file, for the uplink: bodies byte for byte, every link checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware_bridge.journal import reading
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.database import damaged
from firmware_bridge.journal.reading import Row
from firmware_bridge.journal.readonly import open_readonly
from firmware_bridge.uplink.envelope import Context, batches, pack


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive records: the context at the first of them, the chain's head before it, and the rows."""

    context: Context
    before: Head
    rows: tuple[Row, ...]

    def envelopes(self) -> Iterator[bytes]:
        """Yield the envelopes that carry the rows, in order. Raises WireError when one record is too long for any."""
        context, before = self.context, self.before
        for batch in batches(self.rows):
            yield pack(context, before, batch)
            for row in batch:
                context = context.after(reading.record(row).record)
            before = Head(batch[-1][0], batch[-1][5])


def stretch(path: str | Path, after: int = 0, limit: int = reading.ROWS_AT_ONCE) -> Stretch:
    """Return up to `limit` records after record `after` of the journal at `path`; nothing of it is changed.

    Safe beside a till that runs, but not in its process (see `open_readonly`). Raises JournalForeign and JournalError
    when there is no journal to read, JournalCorrupt when a link does not hold.
    """
    place = Path(path)
    with open_readonly(place) as connection:
        meta = reading.meta(connection, place)
        journal = meta.get("journal_id", "")
        before = reading.hash_at(connection, after, journal)
        if before is None:
            raise damaged(place, f"record {after} is missing", after)
        head = Head(after, before)
        context = Context(meta.get("till_id", ""), journal)
        turns = connection.execute(
            f"SELECT {reading.COLUMNS} FROM records WHERE seq IN ("  # noqa: S608 - a constant
            "SELECT max(seq) FROM records WHERE name = 'TillStarted' AND seq <= ?1 UNION ALL "
            "SELECT max(seq) FROM records WHERE name IN "
            "('ShiftOpened', 'ShiftFoundOpen', 'ShiftClosed', 'ShiftFoundClosed') AND seq <= ?1) ORDER BY seq",
            (after,),
        ).fetchall()
        for row in turns:
            context = context.after(reading.record(row).record)
        return Stretch(context, head, tuple(reading.checked(connection, place, head, limit)))
