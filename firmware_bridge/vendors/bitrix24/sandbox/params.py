"""In the place of who orders a sale: parameters as PHP reads them: JSON, a form with brackets, or a query.

`items[0][name]=Tea` is {"items": [{"name": "Tea"}]}. Keys of every level are made capitals before use, as the portal's
cash register module does. Values stay text where a form gave them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from firmware_bridge.vendors.bitrix24.sandbox.errors import Refused
from firmware_bridge.vendors.sandbox.wire import Json, decode

_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_MOST_PAIRS: Final = 10_000
_MOST_DEPTH: Final = 16


def read(query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Json:
    """All parameters of a request; those of the body win. Raises Refused (400) for JSON that is none."""
    given = nested(query.items())
    if not body:
        return given
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if "json" not in kind.lower():
        return given | form(body)
    try:
        said = decode(body)
    except ValueError as error:
        raise Refused(400, "ERROR_ARGUMENT", "Request body is not valid JSON") from error
    return given | said if isinstance(said, dict) else given


def form(body: bytes) -> Json:
    """A form's fields, nested by their brackets; what is no UTF-8 text is no field."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_PAIRS)
    except ValueError:
        return {}
    return nested(pairs)


def nested(pairs: Iterable[tuple[str, str]]) -> Json:
    """Names with brackets as objects and lists."""
    root: Json = {}
    for name, value in pairs:
        found = _NAME.fullmatch(name)
        if found is None:
            continue
        keys = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])]
        if len(keys) <= _MOST_DEPTH:
            _put(root, keys, value)
    return {name: _listed(value) for name, value in root.items()}


def _put(into: Json, keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        inner = into.get(key or str(len(into)))
        if not isinstance(inner, dict):
            inner = into[key or str(len(into))] = {}
        into = inner
    into[keys[-1] or str(len(into))] = value


def _listed(value: Any) -> Any:
    """An array whose keys are 0, 1, 2 … is a list."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    return list(inner.values()) if inner and list(inner) == [str(at) for at in range(len(inner))] else inner


def capitals(value: Any) -> Any:
    """The same with every key in capitals, at every level."""
    if isinstance(value, dict):
        return {str(name).upper(): capitals(one) for name, one in value.items()}
    return [capitals(one) for one in value] if isinstance(value, list) else value


def encoded(value: Mapping[str, Any]) -> bytes:
    """A form as PHP's http_build_query writes it: brackets, no field for null, true as 1."""
    return "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in _flat(value)).encode()


def _flat(value: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, one in value.items():
        name = f"{prefix}[{key}]" if prefix else str(key)
        if isinstance(one, Mapping):
            found += _flat(one, name)
        elif isinstance(one, list):
            found += _flat({str(at): part for at, part in enumerate(one)}, name)
        elif one is not None:
            found.append((name, ("0", "1")[one] if isinstance(one, bool) else str(one)))
    return found


class Given:
    """The parameters of one call, keys in capitals."""

    def __init__(self, values: Json) -> None:
        self.values: Json = capitals(values)

    def has(self, name: str) -> bool:
        """PHP's !empty(), but for "0" and 0."""
        return self.values.get(name) not in (None, "", {}, [])

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None or isinstance(value, dict | list) else str(value)

    def table(self, name: str) -> Json:
        value = self.values.get(name)
        return value if isinstance(value, dict) else {}

    def number(self, name: str, default: int = 0) -> int:
        """PHP's (int): what does not begin with digits is 0."""
        return int_of(self.values.get(name), default)


def int_of(value: Any, default: int = 0) -> int:
    """PHP's (int); `default` for what is not there."""
    if value is None or value == "":
        return default
    found = re.match(r"\s*[+-]?\d{1,18}", str(value), re.ASCII)
    return int(found[0]) if found else 0
