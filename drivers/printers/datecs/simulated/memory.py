"""In a simulated fiscal printer: what battery and fiscal memory keep while it has no power.

The fiscal memory (Z reports) and the journal outlive everything; counters, sums, programmed items and an open receipt
are in battery-backed memory, which a reset clears.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from drivers.printers.datecs.simulated.receipt import FiscalDocument, OpenReceipt

DocumentKind = Literal[
    "sale", "return", "cancelled", "nonfiscal", "cash_in", "cash_out", "x_report", "z_report", "duplicate", "diagnostic"
]
#: The pulse that is left after the memory was cleared; too short for many drawers.
FACTORY_PULSE_MS = 15


@dataclass(frozen=True, slots=True)
class Closure:
    """One Z report in the fiscal memory. `taxes`, `returns`: sums by tax group of sales and returns."""

    number: int
    at: datetime
    taxes: tuple[int, ...]
    returns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class JournalDocument:
    """What the electronic journal keeps of a document: its text, and the receipt if it is one."""

    number: int
    kind: DocumentKind
    at: datetime
    closure: int
    lines: tuple[str, ...]
    receipt: FiscalDocument | None = None
    opened: datetime | None = None
    till: int = 1
    changes: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class Plu:
    """A programmed item. `turnover`: it was sold since the last Z report and cannot be changed."""

    number: int
    name: str
    tax: int
    price: int
    group: int = 1
    turnover: int = 0
    quantity: int = 0


@dataclass(slots=True)
class Day:
    """Sums since the last Z report."""

    groups: int
    sales: list[int] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)
    payments: Counter[str] = field(default_factory=Counter)
    return_payments: Counter[str] = field(default_factory=Counter)
    paid_in: int = 0
    paid_out: int = 0
    documents: int = 0
    receipts: int = 0
    closed_sales: int = 0
    closed_returns: int = 0
    voids: int = 0
    cancelled: int = 0
    began: datetime | None = None

    def __post_init__(self) -> None:
        self.sales = [0] * self.groups
        self.returns = [0] * self.groups


@dataclass(slots=True)
class Memory:
    """`capacity`: Z reports that the fiscal memory takes; `journal_capacity`: documents of the journal."""

    groups: int
    passwords: dict[int, str]
    capacity: int = 1825
    journal_capacity: int = 100_000
    closures: list[Closure] = field(default_factory=list)
    first_closure: int = 1
    fiscal: list[FiscalDocument] = field(default_factory=list)
    cancelled: list[FiscalDocument] = field(default_factory=list)
    journal: list[JournalDocument] = field(default_factory=list)
    document: int = 0
    cash: int = 0
    receipt: OpenReceipt | None = None
    last_receipt: FiscalDocument | None = None
    nonfiscal: bool = False
    plus: dict[int, Plu] = field(default_factory=dict)
    pulse_ms: int = FACTORY_PULSE_MS
    auto_drawer: bool = False
    auto_cut: bool = True
    last_unp: str = ""
    copied: int = 0
    clock_unset: bool = False
    was_reset: bool = False
    day_exceeded: bool = False
    last_error: tuple[str, str, str, str] = ("", "0", "", "")
    day: Day = field(init=False)

    def __post_init__(self) -> None:
        self.day = Day(self.groups)

    @property
    def closure(self) -> int:
        """The number that the next Z report will have."""
        return self.first_closure + len(self.closures)

    @property
    def room(self) -> int:
        """Z reports that still fit."""
        return max(0, self.capacity - len(self.closures))

    @property
    def full(self) -> bool:
        return not self.room

    @property
    def journal_full(self) -> bool:
        return len(self.journal) >= self.journal_capacity

    @property
    def journal_near_end(self) -> bool:
        return len(self.journal) >= self.journal_capacity - 10

    def reset(self, passwords: dict[int, str]) -> None:
        """The battery failed: fiscal memory and journal stay."""
        self.passwords = passwords
        self.receipt = self.last_receipt = None
        self.nonfiscal = False
        self.cash = 0
        self.plus = {}
        self.pulse_ms = FACTORY_PULSE_MS
        self.auto_drawer = False
        self.day = Day(self.groups)
        self.clock_unset = self.was_reset = True
        self.day_exceeded = False
        self.last_unp = ""
