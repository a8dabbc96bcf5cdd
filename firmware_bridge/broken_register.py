"""In the way of a register that prints itself, on a broken till: controls, whose harm its books have to show.

A register whose paper is the till's is left alone: there the till's own printer is the broken one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.errors import Refused
from firmware_bridge.vendors.base import Copier, Finder, Findings, Fiscaliser
from statemachines.state import fiscal_doc_id
from statemachines.vocabulary.effects import Fiscalise, SignOut
from statemachines.vocabulary.events import Event, FiscalStamp, ReceiptFiscalised
from statemachines.vocabulary.traits import FiscaliserTraits

_EVERY: Final = 5


class _Through:
    """Hands everything on; the base of the broken ones. `_receipts` counts what it was given."""

    def __init__(self, fiscaliser: Fiscaliser) -> None:
        self._fiscaliser = fiscaliser
        self._receipts = 0

    @property
    def traits(self) -> FiscaliserTraits:
        return self._fiscaliser.traits

    def found(self) -> Findings:
        return self._fiscaliser.found() if isinstance(self._fiscaliser, Finder) else Findings()

    async def connect(self) -> None:
        await self._fiscaliser.connect()

    async def fiscalise(self, order: Fiscalise) -> Event:
        return await self._fiscaliser.fiscalise(order)

    async def ask(self, order: Fiscalise) -> Event:
        return await self._fiscaliser.ask(order)

    async def copy(self, stamp: FiscalStamp) -> bool:
        if not isinstance(self._fiscaliser, Copier):
            raise Refused("this register makes no copies; nothing was sent")
        return await self._fiscaliser.copy(stamp)

    async def sign_out(self, effect: SignOut) -> None:
        await self._fiscaliser.sign_out(effect)

    async def close(self) -> None:
        await self._fiscaliser.close()

    def _struck(self, order: Fiscalise) -> bool:
        self._receipts += order.receipt is not None
        return order.receipt is not None and self._receipts % _EVERY == 0


class _Double(_Through):
    """Makes every fifth receipt a second time under another id, as software does that takes slow for deaf."""

    async def fiscalise(self, order: Fiscalise) -> Event:
        outcome = await self._fiscaliser.fiscalise(order)
        if isinstance(outcome, ReceiptFiscalised) and self._struck(order):
            await self._fiscaliser.fiscalise(replace(order, fiscal_doc_id=fiscal_doc_id(order.fiscal_doc_id, 2)))
        return outcome


class _Drop(_Through):
    """Loses every fifth receipt on its way and reports it as made, as a queue in memory does."""

    async def fiscalise(self, order: Fiscalise) -> Event:
        if self._struck(order) and order.before is not None:
            return ReceiptFiscalised(order.document_id, order.before, printed="yes")
        return await self._fiscaliser.fiscalise(order)


def double_send(fiscaliser: Fiscaliser) -> Fiscaliser:
    """Every fifth receipt is made twice."""
    return _Double(fiscaliser) if fiscaliser.traits.prints else fiscaliser


def drop_record(fiscaliser: Fiscaliser) -> Fiscaliser:
    """Every fifth receipt is made by nobody."""
    return _Drop(fiscaliser) if fiscaliser.traits.prints else fiscaliser
