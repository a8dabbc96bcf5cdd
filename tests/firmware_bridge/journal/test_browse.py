"""What a person sees of the journal: every record, no customer, nothing that moves the cursor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firmware_bridge.journal import browse
from firmware_bridge.journal.records import Entry, Intent, Parked
from firmware_bridge.journal.verify import verify
from statemachines.vocabulary.events import CashMoved
from tests.firmware_bridge.journal.samples import (
    RECORDS,
    alter,
    fill,
    occurred,
    open_journal,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    fill(tmp_path / "journal.sqlite")
    return tmp_path / "journal.sqlite"


def test_the_export_has_every_record_as_json_and_no_personal_data(path: Path) -> None:
    rows = list(browse.export(path))
    assert [row["seq"] for row in rows] == list(range(1, RECORDS + 1))
    told = {"document_id": "doc-1", "type": "cash_pull", "direction": "out", "amount": 101, "origin": "operator"}
    told |= {"drawer_id": "", "day_id": "", "reason": ""}
    assert rows[0]["fields"] == told
    assert rows[0]["header"]["actor"]["name"] == "Ганна"
    assert (rows[1]["kind"], rows[1]["name"]) == ("intention", "Print")
    assert rows[-1]["hash"] == verify(path).head.hash.hex()
    assert "customer@example.org" not in json.dumps(rows)
    assert browse.tail(path, 3) == rows[-3:]
    assert "Ганна" not in browse.line(rows[0])
    assert browse.line(rows[0]).split()[:3] == ["1", "2023-11-14", "22:13:20.001Z"]


def test_a_line_for_the_terminal_cannot_move_its_cursor(tmp_path: Path) -> None:
    path = tmp_path / "j"
    journal = open_journal(path)
    journal.append([Entry("\x1b[2J\u202edoc", occurred(CashMoved("d\u009b1m\n", "cash_pull", "out", 1)))])
    journal.close()
    line = browse.line(browse.tail(path, 1)[0])
    assert line.isprintable()
    assert "\\x1b[2J\\u202edoc" in line


def test_a_record_that_cannot_be_read_is_shown_as_damage(path: Path) -> None:
    alter(path, "UPDATE records SET body = x'c1' WHERE seq = 5", "UPDATE records SET body = 7 WHERE seq = 6")
    rows = list(browse.export(path))
    assert len(rows) == RECORDS
    assert (rows[4]["body"], "cannot be read" in rows[4]["damage"]) == ("c1", True)
    assert "damage" in rows[5]
    assert all(browse.line(row).isprintable() for row in rows)


def test_the_figures_are_those_of_the_journal(path: Path) -> None:
    journal = open_journal(path)
    rows = [
        Parked("newstore", 3, ("main",), "refused", "", "no", 1),
        Parked("newstore", 4, ("main",), "behind", "", "", 1),
    ]
    journal.advance("newstore", 9, {"doc-1": "ns-1"}, rows, (), Intent("newstore", 10, "start", 1, 1))
    journal.close()
    found = browse.stats(path)
    assert (found["till_id"], found["journal_id"], found["records"]) == ("UA-17", "journal-1", RECORDS)
    assert found["by_name"] == {"CashMoved": 9, "DrawerSensed": 1, "Print": 1, "ReceiptPrinted": 1}
    assert found["cursors"] == {"newstore": {"seq": 9, "behind": 3}}
    assert (found["parked"], found["requests"], found["personal"], found["anchors"]) == (
        {"newstore": {"behind": 1, "refused": 1}},
        *(1, 1, 1),
    )
    assert found["intents"] == {"newstore": {"seq": 10, "sends": 1}}
    assert found["head"].startswith("12:")
    assert json.dumps(found)
    assert {
        "  newstore: 9 (3 behind)",
        "  newstore: 1 behind, 1 refused",
        "  newstore: a request about record 10 is open (sent 1 times at most)",
        "created: 2023-11-14 22:13:20.000Z",
        "last_at: 2023-11-14 22:13:20.500Z",
    } <= set(browse.stats_lines(found))
