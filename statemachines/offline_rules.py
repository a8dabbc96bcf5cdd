"""The fiscaliser's mode, its codes and the drain together: what their events change and lead to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from statemachines import document as documents
from statemachines import drain, offline_codes, offline_meters
from statemachines import fiscal_mode as mode_machine
from statemachines.context import Planning, Replaying
from statemachines.machine import Output
from statemachines.offline import SECOND_MS
from statemachines.offline_session import Waiting
from statemachines.offline_steps import OUTCOMES, Steps
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.events import (
    Event,
    FiscalStamp,
    ReceiptFiscalised,
)
from statemachines.vocabulary.offline_events import (
    DrainStepFailed,
    FiscalModeChanged,
    JamResolved,
    OfflineCodeBound,
    OfflineCodeReleased,
    OfflineCodesNotRefilled,
    OfflineCodeSpent,
    OfflineCodesRefilled,
    OfflineDocumentDelivered,
    OfflineDocumentRefused,
    OfflineLimitWarned,
    OfflineTimesDisagree,
    RegisterSeen,
    TaxServicePinged,
    WentOffline,
    WentOnline,
)

OFFLINE_EVENTS = (
    FiscalModeChanged
    | OfflineCodeBound
    | OfflineCodeReleased
    | OfflineCodesRefilled
    | OfflineCodesNotRefilled
    | OfflineCodeSpent
    | RegisterSeen
    | WentOffline
    | OfflineDocumentDelivered
    | OfflineDocumentRefused
    | JamResolved
    | WentOnline
    | TaxServicePinged
    | DrainStepFailed
    | OfflineLimitWarned
    | OfflineTimesDisagree
)
"""What these machines hear first; of what was delivered the document hears, too."""

CALL_SUPPORT: Final = (
    "The tax service answers and the register does not come on line all the same, although it was told to more often "
    "than documents wait: call the register's support."
)


class OfflineRules:
    """Over the same state as all rules."""

    def __init__(self, settings: RuleSettings, state: TillState) -> None:
        self._settings = settings
        self._state = state
        self.steps = Steps(settings, state)

    def fiscalised(self, event: ReceiptFiscalised, context: Planning | Replaying) -> Iterator[Output]:
        """A document is lawful: on line, stamped by the till, or stamped by a fiscaliser that is off line itself."""
        state, stamp = self._state, event.stamp
        document = state.documents[event.document_id]
        if document.kind == "x_report":  # it moves nothing and goes nowhere
            return
        offline, pool = state.offline, state.pool
        offline.register = stamp.register or offline.register
        offline.stamps += document.move is None  # the tax service does not hear of cash that is moved
        if document.kind == "shift_open":
            offline.shift_id, offline.shift_at = event.document_id, stamp.at
        code = pool.of(event.document_id)
        by_till = not stamp.complete and stamp.number == ("" if code is None else code.value)
        if stamp.offline and by_till:
            # what is made in a shift is dated after its opening, not with it
            later = SECOND_MS if document.kind == "shift_open" else 0
            pool.last_fiscal_at = max(pool.last_fiscal_at, stamp.at + later)
            serial, order = (0, offline.next_place()) if code is None else (code.serial, code.order)
            if offline.of(event.document_id) is None:
                offline.add(Waiting(event.document_id, document.kind, stamp.at, stamp.number, serial, order))
            return
        pool.last_fiscal_at = max(pool.last_fiscal_at, stamp.at + 1)  # it knows its dates closer than to the ms
        offline.handed += stamp.offline
        if isinstance(context, Planning):
            yield from self._theirs(stamp)

    def _theirs(self, stamp: FiscalStamp) -> Iterator[Event]:
        """What the fiscaliser says with a stamp of its own: that it is off line, and when its last document was."""
        mode, offline = self._state.mode.state, self._state.offline
        if stamp.offline and stamp.number in self._state.pool.codes:
            yield OfflineCodeSpent(stamp.number)
        if stamp.offline and mode == mode_machine.ONLINE and self._settings.stamps:
            yield FiscalModeChanged(
                mode_machine.OFFLINE_AUTO,
                "it does not reach the tax service: it is off line itself",
                fiscal_at=stamp.at,
            )
        if mode in mode_machine.OWN_SESSION and not offline.acknowledged and offline.conflicts(stamp.at):
            yield FiscalModeChanged(
                mode_machine.JAMMED,
                "a document that it has made is dated after the first that the till has made without it",
            )

    def apply(  # noqa: C901 - a case an event
        self, event: OFFLINE_EVENTS, context: Planning | Replaying
    ) -> Iterator[Output]:
        if isinstance(event, OUTCOMES):
            self.steps.ended(event, context.now.mono)
        offline, pool = self._state.offline, self._state.pool
        match event:
            case FiscalModeChanged():
                yield from self._mode(event, context)
            case OfflineCodeBound() | OfflineCodeReleased() | OfflineCodeSpent():
                code = offline_codes.apply(pool, event)
                if isinstance(event, OfflineCodeBound):
                    self._bound(code, event)
            case OfflineCodesRefilled():
                offline_codes.refill(pool, event)
                offline.stamps = 0 if event.asked_at else offline.stamps
                yield from self._code_taken(event, context)
            case OfflineCodesNotRefilled():
                pool.asked_at = max(pool.asked_at, event.asked_at)
                offline.stamps = 0 if event.asked_at else offline.stamps
            case WentOffline():
                offline.acknowledged, offline.moved_at = True, context.now.at
                offline_codes.spend(pool, offline.code)
            case OfflineDocumentDelivered():
                self._delivered(event)
                offline.moved_at = context.now.at
            case OfflineDocumentRefused():
                offline.stuck = event.document_id
                yield FiscalModeChanged(mode_machine.JAMMED, event.reason)
            case JamResolved():
                yield from self._decided(event, context)
            case WentOnline():
                offline.tries = event.tries
            case TaxServicePinged():
                offline.advice = CALL_SUPPORT if event.answers else ""
            case OfflineLimitWarned():
                offline.warn(event.kind, event.step, context.now.at)
            case OfflineTimesDisagree():
                at = max(context.now.at, pool.last_fiscal_at)
                offline.disagree(event.kind, max(0, event.theirs - event.ours), at)
            case DrainStepFailed():
                yield from self._failed(event)
            case RegisterSeen():
                yield from self._looked(event, context)

    def warnings(self, context: Planning) -> list[Event]:
        """What is to be told of the law's limits; asked for when everything else that follows has been said."""
        return list(offline_meters.warnings(self._settings, self._state, context.stamping))

    # --- the mode ---------------------------------------------------------------------------------------------------

    def _mode(self, event: FiscalModeChanged, context: Planning | Replaying) -> Iterator[Output]:
        before, at = self._state.mode.state, event.fiscal_at or context.now.at
        yield from mode_machine.TABLE.apply(self._state.mode, event, context)
        if self._state.mode.state == before and before != event.to:
            return
        offline = self._state.offline
        if event.to == mode_machine.ONLINE:
            self._state.pool.last_fiscal_at = max(self._state.pool.last_fiscal_at, event.fiscal_at)
            offline.end(at)
        else:
            offline.begin(at)
        if event.to == mode_machine.OFFLINE_MANUAL and event.session_id:
            offline.session_id, offline.begun_at, offline.code = event.session_id, event.fiscal_at, event.code
            code = self._state.pool.codes.get(event.code)
            offline.serial = 0 if code is None else code.serial
            offline.acknowledged, offline.tries, offline.advice = False, 0, ""
        offline.stuck = (offline.stuck or offline.head) if event.to == mode_machine.JAMMED else ""
        offline.moved_at = context.now.at
        self.steps.memory.new_mode(context.now.mono)

    def _bound(self, code: offline_codes.Code, event: OfflineCodeBound) -> None:
        """The document has its place now. The going offline may get another code because the first was used."""
        offline = self._state.offline
        code.order = code.order or offline.next_place()
        if event.document_id == offline.session_id and event.code.value != offline.code:
            offline.rebind(event.code)

    def _code_taken(self, event: OfflineCodesRefilled, context: Planning | Replaying) -> Iterator[Event]:
        """The fiscaliser has used up, off line by itself, the code that was meant for the going offline."""
        offline, offered = self._state.offline, {code.value for code in event.codes}
        waits = self._state.mode.state == mode_machine.DRAINING and not offline.acknowledged
        if waits and offline.code not in offered and isinstance(context, Planning):
            yield from self._begins_anew()

    def _begins_anew(self) -> Iterator[Event]:
        offline, code = self._state.offline, self._state.pool.highest()
        if code is not None:
            yield OfflineCodeSpent(offline.code)
            yield OfflineCodeBound(offline.session_id, code, offline.begun_at, reserved=False)

    def _delivered(self, event: OfflineDocumentDelivered) -> None:
        state, waiting = self._state, self._state.offline.of(event.document_id)
        if waiting is None:
            return
        offline_codes.spend(state.pool, waiting.code)
        state.offline.drop(event.document_id)
        state.offline.handed += 1
        if waiting.kind == "shift_open" and state.shift.shift_id == event.document_id:
            state.shift.vendor_id, state.shift.vendor_number = event.stamp.vendor_id, event.stamp.shift_no

    def _decided(self, event: JamResolved, context: Planning | Replaying) -> Iterator[Event]:
        offline = self._state.offline
        waiting = offline.of(event.document_id) if event.verdict == "give_up" else None
        if waiting is not None:
            offline_codes.spend(self._state.pool, waiting.code)
            offline.drop(event.document_id)
        if offline.session_id and event.document_id == offline.session_id and isinstance(context, Planning):
            yield from self._begins_anew()
        yield FiscalModeChanged(mode_machine.DRAINING, "a manager let it go on")

    def _failed(self, event: DrainStepFailed) -> Iterator[Event]:
        """Nobody waits at the till for a delivery that does not go on."""
        draining = self._state.mode.state == mode_machine.DRAINING
        if draining and (not event.reached or drain.stuck_on(self.steps.memory)):
            yield FiscalModeChanged(mode_machine.OFFLINE_MANUAL, event.reason)

    def _looked(self, event: RegisterSeen, context: Planning | Replaying) -> Iterator[Output]:
        # what it counts is compared once our own count has begun, too
        if isinstance(context, Planning) and self._state.mode.state != mode_machine.ONLINE:
            yield from offline_meters.audit(self._state, event, context.stamping)
        offline = self._state.offline
        match self._state.mode.state:
            case mode_machine.ONLINE if event.offline and self._settings.stamps:
                yield FiscalModeChanged(mode_machine.OFFLINE_AUTO, "it is off line itself", fiscal_at=event.server_at)
            case mode_machine.OFFLINE_AUTO if not event.offline:
                yield drain.on_line(event, "it is on line")
            case mode_machine.OFFLINE_MANUAL:
                yield from self._found_again(event, context)
            case mode_machine.DRAINING if not event.manual and not drain.undecided(self._state):
                if offline.conflicts(event.last_at):
                    yield FiscalModeChanged(
                        mode_machine.JAMMED,
                        "it has a document that is dated after the first that the till has made without it",
                    )
                elif offline.acknowledged and offline.queue:  # somebody else has let it go on line
                    yield from self._begins_anew()

    def _found_again(self, event: RegisterSeen, context: Planning | Replaying) -> Iterator[Output]:
        state, offline = self._state, self._state.offline
        held = any(code.reserved for code in state.pool.codes.values())
        if not (offline.queue or held or offline.acknowledged or event.offline):
            if offline.code:
                yield OfflineCodeSpent(offline.code)  # it was never sent, and nobody can be sure of that
            yield drain.on_line(event, "it answers again, and nothing was made without it")
            return
        yield FiscalModeChanged(mode_machine.DRAINING, "it answers again: what was made without it is delivered")
        for document in state.documents.values():
            if document.state == documents.FISCAL_DOUBT and not document.person_needed:
                yield from context.ask(document)
