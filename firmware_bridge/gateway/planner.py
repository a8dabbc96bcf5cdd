"""Between a sale's record and a book's adapter: the plan, with every id that it asks for looked up."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from firmware_bridge.gateway.book import Blocked, Book, Call, Place, Plan, Skip
from firmware_bridge.gateway.ledger import Ledger
from firmware_bridge.gateway.parking import place_of
from firmware_bridge.gateway.store import BookStore
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.records import Record
from firmware_bridge.log_kinds import about

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Poisoned:
    """The adapter failed at this record; the fault is in our program. `reason`: one sentence for a person."""

    place: Place
    reason: str


class Planner:
    """Plans records of one book."""

    def __init__(self, book: Book, store: BookStore, ledger: Ledger) -> None:
        self._book = book
        self._store = store
        self._ledger = ledger

    async def plan(self, record: Record) -> Plan | Poisoned:
        """What a record needs. Blocked only for an id that nobody ever learned. Raises JournalError alone."""
        tried: set[str] = set()
        try:
            while True:
                plan = self._book.plan(record, self._ledger.refs)
                if not isinstance(plan, Blocked) or not await self._ledger.find(plan.on):
                    return plan
                if plan.on in tried:
                    raise LookupError(f"it asks again for an id that it was given ({plan.on})")  # noqa: TRY301 - told as the rest
                tried.add(plan.on)
        except JournalError:
            raise
        except Exception as error:
            log.exception(
                "%s cannot plan record %d (%s)",
                self._book.name,
                record.seq,
                record.name,
                extra=about("program-error", vendor=self._book.name, record=record.seq),
            )
            return Poisoned(
                place_of(record),
                f"An error in this program ({type(error).__name__}) kept record {record.seq} ({record.name}) from "
                f"{self._book.name}: nothing was sent; have the log looked at, then retry it.",
            )

    async def is_over(self, our_id: str) -> bool:
        """Whether nobody will learn the vendor's id for ours any more, as far as what the cursor has passed tells.

        What it names ended without being told (a sale refused), or the record that would have taught it was dropped.
        """
        await self._ledger.flush()
        for record in await self._store.about(our_id):
            if record.seq > self._ledger.cursor:
                return False
            match await self.plan(record):
                case Skip(ends=ended) if ended == our_id:
                    return True
                case Call() if await self._store.row(record.seq) is None:
                    return True
        return False
