"""Between a fiscal printer's commands and its port: Datecs frames, classic and X. Knows no command's meaning.

    host -> device   01 LEN SEQ CMD DATA                05 BCC BCC BCC BCC 03
    device -> host   01 LEN SEQ CMD DATA 04 S0..S5 (S7) 05 BCC BCC BCC BCC 03

The classic envelope has one byte each for LEN and CMD and six status bytes, the X envelope four nibbles each (+ 30h)
and eight. LEN counts from itself to the 05 and has 20h added; BCC is the sum of the bytes that LEN counts, as four
nibbles + 30h. In DATA a control character c other than TAB and LF is sent as 10h, c + 40h.
Sources: Datecs programmer's manuals, bg.isl.dt.p.protocol v1.00BG pages 7-8 and FP-700X/DP-25X v2.02 page 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_START, _END, _SEPARATOR, _POSTAMBLE, _ESCAPE = 0x01, 0x03, 0x04, 0x05, 0x10
_NAK, _SYN = 0x15, 0x16
_PLAIN_CONTROLS: Final = frozenset({0x09, 0x0A})
#: What may stand inside a frame below 20h, apart from the end of the frame.
_INSIDE: Final = frozenset({_SEPARATOR, _POSTAMBLE, _ESCAPE, *_PLAIN_CONTROLS})
_OFFSET: Final = 0x20
_TAIL: Final = 5  # BCC and the final 03


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


def escape(data: bytes) -> bytes:
    """DATA as it travels: TAB and LF as they are, any other control character as two bytes."""
    return b"".join(bytes((byte,)) if _travels(byte) else bytes((_ESCAPE, byte + 0x40)) for byte in data)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One of the two frame formats. `host_limit`, `reply_limit`: bytes of DATA as they travel, escapes counted.

    `last_seq`: SEQ runs from 20h up to it. Newer firmware of the X family takes 496 bytes (manual v2.11): say
    `dataclasses.replace(X, host_limit=496)` for it; its replies of that size are read in any case.
    """

    name: str
    digits: int
    status_bytes: int
    host_limit: int
    reply_limit: int
    last_seq: int

    def request(self, seq: int, command: int, data: bytes = b"") -> bytes:
        """The frame of an order. Raises ValueError when SEQ, CMD or the length of DATA is out of bounds."""
        return self._frame(seq, command, self._travelling(data, self.host_limit))

    def reply(self, seq: int, command: int, data: bytes, status: bytes) -> bytes:
        """The frame of an answer, as the device's side builds it. Raises ValueError as `request` does."""
        if len(status) != self.status_bytes or any(byte < 0x80 for byte in status):
            raise ValueError(f"a {self.name} answer has {self.status_bytes} status bytes of 80h to FFh, not {status!r}")
        body = self._travelling(data, self.reply_limit) + bytes((_SEPARATOR,)) + status
        return self._frame(seq, command, body)

    def _travelling(self, data: bytes, limit: int) -> bytes:
        travelling = escape(data)
        if len(travelling) > limit:
            raise ValueError(f"{len(travelling)} bytes of data do not fit a {self.name} frame, which takes {limit}")
        return travelling

    def _frame(self, seq: int, command: int, body: bytes) -> bytes:
        if not 0x20 <= seq <= self.last_seq:
            raise ValueError(f"SEQ {seq:02X}h is not within 20h to {self.last_seq:02X}h")
        if not 0x20 <= command <= 0xFF:
            raise ValueError(f"command {command:02X}h is not within 20h to FFh")
        summed = self._number(_OFFSET + _head(self) + len(body) + 1) + bytes((seq,)) + self._number(command)
        summed += body + bytes((_POSTAMBLE,))
        return bytes((_START,)) + summed + _nibbles(sum(summed) & 0xFFFF) + bytes((_END,))

    def _number(self, value: int) -> bytes:
        return bytes((value,)) if self.digits == 1 else _nibbles(value)


#: A classic answer has to fit the one byte of LEN: 223 bytes, of which 11 are not DATA. (The manual says 218.)
CLASSIC: Final = Envelope("classic", digits=1, status_bytes=6, host_limit=213, reply_limit=212, last_seq=0x7F)
X: Final = Envelope("X", digits=4, status_bytes=8, host_limit=213, reply_limit=496, last_seq=0xFF)


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
        if byte < 0x20 and byte not in _INSIDE and not (byte == _END and len(self.bytes) == self.length):
            return f"{byte:02X}h inside a frame"
        if len(self.bytes) == self._envelope.digits:
            return self._measure()
        return None

    @property
    def complete(self) -> bool:
        return self.length > 0 and len(self.bytes) == self.length

    def _measure(self) -> str | None:
        counted = _value(self.bytes, self._envelope.digits) if self._envelope.digits > 1 else self.bytes[0]
        shortest = _head(self._envelope) + self._rest
        length = -1 if counted is None else counted - _OFFSET
        if not shortest <= length <= shortest + self._longest:
            return f"a length of {length} bytes"
        self.length = length + _TAIL
        return None

    def check(self) -> str | None:
        """None when sum and marks are right, otherwise what is wrong."""
        summed, tail = self.bytes[:-_TAIL], self.bytes[-_TAIL:]
        if tail[-1] != _END or summed[-1] != _POSTAMBLE:
            return "no end where the length says"
        if _value(tail, 4) != sum(summed) & 0xFFFF:
            return "a wrong check sum"
        return None

    def fields(self) -> tuple[int, int | None, bytes]:
        """SEQ, CMD (None: no number) and what follows up to the 05."""
        digits = self._envelope.digits
        command = self.bytes[2] if digits == 1 else _value(self.bytes[digits + 1 :], 4)
        return self.bytes[digits], command, bytes(self.bytes[_head(self._envelope) : -_TAIL - 1])


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

    def _take(self, byte: int) -> _Collector | Broken | None:
        """A frame whose sum is right, a broken one, or nothing yet."""
        frame = self._frame
        if byte == _START:
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
        for byte in data:
            if byte in {_NAK, _SYN} and not self.inside:
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
        if body[cut - 1] != _SEPARATOR or any(byte < 0x80 for byte in status):
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
        for byte in data:
            frame = self._take(byte)
            if frame is not None:
                found.append(frame if isinstance(frame, Broken) else self._request(frame))
        return found

    def _request(self, frame: _Collector) -> Request | Broken:
        seq, command, body = frame.fields()
        data = unescape(body)
        if command is None or seq < 0x20 or data is None:
            return Broken("characters that do not belong there")
        return Request(seq, command, data)


def unescape(body: bytes) -> bytes | None:
    """DATA as it was meant; None when a control character stands there bare or an escape means none."""
    data = bytearray()
    rest = iter(body)
    for byte in rest:
        if byte == _ESCAPE:
            meant = next(rest, 0) - 0x40
            if not 0 <= meant < 0x20:
                return None
            data.append(meant)
        elif not _travels(byte):
            return None
        else:
            data.append(byte)
    return bytes(data)


def _travels(byte: int) -> bool:
    return byte >= 0x20 or byte in _PLAIN_CONTROLS


def _head(envelope: Envelope) -> int:
    """Bytes of LEN, SEQ and CMD together."""
    return 2 * envelope.digits + 1


def _nibbles(value: int) -> bytes:
    return bytes(((value >> shift) & 15) + 0x30 for shift in (12, 8, 4, 0))


def _value(digits: bytes | bytearray, count: int) -> int | None:
    """Four nibbles back to a number; None when one of them is none."""
    value = 0
    for digit in digits[:count]:
        if not 0x30 <= digit <= 0x3F:
            return None
        value = value << 4 | digit - 0x30
    return value
