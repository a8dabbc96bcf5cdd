"""Beside a sale's way: the handler of a person's way out, when the register takes nothing any more. See api.routes."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.day_routes import Submit
from firmware_bridge.api.requests import asked
from firmware_bridge.api.schema import CommandBody, Needed512, Text128
from statemachines.vocabulary.commands import ResolveJam
from statemachines.vocabulary.offline_events import JamVerdict


class UnjamBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/fiscal/resolve: how a jammed register goes on. `document`: what it does not take, as the status says
    ("" = it names none).

    `verdict`: deliver_again (what was wrong is put right) or give_up (the register will never have it from this till).
    """

    document: Text128 = ""
    verdict: JamVerdict
    evidence: Needed512


class FiscalRoutes:
    """Handlers by the names of api.table."""

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self.handlers: dict[str, Handler] = {"unjam": self._unjam}

    async def _unjam(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, UnjamBody)
        body = question.body
        command = ResolveJam(question.command_id, question.person, body.document, body.verdict, body.evidence)
        return await self._submit(command, question, "/v1/status")
