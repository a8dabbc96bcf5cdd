"""Frames that our code did not make: recorded from devices, printed in manuals, or worked out by hand from them.

They stand in vectors.txt, whose head says where each comes from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from drivers.framing.datecs import CLASSIC, Envelope, X


@dataclass(frozen=True)
class Vector:
    """`data` without escapes; `status` b"" for an order."""

    what: str
    seen: bool
    envelope: Envelope
    frame: bytes
    seq: int
    command: int
    data: bytes
    status: bytes

    def __str__(self) -> str:
        return self.what


def _plain(text: str) -> bytes:
    escaped = text.replace("\\t", "\\x09").encode("cp1251")
    return re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), escaped)


def _load() -> tuple[Vector, ...]:
    rows = []
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, _, envelope, numbers, status, what, data, wire = line.split("|")
            seq, command = bytes.fromhex(numbers)
            where = CLASSIC if envelope == "classic" else X
            frame, state = bytes.fromhex(wire), bytes.fromhex(status)
            rows.append(Vector(what, kind == "seen", where, frame, seq, command, _plain(data), state))
    return tuple(rows)


VECTORS = _load()
REQUESTS = tuple(vector for vector in VECTORS if not vector.status)
REPLIES = tuple(vector for vector in VECTORS if vector.status)


def reply(what: str) -> Vector:
    """The answer of this name. Raises StopIteration when there is none."""
    return next(vector for vector in REPLIES if vector.what == what)


def request(what: str) -> Vector:
    """The order of this name. Raises StopIteration when there is none."""
    return next(vector for vector in REQUESTS if vector.what == what)
