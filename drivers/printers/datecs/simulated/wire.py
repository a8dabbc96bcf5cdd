"""At a fiscal printer's end of the wire: frames in, frames out, as the manuals draw them for the device's side.

Written from the manuals (P v1.00BG pages 7-8, X v2.02 page 4) and not from the driver's framing, so that a mistake in
one of them does not hide in the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NAK: Final = b"\x15"
SYN: Final = b"\x16"


@dataclass(frozen=True, slots=True)
class Order:
    """A frame from the host whose length and sum are right."""

    seq: int
    command: int
    data: bytes


class Receiver:
    """Bytes of the host to orders. `wide`: four nibbles for LEN and CMD (X) instead of a byte each."""

    def __init__(self, *, wide: bool, longest: int) -> None:
        self._wide = wide
        self._longest = longest
        self._frame: bytearray | None = None

    def reset(self) -> None:
        self._frame = None

    def take(self, byte: int) -> Order | bytes | None:
        """One byte: an order when it was the last one of a good frame, NAK when of a bad one."""
        if byte == 0x01:
            self._frame = bytearray()
            return None
        if self._frame is None:
            return None
        self._frame.append(byte)
        if byte == 0x03:
            frame, self._frame = bytes(self._frame), None
            return self._order(frame) or NAK
        if len(self._frame) > self._longest + 16:
            self._frame = None
            return NAK
        return None

    def _order(self, frame: bytes) -> Order | None:
        head = 9 if self._wide else 3
        if len(frame) < head + 6:
            return None
        summed, sum_read = frame[:-5], unnibble(frame[-5:-1])
        length = unnibble(frame[:4]) if self._wide else frame[0]
        command = unnibble(frame[5:9]) if self._wide else frame[2]
        seq = frame[4] if self._wide else frame[1]
        good = length == 0x20 + len(summed) and sum_read == sum(summed) & 0xFFFF and summed[-1] == 0x05
        data = plain(summed[head:-1])
        if not good or command is None or data is None or seq < 0x20 or len(summed) - head - 1 > self._longest:
            return None
        return Order(seq, command, data)


def answer(*, wide: bool, seq: int, command: int, data: bytes, status: bytes) -> bytes:
    """The frame of an answer."""
    body = travelling(data) + b"\x04" + status
    if wide:
        summed = nibble(0x20 + 9 + len(body) + 1) + bytes((seq,)) + nibble(command) + body + b"\x05"
    else:
        summed = bytes((0x20 + 3 + len(body) + 1, seq, command)) + body + b"\x05"
    return b"\x01" + summed + nibble(sum(summed) & 0xFFFF) + b"\x03"


def travelling(data: bytes) -> bytes:
    out = bytearray()
    for byte in data:
        out += bytes((byte,)) if byte >= 0x20 or byte in b"\t\n" else bytes((0x10, byte + 0x40))
    return bytes(out)


def plain(data: bytes) -> bytes | None:
    """Without escapes; None when they make no sense."""
    out = bytearray()
    escaped = False
    for byte in data:
        if escaped:
            if not 0x40 <= byte < 0x60:
                return None
            out.append(byte - 0x40)
            escaped = False
        elif byte == 0x10:
            escaped = True
        elif byte < 0x20 and byte not in b"\t\n":
            return None
        else:
            out.append(byte)
    return None if escaped else bytes(out)


def nibble(value: int) -> bytes:
    return bytes(0x30 + int(digit, 16) for digit in f"{value:04X}")


def unnibble(digits: bytes) -> int | None:
    if any(not 0x30 <= digit <= 0x3F for digit in digits):
        return None
    return int("".join(f"{digit - 0x30:X}" for digit in digits), 16)
