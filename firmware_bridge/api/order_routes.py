"""On a sale's way: the handlers about ordered documents that wait at the till, and a person's yes or no to them.

They bind no id: a word about an order is the same whether it comes once or twice, and the journal decides once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.backend import OrdersDown, OrderWaits, WaitingOrders
from firmware_bridge.api.day_routes import json_response
from firmware_bridge.api.problems import Problem, ProblemError
from firmware_bridge.api.requests import asked
from firmware_bridge.api.schema import CommandBody, Needed128, OriginalBody
from firmware_bridge.views import rfc3339
from statemachines.vocabulary.receipt import Person


class ConfirmBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/orders/{id}/confirm: yes. `original`: the sale that a return takes back, as in POST /v1/returns."""

    original: OriginalBody | None = None


class RefuseBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/orders/{id}/refuse: it will not be made, and who ordered it is told why."""

    reason: Needed128


class NoOrders:
    """The orders of a till that nobody sends any."""

    async def waiting(self) -> list[OrderWaits]:
        """See WaitingOrders."""
        return []

    async def confirm(
        self,
        name: str,
        person: Person,
        original: Mapping[str, Any] | None = None,
        approved_by: Person | None = None,
    ) -> bool:
        """See WaitingOrders."""
        return False

    async def refuse(self, name: str, person: Person, why: str) -> bool:
        """See WaitingOrders."""
        return False


class OrderRoutes:
    """Handlers by the names of api.table."""

    def __init__(self, orders: WaitingOrders) -> None:
        self._orders = orders
        self.handlers: dict[str, Handler] = {
            "orders": self._show,
            "order_confirm": self._confirm,
            "order_refuse": self._refuse,
        }

    async def _show(self, _: web.Request) -> web.StreamResponse:
        try:
            found = await self._orders.waiting()
        except OrdersDown as error:
            raise _down(error) from error
        return json_response({"orders": [_view(one) for one in found]})

    async def _confirm(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, ConfirmBody)
        original = question.body.original
        named = None if original is None else msgspec.to_builtins(original)
        name, person, manager = request.match_info["id"], question.person, question.approved_by
        try:
            known = await self._orders.confirm(name, person, named, manager)
        except OrdersDown as error:
            raise _down(error) from error
        return _done(name, "confirmed", known=known)

    async def _refuse(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, RefuseBody)
        try:
            known = await self._orders.refuse(request.match_info["id"], question.person, question.body.reason)
        except OrdersDown as error:
            raise _down(error) from error
        return _done(request.match_info["id"], "refused", known=known)


def _done(name: str, state: str, *, known: bool) -> web.StreamResponse:
    if not known:
        raise ProblemError(Problem("not-found", f"No order {name} waits at this till: nothing was changed"))
    return json_response({"id": name, "state": state}, 201)


def _down(error: OrdersDown) -> ProblemError:
    return ProblemError(Problem("storage", f"{error} Nothing was changed"))


def _view(one: OrderWaits) -> dict[str, Any]:
    body = one.body
    return {
        "id": one.id,
        "kind": one.kind,
        "by": one.by,
        "needs_confirmation": one.confirm,
        "not_after": rfc3339(one.not_after),
        "why": one.why,
        "order_id": body.get("order_id", ""),
        "lines": body.get("lines", []),
        "payments": body.get("payments", []),
    }
