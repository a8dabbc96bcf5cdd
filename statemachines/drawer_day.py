"""A drawer's day: from its activation with a float to its end. Beside the shift, with which it may or may not run.

expected cash = float + completed in - completed out. Moves that belong to a shift's begin and end (float, collection)
are the fiscaliser's matter and not the drawer's. No cash is booked in a day that has ended: a day that would end with
its shift while cash of it is in doubt (`ending`) goes on until nothing is, or until the next shift begins a new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from statemachines.machine import Output, Reject, Row, Table
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.day_events import (
    ClosingAdvanced,
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
RUNNING = (ACTIVE, COUNTED)


@dataclass(slots=True)
class DrawerDay:
    """The current day of a drawer, or the last one when inactive. `counted`: found by the end-of-day count.

    `ending`: the shift that was closed while cash of this day was in doubt. `forced`: how often it was forced open, as
    far as that was recorded for a book.
    """

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
    ending: str = ""
    forced: int = 0

    @property
    def expected(self) -> int:
        return self.float_amount + self.cash_in - self.cash_out


class Context(Protocol):
    @property
    def now(self) -> Occurred: ...
    def in_doubt(self, drawer_id: str) -> bool:
        """Is cash on its way through this drawer that is not certain yet?"""


def _opened(day: DrawerDay, event: DrawerDayOpened, context: Context) -> Iterable[Output]:
    day.day_id = event.day_id
    day.float_amount = event.float_amount
    day.cashiers = event.cashiers
    day.opened_at = context.now.at
    day.cash_in = day.cash_out = 0
    day.counted, day.count_id, day.ending, day.forced = None, "", "", 0
    return ()


def _forced(day: DrawerDay, _: Event, __: Context) -> Iterable[Output]:
    day.forced += 1
    return ()


def _held(day: DrawerDay, event: ClosingAdvanced, _: Context) -> Iterable[Output]:
    day.ending = event.shift_id
    return ()


def _ended(day: DrawerDay, _: Event, __: Context) -> Iterable[Output]:
    day.ending = ""
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


def _ends_in_doubt(day: DrawerDay, event: ClosingAdvanced, context: Context) -> bool:
    return event.step == "drawers" and context.in_doubt(day.drawer_id)


def _by_force(_: DrawerDay, event: NoSaleRecorded, __: Context) -> bool:
    return event.forced


def _ours(_: DrawerDay, event: CashMoved, __: Context) -> bool:
    return event.origin == "operator"


ROWS: tuple[Row[DrawerDay, Context], ...] = (
    Row(INACTIVE, DrawerDayOpened, ACTIVE, _opened),
    Row(RUNNING, DrawerCashiersAssigned, "=", _assigned),
    Row(RUNNING, SaleCompleted, "=", _sold),
    Row(RUNNING, CashMoved, "=", _moved, _ours),
    Row(RUNNING, NoSaleRecorded, "=", _forced, _by_force, "forced"),
    Row(RUNNING, CountSubmitted, COUNTED, _counted, _end_of_day, "end of day"),
    Row(COUNTED, CountStarted, ACTIVE, _count_again, note="counted anew"),
    Row(ACTIVE, CountStarted, ACTIVE),
    Row(RUNNING, ClosingAdvanced, "=", _held, _ends_in_doubt, "the shift ends, and cash is in doubt"),
    Row(RUNNING, DrawerDayClosed, INACTIVE, _ended),
)

NOT_ACTIVE = "The drawer is not active: activate it with its float first (POST /v1/drawers/{id}/activate)."
REJECTS: tuple[Reject, ...] = (
    Reject(RUNNING, (DrawerDayOpened,), "drawer-active", "The drawer is active already: deactivate it first."),
    Reject(
        INACTIVE,
        (
            DrawerCashiersAssigned,
            SaleCompleted,
            CashMoved,
            NoSaleRecorded,
            CountStarted,
            CountSubmitted,
            ClosingAdvanced,
            DrawerDayClosed,
        ),
        "drawer-not-active",
        NOT_ACTIVE,
    ),
    Reject(RUNNING, (CashMoved,), "not-the-drawers", "The shift's float and collection are not the drawer's moves."),
    Reject(RUNNING, (NoSaleRecorded,), "commanded", "An opening that was commanded changes nothing in the day."),
    Reject(RUNNING, (ClosingAdvanced,), "not-held", "Nothing keeps this drawer's day from ending with its shift."),
    Reject(RUNNING, (CountSubmitted,), "intra-day", "A count during the day changes nothing in the books."),
)

TABLE: Table[DrawerDay, Context] = Table("drawer_day", STATES, ROWS, REJECTS)
