"""A cash book that reads a till's journal and nothing else, as a vendor's would: what it is told must add up.

It shares no code with the rules. Whatever comes in an order that no book could take (money behind a count or behind the
end of its day, a fact that is ended twice or never, a day whose sum is another) raises Wrong. Money in minor units.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.day_events import (
    CountCancelled,
    CountEvent,
    CountStarted,
    CountSubmitted,
    DrawerDayClosed,
    DrawerDayOpened,
)
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveSettled,
    DrawerClosed,
    DrawerOpened,
    Event,
    Occurred,
    SaleCompleted,
    SaleSettled,
)
from tests.support.money_model import hold

Place = tuple[str, str]
Fact = SaleCompleted | CashMoved | NoSaleRecorded


@dataclass(slots=True)
class CashBook:
    """`days`: the open day of each drawer; `sums`: what each day comes to; `open`: begun and not ended, where it is."""

    days: dict[str, str] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)
    counts: dict[str, str] = field(default_factory=dict)
    open: dict[str, Place] = field(default_factory=dict)
    begun: dict[str, Fact] = field(default_factory=dict)
    nameless: set[str] = field(default_factory=set)
    closed: int = 0

    def read(self, records: Iterable[object]) -> CashBook:
        """All records in their order."""
        for record in records:
            if isinstance(record, Occurred):
                self.hear(record.event)
        return self

    def hear(self, event: Event) -> None:
        match event:
            case DrawerDayOpened():
                hold(event.drawer_id not in self.days, f"a second day in drawer {event.drawer_id}")
                hold(event.day_id not in self.sums, f"the day {event.day_id} was opened before")
                self.days[event.drawer_id] = event.day_id
                self.sums[event.day_id] = event.float_amount
            case DrawerDayClosed():
                self._day_over(event)
            case SaleCompleted() | CashMoved() | NoSaleRecorded():
                self._begins(event)
            case SaleSettled() | CashMoveSettled():
                self._ends(event)
            case CountEvent():
                self._counts(event)
            case DrawerOpened() | DrawerClosed():
                self._moves(event)
            case _:
                return

    def at_rest(self) -> None:
        """The till is at rest: everything that was begun was ended."""
        hold(not self.open, f"never settled: {list(self.open)}")
        hold(not self.nameless, f"recorded, and never seen open: {self.nameless}")

    def _begins(self, fact: Fact) -> None:
        name, place = fact.document_id, (fact.drawer_id, fact.day_id)
        hold(name not in self.begun, f"{name} was begun before")
        self.begun[name], self.open[name] = fact, place
        cash = self._cash(fact)
        if isinstance(fact, NoSaleRecorded):
            hold(fact.day_id, f"{name} is recorded outside of a day")
            self.nameless.add(name)
        elif not cash:
            return
        self._in_its_day(name, place)
        if fact.day_id:
            self.sums[fact.day_id] += cash

    @staticmethod
    def _cash(fact: Fact) -> int:
        match fact:
            case SaleCompleted():
                return fact.cash_due
            case CashMoved(origin="operator"):
                return {"in": fact.amount, "out": -fact.amount, "none": 0}[fact.direction]
            case _:
                return 0

    def _in_its_day(self, name: str, place: Place) -> None:
        drawer, day = place
        hold(day == self.days.get(drawer, ""), f"{name} is in day {day!r} of {drawer!r}, and another one is open")
        hold(drawer not in self.counts, f"{name} comes while drawer {drawer} is counted")

    def _ends(self, event: SaleSettled | CashMoveSettled) -> None:
        name = event.document_id
        hold(name in self.open, f"{name} was settled twice, or was never begun")
        place = self.open.pop(name)
        hold(place == (event.drawer_id, event.day_id), f"{name} was settled in another place than it was begun")
        sale = isinstance(self.begun[name], SaleCompleted)
        hold(sale == isinstance(event, SaleSettled), f"{name} was settled as something else than it is")
        if event.day_id:
            self._in_its_day(name, place)

    def _waiting(self, drawer: str) -> list[str]:
        return [name for name, place in self.open.items() if place[0] == drawer]

    def _counts(self, event: CountEvent) -> None:
        drawer, name = event.drawer_id, event.count_id
        day: str = getattr(event, "day_id")  # noqa: B009 - every event of a count has it
        hold(day == self.days.get(drawer), f"count {name} is in day {day!r} of {drawer}, which is not open")
        if isinstance(event, CountStarted):
            hold(drawer not in self.counts, f"a second count in drawer {drawer}")
            hold(not self._waiting(drawer), f"count {name} begins, and {self._waiting(drawer)} are not settled")
            self.counts[drawer] = name
        hold(self.counts.get(drawer) == name, f"count {name} of drawer {drawer} was not begun")
        if isinstance(event, CountSubmitted | CountCancelled):
            del self.counts[drawer]

    def _day_over(self, event: DrawerDayClosed) -> None:
        drawer = event.drawer_id
        hold(self.days.pop(drawer, None) == event.day_id, f"day {event.day_id} of {drawer} was not open")
        hold(drawer not in self.counts, f"day {event.day_id} ends in the middle of a count")
        hold(not self._waiting(drawer), f"day {event.day_id} ends, and {self._waiting(drawer)} are not settled")
        ours = self.sums[event.day_id]
        hold(ours == event.expected, f"day {event.day_id} comes to {ours}, and the till expects {event.expected}")
        self.closed += 1

    def _moves(self, event: DrawerOpened | DrawerClosed) -> None:
        drawer, name = event.drawer_id, event.cause.id
        hold(event.day_id == self.days.get(drawer, ""), f"drawer {drawer} moves in day {event.day_id!r}, not its own")
        if isinstance(event, DrawerOpened):
            self.nameless.discard(name)
