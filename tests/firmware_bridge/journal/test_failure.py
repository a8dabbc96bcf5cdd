"""The disk refuses: nothing more is written until the journal is opened again, and then it says what is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_bridge.journal.errors import JournalCorrupt, JournalFailed
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.verify import verify
from tests.firmware_bridge.journal.samples import moved, open_journal, request
from tests.support.disk import files_at_most
from tests.support.sqlite_recorder import FULL, IOERR_FSYNC, Op, available, recording

needs_recorder = pytest.mark.skipif(
    not available(), reason="this Python's SQLite takes no recorder: no fault can be set"
)


def fill_up(journal: Journal) -> int:
    """Append until the disk refuses; return how many records were acknowledged."""
    acknowledged = [journal.head().seq]

    def append_for_ever() -> None:
        while True:
            number = acknowledged[-1]
            acknowledged.append(journal.append([moved(number)], [request(f"key-{number}")])[-1].seq)

    with pytest.raises(JournalFailed, match=r"could not be written .* does not sell until it is reopened"):
        append_for_ever()
    return acknowledged[-1]


def refused(journal: Journal) -> None:
    calls: list[Callable[[], object]] = [
        lambda: journal.append([moved(1)]),
        lambda: journal.advance("newstore", 1),
        lambda: journal.forget("doc-1"),
        journal.checkpoint,
    ]
    for call in calls:
        with pytest.raises(JournalFailed, match="nothing more is recorded"):
            call()


def test_a_full_disk_stops_all_writing_until_it_is_reopened(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = open_journal(path)
    with files_at_most(300_000):
        acknowledged = fill_up(journal)
        assert acknowledged > 10
    refused(journal)
    assert journal.failed
    assert len(journal.read(limit=10_000)) == acknowledged
    head = journal.reopen()
    assert head.seq == acknowledged
    assert journal.find_request(f"key-{acknowledged}") is None
    (record,) = journal.append([moved(5)], [request(f"key-{acknowledged}")])
    assert record.seq == acknowledged + 1
    journal.close()
    result = verify(path)
    assert (result.ok, result.records) == (True, acknowledged + 1)


def test_reopening_while_the_disk_is_still_full_keeps_refusing(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = open_journal(path)
    with files_at_most(120_000):
        acknowledged = fill_up(journal)
        with files_at_most(40_000), pytest.raises(JournalFailed):
            journal.reopen()
        refused(journal)
    assert journal.reopen().seq == acknowledged
    journal.append([moved(1)])
    journal.close()
    assert verify(path).ok


def test_a_growth_limit_of_the_database_is_a_failure_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = open_journal(path)
    journal.append([moved(1)], snapshot=b"small")
    with files_at_most(200_000), pytest.raises(JournalFailed):
        journal.append([moved(2)], snapshot=bytes(1_000_000), anchor="never")
    assert journal.reopen().seq == 1
    assert journal.anchors() == []
    latest = journal.latest_snapshot()
    assert latest is not None
    assert latest.body == b"small"
    journal.close()
    assert verify(path).ok


@needs_recorder
@pytest.mark.parametrize(("kind", "code"), [("sync", IOERR_FSYNC), ("write", FULL)])
def test_a_failed_sync_is_never_tried_again(tmp_path: Path, kind: str, code: int) -> None:
    path = tmp_path / "journal.sqlite"
    with recording() as recorder:
        journal = open_journal(path)
        journal.append([moved(1)])
        head = journal.head()
        failures: list[Op] = []

        def fail_once(op: Op) -> int:
            if failures or op.kind != kind or not op.file.endswith("-wal"):
                return 0
            failures.append(op)
            return code

        recorder.fault = fail_once
        with pytest.raises(JournalFailed):
            journal.append([moved(2)])
        after = len(recorder.ops)
        refused(journal)
        assert recorder.ops[after:] == []
        assert journal.head() == head
        reopened = journal.reopen()
        assert any(op.kind == "sync" and op.file == str(path) for op in recorder.ops[after:])
        assert reopened.seq in (1, 2)
        assert journal.same_as(head) == (reopened == head)
        (record,) = journal.append([moved(3)])
        assert record.seq == reopened.seq + 1
        journal.close()
    assert verify(path).ok


@needs_recorder
def test_a_failed_checkpoint_stops_writing_too(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with recording() as recorder:
        journal = open_journal(path)
        journal.append([moved(1)])
        recorder.fault = lambda op: IOERR_FSYNC if op.kind == "sync" else 0
        with pytest.raises(JournalFailed):
            journal.checkpoint()
        refused(journal)
        with pytest.raises(JournalFailed):
            journal.reopen()
        refused(journal)
        recorder.fault = lambda op: 0
        assert journal.reopen().seq == 1
        journal.close()
    assert verify(path).ok


def test_a_write_by_another_program_is_a_failure_and_is_seen_at_reopening(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = open_journal(path)
    journal.append([moved(1)])
    head = journal.head()
    intruder = sqlite3.connect(path)
    intruder.execute("INSERT INTO records SELECT 2, at, subject, name, body, hash FROM records")
    intruder.commit()
    intruder.close()
    assert not journal.same_as(head)
    with pytest.raises(JournalFailed):
        journal.append([moved(2)])
    with pytest.raises(JournalCorrupt, match="hash of record 2"):
        journal.reopen()
    with pytest.raises(JournalFailed, match="is damaged"):
        journal.append([moved(2)])
    journal.close()
