"""The support bundle: what a supporter needs is in it, and what is planted as a secret is nowhere in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tarfile
import uuid
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from firmware_bridge import bundle
from firmware_bridge.bundle_allowed import allowed
from firmware_bridge.config import load
from firmware_bridge.journal.records import Entry
from firmware_bridge.journal.store import Journal
from firmware_bridge.logs import Redactor
from firmware_bridge.rehearsal import Checkbox, write_config, write_secret
from statemachines.vocabulary.events import DrawerCause, DrawerOpenRequested, Occurred, TillStarted

NOW = 1_800_000_000_000
PAN = "4111111111111111"
PHONE = "+380671234567"
SECRETS = {name: f"canary-{name}/+{index}=" for index, name in enumerate(("password", "license_key", "access_key"), 1)}
TOKEN = "canary-token-of-olena-" + "7" * 20
GOODS = "Канарка співоча"
SHOWN = {"sale": "ReceiptPrinted", "why": "no paper"}


def leaks(text: str) -> set[str]:
    """Which planted words stand in `text`, in whatever form."""
    found = set()
    for word in (*SECRETS.values(), TOKEN, PAN, PHONE, GOODS):
        raw = word.encode()
        forms = {word, base64.b64encode(raw).decode(), raw.hex(), quote(word, safe=""), json.dumps(word)[1:-1]}
        if any(form in text for form in forms):
            found.add(word)
    return found


def everything(path: Path) -> str:
    """All of a bundle as one text, names included."""
    with tarfile.open(path) as archive:
        parts = [f"{one.name}\n{archive.extractfile(one).read().decode()}" for one in archive]  # type: ignore[union-attr]  # all are files
    return "\n".join(parts)


@pytest.fixture
def sources(tmp_path: Path) -> bundle.Sources:
    """A till that has been told every secret in the world, by its vendors, its printer and its customers."""
    ready = {"base_url": "https://api.example", "login": "kasa1", **SECRETS}
    at = write_config(tmp_path, Checkbox.of(ready, "current", tmp_path))
    place = write_secret(tmp_path / "olena.token", TOKEN)
    client = f'\n[[api.clients]]\nname = "olena"\nrole = "technician"\ntoken_file = {json.dumps(str(place))}\n'
    at.config.write_text(at.config.read_text("utf-8") + client, "utf-8")
    config = load(at.config)
    numbers = count(1)
    ids = (str(uuid.UUID(int=number)) for number in numbers)
    journal = Journal.open(at.journal, till_id="1", clock=lambda: NOW, new_id=lambda: next(ids), training=False)
    told = (
        DrawerOpenRequested("main", DrawerCause("no_sale", "x"), f"for {PHONE} {GOODS}"),
        TillStarted("1", "boot", TOKEN),
    )
    journal.append([Entry("", Occurred(NOW, 0, event)) for event in told])
    journal.close()
    redactor = Redactor()
    bundle.register(config, redactor)
    secret = SECRETS["access_key"]
    return bundle.Sources(
        config=config,
        status={
            "till": "1",
            "can_sell": False,
            "reasons": [{"code": "paper", "text": f"{SHOWN['why']}; Checkbox said {SECRETS['password']} for {PAN}"}],
            "printer": {"state": "paper_out", "model": f"TM-{TOKEN}", "advice": quote(secret, safe="")},
            "customer": {"phone": PHONE, "note": PHONE},
            PHONE: 1,
        },
        devices={"devices": [{"id": "printer", "driver": "escpos", "stranger": {"serial": base64_of(secret)}}]},
        outbox={"books": [{"book": "newstore", "parked": 3, "rows": [{"seq": 7, "body": {"name": GOODS}}]}]},
        findings=[f"BAD sign-in: checkbox: {SECRETS['license_key'].encode().hex()}"],
        log=[f"Authorization: Bearer {TOKEN}", f"paid with {PAN}", "\x1b[2J cleared"],
        version="0.1.0",
        utc_ms=NOW,
        clean=redactor.mask,
    )


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_planted_secrets_are_nowhere_in_the_bundle(tmp_path: Path, sources: bundle.Sources) -> None:
    path = bundle.write(tmp_path, sources)
    text = everything(path)
    assert leaks(text) == set()
    assert leaks(path.name) == set()
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_the_filter_the_same_look_finds_them(tmp_path: Path, sources: bundle.Sources) -> None:
    text = everything(bundle.write(tmp_path, replace(sources, clean=lambda text: text)))
    assert leaks(text) >= {*SECRETS.values(), TOKEN, PAN}


def test_without_the_allow_list_the_same_look_finds_customers_and_goods(
    tmp_path: Path, sources: bundle.Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "allowed", lambda value, *_, **__: value)
    assert leaks(everything(bundle.write(tmp_path, sources))) >= {PHONE, GOODS}


def test_what_a_supporter_needs_is_there(tmp_path: Path, sources: bundle.Sources) -> None:
    path = bundle.write(tmp_path, sources)
    with tarfile.open(path) as archive:
        names = archive.getnames()
        files = {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]  # all are files
    assert names[:2] == ["README.txt", "manifest.json"]
    manifest = json.loads(files["manifest.json"])
    assert manifest["files"] == {name: hashlib.sha256(files[name]).hexdigest() for name in names[2:]}
    status = json.loads(files["status.json"])
    assert SHOWN["why"] in status["reasons"][0]["text"]
    assert json.loads(files["chain.json"])["ok"] is True
    assert json.loads(files["journal.json"])[-1]["name"] == "TillStarted"
    shown = json.loads(files["config.json"])
    assert shown["secrets"]["fiscaliser.checkbox.password"]["length"] == len(SECRETS["password"])
    assert shown["printer"]["page"] == 46
    assert b"\x1b" not in files["log.txt"]


def test_a_till_of_which_nothing_answers_has_a_bundle_too(tmp_path: Path, sources: bundle.Sources) -> None:
    Path(sources.config.journal.path).write_bytes(b"no journal")
    dead = replace(sources, status=None, devices=None, outbox=None, log=(), findings=())
    text = everything(bundle.write(tmp_path, dead))
    assert re.search(r"chain.json\n\{\n \"ok\": false", text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"state": "open", "name": GOODS}, {"state": "open", "name": f"<{len(GOODS)} characters>"}),
        ({"amount": 100, "card": 1234}, {"amount": 100, "card": "<number>"}),
        ({"reason": PHONE}, {"reason": f"<{len(PHONE)} characters>"}),
        (
            {"document_id": "sale-1", "lines": [{"price": 5}]},
            {"document_id": "sale-1", "lines": [{"price": "<number>"}]},
        ),
    ],
)
def test_of_a_record_only_what_is_listed_gets_in(value: dict[str, Any], shown: dict[str, Any]) -> None:
    assert allowed(value, sentences=False) == shown
