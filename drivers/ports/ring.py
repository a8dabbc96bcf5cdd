"""Beside a port: the last frames that passed it, kept in memory for the moment at which an exchange fails.

A frame is what went one way without a pause: bytes of one direction that follow each other at once are one frame, as
far as FRAME_BYTES allow, so that a line that gives byte by byte fills the ring no sooner than a network does. The port
costs a sale two appends in memory; nothing is written here.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from drivers.ports.base import Port, PortLost
from drivers.ports.observed import Direction, ObservedPort
from drivers.ports.recording import Entry

#: Frames that are kept, and bytes that one may have: together no more than 256 KiB for a port.
FRAMES: Final = 64
FRAME_BYTES: Final = 4096
_TOGETHER_S: Final = 0.02


_Frame = tuple[float, Direction, bytearray, str]


@dataclass(frozen=True, slots=True)
class PortCounts:
    """What a port has done since its process started.

    `writes`: calls that handed bytes over, or lost the port over it (`failed`); one that took nothing because there was
    something to read is neither. `online`: how often it was opened; `lost`: how often it broke while it was open.
    """

    writes: int = 0
    failed: int = 0
    bytes_out: int = 0
    bytes_in: int = 0
    online: int = 0
    lost: int = 0


class RingPort(ObservedPort):
    """Any `Port`, its last frames remembered.

    `driver`: whose language is spoken ("escpos"), for whoever reads the frames. `frames` and `counts` may be called
    from any thread.
    """

    def __init__(self, inner: Port, *, driver: str = "") -> None:
        super().__init__(inner)
        self.driver = driver
        self._ring: deque[_Frame] = deque(maxlen=FRAMES)
        self._until = 0.0
        self._writes = self._failed = self._bytes_out = self._bytes_in = self._online = self._lost = 0
        self._lock = threading.Lock()

    @property
    def counts(self) -> PortCounts:
        """As they are now."""
        return PortCounts(self._writes, self._failed, self._bytes_out, self._bytes_in, self._online, self._lost)

    def frames(self) -> tuple[Entry, ...]:
        """The last ones, oldest first; `t` in seconds of the port's clock."""
        with self._lock:
            return tuple(Entry(t, way, bytes(data), note) for t, way, data, note in self._ring)

    # --- the port ---------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """As the port inside; counted when it could be opened."""
        super().open()
        self._online += 1

    def write(self, data: bytes, timeout: float) -> int:
        """As the port inside; what was taken is remembered."""
        try:
            taken = super().write(data, timeout)
        except PortLost:
            self._writes += 1
            self._failed += 1
            self._lost += 1
            raise
        if taken:
            self._writes += 1
            self._bytes_out += taken
        return taken

    def read(self, timeout: float) -> bytes:
        """As the port inside."""
        try:
            data = super().read(timeout)
        except PortLost:
            self._lost += 1
            raise
        self._bytes_in += len(data)
        return data

    # --- inside -----------------------------------------------------------------------------------------------------

    def _note(self, what: Direction, data: bytes = b"", note: str = "") -> None:
        now = self.inner.clock.monotonic()
        ring = self._ring
        with self._lock:
            together = now <= self._until
            self._until = now + _TOGETHER_S
            if ring and ring[-1][1] == what and (what == "close" or (data and together and what != "lines")):
                last = ring[-1][2]
                room = FRAME_BYTES - len(last)
                last += data[:room]
                data = data[room:]
                if not data:
                    return
            # of what is longer than the whole ring only the end would be left
            data = data[-FRAMES * FRAME_BYTES :]
            for at in range(0, max(1, len(data)), FRAME_BYTES):
                ring.append((now, what, bytearray(data[at : at + FRAME_BYTES]), note))
