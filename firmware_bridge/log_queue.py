"""Between whoever tells something and the log: a bounded queue, so that a slow card never stops the loop.

What does not fit is counted, and the count is said. A warning that repeats is told the first time and then at every
power of two; what is about money and state is always told.
"""

from __future__ import annotations

import logging
import logging.handlers
import queue
import threading
import traceback
from pathlib import Path
from typing import Final

FACTS: Final = (
    *("sale", "receipt", "shift", "drawer", "device", "port", "vendor", "record", "till"),
    *("client", "route", "command", "outcome"),
)
"""What a line may be about, as attributes of its record (`extra=`)."""
WIRE: Final = "till.wire"
_FORGET_S: Final = 3600.0
_REMEMBERED: Final = 256


def facts_of(record: logging.LogRecord) -> list[tuple[str, object]]:
    """The facts of a line, in the order of FACTS; empty ones are left out."""
    return [(key, value) for key in FACTS if (value := getattr(record, key, None)) not in (None, "")]


def one_line(error: BaseException) -> str:
    """Return an exception with the places it passed, innermost first, as one line."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    text = f"{type(error).__name__}: {error}"
    return f"{text} at {places}" if places else text


class Repeats:
    """Counts warnings that are equal in text and facts; one that was silent for an hour is a new one."""

    def __init__(self) -> None:
        self._seen: dict[tuple[object, ...], tuple[int, float]] = {}

    def times(self, record: logging.LogRecord) -> int:
        """How often it was told by now, where that is a power of two; else 0: it is not told again."""
        key = (record.name, record.levelno, record.getMessage(), *facts_of(record))
        count, at = self._seen.pop(key, (0, 0.0))
        count = 1 if record.created - at > _FORGET_S else count + 1
        self._seen[key] = count, record.created  # the last one seen stands last
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return count if count & (count - 1) == 0 else 0


class RecordQueue(logging.handlers.QueueHandler):
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


class Listener(logging.handlers.QueueListener):
    def __init__(self, source: RecordQueue, target: logging.Handler) -> None:
        super().__init__(source.queue, target)
        self._source = source
        self._repeats = Repeats()

    def handle(self, record: logging.LogRecord) -> None:
        times = 1 if record.name == WIRE or record.levelno < logging.WARNING else self._repeats.times(record)
        if times > 1:
            record.msg = f"{record.msg} (for the {times}. time)"
        if times:
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
