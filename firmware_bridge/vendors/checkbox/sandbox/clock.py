"""In the vendor's place on a sale's way: its zone, and how it writes a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

#: The zone of receipts, of `tax_url` and of the hour at which an organisation closes its shifts.
KYIV = ZoneInfo("Europe/Kyiv")


def iso(at: datetime) -> str:
    """ISO 8601 as the vendor writes it: UTC, `+00:00`, microseconds unless they are zero."""
    return at.astimezone(UTC).isoformat()
