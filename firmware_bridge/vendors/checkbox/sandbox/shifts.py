"""In the vendor's place on a sale's way: a shift is opened and closed, online or offline, by a client or by itself.

    CREATED -> (OPENING) -> OPENED -> CLOSING -> CLOSED; refused on opening: CLOSED; refused on closing: OPENED again.

Source: the page, sections on opening a shift and on the Z report. OPENING is shown by the current interface only.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from firmware_bridge.vendors.checkbox.sandbox import offline
from firmware_bridge.vendors.checkbox.sandbox.clock import KYIV
from firmware_bridge.vendors.checkbox.sandbox.errors import Invalid, Refused
from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.checkbox.sandbox.schema import Problem, Problems
from firmware_bridge.vendors.checkbox.sandbox.values import Balance, Cashier, Receipt, Report, Shift, Transaction


def open_shift(register: Register, cashier: Cashier, client: str, body: Mapping[str, Any], now: datetime) -> Shift:
    """POST /shifts. Raises Refused in the order of the page; nothing has happened then."""
    if register.faults.strike("signature-off"):
        raise Refused("signature-off")
    if register.shift is not None:
        raise Refused("cashier-busy" if register.shift.cashier is cashier else "register-busy")
    if any(one.id == body["id"] for one in register.shifts):
        raise Refused("shift-exists")
    _check_auto_close(body.get("auto_close_at"), now)
    _check_offline_body(register, body)
    offline.try_again(register, now)
    if register.offline and not any(one.opened_at for one in register.shifts):
        raise Refused("first-shift-offline")
    serial = len(register.shifts) + 1
    shift = Shift(
        id=body["id"] or register.new_id(),
        serial=serial,
        cashier=cashier,
        client=client,
        created_at=now,
        initial=_transaction(register, "SHIFT_OPEN", body, now, f"shift {serial}"),
        balance=Balance(initial=register.cash),
        taxes=register.new_taxes(),
        auto_close_at=body.get("auto_close_at"),
    )
    register.shifts.append(shift)
    register.updated_at = now
    return shift


def _check_auto_close(at: datetime | None, now: datetime) -> None:
    if at is not None and at.astimezone(KYIV).date() != now.astimezone(KYIV).date():
        problems = Problems(current=True)
        problems.add(("body", "auto_close_at"), Problem("value_error.date.not_today"))
        raise Invalid(problems.rows)


def _check_offline_body(register: Register, body: Mapping[str, Any]) -> None:
    """Code and date are for the manual offline mode alone."""
    if (body.get("fiscal_code") or body.get("fiscal_date")) and not register.stay_offline:
        raise Refused("not-manual-offline")


def _transaction(register: Register, kind: Any, body: Mapping[str, Any], now: datetime, content: str) -> Transaction:
    if not register.offline:
        return register.ledger.add(kind, now, content)
    code, date, wrong = offline.take_code(register, dict(body), now, content)
    one = register.ledger.add(kind, now, content, fiscal_date=date, offline_id=code)
    one.wrong = wrong
    register.to_sign.append((now + timedelta(seconds=register.options.signing_delay_s), one))
    return one


def confirmed(register: Register, one: Transaction, at: datetime) -> None:
    """The tax service, or offline the signature, has confirmed `one`."""
    for shift in reversed(register.shifts):
        if shift.initial is one and shift.status in ("CREATED", "OPENING"):
            shift.status = "OPENED"
            shift.opened_at = one.fiscal_date if one.offline_id else one.created_at
            shift.updated_at = at
        elif shift.closing is one and shift.status == "CLOSING":
            shift.status = "CLOSED"
            shift.closed_at = one.fiscal_date if one.offline_id else at
            shift.updated_at = register.updated_at = at
            if shift.z_report is not None:
                _fill(shift.z_report)
                shift.z_report.fiscal_code = one.offline_id or one.response_id


def refused(register: Register, one: Transaction, at: datetime) -> None:
    """The tax service has refused `one`: the shift was never open, or is open again."""
    for shift in register.shifts:
        if shift.initial is one:
            shift.status = "CLOSED"
            shift.updated_at = at
        elif shift.closing is one:
            shift.status = "OPENED"
            shift.updated_at = at
            if shift.z_report is not None:
                register.reports.remove(shift.z_report)
            shift.z_report = None


def close_shift(register: Register, cashier: Cashier, client: str, body: Mapping[str, Any], now: datetime) -> Shift:
    """POST /shifts/close. Raises Refused in the order of the page."""
    if register.faults.strike("signature-off"):
        raise Refused("signature-off")
    shift = register.opened_shift(cashier)
    _check_client(register, shift, client, body)
    return _close(register, shift, body, now)


def close_other(register: Register, cashier: Cashier, shift_id: str, client: str, body: Any, now: datetime) -> Shift:
    """POST /shifts/{id}/close, by a senior cashier."""
    if register.faults.strike("signature-off"):
        raise Refused("signature-off")
    shift = register.find_shift(shift_id)
    if shift.status != "OPENED":
        raise Refused("shift-not-opened")
    if shift.cashier is not cashier and not cashier.senior:
        raise Refused("register-busy")
    _check_client(register, shift, client, body)
    return _close(register, shift, body, now)


def _check_client(register: Register, shift: Shift, client: str, body: Mapping[str, Any]) -> None:
    """CheckBox Kasa and a direct integration must not share a shift."""
    if body["skip_client_name_check"]:
        return
    kasas = shift.client.lower().startswith("checkbox kasa") and client != shift.client
    if kasas or register.faults.strike("other-client"):
        raise Refused("other-client")


def _close(register: Register, shift: Shift, body: Mapping[str, Any], now: datetime) -> Shift:
    if (register.options.refuses_close_with_pending or register.offline) and any(register.pending()):
        raise Refused("receipts-pending")
    _check_offline_body(register, body)
    return _start_closing(register, shift, body, now)


def close_by_itself(register: Register, shift: Shift, at: datetime) -> None:
    """The organisation's hour has come; with no code left for an offline Z it is tried again after a day."""
    try:
        _start_closing(register, shift, {}, at)
    except Refused:
        shift.auto_close_at = at + timedelta(days=1)


def _start_closing(register: Register, shift: Shift, body: Mapping[str, Any], now: datetime) -> Shift:
    offline.try_again(register, now)
    shift.closing = _transaction(register, "Z_REPORT", body, now, f"z of shift {shift.serial}")
    if register.options.auto_collection_on_close and register.cash > 0:
        _collect(register, shift, now)
    shift.status = "CLOSING"
    shift.updated_at = now
    shift.z_report = take_report(register, shift, now, is_z=True, figures=body.get("report"))
    return shift


def _collect(register: Register, shift: Shift, now: datetime) -> None:
    amount = register.cash
    payment = {"type": "CASH", "pawnshop_is_return": None, "value": amount, "label": "Готівка"}
    receipt = Receipt(
        id=register.new_id(),
        type="SERVICE_OUT",
        serial=register.next_receipt_serial(),
        shift=shift,
        created_at=now,
        payload={"payments": [payment]},
        totals=None,
        total=amount,
        due=amount,
        paid=amount,
        status="DONE",
    )
    register.receipts[receipt.id] = receipt
    register.count(receipt, now)


def take_report(
    register: Register, shift: Shift, now: datetime, *, is_z: bool, figures: Mapping[str, Any] | None
) -> Report:
    """The sums of this moment; of a Z, those of the moment of closing."""
    given = figures or {}
    report = Report(
        id=given.get("id") or register.new_id(),
        serial=given.get("serial") or register.next_report_serial(is_z=is_z),
        is_z=is_z,
        shift=shift,
        created_at=now,
        balance=shift.balance,
        taxes=shift.taxes,
        payments=shift.payments,
        rounding=shift.rounding,
        figures=figures,
    )
    _fill(report)
    register.reports.append(report)
    return report


def _fill(report: Report) -> None:
    """Take the shift's sums as they are now: a Z's again when it is confirmed, for receipts that came before it."""
    shift = report.shift
    report.balance = copy.copy(shift.balance)
    report.taxes = {code: copy.copy(sums) for code, sums in shift.taxes.items()}
    report.payments = [copy.copy(sums) for sums in shift.payments]
    report.rounding = copy.copy(shift.rounding)
    report.sold, report.returned, report.last_receipt_id = shift.sold, shift.returned, shift.last_receipt_id
