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
from typing import Any, Final

from drivers.ports.base import Port
from drivers.ports.observed import Direction, ObservedPort
from drivers.ports.recorder import LIMIT, Opener, Recorder, plain_open

VERSION: Final = 1
HOLDS: Final = "customers' receipts, as confidential as the receipts themselves"


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


class RecordingPort(ObservedPort):
    """Any `Port`, recorded.

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
        super().__init__(inner)
        self._began = inner.clock.monotonic()
        header = Header(inner.name, driver, begun, seed)
        self._recorder = Recorder(path, header.line(), self._ending, limit=limit, opener=opener)

    def close(self) -> None:
        """Close the port, and the file as far as it goes; harmless when closed."""
        super().close()
        self._recorder.stop()

    def _note(self, what: Direction, data: bytes = b"", note: str = "") -> None:
        self._recorder.put(Entry(self.clock.monotonic() - self._began, what, data, note).line())

    def _ending(self, why: str) -> bytes:
        return Entry(self.clock.monotonic() - self._began, "close", note=why).line()
