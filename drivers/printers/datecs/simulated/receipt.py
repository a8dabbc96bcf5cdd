"""In a simulated fiscal printer: the receipt that is open, and what a closed one leaves in the fiscal memory.

Money is in minor units, quantities in thousandths. Sums are positive in returns too; the kind tells the direction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Literal

from drivers.printers.datecs.simulated.refusals import Refusal

Kind = Literal["sale", "return"]
_LARGEST = 99_999_999_99


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One registered line; `sum` is after `change`, its own discount (negative) or surcharge."""

    name: str
    tax: int
    price: int
    quantity: int
    change: int
    sum: int
    plu: int = 0


@dataclass(frozen=True, slots=True)
class FiscalDocument:
    """One fiscal receipt. `payments`: means and what it paid of the total. `original`: what a return takes back."""

    number: int
    kind: Kind
    total: int
    lines: tuple[SoldLine, ...]
    payments: tuple[tuple[str, int], ...]
    change: int
    taxes: tuple[int, ...]
    closure: int
    at: datetime
    unp: str = ""
    operator: int = 1
    original: str = ""
    reason: int = 1
    cancelled: bool = False


@dataclass(slots=True)
class OpenReceipt:
    """What 30h, 2Eh, 2Bh or 55h opened."""

    kind: Kind
    number: int
    at: datetime
    groups: int
    unp: str = ""
    operator: int = 1
    till: int = 1
    original: str = ""
    reason: int = 1
    lines: list[SoldLine] = field(default_factory=list)
    sums: list[int] = field(default_factory=list)
    payments: list[tuple[str, int]] = field(default_factory=list)
    tendered: int = 0
    change: int = 0
    changes: list[tuple[int, int]] = field(default_factory=list)
    paying: bool = False

    def __post_init__(self) -> None:
        self.sums = [0] * self.groups

    @property
    def total(self) -> int:
        return sum(self.sums)

    @property
    def due(self) -> int:
        return max(0, self.total - self.tendered)

    @property
    def paid(self) -> bool:
        return self.paying and self.tendered >= self.total

    def register(self, line: SoldLine, most: int) -> None:
        """Raises Refusal when the line does not fit."""
        if self.paying:
            raise Refusal("paying")
        if len(self.lines) >= most:
            raise Refusal("too_many_items")
        if abs(line.sum) > _LARGEST or self.total + line.sum > _LARGEST:
            raise Refusal("overflow")
        if self.sums[line.tax] + line.sum < 0:
            raise Refusal("negative_tax")
        self.sums[line.tax] += line.sum
        self.lines.append(line)

    def change_all(self, amount: int) -> None:
        """A discount or surcharge on the subtotal, shared by the tax groups in proportion. Raises Refusal."""
        if self.paying:
            raise Refusal("paying")
        total = self.total
        if total + amount < 0 or total <= 0:
            raise Refusal("negative_tax")
        shares = [Fraction(part * amount, total) for part in self.sums]
        rounded = [int(share) for share in shares]
        by_rest = sorted(range(self.groups), key=lambda place: abs(shares[place] - rounded[place]), reverse=True)
        for place in by_rest[: abs(amount - sum(rounded))]:
            rounded[place] += 1 if amount > 0 else -1
        self.sums = [part + share for part, share in zip(self.sums, rounded, strict=True)]
        self.changes.append((amount, self.total))

    def pay(self, means: str, amount: int | None) -> int:
        """Take a payment; the rest that is due, or as a negative number the change."""
        self.paying = True
        paid = self.due if amount is None else amount
        before = self.due
        self.tendered += paid
        self.payments.append((means, min(paid, before)))
        self.change = max(0, self.tendered - self.total)
        return self.due or -self.change

    def document(self, closure: int, at: datetime, *, cancelled: bool = False) -> FiscalDocument:
        return FiscalDocument(
            number=self.number,
            kind=self.kind,
            total=self.total,
            lines=tuple(self.lines),
            payments=tuple(self.payments),
            change=self.change,
            taxes=tuple(self.sums),
            closure=closure,
            at=at,
            unp=self.unp,
            operator=self.operator,
            original=self.original,
            reason=self.reason,
            cancelled=cancelled,
        )


def half_up(value: Fraction) -> int:
    """To the nearest whole number, halves away from zero."""
    whole = int(abs(value) + Fraction(1, 2))
    return -whole if value < 0 else whole


def line_sum(price: int, quantity: int) -> int:
    """Price times quantity (thousandths)."""
    return half_up(Fraction(price * quantity, 1000))


def share(amount: int, percent: int) -> int:
    """`percent` in hundredths of a per cent."""
    return half_up(Fraction(amount * percent, 10_000))
