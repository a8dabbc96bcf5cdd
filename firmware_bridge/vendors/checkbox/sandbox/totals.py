"""In the vendor's place on a sale's way: what a receipt comes to, in kopecks; pure, and nobody else's arithmetic.

A line is price x quantity / 1000, half up, then its own discounts and surcharges one after the other, each half up; a
receipt's discounts are spread over the lines they concern by largest remainder. Taxes are included in the price.
Checked against the vendor's sample: 123 - 1 and 456 + 1 %, the whole - 5 %, are 554 with a tax of 19. How the vendor
spreads, orders several discounts, and takes VAT beside excise is inferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Number = int | Decimal
Rounding = Literal["", "ROUND_10", "ROUND_50"]


class DiscountTooBig(ValueError):
    """A discount takes more than there is."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One tax of the organisation. `rate` (VAT) and `extra_rate` (excise): hundredths of a per cent."""

    code: int
    rate: int
    extra_rate: int = 0


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A discount (sign -1) or surcharge (+1) of `value` kopecks or per cent. `codes`: only lines with one of these
    taxes (empty = all); it matters on a receipt alone.
    """

    sign: int
    percent: bool
    value: Number
    codes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """`price` per 1000 `quantity`; `tax_codes` of the line, at most two."""

    price: int
    quantity: int
    tax_codes: tuple[int, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """`turnover`: what it was taken from; `value` VAT and `extra_value` excise in it."""

    code: int
    turnover: int
    value: int
    extra_value: int


@dataclass(frozen=True, slots=True)
class Line:
    """`gross` before anything, `adjusted`: signed amounts of its own adjustments, `share`: signed part of the
    receipt's, `net` = gross + adjusted + share.
    """

    gross: int
    adjusted: tuple[int, ...]
    share: int
    net: int
    taxes: tuple[TaxAmount, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """`adjusted`: signed amounts of the receipt's adjustments. `taxes`: one per code, in order of code."""

    lines: tuple[Line, ...]
    adjusted: tuple[int, ...]
    total: int
    taxes: tuple[TaxAmount, ...]


def half_up(value: Fraction) -> int:
    """The nearest integer, halves up; value >= 0."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def compute(
    items: Sequence[Item],
    adjustments: Sequence[Adjustment],
    rates: Mapping[int, Rate],
    *,
    tax_per_group: bool = False,
) -> Totals:
    """Add a receipt up. `tax_per_group`: the receipt's tax is taken once from the group's turnover.

    Raises DiscountTooBig; KeyError for a tax code without a rate.
    """
    grosses = [half_up(Fraction(item.price * item.quantity, 1000)) for item in items]
    own = [_stepwise(gross, item.adjustments) for gross, item in zip(grosses, items, strict=True)]
    nets = [gross + sum(amounts) for gross, amounts in zip(grosses, own, strict=True)]
    before = list(nets)
    adjusted = []
    for adjustment in adjustments:
        concerned = [i for i, item in enumerate(items) if _concerns(adjustment, item)]
        base = sum(nets[i] for i in concerned)
        amount = _amount(adjustment, base)
        for i, part in zip(concerned, _spread(abs(amount), [nets[i] for i in concerned]), strict=True):
            nets[i] += part if amount > 0 else -part
        adjusted.append(amount)
    lines = tuple(
        Line(gross, tuple(amounts), net - first, net, _line_taxes(net, item.tax_codes, rates))
        for gross, amounts, net, first, item in zip(grosses, own, nets, before, items, strict=True)
    )
    return Totals(lines, tuple(adjusted), sum(nets), _receipt_taxes(lines, rates, tax_per_group=tax_per_group))


def rounded(amount: int, mode: Rounding) -> int:
    """`amount` >= 0 as cash can pay it. ROUND_10: last digit 1-4 down, 5-9 up. ROUND_50 (National Bank, resolution 115
    of 2025): 01-24 to 00, 25-74 to 50, 75-99 to the next hryvnia.
    """
    if not mode:
        return amount
    step = 10 if mode == "ROUND_10" else 50
    return (amount + step // 2) // step * step


def _stepwise(gross: int, adjustments: Sequence[Adjustment]) -> list[int]:
    amounts = []
    left = gross
    for adjustment in adjustments:
        amount = _amount(adjustment, left)
        left += amount
        amounts.append(amount)
    return amounts


def _amount(adjustment: Adjustment, base: int) -> int:
    value = Fraction(adjustment.value)
    amount = half_up(value * base / 100 if adjustment.percent else value)
    if adjustment.sign < 0 and amount > base:
        raise DiscountTooBig(f"a discount of {amount} is more than the {base} it is taken from")
    return adjustment.sign * amount


def _concerns(adjustment: Adjustment, item: Item) -> bool:
    return not adjustment.codes or not adjustment.codes.isdisjoint(item.tax_codes)


def _spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Parts of `amount` as the weights are to each other, by largest remainder, ties to the first; all weights 0: all
    on the first. Never more than its weight while amount <= sum of weights.
    """
    if not weights:
        if amount:
            raise DiscountTooBig(f"an adjustment of {amount} concerns no line")
        return []
    whole = sum(weights)
    if not whole:
        return [amount] + [0] * (len(weights) - 1)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def _line_taxes(net: int, codes: Sequence[int], rates: Mapping[int, Rate]) -> tuple[TaxAmount, ...]:
    """Excise is taken from the whole, VAT from what is left of it."""
    extras = {code: _included(net, rates[code].extra_rate) for code in codes}
    base = net - sum(extras.values())
    return tuple(TaxAmount(code, net, _included(base, rates[code].rate), extras[code]) for code in codes)


def _included(amount: int, rate: int) -> int:
    return half_up(Fraction(amount * rate, 10_000 + rate)) if amount > 0 else 0


def _receipt_taxes(lines: Sequence[Line], rates: Mapping[int, Rate], *, tax_per_group: bool) -> tuple[TaxAmount, ...]:
    groups: dict[int, list[TaxAmount]] = {}
    for line in lines:
        for tax in line.taxes:
            groups.setdefault(tax.code, []).append(tax)
    summed: list[TaxAmount] = []
    for code in sorted(groups):
        turnover = sum(tax.turnover for tax in groups[code])
        if tax_per_group:
            summed.extend(_line_taxes(turnover, (code,), rates))
        else:
            value = sum(tax.value for tax in groups[code])
            summed.append(TaxAmount(code, turnover, value, sum(tax.extra_value for tax in groups[code])))
    return tuple(summed)
