"""Every secret of a till is a canary, vendors and a printer repeat what they were told, and then everything that the
till has said, written or answered is searched. The control runs the same till with its filters taken out."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from firmware_bridge.config import Config
from firmware_bridge.gateway_config import GatewayFile
from firmware_bridge.rehearsal import Cashier, TillProcess, write_config, write_secret
from tests.blackbox.test_attacks_text import obeyed
from tests.support import planted
from tests.support.planted import EMAIL, PAN, PHONE, canary, files_below, leaks
from tests.support.planted_world import GATEWAY, NO_SECRET, PLANTED, World, filtered_world, here, unfiltered_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with filtered_world(tmp_path_factory.mktemp("planted")) as found:
        yield found


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with unfiltered_world(tmp_path_factory.mktemp("unfiltered")) as found:
        yield found


def test_every_place_of_a_secret_has_its_canary() -> None:
    assert set(planted.slots(Config)) == set(PLANTED) | set(NO_SECRET)
    assert set(planted.slots(GatewayFile)) == set(GATEWAY)


# --- what is looked for -----------------------------------------------------------------------------------------------


def test_no_secret_stands_anywhere(world: World) -> None:
    assert {place.partition(" ")[0] for place in world.exits} >= {"bundle", "GET", "console", "till.log", "command"}
    assert world.front.echoed >= 2, "the vendor did quote"
    found = leaks(world.exits, world.secrets)
    assert not found, sorted(found)


def test_without_the_filters_the_same_look_finds_them_at_every_door(control: World) -> None:
    found = leaks(control.exits, control.secrets)
    doors = {re.sub(r" as .*|-wal", "", place) for place, _ in found}
    assert {"till.log", "answers", "GET status", "GET devices", "console, lines joined", "journal.sqlite"} <= doors
    assert {"bundle status.json", "bundle log.txt", "journal.sqlite.devices"} <= doors
    assert {name for _, name in found} >= {"vendor's token", "fiscaliser.checkbox.access_key"}


def test_a_card_number_is_kept_as_its_first_six_and_last_four_digits_at_most(world: World) -> None:
    assert leaks(world.exits, {"PAN": PAN}) == set()
    assert not [name for name, content in world.exits.items() if b"4111 1111 1111 1111" in content]
    assert b"4111****1111" in world.exits["journal, read"], "as the till program gave it"


def test_a_customer_stands_beside_the_chain_and_nowhere_else_and_can_be_erased(world: World, tmp_path: Path) -> None:
    customer = {"phone": PHONE, "email": EMAIL}
    assert leaks(world.text, customer) == set()
    own = tmp_path / "journal.sqlite"
    for kept in world.desk.at.folder.glob("journal.sqlite*"):
        if kept.is_file():
            shutil.copy(kept, tmp_path / kept.name)
    with sqlite3.connect(own) as connection:
        bodies = b"".join(row[0] for row in connection.execute("SELECT body FROM personal"))
        records = b"".join(row[0] for row in connection.execute("SELECT body FROM records"))
        snapshots = b"".join(row[0] for row in connection.execute("SELECT body FROM snapshots"))
        erasable = [row[0] for row in connection.execute("SELECT subject FROM personal")]
    connection.close()
    assert leaks({"personal": bodies}, customer) == {("personal", "phone"), ("personal", "email")}, "the control"
    assert leaks({"records": records, "snapshots": snapshots}, customer) == set()
    for subject in erasable:
        assert here("journal", "forget", own, subject).code == 0
    assert here("journal", "verify", own).code == 0
    kept_files = {one.name: one.read_bytes() for one in tmp_path.glob("journal.sqlite*") if one.is_file()}
    assert leaks(kept_files, customer) == set()


def test_a_vendors_words_move_no_terminal(world: World) -> None:
    seen = {
        name
        for name in world.exits
        if name.startswith(("bundle", "command journal", "command book", "console", "till.log"))
    }
    text = {name: re.sub("[\x07\x08]", "", world.exits[name].decode("utf-8", "replace")) for name in seen}
    assert {name: obeyed(said) for name, said in text.items() if obeyed(said)} == {}
    assert [name for name in seen if b"<1B>[2J<9B>2J<202E>You said" in world.exits[name].replace(b"\r\n", b"")] != []


# --- before a till runs -----------------------------------------------------------------------------------------------


def test_a_secret_that_somebody_writes_into_the_configuration_itself_is_refused_and_not_repeated(
    tmp_path: Path,
) -> None:
    secret = canary("inline")
    good = write_config(tmp_path).config.read_text("utf-8")
    for number, wrong in enumerate((
        f"\n[fiscaliser.checkbox]\nlogin = 'a'\npassword = {json.dumps(secret)}\n",
        f"\n[fiscaliser.checkbox]\nlogin = 'a'\npassword = {{ secret = {json.dumps(secret)} }}\n",
        f"\n[fiscaliser.checkbox]\nlogin = 'a'\npassword = {{ file = {json.dumps(secret)} }}\nkey = 1\n",
        f"\n[[api.clients]]\nname = 'x'\nrole = 'cashier'\ntoken = {json.dumps(secret)}\n",
        f"\n[[api.clients]]\nname = 'x'\nrole = 'cashier'\ntoken_sha256 = {json.dumps(secret)}\n",
        f"\n[book.newstore]\nbase_url = 'https://me:{secret[:12].replace('/', '')}@x.example'\nclient_id = 'a'\n",
    )):  # fmt: skip
        place = tmp_path / f"{number}.toml"
        place.write_text(good + wrong, "utf-8")
        done = here("check-config", place)
        assert done.code == 2, wrong
        assert done.err.count("\n") >= 1
        repeated = leaks(
            {"said": (done.out + done.err).encode()}, {"secret": secret, "part": secret[:12].replace("/", "")}
        )
        assert number == 2 or repeated == set(), (wrong, done.err)  # a path is shown: it is no secret's place to be


# --- the vendors of other countries -----------------------------------------------------------------------------------

_PLACES: Final = {
    "datecs": (
        'datecs = "Б"',
        "BG",
        '[fiscaliser.datecs]\nport = "serial:/dev/till/none"\ndialect = "bg"\ndrawer = "command"\n',
        "password",
    ),
    "ikassa": ('ikassa = "tax20"', "BY", '[fiscaliser.ikassa]\nurl = "http://127.0.0.1:9/v1"\n', "pin"),
    "smartone": (
        'smartone = { code = "A", name = "VAT" }',
        "AZ",
        '[fiscaliser.smartone]\nurl = "http://127.0.0.1:9"\n',
        "merchant_id",
    ),
    "uplink": ("", "UA", '[uplink]\nurl = "https://127.0.0.1:9"\n', "token_file"),
}


@pytest.mark.parametrize("runs", [False, pytest.param(True, marks=pytest.mark.campaign)])
@pytest.mark.parametrize("vendor", _PLACES)
def test_the_secret_of_every_other_section_stands_nowhere(vendor: str, runs: bool, tmp_path: Path) -> None:
    """The commands are tried (in the campaign the till runs, too), nobody is there; everything is looked at."""
    letter, market, section, name = _PLACES[vendor]
    secret = PLANTED[f"{'' if vendor == 'uplink' else 'fiscaliser.'}{vendor}.{name}"]
    hidden = write_secret(tmp_path / "the.secret", secret)
    value = json.dumps(str(hidden)) if vendor == "uplink" else f"{{ file = {json.dumps(str(hidden))} }}"
    at = write_config(tmp_path)
    text = at.config.read_text("utf-8").replace('letter = "А"\n', f'letter = "А"\n{letter}\n', 1)
    text = text.replace('market = "UA"', f'market = "{market}"').replace('mode = "round50"', 'mode = "none"')
    currency = {"UA": "UAH", "BG": "EUR", "BY": "BYN", "AZ": "AZN"}[market]
    text = text.replace('"UAH"', f'"{currency}"').replace("2000 }", f"{1800 if market == 'AZ' else 2000} }}")
    if vendor == "datecs":
        text = re.sub(r"\[printer\](.|\n)*?\n\n|sense_open_level.*\n", "", text)
        text = text.replace("[drawers.main]\n", '[drawers.main]\ndriver = "register"\n')
    at.config.write_text(f"{text}\n{section}{name} = {value}\n", "utf-8")
    exits: dict[str, bytes] = {}
    if runs:
        with TillProcess(at) as till:
            cashier = Cashier(till, at.token)
            exits["status"] = json.dumps(cashier.get("/v1/status")).encode()
            cashier.request("POST", "/v1/shifts", {"id": "shift-1", "float_amount": 0}, wait=0)
    for words in (
        ("check-config", at.config),
        ("bundle", "--config", at.config),
        ("fiscal", "check", "--config", at.config),
    ):
        done = here(*words)
        exits[words[0]] = (done.out + done.err).encode()
    exits |= files_below(tmp_path, [hidden])
    assert [name for name in exits if name.startswith("bundle ")] != []
    found = leaks(exits, {"secret": secret})
    assert not found, found
