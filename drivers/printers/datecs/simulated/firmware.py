"""In a simulated fiscal printer: one order in, one answer out, refusals said in the payload's language."""

from __future__ import annotations

from typing import Final

from drivers.printers.datecs.simulated.commas import CommaPayload
from drivers.printers.datecs.simulated.faults import Faults
from drivers.printers.datecs.simulated.refusals import CodedRefusal, Refusal
from drivers.printers.datecs.simulated.selling import Selling
from drivers.printers.datecs.simulated.status import status_bytes
from drivers.printers.datecs.simulated.tabs import TabPayload
from drivers.printers.datecs.simulated.wire import Order

#: Orders that change nothing; they are quick, and no `error` fault hits them.
_ASKING: Final = frozenset(
    {0x20, 0x32, 0x3E, 0x41, 0x44, 0x4A, 0x4C, 0x53, 0x5A, 0x64, 0x67, 0x6E, 0x70, 0x71, 0x77, 0x7B, 0x7D}
)
_VARIABLE: Final = 0xFF
_LOCKED: Final = frozenset({0x4A, 0x5A})


def asks(order: Order) -> bool:
    """Does it change nothing? (The value of a variable is asked for when none is given.)"""
    if order.command == _VARIABLE:
        return order.data.split(b"\t")[2:3] == [b""]
    return order.command in _ASKING


class Firmware:
    """What an order does and what is answered."""

    def __init__(self, register: Selling, faults: Faults) -> None:
        self._register = register
        self._faults = faults
        self._payload: CommaPayload | TabPayload = (
            CommaPayload(register) if register.who.payload == "commas" else TabPayload(register)
        )

    def card_terminal(self, code: int) -> None:
        """The next payment through the card terminal ends with this error. Raises KeyError without terminal."""
        if not isinstance(self._payload, TabPayload):
            raise KeyError("terminal")
        self._payload.terminal.append(code)

    def carry_out(self, order: Order) -> tuple[bytes, bytes]:
        """DATA and status bytes of the answer."""
        who = self._register.who
        try:
            self._check(order)
            data = self._payload.handle(order.command, order.data)
        except Refusal as refusal:
            self._remember(order.command, refusal)
            raised = refusal.bit if who.payload != "code" or refusal.cause == "invalid_command" else None
            return self._refused(refusal), status_bytes(who, self._register.memory, self._register.printing, raised)
        return data, status_bytes(who, self._register.memory, self._register.printing)

    def _check(self, order: Order) -> None:
        """What keeps any order from being carried out. Raises Refusal."""
        command = order.command
        if not self._payload.knows(command):
            raise Refusal("invalid_command")
        if self._register.locked and command not in _LOCKED:
            raise Refusal("locked")
        if not asks(order) and (code := self._faults.use("error")):
            raise CodedRefusal(-code)

    def _refused(self, refusal: Refusal) -> bytes:
        payload = self._register.who.payload
        if payload == "code":
            return b"" if refusal.cause == "invalid_command" else f"{refusal.code}\t".encode("ascii")
        return b"F\t" if payload == "letter" else refusal.data.encode("ascii")

    def _remember(self, command: int, refusal: Refusal) -> None:
        at = f"{self._register.time():%d-%m-%y %H:%M:%S}"
        self._register.memory.last_error = (str(command), str(-refusal.code), at, refusal.cause.replace("_", " "))
