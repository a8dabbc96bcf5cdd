"""In the vendor's place on a sale's way: what the register has written down, and the sums over it."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from firmware_bridge.vendors.smartone.sandbox.codes import Refused
from firmware_bridge.vendors.smartone.sandbox.fields import TIME
from firmware_bridge.vendors.smartone.sandbox.options import SandboxOptions

Kind = Literal["sale", "refund", "rollback", "deposit", "withdraw"]
_LETTERS: Final = string.ascii_letters + string.digits
_SIGN: Final[dict[str, int]] = {"sale": 1, "deposit": 1, "refund": -1, "rollback": -1, "withdraw": -1}


@dataclass(frozen=True, slots=True)
class Taxed:
    """So much of a position lies under this tax."""

    code: str
    name: str
    rate: int
    amount: int


@dataclass(frozen=True, slots=True)
class Item:
    """One position: thousandths, and the sum that is paid for it in minor units."""

    item_id: str
    name: str
    quantity: int
    amount: int
    taxes: tuple[Taxed, ...]


@dataclass(frozen=True, slots=True)
class Paid:
    """By one means: `amount` as it was handed over."""

    code: str
    kind: str
    amount: int


@dataclass(slots=True)
class Document:
    """`number` counts the register's documents; `fiscal_id` is what the tax service knows it by. `cash`: what it moved
    in the drawer, signed. `date`, `doc_number`, `ext_id`: as the client sent them. `images`: how often a picture of it
    was made; `prints`: how often it came out on paper."""

    kind: Kind
    number: int
    fiscal_id: str
    shift_id: int
    made_at: datetime
    amount: int
    cash: int
    doc_number: str = ""
    date: str = ""
    ext_id: str = ""
    employee: str = ""
    items: tuple[Item, ...] = ()
    payments: tuple[Paid, ...] = ()
    change: int = 0
    parent: str = ""
    rrn: str = ""
    prints: int = 0
    images: int = 0
    print_error: int = 0


@dataclass(slots=True)
class Shift:
    """`start_cash`, `start_orders`: as it was opened."""

    shift_id: int
    opened_at: datetime
    start_cash: int
    start_orders: int
    employee: str = ""
    closed_at: datetime | None = None
    documents: list[Document] = field(default_factory=list)

    def of(self, kind: Kind) -> list[Document]:
        return [one for one in self.documents if one.kind == kind]


@dataclass(frozen=True, slots=True)
class Charge:
    """A card that the register charged (or gave back to), minor units, signed."""

    fiscal_id: str
    amount: int
    rrn: str


class Ledger:
    """The books. `now`: the present moment, UTC."""

    def __init__(self, options: SandboxOptions, entropy: random.Random, now: Callable[[], datetime]) -> None:
        self.options = options
        self.cash = options.cash
        self.open_orders = 0
        self.shifts: list[Shift] = []
        self.documents: list[Document] = []
        self.charges: list[Charge] = []
        self._entropy = entropy
        self._now = now
        self._zone = ZoneInfo(options.zone)

    def now(self) -> datetime:
        return self._now()

    def local(self, at: datetime) -> str:
        """As the register writes a moment: wall time without a zone."""
        return at.astimezone(self._zone).strftime(TIME)

    # --- shifts ---------------------------------------------------------------------------------------------------

    @property
    def last(self) -> Shift | None:
        return self.shifts[-1] if self.shifts else None

    @property
    def shift(self) -> Shift | None:
        """The open one."""
        last = self.last
        return None if last is None or last.closed_at is not None else last

    def standing(self) -> Shift:
        """Raises Refused (6)."""
        if self.shift is None:
            raise Refused(6)
        return self.shift

    def exceeds_at(self, shift: Shift, *, aged: bool) -> datetime:
        """When it must be over; `aged`: that was a minute ago."""
        if aged:
            return self.now() - timedelta(minutes=1)
        return shift.opened_at + timedelta(hours=self.options.shift_hours)

    def young(self, *, aged: bool) -> Shift:
        """The open shift, if something new fits into it. Raises Refused (6, 22)."""
        shift = self.standing()
        if self.now() >= self.exceeds_at(shift, aged=aged):
            raise Refused(22, self.options.shift_hours)
        return shift

    def open(self, employee: str) -> Shift:
        made = Shift(len(self.shifts) + 1, self.now(), self.cash, self.open_orders, employee)
        self.shifts.append(made)
        return made

    # --- documents ------------------------------------------------------------------------------------------------

    def add(self, document: Document, shift: Shift) -> Document:
        self.documents.append(document)
        shift.documents.append(document)
        self.cash += document.cash
        for paid in document.payments:
            if paid.kind == "cashless" and paid.amount:
                sign = _SIGN[document.kind]
                self.charges.append(Charge(document.fiscal_id, sign * paid.amount, document.rrn))
        return document

    def next_number(self) -> int:
        return len(self.documents) + 1

    def new_id(self) -> str:
        """The tax service's name of a document: 44 letters and digits, of which twelve stand on paper."""
        return "".join(self._entropy.choice(_LETTERS) for _ in range(44))

    def new_rrn(self) -> str:
        return f"{self._entropy.randrange(10**12):012d}"

    def by_fiscal_id(self, fiscal_id: str) -> Document | None:
        return next((one for one in self.documents if one.fiscal_id == fiscal_id), None)

    def found(self, *, ext_id: str = "", number: str = "") -> Document | None:
        """By the client's external key, else by the register's number."""
        for one in self.documents:
            if (ext_id and one.ext_id == ext_id) or (not ext_id and number and str(one.number) == number):
                return one
        return None

    def same(self, kind: Kind, date: str, doc_number: str, amount: int) -> Document | None:
        """One that was sent with the same time, number and amount."""
        wanted = (kind, date, doc_number, amount)
        return next((one for one in self.documents if (one.kind, one.date, one.doc_number, one.amount) == wanted), None)

    def returned(self, sale: Document) -> list[Document]:
        return [one for one in self.documents if one.kind in ("refund", "rollback") and one.parent == sale.fiscal_id]


def half_up(numerator: int, denominator: int) -> int:
    """For numbers that are not negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def included(amount: int, rate: int) -> int:
    """The tax that `amount` contains."""
    return half_up(amount * rate, 10_000 + rate)


def turnovers(documents: Iterable[Document]) -> dict[str, Taxed]:
    """What lies under each tax, by its letter."""
    found: dict[str, Taxed] = {}
    for tax in (tax for one in documents for item in one.items for tax in item.taxes):
        before = found[tax.code].amount if tax.code in found else 0
        found[tax.code] = Taxed(tax.code, tax.name, tax.rate, before + tax.amount)
    return found
