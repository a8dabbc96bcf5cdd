"""From a frozen receipt to one that iKassa's own cashier finishes, on a sale's way; pure.

Source: the vendor's page on adding receipts (smartx-marking.imlab.by, operations/add_cheques): its samples are a
postponed receipt with note and number, and an order with table and place.
"""

from __future__ import annotations

from typing import Final, Literal

from firmware_bridge.vendors.ikassa import amounts, mapping
from firmware_bridge.vendors.ikassa.forms import Forms, Unfit
from firmware_bridge.vendors.ikassa.messages import (
    Change,
    Cheque,
    ChequeInfo,
    ChequeItem,
    EditedCheque,
    EditedCheques,
    ItemCode,
)
from statemachines.vocabulary.receipt import Adjustment, Customer, Line, Receipt

NAME: Final = "Чек"


def cheques(uuid: str, receipt: Receipt, forms: Forms, customer: Customer | None = None) -> tuple[Cheque, ...]:
    """The body of ADD_CHEQUES: one receipt per call, so that none can be in doubt for another's sake. Raises Unfit."""
    return (_cheque(uuid, receipt, forms, customer),)


def edited_cheques(uuid: str, receipt: Receipt, forms: Forms, customer: Customer | None = None) -> EditedCheques:
    """The body of ADD_OR_EDIT_CHEQUES, with the receipt's header and footer. Raises Unfit."""
    one = _cheque(uuid, receipt, forms, customer)
    made = EditedCheque(
        info=one.info,
        currency=one.currency,
        items=one.items,
        cheque_discount=one.cheque_discount,
        cheque_increase=one.cheque_increase,
        tp_tax_number=one.tp_tax_number,
        is_edit=False,
        prefix=mapping.texts(receipt.header),
        suffix=mapping.suffix(receipt),
    )
    return EditedCheques((made,))


def _cheque(uuid: str, receipt: Receipt, forms: Forms, customer: Customer | None) -> Cheque:
    if receipt.kind != "sale":
        raise Unfit("iKassa takes no returns that its own cashier is to finish: give the money back at that till")
    if receipt.currency != mapping.CURRENCY:
        raise Unfit(f"iKassa works in {mapping.CURRENCY}, not in {receipt.currency}")
    as_asked = forms.adjustments == "as_asked"
    discount, increase = _changes(receipt.adjustments) if as_asked else (None, None)
    return Cheque(
        info=_info(uuid, receipt, forms),
        currency=receipt.currency,
        items=tuple(_item(line, forms) for line in receipt.lines),
        cheque_discount=discount,
        cheque_increase=increase,
        tp_tax_number=mapping.buyer(customer),
    )


def _info(uuid: str, receipt: Receipt, forms: Forms) -> ChequeInfo:
    context = dict(receipt.context)
    table, place = _whole(context, "table"), _whole(context, "place")
    kind: Literal["Postponed", "Order"] = "Order" if forms.cheques == "order" else "Postponed"
    if forms.cheques == "auto" and table is not None:
        kind = "Order"
    name = f"{NAME} {receipt.number}".strip()
    if kind == "Order":
        return ChequeInfo(uuid, name, kind, table=table, place=place)
    note = context.get("note", "") or " ".join(receipt.footer.split())
    return ChequeInfo(uuid, name, kind, note=note or None, number=receipt.order_id or None)


def _whole(context: dict[str, str], name: str) -> int | None:
    """Raises Unfit."""
    text = context.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Unfit(f"The {name} {text!r} is no number, and iKassa takes nothing else")
    return int(text)


def _item(line: Line, forms: Forms) -> ChequeItem:
    mapping.check_line(line)
    request = line.request
    kind, value = mapping.code(request)
    if forms.adjustments == "as_asked":
        discount, increase = _changes(line.adjustments)
    else:
        off, on = mapping.reductions(line, share=True)
        discount, increase = _amount(off), _amount(on)
    return ChequeItem(
        name=request.name,
        price=amounts.money(request.price),
        quantity=amounts.quantity(request.quantity),
        code=ItemCode(kind, value) if value else None,
        discount=discount,
        increase=increase,
        section=mapping.section(line),
        markings=mapping.markings(line),
        tax_rate=forms.tax_rate(request.tax_group),
    )


def _changes(adjustments: tuple[Adjustment, ...]) -> tuple[Change | None, Change | None]:
    """Discount and increase as they were asked for."""
    return _change([one for one in adjustments if one.amount < 0]), _change(
        [one for one in adjustments if one.amount > 0]
    )


def _change(parts: list[Adjustment]) -> Change | None:
    """A single one in per cent stays one; several can only be told by their sum."""
    if len(parts) == 1 and parts[0].percent is not None:
        return Change(is_percent=True, value=amounts.percent(parts[0].percent))
    return _amount(abs(sum(one.amount for one in parts)))


def _amount(value: int) -> Change | None:
    return Change(is_percent=False, value=amounts.money(value)) if value else None
