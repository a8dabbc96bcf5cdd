"""Beside every document of iKassa on a sale's way: how one register is worked with, and what the rules plan with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final, Literal

from firmware_bridge.vendors.ikassa.waiting import Patience
from statemachines.vocabulary.traits import FiscaliserTraits

DAY_MS: Final = 24 * 3_600_000
Profile = Literal["sale", "sink"]


@dataclass(frozen=True, slots=True)
class Manner:
    """As in the configuration. `register` "" = whichever answers. `zone`: of times that come without an offset."""

    profile: Profile = "sale"
    register: str = ""
    declined: tuple[int, ...] = (399,)
    unknown: tuple[int, ...] = (399,)
    zone: tzinfo = UTC
    patience: Patience = field(default_factory=Patience)


def traits(profile: Profile, *, collects_card: bool = True) -> FiscaliserTraits:
    """What the rules plan with. A register that takes orders has a shift, a drawer and a cashier of its own."""
    sink = profile == "sink"
    return FiscaliserTraits(
        registers=True,
        prints=True,
        kicks=False,
        collects_card=collects_card,
        polls=False,
        offline="none",
        lookup="our_id",
        copy=False,
        sells_in_doubt=sink,
        takes_orders=sink,
        shift_limit_ms=0 if sink else DAY_MS,
    )
