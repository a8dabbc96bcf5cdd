"""The last step of a sale's way: what is told to whoever asked, read from the journal's own records.

The answer to an id is the same for ever, whatever happens to the document later; what is true now is for GET.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from firmware_bridge import day_views, offline_documents, register_copies, views
from firmware_bridge.api.backend import Answer, Outcome
from firmware_bridge.core import TillCore, returned_before
from firmware_bridge.journal.codec import Stored
from firmware_bridge.journal.thread import JournalThread
from statemachines import cash_transaction as transaction_machine
from statemachines import closing as closing_machine
from statemachines import document as documents
from statemachines import drawer as drawer_machine
from statemachines.document import Document
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import (
    ActivateDrawer,
    AskRecount,
    AssignCashiers,
    CallOffClosing,
    CancelCount,
    CloseShift,
    Command,
    DeactivateDrawer,
    NoteAct,
    OpenDrawer,
    OpenShift,
    PrintCopy,
    PrintSlip,
    RecordCount,
    Refusal,
    ResolveDoubt,
    ResolveJam,
    RetryFiscalisation,
    ReturnedBefore,
    Sell,
    StartCount,
    SubmitCount,
)
from statemachines.vocabulary.day_events import CloseRequested, ClosingCalledOff, ClosingStopped
from statemachines.vocabulary.effects import DeliverOffline
from statemachines.vocabulary.events import (
    CopyFailed,
    CopyRequested,
    DrawerOpened,
    DrawerOpenFailed,
    Event,
    Exchanged,
    FiscalStamp,
    Occurred,
    OriginalReturned,
    ReceiptCopyPrinted,
    ReceiptFiscalised,
    ReportRequested,
    ShiftClosed,
)
from statemachines.vocabulary.receipt import Original, Receipt
from statemachines.vocabulary.slip import SlipBelongs

FISCAL_NUMBERS = "fiscal-numbers"
"""The journal's cursor and references of a lookup: fiscal number -> our document."""

INSTANT = (
    ActivateDrawer
    | AskRecount
    | AssignCashiers
    | CancelCount
    | DeactivateDrawer
    | NoteAct
    | RecordCount
    | ResolveJam
    | StartCount
    | SubmitCount
)
"""Commands that are done when they are durable."""


class Answers:
    """Reads the journal for the till; changes nothing."""

    def __init__(self, core: TillCore, journal: JournalThread, settings: RuleSettings) -> None:
        self._core = core
        self._journal = journal
        self._settings = settings

    async def stored(self, subject: str) -> list[Stored]:
        """All that is known about a document, drawer order or shift, with what waits for the next commit."""
        return [*views.known(await self._journal.by_subject(subject)), *self._core.waiting(subject)]

    # --- before the decision ----------------------------------------------------------------------------------------

    async def complete(self, command: Command) -> Command | Refusal:
        """Fill in what only the journal knows: a return's original, a copy's paper. A Refusal: it cannot be had yet."""
        if isinstance(command, Sell) and command.receipt.original is not None:
            return await self._with_original(command, command.receipt.original)
        if isinstance(command, Sell) and command.receipt.exchange_of:
            return await self._with_exchange(command, command.receipt.exchange_of)
        if isinstance(command, PrintCopy):
            stored = await self.stored(command.document_id)
            found = offline_documents.with_paper(command, stored, self._settings, self._core.paper)
            if isinstance(found, Refusal):
                return found
            return register_copies.without_paper(found, stored, self._settings)
        if isinstance(command, PrintSlip) and command.slip.sale_id:
            return await self._with_sale(command, command.slip.sale_id)
        return command

    async def printed_there(self, document_id: str) -> FiscalStamp | None:
        """The particulars of a document that the register has printed itself; None: it has not."""
        return register_copies.printed_there(await self.stored(document_id), self._settings)

    async def with_order(self, step: DeliverOffline) -> DeliverOffline | None:
        """Fill in what the document says that is to be handed over; None when the journal holds none of this id."""
        return offline_documents.with_order(step, await self.stored(step.document_id), self._settings)

    async def _with_original(self, command: Sell, reference: Original) -> Command:
        """What this journal holds of the original: the sale itself (by our id), and every return of it so far."""
        if not reference.key:
            return command
        if reference.fiscal_number and not reference.id:  # a sale of ours has one name, however it is asked for
            reference = replace(reference, id=await self._by_fiscal_number(reference.fiscal_number))
            command = replace(command, receipt=replace(command.receipt, original=reference))
        stored = await self.stored(reference.key)
        command = replace(command, returned=_returns(stored))
        original = self._certain(stored) if reference.id else None
        if original is None or original.receipt is None or original.receipt.kind != "sale":
            return command
        reference = replace(
            reference,
            number=original.number,
            date=reference.date or views.rfc3339(original.requested_at),
            fiscal_number=reference.fiscal_number or ("" if original.stamp is None else original.stamp.number),
            rrn="" if original.stamp is None else original.stamp.rrn,
        )
        return replace(command, receipt=replace(command.receipt, original=reference), original=original.receipt)

    async def _by_fiscal_number(self, number: str) -> str:
        """The id of our sale with this fiscal number, or "". What was stamped since the last time is indexed first."""
        seq = (await self._journal.cursors()).get(FISCAL_NUMBERS, 0)
        while records := await self._journal.read(seq):
            seq = records[-1].seq
            stamped = {
                record.record.event.stamp.number: record.record.event.document_id
                for record in records
                if isinstance(record.record, Occurred) and isinstance(record.record.event, ReceiptFiscalised)
            }
            await self._journal.advance(FISCAL_NUMBERS, seq, stamped)
        return await self._journal.ref(FISCAL_NUMBERS, number) or ""

    async def _with_exchange(self, command: Sell, return_id: str) -> Command:
        stored = await self.stored(return_id)
        document = self._certain(stored)
        used = next((event.sale_id for event in _events(stored) if isinstance(event, Exchanged)), "")
        return replace(command, exchanged=None if document is None else document.receipt, exchanged_by=used)

    async def _with_sale(self, command: PrintSlip, sale_id: str) -> PrintSlip:
        """What this journal holds of the sale that a slip belongs to, and what was printed for it so far."""
        stored = await self.stored(sale_id)
        issued = tuple(event for event in _events(stored) if isinstance(event, SlipBelongs))
        command = replace(command, issued=issued)
        document = views.document_of(stored, self._settings)
        if document is None:
            return command
        command = replace(command, belongs_to=document.kind, slip=replace(command.slip, sale_number=document.number))
        if document.receipt is None or views.last_print(stored) is None or document.state == documents.REFUSED:
            return command
        slips = (tuple(line.strip() for line in one.slip if line.strip()) for one in document.receipt.payments)
        return replace(command, with_sale=tuple(slip for slip in slips if slip))

    def _certain(self, stored: Sequence[Stored]) -> Document | None:
        """The document whose money moved: a draft was not sold, a cancelled one neither."""
        document = views.document_of(stored, self._settings)
        certain = (transaction_machine.COMPLETED, transaction_machine.SETTLED)
        return document if document is not None and document.transaction in certain else None

    async def original(self, original_id: str) -> tuple[Receipt, tuple[ReturnedBefore, ...]] | None:
        """A certain sale of this journal with what was taken back of it so far; None when there is none."""
        stored = await self.stored(original_id)
        document = self._certain(stored)
        if document is None or document.receipt is None or document.receipt.kind != "sale":
            return None
        return document.receipt, _returns(stored)

    # --- after it ---------------------------------------------------------------------------------------------------

    def over(self, command: Command, subject: str) -> bool:
        """Is there nothing more to wait for without a person?"""
        state = self._core.rules.state
        if isinstance(command, OpenDrawer):
            drawer = state.drawers.get(command.drawer_id)
            return drawer is None or drawer.state != drawer_machine.OPENING or drawer.cause.id != subject
        if isinstance(command, PrintCopy):
            return all(copy.document_id != subject for copy in state.copies.values())
        document = state.documents.get(subject)
        if isinstance(command, CloseShift) and document is None:
            # the report is not begun: over when the closing was called off, has stopped, or waits for a person
            closing = state.closing
            waiting = closing.document_id == subject and closing.state not in (
                closing_machine.IDLE,
                closing_machine.STOPPED,
                closing_machine.COUNT,
            )
            return not waiting
        return document is None or document.person_needed or document.state in documents.FINAL

    async def give(self, command: Command, subject: str, *, replayed: bool, finished: bool) -> Answer:
        """The answer to a command that was accepted under `subject`, now or long ago."""
        stored = await self.stored(subject)
        done: Outcome = "replayed" if replayed else "done"
        match command:
            case OpenDrawer():
                return self._of_drawer(command, subject, stored, done if finished else "accepted")
            case OpenShift():
                return self._of_opening(subject, stored, done, finished=finished)
            case CloseShift() if not any(isinstance(event, ReportRequested) for event in _events(stored)):
                return await self._of_closing(subject, done)
            case RetryFiscalisation():
                rest = views.result_after(stored, self._settings, command.command_id)
                return self._of_document(subject, rest, done, finished=finished, now=True)
            case CallOffClosing():
                return Answer(done, subject, None, {"id": subject, "state": "called_off"})
            case ResolveJam():
                view = {"id": subject, "document": command.document_id or None, "verdict": command.verdict}
                return Answer(done, subject, None, view)
            case _ if isinstance(command, INSTANT):
                return Answer(done, subject, None, self._day_view(command, stored))
            case PrintCopy():
                return self._of_copy(command, subject, stored, done if finished else "accepted")
            case ResolveDoubt():
                rest = views.result_after(stored, self._settings, command.command_id)
                return Answer(done, subject, None, views.document_view(rest, self._settings))
        return self._of_document(subject, stored, done, finished=finished)

    def _of_opening(self, subject: str, stored: Sequence[Stored], done: Outcome, *, finished: bool) -> Answer:
        view = views.opened_shift(stored)
        if view is not None:
            return Answer(done, subject, None, view)
        document = views.document_view(stored, self._settings)
        if document is not None and document["state"] == documents.REFUSED:
            return Answer("refused", subject, Refusal("refused", str(document["refusal"])), document)
        return Answer("accepted", subject, None, document)

    async def _of_closing(self, subject: str, done: Outcome) -> Answer:
        """The shift report was not begun: what the closing waits for, or how this one ended instead."""
        state = self._core.rules.state
        view: views.View = {"id": subject}
        for event in await self._after_close_request(subject):
            match event:
                case ClosingCalledOff():
                    text = "Closing the shift was called off: nothing was reported."
                    return Answer("refused", subject, Refusal("called-off", text), view)
                case ClosingStopped():
                    text = f"The shift was not closed: {event.reason}."
                    return Answer("refused", subject, Refusal("refused", text), view)
                case ShiftClosed():
                    return Answer(done, subject, None, view | {"shift": event.shift_id, "forced": event.forced})
                case _:
                    continue
        return Answer("accepted", subject, None, view | {"closing": day_views.closing_view(state, self._settings)})

    async def _after_close_request(self, subject: str) -> list[Event]:
        """What befell the shift after this request to close it."""
        bound = await self._journal.find_request(subject)
        if bound is None:
            return []
        asked = views.known(await self._journal.read(bound.seq - 1, 1))
        shifts = [event.shift_id for event in _events(asked) if isinstance(event, CloseRequested)]
        events = _events(await self.stored(shifts[0])) if shifts else []
        begun = [isinstance(event, CloseRequested) and event.document_id == subject for event in events]
        return events[begun.index(True) + 1 :] if any(begun) else []

    def _day_view(self, command: Command, stored: Sequence[Stored]) -> views.View | None:
        match command:
            case StartCount() | RecordCount() | AskRecount() | SubmitCount() | CancelCount():
                count = day_views.count_of(stored, command.command_id)
                return None if count is None else day_views.count_view(count, command.actor.role)
            case ActivateDrawer() | AssignCashiers() | DeactivateDrawer():
                return day_views.day_answer(stored, command.drawer_id)
            case _:
                return None

    def _of_document(
        self, subject: str, stored: Sequence[Stored], done: Outcome, *, finished: bool, now: bool = False
    ) -> Answer:
        if finished and not now:
            stored = views.first_result(stored, self._settings)
        view = views.document_view(stored, self._settings)
        if view is None:
            return Answer(done, subject)
        if view["state"] == documents.REFUSED:
            return Answer("refused", subject, Refusal("refused", str(view["refusal"])), view)
        return Answer("accepted" if view["person_needed"] or not finished else done, subject, None, view)

    def _of_copy(self, command: PrintCopy, subject: str, stored: Sequence[Stored], done: Outcome) -> Answer:
        asked = next((event for event in _events(stored, command.command_id) if isinstance(event, CopyRequested)), None)
        for at, item in enumerate(stored):
            event = item.event if isinstance(item, Occurred) else None
            if asked is None or not isinstance(event, CopyFailed | ReceiptCopyPrinted) or event.job_id != asked.job_id:
                continue
            view = views.document_view(stored[: at + 1], self._settings)  # as it was then, for ever
            if isinstance(event, ReceiptCopyPrinted):
                return Answer(done, subject, None, view)
            code = "copy-doubtful" if event.doubtful else "copy-failed"
            return Answer("refused", subject, Refusal(code, f"The copy was not made: {event.reason}."), view)
        return Answer(done, subject, None, views.document_view(stored, self._settings))

    def _of_drawer(self, command: OpenDrawer, subject: str, stored: Sequence[Stored], done: Outcome) -> Answer:
        view: views.View = {"id": command.drawer_id, "cause": {"kind": "no_sale", "id": subject}}
        for event in _events(stored):
            if isinstance(event, DrawerOpened):
                return Answer(done, subject, None, {**view, "state": "open", "confirmed": event.confirmed})
            if isinstance(event, DrawerOpenFailed):
                refusal = Refusal("drawer-not-opened", f"The drawer stayed shut: {event.reason}.")
                return Answer("refused", subject, refusal, {**view, "state": "failed"})
        if done == "accepted":
            return Answer(done, subject, None, {**view, "state": "opening"})
        text = "The till was restarted while the drawer was opening, and a pulse is never repeated: look at the drawer."
        return Answer("refused", subject, Refusal("drawer-not-opened", text), {**view, "state": "unknown"})


def _returns(stored: Sequence[Stored]) -> tuple[ReturnedBefore, ...]:
    return tuple(returned_before(event) for event in _events(stored) if isinstance(event, OriginalReturned))


def _events(stored: Sequence[Stored], cause: str = "") -> list[Event]:
    occurred = (item for item in stored if isinstance(item, Occurred))
    return [item.event for item in occurred if not cause or item.cause == cause]
