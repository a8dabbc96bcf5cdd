"""In the vendor's place behind a sale: a request and its answer as plain values, no socket in sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware_bridge.vendors.newstore.sandbox.errors import Refused
from firmware_bridge.vendors.sandbox import wire
from firmware_bridge.vendors.sandbox.wire import Json


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation gives back; `body` None = no body at all."""

    body: Json | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Request:
    """`captured`: the parts of the path that vary; `body`: JSON, None where there was none."""

    captured: Mapping[str, str]
    query: Mapping[str, str]
    body: Any


#: For operations that answer with no body.
DONE = Answer(None, 204)


def decode(raw: bytes) -> Any:
    """JSON with exact decimals. Raises Refused when it is none."""
    try:
        return wire.decode(raw)
    except ValueError as error:
        raise Refused("unparsable") from error
