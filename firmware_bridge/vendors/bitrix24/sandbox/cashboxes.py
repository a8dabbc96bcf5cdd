"""In the place of who orders a sale: the cash registers of a portal, each of one handler."""

from __future__ import annotations

from typing import Any, Final

from firmware_bridge.vendors.bitrix24.sandbox import listing
from firmware_bridge.vendors.bitrix24.sandbox.call import Call, not_defined
from firmware_bridge.vendors.bitrix24.sandbox.errors import failed
from firmware_bridge.vendors.bitrix24.sandbox.handlers import laid_over
from firmware_bridge.vendors.bitrix24.sandbox.ledger import Cashbox, check_owner
from firmware_bridge.vendors.bitrix24.sandbox.params import int_of
from firmware_bridge.vendors.sandbox.wire import Json

OFDS: Final = (
    "bx_firstofd",
    "bx_platformaofd",
    "bx_yarusofd",
    "bx_taxcomofd",
    "bx_ofdruofd",
    "bx_tenzorofd",
    "bx_conturofd",
)
PAGE: Final = 50
COLUMNS: Final = (
    *("ID", "NAME", "OFD", "EMAIL", "DATE_CREATE", "DATE_LAST_CHECK", "NUMBER_KKM", "KKM_ID"),
    *("ACTIVE", "SORT", "USE_OFFLINE", "ENABLED"),
)
_TEXTS: Final = {"NAME": "name", "EMAIL": "email", "OFD": "ofd", "NUMBER_KKM": "number_kkm", "KKM_ID": "kkm_id"}
_FLAGS: Final = {"ACTIVE": "active", "USE_OFFLINE": "use_offline", "ENABLED": "enabled"}
_TABLES: Final = {"OFD_SETTINGS": "ofd_settings", "SETTINGS": "settings"}


def add(call: Call) -> int:
    """sale.cashbox.add, the seed's method."""
    given = call.given
    call.demand("NAME", "REST_CODE")
    code = given.text("REST_CODE")
    handler = call.ledger.handler_of(code)
    if handler is None:
        raise failed(f"Rest handler with code {code} not found")
    check_owner(handler.app_id, call.app)
    call.demand("EMAIL")
    _check_ofd(given.text("OFD"))
    number = call.ledger.next_id("cashbox")
    made = Cashbox(number, call.app, code, given.text("NAME"), given.text("EMAIL"), call.now)
    _write(made, {**given.values, "ENABLED": "Y"})
    call.ledger.cashboxes[number] = made
    return number


def update(call: Call) -> bool:
    """sale.cashbox.update: what is not known is passed over."""
    box = _named(call)
    fields = call.given.table("FIELDS")
    if not fields:
        raise not_defined("FIELDS")
    if "EMAIL" in fields and not fields["EMAIL"]:
        raise failed("Parameter EMAIL cannot be empty")
    _check_ofd(str(fields.get("OFD") or ""))
    _write(box, fields)
    return True


def delete(call: Call) -> bool:
    """sale.cashbox.delete"""
    del call.ledger.cashboxes[_named(call).id]
    return True


def listed(call: Call) -> list[Json]:
    """sale.cashbox.list: at most fifty rows from `start` on."""
    given = call.given
    wanted = given.values.get("SELECT")
    asked = listing.Question.of(wanted, given.table("FILTER"), given.table("ORDER"), COLUMNS)
    found = asked.answer([_row(one) for one in call.ledger.cashboxes.values()])
    start = max(0, given.number("START"))
    return found[start : start + PAGE]


def _named(call: Call) -> Cashbox:
    call.demand("ID")
    return call.ledger.cashbox(call.given.number("ID"), call.app)


def _check_ofd(code: str) -> None:
    if code and code not in OFDS:
        raise failed("Ofd handler not found")


def _write(box: Cashbox, fields: Json) -> None:
    for name, attribute in _TEXTS.items():
        if name in fields:
            setattr(box, attribute, str(fields[name] if fields[name] is not None else ""))
    for name, attribute in _FLAGS.items():
        if name in fields:
            setattr(box, attribute, "Y" if fields[name] == "Y" else "N")
    for name, attribute in _TABLES.items():
        if isinstance(fields.get(name), dict):
            setattr(box, attribute, laid_over(getattr(box, attribute), fields[name]))
    box.sort = int_of(fields.get("SORT"), box.sort)


def _row(one: Cashbox) -> Json:
    """As a list shows it: text, dates as empty objects, null where there is nothing yet."""
    dates: dict[str, Any] = {"DATE_CREATE": {}, "DATE_LAST_CHECK": None if one.last_check is None else {}}
    texts = {name: getattr(one, attribute) for name, attribute in (_TEXTS | _FLAGS).items()}
    return {"ID": str(one.id), "SORT": str(one.sort)} | texts | dates
