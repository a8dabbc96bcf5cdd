"""Between the commit and the lanes on a sale's way: each order goes to the lane of its device, as the rules gave it.

What no lane can be given comes back as the event that a lane would have answered with: nothing is ever left in the air.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from firmware_bridge import fiscal_drain, register_copies
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.lanes import Lane, Post, refuse
from statemachines.vocabulary.effects import Ask, DeliverOffline, DrainStep, Effect, Kick, Print
from statemachines.vocabulary.events import Event, FiscalStamp

WithOrder = Callable[[DeliverOffline], Awaitable[DeliverOffline | None]]
PrintedThere = Callable[[str], Awaitable[FiscalStamp | None]]


async def nowhere(_: str) -> FiscalStamp | None:
    """Of a till whose register prints nothing."""
    return None


class Ordering:
    """`with_order` fills in from the journal what a document says that is handed over later; `post` as of a lane.

    `printed_there`: the particulars of a document that the register has printed, as register_copies tells them.
    """

    def __init__(self, with_order: WithOrder, post: Post, printed_there: PrintedThere = nowhere) -> None:
        self._with_order = with_order
        self._post = post
        self._printed_there = printed_there
        self.lanes: Mapping[str, Lane] = {}

    async def give(self, effect: Effect) -> None:
        """Order it. It waits for the journal, never for a device."""
        whole = await self._whole(effect) if isinstance(effect, DeliverOffline) else effect
        lane = await self._copier(effect) or self.lanes.get(_lane_of(effect))
        if lane is not None and not isinstance(whole, Event):
            lane.order(whole)
            return
        outcome = whole if isinstance(whole, Event) else _undone(whole)
        if outcome is not None:
            self._post(outcome)

    async def _copier(self, effect: Effect) -> Lane | None:
        """The lane of the register, for a copy of what that has printed itself. Without an answer it is our printer."""
        lane = self.lanes.get(register_copies.LANE)
        if lane is None or not isinstance(effect, Print) or not effect.copy_no:
            return None
        try:
            return lane if await self._printed_there(effect.document_id) is not None else None
        except JournalError:
            return None

    async def _whole(self, step: DeliverOffline) -> DeliverOffline | Event:
        """The step has failed when its document cannot be read, and is taken again."""
        try:
            whole = await self._with_order(step)
        except JournalError as error:
            return fiscal_drain.failed(step, f"document {step.document_id} cannot be read: {error}")
        if whole is None:
            return fiscal_drain.failed(step, f"the journal holds no document {step.document_id}: call support")
        return whole


def _undone(effect: Effect) -> Event | None:
    """What an order for a device comes to that is not configured."""
    if isinstance(effect, DrainStep):
        return fiscal_drain.failed(effect, fiscal_drain.NOT_CONFIGURED)
    return refuse(effect, "no such device is configured; nothing was sent")


def _lane_of(effect: Effect) -> str:
    match effect:
        case Kick(drawer_id=name):
            return name
        case Print() | Ask(intention=Print()):
            return "printer"
        case _:
            return "fiscaliser"
