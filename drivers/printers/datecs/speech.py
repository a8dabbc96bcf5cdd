"""Between a fiscal printer's driver and the dialogue: an order as a value, its answer understood, paper waited for.

Two kinds of trouble that must not be mixed. What the wire does to a message is the dialogue's business: the same
message again. What the device says to it is an answer: here it becomes `Said`, and the same order is only given again,
as a new message, once a person has put right what was in the way (paper, cover): the rejected one changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from drivers.errors import DeviceError, NotSent, Refused, Unanswered
from drivers.framing.datecs import Reply
from drivers.printers.datecs.commands import Language
from drivers.printers.datecs.commands_values import Command, Unreadable
from drivers.printers.datecs.dialogue import Dialogue
from drivers.printers.datecs.errors import Rejection
from drivers.printers.datecs.settings import DatecsSettings
from drivers.printers.datecs.status import Status

T = TypeVar("T")
#: What counts twice when it is done twice: lines, payments, cash, reports, text, pulses. Other orders a device refuses
#: the second time, because its receipt is open already, or closed.
_COUNTS: Final = frozenset({0x2A, 0x31, 0x34, 0x35, 0x36, 0x37, 0x3A, 0x45, 0x46, 0x6A})
#: What a person puts right, or time does: worth waiting for in the middle of a receipt.
_PASSES: Final = frozenset({"operator", "retry"})


class Said(Refused):
    """The device understood an order and did not carry it out; nothing changed in it."""

    def __init__(self, command: Command, rejection: Rejection, *, port: str, role: str) -> None:
        super().__init__(f"it does not {command.name}: {rejection}", port=port, role=role)
        self.command = command
        self.rejection = rejection

    @property
    def passes(self) -> bool:
        """Will it pass when a person puts in paper, or with time?"""
        return self.rejection.action in _PASSES


class Waiting(DeviceError):
    """What is in the way (paper, cover) did not pass in time. The document is as it was and can be gone on with."""


class Speech:
    """Orders and questions to one device. `status` is that of the last answer; `heard` is told every one.

    `acted`: since `begin`, something may have been carried out that leaves a document, whole or in part.
    """

    def __init__(
        self, dialogue: Dialogue, language: Language, settings: DatecsSettings, heard: Callable[[Status], None]
    ) -> None:
        self.dialogue = dialogue
        self.language = language
        self.settings = settings
        self.status: Status | None = None
        self.acted = False
        self._heard = heard

    def begin(self) -> None:
        """A new order of the till begins."""
        self.acted = False

    # --- exchanges ----------------------------------------------------------------------------------------------

    def ask(self, command: Command) -> Reply:
        """Exchange something that makes no document. Raises Said, NotSent, Unanswered, Stopped."""
        reply = self._exchange(command)
        rejection = self.language.rejection(command, reply)
        if rejection is not None:
            raise Said(command, rejection, **self.where)
        return reply

    def order(self, command: Command) -> Reply:
        """Exchange something that makes or changes a document. Raises as `ask`."""
        before, self.acted = self.acted, True
        try:
            return self.ask(command)
        except (NotSent, Said):
            self.acted = before
            raise

    def insist(self, command: Command) -> Reply:
        """`order`, again and again while only paper, the cover or heat is in the way. Raises Waiting too."""
        times = self.settings.times
        until = self.dialogue.now() + times.paper
        while True:
            try:
                return self.order(command)
            except Said as said:
                if not said.passes:
                    raise
                if self.dialogue.now() >= until:
                    raise Waiting(f"{said.rejection}; the receipt goes on after that", **self.where) from said
            self.dialogue.pause(times.look)
            self._await_hand(until)

    def told(self, command: Command, understand: Callable[[Reply], T], *, patient: bool = True) -> T:
        """`insist` (or `order`), and make a value of the answer; Unanswered when it makes no sense: it has acted."""
        reply = self.insist(command) if patient else self.order(command)
        try:
            return understand(reply)
        except Unreadable as error:
            where = self.where
            raise Unanswered(str(error), port=where["port"], role=where["role"]) from error

    def _await_hand(self, until: float) -> None:
        """Look until nothing is in the way any more, or until the time is up."""
        while not self.look().can_print and self.dialogue.now() < until:
            self.dialogue.pause(self.settings.times.look)

    def look(self) -> Status:
        """The status as it is now. Raises as `ask`."""
        reply = self._exchange(self.language.status())
        return self.language.state(reply)

    def read(self, command: Command, understand: Callable[[Reply], T]) -> T:
        """Ask, and make a value of the answer. Raises Refused when it makes no sense."""
        reply = self.ask(command)
        try:
            return understand(reply)
        except Unreadable as error:
            raise Refused(str(error), **self.where) from error

    def read_if_told(self, command: Command, understand: Callable[[Reply], T]) -> T | None:
        """`read`, but None when this device does not know the question or answers nonsense."""
        with suppress(Refused):
            return self.read(command, understand)
        return None

    def _exchange(self, command: Command) -> Reply:
        times = self.settings.times
        budget = {"normal": times.command, "long": times.report, "terminal": times.pinpad}[command.budget]
        replay = times.replay_once if command.number in _COUNTS and not command.asks else times.replay
        reply = self.dialogue.exchange(command.number, command.data, budget, replay)
        self.status = self.language.state(reply)
        self._heard(self.status)
        return reply

    @property
    def where(self) -> dict[str, str]:
        """Port and role, for an error."""
        return {"port": self.dialogue.port.name, "role": self.settings.role}


def lost(error: DeviceError) -> bool:
    """Is the line, or the device behind it, gone (and not only its answer no)?"""
    return isinstance(error, NotSent | Unanswered)
