"""Behind a sale's way: what happens at the till, live, as an iterator that comes back where it was cut off.

Server-sent events (WHATWG HTML, section 9.2). An event counts when it is whole; the number of the last one that was
given out goes with the next connection (Last-Event-ID), and none with that number or a lower one is given out again:
no gap, no double, whatever happens to the line. A till that says nothing for `silence_s`, not even that it is alive,
is taken for gone.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import msgspec

from firmware_bridge.api.answer_schema import Event
from firmware_bridge.client.asking import Asker
from firmware_bridge.client.errors import NotATill, TillAway, TooMuch, refusal
from firmware_bridge.client.line import Call, NotReached, Reply, Unanswered
from firmware_bridge.client.replies import problem_of, retry_after

MAX_EVENT: Final = 1024 * 1024
"""Bytes of one line of the stream."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Seconds. `gone_s`: after so long without a sign of life (the till gives one every 15) the line is made anew.

    `wait_s`: the iterator ends when nothing has happened for so long; None = never.
    """

    gone_s: float = 40.0
    wait_s: float | None = None


class Events:
    """An iterator over events, and a context manager. `last`: number of the last one given out; whoever keeps it goes
    on there another day. `close`, also from another thread, ends it.
    """

    def __init__(self, asker: Asker, after: int, silence: Silence) -> None:
        self._asker = asker
        self._silence = silence
        self._call: Call | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._since = asker.clock()
        self._pause = asker.patience.first_pause_s
        self.last = after

    def close(self) -> None:
        """Hang up, for good; whoever waits for the next event sees the end."""
        self._closed.set()
        with self._lock:
            if self._call is not None:
                self._call.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event:
        """The next event. Raises StopIteration when it was closed, or nothing happened for `wait_s`; TillAway when in
        all that time nobody answered, Refused when the till does not let this token see events."""
        while not self._closed.is_set():
            try:
                event = self._read()
            except TimeoutError:
                self._hang_up()
                if self._left() <= 0:
                    break
                continue
            except Unanswered as error:
                self._hang_up()
                self._later(error)
                continue
            if event is not None and event.seq > self.last:
                self.last, self._since = event.seq, self._asker.clock()
                return event
        self._hang_up()
        raise StopIteration

    def _left(self) -> float:
        wait = self._silence.wait_s
        return float("inf") if wait is None else self._since + wait - self._asker.clock()

    # --- the line -------------------------------------------------------------------------------------------------

    def _read(self) -> Event | None:
        """The next whole event, None for a sign of life. Raises Unanswered, TimeoutError, Refused, TillAway."""
        call = self._call or self._connected()
        data = b""
        while True:
            line = call.line(max(0.001, min(self._silence.gone_s, self._left())), MAX_EVENT)
            if not line:
                raise Unanswered("the till ended the stream")
            self._pause = self._asker.patience.first_pause_s
            line = line.rstrip(b"\r\n")
            if not line:
                return _event(data) if data else None
            if line.startswith(b"data:"):
                data += line[5:].removeprefix(b" ")

    def _connected(self) -> Call:
        headers = {**self._asker.headers(), "Accept": "text/event-stream", "Last-Event-ID": str(self.last)}
        limit = self._asker.patience.answer_s
        try:
            call = Call(self._asker.place, limit)
        except NotReached as error:
            raise Unanswered(str(error)) from error
        try:
            status, told = call.ask("GET", "/v1/events", headers, None, limit)
            media = told.get("content-type", "").partition(";")[0].strip()
            if (status, media) != (200, "text/event-stream"):
                self._refused(Reply(status, told, call.body()))
        except BaseException:
            call.__exit__(None, None, None)
            raise
        with self._lock:
            self._call = call
            if self._closed.is_set():
                call.close()
        return call

    def _refused(self, reply: Reply) -> None:
        """Raises Refused, or Unanswered when it may be otherwise later."""
        problem = problem_of(reply)
        if problem is None:
            raise Unanswered("what answers there is no till")
        said = refusal(problem)
        if not isinstance(said, TooMuch) and problem.status < 500:
            raise said
        self._pause = max(self._pause, retry_after(reply))
        raise Unanswered(str(said)) from said

    def _later(self, error: Unanswered) -> None:
        """Wait before the next connection. Raises TillAway or NotATill when there is no time for one."""
        pause = self._pause
        self._pause = min(pause * 2, self._asker.patience.longest_pause_s)
        if self._left() <= pause and not self._closed.is_set():
            if isinstance(error.__cause__, NotReached):
                raise TillAway(f"The till does not answer at {self._asker.place}: {error}") from error
            raise NotATill(f"The till's events cannot be read at {self._asker.place}: {error}") from error
        self._closed.wait(pause)

    def _hang_up(self) -> None:
        with self._lock:
            call, self._call = self._call, None
        if call is not None:
            call.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._hang_up()


def _event(data: bytes) -> Event:
    try:
        return msgspec.json.decode(data, type=Event)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unanswered("what comes there are no events of a till") from error
