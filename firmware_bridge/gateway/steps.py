"""One record's turn at a book: planned, held behind another, sent, and what came of it put into the ledger."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from firmware_bridge.clock import TillClock
from firmware_bridge.gateway.book import Blocked, Book, Call, Delivered, Later, Place, Plan, Rejected, Skip
from firmware_bridge.gateway.courier import Courier, LeftOut
from firmware_bridge.gateway.ledger import Ledger
from firmware_bridge.gateway.parking import place_of, text_of
from firmware_bridge.gateway.planner import Planner, Poisoned
from firmware_bridge.gateway.status import BookStatus
from firmware_bridge.gateway.store import FACTS
from firmware_bridge.gateway.turns import Item, Turns
from firmware_bridge.journal.codec import Unknown
from firmware_bridge.journal.records import Parked, ParkedState, Record
from firmware_bridge.log_kinds import about
from statemachines.vocabulary.book_events import VendorParked, VendorResumed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """The lane has to wait at this record. Its turn is not over. `call`: what it needs; None: nobody can tell."""

    item: Item
    call: Call | None
    later: Later


class Steps:
    """Takes the records of one lane, one after the other. Raises JournalError."""

    def __init__(
        self, book: Book, ledger: Ledger, turns: Turns, planner: Planner, courier: Courier, clock: TillClock
    ) -> None:
        self._name = book.name
        self._ledger = ledger
        self._turns = turns
        self._planner = planner
        self._courier = courier
        self._clock = clock
        self._figures = BookStatus(book.name)
        self.settled = 0
        """How many calls came to an end."""

    def figures(self) -> BookStatus:
        """What became of the calls so far; the rest of the status is not filled in."""
        return replace(self._figures, repeated=self._courier.repeated)

    async def take(self, item: Item) -> Held | None:
        """Deal with a record; Held: it could not be dealt with now."""
        stored = item.record.record
        if isinstance(stored, Unknown) and item.record.name in FACTS:
            return Held(item, None, Later(_unreadable(item.record, stored), person=True))
        plan = await self._planner.plan(item.record)
        intent = self._ledger.intent
        if intent is not None:
            return await self._take_up(item, plan, intent.operation)
        match plan:
            case Skip():
                await self._skip(item, plan)
            case Blocked():
                return await self._blocked(item, plan)
            case Call():
                return await self._call(item, plan)
            case Poisoned():
                self._refuse(item, plan.place, plan.place, plan.reason)
        return None

    async def park(self, item: Item, call: Call, reason: str) -> None:
        """Set the record aside at which the lane waits. Its open request, if there is one, is given up."""
        if self._courier.forget(item.seq):
            reason = f"{reason}; {call.operation} was sent and may have been carried out"
        self._ledger.intent = None
        self._refuse(item, call.place, call.parks, reason)
        await self._ledger.flush()

    async def _take_up(self, item: Item, plan: Plan | Poisoned, operation: str) -> Held | None:
        """Go on with a request that may have left."""
        call = plan.otherwise if isinstance(plan, Blocked) else plan
        if isinstance(call, Call) and call.operation == operation:
            return await self._deliver(item, call)
        self._ledger.intent = None
        place = plan.place if isinstance(plan, Poisoned) else place_of(item.record, plan)
        reason = (
            f"{operation} of record {item.seq} may have been carried out, and by now something else is planned for it: "
            f"look into {self._name} before it is retried."
        )
        self._refuse(item, place, place, reason)
        return None

    async def _skip(self, item: Item, skip: Skip) -> None:
        if skip.ends and self._ledger.states["waits"] > 0:
            # before the cursor passes it: nothing else would ever end that waiting
            for row in await self._turns.waiting(skip.ends):
                self._ledger.resolve(row)
                self._turns.done(row.seq)
        self._past(item)

    async def _blocked(self, item: Item, plan: Blocked) -> Held | None:
        instead = plan.otherwise if isinstance(plan.otherwise, Call) else None
        by = self._turns.closed.by(plan.place, item.seq, closes=instead is not None and instead.closes)
        if by is not None:
            self._behind(item, plan.place if instead is None else instead.parks, by)
        elif instead is not None:
            return await self._deliver(item, instead)
        elif isinstance(plan.otherwise, Skip):
            await self._skip(item, plan.otherwise)
        elif await self._planner.is_over(plan.on):
            self._past(item)
        else:
            self._aside(item, plan.place, "waits", f"waits until {self._name} has an id for {plan.on}", plan.on)
        return None

    async def _call(self, item: Item, call: Call) -> Held | None:
        by = self._turns.closed.by(call.place, item.seq, closes=call.closes)
        if by is None:
            return await self._deliver(item, call)
        self._behind(item, call.parks, by)
        return None

    async def _deliver(self, item: Item, call: Call) -> Held | None:
        outcome = await self._courier.deliver(item.seq, call)
        if isinstance(outcome, Later) and not (outcome.steps_back and item.row is not None):
            return Held(item, call, outcome)
        self.settled += 1
        match outcome:
            case Rejected():
                self._refuse(item, call.place, call.parks, outcome.reason)
            case Later():
                await self.park(item, call, outcome.reason)
            case LeftOut():
                log.info(
                    "%s does without record %d (%s): %s",
                    self._name,
                    item.seq,
                    call.operation,
                    outcome.reason,
                    extra=about("book-parked", vendor=self._name, record=item.seq),
                )
                self._count("optional_left_out")
                self._past(item)
            case Delivered():
                await self._delivered(item, outcome)
        return None

    async def _delivered(self, item: Item, outcome: Delivered) -> None:
        self._count("delivered")
        if outcome.already:
            self._count("already")
        self._figures = replace(self._figures, last_delivered_at=self._clock.utc_ms())
        self._past(item)
        self._ledger.learn(outcome.refs)
        self._ledger.tell(*outcome.events)
        for our_id in outcome.refs:
            await self._turns.learned(our_id, item.seq)

    def _count(self, name: str) -> None:
        self._figures = replace(self._figures, **{name: getattr(self._figures, name) + 1})

    # --- what becomes of the record ---

    def _past(self, item: Item) -> None:
        """It is dealt with."""
        row = item.row
        if row is None:
            self._ledger.cursor = item.seq
        else:
            self._ledger.resolve(row)
            if row.state == "retry":
                log.info(
                    "%s: record %d is out of the way",
                    self._name,
                    item.seq,
                    extra=about("book-resumed", vendor=self._name, record=item.seq),
                )
                self._ledger.tell(VendorResumed(self._name, text_of(row.place), item.seq, "delivered", ""))
        self._turns.done(item.seq)

    def _refuse(self, item: Item, place: Place, parks: Place, reason: str) -> None:
        log.warning(
            "%s: record %d (%s) is set aside: %s",
            self._name,
            item.seq,
            text_of(place),
            reason,
            extra=about("book-parked", vendor=self._name, record=item.seq),
        )
        self._ledger.tell(VendorParked(self._name, text_of(place), item.seq, reason))
        self._aside(item, parks, "refused", reason)

    def _behind(self, item: Item, parks: Place, by: int) -> None:
        self._aside(item, parks, "behind", f"waits behind record {by}")

    def _aside(self, item: Item, place: Place, state: ParkedState, reason: str, on: str = "") -> None:
        before = item.row
        at = before.at if before is not None and before.state == state else self._clock.utc_ms()
        row = Parked(self._name, item.seq, place, state, on, reason, at)
        if row != before:
            self._ledger.park(row, before)
        if before is None:
            self._ledger.cursor = item.seq
        if state != "waits":
            self._turns.closed.close(place, item.seq)
        self._turns.done(item.seq)


def _unreadable(record: Record, stored: Unknown) -> str:
    return (
        f"record {record.seq} ({record.name}) was written by another release and cannot be read by this one "
        f"({stored.reason}): nothing was sent; start the release that wrote it"
    )
