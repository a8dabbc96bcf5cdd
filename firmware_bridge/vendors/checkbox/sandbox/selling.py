"""In the vendor's place on a sale's way: a request becomes a receipt, or is refused, in the order of the page.

Sales and returns (also offline, also as a trial that makes nothing), cash in and out. Source: the page, sections on
creating a receipt, offline receipts and service receipts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from firmware_bridge.vendors.checkbox.sandbox import offline
from firmware_bridge.vendors.checkbox.sandbox.clock import iso
from firmware_bridge.vendors.checkbox.sandbox.errors import Refused
from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.checkbox.sandbox.totals import (
    Adjustment,
    DiscountTooBig,
    Item,
    Rounding,
    Totals,
    compute,
    rounded,
)
from firmware_bridge.vendors.checkbox.sandbox.values import CODE_OF, RATES, Cashier, Receipt, Shift


@dataclass(frozen=True, slots=True)
class Draft:
    """A request that may become a receipt. `due`: what the payments have to reach."""

    totals: Totals
    is_return: bool
    due: int
    paid: int


def sell(register: Register, cashier: Cashier, body: Mapping[str, Any], now: datetime, *, offline_now: bool) -> Receipt:
    """POST /receipts/sell, or /receipts/sell-offline with its code and date. Raises Refused: nothing happened."""
    draft, shift = check(register, cashier, body, now, offline_now=offline_now)
    offline.try_again(register, now)
    receipt = Receipt(
        id=body["id"] or register.new_id(),
        type="RETURN" if draft.is_return else "SELL",
        serial=register.next_receipt_serial(),
        shift=shift,
        created_at=now,
        payload=body,
        totals=draft.totals,
        total=draft.totals.total,
        due=draft.due,
        paid=draft.paid,
    )
    content = json.dumps([receipt.id, receipt.type, receipt.serial, receipt.total, receipt.paid])
    if register.offline:
        code, date, wrong = offline.take_code(register, dict(body), now, receipt.id)
        receipt.transaction = register.ledger.add("RECEIPT", now, content, fiscal_date=date, offline_id=code)
        receipt.transaction.wrong = wrong
        offline.stamp(register, receipt, now)
        if not register.options.current:
            receipt.created_at = date
    else:
        receipt.transaction = register.ledger.add("RECEIPT", now, content)
        _hold_if_too_fast(register, now)
    register.receipts[receipt.id] = receipt
    return receipt


def check(
    register: Register, cashier: Cashier, body: Mapping[str, Any], now: datetime, *, offline_now: bool
) -> tuple[Draft, Shift]:
    """All that can refuse a receipt, in the order of the page."""
    if register.faults.strike("signature-off"):
        raise Refused("signature-off")
    if offline_now and not register.stay_offline:
        raise Refused("not-manual-offline")
    shift = _open_and_young(register, cashier, body["fiscal_date"] if offline_now else now)
    if body["order_id"] is not None:
        raise Refused("unknown-order")
    if body["id"] in register.receipts:
        raise Refused("receipt-exists")
    _check_previous(register, body["previous_receipt_id"])
    draft = _draft(register, body)
    _check_payments(register, draft, body["payments"])
    if offline_now:
        _check_offline(register, shift, body)
    return draft, shift


def _open_and_young(register: Register, cashier: Cashier, at: datetime) -> Shift:
    """The cashier's open shift, not too old for a document of `at`: an offline one counts by its own date."""
    shift = register.opened_shift(cashier)
    age = (at - (shift.opened_at or at)).total_seconds()
    if age > register.options.shift_limit_s:
        raise Refused("shift-too-old")
    return shift


def _check_previous(register: Register, previous: str | None) -> None:
    if previous is None:
        return
    last = register.last_fiscal_receipt()
    if last is None or last.id != previous:
        raise Refused("previous-differs")


def _check_offline(register: Register, shift: Shift, body: Mapping[str, Any]) -> None:
    if register.options.current and shift.opened_at is not None and body["fiscal_date"] <= shift.opened_at:
        raise Refused("date-logic", iso(shift.opened_at))
    register.pool.check(body["fiscal_code"])


def _draft(register: Register, body: Mapping[str, Any]) -> Draft:
    goods = body["goods"]
    returned = {one["is_return"] for one in goods}
    if len(returned) > 1:
        raise Refused("mixed-return")
    if any(one.get("total_sum") is not None for one in goods):
        raise Refused("option-off")
    items = [
        Item(
            one["good"]["price"],
            one["quantity"],
            tuple(_tax_codes(one["good"]["tax"] or ())),
            tuple(_adjustments(one["discounts"])),
        )
        for one in goods
    ]
    per_group = register.options.tax_rounding == "group"
    try:
        totals = compute(items, list(_adjustments(body["discounts"])), RATES, tax_per_group=per_group)
    except DiscountTooBig as error:
        raise Refused("discount-too-big") from error
    paid = sum(one["value"] for one in body["payments"])
    return Draft(totals, True in returned, _due(register, totals.total, body), paid)


def _adjustments(rows: Sequence[Mapping[str, Any]]) -> list[Adjustment]:
    return [
        Adjustment(
            -1 if row["type"] == "DISCOUNT" else 1,
            row["mode"] == "PERCENT",
            row["value"],
            frozenset(_tax_codes(discount_taxes(row) or ())),
        )
        for row in rows
    ]


def discount_taxes(row: Mapping[str, Any]) -> list[int | str] | None:
    """The taxes a discount names, in one field or the other."""
    if row["tax_codes"] is not None:
        return list(row["tax_codes"])
    return None if row["tax_code"] is None else [row["tax_code"]]


def _tax_codes(given: Sequence[int | str]) -> list[int]:
    codes = [one if isinstance(one, int) else CODE_OF.get(one, -1) for one in given]
    for one, code in zip(given, codes, strict=True):
        if code not in RATES:
            raise Refused("unknown-tax", str(one))
    return codes


def _rounding(body: Mapping[str, Any]) -> Rounding:
    mode: Rounding = body.get("rounding_mode") or ("ROUND_10" if body["rounding"] else "")
    return mode


def _due(register: Register, total: int, body: Mapping[str, Any]) -> int:
    """The total, of which what cash has to pay is rounded."""
    cashless = sum(one["value"] for one in body["payments"] if one["type"] != "CASH")
    if not any(one["type"] == "CASH" for one in body["payments"]):
        return total
    if register.options.rounding_scope == "total":
        return rounded(total, _rounding(body))
    return int(min(cashless, total)) + rounded(max(total - cashless, 0), _rounding(body))


def _check_payments(register: Register, draft: Draft, payments: Sequence[Mapping[str, Any]]) -> None:
    if not draft.is_return and draft.paid < draft.due:
        raise Refused("paid-too-little")
    if draft.is_return and draft.paid != draft.due:
        raise Refused("return-unequal", hryvnias(draft.due))
    cash = sum(one["value"] for one in payments if one["type"] == "CASH")
    if draft.paid - draft.due > cash:
        raise Refused("card-too-much")
    if draft.is_return and cash > register.cash_to_give():
        raise Refused("too-little-cash", hryvnias(cash), hryvnias(register.cash_to_give()))


def hryvnias(kopecks: int) -> str:
    """Hryvnias with two decimals, as the vendor's messages have them."""
    sign = "-" if kopecks < 0 else ""
    return f"{sign}{abs(kopecks) // 100}.{abs(kopecks) % 100:02}"


def _hold_if_too_fast(register: Register, now: datetime) -> None:
    """More receipts in a second than allowed: transmission is held, what was taken stays taken."""
    limit = register.options.receipt_limit
    register.receipt_times = [one for one in register.receipt_times if now - one < timedelta(seconds=1)]
    register.receipt_times.append(now)
    if limit and len(register.receipt_times) > limit:
        register.held_until = now + timedelta(seconds=register.options.penalty_s)
        register.held_times += 1


def service(register: Register, cashier: Cashier, body: Mapping[str, Any], now: datetime) -> Receipt:
    """POST /receipts/service: value above 0 is cash in, below 0 cash out; it never goes to the tax service."""
    if register.faults.strike("signature-off"):
        raise Refused("signature-off")
    shift = _open_and_young(register, cashier, body["fiscal_date"] or now)
    if body["id"] in register.receipts:
        raise Refused("receipt-exists")
    payment = body["payment"]
    amount = abs(payment["value"])
    if payment["value"] < 0 and amount > register.cash_to_give():
        raise Refused("too-little-cash", hryvnias(amount), hryvnias(register.cash_to_give()))
    receipt_id = body["id"] or register.new_id()
    _service_code(register, body, receipt_id)
    receipt = Receipt(
        id=receipt_id,
        type="SERVICE_IN" if payment["value"] > 0 else "SERVICE_OUT",
        serial=register.next_receipt_serial(),
        shift=shift,
        created_at=now,
        payload={"payments": [{**payment, "value": amount}], "context": body["context"]},
        totals=None,
        total=amount,
        due=amount,
        paid=amount,
        status="DONE",
    )
    register.receipts[receipt.id] = receipt
    register.count(receipt, now)
    return receipt


def _service_code(register: Register, body: Mapping[str, Any], receipt_id: str) -> None:
    if body["fiscal_code"] is not None:
        if not register.stay_offline:
            raise Refused("not-manual-offline")
        register.pool.spend(body["fiscal_code"], receipt_id)
    elif register.stay_offline and register.options.service_offline_needs_code:
        raise Refused("code-missing")
