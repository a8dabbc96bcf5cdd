"""A cash drawer opens and closes: asked to, seen to; forced and left open are told apart from both.

A pulse that opened nothing is repeated twice, each time longer; a drawer that is open already is not pulsed. An opening
that no document explains is recorded for a book where the shop wants that: a commanded one before its DrawerOpened, a
forced one behind its DrawerForced, with a DrawerOpened of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from statemachines.drawer import (
    CLOSED,
    FAILED,
    FORCED,
    LATE_OPENING_MS,
    LEFT_OPEN,
    NO_CAUSE,
    OPEN,
    OPENING,
    STANDING_OPEN,
    STATES,
    UNKNOWN,
    Context,
    Drawer,
    DrawerSettings,
    pulse_ms,
)
from statemachines.machine import Output, Reject, Row, Table
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import (
    DrawerCause,
    DrawerClosed,
    DrawerForced,
    DrawerKickDropped,
    DrawerKicked,
    DrawerKickRepeated,
    DrawerLeftOpen,
    DrawerOpened,
    DrawerOpenFailed,
    DrawerOpenRequested,
    DrawerReady,
    DrawerSensed,
    DrawerSilent,
    Event,
    PrinterSilent,
    TillStarted,
    TimeReached,
)


def _settings(drawer: Drawer, context: Context) -> DrawerSettings:
    return context.drawer_settings(drawer.drawer_id)


def _kick(drawer: Drawer, context: Context) -> Kick:
    settings = _settings(drawer, context)
    pulse = pulse_ms(settings, drawer.attempt)
    return Kick(drawer.drawer_id, pulse, context.now.mono + settings.kick_ttl_ms, drawer.attempt)


def _opening(drawer: Drawer, confirmed: Literal["sensed", "assumed"], context: Context) -> list[Output]:
    """It has opened for its cause. Who is told of an opening without a document is told of its name first."""
    day = context.day_of(drawer.drawer_id)
    opened = DrawerOpened(drawer.drawer_id, drawer.cause, confirmed, day)
    if not drawer.commanded or not context.records_opening(drawer.drawer_id, forced=False):
        return [opened]
    return [NoSaleRecorded(drawer.cause.id, drawer.drawer_id, day, drawer.reason, forced=False), opened]


def _closing(drawer: Drawer, cause: DrawerCause, open_ms: int, context: Context) -> list[Output]:
    return [DrawerClosed(drawer.drawer_id, cause, open_ms, context.day_of(drawer.drawer_id))]


def _for(drawer: Drawer, event: DrawerOpenRequested, context: Context) -> None:
    """From now on the drawer opens for this. A document's own opening without a sale is told of by the document."""
    drawer.cause, drawer.reason = event.cause, event.reason
    drawer.commanded = event.cause.kind == "no_sale" and not context.is_document(event.cause.id)


def _request(drawer: Drawer, event: DrawerOpenRequested, context: Context) -> Iterable[Output]:
    _for(drawer, event, context)
    drawer.attempt = 1
    drawer.wanted_mono = drawer.requested_mono = context.now.mono
    drawer.kicked_mono = drawer.opened_mono = 0
    drawer.failure = ""
    return [_kick(drawer, context)]


def _request_while_open(drawer: Drawer, event: DrawerOpenRequested, context: Context) -> Iterable[Output]:
    # no pulse into an open drawer; its closing now settles this cause
    _for(drawer, event, context)
    return _opening(drawer, "assumed" if drawer.silent else "sensed", context)


def _request_while_opening(drawer: Drawer, event: DrawerOpenRequested, context: Context) -> Iterable[Output]:
    # a pulse has just left: the coil may not get another one, and the opening that it makes is this one's too
    _for(drawer, event, context)
    return ()


def _kicked(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    drawer.kicked_mono = context.now.mono
    if _settings(drawer, context).sensed:
        return ()
    return _opening(drawer, "assumed", context)


def _dropped(drawer: Drawer, event: DrawerKickDropped, _: Context) -> Iterable[Output]:
    if drawer.kicked_mono:  # the dropped pulse is another one: that of this opening has left
        return ()
    return [DrawerOpenFailed(drawer.drawer_id, drawer.cause, drawer.attempt, event.reason)]


def _blind(drawer: Drawer, _: Event, __: Context) -> Iterable[Output]:
    # the switch cannot be seen any more: another pulse might be the second one
    reason = "the connection was lost while the drawer was opening, so it is not pulsed again: look at the drawer"
    return [DrawerOpenFailed(drawer.drawer_id, drawer.cause, drawer.attempt, reason)]


def _lost(drawer: Drawer, event: DrawerSilent, _: Context) -> Iterable[Output]:
    drawer.silent = event.reason
    return ()


def _lost_while_opening(drawer: Drawer, event: DrawerSilent, context: Context) -> Iterable[Output]:
    _lost(drawer, event, context)
    # whether a pulse that has not left yet will leave is told by its own outcome
    return _blind(drawer, event, context) if drawer.kicked_mono else ()


def _found_again(drawer: Drawer, _: Event, __: Context) -> Iterable[Output]:
    drawer.silent = ""
    return ()


def _sensed_while_opening(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    return _opening(drawer, "sensed", context)


def _sensed_unasked(drawer: Drawer, _: Event, __: Context) -> Iterable[Output]:
    return [DrawerForced(drawer.drawer_id)]


def _sensed_late(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    # a latch that gives way after we gave up is still our opening; much later it is nobody's
    if drawer.kicked_mono and context.now.mono - drawer.kicked_mono < LATE_OPENING_MS:
        return _opening(drawer, "sensed", context)
    return [DrawerForced(drawer.drawer_id)]


def _found_open(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    # the till has just started: nobody knows who opened it
    return [DrawerOpened(drawer.drawer_id, NO_CAUSE, "sensed", context.day_of(drawer.drawer_id))]


def _sensed_shut(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    since = drawer.opened_mono or context.now.mono
    return _closing(drawer, drawer.cause, max(0, context.now.mono - since), context)


def _sensed_shut_unknown(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    return _closing(drawer, NO_CAUSE, 0, context)


def _overdue(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    settings = _settings(drawer, context)
    if not drawer.kicked_mono:
        reason = "the pulse was not sent in time"
    elif context.now.mono - drawer.wanted_mono > settings.kick_ttl_ms:
        reason = "the switch showed no opening while somebody was waiting for it; it is not pulsed any more"
    elif drawer.attempt < settings.attempts:
        return [DrawerKickRepeated(drawer.drawer_id, drawer.attempt + 1)]
    else:
        reason = "the switch shows no opening: check lock, cable and the drawer's voltage"
    return [DrawerOpenFailed(drawer.drawer_id, drawer.cause, drawer.attempt, reason)]


def _again(drawer: Drawer, event: DrawerKickRepeated, context: Context) -> Iterable[Output]:
    drawer.attempt = event.attempt
    drawer.requested_mono = context.now.mono
    drawer.kicked_mono = 0
    return [_kick(drawer, context)]


def _opened(drawer: Drawer, event: DrawerOpened, context: Context) -> Iterable[Output]:
    drawer.cause = event.cause
    drawer.opened_mono = drawer.opened_mono or context.now.mono
    return ()


def _forced(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    drawer.cause, drawer.reason, drawer.commanded = NO_CAUSE, "", False
    drawer.opened_mono = context.now.mono
    name = drawer.drawer_id
    drawer.forced_id = context.forced_id(name)
    if not context.records_opening(name, forced=True):
        return ()
    cause, day = DrawerCause("no_sale", drawer.forced_id), context.day_of(name)
    return [NoSaleRecorded(cause.id, name, day, "", forced=True), DrawerOpened(name, cause, "sensed", day)]


def _named(drawer: Drawer, event: DrawerOpened, _: Context) -> Iterable[Output]:
    drawer.cause = event.cause
    return ()


def _failed(drawer: Drawer, event: DrawerOpenFailed, _: Context) -> Iterable[Output]:
    drawer.failure = event.reason
    return ()


def _closed(drawer: Drawer, _: Event, __: Context) -> Iterable[Output]:
    drawer.cause, drawer.reason, drawer.commanded = NO_CAUSE, "", False
    drawer.opened_mono = drawer.kicked_mono = 0
    drawer.forced_id = ""
    return ()


def _standing(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    open_ms = max(0, context.now.mono - drawer.opened_mono)
    if not _settings(drawer, context).sensed:
        return _closing(drawer, drawer.cause, open_ms, context)
    return [DrawerLeftOpen(drawer.drawer_id, open_ms)]


def _restart(drawer: Drawer, event: Event, context: Context) -> Iterable[Output]:
    drawer.failure = drawer.silent = ""
    return _closed(drawer, event, context)


def _sensed(drawer: Drawer, _: Event, context: Context) -> bool:
    return _settings(drawer, context).sensed


def _pulse_left(drawer: Drawer, _: Event, __: Context) -> bool:
    return drawer.kicked_mono > 0


def _of_the_forcing(drawer: Drawer, event: DrawerOpened, _: Context) -> bool:
    return event.cause == DrawerCause("no_sale", drawer.forced_id)


def _is_open(_: Drawer, event: DrawerSensed, __: Context) -> bool:
    return event.open


def _is_shut(_: Drawer, event: DrawerSensed, __: Context) -> bool:
    return not event.open


_NOT_OPENING = tuple(state for state in STATES if state != OPENING)

ROWS: tuple[Row[Drawer, Context], ...] = (
    # orders
    Row((UNKNOWN, CLOSED, FAILED), DrawerOpenRequested, OPENING, _request),
    Row(OPENING, DrawerOpenRequested, OPENING, _request_while_opening, _pulse_left, "no second pulse"),
    Row(OPENING, DrawerOpenRequested, OPENING, _request),
    Row(STANDING_OPEN, DrawerOpenRequested, "=", _request_while_open, _sensed, "no pulse"),
    Row(STANDING_OPEN, DrawerOpenRequested, OPENING, _request, note="no switch: it may be shut"),
    Row(OPENING, DrawerKicked, OPENING, _kicked),
    Row(OPENING, DrawerKickDropped, OPENING, _dropped, note="DrawerOpenFailed"),
    Row(OPENING, DrawerKickRepeated, OPENING, _again, note="longer pulse"),
    Row(OPENING, PrinterSilent, OPENING, _blind, note="DrawerOpenFailed"),
    # its port comes and goes: what was seen stands until the switch speaks again
    Row(OPENING, DrawerSilent, OPENING, _lost_while_opening, note="perhaps DrawerOpenFailed"),
    Row(_NOT_OPENING, DrawerSilent, "=", _lost),
    Row(STATES, DrawerReady, "=", _found_again),
    # the switch speaks
    Row(OPENING, DrawerSensed, "=", _sensed_while_opening, _is_open, "DrawerOpened"),
    Row(CLOSED, DrawerSensed, "=", _sensed_unasked, _is_open, "DrawerForced"),
    Row(FAILED, DrawerSensed, "=", _sensed_late, _is_open, "DrawerOpened or DrawerForced"),
    Row(UNKNOWN, DrawerSensed, "=", _found_open, _is_open, "DrawerOpened"),
    Row(STANDING_OPEN, DrawerSensed, "=", _sensed_shut, _is_shut, "DrawerClosed"),
    Row((UNKNOWN, FAILED), DrawerSensed, "=", _sensed_shut_unknown, note="DrawerClosed"),
    # time passes
    Row(OPENING, TimeReached, "=", _overdue, note="repeat or fail"),
    Row(OPEN, TimeReached, "=", _standing, note="DrawerLeftOpen"),
    # what that means
    Row((UNKNOWN, CLOSED, OPENING, FAILED), DrawerOpened, OPEN, _opened),
    Row(FORCED, DrawerOpened, FORCED, _named, _of_the_forcing, "recorded"),
    Row(STANDING_OPEN, DrawerOpened, OPEN, _opened),
    Row(OPENING, DrawerOpenFailed, FAILED, _failed),
    Row((UNKNOWN, CLOSED, FAILED), DrawerForced, FORCED, _forced, note="perhaps recorded"),
    Row(OPEN, DrawerLeftOpen, LEFT_OPEN),
    Row((UNKNOWN, OPEN, LEFT_OPEN, FORCED, FAILED), DrawerClosed, CLOSED, _closed),
    Row(STATES, TillStarted, UNKNOWN, _restart),
)

REJECTS: tuple[Reject, ...] = (
    Reject(_NOT_OPENING, (DrawerKicked, DrawerKickDropped), "late", "This pulse is not awaited any more."),
    Reject(_NOT_OPENING, (PrinterSilent,), "late", "Nobody waits for this drawer to open."),
    Reject(_NOT_OPENING, (DrawerKickRepeated,), "late", "Nobody waits for this drawer to open."),
    Reject((CLOSED, OPENING), (DrawerSensed,), "no-change", "The drawer was shut before."),
    Reject(STANDING_OPEN, (DrawerSensed,), "no-change", "The drawer was open before."),
    Reject(
        (UNKNOWN, CLOSED, LEFT_OPEN, FORCED, FAILED),
        (TimeReached,),
        "late",
        "Nothing was due for this drawer.",
    ),
    Reject(_NOT_OPENING, (DrawerOpenFailed,), "late", "Nobody waits for this drawer to open."),
    Reject(
        (OPENING, *STANDING_OPEN),
        (DrawerForced,),
        "open",
        "The drawer was asked to open, or is open already.",
    ),
    Reject(
        (UNKNOWN, CLOSED, OPENING, LEFT_OPEN, FORCED, FAILED),
        (DrawerLeftOpen,),
        "late",
        "The drawer is not standing open after a command.",
    ),
    Reject((CLOSED, OPENING), (DrawerClosed,), "closed", "The drawer was shut before."),
)

TABLE: Table[Drawer, Context] = Table("drawer", STATES, ROWS, REJECTS)
