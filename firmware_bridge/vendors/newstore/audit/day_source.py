"""Beside a sale's way: a drawer's days fetched from the till's journal, without reading what does not concern them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from firmware_bridge.journal.records import Parked, Record
from firmware_bridge.vendors.newstore.audit.findings import Told
from firmware_bridge.vendors.newstore.audit.till_day import NAMES, Fact, TillDay, days
from statemachines.vocabulary.day_events import DrawerDayOpened
from statemachines.vocabulary.events import Occurred

BOOK: Final = "newstore"
#: Records decoded at once: a sale's commit waits for the journal's thread no longer than these take.
AT_ONCE: Final = 100
#: Days that are gone back for one with transactions.
_FURTHEST: Final = 64


class JournalFacts(Protocol):
    """What is asked of the journal: `JournalThread` is one, a journal opened to look at (`journal_look`) another.

    Every method raises JournalError when the file cannot be read.
    """

    async def by_name(self, name: str, limit: int = 50, before: int | None = None) -> list[Record]:
        """The newest `limit` records of a class, newest first, older than record `before`."""

    async def cursors(self) -> dict[str, int]:
        """How far each book has got."""

    async def ref(self, vendor: str, our_id: str) -> str | None:
        """The vendor's id for ours."""

    async def parked(self, vendor: str | None = None, after: int = 0, limit: int | None = None) -> list[Parked]:
        """What is set aside for a vendor, of records after `after`, in order."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The beginning of a drawer's day: number and time (UTC ms) of its record."""

    seq: int
    at: int
    day_id: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one drawer in order, and how far NewStore was told of them."""

    days: tuple[TillDay, ...]
    told: Told

    def day(self, day_id: str) -> TillDay | None:
        return next((day for day in self.days if day.day_id == day_id), None)

    def before(self, day: TillDay) -> list[TillDay]:
        """The days before this one, the latest first, as far as they were fetched."""
        return [one for one in reversed(self.days) if one.opened < day.opened]

    def transacted(self, day: TillDay) -> list[Fact]:
        """The day's facts that NewStore gave an id."""
        return [fact for fact in day.facts if fact.id in self.told.refs]

    def others(self, day: TillDay) -> list[Fact]:
        """The facts of all days but this one."""
        return [fact for one in self.days if one is not day for fact in one.facts]


async def with_day(journal: JournalFacts, drawer_id: str, day_id: str) -> Stretch:
    """From the day before `day_id` on, if there is such a day."""
    return await _fetch(journal, drawer_id, partial(_enough, day_id, 1))


async def anchored(journal: JournalFacts, drawer_id: str, day_id: str) -> Stretch:
    """From an earlier day that NewStore has transactions of on to `day_id`, if there is one among the last ones."""
    more = 1
    while True:
        stretch = await _fetch(journal, drawer_id, partial(_enough, day_id, more))
        day = stretch.day(day_id)
        earlier = [] if day is None else stretch.before(day)
        if len(earlier) < more or more >= _FURTHEST or any(stretch.transacted(one) for one in earlier):
            return stretch
        more *= 8


def _enough(day_id: str, more: int, found: Sequence[Opening]) -> bool:
    return any(one.day_id == day_id for one in found[:-more])


async def since(journal: JournalFacts, drawer_id: str, begin: int) -> Stretch:
    """From the last day that was opened before `begin` (UTC ms) on."""
    return await _fetch(journal, drawer_id, lambda found: found[-1].at < begin)


async def latest(journal: JournalFacts, drawer_id: str) -> Stretch:
    """The last three days: the last one may be open still, the one before it is closed, and has one before it."""
    return await _fetch(journal, drawer_id, lambda found: len(found) > 2)


async def _fetch(journal: JournalFacts, drawer_id: str, enough: Callable[[Sequence[Opening]], bool]) -> Stretch:
    """`enough`: do these openings of the drawer (newest first) suffice?"""
    openings = await _openings(journal, drawer_id, enough)
    if not openings:
        return Stretch((), Told(0, {}, {}))
    first = openings[-1].seq
    # in this order: what is delivered meanwhile is behind the cursor still, or has an id already
    cursor = (await journal.cursors()).get(BOOK, 0)
    parked = {row.seq: row.reason for row in await journal.parked(BOOK, after=first - 1)}
    records: list[Record] = []
    for name in NAMES:
        records += await _since(journal, name, first)
    found = tuple(day for day in days(sorted(records, key=lambda one: one.seq)) if day.drawer_id == drawer_id)
    return Stretch(found, Told(cursor, await _learned(journal, found), parked))


async def _openings(
    journal: JournalFacts, drawer_id: str, enough: Callable[[Sequence[Opening]], bool]
) -> list[Opening]:
    found: list[Opening] = []
    before: int | None = None
    while piece := await journal.by_name(DrawerDayOpened.__name__, AT_ONCE, before):
        for record in piece:
            match record.record:
                case Occurred(event=DrawerDayOpened() as event) if event.drawer_id == drawer_id:
                    found.append(Opening(record.seq, record.at, event.day_id))
                    if enough(found):
                        return found
        before = piece[-1].seq
    return found


async def _since(journal: JournalFacts, name: str, first: int) -> list[Record]:
    """All records of a class from number `first` on, newest first."""
    found: list[Record] = []
    before: int | None = None
    while piece := await journal.by_name(name, AT_ONCE, before):
        found += [record for record in piece if record.seq >= first]
        before = piece[-1].seq
        if before < first:
            break
    return found


async def _learned(journal: JournalFacts, found: Sequence[TillDay]) -> dict[str, str]:
    """NewStore's ids by ours, of everything in these days that has one."""
    ours = [fact.id for day in found for fact in day.facts] + [count.id for day in found for count in day.counts]
    refs = {our_id: await journal.ref(BOOK, our_id) for our_id in ours}
    return {our_id: theirs for our_id, theirs in refs.items() if theirs is not None}
