"""At the paper's end of a sale: head, motor, knife, roll and sensors; every movement takes its time.

Actions are done in order. One that is interrupted (cover, error) is begun again from its start; what lies on the
paper stays there. Times are seconds on the caller's clock, lengths are dots.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from drivers.printers.escpos.simulated.memory import Kept
from drivers.printers.escpos.simulated.odometer import Odometer
from drivers.printers.escpos.simulated.paper import Ending, Piece, Printed, PrintedImage, PrintedLine, paper_text
from drivers.printers.escpos.simulated.pictures import Bitmap

LINE_DOTS: Final = 30


@dataclass(frozen=True, slots=True)
class Feed:
    """Print `mark` (if any) while the paper moves by `dots`."""

    dots: int
    mark: Printed | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    full: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Something to say once everything before it is done. `kind` "process_id": only the newest one is kept."""

    kind: Literal["process_id", "answer"]
    say: Callable[[], None]


Action = Feed | Cut | Answer


class Mechanics:
    """`lines_per_second` of 30 dots; `roll_lines` None is a roll without end. `revision` grows with the paper.

    `paper_stops` False: nothing holds it up when the roll is at its end; what it prints then is on no paper.
    """

    def __init__(
        self,
        odometer: Odometer,
        *,
        lines_per_second: float,
        cut_seconds: float,
        roll_lines: int | None,
        near_end_lines: int,
        knife_dots: int,
        paper_stops: bool = True,
    ) -> None:
        self.odometer = odometer
        self.cover_open = False
        self.cutter_error = False
        self.mechanical_error = False
        self.unrecoverable = False
        self.hot_until: float | None = None
        self.feeding_until: float | None = None
        self.jams = 0
        self.revision = 0
        self._cut_seconds = cut_seconds
        self._dots_per_second = lines_per_second * LINE_DOTS
        self._left = None if roll_lines is None else roll_lines * LINE_DOTS
        self._near_end = near_end_lines * LINE_DOTS
        self._knife = knife_dots
        self._paper_stops = paper_stops
        self._queue: deque[Action] = deque()
        self._until: float | None = None
        self._feed_dots = 0
        self._pieces: list[Piece] = []
        self._texts: list[str] = []
        self._marks: list[tuple[int, Printed]] = []
        self._position = 0

    # --- state -------------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Movements that are not done yet (answers that wait for them not counted)."""
        return sum(1 for action in self._queue if not isinstance(action, Answer))

    @property
    def moving(self) -> bool:
        return self._until is not None

    @property
    def paper_end(self) -> bool:
        return self._left is not None and self._left <= 0

    @property
    def near_end(self) -> bool:
        return self._left is not None and self._left <= self._near_end

    @property
    def lines_left(self) -> int | None:
        return None if self._left is None else max(0, self._left) // LINE_DOTS

    @property
    def hot(self) -> bool:
        return self.hot_until is not None

    @property
    def error(self) -> bool:
        return self.cutter_error or self.mechanical_error or self.unrecoverable or self.hot

    @property
    def stopped(self) -> bool:
        """Nothing can be printed now: the printer is offline."""
        without = self.paper_end and self._paper_stops
        return self.cover_open or without or self.error or self.feeding_until is not None

    def next_change(self) -> float | None:
        times = [t for t in (self._until, self.hot_until, self.feeding_until) if t is not None]
        return min(times, default=None)

    def pieces(self) -> tuple[Piece, ...]:
        """All paper so far; the last piece is what still hangs in the printer, if anything was printed on it."""
        rest = tuple(mark for _, mark in self._marks)
        blank = all(isinstance(mark, PrintedLine) and not mark.text for mark in rest)
        return tuple(self._pieces) if blank else (*self._pieces, Piece(rest, "in_printer"))

    def text(self) -> str:
        """All paper so far, as `paper_text`; what came off the printer is put into words once only."""
        self._texts.extend(paper_text([piece]) for piece in self._pieces[len(self._texts) :])
        return "".join(self._texts) + paper_text(self.pieces()[len(self._pieces) :])

    def keep(self, graphics: Mapping[bytes, Bitmap]) -> Kept:
        """What there is without power, beside the `graphics`."""
        numbers = (self._position, self._left, *self.odometer.kept)
        return Kept(tuple(self._pieces), tuple(self._marks), *numbers, graphics)

    def recall(self, kept: Kept) -> None:
        """Paper and counters of a former life, which ended by a loss of power."""
        self._pieces, self._marks = list(kept.pieces), list(kept.hanging)
        self._position, self._left = kept.position, kept.left
        self.odometer.recall(kept.dots, kept.cuts, kept.saved_dots, kept.saved_cuts)
        self.revision += 1

    # --- orders ------------------------------------------------------------------------------------------------

    def put(self, action: Action) -> None:
        if isinstance(action, Answer) and action.kind == "process_id":
            self._forget_process_ids()
        self._queue.append(action)

    def clear(self) -> None:
        """Drop what is not begun; the movement that is under way is finished unless it stands still."""
        begun = self._queue[0] if self._queue and self._until is not None else None
        self._queue.clear()
        if begun is not None:
            self._queue.append(begun)

    def recover(self) -> None:
        """From a recoverable error; the action that failed is tried again."""
        self.cutter_error = self.mechanical_error = False

    def power_off(self) -> None:
        self._queue.clear()
        self._until = self.hot_until = self.feeding_until = None
        self.cutter_error = self.mechanical_error = self.unrecoverable = False
        self.odometer.power_off()

    def load_paper(self, lines: int | None) -> None:
        self.tear("roll_end" if self.paper_end else "torn")
        self._left = None if lines is None else lines * LINE_DOTS

    def tear(self, ending: Ending = "torn") -> None:
        """Take off what hangs in the printer."""
        if self._marks:
            self.revision += 1
            self._pieces.append(Piece(tuple(mark for _, mark in self._marks), ending))
            self._marks.clear()

    def press_feed(self, now: float, lines: int) -> None:
        if self.stopped or self._until is not None:
            return
        self._feed_dots = lines * LINE_DOTS
        self.feeding_until = now + self._feed_dots / self._dots_per_second

    def stop_movement(self) -> None:
        """The cover was opened or the motor stalled: what is under way begins again later."""
        self._until = None

    # --- time --------------------------------------------------------------------------------------------------

    def step(self, now: float) -> bool:
        """Finish and begin what is due at `now`; whether anything happened (then call again)."""
        happened = self._wear_off(now)
        if self._until is not None:
            if now < self._until:
                return happened
            self._until = None
            self._finish(self._queue[0])
            return True
        if not self._queue or self.stopped:
            return happened
        action = self._queue[0]
        if isinstance(action, Answer):
            self._queue.popleft()
            action.say()
            return True
        seconds = self._cut_seconds if isinstance(action, Cut) else action.dots / self._dots_per_second
        self._until = now + seconds
        return True

    def _wear_off(self, now: float) -> bool:
        happened = False
        if self.hot_until is not None and now >= self.hot_until:
            self.hot_until, happened = None, True
        if self.feeding_until is not None and now >= self.feeding_until:
            self.feeding_until, happened = None, True
            self._move(self._feed_dots)
        return happened

    def _finish(self, action: Action) -> None:
        if isinstance(action, Cut):
            if self.jams:
                self.jams -= 1
                self.cutter_error = True
                return
            self._cut(action.full)
        elif isinstance(action, Feed):
            self._print(action)
        self._queue.popleft()

    def _print(self, action: Feed) -> None:
        nothing_there = self.paper_end
        self._move(action.dots)
        if action.mark is None or nothing_there:
            return
        self.revision += 1
        if self._marks and isinstance(action.mark, PrintedImage):
            last = self._marks[-1][1]
            if isinstance(last, PrintedImage) and last.number == action.mark.number:
                self._marks[-1] = (self._position, replace(last, rows=last.rows + action.mark.rows))
                return
        self._marks.append((self._position, action.mark))

    def _move(self, dots: int) -> None:
        self._position += dots
        self.odometer.feed(dots)
        if self._left is not None:
            self._left = max(0, self._left - dots)

    def _cut(self, full: bool) -> None:
        self.odometer.cut()
        self.revision += 1
        edge = self._position - self._knife
        gone = tuple(mark for bottom, mark in self._marks if bottom <= edge)
        self._marks = [(bottom, mark) for bottom, mark in self._marks if bottom > edge]
        if gone:
            self._pieces.append(Piece(gone, "full_cut" if full else "partial_cut"))

    def _forget_process_ids(self) -> None:
        kept = [a for a in self._queue if not (isinstance(a, Answer) and a.kind == "process_id")]
        self._queue = deque(kept)
