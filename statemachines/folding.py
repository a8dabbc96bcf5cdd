"""One document read back: from the record that began it through everything that became of it."""

from __future__ import annotations

from statemachines import cash_transaction as transaction_machine
from statemachines import paperless
from statemachines import receipt as receipt_machine
from statemachines.context import Planning, Replaying
from statemachines.document import FILED, FISCALISING, PRINTING, Document
from statemachines.machine import Output
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.day_events import ShiftOpenRefused
from statemachines.vocabulary.effects import Intention, Print
from statemachines.vocabulary.events import (
    CashMoveRequested,
    CopyRequested,
    DocumentEvent,
    DrawerClosed,
    Event,
    Occurred,
    PrintEvent,
    ReportRequested,
    SaleRequested,
    ShiftOpened,
    ShiftOpenRequested,
)
from statemachines.vocabulary.receipt import DocumentKind
from statemachines.vocabulary.slip import SlipRequested

BEGINNINGS = SaleRequested | CashMoveRequested | ReportRequested | ShiftOpenRequested | SlipRequested | NoSaleRecorded


def begin(document: Document, event: BEGINNINGS, context: Planning | Replaying) -> list[Output]:
    """What follows from a document's beginning. A recorded opening has neither paper nor fiscaliser."""
    if isinstance(event, NoSaleRecorded):
        return transaction_machine.TABLE.apply(document, event, context)
    return receipt_machine.TABLE.apply(document, event, context)


def was_fiscal(document: Document, event: DocumentEvent) -> None:
    """Read back, a document was the fiscaliser's business if its intention follows its request, or an outcome: what the
    till made lawful by itself has no intention."""
    untold = document.fiscalise is None and document.job is None and document.transaction == transaction_machine.DRAFT
    if untold and isinstance(event, receipt_machine.FISCAL_OUTCOMES) and document.state in (PRINTING, FILED):
        document.state = FISCALISING


def document_of(occurred: Occurred) -> Document:
    at = occurred.at
    match occurred.event:
        case SaleRequested(document_id=name, receipt=receipt, taken_back=taken_back):
            return Document(name, receipt.kind, receipt.number, at, receipt=receipt, taken_back=taken_back)
        case ShiftOpenRequested(document_id=name, opening=opening):
            return Document(name, "shift_open", str(opening.number), at, opening=opening)
        case CashMoveRequested(document_id=name, move=move):
            kinds: dict[str, DocumentKind] = {"in": "cash_in", "out": "cash_out", "none": "no_sale"}
            kind = kinds[move.direction]
            return Document(name, kind, move.number, at, move=move)
        case ReportRequested(document_id=name, report=report):
            return Document(name, report.kind, report.number, at, report=report)
        case SlipRequested(document_id=name, slip=slip):
            return Document(name, slip.kind, slip.number, at, slip=slip)
        case NoSaleRecorded(document_id=name) as opened:
            return Document(name, "no_sale", "", at, state=FILED, no_sale=opened)
        case other:
            raise TypeError(f"{type(other).__name__} begins no document")


def outdated(document: Document, event: DocumentEvent) -> bool:
    """An answer about an earlier job of this document tells nothing about the current one.

    What a fiscaliser prints itself has no job of ours: its answers name the job "".
    """
    current = "" if document.job is None else document.job.job_id
    return isinstance(event, PrintEvent) and event.job_id != current


def fold(records: list[Occurred | Intention], settings: RuleSettings) -> Document | None:
    """One document as its own records tell it, however old: what a question about it is answered from.

    While the document is live this equals the one in the state, but for the day of its drawer before it is certain.
    """
    state = TillState()
    document: Document | None = None
    for record in records:
        if not isinstance(record, Occurred):
            if not (isinstance(record, Print) and record.job_id in state.copies):
                state.remember(record)
            continue
        event, context = record.event, Replaying(settings, state, record)
        if isinstance(event, BEGINNINGS):
            if document is None:
                document = state.documents[event.document_id] = document_of(record)
                begin(document, event, context)
        elif document is not None and _tells(document, event):
            _fold_event(document, event, state, context)
            paperless.note(state, document, event, settings)
    return document


def _tells(document: Document, event: Event) -> bool:
    return not isinstance(event, DocumentEvent) or not outdated(document, event)


def _fold_event(document: Document, event: Event, state: TillState, context: Replaying) -> None:
    if isinstance(event, CopyRequested):
        count_copy(state, event, Print(event.document_id, event.job_id, event.paper, event.copy_no))
    elif isinstance(event, DrawerClosed | ShiftOpened | ShiftOpenRefused):
        transaction_machine.TABLE.apply(document, event, context)
    elif isinstance(event, DocumentEvent):
        was_fiscal(document, event)
        for table in (receipt_machine.TABLE, transaction_machine.TABLE):
            if type(event) in table.events:
                table.apply(document, event, context)


def count_copy(state: TillState, event: CopyRequested, order: Print) -> None:
    """A copy is counted before its bytes leave: its number is never given to another one, whatever comes of it."""
    state.copies[event.job_id] = order
    document = state.documents.get(event.document_id)
    if document is not None:
        document.copies = max(document.copies, event.copy_no)
