"""Before every call to Bitrix24: no more requests than it takes, so that a sale's result is never held up by a block.

Source: the vendor's page on limits: a bucket of 50 that lets out 2 a second; a method's time of operation is told with
every answer, and `operating_reset_at` says when a part of it is forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from firmware_bridge.vendors.bitrix24.errors import NotNow

BURST: Final = 50
RATE_PER_S: Final = 2.0
UNTOLD_S: Final = 60.0
"""How long a method rests that was blocked without a word on when it will be let in again."""
Sleep = Callable[[float], Awaitable[None]]


class Limiter:
    """One portal's bucket as we fill it. `monotonic`: seconds; `utc_ms`: for the portal's own times."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        utc_ms: Callable[[], int],
        sleep: Sleep = asyncio.sleep,
        burst: int = BURST,
        rate: float = RATE_PER_S,
    ) -> None:
        self._monotonic = monotonic
        self._utc_ms = utc_ms
        self._sleep = sleep
        self._burst = burst
        self._rate = rate
        self._level = 0.0
        self._at = monotonic()
        self._resets: dict[str, int] = {}
        self._blocked: dict[str, float] = {}

    async def take(self, method: str) -> None:
        """Wait until one more request fits. Raises NotNow while the method's time is used up."""
        left = self._blocked.get(method, 0.0) - self._monotonic()
        if left > 0:
            raise NotNow(method, "OPERATION_TIME_LIMIT", left)
        while True:
            now = self._monotonic()
            self._level = max(0.0, self._level - (now - self._at) * self._rate)
            self._at = now
            if self._level + 1 <= self._burst:
                self._level += 1
                return
            await self._sleep((self._level + 1 - self._burst) / self._rate)

    def full(self) -> None:
        """The portal says that its bucket is full: somebody else fills it too."""
        self._level, self._at = float(self._burst), self._monotonic()

    def told(self, method: str, reset_at: int) -> None:
        """When a part of the method's time is forgotten, unix seconds, as its answer said."""
        self._resets[method] = reset_at

    def used_up(self, method: str) -> NotNow:
        """The method's time is used up; returns when it is let in again."""
        after = self._resets.get(method, 0) - self._utc_ms() / 1000
        after = after if 0 < after <= 600 else UNTOLD_S
        self._blocked[method] = self._monotonic() + after
        return NotNow(method, "OPERATION_TIME_LIMIT", after)
