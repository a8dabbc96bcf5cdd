"""Between a book's answers and the disk: what the lane knows and has not written yet, and the one commit it goes in.

Everything that was settled since the last commit travels together: the cursor, ids learned, rows set aside and
taken back, the open request. It is written before the next request leaves, so there is one commit between any two
requests; an event about it is told only when it is durable.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping

from firmware_bridge.gateway.store import BookStore
from firmware_bridge.journal.records import Intent, Parked
from statemachines.vocabulary.events import Event

REFS_KEPT = 256
"""Ids in memory; older ones are looked up."""


class Ledger:
    """One lane's pages. `cursor` and `intent` may be set ahead; `flush` makes them true.

    `states`: how many rows are in which state. Every method that reads or writes raises JournalError; afterwards
    only `load` is of use.
    """

    def __init__(self, store: BookStore, post: Callable[[Event], None]) -> None:
        self._store = store
        self._post = post
        self._refs: OrderedDict[str, str] = OrderedDict()
        self.states: Counter[str] = Counter()
        self.cursor = 0
        self.intent: Intent | None = None
        self._written: tuple[int, Intent | None] = (0, None)
        self._clear()

    def _clear(self) -> None:
        self._learned: dict[str, str] = {}
        self._parked: dict[int, Parked] = {}
        self._resolved: set[int] = set()
        self._events: list[Event] = []

    async def load(self) -> None:
        """Forget what was not written and read what is."""
        self._clear()
        self._refs.clear()
        self.cursor = await self._store.cursor()
        self.intent = await self._store.intent()
        self.states = Counter(await self._store.states())
        self._written = (self.cursor, self.intent)

    # --- what was settled ---

    def park(self, row: Parked, before: Parked | None) -> None:
        """Set a record aside, or change its row (`before`)."""
        self._moved(before, row)
        self._resolved.discard(row.seq)
        self._parked[row.seq] = row

    def resolve(self, row: Parked) -> None:
        """Take a record back: it is dealt with."""
        self._moved(row, None)
        self._parked.pop(row.seq, None)
        self._resolved.add(row.seq)

    def _moved(self, before: Parked | None, after: Parked | None) -> None:
        if before is not None:
            self.states[before.state] -= 1
        if after is not None:
            self.states[after.state] += 1

    def learn(self, refs: Mapping[str, str]) -> None:
        """The vendor's ids for ours."""
        self._learned.update(refs)
        for ours, theirs in refs.items():
            self._keep(ours, theirs)

    def tell(self, *events: Event) -> None:
        """Tell the till once what has been settled is durable."""
        self._events.extend(events)

    # --- ids ---

    @property
    def refs(self) -> Mapping[str, str]:
        """The ids at hand; not all that were ever learned."""
        return self._refs

    async def find(self, our_id: str) -> bool:
        """Whether the vendor's id for ours is known; it is then in `refs`."""
        if our_id in self._refs:
            self._refs.move_to_end(our_id)
            return True
        found = self._learned.get(our_id) or await self._store.ref(our_id)
        if found is not None:
            self._keep(our_id, found)
        return found is not None

    def _keep(self, ours: str, theirs: str) -> None:
        self._refs[ours] = theirs
        self._refs.move_to_end(ours)
        while len(self._refs) > REFS_KEPT:
            self._refs.popitem(last=False)

    # --- the commit ---

    @property
    def unwritten_rows(self) -> int:
        """How many rows wait for the next commit."""
        return len(self._parked) + len(self._resolved)

    @property
    def settled(self) -> bool:
        """Whether more waits for the next commit than a cursor that passed what is nothing to the book."""
        return bool(self.unwritten_rows or self._learned or self._events or self.intent != self._written[1])

    @property
    def written(self) -> bool:
        """Whether nothing waits for the next commit."""
        return not self.settled and self.cursor == self._written[0]

    async def flush(self) -> None:
        """Write what waits, in one commit; nothing when nothing does."""
        if self.written:
            return
        now = (self.cursor, self.intent)
        rows = [self._parked[seq] for seq in sorted(self._parked)]
        await self._store.advance(now[0], self._learned, rows, sorted(self._resolved), now[1])
        events = self._events
        self._written = now
        self._clear()
        for event in events:
            self._post(event)
