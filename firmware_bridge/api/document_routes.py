"""Beside a sale's way: the handler of paper that is no fiscal document. See api.routes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.day_routes import Submit
from firmware_bridge.api.document_schema import SlipBody, tidy_slip
from firmware_bridge.api.document_translate import SlipTranslator
from firmware_bridge.api.problems import ProblemError
from firmware_bridge.api.requests import Asked, asked
from statemachines.vocabulary.commands import PrintSlip


class DocumentRoutes:
    """Handlers by the names of api.table. `known_already` raises the conflict when an id is bound to a document."""

    def __init__(
        self, translator: SlipTranslator, submit: Submit, known_already: Callable[[str], Awaitable[None]]
    ) -> None:
        self._translator = translator
        self._submit = submit
        self._known_already = known_already
        self._unpacking = asyncio.Lock()
        self.handlers: dict[str, Handler] = {"documents": self._print}

    async def _print(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, SlipBody, tidy_slip)
        try:
            command = await self._translated(question)
        except ProblemError:
            await self._known_already(question.command_id)
            raise
        return await self._submit(command, question, f"/v1/receipts/{question.command_id}")

    async def _translated(self, question: Asked[SlipBody]) -> PrintSlip:
        if not question.body.pictured:
            return self._translator.command(question)
        async with self._unpacking:  # one at a time and beside the loop: a picture takes a Pi a while
            return await asyncio.to_thread(self._translator.command, question)
