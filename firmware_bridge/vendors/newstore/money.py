"""Beside a sale's way, after it: the till's minor units and NewStore's Monetary amount object. No float anywhere.

Source: "Cash Drawer API (0)": `{"value": number, "currency": "USD"}`, value in major units, at most two decimals,
currency of ISO 4217.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct

_MOST_DIGITS: Final = 40


class WrongMoney(ValueError):
    """An amount that is none of ours: another currency, or a fraction of the smallest unit. One sentence."""


class Money(Struct, frozen=True):
    """The vendor's object. `value` in major units, exactly as the number token says."""

    value: Decimal
    currency: str


def major(minor: int, exponent: int) -> Decimal:
    """13950, 2 -> 139.50: with exactly `exponent` decimals, which is how it is written."""
    return Decimal((int(minor < 0), tuple(int(digit) for digit in str(abs(minor))), -exponent))


def minor(value: Decimal, exponent: int) -> int:
    """139.5, 2 -> 13950. Raises WrongMoney when a remainder is left, or when it is no amount at all."""
    sign, digits, power = value.as_tuple()
    if not isinstance(power, int) or len(digits) > _MOST_DIGITS or not -_MOST_DIGITS <= power <= _MOST_DIGITS:
        raise WrongMoney(f"{str(value)[:24]} is no amount of money")
    whole = "".join(map(str, digits))
    shift = power + exponent
    units, rest = divmod(int(whole + "0" * max(shift, 0)), int("1" + "0" * max(-shift, 0)))
    if rest:
        raise WrongMoney(f"{value} has more than {exponent} decimals")
    return -units if sign else units


def to_money(amount: int, currency: str, exponent: int) -> Money:
    """Minor units as the vendor's object."""
    return Money(major(amount, exponent), currency)


def from_money(money: Money, currency: str, exponent: int) -> int:
    """The vendor's object in minor units. Raises WrongMoney, also for another currency than `currency`."""
    if money.currency != currency:
        raise WrongMoney(f"{money.value} {money.currency} is not in {currency}")
    return minor(money.value, exponent)
