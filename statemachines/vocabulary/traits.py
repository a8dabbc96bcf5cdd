"""What a fiscaliser can do. The rules plan a sale's stages from these traits and never know a vendor's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FiscaliserTraits:
    """`registers`: there is a fiscaliser at all. `prints`/`kicks`: it makes the paper/opens the drawer itself.

    `collects_card`: it charges the card. `polls`: its answer comes later and is polled. `offline`: it can stamp
    from a pool of codes without network. `lookup`: how a lost answer is found again. `copy`: it makes copies itself.
    `sells_in_doubt`: it takes a new document while an earlier one is in doubt, because each has its own id.
    `takes_orders`: a receipt is given to it for its own cashier to finish, and nothing more is learned about it.
    `empties_at_close`: the cash must be registered as taken out before its day is closed.
    `carries_balance`: it knows how much cash lies in the drawer when a shift is opened. `shift_limit_ms`: how long a
    shift may last, 0 = as long as one likes.
    """

    registers: bool
    prints: bool
    kicks: bool
    collects_card: bool
    polls: bool
    offline: Literal["none", "codes"]
    lookup: Literal["our_id", "last_document", "none"]
    copy: bool
    sells_in_doubt: bool = False
    takes_orders: bool = False
    empties_at_close: bool = False
    carries_balance: bool = False
    shift_limit_ms: int = 0


NO_FISCALISER = FiscaliserTraits(
    registers=False,
    prints=False,
    kicks=False,
    collects_card=False,
    polls=False,
    offline="none",
    lookup="none",
    copy=False,
)
