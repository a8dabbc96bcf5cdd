"""Beside a sale's way: the till's own shift in the form of SmartOne's X report, from its journal; pure.

Core-cashbox 2.5.3: totals by kind of document, taxes by letter, payments by code, first and last number, operations.
Money in minor units, rates in per cent times 100, times of the shop without zone. A payment's amount is what was handed
over, its change stands beside it. Of kinds that the page does not name (refund, deposit) there is a row once there are
any. Lists of orders are not this till's business: openOrdersCnt is 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final, Protocol

from firmware_bridge.journal.codec import Stored
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.smartone import moments
from firmware_bridge.vendors.smartone.report import (
    EndShift,
    PaymentSum,
    ShiftReport,
    ShiftTotals,
    StartShift,
    Sum,
    TaxSum,
    envelope,
)
from statemachines.vocabulary.day_events import ShiftFoundOpen
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRequested,
    Event,
    Occurred,
    SaleCompleted,
    SaleRequested,
    ShiftClosed,
    ShiftOpened,
)
from statemachines.vocabulary.receipt import CashMove, PaymentType, Receipt, TaxGroup

CODES: Final[Mapping[PaymentType, str]] = {"cash": "C", "card": "V"}
"""The page names these two; every other means of payment stands under our own word for it."""
NO_SHIFT: Final = "No shift was ever opened on this till"
COUNTED_BLIND: Final = "A drawer is being counted blind: what should be in it is told when the count is over"
_PAGE: Final = 1000


@dataclass(slots=True)
class _Kind:
    """Documents of one kind."""

    count: int = 0
    amount: int = 0
    taxes: dict[str, TaxSum] = field(default_factory=dict)
    payments: dict[str, PaymentSum] = field(default_factory=dict)

    def add(self, amount: int) -> None:
        self.count += 1
        self.amount += amount


@dataclass(slots=True)
class Tally:
    """One shift as the journal tells it. `groups`: the till's tax groups, by our key."""

    groups: Mapping[str, TaxGroup] = field(default_factory=dict)
    number: int = 0
    opened_at: int = 0
    closed_at: int | None = None
    begun_with: int = 0
    cash: int = 0
    numbers: list[int] = field(default_factory=list)
    kinds: dict[str, _Kind] = field(default_factory=dict)
    _receipts: dict[str, Receipt] = field(default_factory=dict)
    _moves: dict[str, CashMove] = field(default_factory=dict)

    def hear(self, item: Stored) -> None:
        """The next record of the journal; a shift's opening begins anew."""
        if not isinstance(item, Occurred):
            return
        match item.event:
            case SaleRequested(document_id=name, receipt=receipt):
                self._receipts[name] = receipt
            case CashMoveRequested(document_id=name, move=move):
                self._moves[name] = move
            case ShiftOpened() as opened:
                cash = opened.float_amount if opened.initial is None else opened.initial
                self._begin(opened.number, item.at, cash)
            case ShiftFoundOpen() as found:
                self._begin(found.number, found.opened_at, found.initial or 0)
            case ShiftClosed():
                self.closed_at = item.at
            case SaleCompleted() | CashMoved() as made:
                self._made(made)
            case _:
                return

    def _begin(self, number: int, at: int, cash: int) -> None:
        self.number, self.opened_at, self.closed_at = number, at, None
        self.begun_with = self.cash = cash
        self.numbers, self.kinds = [], {}

    def _made(self, event: Event) -> None:
        if isinstance(event, SaleCompleted):
            receipt = self._receipts.pop(event.document_id, None)
            if receipt is not None:
                self.cash += event.cash_due
                self._sold(receipt)
                self._numbered(receipt.number)
        elif isinstance(event, CashMoved) and event.direction != "none":
            move = self._moves.pop(event.document_id, None)
            self.cash += event.amount if event.direction == "in" else -event.amount
            self._kind("deposit" if event.direction == "in" else "withdraw").add(event.amount)
            self._numbered("" if move is None else move.number)

    def _sold(self, receipt: Receipt) -> None:
        kind = self._kind("sale" if receipt.kind == "sale" else "refund")
        kind.add(receipt.totals.payable)
        for line in receipt.lines:
            group = self.groups.get(line.request.tax_group)
            if not line.taxes and group is not None:
                _add_tax(kind.taxes, group.letter, TaxSum(group.letter, 0, group.key, line.sum, 0))
        for tax in receipt.totals.tax:
            letter = tax.letter if self._first(tax.group, tax.name) else f"{tax.letter}-{tax.name}"
            _add_tax(kind.taxes, letter, TaxSum(tax.letter, tax.rate, tax.name, tax.base, tax.amount))
        for payment in receipt.payments:
            code = CODES.get(payment.type, payment.type)
            known = kind.payments.get(code, PaymentSum())
            handed = payment.amount if payment.given is None or receipt.kind == "return" else payment.given
            change = handed - payment.amount
            kind.payments[code] = PaymentSum(known.count + 1, known.amount + handed, known.change + change)

    def _first(self, group: str, name: str) -> bool:
        """Is it the tax that the group's letter stands for, and not an excise beside it?"""
        taxes = self.groups[group].taxes if group in self.groups else ()
        return len(taxes) < 2 or taxes[0].name == name

    def _kind(self, name: str) -> _Kind:
        return self.kinds.setdefault(name, _Kind())

    def _numbered(self, number: str) -> None:
        if number.isascii() and number.isdigit():
            self.numbers.append(int(number))

    # --- what it comes to -----------------------------------------------------------------------------------------

    def report(self, now: int, zone: tzinfo) -> ShiftReport:
        """As of `now` (UTC ms): the shift's end is how it stands by now while it is open."""
        ended = now if self.closed_at is None else self.closed_at
        sums = {name: Sum(one.count, one.amount) for name, one in self.kinds.items()}
        by_kind = {name: one for name, one in self.kinds.items() if one.payments}
        taxes: dict[str, dict[str, TaxSum] | list[Any]] = {"sale": {}}
        payments: dict[str, dict[str, PaymentSum] | list[Any]] = {"sale": {}}
        operations = sum(one.count for one in self.kinds.values())
        return ShiftReport(
            shift_open=self.closed_at is None,
            shift_id=self.number,
            cash=self.cash,
            shift_totals=ShiftTotals(
                StartShift(moments.written(self.opened_at, zone), self.begun_with, 0),
                EndShift(moments.written(ended, zone), self.cash, oper_count=operations, open_orders_cnt=0),
                min(self.numbers, default=0),
                max(self.numbers, default=0),
                {"sale": Sum(), "withdraw": Sum()} | sums,
                taxes | {name: one.taxes for name, one in by_kind.items()},
                payments | {name: one.payments for name, one in by_kind.items()},
            ),
        )


def _add_tax(taxes: dict[str, TaxSum], letter: str, tax: TaxSum) -> None:
    known = taxes.get(letter)
    before = (0, 0) if known is None else (known.amount, known.tax_amount)
    sums = (before[0] + tax.amount, before[1] + tax.tax_amount)
    taxes[letter] = TaxSum(tax.tax_code, tax.tax_val, tax.tax_name, *sums)


def of_records(records: Iterable[Stored], groups: Mapping[str, TaxGroup]) -> Tally | None:
    """The last shift that these records tell of; None when they tell of none."""
    tally = Tally(groups)
    for item in records:
        tally.hear(item)
    return tally if tally.opened_at else None


def refusal(message: str) -> dict[str, Any]:
    return {"status": "error", "message": message}


def answer(tally: Tally | None, now: int, zone: tzinfo) -> dict[str, Any]:
    """What the register of that page would answer."""
    if tally is None:
        return refusal(NO_SHIFT)
    return envelope(tally.report(now, zone))


class Reader(Protocol):
    """A journal that can be read, as firmware_bridge.journal.thread has it."""

    async def by_name(self, name: str, limit: int = ...) -> Sequence[Record]:
        """The newest records of this class, newest first."""

    async def read(self, after: int, limit: int = ...) -> Sequence[Record]:
        """The records behind sequence number `after`, oldest first."""


async def of_journal(journal: Reader, groups: Mapping[str, TaxGroup]) -> Tally | None:
    """The current shift (or the last, closed one). Reads from its opening on. Raises JournalError."""
    openings = [
        record
        for name in (ShiftOpened.__name__, ShiftFoundOpen.__name__)
        for record in await journal.by_name(name, limit=1)
    ]
    if not openings:
        return None
    tally = Tally(groups)
    seq = max(record.seq for record in openings) - 1
    while records := await journal.read(seq, _PAGE):
        seq = records[-1].seq
        for record in records:
            tally.hear(record.record)
    return tally
