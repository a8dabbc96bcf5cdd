"""In the vendor's place on a sale's way: ADD_CHEQUES and ADD_OR_EDIT_CHEQUES, receipts for the cashier to finish.

Nothing fiscal happens and no shift is needed. Source: page ADD_CHEQUES; the book of operations.
"""

from __future__ import annotations

from typing import Any

from firmware_bridge.vendors.ikassa.sandbox.errors import Refused, bad_body
from firmware_bridge.vendors.ikassa.sandbox.fields import (
    Body,
    check_extra_lines,
    check_goods,
    check_tax_number,
    each,
)
from firmware_bridge.vendors.ikassa.sandbox.ledger import Ledger
from firmware_bridge.vendors.ikassa.sandbox.totals import checked, gross, nested, price
from firmware_bridge.vendors.sandbox.wire import Json

ADDED = "Чеки успешно добавлены"


def add(given: Any, ledger: Ledger, *, atomic: bool) -> None:
    """The array of ADD_CHEQUES. Raises Refused; with `atomic` nothing was added then."""
    wanted = each(given, "чеки")
    if not wanted:
        raise bad_body("чеки", "ожидается хотя бы один чек")
    _put([(one, False) for one in wanted], given, ledger, atomic=atomic)


def add_or_edit(given: Any, ledger: Ledger, *, atomic: bool) -> None:
    """The object of ADD_OR_EDIT_CHEQUES: `isEdit` replaces a receipt that is there. Raises Refused."""
    body = Body(given)
    wanted = body.objects("cheques")
    if not wanted:
        raise bad_body("cheques", "ожидается хотя бы один чек")
    for one in wanted:
        check_extra_lines(one)
    _put([(one, one.flag("isEdit", default=False)) for one in wanted], body.raw("cheques"), ledger, atomic=atomic)


def _put(wanted: list[tuple[Body, bool]], given: list[Json], ledger: Ledger, *, atomic: bool) -> None:
    new: dict[str, Json] = {}
    target = new if atomic else ledger.state.cheques
    for (body, edits), raw in zip(wanted, given, strict=True):
        name = check(body)
        there = name in ledger.state.cheques or name in new
        if there and not edits:
            raise Refused(491, name)
        if edits and not there:
            raise Refused(399, f'Чек "{name}" не найден')
        target[name] = raw
    ledger.state.cheques |= new


def check(cheque: Body) -> str:
    """One ChequeRequest, field by field; returns its UUID. Raises Refused."""
    info = cheque.object("info")
    name = info.uuid("uuid")
    info.text("name", least=1)
    info.one_of("chequeType", ("Postponed", "Order"))
    for field in ("note", "number"):
        info.text(field, "")
    for field in ("table", "place"):
        if info.has(field):
            info.whole(field)
    cheque.one_of("currency", ("BYN",))
    check_tax_number(cheque)
    items = cheque.objects("items")
    if not items:
        raise bad_body(cheque.place("items"), "ожидается хотя бы одна позиция")
    total = sum(_item(one) for one in items)
    checked(total - nested(cheque, "chequeDiscount", total) + nested(cheque, "chequeIncrease", total))
    return name


def _item(item: Body) -> int:
    title = item.text("name", least=1)
    amount = gross(price(item, title), item.quantity("quantity"))
    if item.has("code"):
        item.object("code").one_of("type", ("0", "1"))
        item.object("code").text("value", least=1)
    check_goods(item)
    item.text("taxRate", "")
    return amount - nested(item, "discount", amount) + nested(item, "increase", amount)
