"""Before a fiscal receipt is sent: a sale or return as the steps that a Datecs device takes, worked out beforehand.

Pure. Everything that can be wrong about a document is found here, before a byte leaves: a tax group or means of payment
that the device does not have, letters, too many lines, a rounding that it cannot do. What is left to the device is to
agree with `total` (33h) before the first payment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from drivers.printers.datecs.commands_values import Change, Item
from drivers.printers.datecs.receipts_text import Unfit, fit, lines_of, name_within
from drivers.printers.datecs.settings import DatecsSettings
from statemachines.vocabulary.receipt import Line, Payment, Receipt

PINPAD: Final = "pinpad"
_ONE: Final = 1000
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One registered line with the free text around it. `sum`: what the device must make of it (minor units).

    `key` tells programmed items apart: lines with the same key are the same item.
    """

    item: Item
    sum: int
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class PlannedPayment:
    """`code` as 35h has it; `amount` is what it pays, `given` what is sent (cash: what was handed over)."""

    code: str
    amount: int
    given: int
    by_device: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A receipt, step by step. `rest_code`: the means that takes what is due when the device refuses another (cash).

    `header`, `footer`: free text before the first and after the last line.
    """

    kind: Literal["sale", "return"]
    items: tuple[PlannedItem, ...]
    payments: tuple[PlannedPayment, ...]
    total: int
    rest_code: str
    header: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()

    @property
    def cash_paid(self) -> int:
        """How much of it is paid in cash; 0 when no cash changes hands."""
        return sum(payment.amount for payment in self.payments if payment.code == self.rest_code)

    @property
    def by_device(self) -> bool:
        """Does the device charge a card itself? Then nothing of it is ever done twice without knowing."""
        return any(payment.by_device for payment in self.payments)

    def amount_after(self, items: int) -> int | None:
        """The receipt's sum when so many items are registered; None when it has not so many."""
        if not 0 <= items <= len(self.items):
            return None
        return sum(line.sum for line in self.items[:items])

    def payments_left(self, paid: int) -> tuple[PlannedPayment, ...] | None:
        """What is still to be paid when `paid` was; None when no beginning of our payments comes to that."""
        done = 0
        for number, payment in enumerate(self.payments):
            if done == paid:
                return self.payments[number:]
            done += payment.amount
        return () if paid >= self.total else None


def plan(receipt: Receipt, settings: DatecsSettings) -> Plan:
    """The steps of `receipt` on this device. Raises Unfit."""
    if receipt.totals.rounding:
        raise Unfit(
            f"The receipt's cash was rounded by {receipt.totals.rounding}, and a fiscal printer of this kind cannot do "
            "that: have [rounding] mode set to none"
        )
    items = _items(receipt, settings)
    if not items:
        raise Unfit("No line of the receipt costs anything, so there is nothing to register")
    if len(items) > settings.dialect.items:
        raise Unfit(f"The receipt has {len(items)} lines, the fiscal printer takes {settings.dialect.items}: split it")
    total = sum(line.sum for line in items)
    if total != receipt.totals.total:
        raise Unfit(f"The lines come to {total} and the receipt to {receipt.totals.total}")
    width = settings.dialect.text_length
    return Plan(
        receipt.kind,
        items,
        _payments(receipt, settings),
        total,
        _code("cash", settings),
        header=lines_of(receipt.header, width, settings.letters, "the receipt's header"),
        footer=lines_of(receipt.footer, width, settings.letters, "the receipt's footer"),
    )


def unp(serial: str, operator: int, number: str) -> str:
    """The unique sale number that Bulgaria wants on every sale: device, operator, running number of the till.

    One per document, the same for every attempt at it, so that the device's journal tells for ever whether this very
    document was made. Source: Ordinance N-18, LLDDDDDD-CCCC-DDDDDDD. Raises Unfit.
    """
    if not (number.isascii() and number.isdigit()):
        raise Unfit(f"The document's number {number!r} is none that a unique sale number can be made of")
    if len(serial) != 8:
        raise Unfit(f"The fiscal printer's serial number {serial!r} is none that a unique sale number can be made of")
    return f"{serial}-OP{operator:02d}-{int(number) % 10**7:07d}"


# --- lines --------------------------------------------------------------------------------------------------------


def _items(receipt: Receipt, settings: DatecsSettings) -> tuple[PlannedItem, ...]:
    """Lines that cost nothing are no registered lines: their names stand below the line before (or are refused)."""
    found: list[PlannedItem] = []
    notes: list[str] = []
    for line in receipt.lines:
        if line.sum > 0:
            found.append(_item(line, settings, tuple(notes)))
            notes = []
        elif settings.zero_line == "refuse":
            raise Unfit(f"Line {line.line_no} ({line.request.name}) costs nothing, which this device does not register")
        else:
            notes += _texts(line.request.name, settings, f"the name of line {line.line_no}")
    if notes and found:
        last = found[-1]
        found[-1] = PlannedItem(last.item, last.sum, last.before, (*last.after, *notes), last.key)
    return tuple(found)


def _item(line: Line, settings: DatecsSettings, notes: tuple[str, ...]) -> PlannedItem:
    request, dialect = line.request, settings.dialect
    where = f"the name of line {line.line_no}"
    letter = settings.taxes.get(request.tax_group)
    if letter is None:
        raise Unfit(
            f"Tax group {request.tax_group} has no letter on the fiscal printer: have the configuration put right",
            final=False,
        )
    price, quantity, change = _priced(line, settings)
    name = name_within(fit(request.name, settings.letters, where), dialect.name_length, dialect.name_lines)
    if not name:
        raise Unfit(f"The fiscal printer wants {where}, and it is empty")
    item = Item(name, dialect.tax(letter), price, quantity, change)
    header = _texts(request.header, settings, f"the header of line {line.line_no}")
    footer = _texts(request.footer, settings, f"the footer of line {line.line_no}")
    return PlannedItem(item, line.sum, (*notes, *header), footer, key="|".join((name, item.tax, str(price))))


def _texts(text: str, settings: DatecsSettings, where: str) -> tuple[str, ...]:
    return lines_of(text, settings.dialect.text_length, settings.letters, where)


def _priced(line: Line, settings: DatecsSettings) -> tuple[int, int, Change | None]:
    """Price, quantity and discount by which the device comes to the line's sum.

    The discount is one absolute amount that contains the line's share of the receipt's, so that the device spreads
    nothing by itself. A device that takes percentages only gets a price that comes to the sum; where none does, the
    line is one piece at the sum.
    """
    request = line.request
    difference = line.sum - line.gross
    if difference == 0:
        return request.price, request.quantity, None
    if settings.dialect.absolute_discounts:
        return request.price, request.quantity, Change(amount=difference)
    about = line.sum * 1000 // request.quantity
    for price in range(max(1, about - _TRIES), about + _TRIES + 1):
        if (2 * price * request.quantity + 1000) // 2000 == line.sum:
            return price, request.quantity, None
    return line.sum, _ONE, None


# --- payments -----------------------------------------------------------------------------------------------------


def _payments(receipt: Receipt, settings: DatecsSettings) -> tuple[PlannedPayment, ...]:
    """The card terminal first: it may decline, and then nothing is paid yet. Cash last: it has the change."""
    planned = [_payment(payment, receipt, settings) for payment in receipt.payments]
    cash = _code("cash", settings)
    return tuple(sorted(planned, key=lambda one: (not one.by_device, one.code == cash)))


def _payment(payment: Payment, receipt: Receipt, settings: DatecsSettings) -> PlannedPayment:
    by_device = payment.collected == "by_device"
    if by_device and (payment.type != "card" or not settings.pinpad):
        raise Unfit(f"The {payment.type} payment cannot be collected by the fiscal printer", final=False)
    word = PINPAD if by_device else settings.payments.get(payment.type, "")
    code = settings.dialect.payments.get(word)
    if code is None:
        raise Unfit(
            f"Payment {payment.type}{' by its card terminal' if by_device else ''} is not known to the fiscal printer: "
            "have the configuration put right",
            final=False,
        )
    given = payment.given if payment.given is not None and receipt.kind == "sale" else payment.amount
    return PlannedPayment(code, payment.amount, max(given, payment.amount), by_device)


def _code(kind: Literal["cash"], settings: DatecsSettings) -> str:
    return settings.dialect.payments[settings.payments.get(kind, "cash")]
