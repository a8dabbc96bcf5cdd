"""At the door of a sale that Bitrix24 orders: the bytes of its request, JSON or a form with PHP's brackets, bounded.

`items[0][name]=Tea` becomes {"items": {"0": {"name": "Tea"}}}: an array stays an object until somebody knows better
(`rows`). Numbers of JSON are exact decimals.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl, quote

MAX_BODY: Final = 1 << 20
"""Bytes. A check of 1000 positions as a form has about 700 kB."""
MAX_FIELDS: Final = 40_000
MAX_DEPTH: Final = 8
_NAME: Final = re.compile(r"([^\[\]]{1,128})((?:\[[^\[\]]{0,128}\]){0,8})", re.ASCII)
_INDEX: Final = re.compile(r"\d{1,6}", re.ASCII)


class Unreadable(ValueError):
    """Bytes that are neither; one sentence."""


def read(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields of a request, outermost names in small letters. Raises Unreadable."""
    if len(body) > MAX_BODY:
        raise Unreadable(f"the request has {len(body)} bytes, more than {MAX_BODY}")
    as_json = "json" in content_type.lower() or body[:1] == b"{"
    found = _json(body) if as_json else form(body)
    return {name.lower(): value for name, value in found.items()}


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
        json.dumps(value, default=str, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Unreadable("the request is not valid JSON") from error
    if not isinstance(value, dict):
        raise Unreadable("the request is no JSON object")
    if _deep(value):
        raise Unreadable("the request is nested too deeply")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


def form(body: bytes) -> dict[str, Any]:
    """The fields of a form. Raises Unreadable."""
    try:
        # marking codes are bytes that need not be text: what is not UTF-8 shows as U+FFFD and hurts nobody else
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace")
    except ValueError as error:
        raise Unreadable("the request is no form, or has too many fields") from error
    root: dict[str, Any] = {}
    for name, value in pairs:
        found = _NAME.fullmatch(name)
        if found is None:
            raise Unreadable(f"the request has a field {name[:64]!r}, which is none")
        _put(root, [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])], value)
    if not root:
        raise Unreadable("the request is empty")
    return root


def _put(into: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        name = key or str(len(into))
        inner = into.setdefault(name, {})
        if not isinstance(inner, dict):
            raise Unreadable(f"the request has the field {name[:64]!r} both whole and in parts")
        into = inner
    name = keys[-1] or str(len(into))
    if name in into:
        raise Unreadable(f"the request has the field {name[:64]!r} twice")
    into[name] = value


def rows(value: Any) -> list[Any] | None:
    """A list, or an object whose names are numbers, in the order of these; None: it is neither."""
    if isinstance(value, list):
        return value
    if value in (None, "", {}):
        return []
    if not isinstance(value, dict) or not all(_INDEX.fullmatch(str(name)) for name in value):
        return None
    return [value[name] for name in sorted(value, key=int)]


def encode(fields: Mapping[str, Any], prefix: str = "") -> str:
    """A query as PHP reads it, for the commands of a batch: nested names in brackets, null left out."""
    parts = []
    for key, value in fields.items():
        name = f"{prefix}[{key}]" if prefix else str(key)
        if isinstance(value, Mapping):
            parts.append(encode(value, name))
        elif isinstance(value, list | tuple):
            parts.append(encode({str(at): one for at, one in enumerate(value)}, name))
        elif value is not None:
            parts.append(f"{quote(name, safe='')}={quote(str(value), safe='')}")
    return "&".join(part for part in parts if part)
