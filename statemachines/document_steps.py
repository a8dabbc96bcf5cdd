"""What follows from what happens to a document: the consequences that the rows of `receipt.py` name (`then`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from statemachines import slips
from statemachines.document import (
    PAPER_OUT,
    PAPERLESS,
    Context,
    Document,
)
from statemachines.document_guards import refuse_unprinted
from statemachines.document_outcomes import completion, in_doubt, lawful, refused
from statemachines.machine import Output
from statemachines.vocabulary.events import (
    CashMoveRefused,
    Declined,
    DoubtResolved,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationRetried,
    PrintDoubtful,
    PrintFoundMissing,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptCopyPrinted,
    ReceiptFiscalised,
    ReceiptPrinted,
    SaleRefused,
)
from statemachines.vocabulary.offline_events import FiscaliserUnreachable, OfflineDocumentDelivered
from statemachines.vocabulary.slip import SlipRefused

UNPRINTED = "it is lawful, but the fiscaliser did not print it: print a copy"
PRINTED_LATER = "it is lawful, and its receipt can be printed when the register has it: print a copy then"
UNTOLD = "the fiscaliser does not tell whether it has printed"


def begin_fiscalising(document: Document, _: Event, context: Context) -> Iterable[Output]:
    return [*context.open_drawer(document, "accepted"), *context.fiscalise(document)]


def begin_printing(document: Document, _: Event, context: Context) -> Iterable[Output]:
    # without a fiscaliser nothing stands between accepted and fiscalised
    kick = [*context.open_drawer(document, "accepted"), *context.open_drawer(document, "fiscalised")]
    return [*lawful(document), *kick, *context.print(document)]


def begin_slip(document: Document, _: Event, context: Context) -> Iterable[Output]:
    return context.print(document)


def file(document: Document, _: Event, context: Context) -> Iterable[Output]:
    # it has no other moment: whatever the shop's point of the kick is, it is now
    points = ("accepted", "fiscalised", "printed")
    kicks = [output for point in points for output in context.open_drawer(document, point)]
    return [*completion(document, context), *kicks]


def fiscalised(document: Document, event: ReceiptFiscalised, context: Context) -> Iterable[Output]:
    document.stamp = event.stamp
    clear_doubt(document)
    outputs: list[Output] = list(lawful(document))
    if document.report is None or event.printed in ("yes", "no"):
        outputs += completion(document, context)
    if not event.kicked:
        outputs += context.open_drawer(document, "fiscalised")
        if event.printed == "yes":
            outputs += context.open_drawer(document, "printed")
    if event.printed == "not_mine" and document.kind not in PAPERLESS:
        outputs += context.print(document)
    elif event.printed == "no":
        document.doubt = PRINTED_LATER if event.stamp.offline and not event.stamp.complete else UNPRINTED
    elif event.printed == "unknown":
        document.doubt = UNTOLD
        document.asked = 0
        outputs += context.ask(document)
    if event.printed != "not_mine":
        outputs += slips.of_terminals(document, context.slip_number)
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


def unreached(document: Document, event: FiscaliserUnreachable, context: Context) -> Iterable[Output]:
    return context.fiscalise_unreached(document, event.reason)


def delivered(document: Document, event: OfflineDocumentDelivered, _: Context) -> Iterable[Output]:
    document.stamp = event.stamp
    return ()


def fiscalise_again(document: Document, _: Event, context: Context) -> Iterable[Output]:
    clear_doubt(document)
    return context.fiscalise(document)


def clear_doubt(document: Document) -> None:
    document.doubt = ""
    document.person_needed = False


def paper_told(document: Document, event: ReceiptFiscalised, context: Context) -> Iterable[Output]:
    """Asked about the paper that it makes itself, the fiscaliser has said more than before."""
    clear_doubt(document)
    if event.printed == "yes":
        document.evidence = "read_back"
    else:
        document.doubt = UNPRINTED
    return completion(document, context)


def paper_untold(document: Document, _: Event, context: Context) -> Iterable[Output]:
    """Asked for it, the fiscaliser does not know: asking again tells no more."""
    document.doubt = UNTOLD
    document.person_needed = True
    return completion(document, context)


def printed(document: Document, event: ReceiptPrinted, context: Context) -> Iterable[Output]:
    document.evidence = event.evidence
    document.interrupted = event.interrupted
    clear_doubt(document)
    return [*completion(document, context), *context.open_drawer(document, "printed")]


def not_printed(document: Document, event: PrintRefused, context: Context) -> Iterable[Output]:
    document.doubt = event.reason
    return refused(document, event.reason) if refuse_unprinted(document, context) else completion(document, context)


def note_refusal(
    document: Document, event: SaleRefused | CashMoveRefused | SlipRefused, _: Context
) -> Iterable[Output]:
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


def give_up(document: Document, event: PrintUnresolved | PrintFoundMissing, context: Context) -> Iterable[Output]:
    """Only a person can tell now. The sale itself is certain: the money was taken, the paper is the question."""
    document.doubt = event.reason if isinstance(event, PrintUnresolved) else event.evidence
    document.person_needed = True
    return completion(document, context)


def asked_in_vain(
    document: Document, event: PrintUnresolved | FiscalisationDoubtful, context: Context
) -> Iterable[Output]:
    if document.person_needed and document.job is not None:  # another paper has overtaken it: nobody asks again
        return ()
    document.doubt = event.reason
    document.asked += 1
    document.asked_mono = context.now.mono
    document.person_needed = event.person_needed
    return ()


def person_saw_paper(document: Document, _: Event, context: Context) -> Iterable[Output]:
    fiscal = document.job is None and document.stamp is None
    document.evidence = "person"
    clear_doubt(document)
    return [*(lawful(document) if fiscal else ()), *completion(document, context)]


def person_has_paper(document: Document, _: Event, __: Context) -> Iterable[Output]:
    """Nothing else changes: it was certain before."""
    document.evidence = "person"
    return ()


def person_saw_none(document: Document, _: Event, context: Context) -> Iterable[Output]:
    clear_doubt(document)
    return completion(document, context)


def person_says_lawful(document: Document, _: Event, context: Context) -> Iterable[Output]:
    clear_doubt(document)
    return [*lawful(document), *completion(document, context)]


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
