"""A host without a driver: one order, one answer, in virtual time, and all that came over the wire."""

from __future__ import annotations

from typing import Any

from drivers.framing.datecs import Broken, Nak, Reader, Received, Reply, Syn
from drivers.printers.datecs.commands import Language, language
from drivers.printers.datecs.commands_values import Command, Item, Operator
from drivers.printers.datecs.dialects import DIALECTS, Dialect
from drivers.printers.datecs.simulator import SimulatedRegister

UNP = "DT000600-OP01-0001000"


class Host:
    """`raw` sends bytes and waits; `order` sends one command with a new SEQ and returns its answer."""

    def __init__(self, name: str, **arguments: Any) -> None:
        self.device = SimulatedRegister(name, **arguments)
        self.dialect: Dialect = DIALECTS[name]  # type: ignore[index]  # any of the six names
        self.speak: Language = language(self.dialect)
        self.operator = Operator(password=self.dialect.password)
        self.seen: list[tuple[float, Received]] = []
        self.wire = bytearray()
        self.seq = 0x20
        self._reader = Reader(self.dialect.envelope)

    def raw(self, data: bytes, seconds: float = 5.0) -> list[Received]:
        """What comes back within so many seconds after `data`."""
        start = len(self.seen)
        self.device.accept(data)
        self._listen(seconds, until_reply=False)
        return [one for _, one in self.seen[start:]]

    def frame(self, command: Command) -> bytes:
        return self.dialect.envelope.request(self.seq, command.number, command.data)

    def order(self, command: Command, seconds: float = 30.0, *, again: bool = False) -> Reply:
        """The answer; `again` sends it with the SEQ of the last order."""
        reply = self.attempt(command, seconds, again=again)
        assert reply is not None, f"{command.name} was not answered"
        return reply

    def attempt(self, command: Command, seconds: float = 30.0, *, again: bool = False) -> Reply | None:
        """The answer, or None when nothing comes in time."""
        if not again:
            self.seq = 0x20 + (self.seq - 0x1F) % 90
        self.device.accept(self.frame(command))
        return self._listen(seconds, until_reply=True)

    def refused(self, command: Command) -> str:
        """By what name the device refuses it; "" when it does not."""
        rejection = self.speak.rejection(command, self.order(command))
        return rejection.name if rejection is not None else ""

    def good(self, command: Command) -> Reply:
        """The answer to an order that is carried out."""
        reply = self.order(command)
        rejection = self.speak.rejection(command, reply)
        assert rejection is None, f"{command.name}: {rejection}"
        return reply

    def pass_time(self, seconds: float) -> None:
        self._listen(seconds, until_reply=False)

    # --- a whole receipt ------------------------------------------------------------------------------------------

    def program(self) -> None:
        if self.dialect.programmed_items:
            self.good(self.speak.program_item(self.operator, coffee()))

    def sell(self, *, pay: bool = True, close: bool = True) -> None:
        """Two coffees for 2.40, paid with 5.00."""
        unp = UNP if self.dialect.name in {"bg", "c", "x"} else ""
        self.good(self.speak.open_sale(self.operator, unp))
        self.good(self.speak.sale(coffee()))
        if pay:
            self.good(self.speak.payment(self.dialect.payments["cash"], 500))
        if close:
            self.good(self.speak.close_sale())

    def _listen(self, seconds: float, *, until_reply: bool) -> Reply | None:
        end = self.device.now + seconds
        while True:
            data = self.device.output()
            self.wire += data
            for one in self._reader.feed(data):
                self.seen.append((self.device.now, one))
                if until_reply and isinstance(one, Reply):
                    return one
            due = self.device.next_change()
            if self.device.now >= end:
                return None
            self.device.run_until(end if due is None else min(due, end))


def coffee() -> Item:
    return Item("Кафе", "2", 120, 2000, plu=7)


def kinds(received: list[Received]) -> list[type]:
    return [type(one) for one in received]


__all__ = ["UNP", "Broken", "Host", "Nak", "Reply", "Syn", "coffee", "kinds"]
