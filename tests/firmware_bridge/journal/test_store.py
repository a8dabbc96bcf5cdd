"""The journal as the till uses it: commits, look-ups, ids, cursors, snapshots, personal data, one owner."""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.journal.codec import Unknown
from firmware_bridge.journal.errors import (
    NotStorable,
    RequestKnown,
)
from firmware_bridge.journal.records import Entry, Parked, Record, Snapshot
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.verify import verify
from statemachines.vocabulary.events import CashMoved
from tests.firmware_bridge.journal.samples import (
    damage,
    moved,
    occurred,
    open_journal,
    printed,
    printing,
    request,
    sensed,
)


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
    bad = Entry("doc-2", occurred(CashMoved("doc-2", "cash_pull", "out", None)))  # type: ignore[arg-type]  # on purpose
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
    place = ("main", "day-1", "doc-2")
    row = Parked("newstore", 2, place, "refused", "", "422: unknown reason", 1_700_000_000_000)
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
        journal.advance("newstore", seq, {"doc-1": "ns-1"}, [Parked(vendor, 1, (), "refused", "", "", 0)])
    assert (journal.cursors(), journal.refs("newstore"), journal.parked()) == ({"newstore": 3}, {}, [])
    assert not journal.failed
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


def test_a_newer_release_s_records_are_carried_through(path: Path) -> None:
    body = b"\x95\x01\xa5event\xaaDrawerSang\x80\x81\xa4tune\xa1C"
    journal = open_journal(path)
    journal.append([moved(1), Entry("doc-1", Unknown("event", "DrawerSang", body, "")), moved(2)])
    journal.close()
    journal = open_journal(path)
    records = [it.record for it in journal.replay_from_snapshot()[1]]
    assert records[1] == Unknown("event", "DrawerSang", body, "this release knows no event DrawerSang")
    assert len(records) == 3
    journal.close()
    result = verify(path)
    assert (result.ok, result.unknown) == (True, 1)


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
