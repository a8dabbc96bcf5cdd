"""From a frozen receipt to iKassa's words on a sale's way; pure.

Every adjustment goes as an amount, the line's own ones together with its share of the receipt's, so that the till has
nothing to spread and can only confirm our sums. Source: the vendor's books, operations SALE, MONEY_BACK, DEPOSIT.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Final

from firmware_bridge.vendors.ikassa import amounts
from firmware_bridge.vendors.ikassa.forms import Forms, Unfit
from firmware_bridge.vendors.ikassa.messages import (
    Item,
    Marking,
    MoneyBack,
    Printable,
    QrCode,
    Sale,
    Section,
    ShiftOrder,
    Sum,
    Text,
)
from statemachines.vocabulary.receipt import (
    CashMove,
    Customer,
    Line,
    LineRequest,
    Payment,
    PaymentType,
    Person,
    Receipt,
)

CURRENCY: Final = "BYN"
ARTICLE: Final = "0"
BARCODE: Final = "1"  # the page's sample has twelve digits of a bar code under it
CASHIER: Final = 20  # the till drops what is longer
BY_DEVICE: Final = ("cashless", "oplati")
_UNP: Final = re.compile(r"\d{9}", re.ASCII)


def sale(operation_id: str, receipt: Receipt, forms: Forms, customer: Customer | None = None) -> Sale:
    """The body of SALE. Raises Unfit."""
    _check(receipt)
    paid = _paid(receipt, forms.payments, forms)
    return Sale(
        cashier=cashier(receipt.operator),
        item_list=tuple(_item(line, forms) for line in receipt.lines),
        cash=amounts.money(paid.get("cash", 0)),
        cashless=amounts.money(paid.get("cashless", 0)),
        certificate=amounts.money(paid.get("certificate", 0)),
        oplati=amounts.money(paid.get("oplati", 0)),
        print_cheque=True,
        operation_id=operation_id,
        tp_tax_number=buyer(customer),
        prefix=texts(receipt.header) or None,
        suffix=suffix(receipt) or None,
    )


def money_back(operation_id: str, receipt: Receipt, forms: Forms) -> MoneyBack:
    """The body of MONEY_BACK. Raises Unfit."""
    _check(receipt)
    paid = _paid(receipt, forms.refunds, forms)
    cashless = paid.get("cashless", 0) > 0
    return MoneyBack(
        cashier=cashier(receipt.operator),
        item_list=tuple(_item(line, forms) for line in receipt.lines),
        cash=amounts.money(paid.get("cash", 0)),
        cashless=amounts.money(paid.get("cashless", 0)),
        oplati=amounts.money(paid.get("oplati", 0)),
        other=amounts.money(paid.get("other", 0)),
        print_cheque=True,
        operation_id=operation_id,
        rrn=_rrn(receipt),
        payment_method=(forms.payment_method or None) if cashless else None,
        bank_package_name=(forms.bank_package or None) if cashless else None,
        merchant_id=(forms.merchant or None) if cashless else None,
        prefix=texts(receipt.header) or None,
        suffix=suffix(receipt) or None,
    )


def _rrn(receipt: Receipt) -> str | None:
    """Of the card payment that is given back: as somebody told it, else as the till answered it for the sale."""
    told = next((one.card.rrn for one in receipt.payments if one.card is not None and one.card.rrn), "")
    if not told and receipt.original is not None and by_device(receipt):
        told = receipt.original.rrn
    return told or None


def cash(operation_id: str, move: CashMove) -> Sum:
    """The body of DEPOSIT and of taking cash out. Raises Unfit."""
    if move.currency != CURRENCY:
        raise Unfit(f"iKassa works in {CURRENCY}, not in {move.currency}")
    if not 0 < move.amount <= amounts.LARGEST or move.direction == "none":
        raise Unfit(f"A cash movement of {move.amount} ({move.type}) is none that iKassa registers")
    note = "; ".join(part for part in (move.reason, move.number and f"№ {move.number}") if part)
    return Sum(cashier(move.operator), amounts.money(move.amount), operation_id, suffix=texts(note) or None)


def shift(operation_id: str, person: Person) -> ShiftOrder:
    """The body of opening and closing a shift and of the X report."""
    return ShiftOrder(cashier(person), operation_id)


def by_device(receipt: Receipt | None) -> bool:
    """Is the till to charge a card for it (or to give money back to one)?"""
    payments = () if receipt is None else receipt.payments
    return any(payment.collected == "by_device" and payment.amount for payment in payments)


# --- parts that a handed-over receipt has too ---------------------------------------------------------------------


def cashier(person: Person) -> str:
    """At least one character, at most 20."""
    return (" ".join(person.name.split()) or person.id)[:CASHIER]


def buyer(customer: Customer | None) -> str | None:
    """The buyer's number of a taxpayer (UNP). Raises Unfit for one that is none: the buyer wants it on the paper."""
    number = "" if customer is None else customer.tax_number.replace(" ", "")
    if not number:
        return None
    if _UNP.fullmatch(number) is None:
        raise Unfit("The buyer's tax number (UNP) must have nine digits: ask the buyer for it again")
    return number


def reductions(line: Line, *, share: bool) -> tuple[int, int]:
    """What is taken off this line and what is put on it, minor units; with its share of the receipt's or without."""
    parts = [one.amount for one in line.adjustments] + ([line.share] if share else [])
    return -sum(part for part in parts if part < 0), sum(part for part in parts if part > 0)


def code(request: LineRequest) -> tuple[str, str]:
    """Kind and value: its bar code where it has one, else our article code."""
    return (BARCODE, request.barcode) if request.barcode else (ARTICLE, request.code)


def section(line: Line) -> Section | None:
    """Raises Unfit."""
    request = line.request
    if not request.section_code:
        return None
    if not (request.section_code.isascii() and request.section_code.isdigit() and len(request.section_code) <= 9):
        raise Unfit(f"Section {request.section_code!r} of line {line.line_no} is no number")
    return Section(int(request.section_code), request.section_name)


def markings(line: Line) -> tuple[Marking, ...] | None:
    """Raises Unfit for what the till has no field for: marks that are silently dropped are sold unlawfully."""
    if line.request.excise_stamps:
        raise Unfit(f"Line {line.line_no} carries excise stamps, which iKassa has no field for")
    found: list[Marking] = []
    for marking in line.request.markings:
        if marking.kind == "datamatrix":
            raise Unfit(f"Line {line.line_no} carries a marking of no kind that iKassa knows (si, ukz)")
        found.append(Marking(si=marking.value) if marking.kind == "si" else Marking(ukz=marking.value))
    return tuple(found) or None


def check_line(line: Line) -> None:
    """Raises Unfit where the till would refuse it (403, 415, 416)."""
    request = line.request
    if not request.name:
        raise Unfit(f"Line {line.line_no} has no name")
    if not 0 <= request.price <= amounts.LARGEST:
        raise Unfit(f"The price of line {line.line_no} is too large for iKassa: 99999999999.99 at most")
    if not 0 < request.quantity <= amounts.MOST:
        raise Unfit(f"The quantity of line {line.line_no} must be from 0.001 to 9999.999")


def texts(text: str) -> tuple[Printable, ...]:
    """One element for each line that is not empty."""
    return tuple(Printable(text=Text(row)) for row in text.splitlines() if row.strip())


def suffix(receipt: Receipt) -> tuple[Printable, ...]:
    """Notes of the lines, the footer, our number, and what the buyer's code says."""
    notes = (part for line in receipt.lines for part in (line.request.header, line.request.footer))
    rows = [*notes, receipt.footer, f"№ {receipt.number}" if receipt.number else ""]
    printed = tuple(one for row in rows for one in texts(row))
    if not receipt.barcode:
        return printed
    return (*printed, Printable(qr_code=QrCode(base64.b64encode(receipt.barcode.encode()).decode())))


# --- money --------------------------------------------------------------------------------------------------------


def _check(receipt: Receipt) -> None:
    totals = receipt.totals
    if receipt.currency != CURRENCY:
        raise Unfit(f"iKassa works in {CURRENCY}, not in {receipt.currency}")
    if totals.total <= 0:
        raise Unfit("A receipt over nothing is not registered by a fiscaliser: give the goods without a receipt")
    if totals.rounding:
        raise Unfit("iKassa rounds nothing, and this receipt is rounded: have the configuration put right")
    if totals.paid > amounts.LARGEST:
        raise Unfit("The sum is too large for iKassa: 99999999999.99 at most")


def _item(line: Line, forms: Forms) -> Item:
    check_line(line)
    request = line.request
    kind, value = code(request)
    discount, increase = reductions(line, share=True)
    return Item(
        name_title=request.name,
        code_number=value,
        type_code=kind,
        price=amounts.money(request.price),
        amount=amounts.quantity(request.quantity),
        is_percent_discount=False if discount else None,
        discount=amounts.money(discount) if discount else None,
        is_percent_increase=False if increase else None,
        increase=amounts.money(increase) if increase else None,
        section=section(line),
        markings=markings(line),
        tax_rate=forms.tax_rate(request.tax_group) if forms.sale_taxes else None,
    )


def _paid(receipt: Receipt, fields: Mapping[PaymentType, str], forms: Forms) -> dict[str, int]:
    """Minor units by the till's field."""
    found: dict[str, int] = {}
    for payment in receipt.payments:
        name = fields.get(payment.type)
        if name is None:
            raise Unfit(f"Payment {payment.type} has no field on iKassa: have the configuration put right")
        _check_collector(payment, name, forms)
        value = payment.amount if payment.given is None or name != "cash" else payment.given
        found[name] = found.get(name, 0) + value
    return found


def _check_collector(payment: Payment, name: str, forms: Forms) -> None:
    """A card that was charged already must not stand where the till charges it again, nor the other way round."""
    charges = forms.collects_card and name in BY_DEVICE
    if payment.amount and charges and payment.collected != "by_device":
        raise Unfit(
            f"iKassa charges {payment.type} payments itself, and this one was collected before: it would be charged "
            "twice (collected must be by_device)"
        )
    if payment.collected == "by_device" and not charges:
        raise Unfit(f"iKassa does not collect {payment.type} payments: collect it first (collected must be before)")
