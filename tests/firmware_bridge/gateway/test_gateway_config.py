"""gateway.toml and [uplink]: what is right is read, what is wrong is named with its place; TLS is what it says."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from firmware_bridge.config import ConfigError
from firmware_bridge.config import load as load_till
from firmware_bridge.config_check import check
from firmware_bridge.gateway.process import GatewayProcess
from firmware_bridge.gateway.tills import Tills, digest_of
from firmware_bridge.gateway_config import load
from firmware_bridge.uplink.https_link import HttpsLink, Place
from firmware_bridge.uplink.link import LinkDown
from tests.firmware_bridge.test_config_book import BOOK, SMALL
from tests.firmware_bridge.uplink.samples import JOURNAL, TILL
from tests.support.gateway import TOKEN

UPLINK = '[uplink]\nurl = "https://hub.example:8400"\ntoken_file = "/etc/firmware-bridge/gateway.token"\n'


def faults(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return "\n".join(caught.value.faults)


def written(tmp_path: Path, text: str, till: str = SMALL + BOOK) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(f'[gateway]\nfolder = "{tmp_path / "kept"}"\n{text}', "utf-8")
    (tmp_path / "books.toml").write_text(till, "utf-8")
    return path


def test_the_tills_files_stand_beside_the_gateways(tmp_path: Path) -> None:
    found = load(written(tmp_path, '[tills.UA-17]\nconfig = "books.toml"\n'))
    assert found.gateway.address == ("127.0.0.1", 8400)
    assert found.tills["UA-17"].book is not None


@pytest.mark.parametrize(
    ("text", "till", "word"),
    [
        ('listen = "0.0.0.0:8400"\n', SMALL, "no token there"),
        ('listen = "hub.example:8400"\n', SMALL, "no token there"),
        ('listen = "127.0.0.1:99999"\n', SMALL, "port 99999"),
        ('certificate = "c.pem"\n', SMALL, "gateway.key"),
        ("lisen = 1\n", SMALL, "lisen"),
        ('[tills."a b"]\nconfig = "books.toml"\n', SMALL, "a b"),
        ('[tills.UA-18]\nconfig = "books.toml"\n', SMALL, "is UA-17"),
        ('[tills.UA-17]\nconfig = "none.toml"\n', SMALL, "cannot be read"),
        ('[tills.UA-17]\nconfig = "books.toml"\n', SMALL + UPLINK, "for the till itself"),
        ('[tills.UA-17]\nconfig = "books.toml"\n', SMALL.replace("UAH", "XXX"), "till.currency"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, till: str, word: str) -> None:
    assert word in faults(written(tmp_path, text, till))


def test_http_on_a_public_address_has_to_be_asked_for(tmp_path: Path) -> None:
    assert load(written(tmp_path, 'listen = "0.0.0.0:8400"\nplain = true\n')).gateway.plain


@pytest.mark.parametrize(
    ("text", "word"),
    [(UPLINK + BOOK, "belongs into the gateway's"), (UPLINK.replace("https", "http"), "must be https")],
)
def test_a_tills_uplink_that_does_not_fit_is_named(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "till.toml"
    path.write_text(SMALL + text, "utf-8")
    with pytest.raises(ConfigError, match=word):
        check(load_till(path), path)


# --- TLS ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    words = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"), "-days", "2"),
        *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
    ]
    subprocess.run(words, check=True, capture_output=True, timeout=30)
    return folder / "cert.pem"


def test_a_till_believes_the_certificate_it_was_given_and_no_other(tmp_path: Path, certificate: Path) -> None:
    key = certificate.with_name("key.pem")
    config = load(written(tmp_path, f'listen = "127.0.0.1:0"\ncertificate = "{certificate}"\nkey = "{key}"\n'))

    async def run() -> int:
        process = GatewayProcess(config, "0")
        await process.start()
        try:
            await process.listen()
            assert process.address.startswith("https://127.0.0.1:")
            tills = Tills(tmp_path / "kept/tills.sqlite", lambda: 0)
            tills.enrol(tills.new_code(TILL), digest_of(TOKEN))
            trusting = ssl.create_default_context(cafile=str(certificate))
            link = HttpsLink(TILL, Place(process.address, TOKEN, JOURNAL, tls=trusting), lambda: 0.0)
            await link.open(TILL)
            mark = await link.watermark()
            await link.close()
            stranger = HttpsLink(TILL, Place(process.address, TOKEN, JOURNAL), lambda: 0.0)
            with pytest.raises(LinkDown, match="certificate"):
                await stranger.open(TILL)
            await stranger.close()
            return mark.seq
        finally:
            await process.stop()

    assert asyncio.run(run()) == 0


def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    config = load(written(tmp_path, 'listen = "127.0.0.1:0"\ncertificate = "no.pem"\nkey = "no.key"\n'))

    async def run() -> None:
        process = GatewayProcess(config, "0")
        await process.start()
        try:
            with pytest.raises(ConfigError, match=r"no\.pem"):
                await process.listen()
        finally:
            await process.stop()

    asyncio.run(run())


def test_a_link_over_http_to_another_machine_is_refused() -> None:
    with pytest.raises(ValueError, match="not https"):
        HttpsLink(TILL, Place("http://hub.example", TOKEN, JOURNAL), lambda: 0.0)
