"""The sandbox on a port: what it sends to a cash register arrives as the platform sends it, and is asked about."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from firmware_bridge.vendors.bitrix24.sandbox.server import Bitrix24Sandbox, SandboxOptions
from tests.firmware_bridge.vendors.bitrix24.sandbox_client import CONFIG, SEED


class Register:
    """A cash register that remembers what it was sent."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, dict[str, str]]] = []
        self.printed = asyncio.Event()
        self.asked = asyncio.Event()

    async def print(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        version = f"{request.version.major}.{request.version.minor}"
        self.heard.append((version, request.content_type, form))
        self.printed.set()
        return web.json_response({"UUID": "ours"})

    async def check(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.heard.append(("check", request.content_type, form))
        self.asked.set()
        return web.json_response({"STATUS": "DONE", "UUID": "ours", "SHIFT_NUMBER": "3"})


@asynccontextmanager
async def register() -> AsyncIterator[tuple[Register, str]]:
    found = Register()
    app = web.Application()
    app.router.add_post("/print", found.print)
    app.router.add_post("/check", found.check)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield found, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def post(session: aiohttp.ClientSession, url: str, body: Any) -> Any:
    async with session.post(url, json=body) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_order_is_sent_as_a_form_in_the_handlers_http_and_asked_about_by_the_agent(version: str) -> None:
    async def story() -> None:
        sandbox = Bitrix24Sandbox(SandboxOptions(agent_s=0.05))
        await sandbox.start()
        try:
            async with register() as (till, url), aiohttp.ClientSession() as session:
                settings = {"PRINT_URL": f"{url}/print", "CHECK_URL": f"{url}/check", "CONFIG": CONFIG}
                handler = {"CODE": "restcashbox01", "NAME": "x", "SETTINGS": {**settings, "HTTP_VERSION": version}}
                webhook = sandbox.ready["webhook_url"]
                assert (await post(session, f"{webhook}sale.cashbox.handler.add", handler))["result"] == 1
                assert (await post(session, f"{webhook}sale.cashbox.add.json", SEED))["result"] == 1
                items = [{"name": "Чай", "price": "1.50"}]
                await post(session, f"{sandbox.base_url}/_order", {"items": items})
                async with asyncio.timeout(10):
                    await till.printed.wait()
                    await till.asked.wait()
                    while (await books(session, sandbox))["checks"][0]["status"] != "Y":
                        await asyncio.sleep(0.01)
                heard, kind, form = till.heard[0]
                assert (heard, kind) == (version, "application/x-www-form-urlencoded")
                assert (form["items[0][name]"], form["total_sum"]) == ("Чай", "1.50")
                assert till.heard[1][2] == {"uuid": "ours"}
                assert (await books(session, sandbox))["checks"][0]["result"] == {"SHIFT_NUMBER": "3"}
        finally:
            await sandbox.close()

    asyncio.run(story())


async def books(session: aiohttp.ClientSession, sandbox: Bitrix24Sandbox) -> Any:
    async with session.get(f"{sandbox.base_url}/_books") as answer:
        return json.loads(await answer.text())


def test_a_register_that_is_not_there_makes_an_error_of_the_check() -> None:
    async def story() -> None:
        sandbox = Bitrix24Sandbox(SandboxOptions(agent_s=0, answer_s=2))
        await sandbox.start()
        try:
            async with aiohttp.ClientSession() as session:
                settings = {"PRINT_URL": "http://127.0.0.1:9/print", "CHECK_URL": "http://127.0.0.1:9/check"}
                handler = {"CODE": "restcashbox01", "NAME": "x", "SETTINGS": {**settings, "CONFIG": CONFIG}}
                webhook = sandbox.ready["webhook_url"]
                await post(session, f"{webhook}sale.cashbox.handler.add", handler)
                await post(session, f"{webhook}sale.cashbox.add", SEED)
                await post(session, f"{sandbox.base_url}/_order", {"items": [{"name": "x", "price": 1}]})
                async with asyncio.timeout(10):
                    while (await books(session, sandbox))["checks"][0]["status"] != "E":
                        await asyncio.sleep(0.01)
        finally:
            await sandbox.close()

    asyncio.run(story())
