"""The machines together: one `decide(command)`, one `run(event)`, one list of what follows.

`decide` accepts a command as events or refuses it and changes nothing. `run` applies an event and all events that
follow from it, and returns them in order with the effects to be ordered; the till journals both in one commit and
only then lets the effects leave. `replay` rebuilds the state from records and orders nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from statemachines import cash_transaction as transaction_machine
from statemachines import closing as closing_machine
from statemachines import document as documents
from statemachines import drawer as drawers
from statemachines import drawer_table as drawer_machine
from statemachines import fiscal_mode as mode_machine
from statemachines import paperless, printer_orders, progress, slips
from statemachines import printer as printer_machine
from statemachines import receipt as receipt_machine
from statemachines import shift as shift_machine
from statemachines.context import Planning, Replaying
from statemachines.day_rules import DAY_EVENTS, DayRules
from statemachines.document import Document
from statemachines.folding import BEGINNINGS, begin, count_copy, document_of, outdated, was_fiscal
from statemachines.machine import Output
from statemachines.offline import FiscalClock
from statemachines.offline_rules import OFFLINE_EVENTS, OfflineRules
from statemachines.settings import Composer, RuleSettings
from statemachines.stamping import LOCAL
from statemachines.state import TillState
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Intention, Print
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    CashMoveRequested,
    CopyFailed,
    CopyRequested,
    DocumentEvent,
    DoubtResolved,
    DrawerClosed,
    DrawerEvent,
    Event,
    FiscalisationDoubtful,
    Occurred,
    PrintDoubtful,
    PrinterEvent,
    PrinterReady,
    PrinterSilent,
    PrintEvent,
    PrintOutdated,
    PrintRefused,
    ReceiptCopyPrinted,
    ReceiptFiscalised,
    ReceiptPrinted,
    ReportRequested,
    SaleCompleted,
    SaleRequested,
    ShiftOpenRequested,
    TillStarted,
    TimeReached,
)
from statemachines.vocabulary.offline_events import OfflineDocumentDelivered
from statemachines.vocabulary.slip import SlipRequested

ASK_AGAIN_MS = (2_000, 5_000, 10_000, 30_000)
RESTARTED = "the till was restarted while the job was on its way"


@dataclass(slots=True)
class Consequences:
    """What one input led to: `events` with the input first, then the `effects` to be ordered, in order."""

    events: list[Occurred] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    @property
    def intentions(self) -> list[Intention]:
        return [effect for effect in self.effects if isinstance(effect, Print | Fiscalise)]


class Rules:
    """The state of the till and the only code that changes it."""

    def __init__(self, settings: RuleSettings, composer: Composer, state: TillState | None = None) -> None:
        self.settings = settings
        self.composer = composer
        self.state = (state or TillState()).with_drawers(settings.drawers)
        self._day = DayRules(settings, self.state)
        self._offline = OfflineRules(settings, self.state)
        self.fiscal_clock = FiscalClock()  # set by the till before each input
        self._asking: set[str] = set()  # documents whose question is on its way; not part of the state

    # --- live ---------------------------------------------------------------------------------------------------

    def run(self, occurred: Occurred) -> Consequences:
        """Apply an event and everything that follows from it."""
        consequences = Consequences()
        work = deque([self._offline.steps.as_far_as_certain(occurred)])
        while work or self._goes_on(occurred, work):
            now = work.popleft()
            if not now.event.TRANSIENT:
                consequences.events.append(now)
                self.state.latest_at = max(self.state.latest_at, now.at)
            for output in self._apply(now, self._planning(now)):
                if isinstance(output, Event):
                    work.append(replace(now, event=output))
                    continue
                consequences.effects.append(output)
                overtaken = printer_orders.overtaken(output, self.state, self.settings.traits)
                work.extend(replace(now, event=event) for event in overtaken)
            self.state.forget_finished()  # after each event, as a replay does
        if (step := self._offline.steps.take(occurred.mono)) is not None:
            consequences.effects.append(step)
        worth_asking = printer_orders.worth_asking(consequences.effects, self.state)
        consequences.effects = printer_orders.kick_first(worth_asking, self.state, self.settings)
        for effect in consequences.effects:
            if isinstance(effect, Print | Fiscalise):
                self.state.remember(effect)
            elif isinstance(effect, Ask):
                self._asking.add(effect.intention.document_id)
        return consequences

    def _planning(self, now: Occurred) -> Planning:
        return Planning(
            self.settings, self.composer, self.state, now, self.fiscal_clock, self._offline.steps.quiet_ms(now.mono)
        )

    def _goes_on(self, occurred: Occurred, work: deque[Occurred]) -> bool:
        """What happens next by itself: a closing, a drawer's day, the fiscaliser's mode, a limit that is near."""
        following = progress.next_of_closing(self.settings, self.state)
        following = following or progress.next_of_days(self.settings, self.state)
        events = [following] if following is not None else self._offline.steps.before(occurred.mono)
        if not events and isinstance(occurred.event, OFFLINE_EVENTS):
            events = self._offline.warnings(self._planning(occurred))
        work.extend(replace(occurred, event=event) for event in events)
        return bool(events)

    def deadlines(self) -> dict[str, int]:
        """Monotonic ms at which `TimeReached(key)` is wanted."""
        wanted: dict[str, int] = {}
        for name, drawer in self.state.drawers.items():
            due = drawers.due(drawer, self.settings.drawers[name])
            if due is not None:
                wanted[f"drawer:{name}"] = due
        for document_id, document in self.state.documents.items():
            if document.transaction == transaction_machine.COMPLETED:
                wanted[f"settle:{document_id}"] = document.completed_mono + self.settings.settle_after_ms
            if progress.may_reserve(document, self.settings, self.state):
                wanted[f"reserve:{document_id}"] = self._offline.steps.reserve_at(document)
            if self._should_ask(document):
                pause = ASK_AGAIN_MS[min(document.asked, len(ASK_AGAIN_MS) - 1)]
                wanted[f"ask:{document_id}"] = document.asked_mono + pause
        if (step := self._offline.steps.due()) is not None:
            wanted["drain:"] = step.at
        settings = self.settings
        age = shift_machine.due(self.state.shift, settings.limit_ms, settings.shift_warn_ms, settings.shift_stop_ms)
        if age is not None:
            wanted["shift:"] = age
        return wanted

    # --- replay -------------------------------------------------------------------------------------------------

    def replay(self, record: Occurred | Intention) -> None:
        """Rebuild the state from one journalled record; nothing is ordered."""
        if isinstance(record, Occurred):
            self.state.latest_at = max(self.state.latest_at, record.at)
            for _ in self._apply(record, Replaying(self.settings, self.state, record)):
                pass
        else:
            self.state.remember(record)
        self.state.forget_finished()

    # --- routing ------------------------------------------------------------------------------------------------

    def _apply(  # noqa: C901 - a case a kind of event
        self, occurred: Occurred, context: Planning | Replaying
    ) -> Iterator[Output]:
        event = occurred.event
        match event:
            case TillStarted():
                yield from self._started(occurred, context)
            case _ if isinstance(event, DAY_EVENTS):
                yield from self._day.apply(event, context)
            case _ if isinstance(event, OFFLINE_EVENTS):
                yield from self._offline.apply(event, context)
                if isinstance(event, OfflineDocumentDelivered):
                    yield from self._document(occurred, event, context)
            case _ if isinstance(event, BEGINNINGS):
                yield from self._begun(occurred, event, context)
            case CopyRequested():
                yield from self._copy_requested(event, context)
            case DocumentEvent():
                yield from self._document(occurred, event, context)
            case DrawerEvent():
                yield from self._drawer(occurred, event.drawer_id, context)
            case PrinterEvent():
                yield from self._printer(occurred, context)
            case TimeReached():
                yield from self._time_reached(occurred, event.key, context)
            case _:
                return

    def _begun(self, occurred: Occurred, event: BEGINNINGS, context: Planning | Replaying) -> Iterator[Output]:
        if isinstance(event, SaleRequested):
            for earlier in list(self.state.documents.values()):
                yield from transaction_machine.TABLE.apply(earlier, occurred.event, context)
        document = document_of(occurred)
        if document.document_id in self.state.documents:  # accepted before: never a second original
            return
        document.day_id = self.state.day_of(document.drawer_id)
        if isinstance(event, ReportRequested):
            self.state.next_report += 1
        elif isinstance(event, SlipRequested):
            self.state.next_slip += 1
        elif isinstance(event, SaleRequested | CashMoveRequested):
            self.state.next_number += 1
        self.state.documents[document.document_id] = document
        if isinstance(event, ReportRequested | ShiftOpenRequested):
            yield from shift_machine.TABLE.apply(self.state.shift, event, context)
        if isinstance(event, NoSaleRecorded):
            yield from self._day.cash(event.drawer_id, event, context)
        yield from begin(document, event, context)

    def _document(  # noqa: C901 - every machine that hears of a document
        self, occurred: Occurred, event: DocumentEvent, context: Planning | Replaying
    ) -> Iterator[Output]:
        if isinstance(event, PrintEvent):
            counters = getattr(event, "counters", None)
            if counters is not None:
                self.state.printer.counters = counters
            if event.job_id in self.state.copies:
                yield from self._copy_outcome(event, context)
                return
        if isinstance(event, ReceiptCopyPrinted | CopyFailed):
            self.state.copies.pop(event.job_id, None)
        if isinstance(event, ReceiptCopyPrinted) or (isinstance(event, DoubtResolved) and event.verdict == "printed"):
            self.state.paperless.pop(event.document_id, None)
        document = self.state.documents.get(event.document_id)
        if document is None or outdated(document, event):
            return
        if isinstance(context, Replaying):
            was_fiscal(document, event)
        self._asking.discard(document.document_id)
        self._offline.steps.heard(document, event, occurred.mono)
        yield from self._tell_the_day(document, event, context)
        for table in (receipt_machine.TABLE, transaction_machine.TABLE):
            if type(event) in table.events:
                yield from table.apply(document, event, context)
        paperless.note(self.state, document, event, self.settings)
        if isinstance(event, ReceiptFiscalised) and document.stamp is event.stamp:
            yield from progress.disagreements(document)

    def _tell_the_day(
        self, document: Document, event: DocumentEvent, context: Planning | Replaying
    ) -> Iterator[Output]:
        """What became of a document changes the shift's and the drawer's sums, the closing and the pool of codes."""
        yield from progress.release(self.state, document, event)
        if type(event) in shift_machine.TABLE.events:
            yield from shift_machine.TABLE.apply(self.state.shift, event, context)
        if isinstance(event, SaleCompleted | CashMoved) and document.drawer_id:
            yield from self._day.cash(document.drawer_id, event, context)
        if isinstance(event, CashMoveRefused):
            yield from closing_machine.TABLE.apply(self.state.closing, event, context)
        if isinstance(event, ReceiptFiscalised):
            if event.stamp.fiscaliser != LOCAL:  # a report of the till's own is no document of the fiscaliser's
                self.state.last_stamp = event.stamp
            yield from self._offline.fiscalised(event, context)

    def _drawer(self, occurred: Occurred, name: str, context: Planning | Replaying) -> Iterator[Output]:
        drawer = self.state.drawers.get(name)
        if drawer is None:
            return
        yield from drawer_machine.TABLE.apply(drawer, occurred.event, context)
        event = occurred.event
        if isinstance(event, DrawerClosed):
            document = self.state.documents.get(event.cause.id)
            if document is not None:
                yield from transaction_machine.TABLE.apply(document, occurred.event, context)

    def _printer(self, occurred: Occurred, context: Planning | Replaying) -> Iterator[Output]:
        yield from printer_machine.TABLE.apply(self.state.printer, occurred.event, None)
        if isinstance(occurred.event, PrinterSilent):
            for name, drawer in self.state.drawers.items():
                if self.settings.drawers[name].through_printer:
                    yield from drawer_machine.TABLE.apply(drawer, occurred.event, context)
        if isinstance(occurred.event, PrinterReady):
            for document in self.state.documents.values():
                if document.job is not None and self._should_ask(document):
                    yield from context.ask(document)

    def _time_reached(self, occurred: Occurred, key: str, context: Planning | Replaying) -> Iterator[Output]:
        what, _, name = key.partition(":")
        if what == "drawer":
            yield from self._drawer(occurred, name, context)
            return
        if what == "shift":
            yield from shift_machine.TABLE.apply(self.state.shift, occurred.event, context)
            return
        document = self.state.documents.get(name)
        if document is None:
            return
        if what == "settle":
            yield from transaction_machine.TABLE.apply(document, occurred.event, context)
        elif what == "reserve" and progress.may_reserve(document, self.settings, self.state):
            yield from self._reserved(document, context)
        elif what == "ask" and self._should_ask(document):
            yield from context.ask(document)

    def _reserved(self, document: Document, context: Planning | Replaying) -> Iterator[Output]:
        """Nobody waits any longer for the fiscaliser: a code is kept, and the customer gets a paper that says so."""
        if not isinstance(context, Planning):
            return
        kept = list(context.stamping.reserve(document, f"document {document.number} has no answer"))
        yield from kept
        if kept and self.settings.offline.paper == "provisional":
            yield from slips.of_waiting(document, self.state.slip_number)

    def _should_ask(self, document: Document) -> bool:
        """Is it time for a question: the machine may find out, none is on its way, and who is asked may answer?"""
        if document.person_needed or document.document_id in self._asking:
            return False
        if document.state == documents.FISCAL_DOUBT:  # while the fiscaliser is away it is looked for, and then asked
            return not (self.settings.stamps and self.state.mode.state == mode_machine.OFFLINE_MANUAL)
        if document.state != documents.PRINT_DOUBT:
            return False
        return document.job is None or self.state.printer.state == printer_machine.READY

    # --- a restart ----------------------------------------------------------------------------------------------

    def _started(self, occurred: Occurred, context: Planning | Replaying) -> Iterator[Output]:
        """Whatever was on its way when the last process ended is doubtful now; a drawer pulse is never repeated."""
        self._asking.clear()
        self._offline.steps.restarted(occurred.mono)
        printer_machine.TABLE.apply(self.state.printer, occurred.event, None)
        shift_machine.TABLE.apply(self.state.shift, occurred.event, context)
        yield from self._day.started()
        for drawer in self.state.drawers.values():
            yield from drawer_machine.TABLE.apply(drawer, occurred.event, context)
        for document in list(self.state.documents.values()):
            if document.state == documents.FISCALISING:
                yield FiscalisationDoubtful(document.document_id, RESTARTED)
            elif document.state == documents.PRINTING and document.job is not None:
                yield PrintDoubtful(document.document_id, document.job.job_id, RESTARTED)
            elif self._in_machine_doubt(document):
                yield from context.ask(document)
            yield from transaction_machine.TABLE.apply(document, occurred.event, context)
        yield from printer_orders.after_restart(self.state)
        for job, copy in list(self.state.copies.items()):
            yield CopyFailed(copy.document_id, job, copy.copy_no, doubtful=True, reason=RESTARTED)

    def _in_machine_doubt(self, document: Document) -> bool:
        in_doubt = document.state in (documents.PRINT_DOUBT, documents.FISCAL_DOUBT)
        return in_doubt and not document.person_needed

    # --- copies: marked, counted, never sent again by themselves --------------------------------------------------

    def _copy_requested(self, event: CopyRequested, context: Planning | Replaying) -> Iterator[Output]:
        order = Print(
            event.document_id,
            event.job_id,
            event.paper,
            event.copy_no,
            before=self.state.printer.counters,
        )
        count_copy(self.state, event, order)
        self.state.remember(order)
        yield from context.order(order)

    def _copy_outcome(self, event: PrintEvent, context: Planning | Replaying) -> Iterator[Output]:
        copy = self.state.copies[event.job_id]
        match event:
            case ReceiptPrinted():
                yield ReceiptCopyPrinted(event.document_id, event.job_id, copy.copy_no, event.evidence, event.counters)
            case PrintOutdated():
                yield from context.order(replace(copy, before=event.counters))
            case PrintRefused():
                yield CopyFailed(event.document_id, event.job_id, copy.copy_no, doubtful=False, reason=event.reason)
            case PrintDoubtful():
                yield CopyFailed(event.document_id, event.job_id, copy.copy_no, doubtful=True, reason=event.reason)
            case _:
                return
