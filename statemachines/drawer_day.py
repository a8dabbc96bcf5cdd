"""A drawer's day: from its activation with a float to its end. Beside the shift, with which it may or may not run.

expected cash = float + completed in - completed out. Moves that belong to a shift's begin and end (float, collection)
are the fiscaliser's matter and not the drawer's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from statemachines.machine import Output, Reject, Row, Table
from statemachines.vocabulary.day_events import (
    CountStarted,
    CountSubmitted,
    DrawerCashiersAssigned,
    DrawerDayClosed,
    DrawerDayOpened,
)
from statemachines.vocabulary.events import CashMoved, Event, Occurred, SaleCompleted

INACTIVE = "inactive"
ACTIVE = "active"
COUNTED = "counted"
STATES = (INACTIVE, ACTIVE, COUNTED)


@dataclass(slots=True)
class DrawerDay:
    """The current day of a drawer, or the last one when inactive. `counted`: found by the end-of-day count."""

    drawer_id: str
    state: str = INACTIVE
    day_id: str = ""
    float_amount: int = 0
    cashiers: tuple[str, ...] = ()
    opened_at: int = 0
    cash_in: int = 0
    cash_out: int = 0
    counted: int | None = None
    count_id: str = ""

    @property
    def expected(self) -> int:
        return self.float_amount + self.cash_in - self.cash_out


class Context(Protocol):
    @property
    def now(self) -> Occurred: ...


def _opened(day: DrawerDay, event: DrawerDayOpened, context: Context) -> Iterable[Output]:
    day.day_id = event.day_id
    day.float_amount = event.float_amount
    day.cashiers = event.cashiers
    day.opened_at = context.now.at
    day.cash_in = day.cash_out = 0
    day.counted, day.count_id = None, ""
    return ()


def _assigned(day: DrawerDay, event: DrawerCashiersAssigned, _: Context) -> Iterable[Output]:
    day.cashiers = event.cashiers
    return ()


def _sold(day: DrawerDay, event: SaleCompleted, _: Context) -> Iterable[Output]:
    if event.cash_due >= 0:
        day.cash_in += event.cash_due
    else:
        day.cash_out -= event.cash_due
    return ()


def _moved(day: DrawerDay, event: CashMoved, _: Context) -> Iterable[Output]:
    if event.direction == "in":
        day.cash_in += event.amount
    elif event.direction == "out":
        day.cash_out += event.amount
    return ()


def _counted(day: DrawerDay, event: CountSubmitted, _: Context) -> Iterable[Output]:
    day.counted, day.count_id = event.counted, event.count_id
    return ()


def _count_again(day: DrawerDay, _: Event, __: Context) -> Iterable[Output]:
    day.counted, day.count_id = None, ""
    return ()


def _end_of_day(_: DrawerDay, event: CountSubmitted, __: Context) -> bool:
    return event.reason == "end_of_day_balance"


def _ours(_: DrawerDay, event: CashMoved, __: Context) -> bool:
    return event.origin == "operator"


ROWS: tuple[Row[DrawerDay, Context], ...] = (
    Row(INACTIVE, DrawerDayOpened, ACTIVE, _opened),
    Row((ACTIVE, COUNTED), DrawerCashiersAssigned, "=", _assigned),
    Row((ACTIVE, COUNTED), SaleCompleted, "=", _sold),
    Row((ACTIVE, COUNTED), CashMoved, "=", _moved, _ours),
    Row((ACTIVE, COUNTED), CountSubmitted, COUNTED, _counted, _end_of_day, "end of day"),
    Row(COUNTED, CountStarted, ACTIVE, _count_again, note="counted anew"),
    Row(ACTIVE, CountStarted, ACTIVE),
    Row((ACTIVE, COUNTED), DrawerDayClosed, INACTIVE),
)

_RUNNING = (ACTIVE, COUNTED)
NOT_ACTIVE = "The drawer is not active: activate it with its float first (POST /v1/drawers/{id}/activate)."
REJECTS: tuple[Reject, ...] = (
    Reject(_RUNNING, (DrawerDayOpened,), "drawer-active", "The drawer is active already: deactivate it first."),
    Reject(
        INACTIVE,
        (DrawerCashiersAssigned, SaleCompleted, CashMoved, CountStarted, CountSubmitted, DrawerDayClosed),
        "drawer-not-active",
        NOT_ACTIVE,
    ),
    Reject(_RUNNING, (CashMoved,), "not-the-drawers", "The shift's float and collection are not the drawer's moves."),
    Reject(_RUNNING, (CountSubmitted,), "intra-day", "A count during the day changes nothing in the books."),
)

TABLE: Table[DrawerDay, Context] = Table("drawer_day", STATES, ROWS, REJECTS)
