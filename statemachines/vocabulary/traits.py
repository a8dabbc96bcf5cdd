"""What a fiscaliser can do. The rules plan a sale's stages from these traits and never know a vendor's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FiscaliserTraits:
    """`registers`: there is a fiscaliser at all. `prints`/`kicks`: it makes the paper/opens the drawer itself.

    `collects_card`: it charges the card. `polls`: its answer comes later and is polled. `offline`: it can stamp
    from a pool of codes without network. `lookup`: how a lost answer is found again. `copy`: it makes copies itself.
    """

    registers: bool
    prints: bool
    kicks: bool
    collects_card: bool
    polls: bool
    offline: Literal["none", "codes"]
    lookup: Literal["our_id", "last_document", "none"]
    copy: bool


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
