"""Between the till and a fiscal printer on a sale's way: a mailbox served one order at a time, on the port's thread.

The same device makes documents, opens the drawer and prints slips, so one thread serves them all in order. Whatever an
order leads to comes back as one event in the till's inbox. "Nothing was sent" is said only where that is so: of an
order that never reached the driver. An exception that nobody foresaw becomes doubt, never silence.
"""

from __future__ import annotations

import logging
from typing import Final, Protocol

from drivers.ports.base import Clock
from firmware_bridge.lanes import Device, PortLane, Post, Service, Watch, document_of, doubt, refuse, silent, unforeseen
from firmware_bridge.log_kinds import about
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Kick, Print, SignOut
from statemachines.vocabulary.events import Event

log = logging.getLogger(__name__)

NOT_CONNECTED: Final = "the fiscal printer is not connected; nothing was sent"
NOT_ASKED: Final = "the fiscal printer is not connected; it is asked when it is"


class HardwareRegister(Device, Protocol):
    """A fiscal printer with its drawer. It reports its condition; no method raises for what a device may do.

    `close` makes a document that is on its way doubtful.
    """

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
                log.error(
                    "a fiscal printer cannot %s",
                    type(effect).__name__,
                    extra=about("order-unknown", device="fiscaliser"),
                )
                return None
    except Exception as error:
        log.exception(
            "unforeseen error in a fiscal printer's driver",
            extra=about("driver-error", device="fiscaliser", receipt=document_of(effect)),
        )
        return doubt(effect, unforeseen(error))


def not_connected(effect: Effect) -> Event | None:
    """The outcome of an order that never reached the device."""
    return refuse(effect, NOT_ASKED if isinstance(effect, Ask) else NOT_CONNECTED)


class RegisterLane(PortLane):
    """The lane of a fiscal printer, and of the drawer on its socket."""

    def __init__(
        self, name: str, register: HardwareRegister, post: Post, clock: Clock, watch: Watch | None = None
    ) -> None:
        service = Service(
            execute=lambda effect: execute(register, effect), refuse=not_connected, on_trouble=silent(post)
        )
        super().__init__(name, register, post, clock, service, watch)
