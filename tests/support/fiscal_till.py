"""A till of rules with its devices: every order is served, and one exchange is cut where the test wants it.

The plain printer knows its paper as `Devices` does, but is cut at named points and never by chance. `FiscalTill` is
the loop around the rules: orders in, answers out, deadlines kept, and a power cut that keeps only the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from statemachines.document import FINAL, Document
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import Command, OpenShift
from statemachines.vocabulary.effects import Ask, DrainStep, Effect, Fiscalise, Kick, Print, SignOut
from statemachines.vocabulary.events import (
    DocumentEvent,
    DrawerKickDropped,
    DrawerKicked,
    Event,
    PrintDoubtful,
    PrinterReady,
    PrintFoundMissing,
    PrintRefused,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
)
from statemachines.vocabulary.evidence import Counters
from tests.support.fiscalisers import NOT_SENT, Fiscaliser
from tests.support.rules import CASHIER, Bench, every, opened, shop, shut

Said = TypeVar("Said", bound=Event)
Victim = Literal["controller", "line", "both"]
UNCOMMITTED = "before the commit"
KEPT = "after the commit"
HEARD = "heard, not committed"


@dataclass(slots=True)
class PlainPrinter:
    """A receipt printer with a drawer on its socket. `whole`: (document, copy number) of each complete paper."""

    whole: list[tuple[str, int]] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    pulses: int = 0
    cuts: int = 100

    def serve(self, effect: Effect, cut: str | None = None) -> list[Event]:
        match effect:
            case Print():
                return self._print(effect, cut)
            case Ask(intention=Print() as job):
                return [self._find(job, cut)]
            case Kick() if cut == NOT_SENT:
                return [DrawerKickDropped(effect.drawer_id, "nobody is there")]
            case Kick():
                self.pulses += 1
                return [DrawerKicked(effect.drawer_id, effect.attempt), opened(), shut()]
        raise TypeError(f"a printer cannot {type(effect).__name__}")

    def originals(self, document_id: str) -> int:
        return self.whole.count((document_id, 0))

    def _print(self, job: Print, cut: str | None) -> list[Event]:
        name = job.document_id
        if cut == NOT_SENT:
            return [PrintRefused(name, job.job_id, "nobody is there")]
        kicked: list[Event] = []
        if job.kick is not None:
            self.pulses += 1
            kicked = [DrawerKicked(job.kick.drawer_id, job.kick.attempt), opened(), shut()]
        if cut == "begun":
            return [*kicked, PrintDoubtful(name, job.job_id, "no answer")]
        self.whole.append((name, job.copy_no))
        self.done.add(job.job_id)
        self.cuts += job.cuts
        if cut is not None:
            return [*kicked, PrintDoubtful(name, job.job_id, "no answer")]
        return [*kicked, ReceiptPrinted(name, job.job_id, "process_id", Counters(self.cuts, 5000))]

    def _find(self, job: Print, cut: str | None) -> Event:
        name = job.document_id
        if cut is not None:
            return PrintUnresolved(name, job.job_id, "no answer", person_needed=False)
        if job.job_id in self.done:
            return ReceiptPrinted(name, job.job_id, "odometer", Counters(self.cuts, 5000))
        return PrintFoundMissing(name, job.job_id, proven=True, fragment=True, evidence="the knife did not cut")


PRINT_POINTS = (NOT_SENT, "begun", "whole")


class FiscalTill:
    """One till. `plan`: (number of the exchange from now on, point, victim) of the one failure."""

    def __init__(self, fiscaliser: Fiscaliser, *, shift: bool = True, settings: RuleSettings | None = None) -> None:
        self.fiscaliser = fiscaliser
        self.printer = PlainPrinter()
        self.bench = Bench(settings or shop(traits=fiscaliser.traits), shift=False)
        self.orders: list[Effect] = []
        self.served: list[Effect] = []
        self.plan: tuple[int, str, Victim] | None = None
        self.restarts = 0
        self.line_down = 0
        self.pulses_at_cut: int | None = None  # what the till itself had pulsed when the power went
        if shift:
            self.open_shift()

    def open_shift(self, name: str = "shift-1", amount: int = 10_000) -> None:
        self.do(OpenShift(name, CASHIER, amount))

    @property
    def pulses(self) -> int:
        return self.printer.pulses + self.fiscaliser.pulses

    def points(self, effect: Effect) -> tuple[str, ...]:
        """Where the exchange of this order may be cut."""
        match effect:
            case Fiscalise():
                return (*self.fiscaliser.points, HEARD)
            case Print():
                return (*PRINT_POINTS, HEARD)
            case Kick():
                return (NOT_SENT, HEARD)
            case _:
                return ()

    def do(self, command: Command) -> None:
        """A command, and everything that follows until nothing is left to do for a machine."""
        self.served = []
        if self.plan is not None and self.plan[1] in (UNCOMMITTED, KEPT):
            self._cut_at_the_commit(command, self.plan[1])
        else:
            self.orders += self.bench.do(command).effects
        self.settle()

    def _cut_at_the_commit(self, command: Command, point: str) -> None:
        records = list(self.bench.records)
        self.bench.do(command)
        if point == UNCOMMITTED:
            self.bench.records = records
        self.pulses_at_cut = self.printer.pulses
        self.plan = None
        self._restart()

    def settle(self) -> None:
        for _ in range(200):
            if self.orders:
                self._serve(self.orders.pop(0))
            elif all(self._rests(document) for document in self.bench.rules.state.documents.values()):
                return
            else:
                self.orders += self.bench.later(5_000).effects
        raise AssertionError(f"the till finds no rest: {self.bench.rules.state.documents}")

    def _rests(self, document: Document) -> bool:
        return document.person_needed or (document.state in FINAL and document.transaction != "completed")

    def _serve(self, effect: Effect) -> None:
        if isinstance(effect, DrainStep):  # no document's business; it stays without an answer
            return
        number = len(self.served)
        self.served.append(effect)
        if isinstance(effect, SignOut):
            return
        device = self._device(effect)
        if self.line_down and isinstance(effect, Ask):
            self.line_down -= 1
            self._hear(device.serve(effect, NOT_SENT))
            return
        if self.plan is None or self.plan[0] != number:
            self._hear(device.serve(effect))
            return
        _, point, victim = self.plan
        self.plan = None
        heard = device.serve(effect, None if point == HEARD else point)
        self.pulses_at_cut = self.printer.pulses
        self.line_down = 2 if victim != "controller" else 0
        if victim == "line":
            self._hear(heard)
        else:
            self._restart()

    def _device(self, effect: Effect) -> Fiscaliser | PlainPrinter:
        asked = effect.intention if isinstance(effect, Ask) else effect
        return self.fiscaliser if isinstance(asked, Fiscalise) else self.printer

    def _hear(self, events: Sequence[Event]) -> None:
        for event in events:
            self.orders += self.bench.run(event).effects

    def _restart(self) -> None:
        """Only what is in the journal is left; orders that were on their way are lost."""
        self.restarts += 1
        self.orders = []
        stamps = [event.stamp for event in self.said(ReceiptFiscalised)]
        self.fiscaliser.restarted(stamps[-1].document_no if stamps else "")
        self.orders += self.bench.restart().effects
        self.orders += self.bench.run(PrinterReady(counters=Counters(self.printer.cuts, 5000))).effects

    def said(self, kind: type[Said]) -> list[Said]:
        """Every event of this kind in the journal."""
        return every(self.bench.records, kind)

    def about(self, name: str, *kinds: type[DocumentEvent]) -> list[DocumentEvent]:
        """Events of these kinds about one document."""
        return [event for kind in kinds for event in self.said(kind) if event.document_id == name]
