"""What the steps of a closing order: the cash taken out, the shift report, the end of the drawers' days."""

from __future__ import annotations

from statemachines import cash_transaction
from statemachines.closing import Closing
from statemachines.drawer_day import DrawerDay
from statemachines.state import TillState
from statemachines.vocabulary.day_events import DrawerDayClosed
from statemachines.vocabulary.events import CashMoveRequested, Event
from statemachines.vocabulary.receipt import CashMove, Person, Report

NOBODY = Person("till", "till", "system")


def somebody(person: Person | None) -> Person:
    """Whoever it was, or the till itself."""
    return person or NOBODY


def removal(closing: Closing, state: TillState) -> CashMoveRequested:
    """All cash of the shift, registered as taken out."""
    move = CashMove(
        document_id=closing.removal_id,
        type="cash_pull",
        direction="out",
        amount=state.shift.expected_cash,
        currency=closing.currency,
        language=closing.language,
        reason="shift close",
        operator=somebody(closing.actor),
        drawer_id=next(iter(state.drawers), ""),
        number=f"{state.next_number:06d}",
        origin="shift_close_collection",
    )
    return CashMoveRequested(move.document_id, move)


def shift_report(closing: Closing, state: TillState, operator: Person) -> Report:
    """The report of the shift that is being closed."""
    shift = state.shift
    return Report(
        closing.document_id,
        "shift_report",
        str(state.next_report),
        shift.number,
        shift.opened_at,
        closing.currency,
        closing.language,
        operator,
        shift.totals,
        closing.anchor,
        tuple(f"{document.number}: {document.doubt}" for document in state.documents.values() if document.doubt),
        shift.shift_id,
    )


def end_of_day(state: TillState, day: DrawerDay, request_id: str) -> list[Event]:
    """End a drawer's day: first the money that went through it is put away, so that nothing of the day comes after it.

    `request_id`: the command that asked for it, or the shift that ended with it.
    """
    closed = DrawerDayClosed(day.drawer_id, day.day_id, day.expected, day.counted, day.count_id, request_id)
    return [*cash_transaction.put_away(state.documents.values(), day.drawer_id, "day_closed"), closed]
