"""The rules of the offline time, each broken in one place: what `offline_controls` plays its schedules with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from statemachines import drain, folding, offline_codes, offline_rules, progress, rules
from statemachines import fiscal_mode as modes
from statemachines import stamping as stamps
from statemachines.drain import Due, Memory
from statemachines.offline import UNCERTAIN_MS, FiscalClock, whole_seconds
from statemachines.offline_session import Offline
from statemachines.offline_steps import Steps
from statemachines.settings import RuleSettings
from statemachines.stamping import Stamping
from statemachines.state import TillState
from statemachines.vocabulary.effects import DeliverOffline, GoOnline, RefillCodes
from statemachines.vocabulary.events import Occurred
from statemachines.vocabulary.offline_events import FiscalModeChanged, OfflineCode

Patch = pytest.MonkeyPatch
Breakage = Callable[[Patch], None]


def _returns(owner: Any, name: str, value: Any) -> Breakage:
    return lambda patch: patch.setattr(owner, name, lambda *_, **__: value)


def dates_of_the_clock_alone(patch: Patch) -> None:
    def now(_: TillState, clock: FiscalClock, at: int) -> int:
        return whole_seconds(at + clock.offset_ms + UNCERTAIN_MS)

    patch.setattr(stamps, "fiscal_now", now)


def codes_from_the_low_end(patch: Patch) -> None:
    def lowest(pool: offline_codes.Pool, beside: str = "") -> OfflineCode | None:
        free = [code for code in pool.free if code.value != beside]
        return OfflineCode(free[-1].value, free[-1].serial) if free else None

    patch.setattr(offline_codes.Pool, "highest", lowest)


def _steps(change: Callable[[RuleSettings, TillState, Memory, Due | None], Due | None]) -> Breakage:
    """Another next step here and there."""

    def apply(patch: Patch) -> None:
        real = drain.next_step

        def next_step(settings: RuleSettings, state: TillState, memory: Memory) -> Due | None:
            return None if memory.in_flight else change(settings, state, memory, real(settings, state, memory))

        patch.setattr(drain, "next_step", next_step)

    return apply


def _codes_asked_for_off_line(settings: RuleSettings, state: TillState, memory: Memory, due: Due | None) -> Due | None:
    draining = state.mode.state == modes.DRAINING and due is not None
    if draining and not state.offline.acknowledged and not memory.pool_read and not memory.failures:
        return Due(0, RefillCodes(settings.offline.refill_to))
    return due


def _pool_never_read(_: RuleSettings, state: TillState, memory: Memory, due: Due | None) -> Due | None:
    reading = due is not None and isinstance(due.step, RefillCodes) and not due.step.ask
    if not reading or due is None or not state.pool.codes:
        return due
    memory.pool_read, memory.failures = True, 0
    return None


def _on_line_over_the_queue(_: RuleSettings, state: TillState, memory: Memory, due: Due | None) -> Due | None:
    if due is None or not isinstance(due.step, DeliverOffline) or state.offline.tries or state.offline.handed % 3 != 2:
        return due
    return Due(due.at, GoOnline(state.offline.session_id, state.offline.tries + 1))


def trusting(patch: Patch) -> None:
    real = Stamping.__init__

    def init(self: Stamping, settings: RuleSettings, state: TillState, clock: FiscalClock, *rest: Any) -> None:
        real(self, settings, state, replace(clock, trusted=True), *rest)

    patch.setattr(Stamping, "__init__", init)


def another_code(patch: Patch) -> None:
    """What was kept for the document is forgotten when it is used."""
    real = Stamping.stamp

    def stamp(self: Stamping, document: Any, reason: str) -> Any:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(offline_codes.Pool, "of", lambda *_: None)
            return real(self, document, reason)

    patch.setattr(Stamping, "stamp", stamp)


def forgetful(patch: Patch) -> None:
    real = Steps.restarted

    def restarted(self: Steps, mono: int) -> None:
        real(self, mono)
        self._state.offline.queue = ()

    patch.setattr(Steps, "restarted", restarted)


def clock_not_waited_for(patch: Patch) -> None:
    real = Memory.passes

    def passes(self: Memory, at: int) -> int:
        return 0 if at else real(self, at)

    patch.setattr(Memory, "passes", passes)


def everywhere(name: str, *modules: Any) -> Breakage:
    """The function says nothing, wherever it was imported."""

    def apply(patch: Patch) -> None:
        for module in modules:
            patch.setattr(module, name, lambda *_: None)

    return apply


being_made = everywhere("being_made", stamps, progress)
stamps_unread = everywhere("was_fiscal", rules, folding)


def never_too_early(patch: Patch) -> None:
    patch.setattr(Steps, "as_far_as_certain", lambda _, occurred: occurred)


def dated_with_the_opening(patch: Patch) -> None:
    patch.setattr(offline_rules, "SECOND_MS", 0)


def nothing_unseen(patch: Patch) -> None:
    patch.setattr(stamps, "GOINGS", 0)
    patch.setattr(stamps, "FISCAL_DOUBT", "")


def home_without_a_word(patch: Patch) -> None:
    """The till goes on stamping until it hears that the fiscaliser was told to go on line."""
    patch.setattr(drain, "mode_before", lambda *_: [])
    real = offline_rules.OfflineRules.apply

    def apply(self: Any, event: Any, context: Any) -> Any:
        yield from real(self, event, context)
        if type(event).__name__ == "WentOnline" and self._state.mode.state == modes.DRAINING:
            yield FiscalModeChanged(modes.OFFLINE_AUTO, "it sends")

    patch.setattr(offline_rules.OfflineRules, "apply", apply)


def by_date_alone(patch: Patch) -> None:
    real = Offline.add
    patch.setattr(Offline, "add", lambda self, one: real(self, replace(one, order=0)))


def a_code_for_two(patch: Patch) -> None:
    """Codes that stand on a document are given out again."""

    def highest(pool: offline_codes.Pool, beside: str = "") -> OfflineCode | None:
        unspent = [code for code in pool.codes.values() if code.state != offline_codes.SPENT and code.value != beside]
        best = max(unspent, key=lambda code: code.serial, default=None)
        return None if best is None else OfflineCode(best.value, best.serial)

    patch.setattr(offline_codes.Pool, "highest", highest)


def sent_in_vain(patch: Patch) -> None:
    """A try that did not leave the till tells what became of those before it."""
    real = Steps.as_far_as_certain

    def as_far_as_certain(self: Steps, occurred: Occurred) -> Occurred:
        self.memory.missed_early.clear()
        return real(self, occurred)

    patch.setattr(Steps, "as_far_as_certain", as_far_as_certain)


codes_asked_for_off_line = _steps(_codes_asked_for_off_line)
on_line_over_the_queue = _steps(_on_line_over_the_queue)
pool_never_read = _steps(_pool_never_read)
"""Over random days nothing comes of it: the reserve is larger than what a register spends unseen between two requests
for codes. A story of its own shows it."""
undecided = _returns(drain, "undecided", value=False)
never_quiet = _returns(drain, "quiet_from", 0)
never_released = _returns(progress, "release", ())
