"""Beside every answer of Checkbox on a sale's way: what its clock shows, as closely as the answers tell. Pure.

An answer's Date has whole seconds and is written at some moment between the request and the answer: it bounds the
other clock from both sides. The bounds are carried on by the monotonic clock, so that a step of the till's own wall
clock does not move them, and every answer can only draw them closer together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

SECOND_MS: Final = 1000  # a Date is cut to seconds
DRIFT: Final = 200e-6  # how fast two clocks may part, of the time since the last answer


class ServerClock:
    """`monotonic` in seconds. Moments of the other clock are UTC ms; None before the first answer with a date."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._anchor = 0.0
        self._bounds: tuple[float, float] | None = None

    def learn(self, date_ms: int, sent: float, received: float) -> None:
        """An answer of this Date came; `sent`, `received` in seconds of the monotonic clock.

        What contradicts all that was known before means that the other clock was set: then this answer alone counts.
        """
        earliest, latest = float(date_ms), date_ms + SECOND_MS + (received - sent) * 1000
        known = self._at(received)
        if known is not None and known[0] <= latest and earliest <= known[1]:
            earliest, latest = max(earliest, known[0]), min(latest, known[1])
        self._anchor, self._bounds = received, (earliest, latest)

    def earliest_ms(self) -> int | None:
        """It is not earlier there than this."""
        known = self._at(self._monotonic())
        return None if known is None else int(known[0] // 1)

    def latest_ms(self) -> int | None:
        """It is not later there than this."""
        known = self._at(self._monotonic())
        return None if known is None else -int(-known[1] // 1)

    def _at(self, moment: float) -> tuple[float, float] | None:
        if self._bounds is None:
            return None
        passed = max(moment - self._anchor, 0.0) * 1000
        return self._bounds[0] + passed * (1 - DRIFT), self._bounds[1] + passed * (1 + DRIFT)
