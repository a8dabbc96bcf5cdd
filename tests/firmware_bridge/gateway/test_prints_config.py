"""[bitrix24.<name>] in gateway.toml: read with the rest, wrong ones named with their place, secrets from files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from firmware_bridge.config import ConfigError
from firmware_bridge.errors import UsageError
from firmware_bridge.gateway.process import GatewayProcess
from firmware_bridge.gateway_config import GatewayConfig, load

PORTAL = """
[bitrix24.{name}]
domain = "{domain}"
public_url = "https://gw.example"
secret = {{ file = "{folder}/secret" }}
webhook = {{ file = "{folder}/webhook" }}
[bitrix24.{name}.registers.till-1]
name = "Kasse"
email = "a@b"
currency = "UAH"
{tax}
"""


def read(folder: Path, *portals: tuple[str, str, str]) -> GatewayConfig:
    path = folder / "gateway.toml"
    text = "".join(PORTAL.format(name=name, domain=domain, tax=tax, folder=folder) for name, domain, tax in portals)
    path.write_text(f'[gateway]\nfolder = "{folder / "kept"}"\nlisten = "127.0.0.1:0"\n{text}', "utf-8")
    return load(path)


def test_portals_are_read_with_the_rest_and_checked_together(tmp_path: Path) -> None:
    found = read(tmp_path, ("shop", "a.example", 'tax_group = "vat20"'))
    assert found.portals["shop"].till_of("till-1") == "till-1"
    with pytest.raises(ConfigError, match=r"bitrix24\.two\.domain: a\.example is another portal's too"):
        read(tmp_path, ("one", "a.example", 'tax_group = "x"'), ("two", "a.example", 'tax_group = "x"'))
    with pytest.raises(ConfigError, match=r"bitrix24\.shop\.registers\.till-1\.vat: no tax id has a tax group"):
        read(tmp_path, ("shop", "a.example", ""))


@pytest.mark.parametrize(
    ("secret", "webhook", "words"),
    [
        ("short", "https://p/rest/1/abc/", "bitrix24.shop.secret: must have 16 or more"),
        ("a-secret-with-a-/-in-it", "https://p/rest/1/abc/", "bitrix24.shop.secret: must have 16 or more"),
        ("a-secret-of-this-shop", "https://p/other/1/abc/", "https://PORTAL/rest/USER/SECRET/"),
        ("a-secret-of-this-shop", "http://p/rest/1/abc/", "is not https"),
    ],
)
def test_a_gateway_whose_secrets_cannot_be_used_does_not_start(
    tmp_path: Path, secret: str, webhook: str, words: str
) -> None:
    (tmp_path / "secret").write_text(secret)
    (tmp_path / "webhook").write_text(webhook)
    config = read(tmp_path, ("shop", "a.example", 'tax_group = "vat20"'))

    async def story() -> None:
        gateway = GatewayProcess(config, "0")
        try:
            await gateway.start()
        finally:
            await gateway.stop()

    with pytest.raises(UsageError, match=words) as error:
        asyncio.run(story())
    assert secret not in str(error.value)


def test_a_gateway_with_a_portal_starts_and_ends_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a-secret-of-this-shop")
    (tmp_path / "webhook").write_text("https://p/rest/1/abc/")
    config = read(tmp_path, ("shop", "a.example", 'tax_group = "vat20"'))
    heard: list[str] = []

    async def story() -> None:
        gateway = GatewayProcess(config, "0", on_secret=heard.append)
        await gateway.start()
        await gateway.listen()
        await gateway.stop()
        await gateway.stop()

    asyncio.run(story())
    assert set(heard) == {"a-secret-of-this-shop", "https://p/rest/1/abc/", "abc"}
