"""A lane: a mailbox of effects served one at a time, on the thread that owns the device's port.

The port is read all the time: between two orders the driver watches it, because status comes unasked. Whatever an
order leads to comes back as one event in the till's inbox; an exception that nobody foresaw becomes doubt, never
silence. What differs from device to device is a `Service`; the loop is one.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from drivers.ports.base import Clock, PortLost
from drivers.printers.base import ReceiptPrinter
from firmware_bridge.log_kinds import about
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Kick, Print
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    PrintDoubtful,
    PrinterSilent,
    PrintRefused,
    PrintUnresolved,
)

log = logging.getLogger(__name__)

WATCH_S: Final = 1.0  # how long one look at the port takes at most when nothing is ordered
LOOK_S: Final = 15.0  # after that long a look has not come back: the port hangs
ORDER_S: Final = 240.0  # as long as no order and no connection takes
RECONNECT_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
NOT_CONNECTED: Final = "the printer is not connected; nothing was sent"
_NAP_S: Final = 0.2

Post = Callable[[Event], None]


class Lane(Protocol):
    """What the till knows of a lane."""

    def start(self) -> None: ...

    def order(self, effect: Effect) -> None:
        """Put an effect into the mailbox; never blocks."""

    def close(self) -> None:
        """End it; afterwards no thread is left. A job on its way becomes doubtful."""


class Device(Protocol):
    """What a lane needs of every driver. Owned by the lane's thread; `wake` and `close` from any."""

    def connect(self) -> bool:
        """Open the port and find out who is there. Returns whether it answered; called again, with pauses."""

    def watch(self, timeout: float) -> None:
        """Listen for up to `timeout` s; returns earlier when woken. May raise PortLost."""

    @property
    def connected(self) -> bool:
        """False after the port was lost, until `connect` succeeds again."""

    def wake(self) -> None:
        """Make `watch` return at once."""

    def close(self) -> None:
        """End every wait soon and give the port back for good."""


@dataclass(frozen=True, slots=True)
class Service:
    """What one kind of device does in its lane; none of these raises.

    `execute`: carry out an order on the connected device. `refuse`: the outcome of an order that never reached it.
    `on_trouble`: it is not connected (any more); the reason, "" where the driver alone knows it. `on_ready`: it is.
    """

    execute: Callable[[Effect], Event | None]
    refuse: Callable[[Effect], Event | None]
    on_trouble: Callable[[str], None]
    on_ready: Callable[[], None] = lambda: None


class Watch(Protocol):
    """Somebody who looks at what a lane does (firmware_bridge.wire_failures)."""

    def over(self, service: Service, stopping: Callable[[], bool]) -> Service:
        """The service, looked at; called once."""


class PortLane:
    """One thread for one port: connects, watches, executes.

    A connection over which something was heard is made again at once when it ends; one after the other that was of no
    use waits longer and longer.
    """

    def __init__(
        self, name: str, device: Device, post: Post, clock: Clock, service: Service, watch: Watch | None = None
    ) -> None:
        self._name = name
        self._device = device
        self._post = post
        self._clock = clock
        self._mailbox: queue.SimpleQueue[Effect] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._service = service if watch is None else watch.over(service, self._stopping.is_set)
        self._back_by = math.inf
        self._thread = threading.Thread(target=self._serve, name=f"lane-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def order(self, effect: Effect) -> None:
        """Put an effect into the mailbox; never blocks."""
        self._mailbox.put(effect)
        self._device.wake()

    @property
    def overdue(self) -> bool:
        """Does its thread hang in one call into the driver, or is it gone? From any thread."""
        return self._clock.monotonic() > self._back_by

    def close(self) -> None:
        """End it; no thread is left. What waits in the mailbox gets no event and is never sent late: the next start
        asks what became of it, and a kick is forgotten.
        """
        self._stopping.set()
        self._device.close()
        if self._thread.is_alive():
            self._thread.join()

    def _serve(self) -> None:
        failures = 0
        try:
            while not self._stopping.is_set():
                heard, reason = self._connection()
                if self._stopping.is_set():
                    return
                self._service.on_trouble(reason)
                if heard:
                    failures = 0
                    continue
                self._refuse_for(RECONNECT_S[min(failures, len(RECONNECT_S) - 1)])
                failures += 1
        finally:
            self._device.close()

    def _connection(self) -> tuple[bool, str]:
        """One from its beginning to its end: was something heard, and why did it end ("": the driver knows)?"""
        heard = False
        self._expect(ORDER_S)
        try:
            if not self._device.connect():
                return False, ""
            self._service.on_ready()
            while not self._stopping.is_set() and self._device.connected:
                self._serve_one()
                heard = heard or self._device.connected
        except PortLost as error:
            return heard, error.text
        except Exception as error:
            log.exception(
                "unforeseen error in the driver of %s", self._name, extra=about("driver-error", device=self._name)
            )
            return heard, unforeseen(error)
        return heard, ""

    def _serve_one(self) -> None:
        try:
            effect = self._mailbox.get_nowait()
        except queue.Empty:
            self._expect(LOOK_S)
            self._device.watch(WATCH_S)
        else:
            self._expect(ORDER_S)
            self._answer(self._service.execute(effect))

    def _refuse_for(self, seconds: float) -> None:
        """While nobody is there: say so at once to whoever orders something."""
        until = self._clock.monotonic() + seconds
        self._expect(seconds + LOOK_S)
        while not self._stopping.is_set() and (left := until - self._clock.monotonic()) > 0:
            try:
                effect = self._mailbox.get(timeout=min(left, _NAP_S))
            except queue.Empty:
                continue
            self._answer(self._service.refuse(effect))

    def _expect(self, seconds: float) -> None:
        self._back_by = self._clock.monotonic() + seconds

    def _answer(self, event: Event | None) -> None:
        if event is not None:
            self._post(event)


def execute(printer: ReceiptPrinter, effect: Effect) -> Event | None:
    """Carry out one order on a connected printer; an exception becomes the event that says what may have happened."""
    try:
        match effect:
            case Print():
                return printer.print(effect)
            case Ask(intention=Print() as intention, end_sent=end_sent):
                return printer.ask(intention, end_sent)
            case Kick():
                return printer.kick(effect)
            case _:
                log.error(
                    "a receipt printer cannot %s", type(effect).__name__, extra=about("order-unknown", device="printer")
                )
                return None
    except Exception as error:
        log.exception(
            "unforeseen error in a printer driver",
            extra=about("driver-error", device="printer", receipt=document_of(effect)),
        )
        return doubt(effect, unforeseen(error))


def refuse(effect: Effect, reason: str) -> Event | None:
    """The outcome of an order that could not even begin: nothing was sent."""
    match effect:
        case Print():
            return PrintRefused(effect.document_id, effect.job_id, reason)
        case Fiscalise():
            return FiscalisationRefused(effect.document_id, reason)
        case _:
            return doubt(effect, reason)


def doubt(effect: Effect, reason: str) -> Event | None:
    """It may have happened, or the question was not answered."""
    match effect:
        case Fiscalise(document_id=name) | Ask(intention=Fiscalise(document_id=name)):
            return FiscalisationDoubtful(name, reason)
        case Print(document_id=name, job_id=job_id):
            return PrintDoubtful(name, job_id, reason)
        case Ask(intention=Print(document_id=name, job_id=job_id)):
            return PrintUnresolved(name, job_id, reason, person_needed=False)
        case Kick():
            return DrawerKickDropped(effect.drawer_id, reason)
        case _:
            return None


def document_of(effect: Effect) -> str:
    """The document that an order is about, for the log; "" for one about none."""
    order = effect.intention if isinstance(effect, Ask) else effect
    return order.document_id if isinstance(order, Print | Fiscalise) else ""


def unforeseen(error: Exception) -> str:
    """A defect, in words that may stand in the journal."""
    return f"unforeseen error in the driver ({type(error).__name__}: {error})"


def silent(post: Post) -> Callable[[str], None]:
    """`on_trouble` of a printer, whose driver tells by itself all that it knows."""

    def told(reason: str) -> None:
        if reason:
            post(PrinterSilent(reason))

    return told


class PrinterLane(PortLane):
    """The lane of a receipt printer, and of the drawer on its socket."""

    def __init__(
        self, name: str, printer: ReceiptPrinter, post: Post, clock: Clock, watch: Watch | None = None
    ) -> None:
        service = Service(
            execute=lambda effect: execute(printer, effect),
            refuse=lambda effect: refuse(effect, NOT_CONNECTED),
            on_trouble=silent(post),
        )
        super().__init__(name, printer, post, clock, service, watch)
