"""Questions to the printer that are answered in their turn: texts, counters, marks. One question at a time.

Answers carry no name: two counters look alike, and so do two answers to GS r. Therefore one ordered question is
outstanding at most, each is chased by GS r where the printer has it, and after a question that stayed without
answer nothing is believed before a fresh GS r has flushed what may still come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.framing.escpos_replies import AutoStatus, Block, OneByte, Reply
from drivers.ports.base import Port
from drivers.printers.escpos import commands
from drivers.printers.escpos.dialogue import Dialogue
from drivers.printers.escpos.settings import EscPosSettings
from statemachines.vocabulary.evidence import Counters

_MORE_KEYS = b"A"
_GLANCE = 0.25
#: What ends a command of which a part may be missing, and makes none act. HT first: as time of ESC p it is too short to
#: open a drawer, as time of DLE DC4 and as kind of cut it does not exist; a NUL would cut there, and the first question
#: would be taken for a drawer pulse of 32 ms. NULs behind it: whatever sizes of a picture are missing become 0, and not
#: those that the bytes of the next question spell, which are megabytes.
COMMAND_END: Final = b"\x09\x00\x00\x00\x00\x00"
#: NULs between two questions, for what an interrupted command may still wait for: mostly the rest of a line or a code,
#: a band of a picture; at most a picture 100 bytes wide whose height begins with the HT. They print nothing.
PADDING: Final = (256, 256, 512, 1024, 2048, 4096, 8192, *(16384,) * 15)
# Bytes in a row of the widest picture, and in the longest command that is no picture: a full QR code of level M.
_WIDEST: Final = 128
_LONGEST: Final = 2560
_CUMULATIVE = (commands.ODOMETER_LINES, commands.ODOMETER_CUTS)
_RESETTABLE = (commands.RESETTABLE_LINES, commands.RESETTABLE_CUTS)


class Inquiry(Dialogue):
    """The dialogue with all that can be asked in order."""

    def __init__(self, port: Port, settings: EscPosSettings, on_status: Callable[[], None]) -> None:
        super().__init__(port, settings, on_status)
        self._pairs: tuple[tuple[int, int], ...] = (_CUMULATIVE, _RESETTABLE)
        # whether its cuts can be counted, and whether a command was ended with NULs in this connection
        self.has_knife = True
        self.padded = False

    def restart(self) -> None:
        """The port was opened anew: nothing is known of this printer."""
        super().restart()
        self._pairs = (_CUMULATIVE, _RESETTABLE)
        self.has_knife, self.padded = True, False

    # --- is it there? ---------------------------------------------------------------------------------------

    def away(self) -> str:
        """Why nothing can be asked in order or printed just now; "" when it can."""
        if not self.look():
            return "it does not answer: check its power and cable"
        return self.status.why_offline() if self.status.offline or self.status.without_paper else ""

    def recovered(self, command: bytes) -> bool:
        """Offline because knife or motor are stuck: let it try again; whether it is online afterwards."""
        if not self.status.recoverable_error:
            return False
        self.send(command)
        deadline = self.now() + self._times.recovery
        while self.status.offline and self.now() < deadline:
            self.pump(_GLANCE)
            self.real_time(1)
        return not self.status.offline

    # --- answers in order -----------------------------------------------------------------------------------

    def text(self, command: bytes) -> str | None:
        """Ask for one `_` block; None when there is none."""
        if not self.in_step():
            return None
        chased = self.barrier_works is not False
        self._owed = 1 if chased else 0
        self.ask(command + commands.BARRIER if chased else command)
        found: list[str] = []
        patience = self._times.reply + self.pace.behind
        chaser = self.wait_for(lambda reply: _text_or_chaser(reply, found, chased=chased), patience)
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

    def insist(self, command: bytes) -> str | None:
        """`text`, asked once more when nothing at all came back: what was lost says nothing about the printer."""
        found = self.text(command)
        lost = found is None and self._owed > 0 and self.barrier_works is not False
        return self.text(command) if lost else found

    def markers(self, timeout: float) -> frozenset[str] | None:
        """GS ( L fn 80: the keys of the graphics in its RAM; None when it cannot tell."""
        return self._keys(commands.LIST_DOWNLOADED, commands.KEY_LIST_RESPONSE, timeout)

    def stored(self, timeout: float) -> frozenset[str] | None:
        """GS ( L fn 64: the keys of the graphics in its non-volatile memory; None when it has none."""
        return self._keys(commands.LIST_STORED, commands.STORED_LIST_RESPONSE, timeout)

    def _keys(self, question: bytes, kind: bytes, timeout: float) -> frozenset[str] | None:
        if not self.in_step():
            return None
        self._lists.clear()
        self._owed = 0 if self.barrier_works is False else 1
        self.ask(question)
        keys = ""
        deadline = self.now() + timeout + self.pace.behind
        while (left := deadline - self.now()) > 0:
            self.pump(left)
            while self._lists:
                body = self._lists.pop(0).body
                if body[:1] != kind:
                    continue
                keys += body[2:].decode("ascii")
                if body[1:2] != _MORE_KEYS:
                    self._owed = 0
                    return frozenset(keys[at : at + 2] for at in range(0, len(keys), 2))
        return None

    def counters(self) -> Counters | None:
        """GS g 2: the odometers; None when it has none, or does not answer."""
        if self._settings.confirm in {"barrier", "none"} or not self.has_knife:
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
        if self.heeds():
            return self._unless_lost()
        for count in PADDING:
            if give_up():
                return False
            self.padded = True
            self.send_much(bytes(count))
            if self.barrier(self._times.status):
                return True
            if self.heeds():
                return self._unless_lost()
        return False

    def _unless_lost(self) -> bool:
        """It works off commands and left GS r without answer: it has none, unless the question was lost."""
        if not self.barrier(self._times.status):
            self.without_barrier()
        return True

    def at_rest(self) -> bool:
        """Whether it is in the middle of no command: it answers what is asked in order, and works off what is sent."""
        if self.barrier_works is False:
            return self.heeds() or self.pass_through(lambda: False)
        return self.in_step() or self.pass_through(lambda: False)

    def heeds(self) -> bool:
        """Does GS a, switched off and on, bring the same packet twice? Then it works off what is sent, GS r or not.

        A packet that comes because something changed is never the same as the one before.
        """
        first = self._switched_on()
        return first is not None and first == self._switched_on()

    def _switched_on(self) -> bytes | None:
        """The packet that GS a brings when it is switched on; None when none comes."""
        self.ask(commands.automatic_status(0))
        self._flush()
        self.ask(commands.automatic_status(commands.AUTO_ALL))
        patience = self._times.status + self.pace.behind
        return self.wait_for(lambda reply: reply.data if isinstance(reply, AutoStatus) else None, patience)

    def end_command(self) -> None:
        """A command may have gone out in part: what ends it goes first next time."""
        self._unsent += COMMAND_END

    def end_unheard(self) -> None:
        """The same for a printer that answers nothing, and thus has no counters that a cut could mislead: NULs only.

        They make every size that is missing 0, so no more can be missing than one of our commands has.
        """
        self.send_much(bytes(_WIDEST * self._settings.band + _LONGEST))

    def clear(self) -> bool:
        """DLE DC4 8: forget all that is not printed yet; True when the printer says that it did."""
        self.send(commands.CLEAR_BUFFERS)
        response = self.wait_for(
            lambda reply: reply if reply == Block(0x37, commands.CLEAR_RESPONSE) else None, self._times.reply
        )
        if response is None:
            return False
        self._owed = 0
        self.pace.through()
        return True


def _text_or_chaser(reply: Reply, found: list[str], *, chased: bool) -> bool | None:
    if isinstance(reply, Block) and reply.head == 0x5F:
        found.append(reply.body.decode("ascii"))
        return None if chased else True
    return True if chased and isinstance(reply, OneByte) else None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() and len(text) <= 12 else None
