"""In the vendor's place on a sale's way: what the sibling can be asked, and a sale that is cancelled as a whole."""

from __future__ import annotations

from firmware_bridge.vendors.sandbox.wire import Json
from firmware_bridge.vendors.smartone.sandbox import printing
from firmware_bridge.vendors.smartone.sandbox.call import Call
from firmware_bridge.vendors.smartone.sandbox.codes import NO_CASH, Refused
from firmware_bridge.vendors.smartone.sandbox.ledger import Document


def check_status(call: Call) -> Json:
    """/check_status, by the client's external key or the register's number. Raises Refused (3, or 9 by option)."""
    body = call.body
    ext_id, number = body.optional("documentExtID"), body.optional("documentID")
    if not ext_id and not number:
        raise Refused(3, "documentExtID")
    document = call.ledger.found(ext_id=ext_id, number=number)
    if document is not None:
        items = [{"itemId": one.item_id, "itemName": one.name, "itemQty": one.quantity} for one in document.items]
        return {**printing.status(call, document), "items": items}
    if call.options.not_found == "code":
        raise Refused(9)
    # the page's own sample of an answer
    return {
        "authID": "",
        "cardNum": "",
        "cashAmount": 0,
        "cashlessAmount": 0,
        "docStatus": -1,
        "fiscalID": "",
        "items": [],
        "otherAmount": 0,
        "transactionID": "",
    }


def rollback(call: Call) -> Json:
    """/rollback: the whole sale, to where its money came from. Raises Refused (3, 6, 9, 22, 36)."""
    ledger, key = call.ledger, call.body.text("documentID")
    shift = ledger.young(aged=call.active("aged-shift"))
    sale = ledger.by_fiscal_id(key) or ledger.found(number=key)
    if sale is None or sale.kind != "sale":
        raise Refused(9)
    if ledger.returned(sale):
        raise Refused(36)
    if sale.cash > ledger.cash:
        raise Refused(9, said=NO_CASH)
    document = Document(
        "rollback",
        ledger.next_number(),
        ledger.new_id(),
        shift.shift_id,
        ledger.now(),
        sale.amount,
        -sale.cash,
        employee=call.body.optional("employeeName"),
        items=sale.items,
        payments=sale.payments,
        change=sale.change,
        parent=sale.fiscal_id,
        rrn=ledger.new_rrn() if sale.rrn else "",
    )
    return printing.answer(call, ledger.add(document, shift), preview=False)


def get_info(call: Call) -> Json:
    """/get_info: the register and its taxes."""
    return {
        "cashbox_factory_number": "SO123456",
        "cashregister_model": "SmartOne",
        "company_tax_number": "1234567891",
        "object_tax_number": "1234567891-10001",
        "currency_name": call.options.currency,
        "taxes": [
            {"taxCode": code, "taxName": tax.name, "taxPrc": tax.rate} for code, tax in call.options.taxes.items()
        ],
    }
