"""The life of one document: sale, return, cash move or report, from accepted to on paper.

Stages are planned from the fiscaliser's traits (`Context.traits`), never from a vendor's name. With no fiscaliser
the sale is certain when its paper is, or when the machine gives the paper up; with one, when it is fiscalised. From
then on paper and money are independent: `state` is about the document and its paper, `settlement` about the money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from statemachines.machine import Output, Reject, Row, Table
from statemachines.vocabulary.effects import Effect, Fiscalise, Print
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    CashMoveRequested,
    Declined,
    DoubtResolved,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    FiscalStamp,
    HandedOver,
    Occurred,
    OriginalReturned,
    PrintDoubtful,
    PrintFoundMissing,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptCopyPrinted,
    ReceiptFiscalised,
    ReceiptPrinted,
    ReportRequested,
    ReportTaken,
    SaleCompleted,
    SaleRefused,
    SaleRequested,
)
from statemachines.vocabulary.evidence import Counters, PrintEvidence
from statemachines.vocabulary.receipt import CashMove, DocumentKind, PaymentTotal, Receipt, Report
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
)
FINAL = (PAPER_OUT, PAPER_MISSING, REFUSED, HANDED_OVER, ABANDONED)
UNTOLD = "the fiscaliser does not tell whether it has printed"
MAX_SENDS = 5  # after this many interrupted sends of one document a person looks at the printer


@dataclass(slots=True)
class Document:
    """One document as the rules remember it. Everything here comes from journalled records."""

    document_id: str
    kind: DocumentKind
    number: str
    requested_at: int
    receipt: Receipt | None = None
    move: CashMove | None = None
    report: Report | None = None
    state: str = NEW
    settlement: str = "open"
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

    @property
    def money(self) -> bool:
        """Does it move money (a report does not)?"""
        return self.report is None

    @property
    def drawer_id(self) -> str:
        """The drawer its cash goes through; "" when no cash changes hands."""
        content = self.receipt or self.move
        return content.drawer_id if content is not None and self.cash else ""

    @property
    def cash(self) -> int:
        """Cash that changes hands, signed: positive into the drawer."""
        if self.move is not None:
            return self.move.amount if self.move.direction == "in" else -self.move.amount
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
    @property
    def keep_unprinted(self) -> bool: ...
    @property
    def copy_after_power_loss(self) -> bool: ...
    def fiscalise(self, document: Document) -> Iterable[Effect]: ...
    def print(self, document: Document, *, void: bool = False) -> Iterable[Effect]: ...
    def plan_again(self, document: Document, counters: Counters | None) -> Iterable[Effect]: ...
    def open_drawer(self, document: Document, point: str) -> Iterable[Output]: ...
    def ask(self, document: Document) -> Iterable[Effect]: ...


# --- consequences -----------------------------------------------------------------------------------------------


def completion(document: Document) -> list[Event]:
    """The one event that says that the document is certain; nothing when it was said before."""
    if document.settlement != "open":
        return []
    if document.move is not None:
        move = document.move
        return [CashMoved(document.document_id, move.type, move.direction, move.amount)]
    receipt = document.receipt
    if receipt is None:
        return [ReportTaken(document.document_id, printed=document.state == PAPER_OUT)]
    sign = 1 if receipt.kind == "sale" else -1
    others: dict[str, PaymentTotal] = {}
    for payment in receipt.payments:
        if payment.type != "cash":
            before = others[payment.type].amount if payment.type in others else 0
            others[payment.type] = PaymentTotal(payment.type, before + sign * payment.amount)
    given = sum(payment.given or payment.amount for payment in receipt.payments if payment.type == "cash")
    name = document.document_id
    completed = SaleCompleted(name, document.cash, given, receipt.totals.change, tuple(others.values()))
    if receipt.kind == "sale" or receipt.original is None or not receipt.original.id:
        return [completed]
    quantities = tuple((line.request.code, line.request.quantity) for line in receipt.lines)
    return [completed, OriginalReturned(receipt.original.id, name, quantities, receipt.totals.total)]


def _refused(document: Document, reason: str) -> list[Event]:
    if document.move is not None:
        return [CashMoveRefused(document.document_id, reason)]
    return [SaleRefused(document.document_id, reason)]


def _begin_fiscalising(document: Document, _: Event, context: Context) -> Iterable[Output]:
    return [*context.open_drawer(document, "accepted"), *context.fiscalise(document)]


def _begin_printing(document: Document, _: Event, context: Context) -> Iterable[Output]:
    # without a fiscaliser nothing stands between accepted and fiscalised
    kick = [*context.open_drawer(document, "accepted"), *context.open_drawer(document, "fiscalised")]
    return [*kick, *context.print(document)]


def _fiscalised(document: Document, event: ReceiptFiscalised, context: Context) -> Iterable[Output]:
    document.stamp = event.stamp
    _clear_doubt(document)
    outputs: list[Output] = list(completion(document))
    if not event.kicked:
        outputs += context.open_drawer(document, "fiscalised")
    if event.printed == "not_mine":
        outputs += context.print(document)
    elif event.printed == "unknown":
        document.doubt = UNTOLD
        document.asked = 0
        outputs += context.ask(document)
    return outputs


def _fiscal_refusal(document: Document, event: FiscalisationRefused | Declined, _: Context) -> Iterable[Output]:
    return _refused(document, event.reason)


def _fiscal_doubt(document: Document, event: FiscalisationDoubtful, context: Context) -> Iterable[Output]:
    document.doubt = event.reason
    document.doubted = True
    document.asked = 0
    return context.ask(document)


def _fiscalise_again(document: Document, _: Event, context: Context) -> Iterable[Output]:
    _clear_doubt(document)
    return context.fiscalise(document)


def _clear_doubt(document: Document) -> None:
    document.doubt = ""
    document.person_needed = False


def _printed(document: Document, event: ReceiptPrinted, context: Context) -> Iterable[Output]:
    document.evidence = event.evidence
    document.interrupted = event.interrupted
    _clear_doubt(document)
    return [*completion(document), *context.open_drawer(document, "printed")]


def _not_printed(document: Document, event: PrintRefused, context: Context) -> Iterable[Output]:
    document.doubt = event.reason
    return _refused(document, event.reason) if _refuse_unprinted(document, context) else completion(document)


def _note_refusal(document: Document, event: SaleRefused | CashMoveRefused, _: Context) -> Iterable[Output]:
    document.refusal = event.reason
    _clear_doubt(document)
    return ()


def _no_doubt_left(document: Document, _: Event, __: Context) -> Iterable[Output]:
    _clear_doubt(document)
    return ()


def _plan_again(document: Document, event: PrintOutdated, context: Context) -> Iterable[Output]:
    return context.plan_again(document, event.counters)


def _print_doubt(document: Document, event: PrintDoubtful, context: Context) -> Iterable[Output]:
    document.doubt = event.reason
    document.doubted = True
    document.end_sent = event.end_sent
    document.asked = 0
    return context.ask(document)


def _send_again(document: Document, event: PrintFoundMissing, context: Context) -> Iterable[Output]:
    _clear_doubt(document)
    if not event.proven:
        document.copy_marked = True
    # a job that was to void an earlier fragment and did not come to it leaves that fragment to the next one
    unvoided = document.job is not None and document.job.void_fragment
    return context.print(document, void=event.fragment or unvoided)


def _give_up(document: Document, event: PrintUnresolved | PrintFoundMissing, _: Context) -> Iterable[Output]:
    """Only a person can tell now. The sale itself is certain: the money was taken, the paper is the question."""
    document.doubt = event.reason if isinstance(event, PrintUnresolved) else event.evidence
    document.person_needed = True
    return completion(document)


def _asked_in_vain(
    document: Document, event: PrintUnresolved | FiscalisationDoubtful, context: Context
) -> Iterable[Output]:
    document.doubt = event.reason
    document.asked += 1
    document.asked_mono = context.now.mono
    return ()


def _person_saw_paper(document: Document, _: Event, __: Context) -> Iterable[Output]:
    document.evidence = "person"
    _clear_doubt(document)
    return completion(document)


def _person_saw_none(document: Document, _: Event, __: Context) -> Iterable[Output]:
    _clear_doubt(document)
    return completion(document)


def _person_fiscal_no(document: Document, event: DoubtResolved, _: Context) -> Iterable[Output]:
    _clear_doubt(document)
    return _refused(document, f"a person found that it did not happen: {event.evidence}")


def _copied(document: Document, event: ReceiptCopyPrinted, _: Context) -> Iterable[Output]:
    document.copies = max(document.copies, event.copy_no)
    if document.state == PAPER_OUT:
        _clear_doubt(document)
    return ()


# --- guards -----------------------------------------------------------------------------------------------------


def _registers(document: Document, _: Event, context: Context) -> bool:
    return context.traits.registers and document.money


Guard = Callable[[Document, Any, Context], bool]


def _printed_is(what: str) -> Guard:
    return lambda _document, event, _context: event.printed == what


def _verdict_is(what: str) -> Guard:
    return lambda _document, event, _context: event.verdict == what


def _refuse_unprinted(document: Document, context: Context) -> bool:
    """Nothing reached the paper, nothing is fiscal: by default such a sale did not happen.

    Where only a marked copy was allowed the original may be on paper, so the sale stands.
    """
    certain = document.settlement != "open" or document.copy_marked
    return document.money and not certain and not context.keep_unprinted


def _not_certain(document: Document, _: Event, __: Context) -> bool:
    return document.settlement == "open"


def _may_send_again(document: Document, event: PrintFoundMissing, context: Context) -> bool:
    """What a fiscaliser prints itself is never printed by us."""
    ours = document.job is not None and document.sends < MAX_SENDS
    return ours and (event.proven or context.copy_after_power_loss)


def _person_needed(_: Document, event: PrintUnresolved, __: Context) -> bool:
    return event.person_needed


# --- the table --------------------------------------------------------------------------------------------------

DONE = (PAPER_OUT, PAPER_MISSING, REFUSED, HANDED_OVER, ABANDONED)
FISCAL = (FISCALISING, FISCAL_DOUBT)
REQUESTS = (SaleRequested, CashMoveRequested, ReportRequested)
FISCAL_OUTCOMES = (
    ReceiptFiscalised,
    FiscalisationRefused,
    Declined,
    FiscalisationDoubtful,
    FiscalisationUnknown,
    HandedOver,
)
PRINT_OUTCOMES = (
    ReceiptPrinted,
    PrintRefused,
    PrintOutdated,
    PrintDoubtful,
    PrintFoundMissing,
    PrintUnresolved,
)

ROWS: tuple[Row[Document, Context], ...] = (
    # state        event                  next           consequences
    Row(NEW, SaleRequested, FISCALISING, _begin_fiscalising, _registers, "with a fiscaliser"),
    Row(NEW, SaleRequested, PRINTING, _begin_printing, note="without"),
    Row(NEW, CashMoveRequested, FISCALISING, _begin_fiscalising, _registers, "with a fiscaliser"),
    Row(NEW, CashMoveRequested, PRINTING, _begin_printing, note="without"),
    Row(NEW, ReportRequested, PRINTING, _begin_printing),
    Row(FISCALISING, ReceiptFiscalised, PRINTING, _fiscalised, _printed_is("not_mine"), "not_mine"),
    Row(FISCALISING, ReceiptFiscalised, PAPER_OUT, _fiscalised, _printed_is("yes"), "printed"),
    Row(FISCALISING, ReceiptFiscalised, PAPER_MISSING, _fiscalised, _printed_is("no"), "not printed"),
    Row(FISCALISING, ReceiptFiscalised, PRINT_DOUBT, _fiscalised, note="unknown"),
    Row(FISCALISING, FiscalisationRefused, REFUSED, _fiscal_refusal),
    Row(FISCALISING, Declined, REFUSED, _fiscal_refusal),
    Row(FISCALISING, FiscalisationDoubtful, FISCAL_DOUBT, _fiscal_doubt),
    Row(FISCALISING, HandedOver, HANDED_OVER, _no_doubt_left),
    Row(FISCAL_DOUBT, ReceiptFiscalised, PRINTING, _fiscalised, _printed_is("not_mine"), "not_mine"),
    Row(FISCAL_DOUBT, ReceiptFiscalised, PAPER_OUT, _fiscalised, _printed_is("yes"), "printed"),
    Row(FISCAL_DOUBT, ReceiptFiscalised, PAPER_MISSING, _fiscalised, _printed_is("no"), "not printed"),
    Row(FISCAL_DOUBT, ReceiptFiscalised, PRINT_DOUBT, _fiscalised, note="unknown"),
    Row(FISCAL_DOUBT, FiscalisationRefused, REFUSED, _fiscal_refusal),
    Row(FISCAL_DOUBT, Declined, REFUSED, _fiscal_refusal),
    Row(FISCAL_DOUBT, FiscalisationDoubtful, FISCAL_DOUBT, _asked_in_vain, note="ask again"),
    Row(FISCAL_DOUBT, FiscalisationUnknown, FISCALISING, _fiscalise_again, note="same fiscal_doc_id"),
    Row(FISCAL_DOUBT, HandedOver, HANDED_OVER, _no_doubt_left),
    Row(FISCAL_DOUBT, DoubtResolved, PAPER_OUT, _person_saw_paper, _verdict_is("printed"), "it happened"),
    Row(FISCAL_DOUBT, DoubtResolved, REFUSED, _person_fiscal_no, _verdict_is("not_printed"), "it did not"),
    Row(FISCAL_DOUBT, DoubtResolved, ABANDONED, note="abandoned"),
    Row(PRINTING, ReceiptPrinted, PAPER_OUT, _printed),
    Row(PRINTING, PrintRefused, PAPER_MISSING, _not_printed, note="the sale stands, or SaleRefused"),
    Row(PRINTING, PrintOutdated, PRINTING, _plan_again),
    Row(PRINTING, PrintDoubtful, PRINT_DOUBT, _print_doubt),
    Row(PRINT_DOUBT, ReceiptPrinted, PAPER_OUT, _printed),
    Row(PRINT_DOUBT, PrintDoubtful, PRINT_DOUBT, _print_doubt),
    Row(PRINT_DOUBT, PrintFoundMissing, PRINTING, _send_again, _may_send_again, "send again"),
    Row(PRINT_DOUBT, PrintFoundMissing, PRINT_DOUBT, _give_up, note="a person decides"),
    Row(PRINT_DOUBT, PrintUnresolved, PRINT_DOUBT, _give_up, _person_needed, "a person decides"),
    Row(PRINT_DOUBT, PrintUnresolved, PRINT_DOUBT, _asked_in_vain, note="ask again"),
    Row(PRINT_DOUBT, DoubtResolved, PAPER_OUT, _person_saw_paper, _verdict_is("printed"), "paper seen"),
    Row(PRINT_DOUBT, DoubtResolved, PAPER_MISSING, _person_saw_none, note="no paper"),
    Row(PAPER_MISSING, ReceiptPrinted, PAPER_OUT, _printed),
    Row(PAPER_MISSING, ReceiptCopyPrinted, PAPER_OUT, _copied),
    Row(PAPER_OUT, ReceiptCopyPrinted, PAPER_OUT, _copied),
    Row(PRINT_DOUBT, ReceiptCopyPrinted, PRINT_DOUBT, _copied),
    Row((PAPER_MISSING, REFUSED), SaleRefused, REFUSED, _note_refusal, _not_certain, "nothing happened"),
    Row((PAPER_MISSING, REFUSED), CashMoveRefused, REFUSED, _note_refusal, _not_certain, "nothing happened"),
)

REJECTS: tuple[Reject, ...] = (
    Reject(tuple(s for s in STATES if s != NEW), REQUESTS, "exists", "This document was accepted before."),
    Reject(NEW, FISCAL_OUTCOMES, "not-begun", "Nothing was sent to the fiscaliser for this document yet."),
    Reject(NEW, PRINT_OUTCOMES, "not-begun", "Nothing was sent to the printer for this document yet."),
    Reject(NEW, (DoubtResolved,), "no-doubt", "Nothing about this document is in doubt."),
    Reject(NEW, (ReceiptCopyPrinted,), "not-begun", "There is no original of this document yet."),
    Reject(FISCALISING, (FiscalisationUnknown,), "not-asked", "The fiscaliser was not asked about this document."),
    Reject(
        FISCAL,
        PRINT_OUTCOMES,
        "not-begun",
        "The document is not fiscalised yet, so nothing of it was printed.",
    ),
    Reject(FISCALISING, (DoubtResolved,), "no-doubt", "The fiscaliser is still at work: wait for its answer."),
    Reject(FISCAL, (ReceiptCopyPrinted,), "not-begun", "There is no original of this document yet."),
    Reject((PRINTING, PRINT_DOUBT, *DONE), FISCAL_OUTCOMES, "fiscal-known", "The fiscal side is settled already."),
    Reject(
        PRINTING,
        (PrintFoundMissing, PrintUnresolved),
        "not-asked",
        "The printer was not asked: it is printing.",
    ),
    Reject(
        PRINTING,
        (DoubtResolved,),
        "no-doubt",
        "The document is being printed: wait until the printer is done.",
    ),
    Reject(PRINTING, (ReceiptCopyPrinted,), "printing", "The original is still being printed."),
    Reject(PRINT_DOUBT, (PrintRefused, PrintOutdated), "in-doubt", "The job had begun: only the paper can tell."),
    Reject(
        PAPER_MISSING,
        (PrintRefused, PrintOutdated, PrintDoubtful, PrintFoundMissing, PrintUnresolved),
        "given-up",
        "The original was given up: print a copy.",
    ),
    Reject((PAPER_OUT, REFUSED, HANDED_OVER, ABANDONED), PRINT_OUTCOMES, "done", "The document is finished."),
    Reject(DONE, (DoubtResolved,), "no-doubt", "Nothing about this document is in doubt."),
    Reject(
        (REFUSED, HANDED_OVER, ABANDONED),
        (ReceiptCopyPrinted,),
        "no-original",
        "There is no original to copy here.",
    ),
    Reject(
        tuple(state for state in STATES if state not in (PAPER_MISSING, REFUSED)),
        (SaleRefused, CashMoveRefused),
        "not-refused",
        "Neither the printer nor the fiscaliser has refused this document.",
    ),
    Reject((PAPER_MISSING, REFUSED), (SaleRefused, CashMoveRefused), "certain", "The document is certain already."),
)

TABLE: Table[Document, Context] = Table("receipt", STATES, ROWS, REJECTS)
