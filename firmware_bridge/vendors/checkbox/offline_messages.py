"""What is said to Checkbox about the offline time and what it answers on a sale's way: the vendor's shapes.

`fiscal_code`: a number that the tax service gave in advance; `fiscal_date`, `go_offline_date`: ISO 8601 in Kyiv's time
with its offset. Source: the vendor's API page of 2022 (sections go-online, ping, ask- and get-offline-codes,
go-offline, opening a shift, offline receipts, Z report) and OpenAPI 0.1.79; `original_datetime` is of OpenAPI 2.106.4.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from firmware_bridge.vendors.checkbox.messages import Sell, Service

MOST_CODES = 10_000  # so many can be asked for, and read, at once
MOST_ROWS = 1000

# --- what we send -------------------------------------------------------------------------------------------------


class OpenShift(msgspec.Struct, frozen=True, omit_defaults=True):
    """POST /shifts. Code and date are for a register in manual offline mode."""

    id: str
    fiscal_code: str | None = None
    fiscal_date: str | None = None


class CloseShift(msgspec.Struct, frozen=True, omit_defaults=True):
    """POST /shifts/close in manual offline mode; the report's figures are left to Checkbox."""

    fiscal_code: str
    fiscal_date: str


class GoOffline(msgspec.Struct, frozen=True):
    """POST /cash-registers/go-offline."""

    go_offline_date: str
    fiscal_code: str


class SellOffline(Sell, frozen=True, omit_defaults=True, kw_only=True):
    """POST /receipts/sell-offline: a sale or return with its code and date at the end."""

    fiscal_code: str
    fiscal_date: str


class ServiceOffline(Service, frozen=True, omit_defaults=True, kw_only=True):
    """POST /receipts/service in manual offline mode. The interface asks for neither code nor date, and takes both."""

    fiscal_code: str | None = None
    fiscal_date: str | None = None


# --- what it answers ----------------------------------------------------------------------------------------------


class Started(msgspec.Struct, frozen=True):
    """Of go-online and go-offline (there with the transaction's `id`): ok means that it was begun."""

    status: str = ""
    id: str = ""


class Answered(msgspec.Struct, frozen=True):
    """Of ping-tax-service and ask-offline-codes. `status`: DONE, TIMEOUT, ERROR, OK, or that of a transaction."""

    status: str = ""
    error: str | None = None


class Code(msgspec.Struct, frozen=True):
    """One free code. `serial_id`: its place in the register's row of codes."""

    fiscal_code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    serial_id: int = 0


class CodesCount(msgspec.Struct, frozen=True):
    """Codes that are free, that Checkbox keeps in stock by itself, below which it fetches more, spent since then."""

    available: int = 0
    default: int = 0
    minimal: int = 0
    used: int = 0


class TimeStatus(msgspec.Struct, frozen=True):
    """Seconds: off line without a break until now, and in this month."""

    current: int = 0
    total: int = 0


class OfflineTime(msgspec.Struct, frozen=True):
    """GET /cash-registers/get-offline-time."""

    status: TimeStatus = msgspec.field(default_factory=TimeStatus)


class TransactionRow(msgspec.Struct, frozen=True):
    """One row of GET /transactions. `created_at`: when Checkbox made it; `original_datetime`: the document's date."""

    id: str
    type: str
    serial: int = 0
    status: str = ""
    request_received_at: str | None = None
    response_status: str | None = None
    response_error_message: str | None = None
    response_id: str | None = None
    offline_id: str | None = None
    created_at: str = ""
    original_datetime: str | None = None


class Transactions(msgspec.Struct, frozen=True):
    """One page of transactions."""

    results: Annotated[list[TransactionRow], msgspec.Meta(max_length=MOST_ROWS)] = []
