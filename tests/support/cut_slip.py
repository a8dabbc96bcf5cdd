"""One slip, one cut, one verdict: what the till says of it compared with what stands on the paper.

Like `cuts.py`, for a document beside the sales: a till that has no shift open prints a slip and loses the power of its
victim at one point. Or a shift is open, and as soon as the till takes it, doubt or no doubt, the next customer is
served (`then` "sell"), or the shift is closed ("close").
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from drivers.printers.base import ReceiptPrinter
from drivers.printers.escpos.simulated.audit import HEADINGS, PrintedDocument, audit
from firmware_bridge import views
from firmware_bridge.core import Batch
from statemachines.vocabulary.commands import CloseShift, Command, PrintSlip
from statemachines.vocabulary.paper import Barcode, Image, QrCode
from statemachines.vocabulary.slip import Slip, SlipFeed, SlipText
from tests.support.world import CASHIER, PATIENCE_S, PowerCut, Victim, World

SLIP, SALE, CLOSE = "the-slip", "the-sale", "the-close"
READ = {**HEADINGS, "slip": re.compile(r"^Сліп термінала № (?P<number>D[0-9]+)(?=\s|$)")}
CONTENT = Slip(
    SLIP,
    "card_slip",
    "",
    "uk",
    CASHIER,
    (
        SlipText("ПРИВАТБАНК", "centre", bold=True),
        SlipText("Термінал        S1XX0001"),
        SlipText("250.00", "right", tall=True, wide=True),
        SlipFeed(1),
        Barcode("482000000001", "EAN13"),
        Image(48, b"\xaa\x55" * 3 * 24),
        QrCode("https://bank.example/slip/1"),
    ),
    "Оплата карткою",
    SALE,
)


@dataclass(frozen=True, slots=True)
class Cut:
    """After `byte` bytes of the slip, or at the `commit`-th commit (before or after it)."""

    victim: Victim
    byte: int = -1
    commit: int = -1
    before: bool = False
    then: Literal["", "sell", "close"] = ""

    def __str__(self) -> str:
        side = "before" if self.before else "after"
        where = f"byte {self.byte}" if self.commit < 0 else f"{side} commit {self.commit}"
        return f"{self.victim} cut at {where}{', then ' if self.then else ''}{self.then}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the till says (`state`, `person`) and what a reader of the paper finds."""

    state: str
    person: bool
    originals: int
    copies: int
    sins: tuple[str, ...]


@dataclass(slots=True)
class Campaign:
    """All cases of one printer; `sins` names each that went wrong."""

    personality: str
    break_printer: Callable[[ReceiptPrinter], ReceiptPrinter] = lambda printer: printer
    break_batch: Callable[[Batch], Batch] = lambda batch: batch
    outcomes: list[Outcome] = field(default_factory=list)
    sins: list[str] = field(default_factory=list)

    def play(self, cut: Cut) -> Outcome:
        """One case; what came of it is kept."""
        with tempfile.TemporaryDirectory(prefix="cut-") as folder:
            world = self._world(Path(folder))
            try:
                world.settle()
                if cut.then:
                    world.open_shift()
                _arm(world, cut)
                _until_cut(world, cut)
                outcome = _judge(world, cut)
            finally:
                world.shut_down()
        self.outcomes.append(outcome)
        self.sins += [f"{self.personality}, {cut}: {sin}" for sin in outcome.sins]
        return outcome

    def length(self) -> int:
        """How many bytes leave the controller for one slip that nothing happens to."""
        with tempfile.TemporaryDirectory(prefix="cut-") as folder:
            world = self._world(Path(folder))
            try:
                world.settle()
                before = world.port.handed
                _ask_for_it(world)
                world.settle()
                return world.port.handed - before
            finally:
                world.shut_down()

    @property
    def resolved(self) -> float:
        """The share that no person had to be asked about."""
        return 1 - sum(one.person for one in self.outcomes) / max(1, len(self.outcomes))

    def _world(self, folder: Path) -> World:
        return World(
            folder, personality=self.personality, break_printer=self.break_printer, break_batch=self.break_batch
        )


def _ask_for_it(world: World) -> None:
    world.order(PrintSlip(SLIP, CASHIER, CONTENT))


def _arm(world: World, cut: Cut) -> None:
    if cut.commit >= 0:
        world.cut_at_commit(cut.commit, before=cut.before)
    else:
        world.cut_after_bytes(cut.byte, cut.victim)


def _until_cut(world: World, cut: Cut) -> None:
    """Print; when the controller loses its power, start the next one; then sell if a customer is waiting."""
    try:
        _ask_for_it(world)
        _finish(world, cut)
    except PowerCut:
        world.crash()
        world.boot()
        _finish(world, cut)


def _finish(world: World, cut: Cut) -> None:
    commands: dict[str, Command] = {"sell": world.sale(SALE), "close": CloseShift(CLOSE, CASHIER, "uk")}
    command = commands.get(cut.then)
    until = world.clock.monotonic() + PATIENCE_S
    while command is not None and world.order(command) is not None and world.clock.monotonic() < until:
        world.turn()
    world.settle()


def _judge(world: World, cut: Cut) -> Outcome:
    world.printer.run_until(world.clock.monotonic())
    found = {f"{one.kind} {one.number}": one for one in audit(world.printer.pieces, headings=READ)}
    slip = _compared(world, SLIP, found.get("slip D1"))
    sins = list(slip.sins)
    if cut.then == "sell":
        sins += [f"the sale behind it: {sin}" for sin in _compared(world, SALE, found.get("sale 000001")).sins]
    if cut.then == "close" and world.core.rules.state.shift.state != "closed":
        sins.append("the shift was not closed")
    if world.pulses > (cut.then == "sell"):
        sins.append(f"{world.pulses} drawer pulses")
    return replace(slip, sins=tuple(sins))


def _compared(world: World, name: str, paper: PrintedDocument | None) -> Outcome:
    """The till's word about one document and its paper."""
    view = views.document_view(views.known(world.records(name)), world.settings)
    originals, copies = (paper.originals, paper.copies) if paper is not None else (0, 0)
    state = str(view["state"]) if view is not None else "unknown"
    live = world.core.rules.state.documents.get(name)  # what is no matter of money is written down at leisure
    person = live is not None and live.person_needed
    sins = []
    if originals > 1:
        sins.append(f"{originals} unmarked originals")
    if state == "paper_out" and not originals + copies:
        sins.append("the till says printed, the paper does not")
    if state in ("refused", "unknown") and originals + copies:
        sins.append(f"the till says {state}, the paper says printed")
    if state not in ("paper_out", "refused", "unknown") and not person:
        sins.append(f"left in state {state}")
    return Outcome(state, person, originals, copies, tuple(sins))
