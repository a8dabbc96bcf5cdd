"""What a shop has chosen, and what the rules need of the house and may not import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from statemachines.document import Document
from statemachines.drawer import DrawerSettings
from statemachines.offline import OfflineSettings
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import CashMoveType
from statemachines.vocabulary.traits import NO_FISCALISER, FiscaliserTraits


class Composer(Protocol):
    """What the rules need and may not import: the layout and the calendar of the shop's time zone."""

    def paper(self, document: Document) -> Paper:
        """The document's paper; pure, and called once per document."""

    def business_date(self, at: int) -> str:
        """The local date (YYYY-MM-DD) of a UTC time in ms."""

    def month_begins(self, at: int) -> int:
        """UTC ms at which the local month of a UTC time in ms began."""


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """The choices a shop makes. Times in ms.

    `drawer_day`: a drawer's day runs with the shift or on its own. `count_at_close`: must every drawer be counted
    before the shift is closed? `float_policy`: is the cash registered as taken out at the close? `shift_limit_ms` 0: as
    the fiscaliser's traits say. `reasons`: the reasons that a type of cash move may have (none listed: any text).
    `unfiscal_moves`: types of cash move that the fiscaliser does not hear of. `max_copies`: more need a manager.
    `reserve_after_ms`: so long after a doubt an offline code is reserved for the document. `record_commanded`,
    `record_forced`: is a book told of openings of a drawer that no document explains?
    """

    traits: FiscaliserTraits = NO_FISCALISER
    drawers: Mapping[str, DrawerSettings] = field(default_factory=dict)
    kick_at: Literal["accepted", "fiscalised", "printed"] = "fiscalised"
    unprinted_sale: Literal["refuse", "keep"] = "refuse"
    after_power_loss: Literal["copy", "ask"] = "copy"
    settle_after_ms: int = 60_000
    exponent: int = 2
    drawer_day: Literal["with_shift", "own"] = "with_shift"
    count_at_close: Literal["required", "optional"] = "optional"
    blind_counts: bool = False
    float_policy: Literal["carry", "collect"] = "carry"
    shift_limit_ms: int = 0
    shift_warn_ms: int = 3_600_000
    shift_stop_ms: int = 900_000
    reasons: Mapping[CashMoveType, tuple[str, ...]] = field(default_factory=dict)
    unfiscal_moves: frozenset[CashMoveType] = frozenset()
    returns_without_original: Literal["refuse", "manager"] = "refuse"
    max_copies: int = 5
    reserve_after_ms: int = 20_000
    record_commanded: bool = False
    record_forced: bool = False
    offline: OfflineSettings = field(default_factory=OfflineSettings)

    @property
    def limit_ms(self) -> int:
        """How long a shift may last (0: as long as one likes). The shop may choose less than its fiscaliser allows."""
        limits = [limit for limit in (self.shift_limit_ms, self.traits.shift_limit_ms) if limit]
        return min(limits, default=0)

    @property
    def stamps(self) -> bool:
        """Does the till make documents lawful by itself while its fiscaliser cannot be reached?"""
        return self.traits.offline == "codes" and self.offline.paper != "refuse"

    def fiscalises(self, document: Document) -> bool:
        """Is this document the fiscaliser's business? A register that only takes orders hears of nothing else."""
        if not self.traits.registers or document.kind == "no_sale" or document.slip is not None:
            return False
        if self.traits.takes_orders and document.receipt is None:
            return False
        return document.move is None or document.move.type not in self.unfiscal_moves
