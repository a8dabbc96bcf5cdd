"""A till's day, record by record, and a lane that tells it to NewStore's sandbox."""

from __future__ import annotations

from typing import Any, Final

from firmware_bridge.gateway.book import Delivered
from statemachines.vocabulary.day_events import (
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
    SaleCompleted,
    SaleSettled,
)
from tests.firmware_bridge.vendors.newstore.adapter_records import ANNA
from tests.firmware_bridge.vendors.newstore.adapter_world import Lane, World

OPENED: Final = DrawerDayOpened("main", "day-1", 20000)
SALE: Final = SaleCompleted("s-1", 13950, 20000, 6050, (), "main", "day-1", "000001", "web-9")
SETTLED: Final = SaleSettled("s-1", "drawer_closed", "main", "day-1")
ENDED: Final = DrawerDayClosed("main", "day-1", 0, 0, "c-1", "r")


def sale(n: int, due: int, given: int = 0, day: str = "day-1") -> list[Event]:
    name, cause = f"s-{n}", DrawerCause("sale", f"s-{n}")
    given = given or max(due, 0)
    return [
        SaleCompleted(name, due, given, given - due, (), "main", day, f"{n:06d}"),
        DrawerOpened("main", cause, "sensed", day),
        DrawerClosed("main", cause, 2000, day),
        SaleSettled(name, "drawer_closed", "main", day),
    ]


def move(name: str, kind: str, direction: Any, amount: int, reason: str = "") -> list[Event]:
    return [
        CashMoved(name, kind, direction, amount, "operator", "main", "day-1", reason),
        CashMoveSettled(name, "drawer_closed", "main", "day-1"),
    ]


def count(name: str, reason: Any, *found: int, expected: int, day: str = "day-1") -> list[Event]:
    made: list[Event] = [CountStarted(name, "main", day, reason, by=ANNA, blind=False)]
    for at, counted in enumerate(found):
        if at:
            made.append(CountRecountAsked(name, "main", at, ANNA, day))
        made.append(CountRecorded(name, "main", at + 1, counted, (), expected, counted - expected, ANNA, day))
    return [*made, CountSubmitted(name, "main", reason, found[-1], expected, found[-1] - expected, ANNA, day)]


def ended(expected: int, counted: int, name: str, day: str = "day-1") -> Event:
    return DrawerDayClosed("main", day, expected, counted, name, "r")


def lane() -> Lane:
    return Lane(World())


def tell(told: Lane, *events: Event) -> None:
    for event in events:
        verdict = told.take(event)
        assert isinstance(verdict, Delivered), (event, verdict)
        assert not verdict.already
        told.world.till.clock.advance(1)
