"""After a sale: the lines that a classic printer reads back out of its journal (77h `W`), put together again.

Source: the vendor's Java samples for group A devices (FP-800, FP-2000, FP-650, FMP-10, FP-700), which name the fields
of every line: U document, R line, T sums, P payments, S reversal, D times, Z daily report, Q cash in and out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from drivers.printers.datecs import commands_text as text
from drivers.printers.datecs.commands_values import JournalLine, Unreadable

JournalKind = Literal["sale", "return", "cancelled", "cancelled_return"]
TextKind = Literal["sale", "return", "cancelled", "other", "unknown"]
#: U, field 4; invoices count as what they are.
_KINDS: Final[tuple[JournalKind, ...]] = (
    "sale",
    "return",
    "sale",
    "return",
    "cancelled",
    "cancelled_return",
    "cancelled",
    "cancelled_return",
)


@dataclass(frozen=True, slots=True)
class JournalItem:
    """One registered line: minor units, thousandths; negative for a voided one. `sum` is after its discount."""

    name: str
    tax: int
    price: int
    quantity: int
    change: int
    sum: int


@dataclass(frozen=True, slots=True)
class JournalReceipt:
    """A fiscal receipt as the journal keeps it. `payments`: cash, cheque, card, credit, then the programmable ones.

    `reverses`: the number of the document that a return takes back (0: a sale).
    """

    number: int
    kind: JournalKind
    unp: str
    operator: int
    items: tuple[JournalItem, ...]
    total: int
    payments: tuple[int, ...]
    opened: datetime | None
    closed: datetime | None
    reverses: int = 0


@dataclass(frozen=True, slots=True)
class JournalText:
    """A document of any kind as X devices keep it. `text`: as it stands on paper, of fiscal receipts only.

    `kind` is what 7Dh option 0 tells (manual FP-700X/DP-25X v2.02, command 125); "other" moves no turnover, "unknown"
    is none that the manual names.
    """

    number: int
    kind: TextKind
    at: datetime
    text: str = ""

    @property
    def numbers(self) -> frozenset[str]:
        """The unique sale numbers that stand on it; on a return also that of the sale."""
        return frozenset(_UNIQUE.findall("".join(self.text.split())))


_UNIQUE: Final = re.compile(r"[A-Z]{2}[0-9]{6}-[0-9A-Za-z]{4}-[0-9]{7}")
_TEXT_KINDS: Final[dict[str, TextKind]] = {
    "1": "sale",
    "2": "other",
    "3": "sale",
    "4": "other",
    "5": "other",
    "6": "return",
    "7": "return",
    "8": "cancelled",
    "9": "other",
}


def text_kind(kind: str) -> TextKind:
    """What kind of document the head of a journal's text tells."""
    return _TEXT_KINDS.get(kind.strip(), "unknown")


def journal_receipt(lines: Iterable[JournalLine], decimals: int = 2) -> JournalReceipt | None:
    """The receipt that these lines describe; None when they describe no fiscal receipt. Raises Unreadable."""
    by_kind: dict[str, list[tuple[str, ...]]] = {}
    for line in lines:
        by_kind.setdefault(line.kind, []).append(line.fields)
    if "U" not in by_kind:
        return None
    try:
        return _receipt(by_kind, decimals)
    except (IndexError, ValueError) as error:
        raise Unreadable(f"the journal's lines are not what the manual says ({error})") from error


def _receipt(by_kind: dict[str, list[tuple[str, ...]]], decimals: int) -> JournalReceipt:
    head = by_kind["U"][0]
    times = by_kind.get("D", [()])[0]
    reversal = by_kind.get("S", [()])[0]
    sums = by_kind.get("T", [()])[0]
    return JournalReceipt(
        number=text.number(head[4]),
        kind=_KINDS[text.number(head[3])],
        unp=head[0],
        operator=text.number(head[1]),
        items=tuple(_item(fields, decimals) for fields in by_kind.get("R", [])),
        total=text.amount(sums[7], decimals) if sums else 0,
        payments=tuple(text.amount(part, decimals) for part in by_kind.get("P", [()])[0]),
        opened=text.time_of(times[0]) if times else None,
        closed=text.time_of(times[1]) if times else None,
        reverses=text.number(reversal[1]) if reversal else 0,
    )


def _item(fields: tuple[str, ...], decimals: int) -> JournalItem:
    name = ",".join(fields[6:])
    change, total = text.amount(fields[4], decimals), text.amount(fields[5], decimals)
    price, quantity = text.amount(fields[2], decimals), text.pieces(fields[3])
    return JournalItem(name, text.number(fields[0]), price, quantity, change, total)
