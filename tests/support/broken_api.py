"""The till with routes that break their word, each in another way: whatever looks for such things must find these.

`python -m tests.support.broken_api --config FILE` is `firmware-bridge run` with these routes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api import server
from firmware_bridge.api.problems import Problem
from firmware_bridge.cli import main

#: Operation -> how it breaks its word.
BROKEN: Final = {
    "outbox": "fails for some queries",
    "orders": "answers a status that is not described",
    "drawers": "leaves out a member that is promised",
    "session": "answers with another type of content",
    "status": "needs no token",
    "x_report": "takes what is not valid",
    "cash": "names no place to look",
    "receipts": "refuses what is described",
}
_ODD: Final = 7


async def _ending(request: web.Request, handler: Handler, name: str) -> web.StreamResponse:
    if name == "outbox" and request.query.get("limit", "1").isdigit() and int(request.query.get("limit", "1")) > _ODD:
        raise ValueError("a planted fault")
    if name == "orders":
        return web.Response(status=418, body=b"{}", content_type="application/json")
    if name == "receipts" and "before" in request.query:
        return Problem("bad-query", "A planted fault: nothing happened").response()
    answer = await handler(request)
    if not isinstance(answer, web.Response) or answer.status >= web.HTTPBadRequest.status_code:
        return answer
    if name == "drawers":
        told: dict[str, Any] = json.loads(answer.text or "{}")
        for drawer in told["drawers"]:
            del drawer["state"]
        answer.text = json.dumps(told)
    if name == "session":
        answer.content_type = "text/html"
    if name == "cash" and "Location" in answer.headers:
        del answer.headers["Location"]
    return answer


@web.middleware
async def _broken(request: web.Request, handler: Handler) -> web.StreamResponse:
    name = request.match_info.route.name or ""
    return await _ending(request, handler, name) if name in BROKEN else await handler(request)


@web.middleware
async def _open(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Stands before the door: what the door refuses is let through here."""
    answer = await handler(request)
    if (request.match_info.route.name, answer.status) in (("status", 401), ("x_report", 422)):
        return web.Response(body=b"{}", content_type="application/json")
    return answer


def _with(build: Callable[..., web.Application]) -> Callable[..., web.Application]:
    def built(*arguments: Any, **more: Any) -> web.Application:
        app = build(*arguments, **more)
        app.middlewares.insert(0, _open)
        app.middlewares.append(_broken)
        return app

    return built


if __name__ == "__main__":
    server.build_app = _with(server.build_app)
    sys.exit(main(["run", *sys.argv[1:]]))
