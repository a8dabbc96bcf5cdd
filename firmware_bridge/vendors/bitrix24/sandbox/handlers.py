"""In the place of who orders a sale: handlers, which say where print and check requests go and what may be set."""

from __future__ import annotations

from typing import Any, Final

from firmware_bridge.vendors.bitrix24.sandbox.call import Call, not_defined
from firmware_bridge.vendors.bitrix24.sandbox.errors import failed
from firmware_bridge.vendors.bitrix24.sandbox.ledger import Handler
from firmware_bridge.vendors.bitrix24.sandbox.params import int_of
from firmware_bridge.vendors.sandbox.wire import Json

HTTP_VERSIONS: Final = ("1.0", "1.1")
TYPES: Final = ("STRING", "NUMBER", "Y/N", "ENUM", "DATE")


def add(call: Call) -> int:
    """sale.cashbox.handler.add"""
    given = call.given
    call.demand("CODE", "NAME")
    settings = given.table("SETTINGS")
    if not settings:
        raise failed("Parameter SETTINGS is not defined or empty")
    for name in ("PRINT_URL", "CHECK_URL", "CONFIG"):
        if settings.get(name) in (None, ""):
            raise not_defined(f"SETTINGS[{name}]")
    settings = {"HTTP_VERSION": HTTP_VERSIONS[0]} | settings
    _check(settings)
    code = given.text("CODE")
    if call.ledger.handler_of(code) is not None:
        raise failed("Handler already exists!", "ERROR_HANDLER_ALREADY_EXIST")
    flag = "Y" if "Y" in (given.text("SUPPORTS_FFD105"), settings.get("SUPPORTS_FFD105")) else "N"
    number = call.ledger.next_id("handler")
    call.ledger.handlers[number] = Handler(
        number, call.app, code, given.text("NAME"), given.number("SORT", 100), settings | {"SUPPORTS_FFD105": flag}
    )
    return number


def update(call: Call) -> bool:
    """sale.cashbox.handler.update: SETTINGS is laid over what is there; CODE stays."""
    handler = _named(call)
    fields = call.given.table("FIELDS")
    if not fields:
        raise not_defined("FIELDS")
    settings = fields.get("SETTINGS")
    if isinstance(settings, dict):
        for name in ("PRINT_URL", "CHECK_URL"):
            if name in settings and not settings[name]:
                raise failed(f"The value of SETTINGS[{name}] is not valid")
        merged = laid_over(handler.settings, settings)
        _check(merged)
        handler.settings = merged
    handler.name = str(fields.get("NAME") or handler.name)
    handler.sort = int_of(fields.get("SORT"), handler.sort)
    return True


def listed(call: Call) -> list[Json]:
    """sale.cashbox.handler.list: those of all applications."""
    return [
        {
            "ID": str(one.id),
            "NAME": one.name,
            "CODE": one.code,
            "SORT": str(one.sort),
            "SETTINGS": one.settings,
        }
        for one in sorted(call.ledger.handlers.values(), key=lambda one: (one.sort, one.id))
    ]


def delete(call: Call) -> bool:
    """sale.cashbox.handler.delete: not while cash registers use it."""
    handler = _named(call)
    used = [str(one.id) for one in call.ledger.cashboxes.values() if one.rest_code == handler.code]
    if used:
        raise failed(f"There are cashboxes with this handler: {', '.join(used)}")
    del call.ledger.handlers[handler.id]
    return True


def _named(call: Call) -> Handler:
    call.demand("ID")
    return call.ledger.handler(call.given.number("ID"), call.app)


def laid_over(below: Json, above: Json) -> Json:
    """PHP's array_replace_recursive."""
    found = dict(below)
    for name, value in above.items():
        old = found.get(name)
        found[name] = laid_over(old, value) if isinstance(value, dict) and isinstance(old, dict) else value
    return found


def _check(settings: Json) -> None:
    if str(settings.get("HTTP_VERSION")) not in HTTP_VERSIONS:
        raise failed("The value of SETTINGS[HTTP_VERSION] is not valid")
    if not _is_config(settings["CONFIG"]):
        raise failed("The config provided in SETTINGS[CONFIG] is not valid")


def _is_config(value: Any) -> bool:
    if value == []:  # an empty object of PHP
        return True
    return isinstance(value, dict) and all(_is_section(one) for one in value.values())


def _is_section(value: Any) -> bool:
    if not isinstance(value, dict) or not value.get("LABEL"):
        return False
    items = value.get("ITEMS")
    return isinstance(items, dict) and bool(items) and all(_is_item(one) for one in items.values())


def _is_item(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("TYPE") not in TYPES or not value.get("LABEL"):
        return False
    return value["TYPE"] != "ENUM" or bool(value.get("OPTIONS"))
