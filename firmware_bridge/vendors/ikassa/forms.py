"""Beside every request to iKassa on a sale's way: how this shop's words become the vendor's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from drivers.errors import Refused
from firmware_bridge.vendors.ikassa.config import Operation
from firmware_bridge.vendors.ikassa.errors import ROLE
from statemachines.vocabulary.receipt import PaymentType

SaleField = Literal["cash", "cashless", "certificate", "oplati"]
ReturnField = Literal["cash", "cashless", "oplati", "other"]

OPERATIONS: Final[Mapping[Operation, str]] = {
    "auth": "AUTH",
    "info": "OTHER_INFO",
    "sale": "SALE",
    "refund": "MONEY_BACK",
    "deposit": "DEPOSIT",
    "withdraw": "WITHDRAW",
    "open_shift": "OPEN_SHIFT",
    "close_shift": "CLOSE_SHIFT",
    "x_report": "X_REPORT",
    "status": "OPERATION_ID",
    "add_cheques": "ADD_CHEQUES",
    "edit_cheques": "ADD_OR_EDIT_CHEQUES",
}
"""What an operation is called in the header. The names of withdraw, open_shift, close_shift and x_report are assumed:
the papers at hand tell that these operations are there, and not their names."""
PAYMENTS: Final[Mapping[PaymentType, SaleField]] = {"cash": "cash", "card": "cashless", "certificate": "certificate"}
REFUNDS: Final[Mapping[PaymentType, ReturnField]] = {"cash": "cash", "card": "cashless", "certificate": "other"}
"""What a till has no name for is missing on purpose: the configuration must say what it is."""


class Unfit(Refused):
    """This document cannot be said in iKassa's words; nothing was sent, and trying again would end likewise."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text}; nothing was sent", role=ROLE)


@dataclass(frozen=True, slots=True)
class Forms:
    """How this shop's words become iKassa's.

    `tax_rates`: the till's rate ("tax10") of each of our tax groups, "" = it bears none. `payments`, `refunds`: its
    field for each means of payment. `collects_card`: what stands in `cashless` and `oplati` is charged by the till
    itself. `payment_method`, `bank_package`, `merchant`: of a cashless return. `sale_taxes`: rates go with sales too.
    `cheques`, `adjustments`, `texts`: of receipts that are handed over, as in the configuration.
    """

    tax_rates: Mapping[str, str] = field(default_factory=dict)
    payments: Mapping[PaymentType, SaleField] = field(default_factory=lambda: PAYMENTS)
    refunds: Mapping[PaymentType, ReturnField] = field(default_factory=lambda: REFUNDS)
    collects_card: bool = True
    payment_method: str = ""
    bank_package: str = ""
    merchant: str = ""
    sale_taxes: bool = False
    cheques: Literal["auto", "postponed", "order"] = "auto"
    adjustments: Literal["amounts", "as_asked"] = "amounts"
    texts: bool = False

    def tax_rate(self, group: str) -> str | None:
        """None for a group that is known to have none. Raises Unfit."""
        if group not in self.tax_rates:
            raise Unfit(f"Tax group {group} has no rate on iKassa: have the configuration put right (taxes.{group})")
        return self.tax_rates[group] or None
