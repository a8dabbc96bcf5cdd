"""Virtual time for a whole till and its vendor in one process: real sockets, real tasks, no second of waiting.

The loop's clock stands while something is ready, and jumps to the next timer when nothing is. While an exchange is on
its way over a socket the loop first gives the kernel a moment of real time.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

KERNEL_S: Final = 0.005
"""Real seconds in which a byte that was written on the loopback is certainly there."""
LATE_S: Final = 1e-6
"""No timer of a real machine is early, and none is on time."""
HUNG_S: Final = 20.0
LIFE: ContextVar[set[asyncio.Task[Any]] | None] = ContextVar("LIFE", default=None)
"""The tasks of the process that is being played; None outside of it."""
_T = TypeVar("_T")


class Jumping(selectors.DefaultSelector):
    """`now`: virtual seconds. `on_the_way`: exchanges of which an answer may still come. `jumps`: counted."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.on_the_way = 0
        self.jumps = 0

    def time(self) -> float:
        return self.now

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None:
            ready = super().select(HUNG_S)
            if not ready:
                raise AssertionError("nothing will ever happen any more: no timer is set and no socket is ready")
            return ready
        if self.on_the_way and (ready := super().select(KERNEL_S)):
            return ready
        self.now += timeout + LATE_S
        self.jumps += 1
        return []


class Passing(Jumping):
    """Real time, for what is measured."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = time.monotonic()

    def time(self) -> float:
        return time.monotonic() - self._begun

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return selectors.DefaultSelector.select(self, timeout)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop over `Jumping`; a task made in the course of a life belongs to it."""

    def __init__(self, machine: Jumping) -> None:
        self.time_machine = machine
        super().__init__(machine)
        self.set_task_factory(_of_its_life)

    def time(self) -> float:
        return self.time_machine.time()

    @contextmanager
    def exchanging(self) -> Iterator[None]:
        """While this lasts something may come over a socket."""
        self.time_machine.on_the_way += 1
        try:
            yield
        finally:
            self.time_machine.on_the_way -= 1


def _of_its_life(loop: asyncio.AbstractEventLoop, work: Any, **named: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **named)
    life = LIFE.get()
    if life is not None:
        life.add(task)
        task.add_done_callback(life.discard)
    return task


def virtually(talk: Callable[[VirtualLoop], Awaitable[_T]], machine: type[Jumping] = Jumping) -> _T:
    """Run it from its beginning to its end in virtual time, or as `machine` has it."""
    made: list[VirtualLoop] = []

    def loop() -> VirtualLoop:
        made.append(VirtualLoop(machine()))
        return made[0]

    async def main() -> _T:
        return await talk(made[0])

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(main())


class VendorClock:
    """The vendor's: true time and `skew_s`, which never changes."""

    def __init__(self, loop: VirtualLoop, start: datetime, skew_s: float) -> None:
        self._loop = loop
        self._start = start.astimezone(UTC) + timedelta(seconds=skew_s)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())

    def advance(self, seconds: float) -> None:
        raise AssertionError(f"time passes by itself here, not by {seconds} s")


class MachineClock:
    """The till's machine: `wall_error_ms` is how far its wall clock is off; `boot` begins a monotonic clock anew."""

    def __init__(self, loop: VirtualLoop, start: datetime) -> None:
        self._loop = loop
        self._start_ms = round(start.timestamp() * 1000)
        self._booted = -1000.0
        self.boots = 0
        self.wall_error_ms = 0
        self.synchronised = True

    def true_ms(self) -> int:
        return self._start_ms + int(self._loop.time() * 1000)

    def monotonic(self) -> float:
        return self._loop.time() - self._booted

    def utc_ms(self) -> int:
        return self.true_ms() + self.wall_error_ms

    def boot(self) -> None:
        self._booted = self._loop.time() - 5.0
        self.boots += 1

    def step(self, ms: int) -> None:
        """Somebody sets the wall clock by hand: the kernel calls it synchronised no longer."""
        self.wall_error_ms += ms
        self.synchronised = False

    def synchronise(self) -> None:
        self.wall_error_ms, self.synchronised = 0, True
