"""Around a sale's way: the handlers about the day: shifts, drawers' days, counts. See api.routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api import day_schema
from firmware_bridge.api.backend import Backend, Outbox
from firmware_bridge.api.problems import Problem, ProblemError
from firmware_bridge.api.requests import CALLER, Asked, asked
from firmware_bridge.api.schema import PlainBody
from firmware_bridge.api.translate import Translator
from statemachines.vocabulary.commands import (
    ActivateDrawer,
    AskRecount,
    AssignCashiers,
    CallOffClosing,
    CancelCount,
    Command,
    DeactivateDrawer,
    RecordCount,
    SubmitCount,
)
from statemachines.vocabulary.receipt import Denomination


class Submit(Protocol):
    """Hands a command with its request and the place to look to the till, and makes a response of the answer."""

    async def __call__(
        self, command: Command, question: Asked[Any], location: str, beside: Mapping[str, Any] | None = None
    ) -> web.StreamResponse:
        """`beside`: what is told beside the answer, as it is now."""


class DayRoutes:
    """Handlers by the names of api.table."""

    def __init__(self, backend: Backend, translator: Translator, submit: Submit, outbox: Outbox) -> None:
        self._backend = backend
        self._outbox = outbox
        self._translator = translator
        self._submit = submit
        self.handlers: dict[str, Handler] = {
            "shifts": self._open_shift,
            "call_off": self._call_off,
            "activate": self._activate,
            "deactivate": self._deactivate,
            "cashiers": self._assign,
            "counts": self._start_count,
            "count": self._count,
            "counted": self._record,
            "recount": self._recount,
            "submit_count": self._submit_count,
            "cancel_count": self._cancel_count,
        }

    async def _open_shift(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, day_schema.ShiftBody)
        return await self._submit(self._translator.open_shift(question), question, "/v1/shifts/current")

    async def _call_off(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, day_schema.CallOffBody)
        command = CallOffClosing(question.command_id, question.person, question.body.reason)
        return await self._submit(command, question, "/v1/shifts/current")

    async def _activate(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, day_schema.ActivateBody)
        drawer_id, body = known_drawer(request, self._backend), question.body
        cashiers = tuple(sorted(set(body.cashiers)))
        command = ActivateDrawer(question.command_id, question.person, drawer_id, body.float_amount, cashiers)
        return await self._submit(command, question, drawer_path(drawer_id))

    async def _deactivate(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, PlainBody)
        drawer_id = known_drawer(request, self._backend)
        command = DeactivateDrawer(question.command_id, question.person, drawer_id)
        return await self._submit(command, question, drawer_path(drawer_id))

    async def _assign(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, day_schema.CashiersBody)
        drawer_id, cashiers = known_drawer(request, self._backend), tuple(sorted(set(question.body.cashiers)))
        command = AssignCashiers(question.command_id, question.person, drawer_id, cashiers)
        return await self._submit(command, question, drawer_path(drawer_id))

    async def _start_count(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, day_schema.CountBody)
        command = self._translator.start_count(question)
        return await self._submit(command, question, _count_path(question.command_id), await self._lags())

    async def _lags(self) -> dict[str, Any]:
        """A book that lags shows a difference that is none: whoever counts has to know."""
        lags = await self._outbox.lags()
        return {"books": lags} if lags else {}

    async def _record(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, day_schema.CountedBody)
        count_id, body = request.match_info["id"], question.body
        pieces = tuple(Denomination(one.value, one.pieces) for one in body.denominations)
        command = RecordCount(question.command_id, question.person, count_id, body.counted, pieces)
        return await self._submit(command, question, _count_path(count_id))

    async def _recount(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, PlainBody)
        count_id = request.match_info["id"]
        command = AskRecount(question.command_id, question.person, count_id)
        return await self._submit(command, question, _count_path(count_id))

    async def _submit_count(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, PlainBody)
        count_id = request.match_info["id"]
        command = SubmitCount(question.command_id, question.person, count_id)
        return await self._submit(command, question, _count_path(count_id))

    async def _cancel_count(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, day_schema.CancelCountBody)
        count_id = request.match_info["id"]
        command = CancelCount(question.command_id, question.person, count_id, question.body.reason)
        return await self._submit(command, question, _count_path(count_id))

    async def _count(self, request: web.Request) -> web.StreamResponse:
        count_id = request.match_info["id"]
        view = await self._backend.count(count_id, request[CALLER].role)
        if view is None:
            raise ProblemError(Problem("unknown-count", f"There is no count {count_id}"))
        return json_response({**view, **await self._lags()})


def known_drawer(request: web.Request, backend: Backend) -> str:
    """Return the drawer that the path names. Raises ProblemError 404."""
    drawer_id = request.match_info["id"]
    if all(drawer["id"] != drawer_id for drawer in backend.drawers(request[CALLER].role)):
        raise not_found(f"There is no drawer {drawer_id} on this till: nothing happened")
    return drawer_id


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json", headers=headers
    )


def not_found(text: str) -> ProblemError:
    return ProblemError(Problem("not-found", text))


def drawer_path(drawer_id: str) -> str:
    return f"/v1/drawers/{drawer_id}"


def _count_path(count_id: str) -> str:
    return f"/v1/counts/{count_id}"
