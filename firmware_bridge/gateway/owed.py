"""What the books of a till have not confirmed yet, as its API and its screen show it, whoever delivers to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from firmware_bridge.gateway.commands import Command, Do
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.lanes import Lane
from firmware_bridge.gateway.pump import PumpStatus
from firmware_bridge.gateway.status import BookStatus
from firmware_bridge.views import View
from statemachines.vocabulary.commands import Refusal


class Owed:
    """Base of the outboxes. Implements `api.backend.Outbox`; who makes one says what there is and what can be done."""

    _head = 0
    """The journal's last record."""

    async def lanes(self) -> Sequence[Lane]:
        """The books."""
        raise NotImplementedError

    def link_status(self) -> PumpStatus:
        """Where the link stands over which the books hear."""
        raise NotImplementedError

    async def carry_out(self, command: Command) -> str:
        """Have a lane seen to. Raises GatewayMisuse, LinkError, JournalError."""
        raise NotImplementedError

    async def books(self) -> list[View]:
        """See api.backend.Outbox."""
        return [await self._view(lane) for lane in await self.lanes()]

    async def outbox(self, after: int, limit: int) -> list[View]:
        """See api.backend.Outbox. Raises JournalError."""
        return [{**await self._view(lane), "rows": await lane.rows(after, limit)} for lane in await self.lanes()]

    async def lags(self) -> list[View]:
        """See api.backend.Outbox."""
        found = [(lane.name, await lane.lag(await lane.status(), self._head)) for lane in await self.lanes()]
        return [{"book": name, "lags": lag} for name, lag in found if lag]

    async def order(self, what: Do, book: str, seq: int | None, by: str) -> str | Refusal:
        """See api.backend.Outbox. Raises JournalError."""
        if all(lane.name != book for lane in await self.lanes()):
            return Refusal("unknown-book", f"This till keeps no book {book}: nothing happened", "book")
        try:
            return await self.carry_out(Command(what, book, seq, by))
        except GatewayMisuse as error:
            return Refusal("outbox-refused", str(error))

    async def _view(self, lane: Lane) -> View:
        return await lane.view(self._with_link(await lane.status()), self._head)

    def _with_link(self, status: BookStatus) -> BookStatus:
        """A lane that has delivered all it was given is not at its end while nothing is given to it."""
        link = self.link_status()
        if link.state == "up" or status.state != "idle":
            return status
        return replace(status, state="held" if link.state == "stopped" else "waiting", reason=link.reason)
