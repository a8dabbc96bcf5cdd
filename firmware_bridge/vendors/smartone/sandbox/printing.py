"""In the vendor's place on a sale's way: a document's answer, and whether it comes on paper or as a picture."""

from __future__ import annotations

import base64
from typing import Final

from firmware_bridge.vendors.sandbox.wire import Json
from firmware_bridge.vendors.smartone.sandbox.call import Call
from firmware_bridge.vendors.smartone.sandbox.codes import Refused
from firmware_bridge.vendors.smartone.sandbox.ledger import Document
from firmware_bridge.vendors.smartone.sandbox.picture import receipt

#: What the printer's trouble is called: the papers name the field and none of its values.
PRINTER_FAILED: Final = 1
URL: Final = "https://monitoring.e-kassa.gov.az/#/index?doc="


def answer(call: Call, document: Document, *, preview: bool) -> Json:
    """Put it on paper, or make a picture of it, and tell the client."""
    if preview:
        document.images += 1
    else:
        print_out(call, document)
    return _core(call, document, preview=preview) if call.core else _ecr(call, document)


def print_out(call: Call, document: Document) -> int:
    """The printer's error, 0 when it is on paper."""
    document.print_error = PRINTER_FAILED if call.strikes("printer-failed") else 0
    if not document.print_error:
        document.prints += 1
    return document.print_error


def print_again(call: Call) -> Json:
    """2.03, /check_copy: a document by its fiscal id or number, else the last one. Raises Refused (9)."""
    ledger = call.ledger
    key = call.body.optional("document_id", "documentID", "fiscalID", "document_number", "docNumber")
    document = ledger.documents[-1] if not key and ledger.documents else None
    if key:
        document = ledger.by_fiscal_id(key) or ledger.found(number=key)
    if document is None:
        raise Refused(9)
    status = print_out(call, document)
    return {"printStatus": status} if call.core else {"printError": status, "documentID": document.number}


def _core(call: Call, document: Document, *, preview: bool) -> Json:
    said: Json = {
        "document_id": document.fiscal_id,
        "document_number": str(document.number),
        "fiscal_url": URL + document.fiscal_id,
    }
    if preview:
        return said | {"printData": base64.b64encode(receipt(document, call.ledger)).decode("ascii")}
    return said | {"printStatus": document.print_error}


def _ecr(call: Call, document: Document) -> Json:
    return {**status(call, document), "printError": document.print_error, "fiscalUrl": URL + document.fiscal_id}


def status(call: Call, document: Document) -> Json:
    """What the sibling tells of a document that it has."""
    return {
        "documentID": document.number,
        "documentExtID": document.ext_id,
        "fiscalID": document.fiscal_id,
        "fiscalNum": str(document.number),
        "docStatus": 1,
        "docTime": document.date,
        "docNumber": document.doc_number,
        "printTime": call.ledger.local(document.made_at),
        "amount": document.amount,
        "rrn": document.rrn,
        "auth": document.rrn[-6:],
        "cardNum": "************5555" if document.rrn else "",
        "checkNum": str(document.number),
        "totalPayments": [
            {
                "type": one.code,
                "code": one.code,
                "amount": one.amount,
                "rrn": document.rrn if one.kind == "cashless" else "",
            }
            for one in document.payments
        ],
        "currency_name": call.options.currency,
    }
