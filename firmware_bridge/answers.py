"""The last step of a sale's way: what is told to whoever asked, read from the journal's own records.

The answer to an id is the same for ever, whatever happens to the document later; what is true now is for GET.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from firmware_bridge import views
from firmware_bridge.api.backend import Answer, Outcome
from firmware_bridge.core import TillCore
from firmware_bridge.journal.codec import Stored
from firmware_bridge.journal.thread import JournalThread
from statemachines import drawer as drawer_machine
from statemachines import receipt as receipt_machine
from statemachines.context import RuleSettings
from statemachines.vocabulary.commands import Command, OpenDrawer, OpenShift, PrintCopy, Refusal, ResolveDoubt, Sell
from statemachines.vocabulary.events import (
    CopyFailed,
    CopyRequested,
    DrawerOpened,
    DrawerOpenFailed,
    Event,
    Occurred,
    OriginalReturned,
)


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

    async def complete(self, command: Command) -> Command:
        """Fill in what only the journal knows: a return's original, a copy's paper."""
        if isinstance(command, Sell) and command.receipt.original is not None and command.receipt.original.id:
            return await self._with_original(command, command.receipt.original.id)
        if isinstance(command, PrintCopy):
            stored = await self.stored(command.document_id)
            job = views.last_print(stored)
            document = views.document_of(stored, self._settings)
            if job is not None and document is not None and document.state != receipt_machine.REFUSED:
                return replace(command, paper=job.paper, copies=document.copies)
        return command

    async def _with_original(self, command: Sell, original_id: str) -> Command:
        stored = await self.stored(original_id)
        original = views.document_of(stored, self._settings)
        if original is None or original.receipt is None or original.receipt.kind != "sale":
            return command
        if original.state == receipt_machine.REFUSED or command.receipt.original is None:
            return command
        returns = [event for event in _events(stored) if isinstance(event, OriginalReturned)]
        reference = replace(command.receipt.original, number=original.number)
        return replace(
            command,
            receipt=replace(command.receipt, original=reference),
            original=original.receipt,
            returned=tuple(item for event in returns for item in event.quantities),
            returned_total=sum(event.total for event in returns),
        )

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
        return document is None or document.person_needed or document.state in receipt_machine.FINAL

    async def give(self, command: Command, subject: str, *, replayed: bool, finished: bool) -> Answer:
        """The answer to a command that was accepted under `subject`, now or long ago."""
        stored = await self.stored(subject)
        done: Outcome = "replayed" if replayed else "done"
        match command:
            case OpenDrawer():
                return self._of_drawer(command, subject, stored, done if finished else "accepted")
            case OpenShift():
                return Answer(done, subject, None, views.opened_shift(stored))
            case PrintCopy():
                return self._of_copy(command, subject, stored, done if finished else "accepted")
            case ResolveDoubt():
                return Answer(done, subject, None, views.document_view(stored, self._settings))
        return self._of_document(subject, stored, done, finished=finished)

    def _of_document(self, subject: str, stored: Sequence[Stored], done: Outcome, *, finished: bool) -> Answer:
        if finished:
            stored = views.first_result(stored, self._settings)
        view = views.document_view(stored, self._settings)
        if view is None:
            return Answer(done, subject)
        if view["state"] == receipt_machine.REFUSED:
            return Answer("refused", subject, Refusal("refused", str(view["refusal"])), view)
        return Answer("accepted" if view["person_needed"] or not finished else done, subject, None, view)

    def _of_copy(self, command: PrintCopy, subject: str, stored: Sequence[Stored], done: Outcome) -> Answer:
        view = views.document_view(stored, self._settings)
        asked = next((event for event in _events(stored, command.command_id) if isinstance(event, CopyRequested)), None)
        for event in _events(stored):
            if isinstance(event, CopyFailed) and asked is not None and event.job_id == asked.job_id:
                code = "copy-doubtful" if event.doubtful else "copy-failed"
                return Answer("refused", subject, Refusal(code, f"The copy was not made: {event.reason}."), view)
        return Answer(done, subject, None, view)

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


def _events(stored: Sequence[Stored], cause: str = "") -> list[Event]:
    occurred = (item for item in stored if isinstance(item, Occurred))
    return [item.event for item in occurred if not cause or item.cause == cause]
