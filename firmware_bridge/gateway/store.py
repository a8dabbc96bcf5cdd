"""Under a book's lane: a sale's records in order, and what the lane has to remember across a power cut.

In the till's own process both are in the till's journal. Whatever it is kept in: `advance` is one commit, and what
it was given is durable when it returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from firmware_bridge.journal.records import Intent, Parked, ParkedState, Record
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.uplink.inprocess import UPLINK
from statemachines.vocabulary.day_events import DrawerDayClosed, DrawerDayOpened
from statemachines.vocabulary.events import Occurred

TRANSACTIONS: Final = ("SaleCompleted", "CashMoved", "NoSaleRecorded")
"""Classes of records that are a transaction of their own in a book, if they are anything to it."""

FACTS: Final = (
    *TRANSACTIONS,
    *("SaleRefused", "SaleSettled", "CashMoveRefused", "CashMoveSettled"),
    *("DrawerDayOpened", "DrawerDayClosed"),
    *("CountStarted", "CountRecorded", "CountRecountAsked", "CountSubmitted", "CountCancelled"),
)
"""Classes of records that a book of cash may have to be told of, or that end the waiting for one: none is passed over
because this release cannot read it."""


GATEWAY: Final = "gateway"
"""The journal's cursor that says at which record the till went over to a gateway; without it, it did not."""
ELSEWHERE: Final = (
    "this till's records go to a gateway ([uplink] was in its configuration), which may have told the book more than "
    "this journal knows: give it [uplink] again, or begin a new journal"
)
"""Why nothing is delivered from here any more."""
_DAYS: Final = 64
"""So many days are looked back at for one that is open: more than a till has drawers."""


class BookStore(Protocol):
    """What one lane reads and writes. Raises JournalError when it cannot be read or written."""

    async def cursor(self) -> int:
        """Return the last record that is dealt with: delivered, skipped or set aside. 0 = none."""
        ...

    async def records(self, after: int, limit: int) -> list[Record]:
        """Return up to `limit` records after record `after` that have arrived, in order and without a hole."""
        ...

    async def record(self, seq: int) -> Record:
        """Return one record that has arrived."""
        ...

    async def about(self, our_id: str) -> list[Record]:
        """Return the records about one document or count that have arrived, in order."""
        ...

    async def ref(self, our_id: str) -> str | None:
        """Return the vendor's id for ours."""
        ...

    async def rows(self, after: int, limit: int) -> list[Parked]:
        """Return up to `limit` rows of records after `after` that are set aside, in order."""
        ...

    async def row(self, seq: int) -> Parked | None:
        """Return the row of one record, None when it is not set aside."""
        ...

    async def waiting(self, on: str) -> list[Parked]:
        """Return the rows that wait for the vendor's id for `on`, in order."""
        ...

    async def states(self) -> Mapping[ParkedState, int]:
        """Return how many rows are in which state."""
        ...

    async def intent(self) -> Intent | None:
        """Return the request that may have left and whose answer was not written."""
        ...

    async def advance(
        self,
        seq: int,
        refs: Mapping[str, str],
        parked: Sequence[Parked],
        resolved: Sequence[int],
        intent: Intent | None,
    ) -> None:
        """Write all of it in one commit: see Journal.advance."""
        ...

    async def transactions(self, after: int) -> int:
        """Return how many records of TRANSACTIONS have happened after record `after` or are set aside."""
        ...


class JournalBookStore:
    """A book's lane in the till's own process: the journal up to the uplink's cursor. Implements BookStore."""

    def __init__(self, journal: JournalThread, book: str) -> None:
        self._journal = journal
        self._book = book

    async def cursor(self) -> int:
        """See BookStore.cursor."""
        return (await self._journal.cursors()).get(self._book, 0)

    async def records(self, after: int, limit: int) -> list[Record]:
        """See BookStore.records."""
        arrived = (await self._journal.cursors()).get(UPLINK, 0)
        return await self._journal.read(after, min(limit, arrived - after)) if arrived > after else []

    async def record(self, seq: int) -> Record:
        """See BookStore.record."""
        return (await self._journal.read(seq - 1, 1))[0]

    async def about(self, our_id: str) -> list[Record]:
        """See BookStore.about."""
        arrived = (await self._journal.cursors()).get(UPLINK, 0)
        return [record for record in await self._journal.by_subject(our_id) if record.seq <= arrived]

    async def ref(self, our_id: str) -> str | None:
        """See BookStore.ref."""
        return await self._journal.ref(self._book, our_id)

    async def rows(self, after: int, limit: int) -> list[Parked]:
        """See BookStore.rows."""
        return await self._journal.parked(self._book, after, limit)

    async def row(self, seq: int) -> Parked | None:
        """See BookStore.row."""
        return await self._journal.parked_row(self._book, seq)

    async def waiting(self, on: str) -> list[Parked]:
        """See BookStore.waiting."""
        return await self._journal.waiting(self._book, on)

    async def states(self) -> Mapping[ParkedState, int]:
        """See BookStore.states."""
        return await self._journal.parked_states(self._book)

    async def intent(self) -> Intent | None:
        """See BookStore.intent."""
        return await self._journal.intent(self._book)

    async def advance(
        self,
        seq: int,
        refs: Mapping[str, str],
        parked: Sequence[Parked],
        resolved: Sequence[int],
        intent: Intent | None,
    ) -> None:
        """See BookStore.advance."""
        await self._journal.advance(self._book, seq, refs, parked, resolved, intent)

    async def transactions(self, after: int) -> int:
        """See BookStore.transactions."""
        behind = await self._journal.count(TRANSACTIONS, after)
        return behind + await self._journal.count_parked(self._book, TRANSACTIONS)


async def begin(journal: JournalThread, book: str) -> None:
    """Say where a book begins that is new to this journal: with the drawers' days that are open now, or here.

    What was before it is not told: a book that is opened today does not book last year's sales. Raises JournalError.
    """
    if book not in await journal.cursors():
        await journal.advance(book, await beginning(journal))


async def beginning(journal: JournalThread) -> int:
    """Return the record after which a new book begins. Raises JournalError."""
    begun = await open_days(journal)
    return min(begun) - 1 if begun else (await journal.head()).seq


async def open_days(journal: JournalThread) -> list[int]:
    """Return the records with which the drawers' days began that are open now. Raises JournalError."""
    ended = {
        record.record.event.day_id
        for record in await journal.by_name(DrawerDayClosed.__name__, _DAYS)
        if isinstance(record.record, Occurred) and isinstance(record.record.event, DrawerDayClosed)
    }
    return [
        record.seq
        for record in await journal.by_name(DrawerDayOpened.__name__, _DAYS)
        if isinstance(record.record, Occurred)
        and isinstance(record.record.event, DrawerDayOpened)
        and record.record.event.day_id not in ended
    ]
