"""Records of a till's journal, one of each kind that NewStore is told of, and what is planned for them."""

from __future__ import annotations

import json
from typing import Any, Final

from firmware_bridge.gateway.book import Call, Plan
from firmware_bridge.vendors.newstore.facts import Facts, Kind
from firmware_bridge.vendors.newstore.plan import plan
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.day_events import (
    CountRecorded,
    DrawerDayClosed,
)
from statemachines.vocabulary.events import (
    CashMoved,
    DrawerCause,
    DrawerClosed,
    DrawerOpened,
    Event,
    SaleCompleted,
)
from statemachines.vocabulary.receipt import Person
from tests.firmware_bridge.vendors.newstore.adapter_world import START_MS, record, terms

ANNA: Final = Person("7", "Anna", "cashier")
REFS: Final = {"sale-1": "T1", "move-1": "T2", "open-1": "T3", "count-1": "C1"}
SALE: Final = SaleCompleted("sale-1", 13950, 20000, 6050, (), "main", "day-1", "000123", "web-9")
BACK: Final = SaleCompleted("sale-1", -1000, 1000, 0, (), "main", "day-1", "000124", "")
MOVE: Final = CashMoved("move-1", "cash_pull", "out", 5000, "operator", "main", "day-1", "bank")
NO_SALE: Final = NoSaleRecorded("open-1", "main", "day-1", "change", forced=False)
OPENED: Final = DrawerOpened("main", DrawerCause("sale", "sale-1"), "sensed", "day-1")
CLOSED: Final = DrawerClosed("main", DrawerCause("sale", "sale-1"), 2500, "day-1")
COUNTED: Final = CountRecorded("count-1", "main", 1, 9999, (), 10199, -200, ANNA, "day-1")
ENDED: Final = DrawerDayClosed("main", "day-1", 10199, 9999, "count-1", "r-1")
UNREAD: Final = Facts()
TYPES: Final = Facts(
    {
        "no_sale": Kind(allowed=True, direction="cash_out", reasons={"chg": "change"}),
        "cash_pull": Kind(allowed=True, direction="cash_out", reasons={"B7": "bank", "post_office": "Post office"}),
        "transfer_out": Kind(allowed=False),
    },
    answered_at=START_MS + 3_600_000,
)


def planned(event: Event, refs: dict[str, str] | None = None, facts: Facts = UNREAD, **settings: Any) -> Plan:
    return plan(record(event), REFS if refs is None else refs, terms(**settings), facts)


def call_of(event: Event, **more: Any) -> Call:
    made = planned(event, **more)
    assert isinstance(made, Call)
    return made


def body(call: Call) -> Any:
    return json.loads(call.request.body) if call.request.body else None


def usd(value: float) -> dict[str, Any]:
    return {"value": value, "currency": "USD"}
