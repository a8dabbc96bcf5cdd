"""Beside a port: everything that passes is written to a file that can be read, sent with a complaint, and replayed.

One JSON object a line. First the header, then `t` (seconds since the recording began), `dir` (in: device to till,
out: till to device, open, close, lost, lines), `hex` and `note`:

    {"version": 1, "port": "serial:/dev/till/printer", "driver": "escpos", "begun": "2026-03-01T09:00:00Z", …}
    {"t": 0.000412, "dir": "open", "hex": "", "note": ""}
    {"t": 0.013077, "dir": "out", "hex": "100401", "note": ""}
    {"t": 0.021530, "dir": "in", "hex": "16", "note": ""}

`hex` of lines: one byte, CTS 1, DSR 2, DCD 4, RI 8. A recording knows no secrets to leave out: it holds customers'
receipts, and the file is for its owner alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from drivers.ports.base import Clock, HasLines, Lines, Port, PortLost
from drivers.ports.recorder import LIMIT, Opener, Recorder, plain_open

VERSION: Final = 1
HOLDS: Final = "customers' receipts, as confidential as the receipts themselves"

Direction = Literal["in", "out", "open", "close", "lost", "lines"]


@dataclass(frozen=True, slots=True)
class Header:
    """`begun`: wall time, RFC 3339. `seed`: of the simulation that was recorded, if it was one."""

    port: str
    driver: str
    begun: str
    seed: int | None = None

    def line(self) -> bytes:
        return _json({"version": VERSION, **asdict(self), "holds": HOLDS})


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened at the port, `t` seconds after the recording began."""

    t: float
    dir: Direction
    data: bytes = b""
    note: str = ""

    def line(self) -> bytes:
        return _json({"t": round(self.t, 6), "dir": self.dir, "hex": self.data.hex(), "note": self.note})


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode("ascii") + b"\n"


def pack_lines(lines: Lines) -> bytes:
    return bytes([lines.cts | lines.dsr << 1 | lines.dcd << 2 | lines.ri << 3])


def unpack_lines(data: bytes) -> Lines:
    bits = data[0] if data else 0
    return Lines(cts=bool(bits & 1), dsr=bool(bits & 2), dcd=bool(bits & 4), ri=bool(bits & 8))


class RecordingPort:
    """Any `Port`, recorded. It is the port in every other respect; `inner` is the one inside.

    `driver`: whose language is spoken ("escpos"), for whoever reads the recording. A file that is there already is
    kept as FILE.1. The port neither waits for the disk nor fails with it: a recording that cannot go on ends, with
    one line in the log, and so does one of `limit` bytes, with a note at its end.
    """

    def __init__(
        self,
        inner: Port,
        path: Path,
        *,
        driver: str,
        begun: str,
        seed: int | None = None,
        limit: int = LIMIT,
        opener: Opener = plain_open,
    ) -> None:
        self.inner = inner
        self.name = inner.name
        self._began = inner.clock.monotonic()
        header = Header(inner.name, driver, begun, seed)
        self._recorder = Recorder(path, header.line(), self._ending, limit=limit, opener=opener)
        self._lines: Lines | None = None
        self._failure = ""

    @property
    def clock(self) -> Clock:
        return self.inner.clock

    def open(self) -> None:
        """Open or open again. Raises PortLost; the same failure again is recorded once."""
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
        """Close the port, and the file as far as it goes; harmless when closed."""
        self.inner.close()
        self._note("close")
        self._recorder.stop()

    def write(self, data: bytes, timeout: float) -> int:
        """As the port inside; what was taken is recorded."""
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
        """As the port inside, None where that has none; changes are recorded."""
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

    def _note(self, what: Direction, data: bytes = b"", note: str = "") -> None:
        self._recorder.put(Entry(self.clock.monotonic() - self._began, what, data, note).line())

    def _ending(self, why: str) -> bytes:
        return Entry(self.clock.monotonic() - self._began, "close", note=why).line()
