"""Every refusal that the page documents, and which of several comes first."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from firmware_bridge.vendors.newstore.sandbox.kinds import usual
from firmware_bridge.vendors.newstore.sandbox.options import InitialDrawer, SandboxOptions
from firmware_bridge.vendors.newstore.sandbox.routes import URLS
from tests.firmware_bridge.vendors.newstore.sandbox_till import DRAWER, SAMPLES, Said, Till, same_form, usd

SALE = {"order_id": "o", "amount": usd(45), "given": usd(50)}
ADD = {"cash_drawer_id": "d2", "name": "Two", "currency": "EUR", "float": 1, "store_id": "s-1", "type": "integrated"}
#: Operation -> the statuses of the page, 403 left to its own test.
DOCUMENTED = {
    **dict.fromkeys(("put_config", "add_drawer", "update_drawer", "activate", "deactivate"), (400, 404, 409)),
    **dict.fromkeys(("start", "start_non_sale", "finish", "record_count", "count_action"), (400, 404, 409)),
    "decommission": (404, 409),
    "perform_count": (400, 404, 409),
    "track_activity": (400, 404),
}
BODIES: dict[str, Any] = {name: sample["request"] for name, sample in SAMPLES.items() if "request" in sample}
BODIES["add_drawer"] = ADD


def called(till: Till, name: str, body: Any = None, **parts: str) -> Said:
    known = {"store_id": "s-1", "drawer_id": "drawer-1", "transaction_id": "t", "count_id": "c", "action": "_submit"}
    return till.call(URLS[name].format(**{**known, **parts}), body)


def refused(said: Said, status: int) -> None:
    assert said.status == status, said.json
    assert same_form(said.json, {"error_code": "", "message": "", "request_id": ""})
    assert all(said.json.values())


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name in BODIES])
@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b"", b'{"name": NaN}', b'"\\ud800"', b"[" * 100_000])
def test_body_that_is_not_as_documented_is_400_invalid_body(name: str, body: bytes) -> None:
    till = Till()
    method, _, path = URLS[name].partition(" ")
    known = {"store_id": "s-1", "drawer_id": "none", "transaction_id": "t", "count_id": "c"}
    said = till.raw(method, path.format(**known), body)
    refused(said, 400)
    assert said.json["error_code"] == "invalid_body"


@pytest.mark.parametrize("name", [name for name, statuses in DOCUMENTED.items() if 404 in statuses])
def test_what_the_path_names_must_exist(name: str) -> None:
    body = ADD | {"store_id": "none"} if name == "add_drawer" else BODIES.get(name)
    refused(called(Till(), name, body, store_id="none", drawer_id="none"), 404)


@pytest.mark.parametrize("name", list(URLS))
def test_token_is_asked_for_first(name: str) -> None:
    till = Till(signed_in=False)
    refused(called(till, name, {"junk": 1}, drawer_id="none"), 401)
    till.headers = {"Authorization": "Bearer nobody"}
    refused(called(till, name, {"junk": 1}, drawer_id="none"), 403)
    till.sign_in()
    till.fault("forbidden", count=1)
    refused(called(till, name, {"junk": 1}, drawer_id="none"), 403)


@pytest.mark.parametrize("name", list(URLS))
def test_server_error_does_nothing(name: str) -> None:
    till = Till()
    before = till.books()
    till.fault("server-error", count=1, operation=name)
    refused(called(till, name, BODIES.get(name)), 500)
    assert till.books() == before


@pytest.mark.parametrize(
    "change",
    [
        {"order_id": ""},
        {"order_id": 7},
        {"order_id": "x" * 257},
        {"amount": usd(0)},
        {"amount": 45},
        {"amount": {"value": 45}},
        {"amount": {"value": "45", "currency": "USD"}},
        {"amount": {"value": True, "currency": "USD"}},
        {"amount": usd(1.001)},
        {"amount": usd(1e300)},
        {"amount": {"value": 45, "currency": "EUR"}},
        {"amount": {"value": 45, "currency": "usd"}},
        {"given": usd(44.99)},
        {"given": usd(-1)},
        {"given": None},
    ],
)
def test_sale_that_cannot_be_is_400(change: dict[str, Any]) -> None:
    till = Till()
    till.activate()
    refused(till.call(f"POST {DRAWER}/transactions", SALE | change), 400)
    assert till.books()["transactions"] == []
    till.ok(f"POST {DRAWER}/transactions", SALE)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"transaction_type": "cash_pull"}, 400),
        ({"transaction_type": "cash_pull", "amount_out": usd(0)}, 400),
        ({"transaction_type": "cash_pull", "amount_in": usd(5)}, 400),
        ({"transaction_type": "cash_pull", "amount_out": usd(-5)}, 400),
        ({"transaction_type": "refill", "amount_in": usd(5)}, 400),
        ({"transaction_type": "no_sale", "amount_in": usd(5)}, 400),
        ({"transaction_type": "remove_petty_cash", "amount_out": usd(5), "reason_code": "fun"}, 400),
        ({"transaction_type": "transfer_in", "amount_in": usd(5)}, 403),
        ({"transaction_type": "no_sale", "amount_in": usd(0)}, 200),
        ({"transaction_type": "cash_pull", "amount_out": usd(5)}, 200),
    ],
)
def test_non_sale_transaction_keeps_to_its_configuration(body: dict[str, Any], status: int) -> None:
    till = Till(transaction_types={name: to for name, to in usual().items() if name != "transfer_in"})
    till.activate()
    assert till.call(f"POST {DRAWER}/non_sale_transactions", body).status == status


def _finished(till: Till) -> Said:
    made = till.start(1, 1)
    till.finish(made)
    return till.call(f"PATCH {DRAWER}/transactions/{made}", {"status": "completed"})


def _second_count(till: Till) -> Said:
    till.ok(f"POST {DRAWER}/counts", {"reason": "intra_day_balance"})
    return till.call(f"POST {DRAWER}/counts", {"reason": "intra_day_balance"})


def _sale_in_count(till: Till) -> Said:
    till.ok(f"POST {DRAWER}/counts", {"reason": "intra_day_balance"})
    return till.call(f"POST {DRAWER}/transactions", SALE)


def _deactivated(till: Till, reason: str, *, draft: bool = False) -> Said:
    if draft:
        till.start(1, 1)
    return till.call(f"POST {DRAWER}/_deactivate", {"count_id": till.count(200, reason)[0]})


def _submitted_twice(till: Till) -> Said:
    return till.call(f"POST {DRAWER}/counts/{till.count(200)[0]}/_submit")


def _recorded_late(till: Till) -> Said:
    return till.call(f"PATCH {DRAWER}/counts/{till.count(200)[0]}", {"counted_amount": usd(1)})


CONFLICTS: dict[str, Callable[[Till], Said]] = {
    "activate twice": lambda till: till.call(f"POST {DRAWER}/_activate", {"float_amount": usd(1)}),
    "update while active": lambda till: till.call(f"PUT {DRAWER}", {"name": "x", "float": 1}),
    "decommission while active": lambda till: till.call(f"DELETE {DRAWER}"),
    "config while active": lambda till: till.call(
        "PUT /stores/s-1/cash_drawer_config",
        {"cash_drawer_type": "non_integrated", "cash_management_enabled": True},
    ),
    "add the same": lambda till: till.call("POST /cash_drawers", ADD | {"cash_drawer_id": "drawer-1"}),
    "add another type": lambda till: till.call("POST /cash_drawers", ADD | {"type": "non_integrated"}),
    "finish twice": _finished,
    "second count": _second_count,
    "sale in a count": _sale_in_count,
    "deactivate with an intra-day count": lambda till: _deactivated(till, "intra_day_balance"),
    "deactivate with a draft": lambda till: _deactivated(till, "end_of_day_balance", draft=True),
    "submit twice": _submitted_twice,
    "record after submit": _recorded_late,
}


@pytest.mark.parametrize("case", list(CONFLICTS))
def test_wrong_state_is_409(case: str) -> None:
    till = Till()
    till.activate()
    refused(CONFLICTS[case](till), 409)


@pytest.mark.parametrize("path", ["transactions", "non_sale_transactions", "counts", "_deactivate"])
def test_inactive_drawer_takes_no_cash(path: str) -> None:
    body = SALE | {
        "transaction_type": "cash_pull",
        "amount_out": usd(1),
        "reason": "intra_day_balance",
        "count_id": "c",
    }
    refused(Till().call(f"POST {DRAWER}/{path}", body), 409)


def test_fields_come_before_existence_and_existence_before_state() -> None:
    till = Till()
    refused(till.call("POST /cash_drawers/none/transactions", SALE | {"given": 1}), 400)
    refused(till.call("POST /cash_drawers/none/transactions", SALE), 404)
    refused(till.call(f"POST {DRAWER}/transactions", SALE | {"amount": usd(99)}), 400)
    refused(till.call(f"POST {DRAWER}/transactions", SALE), 409)


def test_unknown_path_is_404_and_unknown_action_is_400() -> None:
    till = Till()
    refused(till.call("GET /cash_drawer"), 404)
    refused(till.call("PUT /cash_drawers"), 405)
    till.activate()
    refused(till.call(f"POST {DRAWER}/counts/c/_approve"), 400)
    refused(till.call(f"POST {DRAWER}/counts/c/_submit"), 404)


@pytest.mark.parametrize(
    "change",
    [
        {"limit": 101}, {"limit": 0}, {"limit": None}, {"offset": -1}, {"offset": None}, {"store_id": ""},
        {"start_time": "2026-03-01"}, {"start_time": None}, {"end_time": "2026-02-01T00:00:00Z"},
        {"end_time": "9999-12-31T23:59:59-14:00"}, {"transaction_type": "gift"},
    ],
)  # fmt: skip
def test_report_with_wrong_parameters_is_400(change: dict[str, Any]) -> None:
    refused(Till().report(**change), 400)


def test_list_without_store_is_400_and_of_an_unknown_one_empty() -> None:
    till = Till()
    refused(till.call("GET /cash_drawers"), 400)
    assert till.ok("GET /cash_drawers", store_id="none") == {"cash_drawers": []}


def test_store_without_configuration_is_404_and_takes_no_drawer() -> None:
    till = Till(drawer_type=None, drawers=())
    refused(till.call("GET /stores/s-1/cash_drawer_config"), 404)
    refused(till.call("POST /cash_drawers", ADD), 409)


def test_drawer_cannot_be_activated_while_cash_management_is_off() -> None:
    till = Till()
    off = {"cash_drawer_type": "integrated", "cash_management_enabled": False}
    till.ok("PUT /stores/s-1/cash_drawer_config", off)
    refused(till.call(f"POST {DRAWER}/_activate", {"float_amount": usd(1)}), 409)


def test_currency_without_minor_unit_takes_no_decimals() -> None:
    till = Till(drawers=(InitialDrawer("drawer-1", currency="JPY", float_amount=Decimal(9000)),))
    refused(till.call(f"POST {DRAWER}/_activate", {"float_amount": {"value": 1.5, "currency": "JPY"}}), 400)
    refused(till.call(f"PUT {DRAWER}", {"name": "x", "float": 1.5}), 400)
    till.ok(f"POST {DRAWER}/_activate", {"float_amount": {"value": 150, "currency": "JPY"}})


def test_order_that_is_not_known_is_404_where_only_known_ones_count() -> None:
    till = Till(foreign_orders=False, orders={"o": ""})
    till.activate()
    till.ok(f"POST {DRAWER}/transactions", SALE)
    refused(till.call(f"POST {DRAWER}/transactions", SALE | {"order_id": "foreign"}), 404)


@pytest.mark.parametrize(
    "options",
    [{"port": -1}, {"token_lifetime_s": 0}, {"transaction_types": {"fun": None}}, {"drawer_type": None}],
)
def test_options_that_cannot_work_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is|no|need"):
        SandboxOptions(**options)
