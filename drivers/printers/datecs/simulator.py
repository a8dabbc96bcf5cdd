"""At the paper's end of a sale: a whole Datecs fiscal printer without the metal. Bytes in, bytes out, books, paper.

It obeys the manuals (P v1.00BG, X v2.02, PF-550 v1.36, public drivers for the Ukrainian devices) and shares no code
with the driver. Sans-I/O: `run_until` moves its time, `next_change` says when it has something to do by itself.

What is modelled:
- Frames of either envelope, NAK for bad ones, noise ignored, SYN every 60 ms while busy, the SEQ rule to the letter.
- Fiscal and non-fiscal receipts, returns, cash, reports, programmed items, clock, operators that lock after three wrong
  passwords, the 24 hour limit, counters, journal and fiscal memory; status bytes are derived from all that.
- An order is carried out as a whole when its last byte is in; its lines are printed afterwards, line by line. With no
  paper (open cover, stuck cutter, hot head) what is already accepted waits and new orders that print are refused.
- Without power it keeps everything but what is on the wire; then it prints a line that says so and goes on. Whether it
  still knows the last SEQ after that, no manual says: `keeps_last_answer` chooses, the unkind case is the default.
- A memory reset keeps fiscal memory and journal only.
Acts of a person beside it happen at the time of the last `run_until`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from drivers.drawers.simulator import DrawerPulse
from drivers.printers.datecs.simulated.faults import WIRE_FAULTS
from drivers.printers.datecs.simulated.machine import RegisterMachine
from drivers.printers.datecs.simulated.memory import Closure, JournalDocument
from drivers.printers.datecs.simulated.printing import PaperDocument
from drivers.printers.datecs.simulated.receipt import FiscalDocument
from drivers.printers.datecs.simulated.status import status_bytes
from drivers.printers.escpos.simulated.paper import Piece, paper_text

#: Faults of the device itself -> what they do, the value they have when none is told, what it means.
STATE_FAULTS: Final = MappingProxyType(
    {
        "paper_end": ("the paper ends after so many more lines", 0, "lines"),
        "near_end": ("the roll is nearly at its end", 1, ""),
        "cover_open": ("the cover is open", 1, ""),
        "cutter_jam": ("so many cuts jam", 1, "cuts"),
        "overheat": ("the head is too hot for so many seconds", 5, "s"),
        "fm_full": ("the fiscal memory is full", 1, ""),
        "ej_full": ("the electronic journal is full", 1, ""),
        "ej_near_end": ("the electronic journal is nearly full", 1, ""),
        "clock_unset": ("the clock is not set", 1, ""),
        "day_exceeded": ("the first receipt of the day is older than 24 hours", 1, ""),
        "ram_reset": ("its working memory is lost", 1, ""),
        "power_off": ("it has no power", 1, ""),
    }
)
#: Every fault by name.
FAULTS: Final = MappingProxyType({**STATE_FAULTS, **WIRE_FAULTS})


@dataclass(frozen=True, slots=True)
class Books:
    """What the device could prove: fiscal and cancelled documents, Z reports, paper, money, pulses.

    `document`: the last global number. `cash`: what the register counts. `papers`: documents as they came out, each
    with the number of its lines that are on paper.
    """

    fiscal: tuple[FiscalDocument, ...]
    cancelled: tuple[FiscalDocument, ...]
    closures: tuple[Closure, ...]
    journal: tuple[JournalDocument, ...]
    papers: tuple[PaperDocument, ...]
    pulses: tuple[DrawerPulse, ...]
    document: int
    cash: int
    open_receipt: bool


class SimulatedRegister(RegisterMachine):
    """One device. `personality`: a row or its name (bg, c, ua, mk, sy55, x); `now`: the clock's present second.

    `clock`: what its own clock shows then. `roll_lines`: lines of paper, None for no end. `work`: how long its
    electronics take, as a factor. `closures_left`: Z reports that the fiscal memory still takes. `seed`: for noise and
    fragments. `memory`: of the device that this one goes on as, as its own `memory` tells it. `on_unplug` is called by
    the unplug faults. Raises KeyError for an unknown personality, ValueError for a memory that is none of its own.
    """

    @property
    def books(self) -> Books:
        memory = self._memory
        return Books(
            fiscal=tuple(memory.fiscal),
            cancelled=tuple(memory.cancelled),
            closures=tuple(memory.closures),
            journal=tuple(memory.journal),
            papers=tuple(self._register.papers),
            pulses=tuple(self.drawer.pulses) if self.drawer is not None else (),
            document=memory.document,
            cash=memory.cash,
            open_receipt=memory.receipt is not None,
        )

    @property
    def status(self) -> bytes:
        """The status bytes as it would send them now."""
        return status_bytes(self.personality, self._memory, self._printing)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All paper that ever came out, in order; the last may still hang in the printer."""
        return self._printing.pieces()

    @property
    def revision(self) -> int:
        """Grows whenever the paper has changed."""
        return self._printing.revision

    def paper_text(self) -> str:
        return paper_text(self.pieces)

    @property
    def lines_left(self) -> int | None:
        return self._printing.lines_left

    @property
    def lines(self) -> int:
        return self._printing.lines

    @property
    def cuts(self) -> int:
        return self._printing.cuts

    # --- hands -------------------------------------------------------------------------------------------------

    def fault(self, name: str, value: int | None = None) -> None:
        """Set a fault; 0 ends it (a paper end is ended by `load_paper`).

        Raises KeyError for an unknown name, ValueError for a negative value.
        """
        if name in WIRE_FAULTS:
            self.faults.set(name, value)
            if name == "terminal" and (code := self.faults.use(name)):
                self._firmware.card_terminal(-code)
            return
        default = STATE_FAULTS[name][1]
        if value is not None and value < 0:
            raise ValueError(f"the fault {name} takes no negative value")
        self._states()[name](default if value is None else value)
        self._settle()

    def load_paper(self, lines: int | None = None) -> None:
        """A new roll; what hung in the printer is torn off."""
        self._printing.load(lines)
        self._settle()

    def tear_off(self) -> None:
        self._printing.tear()

    def open_cover(self) -> None:
        self._printing.cover_open = True
        self._settle()

    def close_cover(self) -> None:
        self._printing.cover_open = False
        self._settle()

    def press_feed(self, lines: int = 1) -> None:
        if self._powered and not self._printing.stopped and not self._printing.busy:
            self._printing.feed(lines)
            self._settle()

    def clear_jam(self) -> None:
        """The jammed paper is taken out; the cut is tried again."""
        self._printing.cutter_stuck = False
        self._settle()

    # --- inside ------------------------------------------------------------------------------------------------

    def _states(self) -> dict[str, Callable[[int], None]]:
        memory, printing = self._memory, self._printing
        return {
            "paper_end": self._paper_end,
            "near_end": lambda value: self._paper_end(10 if value else 10_000),
            "cover_open": lambda value: setattr(printing, "cover_open", value > 0),
            "cutter_jam": lambda value: setattr(printing, "jams", value),
            "overheat": lambda value: setattr(printing, "hot_until", self._now + value if value else None),
            "fm_full": lambda value: setattr(memory, "capacity", len(memory.closures) if value else 1825),
            "ej_full": lambda value: setattr(memory, "journal_capacity", len(memory.journal) if value else 100_000),
            "ej_near_end": lambda value: setattr(
                memory, "journal_capacity", len(memory.journal) + 10 if value else 100_000
            ),
            "clock_unset": lambda value: setattr(memory, "clock_unset", value > 0),
            "day_exceeded": lambda value: setattr(memory, "day_exceeded", value > 0),
            "ram_reset": lambda value: self._register.forget() if value else None,
            "power_off": lambda value: self.power_off() if value else self.power_on(),
        }

    def _paper_end(self, lines: int) -> None:
        self._printing.lines_left = lines
