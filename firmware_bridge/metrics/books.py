"""How the books stand, for their metrics: what became of their calls, and how old the oldest fact is that they lack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from firmware_bridge.journal.thread import JournalThread

if TYPE_CHECKING:
    from firmware_bridge.gateway.owed import Owed
    from firmware_bridge.gateway.status import BookStatus

_AT_ONCE: Final = 200
_PAGES: Final = 10
_TRANSACTIONS: Final = frozenset({"SaleCompleted", "CashMoved", "NoSaleRecorded"})


async def standing(outbox: Owed, journal: JournalThread) -> tuple[Sequence[BookStatus], dict[str, int]]:
    """The books, and by book the time (UTC ms) of the oldest transaction that it lacks. Raises JournalError."""
    books = [await lane.status() for lane in await outbox.lanes()]
    behind = {view["book"] for view in await outbox.lags()}
    found = {one.book: await _oldest(journal, one) for one in books if one.book in behind}
    return books, {book: at for book, at in found.items() if at is not None}


async def _oldest(journal: JournalThread, book: BookStatus) -> int | None:
    """Set aside (these stand before the cursor), else behind the cursor."""
    for row in await journal.parked(book.book, 0, 1):
        return (await journal.rows(row.seq - 1, 1))[0][1]
    cursor = book.cursor
    for _ in range(_PAGES):
        rows = await journal.rows(cursor, _AT_ONCE)
        for seq, at, _subject, name, _body, _hash in rows:
            if name in _TRANSACTIONS:
                return at
            cursor = seq
        if len(rows) < _AT_ONCE:
            break
    return None
