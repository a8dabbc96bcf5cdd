"""Beside a sale's way, at the end of a day: what came out when the journal was held against NewStore's books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from firmware_bridge.vendors.newstore.audit.till_day import TillDay
from statemachines.vocabulary.book_events import BooksCompared

Kind = Literal[
    "amount", "order", "currency", "drawer", "kind", "missing", "canceled", "unfinished", "unlisted", "doubled",
    "foreign", "other_day", "float", "count", "variance", "sales", "returns", "moves_in", "moves_out", "deposit",
    "day", "journal",
]  # fmt: skip
#: Sentences that one event may carry, so that it stays a small record whatever a stranger did to the books.
MOST_TOLD: Final = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference, in a sentence that names both sides."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """How far NewStore was told: its cursor in the journal, the ids it gave (ours -> its), and what is set aside
    (number of the record -> why).
    """

    cursor: int
    refs: Mapping[str, str]
    parked: Mapping[int, str]

    def waits(self, *records: int) -> str:
        """Why one of these records is still on its way; "" when all were delivered or let go (0 is no record)."""
        for seq in records:
            if seq in self.parked:
                return f"parked at record {seq} ({self.parked[seq]})"
            if seq > self.cursor:
                return "not delivered yet"
        return ""


@dataclass(frozen=True, slots=True)
class Currency:
    """The till's currency by its ISO 4217 code, and how many decimals it has."""

    code: str
    exponent: int

    def text(self, minor: int) -> str:
        """In major units: "139.50"."""
        sign, whole = "-" if minor < 0 else "", abs(minor)
        if not self.exponent:
            return f"{sign}{whole}"
        major, rest = divmod(whole, 10**self.exponent)
        return f"{sign}{major}.{rest:0{self.exponent}d}"


@dataclass(frozen=True, slots=True)
class Line:
    """One sum by both books, minor units; None: this side does not tell it (yet)."""

    what: str
    ours: int | None
    theirs: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One day of one drawer. `transactions` of ours were held against NewStore's, `agree` of them to the cent.

    `drawer_id`: NewStore's. `findings`: differences. `drafts`: what stands there unfinished and moves no cash.
    `pending`: what is on its way. `reported`: NewStore has closed the day and reported it.
    """

    day: TillDay
    drawer_id: str
    currency: Currency
    transactions: int
    agree: int
    findings: tuple[Finding, ...]
    drafts: tuple[str, ...]
    pending: tuple[str, ...]
    lines: tuple[Line, ...]
    reported: bool

    @property
    def event(self) -> BooksCompared:
        """What the till hears of it."""
        texts = tuple(finding.text for finding in self.findings)
        if len(texts) > MOST_TOLD:
            texts = (*texts[:MOST_TOLD], f"and {len(texts) - MOST_TOLD} more")
        return BooksCompared("newstore", self.day.place, self.transactions, len(self.drafts), texts)
