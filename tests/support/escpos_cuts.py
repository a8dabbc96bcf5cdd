"""The power cut at bytes of a sale on every make of ESC/POS printer, as a table.

`python -m tests.support.escpos_cuts [--step N] [--seed N] [--make TITLE]`; step 1 is every byte. A row is one make with
the power of till, printer or both cut. *alone*: nobody had to be asked. *wrong*: the till's word and the paper differ.
*lost*: no paper, and the till does not know. *second*: a paper that nobody asked for. *unmarked*: a second original
without a mark.

A printer that prints on past the end of its paper says all the while that it prints. The till sees the paper's end and
asks a person; only when both lose their power within a second of the end of the job, and a new roll is in before they
are back, does nothing remember it. That row is without cuts of both.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from drivers.printers.base import ReceiptPrinter
from firmware_bridge.progress import on_terminal
from tests.support.cuts import Case, Verdict, length, run
from tests.support.world import Victim

VICTIMS: Final[tuple[Victim, ...]] = ("controller", "printer", "both")


@dataclass(frozen=True, slots=True)
class Make:
    """One row: what it is called, the simulator's personality, and how many lines of paper are left (-1: enough).

    `proves`: it can tell what became of a job, so nobody has to be asked.
    """

    title: str
    personality: str
    roll: int = -1
    proves: bool = True
    victims: tuple[Victim, ...] = VICTIMS


#: Every personality of the simulator stands here at least once.
MAKES: Final = (
    Make("Epson, process ids", "epson"),
    Make("Epson, works ahead of its paper", "epson_runs_ahead"),
    Make("Epson, two-way USB", "usb"),
    Make("Epson, reports from its start", "asb_default_on"),
    Make("Epson, ESC @ ends its reports", "initialize_ends_asb"),
    Make("Epson, deaf with a full buffer", "no_realtime_when_full"),
    Make("Epson, cannot clear its buffers", "no_clear"),
    Make("clone with odometers", "no_process_id"),
    Make("clone without reports", "no_asb"),
    Make("clone without identification", "id_less"),
    Make("clone, odometer lags", "odometer_lags"),
    Make("clone in Kanji mode", "cjk"),
    Make("Epson, prints on after new paper", "epson", 12),
    Make("two-way USB, prints on after new paper", "usb", 12),
    Make("clone, prints on after new paper", "no_process_id", 12),
    Make("lagging clone, prints on after new paper", "odometer_lags", 12),
    Make(
        "prints on past the end of the paper",
        "prints_past_paper_end",
        12,
        proves=False,
        victims=("controller", "printer"),
    ),
    Make("no counters, answers in its turn", "barrier_only", proves=False),
    Make("no counters, works ahead of its paper", "barrier_runs_ahead", proves=False),
    Make("one-way USB", "mute", proves=False),
)


@dataclass(slots=True)
class Row:
    """What became of all cuts of one make. `seconds`: how long they took to play."""

    make: Make
    cases: int = 0
    persons: int = 0
    wrong: int = 0
    lost: int = 0
    second: int = 0
    unmarked: int = 0
    copies: int = 0
    seconds: float = 0.0
    ends: Counter[str] = field(default_factory=Counter)
    sinners: list[str] = field(default_factory=list)

    def add(self, case: Case, verdict: Verdict) -> None:
        on_paper = verdict.originals + verdict.copies
        self.cases += 1
        self.persons += verdict.person
        self.copies += verdict.copies
        self.second += verdict.others
        self.unmarked += verdict.originals > 1
        says_not = verdict.state in ("refused", "unknown")
        self.wrong += (verdict.state == "paper_out" and not on_paper) or bool(says_not and on_paper)
        self.lost += not on_paper and not says_not and not verdict.person
        self.ends[verdict.kind] += 1
        self.sinners += [f"{case}: {sin}" for sin in verdict.sins]

    @property
    def alone(self) -> float:
        """The share that no person had to be asked about."""
        return 1 - self.persons / max(1, self.cases)


def cases(make: Make, step: int, chance: random.Random, *, last: int = 0) -> Iterator[Case]:
    """Every `step`-th byte of a sale, beginning anywhere, for each victim; `last` > 0: only of so many at its end."""
    size = length(make.personality)
    first = max(0, size - last) if last else 0
    for victim in make.victims:
        for byte in range(first + chance.randrange(step), size + 1, step):
            yield Case(make.personality, victim, byte=byte, roll=make.roll)


def play(
    make: Make,
    played: Iterator[Case],
    *,
    break_printer: Callable[[ReceiptPrinter], ReceiptPrinter] = lambda printer: printer,
) -> Row:
    """Play these cuts of one make."""
    row, begun = Row(make), time.monotonic()
    for case in played:
        row.add(case, run(case, break_printer=break_printer))
    row.seconds = time.monotonic() - begun
    return row


def table(rows: Sequence[Row]) -> list[str]:
    """As markdown."""
    return [
        "| | cuts | alone | persons | copies | wrong | lost | second | unmarked | s |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {row.make.title} | {row.cases} | {row.alone:.1%} | {row.persons} | {row.copies} | {row.wrong} "
            f"| {row.lost} | {row.second} | {row.unmarked} | {row.seconds:.0f} |"
            for row in rows
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--step", type=int, default=7, help="every so many bytes (7); 1 takes half an hour")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--make", default="", metavar="TITLE", help="only makes with this in their title")
    wish = parser.parse_args()
    sys.stdout.write(f"seed {wish.seed}, every {wish.step}. byte\n" + "\n".join(table([])) + "\n")
    chance = random.Random(wish.seed)
    sinners: list[str] = []
    makes = [make for make in MAKES if wish.make in make.title]
    with on_terminal() as progress:
        for number, make in enumerate(makes, 1):
            chosen = list(cases(make, wish.step, chance))
            progress.begin(f"make {number} of {len(makes)}, {make.title}", len(chosen), "cuts")
            row = play(make, progress.over(chosen))
            sinners += row.sinners
            progress.close()
            sys.stdout.write(table([row])[-1] + "\n")
            sys.stdout.flush()
    sys.stdout.write("\n".join(sinners[:40]) + "\n")
    return 1 if sinners else 0


if __name__ == "__main__":
    sys.exit(main())
