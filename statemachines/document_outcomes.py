"""What a document comes to: the events that say that it is certain, refused, in doubt, or has closed a shift."""

from __future__ import annotations

from statemachines import slips
from statemachines.document import (
    PAPER_OUT,
    Context,
    Document,
)
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
    Event,
    Exchanged,
    OriginalReturned,
    ReportRefused,
    ReportTaken,
    SaleCompleted,
    SaleRefused,
    ShiftClosed,
    ShiftOpened,
)
from statemachines.vocabulary.receipt import PaymentTotal, Receipt, ShiftOpening
from statemachines.vocabulary.slip import SlipIssued, SlipRefused


def completion(document: Document, context: Context) -> list[Event]:
    """What says that the document is certain, once; nothing when it was said before."""
    name = document.document_id
    if document.transaction != "draft":
        return []
    day = context.day_of(document.drawer_id) or document.day_id
    if document.move is not None:
        move, drawer = document.move, document.drawer_id
        return [CashMoved(name, move.type, move.direction, move.amount, move.origin, drawer, day, move.reason)]
    if document.opening is not None:
        return [shift_opened(document, document.opening)]
    if document.slip is not None:
        issued = SlipIssued(name, printed=document.state == PAPER_OUT)
        return [issued, slips.belongs(document, document.slip)] if document.slip.sale_id else [issued]
    if document.receipt is None:
        return [ReportTaken(name, printed=document.state == PAPER_OUT)]
    return sold(document, document.receipt, day)


def sold(document: Document, receipt: Receipt, day_id: str) -> list[Event]:
    name = document.document_id
    sign = 1 if receipt.kind == "sale" else -1
    others: dict[str, PaymentTotal] = {}
    for payment in receipt.payments:
        if payment.type != "cash":
            before = others[payment.type].amount if payment.type in others else 0
            others[payment.type] = PaymentTotal(payment.type, before + sign * payment.amount)
    given = sum(payment.given or payment.amount for payment in receipt.payments if payment.type == "cash")
    completed = SaleCompleted(
        name,
        document.cash,
        given,
        receipt.totals.change,
        tuple(others.values()),
        document.drawer_id,
        day_id,
        receipt.number,
        receipt.order_id,
    )
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
    if document.slip is not None:
        return [SlipRefused(name, reason)]
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
