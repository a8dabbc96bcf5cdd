"""Beside a sale's way, after it: what is known of a tenant's settings, and whether they fit this till's.

Frozen snapshots: whoever plans sees one of them from beginning to end, whatever is read meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from firmware_bridge.vendors.newstore.messages import Drawer, DrawerConfig, TransactionTypes


@dataclass(frozen=True, slots=True)
class Kind:
    """How a type of non-sale transaction is configured. `reasons`: code -> label."""

    allowed: bool
    direction: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """`types` None: not read yet. `answered_at`: UTC ms by NewStore's own clock of its last answer; 0 = none yet."""

    types: Mapping[str, Kind] | None = None
    answered_at: int = 0


@dataclass(slots=True)
class Known:
    """Where the newest snapshot is: the service puts it there, the book takes it."""

    facts: Facts = field(default_factory=Facts)


def kinds(answer: TransactionTypes) -> dict[str, Kind]:
    """What operation 3 says, by type."""
    found = {}
    for name, one in answer.transaction_types.items():
        found[name] = Kind(allowed=False)
        if one.status == "configured" and one.configuration is not None:
            reasons = {reason.code: reason.label for reason in one.configuration.reasons}
            found[name] = Kind(allowed=True, direction=one.configuration.balance_modification, reasons=reasons)
    return found


@dataclass(frozen=True, slots=True)
class SetUp:
    """What this till's configuration says. `drawers`: ours -> NewStore's."""

    store_id: str
    currency: str
    drawers: Mapping[str, str]

    def misfits(self, config: DrawerConfig, drawers: list[Drawer]) -> Iterator[str]:
        """Yield a sentence for everything at NewStore (operations 2 and 4) that this till cannot work with."""
        if not config.cash_management_enabled:
            yield f"cash management is switched off for store {self.store_id} in NewStore: switch it on there"
        known = {one.cash_drawer_id: one for one in drawers}
        for ours, theirs in self.drawers.items():
            found = known.get(theirs)
            if found is None:
                names = ", ".join(sorted(known)) or "none at all"
                yield (
                    f"drawer {ours} is to be {theirs!r} in NewStore, but store {self.store_id} has no such drawer "
                    f"(it has {names}): add it there, or correct [book.newstore.drawers]"
                )
                continue
            if found.currency != self.currency:
                yield f"drawer {theirs} of NewStore is in {found.currency}, this till in {self.currency}: one is wrong"
            if found.type != config.cash_drawer_type:
                yield (
                    f"drawer {theirs} of NewStore is {found.type}, but its store has {config.cash_drawer_type} "
                    "drawers: put that right in NewStore"
                )
