"""Where a sale's way begins: what Bitrix24 orders, as the request that any client of the till would make of it.

The result is the body of POST /v1/sales or /v1/returns: minor units, thousandths, the till's own tax groups. `sum` is
the truth: the price is chosen so that price times quantity reaches it, what is over is a discount of the line. Nothing
is computed here that the till computes (taxes, rounding, change).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from firmware_bridge.vendors.bitrix24.config import Register
from firmware_bridge.vendors.bitrix24.print_request import BadRequest, Item, PrintRequest, scaled

Json = dict[str, Any]
_ORDINARY: Final = ("sell", "sellreturn", "sellreturncash")
_CREDIT: Final = ("credit", "creditreturn")
"""Types for which no money moves now."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a till is to make. `body`: of POST /v1/sales or /v1/returns, without an id.

    `confirm`: a person at the till has to say yes before. `approved`: whoever ordered it has said so for a manager.
    """

    kind: Literal["sale", "return"]
    body: Json = field(repr=False)
    confirm: bool = False
    approved: bool = False


def order_of(request: PrintRequest, register: Register) -> Order:
    """Raises BadRequest with all that this till could never make of it."""
    if request.type not in _ORDINARY and register.prepayments == "refuse":
        raise BadRequest(f"This cash register makes no checks of type {request.type}")
    told = {one.currency for one in request.items} | {one.currency for one in request.payments}
    foreign = told - {"", register.currency}
    if foreign:
        raise BadRequest(f"This cash register takes {register.currency}, not {', '.join(sorted(foreign))}")
    wrong: list[str] = []
    lines = []
    for item in request.items:
        try:
            lines.append(_line(item, register))
        except BadRequest as error:
            wrong += error.reasons
    if wrong:
        raise BadRequest(*wrong)
    kind: Literal["sale", "return"] = "sale" if request.sign == "income" else "return"
    body: Json = {"lines": lines, "payments": _payments(request, register), "order_id": str(request.unique_id)}
    body["cashier"] = register.operator
    body["context"] = {"bitrix24": request.domain, "bitrix24_check": str(request.unique_id)}
    customer = {"email": request.email, "phone": request.phone}
    if any(customer.values()):
        body["customer"] = {name: value for name, value in customer.items() if value}
    body |= {name: value for name, value in (("language", register.language), ("drawer", register.drawer)) if value}
    if kind == "sale":
        return Order(kind, body)
    body["reason"] = f"Bitrix24 {request.type} {request.unique_id}"
    cash = any(one.cash and one.sum for one in request.payments)
    approved = register.returns == "approved" and not cash
    return Order(kind, body, confirm=not approved, approved=approved)


# --- a position -----------------------------------------------------------------------------------------------------


def _line(item: Item, register: Register) -> Json:
    group = register.vat.get(item.vat, "") if item.vat else ""
    group = group or (register.tax_group if not item.vat or not register.vat else "")
    if not group:
        raise BadRequest(f"{item.name!r} has the tax {item.vat or 'none'!r}, for which this cash register has no group")
    quantity = scaled(item.quantity, 3, f"{item.name!r}: the quantity")
    total = scaled(item.sum, register.exponent, f"{item.name!r}: the sum")
    if quantity == 0:
        raise BadRequest(f"{item.name!r} has the quantity 0")
    price = _price(item, register.exponent, quantity, total)
    over = _gross(price, quantity) - total
    line: Json = {
        "code": item.barcode or f"b24-{hashlib.sha256(item.name.encode()).hexdigest()[:16]}",
        "name": item.name,
        "price": price,
        "quantity": quantity,
        "tax_group": group,
    }
    if item.barcode:
        line["barcode"] = item.barcode
    if item.marking_code and item.marking_code.isprintable():
        line["markings"] = [{"datamatrix": item.marking_code}]
    if item.payment_object:
        line["payment_object"] = item.payment_object
    if over:
        line["adjustments"] = [{"kind": "discount", "mode": "value", "value": over}]
    return line


def _gross(price: int, quantity: int) -> int:
    """As the till computes it: half up."""
    return (price * quantity * 2 + 1000) // 2000


def _price(item: Item, exponent: int, quantity: int, total: int) -> int:
    """The price before discounts where that is told and not below the sum, else the least that reaches the sum."""
    for told in (item.base_price, item.price):
        if told is None or told <= 0:
            continue
        exact = told.scaleb(exponent)
        price = int(exact)
        if exact == price and _gross(price, quantity) >= total:
            return price
    return -(-total * 1000 // quantity)


# --- payments -------------------------------------------------------------------------------------------------------


def _payments(request: PrintRequest, register: Register) -> list[Json]:
    total = scaled(request.total_sum, register.exponent, "The sum of the check")
    made: list[Json] = []
    for paid in request.payments:
        amount = scaled(paid.sum, register.exponent, "A payment")
        if amount == 0:
            continue
        if paid.cash:
            given = {"given": amount} if request.sign == "income" else {}
            made.append({"type": "cash", "amount": amount} | given)
        else:
            made.append({"type": register.cashless, "amount": amount})
    left = total - sum(one["amount"] for one in made)
    if left > 0 and request.type in _CREDIT:
        made.append({"type": "other", "amount": left})
        left = 0
    if left:
        difference = Decimal(abs(left)).scaleb(-register.exponent)
        raise BadRequest(f"The payments are {difference:f} {'below' if left > 0 else 'above'} the sum of the check")
    return made
