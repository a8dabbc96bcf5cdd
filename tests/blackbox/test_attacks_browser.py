"""What an attacker's page tries in a till's browser, beyond test_page_attacks: every form, every way to read, names
that lead back to this machine, a window of its own, and script in what the till shows. The controls get through."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.events import EventStreams, StreamLimits
from firmware_bridge.api.requests import CALLER
from firmware_bridge.api.server import bare_app
from firmware_bridge.api.table import ROUTES
from statemachines.vocabulary.receipt import Person
from tests.firmware_bridge.api.wire import config, running
from tests.firmware_bridge.page.browser import Tab, browser, enter, found, served
from tests.firmware_bridge.page.states import PageTill, receipt

pytestmark = pytest.mark.skipif(found() is None, reason="there is no Chromium on this machine (Debian: chromium)")

RULES: Final = "--host-resolver-rules=MAP evil.test 127.0.0.1, MAP localhost. 127.0.0.1"
OPEN: Final = "/v1/drawers/main/open"
#: enctype -> name and value of the one field, of which the browser makes a body as near to JSON as it can.
FORMS: Final = {
    "text/plain": ('{"id": "ID", "reason": "evil", "cashier": "', '"}'),
    "application/x-www-form-urlencoded": ('{"id": "ID", "reason": "evil"}', ""),
    "multipart/form-data": ('{"id": "ID", "reason": "evil"}', "x"),
}
INLINE: Final = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>'
#: What a page can make a browser fetch without asking; each ends with "loaded" or "failed".
READ: Final = """
(async () => {
  const made = (kind, url) => new Promise((done) => {
    const one = document.createElement(kind);
    one.onload = () => done("loaded");
    one.onerror = () => done("failed");
    if (kind === "link") { one.rel = "stylesheet"; one.href = url; } else one.src = url;
    document.head.append(one);
  });
  const found = {};
  for (const path of PATHS)
    for (const kind of ["img", "script", "link"]) found[kind + " " + path] = await made(kind, TILL + path);
  return found;
})()
"""
#: What a page finds in a window that it has opened; "" while nothing has come.
REACH: Final = (
    "(() => { try { return window.other.closed ? 'closed' : window.other.document.title } "
    "catch { return 'refused' } })()"
)


async def _nothing(_: web.Request) -> web.Response:
    return web.Response(text="<!DOCTYPE html><title>evil</title><body>", content_type="text/html")


@asynccontextmanager
async def evil() -> AsyncIterator[str]:
    """An attacker's origin on this machine, with an empty page and no header that protects anybody."""
    app = web.Application()
    app.router.add_get("/", _nothing)
    async with served(app) as port:
        yield f"http://127.0.0.1:{port}/"


@asynccontextmanager
async def unguarded(till: PageTill) -> AsyncIterator[int]:
    """The till's routes without its guard."""

    @web.middleware
    async def anybody(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[CALLER] = Person("anybody", "anybody", "cashier")
        return await handler(request)

    streams = EventStreams(till, StreamLimits(look=0.1))
    app = bare_app(config(), till, streams, "1")
    app.middlewares.append(anybody)
    async with served(app) as port:
        yield port
        streams.close()


async def sent_forms(tab: Tab, attacker: str, till: str) -> None:
    """Each form of the attacker's page, submitted to the till as a navigation of the whole tab."""
    for number, (enctype, (name, value)) in enumerate(FORMS.items()):
        await tab.go(attacker)
        field = json.dumps({"name": name.replace("ID", f"form-{number}"), "value": value})
        await tab.run(
            "(() => { const form = document.createElement('form'); const field = document.createElement('input');"
            f"form.method = 'post'; form.enctype = {json.dumps(enctype)}; form.action = {json.dumps(till + OPEN)};"
            f"Object.assign(field, {field}); form.append(field); document.body.append(form); form.submit(); }})()"
        )
        await tab.until(f"location.href.startsWith({json.dumps(till)}) && document.readyState === 'complete'")


async def rebound(tab: Tab, port: int) -> Any:
    """What a page reads and does whose name leads to this machine by now: the till is its own origin."""
    await tab.send("Page.setBypassCSP", enabled=True)  # the page is the attacker's: it was loaded before the name moved
    await tab.go(f"http://evil.test:{port}/healthz")
    order = json.dumps({"id": "rebound", "reason": "evil"})
    seen = await tab.run(
        f"Promise.all([fetch('/v1/status'), fetch('{OPEN}', {{method: 'POST', body: {json.dumps(order)},"
        "headers: {'Content-Type': 'application/json'}})]).then((all) => all.map((one) => one.status))"
    )
    await tab.send("Page.setBypassCSP", enabled=False)
    return seen


async def opened(tab: Tab, url: str) -> None:
    """A window that the attacker's page opens; it keeps the handle in `other`."""
    await tab.send("Runtime.evaluate", expression=f"window.other = window.open({json.dumps(url)})", userGesture=True)


def paths() -> list[str]:
    """Every route that answers GET, with an id that is there."""
    found = [route.path.partition("{")[0] + ("d-412" + route.path.rpartition("}")[2] if "{" in route.path else "")
             for route in ROUTES if route.method == "GET"]  # fmt: skip
    return [*found, "/page/page.js", "/page/page.css", "/page/icon.svg"]


def test_a_page_of_an_attacker_can_neither_change_nor_read_anything() -> None:
    async def main() -> PageTill:
        till = PageTill()
        till.documents = [receipt(412)]
        async with running(till, outbox=till, devices=till) as api, browser(RULES) as tab, evil() as attacker:
            own = f"http://127.0.0.1:{api.port}"
            await enter(tab, api.port)  # whoever sits there has signed in
            await sent_forms(tab, attacker, own)
            await tab.go(attacker)
            tried = await tab.run(READ.replace("TILL", json.dumps(own)).replace("PATHS", json.dumps(paths())))
            assert {name for name, ended in tried.items() if ended != "failed"} == set()
            assert len(tried) > 60
            assert await rebound(tab, api.port) == [421, 421]
            for name in ("0.0.0.0", "localhost.", "evil.test"):
                await tab.go(f"http://{name}:{api.port}/")
                assert "misdirected" in await tab.run("document.body.innerText"), name
            await tab.go(attacker)
            await opened(tab, own)
            assert await tab.until(REACH) == "refused"
            await tab.go(f"{own}/")
            await tab.until("document.body.dataset.ready")  # who was signed in still is
        return till

    assert asyncio.run(main()).commands == []


def test_without_the_guard_the_same_forms_and_names_open_the_drawer() -> None:
    async def main() -> PageTill:
        till = PageTill()
        async with unguarded(till) as port, browser(RULES) as tab, evil() as attacker:
            await sent_forms(tab, attacker, f"http://127.0.0.1:{port}")
            assert await rebound(tab, port) == [200, 201]
            await tab.go(attacker)
            await opened(tab, attacker)
            assert await tab.until(REACH) == "evil", "a window of the same page can be reached into"
        return till

    assert {command.command_id for command, _, _ in asyncio.run(main()).commands} >= {"form-0", "rebound"}


def hostile(till: PageTill) -> None:
    """Everything that others put into what the till tells is script."""
    told = till.told
    told["reasons"] = [{"code": "x", "text": INLINE}]
    told["can_sell"] = False
    told["printer"] |= {"model": INLINE, "serial": INLINE, "state": "jammed"}
    told["shift"] |= {"cashier": INLINE}
    told["drawers"][0] |= {"trouble": INLINE, "failure": INLINE, "cause": {"kind": "sale", "id": INLINE}}
    told["alarms"] = [{"kind": "drawer_left_open", "drawer": INLINE, "since": "2026-11-21T08:41:00.000Z"}]
    till.book |= {"reason": INLINE, "state": "refused", "parked": 1}
    till.documents = [
        receipt(412, "no_sale", "paper_out", type="no_sale", reason=INLINE, refusal=INLINE, person_needed=True)
    ]
    till.stranger = {"serial": INLINE, "model": INLINE}


def test_script_in_names_from_outside_is_text_on_the_page_and_would_not_run_if_it_was_not() -> None:
    async def main() -> None:
        till = PageTill()
        hostile(till)
        async with running(till, outbox=till, devices=till) as api, browser() as tab, evil() as attacker:
            await enter(tab, api.port)
            assert INLINE in await tab.run("document.body.innerText"), "it is shown as it stands"
            assert await tab.run("document.querySelectorAll('img[src=x]').length") == 0
            assert await tab.run("window.owned") is None
            assert [one for one in tab.problems if "Content Security" in one] == []
            insert = f"document.body.insertAdjacentHTML('beforeend', {json.dumps(INLINE)})"
            await tab.run(insert)
            await tab.until("[...document.images].every((one) => one.complete)")
            assert await tab.run("window.owned") is None, "the page's own policy stops what its makers overlook"
            await tab.go(attacker)
            await tab.run(insert)
            await tab.until("window.owned === 1")  # the control: without the policy it runs

    asyncio.run(main())
