"""What stands beside the chain for the books: kept in one commit, checked, and added to a journal that lacks it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from firmware_bridge.journal import browse
from firmware_bridge.journal.database import APPLICATION_ID
from firmware_bridge.journal.errors import JournalCorrupt
from firmware_bridge.journal.records import Intent, Parked
from firmware_bridge.journal.verify import verify
from tests.firmware_bridge.journal.samples import damage, fill, moved, open_journal, printing

PLACE = ("main", "day-1", "doc-2")
ROW = Parked("newstore", 2, PLACE, "refused", "", "422: unknown reason", 1_700_000_000_000)
INTENT = Intent("newstore", 4, "start", 1, 1_700_000_000_000)

# The tables as the release before wrote them.
EARLIER = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE records (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,
    body BLOB NOT NULL, hash BLOB NOT NULL);
CREATE INDEX records_subject ON records (subject, seq) WHERE subject <> '';
CREATE INDEX records_name ON records (name, seq);
CREATE TABLE anchors (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, digest BLOB NOT NULL);
CREATE TABLE requests (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL, subject TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE cursors (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE refs (
    vendor TEXT NOT NULL, our_id TEXT NOT NULL, vendor_id TEXT NOT NULL,
    PRIMARY KEY (vendor, our_id)) WITHOUT ROWID;
CREATE TABLE parked (
    vendor TEXT NOT NULL, seq INTEGER NOT NULL, ref TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (vendor, seq)) WITHOUT ROWID;
CREATE TABLE personal (subject TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
"""
TABLES = ("meta", "records", "anchors", "snapshots", "requests", "cursors", "refs", "personal")


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A journal of 12 records as the release before left it, with an id learned and a record set aside."""
    fill(tmp_path / "new")
    path = tmp_path / "journal.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(f"PRAGMA application_id = {APPLICATION_ID}; {EARLIER}")
    connection.execute("ATTACH ? AS new", (str(tmp_path / "new"),))
    for table in TABLES:
        connection.execute(f"INSERT INTO {table} SELECT * FROM new.{table}")
    connection.execute("INSERT INTO cursors VALUES ('newstore', 9)")
    connection.execute("INSERT INTO refs VALUES ('newstore', 'doc-1', 'ns-1')")
    connection.execute("INSERT INTO parked VALUES ('newstore', 3, 'doc-3', 'no', 7)")
    connection.commit()
    connection.close()
    return path


def test_an_earlier_release_s_journal_is_read_as_it_is(earlier: Path) -> None:
    before = earlier.read_bytes()
    assert verify(earlier).ok
    found = browse.stats(earlier)
    assert (found["records"], found["parked"], found["intents"]) == (12, {"newstore": {"refused": 1}}, {})
    assert list(browse.stats_lines(found))
    assert earlier.read_bytes() == before


@pytest.mark.parametrize("openings", [1, 2])
def test_an_earlier_release_s_journal_gets_the_tables_and_loses_nothing(earlier: Path, openings: int) -> None:
    for _ in range(openings):
        journal = open_journal(earlier)
        journal.close()
    journal = open_journal(earlier)
    row = Parked("newstore", 3, ("doc-3",), "refused", "", "no", 7)
    assert journal.parked() == [row]
    assert (journal.cursors(), journal.refs("newstore")) == ({"newstore": 9}, {"doc-1": "ns-1"})
    assert journal.intent("newstore") is None
    intent = Intent("newstore", 10, "start", 1, 8)
    journal.advance("newstore", 9, {}, [ROW], [], intent)
    assert (journal.parked(), journal.intent("newstore")) == ([ROW, row], intent)
    assert journal.by_subject("doc-1")
    journal.close()
    assert verify(earlier).ok


def test_the_release_before_can_read_what_is_set_aside_now(path: Path) -> None:
    journal = open_journal(path)
    journal.append([moved(n) for n in range(5)])
    journal.advance("newstore", 3, {}, [ROW])
    journal.close()
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT vendor, seq, ref, reason, at FROM parked").fetchall()
    connection.close()
    assert rows == [("newstore", 2, "doc-2", "422: unknown reason", 1_700_000_000_000)]


def test_an_open_request_is_kept_until_the_commit_that_says_it_is_not_open_any_more(path: Path) -> None:
    journal = open_journal(path)
    journal.append([moved(n) for n in range(5)])
    journal.advance("newstore", 3, intent=INTENT)
    journal.advance("other", 3, intent=Intent("other", 1, "start", 2, 5))
    journal.close()
    journal = open_journal(path)
    assert journal.intent("newstore") == INTENT
    journal.advance("newstore", 3, intent=Intent("newstore", 4, "start", 2, 6))
    assert journal.intent("newstore") == Intent("newstore", 4, "start", 2, 6)
    journal.advance("newstore", 4, {"doc-4": "ns-4"})
    assert journal.intent("newstore") is None
    assert journal.intent("other") == Intent("other", 1, "start", 2, 5)
    journal.close()


@pytest.mark.parametrize(
    ("rows", "intent"),
    [
        ([ROW], Intent("other", 4, "start", 1, 1)),
        ([ROW], Intent("newstore", 6, "start", 1, 1)),
        ([ROW], Intent("newstore", 0, "start", 1, 1)),
        ([ROW, Parked("newstore", 6, (), "refused", "", "", 1)], INTENT),
        ([ROW, Parked("other", 2, (), "refused", "", "", 1)], INTENT),
    ],
)
def test_what_is_another_book_s_or_past_the_head_is_refused_and_nothing_is_written(
    path: Path, rows: list[Parked], intent: Intent
) -> None:
    journal = open_journal(path)
    journal.append([moved(n) for n in range(5)])
    with pytest.raises(ValueError, match="nothing was written"):
        journal.advance("newstore", 3, {"doc-1": "ns-1"}, rows, [], intent)
    assert (journal.cursors(), journal.parked(), journal.refs("newstore")) == ({}, [], {})
    assert journal.intent("newstore") is None
    journal.close()


def test_rows_are_read_in_pieces_by_state_and_by_what_they_wait_for(path: Path) -> None:
    journal = open_journal(path)
    journal.append([moved(n) for n in range(8)])
    rows = [
        Parked("newstore", 1, ("main", "day-1", 'sale "1"'), "refused", "", "no", 1),
        Parked("newstore", 2, (), "behind", "", "waits behind record 1", 2),
        Parked("newstore", 3, ("main", "Київ"), "waits", "sale-3", "waits", 3),
        Parked("newstore", 4, ("main",), "waits", "sale-3", "waits", 4),
        Parked("newstore", 5, ("main", ""), "retry", "", "no", 5),
    ]
    journal.advance("newstore", 5, {}, rows)
    journal.advance("other", 5, {}, [Parked("other", 3, ("x",), "waits", "sale-3", "", 3)])
    assert journal.parked("newstore", 0, 2) == rows[:2]
    assert journal.parked("newstore", 2, 2) == rows[2:4]
    assert journal.parked("newstore", 4) == rows[4:]
    assert journal.waiting("newstore", "sale-3") == rows[2:4]
    assert journal.waiting("newstore", "") == []
    assert journal.parked_row("newstore", 5) == rows[4]
    assert journal.parked_row("newstore", 6) is None
    assert journal.parked_states("newstore") == {"behind": 1, "refused": 1, "retry": 1, "waits": 2}
    assert journal.parked_states("nobody") == {}
    journal.close()


def test_records_of_some_classes_are_counted(path: Path) -> None:
    journal = open_journal(path)
    journal.append([moved(1), printing(), moved(2), printing(), moved(3)])
    journal.advance("newstore", 2, {}, [Parked("newstore", seq, (), "refused", "", "", 1) for seq in (1, 2)])
    assert journal.count(["CashMoved"]) == 3
    assert journal.count(["CashMoved"], 1) == 2
    assert journal.count(["CashMoved", "Print"], 2) == 3
    assert journal.count([], 0) == 0
    assert journal.count_parked("newstore", ["CashMoved"]) == 1
    assert journal.count_parked("newstore", ["CashMoved", "Print"]) == 2
    assert journal.count_parked("other", ["CashMoved"]) == 0
    journal.close()


@pytest.mark.parametrize("place", ["main", "[1]", '{"a": 1}', "", "[["])
def test_a_row_whose_place_cannot_be_read_is_found(path: Path, place: str) -> None:
    fill(path)
    journal = open_journal(path)
    journal.advance("newstore", 9, {}, [ROW])
    journal.close()
    damage(path, "UPDATE parked SET place = ?", place)
    (problem,) = verify(path).problems
    assert (problem.seq, problem.text) == (
        2,
        "Record 2 is set aside for newstore and its place cannot be read: nothing was sent or changed.",
    )
    journal = open_journal(path)
    with pytest.raises(JournalCorrupt, match="its place cannot be read"):
        journal.parked()
    journal.close()


def test_a_row_in_a_state_that_nobody_knows_is_found(path: Path) -> None:
    fill(path)
    journal = open_journal(path)
    journal.advance("newstore", 9, {}, [ROW])
    journal.close()
    damage(path, "UPDATE parked SET state = 'gone'")
    assert [problem.text for problem in verify(path).problems] == [
        "Record 2 is set aside for newstore and its state is 'gone': nothing was sent or changed."
    ]


@pytest.mark.parametrize("kind", ["row", "intent"])
def test_a_journal_cut_off_before_what_a_book_points_at_is_refused(path: Path, kind: str) -> None:
    fill(path)
    journal = open_journal(path)
    rows = [Parked("newstore", 12, (), "refused", "", "", 1)] if kind == "row" else []
    journal.advance("newstore", 1, {}, rows, [], Intent("newstore", 12, "start", 1, 1) if kind == "intent" else None)
    journal.close()
    for table in ("snapshots", "anchors"):
        damage(path, f"DELETE FROM {table} WHERE seq > 9")
    assert verify(path).ok
    damage(path, "DELETE FROM records WHERE seq > 9")
    what = "a record set aside for a book" if kind == "row" else "a book's open request"
    assert f"it ends at record 9 but {what} names record 12" in verify(path).problems[0].text
    with pytest.raises(JournalCorrupt, match=f"{what} names record 12: its tail was cut off"):
        open_journal(path)
