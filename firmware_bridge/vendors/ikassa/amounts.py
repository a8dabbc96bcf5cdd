"""Between our integers and iKassa's decimal texts on a sale's way; pure and exact, never a float.

Source: the vendor's page on adding receipts writes "100", "5", "1": no decimals where there are none.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

LARGEST: Final = 9_999_999_999_999
"""Minor units: 99999999999.99, the largest price and sum that the till takes (result codes 403 and 414)."""
MOST: Final = 9_999_999
"""Thousandths: 9999.999, the largest quantity (416)."""


def money(minor: int) -> str:
    """Minor units, not negative, as the till reads them: 10000 -> "100", 410 -> "4.10". Raises ValueError."""
    if minor < 0:
        raise ValueError(f"a sum of {minor} cannot be said to iKassa")
    major, rest = divmod(minor, 100)
    return f"{major}.{rest:02d}" if rest else str(major)


def quantity(thousandths: int) -> str:
    """1000 -> "1", 350 -> "0.35". Raises ValueError for a negative one."""
    if thousandths < 0:
        raise ValueError(f"a quantity of {thousandths} thousandths cannot be said to iKassa")
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


def percent(basis_points: int) -> str:
    """500 -> "5", 750 -> "7.5"."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def minor(value: Decimal) -> int:
    """The till's decimal in minor units. Raises ValueError for one that is none: a fraction of a kopeck, infinity."""
    if not value.is_finite():
        raise ValueError(f"{value} is no sum of money")
    scaled = value.scaleb(2)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} has more than two decimals")
    return int(scaled)
