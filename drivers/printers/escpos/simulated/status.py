"""At the paper's end of a sale: the printer's state as the bits it transmits.

Sources: Epson ESC/POS, DLE EOT n and GS a (ASB). One value feeds both, so that they cannot contradict each other;
the drawer's bit is the level of connector pin 3, whatever the drawer means by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    drawer_high: bool
    offline: bool
    cover_open: bool
    feeding: bool
    mechanical: bool
    cutter: bool
    unrecoverable: bool
    auto_recoverable: bool
    near_end: bool
    paper_end: bool

    @property
    def error(self) -> bool:
        return self.mechanical or self.cutter or self.unrecoverable or self.auto_recoverable

    @property
    def recoverable(self) -> bool:
        """DLE ENQ has something to recover from."""
        return (self.mechanical or self.cutter) and not self.unrecoverable

    @property
    def stopped_by(self) -> int:
        """Causes that the offline response names: 1 cover, 2 paper end, 4 error."""
        return int(self.cover_open) | self.paper_end << 1 | self.error << 2

    def asb(self) -> bytes:
        """The four bytes of automatic status."""
        first = 0x10 | self.drawer_high << 2 | self.offline << 3 | self.cover_open << 5 | self.feeding << 6
        third = (0x03 if self.near_end or self.paper_end else 0) | (0x0C if self.paper_end else 0)
        return bytes((first, self.feeding << 1 | self._errors(), third, 0x0F))

    def real_time(self, n: int) -> bytes:
        """The answer to DLE EOT n, n 1-4."""
        bits = {
            1: self.drawer_high << 2 | self.offline << 3 | self.feeding << 6,
            2: self.cover_open << 2 | self.feeding << 3 | self.paper_end << 5 | self.error << 6,
            3: self._errors(),
            4: (0x0C if self.near_end or self.paper_end else 0) | (0x60 if self.paper_end else 0),
        }
        return bytes((0x12 | bits[n],))

    def differs(self, other: PrinterStatus, mask: int) -> bool:
        """Whether an item that `mask` (GS a n) watches has changed."""
        mine, theirs = self._groups(), other._groups()
        return any(mask & bit and mine[bit] != theirs[bit] for bit in mine)

    def _errors(self) -> int:
        return self.mechanical << 2 | self.cutter << 3 | self.unrecoverable << 5 | self.auto_recoverable << 6

    def _groups(self) -> dict[int, tuple[bool, ...]]:
        return {
            0x01: (self.drawer_high,),
            0x02: (self.offline, self.cover_open, self.feeding),
            0x04: (self.mechanical, self.cutter, self.unrecoverable, self.auto_recoverable),
            0x08: (self.near_end, self.paper_end),
            0x40: (self.feeding,),
        }


@lru_cache(maxsize=1024)
def status_of(*bits: bool) -> PrinterStatus:
    """The status of these bits, in the order of its fields: the same object for the same bits, as it is asked often."""
    return PrinterStatus(*bits)
