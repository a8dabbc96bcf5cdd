"""From a frozen receipt to Checkbox's words on a sale's way; pure.

Every adjustment goes as a named absolute amount, the line's own ones and then its share of the receipt's, so that the
vendor has nothing to spread and can only confirm our sums. Profile `seed` is the vendor's API page of 2022 to the
letter; `current` is OpenAPI 2.106.4 (price above 0, rounding_mode, e_excise_barcodes).
"""

from __future__ import annotations

import re
from typing import Final

from firmware_bridge.logs import mask_cards
from firmware_bridge.vendors.checkbox.forms import NOTHING_BESIDE, Beside, Forms, Unfit
from firmware_bridge.vendors.checkbox.messages import (
    Code,
    Delivery,
    Discount,
    Good,
    Item,
    Pay,
    Sell,
    Service,
)
from statemachines.arithmetic import cash_rounding
from statemachines.vocabulary.receipt import (
    CashMove,
    Customer,
    Line,
    Payment,
    Receipt,
    RoundingMode,
)

DISCOUNT_NAME: Final = "Знижка"
SURCHARGE_NAME: Final = "Надбавка"
SHARE_DISCOUNT_NAME: Final = "Знижка на чек"
SHARE_SURCHARGE_NAME: Final = "Надбавка на чек"
GIFT: Final = "Подарунок"
_PHONE: Final = re.compile(r"\+?(380\d{9})")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MODES: Final[tuple[RoundingMode, ...]] = ("none", "round10", "round50")


def sell(fiscal_doc_id: str, receipt: Receipt, forms: Forms, beside: Beside = NOTHING_BESIDE) -> Sell:
    """The request for a sale or return. Raises Unfit."""
    if receipt.currency != "UAH":
        raise Unfit(f"Checkbox works in UAH, not in {receipt.currency}")
    if receipt.totals.total <= 0:
        raise Unfit("A receipt over nothing is not registered by a fiscaliser: give the goods without a receipt")
    mode = _rounding(receipt, forms)
    return Sell(
        id=fiscal_doc_id,
        cashier_name=receipt.operator.name or None,
        departament=receipt.department or None,
        goods=_goods(receipt, forms, beside),
        delivery=_delivery(beside.customer),
        payments=tuple(
            _payment(one, forms, beside) for one in receipt.payments if one.amount or one.given or one.type == "cash"
        ),
        rounding=True if mode == "round10" else None,
        rounding_mode="ROUND_50" if mode == "round50" else None,
        header=receipt.header or None,
        footer=receipt.footer or None,
        barcode=receipt.barcode or None,
        order_id=beside.order_id or None,
        related_receipt_id=beside.related_receipt_id or None,
        previous_receipt_id=beside.previous_receipt_id or None,
        technical_return=receipt.kind == "return" and receipt.return_reason == "error",
        is_pawnshop=False,
        context={**dict(receipt.context), **_context(receipt.document_id, forms)},
        custom=beside.custom or None,
    )


def service(fiscal_doc_id: str, move: CashMove, forms: Forms) -> Service:
    """The request for cash in or out. Raises Unfit."""
    if move.currency != "UAH":
        raise Unfit(f"Checkbox works in UAH, not in {move.currency}")
    if move.amount <= 0 or move.direction == "none":
        raise Unfit(f"A cash movement of {move.amount} ({move.type}) moves no cash")
    value = move.amount if move.direction == "in" else -move.amount
    payment = Pay(type="CASH", value=value, label=forms.payments["cash"].label)
    return Service(fiscal_doc_id, payment, _context(move.document_id, forms))


def _context(document_id: str, forms: Forms) -> dict[str, str]:
    return {"sale_id": document_id} | ({"till_id": forms.till_id} if forms.till_id else {})


# --- goods --------------------------------------------------------------------------------------------------------


def _goods(receipt: Receipt, forms: Forms, beside: Beside) -> tuple[Item, ...]:
    notes: dict[int, list[str]] = {}
    sent: list[Line] = []
    waiting: list[str] = []  # gifts before the first line that costs something
    for line in receipt.lines:
        if _left_out(line, forms):
            note = f"{GIFT}: {line.request.name}"
            (notes.setdefault(sent[-1].line_no, []) if sent else waiting).append(note)
            continue
        sent.append(line)
    if waiting:
        notes[sent[0].line_no] = [*waiting, *notes.get(sent[0].line_no, [])]
    share_name = _share_name(receipt)
    return tuple(_item(line, receipt, forms, beside, share_name, notes.get(line.line_no, [])) for line in sent)


def _left_out(line: Line, forms: Forms) -> bool:
    if line.sum > 0 and line.request.price > 0:
        return False
    if forms.zero_line == "refuse":
        raise Unfit(f"Line {line.line_no} ({line.request.name}) costs nothing, which this register does not accept")
    return forms.zero_line == "note"


def _item(
    line: Line, receipt: Receipt, forms: Forms, beside: Beside, share_name: tuple[str, str], notes: list[str]
) -> Item:
    request = line.request
    where = f"line {line.line_no}"
    codes = _codes(request.tax_group, forms)
    price = request.price or forms.gift_price
    footer = "\n".join(part for part in (request.footer, *notes) if part)
    good = Good(
        code=_bounded(request.code, 256, f"the article code of {where}", least=1),
        name=_bounded(request.name, None, f"the name of {where}", least=1),
        price=price,
        barcode=_bounded(request.barcode, 4096, f"the barcode of {where}") or None,
        excise_barcodes=request.excise_stamps or None,
        e_excise_barcodes=_markings(line, forms) or None,
        header=_bounded(request.header, 1024, f"the header of {where}") or None,
        footer=_bounded(footer, 1024, f"the footer of {where}") or None,
        tax=codes or None,
        uktzed=_bounded(request.uktzed, 64, f"the UKTZED code of {where}") or None,
    )
    return Item(
        good=good,
        good_id=beside.good_ids.get(request.code),
        quantity=request.quantity,
        is_return=receipt.kind == "return",
        discounts=_discounts(line, price, codes, share_name) or None,
    )


def _codes(group: str, forms: Forms) -> tuple[Code, ...]:
    if group not in forms.tax_codes:
        raise Unfit(f"Tax group {group} has no code on Checkbox: have the configuration put right")
    return forms.tax_codes[group]


def _markings(line: Line, forms: Forms) -> tuple[str, ...]:
    for marking in line.request.markings:
        if marking.kind != "datamatrix" or forms.profile == "seed":
            raise Unfit(
                f"Line {line.line_no} carries a marking of kind {marking.kind}, which Checkbox has no field for"
            )
    return tuple(marking.value for marking in line.request.markings)


def _discounts(line: Line, price: int, codes: tuple[Code, ...], share_name: tuple[str, str]) -> tuple[Discount, ...]:
    amounts = [(one.amount, one.name or (DISCOUNT_NAME, SURCHARGE_NAME)[one.amount > 0]) for one in line.adjustments]
    amounts.append((line.share, share_name[line.share > 0]))
    if price != line.request.price:  # a gift: what it is registered at is taken off as a whole
        amounts.append((-_gross(price, line.request.quantity), GIFT))
    return tuple(
        Discount(
            type="DISCOUNT" if amount < 0 else "EXTRA_CHARGE",
            mode="VALUE",
            value=abs(amount),
            tax_codes=codes or None,
            name=name,
        )
        for amount, name in amounts
        if amount
    )


def _gross(price: int, quantity: int) -> int:
    return (2 * price * quantity + 1000) // 2000


def _share_name(receipt: Receipt) -> tuple[str, str]:
    """What the share of the receipt's adjustments is called: as a discount, as a surcharge."""
    names = {one.name for one in receipt.adjustments}
    if len(receipt.adjustments) == 1 and names != {""}:
        (name,) = names
        return name, name
    return SHARE_DISCOUNT_NAME, SHARE_SURCHARGE_NAME


def _bounded(text: str, most: int | None, what: str, *, least: int = 0) -> str:
    if len(text) < least:
        raise Unfit(f"Checkbox demands {what}, and it is empty")
    if most is not None and len(text) > most:
        raise Unfit(f"Checkbox takes {what} with {most} characters at most, not {len(text)}")
    return text


# --- payments -----------------------------------------------------------------------------------------------------


def _payment(payment: Payment, forms: Forms, beside: Beside) -> Pay:
    form = forms.payments.get(payment.type)
    if form is None:
        raise Unfit(f"Payment {payment.type} has no name on Checkbox: have the configuration put right")
    label = _bounded(payment.label or form.label, 128, f"the label of the {payment.type} payment", least=1)
    if payment.type == "cash":
        given = payment.amount if payment.given is None else payment.given
        return Pay(type="CASH", pawnshop_is_return=False, value=given, label=label)
    card = payment.card
    pay = Pay(
        type="CASHLESS",
        pawnshop_is_return=False,
        value=payment.amount,
        label=label,
        code=form.code,
        owner_name=beside.card_owner or None,
        signature_required=beside.signature_required,
    )
    if card is None:
        return pay
    return Pay(
        type=pay.type,
        pawnshop_is_return=False,
        value=pay.value,
        label=label,
        code=form.code,
        commission=card.commission or None,
        card_mask=_mask(card.mask) or None,
        bank_name=card.bank or None,
        auth_code=card.auth_code or None,
        rrn=card.rrn or None,
        payment_system=card.system or None,
        owner_name=pay.owner_name,
        terminal=card.terminal or None,
        acquirer_and_seller=card.acquirer or None,
        receipt_no=card.receipt_no or None,
        signature_required=pay.signature_required,
    )


def _mask(mask: str) -> str:
    """At most 19 characters, and never a whole card number."""
    return mask_cards(mask)[-19:]


def _rounding(receipt: Receipt, forms: Forms) -> RoundingMode:
    """By which rule the cash of this receipt was rounded; "none" when no cash is paid. Raises Unfit."""
    cash = [one.amount for one in receipt.payments if one.type == "cash"]
    if not cash:
        return "none"
    rest = receipt.totals.total - sum(one.amount for one in receipt.payments if one.type != "cash")
    for mode in dict.fromkeys((forms.rounding, *_MODES)):
        if cash_rounding(rest, mode) == cash[0]:
            break
    else:
        raise Unfit(f"No rule of rounding makes {cash[0]} of {rest} in cash")
    if mode == "round50" and forms.profile == "seed":
        if cash[0] == rest:
            return "none"
        raise Unfit("This version of Checkbox cannot round cash to 50 kopecks: have the configuration put right")
    return mode


def _delivery(customer: Customer | None) -> Delivery | None:
    """What is no address of a form that Checkbox takes is left out: it must not cost the receipt."""
    if customer is None:
        return None
    phone = _PHONE.fullmatch(re.sub(r"[ ()-]", "", customer.phone))
    email = customer.email if _EMAIL.fullmatch(customer.email) else None
    if phone is None and email is None:
        return None
    return Delivery(email=email, phone=None if phone is None else phone[1])
