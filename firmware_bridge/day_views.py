"""What the till answers about counts, drawers' days and the closing of a shift: plain values for JSON."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_bridge import views
from firmware_bridge.journal.codec import Stored
from firmware_bridge.views import View, rfc3339
from statemachines import cash_count, drawer_day, progress
from statemachines import shift as shift_machine
from statemachines.cash_count import Count
from statemachines.context import Replaying
from statemachines.drawer_day import DrawerDay
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.day_events import (
    CountEvent,
    CountStarted,
    DrawerCashiersAssigned,
    DrawerDayClosed,
    DrawerDayOpened,
)
from statemachines.vocabulary.events import Occurred

_NOT_YET = (shift_machine.OPENING, shift_machine.OPENING_DOUBT, shift_machine.REFUSED)


def shift_view(state: TillState, settings: RuleSettings, role: str) -> View | None:
    """The current shift (or the last, closed one) with its closing; None before the first was asked for."""
    shift = state.shift
    more: View = {"state": shift.state, "reason": shift.reason or None, "closing": closing_view(state, settings)}
    if shift.state in _NOT_YET:
        return _opening_view(state) | more
    view = views.shift_view(shift)
    if view is None:
        return None
    limit = settings.limit_ms
    closes_at = rfc3339(shift.opened_at + limit) if limit and shift.state in shift_machine.STANDING else None
    totals = None if blind_for(state, role) else view["totals"]
    return {**view, "totals": totals, "closes_at": closes_at, **more}


def _opening_view(state: TillState) -> View:
    """A shift that is not open yet, or that the fiscaliser did not open."""
    asked = next((document.opening for document in state.documents.values() if document.opening is not None), None)
    return {
        "id": None if asked is None else asked.shift_id,
        "number": state.shift.number + 1,
        "opened_at": None,
        "business_date": None if asked is None else asked.business_date,
        "cashier": None if asked is None else asked.cashier.name,
        "totals": None,
        "closes_at": None,
    }


def blind_for(state: TillState, role: str, drawer_id: str = "") -> bool:
    """Is a blind count under way (of this drawer, or of any), and is it a cashier who asks?"""
    return role == "cashier" and any(
        count.blind and count.state in cash_count.UNDER_WAY and drawer_id in ("", count.drawer_id)
        for count in state.counts.values()
    )


def drawers_view(state: TillState, settings: RuleSettings, role: str) -> list[View]:
    """Every drawer with its day and the count that is under way."""
    found = []
    for name, drawer in state.drawers.items():
        count = state.open_count(name)
        day = day_view(state.days[name], hidden=blind_for(state, role, name))
        view = views.drawer_view(drawer, settings, state.printer)
        found.append({**view, "day": day, "count": None if count is None else count.count_id})
    return found


def counts_view(state: TillState, role: str) -> list[View]:
    """The counts that are under way."""
    return [count_view(count, role) for count in state.counts.values() if count.state in cash_count.UNDER_WAY]


def closing_view(state: TillState, settings: RuleSettings) -> View:
    """Where the closing of the shift stands, and what it waits for."""
    closing = state.closing
    return {
        "state": closing.state,
        "step": closing.step,
        "waits_for": progress.waits_for(settings, state) or None,
        "reason": closing.reason or None,
    }


def count_of(stored: Sequence[Stored], upto: str = "") -> Count | None:
    """A count as its own records tell it; with `upto` (a command's id) as it was after that command."""
    count: Count | None = None
    for item in stored:
        if not isinstance(item, Occurred) or not isinstance(item.event, CountEvent):
            continue
        if isinstance(item.event, CountStarted) and count is None:
            count = Count(item.event.count_id, item.event.drawer_id)
        if count is not None:
            cash_count.TABLE.apply(count, item.event, Replaying(RuleSettings(), TillState(), item))
        if upto and item.cause == upto:
            break
    return count


def count_view(count: Count, role: str) -> View:
    """A count for who asks: in a blind one a cashier sees what is expected only when it is submitted."""
    shown = not count.blind or role != "cashier" or count.state == cash_count.SUBMITTED
    recorded = count.counted is not None
    return {
        "id": count.count_id,
        "drawer": count.drawer_id,
        "day": count.day_id,
        "state": count.state,
        "reason": count.reason,
        "blind": count.blind,
        "round": count.round,
        "counted": count.counted,
        "denominations": [{"value": one.value, "pieces": one.pieces} for one in count.denominations],
        "expected": count.expected if shown and recorded else None,
        "difference": count.difference if shown and recorded else None,
        "started_at": rfc3339(count.started_at),
        "started_by": None if count.started_by is None else count.started_by.name,
        "counted_by": None if count.by is None else count.by.name,
    }


def day_view(day: DrawerDay, *, hidden: bool = False) -> View:
    """The current day of a drawer, or its last one; `hidden`: without what its expected cash could be told from."""
    return {
        "id": day.day_id or None,
        "state": day.state,
        "float": day.float_amount,
        "cash_in": None if hidden else day.cash_in,
        "cash_out": None if hidden else day.cash_out,
        "expected_cash": None if hidden else day.expected,
        "counted": day.counted,
        "cashiers": list(day.cashiers),
        "opened_at": rfc3339(day.opened_at) if day.day_id else None,
    }


def day_answer(stored: Sequence[Stored], drawer_id: str) -> View:
    """What a command about a drawer's day is answered for ever, from its own record."""
    view: View = {"id": drawer_id}
    for item in stored:
        match item:
            case Occurred(event=DrawerDayOpened() as opened):
                view |= {"day": opened.day_id, "state": drawer_day.ACTIVE, "float": opened.float_amount}
                view |= {"cashiers": list(opened.cashiers)}
            case Occurred(event=DrawerCashiersAssigned() as assigned):
                view |= {"day": assigned.day_id, "cashiers": list(assigned.cashiers)}
            case Occurred(event=DrawerDayClosed() as closed):
                view |= {"day": closed.day_id, "state": drawer_day.INACTIVE, "expected_cash": closed.expected}
                view |= {"counted": closed.counted, "count": closed.count_id or None}
            case _:
                continue
    return view
