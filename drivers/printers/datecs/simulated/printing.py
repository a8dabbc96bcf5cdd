"""At the paper's end of a simulated fiscal printer: head, roll, knife and sensors; every line takes its time.

Lines wait in battery-backed memory: after a power cut the printer prints a line that says so and then what was still
to come (manual P, "Power supply cut-off"). Times are seconds on the caller's clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from drivers.printers.escpos.simulated.paper import Ending, Piece, PrintedLine

POWER_DROP: Final = PrintedLine("* POWER DROP *", wide=True, bold=True)
_BLANK: Final = PrintedLine("")


@dataclass(slots=True)
class PaperDocument:
    """What one document put on paper. `printed` grows up to the number of its lines."""

    number: int
    kind: str
    lines: list[str] = field(default_factory=list)
    printed: int = 0

    @property
    def complete(self) -> bool:
        return self.printed == len(self.lines)


@dataclass(frozen=True, slots=True)
class _Line:
    mark: PrintedLine
    document: PaperDocument | None


@dataclass(frozen=True, slots=True)
class _Cut:
    pass


_Action = _Line | _Cut


class Printing:
    """`lines_per_second`, `cut_seconds`: as fast as that. `roll_lines` None: a roll without end."""

    def __init__(self, *, lines_per_second: float, cut_seconds: float, roll_lines: int | None, near_end: int) -> None:
        self.cover_open = False
        self.cutter_stuck = False
        self.hot_until: float | None = None
        self.jams = 0
        self.revision = 0
        self.lines_left = roll_lines
        self.lines = 0
        self.cuts = 0
        self._near_end = near_end
        self._line_seconds = 1 / lines_per_second
        self._cut_seconds = cut_seconds
        self._queue: deque[_Action] = deque()
        self._until: float | None = None
        self._interrupted = False
        self._pieces: list[Piece] = []
        self._hanging: list[PrintedLine] = []

    # --- state -------------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Lines that are not on paper yet."""
        return sum(1 for action in self._queue if isinstance(action, _Line))

    @property
    def busy(self) -> bool:
        return bool(self._queue)

    @property
    def no_paper(self) -> bool:
        return self.lines_left is not None and self.lines_left <= 0

    @property
    def low_paper(self) -> bool:
        return self.lines_left is not None and 0 < self.lines_left <= self._near_end

    @property
    def hot(self) -> bool:
        return self.hot_until is not None

    @property
    def stopped(self) -> bool:
        return self.cover_open or self.no_paper or self.cutter_stuck or self.hot

    def next_change(self) -> float | None:
        times = [at for at in (self._until, self.hot_until) if at is not None]
        return min(times, default=None)

    def pieces(self) -> tuple[Piece, ...]:
        hanging = any(mark.text for mark in self._hanging)
        return (*self._pieces, Piece(tuple(self._hanging), "in_printer")) if hanging else tuple(self._pieces)

    # --- orders ------------------------------------------------------------------------------------------------

    def put(self, text: str, document: PaperDocument | None, *, wide: bool = False, bold: bool = False) -> None:
        """A line of text; it counts as printed for `document` when it is out."""
        if document is not None:
            document.lines.append(text)
        self._queue.append(_Line(PrintedLine(text, wide=wide, bold=bold), document))

    def feed(self, lines: int) -> None:
        self._queue.extend(_Line(_BLANK, None) for _ in range(lines))

    def cut(self) -> None:
        self._queue.append(_Cut())

    def load(self, lines: int | None) -> None:
        """A new roll; what hung in the printer is torn off."""
        self.tear("roll_end" if self.no_paper else "torn")
        self.lines_left = lines

    def tear(self, ending: Ending = "torn") -> None:
        if self._hanging:
            self.revision += 1
            self._pieces.append(Piece(tuple(self._hanging), ending))
            self._hanging.clear()

    def power_off(self) -> None:
        """The line under way is lost; the rest waits."""
        self._interrupted = self._interrupted or self.busy
        self._until = self.hot_until = None
        self.cutter_stuck = False

    def power_on(self) -> None:
        if self._interrupted:
            self._interrupted = False
            self._queue.appendleft(_Line(POWER_DROP, None))

    def resume(self, *, lines_per_second: float, cut_seconds: float) -> None:
        """Out of a memory that outlived its device: as after a power cut."""
        self._line_seconds, self._cut_seconds = 1 / lines_per_second, cut_seconds
        self.power_off()
        self.power_on()

    def forget(self) -> None:
        """The memory of what is still to print is gone."""
        self._queue.clear()
        self._until = None
        self._interrupted = False

    # --- time --------------------------------------------------------------------------------------------------

    def step(self, now: float) -> bool:
        """Finish and begin what is due; whether anything happened (then call again)."""
        if self.hot_until is not None and now >= self.hot_until:
            self.hot_until = None
            return True
        if self._until is not None:
            if self.stopped:
                self._until = None
                return True
            if now < self._until:
                return False
            self._until = None
            self._finish()
            return True
        if not self._queue or self.stopped:
            return False
        self._until = now + (self._cut_seconds if isinstance(self._queue[0], _Cut) else self._line_seconds)
        return True

    def _finish(self) -> None:
        action = self._queue[0]
        if isinstance(action, _Cut):
            if self.jams:
                self.jams -= 1
                self.cutter_stuck = True
                return
            self.cuts += 1
            self.tear("full_cut")
        else:
            self.lines += 1
            self.revision += 1
            self._hanging.append(action.mark)
            if self.lines_left is not None:
                self.lines_left -= 1
            if action.document is not None:
                action.document.printed += 1
        self._queue.popleft()
