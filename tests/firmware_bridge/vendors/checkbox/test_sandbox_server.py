"""The sandbox on a real port: a client with a socket sees what one without sees, and a connection can be cut."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from firmware_bridge.vendors.checkbox.sandbox.server import KNOWN_FAULTS, CheckboxSandbox, SandboxOptions
from tests.firmware_bridge.vendors.checkbox.sandbox_desk import sale

Talk = Callable[[CheckboxSandbox, aiohttp.ClientSession], Awaitable[None]]


def over_http(talk: Talk, **options: Any) -> None:
    async def main() -> None:
        sandbox = CheckboxSandbox(SandboxOptions(**{"signing_delay_s": 0.0, **options}))
        await sandbox.start()
        try:
            async with aiohttp.ClientSession(base_url=sandbox.base_url, headers=keys(sandbox)) as session:
                await talk(sandbox, session)
        finally:
            await sandbox.close()
            await sandbox.close()

    asyncio.run(main())


def keys(sandbox: CheckboxSandbox) -> dict[str, str]:
    ready = sandbox.ready
    return {
        "X-Client-Name": "Till",
        "X-Client-Version": "1",
        "X-Access-Key": ready["access_key"],
        "X-License-Key": ready["license_key"],
    }


async def signed_in(sandbox: CheckboxSandbox, session: aiohttp.ClientSession) -> None:
    ready = sandbox.ready
    body = {"login": ready["login"], "password": ready["password"]}
    async with session.post("/api/v1/cashier/signin", json=body) as answer:
        token = (await answer.json())["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"


def test_sale_over_a_socket() -> None:
    async def talk(sandbox: CheckboxSandbox, session: aiohttp.ClientSession) -> None:
        await signed_in(sandbox, session)
        async with session.post("/api/v1/shifts", json={}) as answer:
            assert answer.status == 202
        async with session.get("/api/v1/cashier/shift") as answer:
            assert (await answer.json())["status"] == "OPENED"
        async with session.post("/api/v1/receipts/sell", json=sale()) as answer:
            made = await answer.json()
            assert (answer.status, answer.headers["Server"]) == (201, "nginx")
            assert answer.headers["location"].endswith(made["id"])
        async with session.get(f"/api/v1/receipts/{made['id']}") as answer:
            assert (await answer.json())["status"] == "DONE"
        async with session.get(f"/api/v1/receipts/{made['id']}/text", params={"width": "32"}) as answer:
            assert answer.content_type == "text/plain"
            assert "ГОТІВКА" in await answer.text()
        shifts = [("statuses", "OPENED"), ("statuses", "CLOSED")]
        async with session.get("/api/v1/shifts", params=shifts) as answer:
            assert len((await answer.json())["results"]) == 1
        async with session.post("/api/v1/cashier/signout") as answer:
            assert (answer.status, await answer.read()) == (205, b"")

    over_http(talk)


def test_ready_tells_what_a_client_needs() -> None:
    async def talk(sandbox: CheckboxSandbox, session: aiohttp.ClientSession) -> None:
        assert list(sandbox.ready) == ["base_url", "login", "password", "pin_code", "license_key", "access_key"]
        assert sandbox.ready["base_url"].startswith("http://127.0.0.1:")
        assert all(sandbox.ready.values())
        other = CheckboxSandbox()
        assert other.ready["license_key"] != sandbox.ready["license_key"]
        async with session.post(
            "/api/v1/cashier/signinPinCode", json={"pin_code": sandbox.ready["pin_code"]}
        ) as answer:
            assert answer.status == 200

    over_http(talk)


def test_given_credentials_are_kept() -> None:
    async def talk(sandbox: CheckboxSandbox, _: aiohttp.ClientSession) -> None:
        assert (sandbox.ready["login"], sandbox.ready["license_key"]) == ("me", "testkey")

    over_http(talk, login="me", license_key="testkey")


@pytest.mark.parametrize("name", ["lost-answer", "not-reached"])
def test_connection_is_cut_without_an_answer(name: str) -> None:
    async def talk(sandbox: CheckboxSandbox, session: aiohttp.ClientSession) -> None:
        async with session.post("/_fault", json={"name": name, "count": 1, "path": "/info"}) as answer:
            assert answer.status == 200
        with pytest.raises(aiohttp.ClientError):
            async with session.post("/api/v1/cash-registers/info"):
                pass
        async with session.get("/api/v1/cash-registers/info") as answer:
            assert answer.status == 200

    over_http(talk)


def test_slow_answer_is_late_and_clock_and_books_are_there() -> None:
    async def talk(sandbox: CheckboxSandbox, session: aiohttp.ClientSession) -> None:
        async with session.post("/_fault", json={"name": "slow", "count": 1, "delay_s": 0.2}) as answer:
            assert answer.status == 200
        started = asyncio.get_running_loop().time()
        async with session.get("/api/v1/cash-registers/info") as answer:
            assert asyncio.get_running_loop().time() - started >= 0.2
        async with session.get("/_books") as answer:
            before = (await answer.json())["now"]
        async with session.post("/_clock", json={"advance_s": 86400}) as answer:
            assert (await answer.json())["now"] > before

    over_http(talk)


def test_body_beyond_reason_is_refused_and_the_server_lives() -> None:
    async def talk(sandbox: CheckboxSandbox, session: aiohttp.ClientSession) -> None:
        async with session.post("/api/v1/receipts/sell", data=io.BytesIO(b"x" * 5_000_000)) as answer:
            assert answer.status == 413
        async with session.get("/api/v1/cash-registers/info") as answer:
            assert answer.status == 200

    over_http(talk)


def test_port_that_is_taken_is_an_error() -> None:
    async def talk(sandbox: CheckboxSandbox, _: aiohttp.ClientSession) -> None:
        port = int(sandbox.base_url.rpartition(":")[2])
        with pytest.raises(OSError, match="address"):
            await CheckboxSandbox(SandboxOptions(port=port)).start()

    over_http(talk)


def test_faults_that_can_be_named_on_the_command_line_are_known() -> None:
    wanted = {
        *("slow", "signature-off", "maintenance", "lost-answer", "receipt-error", "token-expired"),
        *("tax-service-down", "auto-offline", "other-client", "license-invalid", "not-reached"),
    }
    assert wanted <= set(KNOWN_FAULTS)
