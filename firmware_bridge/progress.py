"""Beside a sale's way: how far a long work has come, for the person who waits for it: count, rate and time left.

Nothing is said in the first two seconds, so that whatever is done by then looks as it always did. On a terminal it is
one line, written over and wiped in the end; on a line that cannot do that (a serial console, TERM=dumb) a new one every
two seconds; and where nobody looks, not a byte. rich's bar is not used here: it hides the cursor, which a killed
command never gives back, and it takes longer to load than most commands take.

    with on_terminal(quiet=arguments.json) as progress:
        progress.begin("reading the journal", total=2_000_000, unit="records")
        for done, row in enumerate(rows, 1):
            progress.at(done)
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Final, Self, TextIO, TypeVar

from firmware_bridge.logs import safe

Say = Callable[[str], None]
Item = TypeVar("Item")

PATIENCE_S: Final = 2.0  # that long nobody asks
EVERY_S: Final = 2.0  # between two lines where each is a new one
_REDRAW_S: Final = 0.25  # between two pictures of the line that is written over
_WINDOW_S: Final = 10.0  # the rate is that of the last ten seconds,
_LEAST_SAMPLES: Final = 8  # or, of what comes once a minute, of the last eight
_STALLED: Final = 3  # intervals without one
_SAMPLE_S: Final = 0.1
_PULSE_S: Final = 0.5


class Progress:
    """One long work, maybe of several parts. May be told of from any thread.

    `say` gets one line without its end, None: nobody looks. `monotonic`: seconds. `clear` wipes what `say` wrote last;
    without it each line is taken to be a new one. `every_s`: seconds between two lines.
    """

    def __init__(
        self,
        say: Say | None,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        clear: Callable[[], None] | None = None,
        every_s: float = EVERY_S,
    ) -> None:
        self._say = say
        self._monotonic = monotonic
        self._clear = clear
        self._every_s = every_s
        self._lock = threading.RLock()  # a signal's handler may tell of it, too
        now = monotonic()
        self._next = now + PATIENCE_S
        self._part = _Part("working", None, "", now)

    def begin(self, what: str, total: int | None = None, unit: str = "") -> None:
        """A part begins, counted from 0. `total`: of `unit`s ("records"), None where nobody knows."""
        if self._say is not None:
            with self._lock:
                self._part = _Part(safe(what), total, unit, self._monotonic())
            self.tick()

    def at(self, done: int) -> None:
        """So many of them are done, all in all."""
        if self._say is not None:
            with self._lock:
                now = self._monotonic()
                self._part.at(done, now)
                self._show(now)

    def advance(self, more: int = 1) -> None:
        """So many more are done."""
        if self._say is not None:
            with self._lock:
                self.at(self._part.done + more)

    def tick(self) -> None:
        """Nothing is done, but time has passed."""
        if self._say is not None:
            with self._lock:
                self._show(self._monotonic())

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the `items`, each counted as done when the next one is asked for."""
        for item in items:
            yield item
            self.advance()

    @contextlib.contextmanager
    def pulse(self) -> Iterator[None]:
        """Inside, a thread ticks twice a second: for whoever waits for one long answer and can tell of nothing."""
        if self._say is None:
            yield
            return
        done = threading.Event()
        thread = threading.Thread(target=self._beat, args=(done,), name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _beat(self, done: threading.Event) -> None:
        while not done.wait(_PULSE_S):
            self.tick()

    def aside(self, say: Say) -> Say:
        """Return `say` for a result's own lines: the line of progress makes room for each of them."""
        if self._say is None:
            return say

        def said(text: str) -> None:
            with self._lock:
                self.close()
                say(text)

        return said

    def close(self) -> None:
        """Wipe the line, if there is one: something else is said now. It comes back after two more seconds."""
        with self._lock, contextlib.suppress(OSError):
            self._next = self._monotonic() + PATIENCE_S
            if self._clear is not None:
                self._clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _show(self, now: float) -> None:
        if self._say is None or now < self._next:
            return
        self._next = now + self._every_s
        try:
            self._say(self._part.line(now))
        except OSError:
            self._say = None  # the terminal is gone; the work is not


class _Part:
    """What is counted now. `_samples`: (when, how many done), the first one at or just before the window's begin."""

    def __init__(self, what: str, total: int | None, unit: str, now: float) -> None:
        self.what = what
        self.total = total
        self.unit = unit
        self.began = self.moved = now
        self.done = 0
        self._samples = deque([(now, 0)])

    def at(self, done: int, now: float) -> None:
        if done != self.done:
            self.moved = now
        self.done = done
        if now - self._samples[-1][0] >= _SAMPLE_S:
            self._samples.append((now, done))
        while len(self._samples) > _LEAST_SAMPLES and self._samples[1][0] <= now - _WINDOW_S:
            self._samples.popleft()

    def line(self, now: float) -> str:
        """The whole of it, what matters most first: "reading: 13 %, 19 s left (1 234 of 9 000 records, 410/s)"."""
        if not self.done and self.total is None:
            return f"{self.what}: {duration(now - self.began)} so far"
        rate = self._rate(now)
        details = [speed(rate)] if rate else []
        unit = f" {self.unit}" if self.unit else ""
        if self.total is None:
            facts = [f"{grouped(self.done)}{unit}", f"{duration(now - self.began)} so far"]
        else:
            whole = max(self.total, self.done)
            facts = [f"{100 * self.done // whole} %"] if whole else []
            facts += [f"{duration((whole - self.done) / rate)} left"] if rate else []
            details.insert(0, f"{grouped(self.done)} of {grouped(whole)}{unit}")
        if not rate and now - self.moved >= EVERY_S:
            facts.append(f"waiting for {duration(now - self.moved)}")
        return f"{self.what}: {', '.join(facts)}" + (f" ({', '.join(details)})" if details else "")

    def _rate(self, now: float) -> float:
        """Per second; 0 where none is known yet, or nothing has moved for longer than the window."""
        began, before = self._samples[0]
        interval = (self._samples[-1][0] - began) / max(len(self._samples) - 1, 1)
        if now - self.moved > max(_WINDOW_S, _STALLED * interval) or now <= began:
            return 0.0
        return max(self.done - before, 0) / (now - began)


def grouped(number: int) -> str:
    """Return 1234567 as "1 234 567": a plain space, which every terminal and every line has."""
    return f"{number:,}".replace(",", " ")


def duration(seconds: float) -> str:
    """Return it in plain words, no finer than anybody needs: "8 s", "45 s", "3 min", "1 h 20 min"."""
    if seconds < 90:
        whole = round(seconds)
        return f"{whole if whole <= 10 else 5 * round(whole / 5)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def speed(rate: float) -> str:
    """Return so many a second in plain words: "4 100/s", "2.5/s", "12.0/min", "3.1/h"."""
    if rate >= 10:
        return f"{grouped(round(rate))}/s"
    if rate >= 1:
        return f"{rate:.1f}/s"
    return f"{rate * 60:.1f}/min" if rate * 60 >= 1 else f"{rate * 3600:.1f}/h"


class _Line:
    """The line of a terminal that is written over. ESC [ K wipes what is right of the cursor (ECMA-48 8.3.41)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = False

    def show(self, text: str) -> None:
        self._shown = True  # before: Ctrl-C may come in between
        # One column stays free: in the last one some terminals go on to the next line.
        self._put(f"\r{text[: self._columns() - 1]}\x1b[K")

    def clear(self) -> None:
        if self._shown:
            self._put("\r\x1b[K")
            self._shown = False

    def _put(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _columns(self) -> int:
        try:
            # Asked anew each time: a window changes its size. A serial line says 0.
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except OSError:
            return 80


#: For whoever is told of by nobody: it does nothing.
QUIET: Final = Progress(None)


def on_terminal(
    stream: TextIO | None = None, monotonic: Callable[[], float] = time.monotonic, *, quiet: bool = False
) -> Progress:
    """The progress of a command: on its stderr, or `stream`, if that is a terminal; else, or if `quiet`, none."""
    stream = sys.stderr if stream is None else stream
    if quiet or not stream.isatty():
        return QUIET
    if os.environ.get("TERM", "dumb") in ("", "dumb"):
        return Progress(lambda text: _new_line(stream, text), monotonic)
    line = _Line(stream)
    return Progress(line.show, monotonic, clear=line.clear, every_s=_REDRAW_S)


def _new_line(stream: TextIO, text: str) -> None:
    stream.write(text + "\n")
    stream.flush()
