"""Beside a sale's way, after the end of a day: both books are read, and the one is held against the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError
from firmware_bridge.gateway.book import Service
from firmware_bridge.vendors.newstore.audit import as_values, day_source, reports
from firmware_bridge.vendors.newstore.audit.day_source import JournalFacts, Stretch
from firmware_bridge.vendors.newstore.audit.findings import Comparison, Currency
from firmware_bridge.vendors.newstore.audit.reconcile import compare
from firmware_bridge.vendors.newstore.audit.till_day import TillDay
from firmware_bridge.vendors.newstore.audit.vendor_day import DailyReport, Transaction, VendorDay
from firmware_bridge.vendors.newstore.calls import Calls
from firmware_bridge.vendors.newstore.desk import Desk
from firmware_bridge.vendors.newstore.urls import urls
from statemachines.vocabulary.book_events import BooksCompared

#: How far the till's clock and NewStore's may be apart where a day can only be found by its time.
CLOCKS: Final = timedelta(minutes=10)


class UnknownDay(LookupError):
    """The journal has no such day of this drawer. One sentence."""


class NewStoreComparer:
    """`drawers`: ours -> NewStore's. `now`: UTC ms."""

    def __init__(
        self, desk: Desk, calls: Calls, journal: JournalFacts, drawers: Mapping[str, str], now: Callable[[], int]
    ) -> None:
        self._desk, self._calls, self._journal, self._drawers, self._now = desk, calls, journal, drawers, now
        self._currency = Currency(calls.currency, calls.exponent)

    async def compare(self, drawer_id: str, day_id: str) -> BooksCompared:
        """Hold one day against NewStore's; nothing is changed there.

        Raises NotSent, Unanswered, Refused when NewStore does not tell (it may be asked again later), UnknownDay,
        JournalError.
        """
        stretch = await day_source.with_day(self._journal, drawer_id, day_id)
        day = stretch.day(day_id)
        if day is None:
            raise UnknownDay(f"The journal has no day {day_id} of drawer {drawer_id}; nothing was compared.")
        return (await self.day(stretch, day)).event

    async def day(self, stretch: Stretch, day: TillDay) -> Comparison:
        """One day of a stretch, in full. Raises as `compare`."""
        theirs = self._drawers.get(day.drawer_id)
        if theirs is None:
            raise UnknownDay(f"Drawer {day.drawer_id} is not in [book.newstore.drawers]: NewStore is not told of it.")
        found = await self._transactions(theirs, day, stretch)
        report, begin, end = await self._reported(theirs, stretch, day, [one.created_at for one in found.values()])
        rows = await reports.of_store(self._desk, self._calls, _ms(begin), _ms(end) + 1)
        return compare(
            day,
            stretch.told,
            VendorDay(theirs, found, tuple(as_values.row(row) for row in rows if row.cash_drawer_id == theirs), report),
            self._currency,
            stretch.others(day),
        )

    async def _transactions(self, theirs: str, day: TillDay, stretch: Stretch) -> dict[str, Transaction]:
        """By NewStore's ids; one that it does not know is left out."""
        found: dict[str, Transaction] = {}
        for fact in day.facts:
            ref = stretch.told.refs.get(fact.id)
            answer = None if ref is None else await reports.transaction(self._desk, self._calls, theirs, ref)
            if ref is not None and answer is not None:
                found[ref] = as_values.transaction(answer, fact)
        return found

    async def _reported(
        self, theirs: str, stretch: Stretch, day: TillDay, made: Sequence[datetime]
    ) -> tuple[DailyReport | None, datetime, datetime]:
        """NewStore's report of the day, if there is one, and the time from and to which its rows are read."""
        answers = await reports.daily(self._desk, self._calls, theirs)
        known = sorted((one for one in map(as_values.report, answers) if one is not None), key=_begin)
        report = _holding(known, made)
        if report is None and not made and day.closed and not stretch.told.waits(day.closed):
            report = await self._by_order(theirs, day, known)
        if report is not None:
            return report, report.activated_at, report.deactivated_at
        first, earliest = min(made, default=None), _moment(day.opened_at) - CLOCKS
        ends = [one.deactivated_at for one in known if first is None or one.deactivated_at <= first]
        begin = max((end for end in ends if end > earliest), default=min([earliest, *made]))
        return None, begin, _moment(self._now()) + CLOCKS

    async def _by_order(self, theirs: str, day: TillDay, known: Sequence[DailyReport]) -> DailyReport | None:
        """The report of a day without transactions: as many after that of an earlier day as it came after that day.

        Without such a day the first one is taken that begins and ends as late as ours, whenever it was delivered.
        """
        stretch = await day_source.anchored(self._journal, day.drawer_id, day.day_id)
        for later, earlier in enumerate(stretch.before(day), 1):
            for fact in stretch.transacted(earlier)[:1]:
                answer = await reports.transaction(self._desk, self._calls, theirs, stretch.told.refs[fact.id])
                at = None if answer is None else as_values.transaction(answer, fact).created_at
                place = next((n for n, one in enumerate(known) if at is not None and one.holds(at)), None)
                if place is not None:
                    return next(iter(known[place + later :]), None)
        begin, end = _moment(day.opened_at) - CLOCKS, _moment(day.closed_at) - CLOCKS
        return next((one for one in known if one.activated_at >= begin and one.deactivated_at >= end), None)


def comparer(config: Config, service: Service, journal: JournalFacts, now: Callable[[], int]) -> NewStoreComparer:
    """For the till of [book.newstore], over the service that its book is told by. Raises UsageError."""
    section = config.book.newstore if config.book is not None else None
    if section is None:
        raise UsageError("There is no [book.newstore] in the configuration")
    try:
        calls = Calls(urls(section.urls), section.store_id, config.till.currency, config.exponent)
    except ValueError as error:
        raise UsageError(f"book.newstore: {error}") from error
    drawers = section.drawers or {name: name for name in config.drawers}
    return NewStoreComparer(Desk(service), calls, journal, drawers, now)


def _holding(known: Iterable[DailyReport], made: Sequence[datetime]) -> DailyReport | None:
    """The report of the day in which most of these were made; NewStore's own times on both sides."""
    counted = [(sum(report.holds(at) for at in made), report) for report in known]
    count, report = max(counted, key=lambda one: one[0], default=(0, None))
    return report if count else None


def _begin(report: DailyReport) -> datetime:
    return report.activated_at


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
