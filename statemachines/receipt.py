"""The life of one document: sale, return, cash move, report or shift opening, from accepted to on paper.

Stages are planned from the fiscaliser's traits (`Context.traits`), never from a vendor's name. With no fiscaliser
the sale is certain when its paper is, or when the machine gives the paper up; with one, when it is fiscalised. From
then on paper and money are independent: `state` is about the document and its paper, `transaction` about the money.

A document whose money was taken elsewhere (a card terminal) and that the fiscaliser refused is neither sold nor
refused: `paid_unfiscalised` says so until it is tried again as a new document or the money was given back. The card is
never charged twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from statemachines.machine import Output, Reject, Row, Table
from statemachines.payouts import paid_back
from statemachines.vocabulary.day_events import (
    ShiftCloseDoubtful,
    ShiftCloseRefused,
    ShiftOpenDoubtful,
    ShiftOpenRefused,
)
from statemachines.vocabulary.effects import Effect, Fiscalise, Print
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    CashMoveRequested,
    Declined,
    DoubtResolved,
    Event,
    Exchanged,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationRetried,
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
    ReportRefused,
    ReportRequested,
    ReportTaken,
    SaleCompleted,
    SaleRefused,
    SaleRequested,
    ShiftClosed,
    ShiftOpened,
    ShiftOpenRequested,
)
from statemachines.vocabulary.evidence import Counters, PrintEvidence
from statemachines.vocabulary.receipt import CashMove, DocumentKind, PaymentTotal, Receipt, Report, ShiftOpening
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
UNPRINTED = "it is lawful, but the fiscaliser did not print it: print a copy"
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

    @property
    def money(self) -> bool:
        """Does it move money (a report and a shift's opening do not)?"""
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
    def fiscalise(self, document: Document) -> Iterable[Effect]: ...
    def print(self, document: Document, *, void: bool = False) -> Iterable[Effect]: ...
    def plan_again(self, document: Document, counters: Counters | None) -> Iterable[Effect]: ...
    def open_drawer(self, document: Document, point: str) -> Iterable[Output]: ...
    def ask(self, document: Document) -> Iterable[Effect]: ...


# --- consequences -----------------------------------------------------------------------------------------------


def completion(document: Document) -> list[Event]:
    """What says that the document is certain, once; nothing when it was said before."""
    name = document.document_id
    if document.transaction != "draft":
        return []
    if document.move is not None:
        move = document.move
        return [CashMoved(name, move.type, move.direction, move.amount, move.origin)]
    if document.opening is not None:
        return [_shift_opened(document, document.opening)]
    if document.receipt is None:
        return [ReportTaken(name, printed=document.state == PAPER_OUT)]
    return _sold(document, document.receipt)


def _sold(document: Document, receipt: Receipt) -> list[Event]:
    name = document.document_id
    sign = 1 if receipt.kind == "sale" else -1
    others: dict[str, PaymentTotal] = {}
    for payment in receipt.payments:
        if payment.type != "cash":
            before = others[payment.type].amount if payment.type in others else 0
            others[payment.type] = PaymentTotal(payment.type, before + sign * payment.amount)
    given = sum(payment.given or payment.amount for payment in receipt.payments if payment.type == "cash")
    completed = SaleCompleted(name, document.cash, given, receipt.totals.change, tuple(others.values()))
    original = receipt.original
    if receipt.kind == "sale":
        return [completed, Exchanged(receipt.exchange_of, name)] if receipt.exchange_of else [completed]
    if original is None or not original.key:
        return [completed]
    quantities = tuple((line.request.code, line.request.quantity) for line in receipt.lines)
    paid = paid_back(receipt)
    returned = OriginalReturned(original.key, name, quantities, receipt.totals.total, document.taken_back, paid)
    return [completed, returned]


def _shift_opened(document: Document, opening: ShiftOpening) -> ShiftOpened:
    stamp = document.stamp
    return ShiftOpened(
        opening.shift_id,
        opening.number,
        opening.float_amount,
        opening.cashier,
        opening.business_date,
        opening.floats,
        None if stamp is None else stamp.balance,
        "" if stamp is None else stamp.vendor_id,
        "" if stamp is None else stamp.shift_no,
    )


def _lawful(document: Document) -> list[Event]:
    """The shift report is made: the shift is closed, whatever becomes of its paper."""
    report = document.report
    if report is None or report.kind != "shift_report":
        return []
    number = "" if document.stamp is None else document.stamp.number
    return [
        ShiftClosed(report.shift_id, report.shift_number, report.totals, document.document_id, report.anchor, number)
    ]


def _refused(document: Document, reason: str) -> list[Event]:
    name = document.document_id
    if document.move is not None:
        return [CashMoveRefused(name, reason)]
    if document.opening is not None:
        return [ShiftOpenRefused(name, reason)]
    if document.report is not None:
        closing = [ShiftCloseRefused(document.report.shift_id, reason)] if document.kind == "shift_report" else []
        return [ReportRefused(name, reason), *closing]
    return [SaleRefused(name, reason)]


def _in_doubt(document: Document, reason: str) -> list[Event]:
    if document.opening is not None:
        return [ShiftOpenDoubtful(document.document_id, reason)]
    if document.report is not None and document.kind == "shift_report":
        return [ShiftCloseDoubtful(document.report.shift_id, reason)]
    return []


def _begin_fiscalising(document: Document, _: Event, context: Context) -> Iterable[Output]:
    return [*context.open_drawer(document, "accepted"), *context.fiscalise(document)]


def _begin_printing(document: Document, _: Event, context: Context) -> Iterable[Output]:
    # without a fiscaliser nothing stands between accepted and fiscalised
    kick = [*context.open_drawer(document, "accepted"), *context.open_drawer(document, "fiscalised")]
    return [*_lawful(document), *kick, *context.print(document)]


def _file(document: Document, _: Event, context: Context) -> Iterable[Output]:
    # it has no other moment: whatever the shop's point of the kick is, it is now
    points = ("accepted", "fiscalised", "printed")
    return [*completion(document), *(output for point in points for output in context.open_drawer(document, point))]


def _fiscalised(document: Document, event: ReceiptFiscalised, context: Context) -> Iterable[Output]:
    document.stamp = event.stamp
    _clear_doubt(document)
    outputs: list[Output] = list(_lawful(document))
    if document.report is None or event.printed in ("yes", "no"):
        outputs += completion(document)
    if not event.kicked:
        outputs += context.open_drawer(document, "fiscalised")
        if event.printed == "yes":
            outputs += context.open_drawer(document, "printed")
    if event.printed == "not_mine" and document.kind not in PAPERLESS:
        outputs += context.print(document)
    elif event.printed == "no":
        document.doubt = UNPRINTED
    elif event.printed == "unknown":
        document.doubt = UNTOLD
        document.asked = 0
        outputs += context.ask(document)
    return outputs


def _fiscal_refusal(document: Document, event: FiscalisationRefused | Declined, _: Context) -> Iterable[Output]:
    document.refusal = event.reason
    _clear_doubt(document)
    return _refused(document, event.reason)


def _paid_refusal(document: Document, event: FiscalisationRefused | Declined, _: Context) -> Iterable[Output]:
    document.charged |= isinstance(event, FiscalisationRefused) and event.charged
    document.final |= isinstance(event, FiscalisationRefused) and event.final
    document.doubt = event.reason
    document.person_needed = True
    return ()


def _retry(document: Document, event: FiscalisationRetried, context: Context) -> Iterable[Output]:
    """A new document for the fiscaliser; what the register has charged once it is not asked to charge again."""
    _clear_doubt(document)
    last, receipt = document.fiscalise, document.receipt
    if last is None or receipt is None:
        return ()
    if document.charged:
        payments = tuple(replace(payment, collected="before") for payment in receipt.payments)
        document.receipt = receipt = replace(receipt, payments=payments)
    document.fiscalise = replace(last, fiscal_doc_id=event.fiscal_doc_id, attempt=event.attempt, receipt=receipt)
    return context.fiscalise(document)


def _fiscal_doubt(document: Document, event: FiscalisationDoubtful, context: Context) -> Iterable[Output]:
    document.doubt = event.reason
    document.doubted = True
    document.doubted_mono = context.now.mono
    document.asked = 0
    document.person_needed = event.person_needed
    return [*_in_doubt(document, event.reason), *(() if event.person_needed else context.ask(document))]


def _fiscalise_again(document: Document, _: Event, context: Context) -> Iterable[Output]:
    _clear_doubt(document)
    return context.fiscalise(document)


def _clear_doubt(document: Document) -> None:
    document.doubt = ""
    document.person_needed = False


def _paper_told(document: Document, event: ReceiptFiscalised, _: Context) -> Iterable[Output]:
    """Asked about the paper that it makes itself, the fiscaliser has said more than before."""
    _clear_doubt(document)
    if event.printed == "yes":
        document.evidence = "read_back"
    else:
        document.doubt = UNPRINTED
    return completion(document)


def _paper_untold(document: Document, _: Event, __: Context) -> Iterable[Output]:
    """Asked for it, the fiscaliser does not know: asking again tells no more."""
    document.doubt = UNTOLD
    document.person_needed = True
    return completion(document)


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
    document.person_needed = event.person_needed
    return ()


def _person_saw_paper(document: Document, _: Event, __: Context) -> Iterable[Output]:
    fiscal = document.job is None and document.stamp is None
    document.evidence = "person"
    _clear_doubt(document)
    return [*(_lawful(document) if fiscal else ()), *completion(document)]


def _person_saw_none(document: Document, _: Event, __: Context) -> Iterable[Output]:
    _clear_doubt(document)
    return completion(document)


def _person_says_lawful(document: Document, _: Event, context: Context) -> Iterable[Output]:
    _clear_doubt(document)
    return [*_lawful(document), *completion(document)]


def _person_fiscal_no(document: Document, event: DoubtResolved, _: Context) -> Iterable[Output]:
    _clear_doubt(document)
    document.refusal = f"a person found that it did not happen: {event.evidence}"
    return _refused(document, document.refusal)


def _person_paid_no(document: Document, event: DoubtResolved, _: Context) -> Iterable[Output]:
    document.doubt = f"a person found that it is not lawful, and its money was taken: {event.evidence}"
    document.person_needed = True
    return ()


def _refunded(document: Document, event: DoubtResolved, _: Context) -> Iterable[Output]:
    _clear_doubt(document)
    document.refusal = f"the money was given back: {event.evidence}"
    return _refused(document, document.refusal)


def _copied(document: Document, event: ReceiptCopyPrinted, _: Context) -> Iterable[Output]:
    document.copies = max(document.copies, event.copy_no)
    if document.state == PAPER_OUT:
        _clear_doubt(document)
    return ()


# --- guards -----------------------------------------------------------------------------------------------------


def _registers(document: Document, _: Event, context: Context) -> bool:
    return context.fiscalises(document)


def _paperless(document: Document, _: Event, __: Context) -> bool:
    return document.kind in PAPERLESS


def _files(document: Document, event: ReceiptFiscalised, _: Context) -> bool:
    return document.kind in PAPERLESS


def _paid(document: Document, event: FiscalisationRefused | Declined | DoubtResolved, _: Context) -> bool:
    """Is there money that only somebody else can give back? (A return's, too: it was paid out to the card.)"""
    return document.paid_elsewhere or (isinstance(event, FiscalisationRefused) and event.charged)


def _paid_and_not(document: Document, event: DoubtResolved, context: Context) -> bool:
    return event.verdict in NOT_LAWFUL and _paid(document, event, context)


def _may_retry(document: Document, _: FiscalisationRetried, __: Context) -> bool:
    return not document.final


def _may_be_abandoned(document: Document, event: DoubtResolved, _: Context) -> bool:
    """A shift is open or it is not: whoever does not know may not go on."""
    return event.verdict == "abandoned" and document.kind not in ("shift_open", "shift_report")


def _filed_by_person(document: Document, event: DoubtResolved, _: Context) -> bool:
    return document.kind in PAPERLESS and event.verdict in LAWFUL


Guard = Callable[[Document, Any, Context], bool]


def _printed_is(what: str) -> Guard:
    return lambda _document, event, _context: event.printed == what


def _own_paper(document: Document, _: Event, __: Context) -> bool:
    """Is it the fiscaliser's own paper that is in doubt?"""
    return document.job is None


def _own_paper_is(what: str) -> Guard:
    return lambda document, event, _context: document.job is None and event.printed == what


def _verdict_is(*what: str) -> Guard:
    return lambda _document, event, _context: event.verdict in what


def _refuse_unprinted(document: Document, context: Context) -> bool:
    """Nothing reached the paper, nothing is fiscal: by default such a sale did not happen.

    Where only a marked copy was allowed the original may be on paper, so the sale stands.
    """
    certain = document.transaction != "draft" or document.copy_marked or document.paid_elsewhere
    return document.money and not certain and not context.keep_unprinted


def _not_certain(document: Document, _: Event, __: Context) -> bool:
    return document.transaction == "draft"


def _may_send_again(document: Document, event: PrintFoundMissing, context: Context) -> bool:
    """What a fiscaliser prints itself is never printed by us."""
    ours = document.job is not None and document.sends < MAX_SENDS
    return ours and (event.proven or context.copy_after_power_loss)


def _person_needed(_: Document, event: PrintUnresolved, __: Context) -> bool:
    return event.person_needed


# --- the table --------------------------------------------------------------------------------------------------

DONE = FINAL
FISCAL = (FISCALISING, FISCAL_DOUBT)
REQUESTS = (SaleRequested, CashMoveRequested, ReportRequested, ShiftOpenRequested)
REFUSALS = (SaleRefused, CashMoveRefused)
LAWFUL = ("printed", "fiscalised")
NOT_LAWFUL = ("not_printed", "not_fiscalised")
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
    Row(NEW, CashMoveRequested, FILED, _file, _paperless, "no_sale"),
    Row(NEW, CashMoveRequested, PRINTING, _begin_printing, note="without"),
    Row(NEW, ReportRequested, FISCALISING, _begin_fiscalising, _registers, "with a fiscaliser"),
    Row(NEW, ReportRequested, PRINTING, _begin_printing, note="without"),
    Row(NEW, ShiftOpenRequested, FISCALISING, _begin_fiscalising, _registers, "with a fiscaliser"),
    Row(NEW, ShiftOpenRequested, FILED, _file, note="without"),
    Row(FISCAL, ReceiptFiscalised, FILED, _fiscalised, _files, "no paper"),
    Row(FISCALISING, ReceiptFiscalised, PRINTING, _fiscalised, _printed_is("not_mine"), "not_mine"),
    Row(FISCALISING, ReceiptFiscalised, PAPER_OUT, _fiscalised, _printed_is("yes"), "printed"),
    Row(FISCALISING, ReceiptFiscalised, PAPER_MISSING, _fiscalised, _printed_is("no"), "not printed"),
    Row(FISCALISING, ReceiptFiscalised, PRINT_DOUBT, _fiscalised, note="unknown"),
    Row(FISCAL, FiscalisationRefused, PAID_UNFISCALISED, _paid_refusal, _paid, "its money was taken"),
    Row(FISCAL, Declined, PAID_UNFISCALISED, _paid_refusal, _paid, "its money was taken"),
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
    Row(FISCAL_DOUBT, DoubtResolved, FILED, _person_says_lawful, _filed_by_person, "it happened"),
    Row(FISCAL_DOUBT, DoubtResolved, PAPER_OUT, _person_saw_paper, _verdict_is("printed"), "it happened"),
    Row(FISCAL_DOUBT, DoubtResolved, PAPER_MISSING, _person_says_lawful, _verdict_is("fiscalised"), "without paper"),
    Row(FISCAL_DOUBT, DoubtResolved, PAID_UNFISCALISED, _person_paid_no, _paid_and_not, "paid, not lawful"),
    Row(FISCAL_DOUBT, DoubtResolved, REFUSED, _person_fiscal_no, _verdict_is(*NOT_LAWFUL), "it did not"),
    Row(FISCAL_DOUBT, DoubtResolved, ABANDONED, _no_doubt_left, _may_be_abandoned, "abandoned"),
    Row(PAID_UNFISCALISED, FiscalisationRetried, FISCALISING, _retry, _may_retry, "a new fiscal_doc_id"),
    Row(PAID_UNFISCALISED, DoubtResolved, REFUSED, _refunded, _verdict_is("refunded"), "money given back"),
    Row(PAID_UNFISCALISED, DoubtResolved, ABANDONED, _no_doubt_left, _verdict_is("abandoned"), "abandoned"),
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
    Row(PRINT_DOUBT, ReceiptFiscalised, PAPER_OUT, _paper_told, _own_paper_is("yes"), "the fiscaliser printed"),
    Row(PRINT_DOUBT, ReceiptFiscalised, PAPER_MISSING, _paper_told, _own_paper_is("no"), "it did not"),
    Row(PRINT_DOUBT, ReceiptFiscalised, PRINT_DOUBT, _paper_untold, _own_paper_is("unknown"), "a person decides"),
    Row(PRINT_DOUBT, FiscalisationDoubtful, PRINT_DOUBT, _asked_in_vain, _own_paper, "ask again"),
    Row(PRINT_DOUBT, DoubtResolved, PAPER_OUT, _person_saw_paper, _verdict_is("printed"), "paper seen"),
    Row(
        PRINT_DOUBT, DoubtResolved, PAPER_MISSING, _person_saw_none, _verdict_is("not_printed", "abandoned"), "no paper"
    ),
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
    Reject(
        (PRINTING, PRINT_DOUBT, PAID_UNFISCALISED, *DONE),
        FISCAL_OUTCOMES,
        "fiscal-known",
        "The fiscal side is settled already.",
    ),
    Reject(
        tuple(s for s in STATES if s != PAID_UNFISCALISED),
        (FiscalisationRetried,),
        "not-refused",
        "Only a paid document that the fiscaliser has refused is tried again.",
    ),
    Reject(
        PAID_UNFISCALISED,
        (FiscalisationRetried,),
        "refused-for-good",
        "The fiscaliser would refuse this document again: give the money back (resolve with refunded).",
    ),
    Reject(
        PAID_UNFISCALISED,
        (DoubtResolved,),
        "paid",
        "The money was taken and there is no lawful document: try it again, or give the money back (refunded).",
    ),
    Reject(
        FISCAL_DOUBT,
        (DoubtResolved,),
        "verdict",
        "The question is whether the fiscaliser made it: answer fiscalised, not_fiscalised, printed, or (not for a "
        "shift) abandoned.",
    ),
    Reject(
        PRINT_DOUBT,
        (DoubtResolved,),
        "verdict",
        "The question is whether it is on paper: answer printed or not_printed.",
    ),
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
    Reject(
        (PAPER_OUT, REFUSED, HANDED_OVER, ABANDONED, FILED, PAID_UNFISCALISED),
        PRINT_OUTCOMES,
        "done",
        "Nothing of this document is to be printed.",
    ),
    Reject(DONE, (DoubtResolved,), "no-doubt", "Nothing about this document is in doubt."),
    Reject(
        (REFUSED, HANDED_OVER, ABANDONED, FILED, PAID_UNFISCALISED),
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
