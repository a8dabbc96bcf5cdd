"""Between the till and a fiscal printer on a sale's way: a mailbox served one order at a time, on the port's thread.

The same device makes documents, opens the drawer and prints slips, so one thread serves them all in order. Whatever an
order leads to comes back as one event in the till's inbox. "Nothing was sent" is said only where that is so: of an
order that never reached the driver. An exception that nobody foresaw becomes doubt, never silence.
"""

from __future__ import annotations

import logging
import queue
import threading
from typing import Protocol

from drivers.ports.base import Clock
from firmware_bridge.lanes import RECONNECT_S, WATCH_S, Post, refuse
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Kick, Print, SignOut
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    Event,
    FiscalisationDoubtful,
    PrintDoubtful,
    PrinterSilent,
    PrintUnresolved,
)

log = logging.getLogger(__name__)

NOT_CONNECTED = "the fiscal printer is not connected; nothing was sent"
NOT_ASKED = "the fiscal printer is not connected; it is asked when it is"
_NAP_S = 0.2


class HardwareRegister(Protocol):
    """A fiscal printer with its drawer, owned by its port's thread. No method raises for what a device may do."""

    def connect(self) -> bool:
        """Open the port and find out who is there. Returns whether it answered; called again, with pauses."""

    def watch(self, timeout: float) -> None:
        """Listen for up to `timeout` seconds and report changes of its condition."""

    def fiscalise(self, order: Fiscalise) -> Event:
        """ReceiptFiscalised, FiscalisationRefused, Declined or FiscalisationDoubtful."""

    def ask(self, order: Fiscalise) -> Event:
        """ReceiptFiscalised, FiscalisationUnknown or FiscalisationDoubtful; never repeats the order."""

    def kick(self, order: Kick) -> Event:
        """DrawerKicked or DrawerKickDropped."""

    def print(self, intention: Print) -> Event:
        """Text that is no fiscal document: ReceiptPrinted, PrintRefused or PrintDoubtful."""

    def ask_print(self, intention: Print) -> Event:
        """ReceiptPrinted, PrintFoundMissing or PrintUnresolved."""

    @property
    def connected(self) -> bool:
        """Does it answer? False after its port was lost, until `connect` succeeds again."""

    def wake(self) -> None:
        """Make `watch` return at once (from any thread)."""

    def close(self) -> None:
        """End every wait soon and give the port back (from any thread): a document on its way becomes doubtful."""


def execute(register: HardwareRegister, effect: Effect) -> Event | None:
    """Carry out one order on a connected device; an exception becomes the event that says what may have happened."""
    try:
        match effect:
            case Fiscalise():
                return register.fiscalise(effect)
            case Ask(intention=Fiscalise() as order):
                return register.ask(order)
            case Print():
                return register.print(effect)
            case Ask(intention=Print() as job):
                return register.ask_print(job)
            case Kick():
                return register.kick(effect)
            case SignOut():
                return None  # these devices know no session
            case _:
                log.error("a fiscal printer cannot %s", type(effect).__name__)
                return None
    except Exception as error:
        log.exception("unforeseen error in a fiscal printer's driver")
        return doubt(effect, _unforeseen(error))


def not_connected(effect: Effect) -> Event | None:
    """The outcome of an order that never reached the device."""
    return refuse(effect, NOT_ASKED if isinstance(effect, Ask) else NOT_CONNECTED)


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


class RegisterLane:
    """One thread for one fiscal printer: connects, watches, executes."""

    def __init__(self, name: str, register: HardwareRegister, post: Post, clock: Clock) -> None:
        self._register = register
        self._post = post
        self._clock = clock
        self._mailbox: queue.SimpleQueue[Effect] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"lane-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def order(self, effect: Effect) -> None:
        """Put an effect into the mailbox; never blocks."""
        self._mailbox.put(effect)
        self._register.wake()

    def close(self) -> None:
        """End it; no thread is left. What waits in the mailbox gets no event: the next start asks what became of it."""
        self._stopping.set()
        self._register.close()
        if self._thread.is_alive():
            self._thread.join()

    def _serve(self) -> None:
        try:
            while not self._stopping.is_set():
                if self._connect():
                    self._serve_connected()
        finally:
            self._register.close()

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
            return self._register.connect()
        except Exception as error:
            log.exception("unforeseen error while connecting to a fiscal printer")
            self._post(PrinterSilent(_unforeseen(error)))
            return False

    def _refuse_for(self, seconds: float) -> None:
        """While nobody is there: say so at once to whoever orders something."""
        until = self._clock.monotonic() + seconds
        while not self._stopping.is_set() and (left := until - self._clock.monotonic()) > 0:
            try:
                effect = self._mailbox.get(timeout=min(left, _NAP_S))
            except queue.Empty:
                continue
            self._answer(not_connected(effect))

    def _serve_connected(self) -> None:
        while not self._stopping.is_set() and self._register.connected:
            try:
                effect = self._mailbox.get_nowait()
            except queue.Empty:
                if not self._watch():
                    return
                continue
            self._answer(execute(self._register, effect))

    def _watch(self) -> bool:
        try:
            self._register.watch(WATCH_S)
        except Exception as error:
            log.exception("unforeseen error while watching a fiscal printer")
            self._post(PrinterSilent(_unforeseen(error)))
            return False
        return True

    def _answer(self, event: Event | None) -> None:
        if event is not None:
            self._post(event)


def _unforeseen(error: Exception) -> str:
    return f"unforeseen error in the driver ({type(error).__name__}: {error})"
