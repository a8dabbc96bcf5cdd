"""The journal of a real day against whoever changes it: chain, gaps, and the anchor that is printed on paper."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge.journal import chain
from tests.support.processes import Desk, desk


def verify(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firmware_bridge", "journal", "verify", str(path), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def sell(place: Desk, number: int) -> None:
    body = {
        "id": f"day-{number}",
        "lines": [{"code": "1", "name": "Хліб", "price": 4100 + number, "quantity": 1000, "tax_group": "vat20"}],
        "payments": [{"type": "card", "amount": 4100 + number}],
    }
    place.cashier.post("/v1/sales", body)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A closed day's journal, and the anchor as a person reads it off the shift report."""
    folder = tmp_path_factory.mktemp("day")
    with desk(folder) as place:
        for number in range(6):
            sell(place, number)
        assert verify(folder / "journal.sqlite").returncode == 0, "verify works beside a till that sells"
        place.cashier.post("/v1/shifts/current/close", {"id": "close"})
        report = [line for piece in place.bench.do("paper")["pieces"] for line in piece["lines"]]
    return folder / "journal.sqlite", anchor_on(report)


def anchor_on(lines: list[str]) -> str:
    """What a person types: the number behind "Відбиток журналу" and the groups of digits below it."""
    at = max(index for index, line in enumerate(lines) if "Відбиток журналу" in line)
    number = re.search(r"(\d+):", lines[at])
    assert number is not None
    digits = " ".join(line.strip() for line in lines[at + 1 : at + 3])
    return f"{number[1]}:{digits}"


@pytest.fixture
def copy(day: tuple[Path, str], tmp_path: Path) -> Path:
    target = tmp_path / "journal.sqlite"
    shutil.copyfile(day[0], target)
    return target


def test_the_kept_journal_is_whole_and_fits_the_anchor_on_the_paper(day: tuple[Path, str], copy: Path) -> None:
    found = verify(copy, "--anchor", day[1])
    assert (found.returncode, found.stderr) == (0, "")
    assert "chain whole" in found.stdout


def test_a_journal_on_a_read_only_medium_can_be_verified(day: tuple[Path, str], copy: Path) -> None:
    copy.chmod(0o400)
    copy.parent.chmod(0o500)
    try:
        assert verify(copy, "--anchor", day[1]).returncode == 0
    finally:
        copy.parent.chmod(0o700)


@pytest.mark.parametrize("seq", [1, 7, 20])
@pytest.mark.parametrize("column", ["body", "hash"])
def test_one_flipped_byte_is_found_and_named(copy: Path, seq: int, column: str) -> None:
    with sqlite3.connect(copy) as connection:
        (value,) = connection.execute(f"SELECT {column} FROM records WHERE seq = ?", (seq,)).fetchone()
        broken = bytearray(value)
        broken[len(broken) // 2] ^= 1
        connection.execute(f"UPDATE records SET {column} = ? WHERE seq = ?", (bytes(broken), seq))
    connection.close()
    found = verify(copy)
    assert found.returncode == 1
    assert re.search(rf"\b{seq}\b", found.stderr)


def test_a_flipped_byte_in_the_file_itself_is_found(copy: Path) -> None:
    data = bytearray(copy.read_bytes())
    place = data.find("Хліб".encode())
    assert place > 0
    data[place] ^= 1
    copy.write_bytes(bytes(data))
    assert verify(copy).returncode == 1


def test_a_deleted_tail_is_found_by_the_printed_anchor(day: tuple[Path, str], copy: Path) -> None:
    anchored = int(day[1].partition(":")[0])
    with sqlite3.connect(copy) as connection:
        for table in ("records", "anchors", "snapshots"):
            connection.execute(f"DELETE FROM {table} WHERE seq >= ?", (anchored - 3,))
        connection.execute("DELETE FROM requests WHERE seq >= ?", (anchored - 3,))
    connection.close()
    assert verify(copy).returncode == 0, "the forger left no trace in the file"
    found = verify(copy, "--anchor", day[1])
    assert found.returncode == 1
    assert str(anchored) in found.stderr


def test_a_full_rehash_is_found_by_the_printed_anchor_alone(day: tuple[Path, str], copy: Path) -> None:
    rewrite(copy)
    assert verify(copy).returncode == 0, "the forger computed every hash anew"
    assert verify(copy, "--anchor", day[1]).returncode == 1


def rewrite(path: Path) -> None:
    """Change one price and compute chain, anchors and snapshots anew, as one who knows how they are made would."""
    with sqlite3.connect(path) as connection:
        (journal_id,) = connection.execute("SELECT value FROM meta WHERE key = 'journal_id'").fetchone()
        rows = connection.execute("SELECT seq, at, subject, name, body FROM records ORDER BY seq").fetchall()
        previous = chain.genesis(journal_id)
        hashes: dict[int, bytes] = {}
        for seq, at, subject, name, body in rows:
            forged = body.replace("Хліб".encode(), "Сіль".encode())
            previous = hashes[seq] = chain.link(previous, seq, at, subject, name, forged)
            connection.execute("UPDATE records SET body = ?, hash = ? WHERE seq = ?", (forged, previous, seq))
        for (seq,) in connection.execute("SELECT seq FROM anchors").fetchall():
            connection.execute("UPDATE anchors SET hash = ? WHERE seq = ?", (hashes[seq], seq))
        for seq, body in connection.execute("SELECT seq, body FROM snapshots").fetchall():
            digest = chain.snapshot_digest(seq, hashes[seq], body)
            connection.execute("UPDATE snapshots SET digest = ? WHERE seq = ?", (digest, seq))
    connection.close()


def test_an_anchor_that_is_none_is_wrong_use(copy: Path) -> None:
    found = verify(copy, "--anchor", "12:zz")
    assert found.returncode == 2
    assert found.stderr.count("\n") == 1


def test_a_file_that_is_no_journal_is_one_sentence(tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.sqlite"
    stranger.write_bytes(os.urandom(5000))
    found = verify(stranger)
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
