"""The till's synchronous core: inputs become one batch for the journal, and what may leave once it is durable.

`accept` (a command) and `take` (an event) change the rules' state and fill the open batch; `cut` closes it. Only
after the journal has committed a batch may its effects leave. Sensors and printer health ride with the next commit
that money needs; `cut(flush=True)` commits them alone when the till is idle.

The same core runs under the asyncio loop (`till.py`) and, step by step in virtual time, under the cut harness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import msgpack
import msgspec

from firmware_bridge import snapshot
from firmware_bridge.clock import TillClock
from firmware_bridge.journal.codec import Unknown
from firmware_bridge.journal.records import Entry, Record, Request
from statemachines.decisions import Decisions, Moment
from statemachines.document import Document
from statemachines.offline import FiscalClock
from statemachines.rules import Rules
from statemachines.settings import Composer, RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.commands import (
    AskRecount,
    CancelCount,
    Command,
    PrintCopy,
    RecordCount,
    Refusal,
    ResolveDoubt,
    RetryFiscalisation,
    ReturnedBefore,
    Sell,
    SubmitCount,
)
from statemachines.vocabulary.effects import Effect
from statemachines.vocabulary.events import DrawerEvent, Event, Occurred, OriginalReturned, ShiftClosed, TillStarted
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import Customer, Person

SYSTEM = Person("till", "till", "system")
CUSTOMERS = 64
"""Of so many sales the customer is remembered: more are never under way."""
LONGER_THAN_A_MONTH = 32 * 86_400_000


@dataclass(frozen=True, slots=True)
class FiscalMoment:
    """One moment: UTC ms, what is known of the fiscaliser's clock, and when this month began and ends here (UTC ms)."""

    at: int
    clock: FiscalClock
    month_began: int
    month_ends: int


@dataclass(slots=True)
class Batch:
    """What goes to the journal in one commit, and the effects that leave after it."""

    entries: list[Entry] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    personal: dict[str, bytes] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    snapshot: bytes | None = None
    anchor: str | None = None


def subject_of(event: Event) -> str:
    """What an event is about: its document or shift, or for a drawer the cause of its opening."""
    if isinstance(event, DrawerEvent):
        cause = getattr(event, "cause", None)
        return cause.id if cause is not None else ""
    return str(getattr(event, event.SUBJECT)) if event.SUBJECT else ""


def subject_of_command(command: Command) -> str:
    """What the answer to a command is read from."""
    match command:
        case PrintCopy() | ResolveDoubt() | RetryFiscalisation():
            return command.document_id
        case RecordCount() | AskRecount() | SubmitCount() | CancelCount():
            return command.count_id
        case _:
            return command.command_id


def returned_before(event: OriginalReturned) -> ReturnedBefore:
    """What the journal remembers of one return of a sale."""
    return ReturnedBefore(event.return_id, event.quantities, event.total, event.lines, event.paid)


class TillCore:
    """Rules, decisions and the open batch. Owned by one thread; knows no journal, no device, no loop.

    `fiscal_clock`: what may be known now of the fiscaliser's time; it is given the latest time of the journal (UTC ms).
    """

    def __init__(
        self,
        settings: RuleSettings,
        composer: Composer,
        clock: TillClock,
        currency: str,
        snapshot_every: int = 1000,
        fiscal_clock: Callable[[int], FiscalClock] = lambda _: FiscalClock(),
    ) -> None:
        self._settings = settings
        self._composer = composer
        self._clock = clock
        self._currency = currency
        self._snapshot_every = snapshot_every
        self._fiscal_clock = fiscal_clock
        self._since_snapshot = 0
        self._open = Batch()
        self._durable = False
        self._closed_shift = 0
        self._customers: dict[str, Customer] = {}
        self.head: tuple[int, str] = (0, "")
        self.restore(None, ())

    # --- from the journal -------------------------------------------------------------------------------------------

    def restore(self, body: bytes | None, records: Iterable[Record]) -> bool:
        """Take over what the journal holds: a snapshot and the records after it.

        Returns False when the snapshot cannot be used: call again without it and with all records.
        """
        state = TillState() if body is None else snapshot.decode(body)
        if state is None:
            return False
        self._open, self._durable, self._closed_shift = Batch(), False, 0
        self.rules = Rules(self._settings, self._composer, state)
        self.decisions = Decisions(self._settings, self._composer, self.rules.state)
        self._since_snapshot = 0
        self.not_understood = 0
        for record in records:
            self._since_snapshot += 1
            if isinstance(record.record, Unknown):
                self.not_understood += 1
            else:
                self.rules.replay(record.record)
        return True

    def started(self, till_id: str, boot_id: str, version: str) -> None:
        """Whatever the journal left without an outcome is doubtful from here on."""
        self.take(TillStarted(till_id, boot_id, version))

    def committed(self, head: tuple[int, bytes]) -> None:
        """The journal has the last batch; this is its chain now."""
        self.head = (head[0], head[1].hex())

    # --- inputs -----------------------------------------------------------------------------------------------------

    def accept(self, command: Command, digest: bytes) -> Refusal | None:
        """Decide a command. A refusal changes nothing and binds nothing."""
        moment = Moment(self._tell_time(), f"{self.head[0]}:{self.head[1]}", self._currency)
        decision = self.decisions.decide(self._with_open_returns(command), moment)
        if isinstance(decision, Refusal):
            return decision
        first = len(self._open.entries)
        for event in decision:
            self._run(event, command.actor, command.command_id)
        subject = subject_of_command(command)
        self._open.requests.append(Request(command.command_id, digest, subject, first))
        if isinstance(command, Sell) and command.customer is not None:
            self._open.personal[subject] = msgpack.packb(msgspec.to_builtins(command.customer))
            self._customers[subject] = command.customer
            while len(self._customers) > CUSTOMERS:
                self._customers.pop(next(iter(self._customers)))
        self._durable = True
        return None

    def _with_open_returns(self, command: Command) -> Command:
        """A return counts what was taken back in this very batch too: whoever filled it in read the journal."""
        original = command.receipt.original if isinstance(command, Sell) else None
        if not isinstance(command, Sell) or original is None or not original.key:
            return command
        waiting = [item.event for item in self.waiting(original.key)]
        returns = [returned_before(event) for event in waiting if isinstance(event, OriginalReturned)]
        known = {one.return_id for one in command.returned}
        fresh = [one for one in returns if one.return_id not in known]
        return replace(command, returned=(*command.returned, *fresh))

    def take(self, event: Event) -> None:
        """Take what a device, a clock or the till itself reports."""
        self._run(event, SYSTEM, "")

    def _run(self, event: Event, actor: Person, cause: str) -> None:
        now = Occurred(self._tell_time(), int(self._clock.monotonic() * 1000), event, actor, cause)
        consequences = self.rules.run(now)
        self._open.entries += [Entry(subject_of(item.event), item) for item in consequences.events]
        self._open.entries += [Entry(order.document_id, order) for order in consequences.intentions]
        self._open.effects += consequences.effects
        self._durable |= bool(consequences.intentions) or any(item.event.DURABLE for item in consequences.events)
        for item in consequences.events:
            if isinstance(item.event, ShiftClosed):
                self._closed_shift = item.event.number

    def _tell_time(self) -> int:
        """What time it is (UTC ms); rules and decisions learn what the fiscaliser's clock would say."""
        at, clock = self._clock.utc_ms(), self._fiscal_clock(self.rules.state.latest_at)
        self.rules.fiscal_clock = clock
        self.decisions.tell_time(at, clock)
        return at

    def cannot_sell(self) -> list[Refusal]:
        """Every reason why a sale would be refused now, the most important first."""
        self._tell_time()
        return self.decisions.cannot_sell()

    def fiscal_moment(self) -> FiscalMoment:
        """What time it is, by the till's clock and the fiscaliser's."""
        at = self._tell_time()
        began = self._composer.month_begins(at)
        return FiscalMoment(
            at, self.rules.fiscal_clock, began, self._composer.month_begins(began + LONGER_THAN_A_MONTH)
        )

    def customer(self, document_id: str) -> Customer | None:
        """Whom a sale of these minutes is for; it stands beside the records and is never part of an intention."""
        return self._customers.get(document_id)

    def know_customer(self, document_id: str, body: bytes) -> None:
        """Take over from the journal's personal data what a sale that is still under way needs."""
        self._customers[document_id] = msgspec.convert(msgpack.unpackb(body), Customer)

    # --- outputs ----------------------------------------------------------------------------------------------------

    def paper(self, document: Document) -> Paper:
        """The paper of a document as it is known now. Raises ValueError when it has no content."""
        return self._composer.paper(document)

    def cut(self, *, flush: bool = False) -> Batch:
        """Close the open batch. Without anything that must be durable now, its records stay open and only its
        effects (questions, repeated pulses) are given out, unless `flush`."""
        batch = self._open
        if not self._durable and not flush:
            self._open = Batch(entries=batch.entries)
            return Batch(effects=batch.effects)
        self._since_snapshot += len(batch.entries)
        if self._closed_shift or (batch.entries and self._since_snapshot >= self._snapshot_every):
            batch.snapshot = snapshot.encode(self.rules.state)
            self._since_snapshot = 0
        if self._closed_shift:
            batch.anchor = f"shift {self._closed_shift} closed"
        self._open, self._durable, self._closed_shift = Batch(), False, 0
        return batch

    def waiting(self, subject: str = "") -> list[Occurred]:
        """Events that are not committed yet (about `subject`, or all)."""
        return [
            entry.record
            for entry in self._open.entries
            if isinstance(entry.record, Occurred) and (not subject or entry.subject == subject)
        ]
