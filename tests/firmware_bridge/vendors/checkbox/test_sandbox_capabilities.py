"""The table of what is documented and what is inferred says the truth about the routes and the options."""

from __future__ import annotations

from dataclasses import fields

from firmware_bridge.vendors.checkbox.sandbox.capabilities import CAPABILITIES, OPERATIONS
from firmware_bridge.vendors.checkbox.sandbox.options import SandboxOptions
from firmware_bridge.vendors.checkbox.sandbox.routes import ROUTES

#: Options that describe the shop or the test, not an open question about the vendor.
NOT_A_QUESTION = {
    *("port", "profile", "signing_delay_s", "faults", "live", "login", "password", "pin_code", "license_key"),
    *("access_key", "fiscal_number", "initial_balance", "offline_codes", "penalty_s", "tax_service_timeout_s"),
    "offline_month_limit_s",
}


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    signing = {"POST /cashier/signin", "POST /cashier/signinPinCode", "POST /cashier/signout"}
    rows = [one.operation for one in OPERATIONS]
    assert sorted(rows) == sorted({f"{route.method} {route.path}" for route in ROUTES} | signing)


def test_every_open_question_names_an_option_that_exists() -> None:
    known = {one.name for one in fields(SandboxOptions)}
    named = {one.option for one in CAPABILITIES if one.option}
    assert named <= known
    assert known - named == NOT_A_QUESTION


def test_every_row_has_a_source() -> None:
    assert all(one.source and one.what and one.basis in ("documented", "inferred") for one in CAPABILITIES)
