"""The journal as the till uses it: commits, look-ups, ids, cursors, snapshots, personal data, one owner."""

from __future__ import annotations

import os
import sqlite3
import threading
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.journal import database
from firmware_bridge.journal.errors import (
    JournalCorrupt,
    JournalError,
    JournalForeign,
    JournalLocked,
    JournalMisuse,
    NotStorable,
    RequestKnown,
)
from firmware_bridge.journal.records import Entry, Parked, Record, Snapshot
from firmware_bridge.journal.space import free_share
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.verify import verify
from statemachines.vocabulary.events import CashMoved
from tests.firmware_bridge.journal.samples import (
    moved,
    occurred,
    open_journal,
    printed,
    printing,
    request,
    sensed,
    ticking,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def damage(path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()


def test_a_batch_is_there_after_closing_and_opening(path: Path) -> None:
    journal = open_journal(path)
    batch = [moved(1), printing(), sensed()]
    written = journal.append(batch)
    journal.close()
    journal = open_journal(path, journal_id="not used")
    assert journal.read() == written
    assert [(it.seq, it.subject, it.name) for it in written] == [
        (1, "doc-1", "CashMoved"),
        (2, "doc-1", "Print"),
        (3, "", "DrawerSensed"),
    ]
    assert [it.record for it in written] == [entry.record for entry in batch]
    assert journal.head() == (3, written[2].hash)
    assert journal.journal_id == "journal-1"
    journal.close()


def test_the_chain_is_the_documented_one(path: Path) -> None:
    journal = open_journal(path)
    (record,) = journal.append([Entry("д", occurred(CashMoved("д", "cash_pull", "out", 1), 1000))])
    body = sqlite3.connect(path)
    (raw,) = body.execute("SELECT body FROM records").fetchone()
    body.close()
    genesis = sha256(b"firmware-bridge journal\x00journal-1").digest()
    numbers = bytes.fromhex("000000000000000100000000000003e80000000200000009")
    assert record.hash == sha256(genesis + numbers + "д".encode() + b"CashMoved" + raw).digest()
    assert journal.head().anchor == f"1:{record.hash.hex()}"
    journal.close()


def test_an_event_keeps_its_own_time_and_an_intention_gets_the_clock_s(path: Path) -> None:
    journal = Journal.open(path, till_id="UA-17", clock=lambda: 5_000, new_id=lambda: "j")
    event, intention = journal.append([moved(3), printing()])
    assert (event.at, intention.at) == (1_700_000_000_003, 5_000)
    journal.close()


def test_a_new_journal_is_empty_and_starts_at_its_genesis(path: Path) -> None:
    journal = open_journal(path)
    assert journal.head() == (0, sha256(b"firmware-bridge journal\x00journal-1").digest())
    assert journal.read() == []
    assert journal.latest_snapshot() is None
    snapshot, records = journal.replay_from_snapshot()
    assert (snapshot, list(records)) == (None, [])
    journal.close()
    assert path.stat().st_mode & 0o007 == 0


def test_settings_in_force_are_those_that_survive_a_power_cut(path: Path) -> None:
    journal = open_journal(path)
    found = journal.settings()
    assert (found.journal_mode, found.synchronous, found.wal_autocheckpoint, found.secure_delete) == ("wal", 2, 0, 1)
    assert found.sqlite_version == sqlite3.sqlite_version
    journal.close()


def test_records_are_found_by_subject_and_by_name(path: Path) -> None:
    journal = open_journal(path)
    written = journal.append([moved(1), moved(2), printing("doc-1"), sensed(), printed("doc-1"), moved(3)])
    assert [it.seq for it in journal.by_subject("doc-1")] == [1, 3, 5]
    assert journal.by_subject("") == []
    assert journal.by_name("CashMoved", 2) == [written[5], written[1]]
    assert journal.by_name("CashMoved", 2, before=2) == [written[0]]
    assert journal.by_name("Nothing") == []
    journal.close()


def test_reading_goes_on_where_it_stopped(path: Path) -> None:
    journal = open_journal(path)
    written = journal.append([moved(n) for n in range(7)])
    assert journal.read(after=2, limit=3) == written[2:5]
    assert journal.read(after=7) == []
    assert journal.read(after=99) == []
    journal.close()


def test_a_request_is_bound_for_ever_and_only_once(path: Path) -> None:
    journal = open_journal(path)
    journal.append([moved(1), moved(2)], [request("a", 0, "doc-1"), request("b", 1, "doc-2")])
    head = journal.head()
    with pytest.raises(RequestKnown, match="request b already has its record") as raised:
        journal.append([moved(3)], [request("c"), request("b")])
    assert raised.value.request_id == "b"
    assert journal.head() == head
    assert journal.same_as(head)
    assert journal.find_request("c") is None
    journal.append([moved(3)], [request("c")])
    journal.close()
    journal = open_journal(path)
    bound = journal.find_request("b")
    assert bound is not None
    assert (bound.digest, bound.subject, bound.seq) == (sha256(b"b").digest(), "doc-2", 2)
    assert [it.seq for it in journal.read()] == [1, 2, 3]
    journal.close()


def test_a_batch_with_one_bad_record_writes_nothing(path: Path) -> None:
    journal = open_journal(path)
    head = journal.head()
    bad = Entry("doc-2", occurred(CashMoved("doc-2", "cash_pull", "out", None)))  # type: ignore[arg-type]
    for batch in ([moved(1), bad], [moved(1), Entry("\ud800", moved(2).record)]):
        with pytest.raises(NotStorable):
            journal.append(batch)
    assert journal.same_as(head)
    assert not journal.failed
    journal.close()


def test_a_snapshot_and_an_anchor_are_in_the_commit_of_their_batch(path: Path) -> None:
    journal = open_journal(path)
    journal.append([moved(1), moved(2)], snapshot=b"state after 2", anchor="shift report 1")
    written = journal.append([moved(3)])
    snapshot, records = journal.replay_from_snapshot()
    assert snapshot == b"state after 2"
    assert list(records) == written
    (anchor,) = journal.anchors()
    assert (anchor.seq, anchor.hash, anchor.reason) == (2, journal.read()[1].hash, "shift report 1")
    with pytest.raises(RequestKnown):
        journal.append([moved(4)], [request("a"), request("a")], snapshot=b"never", anchor="never")
    assert journal.latest_snapshot() == Snapshot(2, b"state after 2")
    assert len(journal.anchors()) == 1
    journal.append([], snapshot=b"state after 3")
    assert journal.latest_snapshot() == Snapshot(3, b"state after 3")
    journal.close()


def test_the_last_two_snapshots_are_kept_and_a_damaged_one_is_passed_over(path: Path) -> None:
    journal = open_journal(path)
    for n in (1, 2, 3):
        journal.append([moved(n)], snapshot=b"state %d" % n)
    journal.close()
    damage(path, "UPDATE snapshots SET body = ? WHERE seq = 3", b"state X")
    journal = open_journal(path)
    assert journal.latest_snapshot() == Snapshot(2, b"state 2")
    journal.close()
    damage(path, "UPDATE snapshots SET digest = x'00' WHERE seq = 2")
    journal = open_journal(path)
    snapshot, records = journal.replay_from_snapshot()
    assert snapshot is None
    assert [it.seq for it in records] == [1, 2, 3]
    journal.close()


def test_a_long_replay_comes_in_pieces_and_ends_at_the_head_of_its_beginning(path: Path) -> None:
    journal = open_journal(path)
    written = journal.append([moved(n) for n in range(1234)])
    _, records = journal.replay_from_snapshot()
    first = next(records)
    journal.append([moved(9999)])
    assert [first, *records] == written
    journal.close()


def test_cursor_refs_and_parked_rows_move_together(path: Path) -> None:
    journal = open_journal(path)
    journal.append([moved(n) for n in range(5)])
    row = Parked("newstore", 2, "doc-2", "422: unknown reason", 1_700_000_000_000)
    journal.advance("newstore", 3, {"doc-1": "ns-1"}, [row])
    journal.advance("newstore", 4, {"doc-3": "ns-3"}, resolved=[2])
    journal.advance("fleet", 5)
    journal.close()
    journal = open_journal(path)
    assert journal.cursors() == {"fleet": 5, "newstore": 4}
    assert journal.refs("newstore") == {"doc-1": "ns-1", "doc-3": "ns-3"}
    assert (journal.ref("newstore", "doc-1"), journal.ref("fleet", "doc-1")) == ("ns-1", None)
    assert journal.parked() == []
    journal.advance("newstore", 5, None, [row])
    assert journal.parked("newstore") == [row]
    assert journal.parked("fleet") == []
    journal.close()


@pytest.mark.parametrize(("seq", "vendor"), [(1, "newstore"), (6, "newstore"), (4, "fleet")])
def test_a_cursor_never_goes_back_nor_past_the_head_nor_with_another_s_rows(path: Path, seq: int, vendor: str) -> None:
    journal = open_journal(path)
    journal.append([moved(n) for n in range(5)])
    journal.advance("newstore", 3)
    with pytest.raises(ValueError, match="nothing was written"):
        journal.advance("newstore", seq, {"doc-1": "ns-1"}, [Parked(vendor, 1, "", "", 0)])
    assert (journal.cursors(), journal.refs("newstore"), journal.parked()) == ({"newstore": 3}, {}, [])
    assert not journal.failed
    journal.close()


def _files_hold(directory: Path, needle: bytes) -> bool:
    return any(needle in file.read_bytes() for file in directory.iterdir())


def test_forgotten_personal_data_is_in_no_file_and_the_chain_still_verifies(path: Path) -> None:
    journal = open_journal(path)
    for n in range(60):
        body = b"customer-%03d@example.org" % n + b"x" * (n * 90)
        journal.append([moved(n)], personal={f"doc-{n}": body})
        journal.append([], personal={f"doc-{n}": b"CUSTOMER-%03d@example.org" % n})
    journal.checkpoint()
    assert journal.personal("doc-30") == b"CUSTOMER-030@example.org"
    assert _files_hold(path.parent, b"CUSTOMER-030@")
    assert journal.forget("doc-30")
    assert journal.personal("doc-30") is None
    assert not _files_hold(path.parent, b"CUSTOMER-030@")
    assert not _files_hold(path.parent, b"customer-030@")
    assert journal.personal("doc-31") == b"CUSTOMER-031@example.org"
    journal.close()
    assert verify(path).ok


def test_erasing_that_a_reader_held_up_is_finished_by_a_later_checkpoint(path: Path) -> None:
    journal = open_journal(path)
    journal.append([moved(1)], personal={"doc-1": b"customer@example.org"})
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM personal").fetchone()
    assert not journal.forget("doc-1")
    assert journal.personal("doc-1") is None
    assert _files_hold(path.parent, b"customer@example.org")
    reader.close()
    journal.checkpoint()
    assert not _files_hold(path.parent, b"customer@example.org")
    journal.append([moved(2)])
    assert journal.checkpoint().logged > 0
    journal.close()


def test_a_checkpoint_empties_the_log_but_keeps_its_length(path: Path) -> None:
    journal = open_journal(path)
    for n in range(50):
        journal.append([moved(n)])
    log = Path(f"{path}-wal")
    length = log.stat().st_size
    done = journal.checkpoint()
    assert done.logged == done.moved > 50
    for n in range(20):
        journal.append([moved(n)])
    assert log.stat().st_size == length
    journal.close()


def test_without_checkpoints_the_log_is_never_moved_by_itself(path: Path) -> None:
    journal = open_journal(path)
    empty = path.stat().st_size
    for n in range(400):
        journal.append([moved(n)])
    assert path.stat().st_size == empty
    journal.close()


def test_a_second_owner_is_refused_with_the_first_one_s_process(path: Path, tmp_path: Path) -> None:
    journal = open_journal(path)
    (tmp_path / "link").symlink_to(path)
    for name in (path, tmp_path / "link"):
        with pytest.raises(JournalLocked, match=rf"in use by another process \(process {os.getpid()}\); nothing was"):
            open_journal(name)
    journal.close()
    open_journal(path).close()


def test_another_thread_is_refused(path: Path) -> None:
    journal = open_journal(path)
    head = journal.head()
    caught: list[Exception] = []

    def intrude() -> None:
        for call in (
            lambda: journal.append([moved(1)]),
            journal.read,
            journal.checkpoint,
            journal.reopen,
            journal.close,
        ):
            try:
                call()
            except JournalMisuse as error:  # noqa: PERF203 - each call is to be refused
                caught.append(error)

    thread = threading.Thread(target=intrude)
    thread.start()
    thread.join()
    assert len(caught) == 5
    assert all("thread that does not own it" in str(error) for error in caught)
    assert journal.same_as(head)
    journal.close()


def test_a_closed_journal_refuses_and_may_be_closed_again(path: Path) -> None:
    journal = open_journal(path)
    journal.close()
    journal.close()
    for call in (lambda: journal.append([moved(1)]), journal.read, journal.checkpoint, journal.reopen):
        with pytest.raises(JournalMisuse, match="is closed; nothing was done"):
            call()


def test_another_till_s_journal_is_refused(path: Path) -> None:
    open_journal(path).close()
    with pytest.raises(JournalForeign, match="belongs to till UA-17, not to UA-18"):
        open_journal(path, till_id="UA-18")
    open_journal(path).close()


def test_a_journal_of_a_newer_format_is_refused(path: Path) -> None:
    open_journal(path).close()
    damage(path, "UPDATE meta SET value = '2' WHERE key = 'min_reader'")
    with pytest.raises(JournalForeign, match="needs a newer release: it is of format 2"):
        open_journal(path)


def test_another_program_s_database_is_refused_and_not_touched(path: Path) -> None:
    damage(path, "CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(JournalForeign, match="no journal of a till"):
        open_journal(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"Dear diary, " * 500, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused_in_one_sentence(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(JournalCorrupt, match="is damaged: .*; nothing was changed") as raised:
        open_journal(path)
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == content


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="No such file or directory; nothing was changed"):
        open_journal(tmp_path / "gone" / "journal.sqlite")


@pytest.mark.parametrize(
    ("statement", "sign", "seq"),
    [
        ("UPDATE records SET body = zeroblob(10) WHERE seq = 1400", "hash of record 1400", 1400),
        ("UPDATE records SET hash = zeroblob(32) WHERE seq = 1500", "hash of record 1500", 1500),
        ("UPDATE records SET at = at + 1 WHERE seq = 1499", "hash of record 1499", 1499),
        ("UPDATE records SET subject = 'doc-7' WHERE seq = 1499", "hash of record 1499", 1499),
        ("DELETE FROM records WHERE seq = 1300", "record 1300 is missing", 1301),
        ("DELETE FROM records WHERE seq > 1450", "its tail was cut off", 1451),
        ("DELETE FROM records WHERE seq = 500", "record 500 is missing", 500),
    ],
)
def test_a_damaged_tail_is_refused_at_opening(path: Path, statement: str, sign: str, seq: int) -> None:
    journal = open_journal(path)
    journal.append([moved(n) for n in range(1500)], anchor="shift report 1")
    journal.close()
    damage(path, statement)
    with pytest.raises(JournalCorrupt, match=sign) as raised:
        open_journal(path)
    assert raised.value.seq == seq
    assert "run `firmware-bridge journal verify" in str(raised.value)


def test_damage_before_the_tail_is_found_when_it_is_read(path: Path) -> None:
    journal = open_journal(path)
    journal.append([moved(n) for n in range(1500)])
    journal.close()
    damage(path, "UPDATE records SET body = zeroblob(10) WHERE seq = 100")
    journal = open_journal(path)
    with pytest.raises(JournalCorrupt, match="hash of record 100"):
        list(journal.replay_from_snapshot()[1])
    with pytest.raises(JournalCorrupt, match="Record 100"):
        journal.by_name("CashMoved", 1, before=101)
    journal.close()


def test_a_journal_begun_and_cut_before_its_first_commit_is_begun_again(path: Path) -> None:
    path.touch()
    journal = open_journal(path)
    journal.append([moved(1)])
    journal.close()
    assert verify(path).records == 1


def test_the_free_share_is_that_of_the_partition(path: Path) -> None:
    found = os.statvfs(path.parent)
    assert free_share(path) == pytest.approx(found.f_bavail / found.f_blocks, abs=0.01)
    with pytest.raises(OSError, match="No such file"):
        free_share(path / "a" / "b")


entries = st.one_of(st.integers(0, 10**6).map(moved), st.just(sensed()), st.sampled_from(["a", "б"]).map(printing))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.lists(entries, max_size=4), st.booleans(), st.booleans()), max_size=8))
def test_whatever_is_appended_is_what_a_reopened_journal_holds(steps: list[tuple[list[Entry], bool, bool]]) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "journal.sqlite"
        journal = open_journal(path)
        written: list[Record] = []
        for batch, close, snapshot in steps:
            written += journal.append(batch, snapshot=b"%d" % len(written) if snapshot else None)
            journal.checkpoint()
            if close:
                journal.close()
                journal = open_journal(path)
        assert journal.read(limit=10_000) == written
        state, rest = journal.replay_from_snapshot()
        taken = journal.latest_snapshot()
        assert (state, list(rest)) == (taken.body if taken else None, written[taken.seq if taken else 0 :])
        journal.close()
        result = verify(path)
        assert (result.ok, result.records, result.head) == (True, len(written), journal.head())


def test_a_file_that_cannot_be_synced_off_the_till_s_settings_is_seen(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SYNCHRONOUS", "NORMAL")
    journal = Journal.open(path, till_id="t", clock=ticking(), new_id=lambda: "j")
    assert journal.settings().synchronous == 1
    journal.close()
