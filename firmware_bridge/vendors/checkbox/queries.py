"""Beside a sale's way: what is looked for at Checkbox (GET /receipts/search, GET /shifts, OpenAPI 0.1.79)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from firmware_bridge.vendors.checkbox.messages import Shift


@dataclass(frozen=True, slots=True)
class Search:
    """What receipts are looked for; moments in ISO 8601. `limit`: 1 to 1000."""

    fiscal_code: str = ""
    barcode: str = ""
    shift_ids: Sequence[str] = ()
    from_date: str = ""
    to_date: str = ""
    limit: int = 25
    offset: int = 0

    def query(self) -> tuple[tuple[str, str], ...]:
        named = (
            ("fiscal_code", self.fiscal_code),
            ("barcode", self.barcode),
            *(("shift_id", one) for one in self.shift_ids),
            ("from_date", self.from_date),
            ("to_date", self.to_date),
        )
        return (*(pair for pair in named if pair[1]), ("limit", str(self.limit)), ("offset", str(self.offset)))


class Shifts(msgspec.Struct, frozen=True):
    """One page of shifts."""

    results: Annotated[list[Shift], msgspec.Meta(max_length=1000)] = []
