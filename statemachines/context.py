"""What the rows of the machines may ask for: settings, plans for print jobs, drawer pulses, questions.

`Planning` is the live one; `Replaying` plans nothing, because the journal already holds what was planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from statemachines.drawer import DrawerSettings
from statemachines.machine import Output
from statemachines.receipt import FISCAL_DOUBT, Document
from statemachines.state import JOB_IDS, TillState, job_id
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Print
from statemachines.vocabulary.events import DrawerCause, DrawerOpenRequested, Occurred
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import Receipt
from statemachines.vocabulary.traits import NO_FISCALISER, FiscaliserTraits


class Composer(Protocol):
    """What the rules need and may not import: the layout and the calendar of the shop's time zone."""

    def paper(self, document: Document) -> Paper:
        """The document's paper; pure, and called once per document."""

    def business_date(self, at: int) -> str:
        """The local date (YYYY-MM-DD) of a UTC time in ms."""


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """The choices a shop makes. Times in ms."""

    traits: FiscaliserTraits = NO_FISCALISER
    drawers: Mapping[str, DrawerSettings] = field(default_factory=dict)
    kick_at: Literal["accepted", "fiscalised", "printed"] = "fiscalised"
    unprinted_sale: Literal["refuse", "keep"] = "refuse"
    after_power_loss: Literal["copy", "ask"] = "copy"
    settle_after_ms: int = 60_000
    exponent: int = 2


class _Common:
    def __init__(self, settings: RuleSettings, state: TillState, now: Occurred) -> None:
        self._settings = settings
        self._state = state
        self.now = now

    @property
    def traits(self) -> FiscaliserTraits:
        return self._settings.traits

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

    def receipt_of(self, document_id: str) -> Receipt:
        receipt = self._state.documents[document_id].receipt
        if receipt is None:
            raise LookupError(f"{document_id} is neither a sale nor a return")
        return receipt


class Replaying(_Common):
    """Plans nothing."""

    @property
    def copy_after_power_loss(self) -> bool:
        """Whatever the shop chooses today: then a copy was made only if its intention follows in the journal."""
        return False

    def fiscalise(self, _: Document) -> Iterable[Effect]:
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


class Planning(_Common):
    """Plans for one event that occurs now."""

    def __init__(self, settings: RuleSettings, composer: Composer, state: TillState, now: Occurred) -> None:
        super().__init__(settings, state, now)
        self._composer = composer

    def fiscalise(self, document: Document) -> Iterable[Effect]:
        name = document.document_id
        return [document.fiscalise or Fiscalise(name, name, document.receipt, document.move)]

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
        drawer = document.drawer_id
        wanted = self._settings.kick_at if self.traits.registers else _without_fiscaliser(self._settings.kick_at)
        if not drawer or point != wanted or drawer not in self._settings.drawers:
            return []
        kind: Literal["sale", "move"] = "move" if document.move is not None else "sale"
        return [DrawerOpenRequested(drawer, DrawerCause(kind, document.document_id))]

    def ask(self, document: Document) -> Iterable[Effect]:
        subject = document.fiscalise if document.state == FISCAL_DOUBT or document.job is None else document.job
        return [] if subject is None else [Ask(subject, document.end_sent)]

    def order(self, order: Print) -> Iterable[Effect]:
        return [order]


def _without_fiscaliser(kick_at: str) -> str:
    # nothing lies between accepted and fiscalised then; one of the two points is enough
    return "accepted" if kick_at == "fiscalised" else kick_at
