"""One receipt, one fault of the simulated ESC/POS printer, one verdict, and the paper it is compared with.

The till is the driver alone; whoever stands beside the printer puts things right after a while, or when the till has
given up; then the till asks. What it says in the end must fit the paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from drivers.drawers.printer_kick import PrinterKick
from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.means import CodePage, Knife
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.simulated.personality import PERSONALITIES
from drivers.printers.escpos.simulator import SimulatedPrinter
from statemachines.vocabulary.effects import Kick, Print
from statemachines.vocabulary.events import (
    Event,
    PrintDoubtful,
    PrintFoundMissing,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptPrinted,
)
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.paper import Paper, TextLine
from tests.support.slow_line import SlowLine
from tests.support.stage import Stage

Place = Literal["before", "first line", "middle", "last line"]
End = Literal[
    "printed",
    "assumed",
    "refused",
    "doubtful: printed",
    "doubtful: missing, proven",
    "doubtful: missing",
    "person",
]
LINES: Final = 30
PAPER: Final = Paper(32, tuple(TextLine(f"Рядок {number}") for number in range(LINES)), "КІНЕЦЬ", "КОПІЯ", "НЕДІЙСНИЙ")
#: By place: so many lines of the receipt are on paper. Behind the last one the knife is still to come.
_REACHED: Final[Mapping[Place, int]] = {"before": 0, "first line": 1, "middle": LINES // 2, "last line": LINES + 1}
#: Faults that are there from the start, as arguments of the drawer, the printer and the port.
_DRAWERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "stuck_latch": {"stuck": 1},
    "no_switch": {"wired": False},
    "inverted_switch": {"open_level": "low"},
    "nobody_closes": {"closes_after": None},
    "bounces_open": {"bounces_open": True},
    "late_latch": {"latch_delay": 0.9},
    "wrong_voltage": {"wrong_voltage": True},
}
_PRINTERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "xonxoff": {"xonxoff": True},
    "busy_when_offline": {"busy_when_offline": True},
}
#: Bytes a second of a line of 9600 bps.
_SLOW: Final = 960.0
_PORTS: Final[Mapping[str, Mapping[str, Any]]] = {"split_replies": {"split": True}, "late_replies": {"delay": 0.5}}


@dataclass(frozen=True, slots=True)
class Fault:
    """`name` as the simulator has it; `put_right`: seconds after which a person mends it, None = when the till asks."""

    name: str
    place: Place = "before"
    put_right: float | None = None

    def __str__(self) -> str:
        mended = "" if self.put_right is None else f", put right after {self.put_right:g} s"
        return f"{self.name}, {self.place}{mended}"


@dataclass
class Bench:
    """One printer with its drawer at the end of a wire, and the hands of the person beside it.

    `memory` > 0: so many bytes are held in front of the wire, gone for the till; it then carries 960 a second.
    """

    personality: str
    fault: Fault
    driver: type[EscPosPrinter] = EscPosPrinter
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(100.0))
    events: list[Event] = field(default_factory=list)
    struck: bool = False
    memory: int = 0

    def __post_init__(self) -> None:
        who, name = PERSONALITIES[self.personality], self.fault.name
        drawer: dict[str, Any] = {"now": 100.0, "open_level": "high", "closes_after": 1.0, **_DRAWERS.get(name, {})}
        self.drawer = SimulatedDrawer(**drawer)
        if name == "drawer_locked":
            self.drawer.lock()
        self.printer = SimulatedPrinter(
            who, now=100.0, drawer=self.drawer, columns=32, buffer_bytes=256, **_PRINTERS.get(name, {})
        )
        self.stage = Stage(self.printer, 1920.0)
        line = SlowLine(self.stage, self.memory, _SLOW) if self.memory else self.stage
        self.port = MemoryPort(line, self.clock, lost_without_power=who.usb, **_PORTS.get(name, {}))
        page = next(number for number, codec in who.pages.items() if codec == "cp1251")
        # a drawer whose switch tells nothing is configured as such; so is a printer that never answers
        sense = "none" if name in ("no_switch", "wrong_voltage") or not who.answers else self.drawer_level
        settings = EscPosSettings(
            columns=32,
            page=CodePage("cp1251", page),
            knife=Knife(),
            confirm="auto" if who.answers else "none",
        )
        self.till = self.driver(self.port, settings, self.events.append, PrinterKick("main", 2, sense))

    @property
    def drawer_level(self) -> Literal["high", "low"]:
        return "low" if self.fault.name == "inverted_switch" else "high"

    # --- the till's side --------------------------------------------------------------------------------------------

    def connect(self) -> bool:
        return self.till.connect()

    def print(self, job_id: str, before: Counters | None, *, kick: bool) -> Event:
        return self.till.print(self.order(job_id, before, kick=kick))

    def order(self, job_id: str, before: Counters | None, *, kick: bool) -> Print:
        pulse = Kick("main", 100, int((self.clock.monotonic() + 4.0) * 1000), 1) if kick else None
        return Print(f"doc-{job_id}", job_id, PAPER, kick=pulse, before=before)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.stage.run_until(self.clock.monotonic())

    # --- the person's side ------------------------------------------------------------------------------------------

    def arm(self) -> None:
        """The fault strikes now, or when the receipt has got that far."""
        if self.fault.name == "paper_end":
            # the last piece of the roll, so that it ends there by itself; nothing hangs in the printer
            self.printer.load_paper(_REACHED[self.fault.place])
            if self.fault.place == "before":
                self._strike()
            else:
                self.stage.watch(lambda: self.printer.status.paper_end, 0.0, self._strike)
            return
        if self.fault.place == "before":
            self._strike()
            return
        goal = self.printer.lines + _REACHED[self.fault.place]
        self.stage.watch(lambda: self.printer.lines >= goal, 0.0, self._strike)

    def _strike(self) -> None:
        self.struck = True
        self._acts()[0]()
        if self.fault.put_right is not None:
            self.stage.at(self.printer.now + self.fault.put_right, self.put_right)

    def put_right(self) -> None:
        self._acts()[1]()

    def _acts(self) -> tuple[Callable[[], None], Callable[[], None]]:
        """What goes wrong, and what mends it."""
        printer = self.printer

        def blink() -> None:
            printer.power_off()
            printer.power_on()

        def switch_off_and_on() -> None:
            printer.power_off()
            self.stage.at(printer.now + 2.0, printer.power_on)

        def nothing() -> None:
            """It mends itself, or is there from the start."""

        return {
            "paper_end": (nothing, printer.load_paper),
            "near_end": (lambda: printer.load_paper(printer.personality.near_end_lines + LINES // 2), nothing),
            "cover_open": (printer.open_cover, printer.close_cover),
            "cutter_jam": (printer.cutter_jam, self._clear_jam),
            "cutter_jam for long": (lambda: printer.cutter_jam(99), self._clear_jam),
            "mechanical_error": (printer.mechanical_error, self._clear_jam),
            "overheat": (printer.overheat, nothing),
            "unrecoverable": (printer.unrecoverable, switch_off_and_on),
            "press_feed": (lambda: printer.press_feed(5), nothing),
            "tear_off": (printer.tear_off, nothing),
            "power_off": (printer.power_off, printer.power_on),
            "power off and on": (blink, nothing),
            "unplug": (self.port.unplug, self.port.plug),
        }.get(self.fault.name, (nothing, nothing))

    def _clear_jam(self) -> None:
        """Take out the paper that is stuck; where the error stays all the same, switch it off and on."""
        self.printer.cutter_jam(0)
        if self.printer.status.error:
            self.printer.power_off()
            self.stage.at(self.printer.now + 2.0, self.printer.power_on)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`end`: what the till says; `whole`: how many whole receipts are on paper; `sins`: where the two differ."""

    end: End
    whole: int
    pulses: int
    sins: tuple[str, ...]


def judge(personality: str, fault: Fault, driver: type[EscPosPrinter] = EscPosPrinter, *, memory: int = 0) -> Verdict:
    """One receipt without a fault, then one with; what the till says of that, and what lies there."""
    bench = Bench(personality, fault, driver, memory=memory)
    assert bench.connect(), "the printer is there and does not answer"
    first = bench.print("K7Q1", None, kick=False)
    assert isinstance(first, ReceiptPrinted), f"the receipt before is not printed: {first}"
    bench.pass_time(5.0)
    bench.arm()
    # a lane calls `watch` all the time: the till knows what is wrong before it is asked to print
    bench.till.watch(1.0)
    outcome = bench.print("K7Q2", first.counters, kick=True)
    end = _end(outcome)
    if isinstance(outcome, PrintDoubtful):
        end = _asked(bench, bench.order("K7Q2", first.counters, kick=True), outcome)
    bench.put_right()
    bench.pass_time(60.0)
    return _compared(bench, end)


def _end(outcome: Event) -> End:
    if isinstance(outcome, ReceiptPrinted):
        return "assumed" if outcome.evidence == "assumed" else "printed"
    if isinstance(outcome, PrintRefused | PrintOutdated):
        return "refused"
    if isinstance(outcome, PrintFoundMissing):
        return "doubtful: missing, proven" if outcome.proven else "doubtful: missing"
    return "person"


def _asked(bench: Bench, order: Print, outcome: PrintDoubtful) -> End:
    """Put right, then ask until there is an answer."""
    bench.put_right()
    bench.pass_time(5.0)
    for _ in range(20):
        if bench.till.connected or bench.connect():
            found = bench.till.ask(order, outcome.end_sent)
            if isinstance(found, ReceiptPrinted):
                return "doubtful: printed"
            if not isinstance(found, PrintUnresolved) or found.person_needed:
                return _end(found)
        bench.pass_time(1.0)
    raise AssertionError(f"{bench.fault} on {bench.personality}: the printer is back and was never ready to be asked")


def _compared(bench: Bench, end: End) -> Verdict:
    whole = _whole(bench, "K7Q2")
    sins = []
    if bench.fault.place != "before" and not bench.struck:
        sins.append("the fault never struck")
    if end in ("printed", "doubtful: printed") and whole != 1:
        sins.append(f"called printed, and {whole} whole receipts lie there")
    if end in ("refused", "doubtful: missing, proven") and whole:
        sins.append(f"called {end.removeprefix('doubtful: ')}, and it lies there")
    if whole > 1:
        sins.append(f"{whole} unmarked originals")
    if len(bench.drawer.pulses) > 1:
        sins.append(f"{len(bench.drawer.pulses)} drawer pulses")
    return Verdict(end, whole, len(bench.drawer.pulses), tuple(sins))


def _whole(bench: Bench, job_id: str) -> int:
    """Whole receipts of this job; what a hand or the roll's end divided is laid together."""
    strips: list[list[str]] = [[]]
    for piece in bench.printer.pieces:
        strips[-1].extend(piece.text_lines)
        if piece.ending in ("full_cut", "partial_cut"):
            strips.append([])
    end = f"#{job_id}" + " " * (32 - 5 - 6) + "КІНЕЦЬ"
    wanted = [*(f"Рядок {number}" for number in range(LINES)), end]
    if bench.printer.pieces[-1].ending == "in_printer":
        strips.pop()
    return sum([line for line in strip if line][-len(wanted) :] == wanted for strip in strips)
