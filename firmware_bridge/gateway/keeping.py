"""Behind all sales of a fleet: at the gateway, the lanes of every till's books over the till's records as they arrived.

The lanes are those of a till that delivers itself (lanes.py); they read a replica instead of the journal. What they
find out goes down to the till with their own commits; what they have to tell it, right after.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from firmware_bridge import books
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.gateway.auditor import Comparer
from firmware_bridge.gateway.book import Service
from firmware_bridge.gateway.commands import Command
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.lanes import Lanes
from firmware_bridge.gateway.outbox import Made
from firmware_bridge.gateway.replica import ReplicaThread
from firmware_bridge.gateway.store import GATEWAY, begin
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.records import Record
from firmware_bridge.log_kinds import about
from firmware_bridge.uplink.news import of_event
from firmware_bridge.uplink.over_http import LaneState
from statemachines.vocabulary.events import Event

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""How often it is seen whether a lane's state has changed, for the till to show."""
MOST_TOLD = 1000
"""Events that wait to be written for a till whose replica cannot be written; more are let go of, and logged."""
Make = Callable[[str], Sequence[Made]]
Compare = Callable[[str, ReplicaThread], Callable[[str, Service], Comparer]]


@dataclass(slots=True)
class _Kept:
    replica: ReplicaThread
    lanes: Lanes
    told: asyncio.Queue[Event]
    telling: asyncio.Task[None]
    begun: bool = False


class Keeping:
    """The books of all tills. Implements `holding.Follower`. `make` makes a till's books, () for one that has none."""

    def __init__(self, make: Make, compare: Compare, clock: TillClock, chance: random.Random) -> None:
        self._make = make
        self._compare = compare
        self._clock = clock
        self._chance = chance
        self._kept: dict[str, _Kept] = {}

    async def opened(self, till: str, replica: ReplicaThread) -> None:
        """See Follower."""
        made = self._make(till)
        told: asyncio.Queue[Event] = asyncio.Queue(MOST_TOLD)

        def post(event: Event) -> None:
            try:
                told.put_nowait(event)
            except asyncio.QueueFull:
                log.error(  # noqa: TRY400
                    "till %s is not told of %s: too much waits for it",
                    till,
                    type(event).__name__,
                    extra=about("records-unread", till=till),
                )

        compare = self._compare(till, replica) if made else None
        lanes = Lanes(replica, made, self._clock, self._chance, post, compare=compare)
        telling = asyncio.create_task(_tell(till, replica, told), name=f"news-{till}")
        self._kept[till] = _Kept(replica, lanes, told, telling)
        await self._go_on(till)

    async def arrived(self, till: str, records: Sequence[Record]) -> None:
        """See Follower."""
        if till in self._kept:
            await self._go_on(till)

    async def closing(self, till: str) -> None:
        """See Follower."""
        kept = self._kept.pop(till, None)
        if kept is not None:
            await kept.lanes.stop()
            kept.telling.cancel()
            await asyncio.gather(kept.telling, return_exceptions=True)

    async def stop(self) -> None:
        """End all lanes, before the store is closed."""
        await asyncio.gather(*[self.closing(till) for till in list(self._kept)])

    async def watch(self, ring: Callable[[str], None], sleep: Callable[[float], Awaitable[None]]) -> None:
        """Ring for every till one of whose lanes stands otherwise than a moment ago; until cancelled."""
        seen: dict[str, list[tuple[str, str]]] = {}
        while True:
            await sleep(LOOK_S)
            now = {till: [(lane.state, lane.reason) for lane in self.states(till)] for till in self._kept}
            for till, states in now.items():
                if seen.get(till) != states:
                    ring(till)
            seen = now

    async def _go_on(self, till: str) -> None:
        """Begin once the records are there with which the till's books begin; then let the lanes look."""
        kept = self._kept[till]
        if not kept.begun:
            try:
                kept.begun = await _begun(kept.replica, kept.lanes.usable)
            except JournalError as error:
                log.warning(
                    "the books of till %s are not begun yet: %s", till, error, extra=about("records-unread", till=till)
                )
            if not kept.begun:
                return
            kept.lanes.start()
        kept.lanes.wake()

    # --- what is asked ----------------------------------------------------------------------------------------------

    def states(self, till: str) -> Sequence[LaneState]:
        """How the till's lanes stand, for GatewayStore.lanes."""
        kept = self._kept.get(till)
        if kept is None:
            return ()
        found = []
        for lane in kept.lanes.all:
            if lane.sender is None:
                found.append(LaneState(lane.name, "held", lane.reason, 0, 0))
                continue
            status = lane.sender.status()
            found.append(LaneState(status.book, status.state, status.reason, status.retry_at, status.last_delivered_at))
        return found

    async def order(self, till: str, command: Command) -> str:
        """Have a lane seen to. Raises GatewayMisuse, JournalError."""
        kept = self._kept.get(till)
        if kept is None or not kept.lanes.all:
            raise GatewayMisuse(f"The gateway keeps no books for till {till}; nothing was changed.")
        return await kept.lanes.carry_out(command)


async def _begun(replica: ReplicaThread, names: Sequence[str]) -> bool:
    """Say where the books begin that are new here; False: the records up to there have not arrived yet.

    At first with what the till has named. A book that is kept later begins as any new one: what was before is not told.
    """
    known = await replica.cursors()
    if GATEWAY in known:
        for name in names:
            await begin(replica, name)
        return True
    if (await replica.head()).seq < replica.begin:
        return False
    for name in names:
        if name not in known:
            await replica.advance(name, replica.begin)
    await replica.advance(GATEWAY, replica.begin)
    return True


async def _tell(till: str, replica: ReplicaThread, told: asyncio.Queue[Event]) -> None:
    """Write what the lanes have to tell, in order, several in a commit."""
    while True:
        events = [await told.get()]
        while not told.empty():
            events.append(told.get_nowait())
        try:
            await replica.tell([of_event(event) for event in events])
        except JournalError as error:
            log.error(  # noqa: TRY400 - no bug
                "till %s was not told of %d events: %s",
                till,
                len(events),
                error,
                extra=about("records-unread", till=till),
            )


def of_configs(
    configs: Mapping[str, Config], made: Callable[[Config], Sequence[Made]], clock: TillClock
) -> tuple[Make, Compare]:
    """Return what Keeping needs from the tills' configurations, by their names."""

    def make(till: str) -> Sequence[Made]:
        config = configs.get(till)
        return () if config is None else made(config)

    def compare(till: str, replica: ReplicaThread) -> Callable[[str, Service], Comparer]:
        config = configs[till]
        return lambda name, service: books.comparer(name, config, service, replica, clock.utc_ms)

    return make, compare
