"""Between a fiscal printer's driver and its port: one command, one answer, and never a command carried out twice.

Strictly one command at a time. A command keeps its SEQ for as long as it is on its way: silence, NAK and broken answers
are met with the very same frame, because a device that has carried it out repeats its answer and does nothing. What
the device answers, an error included, ends the exchange: the next one, if only the same command again, has a new SEQ.

**After a (re)start.** The till keeps no SEQ on disk, so it does not know which one the device saw last, and a frame
that happens to carry that one would be answered with the former till's last answer. Two questions for the status under
two different SEQs settle it (`greet`): the first may be taken for a repetition, whatever was asked last; the second
cannot be, because the last frame that the device took is now the first. An answer to another command under our SEQ
tells the clash at once. So nothing that acts is ever sent under a SEQ that the device might know, and neither a range
of SEQs per intent nor a SEQ in the journal is needed; the till's own memory of an intent is the journal's, and what
became of it is read from the device's memory (readback.py), which no power cut empties.

**How long a frame may be repeated.** A device that lost its power may have forgotten its last SEQ, and would carry a
repeated frame out once more. So a frame is repeated only while the device was heard, or the frame first sent, less
than `Times.replay` ago, or `Times.replay_once` where doing it twice would count twice (a sale, a payment, a Z report):
that is shorter than any device takes to lose its power and start. The same holds for a port that was lost and is back
within `Times.reopen` (a cable that was bumped): then the first frame through it is the same frame again. What lasts
longer ends as Unanswered, and what happened is read from the device.

Source: Datecs programmer's manuals P v1.00BG p. 7-8 and X v2.02 p. 4, "low level protocol"; the time-outs are what
drivers in the field came to (their shortest, 800 ms between two SYN, aborted receipts that were being closed).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from drivers.errors import DeviceError, NotSent, Unanswered
from drivers.framing.datecs import Broken, Envelope, Nak, Reader, Received, Reply, Syn
from drivers.ports.base import Port, PortLost
from drivers.printers.datecs.dialogue_way import Clash, OnItsWay, Stopped
from drivers.printers.datecs.settings import Times

STATUS: Final = 0x4A
FIRST_SEQ: Final = 0x20
LAST_SEQ: Final = 0x7F  # safe on every device; the classic one knows no more
_GREETINGS: Final = 4
# A rest of a waiting time may be too small to move a clock of floats on; no wait is shorter.
_TICK: Final = 0.0001
_REOPEN_PAUSE_S: Final = 0.1

Wait = Callable[[float], object]


class Dialogue:
    """Owns both sides of `port`. `wait(seconds)` passes time while there is no port to wait at.

    Every exchange may raise NotSent (the device has not done it), Unanswered (it may have) and Stopped.
    """

    def __init__(
        self,
        port: Port,
        envelope: Envelope,
        times: Times,
        *,
        role: str = "fiscal printer",
        wait: Wait | None = None,
        first_seq: int = FIRST_SEQ,
    ) -> None:
        self.port = port
        self.in_step = False
        self._envelope = envelope
        self._times = times
        self._role = role
        self._reader = Reader(envelope)
        self._come: deque[Received] = deque()
        self._seq = first_seq
        self._stop = threading.Event()
        self._wait = wait or self._stop.wait

    # --- the connection -----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open the port, or open it again. Raises PortLost."""
        self._stop.clear()
        self.in_step = False
        self._forget()
        self.port.open()

    def stop(self) -> None:
        """End every wait with Stopped. From any thread."""
        self._stop.set()
        self.port.wake()

    @property
    def stopped(self) -> bool:
        """`stop` was called and the port was not opened since."""
        return self._stop.is_set()

    def now(self) -> float:
        return self.port.clock.monotonic()

    def pause(self, seconds: float) -> None:
        """Let time pass; the port is read meanwhile, as always. Raises PortLost, Stopped."""
        until = self.now() + seconds
        while (left := until - self.now()) > 0:
            self._check()
            self._reader.feed(self.port.read(max(_TICK, left)))

    def listen(self, seconds: float) -> None:
        """Read once, for up to `seconds`, less when woken. Nothing comes unasked, but a port that is lost says so."""
        self._check()
        self._reader.feed(self.port.read(max(_TICK, seconds)))
        self._check()

    def greet(self) -> Reply:
        """Come into step with whatever this device heard before; return its status as it is now.

        The device may still be at work for a former till: its SYN are waited for as long as a report may take.
        """
        self.in_step = False
        self._ask_status()
        status = self._ask_status()
        self.in_step = True
        return status

    def _ask_status(self) -> Reply:
        for _ in range(_GREETINGS):
            try:
                return self._exchange(STATUS, b"", self._times.report, self._times.replay)
            except Clash:
                continue
        raise self._unanswered("it answers another question than it was asked")

    # --- exchanges ----------------------------------------------------------------------------------------------

    def exchange(
        self, command: int, data: bytes = b"", budget: float | None = None, replay: float | None = None
    ) -> Reply:
        """Have one command carried out, once; `budget` seconds for all of it, `replay` for repeating it into silence.

        Raises NotSent: it was certainly not carried out. Unanswered: it may have been, and the dialogue is out of
        step until the next `greet`. ValueError: it does not fit a frame.
        """
        if not self.in_step:
            raise NotSent("it was not greeted since it was lost; nothing was sent", **self._where)
        try:
            allowed = self._times.command if budget is None else budget
            return self._exchange(command, data, allowed, self._times.replay if replay is None else replay)
        except Clash as clash:
            self.in_step = False
            raise self._unanswered(clash.text) from clash
        except DeviceError:
            self.in_step = False
            raise

    def _exchange(self, command: int, data: bytes, budget: float, replay: float) -> Reply:
        seq = self._next_seq()
        now = self.now()
        way = OnItsWay(seq, command, self._envelope.request(seq, command, data), now + budget, now, replay)
        while True:
            try:
                reply = self._once(way)
            except PortLost as lost:
                self._through_the_port_again(way, lost)
                continue
            if reply is not None:
                return reply
            self._may_repeat(way)

    def _next_seq(self) -> int:
        self._seq = self._seq + 1 if FIRST_SEQ <= self._seq < LAST_SEQ else FIRST_SEQ
        return self._seq

    def _once(self, way: OnItsWay) -> Reply | None:
        """Send the frame and listen; None when it may have to be sent again."""
        self._listen(0.0, way)  # what is late is out of the way; a port that is gone says so before a byte has left
        self._forget()
        if not self._send(way):
            way.ended(refused=False)
            return None
        until, working, refused = self.now() + self._times.first_byte, False, False
        while True:
            while self._come:
                match self._come.popleft():
                    case Reply() as reply if self._answers(reply, way):
                        return reply
                    case Broken():
                        way.broken, way.doubted = way.broken + 1, True
                        return None
                    case Nak():
                        # it may have been said to noise before the frame, whose own answer then follows
                        until, refused = self.now() + self._times.nak_pause, True
                        continue
                    case Syn():
                        working, refused, way.doubted = True, False, True
                if not refused:
                    until = max(until, self.now() + (self._times.working if working else self._times.first_byte))
            patience = self.now() + self._times.inside if self._reader.inside else until
            if not self._listen(min(patience, way.deadline) - self.now(), way):
                way.ended(refused=refused)
                return None

    def _send(self, way: OnItsWay) -> bool:
        """Hand the whole frame over; False when the port takes no more. What arrives meanwhile is kept."""
        rest = way.frame
        deadline = self.now() + self._times.write
        way.handed = True
        while rest:
            left = deadline - self.now()
            if left <= 0:
                return False
            rest = rest[self.port.write(rest, max(_TICK, left)) :]
            if rest:
                self._listen(0.0, way)
        return True

    def _listen(self, seconds: float, way: OnItsWay) -> bool:
        """Read until something arrives; False when `seconds` went by without. Noise is something, but no life."""
        until = self.now() + seconds
        while True:
            self._check()
            left = until - self.now()
            data = self.port.read(max(_TICK, left) if left > 0 else 0.0)
            self._check()
            if data:
                found = self._reader.feed(data)
                self._come.extend(found)
                if found or self._reader.inside:
                    way.heard = self.now()
                    return True
            if self.now() >= until:
                return False

    def _answers(self, reply: Reply, way: OnItsWay) -> bool:
        """Is it the answer to this frame? An older SEQ is a late repetition and is passed over."""
        if reply.seq == way.seq and reply.command != way.command:
            raise Clash("it took the message for a repetition and sent an old answer again", **self._where)
        return reply.seq == way.seq

    # --- again, or not --------------------------------------------------------------------------------------------

    def _may_repeat(self, way: OnItsWay) -> None:
        """Return when the same frame may be sent again; otherwise raise what is known of it."""
        now = self.now()
        tired = way.silent + way.broken >= self._times.attempts or way.naks > self._times.naks
        if not tired and now < way.deadline and now - way.heard <= way.replay:
            return
        if way.naks and not way.doubted:
            raise NotSent(
                "it does not understand a word (NAK); nothing was done; check the dialect and the cable", **self._where
            )
        raise self._unanswered(self._silence(), len(way.frame))

    def _through_the_port_again(self, way: OnItsWay, lost: PortLost) -> None:
        """A port that comes back at once was bumped: return, and the same frame goes first. Otherwise it is over."""
        if not way.handed:
            raise lost
        way.doubted = True
        while self.now() < way.deadline and self.now() - way.heard <= min(self._times.reopen, way.replay):
            self._check()
            self._wait(_REOPEN_PAUSE_S)
            try:
                self.port.open()
            except PortLost:
                continue
            self._forget()
            return
        raise self._unanswered(lost.text, len(way.frame)) from lost

    def _silence(self) -> str:
        if self._reader.zeros:
            return "it sends nothing but noise; check the speed of the line"
        return "it does not answer; check its power and its cable"

    def _forget(self) -> None:
        self._reader.reset()
        self._come.clear()

    def _check(self) -> None:
        if self._stop.is_set():
            raise Stopped("the till is being stopped", **self._where)

    @property
    def _where(self) -> dict[str, str]:
        return {"port": self.port.name, "role": self._role}

    def _unanswered(self, text: str, sent: int = 0) -> Unanswered:
        return Unanswered(text, sent=sent, **self._where)
