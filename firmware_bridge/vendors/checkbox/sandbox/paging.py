"""In the vendor's place on a sale's way: lists: which rows, in which order, which page of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from firmware_bridge.vendors.checkbox.sandbox import schema
from firmware_bridge.vendors.checkbox.sandbox.http import Answer, Call

_LIMIT = schema.whole(least=0, most=1000)
_OFFSET = schema.whole(least=0)


def several(call: Call, name: str) -> list[str]:
    """A parameter that may be given more than once: the shell joins its values with commas."""
    given = call.request.query.get(name, "")
    return [one for one in given.split(",") if one]


def within(call: Call, at: datetime) -> bool:
    """Whether `at` lies in the time asked for: `from_date` and later, before `to_date`."""
    first = call.query("from_date", schema.moment)
    last = call.query("to_date", schema.moment)
    return (first is None or at >= first) and (last is None or at < last)


def ordered(call: Call, rows: Iterable[Any]) -> list[Any]:
    """Oldest first, or as `desc` says."""
    oldest_first = list(rows)
    return oldest_first[::-1] if call.query("desc", schema.flag, default=False) else oldest_first


def page(call: Call, rows: Sequence[Any]) -> Answer:
    """`limit` rows from `offset` on; the vendor gives no total."""
    limit, first = call.query("limit", _LIMIT, 25), call.query("offset", _OFFSET, 0)
    return Answer({"meta": {"limit": limit, "offset": first}, "results": list(rows[first : first + limit])})
