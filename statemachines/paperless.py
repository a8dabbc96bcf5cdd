"""What is lawful and stands on no paper: a person has to know until a copy is out, long after the sale is forgotten."""

from __future__ import annotations

from typing import Final

from statemachines import cash_transaction
from statemachines.document import PAPER_MISSING, Document
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.events import DoubtResolved, Event

#: So many are told of; whoever lets more come together has not looked for a day.
MOST: Final = 200

_SOLD: Final = ("sale", "return")
_REGISTERED: Final = (*_SOLD, "cash_in", "cash_out", "shift_report")


def note(state: TillState, document: Document, event: Event, settings: RuleSettings) -> None:
    """Something has happened to this document: has it no paper now that it should have?"""
    document.waived = document.waived or _by_choice(document, event, settings)
    if document.state != PAPER_MISSING or document.waived or not _counts(document):
        state.paperless.pop(document.document_id, None)
        return
    state.paperless.setdefault(document.document_id, (document.kind, document.number))
    while len(state.paperless) > MOST:
        del state.paperless[next(iter(state.paperless))]


def _counts(document: Document) -> bool:
    """Is it lawful, or a sale whose money moved?"""
    certain = (cash_transaction.COMPLETED, cash_transaction.SETTLED)
    if document.kind in _SOLD and document.transaction in certain:
        return True
    return document.stamp is not None and document.kind in _REGISTERED


def _by_choice(document: Document, event: Event, settings: RuleSettings) -> bool:
    """Did a person give its paper up, or the shop choose that there is none off line?"""
    if isinstance(event, DoubtResolved) and event.verdict == "abandoned":
        return True
    return document.stamp is not None and document.stamp.offline and settings.offline.paper == "none"
