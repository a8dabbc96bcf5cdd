"""At the paper's end of a sale: the receive buffer cut into commands, one at a time, whatever bytes come.

Never raises, never looks back, and holds at most one command of at most `MAX_KEPT` parameter bytes: a longer one
is counted to its end and reported as cut short, as a printer does whose memory is full.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drivers.printers.escpos.simulated.lengths import COMMANDS, needed

#: Parameter bytes kept of one command; the largest picture a 576-dot printer takes is well below.
MAX_KEPT: Final = 256 * 1024
#: Printable bytes handed over at once, so that a line's print time is felt between two portions.
MAX_TEXT: Final = 64
_CONTROL: Final = re.compile(rb"[\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Text:
    """Printable bytes, in no particular character set."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Control:
    """A single control code (LF, CR, HT, FF, CAN, …)."""

    code: int


@dataclass(frozen=True, slots=True)
class Command:
    """A whole command: `lead` ESC, GS, FS or DLE, the second byte, and the parameters. `whole` False: too long."""

    lead: int
    letter: int
    params: bytes
    whole: bool = True


Token = Text | Control | Command


class Tokenizer:
    """Takes bytes off the head of a buffer. Keeps the command it is in the middle of."""

    def __init__(self) -> None:
        self._lead = 0
        self._letter = -1
        self._params = bytearray()
        self._discard = 0

    def reset(self) -> None:
        """Forget the command that was begun (buffers cleared, power lost)."""
        self._lead, self._letter, self._discard = 0, -1, 0
        self._params.clear()

    def next(self, buffer: bytearray) -> Token | None:
        """The next token, or None when `buffer` ends before it does; what it needed is gone from `buffer`."""
        if self._lead:
            return self._go_on(buffer)
        if not buffer:
            return None
        first = buffer[0]
        if first >= 0x20:
            return self._text(buffer)
        del buffer[0]
        if first not in COMMANDS:
            return Control(first)
        self._lead = first
        return self._go_on(buffer)

    @staticmethod
    def _text(buffer: bytearray) -> Text:
        control = _CONTROL.search(buffer, 0, MAX_TEXT)
        end = min(len(buffer), MAX_TEXT) if control is None else control.start()
        data = bytes(buffer[:end])
        del buffer[:end]
        return Text(data)

    def _go_on(self, buffer: bytearray) -> Token | None:
        if self._letter < 0:
            if not buffer:
                return None
            self._letter = buffer[0]
            del buffer[0]
        while not self._complete():
            if not buffer:
                return None
            self._take(buffer)
        command = Command(self._lead, self._letter, bytes(self._params), self._discard == 0)
        self.reset()
        return command

    def _complete(self) -> bool:
        if self._discard:
            return self._discard == 1
        want = needed(self._lead, self._letter, self._params) - len(self._params)
        if want > MAX_KEPT - len(self._params):
            # one more than is left, so that "all discarded" differs from "nothing to discard"
            self._discard = want + 1
            return False
        return want <= 0

    def _take(self, buffer: bytearray) -> None:
        if self._discard:
            gone = min(self._discard - 1, len(buffer))
            self._discard -= gone
            del buffer[:gone]
            return
        want = needed(self._lead, self._letter, self._params) - len(self._params)
        self._params += buffer[:want]
        del buffer[:want]
