"""A till played at random against the model of the money: customers, cashiers, devices, time, power cuts.

`play` is one till with one shop's settings, checked after every step and brought to rest at its end.
`python -m tests.support.soak` plays millions of steps (STEPS, SEED, TILL in the environment).
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterable
from dataclasses import replace

from firmware_bridge.progress import QUIET, Progress, on_terminal
from statemachines.drawer import DrawerSettings
from statemachines.settings import RuleSettings
from statemachines.vocabulary.traits import NO_FISCALISER, FiscaliserTraits
from tests.support.soak_devices import Choose
from tests.support.soak_world import World

CLOUD = FiscaliserTraits(
    registers=True,
    prints=False,
    kicks=False,
    collects_card=False,
    polls=True,
    offline="none",  # what the till makes lawful by itself has a model of its own: offline_schedule.py
    lookup="our_id",
    copy=False,
    sells_in_doubt=True,
    carries_balance=True,
)
FISCAL_PRINTER = replace(
    CLOUD, prints=True, polls=False, lookup="last_document", sells_in_doubt=False, empties_at_close=True
)
LAN_REGISTER = replace(
    FISCAL_PRINTER, collects_card=True, lookup="our_id", empties_at_close=False, carries_balance=False, kicks=True
)
ORDERS = replace(LAN_REGISTER, lookup="none", takes_orders=True, prints=False, kicks=False)
KINDS = {
    "none": NO_FISCALISER,
    "cloud": CLOUD,
    "fiscal printer": FISCAL_PRINTER,
    "lan": LAN_REGISTER,
    "orders": ORDERS,
}


def a_shop(choose: Choose, kinds: Iterable[str] = KINDS) -> RuleSettings:
    """Settings at random."""
    drawers = ["main", "left", "right"][: choose([1, 1, 2, 3])]
    return RuleSettings(
        traits=KINDS[choose(list(kinds))],
        drawers={name: DrawerSettings(sensed=choose([True, True, False])) for name in drawers},
        kick_at=choose(["accepted", "fiscalised", "printed"]),
        unprinted_sale=choose(["refuse", "keep"]),
        after_power_loss=choose(["copy", "ask"]),
        drawer_day=choose(["with_shift", "with_shift", "own"]),
        count_at_close=choose(["optional", "required"]),
        blind_counts=choose([True, False]),
        float_policy=choose(["carry", "collect"]),
        shift_limit_ms=choose([0, 0, 3_000_000]),
        shift_warn_ms=1_000_000,
        shift_stop_ms=300_000,
        record_commanded=choose([True, False]),
        record_forced=choose([True, False]),
    )


def play(choose: Choose, steps: int, kinds: Iterable[str] = KINDS) -> int:
    """One till for `steps` steps, to its end; returns how many steps were made."""
    world = World(a_shop(choose, kinds), choose)
    for _ in range(steps):
        world.step()
        world.check()
    world.end()
    return steps


def soak(steps: int, seed: int, kinds: Iterable[str] = KINDS, progress: Progress = QUIET) -> float:
    """Play tills of some hundred steps each; returns steps a second. A failure names seed and till, which replay it."""
    began = time.monotonic()
    made = till = 0
    progress.begin("playing", steps, "steps")
    while made < steps:
        till += 1
        generator = random.Random(f"{seed}/{till}")
        try:
            made += play(generator.choice, generator.choice([60, 150, 300]), kinds)
        except Exception as wrong:
            wrong.add_note(f"replay with: SEED={seed} TILL={till} make soak")
            raise
        progress.at(made)
    return made / (time.monotonic() - began)


def main() -> None:
    """`make soak`: STEPS, SEED and TILL (one till of a seed) from the environment."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().getrandbits(32))
    steps = int(os.environ.get("STEPS") or 1_000_000)
    sys.stdout.write(f"seed {seed}, {steps:,} steps\n")
    if one := os.environ.get("TILL"):
        generator = random.Random(f"{seed}/{one}")
        play(generator.choice, generator.choice([60, 150, 300]))
        sys.stdout.write(f"till {one}: nothing lost, nothing doubled\n")
        return
    with on_terminal() as progress:
        speed = soak(steps, seed, progress=progress)
    sys.stdout.write(f"nothing lost, nothing doubled; {speed:,.0f} steps/s, seed {seed}\n")


if __name__ == "__main__":
    main()
