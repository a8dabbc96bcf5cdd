"""What is said to iKassa and what it answers on a sale's way: the vendor's shapes, field by field.

Money and quantities are decimal texts in major units, in both directions exact. Requests leave out what is not given.
Answers may carry more than is read here. Source: the vendor's page on adding receipts (smartx-marking.imlab.by,
operations/add_cheques) for the receipts that are handed over; the vendor's books (smartx.imlab.by and
smartx-marking.imlab.by, operations and types) for everything else.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Short = Annotated[str, Meta(max_length=512)]
Long = Annotated[str, Meta(max_length=65_536)]
Number = Short | int
"""A number that the vendor writes as text in one place and as a number in another."""


class Request(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Base of what is sent."""


# --- signing in ---------------------------------------------------------------------------------------------------


class SignIn(Request, frozen=True):
    """AUTH. `remember_pin`: the till need not be asked for its PIN again by a person."""

    pin: str
    remember_pin: bool
    return_token: bool

    def __repr__(self) -> str:
        return "SignIn(***)"


# --- shared parts -------------------------------------------------------------------------------------------------


class Section(Request, frozen=True):
    code: int
    name: str


class Marking(Request, frozen=True):
    """Exactly one of the two: means of identification, or unified control mark."""

    si: str | None = None
    ukz: str | None = None


class Text(Request, frozen=True):
    text: str


class QrCode(Request, frozen=True):
    """`qr_code`: Base64 of what the code says."""

    qr_code: str


class Printable(Request, frozen=True):
    """One element above or below the receipt: exactly one of the two."""

    text: Text | None = field(default=None, name="Text")
    qr_code: QrCode | None = field(default=None, name="QrCode")


# --- sales and returns --------------------------------------------------------------------------------------------


class Item(Request, frozen=True):
    """One position. `amount` is its quantity; `discount` and `increase` are amounts unless the flag says per cent."""

    name_title: str
    code_number: str
    type_code: str
    price: str
    amount: str
    is_percent_discount: bool | None = None
    discount: str | None = None
    is_percent_increase: bool | None = None
    increase: str | None = None
    section: Section | None = None
    markings: tuple[Marking, ...] | None = None
    tax_rate: str | None = None


class Sale(Request, frozen=True):
    """SALE. `cash` is what was handed over."""

    cashier: str
    item_list: tuple[Item, ...]
    cash: str
    cashless: str
    certificate: str
    oplati: str
    print_cheque: bool
    operation_id: str
    tp_tax_number: str | None = None
    prefix: tuple[Printable, ...] | None = None
    suffix: tuple[Printable, ...] | None = None


class MoneyBack(Request, frozen=True):
    """MONEY_BACK. `rrn`: of the card payment that is given back."""

    cashier: str
    item_list: tuple[Item, ...]
    cash: str
    cashless: str
    oplati: str
    other: str
    print_cheque: bool
    operation_id: str
    rrn: str | None = None
    payment_method: str | None = field(default=None, name="payment_method")
    bank_package_name: str | None = field(default=None, name="bank_package_name")
    merchant_id: str | None = None
    prefix: tuple[Printable, ...] | None = None
    suffix: tuple[Printable, ...] | None = None


class Sum(Request, frozen=True):
    """DEPOSIT, and assumed to be the body of taking cash out."""

    cashier: str
    sum: str
    operation_id: str
    prefix: tuple[Printable, ...] | None = None
    suffix: tuple[Printable, ...] | None = None


class ShiftOrder(Request, frozen=True):
    """Opening, closing, X report: the books name the operations, not their bodies; this one is assumed."""

    cashier: str
    operation_id: str


class StatusRequest(Request, frozen=True):
    """OPERATION_ID."""

    operation_id: str


# --- receipts that are handed over --------------------------------------------------------------------------------


class Change(Request, frozen=True):
    """A discount or increase of a handed-over receipt."""

    is_percent: bool
    value: str


class ItemCode(Request, frozen=True):
    type: str
    value: str


class ChequeItem(Request, frozen=True):
    name: str
    price: str
    quantity: str | None = None
    code: ItemCode | None = None
    discount: Change | None = None
    increase: Change | None = None
    section: Section | None = None
    markings: tuple[Marking, ...] | None = None
    tax_rate: str | None = None


class ChequeInfo(Request, frozen=True):
    """`note` and `number` belong to a postponed receipt, `table` and `place` to an order."""

    uuid: str
    name: str
    cheque_type: Literal["Postponed", "Order"]
    note: str | None = None
    number: str | None = None
    table: int | None = None
    place: int | None = None


class Cheque(Request, frozen=True):
    """One ChequeRequest of ADD_CHEQUES."""

    info: ChequeInfo
    currency: str
    items: tuple[ChequeItem, ...]
    cheque_discount: Change | None = None
    cheque_increase: Change | None = None
    tp_tax_number: str | None = None


class EditedCheque(Cheque, frozen=True, kw_only=True):
    """One ChequeRequest of ADD_OR_EDIT_CHEQUES, which takes texts too. `is_edit` false: it is to be a new one."""

    is_edit: bool
    prefix: tuple[Printable, ...] = ()
    suffix: tuple[Printable, ...] = ()


class EditedCheques(Request, frozen=True):
    """ADD_OR_EDIT_CHEQUES."""

    cheques: tuple[EditedCheque, ...]


# --- answers ------------------------------------------------------------------------------------------------------


class Answer(Struct, frozen=True, rename="camel"):
    """BaseResponse, and the answers of OPERATION_ID (no result code when it knows the operation), AUTH, OTHER_INFO.

    `register_number` is of the fiscal module (SKO).
    """

    result_code: int | None = None
    message_title: Long | None = None
    message_detail: Long | None = None
    type: Short | None = None
    register_number: Number | None = field(default=None, name="registerNumberSKO")
    date_time: Short | None = None
    number_check: Number | None = None
    uid: Short | None = None
    uuid: Short | None = None
    rrn: Number | None = None
    total: Decimal | None = None
    change: Decimal | None = None
    is_print_success: bool | None = None
    token: Long | None = None
    operation_id: Short | None = None
    operation_type: Short | None = None
    is_succeed: bool | None = None
    header: Header | None = None

    @property
    def words(self) -> str:
        """What the till itself says."""
        return self.message_detail or self.message_title or ""

    def __repr__(self) -> str:
        return f"Answer({self.type} {self.result_code} {self.operation_id or ''})"


class Header(Struct, frozen=True, rename="camel"):
    """Of a receipt that OPERATION_ID has found."""

    cashier: Short | None = None
    cheque_number: Number | None = None
    date: Short | None = None
    currency: Short | None = None
