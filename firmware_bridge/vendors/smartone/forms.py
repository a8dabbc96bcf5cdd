"""Beside every request to SmartOne on a sale's way: how this shop's words become the vendor's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final, Literal

from drivers.errors import Refused
from firmware_bridge.vendors.smartone.config import SmartOneTax
from firmware_bridge.vendors.smartone.errors import ROLE
from statemachines.vocabulary.receipt import PaymentType

Profile = Literal["core", "ecr"]
ItemAmount = Literal["unit", "line_gross", "line_net"]
OpenOrders = Literal["check", "delete", "renew"]

CORE_PAYMENTS: Final[Mapping[PaymentType, str]] = {"cash": "C", "card": "V", "transfer": "V"}
"""The others stand in an appendix that is not to be had: they must be said in the configuration."""
ECR_PAYMENTS: Final[Mapping[PaymentType, str]] = {
    "cash": "cashAmount",
    "card": "cashlessAmount",
    "transfer": "cashlessAmount",
    "bonus": "bonusesAmount",
    "certificate": "bonusesAmount",
}


class Unfit(Refused):
    """This document cannot be said in SmartOne's words; nothing was sent, and trying again would end likewise."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text}; nothing was sent", role=ROLE)


@dataclass(frozen=True, slots=True)
class Forms:
    """`taxes`: of each of our tax groups, `rates`: its per cent times 100. `payments`: our means of payment = the
    register's code, over the built-in ones."""

    zone: tzinfo
    taxes: Mapping[str, SmartOneTax]
    currency: str = "AZN"
    profile: Profile = "core"
    item_amount: ItemAmount = "line_gross"
    payments: Mapping[PaymentType, str] = field(default_factory=dict)
    preview: bool = False
    prints_others: bool = False
    collects_card: bool = True
    open_orders: OpenOrders = "check"
    till_id: str = ""
    rates: Mapping[str, int] = field(default_factory=dict)

    def check_rates(self, there: Mapping[str, int]) -> None:
        """Compare our tax groups with what the register sells under their codes. Raises Refused, naming both sides."""
        for group, tax in self.taxes.items():
            ours, theirs = self.rates.get(group), there.get(tax.code)
            if ours is not None and theirs is not None and ours != theirs:
                raise Refused(
                    f"tax group {group} is {_percent(ours)} % in the configuration, and the register sells at "
                    f"{_percent(theirs)} % under its code {tax.code}: have taxes.{group} put right; nothing was sent",
                    role=ROLE,
                )

    def payment(self, kind: PaymentType) -> str:
        """The register's code of a means of payment. Raises Unfit."""
        built_in = CORE_PAYMENTS if self.profile == "core" else ECR_PAYMENTS
        found = self.payments.get(kind) or built_in.get(kind)
        if found is None:
            raise Unfit(f"Payment {kind} has no code on SmartOne: have the configuration put right")
        return found


def _percent(rate: int) -> str:
    """1800 is 18, 1850 is 18.50."""
    whole, rest = divmod(rate, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)
