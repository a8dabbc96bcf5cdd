"""Requests of NewStore's book by operation, and the answers that the vendor's page shows for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from firmware_bridge.gateway.book import Call
from firmware_bridge.vendors.http import Response
from firmware_bridge.vendors.newstore.book import NewStoreBook
from firmware_bridge.vendors.newstore.facts import Facts, Known
from firmware_bridge.vendors.newstore.plan import plan
from statemachines.vocabulary.day_events import CountStarted, CountSubmitted, DrawerDayOpened
from statemachines.vocabulary.events import Event, SaleSettled
from tests.firmware_bridge.vendors.newstore.adapter_records import ANNA, COUNTED, ENDED, MOVE, OPENED, REFS, SALE
from tests.firmware_bridge.vendors.newstore.adapter_world import answer, record, terms
from tests.firmware_bridge.vendors.newstore.sandbox_till import SAMPLES

EVENTS: Final[dict[str, Event]] = {
    "activate": DrawerDayOpened("main", "day-1", 20000),
    "start": SALE,
    "start_non_sale": MOVE,
    "track_activity": OPENED,
    "finish": SaleSettled("sale-1", "drawer_closed", "main", "day-1"),
    "perform_count": CountStarted("count-1", "main", "day-1", "end_of_day_balance", by=ANNA, blind=False),
    "record_count": COUNTED,
    "count_action": CountSubmitted("count-1", "main", "end_of_day_balance", 9999, 10199, -200, ANNA, "day-1"),
    "deactivate": ENDED,
    "get_drawer": replace(ENDED, count_id=""),
}
NO_BODY: Final = ("activate", "finish", "count_action", "deactivate")
DONE: Final[dict[str, Response]] = {
    **{name: answer(204) for name in NO_BODY},
    **{name: answer(200, SAMPLES[name]["response"]) for name in EVENTS if name not in NO_BODY},
    "get_drawer": answer(200, {**SAMPLES["get_drawer"]["response"], "status": "inactive"}),
}
ACTIVE: Final = answer(200, SAMPLES["get_drawer"]["response"])
INACTIVE: Final = DONE["get_drawer"]
CONFLICT: Final = '409 conflict "No."'


def book() -> NewStoreBook:
    return NewStoreBook(terms(), Known())


def call_of(operation: str) -> Call:
    made = plan(record(EVENTS[operation], seq=12), REFS, terms(), Facts())
    assert isinstance(made, Call)
    assert made.operation == operation
    return made
