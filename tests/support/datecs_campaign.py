"""The whole cut campaign of the Datecs drivers, cell by cell: `python -m tests.support.datecs_campaign [bg] [sale] …`

Words choose cells by dialect, document, victim or memory ("keeps", "forgets"); the table is markdown on stdout.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from firmware_bridge.progress import on_terminal
from tests.support.datecs_cuts import DIALECTS, WHATS, Case, Tally, What, campaign, length
from tests.support.datecs_world import Victim

#: Who fails in the middle of an answer; for the till it is the same as before it, nothing being written down meanwhile.
ANSWERING: tuple[Victim, ...] = ("device", "line", "cable")
#: Whose failures are played at every byte, and how thin the others'.
STRIDE: dict[Victim, int] = {"till": 1, "device": 1, "both": 1, "line": 1, "blip": 13, "cable": 13}
ON_EVERY = 8
"""Of one case in so many it is seen whether the next document can be made."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One document on one device, and one that fails. `keeps`: the device remembers its last answer without power."""

    dialect: str
    what: What
    victim: Victim
    keeps: bool = False
    slip: bool = False

    def __str__(self) -> str:
        words = [self.dialect, self.what, self.victim, "keeps" if self.keeps else "forgets"]
        return "-".join([*words, "slip"] if self.slip else words)

    def cases(self) -> Iterator[Case]:
        """Every byte of the till's and, where that differs, of the device's answers."""
        orders, answers = length(self.dialect, self.what)
        step = 17 if self.slip else STRIDE[self.victim]
        for byte in range(0, orders + 1, step):
            yield Case(self.dialect, self.what, self.victim, byte=byte, keeps=self.keeps, slip=self.slip, seed=byte)
        if self.victim in ANSWERING:
            for byte in range(1, answers + 1, step):
                yield Case(
                    self.dialect, self.what, self.victim, answer=byte, keeps=self.keeps, slip=self.slip, seed=byte
                )

    def play(self) -> Tally:
        return campaign(self.cases(), str(self), on_every=ON_EVERY)


def cells() -> Iterator[Cell]:
    """What the device remembers matters only where it loses its power."""
    for dialect in DIALECTS:
        for what in WHATS:
            for victim in STRIDE:
                yield Cell(dialect, what, victim)
                if victim in ("device", "both", "blip"):
                    yield Cell(dialect, what, victim, keeps=True)


def behind_slips() -> Iterator[Cell]:
    """A slip has moved the device's number since the last document; the till that knew of it may be gone."""
    for dialect in DIALECTS:
        for what in (*WHATS, "card_return"):
            for victim in ("till", "device", "line"):
                yield Cell(dialect, what, victim, slip=True)


def main(words: list[str]) -> int:
    """0 when nothing was lost, doubled or told wrong."""
    chosen = [cell for cell in (*cells(), *behind_slips()) if set(words) <= set(str(cell).split("-"))]
    table: dict[str, Tally] = {}
    total, begun = Tally(), time.monotonic()
    with on_terminal() as progress, progress.pulse():
        progress.begin("cutting", len(chosen), "cells")
        for cell in progress.over(chosen):
            tally = cell.play()
            table.setdefault(f"{cell.dialect} | {cell.victim}{', behind a slip' if cell.slip else ''}", Tally())
            table[f"{cell.dialect} | {cell.victim}{', behind a slip' if cell.slip else ''}"] += tally
            total += tally
    out = [
        "| device | who fails | cuts | lost | second documents | resolved alone | person needed | wrong verdicts |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(f"| {name} | {tally.row} |" for name, tally in table.items()),
        f"| all | all | {total.row} |",
        f"\n{len(chosen)} cells in {time.monotonic() - begun:.0f} s",
        *total.sinners[:50],
    ]
    sys.stdout.write("\n".join(out) + "\n")
    return 1 if total.sinners else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
