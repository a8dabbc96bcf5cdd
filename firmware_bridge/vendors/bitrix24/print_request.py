"""Where a sale's way begins: a print request of Bitrix24 becomes exact values, or sentences that say what is wrong.

Money comes in major units, as text in a form and as floats in JSON: it is read as a decimal and never as a float. A
price may be a quotient with many digits; a sum may not. Source: the vendor's documentation of PRINT_URL; the platform's
own source for forms, document ids and marking codes, which are bytes that need not be text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final, Literal

from firmware_bridge.vendors.bitrix24 import forms

INCOME: Final = ("sell", "advancepayment", "prepayment", "fullprepayment", "credit", "creditpayment")
CONSUMPTION: Final = (
    *("sellreturn", "sellreturncash", "advancereturn", "advancereturncash"),
    *("prepaymentreturn", "prepaymentreturncash", "fullprepaymentreturn", "fullprepaymentreturncash"),
    *("creditreturn", "creditpaymentreturn", "creditpaymentreturncash"),
)
TYPES: Final = (*INCOME, *CONSUMPTION)
MAX_ITEMS: Final = 500
MAX_PAYMENTS: Final = 20
_LARGEST: Final = Decimal(10) ** 10
_FINEST: Final = Decimal("0.000001")
_NOISE: Final = Decimal("0.0001")
"""Of a minor unit: what a float may be beside the sum that it stands for."""


class BadRequest(ValueError):
    """What cannot become a sale; `reasons`: a sentence each, for the manager in the portal."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Item:
    """One position. Amounts in major units, exact; `sum` after all discounts, `base_price` before them (None = not
    told). `vat`: the portal's id of the tax, "" = none.
    """

    name: str
    price: Decimal
    quantity: Decimal
    sum: Decimal
    base_price: Decimal | None = None
    vat: str = ""
    barcode: str = ""
    marking_code: str = ""
    payment_object: str = ""
    payment_method: str = ""
    measure_code: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment; `sum` in major units."""

    cash: bool
    sum: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True)
class PrintRequest:
    """One check. `domain` and `unique_id` name it for ever; `uuid` is new with every reprint. `date_create`: UTC ms."""

    type: str
    unique_id: int
    uuid: str
    domain: str
    date_create: int
    items: tuple[Item, ...]
    payments: tuple[Paid, ...]
    total_sum: Decimal
    number_kkm: str = ""
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def sign(self) -> Literal["income", "consumption"]:
        return "income" if self.type in INCOME else "consumption"

    @property
    def digest(self) -> bytes:
        """SHA-256 of what is sold and paid: the same for every delivery and reprint of one check, on any register."""
        content = (
            self.type,
            [
                (one.name, *map(_plain, (one.price, one.quantity, one.sum)), one.vat, one.barcode, one.marking_code)
                for one in self.items
            ],
            [(one.cash, _plain(one.sum)) for one in self.payments],
            _plain(self.total_sum),
        )
        return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).digest()


def _plain(value: Decimal) -> str:
    """Without a float's noise."""
    return format(value.quantize(_FINEST, ROUND_HALF_UP).normalize(), "f")


def read(content_type: str, body: bytes, domain: str) -> PrintRequest:
    """Read a request to PRINT_URL of the portal `domain`. Raises BadRequest."""
    try:
        given = forms.read(content_type, body)
    except forms.Unreadable as error:
        raise BadRequest(f"The request cannot be read: {error}") from error
    reader = _Reader(given)
    kind = reader.text("type", 64)
    if kind not in TYPES:
        raise BadRequest(f"There is no check of type {kind!r}")
    number, uuid = reader.whole("unique_id"), reader.text("uuid", 255)
    items = tuple(_item(one, f"items[{at}]") for at, one in enumerate(reader.rows("items", MAX_ITEMS)))
    if not items:
        raise BadRequest("The check has no positions")
    payments = tuple(_paid(one, f"payments[{at}]") for at, one in enumerate(reader.rows("payments", MAX_PAYMENTS)))
    found = PrintRequest(
        type=kind,
        unique_id=number,
        uuid=uuid,
        domain=_domain(uuid, domain, number),
        date_create=reader.whole("date_create") * 1000 if reader.has("date_create") else 0,
        items=items,
        payments=payments,
        total_sum=reader.amount("total_sum"),
        number_kkm=reader.text("number_kkm", 64, ""),
        email=reader.text("client_email", 128, ""),
        phone=reader.text("client_phone", 32, ""),
        params=reader.table("cashbox_params"),
    )
    _check(found, reader)
    return found


def _domain(uuid: str, domain: str, number: int) -> str:
    """The portal's own name for itself in check|DOMAIN|ID[|TIME]: it must be the one that this address belongs to."""
    parts = uuid.split("|")
    if len(parts) < 3 or parts[0] != "check":
        return domain  # a portal that calls its documents otherwise is known by its address
    if parts[1].lower() != domain:
        raise BadRequest(f"This address belongs to {domain}, not to {parts[1][:64]!r}")
    if parts[2] != str(number):
        raise BadRequest(f"The document {uuid[:64]!r} is not check {number}")
    return domain


def _check(found: PrintRequest, reader: _Reader) -> None:
    """Raises BadRequest with all that does not add up."""
    wrong = []
    total = sum((one.sum for one in found.items), Decimal(0))
    if abs(total - found.total_sum) > _FINEST:
        wrong.append(f"The positions come to {_plain(total)}, the check to {_plain(found.total_sum)}")
    sign = reader.text("calculated_sign", 32, "") or reader.text("operation", 32, "")
    if sign not in ("", found.sign):
        wrong.append(f"A check of type {found.type} is {found.sign}, not {sign!r}")
    if wrong:
        raise BadRequest(*wrong)


def _item(value: Any, place: str) -> Item:
    reader = _Reader(value, place)
    if reader.table("supplier_info"):
        raise BadRequest(f"{place} is sold for another supplier, which this cash register cannot do")
    return Item(
        name=" ".join(reader.text("name", 1024).split())[:256],
        price=reader.amount("price"),
        quantity=reader.amount("quantity"),
        sum=reader.amount("sum"),
        base_price=reader.amount("base_price") if reader.has("base_price") else None,
        vat=reader.text("vat", 32, ""),
        barcode=reader.text("barcode", 64, ""),
        marking_code=reader.text("marking_code", 256, ""),
        payment_object=reader.text("payment_object", 32, ""),
        payment_method=reader.text("payment_method", 32, ""),
        measure_code=reader.text("measure_code", 16, ""),
        currency=reader.text("currency", 3, ""),
    )


def _paid(value: Any, place: str) -> Paid:
    reader = _Reader(value, place)
    kind = reader.text("type", 32, "")
    if kind not in ("cash", "cashless"):
        kind = {"Y": "cash", "N": "cashless"}.get(reader.text("is_cash", 1, ""), "")
    if not kind:
        raise BadRequest(f"{place} is neither cash nor cashless")
    return Paid(kind == "cash", reader.amount("sum"), reader.text("currency", 3, ""))


class _Reader:
    """Fields of an object. Every method raises BadRequest with the field's place."""

    def __init__(self, given: Any, place: str = "") -> None:
        if not isinstance(given, dict):
            raise BadRequest(f"{place} is no object")
        self._given = {str(name).lower(): value for name, value in given.items()}
        self._place = f"{place}." if place else ""

    def has(self, name: str) -> bool:
        return self._given.get(name) not in (None, "")

    def text(self, name: str, longest: int, default: str | None = None) -> str:
        value = self._given.get(name)
        if value is None or value == "":
            if default is None:
                raise BadRequest(f"{self._place}{name} is missing")
            return default
        if isinstance(value, dict | list | bool):
            raise BadRequest(f"{self._place}{name} is no text")
        text = str(value)
        if len(text) > longest or any(ord(one) < 32 and one not in "\t\r\n\x1d" for one in text):
            raise BadRequest(f"{self._place}{name} has control characters or more than {longest} characters")
        return text

    def whole(self, name: str) -> int:
        text = self.text(name, 20)
        if not (text.isascii() and text.isdigit()) or len(text) > 15:
            raise BadRequest(f"{self._place}{name} is no whole number")
        return int(text)

    def amount(self, name: str) -> Decimal:
        text = self.text(name, 64)
        try:
            value = Decimal(text)
        except InvalidOperation as error:
            raise BadRequest(f"{self._place}{name} is no number") from error
        if not value.is_finite() or value < 0 or value >= _LARGEST:
            raise BadRequest(f"{self._place}{name} is not from 0 to {_LARGEST:f}")
        return value

    def rows(self, name: str, most: int) -> list[Any]:
        found = forms.rows(self._given.get(name))
        if found is None or len(found) > most:
            raise BadRequest(f"{self._place}{name} is no list of at most {most}")
        return found

    def table(self, name: str) -> dict[str, Any]:
        value = self._given.get(name)
        return value if isinstance(value, dict) else {}


def scaled(value: Decimal, digits: int, what: str) -> int:
    """The amount in units of 10^-digits. Raises BadRequest unless it is, but for a float's noise, a whole number."""
    exact = value.scaleb(digits)
    nearest = exact.quantize(Decimal(1), ROUND_HALF_UP)
    if abs(exact - nearest) > _NOISE:
        raise BadRequest(f"{what} {_plain(value)} has more than {digits} decimals")
    return int(nearest)
