"""Between a fiscal printer's commands and its port: what a Datecs frame is made of, classic and X, built and measured.

The way back, from a stream of bytes to frames, is datecs.py. Sources as there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

START, END, SEPARATOR, POSTAMBLE, _ESCAPE = 0x01, 0x03, 0x04, 0x05, 0x10
_PLAIN_CONTROLS: Final = frozenset({0x09, 0x0A})
#: What may stand inside a frame below 20h, apart from the end of the frame.
INSIDE: Final = frozenset({SEPARATOR, POSTAMBLE, _ESCAPE, *_PLAIN_CONTROLS})
OFFSET: Final = 0x20
TAIL: Final = 5  # BCC and the final 03


def escape(data: bytes) -> bytes:
    """DATA as it travels: TAB and LF as they are, any other control character as two bytes."""
    return b"".join(bytes((byte,)) if _travels(byte) else bytes((_ESCAPE, byte + 0x40)) for byte in data)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One of the two frame formats. `host_limit`, `reply_limit`: bytes of DATA as they travel, escapes counted.

    `last_seq`: SEQ runs from 20h up to it. Newer firmware of the X family takes 496 bytes (manual v2.11): say
    `dataclasses.replace(X, host_limit=496)` for it; its replies of that size are read in any case.
    """

    name: str
    digits: int
    status_bytes: int
    host_limit: int
    reply_limit: int
    last_seq: int

    def request(self, seq: int, command: int, data: bytes = b"") -> bytes:
        """The frame of an order. Raises ValueError when SEQ, CMD or the length of DATA is out of bounds."""
        return self._frame(seq, command, self._travelling(data, self.host_limit))

    def reply(self, seq: int, command: int, data: bytes, status: bytes) -> bytes:
        """The frame of an answer, as the device's side builds it. Raises ValueError as `request` does."""
        if len(status) != self.status_bytes or any(byte < 0x80 for byte in status):
            raise ValueError(f"a {self.name} answer has {self.status_bytes} status bytes of 80h to FFh, not {status!r}")
        body = self._travelling(data, self.reply_limit) + bytes((SEPARATOR,)) + status
        return self._frame(seq, command, body)

    def _travelling(self, data: bytes, limit: int) -> bytes:
        travelling = escape(data)
        if len(travelling) > limit:
            raise ValueError(f"{len(travelling)} bytes of data do not fit a {self.name} frame, which takes {limit}")
        return travelling

    def _frame(self, seq: int, command: int, body: bytes) -> bytes:
        if not 0x20 <= seq <= self.last_seq:
            raise ValueError(f"SEQ {seq:02X}h is not within 20h to {self.last_seq:02X}h")
        if not 0x20 <= command <= 0xFF:
            raise ValueError(f"command {command:02X}h is not within 20h to FFh")
        summed = self._number(OFFSET + head_length(self) + len(body) + 1) + bytes((seq,)) + self._number(command)
        summed += body + bytes((POSTAMBLE,))
        return bytes((START,)) + summed + _nibbles(sum(summed) & 0xFFFF) + bytes((END,))

    def _number(self, value: int) -> bytes:
        return bytes((value,)) if self.digits == 1 else _nibbles(value)


#: A classic answer has to fit the one byte of LEN: 223 bytes, of which 11 are not DATA. (The manual says 218.)
CLASSIC: Final = Envelope("classic", digits=1, status_bytes=6, host_limit=213, reply_limit=212, last_seq=0x7F)
X: Final = Envelope("X", digits=4, status_bytes=8, host_limit=213, reply_limit=496, last_seq=0xFF)


def unescape(body: bytes) -> bytes | None:
    """DATA as it was meant; None when a control character stands there bare or an escape means none."""
    data = bytearray()
    rest = iter(body)
    for byte in rest:
        if byte == _ESCAPE:
            meant = next(rest, 0) - 0x40
            if not 0 <= meant < 0x20:
                return None
            data.append(meant)
        elif not _travels(byte):
            return None
        else:
            data.append(byte)
    return bytes(data)


def _travels(byte: int) -> bool:
    return byte >= 0x20 or byte in _PLAIN_CONTROLS


def head_length(envelope: Envelope) -> int:
    """Bytes of LEN, SEQ and CMD together."""
    return 2 * envelope.digits + 1


def _nibbles(value: int) -> bytes:
    return bytes(((value >> shift) & 15) + 0x30 for shift in (12, 8, 4, 0))


def value_of(digits: bytes | bytearray, count: int) -> int | None:
    """Four nibbles back to a number; None when one of them is none."""
    value = 0
    for digit in digits[:count]:
        if not 0x30 <= digit <= 0x3F:
            return None
        value = value << 4 | digit - 0x30
    return value
