"""What SmartOne answers on a sale's way: the vendor's shapes, field by field.

Money in minor units. Answers may carry more than is read here, and numbers or flags as text. Sources: core-cashbox,
fiscal API, 2.01 to 2.09 (`Core…`); SmartOne Cashbox (ECR), fiscal API over HTTP and serial, version 1 (`Ecr…`).
"""

from __future__ import annotations

import msgspec

Text = str | int | None


class Envelope(msgspec.Struct, frozen=True):
    """Around every answer. Core: `status` with `data`. ECR: `code`, and the fields beside it or in `data`."""

    status: str | int | None = None
    code: int | None = None
    message: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"")


class CoreCheck(msgspec.Struct, frozen=True):
    """2.07 check shift. `shift_exceeds_at`: the latest time at which the shift may be open."""

    shift_open: bool
    shift_exceeds_at: str | None = None
    shift_id: Text = None


class EcrCheck(
    msgspec.Struct,
    frozen=True,
    rename={
        "is_open": "isShiftOpen",
        "shift_id": "shiftID",
        "status": "shiftStatus",
        "opened_at": "shiftOpenAt",
    },
):
    """/check_shift. `status`: 1 open, 2 closed."""

    is_open: bool | None = None
    shift_id: Text = None
    status: int | None = None
    opened_at: str | None = None
    cash: int | None = None


class CoreOpened(msgspec.Struct, frozen=True):
    """2.04 open shift."""

    shift_id: str | int


class EcrOpened(msgspec.Struct, frozen=True, rename={"shift_id": "shiftID", "fiscal_id": "fiscalShiftID"}):
    """/open_shift."""

    shift_id: str | int
    fiscal_id: Text = None


class CoreDocument(
    msgspec.Struct,
    frozen=True,
    rename={"print_data": "printData", "print_error": "printError", "print_status": "printStatus"},
):
    """Answer to a sale or refund. `print_data`: a JPEG in Base64. `print_status`: 0 or the printer's error code."""

    document_id: str | int
    document_number: Text = None
    fiscal_url: str | None = None
    print_data: str | None = None
    print_error: Text = None
    print_status: Text = None


class EcrDocument(
    msgspec.Struct,
    frozen=True,
    rename={
        "document_id": "documentID",
        "fiscal_id": "fiscalID",
        "fiscal_num": "fiscalNum",
        "fiscal_url": "fiscalUrl",
        "doc_time": "docTime",
        "doc_status": "docStatus",
        "print_time": "printTime",
        "print_error": "printError",
        "document_ext_id": "documentExtID",
    },
):
    """Answer to a sale, a refund and to the question after one. `doc_status`: 0 open, 1 closed."""

    document_id: Text = None
    fiscal_id: Text = None
    fiscal_num: Text = None
    fiscal_url: str | None = None
    doc_time: str | None = None
    doc_status: int | None = None
    print_time: str | None = None
    print_error: Text = None
    document_ext_id: Text = None
    amount: int | None = None
    rrn: Text = None


class Moved(msgspec.Struct, frozen=True, rename={"document_id": "documentID", "fiscal_id": "fiscalID"}):
    """Answer to cash in or out; whatever of it there is. `cash`: in the drawer afterwards."""

    document_id: Text = None
    fiscal_id: Text = None
    document_number: Text = None
    cash: int | None = None


class EcrReport(
    msgspec.Struct,
    frozen=True,
    rename={
        "shift_id": "shiftID",
        "opened_at": "shiftOpenAt",
        "sale_count": "saleCount",
        "sale_sum": "saleSum",
        "deposit_count": "depositCount",
        "deposit_sum": "depositSum",
        "withdraw_count": "withdrawCount",
        "withdraw_sum": "withdrawSum",
        "back_count": "moneyBackCount",
        "back_sum": "moneyBackSum",
        "fiscal_id": "fiscalShiftID",
    },
):
    """/x_report and /close_shift."""

    shift_id: Text = None
    fiscal_id: Text = None
    opened_at: str | None = None
    cash: int | None = None
    sale_count: int | None = None
    sale_sum: int | None = None
    deposit_count: int | None = None
    deposit_sum: int | None = None
    withdraw_count: int | None = None
    withdraw_sum: int | None = None
    back_count: int | None = None
    back_sum: int | None = None


class PrintOutcome(msgspec.Struct, frozen=True, rename="camel"):
    """2.03 print tells `print_status`, /check_copy `print_error`; 0 or nothing: the printer has not failed."""

    print_status: Text = None
    print_error: Text = None


def text(value: Text) -> str:
    """An id or a number as text, "" without one."""
    return "" if value is None else str(value)


def print_failure(*told: Text) -> str:
    """What is told of a printer that did not print; "" when it did, or nothing is told of it."""
    return next((text(one) for one in told if text(one).strip() not in ("", "0")), "")


def empty(value: msgspec.Raw) -> bool:
    """Is there nothing in it: not given, null, {} or []?"""
    return bytes(value).strip() in (b"", b"null", b"{}", b"[]")
