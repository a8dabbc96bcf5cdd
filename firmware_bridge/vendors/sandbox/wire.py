"""In any vendor's place on a sale's way: an answer as plain values, no socket in sight, and JSON with exact numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `dropped`: the connection is closed instead. `delay_s`: how late it comes, in seconds."""

    status: int
    headers: dict[str, str]
    body: bytes
    dropped: bool = False
    delay_s: float = 0.0


def encode(value: Any) -> bytes:
    """JSON, UTF-8, no spaces; a Decimal becomes the shortest number token: 45, not 45.00."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number).encode()


def _number(value: object) -> int | float:
    if isinstance(value, Decimal):
        # a vendor's amounts have few enough digits for the float's shortest text to be the Decimal's
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def decode(raw: bytes) -> Any:
    """JSON with exact decimals. Raises ValueError when it is none, or holds what could not be answered."""
    try:
        value = json.loads(raw, parse_float=Decimal, parse_constant=_refuse_constant)
        if b"\\ud" in raw.lower():
            json.dumps(value, ensure_ascii=False, default=str).encode()  # half a surrogate pair is no text
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
