"""In the vendor's place on a sale's way: the same register behind a serial line, played by a pseudo-terminal.

Frame: 02h, text, CRC32 of the text (four bytes, the highest first, 20h in place of each 03h), 03h. What is no frame is
dropped without an answer. Source: the vendor's pages on the protocol. That the answer's text is the JSON as it is over
HTTP is inferred.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
import zlib
from collections.abc import Callable
from typing import Final

from firmware_bridge.vendors.sandbox.wire import Reply

STX: Final = 0x02
ETX: Final = 0x03
_LONGEST: Final = 1024 * 1024
_PAUSE_S: Final = 0.005


def frame(text: bytes) -> bytes:
    """The bytes on the line."""
    return bytes((STX,)) + text + checksum(text) + bytes((ETX,))


def checksum(text: bytes) -> bytes:
    return zlib.crc32(text).to_bytes(4, "big").replace(b"\x03", b"\x20")


class Frames:
    """Takes bytes as they come and gives out whole texts; `bad` counts what was none."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._inside = False
        self.bad = 0

    def feed(self, data: bytes) -> list[bytes]:
        found: list[bytes] = []
        for byte in data:
            if byte == STX and not self._inside:
                self._inside = True
                self._buffer.clear()
            elif not self._inside:
                continue
            elif byte == ETX:
                self._inside = False
                found += self._taken()
            else:
                self._buffer.append(byte)
                if len(self._buffer) > _LONGEST:
                    self._inside = False
                    self.bad += 1
        return found

    def _taken(self) -> list[bytes]:
        text, sum_ = bytes(self._buffer[:-4]), bytes(self._buffer[-4:])
        if not text or sum_ != checksum(text):
            self.bad += 1
            return []
        return [text]


class SerialLine:
    """A pseudo-terminal that `answer` is behind; `path` is the client's end. On the running loop, until `close`."""

    def __init__(self, answer: Callable[[bytes], Reply], on_bad: Callable[[], None]) -> None:
        self._answer = answer
        self._on_bad = on_bad
        self._frames = Frames()
        self._ends: tuple[int, int] | None = None
        self._late: set[asyncio.TimerHandle] = set()
        self.path = ""

    def start(self) -> None:
        """Raises OSError when there is no pseudo-terminal."""
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._ends = (ours, theirs)
        self.path = os.ttyname(theirs)
        asyncio.get_running_loop().add_reader(ours, self._read, ours)

    def close(self) -> None:
        """Harmless twice."""
        for timer in self._late:
            timer.cancel()
        self._late.clear()
        ends, self._ends = self._ends, None
        if ends is not None:
            asyncio.get_running_loop().remove_reader(ends[0])
            for end in ends:
                os.close(end)

    def _read(self, ours: int) -> None:
        try:
            data = os.read(ours, 65_536)
        except (BlockingIOError, OSError):
            return
        bad = self._frames.bad
        whole = self._frames.feed(data)
        # Told before anything is answered: whoever has the answer may look at the books at once.
        for _ in range(self._frames.bad - bad):
            self._on_bad()
        for text in whole:
            self._reply(self._answer(text))

    def _reply(self, reply: Reply) -> None:
        if reply.dropped:
            return
        data = frame(reply.body)
        if not reply.delay_s:
            self._write(data)
            return
        self._write_later(reply.delay_s, data)

    def _write(self, data: bytes) -> None:
        """As much as the line takes now; the rest as soon as it takes more."""
        if self._ends is None:
            return
        written = 0
        with contextlib.suppress(BlockingIOError):
            written = os.write(self._ends[0], data)
        if written < len(data):
            self._write_later(_PAUSE_S, data[written:])

    def _write_later(self, seconds: float, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._late = {timer for timer in self._late if timer.when() > loop.time()}
        self._late.add(loop.call_later(seconds, self._write, data))
