"""One document as the rules remember it, whether sale, return, cash move, report, shift opening or slip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from statemachines.machine import Output
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.effects import Effect, Fiscalise, Print
from statemachines.vocabulary.events import (
    FiscalStamp,
    Occurred,
)
from statemachines.vocabulary.evidence import Counters, PrintEvidence
from statemachines.vocabulary.receipt import CashMove, DocumentKind, Receipt, Report, ShiftOpening
from statemachines.vocabulary.slip import Slip
from statemachines.vocabulary.traits import FiscaliserTraits

NEW = "new"
FISCALISING = "fiscalising"
FISCAL_DOUBT = "fiscal_doubt"
PRINTING = "printing"
PRINT_DOUBT = "print_doubt"
PAPER_OUT = "paper_out"
PAPER_MISSING = "paper_missing"
REFUSED = "refused"
HANDED_OVER = "handed_over"
ABANDONED = "abandoned"
FILED = "filed"
PAID_UNFISCALISED = "paid_unfiscalised"

STATES = (
    NEW,
    FISCALISING,
    FISCAL_DOUBT,
    PRINTING,
    PRINT_DOUBT,
    PAPER_OUT,
    PAPER_MISSING,
    REFUSED,
    HANDED_OVER,
    ABANDONED,
    FILED,
    PAID_UNFISCALISED,
)
FINAL = (PAPER_OUT, PAPER_MISSING, REFUSED, HANDED_OVER, ABANDONED, FILED)
PAPERLESS: tuple[DocumentKind, ...] = ("shift_open", "no_sale")


@dataclass(slots=True)
class Document:
    """One document as the rules remember it. Everything here comes from journalled records.

    `no_sale`: not a document that anybody asked for, but an opening of a drawer that a book is told of. `day_id`: the
    day of its drawer, as of its request, and once it is certain the day in whose books it is. `waived`: it needs no
    paper, because a person gave that up or the shop has chosen so.
    """

    document_id: str
    kind: DocumentKind
    number: str
    requested_at: int
    receipt: Receipt | None = None
    move: CashMove | None = None
    report: Report | None = None
    opening: ShiftOpening | None = None
    state: str = NEW
    transaction: str = "draft"
    stamp: FiscalStamp | None = None
    job: Print | None = None
    fiscalise: Fiscalise | None = None
    end_sent: bool | None = None
    sends: int = 0
    copies: int = 0
    evidence: PrintEvidence = "none"
    interrupted: bool = False
    doubt: str = ""
    person_needed: bool = False
    refusal: str = ""
    asked: int = 0
    asked_mono: int = 0
    completed_mono: int = 0
    drawer_closed: bool = False
    copy_marked: bool = False
    doubted: bool = False
    doubted_mono: int = 0
    charged: bool = False
    final: bool = False
    taken_back: tuple[tuple[int, int, int], ...] = ()
    no_sale: NoSaleRecorded | None = None
    day_id: str = ""
    slip: Slip | None = None
    waived: bool = False

    @property
    def money(self) -> bool:
        """Does it move money (a report, a shift's opening and a slip do not)?"""
        return self.receipt is not None or self.move is not None

    @property
    def paid_elsewhere(self) -> bool:
        """Was money taken (or given back) that only somebody else can undo: a card, a certificate?"""
        if self.charged:
            return True
        payments = self.receipt.payments if self.receipt is not None else ()
        return any(payment.type != "cash" and payment.collected == "before" for payment in payments)

    @property
    def drawer_id(self) -> str:
        """The drawer its cash goes through; "" when no cash changes hands."""
        if self.no_sale is not None:
            return self.no_sale.drawer_id
        content = self.receipt or self.move
        if self.kind == "no_sale" and content is not None:
            return content.drawer_id
        return content.drawer_id if content is not None and self.cash else ""

    @property
    def cash(self) -> int:
        """Cash that changes hands, signed: positive into the drawer."""
        if self.move is not None:
            return {"in": self.move.amount, "out": -self.move.amount, "none": 0}[self.move.direction]
        if self.receipt is not None:
            cash = sum(payment.amount for payment in self.receipt.payments if payment.type == "cash")
            return cash if self.receipt.kind == "sale" else -cash
        return 0


class Context(Protocol):
    """What a row may ask for. During replay every plan is empty: the journal already holds what was planned."""

    @property
    def now(self) -> Occurred: ...
    @property
    def traits(self) -> FiscaliserTraits: ...
    def fiscalises(self, document: Document) -> bool:
        """Is this document the fiscaliser's business?"""

    @property
    def keep_unprinted(self) -> bool: ...
    @property
    def copy_after_power_loss(self) -> bool: ...
    def day_of(self, drawer_id: str) -> str:
        """The day that is open in this drawer now; "" when none is."""

    @property
    def slip_number(self) -> str:
        """The number of the next slip."""

    def fiscalise(self, document: Document) -> Iterable[Output]: ...
    def fiscalise_unreached(self, document: Document, reason: str) -> Iterable[Output]: ...
    def print(self, document: Document, *, void: bool = False) -> Iterable[Effect]: ...
    def plan_again(self, document: Document, counters: Counters | None) -> Iterable[Effect]: ...
    def open_drawer(self, document: Document, point: str) -> Iterable[Output]: ...
    def ask(self, document: Document) -> Iterable[Effect]: ...
