"""A print job on its way through the port: sent to the last byte, then confirmed as well as the printer can.

A partial write is resumed at its byte, never restarted. Paper end and open cover stop the clock, not the job: the
printer goes on with the next line by itself, and so do we.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from drivers.errors import Unanswered
from drivers.printers.escpos import commands
from drivers.printers.escpos.dialogue import Dialogue
from drivers.printers.escpos.encode import Job
from drivers.printers.escpos.settings import EscPosSettings, Times

_PIECE = 512
_LOOK = 0.25
_RECOVERIES = 3
_MISSES = 3
_FIRST_OF_TEXT = 0x20


#: Hears how many bytes of a job have left, of how many.
OnSent = Callable[[int, int], None]


def nobody(_sent: int, _whole: int) -> None:
    """Where nobody wants to hear it."""


def longest(job: Job, times: Times) -> float:
    """Seconds until a slow printer has the whole job out, from its first byte on."""
    return max(len(job.data) * times.byte, 2 * job.lines * times.line + times.cut)


class Transfer:
    """One job under way. `sent` counts the bytes that certainly left, `reached` those that may have left.

    `interrupted`: the paper is in pieces. `past_end`: it was without paper and did not stop. `held`: the printer was
    offline or took nothing for a while. `send`, `wait` and `check_paper` raise Unanswered when the printer cannot be
    followed any more, PortLost and Stopped.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        settings: EscPosSettings,
        job: Job,
        on_kick: Callable[[], None],
        on_sent: OnSent = nobody,
    ) -> None:
        self.sent = 0
        self.reached = 0
        self.interrupted = False
        self.held = False
        self.past_end = False
        self._dialogue = dialogue
        self._settings = settings
        self._times = settings.times
        self._job = job
        self._on_kick = on_kick
        self._on_sent = on_sent
        # The END line is never the first command of a job.
        self._before_end = job.boundaries[bisect_right(job.boundaries, job.end_sent_at) - 2]
        self._missed = 0
        self._balance = dialogue.roll.asked - dialogue.roll.answered
        self._recoveries = 0
        self._heard = dialogue.quiet_since
        self._last_look = dialogue.now()
        self._mute = settings.confirm == "none"

    @property
    def asks(self) -> int:
        """How many questions for the status the job takes along."""
        return len(self._job.questions)

    @property
    def end_sent(self) -> bool | None:
        """Whether the last byte of the END line left the till; None when the port broke just there."""
        if self.sent >= self._job.end_sent_at:
            return True
        return False if self.reached < self._job.end_sent_at else None

    @property
    def in_command(self) -> bool:
        """Is it given up in the middle of a command?"""
        return self.sent not in (0, *self._job.boundaries)

    def send(self) -> None:
        """Send what is not sent yet."""
        job, dialogue = self._job, self._dialogue
        progress = dialogue.now()
        while self.sent < len(job.data):
            if dialogue.status.offline and self._may_speak():
                self._hold()
                progress = dialogue.now()
            end = self._piece_end()
            self.reached = end
            # a question that was taken in part is ended first, or the next bytes would be taken for its rest
            taken = dialogue.write(job.data[self.sent : end], _LOOK) if dialogue.send(b"") else 0
            self._count(taken)
            self._on_sent(self.sent, len(job.data))
            dialogue.pump(0.0)
            self._check_error()
            if taken or dialogue.status.offline:
                self._note_interruption()
                progress = dialogue.now()
            elif dialogue.pace.stalled(progress, self._times.write_stall):
                self.held = True
                self._stalled()
                progress = dialogue.now()

    def _count(self, taken: int) -> None:
        before = self.sent
        self.sent += taken
        self.reached = self.sent
        asked = bisect_right(self._job.questions, self.sent) - bisect_right(self._job.questions, before)
        if asked:
            self._dialogue.roll.ask(1, asked)
        if before < self._job.kick_sent_at <= self.sent:
            self._on_kick()

    def _may_speak(self) -> bool:
        """Between two commands or inside a line of text: only there may a real-time command stand for sure."""
        at = bisect_right(self._job.boundaries, self.sent) - 1
        begun = self._job.data[self._job.boundaries[at] if at >= 0 else 0 : self.sent]
        return not begun or min(begun) >= _FIRST_OF_TEXT

    def _piece_end(self) -> int:
        limit = self.sent + _PIECE
        if self.sent < self._before_end < limit:
            # When the port breaks, a piece may be out or not: that must leave no doubt about the END line.
            return self._before_end
        at = bisect_right(self._job.boundaries, limit) - 1
        end = self._job.boundaries[at] if at >= 0 else limit
        return end if end > self.sent else limit

    def _stalled(self) -> None:
        """No byte was taken for long and no status says why."""
        if self._mute:
            raise self._lost("it takes no more bytes")
        if not self._may_speak():
            raise self._lost("it takes no more bytes in the middle of a command and does not say why")
        self._look_once()
        if not self._dialogue.status.offline and self._missed == 0:
            raise self._lost("it says that it is ready but takes no more bytes")

    def _hold(self) -> None:
        """Offline: keep the tail until the printer goes on; no limit as long as it answers."""
        self.held = True
        self._note_interruption()
        while self._dialogue.status.offline:
            self._dialogue.pump(_LOOK)
            self._check_error()
            self.heartbeat()
            self._note_interruption()

    def _note_interruption(self) -> None:
        status = self._dialogue.status
        self.interrupted = self.interrupted or status.without_paper
        self.past_end = self.past_end or (status.paper_end and not status.offline)

    def check_paper(self) -> None:
        """Behind the job: did the paper last? Raises Unanswered when the printer went on without."""
        if self._mute:
            return
        if not self._dialogue.status.auto_seen:
            self._dialogue.real_time(4)
        self._note_interruption()
        if self._dialogue.prints_on_without_paper():
            self.past_end = True
            raise self._lost("it went on without paper, so a part of the receipt is on no paper")

    @property
    def missing(self) -> int:
        """How many questions for the status, in the job or beside it, are without answer."""
        return max(0, self._dialogue.roll.asked - self._dialogue.roll.answered - self._balance)

    @property
    def gap(self) -> bool:
        """Did a question of the job stay without answer, and it went on? Silence at the end alone is none."""
        return bool(self._job.questions) and self.missing > self._dialogue.roll.since

    def unanswered(self) -> int:
        """Behind the job: how many answers are missing for good."""
        deadline = self._dialogue.now() + self._times.status
        while self.missing and self._dialogue.now() < deadline:
            self._dialogue.pump(deadline - self._dialogue.now())
        return self.missing

    def heartbeat(self) -> None:
        """Ask whether it is still there, when that is due."""
        dialogue = self._dialogue
        if self._mute or not self._may_speak():
            return
        dialogue.glance()
        if dialogue.now() - max(self._last_look, dialogue.quiet_since) < self._times.heartbeat:
            return
        self._look_once()

    def _look_once(self) -> None:
        dialogue, status = self._dialogue, self._dialogue.status
        self._last_look = dialogue.now()
        was_offline = status.auto_seen and status.auto_offline
        answered = dialogue.real_time(1) is not None
        if not answered and dialogue.asleep:
            # Whether it lost its power meanwhile shows when it takes something again.
            return
        if not answered and dialogue.quiet_since == self._heard:
            # A question may stand behind data that the wire holds back while the printer is busy. Offline it takes
            # none of them, and nobody knows for how long: then its silence counts.
            self._missed += status.offline or not dialogue.pace.behind
            if self._missed >= _MISSES:
                raise self._lost("it does not answer any more: without power, or unplugged")
            return
        self._missed = 0
        self._heard = dialogue.quiet_since
        if not answered:
            return
        if was_offline and status.auto_offline and not status.offline:
            # It reports every change by itself. It is back and did not: it forgot to, with all the rest.
            raise self._lost("it was switched off and on while it waited")
        if status.offline:
            dialogue.look()
            self._recover()

    def _check_error(self) -> None:
        """A printer that reports by itself may be too deaf by then to be asked."""
        if self._dialogue.status.unrecoverable:
            raise self._lost("it has an error that only switching it off and on ends")

    def _recover(self) -> None:
        status = self._dialogue.status
        self._check_error()
        if status.recoverable_error and self._recoveries < _RECOVERIES:
            self._recoveries += 1
            self._dialogue.send(commands.RECOVER)

    def wait(self, seconds: float, ready: Callable[[], bool]) -> bool:
        """Wait until `ready`, at most `seconds` of the time that the printer is online."""
        dialogue = self._dialogue
        left = seconds
        while not ready():
            if left <= 0:
                return False
            before = dialogue.now()
            dialogue.pump(min(self._times.glance if dialogue.drawer_moves() else _LOOK, left))
            self._check_error()
            self.heartbeat()
            self._note_interruption()
            if not dialogue.status.offline:
                left -= max(dialogue.now() - before, 0.0)
        return True

    def confirmed(self, seconds: float, ready: Callable[[], bool]) -> bool:
        """As `wait`, once all that was handed over had the time to get to the printer and through it."""
        return self.wait(seconds + self._dialogue.pace.behind, ready)

    def barrier(self, seconds: float) -> bool:
        """GS r 1 behind the job: True once all of it has been processed."""
        seen = self._dialogue.ask_barrier()
        if not self.confirmed(seconds, lambda: self._dialogue.one_bytes != seen):
            return False
        self._dialogue.passed_barrier()
        return True

    def estimate(self) -> float:
        """Seconds that the paper takes, roughly, or that the bytes may still be on their way."""
        return max(self._job.lines * self._times.line + self._times.cut, self._dialogue.pace.behind)

    def _lost(self, reason: str) -> Unanswered:
        return Unanswered(reason, port=self._dialogue.port.name, role=self._settings.role, sent=self.sent)
