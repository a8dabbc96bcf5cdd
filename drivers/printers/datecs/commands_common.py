"""On a sale's way to a fiscal printer: what commas and TABs have in common. The fields' separator is the subclass's."""

from __future__ import annotations

from datetime import datetime

from drivers.framing.datecs import Reply
from drivers.printers.datecs import commands_text as text
from drivers.printers.datecs.commands_values import (
    Budget,
    CashState,
    Change,
    Command,
    Identity,
    Operator,
    Unreadable,
)
from drivers.printers.datecs.dialects import Dialect
from drivers.printers.datecs.errors import NOT_ALLOWED, OF_COMMAND, OF_DEVICE, UNTOLD, Rejection
from drivers.printers.datecs.status import Status, read_status

#: Bits under which the device may set 0.5 although it carried the order out.
_STANDING = frozenset({"ram_reset", "ram_destroyed", "low_battery", "return_mark", "fiscal_memory_missing"})
_PULSE_MS = range(5, 101)
_FEED_LINES = range(1, 100)


class Common:
    """The part of commands.Language that does not depend on separators."""

    def __init__(self, dialect: Dialect, decimals: int) -> None:
        self.dialect = dialect
        self.decimals = decimals

    # --- what an answer says ------------------------------------------------------------------------------------

    def state(self, reply: Reply) -> Status:
        return read_status(self.dialect, reply.status)

    def rejection(self, command: Command, reply: Reply) -> Rejection | None:
        """By the status bytes alone."""
        status = self.state(reply)
        for name, action, words in OF_COMMAND:
            if name in status:
                return Rejection(action, name, words)
        refused = "not_allowed" in status
        if not refused and (command.asks or not status.general_error or self._done(command, reply)):
            return None
        if command.prints:
            for name, action, words in OF_DEVICE:
                if name in status:
                    return Rejection(action, name, words)
        if refused:
            return NOT_ALLOWED
        return None if status.names & _STANDING or not status.can_print else UNTOLD

    def _done(self, command: Command, reply: Reply) -> bool:
        """Do the data alone say that it was carried out, whatever else is the matter with the device?"""
        return False

    # --- orders that look the same ------------------------------------------------------------------------------

    def clock(self) -> Command:
        return self._ask(0x3E, "read the clock")

    def time(self, reply: Reply) -> datetime:
        return text.time_of(self._fields(reply, 1)[0])

    def set_clock(self, at: datetime) -> Command:
        return self._order(0x3D, "set the clock", f"{at:%d-%m-%y %H:%M:%S}", prints=False)

    def close_sale(self) -> Command:
        return self._order(0x38, "close the receipt")

    def close_return(self) -> Command:
        return self._order(self.dialect.close_return, "close the return")

    def cancels(self) -> tuple[Command, ...]:
        return tuple(self._order(number, "cancel the receipt") for number in self.dialect.cancels)

    def open_nonfiscal(self) -> Command:
        return self._order(0x26, "open a non-fiscal receipt")

    def close_nonfiscal(self) -> Command:
        return self._order(0x27, "close the non-fiscal receipt")

    def drawer(self, milliseconds: int) -> Command:
        if milliseconds not in _PULSE_MS:
            raise ValueError(f"a drawer pulse lasts 5 to 100 ms, not {milliseconds}; nothing was sent")
        return self._order(0x6A, "open the drawer", str(milliseconds), prints=False)

    def feed(self, lines: int) -> Command:
        if lines not in _FEED_LINES:
            raise ValueError(f"paper is fed by 1 to 99 lines, not {lines}; nothing was sent")
        return self._order(0x2C, "feed paper", str(lines))

    def cut(self) -> Command:
        return self._order(0x2E if self.dialect.tabs else 0x2D, "cut the paper")

    def diagnostic(self) -> Command:
        # Without TAB also on X, where the answer then comes with commas: the one form that all families answer.
        return Command(0x5A, b"1", "identify", asks=True, prints=False)

    def closures_left(self) -> Command:
        return self._ask(0x44, "read how many Z reports its fiscal memory still takes")

    def left(self, reply: Reply) -> int:
        return text.number(self._fields(reply, 1)[0])

    def identity(self, reply: Reply) -> Identity:
        fields = text.decode(reply.data).split(",")
        if len(fields) < 5:
            raise Unreadable(f"the device answered {reply.data!r} to the question who it is")
        # Old devices have one number only, which is then the serial number.
        fields += [""] * (6 - len(fields))
        return Identity(*(part.strip() for part in fields[:6]))

    def cash(self, reply: Reply) -> CashState:
        return CashState(*(self._amount(part) for part in self._fields(reply, 3)[:3]))

    # --- helpers ------------------------------------------------------------------------------------------------

    def _join(self, fields: tuple[str, ...]) -> bytes:
        raise NotImplementedError

    def _fields(self, reply: Reply, least: int) -> list[str]:
        """The fields of a good answer, at least so many. Raises Unreadable."""
        raise NotImplementedError

    def _order(
        self,
        number: int,
        name: str,
        *fields: str,
        asks: bool = False,
        prints: bool = True,
        budget: Budget = "normal",
    ) -> Command:
        return Command(number, self._join(fields), name, asks=asks, prints=prints, budget=budget)

    def _ask(self, number: int, name: str, *fields: str, budget: Budget = "normal") -> Command:
        return self._order(number, name, *fields, asks=True, prints=False, budget=budget)

    def _money(self, minor: int) -> str:
        return text.money(minor, self.decimals)

    def _amount(self, written: str) -> int:
        return text.amount(written, self.decimals)

    def _operator(self, operator: Operator) -> tuple[str, str]:
        if not 1 <= operator.number <= self.dialect.operators:
            raise ValueError(f"there are operators 1 to {self.dialect.operators}, not {operator.number}")
        if not (operator.password.isascii() and operator.password.isdigit() and len(operator.password) <= 8):
            raise ValueError("an operator's password is 1 to 8 digits; nothing was sent")
        return str(operator.number), operator.password

    def _till(self, operator: Operator) -> str:
        if not 1 <= operator.till <= 99999:
            raise ValueError(f"points of sale are numbered 1 to 99999, not {operator.till}; nothing was sent")
        return str(operator.till)

    def _line(self, line: str) -> str:
        if len(line) > self.dialect.text_length:
            raise ValueError(f"a line of text has at most {self.dialect.text_length} characters; nothing was sent")
        return line

    def _checked(self, change: Change) -> Change:
        if (change.percent is None) == (change.amount is None):
            raise ValueError("a discount is either a percentage or an amount; nothing was sent")
        if change.amount is not None and not self.dialect.absolute_discounts:
            raise ValueError(f"a Datecs {self.dialect.name} device takes discounts in per cent only; nothing was sent")
        if change.percent is not None and not -9999 <= change.percent <= 9999:
            raise ValueError("a percentage is at most 99.99; nothing was sent")
        return change
