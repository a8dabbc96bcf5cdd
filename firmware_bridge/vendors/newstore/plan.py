"""After a sale: of one record of the journal, the one request that NewStore's book needs. Pure.

    DrawerDayOpened                      -> activate
    SaleCompleted with cash              -> start            (a draft, which moves nothing)
    CashMoved by an operator, NoSaleRecorded -> start_non_sale
    DrawerOpened, DrawerClosed           -> track_activity
    SaleSettled, CashMoveSettled         -> finish
    CountStarted, -Recorded, -RecountAsked, -Submitted, -Cancelled -> perform_count, record_count, count_action
    DrawerDayClosed                      -> deactivate

Everything else is skipped, and so is what belongs to no day or to a drawer that NewStore is not told of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Final, Literal

from firmware_bridge.gateway.book import Blocked, Call, Look, Place, Plan, Skip
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.newstore.case import LOST, Case
from firmware_bridge.vendors.newstore.facts import Facts
from firmware_bridge.vendors.newstore.figures import CountCall, SaleCall
from firmware_bridge.vendors.newstore.messages import CountAction
from firmware_bridge.vendors.newstore.terms import Terms
from firmware_bridge.vendors.newstore.words import RETRY
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.day_events import (
    CountCancelled,
    CountRecorded,
    CountRecountAsked,
    CountStarted,
    CountSubmitted,
    DrawerDayClosed,
    DrawerDayOpened,
)
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    CashMoveSettled,
    DoubtResolved,
    DrawerClosed,
    DrawerOpened,
    Event,
    HandedOver,
    Occurred,
    SaleCompleted,
    SaleRefused,
    SaleSettled,
)


def plan(record: Record, refs: Mapping[str, str], terms: Terms, facts: Facts) -> Plan:
    """What `record` needs, by the settings `terms` and what is known of the tenant (`facts`)."""
    stored = record.record
    return _plan(stored.event, Case(record, refs, terms, facts)) if isinstance(stored, Occurred) else Skip()


@singledispatch
def _plan(_: Event, __: Case) -> Plan:
    return Skip()


# --- a drawer's day -------------------------------------------------------------------------------------------------


@_plan.register
def _(event: DrawerDayOpened, case: Case) -> Plan:
    here = case.within(event.drawer_id, event.day_id)
    if here is None:
        return Skip()
    request = case.terms.calls.activate(here.theirs, event.float_amount)
    return Call("activate", request, here.place(), here.place(), "state", look=here.look_at_drawer())


@_plan.register
def _(event: DrawerDayClosed, case: Case) -> Plan:
    here = case.within(event.drawer_id, event.day_id)
    if here is None or (not event.count_id and case.terms.uncounted == "leave_active"):
        return Skip()
    if not event.count_id:
        return _closed_by_hand(here, "nobody counted its cash at the end of the day")
    count = case.refs.get(event.count_id)
    if not count:
        never_told = _closed_by_hand(here, f"NewStore has no count {event.count_id} of this till's")
        return Blocked(event.count_id, here.place(), never_told)
    request = case.terms.calls.deactivate(here.theirs, count)
    look = here.look_at_drawer()
    return Call("deactivate", request, here.place(), (here.drawer,), "state", closes=True, look=look)


def _closed_by_hand(here: Case, why: str) -> Call:
    """NewStore ends a day with a count alone. Without one a person does it there, and the drawer is only looked at."""
    what = (
        f"NewStore ends the day of drawer {here.drawer} only with an end-of-day count, and {why}: count and close "
        f"drawer {here.theirs} in NewStore, then {RETRY}"
    )
    request = here.terms.calls.get_drawer(here.theirs)
    return Call("get_drawer", request, here.place(), (here.drawer,), "natural_key", closes=True, if_lost=what)


# --- transactions ---------------------------------------------------------------------------------------------------


@_plan.register
def _(event: SaleCompleted, case: Case) -> Plan:
    here = case.within(event.drawer_id, event.day_id)
    if here is None or event.cash_due == 0:
        return Skip(ends=event.document_id)
    order = event.order_id if case.terms.order_id == "order_ref" else ""
    given = event.cash_given if event.cash_due > 0 else 0
    return SaleCall(
        "start",
        case.terms.calls.start(here.theirs, order or event.number or event.document_id, event.cash_due, given),
        here.place(event.document_id),
        here.place(event.document_id),
        "harmless_twice",
        look=here.look_at_report("sale"),
        if_lost=_lost_start(f"sale {event.number or event.document_id}"),
        change=given - event.cash_due,
    )


@_plan.register
def _(event: CashMoved, case: Case) -> Plan:
    here = case.within(event.drawer_id, event.day_id)
    if here is None or event.origin != "operator":
        return Skip(ends=event.document_id)
    side: _Side = _SIDES[event.direction] or _side_of_no_sale(here.facts)
    return _non_sale(here, event.document_id, event.type, side, event.amount, event.reason)


@_plan.register
def _(event: NoSaleRecorded, case: Case) -> Plan:
    here = case.within(event.drawer_id, event.day_id)
    if here is None:
        return Skip(ends=event.document_id)
    return _non_sale(here, event.document_id, "no_sale", _side_of_no_sale(here.facts), 0, event.reason)


_Side = Literal["amount_in", "amount_out"]
_SIDES: Final[Mapping[str, _Side | None]] = {"in": "amount_in", "out": "amount_out", "none": None}


def _side_of_no_sale(facts: Facts) -> _Side:
    """The direction that the tenant gave it; a neutral one moves 0 either way."""
    kind = (facts.types or {}).get("no_sale")
    return "amount_out" if kind is not None and kind.direction == "cash_out" else "amount_in"


def _non_sale(here: Case, document_id: str, kind: str, side: _Side, amount: int, reason: str) -> Call:
    return Call(
        "start_non_sale",
        here.terms.calls.start_non_sale(here.theirs, kind, _reason_code(here, kind, reason), side, amount),
        here.place(document_id),
        here.place(document_id),
        "harmless_twice",
        look=here.look_at_report(kind),
        if_lost=_lost_start(f"cash move {document_id}"),
    )


def _reason_code(here: Case, kind: str, reason: str) -> str | None:
    """The code of `reason`: by the configuration, else where the tenant calls a reason so; None is left out."""
    wanted = here.terms.reasons.get(reason, reason)
    known = (here.facts.types or {}).get(kind)
    if known is None:
        return wanted if reason in here.terms.reasons else None
    if wanted in known.reasons:
        return wanted
    return next((code for code, label in known.reasons.items() if label == wanted), None)


def _lost_start(what: str) -> str:
    return (
        f"NewStore did not answer twice when {what} was begun there; what it may have begun are drafts, which move no "
        f"money: {RETRY} begins it once more"
    )


@_plan.register(SaleSettled)
@_plan.register(CashMoveSettled)
def _(event: SaleSettled | CashMoveSettled, case: Case) -> Plan:
    """Whatever day it is: the draft is finished where it was begun."""
    theirs = case.terms.drawers.get(event.drawer_id, "")
    if not theirs:
        return Skip(ends=event.document_id)
    here = replace(case, drawer=event.drawer_id, day=event.day_id, theirs=theirs)
    place = (here.drawer, here.day, event.document_id)
    transaction = case.refs.get(event.document_id)
    if not transaction:
        return Blocked(event.document_id, place, Skip(ends=event.document_id))
    look = Look(case.terms.calls.get_transaction(theirs, transaction), LOST)
    return Call("finish", case.terms.calls.finish(theirs, transaction), place, place, "state", look=look)


@_plan.register(SaleRefused)
@_plan.register(CashMoveRefused)
@_plan.register(HandedOver)
def _(event: SaleRefused | CashMoveRefused | HandedOver, _: Case) -> Plan:
    return Skip(ends=event.document_id)


@_plan.register
def _(event: DoubtResolved, _: Case) -> Plan:
    """Given up by a person, a document moves no money here; every other answer is told by what follows from it."""
    return Skip(ends=event.document_id if event.verdict == "abandoned" else "")


# --- the drawer itself ----------------------------------------------------------------------------------------------


@_plan.register(DrawerOpened)
@_plan.register(DrawerClosed)
def _(event: DrawerOpened | DrawerClosed, case: Case) -> Plan:
    here, cause = case.within(event.drawer_id, event.day_id), event.cause
    if here is None or cause.kind == "none":
        return Skip()
    place = here.place(cause.id)
    vendor_id = case.refs.get(cause.id)
    if not vendor_id:
        # a drawer may open before its sale or cash move is certain; a count and an opening of its own are told first
        return Blocked(cause.id, place, Skip() if cause.kind in ("count", "no_sale") else None)
    moved: Literal["open", "close"] = "open" if isinstance(event, DrawerOpened) else "close"
    by: Literal["transaction", "count"] = "count" if cause.kind == "count" else "transaction"
    request = case.terms.calls.track_activity(here.theirs, case.record.at, moved, by, vendor_id)
    # the look only proves the line: in an outage both attempts would be spent at once, and the opening left out
    look = here.look_at_drawer()
    return Call("track_activity", request, place, place, "harmless_twice", look=look, optional=True)


# --- counts ---------------------------------------------------------------------------------------------------------


@_plan.register
def _(event: CountStarted, case: Case) -> Plan:
    here = case.within(event.drawer_id, event.day_id)
    if here is None:
        return Skip(ends=event.count_id)
    place = here.place(event.count_id)
    if_lost = (
        f"whether NewStore began this count of drawer {here.drawer} is not known, and it must not be begun twice: "
        f"finish or cancel the count that is open for drawer {here.theirs} in NewStore, then "
        f"`firmware-bridge outbox drop --seq {case.record.seq}`"
    )
    request = case.terms.calls.perform_count(here.theirs, event.reason)
    return Call("perform_count", request, place, place, "never", if_lost=if_lost)


@_plan.register
def _(event: CountRecorded, case: Case) -> Plan:
    known = _known_count(event, case)
    if not isinstance(known, _KnownCount):
        return known
    request = case.terms.calls.record_count(known.theirs, known.count, event.counted)
    call = CountCall("record_count", request, known.place, known.place, "natural_key")
    return replace(call, expected=event.expected, difference=event.difference)


@_plan.register
def _(event: CountRecountAsked, case: Case) -> Plan:
    return _count_action(event, case, "_recount")


@_plan.register
def _(event: CountSubmitted, case: Case) -> Plan:
    return _count_action(event, case, "_submit")


@_plan.register
def _(event: CountCancelled, case: Case) -> Plan:
    return _count_action(event, case, "_cancel")


_CountEvent = CountRecorded | CountRecountAsked | CountSubmitted | CountCancelled


@dataclass(frozen=True, slots=True)
class _KnownCount:
    theirs: str
    count: str
    place: Place
    look: Look


def _known_count(event: _CountEvent, case: Case) -> _KnownCount | Blocked | Skip:
    here = case.within(event.drawer_id, event.day_id)
    if here is None:
        return Skip()
    place = here.place(event.count_id)
    count = case.refs.get(event.count_id)
    if not count:
        return Blocked(event.count_id, place, Skip())
    return _KnownCount(here.theirs, count, place, here.look_at_drawer())


def _count_action(event: _CountEvent, case: Case, action: CountAction) -> Plan:
    """No question tells the state of a count: the look only proves the line, then it is sent again."""
    known = _known_count(event, case)
    if not isinstance(known, _KnownCount):
        return known
    request = case.terms.calls.count_action(known.theirs, known.count, action)
    return Call("count_action", request, known.place, known.place, "state", look=known.look)
