"""The money side of a document: a draft until it is certain, completed until the money is put away, then settled.

Independent of the paper. Only a completed transaction moves the expected cash; a cancelled one never did. A book is
told at `completed` and again at `settled`. An opening of a drawer that is recorded for a book moves nothing and is
settled like a cash move.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from statemachines.document import ABANDONED, Document
from statemachines.machine import Output, Reject, Row, Table
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.day_events import ShiftOpenRefused
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    CashMoveSettled,
    DoubtResolved,
    DrawerClosed,
    Event,
    HandedOver,
    Occurred,
    PutAway,
    ReportRefused,
    ReportTaken,
    SaleCompleted,
    SaleRefused,
    SaleRequested,
    SaleSettled,
    ShiftOpened,
    TillStarted,
    TimeReached,
)
from statemachines.vocabulary.slip import SlipIssued, SlipRefused

DRAFT = "draft"
COMPLETED = "completed"
SETTLED = "settled"
CANCELLED = "cancelled"
STATES = (DRAFT, COMPLETED, SETTLED, CANCELLED)
OVER = (SETTLED, CANCELLED)


class Context(Protocol):
    @property
    def now(self) -> Occurred: ...
    def drawer_confirms(self, drawer_id: str) -> bool:
        """Does this drawer tell when it is closed?"""


def put_away(documents: Iterable[Document], drawer_id: str, why: PutAway) -> list[Event]:
    """What settles everything that was completed through this drawer and is not settled yet."""
    waiting = (document for document in documents if document.transaction == COMPLETED)
    return [event for one in waiting if one.drawer_id == drawer_id for event in _settled(one, why)]


def _settled(document: Document, why: PutAway) -> list[Event]:
    kind = SaleSettled if document.receipt is not None else CashMoveSettled
    return [kind(document.document_id, why, document.drawer_id, document.day_id)]


def _completed(
    document: Document, event: SaleCompleted | CashMoved | NoSaleRecorded, context: Context
) -> Iterable[Output]:
    document.completed_mono = context.now.mono
    document.day_id = event.day_id
    drawer = document.drawer_id
    if not drawer or not context.drawer_confirms(drawer):
        return _settled(document, "no_drawer")
    return _settled(document, "drawer_closed") if document.drawer_closed else []


def _drawer_closed_early(document: Document, _: Event, __: Context) -> Iterable[Output]:
    document.drawer_closed = True
    return ()


def _drawer_closed(document: Document, _: Event, __: Context) -> Iterable[Output]:
    document.drawer_closed = True
    return _settled(document, "drawer_closed")


def _time_is_up(document: Document, _: Event, __: Context) -> Iterable[Output]:
    return _settled(document, "timeout")


def _next_sale(document: Document, _: Event, __: Context) -> Iterable[Output]:
    return _settled(document, "next_sale")


def _given_up(document: Document, _: DoubtResolved, __: Context) -> bool:
    """Not the paper alone was given up, but the document: the machine of the receipt has heard the answer first."""
    return document.state == ABANDONED


ROWS: tuple[Row[Document, Context], ...] = (
    Row(DRAFT, SaleCompleted, COMPLETED, _completed),
    Row(DRAFT, CashMoved, COMPLETED, _completed),
    Row(DRAFT, NoSaleRecorded, COMPLETED, _completed, note="no money in it"),
    Row(DRAFT, ReportTaken, SETTLED, note="no money in it"),
    Row(DRAFT, SlipIssued, SETTLED, note="no money in it"),
    Row(DRAFT, ShiftOpened, SETTLED, note="no money in it"),
    Row(DRAFT, SaleRefused, CANCELLED),
    Row(DRAFT, CashMoveRefused, CANCELLED),
    Row(DRAFT, ShiftOpenRefused, CANCELLED),
    Row(DRAFT, ReportRefused, CANCELLED),
    Row(DRAFT, SlipRefused, CANCELLED),
    Row(DRAFT, HandedOver, CANCELLED, note="another register's money"),
    Row(DRAFT, DoubtResolved, CANCELLED, when=_given_up, note="a person gave it up"),
    Row(DRAFT, DrawerClosed, DRAFT, _drawer_closed_early),
    Row(COMPLETED, DrawerClosed, COMPLETED, _drawer_closed, note="SaleSettled"),
    Row(COMPLETED, TimeReached, "=", _time_is_up, note="SaleSettled"),
    Row(COMPLETED, TillStarted, COMPLETED, _time_is_up, note="SaleSettled"),
    Row(COMPLETED, SaleRequested, COMPLETED, _next_sale, note="SaleSettled"),
    Row(COMPLETED, SaleSettled, SETTLED),
    Row(COMPLETED, CashMoveSettled, SETTLED),
)

_OUTCOMES = (
    SaleCompleted,
    CashMoved,
    NoSaleRecorded,
    ReportTaken,
    SlipIssued,
    ShiftOpened,
    SaleRefused,
    CashMoveRefused,
    ShiftOpenRefused,
    ReportRefused,
    SlipRefused,
    HandedOver,
)
REJECTS: tuple[Reject, ...] = (
    Reject(DRAFT, (SaleSettled, CashMoveSettled), "not-certain", "The document is not certain yet."),
    Reject(DRAFT, (TimeReached, TillStarted, SaleRequested), "not-certain", "The document is not certain yet."),
    Reject(STATES, (DoubtResolved,), "paper-only", "This answer is about the paper; the money is not touched by it."),
    Reject((COMPLETED, *OVER), _OUTCOMES, "certain", "The document is certain already."),
    Reject(
        OVER,
        (SaleSettled, CashMoveSettled, DrawerClosed, TimeReached, TillStarted, SaleRequested),
        "settled",
        "The money of this document is put away already.",
    ),
)

TABLE: Table[Document, Context] = Table("cash_transaction", STATES, ROWS, REJECTS, attribute="transaction")
