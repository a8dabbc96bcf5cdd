"""Beside a sale's way: what the till tells of its register: is it on line, how long may it be without, what waits.

Plain values for JSON, with a sentence for whoever stands at the till wherever something is to be known or done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from firmware_bridge.core import FiscalMoment
from firmware_bridge.views import View, rfc3339
from statemachines import fiscal_mode as modes
from statemachines.offline import FiscalClock
from statemachines.settings import RuleSettings
from statemachines.stamping import fiscal_now
from statemachines.state import TillState

WHERE = "POST /v1/fiscal/resolve"
SHOWN = 20
"""Of what waits, so many are named."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """When it goes on like this, nothing is made without the register after `at` (UTC ms); `limit` is what ends it."""

    at: int
    limit: str


def fiscal_view(state: TillState, settings: RuleSettings, moment: FiscalMoment, zone: str) -> View:
    """GET /v1/status, `fiscal`: the register's mode, and where the till can do without it, for how long still."""
    mode = state.mode
    view: View = {
        "mode": mode.state,
        "since": rfc3339(mode.since) if mode.since else None,
        "reason": mode.reason or None,
        "session": mode.session_id or None,
    }
    if settings.traits.offline != "codes":
        return {**view, "text": _sentence(state, settings, None, zone)}
    coming = _forecast(state, settings, moment) if mode.state != modes.ONLINE else None
    return {
        **view,
        "text": _sentence(state, settings, coming, zone),
        "paper": settings.offline.paper,
        "offline": _time(state, settings, moment, coming),
        "codes": _codes(state, settings),
        "waiting": _waiting(state),
        "jammed": _jammed(state),
        "advice": state.offline.advice or None,
        "clock": _clock(moment.clock),
    }


def _sentence(state: TillState, settings: RuleSettings, coming: Forecast | None, zone: str) -> str:
    waiting = len(state.offline.queue)
    match state.mode.state:
        case modes.OFFLINE_AUTO:
            return "The register is off line by itself: sales go on, and it makes them lawful with its own codes."
        case modes.OFFLINE_MANUAL if not settings.stamps:
            return "The register cannot be reached, and nothing is sold without it."
        case modes.OFFLINE_MANUAL:
            until = "" if coming is None else f" until {_clock_time(coming.at, zone)} at this pace"
            left = f"{_left(state, settings)} more documents"
            return f"The register cannot be reached: the till sells without it{until}, {left} at most."
        case modes.DRAINING:
            return f"The register answers again: {waiting} documents made without it are still to be handed over."
        case modes.JAMMED:
            return f"The register takes nothing any more ({state.mode.reason}): a manager has to decide ({WHERE})."
        case _:
            return "The register is on line."


def _time(state: TillState, settings: RuleSettings, moment: FiscalMoment, coming: Forecast | None) -> View:
    """How long it has been off line, in seconds, against the law's limits."""
    choices, now = settings.offline, fiscal_now(state, moment.clock, moment.at)
    begun = state.offline.stretches[-1].begin if state.offline.session_ms(now) else 0
    return {
        "since": rfc3339(begun) if begun else None,
        "session_s": state.offline.session_ms(now) // 1000,
        "session_limit_s": choices.session_limit_ms // 1000,
        "month_s": state.offline.month_ms(now, moment.month_began) // 1000,
        "month_limit_s": choices.month_limit_ms // 1000,
        "stops_before_s": choices.stop_ms // 1000,
        "until": None if coming is None else rfc3339(coming.at),
        "ended_by": None if coming is None else coming.limit,
    }


def _forecast(state: TillState, settings: RuleSettings, moment: FiscalMoment) -> Forecast:
    """The hours of the law go by as they go by; the codes at the pace of this session."""
    choices, offline = settings.offline, state.offline
    now = fiscal_now(state, moment.clock, moment.at)
    spent = offline.session_ms(now)
    ends = [Forecast(now + max(0, choices.session_limit_ms - choices.stop_ms - spent), "session")]
    month = now + max(0, choices.month_limit_ms - choices.stop_ms - offline.month_ms(now, moment.month_began))
    if month < moment.month_ends:  # else the next one has begun before
        ends.append(Forecast(month, "month"))
    made = len(offline.queue) + offline.handed
    if made and spent:
        ends.append(Forecast(now + _left(state, settings) * spent // made, "codes"))
    return min(ends, key=lambda end: end.at)


def _left(state: TillState, settings: RuleSettings) -> int:
    """Documents for which there are codes, without those that are kept for closing."""
    return max(0, len(state.pool.free) - settings.offline.code_reserve)


def _codes(state: TillState, settings: RuleSettings) -> View:
    return {
        "free": len(state.pool.free),
        "reserve": settings.offline.code_reserve,
        "documents": _left(state, settings),
        "asked_at": rfc3339(state.pool.asked_at) if state.pool.asked_at else None,
    }


def _waiting(state: TillState) -> View:
    queue = state.offline.queue
    return {
        "count": len(queue),
        "oldest": rfc3339(queue[0].fiscal_at) if queue else None,
        "documents": [
            {"id": one.document_id, "kind": one.kind, "fiscal_at": rfc3339(one.fiscal_at), "number": one.code or None}
            for one in queue[:SHOWN]
        ],
        "handed": state.offline.handed,
        "tries": state.offline.tries,
    }


def _jammed(state: TillState) -> View | None:
    """What stands in the way, and the ways out."""
    stuck = state.offline.stuck
    if state.mode.state != modes.JAMMED:
        return None
    named = f'{WHERE} with document "{stuck}" and verdict' if stuck else f"{WHERE} with verdict"
    if state.offline.of(stuck) is None:
        advice = (
            "Have the register's support put it right, or look there which documents it has; then let it go on "
            f"({named} deliver_again)."
        )
    else:
        advice = (
            f"Look up document {stuck} in the register's own books. Can what is wrong be put right there, let it be "
            "handed over again; if not, give it up and account for it to the tax service by hand "
            f"({named} deliver_again or give_up)."
        )
    return {"document": stuck or None, "reason": state.mode.reason, "advice": advice}


def _clock(clock: FiscalClock) -> View:
    if not clock.trusted:
        text = "Nobody knows what time it is: connect the till to the network, or nothing is sold without the register."
        return {"trusted": False, "offset_ms": None, "text": text}
    side = "ahead of" if clock.offset_ms > 0 else "behind"
    apart = f"{abs(clock.offset_ms) / 1000:.1f} s {side} the till's" if clock.offset_ms else "as the till's own"
    return {"trusted": True, "offset_ms": clock.offset_ms, "text": f"The register's clock is taken to be {apart}."}


def _clock_time(at: int, zone: str) -> str:
    """Hours and minutes on the wall, with the date when it is not within a day."""
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone))
    return local.strftime("%d.%m.%Y %H:%M")
