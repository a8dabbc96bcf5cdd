"""In the vendor's place behind a sale: the Monetary amount object: `{"value": 49.99, "currency": "USD"}`.

Major units, at most two decimals (page: "decimal places <= 2"), none for currencies without a minor unit (ISO 4217).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from firmware_bridge.vendors.newstore.sandbox.errors import bad_field

_CODE: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_WHOLE_ONLY: Final = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()  # noqa: SIM905 - reads as a list
)
#: A single amount stays below this, so that a number token holds it exactly.
_LIMIT: Final = Decimal(10) ** 12
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Money:
    """`value` in major units, exact."""

    value: Decimal
    currency: str

    def json(self) -> dict[str, Any]:
        return {"value": self.value, "currency": self.currency}


def read_currency(given: Any, where: str) -> str:
    """Three capital letters. Raises Refused (400)."""
    if not isinstance(given, str) or _CODE.fullmatch(given) is None:
        raise bad_field(where, "must be an ISO-4217 currency code of 3 characters.")
    return given


def smallest_coin(currency: str) -> Decimal:
    """In major units."""
    return Decimal(1) if currency in _WHOLE_ONLY else Decimal("0.01")


def read_number(given: Any, where: str, currency: str) -> Decimal:
    """A JSON number with no more decimals than `currency` has. Raises Refused (400)."""
    if isinstance(given, bool) or not isinstance(given, int | Decimal):
        raise bad_field(where, "must be a number.")
    value = Decimal(given)
    if not -_LIMIT < value < _LIMIT:
        raise bad_field(where, "is out of range.")
    coin = smallest_coin(currency)
    exact = value.quantize(coin)
    if exact != value:
        raise bad_field(where, f"must have at most {0 if coin == 1 else 2} decimal places.")
    return exact + ZERO  # no minus before a zero


def read_money(given: Any, where: str) -> Money:
    """A Monetary amount object. Raises Refused (400)."""
    if not isinstance(given, dict):
        raise bad_field(where, "must be an object with value and currency.")
    for name in ("value", "currency"):
        if name not in given:
            raise bad_field(f"{where}.{name}", "is required.")
    currency = read_currency(given["currency"], f"{where}.currency")
    return Money(read_number(given["value"], f"{where}.value", currency), currency)
