"""In the vendor's place on a sale's way: SALE and MONEY_BACK, from the body to what the document says.

Source: the book of operations, SALE and MONEY_BACK. Order of the checks: cashier, positions (413, 403, 415, 416), sums
(402, 414), total (404, 402, 414), RRN (418), payments against the total, cash in the drawer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from firmware_bridge.vendors.ikassa.sandbox.errors import Refused, bad_body
from firmware_bridge.vendors.ikassa.sandbox.fields import Body, check_extra_lines, check_goods, check_tax_number
from firmware_bridge.vendors.ikassa.sandbox.money import written
from firmware_bridge.vendors.ikassa.sandbox.totals import checked, flat, gross, price
from firmware_bridge.vendors.sandbox.wire import Json

#: Field of the body -> type in the answer's payments.
SALE_PAYMENTS: Final = {"cash": "Cash", "cashless": "Cashless", "certificate": "Certificate", "oplati": "Oplati"}
BACK_PAYMENTS: Final = {"cash": "Cash", "cashless": "Cashless", "oplati": "Oplati", "other": "Other"}
SHORT: Final = "Недостаточно средств для оплаты"
NO_CHANGE: Final = "Сдача возможна только с наличных"
UNEQUAL: Final = "Сумма выплат должна быть равна сумме возврата"
NO_CASH: Final = "Недостаточно наличных в кассе"
LONGEST_CASHIER: Final = 20


@dataclass(slots=True)
class Wanted:
    """What a body asks for; sums in kopecks. `cash`: what goes into the drawer, signed. `card`: what a card pays."""

    cashier: str
    operation_id: str
    total: int = 0
    change: int = 0
    cash: int = 0
    card: int = 0
    payments: dict[str, int] = field(default_factory=dict)
    prints: bool = True
    items: list[Json] = field(default_factory=list)


def cashier(body: Body) -> str:
    """At least one character; what is longer than 20 is cut off."""
    return body.text("cashier", least=1)[:LONGEST_CASHIER]


def sale(body: Body) -> Wanted:
    """Raises Refused."""
    wanted = _begin(body)
    goods = _goods(body, wanted)
    wanted.payments = _payments(body, SALE_PAYMENTS)
    wanted.total = _total(body, goods)
    paid = sum(wanted.payments.values())
    if paid < wanted.total:
        raise Refused(399, SHORT)
    wanted.change = paid - wanted.total
    handed = wanted.payments.get("Cash", 0)
    if wanted.change > handed:
        raise Refused(399, NO_CHANGE)
    wanted.cash = handed - wanted.change
    wanted.card = wanted.payments.get("Cashless", 0)
    return wanted


def money_back(body: Body, in_drawer: int, *, needs_rrn: bool) -> Wanted:
    """Raises Refused."""
    wanted = _begin(body)
    goods = _goods(body, wanted)
    wanted.payments = _payments(body, BACK_PAYMENTS)
    wanted.total = _total(body, goods)
    wanted.card = wanted.payments.get("Cashless", 0)
    if wanted.card and needs_rrn and not body.text("rrn", ""):
        raise Refused(418)
    if sum(wanted.payments.values()) != wanted.total:
        raise Refused(399, UNEQUAL)
    wanted.cash = -wanted.payments.get("Cash", 0)
    if in_drawer + wanted.cash < 0:
        raise Refused(399, NO_CASH)
    return wanted


def _begin(body: Body) -> Wanted:
    wanted = Wanted(cashier(body), body.text("operationId", ""), prints=body.flag("printCheque", default=True))
    check_tax_number(body)
    check_extra_lines(body)
    return wanted


def _goods(body: Body, wanted: Wanted) -> int:
    items = body.objects("itemList")
    if not items:
        raise bad_body("itemList", "ожидается хотя бы одна позиция")
    return sum(_item(one, wanted) for one in items)


def _total(body: Body, goods: int) -> int:
    off = flat(body, "chequeDiscount", "isPercentDiscount", goods)
    return checked(goods - off + flat(body, "chequeIncrease", "isPercentIncrease", goods))


def _item(item: Body, wanted: Wanted) -> int:
    title = item.text("nameTitle", least=1)
    each, quantity = price(item, title), item.quantity("amount")
    amount = gross(each, quantity)
    if item.has("codeNumber"):
        item.text("codeNumber", least=1)
        item.one_of("typeCode", ("0", "1"))
    check_goods(item)
    net = amount - flat(item, "discount", "isPercentDiscount", amount)
    net += flat(item, "increase", "isPercentIncrease", amount)
    wanted.items.append({"name": title, "price": written(each), "quantity": quantity, "sum": written(net)})
    return net


def _payments(body: Body, names: dict[str, str]) -> dict[str, int]:
    return {kind: value for name, kind in names.items() if (value := body.sum(name))}
