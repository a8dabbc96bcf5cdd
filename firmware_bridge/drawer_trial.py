"""Beside a sale's way: a technician opens a drawer once, to see whether it does and what its switch says.

Works with any driver, through the events that the till would get. It sends one pulse, when the person has agreed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

from drivers.drawers.base import CashDrawer, SenseLevel
from drivers.drawers.trigger_box.boxes import LineName
from drivers.drawers.trigger_box.driver import TriggerBox
from drivers.ports.base import Clock, Lines
from drivers.printers.base import Report
from firmware_bridge.progress import QUIET, Progress
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerKickDropped, DrawerKicked, DrawerSensed, Event

Result = Literal["opened", "unseen", "did_not_open", "open_already", "refused", "not_connected", "called_off"]

_LOOK_S: Final = 1.0  # every way of telling has told by then
_REST_S: Final = 0.5
_TURN_S: Final = 0.25
_TTL_S: Final = 4.0
_QUESTION: Final = "Drawer {drawer} will open now. Type yes: "
_NAMES: Final[tuple[LineName, ...]] = ("cts", "dsr", "dcd", "ri")

#: Why a drawer stays shut, the most frequent first.
REASONS: Final = (
    "it is locked with its key: unlock it",
    "a banknote or coin jams it: open it with the key and look",
    "the cable is of another make (Epson, Star and APG have the pins elsewhere), or not in all the way",
    "a drawer for 24 V hangs on 12 V: compare the labels of both sides",
    "the pulse is too short for its latch",
)
AT_A_PRINTER: Final = (
    "it hangs on the printer's other drive: try pin = 5 instead of 2, or the other way round",
    "the printer was offline: load paper, close its cover",
)
AT_A_BOX: Final = ("the box has no power, or is another one than configured",)
NO_SWITCH: Final = (
    "Its switch is not wired, or the cable does not have that wire: the till takes the drawer for open after every "
    "pulse and knows nothing of it later (CapStatus is false)."
)


class Person(Protocol):
    """Who stands at the drawer."""

    def ask(self, question: str) -> str:
        """What was typed, without the line's end."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The drawer on trial. `make`: its driver, for a level of the switch and a report. `level`: as it is configured.

    `patience_s`: how long it may have to rest or charge before a pulse. `confirm_s`: from the pulse until its switch
    must have told. `line`: where it tells, for a box that tells on a modem line. `more`: further reasons why it may
    stay shut.
    """

    drawer_id: str
    make: Callable[[SenseLevel, Report], CashDrawer]
    clock: Clock
    level: SenseLevel
    pulse_ms: int = 100
    patience_s: float = 3.0
    confirm_s: float = 3.0
    line: LineName | None = None
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """`text` in plain words; `advice`: what to look at; `after_ms`: from the pulse to the switch, when it told."""

    result: Result
    text: str
    advice: tuple[str, ...] = ()
    after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned. `level` None: nothing; "none": no switch is wired. `line`: the modem line that moved."""

    outcome: Outcome
    level: SenseLevel | None = None
    line: LineName | None = None


_CALLED_OFF: Final = Outcome("called_off", "It was called off; nothing was sent.")


def try_once(subject: Subject, person: Person, *, sure: bool, progress: Progress = QUIET) -> Outcome:
    """Open it once and say what happened. `sure`: without asking."""
    with closing(_Trial(subject, person, progress)) as trial:
        return trial.begin(subject.level) or _try(trial, sure=sure)


def learn(subject: Subject, person: Person, *, sure: bool, progress: Progress = QUIET) -> Lesson:
    """Find out what its switch says: shut, one pulse, open, shut. `sure`: the pulse is not asked for."""
    with closing(_Trial(subject, person, progress)) as trial:
        outcome = trial.begin("high")
        return Lesson(outcome) if outcome is not None else _learn(trial, sure=sure)


class _Trial:
    """One drawer, one person, what was heard."""

    def __init__(self, subject: Subject, person: Person, progress: Progress) -> None:
        self.progress = progress
        self.subject = subject
        self.person = person
        self.heard: list[tuple[float, bool]] = []
        self._drawer: CashDrawer | None = None

    def begin(self, level: SenseLevel) -> Outcome | None:
        """Connect, taking `level` for open, and look around; why that is not possible."""
        self.close()
        self.heard.clear()
        self.progress.begin("connecting to the drawer")
        drawer = self._drawer = self.subject.make(level, self._hear)
        if not drawer.connect():
            text = f"It is not connected: {drawer.trouble}; nothing was sent."
            return Outcome("not_connected", text, ("if the till runs, it has the port: stop it first",))
        self.look(_LOOK_S)
        return None

    def close(self) -> None:
        if self._drawer is not None:
            self._drawer.close()

    def _hear(self, event: Event) -> None:
        if isinstance(event, DrawerSensed):
            self.heard.append((self.subject.clock.monotonic(), event.open))

    @property
    def drawer(self) -> CashDrawer:
        if self._drawer is None:
            raise RuntimeError("the trial has not begun")
        return self._drawer

    @property
    def is_open(self) -> bool | None:
        """What the switch told last."""
        return self.heard[-1][1] if self.heard else None

    @property
    def lines(self) -> Lines | None:
        """All modem lines as they were seen last, for a box that tells on one."""
        return self.drawer.lines if isinstance(self.drawer, TriggerBox) else None

    def look(self, seconds: float) -> None:
        clock = self.subject.clock
        end = clock.monotonic() + seconds
        while self.drawer.connected and (left := end - clock.monotonic()) > 0:
            self.drawer.watch(min(left, _TURN_S))
            self.progress.tick()

    def agrees(self, question: str) -> bool:
        return self.person.ask(question).strip().lower() in ("y", "yes")

    def pulse(self) -> tuple[float, str]:
        """Send one pulse, as soon as the coil may have it: when it left, and why none did."""
        subject = self.subject
        end = subject.clock.monotonic() + subject.patience_s
        self.progress.begin(f"waiting until it may be opened, at most {subject.patience_s:.0f} s")
        while True:
            now = subject.clock.monotonic()
            order = Kick(subject.drawer_id, subject.pulse_ms, int((now + _TTL_S) * 1000))
            answer = self.drawer.kick(order)
            if isinstance(answer, DrawerKicked):
                return now, ""
            reason = answer.reason if isinstance(answer, DrawerKickDropped) else f"an answer without sense: {answer}"
            if now >= end or not self.drawer.connected or "nothing was sent" not in reason:
                return now, reason
            self.look(_TURN_S)

    def opening(self, since: float, lines: Lines | None = None) -> float | None:
        """When the switch told "open", or any line moved; None when neither happened in time."""
        clock = self.subject.clock
        end = since + self.subject.confirm_s
        self.progress.begin(f"waiting for its switch, at most {self.subject.confirm_s:.0f} s")
        while True:
            told = next((at for at, is_open in self.heard if at >= since and is_open), None)
            if told is not None or (lines is not None and self.lines not in (None, lines)):
                return told if told is not None else clock.monotonic()
            left = end - clock.monotonic()
            if left <= 0 or not self.drawer.connected:
                return None
            self.drawer.watch(min(left, _TURN_S))
            self.progress.tick()


def _try(trial: _Trial, *, sure: bool) -> Outcome:
    subject = trial.subject
    if trial.is_open:
        return Outcome(
            "open_already",
            "It is open, or its switch is configured the wrong way round; nothing was sent.",
            ("if it is open, push it shut and try again", "if it is shut, run `drawer learn`"),
        )
    if not sure and not trial.agrees(_QUESTION.format(drawer=subject.drawer_id)):
        return _CALLED_OFF
    kicked_at, refusal = trial.pulse()
    if refusal:
        return Outcome("refused", refusal)
    if subject.level == "none":
        return _by_the_eye(trial, sure=sure)
    moved_at = trial.opening(kicked_at)
    if moved_at is None:
        text = f"One pulse was sent, and within {subject.confirm_s:.0f} s its switch showed no opening."
        return Outcome("did_not_open", text, (*subject.more, *REASONS, "its switch is not wired: run `drawer learn`"))
    after_ms = round((moved_at - kicked_at) * 1000)
    return Outcome("opened", f"It opened: its switch told so {after_ms} ms after the pulse.", (), after_ms)


def _by_the_eye(trial: _Trial, *, sure: bool) -> Outcome:
    trial.look(_REST_S)
    if sure:
        return Outcome("unseen", "One pulse was sent. No switch is configured, so nobody can know what it did.")
    if trial.agrees("Did it open? Type yes or no: "):
        return Outcome("opened", "It opened, as you say. No switch is configured, so the till cannot know.")
    return Outcome("did_not_open", "One pulse was sent, and it did not open.", (*trial.subject.more, *REASONS))


def _learn(trial: _Trial, *, sure: bool) -> Lesson:
    subject = trial.subject
    level: SenseLevel = "high"
    trial.person.ask("Push the drawer shut, then press Enter: ")
    trial.look(_LOOK_S)
    if trial.is_open:
        # It is shut and reads HIGH: no driver pulses a drawer that it takes for open.
        level = "low"
        if (outcome := trial.begin(level)) is not None:
            return Lesson(outcome)
    lines_shut = trial.lines
    if not sure and not trial.agrees(_QUESTION.format(drawer=subject.drawer_id)):
        return Lesson(_CALLED_OFF)
    kicked_at, refusal = trial.pulse()
    if refusal:
        return Lesson(Outcome("refused", refusal))
    moved_at = trial.opening(kicked_at, lines_shut)
    trial.look(_REST_S)
    line = _moved_line(subject.line, lines_shut, trial.lines)
    if not trial.agrees("Is the drawer open now? Type yes or no: "):
        text = "One pulse was sent, and it did not open, so nothing was learned."
        return Lesson(Outcome("did_not_open", text, (*subject.more, *REASONS)))
    if moved_at is None or (line is None and not trial.is_open):
        return Lesson(Outcome("opened", f"It opened, and no switch told so. {NO_SWITCH}"), "none")
    after_ms = round((moved_at - kicked_at) * 1000)
    if line is not None and trial.lines is not None:
        level = "high" if getattr(trial.lines, line) else "low"
    return _shut_again(trial, Lesson(Outcome("opened", "", (), after_ms), level, line), lines_shut)


def _shut_again(trial: _Trial, lesson: Lesson, lines_shut: Lines | None) -> Lesson:
    """A switch that tells of an opening and not of the closing is not to be relied on."""
    trial.person.ask("Push it shut again, then press Enter: ")
    trial.look(_LOOK_S)
    outcome, line = lesson.outcome, lesson.line
    if _stands_open(trial, line, lines_shut):
        text = "It opened and its switch told so, but not that it was shut again, so nothing was learned."
        advice = ("push it shut all the way and learn again", "the contact of its switch may stick")
        return Lesson(replace(outcome, text=text, advice=advice))
    where = f" (line {line.upper()})" if line is not None else ""
    text = f"It opened, and its switch told so {outcome.after_ms} ms after the pulse{where}: {lesson.level} is open."
    return replace(lesson, outcome=replace(outcome, text=text))


def _stands_open(trial: _Trial, line: LineName | None, lines_shut: Lines | None) -> bool:
    if line is None:
        return trial.is_open is not False
    return getattr(trial.lines, line) is not getattr(lines_shut, line)


def _moved_line(configured: LineName | None, before: Lines | None, now: Lines | None) -> LineName | None:
    """The configured one of the lines that moved, or the first that did."""
    if before is None or now is None:
        return None
    moved = [name for name in _NAMES if getattr(before, name) is not getattr(now, name)]
    return configured if configured in moved else next(iter(moved), None)
