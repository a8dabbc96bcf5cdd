"""In the vendor's place behind a sale: cash transactions: a draft first, which moves nothing until it is completed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final, Literal, cast

from firmware_bridge.vendors.newstore.sandbox import kinds
from firmware_bridge.vendors.newstore.sandbox.call import Call
from firmware_bridge.vendors.newstore.sandbox.clock import stamp
from firmware_bridge.vendors.newstore.sandbox.errors import Refused
from firmware_bridge.vendors.newstore.sandbox.fields import Body
from firmware_bridge.vendors.newstore.sandbox.http import DONE, Answer
from firmware_bridge.vendors.newstore.sandbox.kinds import Setting
from firmware_bridge.vendors.newstore.sandbox.ledger import Activity, Day, Drawer, Transaction
from firmware_bridge.vendors.newstore.sandbox.money import ZERO, Money, smallest_coin
from firmware_bridge.vendors.sandbox.wire import Json

_SIDES: Final = {"amount_in": "cash_in", "amount_out": "cash_out"}


def list_types(call: Call) -> Answer:
    """Operation 3: all ten, allowed or not."""
    return Answer(
        {"transaction_types": {name: _type(call.options.transaction_types.get(name)) for name in kinds.NON_SALE}}
    )


def _type(setting: Setting | None) -> Json:
    if setting is None:
        return {"status": "not_allowed"}
    reasons = [{"code": one.code, "label": one.label} for one in setting.reasons]
    return {
        "status": "configured",
        "configuration": {"balance_modification": setting.modification, "reasons": reasons},
    }


def start(call: Call) -> Answer:
    """Operation 9: a sale, an exchange (the difference) or a return (a negative amount).

    What is handed over goes in, the change comes out; for a return the change is what is paid out.
    """
    body = call.body
    order_id, amount, given = body.text("order_id"), body.money("amount"), body.not_negative("given")
    drawer = call.drawer
    if not call.options.foreign_orders and order_id not in call.options.orders:
        raise Refused("no-order", order_id)
    _demand_currency(drawer, amount=amount, given=given)
    if amount.value == 0:
        raise Refused("zero-amount")
    change = given.value - amount.value
    if change < 0:
        raise Refused("given-too-little")
    made = _draft(call, drawer, Transaction(call.ledger.new_id(), "sale", order_id, "", given.value, change, call.now))
    return Answer({"transaction_id": made.transaction_id, "change": drawer.money(change).json()})


def start_non_sale(call: Call) -> Answer:
    """Operation 10. The page stars an unnamed first amount while its sample sends `amount_out` alone: one is needed."""
    body = call.body
    kind = body.one_of("transaction_type", tuple(kinds.NON_SALE))
    reason = body.text("reason_code") if body.has("reason_code") else ""
    amounts = {name: body.not_negative(name) for name in _SIDES if body.has(name)}
    if not amounts:
        raise Refused("bad-field", "One of amount_in and amount_out is required.")
    drawer = call.drawer
    setting = call.options.transaction_types.get(kind)
    if setting is None:
        raise Refused("type-not-allowed", kind)
    if reason and reason not in [one.code for one in setting.reasons]:
        raise Refused("unknown-reason", reason, kind)
    _demand_currency(drawer, **amounts)
    _demand_direction(kind, setting, amounts, zero_allowed=kind == "no_sale" and call.options.no_sale_zero)
    into, out = (_value(amounts, name) for name in _SIDES)
    made = _draft(call, drawer, Transaction(call.ledger.new_id(), kind, "", reason, into, out, call.now))
    return Answer({"transaction_id": made.transaction_id})


def _value(amounts: dict[str, Money], name: str) -> Decimal:
    return amounts[name].value if name in amounts else ZERO


def _demand_currency(drawer: Drawer, **amounts: Money) -> None:
    for name, amount in amounts.items():
        if amount.currency != drawer.currency:
            raise Refused("wrong-currency", name, drawer.currency)


def _demand_direction(kind: str, setting: Setting, amounts: dict[str, Money], *, zero_allowed: bool) -> None:
    """Cash moves in the direction that the type is configured for; a neutral one moves none."""
    for name, side in _SIDES.items():
        if side != setting.modification and _value(amounts, name) != 0:
            raise Refused("wrong-direction", name, kind, setting.modification)
    if not zero_allowed and all(amount.value == 0 for amount in amounts.values()):
        raise Refused("no-amount", kind, setting.modification)


def _draft(call: Call, drawer: Drawer, made: Transaction) -> Transaction:
    day = drawer.active_day()
    if call.options.count_blocks and day.open_count is not None:
        raise Refused("count-open", drawer.drawer_id)
    if (made.amount_in or made.amount_out) and call.strikes("wrong-amount"):
        made = _a_coin_too_much(made, drawer.currency)
    day.transactions[made.transaction_id] = made
    call.ledger.enter(drawer, call.now, made.kind, made)
    return made


def _a_coin_too_much(made: Transaction, currency: str) -> Transaction:
    if made.amount_in:
        return replace(made, amount_in=made.amount_in + smallest_coin(currency))
    return replace(made, amount_out=made.amount_out + smallest_coin(currency))


def get(call: Call) -> Answer:
    """Operation 16."""
    drawer = call.drawer
    _, one = drawer.transaction(call.captured("transaction_id"))
    return Answer(shown(call, drawer, one))


def shown(call: Call, drawer: Drawer, one: Transaction) -> Json:
    """A transaction as operation 16 answers it; `finished_at` once it is finished."""
    row: Json = {
        "transaction_id": one.transaction_id,
        "cash_drawer_id": drawer.drawer_id,
        "associate_id": call.options.associate_id,
        "order_id": one.order_id,
        "amount_in": drawer.money(one.amount_in).json(),
        "amount_out": drawer.money(one.amount_out).json(),
        "amount_balance": drawer.money(balance(call, one)).json(),
        "reason": one.kind,
        "status": one.status,
        "created_at": stamp(one.created_at),
    }
    return row if one.finished_at is None else row | {"finished_at": stamp(one.finished_at)}


def balance(call: Call, one: Transaction) -> Decimal:
    """`amount_balance`, in major units."""
    return one.amount_in if call.options.amount_balance == "amount_in" else one.amount_in - one.amount_out


def finish(call: Call) -> Answer:
    """Operation 17. Completed and canceled are both final."""
    status = cast("Literal['completed', 'canceled']", call.body.one_of("status", ("completed", "canceled")))
    day, one = call.drawer.transaction(call.captured("transaction_id"))
    if one.status != "draft":
        raise Refused("finished", one.transaction_id, one.status)
    if status == "completed" and day.deactivated_at is not None:
        raise Refused("day-over", one.transaction_id)
    one.status, one.finished_at = status, call.now
    return DONE


def track(call: Call) -> Answer:
    """Operation 12. It may come late, days after what it tells of; the device's own time is kept."""
    body = call.body
    at, event = body.moment("timestamp"), body.one_of("event", ("open", "close"))
    correlation, correlation_id = body.one_of("correlation", ("transaction", "count")), body.text("correlation_id")
    drawer = call.drawer
    _demand_correlated(call, drawer, body, correlation_id)
    made = Activity(call.ledger.new_id(), drawer.drawer_id, event, correlation, correlation_id, at, call.now)
    call.ledger.activities.append(made)
    return Answer({"event_id": made.event_id})


def _demand_correlated(call: Call, drawer: Drawer, body: Body, correlation_id: str) -> None:
    if body.raw("correlation") == "count":
        drawer.count(correlation_id)
        return
    found: tuple[Day, Transaction] = drawer.transaction(correlation_id)
    if not call.options.late_activities and found[1].status != "draft":
        raise Refused("activity-late", correlation_id)
