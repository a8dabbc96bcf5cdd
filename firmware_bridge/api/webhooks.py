"""Beside a sale's way: the one door without a token: what a vendor sends by itself, signed with a key of its own.

It opens only where the configuration has the key. What is not signed learns no more than whoever has no token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.backend import Webhook
from firmware_bridge.api.day_routes import json_response
from firmware_bridge.api.problems import Problem, ProblemError
from firmware_bridge.api.table import ROUTES

_WEBHOOK: Final = "webhook_"


class WebhookRoutes:
    """Handlers by the names of api.table; where a vendor has no webhook, nothing is signed well enough."""

    def __init__(self, webhooks: Mapping[str, Webhook]) -> None:
        names = [route.name for route in ROUTES if route.name.startswith(_WEBHOOK)]
        self.handlers: dict[str, Handler] = {
            name: _handler(webhooks.get(name.removeprefix(_WEBHOOK))) for name in names
        }


def _handler(webhook: Webhook | None) -> Handler:
    async def hear(request: web.Request) -> web.StreamResponse:
        given = [] if webhook is None else request.headers.getall(webhook.header, [])
        if webhook is None or len(given) != 1 or not webhook.hear(await request.read(), given[0]):
            raise ProblemError(Problem("token-needed", "This request is not signed: nothing happened"))
        return json_response({"status": "heard"})

    return hear
