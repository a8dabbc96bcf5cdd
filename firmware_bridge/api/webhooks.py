"""Beside a sale's way: the one door without a token: what a vendor sends by itself, signed with a key of its own.

It is there only where the configuration has the key. What is not signed learns no more than whoever has no token.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.backend import Webhook
from firmware_bridge.api.day_routes import json_response
from firmware_bridge.api.problems import Problem, ProblemError


class WebhookRoutes:
    """Handlers by the names of api.table; a vendor without a webhook has none."""

    def __init__(self, webhooks: Mapping[str, Webhook]) -> None:
        self.handlers: dict[str, Handler] = {
            f"webhook_{vendor}": _handler(webhook) for vendor, webhook in webhooks.items()
        }


def _handler(webhook: Webhook) -> Handler:
    async def hear(request: web.Request) -> web.StreamResponse:
        given = request.headers.getall(webhook.header, [])
        if len(given) != 1 or not webhook.hear(await request.read(), given[0]):
            text = "This request is not signed: nothing happened"
            raise ProblemError(Problem("token-needed", text, headers={"WWW-Authenticate": "Bearer"}))
        return json_response({"status": "heard"})

    return hear
