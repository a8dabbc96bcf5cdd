"""What a till writes into its journal: days of drawers, sales and counts for a book, and what is nothing to it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from statemachines.vocabulary.day_events import CountReason, CountRecorded, CountStarted, CountSubmitted
from statemachines.vocabulary.day_events import DrawerDayClosed as DayClosed
from statemachines.vocabulary.day_events import DrawerDayOpened as DayOpened
from statemachines.vocabulary.events import (
    DrawerCause,
    DrawerClosed,
    DrawerOpened,
    Event,
    ReceiptPrinted,
    SaleCompleted,
    SaleRefused,
    SaleSettled,
)
from statemachines.vocabulary.receipt import Person

ANN = Person("7", "Ганна", "cashier")
MAIN, DAY = "main", "day-1"


def opened(day: str = DAY, drawer: str = MAIN) -> Event:
    return DayOpened(drawer, day, 10_000)


def closed(day: str = DAY, drawer: str = MAIN, count: str = "") -> Event:
    return DayClosed(drawer, day, 10_000, 10_000 if count else None, count, f"close {drawer} {day}")


def completed(sale: str, day: str = DAY, drawer: str = MAIN, cash: int = 500) -> Event:
    return SaleCompleted(sale, cash, max(cash, 0), 0, (), drawer, day, sale)


def kicked(sale: str, day: str = DAY, drawer: str = MAIN) -> Event:
    return DrawerOpened(drawer, DrawerCause("sale", sale), "sensed", day)


def shut(sale: str, day: str = DAY, drawer: str = MAIN) -> Event:
    return DrawerClosed(drawer, DrawerCause("sale", sale), 2_000, day)


def settled(sale: str, day: str = DAY, drawer: str = MAIN) -> Event:
    return SaleSettled(sale, "drawer_closed", drawer, day)


def sale(name: str, day: str = DAY, drawer: str = MAIN, *, early: bool = False) -> list[Event]:
    """A cash sale as a book hears of it; `early`: the drawer opens before the sale is certain."""
    first = [kicked(name, day, drawer), completed(name, day, drawer)]
    return [*(first if early else reversed(first)), shut(name, day, drawer), settled(name, day, drawer)]


def count(name: str, day: str = DAY, drawer: str = MAIN) -> list[Event]:
    reason: CountReason = "end_of_day_balance"
    return [
        CountStarted(name, drawer, day, reason, blind=False, by=ANN),
        CountRecorded(name, drawer, 1, 10_000, (), 10_000, 0, ANN, day),
        CountSubmitted(name, drawer, reason, 10_000, 10_000, 0, ANN, day),
    ]


def nothing(number: int) -> Event:
    """Something that is no book's business."""
    return ReceiptPrinted(f"doc-{number}", f"job-{number}", "process_id")


def trading(chance: random.Random, drawers: int = 2, days: int = 2, most_sales: int = 4) -> list[Event]:
    """Some days of some drawers, mixed as they may come: each drawer in its order, and noise in between."""
    queues = [list(_drawer(chance, f"drawer-{n}", days, most_sales)) for n in range(1, drawers + 1)]
    found: list[Event] = []
    while queue := chance.choice([queue for queue in queues if queue] or [[]]):
        found.append(queue.pop(0))
        if chance.random() < 0.2:
            found.append(nothing(len(found)))
    return found


def _drawer(chance: random.Random, drawer: str, days: int, most_sales: int) -> Iterator[Event]:
    for number in range(1, days + 1):
        day = f"{drawer}-day-{number}"
        yield opened(day, drawer)
        for n in range(chance.randint(0, most_sales)):
            yield from _sale(chance, f"{day}-sale-{n}", day, drawer)
        counted = f"{day}-count" if chance.random() < 0.6 else ""
        if counted:
            yield from count(counted, day, drawer)
        yield closed(day, drawer, counted)


def _sale(chance: random.Random, name: str, day: str, drawer: str) -> Iterator[Event]:
    kind = chance.random()
    if kind < 0.1:  # accepted, the drawer open already, and then refused
        yield kicked(name, day, drawer)
        yield SaleRefused(name, "no paper")
        yield shut(name, day, drawer)
    elif kind < 0.2:
        yield completed(name, day, drawer, cash=0)
        yield settled(name, day, drawer)
    else:
        yield from sale(name, day, drawer, early=chance.random() < 0.4)
