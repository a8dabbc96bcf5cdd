"""What goes on by itself: the next step of a closing, a drawer's day that outlived it, and an offline code kept for a
document in doubt."""

from __future__ import annotations

from collections.abc import Iterator

from statemachines import cash_transaction, closing, drawer_day, shift
from statemachines import document as documents
from statemachines.closing_orders import end_of_day
from statemachines.context import needs_removal
from statemachines.document import Document
from statemachines.drain import being_made
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.day_events import BooksDisagree, ClosingAdvanced, ClosingFinished, ClosingStopped
from statemachines.vocabulary.events import (
    Declined,
    DoubtResolved,
    Event,
    FiscalisationRefused,
    HandedOver,
    ReceiptFiscalised,
)
from statemachines.vocabulary.offline_events import OfflineCode, OfflineCodeReleased

AT_WORK = (documents.FISCALISING, documents.PRINTING)
_ENDS_DOUBT = (ReceiptFiscalised, FiscalisationRefused, Declined, HandedOver, DoubtResolved)


def unfinished(state: TillState) -> list[Document]:
    """Documents whose money is not certain yet."""
    return [
        document
        for document in state.documents.values()
        if document.money and document.transaction == cash_transaction.DRAFT
    ]


def drafts(state: TillState) -> list[Document]:
    """Documents whose money is not certain yet, without those for which an offline code is reserved: these are
    certain to become lawful in one way or the other."""
    return [
        document
        for document in unfinished(state)
        if document.state != documents.FISCAL_DOUBT or state.pool.of(document.document_id) is None
    ]


def uncounted(settings: RuleSettings, state: TillState) -> list[str]:
    """Drawers that the closing waits for: one that is being counted, or that must be and was not."""
    return [
        name
        for name, day in state.days.items()
        if state.open_count(name) is not None
        or (settings.count_at_close == "required" and day.state == drawer_day.ACTIVE)
    ]


def step_done(step: str, settings: RuleSettings, state: TillState) -> bool:
    """Is this step of the closing behind us? Read from the other machines."""
    match step:
        case closing.DRAFTS:
            at_work = any(document.state in AT_WORK for document in state.documents.values())
            return not at_work and not state.copies and not drafts(state)
        case closing.COUNT:
            return not uncounted(settings, state)
        case closing.REMOVAL:
            moving = state.closing.removal_id in state.documents
            return not needs_removal(settings, state) and not (moving and drafts(state))
        case closing.REPORT:
            return state.shift.state not in shift.STANDING
        case closing.DRAWERS:
            ended = all(day.state == drawer_day.INACTIVE or day.ending for day in state.days.values())
            return ended or settings.drawer_day == "own"
        case _:
            return True


def next_of_closing(settings: RuleSettings, state: TillState) -> Event | None:
    """The event that takes the closing one step further, or None while it has to wait."""
    now = state.closing
    if now.state == closing.REMOVAL and _cash_left(settings, state):
        reason = (
            "cash is left in the shift although the removal is over: close the shift again, and it is taken out too"
        )
        return ClosingStopped(now.shift_id, "removal", reason)
    if now.state in (closing.IDLE, closing.STOPPED) or not step_done(now.state, settings, state):
        return None
    step = closing.next_step(now.state)
    return ClosingFinished(now.shift_id) if step is None else ClosingAdvanced(now.shift_id, step)


def next_of_days(settings: RuleSettings, state: TillState) -> Event | None:
    """What ends a drawer's day that outlived its shift, once nothing of it is in doubt any more; the first step."""
    if settings.drawer_day == "own":
        return None
    for day in state.days.values():
        if day.ending and state.draft_in(day.drawer_id) is None:
            return end_of_day(state, day, day.ending)[0]
    return None


def _cash_left(settings: RuleSettings, state: TillState) -> bool:
    """A sale that was in doubt became certain behind the removal, or a person gave the removal up."""
    removal = state.documents.get(state.closing.removal_id)
    under_way = removal is not None and removal.transaction == cash_transaction.DRAFT
    return needs_removal(settings, state) and not under_way


def waits_for(settings: RuleSettings, state: TillState) -> str:
    """What the closing waits for, for people; "" when it waits for nothing."""
    match state.closing.state:
        case closing.DRAFTS:
            numbers = ", ".join(document.number for document in drafts(state))
            return f"documents that are not finished: {numbers}" if numbers else "a document that is being made"
        case closing.COUNT:
            return f"the count of drawer {', '.join(uncounted(settings, state))}"
        case closing.REMOVAL:
            return "the cash to be registered as taken out"
        case closing.REPORT:
            return "the fiscaliser's shift report"
        case closing.STOPPED:
            return f"a person: {state.closing.reason}"
        case _:
            return ""


# --- what the fiscaliser counts -------------------------------------------------------------------------------------


def disagreements(document: Document) -> Iterator[Event]:
    """Where the stamp's sums are others than ours. Taxes that are rounded line by line may differ by one a line."""
    stamp, content = document.stamp, document.receipt
    if stamp is None or stamp.totals is None or content is None:
        return
    ours, theirs = content.totals, stamp.totals
    if ours.total != theirs.total:
        yield BooksDisagree(document.document_id, "total", ours.total, theirs.total)
    tax, told = sum(one.amount for one in ours.tax), sum(one.amount for one in theirs.tax)
    if theirs.tax and abs(tax - told) > len(content.lines):
        yield BooksDisagree(document.document_id, "tax", tax, told)


# --- an offline code for a document in doubt ----------------------------------------------------------------------


def may_reserve(document: Document, settings: RuleSettings, state: TillState) -> bool:
    return (
        settings.stamps
        and document.state == documents.FISCAL_DOUBT
        and document.money
        and not document.person_needed
        and state.pool.of(document.document_id) is None
        and state.pool.highest() is not None
        and being_made(state, document) is None
    )


def release(state: TillState, document: Document, event: Event) -> Iterator[Event]:
    """The doubt is over, and not by the code that was kept: the fiscaliser has made it, or it will never be made."""
    if not isinstance(event, _ENDS_DOUBT):
        return
    code = state.pool.of(document.document_id)
    if code is not None and code.reserved:
        yield OfflineCodeReleased(document.document_id, OfflineCode(code.value, code.serial))
