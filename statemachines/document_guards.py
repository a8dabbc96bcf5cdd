"""When a row of `receipt.py` applies: questions about a document, the event and the shop (`when`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from statemachines.document import (
    PAPERLESS,
    Context,
    Document,
)
from statemachines.vocabulary.events import (
    Declined,
    DoubtResolved,
    Event,
    FiscalisationRefused,
    FiscalisationRetried,
    PrintFoundMissing,
    PrintUnresolved,
)

MAX_SENDS = 5  # after this many interrupted sends of one document a person looks at the printer
LAWFUL = ("printed", "fiscalised")
NO_PAPER = ("not_printed", "abandoned")
NOT_LAWFUL = ("not_printed", "not_fiscalised")


def registers(document: Document, _: Event, context: Context) -> bool:
    return context.fiscalises(document)


def paperless(document: Document, _: Event, __: Context) -> bool:
    return document.kind in PAPERLESS


def paid(document: Document, event: FiscalisationRefused | Declined | DoubtResolved, _: Context) -> bool:
    """Is there money that only somebody else can give back? (A return's, too: it was paid out to the card.)"""
    return document.paid_elsewhere or (isinstance(event, FiscalisationRefused) and event.charged)


def paid_and_not(document: Document, event: DoubtResolved, context: Context) -> bool:
    return event.verdict in NOT_LAWFUL and paid(document, event, context)


def may_retry(document: Document, _: FiscalisationRetried, __: Context) -> bool:
    return not document.final


def paper_found(document: Document, event: DoubtResolved, _: Context) -> bool:
    """A person says that what is lawful without paper has it now: the register that made it has printed it later."""
    return document.stamp is not None and event.verdict == "printed"


def may_be_abandoned(document: Document, event: DoubtResolved, _: Context) -> bool:
    """A shift is open or it is not: whoever does not know may not go on."""
    return event.verdict == "abandoned" and document.kind not in ("shift_open", "shift_report")


def filed_by_person(document: Document, event: DoubtResolved, _: Context) -> bool:
    return document.kind in PAPERLESS and event.verdict in LAWFUL


Guard = Callable[[Document, Any, Context], bool]


def printed_is(what: str) -> Guard:
    return lambda _document, event, _context: event.printed == what


def own_paper(document: Document, _: Event, __: Context) -> bool:
    """Is it the fiscaliser's own paper that is in doubt?"""
    return document.job is None


def own_paper_is(what: str) -> Guard:
    return lambda document, event, _context: document.job is None and event.printed == what


def verdict_is(*what: str) -> Guard:
    return lambda _document, event, _context: event.verdict in what


def refuse_unprinted(document: Document, context: Context) -> bool:
    """Nothing reached the paper, nothing is fiscal: by default such a sale did not happen.

    Where only a marked copy was allowed the original may be on paper, so the sale stands.
    """
    certain = document.transaction != "draft" or document.copy_marked or document.paid_elsewhere
    if document.slip is not None:  # it is nothing but its paper
        return not certain
    return document.money and not certain and not context.keep_unprinted


def not_certain(document: Document, _: Event, __: Context) -> bool:
    return document.transaction == "draft"


def may_send_again(document: Document, event: PrintFoundMissing, context: Context) -> bool:
    """What a fiscaliser prints itself is never printed by us."""
    ours = document.job is not None and document.sends < MAX_SENDS
    return ours and (event.proven or context.copy_after_power_loss)


def person_needed(_: Document, event: PrintUnresolved, __: Context) -> bool:
    return event.person_needed
