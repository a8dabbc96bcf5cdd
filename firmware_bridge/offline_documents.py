"""After a sale made without the fiscaliser: what the journal says of it when it is handed over, and when it is copied.

Its content was frozen when it was accepted and never changes; only the particulars that were missing come later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from firmware_bridge import views
from firmware_bridge.journal.codec import Stored
from statemachines.document import REFUSED, Document
from statemachines.settings import RuleSettings
from statemachines.state import fiscal_doc_id
from statemachines.vocabulary.commands import PrintCopy, Refusal
from statemachines.vocabulary.effects import DeliverOffline, Fiscalise, Print
from statemachines.vocabulary.events import Occurred
from statemachines.vocabulary.offline_events import OfflineDocumentDelivered
from statemachines.vocabulary.paper import Paper

Compose = Callable[[Document], Paper]


def with_order(step: DeliverOffline, stored: Sequence[Stored], settings: RuleSettings) -> DeliverOffline | None:
    """The step with what the document says, under the id it had when it was first sent; None: no such document."""
    document = views.document_of(stored, settings)
    if document is None:
        return None
    name = document.document_id
    order = document.fiscalise or Fiscalise(
        name,
        fiscal_doc_id(name, 1),
        document.receipt,
        document.move,
        opening=document.opening,
        report=document.report,
        requested_at=document.requested_at,
    )
    return replace(step, order=order)


def with_paper(
    command: PrintCopy, stored: Sequence[Stored], settings: RuleSettings, compose: Compose
) -> PrintCopy | Refusal:
    """The copy's paper: what was printed last; of a document completed since then, the complete one; of what a
    fiscaliser printed that makes copies itself, the text for when it has no copy any more.

    Without the paper where there is none to copy.
    """
    document = views.document_of(stored, settings)
    if document is None or document.state == REFUSED:
        return command
    job = views.last_print(stored)
    command = replace(command, copies=document.copies, slip=document.slip)
    anew = _completed_since_printed(stored) or (job is None and _printed_without_us(document, settings))
    if anew and not waits(document):
        return replace(command, paper=compose(document))
    if job is None and waits(document):
        text = (
            f"Document {document.number} is registered, and its paper is complete only when the fiscaliser has it: "
            "nothing was printed, ask again when it is delivered."
        )
        return Refusal("not-complete", text, "id")
    return command if job is None else replace(command, paper=job.paper)


def waits(document: Document) -> bool:
    """Was it made without the fiscaliser, which does not have it yet?"""
    return document.stamp is not None and document.stamp.offline and not document.stamp.complete


def _completed_since_printed(stored: Sequence[Stored]) -> bool:
    """Did what its paper lacked come after it was printed last?"""
    for item in reversed(stored):
        if isinstance(item, Print):
            return False
        if isinstance(item, Occurred) and isinstance(item.event, OfflineDocumentDelivered):
            return any(isinstance(one, Print) for one in stored)
    return False


def _printed_without_us(document: Document, settings: RuleSettings) -> bool:
    """Was it made by the till off line, or printed by a fiscaliser that copies what it made?"""
    content = (document.receipt, document.move, document.report)
    if document.stamp is None or all(one is None for one in content):
        return False
    traits = settings.traits
    return document.stamp.offline or (traits.prints and traits.copy)
