"""Beside a sale's way: what a drawer's day is by NewStore's books, as values: the other side of a comparison.

Pure. Money is in minor units of the named currency, positive lies in the drawer afterwards; times are NewStore's own,
with a zone. Source: "Cash Drawer API (0)", list daily cash reports, get cash transaction, report of cash transactions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final

#: How NewStore calls a sale, a return among them; the other kinds are its ten types.
SALE: Final = "sale"
#: Rows of the store's report that are no transactions but a day's own steps.
STEPS: Final = ("float_adjustment", "reconciliation", "end_of_day_withdrawal")
_MOST_TRIED: Final = 12
#: A report's moments may be cut to milliseconds, a row's are not.
_CUT: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One cash transaction by its id. `kind`: `reason` of the answer. `balance`: what NewStore calls so, which need
    not be what came in less what went out (the vendor's own sample has it otherwise).
    """

    id: str
    drawer_id: str
    order_id: str
    kind: str
    status: str
    amount_in: int
    amount_out: int
    balance: int
    currency: str
    created_at: datetime

    @property
    def moved(self) -> int:
        """What it leaves in the drawer once it is completed."""
        return self.amount_in - self.amount_out


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the store's report: it bears no transaction's id and no status."""

    drawer_id: str
    kind: str
    orders: frozenset[str]
    amount: int
    currency: str
    created_at: datetime
    reason: str = ""

    @property
    def described(self) -> str:
        """What is known of it, without the amount."""
        order = next((f" of order {one}" for one in sorted(self.orders) if one), "")
        return f"{self.kind}{order}, created {self.created_at.isoformat(timespec='seconds')}"


@dataclass(frozen=True, slots=True)
class DailyReport:
    """The report of one closed day of a drawer."""

    activated_at: datetime
    deactivated_at: datetime
    currency: str
    open_float: int
    sales: int
    returns: int
    moves_in: int
    moves_out: int
    variance: int
    end_count: int
    deposit: int

    @property
    def expected(self) -> int:
        """The cash that must have been there at the end by these sums."""
        return self.open_float + self.sales - self.returns + self.moves_in - self.moves_out

    def holds(self, at: datetime) -> bool:
        """Whether this moment lies in the day."""
        return self.activated_at <= at <= self.deactivated_at + _CUT


@dataclass(frozen=True, slots=True)
class VendorDay:
    """`drawer_id`: NewStore's. `transactions`: by NewStore's id; one that is asked for and not in here is not known
    there. `rows`: of this drawer and this day. `report`: None while the day is open there, or was never closed.
    """

    drawer_id: str
    transactions: Mapping[str, Transaction] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    report: DailyReport | None = None

    def holds(self, transaction: Transaction) -> bool:
        """Whether it is booked in this day."""
        return self.report is None or self.report.holds(transaction.created_at)


def unmatched(rows: Iterable[Row], transactions: Iterable[Transaction]) -> tuple[list[Row], list[Transaction]]:
    """The rows that none of `transactions` accounts for, and the transactions that no row shows.

    A row belongs to a transaction of its kind, order and amount; the moment only chooses among several. A canceled
    transaction need not be shown: only a row of its very moment is its own.
    """
    pool: dict[tuple[str, str], dict[int, Row]] = defaultdict(dict)
    left = {number: row for number, row in enumerate(rows) if row.kind not in STEPS}
    for number, row in left.items():
        for order in row.orders:
            pool[row.kind, order][number] = row

    def claim(one: Transaction, *, exactly: bool) -> bool:
        distances = {
            number: abs(row.created_at - one.created_at)
            for number, row in pool[one.kind, one.order_id].items()
            if number in left and _shows(row, one)
        }
        best = min(distances, key=distances.__getitem__, default=None)
        if best is None or (exactly and distances[best]):
            return False
        del left[best]
        return True

    rest = [one for one in transactions if not claim(one, exactly=True)]
    unlisted = [one for one in rest if one.status == "canceled" or not claim(one, exactly=False)]
    return list(left.values()), unlisted


def _shows(row: Row, one: Transaction) -> bool:
    # a row's amount may be the balance or what came in: the vendor's own samples disagree
    return row.amount in (one.balance, one.moved, one.amount_in)


def completed(rows: Sequence[Row], difference: int, likely: Sequence[Row]) -> Sequence[Row] | None:
    """Which of `rows` (all of one sign) must be completed ones for their amounts to make `difference`, if it can be
    told. None: no choice of them does. Among several choices the one with most `likely` ones is taken.
    """
    if difference == 0:
        return ()
    if len(rows) > _MOST_TRIED:
        return rows if sum(row.amount for row in rows) == difference else None
    fitting = [
        chosen
        for size in range(1, len(rows) + 1)
        for chosen in combinations(rows, size)
        if sum(row.amount for row in chosen) == difference
    ]
    return max(fitting, key=lambda chosen: sum(row in likely for row in chosen) - len(chosen), default=None)
