"""Rules of the offline time that are broken on purpose, one at a time: what the schedules are worth is what they catch.

`python -m tests.support.offline_controls` prints for each by which schedule it is caught soonest, to be recorded here.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pytest

from firmware_bridge.progress import on_terminal
from tests.support import offline_broken as broken
from tests.support.money_model import Wrong
from tests.support.offline_schedule import replayable
from tests.support.offline_shop import BLINKING, CALM, CLOSING, DOUBTFUL, HECTIC, RESTARTING, RUSHING, SENDING

RECORDED: Final = 1
"""The seed of the schedules that are known to show a breakage."""
MOST: Final = 1500
"""So many schedules at most until a breakage must be caught."""


@dataclass(frozen=True, slots=True)
class Control:
    """`says` is a part of what the check must say. `number`: the schedule of RECORDED that showed it soonest.
    `steps`: of schedules in which it shows soon, where in any day's it does not."""

    name: str
    says: str
    apply: broken.Breakage
    number: int
    steps: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Catch:
    """Schedule `number` of the seed was wrong, and how."""

    number: int
    message: str


SHUT: Final = "the till calls the register jammed"
REFUSED: Final = "the register refuses what is lawful"
CONTROLS: tuple[Control, ...] = (
    Control("dates without max()", "dated before what was made before it", broken.dates_of_the_clock_alone, 12, HECTIC),
    Control("codes from the low end", "is not free", broken.codes_from_the_low_end, 27, HECTIC),
    Control("delivering before the doubts are resolved", SHUT, broken.undecided, 12, DOUBTFUL),
    Control("on line before the last date", "coming on line at", broken.clock_not_waited_for, 48, RUSHING),
    Control("codes asked for while off line", SHUT, broken.codes_asked_for_off_line, 7, HECTIC),
    Control("stamping with a clock that nobody trusts", "nobody knows what time it is", broken.trusting, 19, CALM),
    Control("a second code for a document", "has the codes", broken.another_code, 25, DOUBTFUL),
    Control("a code for two documents", "and on", broken.a_code_for_two, 21, HECTIC),
    Control("the queue forgotten at a restart", "was lost", broken.forgetful, 33, RESTARTING),
    Control("on line while the queue waits", SHUT, broken.on_line_over_the_queue, 32, RUSHING),
    Control("a session before the register is at rest", SHUT, broken.never_quiet, 9, SENDING),
    Control("a session while a document is being made", SHUT, broken.being_made, 12, BLINKING),
    Control("the way back before it is journalled", "never comes to rest", broken.home_without_a_word, 6, HECTIC),
    Control("missing, although it may still arrive", "another code or date", broken.never_too_early, 21, RESTARTING),
    Control("a try that was not sent tells of the last", "times in the register", broken.sent_in_vain, 34, DOUBTFUL),
    Control("dated with its shift's opening", "not after the shift's", broken.dated_with_the_opening, 30, CLOSING),
    Control("places by date alone", REFUSED, broken.by_date_alone, 2, RUSHING),
    Control("the last codes spent on closing", "is not free", broken.nothing_unseen, 21, CLOSING),
    Control("what was stamped is not read back", "tell another state", broken.stamps_unread, 33, RESTARTING),
    Control("a kept code that is never let go", "still bound", broken.never_released, 33, DOUBTFUL),
)


def catch(control: Control, seed: int = RECORDED, most: int = MOST) -> Catch | None:
    """Break the rules and play; they are whole again afterwards. What caught it before is tried first."""
    known = [control.number] if seed == RECORDED else []
    for number in (*known, *range(1, most + 1)):
        if (message := caught_by(control, seed, number)) and control.says in message:
            return Catch(number, message)
    return None


def caught_by(control: Control, seed: int, number: int) -> str:
    """What the check says of this schedule under the broken rule; "" when it says nothing."""
    with pytest.MonkeyPatch.context() as patch:
        control.apply(patch)
        try:
            replayable(seed, number, control.steps)
        except Wrong as wrong:
            return str(wrong)
    return ""


def quickest(control: Control, seed: int, most: int) -> tuple[float, Catch] | None:
    """Of so many schedules the one that catches it soonest, and its time (s of this process)."""
    found: list[tuple[float, int, str]] = []
    for number in range(1, most + 1):
        began = time.process_time()
        if (message := caught_by(control, seed, number)) and control.says in message:
            found.append((time.process_time() - began, number, message))
    if not found:
        return None
    spent, number, message = min(found)
    return spent, Catch(number, message)


def main() -> None:
    """Print what catches each soonest, of SCHEDULES (100) of SEED; ONLY: those with this in their name."""
    seed = int(os.environ.get("SEED") or RECORDED)
    most = int(os.environ.get("SCHEDULES") or 100)
    sys.stdout.write(f"seed {seed}\n")
    wanted = os.environ.get("ONLY", "")
    controls = [control for control in CONTROLS if wanted in control.name]
    with on_terminal() as progress, progress.pulse():
        progress.begin("breaking", len(controls), "controls")
        for control in progress.over(controls):
            found = quickest(control, seed, most)
            told = "NOT CAUGHT" if found is None else f"{found[1].number} ({found[0]:.3f} s): {found[1].message[:120]}"
            progress.close()
            sys.stdout.write(f"{control.name} -> {told}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
