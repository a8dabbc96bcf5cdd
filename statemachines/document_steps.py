"""What follows from what happens to a document: the consequences that the rows of `receipt.py` name (`then`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from statemachines.document import (
    PAPER_OUT,
    PAPERLESS,
    Context,
    Document,
)
from statemachines.document_guards import refuse_unprinted
from statemachines.machine import Output
from statemachines.payouts import paid_back
from statemachines.vocabulary.day_events import (
    ShiftCloseDoubtful,
    ShiftCloseRefused,
    ShiftOpenDoubtful,
    ShiftOpenRefused,
)
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    Declined,
    DoubtResolved,
    Event,
    Exchanged,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationRetried,
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
    ReportTaken,
    SaleCompleted,
    SaleRefused,
    ShiftClosed,
    ShiftOpened,
)
from statemachines.vocabulary.receipt import PaymentTotal, Receipt, ShiftOpening

UNPRINTED = "it is lawful, but the fiscaliser did not print it: print a copy"
UNTOLD = "the fiscaliser does not tell whether it has printed"


def completion(document: Document) -> list[Event]:
    """What says that the document is certain, once; nothing when it was said before."""
    name = document.document_id
    if document.transaction != "draft":
        return []
    if document.move is not None:
        move = document.move
        return [CashMoved(name, move.type, move.direction, move.amount, move.origin)]
    if document.opening is not None:
        return [shift_opened(document, document.opening)]
    if document.receipt is None:
        return [ReportTaken(name, printed=document.state == PAPER_OUT)]
    return sold(document, document.receipt)


def sold(document: Document, receipt: Receipt) -> list[Event]:
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


def shift_opened(document: Document, opening: ShiftOpening) -> ShiftOpened:
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


def lawful(document: Document) -> list[Event]:
    """The shift report is made: the shift is closed, whatever becomes of its paper."""
    report = document.report
    if report is None or report.kind != "shift_report":
        return []
    number = "" if document.stamp is None else document.stamp.number
    return [
        ShiftClosed(report.shift_id, report.shift_number, report.totals, document.document_id, report.anchor, number)
    ]


def refused(document: Document, reason: str) -> list[Event]:
    name = document.document_id
    if document.move is not None:
        return [CashMoveRefused(name, reason)]
    if document.opening is not None:
        return [ShiftOpenRefused(name, reason)]
    if document.report is not None:
        closing = [ShiftCloseRefused(document.report.shift_id, reason)] if document.kind == "shift_report" else []
        return [ReportRefused(name, reason), *closing]
    return [SaleRefused(name, reason)]


def in_doubt(document: Document, reason: str) -> list[Event]:
    if document.opening is not None:
        return [ShiftOpenDoubtful(document.document_id, reason)]
    if document.report is not None and document.kind == "shift_report":
        return [ShiftCloseDoubtful(document.report.shift_id, reason)]
    return []


def begin_fiscalising(document: Document, _: Event, context: Context) -> Iterable[Output]:
    return [*context.open_drawer(document, "accepted"), *context.fiscalise(document)]


def begin_printing(document: Document, _: Event, context: Context) -> Iterable[Output]:
    # without a fiscaliser nothing stands between accepted and fiscalised
    kick = [*context.open_drawer(document, "accepted"), *context.open_drawer(document, "fiscalised")]
    return [*lawful(document), *kick, *context.print(document)]


def file(document: Document, _: Event, context: Context) -> Iterable[Output]:
    # it has no other moment: whatever the shop's point of the kick is, it is now
    points = ("accepted", "fiscalised", "printed")
    return [*completion(document), *(output for point in points for output in context.open_drawer(document, point))]


def fiscalised(document: Document, event: ReceiptFiscalised, context: Context) -> Iterable[Output]:
    document.stamp = event.stamp
    clear_doubt(document)
    outputs: list[Output] = list(lawful(document))
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


def fiscal_refusal(document: Document, event: FiscalisationRefused | Declined, _: Context) -> Iterable[Output]:
    document.refusal = event.reason
    clear_doubt(document)
    return refused(document, event.reason)


def paid_refusal(document: Document, event: FiscalisationRefused | Declined, _: Context) -> Iterable[Output]:
    document.charged |= isinstance(event, FiscalisationRefused) and event.charged
    document.final |= isinstance(event, FiscalisationRefused) and event.final
    document.doubt = event.reason
    document.person_needed = True
    return ()


def retry(document: Document, event: FiscalisationRetried, context: Context) -> Iterable[Output]:
    """A new document for the fiscaliser; what the register has charged once it is not asked to charge again."""
    clear_doubt(document)
    last, receipt = document.fiscalise, document.receipt
    if last is None or receipt is None:
        return ()
    if document.charged:
        payments = tuple(replace(payment, collected="before") for payment in receipt.payments)
        document.receipt = receipt = replace(receipt, payments=payments)
    document.fiscalise = replace(last, fiscal_doc_id=event.fiscal_doc_id, attempt=event.attempt, receipt=receipt)
    return context.fiscalise(document)


def fiscal_doubt(document: Document, event: FiscalisationDoubtful, context: Context) -> Iterable[Output]:
    document.doubt = event.reason
    document.doubted = True
    document.doubted_mono = context.now.mono
    document.asked = 0
    document.person_needed = event.person_needed
    return [*in_doubt(document, event.reason), *(() if event.person_needed else context.ask(document))]


def fiscalise_again(document: Document, _: Event, context: Context) -> Iterable[Output]:
    clear_doubt(document)
    return context.fiscalise(document)


def clear_doubt(document: Document) -> None:
    document.doubt = ""
    document.person_needed = False


def paper_told(document: Document, event: ReceiptFiscalised, _: Context) -> Iterable[Output]:
    """Asked about the paper that it makes itself, the fiscaliser has said more than before."""
    clear_doubt(document)
    if event.printed == "yes":
        document.evidence = "read_back"
    else:
        document.doubt = UNPRINTED
    return completion(document)


def paper_untold(document: Document, _: Event, __: Context) -> Iterable[Output]:
    """Asked for it, the fiscaliser does not know: asking again tells no more."""
    document.doubt = UNTOLD
    document.person_needed = True
    return completion(document)


def printed(document: Document, event: ReceiptPrinted, context: Context) -> Iterable[Output]:
    document.evidence = event.evidence
    document.interrupted = event.interrupted
    clear_doubt(document)
    return [*completion(document), *context.open_drawer(document, "printed")]


def not_printed(document: Document, event: PrintRefused, context: Context) -> Iterable[Output]:
    document.doubt = event.reason
    return refused(document, event.reason) if refuse_unprinted(document, context) else completion(document)


def note_refusal(document: Document, event: SaleRefused | CashMoveRefused, _: Context) -> Iterable[Output]:
    document.refusal = event.reason
    clear_doubt(document)
    return ()


def no_doubt_left(document: Document, _: Event, __: Context) -> Iterable[Output]:
    clear_doubt(document)
    return ()


def plan_again(document: Document, event: PrintOutdated, context: Context) -> Iterable[Output]:
    return context.plan_again(document, event.counters)


def print_doubt(document: Document, event: PrintDoubtful, context: Context) -> Iterable[Output]:
    document.doubt = event.reason
    document.doubted = True
    document.end_sent = event.end_sent
    document.asked = 0
    return context.ask(document)


def send_again(document: Document, event: PrintFoundMissing, context: Context) -> Iterable[Output]:
    clear_doubt(document)
    if not event.proven:
        document.copy_marked = True
    # a job that was to void an earlier fragment and did not come to it leaves that fragment to the next one
    unvoided = document.job is not None and document.job.void_fragment
    return context.print(document, void=event.fragment or unvoided)


def give_up(document: Document, event: PrintUnresolved | PrintFoundMissing, _: Context) -> Iterable[Output]:
    """Only a person can tell now. The sale itself is certain: the money was taken, the paper is the question."""
    document.doubt = event.reason if isinstance(event, PrintUnresolved) else event.evidence
    document.person_needed = True
    return completion(document)


def asked_in_vain(
    document: Document, event: PrintUnresolved | FiscalisationDoubtful, context: Context
) -> Iterable[Output]:
    document.doubt = event.reason
    document.asked += 1
    document.asked_mono = context.now.mono
    document.person_needed = event.person_needed
    return ()


def person_saw_paper(document: Document, _: Event, __: Context) -> Iterable[Output]:
    fiscal = document.job is None and document.stamp is None
    document.evidence = "person"
    clear_doubt(document)
    return [*(lawful(document) if fiscal else ()), *completion(document)]


def person_saw_none(document: Document, _: Event, __: Context) -> Iterable[Output]:
    clear_doubt(document)
    return completion(document)


def person_says_lawful(document: Document, _: Event, context: Context) -> Iterable[Output]:
    clear_doubt(document)
    return [*lawful(document), *completion(document)]


def person_fiscal_no(document: Document, event: DoubtResolved, _: Context) -> Iterable[Output]:
    clear_doubt(document)
    document.refusal = f"a person found that it did not happen: {event.evidence}"
    return refused(document, document.refusal)


def person_paid_no(document: Document, event: DoubtResolved, _: Context) -> Iterable[Output]:
    document.doubt = f"a person found that it is not lawful, and its money was taken: {event.evidence}"
    document.person_needed = True
    return ()


def refunded(document: Document, event: DoubtResolved, _: Context) -> Iterable[Output]:
    clear_doubt(document)
    document.refusal = f"the money was given back: {event.evidence}"
    return refused(document, document.refusal)


def copied(document: Document, event: ReceiptCopyPrinted, _: Context) -> Iterable[Output]:
    document.copies = max(document.copies, event.copy_no)
    if document.state == PAPER_OUT:
        clear_doubt(document)
    return ()
