"""Beside a sale's way, after it: what people are told about NewStore's refusals."""

from __future__ import annotations

from typing import Final

from firmware_bridge.vendors.http import Response
from firmware_bridge.vendors.newstore.messages import Failure, Unreadable, decode

ROLE: Final = "NewStore"
LOOK_AT: Final = "`firmware-bridge book check` shows what NewStore knows"
RETRY: Final = "`firmware-bridge outbox retry`"
_LONGEST: Final = 200


def words(response: Response) -> str:
    """A refusal as the vendor put it: '409 conflict "A cash count is in progress." (request 7f…)'."""
    try:
        said = decode(response.body, Failure)
    except Unreadable:
        return f"{response.status}"
    text = " ".join(
        part
        for part in (said.error_code, f'"{said.message}"' if said.message else "", _request(said.request_id))
        if part
    )
    shown = "".join(char if char.isprintable() else " " for char in text)
    return f"{response.status} {shown[:_LONGEST]}".strip()


def _request(request_id: str) -> str:
    return f"(request {request_id})" if request_id else ""
