"""Behind all sales of a day: when a book has been told of its end, the day is read back and held against the journal.

Which days are still to be compared is read from the journal each time: those that the book has been told of and about
which no BooksCompared was written. A restart forgets nothing, and nobody compares a day twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol

from drivers.errors import DeviceError
from firmware_bridge.gateway.parking import text_of
from firmware_bridge.gateway.status import BookStatus
from firmware_bridge.gateway.store import BookStore
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.records import Record
from firmware_bridge.log_kinds import about
from statemachines.vocabulary.book_events import BooksCompared
from statemachines.vocabulary.day_events import DrawerDayClosed
from statemachines.vocabulary.events import Event, Occurred

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
"""Pause between two looks whether a day has ended."""
AGAIN_S: Final = 300.0
"""Pause after a book did not tell."""
DAYS: Final = 16
"""So many ended days are looked back at; older ones are compared by a person's command alone."""


class Comparer(Protocol):
    """A vendor's reading back of one day."""

    async def compare(self, drawer_id: str, day_id: str) -> BooksCompared:
        """Changes nothing there. Raises DeviceError when the book does not tell, LookupError for a day that is not
        there, JournalError."""
        ...


class Days(Protocol):
    """What is asked of the journal (`JournalThread`)."""

    async def by_name(self, name: str, limit: int = 50, before: int | None = None) -> list[Record]:
        """See JournalThread."""
        ...


class Auditor:
    """Of one book. `comparer` is made at the first ended day. `status`: of the book's lane.

    What comes out is put into the till's inbox with `post`; `sleep` waits so many seconds.
    """

    def __init__(
        self,
        store: BookStore,
        journal: Days,
        comparer: Callable[[], Comparer],
        status: Callable[[], BookStatus],
        post: Callable[[Event], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._journal = journal
        self._make = comparer
        self._status = status
        self._post = post
        self._sleep = sleep
        self._comparer: Comparer | None = None
        self._seen = -1
        self._told: set[str] = set()

    async def run(self) -> None:
        """Compare every day that ends, until cancelled."""
        while True:
            await self._sleep(LOOK_S)
            status = self._status()
            if status.state != "idle" or status.cursor == self._seen:
                continue
            try:
                await self._compare_ended()
                self._seen = status.cursor
            except (DeviceError, JournalError) as error:
                log.warning(
                    "%s: a day could not be compared: %s",
                    status.book,
                    error,
                    extra=about("book-waits", vendor=status.book),
                )
                await self._sleep(AGAIN_S)
            except Exception:
                log.exception(
                    "unforeseen error while the days of %s were compared",
                    status.book,
                    extra=about("program-error", vendor=status.book),
                )
                self._seen = status.cursor

    async def _compare_ended(self) -> None:
        for day in await self._ended():
            if self._comparer is None:
                self._comparer = self._make()
            try:
                found = await self._comparer.compare(day.drawer_id, day.day_id)
            except LookupError as error:
                log.info("a day is not compared: %s", error, extra=about("book-differs"))
                self._told.add(_place(day))
                continue
            self._told.add(_place(day))
            for sentence in found.differences:
                log.error("%s differs: %s", found.book, sentence, extra=about("book-differs", vendor=found.book))
            self._post(found)

    async def _ended(self) -> list[DrawerDayClosed]:
        """The ended days that the book has been told of and nobody has compared, oldest first."""
        cursor = await self._store.cursor()
        ended = [
            record
            for record in await self._journal.by_name(DrawerDayClosed.__name__, DAYS)
            if record.seq <= cursor and await self._store.row(record.seq) is None
        ]
        compared = await self._journal.by_name(BooksCompared.__name__, 4 * DAYS)
        known = self._told | {event.place for event in _events(compared) if isinstance(event, BooksCompared)}
        days = [event for event in _events(reversed(ended)) if isinstance(event, DrawerDayClosed)]
        return [day for day in days if _place(day) not in known]


def _place(day: DrawerDayClosed) -> str:
    return text_of((day.drawer_id, day.day_id))


def _events(records: Iterable[Record]) -> list[Event]:
    return [record.record.event for record in records if isinstance(record.record, Occurred)]
