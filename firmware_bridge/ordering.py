"""Between the commit and the lanes on a sale's way: each order goes to the lane of its device, as the rules gave it.

What no lane can be given comes back as the event that a lane would have answered with: nothing is ever left in the air.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from firmware_bridge import fiscal_drain
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.lanes import Lane, Post, refuse
from statemachines.vocabulary.effects import Ask, DeliverOffline, DrainStep, Effect, Kick, Print
from statemachines.vocabulary.events import Event

WithOrder = Callable[[DeliverOffline], Awaitable[DeliverOffline | None]]


class Ordering:
    """`with_order` fills in from the journal what a document says that is handed over later; `post` as of a lane."""

    def __init__(self, with_order: WithOrder, post: Post) -> None:
        self._with_order = with_order
        self._post = post
        self.lanes: Mapping[str, Lane] = {}

    async def give(self, effect: Effect) -> None:
        """Order it. It waits for the journal, never for a device."""
        whole = await self._whole(effect) if isinstance(effect, DeliverOffline) else effect
        lane = self.lanes.get(_lane_of(effect))
        if lane is not None and not isinstance(whole, Event):
            lane.order(whole)
            return
        outcome = whole if isinstance(whole, Event) else _undone(whole)
        if outcome is not None:
            self._post(outcome)

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
