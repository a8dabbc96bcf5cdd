"""In the vendor's place on a sale's way: time, given from outside, so that a test runs a day in a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

#: The zone of receipts, of `tax_url` and of the hour at which an organisation closes its shifts.
KYIV = ZoneInfo("Europe/Kyiv")


class Clock(Protocol):
    """`now` is UTC with microseconds and never goes back; `advance` moves it forward by seconds."""

    def now(self) -> datetime: ...

    def advance(self, seconds: float) -> None: ...


class VirtualClock:
    """Stands still until `advance`."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)) -> None:
        """`start` must carry a zone. 2 March 2026, 08:00 in Kyiv, unless given."""
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        """Raises ValueError for a step back: a vendor's clock does not."""
        self._now += _forward(seconds)


class RunningClock:
    """The machine's wall clock, plus whatever was advanced; a wall clock set back is waited for."""

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
    if not 0 <= seconds <= 400 * 86_400:
        raise ValueError(f"the clock goes forward by 0 seconds to 400 days, not by {seconds}")
    return timedelta(seconds=seconds)


def iso(at: datetime) -> str:
    """ISO 8601 as the vendor writes it: UTC, `+00:00`, microseconds unless they are zero."""
    return at.astimezone(UTC).isoformat()
