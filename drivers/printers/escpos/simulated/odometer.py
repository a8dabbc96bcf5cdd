"""At the paper's end of a sale: the printer's maintenance counters (GS g 2), which outlive a power cut.

Source: Epson ESC/POS, GS g 0 and GS g 2: 20/148 lines fed, 50/178 cuts, 70/198 hours; the numbers below 128 can
be reset, those above are cumulative. "Values may deviate when power is lost": `lag` is that deviation.
"""

from __future__ import annotations

from typing import Final

_LINE_DOTS: Final = 30
_SAVED_EVERY_LINES: Final = 16
_CUMULATIVE: Final = 128


class Odometer:
    """Counts in dots and cuts. With `lag`, non-volatile memory holds lines in sixteens and the cuts but the last."""

    def __init__(self, *, lines: int = 0, cuts: int = 0, lag: bool = False) -> None:
        self._dots = lines * _LINE_DOTS
        self._cuts = cuts
        self._seconds = 0.0
        self._lag = lag
        self._saved_dots, self._saved_cuts = self._dots, self._cuts
        self._reset_at = {20: 0, 50: 0, 70: 0}

    @property
    def lines(self) -> int:
        return self._dots // _LINE_DOTS

    @property
    def cuts(self) -> int:
        return self._cuts

    def feed(self, dots: int) -> None:
        self._dots += dots
        step = _SAVED_EVERY_LINES * _LINE_DOTS
        if self._dots - self._saved_dots >= step:
            self._saved_dots = self._dots // step * step

    def cut(self) -> None:
        self._saved_cuts = self._cuts
        self._cuts += 1

    def run(self, seconds: float) -> None:
        self._seconds += seconds

    def power_off(self) -> None:
        if self._lag:
            self._dots, self._cuts = self._saved_dots, self._saved_cuts
        self._saved_dots, self._saved_cuts = self._dots, self._cuts

    @property
    def kept(self) -> tuple[int, int, int, int]:
        """Dots and cuts, and what of them is saved."""
        return self._dots, self._cuts, self._saved_dots, self._saved_cuts

    def recall(self, dots: int, cuts: int, saved_dots: int, saved_cuts: int) -> None:
        """The counters of a former life, as `kept` gave them; without `lag` none of it is lost."""
        self._dots, self._cuts, self._saved_dots, self._saved_cuts = dots, cuts, saved_dots, saved_cuts
        self.power_off()

    def reset(self, number: int) -> None:
        """GS g 0: only the resettable counters; others are ignored."""
        if number in self._reset_at:
            self._reset_at[number] = self._total(number)

    def read(self, number: int) -> int | None:
        """GS g 2: the value, or None for a counter this printer does not keep."""
        base = number - _CUMULATIVE if number >= _CUMULATIVE else number
        if base not in self._reset_at:
            return None
        total = self._total(base)
        return total if number >= _CUMULATIVE else total - self._reset_at[base]

    def _total(self, base: int) -> int:
        return {20: self.lines, 50: self._cuts, 70: int(self._seconds // 3600)}[base]
