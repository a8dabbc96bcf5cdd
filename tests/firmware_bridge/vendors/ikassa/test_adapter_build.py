"""From [fiscaliser.ikassa] to a till: what the section may say, its secret, and the fiscaliser on a real socket."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware_bridge.clock import SystemClock
from firmware_bridge.errors import UsageError
from firmware_bridge.validation import InvalidError, convert
from firmware_bridge.vendors.ikassa import build
from firmware_bridge.vendors.ikassa.config import IkassaConfig
from firmware_bridge.vendors.ikassa.fiscaliser import IkassaFiscaliser
from firmware_bridge.vendors.ikassa.sandbox.server import IKassaSandbox, SandboxOptions
from statemachines.vocabulary.events import HandedOver, ReceiptFiscalised
from tests.firmware_bridge.vendors.ikassa.adapter_config import config
from tests.firmware_bridge.vendors.ikassa.adapter_world import opening, sale

URL = "http://192.168.1.2:37015/v1"


def section(text: str) -> IkassaConfig:
    return convert(tomllib.loads(text), IkassaConfig)


def test_an_address_is_enough() -> None:
    made = section(f'url = "{URL}"')
    assert (made.profile, made.card_wait_s, made.pin, made.operations) == ("sale", 180, None, {})


def test_everything_can_be_said() -> None:
    made = section(
        f'''
        url = "{URL}"
        profile = "sink"
        pin = {{file = "/run/secrets/pin"}}
        remember_pin = true
        register = "131010705"
        operations = {{open_shift = "SHIFT_OPEN", withdraw = "WITHDRAWAL"}}
        collects_card = false
        payments = {{transfer = "oplati", bonus = "certificate"}}
        refunds = {{bonus = "other"}}
        payment_method = "PAY_IKASSA"
        bank_package = "by.bank"
        merchant = "77"
        card_wait_s = 120
        answer_s = 10
        settle_s = 3
        declined = [399, 450]
        unknown = [399, 411]
        sale_taxes = true
        cheques = "order"
        adjustments = "as_asked"
        texts = true
        '''
    )
    assert made.operations["open_shift"] == "SHIFT_OPEN"
    assert msgspec.structs.replace(made, operations={}).unknown == (399, 411)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        'url = "ftp://till/v1"',
        'url = "http://till"',
        f'url = "{URL}"\nprofile = "both"',
        f'url = "{URL}"\ncard_wait_s = 5',
        f'url = "{URL}"\noperations = {{sale = "sell it"}}',
        f'url = "{URL}"\noperations = {{tea = "TEA"}}',
        f'url = "{URL}"\npayments = {{cash = "gold"}}',
        f'url = "{URL}"\ntexts = true',
        f'url = "{URL}"\nanswer = 5',
        f'url = "{URL}"\ndeclined = [1]',
    ],
)
def test_what_cannot_be_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidError):
        section(wrong)


def test_traits_are_a_function_of_the_section() -> None:
    assert not build.traits(section(f'url = "{URL}"')).takes_orders
    assert build.traits(section(f'url = "{URL}"\nprofile = "sink"')).takes_orders
    assert not build.traits(section(f'url = "{URL}"\ncollects_card = false')).collects_card


def test_a_pin_is_read_from_its_file_and_kept_out_of_the_logs(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("1234\n", encoding="utf-8")
    secrets: list[str] = []

    def client(name: str) -> None:
        made = section(f'url = "{URL}"\npin = {{file = "{tmp_path / name}"}}')
        build.client_of(made, SystemClock(), secrets.append)

    client("pin")
    assert secrets == ["1234"]
    with pytest.raises(UsageError, match=r"fiscaliser\.ikassa\.pin"):
        client("none")


def built(folder: Path, text: str | None) -> IkassaFiscaliser:
    return build.build(config(folder, text), SystemClock(), "1.0", lambda _: None, lambda _: None)


def test_a_till_without_the_section_has_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no \[fiscaliser\.ikassa\]"):
        built(tmp_path, None)


def test_the_section_gives_the_words_and_the_ways(tmp_path: Path) -> None:
    text = f'url = "{URL}"\npayments = {{transfer = "oplati"}}\ncard_wait_s = 60\nregister = "7"'
    _, forms, how = build.parts(config(tmp_path, text), SystemClock(), lambda _: None)
    assert forms.tax_rates == {"vat20": "tax20", "vat10": "tax10", "free": ""}
    assert (forms.payments["transfer"], forms.payments["card"]) == ("oplati", "cashless")
    assert (how.register, how.patience.card_s, str(how.zone)) == ("7", 60, "Europe/Minsk")


def at_a_register(options: SandboxOptions, talk: Callable[[dict[str, Any]], Awaitable[None]]) -> Any:
    """The register's books afterwards."""

    async def main() -> Any:
        sandbox = IKassaSandbox(options)
        await sandbox.start()
        try:
            await talk(sandbox.ready)
            return json.loads(sandbox.service.handle("GET", "/_books", {}, {}, b"").body)
        finally:
            await sandbox.close()

    return asyncio.run(main())


def test_a_built_till_sells_at_a_register_on_a_socket_that_wants_a_pin(tmp_path: Path) -> None:
    async def talk(ready: dict[str, Any]) -> None:
        (tmp_path / "pin").write_text(ready["pin"], encoding="utf-8")
        text = f'url = "{ready["url"]}"\nregister = "{ready["register_number"]}"\nsale_taxes = true\n'
        till = built(tmp_path, f'{text}pin = {{file = "{tmp_path / "pin"}"}}')
        await till.connect()
        events = [await till.fiscalise(order) for order in (opening(), sale())]
        await till.close()
        assert all(isinstance(event, ReceiptFiscalised) for event in events), events

    books = at_a_register(SandboxOptions(token_mode=True), talk)
    assert [one["kind"] for one in books["documents"]] == ["OpenShift", "Sale"]


def test_operations_under_other_names_are_called_by_them(tmp_path: Path) -> None:
    async def talk(ready: dict[str, Any]) -> None:
        till = built(tmp_path, f'url = "{ready["url"]}"\noperations = {{open_shift = "SHIFT_OPEN"}}')
        assert isinstance(await till.fiscalise(opening()), ReceiptFiscalised)
        await till.close()

    assert at_a_register(SandboxOptions(operations={"open_shift": "SHIFT_OPEN"}), talk)["shift"]["open"]


def test_a_receipt_is_handed_over_on_a_socket(tmp_path: Path) -> None:
    async def talk(ready: dict[str, Any]) -> None:
        till = built(tmp_path, f'url = "{ready["url"]}"\nprofile = "sink"\ntexts = true')
        event = await till.fiscalise(sale())
        await till.close()
        assert isinstance(event, HandedOver)
        assert event.to == "iKassa 131010705"

    assert list(at_a_register(SandboxOptions(), talk)["cheques"]) == [sale().fiscal_doc_id]
