"""Questions to the printer that are answered in their turn: texts, counters, marks. One question at a time.

Answers carry no name: two counters look alike, and so do two answers to GS r. Therefore one ordered question is
outstanding at most, each is chased by GS r where the printer has it, and after a question that stayed without
answer nothing is believed before a fresh GS r has flushed what may still come.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.framing.escpos_replies import Block, OneByte, Reply
from drivers.ports.base import Port
from drivers.printers.escpos import commands
from drivers.printers.escpos.dialogue import Dialogue
from drivers.printers.escpos.settings import EscPosSettings
from statemachines.vocabulary.evidence import Counters

_MORE_KEYS = b"A"
# A QR code is the longest command: up to 2331 bytes that an interrupted one may still wait for.
_PADDING_ROUNDS = 10
_PADDING = b"\x00" * 256
_CUMULATIVE = (commands.ODOMETER_LINES, commands.ODOMETER_CUTS)
_RESETTABLE = (commands.RESETTABLE_LINES, commands.RESETTABLE_CUTS)


class Inquiry(Dialogue):
    """The dialogue with all that can be asked in order."""

    def __init__(self, port: Port, settings: EscPosSettings, on_status: Callable[[], None]) -> None:
        super().__init__(port, settings, on_status)
        self._pairs: tuple[tuple[int, int], ...] = (_CUMULATIVE, _RESETTABLE)

    def restart(self) -> None:
        """The port was opened anew: nothing is known of this printer."""
        super().restart()
        self._pairs = (_CUMULATIVE, _RESETTABLE)

    def text(self, command: bytes) -> str | None:
        """Ask for one `_` block; None when there is none."""
        if not self.in_step():
            return None
        chased = self.barrier_works is not False
        self._owed = 1 if chased else 0
        self.send(command + commands.BARRIER if chased else command)
        found: list[str] = []
        chaser = self.wait_for(lambda reply: _text_or_chaser(reply, found, chased=chased), self._times.reply)
        if chaser is None:
            if found and chased:
                self.barrier_works = False
            return found[0] if found else None
        self._owed = 0
        if chased:
            self.barrier_works = True
            if not found:
                self.wait_for(lambda reply: _text_or_chaser(reply, found, chased=False), self._times.chaser)
        return found[0] if found else None

    def markers(self, timeout: float) -> frozenset[str] | None:
        """GS ( L fn 80: the keys of the graphics in its RAM; None when it cannot tell."""
        if not self.in_step():
            return None
        self._lists.clear()
        self._owed = 0 if self.barrier_works is False else 1
        self.send(commands.LIST_DOWNLOADED)
        keys = ""
        deadline = self.now() + timeout
        while (left := deadline - self.now()) > 0:
            self.pump(left)
            while self._lists:
                body = self._lists.pop(0).body
                keys += body[2:].decode("ascii")
                if body[1:2] != _MORE_KEYS:
                    self._owed = 0
                    return frozenset(keys[at : at + 2] for at in range(0, len(keys), 2))
        return None

    def counters(self) -> Counters | None:
        """GS g 2: the odometers; None when it has none, or does not answer."""
        if self._settings.confirm in {"barrier", "none"}:
            return None
        for pair in self._pairs:
            lines_no, cuts_no = pair
            cuts = _number(self.text(commands.odometer(cuts_no)))
            if cuts is not None:
                self._pairs = (pair,)
                return Counters(cuts=cuts, lines=_number(self.text(commands.odometer(lines_no))))
            if self._owed:
                return None
        if len(self._pairs) > 1:
            # It answered what came behind the question and not the question: it has no odometers.
            self._pairs = ()
        return None

    # --- out of a stuck parser ------------------------------------------------------------------------------

    def pass_through(self, give_up: Callable[[], bool]) -> bool:
        """Bring the printer to the end of all that was sent, whatever it takes; False when it does not answer.

        An interrupted command may wait for its data and eat the question. Then the buffers are cleared, which
        the printer answers; one that cannot is fed NULs, which end the command and print nothing. `give_up` ends
        it between the steps (offline, or the answer is there already).
        """
        if self.barrier(self._times.barrier):
            return True
        if give_up():
            return False
        if self.clear():
            return self.barrier(self._times.reply)
        for _ in range(_PADDING_ROUNDS):
            if give_up():
                return False
            self.send(_PADDING)
            if self.barrier(self._times.status):
                return True
        return False

    def clear(self) -> bool:
        """DLE DC4 8: forget all that is not printed yet; True when the printer says that it did."""
        self.send(commands.CLEAR_BUFFERS)
        response = self.wait_for(
            lambda reply: reply if reply == Block(0x37, commands.CLEAR_RESPONSE) else None, self._times.reply
        )
        if response is None:
            return False
        self._owed = 0
        return True


def _text_or_chaser(reply: Reply, found: list[str], *, chased: bool) -> bool | None:
    if isinstance(reply, Block) and reply.head == 0x5F:
        found.append(reply.body.decode("ascii"))
        return None if chased else True
    return True if chased and isinstance(reply, OneByte) else None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() and len(text) <= 12 else None
