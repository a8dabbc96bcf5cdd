"""In the vendor's place behind a sale: configuration, drawers, and their days from activation to deactivation."""

from __future__ import annotations

from typing import Final, cast

from firmware_bridge.vendors.newstore.sandbox.call import Call
from firmware_bridge.vendors.newstore.sandbox.errors import Refused, bad_field
from firmware_bridge.vendors.newstore.sandbox.http import DONE, Answer
from firmware_bridge.vendors.newstore.sandbox.ledger import Day, Drawer
from firmware_bridge.vendors.newstore.sandbox.money import read_currency, read_number
from firmware_bridge.vendors.newstore.sandbox.options import DrawerType
from firmware_bridge.vendors.sandbox.wire import Json

TYPES: Final = ("integrated", "non_integrated")


def put_config(call: Call) -> Answer:
    """Operation 1. A store with an active drawer keeps the configuration it has."""
    body = call.body
    kind = cast("DrawerType", body.one_of("cash_drawer_type", TYPES))
    enabled = body.flag("cash_management_enabled")
    store = call.ledger.store(call.captured("store_id"))
    if (kind, enabled) != (store.drawer_type, store.enabled):
        for one in call.ledger.of_store(store.store_id):
            if one.day is not None:
                raise Refused("drawer-active", one.drawer_id)
    store.drawer_type, store.enabled = kind, enabled
    return DONE


def get_config(call: Call) -> Answer:
    """Operation 2."""
    store = call.ledger.store(call.captured("store_id"))
    if store.drawer_type is None:
        raise Refused("no-config", store.store_id)
    return Answer({"cash_drawer_type": store.drawer_type, "cash_management_enabled": store.enabled})


def list_drawers(call: Call) -> Answer:
    """Operation 4. A store that does not exist has no drawers."""
    found = call.ledger.of_store(call.query.text("store_id"))
    return Answer({"cash_drawers": [shown(one) for one in found]})


def add_drawer(call: Call) -> Answer:
    """Operation 5."""
    body = call.body
    drawer_id, name = body.text("cash_drawer_id"), body.text("name")
    currency = read_currency(body.raw("currency"), "currency")
    amount = read_number(body.raw("float"), "float", currency)
    store_id, kind = body.text("store_id"), cast("DrawerType", body.one_of("type", TYPES))
    if amount < 0:
        raise bad_field("float", "must not be negative.")
    store = call.ledger.store(store_id)
    if store.drawer_type is None:
        raise Refused("store-not-configured", store_id)
    if kind != store.drawer_type:
        raise Refused("type-differs", store.drawer_type)
    if drawer_id in call.ledger.drawers:
        raise Refused("drawer-exists", drawer_id)
    call.ledger.drawers[drawer_id] = Drawer(drawer_id, name, currency, amount, store_id, kind)
    return Answer(None, call.options.add_status)


def update_drawer(call: Call) -> Answer:
    """Operation 6. The currency stays; that the float fits it can only be seen once the drawer is known."""
    body = call.body
    name, given = body.text("name"), body.raw("float")
    read_number(given, "float", "")
    drawer = call.drawer
    amount = read_number(given, "float", drawer.currency)
    if amount < 0:
        raise bad_field("float", "must not be negative.")
    _demand_inactive(drawer)
    drawer.name, drawer.default_float = name, amount
    return DONE


def get_drawer(call: Call) -> Answer:
    """Operation 7."""
    return Answer(shown(call.drawer))


def decommission(call: Call) -> Answer:
    """Operation 8."""
    drawer = call.drawer
    _demand_inactive(drawer)
    drawer.gone = True
    return DONE


def activate(call: Call) -> Answer:
    """Operation 13. The day begins with the float that was put in, whatever the default is."""
    amount = call.body.not_negative("float_amount")
    drawer = call.drawer
    if amount.currency != drawer.currency:
        raise Refused("wrong-currency", "float_amount", drawer.currency)
    _demand_inactive(drawer)
    if not call.ledger.store(drawer.store_id).enabled:
        raise Refused("management-off", drawer.store_id)
    drawer.day = Day(call.now, amount.value)
    drawer.days.append(drawer.day)
    call.ledger.enter(drawer, call.now, "float_adjustment", amount.value)
    return DONE


def deactivate(call: Call) -> Answer:
    """Operation 14. The count must be a submitted end-of-day count of this very day."""
    count_id = call.body.text("count_id")
    drawer = call.drawer
    day = drawer.active_day()
    of, count = drawer.count(count_id)
    if of is not day or count.reason != "end_of_day_balance" or count.status != "submitted":
        raise Refused("count-unfit", count_id)
    if day.open_count is not None:
        raise Refused("count-open", drawer.drawer_id)
    if call.options.drafts_block and any(one.status == "draft" for one in day.transactions.values()):
        raise Refused("drafts-open", drawer.drawer_id)
    day.deactivated_at, day.end_count, drawer.day = call.now, count, None
    call.ledger.enter(drawer, call.now, "end_of_day_withdrawal", count.counted)
    return DONE


def _demand_inactive(drawer: Drawer) -> None:
    if drawer.day is not None:
        raise Refused("drawer-active", drawer.drawer_id)


def shown(drawer: Drawer) -> Json:
    """A drawer as operations 4 and 7 answer it."""
    return {
        "cash_drawer_id": drawer.drawer_id,
        "name": drawer.name,
        "currency": drawer.currency,
        "float": drawer.default_float,
        "status": drawer.status,
        "type": drawer.type,
    }
