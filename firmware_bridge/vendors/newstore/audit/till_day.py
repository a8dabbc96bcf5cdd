"""Beside a sale's way: what a drawer's day was by the till's own journal, the side that NewStore is held against.

Pure: records in, values out. Money is in minor units; positive lies in the drawer afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from firmware_bridge.journal.records import Record
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.day_events import (
    CountCancelled,
    CountReason,
    CountRecorded,
    CountStarted,
    CountSubmitted,
    DrawerDayClosed,
    DrawerDayOpened,
)
from statemachines.vocabulary.events import CashMoved, CashMoveSettled, Event, Occurred, SaleCompleted, SaleSettled

#: Records of these classes make a day; nothing else of the journal is needed to compare it.
NAMES: Final = tuple(
    one.__name__
    for one in (
        *(DrawerDayOpened, DrawerDayClosed, SaleCompleted, SaleSettled, CashMoved, NoSaleRecorded, CashMoveSettled),
        *(CountStarted, CountRecorded, CountSubmitted, CountCancelled),
    )
)
_SIGNS: Final = {"in": 1, "out": -1, "none": 0}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that moved cash, or opened the drawer for the record, and that NewStore is told of.

    `seq`: of the record that made it certain; `settled`: of the one that put it away (0 = not yet). `kind`: "sale"
    (a return is one with a negative amount) or one of NewStore's ten types. `given`: what the customer handed over.
    """

    seq: int
    id: str
    kind: str
    amount: int
    given: int = 0
    number: str = ""
    order_id: str = ""
    settled: int = 0

    @property
    def orders(self) -> frozenset[str]:
        """What its order may be called there, whichever way the configuration names orders. A move has none."""
        if self.kind != "sale":
            return frozenset({""})
        return frozenset({self.order_id, self.number} - {""}) or frozenset({self.id})

    @property
    def name(self) -> str:
        """How people call it: "sale 000123 (order A-7)"."""
        if self.kind != "sale":
            return f"{self.kind} {self.id}"
        kind = "sale" if self.amount > 0 else "return"
        return f"{kind} {self.number or self.id}" + (f" (order {self.order_id})" if self.order_id else "")


@dataclass(frozen=True, slots=True)
class Count:
    """A cash count. `recorded`: number of the record of its last round (0 = none); money as that round found it."""

    id: str
    reason: CountReason
    seq: int
    recorded: int = 0
    counted: int = 0
    expected: int = 0
    submitted: int = 0
    cancelled: bool = False

    @property
    def variance(self) -> int:
        return self.counted - self.expected


@dataclass(frozen=True, slots=True)
class TillDay:
    """A drawer from its activation to its deactivation. `opened`, `closed`: numbers of these records (0 = open still),
    `opened_at`, `closed_at` their times (UTC ms). `close_expected`, `close_counted`: as the closing record has them.
    """

    drawer_id: str
    day_id: str
    opened: int
    opened_at: int
    float_amount: int
    facts: tuple[Fact, ...] = ()
    counts: tuple[Count, ...] = ()
    closed: int = 0
    closed_at: int = 0
    close_expected: int = 0
    close_counted: int | None = None
    count_id: str = ""

    @property
    def place(self) -> str:
        return f"{self.drawer_id}/{self.day_id}"

    @property
    def expected(self) -> int:
        """What must be in the drawer by the journal's cash facts."""
        return self.float_amount + sum(fact.amount for fact in self.facts)

    @property
    def submitted(self) -> tuple[Count, ...]:
        return tuple(count for count in self.counts if count.submitted)


def days(records: Iterable[Record]) -> list[TillDay]:
    """The drawers' days that begin in these records, in the order of their beginnings.

    `records` in the journal's order, from the opening of the first wanted day on; other classes than `NAMES` are
    passed over. Facts whose day does not begin among them belong to no day here.
    """
    found = _Collector()
    for record in records:
        if isinstance(record.record, Occurred):
            found.take(record.seq, record.record.at, record.record.event)
    return found.days()


class _Collector:
    """Days under way, by their ids."""

    def __init__(self) -> None:
        self._days: dict[str, TillDay] = {}
        self._facts: dict[str, dict[str, Fact]] = {}
        self._counts: dict[str, dict[str, Count]] = {}
        self._day_of: dict[str, str] = {}

    def take(self, seq: int, at: int, event: Event) -> None:
        match event:
            case DrawerDayOpened():
                self._days[event.day_id] = TillDay(event.drawer_id, event.day_id, seq, at, event.float_amount)
                self._facts[event.day_id], self._counts[event.day_id] = {}, {}
            case DrawerDayClosed() if event.day_id in self._days:
                self._days[event.day_id] = replace(
                    self._days[event.day_id],
                    closed=seq,
                    closed_at=at,
                    close_expected=event.expected,
                    close_counted=event.counted,
                    count_id=event.count_id,
                )
            case SaleCompleted() | CashMoved() | NoSaleRecorded():
                self._fact(event.day_id, _fact(seq, event))
            case SaleSettled() | CashMoveSettled():
                self._settle(seq, event.document_id)
            case CountStarted() | CountRecorded() | CountSubmitted() | CountCancelled():
                self._count(seq, event)
            case _:
                pass

    def days(self) -> list[TillDay]:
        return [
            replace(day, facts=tuple(self._facts[name].values()), counts=tuple(self._counts[name].values()))
            for name, day in self._days.items()
        ]

    def _fact(self, day_id: str, fact: Fact | None) -> None:
        if fact is not None and day_id in self._facts:
            self._facts[day_id][fact.id] = fact
            self._day_of[fact.id] = day_id

    def _settle(self, seq: int, document_id: str) -> None:
        day_id = self._day_of.get(document_id)
        if day_id is not None and not self._facts[day_id][document_id].settled:
            self._facts[day_id][document_id] = replace(self._facts[day_id][document_id], settled=seq)

    def _count(self, seq: int, event: CountStarted | CountRecorded | CountSubmitted | CountCancelled) -> None:
        counts = self._counts.get(event.day_id, {})
        if isinstance(event, CountStarted):
            counts[event.count_id] = Count(event.count_id, event.reason, seq)
            return
        before = counts.get(event.count_id)
        if before is not None:
            counts[event.count_id] = _carried_on(before, seq, event)


def _fact(seq: int, event: SaleCompleted | CashMoved | NoSaleRecorded) -> Fact | None:
    """None for what NewStore is not told of: no cash, or a move that belongs to the shift and not to the drawer."""
    match event:
        case SaleCompleted():
            if event.cash_due == 0:
                return None
            return Fact(seq, event.document_id, "sale", event.cash_due, event.cash_given, event.number, event.order_id)
        case CashMoved():
            if event.origin != "operator":
                return None
            return Fact(seq, event.document_id, event.type, _SIGNS[event.direction] * event.amount)
    return Fact(seq, event.document_id, "no_sale", 0)


def _carried_on(before: Count, seq: int, event: CountRecorded | CountSubmitted | CountCancelled) -> Count:
    match event:
        case CountRecorded():
            return replace(before, recorded=seq, counted=event.counted, expected=event.expected)
        case CountSubmitted():
            return replace(before, submitted=seq, counted=event.counted, expected=event.expected)
    return replace(before, cancelled=True)
