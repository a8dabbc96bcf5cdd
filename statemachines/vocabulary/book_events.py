"""What the books make of the sales: openings recorded for them, records that they would not take, days compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from statemachines.vocabulary.events import DocumentEvent, Event


@dataclass(frozen=True, slots=True)
class NoSaleRecorded(DocumentEvent):
    """A drawer was opened without a sale, and a book wants to know of it; `document_id` names this opening.

    `forced`: by hand or key, without a command (`document_id` counts those of the drawer's day: "DAY:forced:2");
    otherwise commanded, `document_id` is the command's id. `reason`: what whoever commanded it gave for it. It stands
    before the DrawerOpened of the same cause, and is ended by one CashMoveSettled.
    """

    drawer_id: str
    day_id: str
    reason: str
    forced: bool


@dataclass(frozen=True, slots=True)
class BookEvent(Event):
    """`book` names it, `place` says what in it (drawer, drawer day, document: "main/day-1/sale-7")."""

    DURABLE: ClassVar[bool] = False

    book: str
    place: str


@dataclass(frozen=True, slots=True)
class VendorParked(BookEvent):
    """The book would not take record `seq`: set aside with what depends on it, for a person. `reason`: its words."""

    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class VendorResumed(BookEvent):
    """What was set aside at `seq` is out of the way: `how` = delivered after all, or dropped by a person (`by`)."""

    seq: int
    how: str
    by: str


@dataclass(frozen=True, slots=True)
class BooksCompared(BookEvent):
    """A day's transactions were read back and held against the journal.

    `transactions`: how many of ours were compared. `orphans`: drafts that the book holds and nobody finishes.
    `differences`: one sentence each; none = the books agree to the cent.
    """

    transactions: int
    orphans: int
    differences: tuple[str, ...] = ()
