"""Beside a sale's way: when an exchange fails, what passed the wire last is written down, once for each failure.

To the log (`till.wire`, a warning and a few decoded lines) and as a recording beside the journal, in `JOURNAL.wire/`,
that `firmware-bridge wire show|replay` reads. Whoever drives the device hands the frames over and goes on: masking and
writing are a thread's work, and a card that does not take it costs the dump, never the device. No sync: a dump that a
power cut takes was about something else than the power cut.

Bounded: FILES recordings, BYTES together, the oldest go first; a device that flaps is dumped BURST times and then once
in PAUSE_S, and the next line says how often it was not. Masked in every direction across the frames, length for length:
card numbers but for their last four digits, and every secret that this process has read.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from drivers.ports.observed import Direction
from drivers.ports.recorder import plain_open
from drivers.ports.recording import Entry, Header
from firmware_bridge.clock import TillClock
from firmware_bridge.log_kinds import about
from firmware_bridge.logs import Redactor

if TYPE_CHECKING:
    from drivers.ports.recorded import Recording

log = logging.getLogger(__name__)
wire_log = logging.getLogger("till.wire")

FILES: Final = 40
BYTES: Final = 8 * 1024 * 1024
BURST: Final = 3
PAUSE_S: Final = 300.0
#: Decoded lines of a dump that go to the log, and characters of one.
LINES: Final = 12
_WIDTH: Final = 160
#: The language of a vendor's client: its requests and their answers, without headers and bodies.
HTTP: Final = "http"
_WAITING: Final = 16
_PATIENCE_S: Final = 2.0
_FOLDER_MODE: Final = 0o700
_NAME: Final = re.compile(r"\d{8}T\d{6}\.\d{3}Z-[\w+.-]{1,40}-\d{4}\.jsonl(\.part)?")
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_+.-]")


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed: `device` = its role or the vendor's host, `port` as configured, `driver` = whose language it is.

    `frames`: the last ones, oldest first, `t` in seconds of any clock that only goes forward, which is at `now`.
    `document_id`: what it was about, "" = nothing in particular.
    """

    device: str
    port: str
    driver: str
    reason: str
    frames: Sequence[Entry]
    now: float
    document_id: str = ""


class Dumper(Protocol):
    """What a lane and a vendor's client know of it."""

    def failed(self, failure: Failure) -> None:
        """Write this down if it is not too often; never waits, never raises. From any thread."""


class Allowance:
    """For each device BURST dumps, and another one for each PAUSE_S that pass."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._left: dict[str, tuple[float, float, int]] = {}
        self._lock = threading.Lock()

    def take(self, device: str) -> int | None:
        """None: not now. Else how many were held back since the last one."""
        with self._lock:
            now = self._monotonic()
            left, at, held = self._left.get(device, (float(BURST), now, 0))
            left = min(float(BURST), left + (now - at) / PAUSE_S)
            if left < 1:
                self._left[device] = (left, now, held + 1)
                return None
            self._left[device] = (left - 1, now, 0)
            return held


class WireDumps:
    """Implements `Dumper` for the folder beside a journal, which is made with the first dump, and so is the thread.

    `redactor` knows this process's secrets. At most `files` of `size` bytes together. `close` ends it.
    """

    def __init__(
        self, folder: Path, clock: TillClock, redactor: Redactor, *, files: int = FILES, size: int = BYTES
    ) -> None:
        self.folder = folder
        self._files = files
        self._size = size
        self._clock = clock
        self._redactor = redactor
        self._allowance = Allowance(clock.monotonic)
        self._queue: queue.Queue[tuple[Failure, int, int] | None] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._number = 0

    def failed(self, failure: Failure) -> None:
        """See Dumper."""
        held = self._allowance.take(failure.device)
        if held is None:
            return
        with self._lock:
            if self._closed:
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="wire-dumps", daemon=True)
                self._thread.start()
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait((failure, self._clock.utc_ms(), held))

    def close(self) -> None:
        """Write what waits (2 s at most) and end the thread. Harmless twice."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            with contextlib.suppress(queue.Full):
                self._queue.put(None, timeout=_PATIENCE_S)
            thread.join(_PATIENCE_S)

    # --- its thread -------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while (item := self._queue.get()) is not None:
            failure, at, held = item
            try:
                self._dump(failure, at, held)
            except Exception:  # a dump that cannot be made must not end those after it
                log.exception("what passed the wire last could not be written down", extra=about(device=failure.device))

    def _dump(self, failure: Failure, at: int, held: int) -> None:
        recording = self._recording(failure, at)
        try:
            where = self._write(recording, failure, at)
        except OSError as error:
            where = f"nowhere ({error.strerror or error})"
        who = {"vendor" if failure.driver == HTTP else "device": failure.device}
        facts = about("exchange-failed", port=failure.port, receipt=failure.document_id, **who)
        more = f" ({held} more failures of it before were not written down)" if held else ""
        count = len(recording.entries) - 1
        wire_log.warning(
            "an exchange failed: %s; its last %d frames: %s%s", failure.reason, count, where, more, extra=facts
        )
        self._decoded(recording, who)

    def _decoded(self, recording: Recording, who: dict[str, str]) -> None:
        from firmware_bridge.wire_show import line, rows  # noqa: PLC0415 - loaded with the first dump
        from firmware_bridge.wire_words import without_texts, words_of  # noqa: PLC0415 - as above

        last = recording.entries[-1].t
        words = words_of(recording.header.driver, "bg", "cp1251")
        for row in [*rows(recording, words)][-LINES - 1 : -1]:
            told = line({**without_texts(row), "t": row["t"] - last}).strip()
            wire_log.warning("%s", told[:_WIDTH], extra=about(**who))

    def _recording(self, failure: Failure, at: int) -> Recording:
        begin = failure.frames[0].t if failure.frames else failure.now
        begun = _rfc3339(at - round((failure.now - begin) * 1000))
        entries = [replace(each, t=max(0.0, each.t - begin)) for each in masked(failure.frames, self._redactor.blot)]
        mask = self._redactor.mask
        entries = [replace(each, note=mask(each.note)) if each.note else each for each in entries]
        last = max(failure.now - begin, entries[-1].t if entries else 0.0)
        entries.append(Entry(last, "close", note=f"failed: {mask(failure.reason)}"))
        from drivers.ports.recorded import Recording  # noqa: PLC0415 - loaded with the first dump

        return Recording(Header(mask(failure.port), failure.driver, begun), tuple(entries))

    def _write(self, recording: Recording, failure: Failure, at: int) -> str:
        self.folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        data = recording.header.line() + b"".join(entry.line() for entry in recording.entries)
        self._number = (self._number + 1) % 10_000
        stamp = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%dT%H%M%S") + f".{at % 1000:03d}Z"
        role = _UNFIT.sub("_", failure.device)[:40] or "port"
        path = self.folder / f"{stamp}-{role}-{self._number:04d}.jsonl"
        beside = path.with_name(f"{path.name}.part")
        with os.fdopen(plain_open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
            file.write(data)
        beside.replace(path)
        self._make_room(path)
        return str(path)

    def _make_room(self, newest: Path) -> None:
        """Only files of this name are ours to remove; the newest stays, whatever its size."""
        found = sorted((each for each in self.folder.iterdir() if _NAME.fullmatch(each.name)), reverse=True)
        room, number = self._size, 0
        for path in found:
            room, number = room - path.lstat().st_size, number + 1
            if path != newest and (room < 0 or number > self._files or path.suffix == ".part"):
                path.unlink(missing_ok=True)


def masked(frames: Iterable[Entry], blot: Callable[[bytes], bytes]) -> list[Entry]:
    """The frames with the bytes of each direction blotted as a whole: what is split between two is found too.

    `blot` returns as many bytes as it is given.
    """
    found = list(frames)
    ways: tuple[Direction, Direction] = ("in", "out")
    for way in ways:
        data, at = blot(b"".join(each.data for each in found if each.dir == way)), 0
        for index, each in enumerate(found):
            if each.dir == way:
                found[index] = replace(each, data=data[at : at + len(each.data)])
                at += len(each.data)
    return found


def _rfc3339(utc_ms: int) -> str:
    return datetime.fromtimestamp(utc_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
