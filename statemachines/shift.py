"""The shift: no sale without an open one. It adds up what was sold, taken back, put in and taken out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from statemachines.machine import Output, Reject, Row, Table
from statemachines.vocabulary.events import CashMoved, Occurred, SaleCompleted, ShiftClosed, ShiftOpened
from statemachines.vocabulary.receipt import (
    PaymentTotal,
    PaymentType,
    Person,
    Receipt,
    ShiftTotals,
    TaxAmount,
    Turnover,
)

CLOSED = "closed"
OPEN = "open"
STATES = (CLOSED, OPEN)

NOTHING = Turnover()


@dataclass(slots=True)
class Shift:
    """The current shift, or the last one when closed. `number` counts shifts of this till."""

    state: str = CLOSED
    shift_id: str = ""
    number: int = 0
    opened_at: int = 0
    cashier: Person | None = None
    business_date: str = ""
    float_amount: int = 0
    sales: Turnover = NOTHING
    returns: Turnover = NOTHING
    cash_in: int = 0
    cash_out: int = 0
    cash: int = 0
    last_number: str = ""

    @property
    def totals(self) -> ShiftTotals:
        return ShiftTotals(
            self.sales,
            self.returns,
            self.float_amount,
            self.cash_in,
            self.cash_out,
            self.expected_cash,
            self.last_number,
        )

    @property
    def expected_cash(self) -> int:
        """What must be in the drawer: float + cash of sales - cash of returns + cash in - cash out."""
        return self.float_amount + self.cash + self.cash_in - self.cash_out


class Context(Protocol):
    @property
    def now(self) -> Occurred: ...
    def receipt_of(self, document_id: str) -> Receipt: ...


def add(turnover: Turnover, receipt: Receipt) -> Turnover:
    """The turnover with one more receipt in it."""
    payments: dict[PaymentType, int] = {total.type: total.amount for total in turnover.payments}
    for payment in receipt.payments:
        payments[payment.type] = payments.get(payment.type, 0) + payment.amount
    taxes: dict[tuple[str, str], TaxAmount] = {(tax.group, tax.name): tax for tax in turnover.tax}
    for tax in receipt.totals.tax:
        known = taxes.get((tax.group, tax.name))
        taxes[tax.group, tax.name] = (
            tax if known is None else replace(known, base=known.base + tax.base, amount=known.amount + tax.amount)
        )
    return Turnover(
        turnover.count + 1,
        turnover.total + receipt.totals.total,
        turnover.rounding + receipt.totals.rounding,
        tuple(PaymentTotal(kind, amount) for kind, amount in payments.items()),
        tuple(taxes.values()),
    )


def _open(shift: Shift, event: ShiftOpened, context: Context) -> Iterable[Output]:
    shift.shift_id = event.shift_id
    shift.number = event.number
    shift.opened_at = context.now.at
    shift.cashier = event.cashier
    shift.business_date = event.business_date
    shift.float_amount = event.float_amount
    shift.sales = shift.returns = NOTHING
    shift.cash_in = shift.cash_out = shift.cash = 0
    shift.last_number = ""
    return ()


def _sold(shift: Shift, event: SaleCompleted, context: Context) -> Iterable[Output]:
    receipt = context.receipt_of(event.document_id)
    if receipt.kind == "sale":
        shift.sales = add(shift.sales, receipt)
    else:
        shift.returns = add(shift.returns, receipt)
    shift.cash += event.cash_due
    shift.last_number = receipt.number
    return ()


def _moved(shift: Shift, event: CashMoved, _: Context) -> Iterable[Output]:
    if event.direction == "in":
        shift.cash_in += event.amount
    else:
        shift.cash_out += event.amount
    return ()


ROWS: tuple[Row[Shift, Context], ...] = (
    Row(CLOSED, ShiftOpened, OPEN, _open),
    Row(OPEN, ShiftClosed, CLOSED),
    Row(OPEN, SaleCompleted, OPEN, _sold),
    Row(OPEN, CashMoved, OPEN, _moved),
)
REJECTS: tuple[Reject, ...] = (
    Reject(OPEN, (ShiftOpened,), "shift-open", "The shift is open already."),
    Reject(CLOSED, (ShiftClosed,), "shift-closed", "No shift is open, so there is none to close."),
    Reject(
        CLOSED,
        (SaleCompleted, CashMoved),
        "shift-closed",
        "No shift is open: open the shift first (POST /v1/shifts).",
    ),
)

TABLE: Table[Shift, Context] = Table("shift", STATES, ROWS, REJECTS)
