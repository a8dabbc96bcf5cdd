"""Beside a sale's way: one line per fact, written by a thread of its own so that a slow card never stops the loop.

Every line passes three doors in that order: `Redactor.mask` (no secret, no card number), `safe` (nothing that a
terminal or the system journal would obey) and one write of one line. The queue is bounded: what does not fit is
counted, and the count is said. Facts go in `extra=`; the keys of FACTS are printed as `key=value`.
"""

from __future__ import annotations

import base64
import json
import logging
import logging.handlers
import queue
import re
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO
from urllib.parse import quote

FACTS = ("sale", "receipt", "shift", "drawer", "device", "port", "vendor", "client", "route", "command", "outcome")
QUEUE_SIZE = 4096
_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
_RANGES = (
    (0x20, 0x7E),  # ASCII
    (0xA0, 0x24F),  # Latin
    (0x370, 0x52F),  # Greek and Cyrillic
    (0x1E00, 0x1FFF),  # Latin and Greek with more accents
    (0x2010, 0x2027),  # dashes, quotes, bullets; the bidirectional controls begin right after
    (0x2030, 0x205E),  # per mille, primes, angle quotes
    (0x20A0, 0x20C0),  # currencies
    (0x2116, 0x2116),  # numero
    (0x2122, 0x2122),  # trade mark
)
_PAN = re.compile(r"(?<!\d)(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7})(?!\d)")
_PATTERNS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*"), "***"),
)


def safe(text: str) -> str:
    """Return `text` with everything but printable letters, digits and punctuation shown as `<XX>` (hexadecimal)."""
    return "".join(char if _printable(char) else f"<{ord(char):02X}>" for char in text)


def _printable(char: str) -> bool:
    code = ord(char)
    return char == "\xa0" or (char.isprintable() and any(low <= code <= high for low, high in _RANGES))


def mask_cards(text: str) -> str:
    """Return `text` with every run of 13 to 19 digits that passes Luhn's check cut to its last four."""
    return _PAN.sub(lambda match: _mask_card(match[0]), text)


def _mask_card(run: str) -> str:
    digits = [int(char) for char in run if char.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) if index % 2 else digit for index, digit in enumerate(digits[::-1])]
    return run if sum(doubled) % 10 else "*" * (len(digits) - 4) + run[-4:]


def mask_patterns(text: str) -> str:
    """Return `text` without card numbers, bearer credentials and JSON web tokens."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return mask_cards(text)


class Redactor:
    """The exit filter: registered secrets in every form in which they may come back, and what looks like one."""

    def __init__(self) -> None:
        self._forms: tuple[str, ...] = ()

    def add(self, secret: str) -> None:
        """Never let `secret` out from now on, nor its base64, hex, URL and JSON forms. Thread-safe."""
        raw = secret.encode()
        forms = {
            secret,
            base64.b64encode(raw).decode(),
            base64.urlsafe_b64encode(raw).decode().rstrip("="),
            raw.hex(),
            raw.hex().upper(),
            quote(secret, safe=""),
            json.dumps(secret)[1:-1],
        }
        known = {*self._forms, *(form for form in forms if form)}
        self._forms = tuple(sorted(known, key=len, reverse=True))

    def mask(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, "***")
        return mask_patterns(text)


class Sparse:
    """Lets the first of many equal happenings through, then one per `interval` seconds, and counts the rest."""

    def __init__(self, monotonic: Callable[[], float], interval: float = 60.0) -> None:
        self._monotonic = monotonic
        self._interval = interval
        self._last: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def allow(self, key: str) -> int | None:
        """Return None for "not now", else how many of `key` were held back since the last one let through."""
        with self._lock:
            now = self._monotonic()
            at, held = self._last.get(key, (now - self._interval, 0))
            if now - at < self._interval:
                self._last[key] = (at, held + 1)
                return None
            self._last[key] = (now, 0)
            return held


def one_line(error: BaseException) -> str:
    """Return an exception with the places it passed, innermost first, as one line."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    text = f"{type(error).__name__}: {error}"
    return f"{text} at {places}" if places else text


class _Line(logging.Formatter):
    """Words first, then facts; `<4>` before it where the system journal reads it, else time and level."""

    def __init__(self, redactor: Redactor, *, journald: bool) -> None:
        super().__init__()
        self._redactor = redactor
        self._journald = journald

    def format(self, record: logging.LogRecord) -> str:
        facts = [f"{key}={value}" for key in FACTS if (value := getattr(record, key, None)) not in (None, "")]
        text = safe(self._redactor.mask(" ".join([record.getMessage(), *facts])))
        if self._journald:
            return f"<{_PRIORITY.get(record.levelno, 6)}>{text}"
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return f"{at.replace('+00:00', 'Z')} {record.levelname.lower()} {record.name}: {text}"


class _Queue(logging.handlers.QueueHandler):
    """Freezes a record's text on the caller's thread and never waits; what does not fit is counted."""

    def __init__(self, target: queue.Queue[logging.LogRecord | None]) -> None:
        super().__init__(target)
        self._target = target
        self._lost_lock = threading.Lock()
        self._lost = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text = f"{text} ({one_line(record.exc_info[1])})"
        frozen = logging.makeLogRecord(record.__dict__)
        frozen.msg, frozen.args, frozen.exc_info, frozen.exc_text = text, None, None, None
        return frozen

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            with self._lost_lock:
                self._lost += 1

    def put_last(self) -> None:
        """Queue the end of the log, waiting for room."""
        self._target.put(None)

    def take_lost(self) -> int:
        with self._lost_lock:
            lost, self._lost = self._lost, 0
        return lost


class _Listener(logging.handlers.QueueListener):
    def __init__(self, source: _Queue, target: logging.Handler) -> None:
        super().__init__(source.queue, target)
        self._source = source

    def handle(self, record: logging.LogRecord) -> None:
        super().handle(record)
        if lost := self._source.take_lost():
            text = f"{lost} log lines were lost because the output was too slow"
            super().handle(
                logging.makeLogRecord(
                    {"name": __name__, "levelno": logging.WARNING, "levelname": "WARNING", "msg": text}
                )
            )

    def enqueue_sentinel(self) -> None:
        self._source.put_last()


class Logs:
    """The process's log from `start` to `stop`; also a context manager. Leaves neither thread nor handler behind."""

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        level: int = logging.INFO,
        wire: bool = False,
        journald: bool = False,
        redactor: Redactor | None = None,
        size: int = QUEUE_SIZE,
    ) -> None:
        """`wire`: also the bytes of the ports (logger `till.wire`). `journald`: priorities instead of times."""
        self.redactor = redactor or Redactor()
        target = logging.StreamHandler(stream or sys.stderr)
        target.setFormatter(_Line(self.redactor, journald=journald))
        self._handler = _Queue(queue.Queue(size))
        self._listener = _Listener(self._handler, target)
        self._level = level
        self._wire = wire
        self._before: tuple[int, bool, int] | None = None

    def start(self) -> None:
        root, wire = logging.getLogger(), logging.getLogger("till.wire")
        machines = logging.getLogger("transitions")
        self._before = (root.level, wire.disabled, machines.level)
        machines.setLevel(logging.WARNING)  # it tells every callback; the facts are told by us
        root.setLevel(self._level)
        wire.disabled = not self._wire
        root.addHandler(self._handler)
        self._listener.start()

    def stop(self) -> None:
        """Write what is queued, end the thread, give the root logger back. Harmless when not started."""
        if self._before is None:
            return
        root = logging.getLogger()
        root.removeHandler(self._handler)
        level, logging.getLogger("till.wire").disabled, machines = self._before
        root.setLevel(level)
        logging.getLogger("transitions").setLevel(machines)
        self._before = None
        self._listener.stop()
        self._handler.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
