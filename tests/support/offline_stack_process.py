"""One process of a till that may lose its power at any await: its loop, its lanes and its hold on the journal.

What it was doing is not done then, and its sockets are closed; the next one knows what is in the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from drivers.printers.layout import Shop
from firmware_bridge.composer import ShopComposer
from firmware_bridge.core import TillCore
from firmware_bridge.fiscal_lane import FiscalLane
from firmware_bridge.fiscal_time import FiscalTime, Memory
from firmware_bridge.journal.records import Record
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import InlineExecutor, JournalThread
from firmware_bridge.till import Till
from statemachines.vocabulary.effects import Ask, Effect, Print
from statemachines.vocabulary.events import Event, PrinterReady, PrintFoundMissing, ReceiptPrinted
from statemachines.vocabulary.evidence import Counters
from tests.support.offline_stack_line import Wire
from tests.support.offline_stack_time import LIFE

if TYPE_CHECKING:
    from tests.support.offline_stack import Stack

PRINT_S: Final = 0.4
SNAPSHOT_EVERY: Final = 300
COMPOSER: Final = ShopComposer(Shop(("ТОВ «Приклад»",), zone="Europe/Kyiv", till="1"), 42, 2)


class Printer:
    """A lane that always prints. `printed`: whatever came out of it, by any process."""

    def __init__(self, life: Life, printed: list[Print]) -> None:
        self._life = life
        self._printed = printed

    def start(self) -> None:
        self._life.hear(PrinterReady(counters=Counters(len(self._printed), 0)), 0.0)

    def close(self) -> None:
        pass

    def order(self, effect: Effect) -> None:
        if isinstance(effect, Print):
            self._printed.append(effect)
            self._tell(effect)
        elif isinstance(effect, Ask) and isinstance(effect.intention, Print):
            self._tell(effect.intention)

    def _tell(self, job: Print) -> None:
        """Whether it came out: the process before this one may have died before it ordered it."""
        name, counters = job.document_id, Counters(len(self._printed), 0)
        out = any((one.document_id, one.job_id) == (name, job.job_id) for one in self._printed)
        missing = PrintFoundMissing(name, job.job_id, proven=True, fragment=False, evidence="no such job was printed")
        self._life.hear(ReceiptPrinted(name, job.job_id, "process_id", counters) if out else missing, PRINT_S)


class Guarded(JournalThread):
    """The journal of a process that may lose its power before and after each commit."""

    def __init__(self, opener: Callable[[], Journal], life: Life) -> None:
        super().__init__(opener, InlineExecutor())
        self._life = life

    async def append(self, *batch: Any, **beside: Any) -> list[Record]:
        await self._life.point("before a commit")
        records = await super().append(*batch, **beside)
        self._life.stack.counted["commits"] += 1
        await self._life.point("after a commit")
        return records


class Life:
    """One process of the till. `dead`: it has lost its power."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.tasks: set[asyncio.Task[Any]] = set()
        self.dead = asyncio.Event()
        self.journal = Guarded(
            partial(
                Journal.open,
                stack.path,
                till_id="1",
                clock=stack.clock.utc_ms,
                new_id=lambda: "journal",
            ),
            self,
        )
        self.wire = Wire(stack.line, stack.clock.monotonic, self.point)
        self.till: Till

    async def point(self, name: str) -> None:
        """Here this process may end; whoever is here when it does goes no further."""
        if self.dead.is_set():
            raise asyncio.CancelledError
        stack = self.stack
        if stack.dies_in is None:
            return
        stack.dies_in -= 1
        if stack.dies_in < 0:
            stack.dies_in = None
            stack.counted[f"killed {name.split('/', maxsplit=1)[0].strip()}"] += 1
            self.dead.set()
            await asyncio.Event().wait()

    def hear(self, event: Event, after_s: float) -> None:
        """A device tells it something, while it lives."""

        def tell() -> None:
            if not self.dead.is_set():
                self.till.post(event)

        self.stack.loop.call_later(after_s, tell)

    async def begin(self) -> None:
        """Until it serves, or dies on the way."""
        token = LIFE.set(self.tasks)
        try:
            starting = asyncio.create_task(self._start())
            dead = asyncio.create_task(self.dead.wait())
        finally:
            LIFE.reset(token)
        await asyncio.wait({starting, dead}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()

    async def _start(self) -> None:
        stack = self.stack
        await self.journal.start()
        time = FiscalTime(
            stack.clock,
            lambda: stack.clock.synchronised,
            Memory(stack.path.with_suffix(".clock"), f"boot-{stack.clock.boots}"),
        )
        core = TillCore(stack.settings, COMPOSER, stack.clock, "UAH", SNAPSHOT_EVERY, time.read)
        self.till = Till(
            core,
            self.journal,
            stack.clock,
            stack.settings,
            path=stack.path,
            till_id="1",
            boot_id=f"boot-{stack.clock.boots}",
            version="test",
            free=lambda _: 1.0,
            zone="Europe/Kyiv",
        )
        fiscaliser = stack.fiscaliser(self.wire)
        time.follow(fiscaliser)
        lane = FiscalLane("fiscaliser", fiscaliser, self.till.post, stack.clock)
        await self.till.start({"printer": Printer(self, stack.printed), "fiscaliser": lane})
        stack.parts.restored(core)
        asyncio.create_task(self._serve())  # noqa: RUF006 - kept in `tasks`

    async def _serve(self) -> None:
        try:
            await self.till.run()
        except Exception as error:
            self.stack.failed.append(error)
            self.dead.set()
            raise

    async def end(self) -> None:
        """No power: whatever it was doing is not done, and its sockets are closed."""
        self.dead.set()
        for _ in range(20):
            waiting = {task for task in self.tasks if not task.done()}
            if not waiting:
                break
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        await self.wire.close()
        await self.journal.close()
