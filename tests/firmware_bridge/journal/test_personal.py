"""Personal data stands beside the chain and can really be erased."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from firmware_bridge.journal.verify import verify
from tests.firmware_bridge.journal.samples import moved, open_journal


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
