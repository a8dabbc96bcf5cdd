"""In the vendor's place on a sale's way: decimal strings. Inside, kopecks, thousandths and hundredths of a per cent."""

from __future__ import annotations

import re
from typing import Any, Final

from firmware_bridge.vendors.ikassa.sandbox.errors import Refused, bad_body

MOST: Final = 9_999_999_999_999  # 99999999999.99
LEAST_QUANTITY: Final = 1
MOST_QUANTITY: Final = 9_999_999
_DECIMAL: Final = re.compile(r"(?P<sign>-?)(?P<whole>\d{1,15})(\.(?P<part>\d{1,6}))?", re.ASCII)


def read(given: Any, where: str, digits: int = 2) -> int:
    """A decimal string in units of 10^-digits; more digits than that are no value. Raises Refused (413)."""
    found = _DECIMAL.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise bad_body(where, "ожидается десятичное число в виде строки")
    part = found["part"] or ""
    if part[digits:].strip("0"):
        raise bad_body(where, f"не более {digits} знаков после точки")
    value = int(found["whole"] + part[:digits].ljust(digits, "0"))
    return -value if found["sign"] else value


def read_sum(given: Any, where: str) -> int:
    """A sum of money that is not negative. Raises Refused (402, 413, 414)."""
    value = read(given, where)
    if value > MOST:
        raise Refused(414)
    if value < 0:
        raise Refused(402)
    return value


def written(kopecks: int) -> str:
    """A sum as the till writes it: two digits after the point."""
    sign, value = ("-", -kopecks) if kopecks < 0 else ("", kopecks)
    return f"{sign}{value // 100}.{value % 100:02d}"


def half_up(over: int, under: int) -> int:
    """over / under, rounded half away from zero; `under` > 0."""
    value = (2 * abs(over) + under) // (2 * under)
    return -value if over < 0 else value
