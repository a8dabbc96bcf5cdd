"""In the place of who orders a sale: how much one caller may ask: a bucket that leaks, and time of operation.

Source: the vendor's page on limits: each request adds one, two leak out each second, above fifty nothing is let in; a
method may run 480 s in ten minutes, counted in buckets of one minute.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from firmware_bridge.vendors.bitrix24.sandbox.errors import system

_MINUTE: Final = 60
_WINDOW_MIN: Final = 10


class Bucket:
    """`burst` requests at once, `rate` of them forgotten each second."""

    def __init__(self, burst: int, rate: float) -> None:
        self._burst = burst
        self._rate = rate
        self._level = 0.0
        self._at: datetime | None = None

    def take(self, now: datetime) -> None:
        """Raises Refused (503); what is refused does not count."""
        if self._at is not None:
            self._level = max(0.0, self._level - (now - self._at).total_seconds() * self._rate)
        self._at = now
        if self._level + 1 > self._burst:
            raise system("QUERY_LIMIT_EXCEEDED")
        self._level += 1


class Operating:
    """Seconds that each method has run, by minute."""

    def __init__(self, limit_s: float) -> None:
        self._limit = limit_s
        self._used: dict[str, dict[int, float]] = {}

    def check(self, method: str, now: datetime) -> None:
        """Raises Refused (429)."""
        if self.used(method, now) >= self._limit:
            raise system("OPERATION_TIME_LIMIT")

    def add(self, method: str, now: datetime, seconds: float) -> None:
        minutes = self._used.setdefault(method, {})
        minute = int(now.timestamp()) // _MINUTE
        minutes[minute] = minutes.get(minute, 0.0) + seconds

    def used(self, method: str, now: datetime) -> float:
        first = int(now.timestamp()) // _MINUTE - _WINDOW_MIN + 1
        return sum(seconds for minute, seconds in self._used.get(method, {}).items() if minute >= first)

    def resets_at(self, method: str, now: datetime) -> int:
        """Unix seconds at which a part of it is forgotten."""
        first = int(now.timestamp()) // _MINUTE - _WINDOW_MIN + 1
        oldest = min((one for one in self._used.get(method, {}) if one >= first), default=first + _WINDOW_MIN - 1)
        return (oldest + _WINDOW_MIN) * _MINUTE
