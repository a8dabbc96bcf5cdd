"""Answers held to the vendor's OpenAPI: no field missing, none too many, every type and enumeration right."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

#: The answers and schemas of OpenAPI 0.1.79 that the sandbox uses, without their prose.
SPEC: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "openapi_0_1_79.json").read_text(encoding="utf-8"))

#: Fields that the page's own samples have and its OpenAPI has not: the old doubles of total_sum and total_rest.
SEED_HAS_MORE: Final[Mapping[str, frozenset[str]]] = {"ReceiptModel": frozenset({"sum", "rest"})}

#: Fields of the interface of 2026 (OpenAPI 2.106.4, recordings) that the one of 2022 has not.
CURRENT_HAS_MORE: Final[Mapping[str, frozenset[str]]] = {
    "ReceiptModel": frozenset(
        {
            *("sum", "rest", "context", "rounding_mode", "stock_code", "is_test"),
            *("shift_id", "transaction_id", "cashier_id", "cash_register_id"),
        }
    ),
    "ShortTransaction": frozenset({"original_datetime"}),
    "TransactionModel": frozenset({"original_datetime"}),
    "ReportModel": frozenset(
        {
            *("shift_id", "last_receipt_id", "fiscal_code", "currency_exchange_count", "transaction_fail"),
            *("sales_round_up", "sales_round_down", "returns_round_up", "returns_round_down"),
        }
    ),
    "srso__schema__receipt__schema__GoodModel": frozenset({"e_excise_barcodes"}),
    "CashRegisterDeviceModel": frozenset({"is_test", "type", "organization_id"}),
    "DetailedCashRegisterModel": frozenset({"is_test", "type"}),
    "DetailedCashierModel": frozenset({"is_test"}),
    "OrganizationModel": frozenset(
        {"is_vat", "auto_close_shift_at", "auto_collection_on_close", "allowed_offline_duration"}
    ),
    "OfflineCodesCountSchema": frozenset({"enough_offline_codes"}),
    "ShiftWithCashRegisterModel": frozenset({"cashier"}),
    "TaxModel": frozenset({"type"}),
    "HTTPError": frozenset({"code"}),
    "HTTPValidationError": frozenset({"code"}),
}

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def misfits(
    schema: Mapping[str, Any], value: Any, more: Mapping[str, frozenset[str]], where: str = "$"
) -> Iterator[str]:
    """One line for each thing in `value` that `schema` does not allow; `more`: model -> fields allowed besides.

    What is not required may be null: the vendor's framework writes every field.
    """
    name = ""
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = SPEC["schemas"][name]
    if "anyOf" in schema:
        if all(list(misfits(one, value, more, where)) for one in schema["anyOf"]):
            yield f"{where}: fits none of {len(schema['anyOf'])} forms"
        return
    for one in schema.get("allOf", ()):
        yield from misfits(one, value, more, where)
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    kind = schema.get("type")
    if kind is not None and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        yield f"{where}: {value!r} is no {kind}"
        return
    yield from _format(schema.get("format"), value, where)
    if isinstance(value, list) and "items" in schema:
        for i, one in enumerate(value):
            yield from misfits(schema["items"], one, more, f"{where}[{i}]")
    if isinstance(value, dict) and "properties" in schema:
        yield from _fields(schema, value, more, where, more.get(name, frozenset()))


def _fields(
    schema: Mapping[str, Any],
    value: Mapping[str, Any],
    more: Mapping[str, frozenset[str]],
    where: str,
    besides: frozenset[str],
) -> Iterator[str]:
    required = set(schema.get("required", ()))
    for field in sorted(required - value.keys()):
        yield f"{where}.{field}: missing"
    for field, one in value.items():
        if field in schema["properties"]:
            if one is not None or field in required:
                yield from misfits(schema["properties"][field], one, more, f"{where}.{field}")
        elif field not in besides:
            yield f"{where}.{field}: not in the schema"


def _format(name: str | None, value: Any, where: str) -> Iterator[str]:
    try:
        if name == "uuid":
            uuid.UUID(value)
        elif name == "date-time":
            datetime.fromisoformat(value)
    except ValueError:
        yield f"{where}: {value!r} is no {name}"


def answer_misfits(operation: str, status: int, value: Any, more: Mapping[str, frozenset[str]]) -> list[str]:
    """For a whole answer; `operation` as in the specification: `GET /shifts/{shift_id}`."""
    expected = SPEC["answers"][operation]
    if status != expected["status"]:
        return [f"{operation}: {status} instead of {expected['status']}"]
    return list(misfits(expected["schema"], value, more))
