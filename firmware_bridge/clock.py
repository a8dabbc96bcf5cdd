"""Time, injected: the whole till runs on whatever clock it is given, so that a test can run a day in a second."""

from __future__ import annotations

import time
from typing import Protocol


class TillClock(Protocol):
    """`monotonic` in seconds since boot, never back; `utc_ms` wall time, which may jump."""

    def monotonic(self) -> float: ...

    def utc_ms(self) -> int: ...


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def utc_ms(self) -> int:
        return time.time_ns() // 1_000_000
