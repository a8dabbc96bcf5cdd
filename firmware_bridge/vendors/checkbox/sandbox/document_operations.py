"""In the vendor's place on a sale's way: what is answered about receipts and reports, one function for each operation.

`routes` says where they are, `capabilities` on whose word. Each raises Refused or Invalid instead of answering no.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from firmware_bridge.vendors.checkbox.sandbox import (
    paper,
    payloads,
    picture,
    receipt_views,
    schema,
    selling,
    shifts,
    views,
)
from firmware_bridge.vendors.checkbox.sandbox.errors import Refused
from firmware_bridge.vendors.checkbox.sandbox.http import Answer, Call
from firmware_bridge.vendors.checkbox.sandbox.paging import ordered, page, several, within
from firmware_bridge.vendors.checkbox.sandbox.values import Receipt, Report

_TEXT_WIDTH = schema.whole(least=10, most=250)


def sell(call: Call) -> Answer:
    body = call.body(payloads.sell(current=call.options.current, offline=False))
    return _made(call, selling.sell(call.register, call.cashier, body, call.now, offline_now=False))


def sell_offline(call: Call) -> Answer:
    body = call.body(payloads.sell(current=call.options.current, offline=True))
    return _made(call, selling.sell(call.register, call.cashier, body, call.now, offline_now=True))


def validate(call: Call) -> Answer:
    body = call.body(payloads.sell(current=True, offline=False))
    selling.check(call.register, call.cashier, body, call.now, offline_now=False)
    return Answer({"validated": True})


def service(call: Call) -> Answer:
    body = call.body(payloads.SERVICE)
    return _made(call, selling.service(call.register, call.cashier, body, call.now))


def _made(call: Call, receipt: Receipt) -> Answer:
    return Answer(receipt_views.receipt(call.register, receipt), 201, f"/api/v1/receipts/{receipt.id}")


def list_receipts(call: Call) -> Answer:
    """Those of the cashier's shift that is not closed."""
    code, serial = call.word("fiscal_code"), call.query("serial", schema.whole())
    shift = call.register.shift
    found = [
        one
        for one in call.register.receipts.values()
        if one.shift is shift and (code is None or one.fiscal_code == code) and serial in (None, one.serial)
    ]
    return _receipts(call, found)


def search_receipts(call: Call) -> Answer:
    code, barcode = call.word("fiscal_code"), call.word("barcode")
    of_shift, of_register = several(call, "shift_id"), several(call, "cash_register_id")
    mine = call.query("self_receipts", schema.flag, default=False)
    found = [
        one
        for one in call.register.receipts.values()
        if code in (None, one.fiscal_code)
        and barcode in (None, one.payload.get("barcode"))
        and (not of_shift or one.shift.id in of_shift)
        and (not of_register or call.register.id in of_register)
        and (not mine or one.shift.cashier is call.cashier)
        and within(call, one.created_at)
    ]
    return _receipts(call, found)


def _receipts(call: Call, found: Sequence[Receipt]) -> Answer:
    return page(call, [receipt_views.receipt(call.register, one) for one in ordered(call, found)])


def one_receipt(call: Call) -> Answer:
    return Answer(receipt_views.receipt(call.register, _receipt(call)))


def _receipt(call: Call) -> Receipt:
    return call.register.find_receipt(call.request.captured["id"])


def receipt_text(call: Call) -> Answer:
    width = call.query("width", _TEXT_WIDTH, 42)
    return _text(paper.receipt_text(call.register, _receipt(call), width))


def receipt_html(call: Call) -> Answer:
    simple = call.query("simple", schema.flag, default=False)
    page = paper.receipt_html(call.register, _receipt(call), simple=simple)
    return Answer(raw=page.encode(), kind="text/html; charset=utf-8")


def receipt_png(call: Call) -> Answer:
    width = call.query("width", schema.whole(least=22, most=100), 30)
    millimetres = call.query("paper_width", schema.whole(least=40, most=80), 58)
    scale = call.query("qrcode_scale", schema.whole(least=0, most=100), 75)
    receipt = _receipt(call)
    text = paper.receipt_text(call.register, receipt, width)
    link = receipt_views.tax_url(call.register, receipt)
    return Answer(raw=picture.receipt(text, width, millimetres, link, scale), kind="image/png")


def receipt_qrcode(call: Call) -> Answer:
    link = receipt_views.tax_url(call.register, _receipt(call))
    if link is None:
        raise Refused("receipt-not-found")
    return Answer(raw=picture.qrcode(link), kind="image/png")


def mail_receipt(call: Call) -> Answer:
    receipt = _receipt(call)
    addresses: Any = call.body(payloads.EMAILS)
    call.register.mails.extend((receipt.id, one) for one in addresses)
    return Answer({"ok": True})


def text_receipt(call: Call) -> Answer:
    receipt = _receipt(call)
    call.register.mails.append((receipt.id, call.body(payloads.SMS)["phone"]))
    return Answer({"ok": True})


def x_report(call: Call) -> Answer:
    shift = call.register.opened_shift(call.cashier)
    report = shifts.take_report(call.register, shift, call.now, is_z=False, figures=None)
    return Answer(views.report(call.register, report), 201, f"/api/v1/reports/{report.id}")


def list_reports(call: Call) -> Answer:
    """Those of the present shift, or of a time if one is given."""
    dated = "from_date" in call.request.query or "to_date" in call.request.query
    shift = call.register.shift
    of_shift = several(call, "shift_id") or ([] if dated or shift is None else [shift.id])
    return _reports(call, of_shift)


def search_reports(call: Call) -> Answer:
    return _reports(call, several(call, "shift_id"))


def _reports(call: Call, of_shift: Sequence[str]) -> Answer:
    serial, is_z = call.query("serial", schema.whole()), call.query("is_z_report", schema.flag)
    of_register = several(call, "cash_register_id")
    found = [
        one
        for one in call.register.reports
        if (not of_shift or one.shift.id in of_shift)
        and serial in (None, one.serial)
        and is_z in (None, one.is_z)
        and (not of_register or call.register.id in of_register)
        and within(call, one.created_at)
    ]
    return page(call, [views.report(call.register, one) for one in ordered(call, found)])


def one_report(call: Call) -> Answer:
    return Answer(views.report(call.register, _report(call)))


def report_text(call: Call) -> Answer:
    width = call.query("width", _TEXT_WIDTH, 42)
    return _text(paper.report_text(call.register, _report(call), width))


def _report(call: Call) -> Report:
    key = call.request.captured["id"].lower()
    for one in call.register.reports:
        if one.id == key:
            return one
    raise Refused("not-found")


def periodical(call: Call) -> Answer:
    first, last = call.demanded("from_date", schema.moment), call.demanded("to_date", schema.moment)
    width = call.query("width", _TEXT_WIDTH, 42)
    return _text(paper.periodical_text(call.register, first, last, width))


def _text(text: str) -> Answer:
    return Answer(raw=text.encode(), kind="text/plain; charset=utf-8")
