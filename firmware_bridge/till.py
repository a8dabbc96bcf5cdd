"""The loop: event -> journal -> rules -> effects -> lanes -> outcome event, and round again.

One inbox for everything that happens. The loop takes what waits in it together, lets the core decide, commits once,
and only then lets the effects leave and answers whoever asked. It waits for the journal, never for a device: a
device answers by an event in the same inbox.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from firmware_bridge import day_views, fiscal_views, told, views
from firmware_bridge.alarms import alarms
from firmware_bridge.answers import Answers
from firmware_bridge.api.backend import Answer
from firmware_bridge.clock import TillClock
from firmware_bridge.core import Batch, TillCore, subject_of_command
from firmware_bridge.journal.errors import JournalError, JournalFailed, RequestKnown
from firmware_bridge.journal.records import Record
from firmware_bridge.journal.space import free_share
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.lanes import Lane
from firmware_bridge.log_kinds import about
from firmware_bridge.ordering import Ordering
from firmware_bridge.progress import QUIET, Progress
from firmware_bridge.schedule import ShiftTimes
from statemachines import shift as shift_machine
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import Command, Refusal, ReturnedBefore
from statemachines.vocabulary.events import Event, FiscalStamp, Occurred, ShiftClosed, TimeReached
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import Customer, Receipt, TaxGroup

log = logging.getLogger(__name__)

IDLE_FLUSH_S = 0.5
REPAIR_S = 1.0  # pause before a journal that refused a commit is opened anew
CHECKPOINT_S = 30.0
FREE_SHARE = 0.05  # of the journal's partition; below this no new money is taken in
WAITABLE = ("busy", "in-doubt")
NO_ROOM = Refusal(
    "storage",
    "The journal's disk is nearly full (less than 5 % is free): make room. Nothing was sold, nothing was sent.",
)
NOT_STORED = Refusal(
    "storage",
    "The journal could not be written, so nothing was sent to any device: check the disk of the till.",
)
STOPPED = Refusal("stopping", "The till is being stopped; nothing was begun. Repeat when it is back.")


@dataclass(slots=True)
class _Asked:
    """A command with whoever waits for its answer until `deadline` (monotonic seconds).

    `accepted` is done once the journal holds the command: only then may "accepted" be told.
    """

    command: Command
    digest: bytes
    deadline: float
    answer: asyncio.Future[Answer]
    accepted: asyncio.Future[None]


@dataclass(slots=True)
class _Waiter:
    asked: _Asked
    subject: str
    replayed: bool = field(default=False)


class Till:
    """Owns the core, the journal's thread and the lanes. Implements `firmware_bridge.api.backend.Backend`.

    `zone`: IANA name, of the times that are told to people. `progress`: told of a start that takes long.
    """

    def __init__(
        self,
        core: TillCore,
        journal: JournalThread,
        clock: TillClock,
        settings: RuleSettings,
        *,
        path: Path,
        till_id: str,
        boot_id: str,
        version: str,
        free: Callable[[Path], float] = free_share,
        training: bool = False,
        zone: str = "UTC",
        progress: Progress = QUIET,
    ) -> None:
        self._core = core
        self._journal = journal
        self._clock = clock
        self._settings = settings
        self._answers = Answers(core, journal, settings)
        self._path = path
        self._till_id = till_id
        self._boot_id = boot_id
        self._version = version
        self._training = training
        self._zone = zone
        self._progress = progress
        self._free = free
        self._loop = asyncio.get_running_loop()
        self._inbox: asyncio.Queue[Event | _Asked] = asyncio.Queue()
        self._ordering = Ordering(self._answers.with_order, self.post, self._answers.printed_there)
        self._held: deque[_Asked] = deque()
        self._waiters: list[_Waiter] = []
        self._fired: dict[str, int] = {}
        self._batch_commands: list[_Asked] = []
        self._batch_events: list[Event] = []
        self._committed = asyncio.Condition()
        self._stopping = False
        self._broken = ""
        self._repair_at = 0.0
        self._last_checkpoint = clock.monotonic()
        self._dirty_since: float | None = None
        self._written: Callable[[int], None] = lambda _: None

    def follow(self, written: Callable[[int], None]) -> None:
        """Let `written` hear the number of the last record after every commit, on the loop; it must not wait."""
        self._written = written

    def customer(self, document_id: str) -> Customer | None:
        """Whom a sale that is under way is for (the fiscaliser sends the receipt there); None when nobody said."""
        return self._core.customer(document_id)

    async def printed_there(self, document_id: str) -> FiscalStamp | None:
        """The particulars of a document that the register has printed itself, for its copy. Raises JournalError."""
        return await self._answers.printed_there(document_id)

    def look_at(self, fiscal_doc_id: str) -> None:
        """The fiscaliser has hinted at this document of its own: if it is in doubt here, ask at once. On the loop."""
        for name, document in self._core.rules.state.documents.items():
            if document.fiscalise is not None and document.fiscalise.fiscal_doc_id == fiscal_doc_id:
                self._inbox.put_nowait(TimeReached(f"ask:{name}"))

    # --- life -------------------------------------------------------------------------------------------------------

    def post(self, event: Event) -> None:
        """Put an event into the inbox; from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._inbox.put_nowait, event)
        except RuntimeError:  # the loop is closed: the journal's intention without outcome tells the next start
            log.info("an event came after the till was stopped: %s", type(event).__name__, extra=about("till-ended"))

    async def start(self, lanes: dict[str, Lane]) -> None:
        """Replay the journal, declare doubtful what has no outcome, start the lanes (`printer`, drawer ids)."""
        self._ordering.lanes = lanes
        await self._restore()
        for document_id in list(self._core.rules.state.documents):
            body = await self._journal.personal(document_id)
            if body is not None:
                self._core.know_customer(document_id, body)
        self._core.started(self._till_id, self._boot_id, self._version)
        for lane in set(lanes.values()):
            lane.start()
        await self._commit(flush=True)

    async def _restore(self) -> None:
        body, records = await self._journal.replay_from_snapshot()
        if body is None or not self._core.restore(body, [record async for record in records]):
            head = (await self._journal.head()).seq
            if body is not None:
                log.warning(
                    "the snapshot cannot be used by this release: replaying all %d records",
                    head,
                    extra=about("journal-newer"),
                )
            with self._progress as progress:
                progress.begin("replaying the journal", head, "records")
                # Piece by piece, on a thread of its own: of a million records nothing but the state stays in memory.
                await asyncio.to_thread(self._core.restore, None, progress.over(self._whole_journal()))
        if self._core.not_understood:
            log.error(
                "%d records of the journal are of a newer release and are carried along unread: update this till",
                self._core.not_understood,
                extra=about("journal-newer"),
            )
        self._core.committed(await self._journal.head())

    def _whole_journal(self) -> Iterator[Record]:
        """All records, for another thread than the loop's."""
        last = 0
        while piece := asyncio.run_coroutine_threadsafe(self._journal.read(last), self._loop).result():
            yield from piece
            last = piece[-1].seq

    async def run(self) -> None:
        """Serve the inbox until `stop`."""
        while not self._stopping:
            await self._take_what_waits()
            await self._commit()
            await self._retry_held()
        await self._wind_up()

    def stop(self) -> None:
        """End `run` soon (on the loop)."""
        self._stopping = True
        self._inbox.put_nowait(TimeReached("stop"))

    async def _wind_up(self) -> None:
        for lane in set(self._ordering.lanes.values()):
            await asyncio.to_thread(lane.close)
        while not self._inbox.empty():
            await self._take(self._inbox.get_nowait())
        await self._commit(flush=True)
        for asked in self._held:
            if not asked.answer.done():
                asked.answer.set_result(Answer("none", "", STOPPED, None))
        for waiter in self._waiters:  # the journal has these: the next start finishes them
            unfinished = await self._unfinished(waiter)
            if not waiter.asked.answer.done():
                waiter.asked.answer.set_result(unfinished)

    # --- one round --------------------------------------------------------------------------------------------------

    async def _take_what_waits(self) -> None:
        """Wait for something to happen, then take everything that has happened by now: one commit for all of it."""
        due, key = self._next_deadline()
        pause = None if due is None else max(0.0, due - self._clock.monotonic())
        try:
            async with asyncio.timeout(pause):
                first = await self._inbox.get()
        except TimeoutError:
            await self._time_passed(key)
        else:  # outside of the time limit: what was taken out of the inbox is looked up, whatever comes due meanwhile
            await self._take(first)
        for _ in range(2):  # what the first ones have woken comes into the same commit
            while not self._inbox.empty():
                await self._take(self._inbox.get_nowait())
            await asyncio.sleep(0)

    async def _take(self, item: Event | _Asked) -> None:
        if isinstance(item, _Asked):
            await self._command(item)
        else:
            self._batch_events.append(item)
            if not self._broken:  # else it is heard again once the journal is whole
                self._core.take(item)

    def _next_deadline(self) -> tuple[float | None, str]:
        if self._broken:
            return self._repair_at, "repair"
        wanted = {key: due / 1000 for key, due in self._core.rules.deadlines().items() if self._fired.get(key) != due}
        now = self._clock.monotonic()
        if self._dirty_since is not None:
            wanted["flush"] = self._dirty_since + IDLE_FLUSH_S
        if self._held:
            wanted["held"] = min(asked.deadline for asked in self._held)
        if not wanted:
            wanted["checkpoint"] = max(now, self._last_checkpoint + CHECKPOINT_S)
        key = min(wanted, key=lambda name: wanted[name])
        return wanted[key], key

    async def _time_passed(self, key: str) -> None:
        if key == "flush":
            await self._commit(flush=True)
        elif key == "checkpoint":
            await self._checkpoint()
        elif key == "repair":
            await self._repair()
        elif key != "held":
            due = self._core.rules.deadlines().get(key)
            if due is not None:
                self._fired = {name: at for name, at in self._fired.items() if name in self._core.rules.deadlines()}
                self._fired[key] = due
                self._core.take(TimeReached(key))

    async def _checkpoint(self) -> None:
        """Move the write-ahead log into the main file while nobody waits; the log is reused and stays small."""
        self._last_checkpoint = self._clock.monotonic()
        try:
            await self._journal.checkpoint()
        except JournalFailed as error:
            self._break(error)

    # --- commands ---------------------------------------------------------------------------------------------------

    async def _command(self, asked: _Asked) -> None:
        """Answer from the journal what was asked before; decide what is new."""
        command = asked.command
        twin = next((other for other in self._batch_commands if other.command.command_id == command.command_id), None)
        if twin is not None:  # the same id, in the very batch that is being made
            self._answer_known(asked, twin.digest, subject_of_command(twin.command))
            return
        known = await self._journal.find_request(command.command_id)
        if known is not None:
            self._answer_known(asked, known.digest, known.subject)
            return
        refusal = STOPPED if self._stopping else self._no_storage()
        if refusal is None:  # completed each time: a command that was held back is decided by what is true now
            whole = await self._answers.complete(command)
            refusal = whole if isinstance(whole, Refusal) else self._core.accept(whole, asked.digest)
        if refusal is None:
            self._batch_commands.append(asked)
            self._waiters.append(_Waiter(asked, subject_of_command(asked.command)))
        elif refusal.code in WAITABLE and asked.deadline > self._clock.monotonic() and not self._stopping:
            self._held.append(asked)
        else:
            asked.answer.set_result(Answer("none", "", refusal, None))

    def _answer_known(self, asked: _Asked, digest: bytes, subject: str) -> None:
        if digest != asked.digest:
            text = "This id was used before with another content; nothing was done. Use a new id for a new request."
            asked.answer.set_result(Answer("conflict", subject, Refusal("id-reused", text, "id"), None))
        else:
            self._waiters.append(_Waiter(asked, subject, replayed=True))

    def _no_storage(self) -> Refusal | None:
        if self._broken:
            return NOT_STORED
        return NO_ROOM if self._free(self._path) < FREE_SHARE else None

    async def _retry_held(self) -> None:
        """A command that had to wait for the one before it gets its turn, in order; its time may run out."""
        waiting, self._held = self._held, deque()
        for asked in waiting:
            if not asked.answer.done():
                await self._command(asked)
        await self._commit()

    # --- the commit and what follows it -----------------------------------------------------------------------------

    async def _commit(self, *, flush: bool = False) -> None:
        if self._broken:
            return
        batch = self._core.cut(flush=flush)
        if batch.entries:
            try:
                records = await self._journal.append(
                    batch.entries,
                    batch.requests,
                    personal=batch.personal,
                    snapshot=batch.snapshot,
                    anchor=batch.anchor,
                )
                head = (records[-1].seq, records[-1].hash)
                told.tell(records)
            except (JournalFailed, RequestKnown) as error:
                if not await self._is_there_after_all(batch, error):
                    return
                head = await self._journal.head()
            self._core.committed(head)
            self._written(head[0])
            async with self._committed:
                self._committed.notify_all()
        if not self._core.waiting():
            self._batch_commands.clear()
            self._batch_events.clear()
            self._dirty_since = None
        elif self._dirty_since is None:
            self._dirty_since = self._clock.monotonic()
        for effect in batch.effects:
            await self._ordering.give(effect)
        await self._answer_waiters()

    async def _is_there_after_all(self, batch: Batch, error: JournalError) -> bool:
        """A commit that failed may have reached the disk: only the file tells. No effect has left yet.

        There: go on as if nothing had been. Not there: the commands are refused, nothing happened. Unreadable: whoever
        asked is told that it is doubtful; the same id finds out later.
        """
        log.error("the journal refused a commit: %s", error, extra=about("journal-failed"))
        try:
            head = await self._journal.reopen()
        except JournalError as worse:
            self._refuse_batch(worse)
        else:
            if head.seq == self._core.head[0] + len(batch.entries):
                return True
            self._refuse_batch(None)
        self._break(error)
        return False

    def _refuse_batch(self, doubt: JournalError | None) -> None:
        commands, self._batch_commands = self._batch_commands, []
        gone = {id(asked) for asked in commands}
        self._waiters = [waiter for waiter in self._waiters if id(waiter.asked) not in gone]
        for asked in commands:
            if asked.answer.done():
                continue
            if doubt is None:
                asked.answer.set_result(Answer("none", "", NOT_STORED, None))
            else:
                asked.answer.set_exception(doubt)

    def _break(self, error: JournalError) -> None:
        """Write nothing more until the journal was opened anew; not at once, the disk may need its time."""
        self._broken = str(error)
        self._repair_at = self._clock.monotonic() + REPAIR_S

    async def _repair(self) -> None:
        """Open the journal anew and take from it what is true; then hear again what devices have said meanwhile."""
        heard, self._batch_events = self._batch_events, []
        try:
            await self._journal.reopen()
            await self._restore()
            for event in heard:
                self._batch_events.append(event)
                self._core.take(event)
            self._fired.clear()
            self._broken = ""
        except JournalError as error:
            self._batch_events = heard
            self._break(error)
            log.warning("the journal cannot be opened again: %s", error, extra=about("journal-failed"))

    # --- answers ----------------------------------------------------------------------------------------------------

    async def _answer_waiters(self) -> None:
        pending: list[_Waiter] = []
        for waiter in self._waiters:
            if waiter.asked.answer.done():
                continue
            command, subject = waiter.asked.command, waiter.subject
            if not self._answers.over(command, subject):
                if not waiter.asked.accepted.done():
                    waiter.asked.accepted.set_result(None)
                pending.append(waiter)
                continue
            answer = await self._answers.give(command, subject, replayed=waiter.replayed, finished=True)
            if not waiter.asked.answer.done():  # its time may have run out meanwhile
                waiter.asked.answer.set_result(answer)
        self._waiters = pending

    # --- the backend of the API -------------------------------------------------------------------------------------

    async def submit(self, command: Command, digest: bytes, wait: float) -> Answer:
        """Ask the till to do something and wait up to `wait` seconds for the outcome."""
        content = hashlib.sha256(type(command).__name__.encode() + b"\0" + digest).digest()
        if self._stopping:
            return Answer("none", "", STOPPED, None)
        deadline = self._clock.monotonic() + wait
        asked = _Asked(command, content, deadline, self._loop.create_future(), self._loop.create_future())
        self._inbox.put_nowait(asked)
        try:
            async with asyncio.timeout(wait):
                return await asyncio.shield(asked.answer)
        except TimeoutError:
            return await self._still_running(asked)

    async def _still_running(self, asked: _Asked) -> Answer:
        # it may still be in the inbox, held back or on its way to the disk: its turn decides it within a moment
        either: set[asyncio.Future[Any]] = {asked.answer, asked.accepted}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if asked.answer.done():
            return asked.answer.result()
        waiter = next(waiter for waiter in self._waiters if waiter.asked is asked)
        answer = await self._unfinished(waiter)
        asked.answer.cancel()  # nobody waits any more
        return answer

    async def _unfinished(self, waiter: _Waiter) -> Answer:
        answer = await self._answers.give(waiter.asked.command, waiter.subject, replayed=False, finished=False)
        return replace(answer, outcome="accepted", refusal=None)

    async def receipt(self, document_id: str) -> views.View | None:
        return views.document_view(await self._answers.stored(document_id), self._settings)

    async def receipts(self, limit: int, before: int | None) -> list[views.View]:
        found = []
        for record in await self._journal.by_name("SaleRequested", limit=limit, before=before):
            view = await self.receipt(record.subject)
            if view is not None:
                found.append({"seq": record.seq, **view})
        return found

    async def paper(self, document_id: str) -> tuple[Paper, str, int] | None:
        job = views.last_print(await self._answers.stored(document_id))
        return None if job is None else (job.paper, job.job_id, job.copy_no)

    async def original(self, original_id: str) -> tuple[Receipt, tuple[ReturnedBefore, ...]] | None:
        return await self._answers.original(original_id)

    async def count(self, count_id: str, role: str = "") -> views.View | None:
        count = day_views.count_of(await self._answers.stored(count_id))
        return None if count is None else day_views.count_view(count, role)

    def shift(self, role: str = "") -> views.View | None:
        return day_views.shift_view(self._core.rules.state, self._settings, role)

    async def shift_report(self, groups: Mapping[str, TaxGroup], role: str = "") -> views.View:
        from firmware_bridge import shift_report  # noqa: PLC0415 - a vendor's form, loaded by whoever asks for it

        if day_views.blind_for(self._core.rules.state, role):
            return shift_report.refusal(shift_report.COUNTED_BLIND)
        tally = await shift_report.of_journal(self._journal, groups)
        return shift_report.answer(tally, self._clock.utc_ms(), ZoneInfo(self._zone))

    def drawers(self, role: str = "") -> list[views.View]:
        return day_views.drawers_view(self._core.rules.state, self._settings, role)

    def status(self, role: str = "") -> views.View:
        # a document that is just being made makes the next sale wait, not impossible
        reasons = [reason for reason in self._core.cannot_sell() if reason.code != "busy"]
        storage = self._no_storage()
        if storage is not None:
            reasons.insert(0, storage)
        state, settings = self._core.rules.state, self._settings
        return {
            **views.status_view(state, reasons, self._till_id, self._core.head),
            "fiscal": self._fiscal(),
            "training": self._training,
            "shift": day_views.shift_view(state, settings, role),
            "closing": day_views.closing_view(state, settings),
            "drawers": day_views.drawers_view(state, settings, role),
            "counts": day_views.counts_view(state, role),
            "alarms": alarms(state, settings),
        }

    def _fiscal(self) -> views.View | None:
        state, settings = self._core.rules.state, self._settings
        if not settings.traits.registers:
            return None
        return fiscal_views.fiscal_view(state, settings, self._core.fiscal_moment(), self._zone)

    async def events(self, after: int, limit: int, role: str = "") -> list[views.View]:
        return [views.event_view(record, role) for record in await self._journal.read(after, limit)]

    async def wait_events(self, after: int, timeout: float) -> None:
        async with self._committed:
            if self._core.head[0] > after:
                return
            try:
                async with asyncio.timeout(timeout):
                    await self._committed.wait()
            except TimeoutError:
                return

    # --- its opening hours ------------------------------------------------------------------------------------------

    async def shift_times(self) -> ShiftTimes:
        """What `schedule.due` wants to know. Raises JournalError."""
        state = self._core.rules.state
        closed = await self._journal.by_name(ShiftClosed.__name__, limit=1)
        by = "".join(event.document_id for event in _events(closed) if isinstance(event, ShiftClosed))
        return ShiftTimes(
            _OPENNESS.get(state.shift.state, "between"),
            state.shift.opened_at,
            closed[0].at if closed else 0,
            by,
            state.latest_at,
        )

    def cash_left(self) -> tuple[tuple[str, int], ...]:
        """What lies in each drawer when the next shift begins: counted, else by the books; nothing when collected."""
        traits = self._settings.traits
        collected = traits.empties_at_close or self._settings.float_policy == "collect"
        return tuple(
            (name, 0 if collected and traits.registers else day.expected if day.counted is None else day.counted)
            for name, day in self._core.rules.state.days.items()
        )


_OPENNESS: dict[str, Literal["open", "closed"]] = {
    shift_machine.OPEN: "open",
    shift_machine.EXPIRING: "open",
    shift_machine.EXPIRED: "open",
    shift_machine.CLOSED: "closed",
    shift_machine.REFUSED: "closed",
}


def _events(records: list[Record]) -> list[Event]:
    return [record.record.event for record in records if isinstance(record.record, Occurred)]
