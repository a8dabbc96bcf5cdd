"""The steps that this process takes towards its fiscaliser: which is due, what they led to, how long it may be busy.

Nothing here is part of the state; a restart begins anew, and finds the same step again.
"""

from __future__ import annotations

from dataclasses import replace

from statemachines import document as documents
from statemachines import drain
from statemachines import fiscal_mode as mode_machine
from statemachines.document import Document
from statemachines.drain import Memory
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.effects import DrainStep, GoOnline, LookAtRegister, PingTaxService, RefillCodes
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    Occurred,
    ReceiptFiscalised,
)
from statemachines.vocabulary.offline_events import (
    DrainStepFailed,
    FiscaliserUnreachable,
    OfflineCodesNotRefilled,
    OfflineCodesRefilled,
    OfflineDocumentDelivered,
    OfflineDocumentRefused,
    RegisterSeen,
    TaxServicePinged,
    WentOffline,
    WentOnline,
)

OUTCOMES = (
    RegisterSeen,
    OfflineCodesRefilled,
    OfflineCodesNotRefilled,
    WentOffline,
    OfflineDocumentDelivered,
    OfflineDocumentRefused,
    WentOnline,
    TaxServicePinged,
    DrainStepFailed,
)
"""What ends a step."""
_LOOKING = LookAtRegister.__name__
_STIRRING = (GoOnline.__name__, PingTaxService.__name__)


class Steps:
    """Over the same state as all rules. `memory`: of the steps taken."""

    def __init__(self, settings: RuleSettings, state: TillState) -> None:
        self._settings = settings
        self._state = state
        self.memory = Memory()

    def due(self) -> drain.Due | None:
        return drain.next_step(self._settings, self._state, self.memory)

    def before(self, mono: int) -> list[Event]:
        """What has to be in the journal before the next step leaves."""
        return drain.mode_before(self._settings, self._state, self.memory, mono)

    def take(self, mono: int) -> DrainStep | None:
        """The step to be taken now, if one is; it is on its way from here on."""
        due = self.due()
        if due is None or due.at > mono:
            return None
        memory = self.memory
        memory.in_flight = True
        if isinstance(due.step, GoOnline):
            memory.went_online_at = mono
        if isinstance(due.step, GoOnline | PingTaxService):
            memory.stir(mono)
        if isinstance(due.step, RefillCodes) and due.step.ask:
            memory.asked_at = mono
        return due.step

    def restarted(self, mono: int) -> None:
        """Nothing of the last process is on its way any more, but what it sent last may still be at work; the
        fiscaliser is looked for at once."""
        doubts = [name for name, one in self._state.documents.items() if one.state == documents.FISCAL_DOUBT]
        self.memory = Memory(
            rested_at=mono - self._settings.offline.look_every_ms,
            looked_at=mono - (drain.LOOK_ON_LINE_MS if self._state.offline.register else 0),
            read_at=mono,
            stirred_at=mono,
            lost_at=mono,
            doubted=dict.fromkeys(doubts, mono),
        )

    def quiet_ms(self, mono: int) -> int:
        """For how long from now on the fiscaliser may still make something by itself."""
        return max(0, drain.quiet_from(self._settings, self._state, self.memory) - mono)

    def reserve_at(self, document: Document) -> int:
        """When a code is kept for a document in doubt: nothing else is being made, nor is the fiscaliser still busy."""
        deadline = self.memory.doubted_at(document) + self._settings.reserve_after_ms
        return max(deadline, self.memory.made_at, drain.quiet_from(self._settings, self._state, self.memory))

    def as_far_as_certain(self, occurred: Occurred) -> Occurred:
        """That the fiscaliser does not have a document is no answer while the document may still be on its way there:
        the till would make it lawful a second time."""
        event = occurred.event
        if not isinstance(event, FiscalisationUnknown | FiscaliserUnreachable):
            return occurred
        document = self._state.documents.get(event.document_id)
        if document is None or not document.doubted or not self._settings.stamps:
            return occurred
        name, missed = document.document_id, self.memory.missed_early
        if isinstance(event, FiscaliserUnreachable):  # of a try after it was found missing
            return replace(occurred, event=FiscalisationDoubtful(name, event.reason)) if name in missed else occurred
        missed.discard(name)
        if occurred.mono - self.memory.doubted_at(document) >= self._settings.offline.settle_ms:
            return occurred
        if self._state.mode.state == mode_machine.ONLINE:  # it is sent again under the same id, and never refused here
            missed.add(name)
            return occurred
        return replace(occurred, event=FiscalisationDoubtful(name, "the fiscaliser does not have it yet"))

    def heard(self, document: Document, event: Event, mono: int) -> None:
        """An outcome of a document, before the document hears it: a fiscaliser that is off line sends what it has."""
        sent = isinstance(event, ReceiptFiscalised | FiscalisationRefused | FiscalisationDoubtful)
        if document.state != documents.FISCALISING or not (sent or isinstance(event, FiscaliserUnreachable)):
            return
        self.memory.made_at = mono
        self.memory.doubted.pop(document.document_id, None)
        self.memory.missed_early.discard(document.document_id)
        if sent and self._state.mode.state == mode_machine.OFFLINE_AUTO:
            self.memory.stir(mono)

    def ended(self, event: Event, mono: int) -> None:
        """A step has come to this."""
        memory = self.memory
        memory.in_flight = False
        memory.rested_at = mono
        if isinstance(event, OfflineCodesRefilled | OfflineCodesNotRefilled):
            memory.read_at = mono
        if isinstance(event, RegisterSeen) or (isinstance(event, DrainStepFailed) and event.step == _LOOKING):
            memory.looked_at = mono
        online = self._state.mode.state == mode_machine.ONLINE
        unread = online and isinstance(event, OfflineCodesNotRefilled)
        # to be looked at is not yet to take a document: only what is handed over ends a row of failures
        looked = isinstance(event, RegisterSeen) and self._state.mode.state == mode_machine.DRAINING
        failed = isinstance(event, DrainStepFailed) or unread
        memory.failures = memory.failures + failed if failed or looked else 0
        match event:
            case OfflineCodesRefilled():
                memory.pool_read = True
            case OfflineCodesNotRefilled():
                memory.pool_read = True
                memory.lost_at = mono if event.asked_at else memory.lost_at
            case RegisterSeen() if not drain.undecided(self._state):
                memory.look(event, mono)
            case WentOffline() if memory.seen is not None:
                memory.seen = replace(memory.seen, offline=True, manual=True)
            case WentOnline():
                memory.seen = None
                memory.stir(mono)
            case TaxServicePinged():
                memory.pinged = self._state.offline.tries
                memory.stir(mono)
            case DrainStepFailed():
                memory.seen = None
                self._unanswered(event, mono)

    def _unanswered(self, event: DrainStepFailed, mono: int) -> None:
        """The fiscaliser may have heard it all the same, and may still be about to act on it."""
        if event.step in _STIRRING:
            self.memory.stir(mono)
        if event.step == RefillCodes.__name__:
            self.memory.lost_at = mono
