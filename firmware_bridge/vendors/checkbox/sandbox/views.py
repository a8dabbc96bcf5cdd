"""In the vendor's place on a sale's way: its books as the JSON of its answers, in both interfaces.

`seed` has the fields of the page's samples, in their order; `current` adds what OpenAPI 2.106.4 and recordings have
beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from firmware_bridge.vendors.checkbox.sandbox.clock import iso
from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.checkbox.sandbox.values import (
    TAXES,
    Cashier,
    Report,
    Shift,
    Tax,
    Transaction,
)

Json = dict[str, Any]
ADDRESS: Final = "УКРАЇНА, М.КИЇВ ГОЛОСІЇВСЬКИЙ Р-Н, Тестова, 41а"
ORGANIZATION_TITLE: Final = "Тестова організація"
TAX_NUMBER: Final = "123456789012"


def when(at: datetime | None) -> str | None:
    """A moment, or null."""
    return None if at is None else iso(at)


def plain(number: int | Decimal) -> int | float:
    """A number as JSON has it: without a point where there is no fraction."""
    return int(number) if number == int(number) else float(number)


def tax(one: Tax, tax_id: str) -> Json:
    """Rates are whole per cent here; the fraction is seen in reports alone."""
    return {
        "id": tax_id,
        "code": one.code,
        "label": one.label,
        "symbol": one.symbol,
        "rate": one.rate.rate // 100,
        "extra_rate": one.rate.extra_rate // 100,
        "included": True,
        "created_at": one.since,
        "updated_at": None,
    }


def tax_settings(register: Register, one: Tax, tax_id: str) -> Json:
    """One row of GET /tax."""
    row = tax(one, tax_id)
    return row | {"no_vat": one.label == "Без ПДВ", "type": "INCLUDED"} if register.options.current else row


def transaction(register: Register, one: Transaction | None) -> Json | None:
    if one is None:
        return None
    row: Json = {
        "id": one.id,
        "type": one.type,
        "serial": one.serial,
        "status": one.status,
        "request_signed_at": when(one.signed_at),
        "request_received_at": when(one.received_at),
        "response_status": one.response_status,
        "response_error_message": one.error,
        "response_id": one.response_id,
        "offline_id": one.offline_id,
        "created_at": when(one.created_at),
        "updated_at": when(one.updated_at),
    }
    if register.options.current:
        row["original_datetime"] = when(one.fiscal_date)
    return row | {"previous_hash": one.previous_hash}


def short_register(register: Register) -> Json:
    row: Json = {
        "id": register.id,
        "fiscal_number": register.fiscal_number,
        "active": True,
        "created_at": when(register.created_at),
        "updated_at": when(register.updated_at),
    }
    return row | {"number": "1"} if register.options.current else row


def cashier(register: Register, one: Cashier) -> Json:
    return {
        "id": one.id,
        "full_name": one.full_name,
        "nin": "000000000",
        "key_id": f"test_{one.key_id}" if register.is_test else one.key_id,
        "signature_type": "TEST" if register.is_test else "CLOUD_SIGNATURE_3",
        "permissions": {"orders": True},
        "created_at": when(one.created_at),
        "updated_at": when(one.created_at),
        "certificate_end": None,
        "blocked": None,
    }


def shift(register: Register, one: Shift, *, with_cashier: bool = True, with_register: bool = True) -> Json:
    row: Json = {
        "id": one.id,
        "serial": one.serial,
        "status": one.status,
        "z_report": None if one.z_report is None else report(register, one.z_report),
        "opened_at": when(one.opened_at),
        "closed_at": when(one.closed_at),
        "initial_transaction": transaction(register, one.initial),
        "closing_transaction": transaction(register, one.closing),
        "created_at": when(one.created_at),
        "updated_at": when(one.updated_at),
        "balance": balance(register, one),
        "taxes": [
            tax(row, sums.id)
            | {
                "sales": sums.sales,
                "returns": sums.returns,
                "sales_turnover": sums.sales_turnover,
                "returns_turnover": sums.returns_turnover,
            }
            for row, sums in ((row, one.taxes[row.code]) for row in TAXES)
        ],
    }
    if with_register:
        row["cash_register"] = short_register(register)
    if with_cashier:
        row["cashier"] = cashier(register, one.cashier)
    return row


def balance(register: Register, one: Shift) -> Json:
    sums = one.balance
    row: Json = {
        "initial": sums.initial,
        "balance": sums.balance,
        "cash_sales": sums.cash_sales,
        "card_sales": sums.card_sales,
        "discounts_sum": sums.discounts,
        "extra_charge_sum": sums.surcharges,
        "cash_returns": sums.cash_returns,
        "card_returns": sums.card_returns,
        "service_in": sums.service_in,
        "service_out": sums.service_out,
        "updated_at": when(sums.updated_at),
    }
    return row if register.options.current else without(row, "discounts_sum", "extra_charge_sum")


def without(row: Json, *names: str) -> Json:
    return {name: value for name, value in row.items() if name not in names}


def report(register: Register, one: Report) -> Json:
    """X or Z; a client's own figures stand in place of the register's, unchecked."""
    row: Json = {
        "id": one.id,
        "serial": one.serial,
        "is_z_report": one.is_z,
        "payments": [
            {
                "id": sums.id,
                "code": sums.code,
                "type": sums.type,
                "label": sums.label,
                "sell_sum": sums.sell,
                "return_sum": sums.returned,
                "service_in": sums.service_in,
                "service_out": sums.service_out,
                "cash_withdrawal": 0,
                "cash_withdrawal_commission": 0,
            }
            for sums in one.payments
        ],
        "taxes": [_report_tax(one, row) for row in TAXES],
        "sell_receipts_count": one.sold,
        "return_receipts_count": one.returned,
        "cash_withdrawal_receipts_count": 0,
        "transfers_count": 0,
        "transfers_sum": 0,
        "balance": one.balance.balance,
        "initial": one.balance.initial,
        "created_at": when(one.created_at),
        "updated_at": None,
    }
    if register.options.current:
        row |= _report_now(one)
    return row if one.figures is None else row | _figures(row, one.figures)


def _report_tax(one: Report, row: Tax) -> Json:
    sums = one.taxes[row.code]
    return {
        "id": sums.id,
        "code": row.code,
        "label": row.label,
        "symbol": row.symbol,
        "rate": plain(Decimal(row.rate.rate) / 100),
        "sell_sum": sums.sales,
        "return_sum": sums.returns,
        "sales_turnover": sums.sales_turnover,
        "returns_turnover": sums.returns_turnover,
        "created_at": row.since,
        "setup_date": row.since,
    }


def _report_now(one: Report) -> Json:
    return {
        "shift_id": one.shift.id,
        "last_receipt_id": one.last_receipt_id,
        "fiscal_code": one.fiscal_code,
        "currency_exchange_count": 0,
        "sales_round_up": one.rounding.sales_up,
        "sales_round_down": one.rounding.sales_down,
        "returns_round_up": one.rounding.returns_up,
        "returns_round_down": one.rounding.returns_down,
        "discounts_sum": one.balance.discounts,
        "extra_charge_sum": one.balance.surcharges,
        "transaction_fail": False,
    }


def _figures(row: Json, figures: Mapping[str, Any]) -> Json:
    """What the client's report puts in place of the server's."""
    given = {name: figures[name] for name in row if name in figures and figures[name] is not None}
    ids = [one["id"] for one in row["taxes"]]
    given["payments"] = [{"id": ids[i % len(ids)], **one} for i, one in enumerate(figures["payments"])]
    given["taxes"] = [
        {
            "id": ids[i % len(ids)],
            **{name: plain(value) if isinstance(value, Decimal) else value for name, value in one.items()},
            "created_at": when(one["setup_date"]),
            "setup_date": when(one["setup_date"]),
        }
        for i, one in enumerate(figures["taxes"])
    ]
    if "created_at" in given:
        given["created_at"] = when(given["created_at"])
    return given
