"""The link of a till that takes its sales to its books itself: the receiver reads the same journal.

Nothing is copied. What a receiver "holds" is how far the journal's own cursor UPLINK has come: `append` reads the
envelope, holds it against the records in the file, and moves the cursor in one commit. So a record cannot be lost
between two stores, because there is one; and what is true of a fleet (envelopes, compare-and-set, watermark) is
exercised on every till. Commands wait in a file beside the journal (`inbox.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Protocol, TypeVar

from firmware_bridge.journal.chain import Head, genesis
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.records import Record
from firmware_bridge.uplink.envelope import Envelope, read
from firmware_bridge.uplink.link import Delivered, LinkDoubtful, LinkDown, LinkForeign, LinkMisuse, OutOfStep

T = TypeVar("T")
UPLINK = "uplink"
"""The name of the journal's cursor: beside those of the books, and none of theirs."""


class OwnJournal(Protocol):
    """What the link asks of the till's open journal (`JournalThread`)."""

    @property
    def journal_id(self) -> str:
        """See JournalThread."""
        ...

    async def read(self, after: int = 0, limit: int = 1) -> list[Record]:
        """See JournalThread."""
        ...

    async def cursors(self) -> dict[str, int]:
        """See JournalThread."""
        ...

    async def advance(self, book: str, seq: int, refs: Mapping[str, str] | None = None) -> None:
        """See JournalThread."""
        ...


class Inbox(Protocol):
    """Where commands wait for a till (`CommandInbox`). Called on the executor."""

    def receive(self, till: str, after: int) -> list[Delivered]:
        """See CommandInbox."""
        ...


class InProcessLink:
    """A `Link` over the journal of `till`, which its owner opens and closes, and an inbox.

    Envelopes are read and the inbox's file is touched on `executor` (None: the loop's own).
    """

    def __init__(self, till: str, journal: OwnJournal, inbox: Inbox, executor: Executor | None = None) -> None:
        self._till = till
        self._journal = journal
        self._inbox = inbox
        self._executor = executor
        self._open = False
        self._turn = asyncio.Lock()

    async def open(self, till: str) -> None:
        """See Link.open."""
        if self._open:
            raise LinkMisuse(f"The link of till {self._till} is open already; nothing was done.")
        if till != self._till:
            raise LinkForeign(f"This is the link of till {self._till}, not of {till}; nothing was done.")
        self._open = True

    async def watermark(self) -> Head:
        """See Link.watermark."""
        self._check()
        try:
            return await self._at((await self._journal.cursors()).get(UPLINK, 0))
        except JournalError as error:
            raise LinkDown(f"The journal of till {self._till} cannot be read: {error}") from error

    async def append(self, envelope: bytes, expected: int) -> Head:
        """See Link.append."""
        self._check()
        async with self._turn:
            found = await self._beside(read, envelope)
            mark = await self.watermark()
            await self._compare(found)
            if found.head.seq <= mark.seq:
                return mark
            if expected != mark.seq or not found.follows(mark):
                raise OutOfStep(
                    f"Records {found.before.seq + 1} to {found.head.seq} after record {expected} were refused: till "
                    f"{self._till} is at record {mark.seq}; nothing was stored, go on from there.",
                    mark,
                )
            try:
                await self._journal.advance(UPLINK, found.head.seq)
            except JournalError as error:
                raise LinkDoubtful(
                    f"The journal did not confirm that till {self._till} is at record {found.head.seq}: {error}; ask "
                    f"for the watermark."
                ) from error
            return found.head

    async def _compare(self, found: Envelope) -> None:
        """Raises LinkForeign unless these are this journal's records (the last hash stands for all), LinkDown."""
        context = found.context
        if (context.till, context.journal) != (self._till, self._journal.journal_id):
            raise LinkForeign(
                f"The records are of till {context.till} (journal {context.journal}), not of {self._till} (journal "
                f"{self._journal.journal_id}); nothing was stored."
            )
        try:
            ours = await self._journal.read(found.head.seq - 1, 1)
        except JournalError as error:
            raise LinkDown(
                f"Record {found.head.seq} of till {self._till} cannot be read: {error}; nothing was stored."
            ) from error
        if not ours or ours[0].hash != found.head.hash:
            raise LinkForeign(
                f"Record {found.head.seq} is not the one in the journal of till {self._till}: it, or one before it, "
                f"was rewritten; nothing was stored, verify the journal against the last shift report."
            )

    async def _at(self, seq: int) -> Head:
        if seq == 0:
            return Head(0, genesis(self._journal.journal_id))
        return Head(seq, (await self._journal.read(seq - 1, 1))[0].hash)

    async def receive(self, after: int) -> list[Delivered]:
        """See Link.receive."""
        self._check()
        return await self._beside(self._inbox.receive, self._till, after)

    async def _beside(self, work: Callable[..., T], *arguments: object) -> T:
        """Do what would keep the loop, and everybody who sells, waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)

    async def close(self) -> None:
        """See Link.close. The journal stays its owner's to close."""
        self._open = False

    def _check(self) -> None:
        if not self._open:
            raise LinkMisuse(f"The link of till {self._till} is not open; nothing was done.")
