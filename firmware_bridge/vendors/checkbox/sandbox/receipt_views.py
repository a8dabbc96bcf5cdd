"""In the vendor's place on a sale's way: a receipt as the JSON of its answers, in both interfaces.

Quirks of the page's samples are kept: a commission never comes back, nor does `tax` of a good or `custom`; one
`tax_code` comes back as `tax_codes`; the acquirer comes back twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware_bridge.vendors.checkbox.sandbox.clock import KYIV
from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.checkbox.sandbox.selling import discount_taxes, hryvnias
from firmware_bridge.vendors.checkbox.sandbox.totals import Line, TaxAmount
from firmware_bridge.vendors.checkbox.sandbox.values import TAX_OF, Receipt
from firmware_bridge.vendors.checkbox.sandbox.views import Json, plain, shift, tax, transaction, when


def receipt(register: Register, one: Receipt, *, with_shift: bool = True) -> Json:
    row: Json = {
        "id": one.id,
        "type": one.type,
        "transaction": transaction(register, one.transaction),
        "serial": one.serial,
        "status": one.status,
        "goods": _goods(register, one),
        "payments": [payment(given) for given in one.payload["payments"]],
        "total_sum": one.total,
        "sum": one.total,
        "total_payment": one.paid,
        "total_rest": one.rest,
        "rest": one.rest,
        "fiscal_code": one.fiscal_code,
        "fiscal_date": when(one.fiscal_date),
        "delivered_at": _sent(register, one),
        "created_at": when(one.created_at),
        "updated_at": when(one.updated_at),
        "taxes": [_amount(row, one.shift.taxes[row.code].id) for row in (one.totals.taxes if one.totals else ())],
        "discounts": _discounts(one),
        **{name: one.payload.get(name) for name in ("order_id", "header", "footer", "barcode")},
        "custom": None,
        "is_created_offline": one.created_offline,
        "is_sent_dps": _sent(register, one) is not None,
        "sent_dps_at": _sent(register, one),
        "tax_url": tax_url(register, one),
        "related_receipt_id": one.payload.get("related_receipt_id"),
        "technical_return": one.payload.get("technical_return", False),
        "currency_exchange": None,
    }
    if with_shift:
        row["shift"] = shift(register, one.shift)
    row["control_number"] = one.control_number
    return row | _receipt_now(register, one) if register.options.current else row


def _receipt_now(register: Register, one: Receipt) -> Json:
    mode = one.payload.get("rounding_mode") or ("ROUND_10" if one.payload.get("rounding") else None)
    dated = one.fiscal_date or (one.transaction.fiscal_date if one.transaction else None)
    return {
        "fiscal_date": when(dated),
        "custom": one.payload.get("custom"),
        "context": one.payload.get("context"),
        "round_sum": one.due - one.total,
        "rounding_mode": mode,
        "stock_code": one.payload.get("stock_code"),
        "is_test": register.is_test,
        "shift_id": one.shift.id,
        "transaction_id": one.transaction.id if one.transaction else None,
        "cashier_id": one.shift.cashier.id,
        "cash_register_id": register.id,
    }


def _sent(register: Register, one: Receipt) -> str | None:
    shown = register.options.test_receipts_show_sent or not register.is_test
    return when(one.sent_at) if shown else None


def _goods(register: Register, one: Receipt) -> list[Json]:
    if one.totals is None:
        return []
    return [
        _line(register, one, given, line) for given, line in zip(one.payload["goods"], one.totals.lines, strict=True)
    ]


def _line(register: Register, one: Receipt, given: Mapping[str, Any], line: Line) -> Json:
    good = given["good"]
    stamps = good["excise_barcodes"]
    if stamps is None and good["excise_barcode"] is not None:
        stamps = [good["excise_barcode"]]
    shown = {
        "code": good["code"],
        "barcode": good["barcode"],
        "name": good["name"],
        "excise_barcodes": stamps,
        **{name: good[name] for name in ("header", "footer", "uktzed", "price")},
    }
    if register.options.current:
        shown["e_excise_barcodes"] = good["e_excise_barcodes"]
    return {
        "good": shown,
        "good_id": given["good_id"],
        "sum": line.gross,
        "quantity": given["quantity"],
        "is_return": given["is_return"],
        "taxes": [_amount(row, one.shift.taxes[row.code].id) for row in line.taxes],
        "discounts": [_discount(row, amount) for row, amount in zip(given["discounts"], line.adjusted, strict=True)],
    }


def _amount(one: TaxAmount, tax_id: str) -> Json:
    return tax(TAX_OF[one.code], tax_id) | {"value": one.value, "extra_value": one.extra_value}


def _discounts(one: Receipt) -> list[Json]:
    if one.totals is None:
        return []
    return [_discount(row, amount) for row, amount in zip(one.payload["discounts"], one.totals.adjusted, strict=True)]


def _discount(given: Mapping[str, Any], amount: int) -> Json:
    return {
        "type": given["type"],
        "mode": given["mode"],
        "value": plain(given["value"]),
        "tax_code": None,
        "tax_codes": discount_taxes(given),
        "name": given["name"],
        "sum": amount,
    }


def payment(given: Mapping[str, Any]) -> Json:
    """A payment as it comes back."""
    row: Json = {"type": given["type"], "pawnshop_is_return": given["pawnshop_is_return"]}
    if given["type"] == "CASH":
        return row | {"value": given["value"], "label": given["label"]}
    names = ("card_mask", "bank_name", "auth_code", "rrn", "payment_system", "owner_name", "terminal")
    return {
        **row,
        "code": given["code"],
        "value": given["value"],
        "commission": None,
        "label": given["label"],
        **{name: given[name] for name in names},
        "acquiring": given["acquiring"] or given["acquirer_and_seller"],
        **{name: given[name] for name in ("acquirer_and_seller", "receipt_no", "signature_required")},
    }


def tax_url(register: Register, one: Receipt) -> str | None:
    """The tax service's page of a receipt that has its number; date and time are Kyiv's."""
    if one.fiscal_code is None or one.fiscal_date is None or one.transaction is None:
        return None
    local = one.fiscal_date.astimezone(KYIV)
    total = f"&sm={hryvnias(one.total)}" if register.options.current else ""
    return (
        f"https://cabinet.tax.gov.ua/cashregs/check?id={one.fiscal_code}&date={local:%Y%m%d}"
        f"&time={local:%H}%3A{local:%M}%3A{local:%S}&fn={register.fiscal_number}{total}"
        f"&mac={one.transaction.previous_hash}"
    )
