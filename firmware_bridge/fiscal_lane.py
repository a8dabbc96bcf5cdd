"""Between the till and a network fiscaliser on a sale's way: a mailbox served one order at a time, on the till's loop.

Whatever an order leads to comes back as one event, and what a fiscaliser finds out by the way is told around it. That
nothing of a document could be sent (FiscaliserUnreachable) is the fiscaliser's own word: it has tried for a while. An
exception that nobody foresaw becomes doubt, never silence. An order that was not begun when the lane closes gets no
event: its intention stays without outcome, and the next start asks what became of it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine
from typing import Any

from drivers.errors import DeviceError, NotSent, Refused, Unanswered
from firmware_bridge import fiscal_drain, register_copies
from firmware_bridge.clock import TillClock
from firmware_bridge.lanes import Post, document_of
from firmware_bridge.log_kinds import about
from firmware_bridge.ordering import PrintedThere, nowhere
from firmware_bridge.vendors.base import Copier, Finder, Findings, Fiscaliser
from statemachines.vocabulary.effects import Ask, DrainStep, Effect, Fiscalise, Print, SignOut
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    PrintDoubtful,
    PrintRefused,
    ReceiptPrinted,
)

log = logging.getLogger(__name__)

SLOW_S = 240.0  # no order may take longer: a customer at a register that charges the card has three minutes
CLOSE_S = 5.0  # how long letting the connection go may take
STOPPED = "the till was stopped while the fiscaliser was at work; it is asked at the next start"


class FiscalLane:
    """One task for one fiscaliser. `name` is for the log; `post` puts an event into the till's inbox, on the loop.

    `printed_there`: the particulars of a document that it has printed itself, for a copy of it.
    """

    def __init__(
        self,
        name: str,
        fiscaliser: Fiscaliser,
        post: Post,
        clock: TillClock,
        printed_there: PrintedThere = nowhere,
    ) -> None:
        self._name = name
        self._printed_there = printed_there
        self._fiscaliser = fiscaliser
        self._post = post
        self._clock = clock
        self._mailbox: asyncio.Queue[Effect | None] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._work: asyncio.Task[Event | None] | None = None
        self._stopping = False
        self._ended = threading.Event()

    def start(self) -> None:
        """Begin to serve; to be called on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._serve(), name=f"lane-{self._name}")

    def order(self, effect: Effect) -> None:
        """Put an effect into the mailbox, on the loop. After `close` it is left undone."""
        if not self._stopping:
            self._mailbox.put_nowait(effect)

    def close(self) -> None:
        """End it. From another thread: returns when the task is gone; on the loop itself: the task ends soon after."""
        loop = self._loop
        if loop is None or not loop.is_running() or self._ended.is_set():
            return
        loop.call_soon_threadsafe(self._stop)
        if not _is_current(loop):
            self._ended.wait()

    def _stop(self) -> None:
        self._stopping = True
        self._mailbox.put_nowait(None)
        if self._work is not None:
            self._work.cancel()

    async def _serve(self) -> None:
        try:
            await self._run(self._connect())
            while (effect := await self._next()) is not None:
                begun = self._clock.monotonic()
                event = await self._run(self._carry_out(effect), _doubt(effect, STOPPED))
                self._tell(event)
                self._tell_if_slow(effect, self._clock.monotonic() - begun)
        finally:
            await self._let_go()
            self._ended.set()

    def _tell(self, outcome: Event | None) -> None:
        """Post the outcome of an order, and what was found out with it before and after."""
        found = self._fiscaliser.found() if isinstance(self._fiscaliser, Finder) else Findings()
        for event in (*found.before, *(() if outcome is None else (outcome,)), *found.after):
            self._post(event)

    async def _next(self) -> Effect | None:
        """The next order; None when the lane is to end, whatever waits."""
        effect = None if self._stopping else await self._mailbox.get()
        return None if self._stopping else effect

    async def _run(self, work: Coroutine[Any, Any, Event | None], cut_short: Event | None = None) -> Event | None:
        """Do it in a task of its own, so that `close` can end it and nothing else; then `cut_short` is the outcome."""
        self._work = asyncio.get_running_loop().create_task(work)
        await asyncio.wait({self._work})
        done, self._work = self._work, None
        return cut_short if done.cancelled() else done.result()

    async def _connect(self) -> Event | None:
        try:
            await self._fiscaliser.connect()
        except DeviceError as error:
            log.warning("%s is not ready yet: %s", self._name, error, extra=about("fiscal-waits", device=self._name))
        except Exception:
            log.exception(
                "unforeseen error while connecting to %s", self._name, extra=about("driver-error", device=self._name)
            )
        return None

    async def _carry_out(self, effect: Effect) -> Event | None:
        try:
            match effect:
                case Fiscalise():
                    return await self._fiscaliser.fiscalise(effect)
                case Ask(intention=Fiscalise() as intention):
                    return await self._fiscaliser.ask(intention)
                case Print():
                    return await self._copy(effect)
                case SignOut():
                    await self._fiscaliser.sign_out(effect)
                    return None
                case _ if isinstance(effect, DrainStep):
                    return await fiscal_drain.carry_out(self._fiscaliser, effect)
                case _:
                    log.error(
                        "a fiscaliser cannot %s", type(effect).__name__, extra=about("order-unknown", device=self._name)
                    )
                    return None
        except DeviceError as error:
            return self._failed(effect, error)
        except Exception as error:
            log.exception(
                "unforeseen error in a fiscaliser",
                extra=about("driver-error", device=self._name, receipt=document_of(effect)),
            )
            return _doubt(effect, f"unforeseen error in the fiscaliser ({type(error).__name__})")

    async def _copy(self, job: Print) -> Event:
        """Raises NotSent, Refused, Unanswered; JournalError, which nobody foresaw."""
        stamp = await self._printed_there(job.document_id)
        if not isinstance(self._fiscaliser, Copier) or stamp is None or not stamp.number:
            return PrintRefused(job.document_id, job.job_id, register_copies.UNNAMED)
        if not await self._fiscaliser.copy(stamp):
            return PrintRefused(job.document_id, job.job_id, register_copies.FAILED)
        return ReceiptPrinted(job.document_id, job.job_id, "read_back")

    def _failed(self, effect: Effect, error: DeviceError) -> Event | None:
        match effect, error:
            case Print(document_id=name, job_id=job_id), NotSent():
                return PrintRefused(name, job_id, f"{error.text}; nothing was sent")
            case Print(document_id=name, job_id=job_id), Refused():
                return PrintRefused(name, job_id, error.text)
            case Print(), Unanswered() | DeviceError():
                return _doubt(effect, error.text)
            case Fiscalise(), NotSent():
                return FiscalisationRefused(effect.document_id, f"{error.text}; nothing was sent")
            case Fiscalise(), Refused():
                return FiscalisationRefused(effect.document_id, error.text)
            case Fiscalise() | Ask(), Unanswered() | DeviceError():
                return _doubt(effect, error.text)
            case _:
                log.warning(
                    "%s: %s",
                    self._name,
                    error,
                    extra=about("fiscal-waits", device=self._name, receipt=document_of(effect)),
                )
                return None

    def _tell_if_slow(self, effect: Effect, seconds: float) -> None:
        if seconds > SLOW_S:
            log.warning(
                "%s took %.0f s for one %s",
                self._name,
                seconds,
                type(effect).__name__,
                extra=about("fiscal-slow", device=self._name, receipt=document_of(effect)),
            )

    async def _let_go(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._fiscaliser.close()
        except Exception:
            log.exception(
                "the connection to %s could not be closed", self._name, extra=about("driver-error", device=self._name)
            )


def _doubt(effect: Effect, reason: str) -> Event | None:
    """It may have happened, or the question was not answered: doubt. What makes no document leaves nothing."""
    match effect:
        case Fiscalise(document_id=document_id) | Ask(intention=Fiscalise(document_id=document_id)):
            return FiscalisationDoubtful(document_id, reason)
        case Print(document_id=document_id, job_id=job_id):
            return PrintDoubtful(document_id, job_id, reason)
        case _:
            return None


def _is_current(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
