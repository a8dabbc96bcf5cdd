"""In the vendor's place on a sale's way: what the till answers: BaseResponse, and an operation's own fields."""

from __future__ import annotations

from typing import Final

from firmware_bridge.vendors.ikassa.sandbox.errors import Refused
from firmware_bridge.vendors.ikassa.sandbox.ledger import Document, Ledger
from firmware_bridge.vendors.ikassa.sandbox.money import written
from firmware_bridge.vendors.sandbox.wire import Json

SUCCESS: Final = "Успех"
ERROR: Final = "Ошибка"


def done(operation: str, detail: str, register_number: str, more: Json | None = None) -> Json:
    """Success; the fields of BaseResponse in the order of the page's sample."""
    return {
        "messageDetail": detail,
        "messageTitle": SUCCESS,
        "registerNumberSKO": register_number,
        "resultCode": 200,
        "type": operation,
    } | (more or {})


def failed(operation: str, no: Refused) -> Json:
    """A refusal, which does not bear the till's number in the page's sample."""
    return {"messageDetail": no.detail, "messageTitle": ERROR, "resultCode": no.code, "type": operation}


def receipt(document: Document) -> Json:
    """Of SALE and MONEY_BACK. `isPrintSuccess` is true where nothing was to be printed."""
    return {
        **_common(document),
        "uuid": document.uuid,
        **({"rrn": document.rrn} if document.rrn else {}),
        "total": written(document.total),
        "change": written(document.change),
        "payments": [{"type": kind, "sum": written(value)} for kind, value in document.payments.items()],
    }


def moved(document: Document) -> Json:
    """Of DEPOSIT and withdraw."""
    return _common(document) | {"sum": written(document.total)}


def shift(document: Document) -> Json:
    """Of opening and closing a shift."""
    return _common(document) | {"shiftNumber": document.shift}


def found(document: Document, *, busy: bool) -> Json:
    """Of OPERATION_ID."""
    return {
        "operationId": document.operation_id,
        "uid": document.uid,
        "uuid": document.uuid,
        "header": {
            "cashier": document.cashier,
            "chequeNumber": str(document.number),
            "date": document.made_at,
            "currency": "BYN",
        },
        "total": written(document.total),
        "payments": {kind: written(value) for kind, value in document.payments.items()},
        "operationType": document.kind,
        "isSucceed": document.succeeded and not busy,
    }


def totals(ledger: Ledger) -> Json:
    """Of the X report and of closing a shift: counts and sums by kind of document, and the cash in the drawer."""
    made = ledger.of_shift()
    kinds = ("Sale", "MoneyBack", "Deposit", "Withdraw", "Rollback")
    return {
        "cashInDrawer": written(ledger.state.cash),
        "totals": {
            kind: {
                "count": sum(one.kind == kind for one in made),
                "sum": written(sum(one.total for one in made if one.kind == kind)),
            }
            for kind in kinds
        },
    }


def _common(document: Document) -> Json:
    return {
        "dateTime": document.made_at,
        "numberCheck": str(document.number),
        "uid": document.uid,
        "isPrintSuccess": document.printed,
    }
