"""In the place of who orders a sale: select, filter and order of a list, as the portal's own lists have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from firmware_bridge.vendors.bitrix24.sandbox.errors import Refused
from firmware_bridge.vendors.sandbox.wire import Json

#: The longest first, so that ">=" is not read as ">".
_PREFIXES: Final = ("!=%", "!%=", ">=", "<=", "!@", "=%", "%=", "!%", "!=", ">", "<", "@", "%", "=", "!")
_NUMBERS: Final = ("ID", "SORT")


@dataclass(frozen=True, slots=True)
class Question:
    """What is wanted of a list."""

    select: tuple[str, ...]
    filters: tuple[tuple[str, str, Any], ...]
    order: tuple[tuple[str, bool], ...]

    @classmethod
    def of(cls, select: Any, wanted: Json, order: Json, columns: Sequence[str]) -> Self:
        """Raises Refused (400, with an empty code) for a field that there is not."""
        names = [str(one).upper() for one in select] if isinstance(select, list) else []
        for name in names:
            if name not in columns and name != "*":
                raise _not_allowed(name, "select")
        filters = []
        for key, value in wanted.items():
            prefix = next((one for one in _PREFIXES if key.startswith(one)), "")
            name = key[len(prefix) :]
            if name not in columns:
                raise _not_allowed(name, "filter")
            filters.append((prefix or "=", name, value))
        for name in order:
            if name not in columns:
                raise _not_allowed(name, "order")
        chosen = tuple(columns) if not names or "*" in names else tuple(names)
        by = tuple((name, str(way).lower() == "desc") for name, way in order.items())
        return cls(chosen, tuple(filters), by or (("ID", False),))

    def answer(self, rows: list[Json]) -> list[Json]:
        """The rows, in order, with what was selected."""
        found = [row for row in rows if all(_meets(row[name], how, value) for how, name, value in self.filters)]
        for name, backwards in reversed(self.order):
            found.sort(key=lambda row: _sortable(name, row[name]), reverse=backwards)
        return [{name: row[name] for name in self.select} for row in found]


def _not_allowed(name: str, what: str) -> Refused:
    return Refused(400, "", f"{name} not allowed for {what}")


def _sortable(name: str, value: Any) -> Any:
    return int(value) if name in _NUMBERS else str(value or "")


def _meets(value: Any, how: str, wanted: Any) -> bool:
    denied = how.startswith("!")
    how = how.removeprefix("!") or "="
    if how in ("@", "=") and isinstance(wanted, list):
        return (str(value) in [str(one) for one in wanted]) != denied
    if how == "@":
        return (str(value) == str(wanted)) != denied
    text, other = str(value or ""), str("" if wanted is None else wanted)
    if how in (">", ">=", "<", "<="):
        return _compared(text, other, how)
    if how == "=":
        return (text == other) != denied
    found = other.lower() in text.lower() if how == "%" else _like(text, other)
    return found != denied


def _compared(text: str, other: str, how: str) -> bool:
    numbers = text.isdigit() and other.isdigit()
    a, b = (int(text), int(other)) if numbers else (text, other)
    sign = (a > b) - (a < b)  # type: ignore[operator]  # both are numbers or both are texts
    return {">": sign > 0, ">=": sign >= 0, "<": sign < 0, "<=": sign <= 0}[how]


def _like(text: str, pattern: str) -> bool:
    """SQL's LIKE with % for anything."""
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("%")), text, re.IGNORECASE) is not None
