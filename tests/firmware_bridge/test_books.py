"""Which books a till has, and that whatever is wrong with one keeps no till from starting."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from firmware_bridge import books
from firmware_bridge.app import rule_settings
from firmware_bridge.clock import SystemClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError
from firmware_bridge.gateway.outbox import attach
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.validation import convert
from statemachines.vocabulary.commands import Refusal
from tests.firmware_bridge.test_till import Lane, opened, running, sold

NEWSTORE = {
    "base_url": "https://acme.p.newstore.net",
    "client_id": "till-17",
    "client_secret": {"file": "/nonexistent/secret"},
    "store_id": "kyiv-1",
}


def config(book: dict[str, Any] | None = None, journal: str = "journal.sqlite", **till: Any) -> Config:
    table = {
        "till": {"id": "UA-1", "market": "UA", "zone": "Europe/Kyiv", "currency": "UAH", "language": "uk", **till},
        "shop": {"name": "Кав'ярня"},
        "taxes": {"vat20": {"letter": "А", "taxes": [{"name": "ПДВ", "rate": 2000}]}},
        "rounding": {"mode": "round50"},
        "journal": {"path": journal},
        "printer": {"port": "serial:/dev/till/printer"},
        "drawers": {"main": {}},
    }
    return convert(table if book is None else {**table, "book": book}, Config)


def kept(**more: Any) -> dict[str, Any]:
    return {"newstore": {**NEWSTORE, **more}}


# --- which ---


def test_a_till_has_the_books_of_its_sections_and_none_in_training() -> None:
    assert books.names(config()) == ()
    assert books.names(config(kept())) == ("newstore",)
    assert books.names(config(kept(), training=True)) == ()


def test_a_book_is_built_with_its_secret_told_to_whoever_keeps_it_out_of_logs(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s" * 40, "utf-8")
    told: list[str] = []
    found = config(kept(client_secret={"file": str(secret)}))
    book, service = books.make("newstore", found, SystemClock(), version="1", on_secret=told.append)
    assert (book.name, told) == ("newstore", ["s" * 40])
    asyncio.run(service.close())


def test_a_secret_that_cannot_be_read_is_one_sentence() -> None:
    with pytest.raises(UsageError, match=r"book\.newstore\.client_secret.*/nonexistent/secret"):
        books.make("newstore", config(kept()), SystemClock(), version="1")


@pytest.mark.parametrize(
    ("section", "training", "recorded"),
    [
        (None, False, (False, False)),
        ({}, False, (False, False)),
        ({"commanded_open": "no_sale"}, False, (True, False)),
        ({"forced_open": "no_sale"}, False, (False, True)),
        ({"commanded_open": "no_sale", "forced_open": "no_sale"}, True, (False, False)),
    ],
)
def test_the_rules_record_openings_when_the_book_wants_to_know(
    section: dict[str, Any] | None, training: bool, recorded: tuple[bool, bool]
) -> None:
    settings = rule_settings(config(None if section is None else kept(**section), training=training))
    assert (settings.record_commanded, settings.record_forced) == recorded


def test_a_till_without_a_book_loads_nothing_of_it() -> None:
    words = "import sys, firmware_bridge.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, timeout=60)
    loaded = [name for name in done.stdout.split() if name.startswith("firmware_bridge.")]
    assert "firmware_bridge.till" in loaded
    assert [name for name in loaded if "gateway" in name or "uplink" in name] == []


def test_whoever_follows_a_till_hears_of_every_commit(tmp_path: Path) -> None:
    async def scenario() -> None:
        heard: list[int] = []
        async with running(tmp_path, Lane()) as till:
            till.follow(heard.append)
            await opened(till)
            await sold(till, "a")
            assert heard[-1] == till.status()["journal"]["seq"]
            assert heard == sorted(set(heard))
            assert len(heard) >= 3  # the shift; the sale and its order to print; that it was printed

    asyncio.run(scenario())


# --- whatever is wrong with one ---


def first_words(folder: Path, reason: str) -> None:
    """Attach, start, look, stop: it is held and says why, and the till has started."""

    async def main() -> None:
        path = folder / "journal.sqlite"
        opener = partial(Journal.open, path, till_id="UA-1", clock=lambda: 1, new_id=lambda: "j")
        journal = JournalThread(opener)
        await journal.start()
        found = config(kept(), str(path))
        outbox = attach(found, journal, SystemClock(), lambda _: None, version="1")
        await outbox.start()
        (book,) = await outbox.books()
        assert (book["state"], reason in book["reason"]) == ("held", True), book
        assert isinstance(await outbox.order("retry", "newstore", None, "Ганна"), Refusal)
        await outbox.stop()
        await journal.close()

    asyncio.run(main())


def test_a_book_whose_secret_cannot_be_read_is_held_and_says_which(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first_words(tmp_path, "/nonexistent/secret")
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_an_error_in_an_adapter_keeps_no_till_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def build(*_: object) -> object:
        raise KeyError("a mistake")

    module = ModuleType("a_vendor_of_no_use")
    module.build = build  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "a_vendor_of_no_use", module)
    monkeypatch.setitem(books.VENDORS, "newstore", "a_vendor_of_no_use")
    first_words(tmp_path, "an error in this program (KeyError)")
    assert caplog.records[0].exc_info is not None
