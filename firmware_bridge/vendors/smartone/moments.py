"""Between the register's clock and ours on a sale's way: `YYYY-MM-DD HH:MM:SS`, 24 hours, no zone; pure.

Source: core-cashbox 2.5.3 (openTime, closeTime), 2.07 (shift_exceeds_at), 2.02 (date). The page writes `hh`; an
afternoon can only be told with 24 hours.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

FORM: Final = "%Y-%m-%d %H:%M:%S"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def written(utc_ms: int, zone: tzinfo) -> str:
    """A moment as the register writes it, cut to the second."""
    at = (_EPOCH + timedelta(milliseconds=utc_ms)).astimezone(zone)
    return f"{at.year:04d}" + at.strftime("-%m-%d %H:%M:%S")


def read(text: str, zone: tzinfo) -> int | None:
    """UTC ms of a moment as the register writes it; None when it is none."""
    try:
        at = datetime.strptime(text.strip(), FORM).replace(tzinfo=zone)
    except ValueError:
        return None
    return (at - _EPOCH) // timedelta(milliseconds=1)
