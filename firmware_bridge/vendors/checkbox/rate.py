"""Before a document leaves for Checkbox on a sale's way: not more than the register may send.

More than two receipts a second hold a register's transmission for five seconds (observed on a test register,
interface 2.106; the organisation's own numbers are receipts_ratelimit_count and receipts_ratelimit_interval).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

Sleep = Callable[[float], Awaitable[None]]


class Pace:
    """At most `count` documents in any `seconds`. `monotonic` in seconds; count 0 = no limit."""

    def __init__(self, count: int, seconds: float, monotonic: Callable[[], float], sleep: Sleep) -> None:
        self._count = count
        self._seconds = seconds
        self._monotonic = monotonic
        self._sleep = sleep
        # what the process before this one sent a moment ago is not known: as if all of it had just left
        self._done: deque[float] = deque([monotonic()] * count, maxlen=max(count, 1))

    async def wait(self) -> None:
        """Return when one more may leave."""
        if self._count == 0 or len(self._done) < self._count:
            return
        while (left := self._done[0] + self._seconds - self._monotonic()) > 0:
            await self._sleep(max(left, 0.001))  # a rest too small for a clock to show must pass too

    def left(self) -> None:
        """One has been sent and answered, or given up.

        Counted from here and not from its departure: whenever it arrived, it was not later, so what is sent a full
        interval after this moment is a full interval later for the register too.
        """
        self._done.append(self._monotonic())
