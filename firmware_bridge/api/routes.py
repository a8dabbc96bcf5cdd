"""On a sale's way: the handlers. Each turns a request into one question to the till and its answer into HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api import schema
from firmware_bridge.api.backend import Answer, Backend, NoBooks, Outbox, WaitingOrders, Webhook
from firmware_bridge.api.day_routes import DayRoutes, drawer_path, json_response, known_drawer, not_found
from firmware_bridge.api.devices import DeviceRoutes, Devices, NoDevices
from firmware_bridge.api.document_routes import DocumentRoutes
from firmware_bridge.api.document_schema import tidy_payments
from firmware_bridge.api.document_translate import SlipTranslator
from firmware_bridge.api.events import EventStreams
from firmware_bridge.api.fiscal_routes import FiscalRoutes
from firmware_bridge.api.order_routes import NoOrders, OrderRoutes
from firmware_bridge.api.outbox_routes import OutboxRoutes
from firmware_bridge.api.problems import Problem, ProblemError, of_refusal
from firmware_bridge.api.requests import CALLER, MAX_SEQ, Asked, asked, query_number, query_word
from firmware_bridge.api.table import ROUTES
from firmware_bridge.api.translate import Translator, short_form
from firmware_bridge.api.webhooks import WebhookRoutes
from statemachines.vocabulary.commands import (
    CloseShift,
    Command,
    OpenDrawer,
    PrintCopy,
    Refusal,
    ResolveDoubt,
    RetryFiscalisation,
    TakeXReport,
)

DEFAULT_PAGE, MAX_PAGE = 50, 200
"""Receipts on one page of GET /v1/receipts."""
_C = TypeVar("_C", bound=Command)


class Routes:
    """All handlers, by the names of api.table."""

    def __init__(
        self,
        backend: Backend,
        translator: Translator,
        streams: EventStreams,
        version: str,
        outbox: Outbox | None = None,
        devices: Devices | None = None,
        webhooks: Mapping[str, Webhook] | None = None,
        orders: WaitingOrders | None = None,
        more: Mapping[str, Handler] | None = None,
    ) -> None:
        self._backend = backend
        self._outbox = outbox or NoBooks()
        self._translator = translator
        self._version = version
        self._handlers: dict[str, Handler] = {
            "sales": self._sell,
            "returns": self._take_back,
            "receipts": self._receipts,
            "receipt": self._receipt,
            "copy": self._copy,
            "resolve": self._resolve,
            "retry": self._retry,
            "cash": self._cash,
            "shift": self._shift,
            "close": self._close_shift,
            "x_report": self._x_report,
            "drawers": self._drawers,
            "drawer": self._drawer,
            "open_drawer": self._open_drawer,
            "status": self._status,
            "events": streams.serve,
            "healthz": self._alive,
            "openapi": self._description,
            **DayRoutes(backend, translator, self._submit, self._outbox).handlers,
            **OutboxRoutes(self._outbox).handlers,
            **OrderRoutes(orders or NoOrders()).handlers,
            **DeviceRoutes(devices or NoDevices(), backend).handlers,
            **WebhookRoutes(webhooks or {}).handlers,
            **FiscalRoutes(self._submit).handlers,
            **DocumentRoutes(SlipTranslator(translator), self._submit, self._known_already).handlers,
            **(more or {}),
        }

    def add_to(self, app: web.Application) -> None:
        for route in ROUTES:
            app.router.add_route(route.method, route.path, self._handlers[route.name], name=route.name)

    # --- commands ---------------------------------------------------------------------------------------------------

    async def _sell(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, schema.SaleBody, tidy_payments)
        command = await self._translated(question, lambda: self._translator.sell(question))
        return await self._submit(command, question, _receipt_path(question.command_id))

    async def _take_back(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, schema.ReturnBody, tidy_payments)
        original = question.body.original
        short = original is not None and short_form(question.body)
        sold = await self._backend.original(original.id) if original is not None and short else None
        command = await self._translated(question, lambda: self._translator.take_back(question, sold))
        return await self._submit(command, question, _receipt_path(question.command_id))

    async def _cash(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, schema.CashBody)
        command = await self._translated(question, lambda: self._translator.move_cash(question))
        return await self._submit(command, question, _receipt_path(question.command_id))

    async def _translated(self, question: Asked[Any], translate: Callable[[], _C]) -> _C:
        try:
            return translate()
        except ProblemError:
            # what was accepted before the configuration changed must not be answered with "nothing happened"
            await self._known_already(question.command_id)
            raise

    async def _close_shift(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, schema.ReportBody)
        language = self._translator.language(question.body.language)
        command = CloseShift(question.command_id, question.person, language)
        return await self._submit(command, question, _receipt_path(question.command_id))

    async def _x_report(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, schema.ReportBody)
        language = self._translator.language(question.body.language)
        command = TakeXReport(question.command_id, question.person, language)
        return await self._submit(command, question, _receipt_path(question.command_id))

    async def _open_drawer(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, schema.OpenDrawerBody)
        drawer_id = known_drawer(request, self._backend)
        command = OpenDrawer(question.command_id, question.person, drawer_id, question.body.reason)
        return await self._submit(command, question, drawer_path(drawer_id))

    async def _copy(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, schema.CopyBody)
        document_id = request.match_info["id"]
        command = PrintCopy(
            question.command_id,
            question.person,
            document_id,
            question.body.reason,
            approved_by=question.approved_by,
        )
        return await self._submit(command, question, _receipt_path(document_id))

    async def _resolve(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, schema.ResolveBody)
        document_id = request.match_info["id"]
        body = question.body
        command = ResolveDoubt(question.command_id, question.person, document_id, body.verdict, body.evidence)
        return await self._submit(command, question, _receipt_path(document_id))

    async def _retry(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, schema.PlainBody)
        document_id = request.match_info["id"]
        command = RetryFiscalisation(question.command_id, question.person, document_id)
        return await self._submit(command, question, _receipt_path(document_id))

    async def _submit(
        self, command: Command, question: Asked[Any], location: str, beside: Mapping[str, Any] | None = None
    ) -> web.StreamResponse:
        answer = await self._backend.submit(command, question.digest, question.wait)
        if beside and answer.view is not None:
            answer = replace(answer, view={**answer.view, **beside})
        headers = {"Location": location, "Preference-Applied": f"wait={question.wait:.0f}"}
        return answer_response(answer, headers)

    async def _known_already(self, command_id: str) -> None:
        """Raise the conflict when this id belongs to a document that was accepted before."""
        view = await self._backend.receipt(command_id)
        if view is not None:
            text = "This id belongs to a document accepted before, and the content as sent now is not valid here"
            raise ProblemError(_conflict(f"{text}; look at {_receipt_path(command_id)}", view))

    # --- questions --------------------------------------------------------------------------------------------------

    async def _receipts(self, request: web.Request) -> web.StreamResponse:
        limit = query_number(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE) or DEFAULT_PAGE
        before = query_number(request, "before", None, 0, MAX_SEQ)
        found = await self._backend.receipts(limit, before)
        page: dict[str, Any] = {"receipts": found}
        if len(found) == limit and "seq" in found[-1]:
            page["next"] = f"/v1/receipts?limit={limit}&before={found[-1]['seq']}"
        return json_response(page)

    async def _receipt(self, request: web.Request) -> web.StreamResponse:
        view = await self._backend.receipt(request.match_info["id"])
        if view is None:
            raise _no_receipt(request)
        return json_response(view)

    async def _shift(self, request: web.Request) -> web.StreamResponse:
        role = request[CALLER].role
        if query_word(request, "format", ("smartone",)):
            return json_response(await self._backend.shift_report(self._translator.groups, role))
        shift = self._backend.shift(role)
        if shift is None:
            raise not_found("No shift was ever opened on this till")
        return json_response(shift)

    async def _drawers(self, request: web.Request) -> web.StreamResponse:
        return json_response({"drawers": self._backend.drawers(request[CALLER].role)})

    async def _drawer(self, request: web.Request) -> web.StreamResponse:
        drawer_id = request.match_info["id"]
        for drawer in self._backend.drawers(request[CALLER].role):
            if drawer["id"] == drawer_id:
                return json_response(drawer)
        raise not_found(f"There is no drawer {drawer_id} on this till")

    async def _status(self, request: web.Request) -> web.StreamResponse:
        return json_response({**self._backend.status(request[CALLER].role), "books": await self._outbox.books()})

    async def _description(self, _: web.Request) -> web.StreamResponse:
        from firmware_bridge.api.description import describe  # noqa: PLC0415 - seldom asked for, and not small

        return json_response(await asyncio.to_thread(describe, self._version))

    async def _alive(self, _: web.Request) -> web.StreamResponse:
        return json_response({"status": "alive", "version": self._version})


def answer_response(answer: Answer, headers: Mapping[str, str]) -> web.Response:
    """Map what became of a command to HTTP: 201 done, 200 replayed, 202 at work, else a problem document."""
    view = answer.view if answer.view is not None else {"id": answer.document_id}
    refusal = answer.refusal or Refusal("refused", "The till refused this and gave no reason")
    match answer.outcome:
        case "done":
            return json_response(view, 201, headers)
        case "replayed":
            return json_response(view, 200, headers)
        case "accepted":
            return json_response(view, 202, headers)
        case "refused":
            more = {} if answer.view is None else {"document": view}
            return of_refusal(refusal, "refused", more).response()
        case "none":
            return of_refusal(refusal, "none").response()
        case "conflict":
            text = answer.refusal.text if answer.refusal else "This id was used before with other content"
            return _conflict(text, answer.view).response()


def _conflict(text: str, view: dict[str, Any] | None) -> Problem:
    return Problem("id-reused", text, more={} if view is None else {"document": view})


def _no_receipt(request: web.Request) -> ProblemError:
    return ProblemError(Problem("unknown-receipt", f"There is no receipt {request.match_info['id']}"))


def _receipt_path(document_id: str) -> str:
    return f"/v1/receipts/{document_id}"
