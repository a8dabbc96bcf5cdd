"""Is what the journal holds today what the till wrote then? Checked by anyone, read-only, with no till at hand.

Every record's hash and number, the anchors and snapshots against the chain, and SQLite's own structure. A journal
that was cut off or rewritten with all its hashes is consistent in itself: only an anchor from outside shows it, the
"SEQ:HASH" printed on a shift report.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from firmware_bridge.journal import books, chain, codec, reading
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.errors import JournalCorrupt
from firmware_bridge.journal.patience import ticking
from firmware_bridge.journal.readonly import open_readonly
from firmware_bridge.progress import QUIET, Progress

MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, as a sentence; `seq` is the record concerned, 0 when none is."""

    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result. `records` were read, `unknown` of them this release does not understand (no problem in itself)."""

    ok: bool
    records: int
    head: Head
    problems: tuple[Problem, ...]
    unknown: int = 0


@dataclass(slots=True)
class _Walk:
    """What is known while the chain is walked. `pins`: number -> (who says so, hash prefix in hex)."""

    head: Head
    pins: dict[int, list[tuple[str, str]]]
    progress: Progress
    problems: list[Problem] = field(default_factory=list)
    records: int = 0
    unknown: int = 0

    def note(self, seq: int, text: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(seq, text))

    def compare(self, seq: int, found: object) -> None:
        """Hold record `seq` against every anchor that names it."""
        digest = found.hex() if isinstance(found, bytes) else ""
        for who, prefix in self.pins.pop(seq, ()):
            if not digest.startswith(prefix):
                self.note(seq, f"Record {seq} has not the hash that {who} names: it, or one before it, was rewritten.")


def verify(path: str | Path, anchors: Sequence[str] = (), progress: Progress = QUIET) -> Verification:
    """Check the whole journal at `path`, and `anchors` ("SEQ:HASH", at least 16 digits of the hash) against it.

    A million records take a minute or two: `progress` is told of each 500, and what it raises ends the check.
    Raises ValueError when an anchor is none, JournalForeign or JournalError when there is no journal to check.
    """
    typed = [chain.parse_anchor(text) for text in anchors]
    walk = _Walk(Head(0, b""), {}, progress)
    for seq, prefix in typed:
        walk.pins.setdefault(seq, []).append(("the given anchor", prefix))
    try:
        with open_readonly(path) as connection, ticking(connection, progress):
            _check(connection, Path(path), walk)
    except JournalCorrupt as error:
        walk.note(walk.head.seq + 1, f"The file cannot be read after record {walk.head.seq}: {error}")
    return Verification(not walk.problems, walk.records, walk.head, tuple(walk.problems), walk.unknown)


def _check(connection: sqlite3.Connection, path: Path, walk: _Walk) -> None:
    journal_id = reading.meta(connection, path).get("journal_id", "")
    walk.head = Head(0, chain.genesis(journal_id))
    for anchor in reading.anchors(connection):
        prefix = anchor.hash.hex() if isinstance(anchor.hash, bytes) else "?"
        walk.pins.setdefault(anchor.seq, []).append((f"the journal's anchor ({anchor.reason})", prefix))
    walk.compare(0, walk.head.hash)
    walk.progress.begin("checking the chain", reading.size(connection), "records")
    _check_records(connection, walk)
    walk.progress.begin("checking what stands beside the chain")
    for seq in sorted(walk.pins):
        for who, _ in walk.pins[seq]:
            walk.note(seq, f"Record {seq} is missing but {who} names it: the journal ends at record {walk.head.seq}.")
    for snapshot, sound in reading.snapshots(connection, journal_id):
        if not sound:
            walk.note(snapshot.seq, f"The snapshot after record {snapshot.seq} is damaged or of another chain.")
    _check_references(connection, walk)
    walk.progress.begin("checking the file's own structure")
    for (finding,) in connection.execute("PRAGMA integrity_check(10)"):
        if finding != "ok":
            walk.note(0, f"SQLite finds the file inconsistent: {finding}.")


def _check_records(connection: sqlite3.Connection, walk: _Walk) -> None:
    while rows := reading.rows_after(connection, walk.head.seq, reading.ROWS_AT_ONCE):
        for row in rows:
            wrong = reading.fault(row, walk.head)
            if wrong is not None:
                walk.note(row[0], f"{wrong[0].upper()}{wrong[1:]}.")
            elif row[0] > 0:
                _check_body(row, walk)
            walk.records += 1
            walk.compare(row[0], row[5])
            # The stored hash leads on, so that each fault is found and not everything after the first.
            walk.head = Head(row[0], row[5] if isinstance(row[5], bytes) else b"")
        walk.progress.at(walk.records)


def _check_body(row: reading.Row, walk: _Walk) -> None:
    try:
        record = codec.decode(row[4], seq=row[0])
    except JournalCorrupt as error:
        walk.note(row[0], str(error))
        return
    name = record.name if isinstance(record, codec.Unknown) else ""
    walk.unknown += bool(name)


def _check_references(connection: sqlite3.Connection, walk: _Walk) -> None:
    cut = reading.beyond(connection, walk.head.seq)
    if cut is not None:
        walk.note(walk.head.seq + 1, f"The journal is cut off: {cut}.")
    (highest,) = connection.execute("SELECT max(seq) FROM requests").fetchone()
    if highest is not None and highest > walk.head.seq:
        walk.note(highest, f"A request is bound to record {highest} but the journal ends at record {walk.head.seq}.")
    for seq, text in books.faults(connection):
        walk.note(seq, text)
