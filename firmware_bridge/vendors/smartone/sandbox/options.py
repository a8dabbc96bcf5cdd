"""In the vendor's place on a sale's way: how this sandbox is wanted. What the papers leave open is chosen here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Profile = Literal["core", "ecr"]


@dataclass(frozen=True, slots=True)
class Tax:
    """An included tax: `rate` in hundredths of a per cent."""

    name: str
    rate: int


def _taxes() -> Mapping[str, Tax]:
    return {
        "A": Tax("ƏDV 18%", 1800),
        "B": Tax("Ticarət əlavəsi 18%", 1800),
        "C": Tax("ƏDV-siz", 0),
        "D": Tax("SV 2%", 200),
    }


def _payments() -> Mapping[str, str]:
    return {"C": "cash", "V": "cashless", "B": "bonus"}


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """`merchant_id` "" = made up. `cash`: minor units in the drawer at the beginning. `currency` of every amount.

    `profile`: core-cashbox (answers with `data`), or its sibling (answers with `code`). `serial`: a pseudo-terminal is
    opened too. `zone`: of all times, which bear none. `shift_hours`: how long a shift may last. `taxes` by letter and
    `payments` by code (cash, cashless, bonus): what the register knows. `item_amount`: what an item's amount is before
    it is added up: of one piece, of the line before its discount, after it, or whichever fits. `must_empty`: a shift is
    closed with no cash only (27). `empty_shift`: one without a document is closed, or refused (26). `not_found`: how
    /check_status says that it knows no such document.
    """

    port: int = 0
    profile: Profile = "core"
    merchant_id: str = ""
    faults: tuple[str, ...] = ()
    serial: bool = False
    cash: int = 0
    currency: str = "AZN"
    zone: str = "Asia/Baku"
    shift_hours: int = 24
    taxes: Mapping[str, Tax] = field(default_factory=_taxes)
    payments: Mapping[str, str] = field(default_factory=_payments)
    item_amount: Literal["any", "unit", "line_gross", "line_net"] = "any"
    must_empty: bool = False
    empty_shift: Literal["close", "refuse"] = "close"
    not_found: Literal["status", "code"] = "status"

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be."""
        if self.cash < 0:
            raise ValueError(f"there cannot be {self.cash} in the drawer")
        if not 1 <= self.shift_hours <= 168:
            raise ValueError(f"a shift lasts 1 to 168 hours, not {self.shift_hours}")
        if "cash" not in self.payments.values():
            raise ValueError("payments: no code stands for cash")
