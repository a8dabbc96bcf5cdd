"""From Checkbox's answers to the fiscal stamp on a sale's way; pure. The vendor's figures go on paper as they are.

A stamp's `number`: the tax service's number of a receipt, of an opening (its transaction), the serial of a cash
movement, of an X report and of a Z report; of whatever was made off line, the code that it bears. Source: the vendor's
API page of 2022, answers of receipts/sell, shifts, shifts/close, reports; fields of OpenAPI 0.1.79.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from firmware_bridge.vendors.checkbox.forms import Forms
from firmware_bridge.vendors.checkbox.messages import Receipt, Report, Shift, SoldItem, Tax, Transaction
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import FiscalStamp, StampTotals
from statemachines.vocabulary.receipt import TaxAmount

NAME: Final = "checkbox"


def receipt_stamp(answer: Receipt, forms: Forms, *, settled: bool) -> FiscalStamp:
    """`settled`: the cash in the answer includes this document (the first answer to a sale does not yet)."""
    shift = answer.shift
    sold = answer.type in ("SELL", "RETURN")
    balance = None if shift is None or shift.balance is None else shift.balance.balance
    return FiscalStamp(
        fiscaliser=NAME,
        number=(answer.fiscal_code or "") if sold else str(answer.serial),
        date=answer.fiscal_date or answer.created_at,
        url=answer.tax_url or "",
        offline=answer.is_created_offline,
        control="" if answer.control_number is None else str(answer.control_number),
        register=_register(shift),
        document_no=str(answer.serial),
        shift_no="" if shift is None else str(shift.serial),
        vendor_id=answer.id,
        mac=(answer.transaction.previous_hash or "") if answer.transaction is not None else "",
        at=moment(answer.fiscal_date or answer.created_at),
        balance=balance if settled else None,
        totals=_totals(answer, forms) if sold else None,
    )


def opening_stamp(shift: Shift) -> FiscalStamp:
    """`balance` is the cash that lay there when the shift was opened."""
    begun = shift.initial_transaction
    code = "" if begun is None else begun.offline_id or begun.response_id or ""
    opened = shift.opened_at or shift.created_at
    return FiscalStamp(
        fiscaliser=NAME,
        number=code,
        date=opened,
        offline=begun is not None and bool(begun.offline_id),
        register=_register(shift),
        shift_no=str(shift.serial),
        vendor_id=shift.id,
        at=moment(opened),
        balance=None if shift.balance is None else shift.balance.initial,
    )


def closing_stamp(shift: Shift) -> FiscalStamp:
    """Of the Z report that closed the shift."""
    ended, report = shift.closing_transaction, shift.z_report
    closed = shift.closed_at or (report.created_at if report is not None else "")
    code = "" if ended is None else ended.offline_id or ""
    return FiscalStamp(
        fiscaliser=NAME,
        number=code or ("" if report is None else str(report.serial)),
        date=closed,
        offline=bool(code),
        register=_register(shift),
        document_no="" if report is None else str(report.serial),
        shift_no=str(shift.serial),
        vendor_id=shift.id if report is None else report.id,
        at=_date_of(ended) or moment(closed),
        balance=None if report is None else report.balance,
        complete=report is not None,
    )


def report_stamp(report: Report, register: str) -> FiscalStamp:
    """Of an X report, which never goes to the tax service."""
    return FiscalStamp(
        fiscaliser=NAME,
        number=str(report.serial),
        date=report.created_at,
        register=register,
        document_no=str(report.serial),
        vendor_id=report.id,
        at=moment(report.created_at),
        balance=report.balance,
    )


def same_content(answer: Receipt, order: Fiscalise) -> bool:
    """Is what stands under our id what we asked for? An id is used up for ever, whatever was sent with it."""
    if order.receipt is not None:
        kind = "SELL" if order.receipt.kind == "sale" else "RETURN"
        return answer.type == kind and answer.total_sum == order.receipt.totals.total
    if order.move is not None:
        kind = "SERVICE_IN" if order.move.direction == "in" else "SERVICE_OUT"
        return answer.type == kind and answer.total_sum == order.move.amount
    return False


def moment(text: str) -> int:
    """UTC ms of an ISO 8601 text, cut; 0 when it is none."""
    return _micros(text) // 1000


def moment_or_after(text: str) -> int:
    """The same, rounded up: for what nothing may be dated before."""
    return -(-_micros(text) // 1000)


def _micros(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return 0
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _date_of(one: Transaction | None) -> int:
    """The date of a document that was made on line; `closed_at` is when the tax service had it, which may be later."""
    if one is None:
        return 0
    return moment(one.original_datetime or ("" if one.offline_id else one.created_at))


def _register(shift: Shift | None) -> str:
    return "" if shift is None or shift.cash_register is None else shift.cash_register.fiscal_number


def _totals(answer: Receipt, forms: Forms) -> StampTotals:
    """`rounding` is what the payments, less the change, differ from the total by."""
    rounding = answer.total_payment - answer.total_rest - answer.total_sum
    return StampTotals(answer.total_sum, rounding, answer.total_rest, _taxes(answer, forms))


def _taxes(answer: Receipt, forms: Forms) -> tuple[TaxAmount, ...]:
    """The receipt's own taxes where it has them, else those of its lines added up."""
    turnovers: dict[int, int] = {}
    sums: dict[int, Tax] = {}
    for item in answer.goods:
        for tax in item.taxes:
            turnovers[tax.code] = turnovers.get(tax.code, 0) + _net(item)
            sums[tax.code] = _added(sums.get(tax.code), tax)
    for tax in answer.taxes or ():
        sums[tax.code] = tax
    return tuple(part for code, tax in sums.items() for part in _parts(tax, turnovers.get(code, 0), forms))


def _net(item: SoldItem) -> int:
    return item.sum + sum(one.sum for one in item.discounts or ())


def _added(known: Tax | None, tax: Tax) -> Tax:
    if known is None:
        return tax
    value, extra = known.value + tax.value, known.extra_value + tax.extra_value
    return Tax(tax.code, tax.label, tax.symbol, tax.rate, tax.extra_rate, value, extra)


def _parts(tax: Tax, turnover: int, forms: Forms) -> list[TaxAmount]:
    """One tax of Checkbox is one or two of ours: VAT, and an excise beside it."""
    group = forms.group_of(tax.code, tax.symbol) or f"{NAME}:{tax.code}"
    ours = forms.groups[group].taxes if group in forms.groups else ()
    names = [one.name for one in ours] if len(ours) == 2 else [tax.label, tax.label]
    rates = [(int(tax.rate * 100), tax.value)]
    if tax.extra_rate:
        extra = (int(tax.extra_rate * 100), tax.extra_value)
        rates = [*rates, extra] if tax.rate else [extra]
    return [
        TaxAmount(group, tax.symbol, names[at] if len(rates) == 2 else tax.label, rate, turnover, value)
        for at, (rate, value) in enumerate(rates)
    ]
