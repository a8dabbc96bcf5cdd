"""Whole offline times over a real socket: hours without Checkbox, then everything is delivered once and in order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from firmware_bridge.vendors.checkbox.forms import Profile
from statemachines.vocabulary.offline_events import OfflineCodesRefilled, RegisterSeen
from tests.firmware_bridge.vendors.checkbox.http_world import HttpWorld, over_http
from tests.firmware_bridge.vendors.checkbox.offline_till import stamps_of, wrongs
from tests.firmware_bridge.vendors.checkbox.virtual import move, sale, uuid_of

PROFILES = pytest.mark.parametrize("profile", ["current", "seed"])


def books(world: HttpWorld) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.tell("GET", "/_books"))
    return found


@PROFILES
def test_a_day_without_checkbox_is_delivered_once_and_in_order(profile: Profile) -> None:
    async def talk(world: HttpWorld) -> None:
        await world.do(sale(5000, 20))
        world.line.down = True
        await world.till.a_day_away()
        world.line.down = False
        assert await world.till.drains()
        assert wrongs(books(world), world.till) == []
        stamps = stamps_of(world.till.told)
        for one in world.till.queue:
            assert stamps[one.order.document_id].complete
        sold = stamps[uuid_of(21)]
        assert (sold.offline, sold.number) == (True, world.till.queue[0].code.value)  # type: ignore[union-attr]
        assert sold.control
        assert sold.mac
        assert sold.url.endswith(sold.mac)
        assert sold.at == world.till.queue[0].fiscal_at
        await world.do(sale(100, 40))

    over_http(talk, profile)


LOST = (
    "/cash-registers/info",
    "/transactions",
    "/cash-registers/go-offline",
    "/receipts/sell-offline",
    "/receipts/service",
    "/shifts/close",
    "/shifts",
    "/cash-registers/go-online",
)


@PROFILES
@pytest.mark.parametrize("fault", ["lost-answer", "not-reached"])
@pytest.mark.parametrize("path", LOST)
def test_a_socket_that_breaks_at_any_step_costs_time_and_nothing_else(path: str, fault: str, profile: Profile) -> None:
    async def talk(world: HttpWorld) -> None:
        world.line.down = True
        await world.till.a_day_away()
        world.line.down = False
        await world.till.register().look()
        told = json.dumps({"name": fault, "count": 2, "path": path}).encode()
        world.tell("POST", "/_fault", told)
        assert await world.till.drains()
        assert wrongs(books(world), world.till) == []
        assert world.till.failed != []

    over_http(talk, profile)


@PROFILES
def test_checkbox_went_off_line_by_itself_while_it_could_not_be_reached(profile: Profile) -> None:
    """It spends codes from the low end, and nobody else's document may bear one of ours."""

    async def talk(world: HttpWorld) -> None:
        world.tell("POST", "/_fault", b'{"name": "tax-service-down"}')
        stamp = await world.do(sale(4000, 20))
        assert stamp.offline
        world.line.down = True
        await world.till.a_day_away()
        world.tell("DELETE", "/_fault")
        world.line.down = False
        assert await world.till.drains()
        assert wrongs(books(world), world.till) == []
        refilled = next(one for one in world.till.told if isinstance(one, OfflineCodesRefilled))
        assert stamp.number not in [code.value for code in refilled.codes]
        assert books(world)["codes"]["spent"][stamp.number]

    over_http(talk, profile)


@PROFILES
def test_a_tax_service_that_is_away_during_the_delivery_is_waited_for(profile: Profile) -> None:
    async def talk(world: HttpWorld) -> None:
        world.line.down = True
        await world.till.a_day_away()
        world.line.down = False
        world.tell("POST", "/_fault", b'{"name": "tax-service-down", "count": 3}')
        assert await world.till.drains()
        assert wrongs(books(world), world.till) == []
        assert max(one.waiting for one in world.till.told if isinstance(one, RegisterSeen)) >= 6

    over_http(talk, profile)


def test_slow_answers_change_nothing() -> None:
    async def talk(world: HttpWorld) -> None:
        world.line.down = True
        await world.till.a_day_away()
        world.line.down = False
        slow = b'{"name": "slow", "count": 1, "path": "/receipts/sell-offline", "delay_s": 1.1}'
        world.tell("POST", "/_fault", slow)
        assert await world.till.drains()
        assert wrongs(books(world), world.till) == []
        assert any("did not answer POST" in text for text in world.till.failed)

    over_http(talk)


@PROFILES
def test_two_offline_times_one_after_the_other(profile: Profile) -> None:
    async def talk(world: HttpWorld) -> None:
        for first in (30, 60):
            world.line.down = True
            world.till.begins()
            for n in range(first, first + 5):
                world.till.stamps(sale(1000, n))
                await world.time.sleep(90)
            world.line.down = False
            assert await world.till.drains()
            assert wrongs(books(world), world.till) == []
            world.till.queue.clear()
            await world.till.refill(30)
            seen = await world.fiscaliser.look()
            assert isinstance(seen, RegisterSeen)
            world.till.last_at = max(world.till.last_at, seen.last_at)
        assert books(world)["totals"]["sell"]["count"] == 10

    over_http(talk, profile)


@PROFILES
def test_another_process_after_every_step_delivers_the_same(profile: Profile) -> None:
    async def talk(world: HttpWorld) -> None:
        world.line.down = True
        await world.till.a_day_away()
        world.line.down = False

        def anew() -> Any:
            world.restart()
            return world.fiscaliser

        world.till.register = anew
        assert await world.till.drains()
        assert wrongs(books(world), world.till) == []

    over_http(talk, profile)


def test_the_old_interface_sends_one_document_for_each_request_to_come_online() -> None:
    async def talk(world: HttpWorld) -> None:
        world.line.down = True
        await world.till.a_day_away()
        world.line.down = False
        assert await world.till.drains()
        assert world.line.sent.count("POST /cash-registers/go-online") >= 7  # cash in and out are not sent on

    over_http(talk, "seed")


def test_cash_in_while_offline_bears_a_code_where_that_is_wanted() -> None:
    async def talk(world: HttpWorld) -> None:
        world.line.down = True
        till = world.till
        till.begins()
        one = till.stamps(move(700, 23))
        till.queue[0] = type(one)(one.order, till.pool.pop(), one.fiscal_at)
        await world.time.sleep(5)
        world.line.down = False
        assert await till.drains()
        assert wrongs(books(world), till) == []
        spent = books(world)["codes"]["spent"]
        assert spent[till.queue[0].code.value] == uuid_of(23)  # type: ignore[union-attr]

    over_http(talk, service_offline_needs_code=True)
