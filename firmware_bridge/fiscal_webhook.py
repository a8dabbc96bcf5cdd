"""Beside a sale's way: `firmware-bridge fiscal webhook …` tells Checkbox where the till hears what became of documents.

The key that Checkbox gives is told once and is never shown: it goes into the file that the configuration names.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from drivers.errors import Unanswered
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.fiscal_arguments import Wish
from firmware_bridge.vendors.checkbox import webhook_calls
from firmware_bridge.vendors.checkbox.config import CheckboxConfig
from firmware_bridge.vendors.checkbox.inspection import Row
from firmware_bridge.vendors.checkbox.session import CheckboxSession

ROUTE: Final = "/v1/webhooks/checkbox"
LONGEST: Final = 2083
NO_FILE: Final = (
    "[fiscaliser.checkbox] names no file for the key that Checkbox gives with an address; nothing was sent there"
)


async def carry_out(
    session: CheckboxSession, section: CheckboxConfig, wish: Wish, on_secret: Callable[[str], None]
) -> list[Row]:
    """What is set now, or was done. Raises UserError with one sentence, NotSent, Refused, Unanswered."""
    match wish.action:
        case "set":
            return await _set(session, section, address(wish.url), on_secret)
        case "remove":
            return await _remove(session)
        case _:
            return await _show(session)


def address(given: str) -> str:
    """Where Checkbox is to send: `given` is the till's public address, or all of it. Raises UsageError."""
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise UsageError(f"{given!r} is no address of the till, such as https://till.example.com; nothing was sent")
    path = parts.path.rstrip("/")
    if path not in ("", ROUTE):
        raise UsageError(f"The till hears Checkbox at {ROUTE} and not at {path}; nothing was sent")
    whole = f"{parts.scheme}://{parts.netloc}{ROUTE}"
    if len(whole) > LONGEST:
        raise UsageError(f"Checkbox takes no address of more than {LONGEST} characters; nothing was sent")
    return whole


async def _set(
    session: CheckboxSession, section: CheckboxConfig, url: str, on_secret: Callable[[str], None]
) -> list[Row]:
    if section.webhook is None or not section.webhook.file:
        raise UsageError(NO_FILE, 'add webhook = { file = "…" } there, and give this command again')
    path = Path(section.webhook.file)
    beside = path.with_name(f"{path.name}.new")
    try:  # before Checkbox is told: a key that cannot be kept is lost, and the old one is worth nothing then
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise UserError(f"The key cannot be kept in {path}: {error.strerror}; nothing was sent") from error
    try:
        with os.fdopen(file, "w", encoding="ascii") as kept:
            made = await _made(session, url)
            on_secret(made.key)
            kept.write(f"{made.key}\n")
            kept.flush()
            os.fsync(kept.fileno())
        beside.replace(path)
    except OSError as error:
        told = f"Checkbox sends to {url} now, and its key could not be kept in {path}: {error.strerror}"
        raise UserError(told, "put that right and give this command again") from error
    finally:
        beside.unlink(missing_ok=True)
    return [
        Row("address", ok=True, found=f"Checkbox sends to {url} from now on"),
        Row("key", ok=True, found=f"a new one is in {path}: restart the till, which reads it when it starts"),
    ]


async def _made(session: CheckboxSession, url: str) -> webhook_calls.Webhook:
    try:
        made = await webhook_calls.put(session, url)
    except Unanswered as error:
        told = f"{error.text}: whether Checkbox has taken the address is not known"
        raise UserError(told, "give this command again, which gives another key") from error
    if not made.key or not made.key.isascii():
        raise UserError(f"Checkbox has taken {url} and told no key", "give this command again")
    return made


async def _remove(session: CheckboxSession) -> list[Row]:
    try:
        await webhook_calls.remove(session)
    except Unanswered as error:
        told = f"{error.text}: whether Checkbox has forgotten the address is not known"
        raise UserError(told, "give this command again") from error
    told = "Checkbox sends nothing any more: take webhook out of the configuration, or set another address"
    return [Row("address", ok=True, found=told)]


async def _show(session: CheckboxSession) -> list[Row]:
    found = await webhook_calls.shown(session)
    if found is None:
        return [Row("address", ok=True, found="none is set: Checkbox sends nothing, and is asked instead")]
    rows = [Row("address", ok=True, found=f"Checkbox sends to {found.url} since {found.created_at or 'some time'}")]
    if found.last_error_message:
        words = " ".join(found.last_error_message.split())[:300]
        rows.append(Row("error", ok=False, found=f'at {found.last_error_date}: (Checkbox: "{words}")'))
    return rows
