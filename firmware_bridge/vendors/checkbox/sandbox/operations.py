"""In the vendor's place on a sale's way: what is answered about the cashier, the register, its shifts and transactions.

One function for each operation; `routes` says where they are, `capabilities` on whose word. Each raises Refused or
Invalid instead of answering no.
"""

from __future__ import annotations

from firmware_bridge.vendors.checkbox.sandbox import offline, payloads, register_views, schema, shifts, views
from firmware_bridge.vendors.checkbox.sandbox.errors import Refused
from firmware_bridge.vendors.checkbox.sandbox.http import Answer, Call
from firmware_bridge.vendors.checkbox.sandbox.paging import ordered, page, several
from firmware_bridge.vendors.checkbox.sandbox.values import TAXES

_CODES = schema.whole(least=1, most=10_000)


def me(call: Call) -> Answer:
    row = views.cashier(call.register, call.cashier)
    row["organization"] = register_views.organization(call.register)
    return Answer(row | {"is_test": call.register.is_test} if call.options.current else row)


def check_signature(call: Call) -> Answer:
    online = not call.register.faults.active("signature-off")
    kind = views.cashier(call.register, call.cashier)["signature_type"]
    possible = online and call.register.shift is None
    return Answer({"online": online, "type": kind, "shift_open_possibility": possible})


def cashier_shift(call: Call) -> Answer:
    shift = call.register.shift
    if shift is None or shift.cashier is not call.cashier:
        return Answer(None)
    return Answer(views.shift(call.register, shift, with_cashier=call.options.current))


def taxes(call: Call) -> Answer:
    ids = call.register.tax_ids
    return Answer([views.tax_settings(call.register, one, ids[one.code]) for one in TAXES])


def register_info(call: Call) -> Answer:
    return Answer(register_views.info(call.register))


def registers(call: Call) -> Answer:
    in_use = call.query("in_use", schema.flag)
    wanted = in_use is None or in_use == (call.register.shift is not None)
    return page(call, [register_views.detailed_register(call.register)] if wanted else [])


def one_register(call: Call) -> Answer:
    if call.request.captured["id"] != call.register.id:
        raise Refused("not-found")
    return Answer(register_views.detailed_register(call.register))


def _not_anothers(call: Call) -> None:
    shift = call.register.shift
    if shift is not None and shift.cashier is not call.cashier:
        raise Refused("register-busy")


def go_online(call: Call) -> Answer:
    _not_anothers(call)
    offline.go_online(call.register, call.now)
    return Answer({"status": "ok"})


def go_offline(call: Call) -> Answer:
    body = call.body(payloads.GO_OFFLINE, optional=True)
    _not_anothers(call)
    return Answer(offline.go_offline(call.register, body, call.now))


def ping(call: Call) -> Answer:
    return Answer(offline.ping(call.register, call.now))


def ask_codes(call: Call) -> Answer:
    count = call.query("count", _CODES, 150)
    wait = call.query("sync", schema.flag, default=False)
    return Answer(offline.ask_codes(call.register, count, call.now, wait=wait))


def get_codes(call: Call) -> Answer:
    count = call.query("count", _CODES, 150)
    shift = call.register.shift
    if shift is None or shift.status != "OPENED":
        raise Refused("shift-not-opened")
    return Answer(
        [
            {
                "cash_register_id": call.register.id,
                "serial_id": one.serial,
                "created_at": views.when(one.created_at)
                if call.options.current
                else one.created_at.replace(tzinfo=None).isoformat(),
                "fiscal_code": one.code,
            }
            for one in call.register.pool.free(count)
        ]
    )


def count_codes(call: Call) -> Answer:
    pool = call.register.pool
    available = len(pool.free())
    row = {"available": available, "default": 2000, "minimal": 1000, "used": pool.spent_since_asked}
    return Answer(row | {"enough_offline_codes": available >= 1000} if call.options.current else row)


def offline_time(call: Call) -> Answer:
    first = call.query("from_date", schema.moment)
    last = call.query("to_date", schema.moment)
    rows = []
    for one in call.register.sessions:
        end = one.end or call.now
        if (first is None or end >= first) and (last is None or one.start <= last):
            seconds = int((end - one.start).total_seconds())
            rows.append({"start": views.when(one.start), "end": views.when(one.end), "duration": seconds})
    current = call.register.sessions[-1] if call.register.offline else None
    going_on = int((call.now - current.start).total_seconds()) if current else 0
    total = offline.month_seconds(call.register, call.now)
    return Answer({"status": {"current": going_on, "total": total}, "sessions": rows})


def open_shift(call: Call) -> Answer:
    body = call.body(payloads.open_shift(current=call.options.current), optional=True)
    shift = shifts.open_shift(call.register, call.cashier, call.client, body, call.now)
    return Answer(views.shift(call.register, shift), 202)


def list_shifts(call: Call) -> Answer:
    wanted = several(call, "statuses")
    found = [one for one in call.register.shifts if one.cashier is call.cashier]
    rows = [one for one in ordered(call, found) if not wanted or one.status in wanted]
    return page(call, [views.shift(call.register, one, with_cashier=False) for one in rows])


def one_shift(call: Call) -> Answer:
    return Answer(views.shift(call.register, call.register.find_shift(call.request.captured["id"])))


def close_shift(call: Call) -> Answer:
    body = call.body(payloads.CLOSE_SHIFT, optional=True)
    return Answer(
        views.shift(call.register, shifts.close_shift(call.register, call.cashier, call.client, body, call.now)), 202
    )


def close_other_shift(call: Call) -> Answer:
    body = call.body(payloads.CLOSE_SHIFT, optional=True)
    key = call.request.captured["id"]
    shift = shifts.close_other(call.register, call.cashier, key, call.client, body, call.now)
    return Answer(views.shift(call.register, shift))


def transactions(call: Call) -> Answer:
    status, kind = several(call, "status"), several(call, "type")
    found = [
        one
        for one in call.register.ledger.all
        if (not status or one.status in status) and (not kind or one.type in kind)
    ]
    rows = ordered(call, found) if call.options.current else found  # the interface of 2022 knows no `desc` here
    return page(call, [views.transaction(call.register, one) for one in rows])


def set_webhook(call: Call) -> Answer:
    return Answer(call.webhooks.set(call.body(payloads.WEBHOOK)["url"], call.now))


def show_webhook(call: Call) -> Answer:
    if not call.webhooks.is_set:
        raise Refused("not-found")
    return Answer(call.webhooks.shown())


def remove_webhook(call: Call) -> Answer:
    call.webhooks.remove()
    return Answer({"ok": True})


def one_transaction(call: Call) -> Answer:
    key = call.request.captured["id"].lower()
    for one in call.register.ledger.all:
        if one.id == key:
            return Answer(views.transaction(call.register, one))
    raise Refused("not-found")
