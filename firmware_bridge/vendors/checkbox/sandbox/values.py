"""In the vendor's place on a sale's way: what its books hold, from taxes to offline codes.

Money in kopecks, quantities in thousandths, moments in UTC. What changes in the course of a document is a field of
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from firmware_bridge.vendors.checkbox.sandbox.totals import Rate, Totals

ShiftStatus = Literal["CREATED", "OPENING", "OPENED", "CLOSING", "CLOSED"]
ReceiptType = Literal["SELL", "RETURN", "SERVICE_IN", "SERVICE_OUT"]
ReceiptStatus = Literal["CREATED", "DONE", "ERROR"]
TransactionType = Literal["SHIFT_OPEN", "Z_REPORT", "RECEIPT", "GO_OFFLINE", "GO_ONLINE", "ASK_OFFLINE_CODES", "PING"]
TransactionStatus = Literal["PENDING", "SIGNED", "DONE", "ERROR"]


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax of the organisation, included in the price. `since`: when it was set up, as the vendor writes it."""

    rate: Rate
    label: str
    symbol: str
    since: str

    @property
    def code(self) -> int:
        return self.rate.code


#: The vendor's test organisation. Its sixth tax is 1.5 %: 1 in a shift, 1.5 in a report.
TAXES: Final[tuple[Tax, ...]] = (
    Tax(Rate(1, 2000), "ПДВ", "А", "2022-05-31T23:34:24+00:00"),
    Tax(Rate(2, 700), "ПДВ 7%", "Б", "2022-02-16T13:25:00+00:00"),
    Tax(Rate(3, 1400), "ПДВ 14%", "В", "2022-02-17T23:51:18+00:00"),
    Tax(Rate(4, 2000, 500), "ПДВ+Акциз", "Г", "2022-03-22T15:19:02+00:00"),
    Tax(Rate(5, 0, 500), "Акциз", "Д", "2022-02-16T13:36:10+00:00"),
    Tax(Rate(6, 150), "ВЗ", "Е", "2022-02-16T13:36:17+00:00"),
    Tax(Rate(7, 0), "ПДВ 0%", "Ж", "2022-02-23T18:59:04+00:00"),
    Tax(Rate(8, 0), "Без ПДВ", "З", "2022-03-22T15:19:17+00:00"),
)
RATES: Final[Mapping[int, Rate]] = {tax.code: tax.rate for tax in TAXES}
TAX_OF: Final[Mapping[int, Tax]] = {tax.code: tax for tax in TAXES}
CODE_OF: Final[Mapping[str, int]] = {tax.symbol: tax.code for tax in TAXES}


@dataclass(frozen=True, slots=True)
class Cashier:
    """Who signs in; `senior` may close another's shift."""

    id: str
    full_name: str
    login: str
    password: str
    pin_code: str
    key_id: str
    created_at: datetime
    senior: bool = False


@dataclass(slots=True)
class Transaction:
    """One document on its way to the tax service. `digest` is what the next one carries as `previous_hash`; `order` is
    its place in the chain.

    `wrong`: why the tax service will not take it (a date out of order), which jams the register.
    """

    id: str
    type: TransactionType
    serial: int
    created_at: datetime
    fiscal_date: datetime
    content: str
    previous_hash: str
    digest: str
    order: int
    status: TransactionStatus = "PENDING"
    signed_at: datetime | None = None
    received_at: datetime | None = None
    updated_at: datetime | None = None
    response_status: str | None = None
    error: str | None = None
    response_id: str | None = None
    offline_id: str | None = None
    delivered: bool = False
    wrong: str = ""


@dataclass(slots=True)
class TaxSums:
    """One tax within a shift; `id` is also that of the tax in its receipts."""

    id: str
    sales: int = 0
    returns: int = 0
    sales_turnover: int = 0
    returns_turnover: int = 0


@dataclass(slots=True)
class Balance:
    """Cash in the register during one shift, and what moved it."""

    initial: int
    cash_sales: int = 0
    card_sales: int = 0
    discounts: int = 0
    surcharges: int = 0
    cash_returns: int = 0
    card_returns: int = 0
    service_in: int = 0
    service_out: int = 0
    updated_at: datetime | None = None

    @property
    def balance(self) -> int:
        return self.initial + self.cash_sales - self.cash_returns + self.service_in - self.service_out


@dataclass(slots=True)
class PaymentSums:
    """One form of payment within a shift; change is taken off the cash sold."""

    id: str
    type: str
    code: int | None
    label: str
    sell: int = 0
    returned: int = 0
    service_in: int = 0
    service_out: int = 0


@dataclass(slots=True)
class RoundSums:
    """What rounding added and took away within a shift."""

    sales_up: int = 0
    sales_down: int = 0
    returns_up: int = 0
    returns_down: int = 0


@dataclass(slots=True)
class Report:
    """X or Z. `figures`: the client's own, which a close with a body puts in place of the register's."""

    id: str
    serial: int
    is_z: bool
    shift: Shift
    created_at: datetime
    balance: Balance
    taxes: dict[int, TaxSums]
    payments: list[PaymentSums]
    rounding: RoundSums
    sold: int = 0
    returned: int = 0
    last_receipt_id: str | None = None
    fiscal_code: str | None = None
    figures: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Shift:
    """From opening to Z. `client`: X-Client-Name of the call that opened it."""

    id: str
    serial: int
    cashier: Cashier
    client: str
    created_at: datetime
    initial: Transaction
    balance: Balance
    taxes: dict[int, TaxSums]
    status: ShiftStatus = "CREATED"
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    closing: Transaction | None = None
    z_report: Report | None = None
    payments: list[PaymentSums] = field(default_factory=list)
    rounding: RoundSums = field(default_factory=RoundSums)
    sold: int = 0
    returned: int = 0
    last_receipt_id: str | None = None
    auto_close_at: datetime | None = None

    @property
    def active(self) -> bool:
        return self.status != "CLOSED"


@dataclass(slots=True)
class Receipt:
    """A sale, a return, or cash in or out (`totals` None). `payload`: the request as read, for its echo.

    `due` is what the payments have to reach: the total, rounded if asked for. `fiscal_code` is the number the tax
    service gave, or the offline code.
    """

    id: str
    type: ReceiptType
    serial: int
    shift: Shift
    created_at: datetime
    payload: Mapping[str, Any]
    totals: Totals | None
    total: int
    due: int
    paid: int
    transaction: Transaction | None = None
    status: ReceiptStatus = "CREATED"
    fiscal_code: str | None = None
    fiscal_date: datetime | None = None
    updated_at: datetime | None = None
    sent_at: datetime | None = None
    created_offline: bool = False
    control_number: str | None = None
    counted: bool = False

    @property
    def rest(self) -> int:
        return self.paid - self.due


@dataclass(slots=True)
class OfflineCode:
    """One code of the vendor's pool; `spent_on` names the document, empty while free."""

    code: str
    serial: int
    created_at: datetime
    spent_on: str = ""


@dataclass(slots=True)
class OfflineSession:
    """One time offline, `end` None while it lasts."""

    start: datetime
    end: datetime | None = None
