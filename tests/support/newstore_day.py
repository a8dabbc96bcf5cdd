"""A drawer's day as the till's journal tells it to a cash book, and what the book has to hold in the evening.

The records are in the orders that the rules allow: a drawer that opens before its sale is certain, a sale that is
settled only when the next one begins and whose drawer is pushed shut after that, a sale without cash, a count that is
cancelled. What is owed is summed up beside them, never read from them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from firmware_bridge.demo_book import Delivery
from firmware_bridge.journal.records import Entry
from statemachines.vocabulary.day_events import (
    CountCancelled,
    CountReason,
    CountRecorded,
    CountRecountAsked,
    CountStarted,
    CountSubmitted,
    DrawerDayClosed,
    DrawerDayOpened,
)
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveSettled,
    DrawerCause,
    DrawerClosed,
    DrawerOpened,
    Event,
    Occurred,
    SaleCompleted,
    SaleRefused,
    SaleSettled,
)
from statemachines.vocabulary.receipt import Person

BEGIN: Final = 1_795_000_000_000
"""UTC ms of the first record; the sandbox's clock is a little ahead of it."""
ANN: Final = Person("7", "Ганна", "manager")
DRAWER: Final = "main"
FLOAT: Final = 100_000
CODES: Final = {"пошта": "post_office"}
_MOVES: Final[Sequence[tuple[str, Literal["in", "out", "none"], str]]] = (
    ("add_petty_cash", "in", ""),
    ("remove_petty_cash", "out", "пошта"),
    ("cash_pull", "out", "інкасація"),
    ("no_sale", "none", ""),
)


@dataclass
class Days:
    """Days one after another, by `seed`. `entries` go into the journal, `wanted` and `openings` are owed to a book."""

    seed: int
    entries: list[Entry] = field(default_factory=list)
    wanted: list[Delivery] = field(default_factory=list)
    openings: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._at = BEGIN
        self._serial = 0
        self._day = ""
        self._cash = 0
        self._late: list[tuple[str, Event]] = []

    def day(self, documents: int = 10, *, pause_ms: int = 1_000) -> Days:
        """Add a whole day with so many documents, `pause_ms` apart, a count in the middle and one at the end."""
        self._begin()
        for number in range(documents):
            self._at += pause_ms
            self._document()
            if number == documents // 2:
                self._cancelled_count()
                self._count("intra_day_balance", self._cash - 5_000, self._cash - 100)
        self._settle_late()
        self._end(self._count("end_of_day_balance", self._cash))
        return self

    # --- the day's frame --------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._day, self._cash = self._id("day"), FLOAT
        self._note(self._day, DrawerDayOpened(DRAWER, self._day, FLOAT))
        self.wanted.append(Delivery("activation", "", FLOAT))

    def _end(self, count_id: str) -> None:
        self._note(self._day, DrawerDayClosed(DRAWER, self._day, self._cash, self._cash, count_id, self._id("z")))
        self.wanted.append(Delivery("deactivation", "end_of_day_balance", self._cash))

    def _count(self, reason: CountReason, *found: int) -> str:
        self._settle_late()
        count = self._id("count")
        self._note(count, CountStarted(count, DRAWER, self._day, reason, blind=False, by=ANN))
        for number, counted in enumerate(found, 1):
            if number > 1:
                self._note(count, CountRecountAsked(count, DRAWER, number, ANN, self._day))
            off = counted - self._cash
            event = CountRecorded(count, DRAWER, number, counted, (), self._cash, off, ANN, self._day)
            self._note(count, event)
        off = found[-1] - self._cash
        self._note(count, CountSubmitted(count, DRAWER, reason, found[-1], self._cash, off, ANN, self._day))
        self.wanted.append(Delivery("count", reason, found[-1]))
        return count

    def _cancelled_count(self) -> None:
        self._settle_late()
        count = self._id("count")
        self._note(count, CountStarted(count, DRAWER, self._day, "intra_day_balance", blind=True, by=ANN))
        self._note(count, CountCancelled(count, DRAWER, ANN, "a customer", self._day))

    # --- documents --------------------------------------------------------------------------------------------------

    def _document(self) -> None:
        match self._dice.choice(("sale", "sale", "sale", "return", "card", "refused", "move")):
            case "sale":
                self._sale(self._dice.randrange(1, 90_000))
            case "return":
                self._sale(-self._dice.randrange(1, 9_000))
            case "card":
                self._settle_late()
                self._note_sale(self._id("sale"), 0)
            case "refused":
                sale = self._id("sale")
                self._note(sale, SaleRefused(sale, "the register would not"))
            case _:
                self._move(*self._dice.choice(_MOVES))

    def _sale(self, cash: int) -> None:
        self._settle_late()
        sale = self._id("sale")
        first = self._dice.random() < 0.3  # a kick in the print job: the drawer opens before the sale is certain
        if first:
            self._opened("sale", sale)
        order = self._note_sale(sale, cash)
        if not first:
            self._opened("sale", sale)
        self._closed("sale", sale, SaleSettled(sale, "drawer_closed", DRAWER, self._day))
        self._cash += cash
        self.wanted.append(Delivery("sale", order, cash))

    def _note_sale(self, sale: str, cash: int) -> str:
        order = self._id("web") if self._dice.random() < 0.3 else ""
        number = f"{self._serial:06}"
        given = cash + self._dice.randrange(5_000) if cash > 0 else 0
        change = given - cash if cash > 0 else 0
        drawer, day = (DRAWER, self._day) if cash else ("", "")
        self._note(sale, SaleCompleted(sale, cash, given, change, (), drawer, day, number, order))
        if not cash:
            self._note(sale, SaleSettled(sale, "no_drawer"))
        return order or number

    def _move(self, kind: str, direction: Literal["in", "out", "none"], reason: str) -> None:
        self._settle_late()
        move = self._id("move")
        amount = 0 if direction == "none" else self._dice.randrange(1, 20_000)
        self._note(move, CashMoved(move, kind, direction, amount, "operator", DRAWER, self._day, reason))
        cause: Literal["no_sale", "move"] = "no_sale" if kind == "no_sale" else "move"
        self._opened(cause, move)
        self._closed(cause, move, CashMoveSettled(move, "drawer_closed", DRAWER, self._day))
        moved = {"in": amount, "out": -amount, "none": 0}[direction]
        self._cash += moved
        self.wanted.append(Delivery(kind, CODES.get(reason, ""), moved))

    def _opened(self, kind: Literal["sale", "move", "no_sale"], document: str) -> None:
        self._note("", DrawerOpened(DRAWER, DrawerCause(kind, document), "sensed", self._day))
        self.openings += 1

    def _closed(self, kind: Literal["sale", "move", "no_sale"], document: str, settled: Event) -> None:
        """Pushed shut at once, or only while the next document is made, which settles this one."""
        closed = DrawerClosed(DRAWER, DrawerCause(kind, document), 300, self._day)
        if self._dice.random() < 0.7:
            self._note("", closed)
            self._note(document, settled)
        else:
            self._late = [(document, settled), ("", closed)]

    def _settle_late(self) -> None:
        late, self._late = self._late, []
        for subject, event in late:
            self._note(subject, event)

    def _note(self, subject: str, event: Event) -> None:
        self._at += 7
        self.entries.append(Entry(subject, Occurred(self._at, self._at - BEGIN, event, ANN, "")))

    def _id(self, kind: str) -> str:
        self._serial += 1
        return f"{kind}-{self._serial}"
