"""The plug is pulled under the machine: only what was synced is sure to be on the disk.

Syncs are watched by the best means this machine has: SQLite's own file calls where they can be recorded
(`tests/support/sqlite_recorder.py`), else the system calls under strace, else the setting as SQLite reads it back.
The name of the test that ran says which.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge.journal import database
from firmware_bridge.journal.errors import JournalCorrupt, JournalError
from firmware_bridge.journal.verify import verify
from tests.firmware_bridge.journal.samples import moved, open_journal, printing, request
from tests.support import sqlite_recorder
from tests.support.sqlite_recorder import Op, crash_image, recording

ROOT = Path(__file__).parents[3]
WITNESS = "file-calls" if sqlite_recorder.available() else "strace" if shutil.which("strace") else "setting"
needs_recorder = pytest.mark.skipif(
    WITNESS != "file-calls", reason=f"this Python's SQLite cannot be recorded; syncs were watched by {WITNESS} instead"
)
COMMITS = 40


def trade(path: Path) -> list[Op]:
    """Write a journal, checkpoints in between, and return all file calls with a mark for each acknowledged record."""
    with recording() as recorder:
        journal = open_journal(path)
        for turn in range(COMMITS):
            batch = [moved(turn), printing(), moved(turn)][: 1 + turn % 3]
            extra = b"state" * 200 if turn % 9 == 4 else None
            for record in journal.append(batch, [request(f"key-{turn}")], snapshot=extra):
                recorder.mark((record.seq, record.hash))
            if turn % 13 == 12:
                journal.checkpoint()
        ops = list(recorder.ops)
        journal.close()
    return ops


def lost_after(ops: list[Op], cut: int, place: Path, chance: random.Random | None) -> int:
    """Cut before `ops[cut]`, open what the disk holds, and return how many acknowledged records are not there."""
    acknowledged = dict(op.value for op in ops[:cut] if op.kind == "mark")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    crash_image(ops, cut, place, chance)
    journal = open_journal(place / "journal.sqlite")
    found = {record.seq: record.hash for record in journal.read(limit=10_000)}
    journal.close()
    written = dict(op.value for op in ops if op.kind == "mark")
    assert all(written[seq] == digest for seq, digest in found.items())
    return sum(found.get(seq) != digest for seq, digest in acknowledged.items())


@needs_recorder
def test_no_crash_image_lacks_an_acknowledged_record(tmp_path: Path, chance: random.Random) -> None:
    ops = trade(tmp_path / "journal.sqlite")
    cuts = [cut for cut in range(len(ops)) if chance.random() < 0.25]
    losses = [lost_after(ops, cut, tmp_path / "image", chance) for cut in cuts]
    losses += [lost_after(ops, cut, tmp_path / "image", None) for cut in cuts[::3]]
    assert len(losses) > 50
    assert sum(losses) == 0
    assert verify(tmp_path / "image" / "journal.sqlite").ok


@needs_recorder
def test_the_same_check_finds_losses_without_a_sync_at_every_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SYNCHRONOUS", "NORMAL")
    ops = trade(tmp_path / "journal.sqlite")
    begun = next(index for index, op in enumerate(ops) if op.kind == "sync" and op.file.endswith("-wal"))
    losses = [lost_after(ops, cut, tmp_path / "image", None) for cut in range(begun + 1, len(ops), 9)]
    assert 0 < sum(losses) < sum(op.kind == "mark" for op in ops) * len(losses)


@needs_recorder
def test_the_same_check_finds_a_journal_that_is_never_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "SYNCHRONOUS", "OFF")
    chance = random.Random(7)
    ops = trade(tmp_path / "journal.sqlite")
    broken = 0
    for cut in range(10, len(ops), 9):
        try:
            broken += lost_after(ops, cut, tmp_path / "image", chance)
        except (JournalCorrupt, JournalError):  # the file is torn, not only short
            broken += 1
    assert broken > 0


def syncs_of(path: Path, commits: int) -> int:
    """How many syncs of the log `commits` appends cost, as seen by WITNESS."""
    if WITNESS == "file-calls":
        with recording() as recorder:
            journal = open_journal(path)
            before = recorder.count("sync", "-wal")
            for turn in range(commits):
                journal.append([moved(turn)])
            seen = recorder.count("sync", "-wal") - before
            journal.close()
        return seen
    if WITNESS == "strace":
        command = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", sys.executable, "-m"]
        child = [*command, "tests.firmware_bridge.journal.nursery", str(path), str(commits)]
        done = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stderr.count("fdatasync(") + done.stderr.count("fsync(")
    journal = open_journal(path)
    found = journal.settings()
    journal.close()
    return commits if (found.journal_mode, found.synchronous) == ("wal", 2) else 0


@pytest.mark.parametrize("witness", [WITNESS])
def test_every_commit_is_synced(tmp_path: Path, witness: str) -> None:
    assert witness == WITNESS
    assert syncs_of(tmp_path / "journal.sqlite", 20) >= 20


@pytest.mark.parametrize("witness", [WITNESS])
def test_commits_that_are_not_synced_are_seen(tmp_path: Path, witness: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if witness == "strace":
        pytest.skip("a setting patched here does not reach a process under strace")
    monkeypatch.setattr(database, "SYNCHRONOUS", "NORMAL")
    assert syncs_of(tmp_path / "journal.sqlite", 20) < 20


@needs_recorder
def test_a_warm_log_costs_one_sync_a_commit_whatever_the_batch(tmp_path: Path) -> None:
    with recording() as recorder:
        journal = open_journal(tmp_path / "journal.sqlite")
        for turn in range(60):
            journal.append([moved(turn)])
        journal.checkpoint()
        journal.append([moved(60)])
        beside = {file.name for file in tmp_path.iterdir()}
        assert beside == {f"journal.sqlite{end}" for end in ("", "-wal", "-shm", ".lock")}
        before, size = recorder.count("sync", ""), recorder.count("truncate", "-wal")
        for turn in range(10):
            journal.append([moved(turn)] * (1 + turn), [request(str(turn))], snapshot=b"s", anchor="a")
        assert recorder.count("sync", "") - before == 10
        assert recorder.count("truncate", "-wal") == size
        journal.close()
