"""What the till answers about a document, a shift, a drawer and itself: plain values for JSON, read from records.

One way for all: the answer to a sale, to the same sale posted again years later, and to GET are the same fold over
the document's own journal records.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from firmware_bridge.journal.codec import Stored, Unknown
from firmware_bridge.journal.records import Record
from statemachines import document as documents
from statemachines import drawer as drawer_machine
from statemachines import printer as printer_machine
from statemachines.document import FINAL, Document
from statemachines.folding import fold
from statemachines.settings import RuleSettings
from statemachines.shift import Shift
from statemachines.state import TillState
from statemachines.vocabulary.commands import Refusal
from statemachines.vocabulary.day_events import CountRecorded, ShiftOpenRefused
from statemachines.vocabulary.effects import Fiscalise, Print
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    CashMoveSettled,
    DrawerClosed,
    DrawerEvent,
    DrawerOpened,
    DrawerOpenFailed,
    DrawerOpenRequested,
    Exchanged,
    FiscalStamp,
    Occurred,
    OriginalReturned,
    ReportRefused,
    ReportTaken,
    SaleCompleted,
    SaleRefused,
    SaleSettled,
    ShiftClosed,
    ShiftOpened,
)
from statemachines.vocabulary.people_events import PersonEvent
from statemachines.vocabulary.receipt import ShiftTotals, TaxAmount, Totals, Turnover
from statemachines.vocabulary.slip import SlipIssued, SlipRefused

DRAWER_WORDS: dict[type[DrawerEvent], str] = {
    DrawerOpenRequested: "opening",
    DrawerOpened: "open",
    DrawerClosed: "closed",
    DrawerOpenFailed: "failed",
}

# what the rules conclude in the very step in which a document is finished
_CONCLUSIONS = (
    Exchanged,
    OriginalReturned,
    ReportRefused,
    ShiftClosed,
    ShiftOpened,
    ShiftOpenRefused,
    CashMoved,
    CashMoveRefused,
    CashMoveSettled,
    ReportTaken,
    SaleCompleted,
    SaleRefused,
    SaleSettled,
    SlipIssued,
    SlipRefused,
)

View = dict[str, Any]
KEPT_FROM = ("cashier", "observer")
"""Roles that are not told what people did at the console and who signed in."""
_IMAGE = {"width", "data", "text"}


def rfc3339(at: int) -> str:
    """UTC milliseconds as RFC 3339."""
    return datetime.fromtimestamp(at / 1000, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def known(records: Sequence[Record]) -> list[Stored]:
    return [record.record for record in records]


def document_of(stored: Sequence[Stored], settings: RuleSettings) -> Document | None:
    """The document that these records tell of, or None."""
    return fold([item for item in stored if not isinstance(item, Unknown)], settings)


def document_view(stored: Sequence[Stored], settings: RuleSettings) -> View | None:
    """The answer of the contract about one document, or None when the records hold none."""
    document = document_of(stored, settings)
    if document is None:
        return None
    view: View = {
        "id": document.document_id,
        "kind": document.kind,
        "state": document.state,
        "number": document.number,
        "at": rfc3339(document.requested_at),
        "cash_transaction": document.transaction,
    }
    if document.receipt is not None:
        view["totals"] = _totals(document.receipt.totals)
        view["currency"] = document.receipt.currency
    if document.move is not None:
        move = document.move
        view |= {"type": move.type, "direction": move.direction, "amount": move.amount, "reason": move.reason}
    if document.no_sale is not None:
        view |= {"type": "no_sale", "direction": "none", "amount": 0, "reason": document.no_sale.reason}
    if document.report is not None:
        view |= {"totals": _shift_totals(document.report.totals), "anchor": document.report.anchor}
    if document.slip is not None:
        view |= {"title": document.slip.title, "for": document.slip.sale_id or None}
    view["fiscal"] = None if document.stamp is None else _stamp(document.stamp)
    view["paper"] = {
        "evidence": document.evidence,
        "copies": document.copies,
        "interrupted": document.interrupted,
        "job": document.job.job_id if document.job is not None else None,
    }
    view["drawer"] = {"state": _drawer_state(stored)}
    view["doubts"] = [document.doubt] if document.doubt else []
    view["person_needed"] = document.person_needed
    view["refusal"] = document.refusal or None
    return view


def _stamp(stamp: FiscalStamp) -> View:
    """`waiting_for_delivery`: it was made without the fiscaliser, which does not have it yet."""
    waiting = stamp.offline and not stamp.complete
    return {**msgspec.to_builtins(stamp), "waiting_for_delivery": waiting}


def first_result(stored: Sequence[Stored], settings: RuleSettings) -> Sequence[Stored]:
    """The records up to the moment at which the document was finished: what its id is answered with for ever.

    What came later (the drawer was shut, a copy was printed) is for GET; a command's answer does not change.
    """
    for count in range(1, len(stored) + 1):
        document = document_of(stored[:count], settings)
        if document is not None and document.state in FINAL:
            last = stored[count - 1]
            while count < len(stored) and _of_one_moment(last, stored[count]):
                count += 1  # noqa: PLW2901 - the rest of the same step
            return stored[:count]
    return stored


def _of_one_moment(final: Stored, after: Stored) -> bool:
    if not isinstance(final, Occurred) or not isinstance(after, Occurred) or final.mono != after.mono:
        return False
    return isinstance(after.event, _CONCLUSIONS)


def result_after(stored: Sequence[Stored], settings: RuleSettings, cause: str) -> Sequence[Stored]:
    """The records up to where the document came to rest after the command `cause`: finished, or a person's turn.

    That is what the command is answered with for ever, whatever becomes of the document later.
    """
    begun = False
    for at, item in enumerate(stored):
        begun |= isinstance(item, Occurred) and item.cause == cause
        end = at + 1
        if not begun or (end < len(stored) and _caused(stored[end], cause)):
            continue
        document = document_of(stored[:end], settings)
        if document is not None and (document.state in FINAL or document.person_needed):
            while end < len(stored) and _of_one_moment(item, stored[end]):
                end += 1
            return stored[:end]
    return stored


def _caused(item: Stored, cause: str) -> bool:
    return isinstance(item, Occurred) and item.cause == cause


def last_print(stored: Sequence[Stored]) -> Print | None:
    """The last print job of a document that stands in the journal."""
    jobs = [item for item in stored if isinstance(item, Print)]
    return jobs[-1] if jobs else None


def _drawer_state(stored: Sequence[Stored]) -> str:
    state = "none"
    for item in stored:
        if isinstance(item, Occurred) and isinstance(item.event, DrawerEvent):
            state = DRAWER_WORDS.get(type(item.event), state)
    return state


def _taxes(taxes: Sequence[TaxAmount]) -> list[View]:
    return [
        {"group": tax.group, "name": tax.name, "rate": tax.rate, "base": tax.base, "amount": tax.amount}
        for tax in taxes
    ]


def _totals(totals: Totals) -> View:
    return {
        "goods": totals.goods,
        "adjustments": totals.adjustments,
        "tax": _taxes(totals.tax),
        "total": totals.total,
        "rounding": totals.rounding,
        "payable": totals.payable,
        "paid": totals.paid,
        "change": totals.change,
    }


def _turnover(turnover: Turnover) -> View:
    return {
        "count": turnover.count,
        "total": turnover.total,
        "rounding": turnover.rounding,
        "payments": {total.type: total.amount for total in turnover.payments},
        "tax": _taxes(turnover.tax),
    }


def _shift_totals(totals: ShiftTotals) -> View:
    return {
        "sales": _turnover(totals.sales),
        "returns": _turnover(totals.returns),
        "float": totals.float_amount,
        "cash_in": totals.cash_in,
        "cash_out": totals.cash_out,
        "expected_cash": totals.expected_cash,
    }


def shift_view(shift: Shift) -> View | None:
    """A shift that was opened at some time; None when there was none yet."""
    if not shift.number:
        return None
    return {
        "id": shift.shift_id,
        "number": shift.number,
        "state": shift.state,
        "opened_at": rfc3339(shift.opened_at),
        "business_date": shift.business_date,
        "cashier": shift.cashier.name if shift.cashier is not None else None,
        "totals": _shift_totals(shift.totals),
    }


def opened_shift(stored: Sequence[Stored]) -> View | None:
    """A shift as it was opened, from its own record: what the command that opened it is answered for ever."""
    for item in stored:
        if isinstance(item, Occurred) and isinstance(item.event, ShiftOpened):
            event = item.event
            shift = Shift("open", event.shift_id, event.number, item.at, event.cashier, event.business_date)
            shift.float_amount = event.float_amount
            return shift_view(shift)
    return None


def drawer_trouble(drawer: drawer_machine.Drawer, settings: RuleSettings, printer: printer_machine.Printer) -> str:
    """Why a drawer cannot be reached, on its own port or through the printer, in one sentence; "" when it can."""
    through = settings.drawers[drawer.drawer_id].through_printer
    if through and printer.state == printer_machine.SILENT:
        return f"Drawer {drawer.drawer_id} is not connected: {printer_machine.why_not(printer)}"
    return drawer_machine.why_not(drawer)


def drawer_view(
    drawer: drawer_machine.Drawer, settings: RuleSettings, printer: printer_machine.Printer | None = None
) -> View:
    """One drawer, in UnifiedPOS words: CapStatus says whether its switch is wired.

    While it is not connected, `state` is what was seen before; `trouble` says why it is not.
    """
    trouble = drawer_trouble(drawer, settings, printer or printer_machine.Printer())
    return {
        "id": drawer.drawer_id,
        "state": drawer.state,
        "opened": drawer.state in drawer_machine.STANDING_OPEN,
        "cap_status": settings.drawers[drawer.drawer_id].sensed,
        "cause": {"kind": drawer.cause.kind, "id": drawer.cause.id},
        "failure": drawer.failure or None,
        "connected": not trouble,
        "trouble": trouble or None,
    }


def status_view(state: TillState, reasons: Sequence[Refusal], till_id: str, head: tuple[int, str]) -> View:
    """The till on one page: can it sell, and if not, why not and what to do.

    Shift and drawers: day_views; the register: fiscal_views.
    """
    return {
        "till": till_id,
        "can_sell": not reasons,
        "reasons": [{"code": reason.code, "text": reason.text} for reason in reasons],
        "printer": {
            "state": state.printer.state,
            "advice": printer_machine.why_not(state.printer) or None,
            "paper_near_end": state.printer.paper_near_end,
            "model": state.printer.model or None,
            "serial": state.printer.serial or None,
        },
        "unfinished": [_unfinished(document) for document in state.documents.values()],
        "journal": {"seq": head[0], "hash": head[1]},
    }


def _unfinished(document: Document) -> View:
    return {
        "id": document.document_id,
        "kind": document.kind,
        "number": document.number,
        "state": document.state,
        "cash_transaction": document.transaction,
        "doubt": document.doubt or None,
        "person_needed": document.person_needed,
        "advice": _advice(document),
    }


def _advice(document: Document) -> str | None:
    """What a person can do about a document that does not go on by itself; None when nothing is needed."""
    answer = f"POST /v1/receipts/{document.document_id}/resolve"
    if document.state == documents.PAID_UNFISCALISED:
        return (
            f"The money was taken and the fiscaliser has refused the document: put right why and try it again (POST "
            f"/v1/receipts/{document.document_id}/retry), or give the money back and say so ({answer}, refunded)."
        )
    if not document.person_needed:
        return None
    if document.state == documents.FISCAL_DOUBT:
        return f"Look into the fiscaliser's own books and answer ({answer}): fiscalised or not_fiscalised."
    if document.state in (documents.PRINT_DOUBT, documents.PRINTING):
        return f"Look whether the whole document came out of the printer and answer ({answer}): printed or not_printed."
    return f"Look at the document and answer ({answer})."


def _without_dots(value: Any) -> Any:
    """Pictures are for paper: readers of events are told how large they are."""
    if isinstance(value, list | tuple):
        return [_without_dots(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == _IMAGE:
        return {**value, "data": None}
    return {key: _without_dots(item) for key, item in value.items()}


def event_view(record: Record, role: str = "") -> View:
    """A journal record for the event stream. What was expected at a count is told to a cashier when it is submitted.

    What people did at the console is not told to everybody: then there is nothing but the record's number.
    """
    stored = record.record
    if role in KEPT_FROM and isinstance(stored, Occurred) and isinstance(stored.event, PersonEvent):
        return {"seq": record.seq}
    if isinstance(stored, Unknown):
        data: Any = {}
    else:
        data = _without_dots(msgspec.to_builtins(stored.event if isinstance(stored, Occurred) else stored))
        if role == "cashier" and isinstance(stored, Occurred) and isinstance(stored.event, CountRecorded):
            data |= {"expected": None, "difference": None}
    return {
        "seq": record.seq,
        "at": rfc3339(record.at),
        "name": record.name,
        "subject": record.subject,
        "intention": isinstance(stored, Print | Fiscalise),
        "data": data,
    }
