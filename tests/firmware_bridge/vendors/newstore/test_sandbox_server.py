"""The sandbox on a real port: a client with a socket sees what one without sees, and a connection can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from firmware_bridge.errors import UsageError
from firmware_bridge.sandbox_arguments import Wish
from firmware_bridge.sandbox_command import VENDORS
from firmware_bridge.vendors.newstore.sandbox.server import KNOWN_FAULTS, NewStoreSandbox, SandboxOptions
from tests.firmware_bridge.vendors.newstore.sandbox_till import DRAWER, usd

Talk = Callable[[NewStoreSandbox, aiohttp.ClientSession], Awaitable[None]]


def over_http(talk: Talk) -> None:
    async def main() -> None:
        sandbox = NewStoreSandbox(SandboxOptions())
        await sandbox.start()
        try:
            async with aiohttp.ClientSession(base_url=sandbox.base_url) as session:
                ready = sandbox.ready
                form = {"grant_type": "client_credentials"}
                form |= {"client_id": ready["client_id"], "client_secret": ready["client_secret"]}
                async with session.post(ready["token_url"], data=form) as answer:
                    session.headers["Authorization"] = f"Bearer {(await answer.json())['access_token']}"
                await talk(sandbox, session)
        finally:
            await sandbox.close()
            await sandbox.close()

    asyncio.run(main())


def test_ready_tells_what_a_client_needs() -> None:
    async def talk(sandbox: NewStoreSandbox, session: aiohttp.ClientSession) -> None:
        assert list(sandbox.ready) == ["base_url", "token_url", "client_id", "client_secret", "store_id"]
        assert all(sandbox.ready.values())
        async with session.get("/cash_drawers", params={"store_id": sandbox.ready["store_id"]}) as answer:
            assert len((await answer.json())["cash_drawers"]) == 1

    over_http(talk)


def test_body_less_success_and_lost_answer_over_a_socket() -> None:
    async def talk(_: NewStoreSandbox, session: aiohttp.ClientSession) -> None:
        async with session.post(f"{DRAWER}/_activate", json={"float_amount": usd(49.9)}) as answer:
            assert (answer.status, await answer.read()) == (204, b"")
        async with session.post("/_fault", json={"name": "lost-answer", "count": 1, "path": "/counts"}) as answer:
            assert answer.status == 200
        with pytest.raises(aiohttp.ClientError):
            async with session.post(f"{DRAWER}/counts", json={"reason": "intra_day_balance"}):
                pass
        async with session.get("/_books") as answer:
            books = await answer.json()
        assert (len(books["counts"]), books["expected_cash"]["drawer-1"]) == (1, usd(49.9))
        async with session.get("/reports/transactions", params={"store-id": "s"}) as answer:
            assert (answer.status, (await answer.json())["error_code"]) == (400, "invalid_request")

    over_http(talk)


def test_command_makes_it_with_every_fault_it_knows() -> None:
    made = VENDORS["newstore"](Wish(faults=tuple(f"{one}:1" for one in KNOWN_FAULTS)))
    assert isinstance(made, NewStoreSandbox)
    assert len(made.options.faults) == len(KNOWN_FAULTS)


def test_command_makes_the_drawers_that_were_asked_for() -> None:
    wish = Wish(currency="UAH", drawers=("main:1000.50", "second"), drafts_may_stay=True)
    made = VENDORS["newstore"](wish)
    assert isinstance(made, NewStoreSandbox)
    assert [(one.drawer_id, one.currency, str(one.float_amount)) for one in made.options.drawers] == [
        ("main", "UAH", "1000.50"),
        ("second", "UAH", "200"),
    ]
    assert not made.options.drafts_block


@pytest.mark.parametrize("wish", [Wish(live=True), Wish(profile="current")])
def test_command_refuses_what_this_vendor_does_not_have(wish: Wish) -> None:
    with pytest.raises(UsageError, match="nothing was started"):
        VENDORS["newstore"](wish)
