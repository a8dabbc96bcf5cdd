"""The plug is pulled under the process (SIGKILL): what it acknowledged is there, and only what it wrote is there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from firmware_bridge.journal.verify import verify
from tests.firmware_bridge.journal.samples import open_journal

KILLS = 30
ROOT = Path(__file__).parents[3]


@pytest.fixture
def nursery() -> Iterator[tuple[IO[str], IO[str]]]:
    command = [sys.executable, "-m", "tests.firmware_bridge.journal.nursery"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdin, process.stdout
        process.stdin.close()
        process.wait()


def life(orders: IO[str], words: IO[str], path: Path, chance: random.Random) -> dict[int, str]:
    """Let a child write and kill it after a random number of acknowledgements and a moment; return those it gave."""
    orders.write(f"{path}\n")
    orders.flush()
    acknowledged: dict[int, str] = {}
    child = int(words.readline().split()[1])
    until = chance.randrange(0, 40)
    moment = chance.random() * 0.003
    killed = False
    for line in words:
        word, *rest = line.split()
        if word == "gone":
            assert int(rest[0]) == signal.SIGKILL
            break
        acknowledged[int(rest[0])] = rest[1]
        if len(acknowledged) > until and not killed:
            time.sleep(moment)
            os.kill(child, signal.SIGKILL)
            killed = True
    return acknowledged


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(
    nursery: tuple[IO[str], IO[str]], tmp_path: Path, chance: random.Random
) -> None:
    path = tmp_path / "journal.sqlite"
    acknowledged: dict[int, str] = {}
    for _ in range(KILLS):
        acknowledged |= life(*nursery, path, chance)
        journal = open_journal(path)
        found = {record.seq: record.hash.hex() for record in journal.read(limit=100_000)}
        journal.close()
        lost = {seq for seq, digest in acknowledged.items() if found.get(seq) != digest}
        assert not lost
        assert len(found) - len(acknowledged) <= 3 * KILLS
    assert verify(path).ok
    assert len(acknowledged) > KILLS


def test_the_check_sees_a_lost_record(nursery: tuple[IO[str], IO[str]], tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    acknowledged = life(*nursery, path, random.Random(1))
    Path(f"{path}-wal").unlink()  # what a process without a log on disk would leave
    Path(f"{path}-shm").unlink()
    journal = open_journal(path)
    found = {record.seq: record.hash.hex() for record in journal.read(limit=100_000)}
    journal.close()
    assert {seq for seq, digest in acknowledged.items() if found.get(seq) != digest}
