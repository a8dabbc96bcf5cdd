"""Anyone can tell an untouched journal from a touched one, wherever it lies."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.journal import browse, chain
from firmware_bridge.journal.errors import JournalError, JournalForeign
from firmware_bridge.journal.verify import Verification, verify
from tests.firmware_bridge.journal.samples import (
    RECORDS,
    alter,
    fill,
    moved,
    open_journal,
)


def texts(result: Verification) -> str:
    return "\n".join(problem.text for problem in result.problems)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    path = tmp_path_factory.mktemp("journal") / "journal.sqlite"
    return path, fill(path)


@pytest.fixture
def path(tmp_path: Path, sound: tuple[Path, str]) -> Path:
    return Path(shutil.copy(sound[0], tmp_path / "journal.sqlite"))


def test_an_untouched_journal_is_sound(path: Path, sound: tuple[Path, str]) -> None:
    anchor = sound[1]
    result = verify(path, [anchor, anchor[: anchor.index(":") + 17], anchor.upper().replace(":", " : ")])
    assert result == Verification(ok=True, records=RECORDS, head=result.head, problems=())
    assert result.head.seq == RECORDS


def test_an_empty_journal_is_sound(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "j")
    genesis = journal.head().anchor
    journal.close()
    assert verify(tmp_path / "j", [genesis]).ok


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_flipped_byte_in_any_stored_body_or_hash_is_found(sound: tuple[Path, str], data: st.DataObject) -> None:
    seq = data.draw(st.integers(1, RECORDS))
    column = data.draw(st.sampled_from(["body", "hash"]))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(shutil.copy(sound[0], directory))
        connection = sqlite3.connect(path)
        (stored,) = connection.execute(f"SELECT {column} FROM records WHERE seq = ?", (seq,)).fetchone()
        changed = bytearray(stored)
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
        connection.execute(f"UPDATE records SET {column} = ? WHERE seq = ?", (bytes(changed), seq))
        connection.commit()
        connection.close()
        result = verify(path)
    assert not result.ok
    assert seq in {problem.seq for problem in result.problems}


def test_a_flipped_byte_of_the_raw_file_within_the_records_is_found(path: Path, chance: random.Random) -> None:
    raw = path.read_bytes()
    spots = [spot for spot in range(len(raw)) if raw[spot : spot + 6] == b"amount"]
    assert len(spots) == 9
    for spot in spots:
        changed = bytearray(raw)
        changed[spot + chance.randrange(6)] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        assert not verify(path).ok


@pytest.mark.parametrize(
    ("statement", "seq", "text"),
    [
        ("UPDATE records SET at = at - 1 WHERE seq = 5", 5, "hash of record 5 does not match"),
        ("UPDATE records SET subject = 'doc-99' WHERE seq = 5", 5, "hash of record 5 does not match"),
        ("UPDATE records SET name = 'CashGone' WHERE seq = 5", 5, "hash of record 5 does not match"),
        ("UPDATE records SET body = 'text' WHERE seq = 5", 5, "record 5 is not stored as it was written"),
        ("UPDATE records SET subject = CAST(x'fffe' AS TEXT) WHERE seq = 5", 5, "hash of record 5"),
        ("DELETE FROM records WHERE seq = 5", 6, "record 5 is missing"),
        ("DELETE FROM records WHERE seq IN (5, 6, 7)", 8, "records 5 to 7 are missing"),
        ("DELETE FROM records WHERE seq = 1", 2, "record 1 is missing"),
        ("UPDATE records SET seq = -4 WHERE seq = 5", 6, "record 5 is missing"),
        ("UPDATE meta SET value = 'other' WHERE key = 'journal_id'", 1, "hash of record 1 does not match"),
        ("UPDATE anchors SET hash = zeroblob(32)", 8, "Record 8 has not the hash that the journal's anchor"),
        ("UPDATE snapshots SET body = x'00' WHERE seq = 4", 4, "snapshot after record 4 is damaged"),
        ("UPDATE requests SET seq = 13", 13, "request is bound to record 13"),
    ],
)
def test_what_was_touched_is_named(path: Path, statement: str, seq: int, text: str) -> None:
    alter(path, statement)
    result = verify(path)
    assert not result.ok
    assert seq in {problem.seq for problem in result.problems}
    assert text.lower() in texts(result).lower()


CUT = (
    "DELETE FROM records WHERE seq > 6",
    "DELETE FROM anchors",
    "DELETE FROM snapshots WHERE seq > 6",
)


def test_a_tail_cut_off_with_all_its_traces_is_found_by_the_printed_anchor_only(
    path: Path, sound: tuple[Path, str]
) -> None:
    alter(path, *CUT)
    assert verify(path).ok
    result = verify(path, [sound[1]])
    assert [(it.seq, it.text) for it in result.problems] == [
        (8, "Record 8 is missing but the given anchor names it: the journal ends at record 6.")
    ]


@pytest.mark.parametrize("left", [1, 2])
def test_a_tail_cut_off_carelessly_is_found_without_an_anchor(path: Path, left: int) -> None:
    alter(path, *CUT[:left])
    assert "cut off" in texts(verify(path))


def rehash(path: Path) -> None:
    """Rewrite record 3 and every hash after it, anchors and snapshots included: a journal consistent in itself."""
    connection = sqlite3.connect(path)
    previous = chain.genesis("journal-1")
    connection.execute("UPDATE records SET subject = 'doc-other' WHERE seq = 3")
    for seq, at, subject, name, body in connection.execute(
        "SELECT seq, at, subject, name, body FROM records"
    ).fetchall():
        previous = chain.link(previous, seq, at, subject, name, body)
        connection.execute("UPDATE records SET hash = ? WHERE seq = ?", (previous, seq))
        connection.execute("UPDATE anchors SET hash = ? WHERE seq = ?", (previous, seq))
        for (state,) in connection.execute("SELECT body FROM snapshots WHERE seq = ?", (seq,)).fetchall():
            digest = chain.snapshot_digest(seq, previous, state)
            connection.execute("UPDATE snapshots SET digest = ? WHERE seq = ?", (digest, seq))
    connection.commit()
    connection.close()


def test_a_journal_rewritten_with_all_its_hashes_is_found_by_the_printed_anchor_only(
    path: Path, sound: tuple[Path, str]
) -> None:
    rehash(path)
    assert verify(path).ok
    result = verify(path, [sound[1][:18]])
    assert [it.seq for it in result.problems] == [8]
    assert "was rewritten" in texts(result)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8",
        "8:",
        "8:0123456789abcde",
        "x:0123456789abcdef",
        "-1:0123456789abcdef",
        "8:" + "0" * 65,
        "٨:0123456789abcdef",
    ],
)
def test_an_anchor_that_is_none_is_refused_in_a_sentence(path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="is no anchor: type SEQ:HASH from the shift report"):
        verify(path, [text])


def test_a_damaged_page_is_a_problem_and_not_a_trace(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    page = raw.index(b"CashMoved") // 4096
    raw[page * 4096 : page * 4096 + 8] = b"\xff" * 8
    path.write_bytes(raw)
    result = verify(path)
    assert not result.ok
    assert "\n" not in result.problems[0].text


@pytest.mark.parametrize("content", [b"", b"Dear diary", b"\0" * 8192])
def test_a_file_that_is_no_journal_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    for look in (verify, browse.stats, browse.tail, lambda it: list(browse.export(it))):
        with pytest.raises(JournalForeign) as raised:
            look(path)
        assert "\n" not in str(raised.value)
    assert path.read_bytes() == content


def test_a_journal_that_is_not_there_and_another_program_s_database_are_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="No such file"):
        verify(tmp_path / "gone")
    alter(tmp_path / "other", "CREATE TABLE theirs (x)")
    with pytest.raises(JournalForeign, match="no journal of a till"):
        verify(tmp_path / "other")


def test_a_journal_is_verified_while_its_till_writes(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = open_journal(path)
    for n in range(1, 40):
        journal.append([moved(n)])
        if n % 10 == 0:
            result = verify(path, [journal.head().anchor])
            assert (result.ok, result.records) == (True, n)
            journal.checkpoint()
    journal.close()


def as_nobody(look: Path) -> None:
    """In a child: without the right to write anything, verify the journal of 3 records there; exit 0 when sound."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            result = verify(look)
            code = 0 if (result.ok, result.records) == (True, 3) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("leftover", [(), ("-wal",), ("-wal", "-shm")], ids=["closed well", "died, log only", "died"])
def test_a_journal_is_verified_where_nothing_may_be_written(tmp_path: Path, leftover: tuple[str, ...]) -> None:
    path = tmp_path / "journal.sqlite"
    journal = open_journal(path)
    journal.append([moved(1), moved(2)])
    journal.checkpoint()
    journal.append([moved(3)])
    place = Path(tempfile.mkdtemp(prefix="journal-test-"))
    try:
        if not leftover:
            journal.close()
        for end in ("", *leftover):
            shutil.copyfile(f"{path}{end}", place / f"journal.sqlite{end}")
            (place / f"journal.sqlite{end}").chmod(0o444)
        place.chmod(0o555)
        before = sorted(place.iterdir())
        as_nobody(place / "journal.sqlite")
        assert sorted(place.iterdir()) == before
    finally:
        journal.close()
        place.chmod(0o755)
        shutil.rmtree(place)
