"""Beside every request to Checkbox on a sale's way: how this shop's words become the vendor's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from drivers.errors import Refused
from firmware_bridge.vendors.checkbox.errors import ROLE
from firmware_bridge.vendors.checkbox.messages import Code
from statemachines.vocabulary.receipt import Customer, PaymentType, RoundingMode, TaxGroup

Profile = Literal["seed", "current"]
ZeroLine = Literal["discount", "note", "refuse"]


class Unfit(Refused):
    """This document cannot be said in Checkbox's words; nothing was sent, and trying again would end likewise."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text}; nothing was sent", role=ROLE)


@dataclass(frozen=True, slots=True)
class PaymentForm:
    """How a means of payment is called at Checkbox: `label` (1 to 128 characters), `code` for CASHLESS alone."""

    label: str
    code: int | None = None


PAYMENT_FORMS: Final[Mapping[PaymentType, PaymentForm]] = {
    "cash": PaymentForm("Готівка"),
    "card": PaymentForm("Картка", 1),
    "certificate": PaymentForm("Подарунковий сертифікат"),
    "bonus": PaymentForm("Бонуси"),
    "transfer": PaymentForm("Інтернет еквайринг"),
}
"""`other` is missing on purpose: what it is called must be said in the configuration."""


@dataclass(frozen=True, slots=True)
class Forms:
    """How this shop's words become Checkbox's.

    `tax_codes`: the codes or letters of each of our tax groups (at most two). `zero_line`: a line that costs nothing is
    sent at `gift_price` kopecks with a discount of the whole (`discount`), left out and named below its neighbour
    (`note`), or refused. `rounding`: how cash is rounded. `till_id` goes into `context`.
    """

    tax_codes: Mapping[str, tuple[Code, ...]]
    groups: Mapping[str, TaxGroup] = field(default_factory=dict)
    profile: Profile = "current"
    rounding: RoundingMode = "none"
    zero_line: ZeroLine = "note"
    gift_price: int = 1
    payments: Mapping[PaymentType, PaymentForm] = field(default_factory=lambda: PAYMENT_FORMS)
    till_id: str = ""

    def __post_init__(self) -> None:
        for group, codes in self.tax_codes.items():
            if len(codes) > 2:
                raise ValueError(f"Tax group {group!r} has {len(codes)} Checkbox codes; two at most are possible.")
        if self.gift_price <= 0:
            raise ValueError(f"gift_price is {self.gift_price} kopecks; it must be above 0.")

    def group_of(self, code: int, symbol: str) -> str:
        """Our key of the group that has this tax; "" when none of ours has it."""
        found = [group for group, codes in self.tax_codes.items() if code in codes or symbol in codes]
        return min(found, key=lambda group: len(self.tax_codes[group]), default="")


@dataclass(frozen=True, slots=True)
class Beside:
    """What a document's request carries that is no part of the frozen receipt.

    `related_receipt_id`: Checkbox's id of the sale that goods come back from. `previous_receipt_id` lets the vendor
    check the order of documents. `good_ids`: Checkbox's id of an article, by our code. `custom`: how the vendor's own
    picture of the receipt looks. `card_owner`, `signature_required`: of the card slip.
    """

    customer: Customer | None = field(default=None, repr=False)
    related_receipt_id: str = ""
    previous_receipt_id: str = ""
    order_id: str = ""
    good_ids: Mapping[str, str] = field(default_factory=dict)
    custom: Mapping[str, str] = field(default_factory=dict)
    card_owner: str = ""
    signature_required: bool | None = None


NOTHING_BESIDE: Final = Beside()
