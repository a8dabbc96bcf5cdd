"""In the vendor's place behind a sale: cash counts: started, recorded, perhaps again, then submitted or cancelled."""

from __future__ import annotations

from typing import Final, Literal

from firmware_bridge.vendors.newstore.sandbox.call import Call
from firmware_bridge.vendors.newstore.sandbox.errors import Refused, bad_parameter
from firmware_bridge.vendors.newstore.sandbox.http import DONE, Answer
from firmware_bridge.vendors.newstore.sandbox.ledger import Count

REASONS: Final = ("intra_day_balance", "end_of_day_balance")
#: Action -> from which states, into which.
_ACTIONS: Final[dict[str, tuple[tuple[str, ...], Literal["started", "submitted", "cancelled"]]]] = {
    "_recount": (("recorded",), "started"),
    "_submit": (("recorded",), "submitted"),
    "_cancel": (("started", "recorded"), "cancelled"),
}


def perform(call: Call) -> Answer:
    """Operation 11. One open count per drawer; nothing but its id leads back to it."""
    reason = call.body.one_of("reason", REASONS)
    drawer = call.drawer
    day = drawer.active_day()
    if day.open_count is not None:
        raise Refused("count-open", drawer.drawer_id)
    made = Count(call.ledger.new_id(), reason, call.now)
    day.counts[made.count_id] = made
    return Answer({"count_id": made.count_id})


def record(call: Call) -> Answer:
    """Operation 18. Expected is what completed transactions have made of the float when this request arrives."""
    counted = call.body.not_negative("counted_amount")
    drawer = call.drawer
    day, count = drawer.count(call.captured("count_id"))
    if counted.currency != drawer.currency:
        raise Refused("wrong-currency", "counted_amount", drawer.currency)
    if not count.open:
        raise Refused("count-state", count.count_id, count.status)
    if count.status == "recorded" and counted.value != count.counted:
        raise Refused("count-recorded", count.count_id)
    count.status, count.counted, count.expected = "recorded", counted.value, day.expected
    return Answer(
        {
            "discrepancy": count.variance != 0,
            "expected_amount": drawer.money(count.expected).json(),
            "discrepancy_amount": drawer.money(count.variance).json(),
        }
    )


def act(call: Call) -> Answer:
    """Operation 19."""
    action = call.captured("action")
    if action not in _ACTIONS:
        raise bad_parameter("action", f"must be one of {', '.join(_ACTIONS)}.")
    allowed, becomes = _ACTIONS[action]
    drawer = call.drawer
    _, count = drawer.count(call.captured("count_id"))
    if count.status not in allowed:
        raise Refused("count-state", count.count_id, count.status)
    count.status = becomes
    if becomes == "submitted" and count.variance != 0:
        call.ledger.enter(drawer, call.now, "reconciliation", count.variance)
    return DONE
