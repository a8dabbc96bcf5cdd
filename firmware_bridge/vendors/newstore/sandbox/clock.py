"""In the vendor's place behind a sale: time, given from outside, and how the vendor writes and reads it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_FURTHEST_S: Final = 400 * 86_400


class Clock(Protocol):
    """`now` is UTC and never goes back; `advance` moves it forward by seconds."""

    def now(self) -> datetime: ...

    def advance(self, seconds: float) -> None: ...


class VirtualClock:
    """Stands still until `advance`."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        """`start` must carry a zone."""
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        """Raises ValueError for a step back."""
        self._now += _step(seconds)


class RunningClock:
    """The machine's wall clock plus what was advanced; set back, it stands until the old time is reached."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._latest = datetime.now(UTC)

    def now(self) -> datetime:
        self._latest = max(self._latest, datetime.now(UTC) + self._ahead)
        return self._latest

    def advance(self, seconds: float) -> None:
        """Raises ValueError for a step back."""
        self._ahead += _step(seconds)


def _step(seconds: float) -> timedelta:
    if not 0 <= seconds <= _FURTHEST_S:
        raise ValueError(f"the clock goes forward, by 0 to {_FURTHEST_S} seconds, not by {seconds}")
    return timedelta(seconds=seconds)


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC with `Z`, a fraction of a second only where there is one, as all samples of the page have it."""
    text = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text.rstrip("0").rstrip(".") + "Z"


def read_stamp(text: str) -> datetime:
    """The moment of an RFC 3339 text, in UTC. Raises ValueError."""
    if _RFC3339.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no RFC 3339 time")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error
