"""How long the fiscaliser has been off line, against the law's limits and its own count: what people are told of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from statemachines import fiscal_mode as mode_machine
from statemachines.settings import RuleSettings
from statemachines.stamping import COUNTED_ALIKE_MS, Stamping
from statemachines.state import TillState
from statemachines.vocabulary.events import Event
from statemachines.vocabulary.offline_events import (
    OfflineLimit,
    OfflineLimitWarned,
    OfflineTimesDisagree,
    RegisterSeen,
)

STOPPED: Final = 100
"""The step (per cent) from which on no further document is made."""
_FEW: Final = 3
"""So many times the reserve are few codes."""


def warnings(settings: RuleSettings, state: TillState, stamping: Stamping) -> Iterator[OfflineLimitWarned]:
    """Each step of a limit once, while somebody knows what time it is: of the session and the codes in each stretch, of
    the month in each month."""
    if state.mode.state == mode_machine.ONLINE or not settings.stamps or not stamping.trusted:
        return
    choices, offline, month_begins = settings.offline, state.offline, stamping.till_month_begins
    used: dict[OfflineLimit, tuple[int, int]] = {
        "session": (offline.session_ms(stamping.now), choices.session_limit_ms),
        "month": (stamping.month_ms, choices.month_limit_ms),
    }
    for kind, (spent, limit) in used.items():
        steps = [step for step in choices.warn_at if spent * 100 >= limit * step]
        step = STOPPED if spent >= limit - choices.stop_ms else max(steps, default=0)
        if step > offline.warned(kind, month_begins):
            yield OfflineLimitWarned(kind, spent, limit, step)
    free = state.pool.left
    few = STOPPED if free <= choices.code_reserve else 1 if free <= _FEW * choices.code_reserve else 0
    if few > offline.warned("codes", month_begins):
        yield OfflineLimitWarned("codes", free, choices.code_reserve, few)


def audit(state: TillState, seen: RegisterSeen, stamping: Stamping) -> Iterator[Event]:
    """The fiscaliser's own count against ours, once a session; the larger counts."""
    if state.offline.disagreed or not seen.offline or not stamping.trusted:
        return
    ours = state.offline.session_ms(stamping.now)
    if seen.session_ms >= 0 and ours and abs(seen.session_ms - ours) > COUNTED_ALIKE_MS:
        yield OfflineTimesDisagree("session", ours, seen.session_ms)
    month = stamping.month_ms
    if seen.month_ms >= 0 and abs(seen.month_ms - month) > COUNTED_ALIKE_MS:
        yield OfflineTimesDisagree("month", month, seen.month_ms)
