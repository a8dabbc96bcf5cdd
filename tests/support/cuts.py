"""One sale, one cut, one verdict: what was asked compared with what stands on the paper.

A case is a fresh till that has sold once before (unless `cold`), sells again, and loses the power of its victim at
one point. After the restart everything runs until nothing is on its way any more. The paper then decides.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from drivers.printers.base import ReceiptPrinter
from firmware_bridge import views
from firmware_bridge.core import Batch
from tests.support.world import PowerCut, Victim, World

SALE, BEFORE = "the-sale", "a-sale-before"


@dataclass(frozen=True, slots=True)
class Case:
    """Where the cut is: after `byte` bytes, or at the `commit`-th commit (before or after it).

    `roll`: so many lines of paper are left when the sale begins, and half a minute after their end somebody brings a
    new roll; -1 = enough.
    """

    personality: str
    victim: Victim
    byte: int = -1
    commit: int = -1
    before: bool = False
    cold: bool = False
    twice: int = -1
    second: Victim = "controller"
    roll: int = -1

    def __str__(self) -> str:
        side = "before" if self.before else "after"
        where = f"byte {self.byte}" if self.commit < 0 else f"{side} commit {self.commit}"
        again = f", then {self.second} {self.twice} bytes later" if self.twice >= 0 else ""
        paper = f", {self.roll} lines of paper left" if self.roll >= 0 else ""
        return f"{self.personality}, {self.victim} cut at {where}{again}{paper}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the till says and what the paper says. `sins` is empty when they agree and nothing is lost or doubled."""

    state: str
    evidence: str
    person: bool
    originals: int
    copies: int
    others: int  # complete papers of sales that nobody asked for, or of the sale before beyond its one
    pulses: int
    sins: tuple[str, ...]

    @property
    def kind(self) -> str:
        """How it ended, for the table."""
        if self.person:
            return "a person is asked"
        if self.state == "refused":
            return "refused, nothing printed"
        paper = "original" if self.originals else "copy, marked"
        return f"{paper}, by {self.evidence}"


@dataclass(slots=True)
class Tally:
    """The table of a campaign."""

    ends: Counter[str] = field(default_factory=Counter)
    sinners: list[str] = field(default_factory=list)
    cases: int = 0

    def add(self, case: Case, verdict: Verdict) -> None:
        self.cases += 1
        self.ends[verdict.kind] += 1
        self.sinners += [f"{case}: {sin}" for sin in verdict.sins]

    @property
    def resolved(self) -> float:
        """The share that no person had to be asked about."""
        return 1 - self.ends["a person is asked"] / max(1, self.cases)

    def lines(self, title: str) -> list[str]:
        ends = [f"    {count:5d}  {end}" for end, count in self.ends.most_common()]
        return [f"{title}: {self.cases} cuts, {len(self.sinners)} wrong, {self.resolved:.1%} without a person", *ends]


def judge(world: World) -> Verdict:
    """Compare the till's word with the paper."""
    view = views.document_view(views.known(world.records(SALE)), world.settings)
    paper = world.paper()
    number = str(view["number"]) if view is not None else "000002"
    found = paper.pop(number, None)
    originals, copies = (found.originals, found.copies) if found is not None else (0, 0)
    earlier = views.document_view(views.known(world.records(BEFORE)), world.settings)
    kept = paper.pop(str(earlier["number"]), None) if earlier is not None else None
    others = sum(other.originals + other.copies for other in paper.values())
    if kept is not None:
        others += kept.originals + kept.copies - 1
    state = str(view["state"]) if view is not None else "unknown"
    person = bool(view and view["person_needed"])
    sins = []
    if originals > 1:
        sins.append(f"{originals} unmarked originals")
    if state == "paper_out" and not originals + copies:
        sins.append("the till says printed, the paper does not")
    if state in ("refused", "unknown") and originals + copies:
        sins.append(f"the till says {state}, the paper says printed")
    if state not in ("paper_out", "paper_missing", "refused", "unknown") and not person:
        sins.append(f"left in state {state}")
    if others:
        sins.append(f"{others} papers that nobody asked for")
    if earlier is not None and (kept is None or not kept.originals):
        sins.append("the paper of the sale before is gone")
    if world.pulses > 2:
        sins.append(f"{world.pulses} drawer pulses for two sales")
    return Verdict(
        state,
        str(view["paper"]["evidence"]) if view is not None else "none",
        person,
        originals,
        copies,
        others,
        world.pulses,
        tuple(sins),
    )


def run(
    case: Case,
    *,
    break_printer: Callable[[ReceiptPrinter], ReceiptPrinter] = lambda printer: printer,
    break_batch: Callable[[Batch], Batch] = lambda batch: batch,
) -> Verdict:
    """Play one case."""
    with tempfile.TemporaryDirectory(prefix="cut-") as folder:
        world = World(Path(folder), personality=case.personality, break_printer=break_printer, break_batch=break_batch)
        try:
            world.open_shift()
            if not case.cold:
                world.order(world.sale(BEFORE))
                world.settle()
            if case.roll >= 0:
                world.shorten_roll(case.roll)
            _arm(world, case)
            _until_cut(world)
            world.settle()
            return judge(world)
        finally:
            world.shut_down()


def _arm(world: World, case: Case) -> None:
    if case.commit >= 0:
        world.cut_at_commit(case.commit, before=case.before)
    else:
        world.cut_after_bytes(case.byte, case.victim)
    world.second_cut = None if case.twice < 0 else (case.twice, case.second)


def _until_cut(world: World) -> None:
    """Sell; whenever the controller loses its power, start the next one."""
    try:
        world.order(world.sale(SALE))
        world.settle()
    except PowerCut:
        world.crash()
        world.boot()
        if world.second_cut is not None:
            world.cut_after_bytes(*world.second_cut)
            try:
                world.settle()
            except PowerCut:
                world.crash()
                world.boot()


@cache
def length(personality: str, *, cold: bool = False) -> int:
    """How many bytes leave the controller for one sale that nothing happens to."""
    with tempfile.TemporaryDirectory(prefix="cut-") as folder:
        world = World(Path(folder), personality=personality)
        try:
            world.open_shift()
            if not cold:
                world.order(world.sale(BEFORE))
                world.settle()
            before = world.port.handed
            world.order(world.sale(SALE))
            world.settle()
            return world.port.handed - before
        finally:
            world.shut_down()


def campaign(cases: Iterable[Case], title: str) -> Tally:
    """Play all cases and print the table."""
    tally = Tally()
    for case in cases:
        tally.add(case, run(case))
    # to stderr: workers of pytest-xdist have no stdout of their own
    print("\n".join(["", *tally.lines(title), *tally.sinners[:20]]), file=sys.stderr)  # noqa: T201 - it is the result
    return tally
