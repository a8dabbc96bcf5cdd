"""Where a person sees to what a book refused: has it sent again, or gives it up for good.

Runs on the lane, between two of its steps. What is done is durable when the sentence is returned.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from firmware_bridge.gateway.book import Blocked, Book, Call, Place
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.ledger import Ledger
from firmware_bridge.gateway.parking import lies_in, place_of, text_of
from firmware_bridge.gateway.planner import Planner, Poisoned
from firmware_bridge.gateway.store import BookStore
from firmware_bridge.gateway.turns import ROWS_AT_ONCE, Turns
from firmware_bridge.journal.records import Parked
from statemachines.vocabulary.book_events import VendorResumed


class Desk:
    """Retrying and dropping for one lane."""

    def __init__(self, book: Book, store: BookStore, ledger: Ledger, turns: Turns, planner: Planner) -> None:
        self._name = book.name
        self._store = store
        self._ledger = ledger
        self._turns = turns
        self._planner = planner

    async def retry_all(self, *, stuck: bool) -> str:
        """Have everything that was refused sent again, in order. `stuck`: the lane was tried again at once."""
        count = 0
        await self._ledger.flush()
        async for row in self._rows():
            if row.state == "refused":
                self._ledger.park(replace(row, state="retry"), row)
                count += 1
                if self._ledger.unwritten_rows >= ROWS_AT_ONCE:
                    await self._ledger.flush()
        if count == 0 and not stuck:
            raise GatewayMisuse(f"Nothing of {self._name} is set aside or held; nothing was changed.")
        await self._changed()
        again = f"{_records(count)} of {self._name} {'is' if count == 1 else 'are'} sent again, in order"
        return f"{again}." if count else f"{self._name} is tried again now."

    async def retry(self, seq: int, *, stuck: bool) -> str:
        """Have one refused record sent again. `stuck`: the lane stood at this record and was tried again at once."""
        row = await self._row(seq)
        if row is None:
            if stuck:
                return f"Record {seq} is sent to {self._name} again now."
            raise GatewayMisuse(f"Record {seq} is not set aside for {self._name}; nothing was changed.")
        self._not_behind(row)
        if row.state == "waits":
            raise GatewayMisuse(
                f"Record {seq} waits until {self._name} has an id for {row.on} and is sent then; nothing was changed."
            )
        if row.state == "refused":
            self._ledger.park(replace(row, state="retry"), row)
            await self._changed()
        return f"Record {seq} is sent to {self._name} again, and what waits behind it after it."

    async def drop(self, seq: int, by: str) -> str:
        """Give a record up, and what lies within its place after it; what only stood behind it goes on."""
        row = await self._row(seq)
        if row is None:
            raise GatewayMisuse(f"Record {seq} is not set aside for {self._name}; nothing was changed.")
        self._not_behind(row)
        place = await self._place(row)
        self._give_up(row, by)  # written with all the others: alone, it would set them free
        count = 0
        if row.state != "waits":
            async for one in self._rows():
                if await self._goes_with(one, row, place):
                    self._give_up(one, by)
                    count += 1
        await self._changed()
        also = f" and {_records(count)} that belonged to it" if count else ""
        return f"Record {seq} ({text_of(place)}){also} given up: {self._name} is not told of it any more."

    def _give_up(self, row: Parked, by: str) -> None:
        self._ledger.resolve(row)
        if row.state in ("refused", "retry"):
            self._ledger.tell(VendorResumed(self._name, text_of(row.place), row.seq, "dropped", by))
        intent = self._ledger.intent
        if intent is not None and intent.seq == row.seq:
            self._ledger.intent = None

    async def _goes_with(self, one: Parked, dropped: Parked, place: Place) -> bool:
        if one.seq == dropped.seq or (one.seq < dropped.seq and one.state != "waits"):
            return False
        if lies_in(one.place, place):
            return True
        # what closes more than its own place may still lie within
        return lies_in(place, one.place) and lies_in(await self._place(one), place)

    async def _changed(self) -> None:
        await self._ledger.flush()
        self._turns.restart()

    async def _row(self, seq: int) -> Parked | None:
        await self._ledger.flush()
        return await self._store.row(seq)

    def _not_behind(self, row: Parked) -> None:
        if row.state == "behind":
            raise GatewayMisuse(f"Record {row.seq} {row.reason}: see to that one; nothing was changed.")

    async def _rows(self) -> AsyncIterator[Parked]:
        after = 0
        while page := await self._store.rows(after, ROWS_AT_ONCE):
            for row in page:
                yield row
            after = page[-1].seq

    async def _place(self, row: Parked) -> Place:
        """Where the record itself lies; its row says what it closes, which may be more."""
        record = await self._store.record(row.seq)
        plan = await self._planner.plan(record)
        match plan:
            case Poisoned(place=place):
                return place
            case Call() | Blocked():
                return place_of(record, plan)
            case _:
                return row.place


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"
