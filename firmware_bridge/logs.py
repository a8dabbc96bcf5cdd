"""Beside a sale's way: one line per fact, written by a thread of its own so that a slow card never stops the loop.

Every line passes three doors in that order: `Redactor.mask` (no secret, no card number), `safe` (nothing that a
terminal or the system journal would obey) and one write of one line, cut at LONGEST characters. Facts go in `extra=`
(firmware_bridge.log_kinds.about): they are printed as `key=value`, or are fields of the system journal. Error: a person
must act; warning: it healed or will; info: money and state changes.
"""

from __future__ import annotations

import base64
import json
import logging
import queue
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO
from urllib.parse import quote, quote_plus

from firmware_bridge.journald import IDENTIFIER, SOCKET, JournaldHandler
from firmware_bridge.log_kinds import id_of
from firmware_bridge.log_queue import WIRE, Listener, RecordQueue, facts_of

QUEUE_SIZE = 4096
LONGEST = 8192
_LONGEST_FACT = 256
_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
_RANGES = (
    (0x20, 0x7E),  # ASCII
    (0xA0, 0x24F),  # Latin
    (0x259, 0x259),  # the small letter of Azerbaijani that stands apart from its capital
    (0x2BC, 0x2BC),  # the apostrophe as a letter, as in Ukrainian
    (0x370, 0x52F),  # Greek and Cyrillic
    (0x1E00, 0x1FFF),  # Latin and Greek with more accents
    (0x2010, 0x2027),  # dashes, quotes, bullets; the bidirectional controls begin right after
    (0x2030, 0x205E),  # per mille, primes, angle quotes
    (0x20A0, 0x20C0),  # currencies
    (0x2116, 0x2116),  # numero
    (0x2122, 0x2122),  # trade mark
)
_ENCODINGS = ("utf-8", "cp1251", "cp866")
_PAN = re.compile(r"(?<!\d)(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7})(?!\d)")
_SHORT = 6
_FOREIGN = re.compile(r"[^\n\x20-\x7e]")
_ESCAPED = re.compile(r"%[0-9A-F]{2}")
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


def safe_json(text: str) -> str:
    """The same of a JSON text: what a terminal would obey as JSON writes it, the value stays what it is."""
    return _FOREIGN.sub(lambda found: found[0] if safe(found[0]) == found[0] else _in_json(found[0]), text)


def _in_json(char: str) -> str:
    return json.dumps(char)[1:-1].replace("\x7f", "\\u007f")  # DEL is the one that it leaves alone


def mask_cards(text: str) -> str:
    """Return `text` with every run of 13 to 19 digits that passes Luhn's check cut to its last four."""
    return _PAN.sub(lambda match: _mask_card(match[0]), text)


def _mask_card(run: str, *, keep_gaps: bool = False) -> str:
    digits = [int(char) for char in run if char.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) if index % 2 else digit for index, digit in enumerate(digits[::-1])]
    if sum(doubled) % 10:
        return run
    return "*" * (len(run) - 4 if keep_gaps else len(digits) - 4) + run[-4:]


def mask_patterns(text: str) -> str:
    """Return `text` without card numbers, bearer credentials and JSON web tokens."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return mask_cards(text)


def forms_of(secret: str) -> frozenset[str]:
    """The forms in which a secret may come back: as it is, base64, hexadecimal, quoted for URLs, JSON and Python.

    Of one that is very short only itself: its other forms stand anywhere by chance.
    """
    if len(secret) < _SHORT:
        return frozenset({secret} - {""})
    raw, quoted = secret.encode(), quote(secret, safe="")
    forms = {
        secret,
        base64.b64encode(raw).decode().rstrip("="),  # the signs at its end are not always sent
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        raw.hex(),
        raw.hex().upper(),
        quoted,
        _ESCAPED.sub(lambda escape: escape[0].lower(), quoted),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    }
    return frozenset(form for form in forms if form)


def without(text: str, secrets: Iterable[str], instead: str = "***") -> str:
    """`text` with `instead` where one of these secrets stands in one of its forms."""
    for form in sorted({form for secret in secrets for form in forms_of(secret)}, key=len, reverse=True):
        text = text.replace(form, instead)
    return text


class Passing(str):
    """A secret that ends by itself: a token that a vendor gave for an hour or a day."""

    __slots__ = ()


class Redactor:
    """The exit filter: registered secrets in every form in which they may come back, and what looks like one.

    Of `Passing` ones it knows the last PASSING.
    """

    PASSING: Final = 64

    def __init__(self) -> None:
        self._kept: set[str] = set()
        self._passing: deque[str] = deque(maxlen=self.PASSING)
        self._known: tuple[str, ...] | None = ()
        self._adding = threading.Lock()

    def add(self, secret: str) -> None:
        """Never let `secret` out from now on, in none of its forms. Thread-safe."""
        with self._adding:
            if not secret or secret in self._kept or secret in self._passing:
                return
            if isinstance(secret, Passing):
                self._passing.append(secret)
            else:
                self._kept.add(secret)
            self._known = None

    @property
    def _forms(self) -> tuple[str, ...]:
        """Of all of them, the longest first: a form may stand within another."""
        found = self._known
        if found is None:
            with self._adding:
                forms = {form for one in (*self._kept, *self._passing) for form in forms_of(one)}
                self._known = found = tuple(sorted(forms, key=len, reverse=True))
        return found

    def mask(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, "***")
        return mask_patterns(text)

    def blot(self, data: bytes) -> bytes:
        """`data` of a wire with every such secret and card number starred out, as long as it was."""
        for form in self._forms:
            for encoding in _ENCODINGS:
                raw = form.encode(encoding, "ignore")
                if raw.decode(encoding) == form:
                    data = data.replace(raw, b"*" * len(raw))
        text = data.decode("latin-1")
        for pattern, _ in _PATTERNS:
            text = pattern.sub(lambda match: "*" * len(match[0]), text)
        return _PAN.sub(lambda match: _mask_card(match[0], keep_gaps=True), text).encode("latin-1")


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


class _Line(logging.Formatter):
    """Words first, then facts; `<4>` before it where the system journal reads it, else time and level."""

    def __init__(self, redactor: Redactor, *, journald: bool) -> None:
        super().__init__()
        self._redactor = redactor
        self._journald = journald

    def format(self, record: logging.LogRecord) -> str:
        facts = [f"{key}={value}" for key, value in facts_of(record)]
        text = self._clean(" ".join([record.getMessage(), *facts]), LONGEST)
        if self._journald:
            return f"<{_priority(record)}>{text}"
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return f"{at.replace('+00:00', 'Z')} {record.levelname.lower()} {record.name}: {text}"

    def fields(self, record: logging.LogRecord) -> dict[str, str]:
        """The same in the fields of the system journal (systemd.journal-fields(7))."""
        number = id_of(getattr(record, "kind", ""))
        return {
            "MESSAGE": self._clean(record.getMessage(), LONGEST),
            "PRIORITY": str(_priority(record)),
            "SYSLOG_IDENTIFIER": IDENTIFIER,
            **({"MESSAGE_ID": number} if number else {}),
            **{f"TILL_{key.upper()}": self._clean(str(value), _LONGEST_FACT) for key, value in facts_of(record)},
            "LOGGER": record.name,
            "CODE_FILE": record.pathname,
            "CODE_LINE": str(record.lineno),
            "CODE_FUNC": record.funcName or "",
        }

    def _clean(self, text: str, longest: int) -> str:
        """Masked before it is cut: half of a secret would not be known."""
        masked = self._redactor.mask(text)
        shown = safe(masked[:longest])
        cut = len(masked) > longest or len(shown) > longest
        return f"{shown[:longest]}… (cut, it has {len(masked)} characters)" if cut else shown


def _priority(record: logging.LogRecord) -> int:
    return _PRIORITY.get(record.levelno, 6)


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
        journal: Path = SOCKET,
    ) -> None:
        """`wire`: all that is told of the bytes of the ports (logger `till.wire`), not only what of them failed.

        `journald`: to the system journal at `journal`, and to `stream` with priorities what that does not take; else to
        `stream` with times.
        """
        self.redactor = redactor or Redactor()
        lines = _Line(self.redactor, journald=journald)
        target: logging.Handler = logging.StreamHandler(stream or sys.stderr)
        target.setFormatter(lines)
        self._target = JournaldHandler(lines.fields, target, journal) if journald else target
        self._handler = RecordQueue(queue.Queue(size))
        self._listener = Listener(self._handler, self._target)
        self._level = level
        self._wire = wire
        self._before: tuple[int, int, int] | None = None

    def start(self) -> None:
        root, wire = logging.getLogger(), logging.getLogger(WIRE)
        machines = logging.getLogger("transitions")
        self._before = (root.level, wire.level, machines.level)
        machines.setLevel(logging.WARNING)  # it tells every callback; the facts are told by us
        root.setLevel(self._level)
        wire.setLevel(logging.DEBUG if self._wire else logging.WARNING)
        root.addHandler(self._handler)
        self._listener.start()

    def stop(self) -> None:
        """Write what is queued, end the thread, give the root logger back. Harmless when not started."""
        if self._before is None:
            return
        root = logging.getLogger()
        root.removeHandler(self._handler)
        level, wire, machines = self._before
        root.setLevel(level)
        logging.getLogger(WIRE).setLevel(wire)
        logging.getLogger("transitions").setLevel(machines)
        self._before = None
        self._listener.stop()
        self._handler.close()
        self._target.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
