"""Where a sale's records arrive at the gateway: a till's own journal once more, byte for byte, in a file of its own.

It has the chain of the till's journal and is read, verified and delivered from like that: whoever takes records to a
book does not know which of the two it is. Nothing is appended here but what the till has written. What the lanes find
out (verdicts, ids learned, what is set aside) is written beside it, in the same commit, for the till to fetch.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from firmware_bridge.journal import reading
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.errors import JournalForeign, JournalMisuse
from firmware_bridge.journal.records import Advance, Checkpoint, Record
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.uplink.envelope import Envelope
from firmware_bridge.uplink.inprocess import UPLINK
from firmware_bridge.uplink.link import LinkForeign, OutOfStep
from firmware_bridge.uplink.news import MAX_NEWS, News, of_advance

_TABLE = "CREATE TABLE IF NOT EXISTS news (number INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL)"
_BEGIN = "gateway_begin"


@dataclass(frozen=True, slots=True)
class Taken:
    """What an envelope came to: the watermark after it, and the records that were new here."""

    watermark: Head
    new: tuple[Record, ...]


class Replica(Journal):
    """The journal of one till at its gateway. Owned by the thread that opened it, like a Journal.

    `begin`: the record after which books that are new here begin, as the till said when it came over to the gateway.
    """

    begin: int = 0

    @classmethod
    def open_for(cls, path: str | Path, till: str, journal: str, begin: int, clock: Callable[[], int]) -> Replica:
        """Open the replica of journal `journal` of `till`, or begin it; `begin` counts when it is begun.

        `journal` "": whichever there is. Raises LinkForeign when the file holds another journal of the till;
        JournalError.
        """

        def new_id() -> str:
            if not journal:
                raise JournalForeign(f"{path} holds no records of a till; nothing was changed.")
            return journal

        found = cls.open(path, till_id=till, clock=clock, new_id=new_id, training=None)
        assert isinstance(found, Replica)  # noqa: S101 - for the type checker: `open` makes a `cls`
        if journal not in ("", found.journal_id):
            held = found.journal_id
            found.close()
            raise LinkForeign(
                f"The gateway holds the records of journal {held} of till {till}, and these are of journal {journal}: "
                f"nothing was stored. If the till got a new journal, enrol it again with --new-journal."
            )
        try:
            found.begin = found._prepare(begin)
        except BaseException:
            found.close()
            raise
        return found

    def _prepare(self, begin: int) -> int:
        with self._database.writing() as connection:
            connection.execute(_TABLE)
            connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (_BEGIN, str(begin)))
            (kept,) = connection.execute("SELECT value FROM meta WHERE key = ?", (_BEGIN,)).fetchone()
        return int(kept)

    def append(self, *_: object, **__: object) -> NoReturn:
        """Refused: only the till writes its journal. Raises JournalMisuse."""
        raise JournalMisuse(f"{self.path} is a replica: only till {self.till_id} writes its journal; nothing was done.")

    def take(self, found: Envelope, expected: int) -> Taken:
        """Store an envelope after record `expected`: durable when it returns. See Link.append.

        Raises LinkForeign and OutOfStep (nothing was stored), JournalFailed (it may have been), JournalError.
        """
        mark = self._head
        self._compare(found, mark)
        if found.head.seq <= mark.seq:
            return Taken(mark, ())
        if expected != mark.seq or not found.follows(mark):
            raise OutOfStep(
                f"Records {found.before.seq + 1} to {found.head.seq} after record {expected} were refused: the gateway "
                f"holds till {self.till_id} to record {mark.seq}; nothing was stored, go on from there.",
                mark,
            )
        rows = [(one.seq, one.at, one.subject, one.name, one.body, one.hash) for one in found.records]
        records = tuple([reading.record(row) for row in rows])
        with self._database.writing() as connection:
            connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", rows)
            connection.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (UPLINK, found.head.seq))
        self._head = found.head
        return Taken(found.head, records)

    def _compare(self, found: Envelope, mark: Head) -> None:
        """Raises LinkForeign unless these are this chain's records, as far as both reach."""
        context = found.context
        if (context.till, context.journal) != (self.till_id, self.journal_id):
            raise LinkForeign(
                f"The records are of till {context.till} (journal {context.journal}), not of {self.till_id} (journal "
                f"{self.journal_id}); nothing was stored."
            )
        chain = [found.before, *(Head(one.seq, one.hash) for one in found.records)]
        shared = [one for one in chain if one.seq <= mark.seq]
        if not shared:
            return
        with self._database.reading() as connection:
            ours = reading.hash_at(connection, shared[-1].seq, self.journal_id)
        if ours != shared[-1].hash:
            raise LinkForeign(
                f"Record {shared[-1].seq} is not the one that the gateway holds of till {self.till_id}: it, or one "
                f"before it, was rewritten; nothing was stored, verify the journal against the last shift report."
            )

    # --- what the till is told ---

    def _advanced(self, connection: sqlite3.Connection, advance: Advance) -> None:
        connection.execute("INSERT INTO news (body) VALUES (?)", (of_advance(advance),))

    def tell(self, bodies: Sequence[bytes]) -> None:
        """Put news for the till last. Raises JournalFailed."""
        with self._database.writing() as connection:
            connection.executemany("INSERT INTO news (body) VALUES (?)", [(body,) for body in bodies])

    def news(self, after: int) -> list[News]:
        """Let go of the news up to `after` and return the next ones, at most MAX_NEWS.

        Raises JournalMisuse for a number that was never given, JournalFailed.
        """
        with self._database.reading() as connection:
            row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'news'").fetchone()
            (gone,) = connection.execute("SELECT count(*) FROM news WHERE number <= ?", (after,)).fetchone()
        highest = 0 if row is None else int(row[0])
        if not 0 <= after <= highest:
            raise JournalMisuse(
                f"Till {self.till_id} says that it holds news up to {after}, but {highest} were given; nothing was "
                f"changed."
            )
        if gone:
            with self._database.writing() as connection:
                connection.execute("DELETE FROM news WHERE number <= ?", (after,))
        with self._database.reading() as connection:
            found = connection.execute("SELECT number, body FROM news ORDER BY number LIMIT ?", (MAX_NEWS,)).fetchall()
        return [News(*row) for row in found]


class ReplicaThread(JournalThread):
    """A `Replica` for an asyncio loop, as JournalThread is for a Journal. `rung` hears, on the loop, of every news.

    `unsettled`: something was written since the last checkpoint.
    """

    unsettled = True

    def __init__(
        self,
        opener: Callable[[], Replica],
        executor: Executor | None = None,
        rung: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(opener, executor)
        self._rung = rung

    @property
    def _replica(self) -> Replica:
        journal = self._journal
        if not isinstance(journal, Replica):
            raise JournalMisuse("This is no replica; nothing was done.")
        return journal

    @property
    def begin(self) -> int:
        """See Replica.begin."""
        return self._replica.begin

    async def take(self, found: Envelope, expected: int) -> Taken:
        """See Replica.take."""
        replica = self._replica
        self.unsettled = True
        return await self._on_thread(lambda: replica.take(found, expected))

    async def tell(self, bodies: Sequence[bytes]) -> None:
        """See Replica.tell."""
        replica = self._replica
        self.unsettled = True
        await self._on_thread(lambda: replica.tell(bodies))
        self._rung()

    async def advance(self, *given: Any, **named: Any) -> None:
        """See Journal.advance."""
        self.unsettled = True
        await super().advance(*given, **named)
        self._rung()

    async def checkpoint(self) -> Checkpoint:
        """See Journal.checkpoint."""
        self.unsettled = False
        return await super().checkpoint()

    async def news(self, after: int) -> list[News]:
        """See Replica.news."""
        replica = self._replica
        return await self._on_thread(lambda: replica.news(after))
