"""Opening: one owner, one thread, this till's journal and no other, and none that is damaged."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest

from firmware_bridge.journal import database
from firmware_bridge.journal.errors import (
    JournalCorrupt,
    JournalError,
    JournalForeign,
    JournalLocked,
    JournalMisuse,
)
from firmware_bridge.journal.space import free_share
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.verify import verify
from tests.firmware_bridge.journal.samples import (
    damage,
    moved,
    open_journal,
    ticking,
)


def test_settings_in_force_are_those_that_survive_a_power_cut(path: Path) -> None:
    journal = open_journal(path)
    found = journal.settings()
    assert (found.journal_mode, found.synchronous, found.wal_autocheckpoint, found.secure_delete) == ("wal", 2, 0, 1)
    assert found.sqlite_version == sqlite3.sqlite_version
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
            except JournalMisuse as error:
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
    with pytest.raises(JournalCorrupt, match=r"is damaged: .*; nothing was changed") as raised:
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


def test_the_settings_shown_are_read_back_and_not_those_wished(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "SYNCHRONOUS", "NORMAL")
    journal = Journal.open(path, till_id="t", clock=ticking(), new_id=lambda: "j")
    assert journal.settings().synchronous == 1
    journal.close()
