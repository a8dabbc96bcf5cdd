"""A till's journal with a pump on it, and a link in between on which things go wrong as a test wants it."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from firmware_bridge.gateway.pump import JournalSource, Pump
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import InlineExecutor, JournalThread
from firmware_bridge.uplink.envelope import Context, read
from firmware_bridge.uplink.inbox import CommandInbox
from firmware_bridge.uplink.inprocess import InProcessLink
from firmware_bridge.uplink.link import Delivered, Link, LinkDoubtful, LinkDown, LinkForeign, OutOfStep
from tests.firmware_bridge.journal.samples import moved, ticking
from tests.firmware_bridge.uplink.samples import TILL

TURNS = 5000
FAULTS = ("down", "lost", "vanished", "stale", "odd", "unopened", "mute")
"""An append that does not arrive; whose answer is lost; that is lost itself; that is refused as not the next one; that
breaks off unforeseen; and an opening, a question for the watermark that fail."""


class Receiving(JournalThread):
    """The journal, noting every record that the receiver takes by moving its cursor, in its order."""

    taken: list[int]

    async def advance(self, book: str, seq: int, *more: Any, **others: Any) -> None:
        at = (await self.cursors()).get(book, 0)
        self.taken += range(at + 1, seq + 1) if seq > at else [seq]
        await super().advance(book, seq, *more, **others)


@dataclass
class Line:
    """A link that fails as told.

    `faults`: what happens to the next calls, "" = nothing. `remembers` makes the control: who asks for the watermark
    is told where the last envelope ended, as a pump would believe that asks nobody.
    """

    link: Link
    faults: deque[str] = field(default_factory=deque)
    contexts: list[Context] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    appends: int = 0
    received: int = 0
    remembers: bool = False
    _sent: Head | None = None

    async def open(self, till: str) -> None:
        if self._next("unopened"):
            raise LinkDown("nobody is there")
        await self.link.open(till)

    async def watermark(self) -> Head:
        if self._next("mute"):
            raise LinkDown("no answer")
        return self._sent if self.remembers and self._sent is not None else await self.link.watermark()

    async def append(self, envelope: bytes, expected: int) -> Head:
        self.appends += 1
        found = read(envelope)
        self._sent = found.head
        before = await self.link.watermark()
        if self._next("down"):
            raise LinkDown("the line is down")
        if self._next("vanished"):
            raise LinkDoubtful("no answer")
        if self._next("stale"):
            raise OutOfStep("it is not the next one", before)
        if self._next("odd"):
            raise RuntimeError("a bug")
        try:
            mark = await self.link.append(envelope, expected)
        except (OutOfStep, LinkForeign) as error:
            self.refused.append(type(error).__name__)
            raise
        self.contexts.append(found.context)
        if self._next("lost"):
            raise LinkDoubtful("no answer")
        return mark

    async def receive(self, after: int) -> list[Delivered]:
        self.received += 1
        return await self.link.receive(after)

    async def close(self) -> None:
        await self.link.close()

    def _next(self, fault: str) -> bool:
        if self.faults and self.faults[0] == fault:
            self.faults.popleft()
            return True
        if self.faults and not self.faults[0]:
            self.faults.popleft()
        return False


@dataclass
class Rig:
    """One run of a till's process.

    `pauses`: what the pump waited, in seconds; it takes no time here, unless `going` is cleared.
    """

    journal: Receiving
    inbox: CommandInbox
    line: Line
    pump: Pump
    pauses: list[float]
    reached: list[int]
    task: asyncio.Task[None]
    going: asyncio.Event

    @property
    def taken(self) -> list[int]:
        """Every record as the receiver took it."""
        return self.journal.taken

    async def commit(self, *numbers: int) -> None:
        """As the till does: one batch, then the pump is woken."""
        await self.journal.append([moved(number) for number in numbers])
        self.pump.wake()

    async def until(self, fact: Callable[[], bool]) -> None:
        for _ in range(TURNS):
            if fact():
                return
            await asyncio.sleep(0)
        raise AssertionError(f"it never came: {self.pump.status()}, {self.line}")

    async def at(self, seq: int) -> None:
        """Until the receiver holds record `seq`, and nobody is at work."""
        await self.until(lambda: self.pump.status().mark == seq and self.pump.status().state == "up")


@asynccontextmanager
async def pumping(
    folder: Path,
    line: Callable[[Link], Line] = Line,
    *,
    seed: int = 1,
    executor: Executor | None = None,
) -> AsyncIterator[Rig]:
    """A till's process from its start to its end."""
    opener = partial(Journal.open, folder / "journal.sqlite", till_id=TILL, clock=ticking(), new_id=lambda: "journal-1")
    journal = Receiving(opener, InlineExecutor())
    journal.taken = []
    await journal.start()
    beside = executor or InlineExecutor()
    inbox = CommandInbox(folder / "inbox.sqlite")
    flawed = line(InProcessLink(TILL, journal, inbox, beside))
    pauses: list[float] = []
    reached: list[int] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await going.wait()
        await asyncio.sleep(0)

    going = asyncio.Event()
    going.set()

    source = JournalSource(TILL, journal)
    pump = Pump(TILL, flawed, source, reached.append, random.Random(seed), executor=beside, sleep=sleep)
    task = asyncio.create_task(pump.run())
    try:
        yield Rig(journal, inbox, flawed, pump, pauses, reached, task, going)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await pump.close()
        await journal.close()
