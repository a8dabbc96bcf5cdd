"""A customer's data is erased by one command, and the chain stays whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge import cli
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.verify import verify
from tests.firmware_bridge.journal.samples import moved


def made(folder: Path) -> Path:
    path = folder / "journal.sqlite"
    journal = Journal.open(path, till_id="till-9", clock=lambda: 1, new_id=lambda: "an-id")
    journal.append([moved(1)], personal={"sale-1": b"somebody@example.org"})
    journal.close()
    return path


def test_forget_erases_the_data_and_keeps_the_chain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = made(tmp_path)
    assert b"somebody@example.org" in path.read_bytes()
    assert cli.main(["journal", "forget", str(path), "sale-1"]) == 0
    assert "erased" in capsys.readouterr().out
    assert b"somebody@example.org" not in path.read_bytes()
    assert verify(path).ok


def test_forget_says_when_there_is_nothing_to_erase(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = made(tmp_path)
    assert cli.main(["journal", "forget", str(path), "sale-2"]) == 1
    assert "sale-2; nothing was erased" in capsys.readouterr().err


def test_forget_of_a_journal_in_use_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = made(tmp_path)
    journal = Journal.open(path, till_id="till-9", clock=lambda: 1, new_id=lambda: "an-id")
    try:
        assert cli.main(["journal", "forget", str(path), "sale-1"]) == 1
    finally:
        journal.close()
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "firmware-bridge:" in error
