"""Beside a till: a recorded port as lines for a person, one line for a question and what came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, get_args

from drivers.ports.observed import unpack_lines
from drivers.ports.recorded import Recording
from drivers.ports.recording import Entry
from firmware_bridge.journal.browse import printable

Language = Literal["escpos", "datecs", "datecs-x", "http", "none"]
LANGUAGES: Final = get_args(Language)
_RAW: Final = 24
#: What comes in so much later than the last byte answers no question.
_UNASKED_S: Final = 2.0


class Words(Protocol):
    """Bytes to words, each direction in its order."""

    def out(self, data: bytes) -> list[str]: ...
    def inward(self, data: bytes) -> list[str]: ...
    def pending(self) -> str: ...


class Bytes:
    """No language: hexadecimal."""

    def out(self, data: bytes) -> list[str]:
        return [f"{data[:_RAW].hex(' ')} … {len(data)} bytes" if len(data) > _RAW else data.hex(" ")]

    inward = out

    def pending(self) -> str:
        return ""


@dataclass(slots=True)
class Exchange:
    """What the till wrote, and what came back before it wrote again. Times in seconds since the recording began."""

    t: float
    out: bytearray = field(default_factory=bytearray)
    back: bytearray = field(default_factory=bytearray)
    asked: float | None = None
    answered: float | None = None
    latest: float = 0.0

    @property
    def milliseconds(self) -> float | None:
        """From the last byte of the question to the first of the answer."""
        if self.asked is None or self.answered is None:
            return None
        return round((self.answered - self.asked) * 1000, 3)


def exchanges(entries: Sequence[Entry]) -> Iterator[Exchange | Entry]:
    """Bytes by exchange; whatever else happened as it is."""
    current: Exchange | None = None
    for entry in entries:
        if entry.dir not in {"in", "out"}:
            if current is not None:
                yield current
            current = None
            yield entry
            continue
        if current is None or (current.back and (entry.dir == "out" or entry.t - current.latest > _UNASKED_S)):
            if current is not None:
                yield current
            current = Exchange(entry.t)
        if entry.dir == "out":
            current.out += entry.data
            current.asked = entry.t
        else:
            current.back += entry.data
            current.answered = entry.t if current.answered is None else current.answered
        current.latest = entry.t
    if current is not None:
        yield current


def rows(recording: Recording, words: Words) -> Iterator[dict[str, Any]]:
    """One map a line: t, and out, in, ms of an exchange or event and note of anything else."""
    for each in exchanges(recording.entries):
        if isinstance(each, Entry):
            note = _on(each) if each.dir == "lines" else each.note
            yield {"t": each.t, "event": each.dir, "note": note}
            continue
        out = words.out(bytes(each.out)) if each.out else []
        back = words.inward(bytes(each.back)) if each.back else []
        yield {"t": each.t, "out": out, "in": back, "ms": each.milliseconds}
    if unfinished := words.pending():
        yield {"t": recording.entries[-1].t, "event": "end", "note": unfinished}


def line(row: dict[str, Any]) -> str:
    """A row for a terminal, with nothing in it that a terminal would obey."""
    if "event" in row:
        note = printable(row["note"])
        return f"{row['t']:12.6f}  -- {row['event']}{f': {note}' if note else ''}"
    parts = [f"> {'; '.join(row['out'])}" if row["out"] else "", f"< {'; '.join(row['in'])}" if row["in"] else ""]
    took = f"  ({row['ms']:g} ms)" if row["ms"] is not None else ""
    return f"{row['t']:12.6f}  {'  '.join(part for part in parts if part)}{took}"


def heading(recording: Recording) -> str:
    header = recording.header
    parts = [header.port, header.driver or "no driver named", f"begun {header.begun}"]
    if header.seed is not None:
        parts.append(f"seed {header.seed}")
    return printable(", ".join(parts))


def _on(entry: Entry) -> str:
    lines = unpack_lines(entry.data)
    on = [name for name in ("cts", "dsr", "dcd", "ri") if getattr(lines, name)]
    return f"on: {', '.join(on) or 'none'}"
