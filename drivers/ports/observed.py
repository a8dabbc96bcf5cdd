"""Beside a port: a port that is another one in every respect, and whatever passes is noted.

What is noted, and where, is the business of who derives from it: a recording, or a few frames in memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

from drivers.ports.base import Clock, HasLines, Lines, Port, PortLost

Direction = Literal["in", "out", "open", "close", "lost", "lines"]
"""in: device to till; out: till to device; lines: its modem lines changed."""


class ObservedPort(ABC):
    """Any `Port`, observed; `inner` is the one inside."""

    def __init__(self, inner: Port) -> None:
        self.inner = inner
        self.name = inner.name
        self._lines: Lines | None = None
        self._failure = ""

    @abstractmethod
    def _note(self, what: Direction, data: bytes = b"", note: str = "") -> None:
        """It happened just now."""

    @property
    def clock(self) -> Clock:
        return self.inner.clock

    def open(self) -> None:
        """Open or open again. Raises PortLost; the same failure again is noted once."""
        try:
            self.inner.open()
        except PortLost as error:
            if self._failure != error.text:
                self._failure = error.text
                self._note("lost", note=f"open: {error.text}")
            raise
        self._failure = ""
        self._lines = None
        self._note("open")

    def close(self) -> None:
        """As the port inside; harmless when closed."""
        self.inner.close()
        self._note("close")

    def write(self, data: bytes, timeout: float) -> int:
        """As the port inside; what was taken is noted."""
        try:
            taken = self.inner.write(data, timeout)
        except PortLost as error:
            self._note("lost", note=error.text)
            raise
        if taken:
            self._note("out", data[:taken])
        return taken

    def read(self, timeout: float) -> bytes:
        """As the port inside."""
        try:
            data = self.inner.read(timeout)
        except PortLost as error:
            self._note("lost", note=error.text)
            raise
        if data:
            self._note("in", data)
        return data

    def wake(self) -> None:
        self.inner.wake()

    def lines(self) -> Lines | None:
        """As the port inside, None where that has none; changes are noted."""
        if not isinstance(self.inner, HasLines):
            return None
        lines = self.inner.lines()
        if lines is not None and lines != self._lines:
            self._lines = lines
            self._note("lines", pack_lines(lines))
        return lines

    def watch_lines(self, period: float | None) -> None:
        """As the port inside."""
        if isinstance(self.inner, HasLines):
            self.inner.watch_lines(period)


def pack_lines(lines: Lines) -> bytes:
    """One byte: CTS 1, DSR 2, DCD 4, RI 8."""
    return bytes([lines.cts | lines.dsr << 1 | lines.dcd << 2 | lines.ri << 3])


def unpack_lines(data: bytes) -> Lines:
    bits = data[0] if data else 0
    return Lines(cts=bool(bits & 1), dsr=bool(bits & 2), dcd=bool(bits & 4), ri=bool(bits & 8))
