"""Right after a sale's commit: what was written is taken up the till's link, in order, to whoever keeps the books.

It works beside the till and never in its way: rows are read on the journal's own thread (one look-up by number; a
second opening of the file would cost memory, and closing a file drops the locks that SQLite holds on it in the same
process), packed on another, and handed over from a task of its own. After every opening and every error the receiver
is asked what it holds, and the pump goes on from there: nothing that it remembers itself is believed.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Literal, Protocol

from firmware_bridge.gateway.patience import Patience, PatienceSettings
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.codec import Stored
from firmware_bridge.journal.errors import JournalCorrupt, JournalError
from firmware_bridge.journal.reading import Row, record
from firmware_bridge.journal.records import Record
from firmware_bridge.log_kinds import about
from firmware_bridge.uplink.envelope import Context, batches, pack
from firmware_bridge.uplink.limits import MAX_RECORDS, WireError
from firmware_bridge.uplink.link import Delivered, Link, LinkDown, LinkError, LinkForeign

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
_TURNS = ("TillStarted", "ShiftOpened", "ShiftFoundOpen", "ShiftClosed", "ShiftFoundClosed")
"""Classes of records after which boot or shift of an envelope's context are other ones."""


GATHER_S = 0.05
"""So long after a commit others of the same sale may come into the same envelope."""
PATIENCE = PatienceSettings(first_s=0.5, most_s=60.0)


@dataclass(frozen=True, slots=True)
class PumpStatus:
    """`state`: "up" (in step, or on its way there), "waiting" (tries again by itself) or "stopped" (a person has to
    look). `reason`: one sentence, "" when up. `mark`: number of the last record that the receiver is known to hold.
    """

    state: Literal["up", "waiting", "stopped"]
    reason: str
    mark: int


class Source(Protocol):
    """The till's journal, as far as records leave it. Raises JournalError."""

    async def rows(self, after: int, limit: int) -> list[Row]:
        """Return up to `limit` rows after record `after` as they stand, every link of the chain checked."""
        ...

    async def context(self, after: int) -> Context:
        """Return till, journal, boot and shift as they were at record `after`."""
        ...


class OpenJournal(Protocol):
    """What `JournalSource` asks of the till's open journal (`JournalThread`)."""

    @property
    def journal_id(self) -> str:
        """See JournalThread."""
        ...

    async def rows(self, after: int, limit: int) -> list[Row]:
        """See JournalThread."""
        ...

    async def by_name(self, name: str, limit: int = 50, before: int | None = None) -> list[Record]:
        """See JournalThread."""
        ...


class JournalSource:
    """A `Source` over the open journal of `till`."""

    def __init__(self, till: str, journal: OpenJournal) -> None:
        self._till = till
        self._journal = journal

    async def rows(self, after: int, limit: int) -> list[Row]:
        """See Source.rows."""
        return await self._journal.rows(after, limit)

    async def context(self, after: int) -> Context:
        """See Source.context."""
        found: list[tuple[int, Stored]] = []
        for name in _TURNS:
            found += [(one.seq, one.record) for one in await self._journal.by_name(name, 1, after + 1)]
        context = Context(self._till, self._journal.journal_id)
        for _, turn in sorted(found, key=lambda one: one[0]):
            context = context.after(turn)
        return context


@dataclass(frozen=True, slots=True)
class _Packed:
    envelope: bytes
    head: Head
    context: Context


class Pump:
    """One till's records, one link. `run` until cancelled; `wake` after every commit, on the loop.

    `reached` hears the receiver's watermark each time it is known. Packing runs on `executor` (None: the loop's own).
    The link is the pump's: it opens it, and whoever else has to speak over it does so through `receive`, in turn.
    """

    def __init__(
        self,
        till: str,
        link: Link,
        source: Source,
        reached: Callable[[int], None],
        chance: random.Random,
        *,
        executor: Executor | None = None,
        sleep: Sleep = asyncio.sleep,
        gather_s: float = GATHER_S,
        patience: PatienceSettings = PATIENCE,
    ) -> None:
        self._till = till
        self._link = link
        self._source = source
        self._reached = reached
        self._executor = executor
        self._sleep = sleep
        self._gather_s = gather_s
        self._patience = Patience(patience, chance)
        self._committed = asyncio.Event()
        self._turn = asyncio.Lock()
        self._open = False
        self._mark = 0
        self._state: Literal["up", "waiting", "stopped"] = "waiting"
        self._reason = "the link was not opened yet"
        self._complained = False

    def wake(self) -> None:
        """The journal has more; returns at once."""
        self._committed.set()

    def status(self) -> PumpStatus:
        """Where it stands."""
        return PumpStatus(self._state, self._reason, self._mark)

    async def run(self) -> None:
        """Take records to the receiver until cancelled, or until a person has to look (see `status`)."""
        while True:
            try:
                await self._serve()
            except (LinkForeign, WireError, JournalCorrupt) as error:
                self._stop(error)
                return
            except (LinkError, JournalError) as error:
                self._wait(str(error))
            except Exception as error:
                log.exception(
                    "unforeseen error while records were taken up the link",
                    extra=about("program-error", till=self._till),
                )
                self._wait(f"unforeseen error on the link ({type(error).__name__}); it is tried again")
            await self._let_go()
            await self._sleep(self._patience.wait())

    async def receive(self, after: int) -> list[Delivered]:
        """See Link.receive; waits for its turn. Raises LinkDown while there is no link, LinkError."""
        async with self._turn:
            if not self._open:
                raise LinkDown(f"There is no link of till {self._till} now; no command was taken.")
            return await self._link.receive(after)

    async def close(self) -> None:
        """Let go of the link, once `run` has ended; harmless twice."""
        await self._let_go()

    # --- one opening ------------------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        """From an opening to the first error. Raises what the link and the source raise."""
        async with self._turn:
            await self._link.open(self._till)
            self._open = True
            mark = await self._link.watermark()
        await self._check_ours(mark)
        context = await self._source.context(mark.seq)
        self._up_to(mark)
        while True:
            self._committed.clear()
            rows = await self._source.rows(mark.seq, MAX_RECORDS)
            if rows:
                packed = await self._packed(context, mark, rows)
                async with self._turn:
                    mark = await self._link.append(packed.envelope, mark.seq)
                context = packed.context if mark == packed.head else await self._moved_on(mark)
                self._up_to(mark)
            self._works()
            if len(rows) < MAX_RECORDS and (not rows or mark.seq >= rows[-1][0]):
                await self._committed.wait()
                await self._sleep(self._gather_s)

    async def _check_ours(self, mark: Head) -> None:
        """Raises LinkForeign when the receiver ends with a record that this journal does not have."""
        if mark.seq == 0:
            return
        ours = await self._source.rows(mark.seq - 1, 1)
        if not ours or ours[0][5] != mark.hash:
            raise LinkForeign(
                f"The receiver holds a record {mark.seq} of till {self._till} that is not in its journal: it has the "
                f"records of another journal; nothing was sent, see which of the two is the right one."
            )

    async def _moved_on(self, mark: Head) -> Context:
        """The receiver is elsewhere than what was handed over: it holds more, by another hand."""
        await self._check_ours(mark)
        return await self._source.context(mark.seq)

    async def _packed(self, context: Context, mark: Head, rows: Sequence[Row]) -> _Packed:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, _pack, context, mark, rows)

    # --- what is told -----------------------------------------------------------------------------------------------

    def _up_to(self, mark: Head) -> None:
        self._mark = mark.seq
        self._reached(mark.seq)

    def _works(self) -> None:
        """It stored something, or there was nothing to store."""
        if self._complained:
            log.info(
                "records go up the link of till %s again, it holds record %d",
                self._till,
                self._mark,
                extra=about("link-up", till=self._till),
            )
        self._state, self._reason, self._complained = "up", "", False
        self._patience.reset()

    def _wait(self, reason: str) -> None:
        if not self._complained:
            log.warning(
                "no records go up the link of till %s: %s",
                self._till,
                reason,
                extra=about("link-down", till=self._till),
            )
        self._state, self._reason, self._complained = "waiting", reason, True

    def _stop(self, error: Exception) -> None:
        log.error(
            "no records go up the link of till %s until somebody has looked: %s",
            self._till,
            error,
            extra=about("link-down", till=self._till),
        )
        self._state, self._reason = "stopped", str(error)

    async def _let_go(self) -> None:
        async with self._turn:
            self._open = False
            await self._link.close()


def _pack(context: Context, before: Head, rows: Sequence[Row]) -> _Packed:
    """The first envelope of these rows. Raises JournalCorrupt, WireError."""
    batch = next(iter(batches(rows)))
    envelope = pack(context, before, batch)
    for row in batch:
        if row[3] in _TURNS:
            context = context.after(record(row).record)
    return _Packed(envelope, Head(batch[-1][0], batch[-1][5]), context)
