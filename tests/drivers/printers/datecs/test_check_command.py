"""`fiscal check` at a fiscal printer: what a technician reads, and what is wrong when something is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from drivers.printers.datecs.examining import Examination, examine
from drivers.printers.datecs.settings import DatecsSettings
from drivers.printers.datecs.status import TABLES
from drivers.printers.datecs.status_words import MEANINGS, TROUBLES
from firmware_bridge.cli import main
from firmware_bridge.journal.lock import Lock
from firmware_bridge.played_devices import Device
from firmware_bridge.vendors.datecs.inspection import Row, inspect
from tests.support.datecs_rig import START, Rig
from tests.support.device_desk import Json, write

DIALECTS = ("bg", "c", "ua", "mk", "sy55", "x")


def looked(rig: Rig, **settings: object) -> Examination:
    return examine(rig.port, replace(rig.settings, **settings), wait=rig.pass_time)  # type: ignore[arg-type]  # fields


def rows(rig: Rig, now: datetime | None = None, **settings: object) -> dict[str, Row]:
    """What is told, by its first word; troubles of the status by what they say."""
    chosen: DatecsSettings = replace(rig.settings, **settings)  # type: ignore[arg-type]  # fields of it
    found = inspect(looked(rig, **settings), chosen, now or START.replace(tzinfo=None))
    return {row.found if row.what == "status" and not row.ok else row.what: row for row in found}


def wrong(found: dict[str, Row]) -> dict[str, str]:
    return {name: row.advice for name, row in found.items() if not row.ok}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_device_in_order_is_told_in_plain_words_and_nothing_is_sent_that_acts(dialect: str) -> None:
    rig = Rig(dialect)
    rig.give(rig.working(), rig.sell())
    before = rig.device.books
    found = rows(rig, rig.device.books.journal[-1].at)
    advice = wrong(found)
    if dialect == "x":  # its paper is wider than most: nothing to do
        assert found["paper"].found == "48 characters to a line"
    assert advice == {}, advice
    assert rig.settings.dialect.name in found["dialect"].found
    assert "1825 Z reports still fit" in found["memory"].found
    assert "last 0000002" in found["documents"].found
    assert "sold 13.43" in found["documents"].found
    assert "cash 113.43" in found["documents"].found
    assert "it is fiscalised" in found["status"].found
    assert found["receipt"].found == "none is open"
    after = rig.device.books
    assert (after.journal, after.papers, after.cash, after.pulses) == (
        before.journal,
        before.papers,
        before.cash,
        before.pulses,
    )


def test_who_it_is_stands_first() -> None:
    found = rows(Rig("bg"))["device"].found
    assert found == "FP-800, firmware 1.00BG 23NOV18 1000, serial number DT000600"


def test_another_device_than_the_configured_one_is_named() -> None:
    row = rows(Rig("bg"), serial="DT999999")["device"]
    assert not row.ok
    assert "DT999999" in row.advice


@pytest.mark.parametrize(
    ("change", "what", "advice"),
    [
        (lambda rig: rig.device.fault("paper_end", 0), "it has no paper", "put in a new roll"),
        (lambda rig: rig.device.open_cover(), "its cover is open", "close it"),
        (lambda rig: rig.device.fault("near_end"), "its paper is nearly at its end", "have a new roll ready"),
        (lambda rig: rig.device.fault("clock_unset"), "its clock is not set", "when a shift is opened"),
        (lambda rig: rig.device.fault("fm_full"), "its fiscal memory is full", "call the service"),
        (lambda rig: rig.device.fault("ej_full"), "its electronic journal is full", "call the service"),
        (lambda rig: rig.device.fault("overheat"), "its print head is too hot", "cooled down"),
        (lambda rig: rig.sold_by_hand(paid=False), "receipt", "finish or void it at the device"),
    ],
)
def test_what_is_the_matter_comes_with_what_to_do(change: Callable[[Rig], object], what: str, advice: str) -> None:
    rig = Rig("bg")
    change(rig)
    assert advice in wrong(rows(rig))[what]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_rate_that_is_not_the_device_s_is_told_group_by_group(dialect: str) -> None:
    rig = Rig(dialect)
    row = rows(rig, rates={"a": 700})["tax a"]
    assert not row.ok
    assert "here 7 %" in row.found
    off = rows(rig, taxes={"a": rig.settings.dialect.taxes[-1]}, rates={"a": 700})["tax a"]
    assert not off.ok


def test_a_clock_that_differs_is_told_in_seconds_and_when_it_will_be_set() -> None:
    rig = Rig("bg")
    now = START.replace(tzinfo=None)
    assert "as the till's" in rows(rig, now)["clock"].found
    late = rows(rig, now + timedelta(seconds=100))["clock"]
    assert "100 s behind" in late.found
    assert late.advice == "it is set when a shift is opened"
    assert "by hand" in rows(rig, now + timedelta(seconds=100), clock_s=0)["clock"].advice
    rig.give(rig.working(), rig.sell())
    assert "after the next Z report" in rows(rig, now + timedelta(seconds=500))["clock"].advice


def test_a_device_of_another_dialect_that_answers_all_the_same_is_noticed_by_its_name() -> None:
    """A cash register understands most of what a printer does, and takes the fields of 30h in another order."""
    rig = Rig("c", change=lambda settings: replace(settings, dialect=Rig("bg").settings.dialect))
    row = rows(rig)["dialect"]
    assert not row.ok
    assert row.advice == 'set fiscaliser.datecs.dialect = "c"'


def test_paper_that_is_narrower_than_the_lines_we_send_is_noticed() -> None:
    rig = Rig("x")
    wide = replace(rig.settings.dialect, text_length=62)
    row = rows(rig, dialect=wide)["paper"]
    assert row.advice == "set fiscaliser.datecs.columns = 48"


def test_every_bit_of_every_dialect_has_words() -> None:
    names = {name for table in TABLES.values() for name in table.values()}
    assert names == MEANINGS.keys() | TROUBLES.keys()
    assert not MEANINGS.keys() & TROUBLES.keys()


# --- as it is typed -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """Its clock shows the time of the tills' zone here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        with Device("datecs", tmp_path_factory.mktemp("device") / "register", ["--dialect", "bg"]) as device:
            yield device


def shop(folder: Path, register: Device, dialect: str = "bg", letter: str = "Б") -> Path:
    section = f'[fiscaliser.datecs]\nport = "{register.url}"\ndialect = "{dialect}"\n'
    return write(folder, section, letter=letter, market="BG").config


def typed(*words: str | Path) -> int:
    return main(["fiscal", *map(str, words)])


def test_it_is_told_on_the_screen_and_as_json(
    tmp_path: Path, register: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    config = shop(tmp_path, register)
    config.write_text(config.read_text("utf-8").replace("Europe/Kyiv", "UTC"), "utf-8")
    before = register.do("books")["journal"]
    assert typed("check", "--config", config) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "ok  device     FP-800" in told.out
    assert "BAD" not in told.out
    assert typed("check", "--config", config, "--json") == 0
    data: Json = json.loads(capsys.readouterr().out)
    assert data["ok"]
    assert (data["serial"], data["fiscal_memory"], data["last_document"]) == ("DT000600", "02000600", 0)
    assert all(row["ok"] for row in data["checks"])
    assert register.do("books")["journal"] == before


def test_what_is_wrong_is_the_exit_code_and_the_first_of_it_the_last_line(
    tmp_path: Path, register: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    register.do("open_cover")
    try:
        assert typed("check", "--config", shop(tmp_path, register)) == 1
    finally:
        register.do("close_cover")
    told = capsys.readouterr()
    assert "BAD status     its cover is open -> close it" in told.out
    assert "not in order" in told.err


def test_a_till_that_runs_keeps_its_device_to_itself(
    tmp_path: Path, register: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    config = shop(tmp_path, register)
    lock = Lock(tmp_path / "journal.sqlite")
    try:
        assert typed("check", "--config", config) == 1
    finally:
        lock.free()
    assert "The till is running" in capsys.readouterr().err


def test_a_device_that_speaks_another_dialect_is_told_with_advice(
    tmp_path: Path, register: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("check", "--config", shop(tmp_path, register, "x", "2")) == 1
    told = capsys.readouterr().err
    assert "does not understand a word" in told
    assert "nothing was changed there" in told


@pytest.mark.parametrize("words", [("search", "--from", "2020-01-01", "--to", "2021-01-01"), ("receipt", "x")])
def test_what_only_a_network_register_has_is_refused_in_one_sentence(
    tmp_path: Path, register: Device, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert typed(words[0], "--config", shop(tmp_path, register), *words[1:]) == 2
    assert "fiscal check is there for it" in capsys.readouterr().err
