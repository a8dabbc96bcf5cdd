"""Training: a journal of its own, paper that says so, no fiscaliser, and a status that tells."""

from __future__ import annotations

import asyncio
import hashlib
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.app import App, composer, rule_settings
from firmware_bridge.cli import main
from firmware_bridge.config import Config, ConfigError, load
from firmware_bridge.errors import UserError
from firmware_bridge.journal.errors import JournalForeign
from firmware_bridge.journal.store import Journal
from statemachines.vocabulary.traits import NO_FISCALISER

TOKEN = "a-till-for-learning"
TILL = """
[till]
id = "UA-17"
market = "UA"
zone = "Europe/Kyiv"
currency = "UAH"
language = "uk"
{training}

[shop]
name = "Крамниця"

[taxes.vat20]
letter = "А"
checkbox = [1]
taxes = [{{ name = "ПДВ", rate = 2000 }}]

[rounding]
mode = "round50"

[journal]
path = "{journal}"

[api]
listen = "127.0.0.1:0"

[[api.clients]]
name = "pos"
role = "manager"
token_sha256 = "{token}"
"""
REGISTER = """
[fiscaliser.checkbox]
base_url = "http://127.0.0.1:9"
login = "learner"
password = { file = "/nonexistent/password" }
license_key = { file = "/nonexistent/key" }
"""


def config(folder: Path, training: str, more: str = "") -> Config:
    token = hashlib.sha256(TOKEN.encode()).hexdigest()
    path = folder / "till.toml"
    text = TILL.format(training=training, journal=folder / "journal.sqlite", token=token)
    path.write_text(text + more, encoding="utf-8")
    return load(path)


def status(address: str) -> Any:
    request = urllib.request.Request(f"http://{address}/v1/status", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def run(config: Config) -> Any:
    """Start the till, ask its status, and stop it."""

    async def once() -> Any:
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        stopping = asyncio.Event()
        app = asyncio.create_task(App(config).run(stopping, ready.set_result))
        app.add_done_callback(lambda _: ready.cancel())
        await asyncio.wait({ready})
        if ready.cancelled():
            return await app
        found = await asyncio.to_thread(status, ready.result())
        stopping.set()
        await app
        return found

    return asyncio.run(once())


def opened(path: Path, *, training: bool | None) -> Journal:
    return Journal.open(path, till_id="UA-17", clock=lambda: 1, new_id=lambda: "j", training=training)


# --- the journal -------------------------------------------------------------------------------------------------


def test_a_training_journal_is_not_opened_for_real_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    opened(path, training=True).close()
    before = path.read_bytes()
    with pytest.raises(JournalForeign, match=r"holds sales of a training and .* real; nothing was changed\. Give"):
        opened(path, training=False)
    assert path.read_bytes() == before
    opened(path, training=True).close()


def test_a_real_journal_is_not_opened_in_training_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    opened(path, training=False).close()
    before = path.read_bytes()
    with pytest.raises(JournalForeign, match=r"holds real sales and .* training; nothing was changed\. Give"):
        opened(path, training=True)
    assert path.read_bytes() == before
    opened(path, training=False).close()


@pytest.mark.parametrize("training", [True, False])
def test_who_sells_nothing_opens_either_kind(tmp_path: Path, training: bool) -> None:
    path = tmp_path / "journal.sqlite"
    opened(path, training=training).close()
    opened(path, training=None).close()
    opened(path, training=training).close()


def test_a_customers_data_is_erased_from_a_training_journal_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "journal.sqlite"
    journal = opened(path, training=True)
    journal.append([], personal={"d1": b"someone@example.org"})
    journal.close()
    assert main(["journal", "forget", str(path), "d1"]) == 0
    assert "erased" in capsys.readouterr().out


# --- the till ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("training", "told"), [("training = true", True), ("training = false", False), ("", False)])
def test_the_status_says_whether_this_is_training(tmp_path: Path, training: str, told: bool) -> None:
    assert run(config(tmp_path, training))["training"] is told


@pytest.mark.parametrize("first", ["training = true", ""])
def test_the_till_does_not_start_with_a_journal_of_the_other_kind(tmp_path: Path, first: str) -> None:
    run(config(tmp_path, first))
    with pytest.raises(UserError, match="nothing was changed"):
        run(config(tmp_path, "" if first else "training = true"))
    assert run(config(tmp_path, first))["till"] == "UA-17"


def test_training_asks_no_fiscaliser_whatever_is_configured(tmp_path: Path) -> None:
    learning = config(tmp_path, "training = true", REGISTER)
    assert rule_settings(learning).traits == NO_FISCALISER
    answer = run(learning)  # its secrets do not exist: whoever read them could not start
    assert answer["fiscal"] is None
    real = config(tmp_path, "", REGISTER)
    assert rule_settings(real).traits.registers
    (tmp_path / "journal.sqlite").unlink()
    with pytest.raises(UserError, match="/nonexistent/"):
        run(real)


def test_the_composer_of_a_training_till_marks_its_paper(tmp_path: Path) -> None:
    assert composer(config(tmp_path, "training = true")).training
    assert not composer(config(tmp_path, "")).training


def test_training_is_true_or_false_and_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"till\.training"):
        config(tmp_path, 'training = "yes"')
