"""What stands in each request of NewStore's book: orders, amounts, directions, reasons, times."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from firmware_bridge.vendors.newstore.facts import Facts, Kind
from firmware_bridge.vendors.newstore.figures import CountCall, SaleCall
from statemachines.vocabulary.events import (
    Event,
)
from statemachines.vocabulary.receipt import CASH_DIRECTIONS, CashMoveType
from tests.firmware_bridge.vendors.newstore.adapter_records import (
    BACK,
    COUNTED,
    MOVE,
    NO_SALE,
    SALE,
    TYPES,
    body,
    call_of,
    usd,
)

# --- fields ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "order", "number", "sent"),
    [
        ("order_ref", "web-9", "000123", "web-9"),
        ("order_ref", "", "000123", "000123"),
        ("order_ref", "", "", "sale-1"),
        ("sale_number", "web-9", "000123", "000123"),
        ("sale_number", "web-9", "", "sale-1"),
    ],
)
def test_order_id_is_what_the_configuration_wants(setting: str, order: str, number: str, sent: str) -> None:
    call = call_of(replace(SALE, order_id=order, number=number), order_id=setting)
    assert body(call)["order_id"] == sent


@pytest.mark.parametrize(("event", "change"), [(SALE, 6050), (BACK, 1000)])
def test_start_knows_the_tills_own_change(event: Event, change: int) -> None:
    call = call_of(event)
    assert isinstance(call, SaleCall)
    assert call.change == change


def test_record_of_a_count_knows_the_tills_own_figures() -> None:
    call = call_of(COUNTED)
    assert isinstance(call, CountCall)
    assert (call.expected, call.difference) == (10199, -200)


@pytest.mark.parametrize("kind", get_args(CashMoveType))
@pytest.mark.parametrize("facts", [Facts(), TYPES], ids=["types-unknown", "types-known"])
def test_each_of_the_ten_types_goes_its_way(kind: CashMoveType, facts: Facts) -> None:
    direction = CASH_DIRECTIONS[kind]
    amount = 0 if direction == "none" else 250
    sent = body(call_of(replace(MOVE, type=kind, direction=direction, amount=amount, reason=""), facts=facts))
    side = {"in": "amount_in", "out": "amount_out"}.get(direction, "amount_out" if facts is TYPES else "amount_in")
    assert sent == {"transaction_type": kind, side: usd(amount / 100)}


@pytest.mark.parametrize(
    ("direction", "side"), [("cash_in", "amount_in"), ("cash_out", "amount_out"), ("neutral", "amount_in")]
)
def test_opening_without_a_sale_goes_the_way_that_the_tenant_gave_it(direction: str, side: str) -> None:
    facts = Facts({"no_sale": Kind(allowed=True, direction=direction)})
    assert body(call_of(NO_SALE, facts=facts)) == {"transaction_type": "no_sale", side: usd(0)}


@pytest.mark.parametrize(
    ("reason", "facts", "reasons", "code"),
    [
        ("bank", Facts(), {}, None),
        ("bank", Facts(), {"bank": "B9"}, "B9"),
        ("bank", TYPES, {}, "B7"),  # the tenant's label
        ("B7", TYPES, {}, "B7"),
        ("to the bank", TYPES, {"to the bank": "B7"}, "B7"),
        ("to the bank", TYPES, {"to the bank": "bank"}, "B7"),
        ("bank", TYPES, {"bank": "B9"}, None),  # no code of this type
        ("rent", TYPES, {}, None),
        ("", TYPES, {}, None),
    ],
)
def test_reason_is_sent_as_a_code_of_the_tenant_or_not_at_all(
    reason: str, facts: Facts, reasons: dict[str, str], code: str | None
) -> None:
    sent = body(call_of(replace(MOVE, reason=reason), facts=facts, reasons=reasons))
    assert sent.get("reason_code") == code


@pytest.mark.parametrize("facts", [Facts(), TYPES])
def test_type_that_is_not_allowed_is_planned_all_the_same(facts: Facts) -> None:
    assert body(call_of(replace(MOVE, type="transfer_out"), facts=facts))["transaction_type"] == "transfer_out"


def test_report_is_looked_at_around_newstores_own_time() -> None:
    for facts, begin in ((Facts(), "2026-03-02T08:55:00.000Z"), (TYPES, "2026-03-02T09:55:00.000Z")):
        look = call_of(SALE, facts=facts).look
        assert look is not None
        asked = dict(look.request.query)
        assert (asked["start-time"], asked["transaction-type"]) == (begin, "sale")
    look = call_of(MOVE).look
    assert look is not None
    assert dict(look.request.query)["transaction-type"] == "cash_pull"


def test_other_drawers_go_under_their_own_name() -> None:
    call = call_of(replace(SALE, drawer_id="bar"))
    assert (call.request.path, call.place[0]) == ("/cash_drawers/drawer-2/transactions", "bar")
