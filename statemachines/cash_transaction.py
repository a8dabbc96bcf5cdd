"""The money side of a document: a draft until it is certain, completed until the money is put away, then settled.

Independent of the paper. Only a completed transaction moves the expected cash; a cancelled one never did. A book is
told at `completed` and again at `settled`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

from statemachines.document import ABANDONED, Document
from statemachines.machine import Output, Reject, Row, Table
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

DRAFT = "draft"
COMPLETED = "completed"
SETTLED = "settled"
CANCELLED = "cancelled"
STATES = (DRAFT, COMPLETED, SETTLED, CANCELLED)
OVER = (SETTLED, CANCELLED)

Why = Literal["drawer_closed", "no_drawer", "timeout", "next_sale"]


class Context(Protocol):
    @property
    def now(self) -> Occurred: ...
    def drawer_confirms(self, drawer_id: str) -> bool:
        """Does this drawer tell when it is closed?"""


def _settled(document: Document, why: Why) -> list[Event]:
    if document.move is not None:
        return [CashMoveSettled(document.document_id, why)]
    return [SaleSettled(document.document_id, why)]


def _completed(document: Document, _: Event, context: Context) -> Iterable[Output]:
    document.completed_mono = context.now.mono
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
    Row(DRAFT, ReportTaken, SETTLED, note="no money in it"),
    Row(DRAFT, ShiftOpened, SETTLED, note="no money in it"),
    Row(DRAFT, SaleRefused, CANCELLED),
    Row(DRAFT, CashMoveRefused, CANCELLED),
    Row(DRAFT, ShiftOpenRefused, CANCELLED),
    Row(DRAFT, ReportRefused, CANCELLED),
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
    ReportTaken,
    ShiftOpened,
    SaleRefused,
    CashMoveRefused,
    ShiftOpenRefused,
    ReportRefused,
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
