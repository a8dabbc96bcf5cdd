"""What is said to Checkbox and what it answers on a sale's way: the vendor's shapes, field by field.

Money in kopecks, quantities in thousandths, both integers; rates are decimals in per cent and stay exact. Requests
leave out what is not given. Answers may carry more than is read here. Source: the vendor's API page of 2022
(wiki.checkbox.ua, api-specification) and OpenAPI 0.1.79; what is marked `current` is of OpenAPI 2.106.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

Code = int | str


# --- what we send -------------------------------------------------------------------------------------------------


class SignIn(msgspec.Struct, frozen=True, omit_defaults=True):
    """POST /cashier/signin."""

    login: str
    password: str

    def __repr__(self) -> str:
        return "SignIn(***)"


class SignInPin(msgspec.Struct, frozen=True, omit_defaults=True):
    """POST /cashier/signinPinCode."""

    pin_code: str

    def __repr__(self) -> str:
        return "SignInPin(***)"


class Good(msgspec.Struct, frozen=True, omit_defaults=True):
    """`price`: kopecks per 1.000. `tax`: at most two codes or letters. `e_excise_barcodes`: current only."""

    code: str
    name: str
    price: int
    barcode: str | None = None
    excise_barcodes: tuple[str, ...] | None = None
    e_excise_barcodes: tuple[str, ...] | None = None
    header: str | None = None
    footer: str | None = None
    tax: tuple[Code, ...] | None = None
    uktzed: str | None = None


class Discount(msgspec.Struct, frozen=True, omit_defaults=True):
    """`value` in kopecks: only absolute amounts are sent, so that the vendor has nothing to spread."""

    type: Literal["DISCOUNT", "EXTRA_CHARGE"]
    mode: Literal["VALUE"]
    value: int
    tax_codes: tuple[Code, ...] | None = None
    name: str | None = None


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One position of goods."""

    good: Good
    quantity: int
    is_return: bool
    good_id: str | None = None
    discounts: tuple[Discount, ...] | None = None


class Delivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where Checkbox sends the customer's copy. `phone`: 380 and nine digits."""

    email: str | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        return "Delivery(***)"


class Pay(msgspec.Struct, frozen=True, omit_defaults=True):
    """One form of payment; everything after `label` is for CASHLESS alone. `card_mask`: at most 19 characters."""

    type: Literal["CASH", "CASHLESS"]
    value: int
    label: str
    pawnshop_is_return: bool | None = None
    code: int | None = None
    commission: int | None = None
    card_mask: str | None = None
    bank_name: str | None = None
    auth_code: str | None = None
    rrn: str | None = None
    payment_system: str | None = None
    owner_name: str | None = None
    terminal: str | None = None
    acquirer_and_seller: str | None = None
    receipt_no: str | None = None
    signature_required: bool | None = None


class Sell(msgspec.Struct, frozen=True, omit_defaults=True):
    """POST /receipts/sell and /receipts/validate. `departament` is the vendor's spelling. `rounding_mode`: current."""

    id: str
    goods: tuple[Item, ...]
    payments: tuple[Pay, ...]
    cashier_name: str | None = None
    departament: str | None = None
    delivery: Delivery | None = None
    rounding: bool | None = None
    rounding_mode: Literal["ROUND_10", "ROUND_50"] | None = None
    header: str | None = None
    footer: str | None = None
    barcode: str | None = None
    order_id: str | None = None
    related_receipt_id: str | None = None
    previous_receipt_id: str | None = None
    technical_return: bool | None = None
    is_pawnshop: bool | None = None
    context: Mapping[str, str] | None = None
    custom: Mapping[str, str] | None = None


class Service(msgspec.Struct, frozen=True, omit_defaults=True):
    """POST /receipts/service: `value` above 0 is cash in, below 0 cash out."""

    id: str
    payment: Pay
    context: Mapping[str, str] | None = None


# --- what it answers ----------------------------------------------------------------------------------------------


class Problem(msgspec.Struct, frozen=True):
    """One row of a 422."""

    msg: str = ""
    loc: list[str | int] = []
    type: str = ""


class Failure(msgspec.Struct, frozen=True):
    """The body of a refusal; `code` is current."""

    message: str = ""
    code: str = ""
    detail: list[Problem] = []


class Token(msgspec.Struct, frozen=True):
    access_token: Annotated[str, msgspec.Meta(min_length=1, max_length=8192)]

    def __repr__(self) -> str:
        return "Token(***)"


class Signature(msgspec.Struct, frozen=True):
    """GET /cashier/check-signature. `shift_open_possibility`: does the signature permit to open a shift?"""

    online: bool
    shift_open_possibility: bool = True
    type: str | None = None


class Tax(msgspec.Struct, frozen=True):
    """Rates in per cent. GET /tax, and the head of a tax in receipts; `value`, `extra_value` there in kopecks."""

    code: int
    label: str = ""
    symbol: str = ""
    rate: Decimal = Decimal(0)
    extra_rate: Decimal | None = None
    value: int = 0
    extra_value: int = 0


class Info(msgspec.Struct, frozen=True):
    """GET /cash-registers/info. `is_test`: current only."""

    fiscal_number: str
    offline_mode: bool = False
    stay_offline: bool = False
    has_shift: bool = False
    is_test: bool | None = None
    address: str = ""


class Transaction(msgspec.Struct, frozen=True):
    """A document's way to the tax service. `original_datetime`: the document's own date; current only."""

    status: str = ""
    response_error_message: str | None = None
    response_id: str | None = None
    offline_id: str | None = None
    created_at: str = ""
    original_datetime: str | None = None
    previous_hash: str | None = None


class Balance(msgspec.Struct, frozen=True):
    """Cash in kopecks: when the shift was opened, and now."""

    initial: int = 0
    balance: int = 0


class Register(msgspec.Struct, frozen=True):
    fiscal_number: str = ""


class Cashier(msgspec.Struct, frozen=True):
    full_name: str = ""


class Report(msgspec.Struct, frozen=True):
    """X or Z; `created_at` ISO 8601."""

    id: str
    serial: int
    is_z_report: bool = False
    balance: int = 0
    initial: int = 0
    created_at: str = ""


class Shift(msgspec.Struct, frozen=True):
    """`status`: CREATED, OPENING, OPENED, CLOSING, CLOSED. Moments in ISO 8601."""

    id: str
    serial: int
    status: str
    z_report: Report | None = None
    opened_at: str | None = None
    closed_at: str | None = None
    initial_transaction: Transaction | None = None
    closing_transaction: Transaction | None = None
    created_at: str = ""
    balance: Balance | None = None
    cash_register: Register | None = None
    cashier: Cashier | None = None


class AppliedDiscount(msgspec.Struct, frozen=True):
    """`sum`: what it came to, signed."""

    sum: int = 0


class SoldItem(msgspec.Struct, frozen=True):
    """`sum`: price times quantity, before discounts."""

    sum: int
    taxes: list[Tax] = []
    discounts: list[AppliedDiscount] | None = None


class Receipt(msgspec.Struct, frozen=True):
    """Sale, return, cash in or out. `status`: CREATED, DONE, ERROR, CANCELLATION, CANCELLED."""

    id: str
    type: str
    serial: int
    status: str
    total_sum: int = 0
    total_payment: int = 0
    total_rest: int = 0
    goods: list[SoldItem] = []
    taxes: list[Tax] | None = None
    transaction: Transaction | None = None
    fiscal_code: str | None = None
    fiscal_date: str | None = None
    created_at: str = ""
    tax_url: str | None = None
    is_created_offline: bool = False
    control_number: str | int | None = None
    shift: Shift | None = None


class Receipts(msgspec.Struct, frozen=True):
    """One page of a search."""

    results: Annotated[list[Receipt], msgspec.Meta(max_length=1000)] = []


class Reports(msgspec.Struct, frozen=True):
    """One page of reports."""

    results: Annotated[list[Report], msgspec.Meta(max_length=1000)] = []
