"""A cash count: somebody counts a drawer, perhaps twice, and what was found is compared with the books.

discrepancy = counted - expected. Counting changes no figure: an adjustment is a person's own cash move.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from statemachines.machine import Output, Reject, Row, Table
from statemachines.vocabulary.day_events import (
    CountCancelled,
    CountReason,
    CountRecorded,
    CountRecountAsked,
    CountStarted,
    CountSubmitted,
)
from statemachines.vocabulary.events import Occurred
from statemachines.vocabulary.receipt import Denomination, Person

NEW = "new"
STARTED = "started"
RECORDED = "recorded"
RECOUNT = "recount"
SUBMITTED = "submitted"
CANCELLED = "cancelled"
STATES = (NEW, STARTED, RECORDED, RECOUNT, SUBMITTED, CANCELLED)
UNDER_WAY = (STARTED, RECORDED, RECOUNT)
OVER = (SUBMITTED, CANCELLED)


@dataclass(slots=True)
class Count:
    """`round` counts what was recorded; `by` who counted last, `started_by` who began."""

    count_id: str
    drawer_id: str
    state: str = NEW
    day_id: str = ""
    reason: CountReason = "intra_day_balance"
    blind: bool = False
    round: int = 0
    counted: int | None = None
    denominations: tuple[Denomination, ...] = ()
    expected: int = 0
    difference: int = 0
    started_by: Person | None = None
    by: Person | None = None
    started_at: int = 0


class Context(Protocol):
    @property
    def now(self) -> Occurred: ...


def _started(count: Count, event: CountStarted, context: Context) -> Iterable[Output]:
    count.day_id = event.day_id
    count.reason = event.reason
    count.blind = event.blind
    count.started_by = event.by
    count.started_at = context.now.at
    return ()


def _recorded(count: Count, event: CountRecorded, _: Context) -> Iterable[Output]:
    count.round = event.round
    count.counted = event.counted
    count.denominations = event.denominations
    count.expected = event.expected
    count.difference = event.difference
    count.by = event.by
    return ()


ROWS: tuple[Row[Count, Context], ...] = (
    Row(NEW, CountStarted, STARTED, _started),
    Row((STARTED, RECOUNT), CountRecorded, RECORDED, _recorded),
    Row(RECORDED, CountRecorded, RECORDED, _recorded, note="corrected"),
    Row(RECORDED, CountRecountAsked, RECOUNT),
    Row(RECORDED, CountSubmitted, SUBMITTED),
    Row(UNDER_WAY, CountCancelled, CANCELLED),
)

_LATER = tuple(state for state in STATES if state != NEW)
REJECTS: tuple[Reject, ...] = (
    Reject(_LATER, (CountStarted,), "exists", "This count was begun before."),
    Reject(
        NEW,
        (CountRecorded, CountRecountAsked, CountSubmitted, CountCancelled),
        "unknown-count",
        "There is no such count.",
    ),
    Reject(STARTED, (CountRecountAsked, CountSubmitted), "not-recorded", "Nothing was counted yet: record it first."),
    Reject(RECOUNT, (CountRecountAsked,), "recount-asked", "It is to be counted again already."),
    Reject(RECOUNT, (CountSubmitted,), "not-recorded", "It is to be counted again: record what is found first."),
    Reject(
        OVER,
        (CountRecorded, CountRecountAsked, CountSubmitted, CountCancelled),
        "count-over",
        "This count is over: begin a new one.",
    ),
)

TABLE: Table[Count, Context] = Table("cash_count", STATES, ROWS, REJECTS)
