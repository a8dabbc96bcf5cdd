"""Between the till's loop and its journal: the loop hands a batch over and is told when it is on the disk.

The journal lives on one thread from opening to closing. Calls are served in the order in which they were made. The
loop groups what waits into one batch itself. A caller that is cancelled does not know whether its batch was
written: the till therefore never cancels an append, and after a crash the journal tells.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import islice
from typing import ParamSpec, Protocol, TypeVar

from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.errors import JournalFailed, JournalMisuse
from firmware_bridge.journal.reading import ROWS_AT_ONCE, Row
from firmware_bridge.journal.records import (
    Anchor,
    BoundRequest,
    Checkpoint,
    Entry,
    Intent,
    Parked,
    ParkedState,
    Record,
    Request,
    Settings,
    Snapshot,
)
from firmware_bridge.journal.store import Journal

P = ParamSpec("P")
T = TypeVar("T")


class Timed(Protocol):
    """Hears on the journal's thread how long each commit took."""

    def __call__(self, seconds: float, *, failed: bool) -> None: ...


def _untimed(seconds: float, *, failed: bool) -> None:
    """Nobody asks."""


class InlineExecutor(Executor):
    """Runs everything at once in the caller's thread: for simulations in virtual time and for tests."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run `fn` now; the future that is returned is done."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - handed to whoever awaits the future
            future.set_exception(error)
        return future


class JournalThread:
    """A `Journal` for an asyncio loop: the same methods, awaited, each served on the journal's own thread.

    `opener` opens the journal (`functools.partial(Journal.open, path, …)`) and is called on that thread. An
    `executor` that is passed in must serve one call at a time on one thread, and stays the caller's to shut down.
    Every method raises what Journal's raises, and JournalMisuse before `start` and after `close`.
    """

    def __init__(
        self, opener: Callable[[], Journal], executor: Executor | None = None, timed: Timed | None = None
    ) -> None:
        self._opener = opener
        self._timed: Timed = timed or _untimed
        self._own = None if executor else ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._executor = executor or self._own
        self._opened: Journal | None = None

    async def start(self) -> Head:
        """Open the journal and return its head. When it cannot be opened, no thread is left."""
        try:
            self._opened = await self._on_thread(self._opener)
        except BaseException:
            self._stop()
            raise
        return self._opened.head()

    async def close(self) -> None:
        """Wait for what was handed over, close the journal and end the thread; harmless when closed."""
        journal, self._opened = self._opened, None
        try:
            if journal is not None:
                await self._on_thread(journal.close)
        finally:
            self._stop()

    def _stop(self) -> None:
        own, self._own, self._executor = self._own, None, None
        if own is not None:
            own.shutdown(wait=True)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        if self._executor is None:
            raise JournalMisuse("The journal is closed; nothing was done.")
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    @property
    def _journal(self) -> Journal:
        if self._opened is None:
            raise JournalMisuse("The journal is not open; nothing was done.")
        return self._opened

    @property
    def journal_id(self) -> str:
        """The journal's own id, given when it was begun."""
        return self._journal.journal_id

    async def append(
        self,
        batch: Sequence[Entry],
        requests: Sequence[Request] = (),
        *,
        personal: Mapping[str, bytes] | None = None,
        snapshot: bytes | None = None,
        anchor: str | None = None,
    ) -> list[Record]:
        """See Journal.append: one commit for the whole batch."""
        journal = self._journal
        return await self._on_thread(
            lambda: self._clocked(
                lambda: journal.append(batch, requests, personal=personal, snapshot=snapshot, anchor=anchor)
            )
        )

    def _clocked(self, commit: Callable[[], T]) -> T:
        begun, failed = time.perf_counter(), False
        try:
            return commit()
        except JournalFailed:
            failed = True
            raise
        finally:
            self._timed(time.perf_counter() - begun, failed=failed)

    async def advance(
        self,
        book: str,
        seq: int,
        refs: Mapping[str, str] | None = None,
        parked: Sequence[Parked] = (),
        resolved: Sequence[int] = (),
        intent: Intent | None = None,
    ) -> None:
        """See Journal.advance."""
        journal = self._journal
        await self._on_thread(lambda: journal.advance(book, seq, refs, parked, resolved, intent))

    async def forget(self, subject: str) -> bool:
        """See Journal.forget."""
        journal = self._journal
        return await self._on_thread(lambda: journal.forget(subject))

    async def checkpoint(self) -> Checkpoint:
        """See Journal.checkpoint."""
        return await self._on_thread(self._journal.checkpoint)

    async def reopen(self) -> Head:
        """See Journal.reopen."""
        return await self._on_thread(self._journal.reopen)

    async def head(self) -> Head:
        """See Journal.head. Answered by the thread: also the sign that it is alive."""
        return await self._on_thread(self._journal.head)

    async def same_as(self, head: tuple[int, bytes]) -> bool:
        """See Journal.same_as."""
        journal = self._journal
        return await self._on_thread(lambda: journal.same_as(head))

    async def read(self, after: int = 0, limit: int = ROWS_AT_ONCE) -> list[Record]:
        """See Journal.read."""
        journal = self._journal
        return await self._on_thread(lambda: journal.read(after, limit))

    async def rows(self, after: int = 0, limit: int = ROWS_AT_ONCE) -> list[Row]:
        """See Journal.rows."""
        journal = self._journal
        return await self._on_thread(lambda: journal.rows(after, limit))

    async def by_subject(self, subject: str) -> list[Record]:
        """See Journal.by_subject."""
        journal = self._journal
        return await self._on_thread(lambda: journal.by_subject(subject))

    async def by_name(self, name: str, limit: int = 50, before: int | None = None) -> list[Record]:
        """See Journal.by_name."""
        journal = self._journal
        return await self._on_thread(lambda: journal.by_name(name, limit, before))

    async def find_request(self, request_id: str) -> BoundRequest | None:
        """See Journal.find_request."""
        journal = self._journal
        return await self._on_thread(lambda: journal.find_request(request_id))

    async def latest_snapshot(self) -> Snapshot | None:
        """See Journal.latest_snapshot."""
        return await self._on_thread(self._journal.latest_snapshot)

    async def replay_from_snapshot(self) -> tuple[bytes | None, AsyncIterator[Record]]:
        """See Journal.replay_from_snapshot; the records come in pieces, `async for`."""
        snapshot, records = await self._on_thread(self._journal.replay_from_snapshot)
        return snapshot, self._pieces(records)

    async def _pieces(self, records: Iterator[Record]) -> AsyncIterator[Record]:
        while piece := await self._on_thread(lambda: list(islice(records, ROWS_AT_ONCE))):
            for record in piece:
                yield record

    async def anchors(self) -> list[Anchor]:
        """See Journal.anchors."""
        return await self._on_thread(self._journal.anchors)

    async def personal(self, subject: str) -> bytes | None:
        """See Journal.personal."""
        journal = self._journal
        return await self._on_thread(lambda: journal.personal(subject))

    async def cursors(self) -> dict[str, int]:
        """See Journal.cursors."""
        return await self._on_thread(self._journal.cursors)

    async def ref(self, vendor: str, our_id: str) -> str | None:
        """See Journal.ref."""
        journal = self._journal
        return await self._on_thread(lambda: journal.ref(vendor, our_id))

    async def refs(self, vendor: str) -> dict[str, str]:
        """See Journal.refs."""
        journal = self._journal
        return await self._on_thread(lambda: journal.refs(vendor))

    async def parked(self, vendor: str | None = None, after: int = 0, limit: int | None = None) -> list[Parked]:
        """See Journal.parked."""
        journal = self._journal
        return await self._on_thread(lambda: journal.parked(vendor, after, limit))

    async def parked_row(self, vendor: str, seq: int) -> Parked | None:
        """See Journal.parked_row."""
        journal = self._journal
        return await self._on_thread(lambda: journal.parked_row(vendor, seq))

    async def parked_states(self, vendor: str) -> dict[ParkedState, int]:
        """See Journal.parked_states."""
        journal = self._journal
        return await self._on_thread(lambda: journal.parked_states(vendor))

    async def waiting(self, vendor: str, on: str) -> list[Parked]:
        """See Journal.waiting."""
        journal = self._journal
        return await self._on_thread(lambda: journal.waiting(vendor, on))

    async def intent(self, book: str) -> Intent | None:
        """See Journal.intent."""
        journal = self._journal
        return await self._on_thread(lambda: journal.intent(book))

    async def count(self, names: Sequence[str], after: int = 0) -> int:
        """See Journal.count."""
        journal = self._journal
        return await self._on_thread(lambda: journal.count(names, after))

    async def count_parked(self, vendor: str, names: Sequence[str]) -> int:
        """See Journal.count_parked."""
        journal = self._journal
        return await self._on_thread(lambda: journal.count_parked(vendor, names))

    async def settings(self) -> Settings:
        """See Journal.settings."""
        return await self._on_thread(self._journal.settings)
