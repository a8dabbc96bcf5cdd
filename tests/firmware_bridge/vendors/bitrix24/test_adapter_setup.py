"""Setup makes a portal what the configuration says, once: run again, and after a lost answer, it changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import Unanswered
from firmware_bridge.errors import UsageError
from firmware_bridge.vendors.bitrix24.setup import Done, Setup, SetupError, told
from tests.firmware_bridge.vendors.bitrix24.adapter_world import SECRET, World, portal_config, table, world


def setup(here: World, **changed: Any) -> Setup:
    import msgspec

    config = here.parts.config
    return Setup(here.client, msgspec.structs.replace(config, **changed) if changed else config, here.parts.secret)


def run(work: Any) -> Any:
    return asyncio.run(work)


def did(done: list[Done]) -> list[str]:
    return [one.did for one in done]


TWO = {
    "registers": {
        "till-1": {
            "name": "Kasse 1",
            "email": "user@example.com",
            "currency": "UAH",
            "vat": {"1": "vat20"},
            "number_kkm": "4000000001",
            "ofd": "bx_ofdruofd",
            "ofd_settings": {"OFD_MODE": {"IS_TEST": "N"}, "SELLER_INFO": {"INN": "7701234567"}},
            "use_offline": True,
            "sort": 5,
            "settings": {"AUTH": {"KEYWORD": "top_secret!"}},
        },
        "till-2": {"name": "Kasse 2", "email": "b@example.com", "currency": "UAH", "tax_group": "none"},
    }
}


@pytest.mark.parametrize("oauth", [False, True])
def test_handler_and_cash_registers_are_made_with_every_parameter_and_once(tmp_path: Path, *, oauth: bool) -> None:
    async def story() -> None:
        async with world(tmp_path, oauth=oauth, more=TWO) as here:
            if here.parts.tokens is not None:
                await here.parts.tokens.authorise(here.control("/_install")["code"])
            assert did(await setup(here).run()) == ["added", "added", "added"]
            books = here.books()
            (handler,) = books["handlers"]
            assert handler["code"] == "firmware_bridge"
            assert handler["settings"]["PRINT_URL"] == f"https://gw.example/bitrix24/{SECRET}/print"
            assert handler["settings"]["CHECK_URL"] == f"https://gw.example/bitrix24/{SECRET}/check"
            assert (handler["settings"]["HTTP_VERSION"], handler["settings"]["SUPPORTS_FFD105"]) == ("1.1", "Y")
            first, second = books["cashboxes"]
            assert {name: first[name] for name in ("name", "number_kkm", "ofd", "use_offline", "active", "sort")} == {
                "name": "Kasse 1",
                "number_kkm": "4000000001",
                "ofd": "bx_ofdruofd",
                "use_offline": "Y",
                "active": "Y",
                "sort": 5,
            }
            assert first["ofd_settings"] == {"OFD_MODE": {"IS_TEST": "N"}, "SELLER_INFO": {"INN": "7701234567"}}
            assert first["settings"] == {"TILL": {"ID": "till-1"}, "AUTH": {"KEYWORD": "top_secret!"}}
            assert (second["number_kkm"], second["settings"]) == ("till-2", {"TILL": {"ID": "till-2"}})
            assert did(await setup(here).run()) == ["unchanged", "unchanged", "unchanged"]
            again = here.books()
            assert (again["handlers"], again["cashboxes"]) == (books["handlers"], books["cashboxes"])

    run(story())


def test_what_differs_is_changed_and_named(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            await setup(here).run()
            await here.client.call("sale.cashbox.update", {"ID": 1, "FIELDS": {"ACTIVE": "N", "ENABLED": "N"}})
            done = await setup(here, public_url="https://other.example").run()
            assert did(done) == ["updated", "updated"]
            assert done[0].fields == ("PRINT_URL", "CHECK_URL")
            assert set(done[1].fields) == {"ACTIVE", "ENABLED"}
            assert told(done)[1].startswith("cash register till-1: updated (id 1): ")
            assert here.books()["cashboxes"][0]["active"] == "Y"

    run(story())


@pytest.mark.parametrize("fault", ["lost-answer", "not-json", "500"])
@pytest.mark.parametrize("method", ["sale.cashbox.handler.add", "sale.cashbox.add", "sale.cashbox.update"])
def test_an_answer_that_is_lost_makes_nothing_twice(tmp_path: Path, fault: str, method: str) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            if method == "sale.cashbox.update":
                await setup(here).run()
            here.fault(fault, count=1, operation=method)
            await setup(here).run()
            books = here.books()
            assert books["faults"] == []
            assert (len(books["handlers"]), len(books["cashboxes"])) == (1, 1)

    run(story())


def test_answers_that_stay_away_end_it_with_doubt(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            here.fault("500", operation="sale.cashbox.add")
            with pytest.raises(Unanswered):
                await setup(here).run()

    run(story())


def test_cash_registers_of_one_number_are_a_persons_matter(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            await setup(here).run()
            box = {"NAME": "x", "REST_CODE": "firmware_bridge", "EMAIL": "a@b", "NUMBER_KKM": "till-1"}
            await here.client.call("sale.cashbox.add", box)
            with pytest.raises(SetupError, match=r"several cash registers with number till-1 \(1, 2\)"):
                await setup(here).run()

    run(story())


def test_remove_takes_away_what_is_ours_alone(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            await setup(here).run()
            box = {"NAME": "theirs", "REST_CODE": "firmware_bridge", "EMAIL": "a@b"}
            number = await here.client.call("sale.cashbox.add", box)
            with pytest.raises(Exception, match=f"cashboxes with this handler: {number}"):
                await setup(here).remove()
            await here.client.call("sale.cashbox.delete", {"ID": number})
            here.fault("lost-answer", count=1, operation="sale.cashbox.handler.delete")
            assert did(await setup(here).remove()) == ["absent", "deleted"]
            assert did(await setup(here).remove()) == ["absent", "absent"]
            assert here.books()["handlers"] == []

    run(story())


def test_a_long_list_is_read_to_its_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, burst=500) as here:
            await setup(here).run()
            for number in range(120):
                box = {"NAME": "x", "REST_CODE": "firmware_bridge", "EMAIL": "a@b", "NUMBER_KKM": f"n{number}"}
                await here.client.call("sale.cashbox.add", box)
            assert len(await setup(here).cashboxes()) == 121

    run(story())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"public_url": "http://gw.example"}, "public_url: must be https"),
        ({"webhook": None}, "either webhook or oauth"),
        ({"registers": {}}, "at least 1 entry"),
        ({"registers": {"a": {"name": "n", "email": "e", "currency": "UAH"}}}, "no tax id has a tax group"),
        ({"nonsense": 1}, "is not known here"),
        (
            {"registers": {"a": {"name": "n", "email": "e", "currency": "XXQ", "tax_group": "x"}}},
            "no currency of ISO 4217",
        ),
        (
            {"registers": {"a": {"name": "n", "email": "e", "currency": "UAH", "tax_group": "x", "ofd": "none"}}},
            "is none of bx_firstofd",
        ),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_with_its_place(
    tmp_path: Path, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        portal_config({key: to for key, to in (table(tmp_path, "x") | changed).items() if to is not None})
