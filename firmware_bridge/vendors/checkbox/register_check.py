"""Before anything is made at Checkbox on a sale's way: is it the right register, and are its taxes ours?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from drivers.errors import Refused
from firmware_bridge.vendors.checkbox.errors import ROLE
from firmware_bridge.vendors.checkbox.forms import Forms
from firmware_bridge.vendors.checkbox.messages import Code, Info, Tax
from statemachines.vocabulary.receipt import TaxGroup


def check_register(info: Info, *, live: bool) -> None:
    """Raises Refused for a live register unless `live` was said. A register that does not say what it is counts as live
    unless its number begins with TEST.
    """
    if not is_test(info) and not live:
        raise Refused(
            f"register {info.fiscal_number} is a live one, and what is made there goes to the tax service: "
            "say `live` in the configuration if that is meant",
            role=ROLE,
        )


def is_test(info: Info) -> bool:
    """Is it a test register, by its own word or by its number?"""
    return info.fiscal_number.startswith("TEST") if info.is_test is None else info.is_test


def check_taxes(taxes: Sequence[Tax], forms: Forms) -> None:
    """Compare each configured tax group with Checkbox's taxes. Raises Refused and names both sides."""
    for key in forms.tax_codes:
        sides = compare(taxes, forms, key)
        if not sides.agree:
            raise Refused(f"{sides.told}: put one of them right", role=ROLE)


@dataclass(frozen=True, slots=True)
class Sides:
    """One tax group here and at Checkbox."""

    told: str
    agree: bool


def compare(taxes: Sequence[Tax], forms: Forms, key: str) -> Sides:
    """Name both sides of one configured tax group. Raises Refused when Checkbox has no such tax."""
    found = [_named(taxes, code, key) for code in forms.tax_codes[key]]
    group = forms.groups.get(key)
    theirs = ", ".join(f"{tax.symbol or tax.code} {tax.rate}+{tax.extra_rate or 0} %" for tax in found) or "none"
    if group is None:
        return Sides(f"tax group {key} is {theirs} at Checkbox", agree=True)
    ours = "+".join(f"{Decimal(tax.rate) / 100}" for tax in group.taxes) or "0"
    told = f"tax group {key} is {ours} % in the configuration and {theirs} at Checkbox"
    return Sides(told, _agree(group, found))


def _named(taxes: Sequence[Tax], code: Code, key: str) -> Tax:
    for tax in taxes:
        if code in (tax.code, tax.symbol):
            return tax
    raise Refused(f"tax group {key} is to be {code!r} at Checkbox, which has no such tax", role=ROLE)


def _agree(group: TaxGroup, found: Sequence[Tax]) -> bool:
    ours = sorted(tax.rate for tax in group.taxes if tax.rate)
    theirs = [rate for tax in found for rate in (tax.rate, tax.extra_rate) if rate]
    if len(ours) != len(theirs):
        return False
    return all(_same(mine, rate) for mine, rate in zip(ours, sorted(theirs), strict=True))


def _same(ours: int, theirs: Decimal) -> bool:
    """The vendor shows 1.5 % as 1 in some answers: a whole number stands for everything that begins with it."""
    points = int(theirs * 100)
    return ours == points or (points % 100 == 0 and ours // 100 * 100 == points)
