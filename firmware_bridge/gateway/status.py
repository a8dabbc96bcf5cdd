"""Behind a sale: how far a book is, for the till's status and for the person who has to do something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LaneState = Literal["idle", "delivering", "waiting", "held"]


@dataclass(frozen=True, slots=True)
class BookStatus:
    """A lane at this moment, and what became of its calls since it was started.

    `idle`: the book has everything, or what it lacks is set aside. `waiting`: it is tried again by itself at
    `retry_at` (UTC ms, 0 = no time is set). `held`: until a person has done what `reason` says; tried again slowly.
    `head`: the record that it is held or waits at (0 = none). `cursor`: the last record that is dealt with.

    `parked`: records that the book refused; `behind`: those that wait behind them; `unlearned`: those that wait for
    an id alone. `already`: of those `delivered`, the book had them before. `repeated`: requests sent again after a
    lost answer. `optional_left_out`: calls that the book may do without, refused or lost for good.
    `last_delivered_at`: UTC ms, 0 = nothing yet.
    """

    book: str
    state: LaneState = "idle"
    reason: str = ""
    retry_at: int = 0
    head: int = 0
    cursor: int = 0
    parked: int = 0
    behind: int = 0
    unlearned: int = 0
    delivered: int = 0
    already: int = 0
    repeated: int = 0
    optional_left_out: int = 0
    last_delivered_at: int = 0
