"""In any vendor's place on a sale's way: time, given from outside, so that a test runs a day in a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

_FURTHEST_S: Final = 400 * 86_400


class Clock(Protocol):
    """`now` is UTC with microseconds and never goes back; `advance` moves it forward by seconds."""

    def now(self) -> datetime: ...

    def advance(self, seconds: float) -> None: ...


class VirtualClock:
    """Stands still until `advance`."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)) -> None:
        """`start` must carry a zone."""
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        """Raises ValueError for a step back: a vendor's clock does not."""
        self._now += _forward(seconds)


class RunningClock:
    """The machine's wall clock plus whatever was advanced; set back, it stands until the old time is reached."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._latest = datetime.now(UTC)

    def now(self) -> datetime:
        self._latest = max(self._latest, datetime.now(UTC) + self._ahead)
        return self._latest

    def advance(self, seconds: float) -> None:
        """Raises ValueError for a step back."""
        self._ahead += _forward(seconds)


def _forward(seconds: float) -> timedelta:
    if not 0 <= seconds <= _FURTHEST_S:
        raise ValueError(f"the clock goes forward by 0 to {_FURTHEST_S} seconds, not by {seconds}")
    return timedelta(seconds=seconds)
