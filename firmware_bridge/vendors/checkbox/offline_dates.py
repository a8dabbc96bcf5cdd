"""Before anything is delivered to Checkbox on a sale's way: how a date is written, and that none is before another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from firmware_bridge.vendors.checkbox.found import ZONE


def written(at: int) -> str:
    """UTC ms as the page writes a fiscal date: Kyiv's time with its offset, no fraction where there is none."""
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).astimezone(ZONE)
    return local.isoformat(timespec="milliseconds" if at % 1000 else "seconds")


class Floor:
    """The last line of defence: the latest date that was seen here; nothing older is ever sent."""

    def __init__(self) -> None:
        self._at = 0
        self._what = ""

    @property
    def at(self) -> int:
        """UTC ms; 0 before anything was seen."""
        return self._at

    def seen(self, at: int, what: str) -> None:
        if at > self._at:
            self._at, self._what = at, what

    def against(self, at: int) -> str:
        """Why a document of this date must not be sent; "" when it may."""
        if at >= self._at:
            return ""
        return (
            f"its date, {written(at)}, is before {self._what} of {written(self._at)}: a register that gets such a "
            "document is stuck for good; have a technician look at it"
        )
