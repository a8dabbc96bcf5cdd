"""In the vendor's place behind a sale: daily reports of a drawer, and the store's report of transactions."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from firmware_bridge.vendors.newstore.sandbox import kinds
from firmware_bridge.vendors.newstore.sandbox.call import Call
from firmware_bridge.vendors.newstore.sandbox.clock import stamp
from firmware_bridge.vendors.newstore.sandbox.errors import bad_parameter
from firmware_bridge.vendors.newstore.sandbox.http import Answer
from firmware_bridge.vendors.newstore.sandbox.ledger import Day, Drawer, Entry, Transaction
from firmware_bridge.vendors.newstore.sandbox.money import ZERO
from firmware_bridge.vendors.newstore.sandbox.transactions import balance
from firmware_bridge.vendors.sandbox.wire import Json

_PAGE = 100


def daily(call: Call) -> Answer:
    """Operation 15: the closed days, oldest first. The page shows `pagination_info` but no parameters for it."""
    drawer = call.drawer
    offset = call.query.whole("offset", 0, 999_999_999, 0)
    limit = call.query.whole("limit", 1, _PAGE, _PAGE)
    closed = [one for one in drawer.days if one.deactivated_at is not None]
    rows = [_day(drawer, one) for one in closed[offset : offset + limit]]
    return Answer({"reports": rows, "pagination_info": {"count": len(rows), "total": len(closed), "offset": offset}})


def _day(drawer: Drawer, day: Day) -> Json:
    done = [one for one in day.transactions.values() if one.status == "completed"]
    sales = [one for one in done if one.kind == "sale"]
    others = [one for one in done if one.kind != "sale"]
    sold = _sum(one.amount_in - one.amount_out for one in sales if one.amount_in > one.amount_out)
    returned = _sum(one.amount_out - one.amount_in for one in sales if one.amount_out > one.amount_in)
    counted = day.end_count.counted if day.end_count is not None else ZERO
    pulled = _sum(one.amount_out - one.amount_in for one in _of(others, "cash_pull"))
    added = _sum(one.amount_in - one.amount_out for one in _of(others, "add_to_float"))
    sums = {
        "open_float": day.open_float,
        "net_cash_in": sold,
        "net_cash_out": returned,
        "net_non_sale_cash_in": _sum(one.amount_in for one in others),
        "net_non_sale_cash_out": _sum(one.amount_out for one in others),
        "net_sales": sold,
        "net_returns": returned,
        "variance_total": _sum(one.variance for one in day.counts.values() if one.status == "submitted"),
        "end_of_day_count": counted,
        "deposit_total": counted - day.open_float + pulled - added,
    }
    row: Json = {"activation_timestamp": stamp(day.activated_at)}
    row |= {name: drawer.money(value).json() for name, value in sums.items()}
    return row if day.deactivated_at is None else row | {"deactivation_timestamp": stamp(day.deactivated_at)}


def _of(transactions: Iterable[Transaction], kind: str) -> list[Transaction]:
    return [one for one in transactions if one.kind == kind]


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)


def of_store(call: Call) -> Answer:
    """Operation 20: in the order of arrival, both ends of the time included. No row carries a transaction's id."""
    query = call.query
    store_id = query.text("store-id")
    first, last = query.moment("start-time"), query.moment("end-time")
    offset, limit = query.whole("offset", 0, 999_999_999), query.whole("limit", 1, _PAGE)
    kind = query.one_of("transaction-type", kinds.REPORTED)
    if last < first:
        raise bad_parameter("end-time", "must not be before start-time.")
    found = [
        one
        for one in call.ledger.entries
        if one.drawer.store_id == store_id
        and first <= one.created_at <= last
        and kind in (None, one.kind)
        and (one.transaction is None or one.transaction.status in call.options.reported)
    ]
    rows = [_row(call, one) for one in found[offset : offset + limit]]
    return Answer({"transactionReport": rows, "total": len(found)})


def _row(call: Call, one: Entry) -> Json:
    made = one.transaction
    order_id = made.order_id if made is not None else ""
    return {
        "cashDrawerStatus": one.drawer_status,
        "cashDrawerName": one.drawer.name,
        "cashDrawerId": one.drawer.drawer_id,
        "currency": one.drawer.currency,
        "createdAt": stamp(one.created_at),
        "transactionType": one.kind,
        "associateId": call.options.associate_id,
        "associateName": call.options.associate_name,
        "orderId": order_id,
        "externalOrderId": call.options.orders.get(order_id, ""),
        "reasonCode": made.reason_code if made is not None else "",
        "amountBalance": one.amount if made is None else balance(call, made),
        "storeId": one.drawer.store_id,
    }
