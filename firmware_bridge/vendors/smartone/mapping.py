"""From a frozen receipt to SmartOne's words on a sale's way; pure.

What is computed here is the same for the same document for ever, but for `date`, which the plan freezes. Adjustments go
as one amount a line, its share of the receipt's in it, so that the register has nothing to spread.
Sources: core-cashbox 2.01, 2.02, 2.08, 2.09; SmartOne Cashbox (ECR) /sale, /refund, /deposit, /withdraw.
"""

from __future__ import annotations

from firmware_bridge.vendors.smartone.forms import Forms, Unfit
from firmware_bridge.vendors.smartone.requests import (
    CashMovement,
    CorePayment,
    CoreReceipt,
    EcrReceipt,
    Item,
    ItemTax,
    ShiftOrder,
)
from statemachines.vocabulary.receipt import CashMove, Line, Payment, Person, Receipt


def receipt(fiscal_doc_id: str, given: Receipt, date: str, forms: Forms) -> CoreReceipt | EcrReceipt:
    """The request for a sale or a return; `date` as the register writes it. Raises Unfit."""
    _check(given, forms)
    items = tuple(_item(line, forms) for line in given.lines)
    parent = _parent(given)
    workplace, department = forms.till_id or None, given.department or None
    if forms.profile == "core":
        return CoreReceipt(
            date=date,
            doc_number=given.number,
            employee_name=_name(given.operator),
            amount=given.totals.payable,
            currency=given.currency,
            gen_preview=forms.preview,
            items=items,
            payments=tuple(CorePayment(forms.payment(one.type), handed(one, given)) for one in _payments(given)),
            ws_name=workplace,
            department_name=department,
            parent_doc_id=parent,
        )
    paid: dict[str, int] = {}
    for one in _payments(given):
        field = forms.payment(one.type)
        paid[field] = paid.get(field, 0) + handed(one, given)
    return EcrReceipt(
        document_ext_id=fiscal_doc_id,
        doc_time=date,
        doc_number=given.number,
        employee_name=_name(given.operator),
        amount=given.totals.payable,
        currency=given.currency,
        items=items,
        payments=paid,
        ws_name=workplace,
        department_name=department,
        parent_doc_id=parent,
    )


def movement(fiscal_doc_id: str, move: CashMove, date: str, forms: Forms) -> CashMovement:
    """The request for cash in or out. Raises Unfit."""
    _check_currency(move.currency, forms)
    if move.amount <= 0 or move.direction == "none":
        raise Unfit(f"A cash movement of {move.amount} ({move.type}) moves no cash")
    ecr = forms.profile == "ecr"
    return CashMovement(
        doc_number=move.number or fiscal_doc_id,
        employee_name=_name(move.operator),
        amount=move.amount,
        currency=move.currency,
        document_ext_id=fiscal_doc_id if ecr else None,
        doc_time=date if ecr else None,
    )


def shift(person: Person, forms: Forms, *, closes: bool) -> ShiftOrder:
    """The request to open or to close a shift."""
    orders = forms.open_orders if closes and forms.open_orders != "check" else None
    return ShiftOrder(_name(person), ws_name=forms.till_id or None, open_orders=orders)


def handed(payment: Payment, given: Receipt) -> int:
    """What was handed over by this means: of a sale's cash, before the change."""
    return payment.amount if payment.given is None or given.kind == "return" else payment.given


def _check(given: Receipt, forms: Forms) -> None:
    _check_currency(given.currency, forms)
    if given.totals.payable <= 0:
        raise Unfit("A receipt over nothing is not registered by a fiscaliser: give the goods without a receipt")
    if not given.number:
        raise Unfit("The document has no number, and without one a lost answer could not be found again")
    if given.totals.rounding:
        raise Unfit(f"SmartOne rounds nothing, and this total is rounded by {given.totals.rounding}")


def _check_currency(currency: str, forms: Forms) -> None:
    if currency != forms.currency:
        raise Unfit(f"SmartOne works in {forms.currency}, not in {currency}")


def _parent(given: Receipt) -> str | None:
    """The fiscal id of the sale that goods come back from. Raises Unfit: no return without it."""
    if given.kind == "sale":
        return None
    fiscal_id = "" if given.original is None else given.original.fiscal_number
    if not fiscal_id:
        raise Unfit("SmartOne takes a return only with the fiscal id of its sale, and that is not known: give it")
    return fiscal_id


def _name(person: Person) -> str:
    return person.name or person.id


def _payments(given: Receipt) -> list[Payment]:
    return [one for one in given.payments if one.amount or one.given]


def _item(line: Line, forms: Forms) -> Item:
    request = line.request
    lowered = -sum(one.amount for one in line.adjustments if one.amount < 0) - min(line.share, 0)
    raised = line.sum - line.gross + lowered
    amounts = {"unit": request.price, "line_gross": line.gross + raised, "line_net": line.sum}
    if forms.item_amount == "unit" and raised:
        raise Unfit(f"Line {line.line_no} ({request.name}) has a surcharge, which an amount of one unit cannot say")
    return Item(
        item_id=request.code,
        item_name=request.name,
        item_code=request.barcode or request.code,
        item_qty=request.quantity,
        item_amount=amounts[forms.item_amount],
        discount=lowered,
        item_taxes=_taxes(line, forms),
        item_qr_code=_marking(line),
    )


def _marking(line: Line) -> str | None:
    markings = line.request.markings
    if len(markings) > 1:
        raise Unfit(f"Line {line.line_no} carries {len(markings)} markings, and SmartOne has a field for one")
    return markings[0].value if markings else None


def _taxes(line: Line, forms: Forms) -> tuple[ItemTax, ...]:
    group = line.request.tax_group
    tax = forms.taxes.get(group)
    if tax is None:
        raise Unfit(f"Tax group {group} has no code on SmartOne: have the configuration put right")
    if len(line.taxes) > 1:
        raise Unfit(f"Tax group {group} has {len(line.taxes)} taxes, and SmartOne is told of one")
    rate, amount = (line.taxes[0].rate, line.taxes[0].amount) if line.taxes else (0, 0)
    return (ItemTax(tax.name, tax.code, rate, amount, tax.calc),)
