"""At a simulated fiscal printer's end of the wire: bytes on their way to the host, and what spoils them."""

from __future__ import annotations

import random
from collections import deque
from typing import Final

from drivers.printers.datecs.simulated.faults import Faults

_PIECE: Final = 8
_PIECE_GAP: Final = 0.002
#: Not even noise may be one of them, or it would be no noise.
_MEANT: Final = b"\x01\x15\x16"


class Line:
    """Bytes leave in the order in which they were said, each not before its time."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self._faults = faults
        self._noise = random.Random(seed)  # noqa: S311 - noise on a line, no secret
        self._out: deque[tuple[float, bytes]] = deque()

    @property
    def next_at(self) -> float | None:
        return self._out[0][0] if self._out else None

    def clear(self) -> None:
        self._out.clear()

    def take(self, now: float) -> bytes:
        """The next bytes that are due; b"" for none."""
        return self._out.popleft()[1] if self._out and self._out[0][0] <= now else b""

    def say(self, data: bytes, at: float) -> None:
        last = self._out[-1][0] if self._out else at
        self._out.append((max(at, last), data))

    def answer(self, frame: bytes, before: bytes, now: float) -> None:
        """A whole answer, with the faults that spoil one; `before` is the answer before it."""
        faults = self._faults
        if not frame:
            return
        if faults.use("bad_checksum"):
            frame = frame[:-2] + bytes((0x30 + (frame[-2] - 0x2F) % 16,)) + frame[-1:]
        if faults.on("stale_answer"):
            frame = before + frame
        if faults.on("duplicate_answer"):
            frame += frame
        if faults.on("garbage"):
            frame = self._rubbish() + frame + self._rubbish()
        if not faults.on("dribble"):
            self.say(frame, now)
            return
        at, rest = now, frame
        while rest:
            size = self._noise.randint(1, _PIECE)
            self.say(rest[:size], at)
            rest, at = rest[size:], at + _PIECE_GAP * self._noise.randint(1, 5)

    def _rubbish(self) -> bytes:
        return bytes(byte for byte in self._noise.randbytes(self._noise.randint(1, 12)) if byte not in _MEANT)
