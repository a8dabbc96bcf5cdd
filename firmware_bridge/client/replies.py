"""Before a sale's way: what an answer of the till says: plain values, a problem document, when to come again."""

from __future__ import annotations

import email.utils
import json
import time
from typing import Any

import msgspec

from firmware_bridge.api.answer_schema import Problem
from firmware_bridge.client.line import Reply

Json = dict[str, Any]


def plain(reply: Reply | None) -> Json | None:
    """The JSON object of an answer; None when it is none."""
    if reply is None or reply.media != "application/json":
        return None
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def problem_of(reply: Reply) -> Problem | None:
    """The problem document of a refusal; None: a till says no otherwise."""
    if reply.media != "application/problem+json" or reply.status < 400:
        return None
    try:
        found = msgspec.json.decode(reply.body, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if found.status == reply.status else None


def retry_after(reply: Reply) -> float:
    """Seconds (RFC 9110, section 10.2.3: a number or a date); 0 when the till says nothing of it."""
    told = reply.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit() and len(told) < 7:
        return float(told)
    try:
        then = email.utils.parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    return max(0.0, then.timestamp() - time.time())
