"""Beside a sale's way, after it: how this till speaks to NewStore's book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from firmware_bridge.vendors.newstore.calls import Calls


@dataclass(frozen=True, slots=True)
class Terms:
    """`drawers`: ours -> NewStore's; others are not told of. The rest as in NewStoreConfig."""

    calls: Calls
    drawers: Mapping[str, str]
    order_id: Literal["order_ref", "sale_number"] = "order_ref"
    uncounted: Literal["park", "leave_active"] = "park"
    reasons: Mapping[str, str] = field(default_factory=dict)
