"""In the vendor's place behind a sale: the ten non-sale transaction types, their directions and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

BalanceModification = Literal["cash_in", "cash_out", "neutral"]

#: Type -> direction unless the tenant chose another. Source: page (names), cash settings of the vendor (directions).
NON_SALE: Final[dict[str, BalanceModification]] = {
    "add_to_float": "cash_in",
    "add_petty_cash": "cash_in",
    "transfer_in": "cash_in",
    "adjustment_in": "cash_in",
    "remove_petty_cash": "cash_out",
    "cash_pull": "cash_out",
    "transfer_out": "cash_out",
    "adjustment_out": "cash_out",
    "no_sale": "neutral",
    "gift_card_cash_out": "cash_out",
}
#: What the store's report may be asked for. Source: page.
REPORTED: Final = ("sale", "float_adjustment", "reconciliation", "end_of_day_withdrawal", *NON_SALE)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why cash is moved: `code` is sent, `label` is shown."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Setting:
    """How the tenant configured a type."""

    modification: BalanceModification
    reasons: tuple[Reason, ...] = ()


#: The reasons of the page's samples.
PETTY: Final = (Reason("post_office", "Post office"), Reason("food", "Buy snacks"))


def usual() -> dict[str, Setting]:
    """Every type configured, with its usual direction."""
    return {name: Setting(way, PETTY if name == "remove_petty_cash" else ()) for name, way in NON_SALE.items()}
