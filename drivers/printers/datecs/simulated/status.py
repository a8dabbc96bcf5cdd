"""In a simulated fiscal printer: its state as the status bytes of its dialect. Derived, never set by hand."""

from __future__ import annotations

from typing import Final

from drivers.printers.datecs.simulated.memory import Memory
from drivers.printers.datecs.simulated.personality import Personality
from drivers.printers.datecs.simulated.printing import Printing

#: Bits that count as errors: their OR is bit 0.5, or 4.5 for the second set (marked # and * in the manuals).
_GENERAL: Final = {
    "bg": ((0, 4), (0, 1), (0, 0), (1, 3), (1, 2), (1, 1), (2, 0)),
    "mk": ((0, 4), (0, 1), (0, 0), (1, 4), (1, 2), (1, 1), (2, 0), (4, 2)),
    "ua": ((0, 4), (0, 1), (0, 0), (1, 4), (1, 2), (1, 1), (2, 0), (4, 2)),
    "x": ((0, 4), (0, 1), (0, 0), (1, 1), (1, 0), (2, 0)),
}
_FISCAL: Final = ((4, 4), (4, 0), (5, 2), (5, 0))
#: What a healthy, fiscalised device always reports.
_ALWAYS: Final = {
    "bg": ((4, 2), (4, 1), (5, 4), (5, 3), (5, 1)),
    "mk": ((3, 3), (3, 1), (3, 0), (5, 5), (5, 4), (5, 3), (5, 1)),
    "ua": ((5, 5), (5, 4), (5, 3), (5, 1)),
    "x": ((4, 2), (4, 1), (5, 4), (5, 3), (5, 1)),
}
_FEW_REPORTS: Final = {"bg": 50, "mk": 50, "ua": 50, "x": 60}


def status_bytes(who: Personality, memory: Memory, printing: Printing, raised: tuple[int, int] | None = None) -> bytes:
    """`raised`: the bit of the command that was just refused."""
    on = set(_ALWAYS[who.status]) | _paper(who, printing) | _open(who, memory) | _memory(who, memory)
    if raised is not None:
        on.add(raised)
        if raised == (1, 0):
            on.add((1, 1))
    if on & set(_GENERAL[who.status]):
        on.add((0, 5))
    if on & set(_FISCAL):
        on.add((4, 5))
    return bytes(0x80 | sum(1 << bit for at, bit in on if at == place) for place in range(who.status_length))


def _paper(who: Personality, printing: Printing) -> set[tuple[int, int]]:
    old = who.status in {"mk", "ua"}
    on = {
        (1, 5) if who.status == "mk" else (0, 6): printing.cover_open and who.status != "ua",
        (0, 4): printing.cutter_stuck or (printing.hot and who.status != "bg"),
        (4, 6): printing.hot and not old and who.status != "x",
        (2, 1): printing.low_paper and who.status != "ua",
        (2, 0): printing.no_paper or (printing.cover_open and who.status == "ua"),
    }
    return {bit for bit, is_on in on.items() if is_on}


def _open(who: Personality, memory: Memory) -> set[tuple[int, int]]:
    on = set()
    if memory.nonfiscal:
        on.add((2, 5))
    if memory.receipt is not None:
        on.add((2, 3))
        if memory.receipt.kind == "return" and who.status != "x":
            on.add((1, 4) if who.status == "bg" else (1, 3))
    return on


def _memory(who: Personality, memory: Memory) -> set[tuple[int, int]]:
    rolls = who.status in {"mk", "ua"}
    left = memory.capacity - len(memory.closures)
    few = left < _FEW_REPORTS[who.status]
    on = {
        (0, 2): memory.clock_unset,
        (1, 2): memory.was_reset and who.status != "x",
        (2, 4): memory.journal_near_end and not rolls,
        (2, 2): memory.journal_full and not rolls,
        (4, 4): memory.full,
        # the Ukrainian device says that there is room, all others that there is little
        (4, 3): not few if who.status == "ua" else few,
    }
    return {bit for bit, is_on in on.items() if is_on}
