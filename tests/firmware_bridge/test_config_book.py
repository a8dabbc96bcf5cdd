"""[book.newstore]: what is right is read, what is wrong or does not fit the till is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge.config import Config, ConfigError, load
from firmware_bridge.config_check import check

SMALL = """
[till]
id = "UA-17"
market = "UA"
zone = "Europe/Kyiv"
currency = "UAH"
language = "uk"
[shop]
name = "Кав'ярня"
[taxes.vat20]
letter = "А"
taxes = [{ name = "ПДВ", rate = 2000 }]
[rounding]
mode = "round50"
[journal]
path = "/var/lib/firmware-bridge/journal.sqlite"
[printer]
port = "serial:/dev/ttyUSB0"
[drawers.main]
sense_open_level = "low"
"""
BOOK = """
[book.newstore]
base_url = "https://acme-staging.p.newstore.net"
client_id = "till-17"
client_secret = { file = "/etc/firmware-bridge/newstore" }
store_id = "7c9f2605-9fb3-5444-8fee-47fe51608efe"
"""


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "till.toml"
    path.write_text(text, "utf-8")
    return load(path)


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        check(read(tmp_path, text), tmp_path / "till.toml")
    return [fault.partition(": ")[2] for fault in caught.value.faults]


def test_small_section_has_sensible_defaults(tmp_path: Path) -> None:
    config = read(tmp_path, SMALL + BOOK)
    check(config)
    assert config.book is not None
    section = config.book.newstore
    assert section is not None
    assert (section.order_id, section.forced_open, section.commanded_open, section.uncounted) == (
        "order_ref", "local_only", "local_only", "park",
    )  # fmt: skip
    assert (section.drawers, section.reasons, section.urls) == ({}, {}, {})


def test_whole_section_is_read(tmp_path: Path) -> None:
    more = """
order_id = "sale_number"
forced_open = "no_sale"
commanded_open = "no_sale"
uncounted = "leave_active"
[book.newstore.drawers]
main = "4G9OZ"
[book.newstore.reasons]
"до банку" = "bank"
[book.newstore.urls]
start = "POST /v2/drawers/{drawer_id}/sales"
"""
    config = read(tmp_path, SMALL + BOOK + more)
    check(config)
    assert config.book is not None
    section = config.book.newstore
    assert section is not None
    assert (section.drawers, section.reasons) == ({"main": "4G9OZ"}, {"до банку": "bank"})
    assert (section.uncounted, section.urls) == ("leave_active", {"start": "POST /v2/drawers/{drawer_id}/sales"})


@pytest.mark.parametrize(
    ("base", "token", "address"),
    [
        ("https://acme.p.newstore.net", "", "https://id.p.newstore.net/auth/realms/acme/protocol/openid-connect/token"),
        ("https://a-b.p.newstore.net/", "", "https://id.p.newstore.net/auth/realms/a-b/protocol/openid-connect/token"),
        ("https://acme.p.newstore.net", "https://id.other.net/token", "https://id.other.net/token"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9/auth/t", "http://127.0.0.1:9/auth/t"),
    ],
)
def test_token_address_is_that_of_the_tenant_unless_given(tmp_path: Path, base: str, token: str, address: str) -> None:
    text = BOOK.replace("https://acme-staging.p.newstore.net", base) + f'token_url = "{token}"\n'
    config = read(tmp_path, SMALL + text)
    check(config)
    assert config.book is not None
    assert config.book.newstore is not None
    assert config.book.newstore.token_address == address


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ('store_id = "7c9f2605-9fb3-5444-8fee-47fe51608efe"', "", "book.newstore.store_id", "is missing"),
        ("7c9f2605-9fb3-5444-8fee-47fe51608efe", "", "book.newstore.store_id", "not be empty"),
        ('client_id = "till-17"', "client_id = 17", "book.newstore.client_id", "must be text"),
        ("[book.newstore]", "[book.newstor]", "book.newstor", "is not known"),
        ("[book.newstore]\n", "[book.newstore]\nsecret = 'x'\n", "book.newstore.secret", "is not known"),
        ('{ file = "/etc/firmware-bridge/newstore" }', '"s3cret"', "book.newstore.client_secret", "an object"),
        ("https://acme-staging.p.newstore.net", "acme", "book.newstore.base_url", "a URL"),
        ("https://acme-staging.p.newstore.net", "https://acme.example", "book.newstore", "must have token_url"),
        ("https://acme-staging.p.newstore.net", "http://acme.p.newstore.net", "book.newstore", "must have token_url"),
        ("[book.newstore]\n", "[book.newstore]\ntoken_url = 'https://id.net'\n", "book.newstore.token_url", "a URL"),
        ("[book.newstore]\n", "[book.newstore]\norder_id = 'mine'\n", "book.newstore.order_id", "order_ref, sale_n"),
        ("[book.newstore]\n", "[book.newstore]\nuncounted = 'count'\n", "book.newstore.uncounted", "park, leave_act"),
        ("[book.newstore]\n", "[book.newstore]\nforced_open = true\n", "book.newstore.forced_open", "local_only"),
        (
            "[book.newstore]\n",
            "[book.newstore]\nreasons = { bank = 7 }\n",
            "book.newstore.reasons.bank",
            "must be text",
        ),
        (
            "[book.newstore]\n",
            "[book.newstore]\nreasons = { bank = '' }\n",
            "book.newstore.reasons.bank",
            "not be empty",
        ),
        (
            "[book.newstore]\n",
            "[book.newstore]\ndrawers = { main = 1 }\n",
            "book.newstore.drawers.main",
            "must be text",
        ),
    ],
)
def test_wrong_key_is_named_with_its_place(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    assert BOOK.count(old) == 1
    found = faults(tmp_path, SMALL + BOOK.replace(old, new))
    assert any(fault.startswith(place) and words in fault for fault in found), found
    assert not any("s3cret" in fault for fault in found)


def test_book_needs_a_vendor(tmp_path: Path) -> None:
    assert faults(tmp_path, SMALL + "[book]\n") == ["book must have the section of a vendor: [book.newstore]"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('drawers = { side = "x" }', "book.newstore.drawers.side: is no drawer of this till; there are: main"),
        ('drawers = { main = "x", side = "x" }', "book.newstore.drawers.side: 'x' is another drawer's too"),
        ('urls = { open = "POST /x" }', "book.newstore.urls.open: there is no such operation; known are: put_config"),
        ('urls = { start = "POST /x" }', "book.newstore.urls.start: 'POST /x' must have {drawer_id}"),
        ('token_url = "http://id.example/token"', "book.newstore.token_url: must be https, except on this machine"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, more: str, sentence: str) -> None:
    assert any(fault.startswith(sentence) for fault in faults(tmp_path, f"{SMALL}{BOOK}{more}\n"))


@pytest.mark.parametrize("host", ["10.0.0.7:80", "127.0.0.1.example.com", "localhost.example", "[::2]:9"])
def test_address_without_tls_is_for_this_machine_alone(tmp_path: Path, host: str) -> None:
    text = BOOK.replace("https://acme-staging.p.newstore.net", f"http://{host}")
    found = faults(tmp_path, f"{SMALL}{text}token_url = 'https://id.example/token'\n")
    assert found == ["book.newstore.base_url: must be https, except on this machine itself"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:9", "localhost:1/path"])
def test_sandbox_of_this_machine_needs_no_tls(tmp_path: Path, host: str) -> None:
    text = BOOK.replace("https://acme-staging.p.newstore.net", f"http://{host}")
    check(read(tmp_path, f"{SMALL}{text}token_url = 'http://{host.partition('/')[0]}/token'\n"))


def test_till_without_drawers_has_no_book(tmp_path: Path) -> None:
    text = SMALL.partition("[drawers.main]")[0] + BOOK
    assert faults(tmp_path, text) == [
        "book.newstore: keeps the book of cash drawers, and this till has none in [drawers]"
    ]


def test_forced_opening_can_be_told_only_where_it_is_seen(tmp_path: Path) -> None:
    text = SMALL.replace('sense_open_level = "low"\n', "") + BOOK
    check(read(tmp_path, text))
    (fault,) = faults(tmp_path, text + 'forced_open = "no_sale"\n')
    assert fault.startswith("book.newstore.forced_open: no_sale needs a drawer whose switch is wired")


def test_currency_with_three_decimals_does_not_fit(tmp_path: Path) -> None:
    text = SMALL.replace('"UAH"', '"KWD"') + BOOK
    assert faults(tmp_path, text) == ["book.newstore: takes two decimals at most, and KWD has more"]


def test_training_till_keeps_its_section_and_asks_nobody(tmp_path: Path) -> None:
    check(read(tmp_path, SMALL.replace("[shop]", "training = true\n[shop]") + BOOK))
