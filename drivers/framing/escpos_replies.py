"""On the way back from a receipt printer: bytes in, replies out. Knows the shape of every answer and no meaning.

The first byte decides what a reply is (Epson ESC/POS, bits marked fixed in the status tables): `0xx1xx10` answers
DLE EOT, `0xx1xx00` begins the four bytes of an automatic status (ASB), `0xx0xxxx` is the one byte of GS r or GS I,
`37h` (process ids, lists, notices), `3Bh` (power-off notice), `3Dh` (GS I 33, 96) and `5Fh` (GS I 65 to 69, GS g 2)
begin a block that ends with NUL, `11h`/`13h` are XON/XOFF. No other byte begins anything. A printer may send an
automatic status between two answers, and XON/XOFF anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

_XON, _XOFF = 0x11, 0x13
_BLOCK_HEADS = frozenset({0x37, 0x3B, 0x3D, 0x5F})
# GS ( L fn 80 sends at most 40 keys of two bytes a block; names and numbers are shorter.
_LONGEST_BLOCK = 128


@dataclass(frozen=True, slots=True)
class RealTime:
    """The answer to one DLE EOT n; which n was asked only the asker knows."""

    value: int


@dataclass(frozen=True, slots=True)
class AutoStatus:
    """One automatic status (GS a), its four bytes with XON/XOFF taken out."""

    data: bytes


@dataclass(frozen=True, slots=True)
class OneByte:
    """The answer to GS r n, or to a one-byte GS I n."""

    value: int


@dataclass(frozen=True, slots=True)
class Block:
    """A block answer without its first byte and its NUL. `head` is 37h (`7`), 3Bh, 3Dh or 5Fh (`_`)."""

    head: int
    body: bytes


@dataclass(frozen=True, slots=True)
class FlowControl:
    """XON (`go`) or XOFF on a line that the port's own flow control does not filter."""

    go: bool


Reply = RealTime | AutoStatus | OneByte | Block | FlowControl


def _is_real_time(byte: int) -> bool:
    return byte & 0x93 == 0x12


class ReplyParser:
    """Feed it what was read, in pieces of any size. Never raises; keeps at most one unfinished reply.

    `dropped` counts the bytes that belonged to no reply.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._head: int | None = None
        self._body = bytearray()

    def reset(self) -> None:
        """Forget an unfinished reply: what comes next has nothing to do with it."""
        self._head = None
        self._body.clear()

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that `data` completes, in the order of arrival."""
        replies: list[Reply] = []
        for byte in data:
            reply = self._take(byte)
            if reply is not None:
                replies.append(reply)
        return replies

    def _take(self, byte: int) -> Reply | None:
        if byte in {_XON, _XOFF}:
            return FlowControl(byte == _XON)
        if self._head in _BLOCK_HEADS:
            return self._in_block(byte)
        if self._head is not None:
            return self._in_status(byte)
        return self._first(byte)

    def _first(self, byte: int) -> Reply | None:
        if byte in _BLOCK_HEADS or byte & 0x93 == 0x10:
            self._head = byte
            return None
        if _is_real_time(byte):
            return RealTime(byte)
        if byte & 0x90 == 0x00:
            return OneByte(byte)
        self.dropped += 1
        return None

    def _in_status(self, byte: int) -> Reply | None:
        if byte & 0x90 != 0x00:
            return self._broken(byte)
        self._body.append(byte)
        if len(self._body) < 3:
            return None
        packet = bytes([self._head or 0, *self._body])
        self.reset()
        return AutoStatus(packet)

    def _in_block(self, byte: int) -> Reply | None:
        if byte == 0x00:
            block = Block(self._head or 0, bytes(self._body))
            self.reset()
            return block
        # A block is plain text: below 20h stands only what a printer slips in between, in real time.
        if byte < 0x20 and _is_real_time(byte):
            return RealTime(byte)
        if not 0x20 <= byte <= 0x7E or len(self._body) >= _LONGEST_BLOCK:
            return self._broken(byte)
        self._body.append(byte)
        return None

    def _broken(self, byte: int) -> Reply | None:
        self.dropped += 1 + len(self._body)
        self.reset()
        return self._first(byte)
