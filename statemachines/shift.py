"""The fiscal shift: no sale without an open one. It adds up what was sold, taken back, put in and taken out.

Opening and closing are documents that the fiscaliser makes (`receipt.py`); this machine hears what became of them. It
ages: towards the fiscaliser's limit it first warns, then takes nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from statemachines.machine import Output, Reject, Row, Table
from statemachines.vocabulary.day_events import (
    ShiftAgeWarned,
    ShiftCloseDoubtful,
    ShiftCloseRefused,
    ShiftExpired,
    ShiftFoundClosed,
    ShiftFoundOpen,
    ShiftOpenDoubtful,
    ShiftOpenRefused,
)
from statemachines.vocabulary.events import (
    CashMoved,
    Event,
    Occurred,
    ReportRequested,
    SaleCompleted,
    ShiftClosed,
    ShiftOpened,
    ShiftOpenRequested,
    TillStarted,
    TimeReached,
)
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
OPENING = "opening"
OPENING_DOUBT = "opening_doubt"
REFUSED = "refused"
OPEN = "open"
EXPIRING = "expiring"
EXPIRED = "expired"
CLOSING = "closing"
CLOSING_DOUBT = "closing_doubt"
STATES = (CLOSED, OPENING, OPENING_DOUBT, REFUSED, OPEN, EXPIRING, EXPIRED, CLOSING, CLOSING_DOUBT)
SELLING = (OPEN, EXPIRING)
STANDING = (OPEN, EXPIRING, EXPIRED, CLOSING, CLOSING_DOUBT)
"""There is an open shift at the fiscaliser, whatever may be done in it."""
SHUT = (CLOSED, REFUSED, OPENING, OPENING_DOUBT)
"""There is none, as far as is known."""

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
    vendor_id: str = ""
    vendor_number: str = ""
    reason: str = ""
    opened_mono: int = 0
    warned: bool = False
    expired: bool = False

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
    @property
    def latest_at(self) -> int:
        """The latest wall-clock time in the journal (UTC ms): a clock that was reset makes no shift younger."""

    @property
    def shift_limit_ms(self) -> int: ...
    @property
    def shift_warn_ms(self) -> int: ...
    @property
    def shift_stop_ms(self) -> int: ...
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


def _begin(shift: Shift, event: ShiftOpened | ShiftFoundOpen, opened_at: int, context: Context) -> None:
    shift.shift_id = event.shift_id
    shift.number = event.number
    shift.opened_at = opened_at
    shift.opened_mono = context.now.mono - max(0, context.now.at - opened_at)
    shift.cashier = event.cashier
    shift.business_date = event.business_date
    shift.sales = shift.returns = NOTHING
    shift.cash_in = shift.cash_out = shift.cash = 0
    shift.last_number = shift.reason = ""
    shift.vendor_id, shift.vendor_number = event.vendor_id, event.vendor_number
    shift.warned = shift.expired = False


def _open(shift: Shift, event: ShiftOpened, context: Context) -> Iterable[Output]:
    _begin(shift, event, context.now.at, context)
    shift.float_amount = event.float_amount if event.initial is None else event.initial
    return ()


def _found_open(shift: Shift, event: ShiftFoundOpen, context: Context) -> Iterable[Output]:
    _begin(shift, event, event.opened_at, context)
    shift.float_amount = event.initial or 0
    return ()


def _because(shift: Shift, event: ShiftOpenRefused | ShiftOpenDoubtful, _: Context) -> Iterable[Output]:
    shift.reason = event.reason
    return ()


def _asked(shift: Shift, event: ShiftOpenRequested, _: Context) -> Iterable[Output]:
    shift.reason = ""
    shift.number = event.opening.number - 1  # a shift that is not open yet has no number of its own
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


def _taken_before(shift: Shift, event: SaleCompleted, _: Context) -> Iterable[Output]:
    # the report of its shift is out; its cash lies in the drawer all the same, and the next shift begins with it
    shift.cash += event.cash_due
    return ()


def _moved(shift: Shift, event: CashMoved, _: Context) -> Iterable[Output]:
    if event.direction == "in":
        shift.cash_in += event.amount
    elif event.direction == "out":
        shift.cash_out += event.amount
    return ()


def _warned(shift: Shift, _: Event, __: Context) -> Iterable[Output]:
    shift.warned = True
    return ()


def _expired(shift: Shift, event: ShiftExpired, _: Context) -> Iterable[Output]:
    shift.expired = True
    shift.reason = event.reason
    return ()


def _closed(shift: Shift, event: ShiftClosed, _: Context) -> Iterable[Output]:
    shift.vendor_number = event.vendor_number or shift.vendor_number
    shift.reason = ""
    return ()


def _found_closed(shift: Shift, _: ShiftFoundClosed, __: Context) -> Iterable[Output]:
    return [ShiftClosed(shift.shift_id, shift.number, shift.totals, "", "", forced=True)]


def _aged(shift: Shift, _: Event, context: Context) -> Iterable[Output]:
    age = context.now.mono - shift.opened_mono
    limit = context.shift_limit_ms
    if limit and age >= limit - context.shift_stop_ms and not shift.expired:
        hours = limit / 3_600_000
        return [ShiftExpired(shift.shift_id, f"it may last {hours:g} hours and is nearly there")]
    if limit and age >= limit - context.shift_warn_ms and not shift.warned:
        return [ShiftAgeWarned(shift.shift_id, age, shift.opened_at + limit)]
    return ()


def _restart(shift: Shift, _: Event, context: Context) -> Iterable[Output]:
    # monotonic time begins anew; the wall clock may stand anywhere, but never before what the journal has seen
    at = max(context.now.at, context.latest_at)
    shift.opened_mono = context.now.mono - max(0, at - shift.opened_at)
    return ()


def _is_close(_: Shift, event: ReportRequested, __: Context) -> bool:
    return event.report.kind == "shift_report"


def _was_expired(shift: Shift, _: Event, __: Context) -> bool:
    return shift.expired


def _was_warned(shift: Shift, _: Event, __: Context) -> bool:
    return shift.warned


ROWS: tuple[Row[Shift, Context], ...] = (
    Row((CLOSED, REFUSED), ShiftOpenRequested, OPENING, _asked),
    Row((CLOSED, REFUSED, OPENING, OPENING_DOUBT), ShiftOpened, OPEN, _open),
    Row((OPENING, OPENING_DOUBT), ShiftOpenRefused, REFUSED, _because),
    Row((OPENING, OPENING_DOUBT), ShiftOpenDoubtful, OPENING_DOUBT, _because),
    Row((CLOSED, REFUSED, OPENING_DOUBT), ShiftFoundOpen, OPEN, _found_open, note="adopted"),
    Row(OPEN, ShiftAgeWarned, EXPIRING, _warned),
    Row((OPEN, EXPIRING), ShiftExpired, EXPIRED, _expired),
    Row(STANDING, SaleCompleted, "=", _sold),
    Row(STANDING, CashMoved, "=", _moved),
    Row(SHUT, SaleCompleted, "=", _taken_before, note="in doubt until now"),
    Row(SHUT, CashMoved, "=", _moved, note="in doubt until now"),
    Row((OPEN, EXPIRING, EXPIRED, CLOSING), ReportRequested, CLOSING, when=_is_close, note="Z"),
    Row((OPEN, EXPIRING, EXPIRED), ReportRequested, "=", note="X"),
    Row((CLOSING, CLOSING_DOUBT), ShiftCloseRefused, EXPIRED, _because, _was_expired),
    Row((CLOSING, CLOSING_DOUBT), ShiftCloseRefused, EXPIRING, _because, _was_warned),
    Row((CLOSING, CLOSING_DOUBT), ShiftCloseRefused, OPEN, _because),
    Row((CLOSING, CLOSING_DOUBT), ShiftCloseDoubtful, CLOSING_DOUBT, _because),
    Row(STANDING, ShiftClosed, CLOSED, _closed),
    Row(STANDING, ShiftFoundClosed, "=", _found_closed, note="ShiftClosed, forced"),
    Row(SELLING, TimeReached, "=", _aged, note="ShiftAgeWarned, ShiftExpired"),
    Row(STATES, TillStarted, "=", _restart),
)

_OPENING = (OPENING, OPENING_DOUBT)
_SHUT = (CLOSED, REFUSED)
NO_SHIFT = "No shift is open: open the shift first (POST /v1/shifts)."
REJECTS: tuple[Reject, ...] = (
    Reject(_OPENING, (ShiftOpenRequested,), "shift-opening", "The shift is being opened: wait for the fiscaliser."),
    Reject(STANDING, (ShiftOpenRequested, ShiftOpened, ShiftFoundOpen), "shift-open", "The shift is open already."),
    Reject(OPENING, (ShiftFoundOpen,), "shift-opening", "The shift is being opened: wait for the fiscaliser."),
    Reject(
        (*_SHUT, *STANDING),
        (ShiftOpenRefused, ShiftOpenDoubtful),
        "not-opening",
        "No shift is being opened.",
    ),
    Reject((*_SHUT, *_OPENING), (ShiftClosed,), "shift-closed", "No shift is open, so there is none to close."),
    Reject((*_SHUT, *_OPENING), (ShiftFoundClosed,), "shift-closed", "The shift is not open here either."),
    Reject((*_SHUT, *_OPENING, CLOSING, CLOSING_DOUBT), (ReportRequested,), "shift-closed", NO_SHIFT),
    Reject(
        (*_SHUT, *_OPENING, OPEN, EXPIRING, EXPIRED),
        (ShiftCloseRefused, ShiftCloseDoubtful),
        "not-closing",
        "The shift is not being closed.",
    ),
    Reject(
        (*_SHUT, *_OPENING, EXPIRING, EXPIRED, CLOSING, CLOSING_DOUBT),
        (ShiftAgeWarned,),
        "late",
        "Nobody has to be warned about this shift any more.",
    ),
    Reject(
        (*_SHUT, *_OPENING, EXPIRED, CLOSING, CLOSING_DOUBT),
        (ShiftExpired,),
        "late",
        "Nothing is sold in this shift any more.",
    ),
    Reject(
        (*_SHUT, *_OPENING, EXPIRED, CLOSING, CLOSING_DOUBT),
        (TimeReached,),
        "late",
        "Nothing was due for this shift.",
    ),
)

TABLE: Table[Shift, Context] = Table("shift", STATES, ROWS, REJECTS)


def due(shift: Shift, limit_ms: int, warn_ms: int, stop_ms: int) -> int | None:
    """When (monotonic ms) the shift wants TimeReached; None for never."""
    if not limit_ms or shift.state not in SELLING:
        return None
    ahead = warn_ms if shift.state == OPEN else stop_ms
    return shift.opened_mono + limit_ms - ahead


def why_not(shift: Shift) -> tuple[str, str] | None:
    """Why nothing can be sold in it (code, sentence), or None when it can."""
    if shift.state in SELLING:
        return None
    return {
        CLOSED: ("shift-closed", NO_SHIFT),
        REFUSED: ("shift-closed", f"The shift was not opened ({shift.reason}): put that right and open it again."),
        OPENING: ("shift-opening", "The shift is being opened: wait for the fiscaliser."),
        OPENING_DOUBT: (
            "shift-opening",
            f"Whether the shift was opened is in doubt ({shift.reason}): the till is asking the fiscaliser.",
        ),
        EXPIRED: (
            "shift-expired",
            f"Nothing new can be sold in this shift: {shift.reason}. Close it and open a new one.",
        ),
        CLOSING: ("shift-closing", "The shift is being closed: open the next one afterwards."),
        CLOSING_DOUBT: (
            "shift-closing",
            f"Whether the shift was closed is in doubt ({shift.reason}): the till is asking the fiscaliser.",
        ),
    }[shift.state]
