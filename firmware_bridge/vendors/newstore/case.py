"""After a sale: one record of the journal, and by what its request to NewStore's book is planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from firmware_bridge.gateway.book import Look, Place
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.newstore.facts import Facts
from firmware_bridge.vendors.newstore.terms import Terms

LOST: Final = "lost"
"""`Look.about` after a lost answer; after a refusal it is that refusal as `words` puts it."""

_EARLIER_MS: Final = 5 * 60_000
_LATER_MS: Final = 31 * 86_400_000


@dataclass(frozen=True, slots=True)
class Case:
    """One record with everything it is planned by. `drawer`, `day`: ours; `theirs`: NewStore's drawer."""

    record: Record
    refs: Mapping[str, str]
    terms: Terms
    facts: Facts
    drawer: str = ""
    day: str = ""
    theirs: str = ""

    def within(self, drawer_id: str, day_id: str) -> Case | None:
        """This record in its drawer's day; None where NewStore is told of neither."""
        theirs = self.terms.drawers.get(drawer_id, "")
        return replace(self, drawer=drawer_id, day=day_id, theirs=theirs) if theirs and day_id else None

    def place(self, document: str = "") -> Place:
        return (self.drawer, self.day, document) if document else (self.drawer, self.day)

    def look_at_drawer(self) -> Look:
        return Look(self.terms.calls.get_drawer(self.theirs), LOST)

    def look_at_report(self, transaction_type: str) -> Look:
        """The store's report around now: by NewStore's clock, as it stamps what arrives with its own time."""
        begin = (self.facts.answered_at or self.record.at) - _EARLIER_MS
        return Look(self.terms.calls.store_report(begin, begin + _LATER_MS, transaction_type), LOST)
