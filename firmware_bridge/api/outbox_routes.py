"""Behind a sale's way: the handlers about the books: what they have not confirmed yet, and what a person can do."""

from __future__ import annotations

import asyncio
from typing import Annotated

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Meta

from firmware_bridge.api.backend import Outbox, OutboxOrder
from firmware_bridge.api.day_routes import json_response
from firmware_bridge.api.problems import Problem, ProblemError, of_refusal
from firmware_bridge.api.requests import MAX_SEQ, asked, query_number
from firmware_bridge.api.schema import CommandBody
from statemachines.vocabulary.commands import Refusal

PAGE, MAX_PAGE = 50, 200
"""Parked records of one book in GET /v1/outbox."""
Seq = Annotated[int, Meta(ge=1, le=MAX_SEQ)]


class RetryBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/outbox/{book}/retry: `seq` of the parked record, left out = all of them."""

    seq: Seq | None = None


class RecordBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/outbox/{book}/park and drop: `seq` of the record that is meant."""

    seq: Seq


class OutboxRoutes:
    """Handlers by the names of api.table.

    The commands bind no id: each names what it is about and leads to the same whether it comes once or twice (a record
    that is not parked any more is not sent again, one that was set aside is not set aside twice), so the second
    answer tells how things stand instead of repeating the first.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.handlers: dict[str, Handler] = {
            "outbox": self._show,
            "outbox_retry": self._retry,
            "outbox_park": self._park,
            "outbox_drop": self._drop,
        }

    async def _show(self, request: web.Request) -> web.StreamResponse:
        limit = query_number(request, "limit", PAGE, 1, MAX_PAGE) or PAGE
        after = query_number(request, "after", 0, 0, MAX_SEQ) or 0
        books = await self._outbox.outbox(after, limit)
        full = [book["rows"][-1]["seq"] for book in books if len(book["rows"]) == limit]
        more = {"next": f"/v1/outbox?limit={limit}&after={min(full)}"} if full else {}
        return json_response({"books": books, **more})

    async def _retry(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, RetryBody)
        return await self._order(request, "retry", question.body.seq, question.person.name, question.wait)

    async def _park(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, RecordBody)
        return await self._order(request, "park", question.body.seq, question.person.name, question.wait)

    async def _drop(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, RecordBody)
        return await self._order(request, "drop", question.body.seq, question.person.name, question.wait)

    async def _order(
        self, request: web.Request, what: OutboxOrder, seq: int | None, by: str, wait: float
    ) -> web.StreamResponse:
        book = request.match_info["book"]
        try:
            async with asyncio.timeout(wait):
                done = await self._outbox.order(what, book, seq, by)
        except TimeoutError as error:
            text = f"{book} is still at work on a request; look at /v1/outbox and ask again, twice changes nothing"
            raise ProblemError(Problem("outbox-busy", text, "doubtful")) from error
        if isinstance(done, Refusal):
            return of_refusal(done, "none").response()
        return json_response({"book": book, "done": done}, 201)
