"""Where a sale's way begins: outside data is held against its schema, and every fault is named in words.

`msgspec` decides what is valid; this module only walks along when it said no, to find *all* faults with
their places ("lines[2].price") and to say each in one sentence that a cashier's programmer or a technician
understands. Used for requests (JSON) and for the configuration (TOML).
"""

from __future__ import annotations

import re
import types
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

MAX_FAULTS = 32
MAX_DEPTH = 32
_T = TypeVar("_T")
_WORDS = {
    "int": "a whole number",
    "float": "a number with a fraction",
    "str": "text",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
    "date": "a date",
    "datetime": "a date and time",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, at `path` ("" = the whole).

    `text` completes the path to a sentence ("must be at least 0"), or is one of its own with a capital first.
    """

    path: str
    text: str

    def sentence(self) -> str:
        """Return place and fault together."""
        return f"{self.path}{self._joint}{self.text}" if self.path else self.text

    def alone(self) -> str:
        """Return a sentence that is understood beside its path: the path only where the text needs it."""
        return self.text if self._joint == ": " else self.sentence()

    @property
    def _joint(self) -> str:
        return ": " if self.text[:1].isupper() else " "


class InvalidError(Exception):
    """Data does not fit its schema; `faults` holds at least one and at most MAX_FAULTS entries."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.sentence() for fault in faults))
        self.faults = tuple(faults)


def convert(value: object, schema: type[_T]) -> _T:
    """Return `value` (plain dicts, lists, text, numbers) as `schema`. Raises InvalidError with all faults."""
    try:
        return msgspec.convert(value, schema)
    except msgspec.ValidationError as error:
        found = find_faults(value, schema)[:MAX_FAULTS]
        raise InvalidError(found or [Fault("", str(error))]) from error


def find_faults(value: object, schema: Any, path: str = "") -> list[Fault]:
    """List everything in `value` that does not fit `schema`, in the order of the schema."""
    base, metas, optional = _unwrap(schema)
    if value is None and optional:
        return []
    if isinstance(base, type) and issubclass(base, msgspec.Struct):
        return _struct_faults(value, base, path)
    origin = get_origin(base)
    if origin in (list, tuple):
        return _list_faults(value, get_args(base)[0], metas, path)
    if origin is dict:
        return _table_faults(value, get_args(base), metas, path)
    try:
        msgspec.convert(value, schema)
    except msgspec.ValidationError as error:
        return [Fault(path, _say(str(error), base, metas))]
    return []


def too_deep_or_broken(value: object) -> Fault | None:
    """Return a fault when plain data nests deeper than MAX_DEPTH or holds half a surrogate pair, else None."""
    pending: list[tuple[object, int]] = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        if depth > MAX_DEPTH:
            return Fault("", f"the data is nested deeper than {MAX_DEPTH} levels")
        if isinstance(item, str) and any("\ud800" <= char <= "\udfff" for char in item):
            return Fault("", "a text contains half of a surrogate pair (\\ud800 to \\udfff), which is no character")
        if isinstance(item, dict):
            pending += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            pending += [(part, depth + 1) for part in item]
    return None


def _unwrap(schema: Any) -> tuple[Any, list[msgspec.Meta], bool]:
    metas: list[msgspec.Meta] = []
    optional = False
    while True:
        origin = get_origin(schema)
        if origin is Annotated:
            metas += [extra for extra in schema.__metadata__ if isinstance(extra, msgspec.Meta)]
            schema = schema.__origin__
        elif origin in (Union, types.UnionType) and type(None) in get_args(schema):
            optional = True
            schema = next(arg for arg in get_args(schema) if arg is not type(None))
        else:
            return schema, metas, optional


def _struct_faults(value: object, schema: type[msgspec.Struct], path: str) -> list[Fault]:
    if not isinstance(value, dict):
        return [Fault(path, f"must be an object, not {_kind(value)}")]
    fields = {field.encode_name: field for field in msgspec.structs.fields(schema)}
    known = ", ".join(fields)
    found = [
        Fault(_join(path, str(name)), f"is not known here; allowed are: {known}")
        for name in value
        if name not in fields
    ]
    for name, field in fields.items():
        if name in value:
            found += find_faults(value[name], field.type, _join(path, name))
        elif field.required:
            found.append(Fault(_join(path, name), "is missing"))
    if not found:
        try:
            msgspec.convert(value, schema)
        except msgspec.ValidationError as error:
            text = str(error).split(" - at `$")[0]
            field_name, _, rest = text.partition(" ")
            named = field_name in fields and rest
            found.append(Fault(_join(path, field_name), rest) if named else Fault(path, text))
    return found


def _list_faults(value: object, item: Any, metas: list[msgspec.Meta], path: str) -> list[Fault]:
    if not isinstance(value, list | tuple):
        return [Fault(path, f"must be a list, not {_kind(value)}")]
    found = _size_faults(len(value), metas, path)
    for index, part in enumerate(value):
        if found and len(found) >= MAX_FAULTS:
            break
        found += find_faults(part, item, f"{path}[{index}]")
    return found


def _table_faults(value: object, types_of: tuple[Any, ...], metas: list[msgspec.Meta], path: str) -> list[Fault]:
    if not isinstance(value, dict):
        return [Fault(path, f"must be an object, not {_kind(value)}")]
    found = _size_faults(len(value), metas, path)
    for key, part in value.items():
        name = _join(path, str(key))
        found += [Fault(name, f"has a name that {fault.text}") for fault in find_faults(key, types_of[0])]
        found += find_faults(part, types_of[1], name)
    return found


def _size_faults(size: int, metas: list[msgspec.Meta], path: str) -> list[Fault]:
    for meta in metas:
        if meta.min_length is not None and size < meta.min_length:
            return [Fault(path, f"must have at least {meta.min_length} {_plural(meta.min_length)}")]
        if meta.max_length is not None and size > meta.max_length:
            return [Fault(path, f"must have at most {meta.max_length} {_plural(meta.max_length)}")]
    return []


def _say(message: str, base: Any, metas: list[msgspec.Meta]) -> str:
    """Put msgspec's message about one plain value into words."""
    message = message.split(" - at `", maxsplit=1)[0]
    if get_origin(base) is Literal:
        return "must be one of " + ", ".join(str(arg) for arg in get_args(base))
    if match := re.fullmatch(r"Expected `([^`]+)`, got `([^`]+)`", message):
        wanted = " or ".join(_WORDS.get(part, part) for part in match[1].split(" | ") if part != "null")
        meant = next((meta.description for meta in metas if meta.description and base is int), wanted)
        return f"must be {meant}, not {_WORDS.get(match[2], match[2])}"
    if match := re.fullmatch(r"Expected `(?:int|float)` ([<>]=?) (\S+)", message):
        return f"must be at {'least' if match[1].startswith('>') else 'most'} {match[2]}"
    if match := re.fullmatch(r"Expected `str` of length ([<>]=) (\d+)", message):
        if (match[1], match[2]) == (">=", "1"):
            return "must not be empty"
        return f"must have at {'least' if match[1] == '>=' else 'most'} {match[2]} characters"
    if "matching regex" in message:
        allowed = next((meta.description for meta in metas if meta.description), None)
        return f"must be {allowed}" if allowed else f"must match the pattern {message.split('regex ')[1]}"
    return f"is not valid: {message}"


def _kind(value: object) -> str:
    for kind, word in ((bool, "bool"), (int, "int"), (float, "float"), (str, "str"), (dict, "object")):
        if isinstance(value, kind):
            return _WORDS[word]
    if value is None:
        return "null"
    return _WORDS["array"] if isinstance(value, list | tuple) else type(value).__name__


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _plural(count: int) -> str:
    return "entry" if count == 1 else "entries"
