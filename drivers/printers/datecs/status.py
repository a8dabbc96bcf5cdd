"""On the way back from a fiscal printer: status bytes to names, by the dialect's own table.

Only bit 7 is the same everywhere. Bit 0.5 is read as the device sent it and never worked out from the others: which
of them count as errors has changed between firmware versions. Sources: manual P v1.00BG, FP-3530T and PF-550 v1.36
(their differences), FP-700X v2.02, each in its section on status bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from drivers.printers.datecs.dialects import Dialect
from statemachines.vocabulary.events import PrinterCoverOpen, PrinterFault, PrinterPaperEnd, PrinterReady

Condition = PrinterReady | PrinterPaperEnd | PrinterCoverOpen | PrinterFault
Table = MappingProxyType[tuple[int, int], str]

_BG: Final[Table] = MappingProxyType(
    {
        (0, 6): "cover_open",
        (0, 5): "general_error",
        (0, 4): "mechanism",
        (0, 3): "no_display",
        (0, 2): "clock_unset",
        (0, 1): "invalid_command",
        (0, 0): "syntax",
        (1, 6): "tax_terminal_silent",
        (1, 5): "rotated_open",
        (1, 4): "return_open",
        (1, 3): "low_battery",
        (1, 2): "ram_reset",
        (1, 1): "not_allowed",
        (1, 0): "overflow",
        (2, 6): "journal_very_near_end",
        (2, 5): "nonfiscal_open",
        (2, 4): "journal_near_end",
        (2, 3): "fiscal_open",
        (2, 2): "journal_end",
        (2, 1): "low_paper",
        (2, 0): "no_paper",
        (4, 6): "overheated",
        (4, 5): "fiscal_memory_error",
        (4, 4): "fiscal_memory_full",
        (4, 3): "fiscal_memory_low",
        (4, 2): "numbers_set",
        (4, 1): "tax_number_set",
        (4, 0): "fiscal_memory_store_error",
        (5, 5): "fiscal_memory_read_error",
        (5, 4): "rates_set",
        (5, 3): "fiscalised",
        (5, 2): "last_closure_failed",
        (5, 1): "formatted",
        (5, 0): "fiscal_memory_read_only",
    }
)


def _with(table: Table, *, without: tuple[tuple[int, int], ...] = (), **bits: str) -> Table:
    """`table` with some bits renamed ("b15" is bit 1.5) and others left out."""
    changed = {bit: name for bit, name in table.items() if bit not in without}
    changed.update({(int(key[1]), int(key[2])): name for key, name in bits.items()})
    return MappingProxyType(changed)


_MK: Final = _with(
    _BG,
    without=((0, 6), (1, 6), (2, 6), (4, 6), (4, 1), (5, 2)),
    b15="cover_open",
    b14="ram_destroyed",
    b13="return_mark",
    b24="journal_roll_low",
    b22="journal_roll_end",
    b42="fiscal_memory_missing",
    b55="numbers_set",
)
_UA: Final = _with(
    _MK,
    without=((2, 4), (2, 2), (2, 1)),
    b15="service_open",
    b43="fiscal_memory_has_room",
    b54="serial_set",
    b52="last_closure_failed",
)
_X: Final = _with(
    _BG,
    without=((0, 3), (1, 6), (1, 5), (1, 4), (1, 3), (1, 2), (2, 6), (5, 5), (5, 2), (5, 0)),
    b46="fiscal_memory_missing",
)
TABLES: Final = MappingProxyType({"bg": _BG, "mk": _MK, "ua": _UA, "x": _X})

_FAULTS: Final = (
    ("fiscal_memory_missing", "its fiscal memory is missing or damaged: call the service", False),
    ("fiscal_memory_full", "its fiscal memory is full: call the service", False),
    ("fiscal_memory_error", "its fiscal memory reports an error: call the service", False),
    ("fiscal_memory_read_error", "its fiscal memory cannot be read: call the service", False),
    ("journal_end", "its electronic journal is full: call the service", False),
    ("journal_roll_end", "its journal roll is at its end: put in a new one", True),
    ("mechanism", "its printing mechanism or cutter is stuck: take out jammed paper, switch it off and on", True),
    ("overheated", "its print head is too hot and cools down", True),
    ("ram_destroyed", "it lost its working memory: the clock has to be set and the day checked", False),
    ("ram_reset", "it lost its working memory: the clock has to be set and the day checked", False),
    ("clock_unset", "its clock is not set", True),
)


@dataclass(frozen=True, slots=True)
class Status:
    """The names of all bits that are on (bit 7 left out), and the bytes they came from."""

    raw: bytes
    names: frozenset[str]

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @property
    def general_error(self) -> bool:
        """0.5: the last command failed, or something is the matter with the device."""
        return "general_error" in self.names

    @property
    def fiscal_open(self) -> bool:
        """A fiscal receipt is open, of either direction."""
        return bool(self.names & {"fiscal_open", "return_open"})

    @property
    def return_open(self) -> bool:
        """The open fiscal receipt is a return."""
        return "return_open" in self.names or {"return_mark", "fiscal_open"} <= self.names

    @property
    def nonfiscal_open(self) -> bool:
        return bool(self.names & {"nonfiscal_open", "service_open", "rotated_open"})

    @property
    def can_print(self) -> bool:
        """Nothing that a person has to put right keeps the mechanism from printing."""
        return not self.names & {"no_paper", "cover_open", "mechanism", "overheated", "journal_roll_end"}

    def condition(self) -> Condition:
        """The one thing to tell: an open cover hides what the paper sensor says, paper hides the rest."""
        if "cover_open" in self.names:
            return PrinterCoverOpen()
        if "no_paper" in self.names:
            return PrinterPaperEnd()
        for name, words, recoverable in _FAULTS:
            if name in self.names:
                return PrinterFault(words, recoverable=recoverable)
        return PrinterReady(paper_near_end=bool(self.names & {"low_paper", "journal_roll_low"}))


def read_status(dialect: Dialect, raw: bytes) -> Status:
    """The status bytes of an answer, six or eight. Bits that the dialect does not define are ignored."""
    return Status(raw, _names(dialect.status_table, raw))


@lru_cache(maxsize=64)
def _names(table: str, raw: bytes) -> frozenset[str]:
    """A device says the same again and again."""
    bits = TABLES[table].items()
    return frozenset(name for (byte, bit), name in bits if byte < len(raw) and raw[byte] >> bit & 1)
