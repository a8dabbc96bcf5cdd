"""In the vendor's place behind a sale: a request and its answer as plain values, no socket in sight."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from firmware_bridge.vendors.newstore.sandbox.errors import Refused

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `dropped`: the connection is closed instead. `delay_s`: how late it comes, in seconds."""

    status: int
    headers: dict[str, str]
    body: bytes
    dropped: bool = False
    delay_s: float = 0.0


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


def encode(value: Any) -> bytes:
    """JSON, UTF-8; a Decimal becomes the shortest number token, 45 and not 45.00, as in the page's samples."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number).encode()


def _number(value: object) -> int | float:
    if isinstance(value, Decimal):
        # At most two decimals and 15 digits (`money`): the float's shortest text is the Decimal's.
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def decode(raw: bytes) -> Any:
    """JSON with exact decimals. Raises Refused when it is none."""
    try:
        value = json.loads(raw, parse_float=Decimal, parse_constant=_refuse_constant)
        if b"\\ud" in raw.lower():
            json.dumps(value, ensure_ascii=False, default=str).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Refused("unparsable") from error
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
