"""Drivers with one mistake each, as peers make them: what the cut campaign must catch. The sound one with a twist."""

from __future__ import annotations

from contextlib import suppress

from drivers.framing.datecs import Envelope, Reader, Reply, Request, RequestReader
from drivers.ports.base import PortLost
from drivers.ports.memory import MemoryPort, VirtualClock
from firmware_bridge.register_lane import HardwareRegister
from statemachines.vocabulary.effects import Fiscalise, Kick, Print
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    FiscalStamp,
    ReceiptFiscalised,
)


class _Twisted:
    """Passes everything on to the driver."""

    def __init__(self, sound: HardwareRegister) -> None:
        self._sound = sound

    @property
    def connected(self) -> bool:
        return self._sound.connected

    def connect(self) -> bool:
        return self._sound.connect()

    def watch(self, timeout: float) -> None:
        self._sound.watch(timeout)

    def fiscalise(self, order: Fiscalise) -> Event:
        return self._sound.fiscalise(order)

    def ask(self, order: Fiscalise) -> Event:
        return self._sound.ask(order)

    def kick(self, order: Kick) -> Event:
        return self._sound.kick(order)

    def print(self, intention: Print) -> Event:
        return self._sound.print(intention)

    def ask_print(self, intention: Print) -> Event:
        return self._sound.ask_print(intention)

    def wake(self) -> None:
        self._sound.wake()

    def close(self) -> None:
        self._sound.close()


class SilenceIsNo(_Twisted):
    """Takes a lost answer for "nothing happened": the sale is told as refused."""

    def fiscalise(self, order: Fiscalise) -> Event:
        outcome = self._sound.fiscalise(order)
        if isinstance(outcome, FiscalisationDoubtful):
            return FiscalisationRefused(order.document_id, "no answer")
        return outcome

    def ask(self, order: Fiscalise) -> Event:
        return FiscalisationRefused(order.document_id, "no answer")


class Optimist(_Twisted):
    """Takes a lost answer for "it will be done": in doubt the document is told as made."""

    def fiscalise(self, order: Fiscalise) -> Event:
        outcome = self._sound.fiscalise(order)
        return self._made(order) if isinstance(outcome, FiscalisationDoubtful) else outcome

    def ask(self, order: Fiscalise) -> Event:
        return self._made(order)

    def _made(self, order: Fiscalise) -> Event:
        return ReceiptFiscalised(order.document_id, FiscalStamp("datecs", "", ""), "yes")


class CancelsFirst(_Twisted):
    """In doubt it cancels whatever is open and begins anew, without reading back what is in the memory."""

    def __init__(self, sound: HardwareRegister, cancel: CancelPort) -> None:
        super().__init__(sound)
        self._cancel = cancel

    def fiscalise(self, order: Fiscalise) -> Event:
        self._cancel.send()
        return self._sound.fiscalise(order)

    def ask(self, order: Fiscalise) -> Event:
        self._cancel.send()
        return FiscalisationUnknown(order.document_id)


class _Through:
    """A port around a port."""

    def __init__(self, port: MemoryPort) -> None:
        self._port = port
        self.name = port.name

    @property
    def clock(self) -> VirtualClock:
        return self._port.clock

    def open(self) -> None:
        self._port.open()

    def close(self) -> None:
        self._port.close()

    def write(self, data: bytes, timeout: float) -> int:
        return self._port.write(data, timeout)

    def read(self, timeout: float) -> bytes:
        return self._port.read(timeout)

    def wake(self) -> None:
        self._port.wake()


class CancelPort(_Through):
    """Sends a cancel (3Ch) of its own in between, under a SEQ that the driver does not use."""

    SEQ = 0x7F

    def __init__(self, port: MemoryPort, envelope: Envelope) -> None:
        super().__init__(port)
        self._envelope = envelope

    def send(self) -> None:
        """Cancel, and let the answer pass; without a line nothing is cancelled."""
        with suppress(PortLost):
            self._cancel()

    def _cancel(self) -> None:
        self._port.write(self._envelope.request(self.SEQ, 0x3C), 1.0)
        until = self.clock.monotonic() + 1.0
        while self.clock.monotonic() < until:
            self._port.read(until - self.clock.monotonic())


class NewNumberPort(_Through):
    """Gives every repetition of a frame a new SEQ: the driver that does not know the rule of the device."""

    def __init__(self, port: MemoryPort, envelope: Envelope) -> None:
        super().__init__(port)
        self._envelope = envelope
        self._orders = RequestReader(envelope)
        self._answers = Reader(envelope)
        self._last = b""
        self._given: dict[int, int] = {}  # SEQ on the wire -> the driver's
        self._next = 0x20

    def write(self, data: bytes, timeout: float) -> int:
        (order,) = self._orders.feed(data)
        assert isinstance(order, Request)
        number = order.seq
        if data == self._last:
            self._next = 0x20 if self._next >= 0x7F else self._next + 1
            number = self._next if self._next != order.seq else self._next + 1
        self._last = data
        self._given = {number: order.seq}
        frame = self._envelope.request(number, order.command, order.data)
        taken = self._port.write(frame, timeout)
        return len(data) if taken == len(frame) else 0

    def read(self, timeout: float) -> bytes:
        data = self._port.read(timeout)
        out = bytearray()
        for found in self._answers.feed(data):
            if isinstance(found, Reply):
                number = self._given.get(found.seq, found.seq)
                out += self._envelope.reply(number, found.command, found.data, found.status)
        return bytes(out)
