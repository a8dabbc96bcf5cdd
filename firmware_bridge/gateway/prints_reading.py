"""After a sale's way, at the gateway: the tills' records are read for what they say of ordered documents, each once.

How far they were read is written in one commit with what they said. A till's other sales cost no commit; after a crash
some of them are read again, which changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Final, Protocol, TypeVar

from firmware_bridge.gateway.prints_projection import Projection, fold
from firmware_bridge.gateway.prints_store import PrintStore
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.records import Record
from firmware_bridge.log_kinds import about
from firmware_bridge.uplink.link import LinkError

log = logging.getLogger(__name__)

T = TypeVar("T")
AT_ONCE: Final = 100
"""Records that are read in one go."""
WRITTEN_EVERY: Final = 500
"""After so many records of other documents it is written down how far they were read."""


class Arrived(Protocol):
    """A till's records as they have arrived (`ReplicaThread`)."""

    @property
    def journal_id(self) -> str:
        """See JournalThread."""
        ...

    async def read(self, after: int = 0, limit: int = AT_ONCE) -> list[Record]:
        """See JournalThread."""
        ...

    async def by_subject(self, subject: str) -> list[Record]:
        """See JournalThread."""
        ...


class Reading:
    """The records of all tills of a gateway, read for orders. Implements `holding.Follower`.

    `pushing`: the portals that are told at once; `due` hears of those that have something to be told. The file is
    touched on `executor` (None: the loop's own).
    """

    def __init__(
        self,
        store: PrintStore,
        pushing: Sequence[str],
        due: Callable[[str], None],
        executor: Executor | None = None,
    ) -> None:
        self._store = store
        self._pushing = tuple(pushing)
        self._due = due
        self._executor = executor
        self._reading = asyncio.Lock()
        self._replicas: dict[str, Arrived] = {}
        self._read: dict[str, tuple[Projection, int]] = {}

    async def opened(self, till: str, replica: Arrived) -> None:
        """See Follower.opened: what has arrived while nobody followed is read first."""
        self._replicas[till] = replica
        self._read.pop(till, None)
        await self.arrived(till, ())

    async def closing(self, till: str) -> None:
        """See Follower.closing."""
        async with self._reading:
            self._replicas.pop(till, None)
            self._read.pop(till, None)

    async def arrived(self, till: str, records: Sequence[Record]) -> None:
        """See Follower.arrived. What could not be written down is read again with the next records."""
        replica = self._replicas.get(till)
        if replica is None:
            return
        async with self._reading:
            try:
                await self._read_on(till, replica, records)
            except (LinkError, JournalError) as error:
                log.warning(
                    "what the records of till %s say of orders is not written down yet: %s",
                    till,
                    error,
                    extra=about("order-waits", till=till),
                )
                self._read.pop(till, None)

    async def _read_on(self, till: str, replica: Arrived, records: Sequence[Record]) -> None:
        """Raises LinkError, JournalError."""
        if till not in self._read:
            found = await self._beside(self._store.projection, till, replica.journal_id)
            self._read[till] = found, found.seq
        if records and records[0].seq == self._read[till][0].seq + 1:
            await self._learn(till, replica.journal_id, records)
        while missed := await replica.read(self._read[till][0].seq, AT_ONCE):
            await self._learn(till, replica.journal_id, missed)

    async def _learn(self, till: str, journal: str, records: Sequence[Record]) -> None:
        """Raises LinkError. A till's other sales are read and not written down: they cost no sync."""
        before, written = self._read[till]
        now, said = fold(before, records)
        if now.seq - written >= WRITTEN_EVERY or await self._beside(self._store.ordered, list(said)):
            for domain in await self._beside(self._store.learn, now, journal, said, self._pushing):
                self._due(domain)
            written = now.seq
        self._read[till] = now, written

    async def recall(self, name: str, till: str) -> None:
        """A file that was restored may have forgotten what the till has told of this document long ago."""
        replica = self._replicas.get(till)
        if replica is None:
            return
        try:
            async with self._reading:
                records = await replica.by_subject(name)
                _, said = fold(Projection(till), records)
                if said and till in self._read:
                    now = self._read[till][0]
                    await self._beside(self._store.learn, now, replica.journal_id, said, self._pushing)
        except (LinkError, JournalError) as error:
            log.warning(
                "it was not looked up what till %s knows of order %s: %s",
                till,
                name,
                error,
                extra=about("order-waits", till=till, receipt=name),
            )

    async def _beside(self, work: Callable[..., T], *arguments: object) -> T:
        """Do on another thread what waits for the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(work, *arguments))
