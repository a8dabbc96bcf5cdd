"""In the vendor's place on a sale's way: the shift, its reports, and cash in and out of the drawer.

Closing looks in this order, which the papers do not give: shift (6) -> open orders (24) -> cash that must be collected
first (27) -> a shift without a document (26).
"""

from __future__ import annotations

from typing import Literal

from firmware_bridge.vendors.sandbox.wire import Json
from firmware_bridge.vendors.smartone.sandbox import reports
from firmware_bridge.vendors.smartone.sandbox.call import Call
from firmware_bridge.vendors.smartone.sandbox.codes import ALREADY_OPEN, NO_CASH, Refused
from firmware_bridge.vendors.smartone.sandbox.ledger import Document, Shift


def open_shift(call: Call) -> Json:
    """2.04, /open_shift. Raises Refused (6 for one that is open: the papers put it in that class)."""
    ledger = call.ledger
    if ledger.shift is not None:
        raise Refused(6, said=ALREADY_OPEN)
    made = ledger.open(call.body.optional("employeeName"))
    if call.core:
        return {"shift_id": made.shift_id}
    return {"shiftID": made.shift_id, "fiscalShiftID": str(made.shift_id)}


def check_shift(call: Call) -> Json:
    """2.07, /check_shift; also while none is open. The sibling tells true and false as texts."""
    ledger = call.ledger
    shift, last = ledger.shift, ledger.last
    if call.core:
        said: Json = {"shift_open": shift is not None}
        if shift is not None:
            limit = ledger.exceeds_at(shift, aged=call.active("aged-shift"))
            said["shift_exceeds_at"] = ledger.local(limit)
        return said
    return {
        "shiftID": 0 if last is None else last.shift_id,
        "isShiftOpen": "false" if shift is None else "true",
        "shiftStatus": 2 if shift is None else 1,
        "shiftOpenAt": "" if last is None else ledger.local(last.opened_at),
        "cash": ledger.cash,
    }


def x_report(call: Call) -> Json:
    """2.05, /x_report: of the open shift; the sibling's of any, by its number. Raises Refused (6)."""
    number = "" if call.core else call.body.optional("shiftID")
    return _report(call, _shift_of(call, number) if number else call.ledger.standing())


def close_shift(call: Call) -> Json:
    """2.06, /close_shift. Raises Refused (3, 6, 24, 26, 27)."""
    ledger, wish = call.ledger, call.body.optional("openOrdersOperation") or "check"
    if wish not in ("check", "delete", "renew"):
        raise Refused(3, "openOrdersOperation")
    shift = ledger.standing()
    if ledger.open_orders and wish == "check":
        raise Refused(24, ledger.open_orders)
    if call.options.must_empty and ledger.cash:
        raise Refused(27, ledger.cash)
    if call.options.empty_shift == "refuse" and not shift.documents:
        raise Refused(26)
    if wish == "delete":
        ledger.open_orders = 0
    shift.closed_at = ledger.now()
    return _report(call, shift)


def deposit(call: Call) -> Json:
    """2.08, /deposit. Raises Refused (3, 6, 22)."""
    return _move(call, "deposit")


def withdraw(call: Call) -> Json:
    """2.09, /withdraw. Raises Refused (3, 6, 9: there is not so much). Allowed in a shift that has lasted too long:
    it could not be emptied otherwise."""
    return _move(call, "withdraw")


def _move(call: Call, kind: Literal["deposit", "withdraw"]) -> Json:
    ledger, body = call.ledger, call.body
    employee = body.text("employeeName") if call.core else body.optional("employeeName")
    amount = body.amount("amount", least=1)
    currency = body.text("currency") if call.core else body.optional("currency")
    if currency not in ("", call.options.currency):
        raise Refused(3, "currency")
    shift = ledger.young(aged=call.active("aged-shift")) if kind == "deposit" else ledger.standing()
    if kind == "withdraw" and amount > ledger.cash:
        raise Refused(9, said=NO_CASH)
    document = Document(
        kind,
        ledger.next_number(),
        ledger.new_id(),
        shift.shift_id,
        ledger.now(),
        amount,
        amount if kind == "deposit" else -amount,
        doc_number=body.optional("docNumber"),
        date=body.optional("docTime", "date"),
        ext_id="" if call.core else body.optional("documentExtID"),
        employee=employee,
    )
    ledger.add(document, shift)
    document.prints += 1
    if call.core:
        return {"document_id": document.fiscal_id, "document_number": str(document.number), "cash": ledger.cash}
    return {
        "cash": ledger.cash,
        "cashIn": sum(one.amount for one in shift.of("deposit")),
        "cashOut": sum(one.amount for one in shift.of("withdraw")),
        "documentID": document.number,
        "fiscalID": str(document.number),
        "shiftOrdersCnt": ledger.open_orders,
    }


def _report(call: Call, shift: Shift) -> Json:
    return reports.core(call.ledger, shift) if call.core else reports.ecr(call.ledger, shift)


def _shift_of(call: Call, number: str) -> Shift:
    found = next((one for one in call.ledger.shifts if str(one.shift_id) == number), None)
    if found is None:
        raise Refused(6)
    return found
