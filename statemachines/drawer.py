"""A cash drawer: asked to open, seen to open, seen to close; forced and left open are told apart from both.

States in UnifiedPOS terms: a drawer whose switch is wired has CapStatus, one without is `assumed`. A pulse that
opened nothing is repeated twice, each time longer; a drawer that is open already is not pulsed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from statemachines.machine import Output, Reject, Row, Table
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
    DrawerSensed,
    Event,
    Occurred,
    PrinterSilent,
    TillStarted,
    TimeReached,
)

UNKNOWN = "unknown"
CLOSED = "closed"
OPENING = "opening"
OPEN = "open"
LEFT_OPEN = "left_open"
FORCED = "forced"
FAILED = "failed"
STATES = (UNKNOWN, CLOSED, OPENING, OPEN, LEFT_OPEN, FORCED, FAILED)
STANDING_OPEN = (OPEN, LEFT_OPEN, FORCED)

NO_CAUSE = DrawerCause("none")
LATE_OPENING_MS = 10_000
LONGEST_MS = 200
SLACK_MS = 50  # the lane's clock is read a moment after ours


@dataclass(frozen=True, slots=True)
class DrawerSettings:
    """`sensed`: its switch is wired. Times in ms; `confirm_ms` from the pulse to the switch, `retry_gap_ms` the rest
    between two pulses, `assume_ms` how long an unwired drawer is taken for open."""

    sensed: bool = True
    pulse_ms: int = 100
    attempts: int = 3
    confirm_ms: int = 800
    retry_gap_ms: int = 1000
    kick_ttl_ms: int = 4000
    left_open_ms: int = 60_000
    assume_ms: int = 5000
    through_printer: bool = True


@dataclass(slots=True)
class Drawer:
    drawer_id: str
    state: str = UNKNOWN
    cause: DrawerCause = NO_CAUSE
    attempt: int = 0
    wanted_mono: int = 0
    requested_mono: int = 0
    kicked_mono: int = 0
    opened_mono: int = 0
    failure: str = ""


class Context(Protocol):
    @property
    def now(self) -> Occurred: ...
    def drawer_settings(self, drawer_id: str) -> DrawerSettings: ...


def _settings(drawer: Drawer, context: Context) -> DrawerSettings:
    return context.drawer_settings(drawer.drawer_id)


def _kick(drawer: Drawer, context: Context) -> Kick:
    settings = _settings(drawer, context)
    pulse = _pulse_ms(settings, drawer.attempt)
    return Kick(drawer.drawer_id, pulse, context.now.mono + settings.kick_ttl_ms, drawer.attempt)


def _pulse_ms(settings: DrawerSettings, attempt: int) -> int:
    """Each attempt is longer than the one before, up to what every coil bears (or what the shop has set)."""
    return min(settings.pulse_ms + 50 * (attempt - 1), max(settings.pulse_ms, LONGEST_MS))


def _retry_after_ms(settings: DrawerSettings, attempt: int) -> int:
    """When the coil may be pulsed again: the guard at the drawer counts the rest from the end of the pulse.

    Duty 20 % (Epson TM-T88IV manual: four times the on-time). A printer that pulses in real time counts in tenths
    of a second.
    """
    pulse = -(-_pulse_ms(settings, attempt) // 100) * 100
    return pulse + max(settings.retry_gap_ms, 4 * pulse) + SLACK_MS


def _request(drawer: Drawer, event: DrawerOpenRequested, context: Context) -> Iterable[Output]:
    drawer.cause = event.cause
    drawer.attempt = 1
    drawer.wanted_mono = drawer.requested_mono = context.now.mono
    drawer.kicked_mono = drawer.opened_mono = 0
    drawer.failure = ""
    return [_kick(drawer, context)]


def _request_while_open(drawer: Drawer, event: DrawerOpenRequested, _: Context) -> Iterable[Output]:
    # no pulse into an open drawer; its closing now settles this cause
    drawer.cause = event.cause
    return [DrawerOpened(drawer.drawer_id, drawer.cause, "sensed")]


def _request_while_opening(drawer: Drawer, event: DrawerOpenRequested, _: Context) -> Iterable[Output]:
    # a pulse has just left: the coil may not get another one, and the opening that it makes is this one's too
    drawer.cause = event.cause
    return ()


def _kicked(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    drawer.kicked_mono = context.now.mono
    if _settings(drawer, context).sensed:
        return ()
    return [DrawerOpened(drawer.drawer_id, drawer.cause, "assumed")]


def _dropped(drawer: Drawer, event: DrawerKickDropped, _: Context) -> Iterable[Output]:
    if drawer.kicked_mono:  # the dropped pulse is another one: that of this opening has left
        return ()
    return [DrawerOpenFailed(drawer.drawer_id, drawer.cause, drawer.attempt, event.reason)]


def _blind(drawer: Drawer, _: Event, __: Context) -> Iterable[Output]:
    # the switch cannot be seen any more: another pulse might be the second one
    reason = "the connection was lost while the drawer was opening, so it is not pulsed again: look at the drawer"
    return [DrawerOpenFailed(drawer.drawer_id, drawer.cause, drawer.attempt, reason)]


def _sensed_while_opening(drawer: Drawer, _: Event, __: Context) -> Iterable[Output]:
    return [DrawerOpened(drawer.drawer_id, drawer.cause, "sensed")]


def _sensed_unasked(drawer: Drawer, _: Event, __: Context) -> Iterable[Output]:
    return [DrawerForced(drawer.drawer_id)]


def _sensed_late(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    # a latch that gives way after we gave up is still our opening; much later it is nobody's
    if drawer.kicked_mono and context.now.mono - drawer.kicked_mono < LATE_OPENING_MS:
        return [DrawerOpened(drawer.drawer_id, drawer.cause, "sensed")]
    return [DrawerForced(drawer.drawer_id)]


def _found_open(drawer: Drawer, _: Event, __: Context) -> Iterable[Output]:
    # the till has just started: nobody knows who opened it
    return [DrawerOpened(drawer.drawer_id, NO_CAUSE, "sensed")]


def _sensed_shut(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    since = drawer.opened_mono or context.now.mono
    return [DrawerClosed(drawer.drawer_id, drawer.cause, max(0, context.now.mono - since))]


def _sensed_shut_unknown(drawer: Drawer, _: Event, __: Context) -> Iterable[Output]:
    return [DrawerClosed(drawer.drawer_id, NO_CAUSE, 0)]


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
    drawer.cause = NO_CAUSE
    drawer.opened_mono = context.now.mono
    return ()


def _failed(drawer: Drawer, event: DrawerOpenFailed, _: Context) -> Iterable[Output]:
    drawer.failure = event.reason
    return ()


def _closed(drawer: Drawer, _: Event, __: Context) -> Iterable[Output]:
    drawer.cause = NO_CAUSE
    drawer.opened_mono = 0
    drawer.kicked_mono = 0
    return ()


def _standing(drawer: Drawer, _: Event, context: Context) -> Iterable[Output]:
    open_ms = max(0, context.now.mono - drawer.opened_mono)
    if not _settings(drawer, context).sensed:
        return [DrawerClosed(drawer.drawer_id, drawer.cause, open_ms)]
    return [DrawerLeftOpen(drawer.drawer_id, open_ms)]


def _restart(drawer: Drawer, event: Event, context: Context) -> Iterable[Output]:
    drawer.failure = ""
    return _closed(drawer, event, context)


def _sensed(drawer: Drawer, _: Event, context: Context) -> bool:
    return _settings(drawer, context).sensed


def _pulse_left(drawer: Drawer, _: Event, __: Context) -> bool:
    return drawer.kicked_mono > 0


def _is_open(_: Drawer, event: DrawerSensed, __: Context) -> bool:
    return event.open


def _is_shut(_: Drawer, event: DrawerSensed, __: Context) -> bool:
    return not event.open


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
    Row(STANDING_OPEN, DrawerOpened, OPEN, _opened),
    Row(OPENING, DrawerOpenFailed, FAILED, _failed),
    Row((UNKNOWN, CLOSED, FAILED), DrawerForced, FORCED, _forced),
    Row(OPEN, DrawerLeftOpen, LEFT_OPEN),
    Row((UNKNOWN, OPEN, LEFT_OPEN, FORCED, FAILED), DrawerClosed, CLOSED, _closed),
    Row(STATES, TillStarted, UNKNOWN, _restart),
)

_NOT_OPENING = tuple(state for state in STATES if state != OPENING)
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


def due(drawer: Drawer, settings: DrawerSettings) -> int | None:
    """When (monotonic ms) the drawer wants TimeReached; None for never."""
    if drawer.state == OPENING:
        if drawer.kicked_mono:
            last = drawer.attempt >= settings.attempts
            wait = 0 if last else _retry_after_ms(settings, drawer.attempt)
            return drawer.kicked_mono + max(settings.confirm_ms, wait)
        return drawer.requested_mono + settings.kick_ttl_ms + settings.retry_gap_ms
    if drawer.state == OPEN:
        return drawer.opened_mono + (settings.left_open_ms if settings.sensed else settings.assume_ms)
    return None
