"""In the vendor's place on a sale's way: the register and its organisation as the JSON of its answers."""

from __future__ import annotations

from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.checkbox.sandbox.views import (
    ADDRESS,
    ORGANIZATION_TITLE,
    TAX_NUMBER,
    Json,
    shift,
    short_register,
    when,
)


def info(register: Register) -> Json:
    """GET /cash-registers/info."""
    fiscal = [one for one in register.reports if not one.is_z]
    row: Json = {
        "id": register.id,
        "fiscal_number": register.fiscal_number,
        "created_at": when(register.created_at),
        "updated_at": when(register.updated_at),
        "address": ADDRESS,
        "title": "",
        "offline_mode": register.offline,
        "stay_offline": register.stay_offline,
        "has_shift": register.shift is not None,
        "documents_state": {
            "last_receipt_code": len(register.receipts),
            "last_report_code": len(fiscal),
            "last_z_report_code": len(register.reports) - len(fiscal),
        },
    }
    if not register.options.current:
        return row
    extra = {"number": "1", "is_test": register.is_test, "type": 0, "emergency_date": None, "emergency_details": None}
    return row | {"organization_id": register.organization_id} | extra


def organization(register: Register) -> Json:
    row: Json = {
        "id": register.organization_id,
        "title": ORGANIZATION_TITLE,
        "edrpou": "12345678",
        "tax_number": TAX_NUMBER,
        "created_at": when(register.created_at),
        "updated_at": None,
        "receipts_ratelimit_count": register.options.receipt_limit,
        "receipts_ratelimit_interval": 1,
        "can_send_sms": True,
    }
    if not register.options.current:
        return row
    return row | {
        "is_vat": True,
        "auto_close_shift_at": register.options.auto_close_shift_at or None,
        "auto_collection_on_close": register.options.auto_collection_on_close,
        "allowed_offline_duration": register.options.offline_session_limit_s // 3600,
    }


def detailed_register(register: Register) -> Json:
    """A row of GET /cash-registers."""
    active = register.shift
    row = short_register(register) | {
        "shift": None if active is None else shift(register, active, with_register=False),
        "offline_mode": register.offline,
        "stay_offline": register.stay_offline,
        "branch": None,
        "address": ADDRESS,
    }
    return row | {"is_test": register.is_test, "type": 0} if register.options.current else row
