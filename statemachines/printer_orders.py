"""What leaves for the printer together, and what an order means for the doubts about earlier ones.

A printer's counters and marks speak of the job that was begun last: an older doubt they can decide no more. A slip in
doubt holds up neither sales nor the close of a shift. Whatever goes to the same printer before it could be asked makes
the slip a person's matter: a wrong answer would lose it or print it twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeGuard

from statemachines.document import PRINT_DOUBT, PRINTING, Document
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Kick, Print
from statemachines.vocabulary.events import PrintUnresolved
from statemachines.vocabulary.traits import FiscaliserTraits

OVERTAKEN = "the printer was given another document before it could be asked; nothing was repeated"
TWO_AT_ONCE = "several documents were on their way to the printer when the till stopped; nothing was repeated"


def kick_first(effects: list[Effect], state: TillState, settings: RuleSettings) -> list[Effect]:
    """A kick through the receipt printer is the first bytes of the job it belongs to; it belongs to no slip."""
    kicks = (effect for effect in effects if isinstance(effect, Kick))
    kick = next((one for one in kicks if settings.drawers[one.drawer_id].through_printer), None)
    jobs = (effect for effect in effects if isinstance(effect, Print) and effect.copy_no == 0)
    slips = {name for name, document in state.documents.items() if document.slip is not None}
    job = next((one for one in jobs if one.document_id not in slips), None)
    if kick is None or job is None:
        return effects
    return [replace(job, kick=kick) if effect is job else effect for effect in effects if effect is not kick]


def worth_asking(effects: Sequence[Effect], state: TillState) -> list[Effect]:
    """Without questions to a printer whose answer would prove nothing any more."""
    hopeless = {name for name, one in state.documents.items() if one.person_needed and one.job is not None}
    return [effect for effect in effects if not (_asks_printer(effect) and effect.intention.document_id in hopeless)]


def _asks_printer(effect: Effect) -> TypeGuard[Ask]:
    return isinstance(effect, Ask) and isinstance(effect.intention, Print)


def overtaken(effect: Effect, state: TillState, traits: FiscaliserTraits) -> Iterator[PrintUnresolved]:
    """The slips in doubt that this order overtakes."""
    if not isinstance(effect, Print) and not (isinstance(effect, Fiscalise) and traits.prints):
        return
    for document in state.documents.values():
        waits = document.slip is not None and document.state == PRINT_DOUBT and not document.person_needed
        if waits and document.document_id != effect.document_id:
            yield from _person(document, OVERTAKEN)


def after_restart(state: TillState) -> Iterator[PrintUnresolved]:
    """With more than one job without outcome nobody can tell which of them the counters speak of."""
    open_jobs = [document for document in state.documents.values() if _open(document)]
    if len(open_jobs) + len(state.copies) > 1:
        for document in open_jobs:
            yield from _person(document, TWO_AT_ONCE)


def _open(document: Document) -> bool:
    if document.job is None or document.person_needed:
        return False
    return document.state in (PRINTING, PRINT_DOUBT)


def _person(document: Document, why: str) -> Iterator[PrintUnresolved]:
    if document.job is None:
        return
    name = document.job.job_id
    text = f"{why}; look whether the receipt #{name} is there, and say so"
    yield PrintUnresolved(document.document_id, name, text, person_needed=True)
