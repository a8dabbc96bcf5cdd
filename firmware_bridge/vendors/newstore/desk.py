"""Beside a sale's way: questions and orders of people to NewStore, each answered wholly or told from its failure.

Nothing is repeated here. A question that was not answered can be asked again; of an order it must be said whether it
may have been carried out.
"""

from __future__ import annotations

from typing import Final, TypeVar

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.gateway.book import Service
from firmware_bridge.vendors.http import Response
from firmware_bridge.vendors.newstore.calls import ApiRequest
from firmware_bridge.vendors.newstore.messages import Unreadable, decode
from firmware_bridge.vendors.newstore.words import ROLE, words

_LATER: Final = (408, 425, 429)
_T = TypeVar("_T")


class Rejected(Refused):
    """NewStore understood and said no; `status` of its answer, its words in the text."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text, role=ROLE)
        self.status = status


class Unusable(Refused):
    """NewStore answered, and what it tells cannot be worked with: too much of it, or what cannot be."""

    def __init__(self, text: str) -> None:
        super().__init__(text, role=ROLE)


class Desk:
    """One at a time, over `service`, which is signed in."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def ask(self, request: ApiRequest, answer: type[_T]) -> _T:
        """Raises NotSent, Unanswered, Refused (Rejected when NewStore itself said no)."""
        response = await self._exchange(request)
        try:
            return decode(response.body, answer)
        except Unreadable as error:
            raise Unanswered(f"{request.operation}: {error}", role=ROLE) from error

    async def do(self, request: ApiRequest) -> None:
        """An order that is answered without a body that matters. Raises as `ask`; Unanswered: it may have been done."""
        await self._exchange(request)

    async def _exchange(self, request: ApiRequest) -> Response:
        response = await self._service.exchange(request)
        if 200 <= response.status < 300:
            return response
        said = f"{request.operation}: {words(response)}"
        if response.status in _LATER:
            raise NotSent(said, role=ROLE)
        if response.status >= 500 or response.status < 400:
            raise Unanswered(said, role=ROLE)
        raise Rejected(said, response.status)
