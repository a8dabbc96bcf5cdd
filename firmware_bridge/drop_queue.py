"""In a network fiscaliser's way on a broken till: a queue that forgets. A control: its loss has to be found."""

from __future__ import annotations

from firmware_bridge.errors import UserError
from firmware_bridge.vendors.base import Fiscaliser, OfflineRegister
from statemachines.vocabulary.effects import DeliverOffline, Fiscalise, GoOffline, GoOnline, RefillCodes, SignOut
from statemachines.vocabulary.events import Event, FiscalStamp
from statemachines.vocabulary.offline_events import OfflineDocumentDelivered
from statemachines.vocabulary.traits import FiscaliserTraits


class DropQueue:
    """Forgets every second document that was made without the register and says that it is delivered.

    As software does that keeps its queue in memory. Everything else is handed on.
    """

    def __init__(self, fiscaliser: Fiscaliser) -> None:
        if not isinstance(fiscaliser, OfflineRegister):
            raise UserError("Only a register that takes what was made without it can lose it")
        self._fiscaliser = fiscaliser
        self._register: OfflineRegister = fiscaliser
        self._delivered = 0

    @property
    def traits(self) -> FiscaliserTraits:
        return self._fiscaliser.traits

    async def connect(self) -> None:
        await self._fiscaliser.connect()

    async def fiscalise(self, order: Fiscalise) -> Event:
        return await self._fiscaliser.fiscalise(order)

    async def ask(self, order: Fiscalise) -> Event:
        return await self._fiscaliser.ask(order)

    async def sign_out(self, effect: SignOut) -> None:
        await self._fiscaliser.sign_out(effect)

    async def close(self) -> None:
        await self._fiscaliser.close()

    async def look(self) -> Event:
        return await self._register.look()

    async def refill(self, step: RefillCodes) -> Event:
        return await self._register.refill(step)

    async def go_offline(self, step: GoOffline) -> Event:
        return await self._register.go_offline(step)

    async def deliver(self, step: DeliverOffline) -> Event:
        self._delivered += 1
        if self._delivered % 2:
            return await self._register.deliver(step)
        number = "" if step.code is None else step.code.value
        stamp = FiscalStamp("checkbox", number, "", offline=True, control="1", register="1", at=step.fiscal_at)
        return OfflineDocumentDelivered(step.document_id, stamp)

    async def go_online(self, step: GoOnline) -> Event:
        return await self._register.go_online(step)

    async def ping(self) -> Event:
        return await self._register.ping()
