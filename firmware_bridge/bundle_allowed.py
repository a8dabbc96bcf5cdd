"""Beside a till: which members of what it says get into the support bundle, and how little of everything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

#: Members that are numbers, states, ids of ours or sentences of ours; everything else is told by its length.
_PLAIN: Final = frozenset(
    [
        *("id", "kind", "state", "number", "seq", "at", "hash", "job_id", "document_id", "shift_id", "drawer_id"),
        *("day_id", "count_id", "round", "outcome", "evidence", "mode", "since", "session", "till", "can_sell"),
        *("training", "paper_near_end", "model", "opened", "cap_status", "connected", "confirmed", "book", "behind"),
        *("lags", "parked", "held_behind", "waiting_for_an_id", "retry_at", "last_delivered_at", "step", "waits_for"),
        *(
            "person_needed",
            "doubts",
            "driver",
            "serial",
            "business_date",
            "opened_at",
            "closes_at",
            "type",
            "direction",
        ),
        *("amount", "total", "payable", "paid", "change", "rounding", "float", "expected_cash", "counted", "cash_in"),
        *("cash_out", "intention", "trusted", "offset_ms", "left", "used", "limit_ms", "copies", "interrupted", "job"),
        *("attempts", "fiscaliser", "offline"),
    ]
)
#: People, of whom only the role is told.
_PEOPLE: Final = frozenset({"actor", "approved_by", "person", "cashier", "by"})
#: Sentences and codes that the till makes itself; in a record the same names may hold a person's words: not from there.
_SENTENCES: Final = frozenset({"text", "advice", "reason", "trouble", "code"})
_KEY: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_WORD: Final = re.compile(r"[A-Za-z0-9 ._:+/#*()-]{0,120}")


def filtered(value: Any, clean: Callable[[str], str]) -> Any:
    """`value` with every text filtered while it is whole: what is cut short afterwards is no secret's half."""
    if isinstance(value, Mapping):
        return {clean(str(key)): filtered(item, clean) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filtered(item, clean) for item in value]
    return clean(value) if isinstance(value, str) else value


def allowed(value: Any, name: str = "", *, sentences: bool = True) -> Any:
    """`value` with what the allow-list lets through; the rest by its kind and length."""
    if isinstance(value, Mapping) and name in _PEOPLE:
        return {"role": value.get("role")}
    if isinstance(value, Mapping):
        inner = {str(key): allowed(item, str(key), sentences=sentences) for key, item in value.items()}
        return {key if _KEY.fullmatch(key) else f"<{len(key)} characters>": item for key, item in inner.items()}
    if isinstance(value, list | tuple):
        return [allowed(item, name, sentences=sentences) for item in value][:200]
    if value is None or isinstance(value, bool):
        return value
    if name in _PLAIN and (not isinstance(value, str) or _WORD.fullmatch(value)):
        return value
    if sentences and name in _SENTENCES:
        return str(value)[:300]
    return f"<{len(str(value))} characters>" if isinstance(value, str) else "<number>"
