"""Hundreds of lives of a whole till beside its vendor, added up: `python -m tests.support.offline_stack_campaign`.

LIVES and SEED in the environment choose how many and which; SEED=… LIVES=1 replays one. Ends with 1 when anything was
wrong in any of them.
"""

from __future__ import annotations

import logging
import os
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from firmware_bridge.progress import on_terminal
from tests.support.offline_stack_life import FAMILIES, Report, live

LIVES: Final = 200
TOLD: Final = (
    "actions",
    "requests",
    "commits",
    "kills",
    "reboots",
    "clock steps",
    "offline documents",
    "virtual hours",
    "too soon",
)


@dataclass
class Tally:
    """Of many lives. `wrong`: each sentence with what replays it. `jams`: lives in which the register was jammed or
    the till stopped."""

    lives: int = 0
    jams: int = 0
    cpu_s: float = 0.0
    counted: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, one: Report) -> None:
        self.lives += 1
        self.cpu_s += one.cpu_s
        self.counted += one.counted
        self.families[f"{one.profile} {one.family}"] += 1
        self.jams += any("jammed" in sentence or "the till stopped" in sentence for sentence in one.wrong)
        self.wrong += [f"{one.replay}: {sentence}" for sentence in one.wrong]

    def lines(self) -> Iterator[str]:
        counted = self.counted
        outages = counted["line refused"] + counted["line hole"]
        broken = sum(counted[fate] for fate in ("before", "after", "late", "hang", "slow", "maintenance", "expired"))
        yield f"{self.lives} lives ({', '.join(f'{count} {name}' for name, count in sorted(self.families.items()))})"
        yield f"{outages} outages, {broken} requests that fared ill, {counted['arrived late']} that arrived late"
        yield ", ".join(f"{counted[name]} {name}" for name in TOLD)
        yield f"{self.jams} jams, {len(self.wrong)} wrong, {self.cpu_s:.0f} s CPU"


def played(seeds: Iterable[int], families: Sequence[str] = FAMILIES) -> Tally:
    """All these lives, one after the other."""
    tally = Tally()
    for seed in seeds:
        tally.add(live(seed, families=families))
    return tally


def main() -> int:
    """Print what was wrong as it is found, and the figures at the end."""
    logging.disable(logging.CRITICAL)
    first = int(os.environ.get("SEED") or random.SystemRandom().getrandbits(31))
    lives = int(os.environ.get("LIVES") or LIVES)
    sys.stdout.write(f"SEED={first} LIVES={lives}\n")
    tally = Tally()
    with on_terminal() as progress:
        progress.begin("living", lives, "lives")
        for seed in progress.over(range(first, first + lives)):
            known = len(tally.wrong)
            tally.add(live(seed))
            for sentence in tally.wrong[known:]:
                progress.close()
                sys.stdout.write(f"{sentence}\n")
                sys.stdout.flush()
    sys.stdout.write("\n".join([*tally.lines(), ""]))
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
