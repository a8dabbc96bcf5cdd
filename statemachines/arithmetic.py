"""The sums of a sale, computed once: after the request is read, before anything is journalled or sent.

Integers only. Money is minor units of the one currency, quantities thousandths, rates basis points. All sums
of sales and returns are positive; the kind of the document says which way the money goes. Who computes
something else later (a fiscaliser, a book) never changes these figures.

Rule for payments: the amounts of all payments add up to `payable` exactly. What is not cash pays first and is
never rounded; cash pays the rest, and only the rest is rounded. A cash amount equal to the rest before
rounding is accepted and corrected (so is a `given` equal to it). `given` is what was handed over, by default
the amount due; change = given - amount. A return is paid exactly: there is no change.

A total of 0 (gifts) is computed, with no payment or one of 0 in cash: it is a fiscaliser's matter to refuse
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from statemachines.vocabulary.receipt import (
    Adjustment,
    AdjustmentRequest,
    Line,
    LineRequest,
    Payment,
    RoundingMode,
    TaxAmount,
    TaxGroup,
    Totals,
)

LIMIT = 10**12
"""No amount or quantity of a sale may be larger: far above any trade, far below what a store loses."""

_WHOLE = 10_000  # 100 % in basis points


class BadSale(ValueError):
    """The request cannot be a sale.

    `field`: JSON path of the culprit ("lines[2].price"); `text`: one sentence for a person.
    """

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")
        self.field = field
        self.text = text


@dataclass(frozen=True, slots=True)
class ComputedSale:
    """A sale with every sum in place, ready to be frozen in a Receipt."""

    lines: tuple[Line, ...]
    adjustments: tuple[Adjustment, ...]
    payments: tuple[Payment, ...]
    totals: Totals


def half_up(numerator: int, denominator: int) -> int:
    """Return numerator / denominator (> 0) rounded to the nearest integer, halves away from zero."""
    if denominator <= 0:
        raise ValueError(f"A sum cannot be divided by {denominator}; the denominator must be above 0.")
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


def spread(amount: int, bases: Sequence[int]) -> tuple[int, ...]:
    """Return shares of `amount` in proportion to `bases` (none negative) that add up to it exactly.

    Largest remainder; ties go to the lower line. No share is larger than its base unless `amount` is larger
    than all of them together. Raises ValueError when there is nothing to spread over.
    """
    whole = sum(bases)
    if any(base < 0 for base in bases):
        raise ValueError("An amount cannot be spread over a negative sum.")
    if whole == 0:
        if amount:
            raise ValueError(f"There is no sum to spread {amount} over.")
        return tuple(0 for _ in bases)
    sign, size = (-1, -amount) if amount < 0 else (1, amount)
    shares = [size * base // whole for base in bases]
    by_remainder = sorted(range(len(bases)), key=lambda at: (-(size * bases[at] % whole), at))
    for at in by_remainder[: size - sum(shares)]:
        shares[at] += 1
    return tuple(sign * share for share in shares)


def cash_rounding(amount: int, mode: RoundingMode) -> int:
    """Return the cash `amount` (not negative) as it can be paid in coins.

    round10: the last digit 1-4 goes down, 5-9 up. round50 (National Bank of Ukraine, resolution 115 of
    17.09.2025): 01-24 go to 00, 25-49 and 51-74 to 50, 75-99 to the next whole unit.
    """
    if mode == "none":
        return amount
    step = 10 if mode == "round10" else 50
    return (2 * amount + step) // (2 * step) * step


def included_taxes(amount: int, group: TaxGroup) -> tuple[TaxAmount, ...]:
    """Return the taxes of `group` that `amount` contains.

    One tax: amount * rate / (100 % + rate). VAT with excise: the excise is taken out of the amount first and
    the VAT out of the rest. `base` of each is the whole amount (the turnover).
    """
    if len(group.taxes) > 2:
        raise ValueError(f"Tax group {group.key!r} has {len(group.taxes)} taxes; two at most are understood.")
    rest = amount
    found: list[TaxAmount] = []
    for tax in reversed(group.taxes):
        part = half_up(rest * tax.rate, _WHOLE + tax.rate)
        rest -= part
        found.append(TaxAmount(group.key, group.letter, tax.name, tax.rate, amount, part))
    return tuple(reversed(found))


def compute(
    lines: Sequence[LineRequest],
    adjustments: Sequence[AdjustmentRequest],
    payments: Sequence[Payment],
    groups: Mapping[str, TaxGroup],
    rounding: RoundingMode,
    kind: Literal["sale", "return"],
) -> ComputedSale:
    """Compute every sum of a sale or return.

    A percentage applies to the running sum, in the order given. The adjustments of the whole receipt are
    spread over the sums of the lines together, as one signed share per line. Raises BadSale for the first
    fault found.
    """
    if not lines:
        raise BadSale("lines", "A sale needs at least one line.")
    gross = [_gross(request, groups, f"lines[{at}]") for at, request in enumerate(lines)]
    own = [_adjust(gross[at], line.adjustments, f"lines[{at}].adjustments") for at, line in enumerate(lines)]
    goods, before = sum(gross), sum(net for _, net in own)
    _bounded(before, "lines", "The sum of the lines")
    on_receipt, total = _adjust(before, adjustments, "adjustments")
    if before == 0 and total != 0:
        raise BadSale("adjustments", f"There is no sum of goods to spread {total - before} over.")
    shares = spread(total - before, [net for _, net in own])
    computed = tuple(
        _line(at + 1, request, groups[request.tax_group], gross[at], own[at][0], shares[at])
        for at, request in enumerate(lines)
    )
    paid = _pay(payments, total, rounding, kind)
    payable = sum(payment.amount for payment in paid)
    handed = sum(payment.amount if payment.given is None else payment.given for payment in paid)
    totals = Totals(
        goods=goods,
        adjustments=total - goods,
        tax=tax_totals(computed),
        total=total,
        rounding=payable - total,
        payable=payable,
        paid=handed,
        change=handed - payable,
    )
    return ComputedSale(computed, on_receipt, paid, totals)


def _bounded(value: int, field: str, what: str) -> None:
    if abs(value) > LIMIT:
        raise BadSale(field, f"{what} is {value}, and more than {LIMIT} is not accepted.")


def _gross(request: LineRequest, groups: Mapping[str, TaxGroup], place: str) -> int:
    if request.price < 0:
        raise BadSale(f"{place}.price", f"The price is {request.price}; it must not be negative.")
    if request.quantity <= 0:
        raise BadSale(f"{place}.quantity", f"The quantity is {request.quantity}; it must be above 0.")
    _bounded(request.price, f"{place}.price", "The price")
    _bounded(request.quantity, f"{place}.quantity", "The quantity")
    if request.tax_group not in groups:
        known = ", ".join(sorted(groups)) or "none"
        raise BadSale(f"{place}.tax_group", f"Tax group {request.tax_group!r} is not configured; there are: {known}.")
    gross = half_up(request.price * request.quantity, 1000)
    _bounded(gross, place, "Price times quantity")
    return gross


def _adjust(base: int, requests: Sequence[AdjustmentRequest], place: str) -> tuple[tuple[Adjustment, ...], int]:
    """Return the adjustments as signed amounts, and what remains of `base` after all of them."""
    running = base
    made: list[Adjustment] = []
    for at, request in enumerate(requests):
        where = f"{place}[{at}].value"
        if request.value < 0:
            raise BadSale(where, f"The {request.kind} is {request.value}; it must not be negative.")
        _bounded(request.value, where, f"The {request.kind}")
        by_rate = request.mode == "percent"
        size = half_up(running * request.value, _WHOLE) if by_rate else request.value
        too_much = size > running or (by_rate and request.value > _WHOLE)
        if request.kind == "discount" and too_much:
            asked = f"{request.value} hundredths of a per cent" if by_rate else str(size)
            raise BadSale(where, f"The discount of {asked} is larger than the {running} it is taken from.")
        amount = -size if request.kind == "discount" else size
        running += amount
        _bounded(running, where, "The sum with this surcharge")
        made.append(Adjustment(request.kind, amount, request.name, request.value if by_rate else None))
    return tuple(made), running


def _line(
    line_no: int,
    request: LineRequest,
    group: TaxGroup,
    gross: int,
    adjustments: tuple[Adjustment, ...],
    share: int,
) -> Line:
    net = gross + sum(adjustment.amount for adjustment in adjustments) + share
    return Line(line_no, request, gross, adjustments, share, net, included_taxes(net, group))


def tax_totals(lines: Sequence[Line]) -> tuple[TaxAmount, ...]:
    """Add the lines' taxes up per group and tax, in the order in which they first appear."""
    found: dict[tuple[str, int], TaxAmount] = {}
    for line in lines:
        for at, tax in enumerate(line.taxes):
            known = found.get((tax.group, at))
            found[tax.group, at] = (
                replace(known, base=known.base + tax.base, amount=known.amount + tax.amount) if known else tax
            )
    return tuple(found.values())


def _pay(
    payments: Sequence[Payment], total: int, rounding: RoundingMode, kind: Literal["sale", "return"]
) -> tuple[Payment, ...]:
    """Return the payments with the cash rounded and `given` filled in, by the rule in the module's text."""
    cash_at: int | None = None
    rest = total
    for at, payment in enumerate(payments):
        where = f"payments[{at}]"
        _check_payment(payment, where)
        if payment.type != "cash":
            if payment.amount > rest:
                raise BadSale(
                    f"{where}.amount",
                    f"{payment.amount} is paid without cash where {rest} remains; only cash gives change.",
                )
            rest -= payment.amount
        elif cash_at is None:
            cash_at = at
        else:
            raise BadSale(where, f"Cash is paid twice; put all of it into payments[{cash_at}].")
    if cash_at is None:
        if rest:
            raise BadSale("payments", f"The payments add up to {total - rest}, and {total} has to be paid.")
        return tuple(payments)
    cash = _pay_cash(payments[cash_at], rest, total, rounding, kind, f"payments[{cash_at}]")
    return tuple(cash if at == cash_at else payment for at, payment in enumerate(payments))


def _check_payment(payment: Payment, where: str) -> None:
    _bounded(payment.amount, f"{where}.amount", "The payment")
    if payment.amount < 0:
        raise BadSale(f"{where}.amount", f"The payment is {payment.amount}; it must not be negative.")
    if payment.type == "cash":
        return
    if payment.amount == 0:
        raise BadSale(f"{where}.amount", "A payment without cash must pay something; leave this one out.")
    if payment.given is not None:
        raise BadSale(f"{where}.given", "Only cash is handed over; leave `given` out here.")


def _pay_cash(
    cash: Payment,
    rest: int,
    total: int,
    rounding: RoundingMode,
    kind: Literal["sale", "return"],
    where: str,
) -> Payment:
    if rest == 0 and total > 0:
        raise BadSale(where, f"The other payments already pay all of {total}; leave the cash out.")
    due = cash_rounding(rest, rounding)
    paid = total - rest
    if cash.amount not in (rest, due):
        if cash.amount < min(rest, due):
            raise BadSale("payments", f"The payments add up to {paid + cash.amount}, and {paid + due} has to be paid.")
        raise BadSale(
            f"{where}.amount",
            f"{cash.amount} is paid in cash where {due} is due; write what was handed over into `given`.",
        )
    given = due if cash.given is None or cash.given == cash.amount else cash.given
    _bounded(given, f"{where}.given", "The cash handed over")
    if given < due:
        raise BadSale(f"{where}.given", f"{given} was handed over in cash where {due} is due.")
    if kind == "return" and given != due:
        raise BadSale(f"{where}.given", f"A return pays out exactly {due}, not {given}; there is no change.")
    return replace(cash, amount=due, given=given)
