"""What other pages in the browser of a till can do there: nothing. Without the guard they open the drawer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.events import EventStreams, StreamLimits
from firmware_bridge.api.requests import CALLER
from firmware_bridge.api.server import bare_app
from statemachines.vocabulary.receipt import Person
from tests.firmware_bridge.api.wire import config, running
from tests.firmware_bridge.page import browser as browsing
from tests.firmware_bridge.page.browser import Tab, browser, enter, found, served
from tests.firmware_bridge.page.states import PageTill

pytestmark = pytest.mark.skipif(found() is None, reason="there is no Chromium on this machine (Debian: chromium)")

PARTS = Path(browsing.__file__).parent


@asynccontextmanager
async def neighbour(target: int) -> AsyncIterator[int]:
    """A page of somebody else, on another port of this machine."""

    evil = (PARTS / "evil.html").read_text("utf-8")

    async def page(request: web.Request) -> web.Response:
        till = f"http://127.0.0.1:{target}"
        return web.Response(
            text=evil.replace("TILL_URL", till).replace("TILL", json.dumps(till)), content_type="text/html"
        )

    app = web.Application()
    app.router.add_get("/", page)
    async with served(app) as port:
        yield port


async def _attacked(tab: Tab, port: int) -> Any:
    async with neighbour(port) as evil:
        await tab.go(f"http://127.0.0.1:{evil}/")
        tried = await tab.run("window.over")
        framed = await tab.run(
            "(() => { try { return frames[0].document === null ? 'refused' : 'read' } catch { return 'refused' } })()"
        )
        await tab.run("document.getElementById('form').submit()")
        await tab.until(f"location.port === '{port}' && document.readyState === 'complete'")
        return {**tried, "framed": framed}


def test_other_pages_in_the_same_browser_reach_nothing() -> None:
    async def main() -> tuple[PageTill, Any]:
        till = PageTill()
        rules = "--host-resolver-rules=MAP evil.test 127.0.0.1"
        async with running(till, outbox=till, devices=till) as api, browser(rules) as tab:
            await enter(tab, api.port)
            tried = await _attacked(tab, api.port)
            await tab.go(f"http://evil.test:{api.port}/")
            assert "misdirected" in await tab.run("document.body.innerText")
            rebound = "fetch('/v1/status', { credentials: 'include' }).then((answer) => answer.status, () => 421)"
            assert await tab.run(rebound) == 421
            await tab.go(f"http://127.0.0.1:{api.port}/")
            await tab.until("document.body.dataset.ready")  # who was signed in still is
            return till, tried

    till, tried = asyncio.run(main())
    assert till.commands == []
    assert {name: tried[name] for name in ("json", "put", "read", "image", "script", "socket", "stream", "framed")} == {
        "json": "failed", "put": "failed", "read": "failed", "image": "failed", "script": "failed", "socket": "failed",
        "stream": "failed", "framed": "refused",
    }  # fmt: skip


def test_without_the_guard_the_same_page_opens_the_drawer() -> None:
    @web.middleware
    async def anybody(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[CALLER] = Person("anybody", "anybody", "cashier")
        return await handler(request)

    async def main() -> PageTill:
        till = PageTill()
        streams = EventStreams(till, StreamLimits(look=0.1))
        app = bare_app(config(), till, streams, "1")
        app.middlewares.append(anybody)
        async with served(app) as port, browser() as tab:
            await _attacked(tab, port)
            streams.close()
        return till

    assert {command.command_id for command, _, _ in asyncio.run(main()).commands} >= {"evil", "form"}
