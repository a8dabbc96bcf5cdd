"""Beside a till: one command at work on a thread of its own, while the session's thread still hears Ctrl-C.

All that the command says or asks is handed over to the session's thread, which alone holds the terminal. Whoever no
longer waits leaves it: what only looks is stopped, what changes something goes on to its end, and says nothing more.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from firmware_bridge.console.terminal import Interrupted
from firmware_bridge.progress import Progress

T = TypeVar("T")

EVERY_S: Final = 2.0
"""Seconds of silence after which a line says how far it is."""
_LOOK_S: Final = 0.1
_WINDOW_S: Final = 10.0


_own = threading.local()


def current() -> Work | None:
    """The work that this thread carries out; None in every other thread."""
    found: Work | None = getattr(_own, "work", None)
    return found


class LeftAlone(Interrupted):
    """Ctrl-C while something was at work."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a work is. `total` 0: nobody knows; `rate` a second, 0.0: not known yet; `spent`, `left`: seconds."""

    what: str
    done: int
    total: int
    rate: float
    spent: float

    @property
    def left(self) -> float | None:
        return (self.total - self.done) / self.rate if self.total and self.rate else None


@dataclass(slots=True)
class _Call:
    """Something that the session's thread is to do for the work."""

    do: Callable[[], Any]
    default: Any = None
    ended: threading.Event = field(default_factory=threading.Event)
    result: Any = None
    error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.do()
        except BaseException as error:
            self.error = error
            raise
        finally:
            self.ended.set()

    def give_up(self) -> None:
        """Nobody does it any more."""
        self.result = self.default
        self.error = Interrupted() if self.default is None else None
        self.ended.set()


class Work(Progress):
    """`act`: what is done, on a thread that `start` begins. Handed to whatever can tell how far it is, as its Progress.

    Told of from any thread; `wait`, `leave` and `join` are the session's.
    """

    def __init__(self, name: str, act: Callable[[], None], monotonic: Callable[[], float], *, stops: bool) -> None:
        super().__init__(None, monotonic)
        self.name = name
        self.stops = stops
        self.error: BaseException | None = None
        self._act = act
        self._now = monotonic
        self._began = monotonic()
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._left = False
        self._aim = ("", 0)
        self._samples = deque([(self._began, 0)])
        self._thread = threading.Thread(target=self._run, name=f"console: {name}")

    def _run(self) -> None:
        _own.work = self
        try:
            self._act()
        except BaseException as error:  # noqa: BLE001 - it is raised again in the session's thread
            self.error = error
        finally:
            self._calls.put(None)

    # --- for the work -------------------------------------------------------------------------------------------------

    def call(self, do: Callable[[], T], default: T | None = None) -> T:
        """Have the session's thread do it. When nobody waits any more: `default`, or without one Interrupted."""
        call = _Call(do, default)
        with self._door:
            if self._left:
                call.give_up()
            else:
                self._calls.put(call)
        call.ended.wait()
        if call.error is not None:
            raise call.error
        result: T = call.result
        return result

    def begin(self, what: str, total: int | None = None, unit: str = "") -> None:
        """See Progress. Raises Interrupted when it is to stop."""
        del unit  # the table of words has none
        self._aim = (what, total or 0)
        self._samples = deque([(self._now(), 0)])
        self.tick()

    def at(self, done: int) -> None:
        """See Progress. Raises Interrupted when it is to stop."""
        samples, now = self._samples, self._now()
        samples.append((now, done))
        while len(samples) > 2 and samples[1][0] <= now - _WINDOW_S:
            samples.popleft()
        self.tick()

    def advance(self, more: int = 1) -> None:
        """See Progress."""
        self.at(self._samples[-1][1] + more)

    def tick(self) -> None:
        """See Progress. Raises Interrupted when it is to stop."""
        if self._left and self.stops:
            raise Interrupted

    # --- for the session ----------------------------------------------------------------------------------------------

    @property
    def reached(self) -> Reached:
        """How far it is now."""
        samples, now = list(self._samples), self._now()
        (since, before), (_, done) = samples[0], samples[-1]
        rate = (done - before) / (now - since) if now > since else 0.0
        return Reached(self._aim[0], done, self._aim[1], rate, now - self._began)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def wait(self, interrupted: Callable[[], bool], tell: Callable[[Reached], None]) -> None:
        """Until it ends; `tell` is asked to say how far it is after each `EVERY_S` of silence.

        Raises what the work raised, and LeftAlone when the person does not want to wait any more.
        """
        self._thread.start()
        heard = self._began
        while True:
            try:
                call = self._calls.get(timeout=_LOOK_S)
            except queue.Empty:
                call = _Call(lambda: None)
                if self._now() - heard >= EVERY_S:
                    call = _Call(lambda: tell(self.reached))
                    heard = self._now()
            else:
                heard = self._now()
            if call is None:
                break
            call.run()
            if interrupted():
                raise LeftAlone
        self._thread.join()
        if self.error is not None:
            raise self.error

    def leave(self, patience: float = 0.0) -> bool:
        """Nobody waits any more; True when it has ended within `patience` seconds."""
        with self._door:
            self._left = True
            while not self._calls.empty():
                call = self._calls.get()
                if call is not None:
                    call.give_up()
        self._thread.join(patience)
        return not self._thread.is_alive()

    def join(self) -> None:
        """Until it has ended, by itself."""
        self._thread.join()
