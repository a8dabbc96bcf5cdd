"""On a sale's way to a fiscal printer and back: what is ordered of it and what it answers, as values.

Money is an integer in minor units, a quantity an integer in thousandths, a percentage an integer in hundredths of a
per cent. Times are the device's own clock: naive, without a zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

#: How long the whole command may take: 10 s, 60 s (reports, reading the journal), as long as the card terminal does.
Budget = Literal["normal", "long", "terminal"]


class Unreadable(ValueError):
    """The data of an answer are not what the manual says; one sentence for a log."""


@dataclass(frozen=True, slots=True)
class Command:
    """CMD and DATA of one order. `prints`: it needs a mechanism that can print, `asks`: it changes nothing."""

    number: int
    data: bytes
    name: str
    asks: bool = False
    prints: bool = True
    budget: Budget = "normal"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who is signed in at the device. `till`: number of the point of sale."""

    number: int = 1
    password: str = "0000"  # noqa: S105 - the factory's, printed in the manual
    till: int = 1


@dataclass(frozen=True, slots=True)
class Change:
    """A discount (negative) or surcharge: `percent` in hundredths of a per cent, or `amount` in minor units."""

    percent: int | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a receipt. `tax`: letter or number of the group. `plu`: its number where items are programmed.

    `void` takes a line of the same receipt back. `domestic`: a domestic product (North Macedonia).
    """

    name: str
    tax: str
    price: int
    quantity: int = 1000
    change: Change | None = None
    plu: int = 0
    department: int = 0
    unit: str = ""
    void: bool = False
    domestic: bool = False


@dataclass(frozen=True, slots=True)
class Original:
    """The receipt that a storno takes back, as it stands on its paper. `register`: its fiscal memory's number."""

    document: int
    at: datetime | None = None
    register: str = ""
    unp: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """Answer to opening and closing. Classic: the two counters since the last Z report; X: the document's number.

    What the counters count, and when, is `Dialect.counters`.
    """

    first: int | None = None
    second: int | None = None
    document: int | None = None


@dataclass(frozen=True, slots=True)
class Subtotal:
    """`total` of the open receipt and the part of every tax group."""

    total: int
    taxes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Paid:
    """Answer to a payment. `due`: still to be paid (0: exactly paid); `change`: to be given back."""

    due: int
    change: int


@dataclass(frozen=True, slots=True)
class CashState:
    """The register's cash, and what was put in and taken out since the last Z report."""

    cash: int
    paid_in: int
    paid_out: int


@dataclass(frozen=True, slots=True)
class ReceiptState:
    """The open receipt, or the last one. X also tells its `number`; classic does not tell sale from return here."""

    open: Literal["none", "sale", "return", "fiscal"]
    items: int
    amount: int
    paid: int
    number: int | None = None


@dataclass(frozen=True, slots=True)
class LastDocument:
    """Number of the last document. X: of the last fiscal receipt, with its time and Z report."""

    number: int
    at: datetime | None = None
    closure: int | None = None


@dataclass(frozen=True, slots=True)
class DayReport:
    """Answer to an X or Z report: its number, sum and the sums by tax group; X also tells those of the returns."""

    closure: int
    total: int
    taxes: tuple[int, ...]
    returns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DayTotals:
    """Sums by tax group since the last Z report; X also tells the number of the next one."""

    taxes: tuple[int, ...]
    closure: int | None = None


@dataclass(frozen=True, slots=True)
class DayPayments:
    """Money by means of payment, in the device's order; classic also tells the number of the next Z report."""

    amounts: tuple[int, ...]
    closure: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Answer to 5Ah. `serial` is blank on a device that is not fiscalised; `register` is the fiscal memory's number."""

    model: str
    firmware: str
    checksum: str
    switches: str
    serial: str
    register: str


@dataclass(frozen=True, slots=True)
class LastError:
    """Answer to 20h: the last command that failed, kept until it is cleared. `code` "0": none."""

    command: str
    code: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line read back: `kind` as the device writes it ("U", "R", "P" …), "text", or "end" and "nothing"."""

    kind: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalHead:
    """Which document the journal lines belong to (X): number, of its kind, time, Z report."""

    document: int
    of_kind: int
    at: datetime
    kind: str
    closure: int
