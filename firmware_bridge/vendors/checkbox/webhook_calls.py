"""Beside a sale's way: the address to which Checkbox sends what became of a register's documents. One per register.

Every call raises NotSent (nothing reached Checkbox), Rejected (it said no, nothing was done) or Unanswered (it may have
been done). Source: OpenAPI 0.1.79, GET, POST and DELETE /webhook; the key is told once, in the answer to POST.
"""

from __future__ import annotations

import msgspec

from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.session import CheckboxSession

PATH = "/webhook"


class Address(msgspec.Struct, frozen=True):
    """A new address."""

    url: str


class Webhook(msgspec.Struct, frozen=True):
    """Where Checkbox sends, since when, and what went wrong last. `key`: with which it signs, in the answer to POST."""

    url: str
    key: str = ""
    created_at: str | None = None
    last_error_date: str | None = None
    last_error_message: str | None = None


async def shown(session: CheckboxSession) -> Webhook | None:
    """The address that is set, None = none is."""
    try:
        found = await session.get(PATH, Webhook)
    except Rejected as no:
        if no.judgement.verdict != "unknown":
            raise
        return None
    return found if found.url else None


async def put(session: CheckboxSession, url: str) -> Webhook:
    """Set the address: with a new key each time, and the old one is worth nothing from then on."""
    return await session.post(PATH, Address(url), Webhook)


async def remove(session: CheckboxSession) -> None:
    """Checkbox sends nothing any more; harmless twice."""
    await session.call("DELETE", PATH, makes=True)
