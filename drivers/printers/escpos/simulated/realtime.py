"""At the paper's end of a sale: real-time commands, seen by every byte's arrival, in front of the receive buffer.

Source: Epson ESC/POS, DLE EOT, DLE ENQ, DLE DC4. They are recognised wherever the bytes stand, also inside a
picture, and their bytes stay part of the stream as well. A function that is not known ends the recognition.
"""

from __future__ import annotations

from typing import Final

_DLE: Final = 0x10
_CLEAR: Final = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"


def _length(seen: bytes | bytearray) -> int:
    """Bytes of the command that `seen` begins; 0: it is none; len + 1 while that is open."""
    if len(seen) == 1:
        return 2
    if len(seen) == 2:
        return 3 if seen[1] in (0x04, 0x05, 0x14) else 0
    if seen[1] == 0x04:
        return 4 if seen[2] in (7, 8, 18) else 3 if 1 <= seen[2] <= 4 else 0
    if seen[1] == 0x05:
        return 3 if seen[2] <= 2 else 0
    if seen[2] == 8:
        return len(_CLEAR) if _CLEAR.startswith(bytes(seen)) else 0
    return {1: 5, 2: 5}.get(seen[2], 0)


class RealTime:
    """Feed every byte that arrives; a complete command comes back with the byte that completes it."""

    def __init__(self) -> None:
        self._seen = bytearray()

    @property
    def inside(self) -> bool:
        return bool(self._seen)

    def reset(self) -> None:
        self._seen.clear()

    @staticmethod
    def plain(data: bytes, room: int) -> int:
        """Outside of a command: how many bytes at the head of `data`, at most `room`, cannot begin one."""
        at = data.find(_DLE, 0, max(0, room))
        return min(len(data), room) if at < 0 else at

    def feed(self, byte: int) -> bytes | None:
        self._seen.append(byte)
        if not self._begins():
            # the byte that broke off may itself begin a command
            self._seen = bytearray((byte,)) if byte == _DLE else bytearray()
            return None
        if len(self._seen) < _length(self._seen):
            return None
        command = bytes(self._seen)
        self._seen.clear()
        return command

    def _begins(self) -> bool:
        return self._seen[0] == _DLE and _length(self._seen) >= len(self._seen)


def leading_command(data: bytes) -> bytes | None:
    """The whole real-time command at the head of `data`, or None."""
    for end in range(1, min(len(data), len(_CLEAR)) + 1):
        length = _length(data[:end]) if data[0] == _DLE else 0
        if length < end:
            return None
        if length == end:
            return data[:end]
    return None
