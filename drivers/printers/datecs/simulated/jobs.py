"""In a simulated fiscal printer: how long its electronics take for an order, and the one order that keeps them busy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SYN_EVERY: Final = 0.06
REACTION: Final = 0.004
#: Seconds that an order keeps the device busy, if not 20 ms.
BUSY: Final = {
    0x30: 0.15,
    0x31: 0.05,
    0x34: 0.05,
    0x35: 0.08,
    0x38: 0.35,
    0x56: 0.35,
    0x3C: 0.25,
    0x45: 2.0,
    0x46: 0.3,
}


@dataclass(slots=True)
class Job:
    """The order that keeps the device busy. `ready_at` None: until everything is printed."""

    frame: bytes
    ready_at: float | None
    next_syn: float | None
