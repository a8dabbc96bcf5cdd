"""Beside a sale's way, after it: what is said to NewStore and what it answers, field by field.

Source: "Cash Drawer API (0)", operations 1 to 20 in that order. A field that is not always there has a default; fields
that are not known here are passed over. Numbers are read and written as Decimal.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from firmware_bridge.vendors.newstore.money import Money

DrawerType = Literal["integrated", "non_integrated"]
BalanceModification = Literal["cash_in", "cash_out", "neutral"]
CountAction = Literal["_recount", "_submit", "_cancel"]
CountReason = Literal["intra_day_balance", "end_of_day_balance"]
NON_SALE_TYPES: Final = (
    "add_to_float",
    "add_petty_cash",
    "transfer_in",
    "adjustment_in",
    "remove_petty_cash",
    "cash_pull",
    "transfer_out",
    "adjustment_out",
    "no_sale",
    "gift_card_cash_out",
)
REPORTED_TYPES: Final = ("sale", "float_adjustment", "reconciliation", "end_of_day_withdrawal", *NON_SALE_TYPES)
Key = Annotated[str, Meta(min_length=1, max_length=256)]
_T = TypeVar("_T")
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class Unreadable(ValueError):
    """An answer that is not what the operation answers with. One sentence, nothing of the answer in it."""


class Failure(Struct, frozen=True):
    """Every refusal."""

    error_code: str = ""
    message: str = ""
    request_id: str = ""


# --- configuration and drawers (1 to 8) ---------------------------------------------------------------------------


class DrawerConfig(Struct, frozen=True):
    """1 (request), 2 (answer): of a store."""

    cash_drawer_type: str
    cash_management_enabled: bool


class Reason(Struct, frozen=True):
    """`code` is sent, `label` is shown to people."""

    code: str
    label: str = ""


class TypeConfiguration(Struct, frozen=True):
    """`balance_modification`: cash_in, cash_out or neutral."""

    balance_modification: str
    reasons: list[Reason] = []


class TransactionType(Struct, frozen=True, omit_defaults=True):
    """`status`: configured or not_allowed; only what is configured has a configuration."""

    status: str
    configuration: TypeConfiguration | None = None


class TransactionTypes(Struct, frozen=True):
    """3 (answer): by name."""

    transaction_types: dict[str, TransactionType]


class Drawer(Struct, frozen=True):
    """7 (answer), and in 4. `default_float` in major units."""

    cash_drawer_id: str
    name: str
    currency: str
    default_float: Decimal = field(name="float")
    status: str
    type: str


class Drawers(Struct, frozen=True):
    """4 (answer)."""

    cash_drawers: list[Drawer]


class NewDrawer(Struct, frozen=True):
    """5 (request). `cash_drawer_id`: from outside, a bar code for example."""

    cash_drawer_id: str
    name: str
    currency: str
    default_float: Decimal = field(name="float")
    store_id: str
    type: str


class DrawerUpdate(Struct, frozen=True):
    """6 (request)."""

    name: str
    default_float: Decimal = field(name="float")


# --- transactions, counts, activity (9 to 14, 16 to 19) -------------------------------------------------------------


class Start(Struct, frozen=True):
    """9 (request). `amount` negative for a return; `given`: what the customer hands over."""

    order_id: str
    amount: Money
    given: Money


class Started(Struct, frozen=True, omit_defaults=True):
    """9 (answer)."""

    transaction_id: Key
    change: Money | None = None


class StartNonSale(Struct, frozen=True, omit_defaults=True):
    """10 (request). One of the two amounts."""

    transaction_type: str
    reason_code: str | None = None
    amount_in: Money | None = None
    amount_out: Money | None = None


class StartedNonSale(Struct, frozen=True):
    """10 (answer)."""

    transaction_id: Key


class PerformCount(Struct, frozen=True):
    """11 (request)."""

    reason: CountReason


class CountPerformed(Struct, frozen=True):
    """11 (answer)."""

    count_id: Key


class TrackActivity(Struct, frozen=True):
    """12 (request). `timestamp`: RFC 3339."""

    timestamp: str
    event: Literal["open", "close"]
    correlation: Literal["transaction", "count"]
    correlation_id: str


class ActivityTracked(Struct, frozen=True):
    """12 (answer)."""

    event_id: str


class Activate(Struct, frozen=True):
    """13 (request)."""

    float_amount: Money


class Deactivate(Struct, frozen=True):
    """14 (request): of the end-of-day count."""

    count_id: str


class Transaction(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """16 (answer). `status`: draft, completed or canceled; `reason`: its type."""

    transaction_id: str
    cash_drawer_id: str
    associate_id: str | None = None
    order_id: str | None = None
    amount_in: Money | None = None
    amount_out: Money | None = None
    amount_balance: Money | None = None
    reason: str | None = None
    status: str
    created_at: str | None = None
    finished_at: str | None = None


class Finish(Struct, frozen=True):
    """17 (request)."""

    status: Literal["completed", "canceled"]


class RecordCount(Struct, frozen=True):
    """18 (request)."""

    counted_amount: Money


class CountRecord(Struct, frozen=True):
    """18 (answer). `discrepancy_amount`: counted less expected."""

    discrepancy: bool
    expected_amount: Money
    discrepancy_amount: Money


# --- reports (15, 20) -----------------------------------------------------------------------------------------------


class DailyReport(Struct, frozen=True, omit_defaults=True):
    """One day of a drawer; the times are RFC 3339."""

    activation_timestamp: str
    open_float: Money
    net_cash_in: Money
    net_cash_out: Money
    net_non_sale_cash_in: Money
    net_non_sale_cash_out: Money
    net_sales: Money
    net_returns: Money
    variance_total: Money
    end_of_day_count: Money
    deposit_total: Money
    deactivation_timestamp: str | None = None


class PaginationInfo(Struct, frozen=True):
    count: int
    total: int
    offset: int


class DailyReports(Struct, frozen=True):
    """15 (answer)."""

    reports: list[DailyReport]
    pagination_info: PaginationInfo


class ReportRow(Struct, frozen=True, rename="camel", kw_only=True):
    """One row of 20: no transaction's id. `amount_balance` in major units of `currency`; "" where there is none."""

    cash_drawer_status: str = ""
    cash_drawer_name: str = ""
    cash_drawer_id: str
    currency: str
    created_at: str
    transaction_type: str
    associate_id: str = ""
    associate_name: str = ""
    order_id: str = ""
    external_order_id: str = ""
    reason_code: str = ""
    amount_balance: Decimal
    store_id: str = ""


class StoreReport(Struct, frozen=True):
    """20 (answer)."""

    rows: list[ReportRow] = field(name="transactionReport")
    total: int


def encode(message: Struct) -> bytes:
    """JSON, UTF-8; a Decimal becomes a number token with the decimals that it has."""
    return _ENCODER.encode(message)


def decode(body: bytes, kind: type[_T]) -> _T:
    """Raises Unreadable."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"NewStore's answer is no {kind.__name__} ({type(error).__name__})") from error
