"""What the rows of the machines may ask for: settings, plans for print jobs, drawer pulses, questions.

`Planning` is the live one; `Replaying` plans nothing, because the journal already holds what was planned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from statemachines import drawer_day as day_machine
from statemachines.closing import Closing
from statemachines.closing_orders import end_of_day, removal, shift_report, somebody
from statemachines.document import FISCAL_DOUBT, Document
from statemachines.drawer import DrawerSettings
from statemachines.machine import Output
from statemachines.offline import FiscalClock
from statemachines.settings import Composer, RuleSettings
from statemachines.stamping import Stamping, stamps_now
from statemachines.state import JOB_IDS, TillState, fiscal_doc_id, job_id
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Print, SignOut
from statemachines.vocabulary.events import (
    DrawerCause,
    DrawerOpenRequested,
    FiscalisationRefused,
    Occurred,
    ReportRequested,
)
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.receipt import Receipt
from statemachines.vocabulary.traits import FiscaliserTraits


class _Common:
    def __init__(self, settings: RuleSettings, state: TillState, now: Occurred) -> None:
        self._settings = settings
        self._state = state
        self.now = now

    @property
    def traits(self) -> FiscaliserTraits:
        return self._settings.traits

    def fiscalises(self, document: Document) -> bool:
        return self._settings.fiscalises(document)

    @property
    def latest_at(self) -> int:
        return self._state.latest_at

    @property
    def shift_limit_ms(self) -> int:
        return self._settings.limit_ms

    @property
    def shift_warn_ms(self) -> int:
        return self._settings.shift_warn_ms

    @property
    def shift_stop_ms(self) -> int:
        return self._settings.shift_stop_ms

    @property
    def keep_unprinted(self) -> bool:
        return self._settings.unprinted_sale == "keep"

    @property
    def copy_after_power_loss(self) -> bool:
        return self._settings.after_power_loss == "copy"

    def drawer_settings(self, drawer_id: str) -> DrawerSettings:
        return self._settings.drawers[drawer_id]

    def drawer_confirms(self, drawer_id: str) -> bool:
        settings = self._settings.drawers.get(drawer_id)
        return settings is not None and settings.sensed

    def day_of(self, drawer_id: str) -> str:
        return self._state.day_of(drawer_id)

    @property
    def slip_number(self) -> str:
        return self._state.slip_number

    def in_doubt(self, drawer_id: str) -> bool:
        return self._state.draft_in(drawer_id) is not None

    def is_document(self, document_id: str) -> bool:
        return document_id in self._state.documents

    def forced_id(self, drawer_id: str) -> str:
        day = self._state.days.get(drawer_id)
        return "" if day is None else f"{day.day_id}:forced:{day.forced + 1}"

    def records_opening(self, drawer_id: str, *, forced: bool) -> bool:
        """Only in a day, and not while it is counted: who counts a drawer opens it."""
        wanted = self._settings.record_forced if forced else self._settings.record_commanded
        return wanted and self._state.day_of(drawer_id) != "" and self._state.open_count(drawer_id) is None

    def receipt_of(self, document_id: str) -> Receipt:
        receipt = self._state.documents[document_id].receipt
        if receipt is None:
            raise LookupError(f"{document_id} is neither a sale nor a return")
        return receipt


class Replaying(_Common):
    """Plans nothing."""

    def fiscalises(self, document: Document) -> bool:
        """Whatever the shop has today: it was the fiscaliser's business then if its intention follows."""
        return False

    @property
    def copy_after_power_loss(self) -> bool:
        """Whatever the shop chooses today: then a copy was made only if its intention follows in the journal."""
        return False

    def fiscalise(self, _: Document) -> Iterable[Output]:
        return ()

    def fiscalise_unreached(self, _: Document, __: str) -> Iterable[Output]:
        return ()

    def print(self, _: Document, *, void: bool = False) -> Iterable[Effect]:
        return ()

    def plan_again(self, _: Document, __: Counters | None) -> Iterable[Effect]:
        return ()

    def open_drawer(self, _: Document, __: str) -> Iterable[Output]:
        return ()

    def ask(self, _: Document) -> Iterable[Effect]:
        return ()

    def order(self, _: Print) -> Iterable[Effect]:
        return ()

    def begin_step(self, _: Closing) -> Iterable[Output]:
        return ()


class Planning(_Common):
    """Plans for one event that occurs now."""

    def __init__(
        self,
        settings: RuleSettings,
        composer: Composer,
        state: TillState,
        now: Occurred,
        clock: FiscalClock,
        quiet_ms: int = 0,
    ) -> None:
        super().__init__(settings, state, now)
        self._composer = composer
        self.stamping = Stamping(settings, state, clock, now.at, composer.month_begins, quiet_ms)

    def fiscalise(self, document: Document) -> Iterable[Output]:
        """The order to the fiscaliser, or what makes the document lawful without it."""
        name = document.document_id
        if stamps_now(document, self._settings, self._state):
            return self.stamping.stamp(document, "")
        if (no := self.stamping.made_too_late(document.kind)) is not None:
            return [FiscalisationRefused(name, no.text)]
        return [
            document.fiscalise
            or Fiscalise(
                name,
                fiscal_doc_id(name, 1),
                document.receipt,
                document.move,
                opening=document.opening,
                report=document.report,
                before=self._state.last_stamp,
                requested_at=document.requested_at,
            )
        ]

    def fiscalise_unreached(self, document: Document, reason: str) -> Iterable[Output]:
        """The fiscaliser was not reached: nothing of the document left the till."""
        if not self._settings.stamps:
            return [FiscalisationRefused(document.document_id, f"{reason}; nothing was sent")]
        return self.stamping.stamp(document, reason)

    def print(self, document: Document, *, void: bool = False) -> Iterable[Effect]:
        """The document's next print job: the original, or a marked copy where an original is not allowed any more."""
        paper = document.job.paper if document.job is not None else self._composer.paper(document)
        name = job_id(self._state.next_job)
        self._state.next_job = (self._state.next_job + 1) % JOB_IDS
        return [
            Print(
                document.document_id,
                name,
                paper,
                copy_no=document.copies + 1 if document.copy_marked else 0,
                void_fragment=void,
                before=self._state.printer.counters,
                cuts=2 if void else 1,
            )
        ]

    def plan_again(self, document: Document, counters: Counters | None) -> Iterable[Effect]:
        """The same job with the odometers as they are: not a byte of it has left."""
        return [] if document.job is None else [replace(document.job, before=counters)]

    def open_drawer(self, document: Document, point: str) -> Iterable[Output]:
        if document.doubted:  # time has passed: nobody stands at the drawer any more
            return []
        fiscal = self._settings.fiscalises(document)
        if fiscal and self.traits.takes_orders:  # another register takes this money
            return []
        if fiscal and self.traits.kicks and point == "accepted":  # the register will pulse it itself, or say that not
            return []
        drawer = document.drawer_id
        wanted = self._settings.kick_at if self.traits.registers else _without_fiscaliser(self._settings.kick_at)
        if not drawer or point != wanted or drawer not in self._settings.drawers:
            return []
        kind: Literal["sale", "move", "no_sale"] = "move" if document.move is not None else "sale"
        if document.kind == "no_sale":
            kind = "no_sale"
        return [DrawerOpenRequested(drawer, DrawerCause(kind, document.document_id))]

    def ask(self, document: Document) -> Iterable[Effect]:
        subject = document.fiscalise if document.state == FISCAL_DOUBT or document.job is None else document.job
        return [] if subject is None else [Ask(subject, document.end_sent)]

    def order(self, order: Print) -> Iterable[Effect]:
        return [order]

    def begin_step(self, closing: Closing) -> Iterable[Output]:
        """What this step of the closing orders; empty where the state shows that there is nothing to do."""
        match closing.step:
            case "removal" if needs_removal(self._settings, self._state):
                return [removal(closing, self._state)]
            case "report":
                report = shift_report(closing, self._state, somebody(closing.actor))
                return [ReportRequested(closing.document_id, report)]
            case "drawers" if self._settings.drawer_day == "with_shift":
                days = self._state.days.values()
                ending = [day for day in days if day.state in day_machine.RUNNING and not day.ending]
                return [event for day in ending for event in end_of_day(self._state, day, closing.shift_id)]
            case "sign_out" if self.traits.registers:
                return [SignOut(closing.shift_id, somebody(self._state.shift.cashier))]
            case _:
                return []


def _without_fiscaliser(kick_at: str) -> str:
    # nothing lies between accepted and fiscalised then; one of the two points is enough
    return "accepted" if kick_at == "fiscalised" else kick_at


def needs_removal(settings: RuleSettings, state: TillState) -> bool:
    """Must the cash be registered as taken out before the fiscaliser's day is closed?"""
    wanted = settings.traits.empties_at_close or settings.float_policy == "collect"
    return settings.traits.registers and wanted and state.shift.expected_cash > 0
