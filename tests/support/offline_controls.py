"""Rules of the offline time that are broken on purpose, one at a time: what the schedules are worth is what they catch.

`python -m tests.support.offline_controls` prints for each what it was caught by, and after how many schedules.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

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
from statemachines.vocabulary.offline_events import FiscalModeChanged, OfflineCode
from tests.support.money_model import Wrong
from tests.support.offline_schedule import replayable

Patch = pytest.MonkeyPatch
MOST: Final = 1500
"""So many schedules at most until a breakage must be caught."""


@dataclass(frozen=True, slots=True)
class Control:
    """`says` is a part of what the check must say. `steps`: of schedules in which it shows soon."""

    name: str
    says: str
    apply: Callable[[Patch], None]
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catch:
    """Schedule `number` of the seed was wrong, and how."""

    number: int
    message: str


def _returns(owner: Any, name: str, value: Any) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(owner, name, lambda *_, **__: value)


def _dates_of_the_clock_alone(patch: Patch) -> None:
    def now(_: TillState, clock: FiscalClock, at: int) -> int:
        return whole_seconds(at + clock.offset_ms + UNCERTAIN_MS)

    patch.setattr(stamps, "fiscal_now", now)


def _codes_from_the_low_end(patch: Patch) -> None:
    def lowest(pool: offline_codes.Pool, beside: str = "") -> OfflineCode | None:
        free = [code for code in pool.free if code.value != beside]
        return OfflineCode(free[-1].value, free[-1].serial) if free else None

    patch.setattr(offline_codes.Pool, "highest", lowest)


def _steps(change: Callable[[RuleSettings, TillState, Memory, Due | None], Due | None]) -> Callable[[Patch], None]:
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
    if due is None or not isinstance(due.step, DeliverOffline) or state.offline.handed % 3 != 2:
        return due
    state.offline.handed += 1
    return Due(due.at, GoOnline(state.offline.session_id, state.offline.tries + 1))


def _trusting(patch: Patch) -> None:
    real = Stamping.__init__

    def init(self: Stamping, settings: RuleSettings, state: TillState, clock: FiscalClock, *rest: Any) -> None:
        real(self, settings, state, replace(clock, trusted=True), *rest)

    patch.setattr(Stamping, "__init__", init)


def _another_code(patch: Patch) -> None:
    """What was kept for the document is forgotten when it is used."""
    real = Stamping.stamp

    def stamp(self: Stamping, document: Any, reason: str) -> Any:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(offline_codes.Pool, "of", lambda *_: None)
            return real(self, document, reason)

    patch.setattr(Stamping, "stamp", stamp)


def _forgetful(patch: Patch) -> None:
    real = Steps.restarted

    def restarted(self: Steps, mono: int) -> None:
        real(self, mono)
        self._state.offline.queue = ()

    patch.setattr(Steps, "restarted", restarted)


def _clock_not_waited_for(patch: Patch) -> None:
    real = Memory.passes

    def passes(self: Memory, at: int) -> int:
        return 0 if at else real(self, at)

    patch.setattr(Memory, "passes", passes)


def _everywhere(patch: Patch, name: str, *modules: Any) -> None:
    """The function says nothing, wherever it was imported."""
    for module in modules:
        patch.setattr(module, name, lambda *_: None)


def _home_without_a_word(patch: Patch) -> None:
    """The till goes on stamping until it hears that the fiscaliser was told to go on line."""
    patch.setattr(drain, "mode_before", lambda *_: [])
    real = offline_rules.OfflineRules.apply

    def apply(self: Any, event: Any, context: Any) -> Any:
        yield from real(self, event, context)
        if type(event).__name__ == "WentOnline" and self._state.mode.state == modes.DRAINING:
            yield FiscalModeChanged(modes.OFFLINE_AUTO, "it sends")

    patch.setattr(offline_rules.OfflineRules, "apply", apply)


def _by_date_alone(patch: Patch) -> None:
    real = Offline.add
    patch.setattr(Offline, "add", lambda self, one: real(self, replace(one, order=0)))


BY_ITSELF: Final = (
    *["sell"] * 12,
    *["moment"] * 12,
    *["line"] * 8,
    *["tax", "by_itself"] * 4,
    "minutes",
)
CLOSING: Final = (*["sell"] * 6, *["moment"] * 12, *["line"] * 6, *["shift"] * 10)
DOUBTFUL: Final = (*["sell"] * 16, *["moment"] * 16, *["flaky"] * 3, *["line"] * 3)

CONTROLS: tuple[Control, ...] = (
    Control("dates without max()", "", _dates_of_the_clock_alone),
    Control("codes from the low end", "", _codes_from_the_low_end),
    Control("delivering before the doubts are resolved", "", _returns(drain, "undecided", value=False)),
    Control("on line before the register's clock has passed the last date", "", _clock_not_waited_for),
    Control("codes asked for while off line", "", _steps(_codes_asked_for_off_line)),
    Control("the pool not read after an automatic offline time", "", _steps(_pool_never_read)),
    Control("stamping with a clock that nobody trusts", "", _trusting),
    Control("a second code for a document", "", _another_code),
    Control("the queue forgotten at a restart", "", _forgetful),
    Control("on line while the queue waits", "", _steps(_on_line_over_the_queue)),
    Control("a session before the register has come to rest", "", _returns(drain, "quiet_from", 0), BY_ITSELF),
    Control("the way back before the journal knows of it", "", _home_without_a_word, CLOSING),
    Control(
        "not there, although it may still arrive",
        "",
        lambda patch: patch.setattr(Steps, "as_far_as_certain", lambda _, occurred: occurred),
    ),
    Control(
        "a session while a document is being made",
        "",
        lambda patch: _everywhere(patch, "being_made", stamps, progress),
        DOUBTFUL,
    ),
    Control("places by date alone", "", _by_date_alone),
    Control("the last codes spent on closing", "", lambda patch: patch.setattr(Stamping, "_unseen", 0), CLOSING),
    Control(
        "what was stamped is not read back",
        "",
        lambda patch: _everywhere(patch, "was_fiscal", rules, folding),
    ),
    Control("a kept code that is never let go", "", _returns(progress, "release", ())),
)


def catch(control: Control, seed: int, most: int = MOST) -> Catch | None:
    """Break the rules and play; they are whole again afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        control.apply(patch)
        for number in range(1, most + 1):
            try:
                replayable(seed, number, control.steps)
            except Wrong as wrong:
                return Catch(number, str(wrong))
    return None


def main() -> None:
    """Print what catches each; SEED replays."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().getrandbits(32))
    most = int(os.environ.get("SCHEDULES") or MOST)
    sys.stdout.write(f"seed {seed}\n")
    wanted = os.environ.get("ONLY", "")
    for control in CONTROLS:
        if wanted not in control.name:
            continue
        found = catch(control, seed, most)
        told = "NOT CAUGHT" if found is None else f"schedule {found.number}: {found.message}"
        sys.stdout.write(f"{control.name} -> {told}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
