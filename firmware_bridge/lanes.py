"""A lane: a mailbox of effects served one at a time, on the thread that owns the device's port.

The port is read all the time: between two orders the driver watches it, because status comes unasked. Whatever an
order leads to comes back as one event in the till's inbox; an exception that nobody foresaw becomes doubt, never
silence.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Protocol

from drivers.ports.base import Clock, PortLost
from drivers.printers.base import ReceiptPrinter
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

WATCH_S = 1.0  # how long one look at the port takes at most when nothing is ordered
RECONNECT_S = (0.2, 0.5, 1.0, 2.0, 5.0)
NOT_CONNECTED = "the printer is not connected; nothing was sent"

Post = Callable[[Event], None]


class Lane(Protocol):
    """What the till knows of a lane."""

    def start(self) -> None: ...

    def order(self, effect: Effect) -> None:
        """Put an effect into the mailbox; never blocks."""

    def close(self) -> None:
        """End it; afterwards no thread is left. A job on its way becomes doubtful."""


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
                log.error("a receipt printer cannot %s", type(effect).__name__)
                return None
    except Exception as error:
        log.exception("unforeseen error in a printer driver")
        return _doubt(effect, f"unforeseen error in the driver ({type(error).__name__}: {error})")


def refuse(effect: Effect, reason: str) -> Event | None:
    """The outcome of an order that could not even begin: nothing was sent."""
    match effect:
        case Print():
            return PrintRefused(effect.document_id, effect.job_id, reason)
        case Kick():
            return DrawerKickDropped(effect.drawer_id, reason)
        case Ask(intention=Print() as intention):
            return PrintUnresolved(intention.document_id, intention.job_id, reason, person_needed=False)
        case Fiscalise():
            return FiscalisationRefused(effect.document_id, reason)
        case Ask(intention=Fiscalise() as order):
            return FiscalisationDoubtful(order.document_id, reason)
        case _:
            return None


def _doubt(effect: Effect, reason: str) -> Event | None:
    if isinstance(effect, Print):
        return PrintDoubtful(effect.document_id, effect.job_id, reason)
    return refuse(effect, reason)


class PrinterLane:
    """One thread for one printer: connects, watches, executes."""

    def __init__(self, name: str, printer: ReceiptPrinter, post: Post, clock: Clock) -> None:
        self._printer = printer
        self._post = post
        self._clock = clock
        self._mailbox: queue.SimpleQueue[Effect] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"lane-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def order(self, effect: Effect) -> None:
        self._mailbox.put(effect)
        self._printer.wake()

    def close(self) -> None:
        self._stopping.set()
        self._printer.close()
        if self._thread.is_alive():
            self._thread.join()

    def _serve(self) -> None:
        try:
            while not self._stopping.is_set():
                if self._connect():
                    self._serve_connected()
        finally:
            self._printer.close()

    def _connect(self) -> bool:
        attempt = 0
        while not self._stopping.is_set():
            if self._try_to_connect():
                return True
            self._refuse_for(RECONNECT_S[min(attempt, len(RECONNECT_S) - 1)])
            attempt += 1
        return False

    def _try_to_connect(self) -> bool:
        try:
            return self._printer.connect()
        except Exception as error:
            log.exception("unforeseen error while connecting")
            self._post(PrinterSilent(f"unforeseen error in the driver ({type(error).__name__}: {error})"))
            return False

    def _refuse_for(self, seconds: float) -> None:
        """While nobody is there: say so at once to whoever orders something."""
        until = self._clock.monotonic() + seconds
        while not self._stopping.is_set() and (left := until - self._clock.monotonic()) > 0:
            try:
                effect = self._mailbox.get(timeout=min(left, 0.2))
            except queue.Empty:
                continue
            self._answer(refuse(effect, NOT_CONNECTED))

    def _serve_connected(self) -> None:
        while not self._stopping.is_set() and self._printer.connected:
            try:
                effect = self._mailbox.get_nowait()
            except queue.Empty:
                if not self._watch():
                    return
                continue
            self._answer(execute(self._printer, effect))

    def _watch(self) -> bool:
        try:
            self._printer.watch(WATCH_S)
        except PortLost as error:
            self._post(PrinterSilent(error.text))
            return False
        except Exception as error:
            log.exception("unforeseen error while watching a printer")
            self._post(PrinterSilent(f"unforeseen error in the driver ({type(error).__name__}: {error})"))
            return False
        return True

    def _answer(self, event: Event | None) -> None:
        if event is not None:
            self._post(event)
