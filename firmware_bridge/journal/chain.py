"""The hash chain over all records of a till: a hole or a rewritten record shows at the next link.

link(n) = SHA-256(link(n-1) · seq · at · len(subject) · len(name) · subject · name · body), the numbers big-endian
(two of 8 bytes signed, two of 4 unsigned), texts in UTF-8; link(0) = SHA-256("firmware-bridge journal" 00 journal id).
An anchor "SEQ:HASH" on a printed report pins the chain outside of the machine.
"""

from __future__ import annotations

import re
import struct
from hashlib import sha256
from typing import NamedTuple

MIN_ANCHOR_DIGITS = 16
_ANCHOR = re.compile(r"\s*(\d{1,18})\s*:\s*([0-9a-fA-F ]+)\s*", re.ASCII)
_NUMBERS = struct.Struct(">qqII")


class Head(NamedTuple):
    """The last record of the chain: its number (0 = none yet) and its 32-byte hash."""

    seq: int
    hash: bytes

    @property
    def anchor(self) -> str:
        """ "SEQ:HASH", as printed on reports."""
        return f"{self.seq}:{self.hash.hex()}"


def genesis(journal_id: str) -> bytes:
    """The hash before record 1."""
    return sha256(b"firmware-bridge journal\0" + journal_id.encode("utf-8", "surrogateescape")).digest()


def link(previous: bytes, seq: int, at: int, subject: str, name: str, body: bytes) -> bytes:
    """The hash of record `seq`, written at `at` (UTC ms), after a record whose hash is `previous`."""
    about, called = subject.encode("utf-8", "surrogateescape"), name.encode("utf-8", "surrogateescape")
    numbers = _NUMBERS.pack(seq, at, len(about), len(called))
    return sha256(b"".join((previous, numbers, about, called, body))).digest()


def snapshot_digest(seq: int, chained: bytes, body: bytes) -> bytes:
    """Binds a snapshot to the record after which it was taken (`chained` is that record's hash)."""
    return sha256(b"".join((b"snapshot\0", seq.to_bytes(8, "big"), chained, body))).digest()


def parse_anchor(text: str) -> tuple[int, str]:
    """Return number and hash prefix (lower-case hex, blanks removed) of "SEQ:HASH" as a person typed it.

    Raises ValueError with a sentence when it is no anchor or the hash has fewer than 16 digits.
    """
    match = _ANCHOR.fullmatch(text)
    digits = match[2].replace(" ", "").lower() if match else ""
    if match is None or not MIN_ANCHOR_DIGITS <= len(digits) <= 64:
        raise ValueError(
            f"{text[:100]!r} is no anchor: type SEQ:HASH from the shift report, the hash with at least "
            f"{MIN_ANCHOR_DIGITS} hexadecimal digits."
        )
    return int(match[1]), digits
