"""Between the driver and the port: bytes out whole, replies in as they come, the status kept up to date.

Here are the exchanges that every order needs: status in real time, and GS r, the barrier that is answered in its
turn. What is asked in order builds on them, in inquiry.py.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from drivers.errors import DeviceError
from drivers.framing.escpos_replies import AutoStatus, Block, OneByte, RealTime, Reply, ReplyParser
from drivers.ports.base import Port
from drivers.printers.escpos import commands
from drivers.printers.escpos.pace import Pace
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.status import PrinterStatus
from drivers.printers.escpos.vigil import Roll

T = TypeVar("T")

_QUIET = 0.2
_PIECE = 512
# A rest of a waiting time may be too small to move a clock of floats on; no wait is shorter.
_TICK = 0.0001


class Stopped(DeviceError):
    """The driver is being closed from another thread."""


class Dialogue:
    """Owns the input side of `port`. `status` is kept up to date by whatever arrives.

    Every method may raise PortLost, and Stopped once `stop` was called.
    """

    def __init__(self, port: Port, settings: EscPosSettings, on_status: Callable[[], None]) -> None:
        self.port = port
        self.status = PrinterStatus()
        self.confirmed: deque[str] = deque(maxlen=16)
        self.quiet_since = 0.0
        self.barrier_works: bool | None = None
        # whether the last short command could not be handed over: USB printers take nothing while offline
        self.shut = False
        self._settings = settings
        self._times = settings.times
        self._on_status = on_status
        self._parser = ReplyParser()
        self._unsent = b""
        self.one_bytes = 0
        self._owed = 0
        self.roll = Roll()
        self.pace = Pace(self.now, lambda: self.status.offline)
        self._lists: list[Block] = []
        self._stop = False
        self._glanced_at = 0.0
        # the driver's: does the drawer move, what to do with its line's level, and when that has come to rest
        self.drawer_moves: Callable[[], bool] = lambda: False
        self.on_drawer: Callable[[], None] = lambda: None
        self.settle_drawer: Callable[[], None] = lambda: None

    # --- bytes ----------------------------------------------------------------------------------------------

    def restart(self) -> None:
        """The port was opened anew: nothing is known of this printer."""
        self.status = PrinterStatus()
        self.barrier_works = None
        self.quiet_since = self.now()
        self._parser.reset()
        self._unsent = b""
        # Answers to questions of a former life may still be under way.
        self._owed = 1
        self.roll.forget()
        self.pace.through()
        self._stop = False

    def stop(self) -> None:
        """End every wait with Stopped. From any thread."""
        self._stop = True
        self.port.wake()

    @property
    def stopped(self) -> bool:
        """`stop` was called and the port was not opened since."""
        return self._stop

    def forget(self, job_id: str) -> None:
        """An id is about to be sent: an answer with it is news from here on. Ids outlive a connection."""
        while job_id in self.confirmed:
            self.confirmed.remove(job_id)

    def now(self) -> float:
        return self.port.clock.monotonic()

    def pump(self, timeout: float) -> list[Reply]:
        """Read once, for up to `timeout` s; take in what arrived and return it."""
        self._check()
        data = self.port.read(max(_TICK, timeout) if timeout > 0 else 0.0)
        self._check()
        self.settle_drawer()
        if not data:
            return []
        self.quiet_since = self.now()
        replies = self._parser.feed(data)
        self.pace.look()
        for reply in replies:
            self._take(reply)
        return replies

    def _check(self) -> None:
        if self._stop:
            raise Stopped("the till is being stopped", port=self.port.name, role=self._settings.role)

    def _take(self, reply: Reply) -> None:
        if isinstance(reply, AutoStatus):
            self.status.take_auto(reply.data)
            self._on_status()
        elif isinstance(reply, RealTime):
            self.roll.answer()
        elif isinstance(reply, OneByte):
            self.one_bytes += 1
        elif isinstance(reply, Block) and reply.head == 0x37:
            if reply.body[:1] == commands.PROCESS_ID_RESPONSE:
                self.confirmed.append(reply.body[1:].decode("ascii"))
                self.pace.through()
            elif reply.body[:1] in {commands.KEY_LIST_RESPONSE, commands.STORED_LIST_RESPONSE}:
                self._lists.append(reply)
                self.send(commands.ACKNOWLEDGE)

    def write(self, data: bytes, timeout: float) -> int:
        """Port.write, with an eye on how long the printer will be busy with it."""
        taken = self.port.write(data, timeout)
        self.pace.handed(taken * self._times.byte)
        return taken

    def ask(self, data: bytes) -> bool:
        """`send` a question that is answered in its turn, and wait for room as long as it takes to get any."""
        return self.send(data, self.pace.behind)

    def send(self, data: bytes, patience: float = 0.0) -> bool:
        """Hand over a short command whole; False when the printer takes no more, for `patience` s more than usual.

        Of a command that went out in part the rest goes first next time, as NULs: a late question confuses
        and a late drawer pulse is worse, but the printer must get out of the command.
        """
        todo = self._unsent + data
        deadline = self.now() + self._times.status + patience
        sent = 0
        self.shut = False
        while sent < len(todo):
            left = deadline - self.now()
            if left <= 0:
                self.shut = sent == 0
                begun = len(self._unsent) < sent
                self._unsent = b"\x00" * (len(todo) - sent) if begun else self._unsent[sent:]
                return False
            sent += self.write(todo[sent:], max(_TICK, left))
            if sent < len(todo):
                self.pump(0.0)
        self._unsent = b""
        return True

    def send_much(self, data: bytes) -> bool:
        """Hand over a command that takes its time, as long as some of it is taken; False when none is any more.

        Its rest then goes first next time, as NULs, like that of a short one.
        """
        if not self.send(b""):
            return False
        sent, progress = 0, self.now()
        while sent < len(data):
            taken = self.write(data[sent : sent + _PIECE], _QUIET)
            sent += taken
            self.pump(0.0)
            if taken:
                progress = self.now()
            elif self.pace.stalled(progress, self._times.write_stall):
                self._unsent = b"\x00" * (len(data) - sent) if sent else b""
                return False
        return True

    @property
    def asleep(self) -> bool:
        """Offline, and it takes nothing, not even a question: its silence says nothing about its power."""
        return self.shut and self.status.auto_seen and self.status.auto_offline

    def wait_for(self, match: Callable[[Reply], T | None], timeout: float) -> T | None:
        """Pump until `match` makes something of a reply, at most `timeout` s."""
        deadline = self.now() + timeout
        while True:
            left = deadline - self.now()
            for reply in self.pump(left):
                found = match(reply)
                if found is not None:
                    return found
            if left <= 0:
                return None

    def _flush(self) -> None:
        deadline = self.now() + 1.0
        while self.pump(_QUIET) and self.now() < deadline:
            pass

    # --- real time ------------------------------------------------------------------------------------------

    def real_time(self, n: int) -> int | None:
        """DLE EOT n; None when it does not answer (yet), or cannot be asked because another answer is still to come."""
        if self.roll.late:
            self._flush()
            if not self.pace.behind:
                self.roll.forget()
            elif self.roll.late and n != self.roll.last:
                # The answers look alike: a late one must not be taken for that to another question.
                return None
        if not self.send(commands.real_time_status(n)):
            return None
        self.roll.ask(n)
        value = self.wait_for(lambda reply: reply.value if isinstance(reply, RealTime) else None, self._times.status)
        if value is None:
            return None
        self.pace.look()
        self.status.take_answer(n, value)
        return value

    def glance(self) -> None:
        """Look at the drawer's line when that is due: a printer that reports by itself needs no asking."""
        if self.status.auto_seen or not self.drawer_moves() or self.now() - self._glanced_at < self._times.glance:
            return
        self._glanced_at = self.now()
        if self.real_time(1) is not None:
            self.on_drawer()

    def look(self) -> bool:
        """Ask for the status and, when something is wrong or always for the paper, for its cause."""
        if self.real_time(1) is None and self.real_time(1) is None:
            return False
        for n in (2, 3, 4) if self.status.offline else (4,):
            if self.real_time(n) is None:
                return False
        self._on_status()
        return True

    def prints_on_without_paper(self) -> bool:
        """Is its paper at the end, and it is online all the same? Looked at twice: others take a moment to stop.

        One that falls silent meanwhile was seen to be online.
        """
        for _ in range(2):
            if not self.status.paper_end or self.status.offline:
                return False
            deadline = self.now() + self._times.status
            while self.now() < deadline:
                self.pump(deadline - self.now())
            if self.real_time(1) is None or self.real_time(4) is None:
                return True
        return self.status.paper_end and not self.status.offline

    # --- in order -------------------------------------------------------------------------------------------

    def barrier(self, timeout: float) -> bool:
        """GS r 1: True once everything sent before has been processed."""
        seen = self.ask_barrier()
        deadline = self.now() + timeout + self.pace.behind
        while self.one_bytes == seen:
            left = deadline - self.now()
            if left <= 0:
                return False
            self.pump(left)
        self.passed_barrier()
        return True

    def ask_barrier(self) -> int:
        """Send GS r 1; it is answered when `one_bytes` is no longer what this returns."""
        seen = self.one_bytes
        self._owed += 1
        self.ask(commands.BARRIER)
        return seen

    def passed_barrier(self) -> None:
        """GS r 1 was answered."""
        if self._owed > 1:
            # Which of several was answered is unknown, but nothing slow stands between them.
            self._flush()
        self._owed = 0
        self.barrier_works = True
        self.pace.through()

    def without_barrier(self) -> None:
        """This printer has no GS r: from now on answers are taken as they come."""
        self._owed = 0
        self.barrier_works = False

    def in_step(self) -> bool:
        """Whether an answer that comes now can only be the one to the next question."""
        return self._owed == 0 or self.barrier_works is False or self.barrier(self._times.reply)
