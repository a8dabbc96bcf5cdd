"""`firmware-bridge outbox`: what the journal says of the books, and orders that wait for the till in its inbox."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.cli import main
from firmware_bridge.gateway.commands import Command, decode, inbox_path
from firmware_bridge.journal.records import Entry, Intent, Parked, ParkedState
from firmware_bridge.journal.store import Journal
from firmware_bridge.uplink.inbox import CommandInbox
from statemachines.vocabulary.day_events import DrawerDayClosed
from statemachines.vocabulary.events import CashMoved, CashMoveSettled, Event, Occurred
from statemachines.vocabulary.receipt import Person

ANN = Person("7", "Ганна", "cashier")
AT = 1_772_460_331_000
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
taxes = [{{ name = "ПДВ", rate = 2000 }}]

[rounding]
mode = "round50"

[journal]
path = "{journal}"

[printer]
port = "serial:/dev/null"

[drawers.main]
"""
BOOK = """
[book.newstore]
base_url = "http://127.0.0.1:9"
token_url = "http://127.0.0.1:9/token"
client_id = "till-17"
client_secret = { file = "/nonexistent/secret" }
store_id = "kyiv-1"
"""


def written(event: Event) -> Entry:
    return Entry("doc", Occurred(AT, 1, event, ANN))


def moved(name: str, day: str = "day-1") -> Entry:
    return written(CashMoved(name, "cash_pull", "out", 100, drawer_id="main", day_id=day))


def parked(seq: int, state: ParkedState, *place: str, reason: str = "no such reason", on: str = "") -> Parked:
    return Parked("newstore", seq, place, state, on, reason, AT)


def records() -> list[Entry]:
    return [
        moved("m1"),
        written(CashMoveSettled("m1", "drawer_closed", drawer_id="main", day_id="day-1")),
        moved("m2"),
        moved("m3"),
        written(DrawerDayClosed("main", "day-1", 0, None, "", "close")),
        moved("m4", "day-2"),
        moved("m5", "day-2"),
        moved("m6", "day-2"),
    ]


ROWS = (
    parked(1, "refused", "main", "day-1", "m1"),
    parked(2, "behind", "main", "day-1", "m1", reason="waits behind record 1"),
    parked(4, "waits", "main", "day-1", "m3", on="m3"),
    parked(5, "refused", "main", reason="the drawer was counted by nobody"),
    parked(6, "behind", "main", "day-2", "m4", reason="waits behind record 5"),
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A till that was stopped at record 8 of its journal; its book is at record 6, with five of them set aside."""
    path = tmp_path / "journal.sqlite"
    journal = Journal.open(path, till_id="UA-17", clock=lambda: AT, new_id=lambda: "j")
    journal.append(records())
    journal.advance("uplink", 8)
    journal.advance("newstore", 6, {"m2": "tx-2"}, ROWS, (), Intent("newstore", 7, "start_non_sale", 1, AT))
    journal.close()
    return write(tmp_path)


def write(folder: Path, book: str = BOOK, training: str = "", journal: str = "journal.sqlite") -> Path:
    path = folder / "till.toml"
    path.write_text(TILL.format(journal=folder / journal, training=training) + book, encoding="utf-8")
    return path


def waiting(config: Path) -> list[Command]:
    path = inbox_path(config.with_name("journal.sqlite"))
    return [decode(one.body) for one in CommandInbox(path).receive("UA-17", 0)] if path.exists() else []


class Said:
    """What a command said."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: object) -> None:
        self.code = main(["outbox", *map(str, words)])
        self.out, self.err = capsys.readouterr()
        assert self.err.count("\n") <= 1, self.err

    @property
    def json(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


# --- looking ---


def test_status_tells_how_far_the_book_is(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "status", "--config", config)
    assert (said.code, said.err) == (0, "")
    parts = (
        "at record 6, 2 records behind, lags by 5 transactions",
        "2 set aside and 2 behind them",
        "1 waiting for an id of the vendor",
        "the answer to start_non_sale of record 7 is open",
    )
    assert said.out.splitlines() == [
        "journal: at record 8, taken up the link to record 8",
        f"newstore: {'; '.join(parts)}",
    ]


def test_status_as_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = Said(capsys, "status", "--config", config, "--json").json
    book = {
        "book": "newstore",
        "cursor": 6,
        "behind": 2,
        "lags": 5,
        "parked": 2,
        "held_behind": 2,
        "waiting_for_an_id": 1,
        "open_request": {"seq": 7, "operation": "start_non_sale"},
    }
    assert found == {"till": "UA-17", "head": 8, "uplink": 8, "commands": 0, "books": [book]}


def test_looking_changes_nothing_and_makes_no_inbox(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = config.with_name("journal.sqlite")
    before = journal.read_bytes()
    for part in ("status", "parked"):
        assert Said(capsys, part, "--config", config).code == 0
    assert journal.read_bytes() == before
    assert not inbox_path(journal).exists()


def test_parked_shows_each_record_with_its_reason(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Said(capsys, "parked", "--config", config).out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "4", "5", "6"]
    assert "refused  CashMoved  main/day-1/m1  no such reason" in lines[0]
    assert "waits for m3" in lines[2]
    rows = Said(capsys, "parked", "--config", config, "--json").json
    assert rows[3] == {
        "book": "newstore",
        "seq": 5,
        "place": "main",
        "state": "refused",
        "waits_for": None,
        "reason": "the drawer was counted by nobody",
        "at": "2026-03-02T14:05:31.000Z",
        "kind": "DrawerDayClosed",
    }


def test_an_outbox_that_owes_nothing_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Journal.open(tmp_path / "journal.sqlite", till_id="UA-17", clock=lambda: AT, new_id=lambda: "j").close()
    config = write(tmp_path)
    assert Said(capsys, "parked", "--config", config).out == "nothing is set aside\n"
    assert "0 records behind, lags by 0 transactions\n" in Said(capsys, "status", "--config", config).out
    assert Said(capsys, "parked", "--config", config, "--json").out == ""


# --- asking ---


def test_retry_of_one_record_waits_for_the_till(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "retry", "--config", config, "--seq", 5, "--by", "Іван")
    assert said.code == 0
    assert "newstore: command 1 waits for till UA-17" in said.out
    assert "record 5 (DrawerDayClosed) is sent again, and 1 record behind it in order" in said.out
    assert waiting(config) == [Command("retry", "newstore", 5, "Іван")]
    assert "commands: 1 waiting for the till" in Said(capsys, "status", "--config", config).out


def test_retry_of_all_is_possible_also_when_nothing_is_set_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "olena")
    Journal.open(tmp_path / "journal.sqlite", till_id="UA-17", clock=lambda: AT, new_id=lambda: "j").close()
    config = write(tmp_path)
    (said,) = Said(capsys, "retry", "--config", config, "--json").json
    assert (said["book"], said["command"]) == ("newstore", 1)
    assert "tried at once" in said["will"]
    assert waiting(config) == [Command("retry", "newstore", None, "olena")]


def test_park_names_the_record_and_it_must_be_one_to_come(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "park", "--config", config, "--seq", 7)
    assert (said.code, waiting(config)[0].do, waiting(config)[0].seq) == (0, "park", 7)
    assert "nothing is lost" in said.out
    for seq in (6, 9):
        refused = Said(capsys, "park", "--config", config, "--seq", seq)
        assert refused.code == 1
        assert "nothing was asked for" in refused.err
    assert len(waiting(config)) == 1


def test_drop_shows_what_is_given_up_and_does_it_only_with_yes(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = Said(capsys, "drop", "--config", config, "--seq", 1)
    assert said.code == 2
    assert [line.split()[0] for line in said.out.splitlines()] == ["1", "2"]
    assert "2 records would be given up for good" in said.err
    assert "--yes" in said.err
    assert waiting(config) == []
    said = Said(capsys, "drop", "--config", config, "--seq", 1, "--yes")
    assert said.code == 0
    assert "2 records given up for good" in said.out
    assert [(one.do, one.seq) for one in waiting(config)] == [("drop", 1)]


def test_what_only_stood_behind_a_day_that_is_dropped_is_not_given_up(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = Said(capsys, "drop", "--config", config, "--seq", 5)
    assert [line.split()[0] for line in said.out.splitlines()] == ["5", "4"]  # and nothing of day 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("retry", "--seq", 3), 1, "Record 3 is not set aside for newstore"),
        (("retry", "--seq", 2), 1, "Record 2 waits behind record 1: see to that one"),
        (("retry", "--seq", 4), 1, "Record 4 is sent when newstore has an id for m3"),
        (("drop", "--seq", 3, "--yes"), 1, "Record 3 is not set aside"),
        (("drop", "--seq", 6, "--yes"), 1, "Record 6 waits behind record 5"),
        (("retry", "--book", "bitrix24"), 2, "keeps no book 'bitrix24', only newstore"),
        (("status", "--book", "x"), 2, "keeps no book"),
        (("retry", "--by", "x" * 65), 2, "--by"),
        (("retry", "--by", "a\x1b[2J"), 2, "--by"),
    ],
)
def test_what_is_not_possible_is_one_line_and_nothing_waits(
    config: Path, capsys: pytest.CaptureFixture[str], words: tuple[object, ...], code: int, said: str
) -> None:
    found = Said(capsys, *words, "--config", config)
    assert found.code == code
    assert said in found.err
    assert waiting(config) == []


@pytest.mark.parametrize("words", [(), ("park",), ("drop", "--seq", "0x1"), ("retry", "--seq", "-1")])
def test_wrong_words_are_wrong_use(config: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["outbox", *words, "--config", str(config)])
    assert ended.value.code == 2


def test_a_till_without_books_and_one_in_training_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for book, training, why in (("", "", "no [book]"), (BOOK, "training = true", "training")):
        found = Said(capsys, "status", "--config", write(tmp_path, book, training))
        assert found.code == 2
        assert why in found.err


def test_a_journal_that_is_not_there_or_another_tills_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path)
    assert "No such file" in Said(capsys, "retry", "--config", config).err
    assert waiting(config) == []
    Journal.open(tmp_path / "journal.sqlite", till_id="UA-18", clock=lambda: AT, new_id=lambda: "j").close()
    found = Said(capsys, "retry", "--config", config)
    assert found.code == 1
    assert "belongs to till UA-18" in found.err
    assert waiting(config) == []


def test_an_inbox_that_cannot_be_used_is_one_line(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox_path(config.with_name("journal.sqlite")).write_bytes(b"noise" * 1000)
    found = Said(capsys, "retry", "--config", config)
    assert found.code == 1
    assert "nothing was" in found.err
    (status,) = Said(capsys, "status", "--config", config, "--json").json
    assert status["commands"] is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_an_inbox_that_root_makes_belongs_to_whoever_runs_the_till(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = config.with_name("journal.sqlite")
    os.chown(journal, 12345, 12346)
    assert Said(capsys, "retry", "--config", config).code == 0
    found = inbox_path(journal).stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7) == (12345, 12346, 0)
