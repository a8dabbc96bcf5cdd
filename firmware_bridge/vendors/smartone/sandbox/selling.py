"""In the vendor's place on a sale's way: sales and refunds.

A request is looked at in this order, which the papers do not give: parameters (3) -> for the sibling: made already,
then only printed again -> shift (6, 22) -> for a refund its sale (9) -> sums (4) -> taxes (12, 16) -> means of payment
(7) -> paid in full (8) -> change (11) -> for a refund what came back (18, 19) and the cash (9) -> the card (8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from firmware_bridge.vendors.sandbox.wire import Json
from firmware_bridge.vendors.smartone.sandbox import printing
from firmware_bridge.vendors.smartone.sandbox.call import Call
from firmware_bridge.vendors.smartone.sandbox.codes import NO_CASH, Refused
from firmware_bridge.vendors.smartone.sandbox.fields import Fields
from firmware_bridge.vendors.smartone.sandbox.ledger import Document, Item, Ledger, Paid, Taxed, half_up
from firmware_bridge.vendors.smartone.sandbox.options import SandboxOptions

_MEANS: Final = {"cashAmount": "cash", "cashlessAmount": "cashless", "bonusesAmount": "bonus"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request says, read and not yet judged."""

    kind: Literal["sale", "refund"]
    date: str
    doc_number: str
    ext_id: str
    employee: str
    amount: int
    parent: str
    rows: list[Fields]
    paid: list[tuple[str, int]]
    preview: bool


def sale(call: Call) -> Json:
    """2.01; /sale. Raises Refused."""
    return _carry_out(call, "sale")


def refund(call: Call) -> Json:
    """2.02; /refund. Raises Refused."""
    return _carry_out(call, "refund")


def _carry_out(call: Call, kind: Literal["sale", "refund"]) -> Json:
    wanted = _read(call, kind)
    ledger = call.ledger
    if not call.core:
        made = ledger.same(kind, wanted.date, wanted.doc_number, wanted.amount)
        if made is not None:  # it is fiscal already: it is only printed again
            return printing.answer(call, made, preview=wanted.preview)
    shift = ledger.young(aged=call.active("aged-shift"))
    parent = _parent(ledger, wanted)
    items = tuple(_items(wanted, call.options))
    payments = _payments(wanted, call.options)
    change = sum(one.amount for one in payments) - wanted.amount
    if parent is not None:
        _check_return(ledger, parent, wanted, items)
    cash = sum(one.amount for one in payments if one.kind == "cash") - change
    if kind == "refund" and cash > ledger.cash:
        raise Refused(9, said=NO_CASH)
    cashless = any(one.kind == "cashless" and one.amount for one in payments)
    if cashless and call.strikes("declined"):
        raise Refused(8, "the card was declined")
    document = Document(
        kind,
        ledger.next_number(),
        ledger.new_id(),
        shift.shift_id,
        ledger.now(),
        wanted.amount,
        cash if kind == "sale" else -cash,
        doc_number=wanted.doc_number,
        date=wanted.date,
        ext_id=wanted.ext_id,
        employee=wanted.employee,
        items=items,
        payments=payments,
        change=change,
        parent="" if parent is None else parent.fiscal_id,
        rrn=ledger.new_rrn() if cashless else "",
    )
    return printing.answer(call, ledger.add(document, shift), preview=wanted.preview)


def _read(call: Call, kind: Literal["sale", "refund"]) -> Wanted:
    """Raises Refused (3)."""
    body = call.body
    date = body.time("date" if call.core else "docTime")
    number = body.text("docNumber")
    if call.core:
        employee, ext_id = body.text("employeeName"), ""
        currency = body.text("currency")
        paid = [(one.text("type"), one.amount("amount")) for one in body.rows("payments")]
    else:
        employee = body.optional("employeeName", "employeeFirstName", "employeeLastName")
        ext_id, currency = body.optional("documentExtID"), body.optional("currency", "currency_name")
        paid = _sibling_payments(call)
    if currency not in ("", call.options.currency):
        raise Refused(3, "currency")
    parent = body.text("parentDocID", "parentDocumentID", "parentFiscalID") if kind == "refund" else ""
    return Wanted(
        kind,
        date,
        number,
        ext_id,
        employee,
        body.amount("amount", least=1),
        parent,
        body.rows("items"),
        paid,
        call.core and body.flag("genPreview"),
    )


def _sibling_payments(call: Call) -> list[tuple[str, int]]:
    """Named sums, and beside them a list of further ones by code."""
    sums = call.body.object("payments")
    codes = {kind: code for code, kind in call.options.payments.items()}
    named = [(codes.get(kind, name), sums.amount_or(name, 0)) for name, kind in _MEANS.items() if sums.has(name)]
    more = [(one.text("code", "type"), one.amount("amount")) for one in call.body.rows("extraPayments", needed=False)]
    return [*named, *more]


# --- goods --------------------------------------------------------------------------------------------------------


def _items(wanted: Wanted, options: SandboxOptions) -> list[Item]:
    """Raises Refused (3, 4, 12, 16)."""
    sums = _sums(wanted, options)
    found = []
    for row, amount in zip(wanted.rows, sums, strict=True):
        taxes = tuple(_tax(tax, amount, options) for tax in row.rows("itemTaxes", needed=False))
        key = row.text("itemId", "itemCode", "itemName")
        found.append(Item(key, row.text("itemName"), row.amount("itemQty", least=1), amount, taxes))
    return found


def _sums(wanted: Wanted, options: SandboxOptions) -> list[int]:
    """What each position comes to, in the way in which they add up to the document. Raises Refused (3, 4)."""
    rows = [
        (one.amount("itemAmount"), one.amount("itemQty", least=1), one.amount_or("discount", 0)) for one in wanted.rows
    ]
    ways = {
        "line_net": [amount for amount, _, _ in rows],
        "line_gross": [amount - discount for amount, _, discount in rows],
        "unit": [half_up(amount * quantity, 1000) - discount for amount, quantity, discount in rows],
    }
    tried = ways if options.item_amount == "any" else {options.item_amount: ways[options.item_amount]}
    for sums in tried.values():
        if sum(sums) == wanted.amount and min(sums) >= 0:
            return sums
    raise Refused(4, wanted.amount, sum(next(iter(tried.values()))))


def _tax(given: Fields, amount: int, options: SandboxOptions) -> Taxed:
    """Raises Refused (3, 12, 16)."""
    code, rate = given.text("taxCode"), given.amount("taxPrc")
    if rate not in {one.rate for one in options.taxes.values()}:
        raise Refused(12, rate)
    known = options.taxes.get(code)
    if known is not None and known.rate != rate:
        raise Refused(16, rate, code)
    return Taxed(code, given.optional("taxName") or (known.name if known is not None else code), rate, amount)


# --- money --------------------------------------------------------------------------------------------------------


def _payments(wanted: Wanted, options: SandboxOptions) -> tuple[Paid, ...]:
    """One for each means. Raises Refused (7, 8, 11)."""
    found: dict[str, int] = {}
    for code, amount in wanted.paid:
        if code not in options.payments:
            raise Refused(7, code)
        found[code] = found.get(code, 0) + amount
    paid = tuple(Paid(code, options.payments[code], amount) for code, amount in found.items())
    given, cash = sum(found.values()), sum(one.amount for one in paid if one.kind == "cash")
    if given < wanted.amount:
        raise Refused(8, f"{given} of {wanted.amount}")
    change = given - wanted.amount
    if change > cash or (change and wanted.kind == "refund"):
        raise Refused(11)
    return paid


# --- refunds ------------------------------------------------------------------------------------------------------


def _parent(ledger: Ledger, wanted: Wanted) -> Document | None:
    """Raises Refused (9)."""
    if wanted.kind == "sale":
        return None
    found = ledger.by_fiscal_id(wanted.parent)
    if found is None or found.kind != "sale":
        raise Refused(9)
    return found


def _check_return(ledger: Ledger, parent: Document, wanted: Wanted, items: tuple[Item, ...]) -> None:
    """No more than was sold, and no more than is left of it. Raises Refused (18, 19)."""
    before = ledger.returned(parent)
    for item in items:
        sold = sum(one.quantity for one in parent.items if one.item_id == item.item_id)
        if not sold:
            raise Refused(18, item.name)
        back = sum(one.quantity for document in before for one in document.items if one.item_id == item.item_id)
        now = sum(one.quantity for one in items if one.item_id == item.item_id)
        if back + now > sold:
            raise Refused(19, item.name)
    if sum(one.amount for one in before) + wanted.amount > parent.amount:
        raise Refused(19, "amount")
