"""Between a fiscal printer's commands and its port: Datecs frames, classic and X. Knows no command's meaning.

    host -> device   01 LEN SEQ CMD DATA                05 BCC BCC BCC BCC 03
    device -> host   01 LEN SEQ CMD DATA 04 S0..S5 (S7) 05 BCC BCC BCC BCC 03

The classic envelope has one byte each for LEN and CMD and six status bytes, the X envelope four nibbles each (+ 30h)
and eight. LEN counts from itself to the 05 and has 20h added; BCC is the sum of the bytes that LEN counts, as four
nibbles + 30h. In DATA a control character c other than TAB and LF is sent as 10h, c + 40h.
Sources: Datecs programmer's manuals, bg.isl.dt.p.protocol v1.00BG pages 7-8 and FP-700X/DP-25X v2.02 page 4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drivers.framing.datecs_envelope import (
    CLASSIC,
    END,
    INSIDE,
    OFFSET,
    POSTAMBLE,
    SEPARATOR,
    START,
    TAIL,
    Envelope,
    X,
    head_length,
    unescape,
    value_of,
)

__all__ = [
    "CLASSIC",
    "Broken",
    "Envelope",
    "Nak",
    "Reader",
    "Received",
    "Reply",
    "Request",
    "RequestReader",
    "Syn",
    "X",
]

_NAK, _SYN = 0x15, 0x16
#: Everything below 20h that is not inside: it ends a frame, or spoils it.
_REMARKABLE: Final = re.compile(rb"[\x00-\x03\x06-\x08\x0b-\x0f\x11-\x1f]")


@dataclass(frozen=True, slots=True)
class Nak:
    """15h: the device could not read the last frame; send the same one again."""


@dataclass(frozen=True, slots=True)
class Syn:
    """16h: the device works on it; the answer follows."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer; `data` without escapes, `status` six or eight bytes, each with bit 7 set."""

    seq: int
    command: int
    data: bytes
    status: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A whole order from the host's side of the wire; `data` without escapes."""

    seq: int
    command: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """A frame began and is no frame; `reason` for a log."""

    reason: str


Received = Nak | Syn | Reply | Broken


class _Collector:
    """Bytes of one frame from after its 01 to its 03. Keeps no more than the longest frame of its kind."""

    def __init__(self, envelope: Envelope, *, replies: bool) -> None:
        self._envelope = envelope
        self._rest = 2 + envelope.status_bytes if replies else 1
        self._longest = envelope.reply_limit if replies else max(envelope.host_limit, envelope.reply_limit)
        self.bytes = bytearray()
        self.length = 0

    def take(self, byte: int) -> str | None:
        """One more byte: None, or why this is no frame."""
        self.bytes.append(byte)
        if byte < 0x20 and byte not in INSIDE and not (byte == END and len(self.bytes) == self.length):
            return f"{byte:02X}h inside a frame"
        if len(self.bytes) == self._envelope.digits:
            return self._measure()
        return None

    @property
    def complete(self) -> bool:
        return self.length > 0 and len(self.bytes) == self.length

    def _measure(self) -> str | None:
        counted = value_of(self.bytes, self._envelope.digits) if self._envelope.digits > 1 else self.bytes[0]
        shortest = head_length(self._envelope) + self._rest
        length = -1 if counted is None else counted - OFFSET
        if not shortest <= length <= shortest + self._longest:
            return f"a length of {length} bytes"
        self.length = length + TAIL
        return None

    def check(self) -> str | None:
        """None when sum and marks are right, otherwise what is wrong."""
        summed, tail = self.bytes[:-TAIL], self.bytes[-TAIL:]
        if tail[-1] != END or summed[-1] != POSTAMBLE:
            return "no end where the length says"
        if value_of(tail, 4) != sum(summed) & 0xFFFF:
            return "a wrong check sum"
        return None

    def fields(self) -> tuple[int, int | None, bytes]:
        """SEQ, CMD (None: no number) and what follows up to the 05."""
        digits = self._envelope.digits
        command = self.bytes[2] if digits == 1 else value_of(self.bytes[digits + 1 :], 4)
        return self.bytes[digits], command, bytes(self.bytes[head_length(self._envelope) : -TAIL - 1])


class _Framer:
    """Finds frames in a stream. Outside a frame it hears 01 only; what else it drops it counts."""

    def __init__(self, envelope: Envelope, *, replies: bool) -> None:
        self.dropped = 0
        self.zeros = 0
        self._envelope = envelope
        self._replies = replies
        self._frame: _Collector | None = None

    @property
    def inside(self) -> bool:
        """A frame has begun and is not complete."""
        return self._frame is not None

    def reset(self) -> None:
        """Forget an unfinished frame."""
        self._frame = None

    def _unremarkable(self, data: bytes, at: int) -> int:
        """Take what only lengthens the frame that has begun; how many bytes of `data` from `at` on those were."""
        frame = self._frame
        room = frame.length - len(frame.bytes) - 1 if frame is not None else 0
        if frame is None or room <= 0:
            return 0
        piece = data[at : at + room]
        remarkable = _REMARKABLE.search(piece)
        count = len(piece) if remarkable is None else remarkable.start()
        frame.bytes += piece[:count]
        return count

    def _take(self, byte: int) -> _Collector | Broken | None:
        """A frame whose sum is right, a broken one, or nothing yet."""
        frame = self._frame
        if byte == START:
            self._frame = _Collector(self._envelope, replies=self._replies)
            return Broken("another frame began inside") if frame and frame.bytes else None
        if frame is None:
            self.dropped += 1
            self.zeros += byte == 0
            return None
        wrong = frame.take(byte)
        if wrong is None and not frame.complete:
            return None
        self._frame = None
        wrong = wrong or frame.check()
        return Broken(wrong) if wrong else frame


class Reader(_Framer):
    """Feed it what the port read, in pieces of any size. Never raises, never keeps more than one frame.

    `inside`: a frame has begun (the time between its bytes is bounded). `dropped` counts bytes that meant nothing,
    `zeros` those of them that were 00: a port at the wrong speed reads little else.
    """

    def __init__(self, envelope: Envelope) -> None:
        super().__init__(envelope, replies=True)

    def feed(self, data: bytes) -> list[Received]:
        """Return what `data` completes, in the order of arrival."""
        found: list[Received] = []
        at = 0
        while (at := at + self._unremarkable(data, at)) < len(data):
            byte = data[at]
            at += 1
            if byte in {_NAK, _SYN} and self._frame is None:
                found.append(Nak() if byte == _NAK else Syn())
                continue
            frame = self._take(byte)
            if frame is not None:
                found.append(frame if isinstance(frame, Broken) else self._reply(frame))
        return found

    def _reply(self, frame: _Collector) -> Reply | Broken:
        seq, command, body = frame.fields()
        cut = len(body) - self._envelope.status_bytes
        status = body[cut:]
        if body[cut - 1] != SEPARATOR or any(byte < 0x80 for byte in status):
            return Broken("no status bytes where they belong")
        data = unescape(body[: cut - 1])
        if command is None or seq < 0x20 or data is None:
            return Broken("characters that do not belong there")
        return Reply(seq, command, data, status)


class RequestReader(_Framer):
    """The other direction, for whoever looks at a recorded wire: orders out of the host's bytes. As `Reader`."""

    def __init__(self, envelope: Envelope) -> None:
        super().__init__(envelope, replies=False)

    def feed(self, data: bytes) -> list[Request | Broken]:
        """Return the orders that `data` completes."""
        found: list[Request | Broken] = []
        at = 0
        while (at := at + self._unremarkable(data, at)) < len(data):
            frame = self._take(data[at])
            at += 1
            if frame is not None:
                found.append(frame if isinstance(frame, Broken) else self._request(frame))
        return found

    def _request(self, frame: _Collector) -> Request | Broken:
        seq, command, body = frame.fields()
        data = unescape(body)
        if command is None or seq < 0x20 or data is None:
            return Broken("characters that do not belong there")
        return Request(seq, command, data)
