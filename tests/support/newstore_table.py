"""`python -m tests.support.newstore_table`: what goes wrong between a till and NewStore, and what its books show.

Every row of `newstore_rows` with its control, then a kill before and after every single request of a day, then days
with troubles at random: `--random N` of them (200), `--seed N` to begin at (1). A row that fails is played again by
`--row TEXT --seed N`, a random day by `--random 1 --seed N`. Exit 1 when anything was lost or doubled, or a control was
not caught.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from firmware_bridge.progress import Progress, on_terminal
from tests.support.newstore_rows import DOCUMENTS, ROWS, Row, at_random, killed_once, undisturbed
from tests.support.newstore_trouble import When


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 0 when it holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--row", default="")
    wish = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    say(f"seed {wish.seed}; lost + doubled in NewStore's own books\n")
    say("| what goes wrong | owed | requests | lives | a person | lost | doubled | control | lost + doubled |")
    say("|---|---:|---:|---:|---:|---:|---:|---|---:|")
    rows = [row for row in ROWS if wish.row in row.name]
    with on_terminal() as progress:
        progress.begin("what goes wrong", len(rows), "rows")
        failed = [row.name for row in progress.over(rows) if not _shown(row, wish.seed, progress)]
        if not wish.row:
            failed += _every_kill(wish.seed, progress)
            failed += _random_days(wish.seed, wish.random, progress)
    for name in failed:
        say(f"FAILED {name}")
    return 1 if failed else 0


def _shown(row: Row, seed: int, progress: Progress) -> bool:
    found, broken = row.play(seed), row.play(seed, row.control)
    told, caught = found.told, broken.told.lost + broken.told.duplicated
    progress.close()
    say(
        f"| {row.name} | {told.owed} | {found.requests} | {found.lives} | {found.helped} | {told.lost} "
        f"| {told.duplicated} | {row.control.name} | {caught} |"
    )
    return found.good and not broken.good and (row.person or not found.helped)


def _every_kill(seed: int, progress: Progress) -> list[str]:
    """A restart between any two requests, and between any answer and its commit."""
    requests = undisturbed(seed, DOCUMENTS, 1)
    kills: list[tuple[int, When]] = [(number, "before") for number in range(1, requests + 1)]
    kills += [(number, "after") for number in range(1, requests + 1)]
    failed, helped = [], 0
    progress.begin("killing", len(kills), "kills")
    for number, when in progress.over(kills):
        found = killed_once(seed, number, when)
        helped += bool(found.helped)
        if not found.good:
            failed.append(f"killed {when} request {number}, seed {seed}: {found}: {found.told.notes}")
    progress.close()
    say(f"\nkilled before and after each of {requests} requests: {len(failed)} of {len(kills)} days lost or doubled")
    say(f"something; in {helped} a person had to see to it (a draft or a count that NewStore began unheard)")
    return failed


def _random_days(first: int, count: int, progress: Progress) -> list[str]:
    failed = []
    progress.begin("days at random", count, "days")
    for seed in progress.over(range(first, first + count)):
        found = at_random(seed)
        if not found.good:
            failed.append(f"random day, seed {seed}: {found}: {found.told.notes}")
    last = first + count - 1
    progress.close()
    say(f"\n{count} days with troubles at random, seeds {first} to {last}: {len(failed)} lost or doubled something")
    return failed


if __name__ == "__main__":
    sys.exit(main())
