"""In a simulated fiscal printer: the electronics between its port and its firmware.

One order at a time: it is carried out when its last byte is in, then the device is busy, says SYN every 60 ms and
answers. An order with the SEQ of the last one is not carried out: the last answer is sent again (manual, "Sequence of
the messages"). What is modelled is listed in simulator.py, which adds the person beside it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime

from drivers.drawers.simulator import SimulatedDrawer
from drivers.printers.datecs.simulated.faults import Faults
from drivers.printers.datecs.simulated.firmware import Firmware, asks
from drivers.printers.datecs.simulated.jobs import BUSY, REACTION, SYN_EVERY, Job
from drivers.printers.datecs.simulated.keeping import Kept, kept
from drivers.printers.datecs.simulated.line import Line
from drivers.printers.datecs.simulated.memory import Memory
from drivers.printers.datecs.simulated.personality import PERSONALITIES, Personality
from drivers.printers.datecs.simulated.printing import Printing
from drivers.printers.datecs.simulated.selling import Selling
from drivers.printers.datecs.simulated.wire import NAK, SYN, Order, Receiver, answer


class RegisterMachine:
    """Arguments as of SimulatedRegister."""

    def __init__(
        self,
        personality: Personality | str = "bg",
        *,
        now: float = 0.0,
        drawer: SimulatedDrawer | None = None,
        clock: datetime = datetime(2026, 7, 20, 13, 53, 10),  # noqa: DTZ001 - the device's clock has no zone
        roll_lines: int | None = None,
        near_end_lines: int = 20,
        speed_lines_per_s: float = 40.0,
        cut_s: float = 0.3,
        work: float = 1.0,
        keeps_last_answer: bool = False,
        closures_left: int = 1825,
        journal_documents: int = 100_000,
        last_document: int = 0,
        seed: int = 0,
        memory: bytes | None = None,
    ) -> None:
        who = PERSONALITIES[personality] if isinstance(personality, str) else personality
        self.personality = who
        self.drawer = drawer
        self.accepted = 0
        self.sent = 0
        #: Grows with every order that may have changed its memory.
        self.changes = 0
        self.faults = Faults({})
        #: Called when the fault `unplug_in` or `unplug_out` strikes; what hangs on the cable pulls it.
        self.on_unplug: Callable[[], None] = lambda: None
        self._now = now
        self._powered = True
        self._work = work
        self._keeps_last_answer = keeps_last_answer
        self._line = Line(self.faults, seed)
        self._printing = Printing(
            lines_per_second=speed_lines_per_s, cut_seconds=cut_s, roll_lines=roll_lines, near_end=near_end_lines
        )
        self._memory = Memory(
            len(who.taxes),
            dict.fromkeys(range(1, who.operators + 1), who.password),
            capacity=closures_left,
            journal_capacity=journal_documents,
            document=last_document,
        )
        before = None if memory is None else kept(memory, who.name)
        if before is not None:
            self._printing, self._memory = before.printing, before.memory
            self._printing.resume(lines_per_second=speed_lines_per_s, cut_seconds=cut_s)
        self._register = Selling(who, self._memory, self._printing, drawer, now=lambda: self._now, clock=clock)
        if before is not None:
            self._register.papers, self._register.paper = before.papers, before.paper
        self._firmware = Firmware(self._register, self.faults)
        self._receiver = Receiver(wide=who.wide, longest=who.longest)
        self._orders: deque[Order] = deque()
        self._job: Job | None = None
        self._last = None if before is None else before.last
        self._before = b""

    # --- the port's side ---------------------------------------------------------------------------------------

    def accept(self, data: bytes) -> int:
        """Hand over bytes at the present time. All are taken; without power, or deaf, they are lost."""
        for at in range(len(data)):
            if not self._powered:
                break
            self.accepted += 1
            self._hear(data[at])
            if not self.faults.cutting_in:
                continue
            if self._cut("power_cut_in"):
                self._settle()
                self.power_off()
            elif self._cut("unplug_in"):
                self._settle()  # what was heard to its last byte is done, though nobody hears the answer
                self._unplugged()
                break
        self._settle()
        return len(data)

    def output(self) -> bytes:
        """What has left the device since the last call."""
        out = bytearray()
        while data := self._line.take(self._now):
            if not self.faults.cutting_out:
                self.sent += len(data)
                out += data
                continue
            for byte in data:
                out.append(byte)
                self.sent += 1
                if self._cut("power_cut_out"):
                    self.power_off()
                elif self._cut("unplug_out"):
                    self._unplugged()
                else:
                    continue
                return bytes(out)
        return bytes(out)

    def run_until(self, now: float) -> None:
        """Let time pass up to `now` (never backwards)."""
        self._settle()
        while (due := self.next_change()) is not None and due <= now:
            self._move_clock(due)
            self._settle()
        self._move_clock(now)
        self._settle()

    def next_change(self) -> float | None:
        """When something happens by itself; None: never."""
        job, now, nearest = self._job, self._now, None
        for at in (
            self._line.next_at,
            self._printing.next_change() if self._powered else None,
            None if job is None else job.next_syn,
            None if job is None else job.ready_at,
            None if self.drawer is None else self.drawer.next_change(),
        ):
            if at is not None and at > now and (nearest is None or at < nearest):
                nearest = at
        return nearest

    @property
    def memory(self) -> bytes:
        """What it keeps without power; to be given to the one that goes on as this device."""
        last = self._last if self._keeps_last_answer else None
        register = self._register
        return Kept(
            self.personality.name, self._memory, self._printing, register.papers, register.paper, last
        ).to_bytes()

    @property
    def powered(self) -> bool:
        return self._powered

    @property
    def now(self) -> float:
        return self._now

    @property
    def busy(self) -> bool:
        """Working, or printing."""
        return self._job is not None or self._printing.busy

    def power_off(self) -> None:
        """Pull the plug: what is on the wire is lost, memory and the lines still to print are kept."""
        if not self._powered:
            return
        self._powered = False
        self._silence()
        self._printing.power_off()
        if not self._keeps_last_answer:
            self._last = None

    def power_on(self) -> None:
        if self._powered:
            return
        self._powered = True
        self._register.power_on()
        self._printing.power_on()
        self._settle()

    # --- hearing -----------------------------------------------------------------------------------------------

    def _hear(self, byte: int) -> None:
        if self.faults.values:
            if self.faults.on("deaf"):
                return
            if self.faults.on("wrong_speed"):
                self._line.say(b"\0", self._now + REACTION)
                return
        heard = self._receiver.take(byte)
        if heard is None:
            return
        if isinstance(heard, bytes) or self.faults.on("wrong_dialect") or self.faults.use("nak_storm"):
            self._line.say(NAK, self._now + REACTION)
        elif not self.faults.use("drop_request"):
            self._orders.append(heard)

    def _cut(self, name: str) -> bool:
        """Whether this was the byte after which the fault strikes."""
        left = self.faults.value(name)
        if left:
            self.faults.set(name, left - 1)
        return left == 1

    def _unplugged(self) -> None:
        self._silence()
        self.on_unplug()

    def _silence(self) -> None:
        """What is under way on the wire is gone."""
        self._line.clear()
        self._orders.clear()
        self._receiver.reset()
        if not self._powered:
            self._job = None

    # --- working -----------------------------------------------------------------------------------------------

    def _begin(self, order: Order) -> None:
        if self._last is not None and order.seq == self._last[0]:
            self._job = Job(self._last[1], self._now + REACTION, None)
            return
        waits = self.personality.payload == "commas" and order.command == 0x4A and order.data == b"W"
        asking = asks(order)
        self.changes += not asking
        data, status = self._firmware.carry_out(order)
        frame = answer(wide=self.personality.wide, seq=order.seq, command=order.command, data=data, status=status)
        self._before, self._last = self._last[1] if self._last else b"", (order.seq, frame)
        seconds = (REACTION if asking else BUSY.get(order.command, 0.02)) * self._work
        self._job = self._delayed(frame, None if waits else self._now + seconds)

    def _delayed(self, frame: bytes, ready_at: float | None) -> Job:
        """With the faults that keep an answer waiting."""
        faults = self.faults
        if faults.use("lost_answer"):
            return Job(b"", ready_at, None)
        if late := faults.use("late") or faults.use("silence"):
            return Job(frame, (self._now if ready_at is None else ready_at) + late / 1000, None)
        if gap := faults.use("syn_gap"):
            self._line.say(SYN, self._now + REACTION)
            return Job(frame, (self._now if ready_at is None else ready_at) + gap / 1000, None)
        return Job(frame, ready_at, self._now + SYN_EVERY)

    # --- time --------------------------------------------------------------------------------------------------

    def _move_clock(self, now: float) -> None:
        self._now = max(self._now, now)
        if self.drawer is not None:
            self.drawer.run_until(self._now)

    def _settle(self) -> None:
        """Do everything that is due at the present time."""
        while self._powered and (self._printing.step(self._now) or self._advance()):
            pass

    def _advance(self) -> bool:
        job = self._job
        if job is None:
            if not self._orders:
                return False
            self._begin(self._orders.popleft())
            return True
        if (
            job.next_syn is not None
            and job.next_syn <= self._now
            and (job.ready_at is None or job.next_syn < job.ready_at)
        ):
            self._line.say(SYN, job.next_syn)
            job.next_syn += SYN_EVERY
            return True
        if job.ready_at is None and self._printing.busy and not self._printing.stopped:
            return False
        if job.ready_at is not None and job.ready_at > self._now:
            return False
        self._job = None
        self._line.answer(job.frame, self._before, self._now)
        return True
