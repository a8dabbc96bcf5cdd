"""Between the sender and NewStore, after a sale: its calls, sent only to a tenant that fits this till.

Before the first request the tenant's settings are read: with a drawer that NewStore does not know, or one of another
currency, nothing is sent at all. Before a request that may not be repeated at will, a connection that has been silent
is tried with a question, so that a dead line is found out while nothing can be in doubt yet.
"""

from __future__ import annotations

from typing import Final, TypeVar

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.newstore.calls import ApiRequest, Calls
from firmware_bridge.vendors.newstore.client import NewStoreClient
from firmware_bridge.vendors.newstore.facts import Facts, Known, SetUp, kinds
from firmware_bridge.vendors.newstore.judge import unusable
from firmware_bridge.vendors.newstore.messages import (
    DrawerConfig,
    Drawers,
    TransactionTypes,
    Unreadable,
    decode,
)
from firmware_bridge.vendors.newstore.words import LOOK_AT, ROLE, words

FRESH_S: Final = 5.0
_FRAGILE: Final = frozenset({"start", "start_non_sale", "perform_count"})
_NOT_NOW: Final = (408, 425, 429)
_Answer = TypeVar("_Answer")


class NewStoreService:
    """The book's `Service`. What it reads of the tenant's settings goes to `known`."""

    def __init__(self, client: NewStoreClient, calls: Calls, set_up: SetUp, known: Known) -> None:
        self._client = client
        self._calls = calls
        self._set_up = set_up
        self._known = known
        self._settings_due = True

    async def exchange(self, request: Request) -> Response:
        """The answer to `request`, whatever its status.

        Raises NotSent; Refused when account or set-up keep everything from being sent; Unanswered, also for an answer
        that says that it was done and cannot be read where an id must be learned from it.
        """
        operation = request.operation if isinstance(request, ApiRequest) else ""
        if self._settings_due:
            await self._read_settings(operation)
        if operation in _FRAGILE:
            await self._make_sure_of_the_line()
        response = await self._client.exchange(request)
        self._notice(operation, response)
        if reason := unusable(operation, response):
            raise Unanswered(reason, role=ROLE, sent=len(request.body))
        return response

    async def close(self) -> None:
        await self._client.close()

    async def _read_settings(self, operation: str) -> None:
        config = await self._read(self._calls.get_config(), DrawerConfig)
        drawers = await self._read(self._calls.list_drawers(), Drawers)
        types = kinds(await self._read(self._calls.list_types(), TransactionTypes))
        if misfits := list(self._set_up.misfits(config, drawers.cash_drawers)):
            raise Refused(f"{'; '.join(misfits)}; nothing was sent ({LOOK_AT})", role=ROLE)
        before, self._known.facts = self._known.facts, Facts(types, self._client.answered_at)
        self._settings_due = False
        if operation == "start_non_sale" and before.types != types:
            # direction and reason were chosen without knowing them: it is planned once more
            raise NotSent("its transaction types had to be read first; nothing was sent", role=ROLE)

    async def _read(self, request: ApiRequest, answer: type[_Answer]) -> _Answer:
        """Raises NotSent (not now), Refused (not as things are)."""
        response = await self._question(request)
        said = f"{request.method} {request.path} was answered {words(response)}"
        if response.status in _NOT_NOW or response.status >= 500:
            raise NotSent(f"{said}; nothing was sent", role=ROLE)
        try:
            if response.status == 200:
                return decode(response.body, answer)
        except Unreadable as error:
            said = f"{said}, which cannot be read ({error})"
        raise Refused(
            f"{said}; nothing was sent: check store_id, the rights of the API client and the paths (urls) in "
            f"[book.newstore]; {LOOK_AT}",
            role=ROLE,
        )

    async def _make_sure_of_the_line(self) -> None:
        idle = self._client.idle_s()
        if idle is None or idle > FRESH_S:
            await self._question(self._calls.get_config())

    async def _question(self, request: ApiRequest) -> Response:
        """One that goes before the request proper: without an answer that was not sent."""
        try:
            return await self._client.exchange(request)
        except Unanswered as error:
            raise NotSent(f"{error.text}; nothing was sent", port=error.port, role=ROLE) from error

    def _notice(self, operation: str, response: Response) -> None:
        types = self._known.facts.types
        if operation == "list_types" and response.status == 200:
            try:
                types = kinds(decode(response.body, TransactionTypes))
            except Unreadable:
                self._settings_due = True
        elif operation == "start_non_sale" and response.status in (400, 403):
            self._settings_due = True  # what is allowed there may have changed
        self._known.facts = Facts(types, self._client.answered_at)
