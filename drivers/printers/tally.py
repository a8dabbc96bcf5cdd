"""Behind a print job: what a printer has put on paper, counted where its driver laid the job out.

Counted when the job is known to be on paper, whole: what stands on the paper of a job that failed nobody knows. Names
as in UnifiedPOS (JposStatisticsConst): ReceiptLinePrintedCount, ReceiptCharacterPrintedCount, ReceiptLineFeedCount,
BarcodePrintedCount, PaperCutCount, NVRAMWriteCount.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True)
class Amounts:
    """Of one job. `lines` of text, drawn ones too, and their `characters`; `feeds` of a line; `barcodes` with QR codes,
    made or drawn; `cuts` of the knife."""

    lines: int = 0
    characters: int = 0
    feeds: int = 0
    barcodes: int = 0
    cuts: int = 0

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Amounts)))


NOTHING: Final = Amounts()


class PaperTally:
    """The sum since the driver was made. Written by the port's thread, read by any.

    `nvram_writes`: pictures that the printer was given to keep.
    """

    def __init__(self) -> None:
        self._sum = Amounts()
        self._writes = 0
        self._lock = threading.Lock()

    def printed(self, amounts: Amounts) -> None:
        """A job is on paper."""
        with self._lock:
            self._sum += amounts

    def kept(self) -> None:
        """Something was written to the printer's memory."""
        with self._lock:
            self._writes += 1

    @property
    def sum(self) -> Amounts:
        with self._lock:
            return self._sum

    @property
    def nvram_writes(self) -> int:
        with self._lock:
            return self._writes
