"""A job's bytes, written out by hand, and what must never be among them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printers.escpos.encode import encode
from drivers.printers.escpos.means import CodePage, Knife, Means
from drivers.printers.escpos.realtime import real_time_pairs
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.paper import Block, Paper, QrCode, TextLine

PAGE = Means(page=CodePage("cp1251", 46))


def paper(*blocks: Block, columns: int = 24, mark_at: int = 0) -> Paper:
    return Paper(columns, blocks, "END", "COPY", "VOID", mark_at)


def order(page: Paper, *, copy_no: int = 0, void: bool = False, job_id: str = "K7Q2") -> Print:
    return Print("doc", job_id, page, copy_no=copy_no, void_fragment=void)


MODES = (
    "1B 53 1B 21 00 1D 21 00 1B 45 00 1B 2D 00 1D 42 00 1B 7B 00 1B 56 00 1D 4C 00 00 "
    "1C 2E 1B 74 2E 1B 52 00 1B 32 1B 61 00"
)
END = "23 4B 37 51 32" + " 20" * 16 + " 45 4E 44 0A"
CUT = "1D 56 42 18"
ID = "1D 28 48 06 00 30 30 4B 37 51 32"


def test_plain_job_is_byte_for_byte_as_written_by_hand() -> None:
    job = encode(order(paper(TextLine("Hi"))), PAGE)
    assert job.data == bytes.fromhex(f"{MODES} 48 69 0A {END} {CUT} {ID}")
    assert job.data[: job.end_sent_at].endswith(b"END\n")


def test_marked_job_replaces_the_old_marker_and_ends_with_done() -> None:
    job = encode(order(paper(TextLine("Hi"))), PAGE, markers=frozenset({"Q1", " D"}))
    delete_done = "1D 28 4C 04 00 30 52 20 44"
    define_own = "1D 28 4C 0C 00 30 53 30 51 32 01 08 00 01 00 31 00"
    delete_old = "1D 28 4C 04 00 30 52 51 31"
    define_done = "1D 28 4C 0C 00 30 53 30 20 44 01 08 00 01 00 31 00"
    assert job.data == bytes.fromhex(
        f"{delete_done} {define_own} {delete_old} {MODES} 48 69 0A {END} {CUT} {define_done} {ID}"
    )


def test_job_never_deletes_its_own_marker() -> None:
    job = encode(order(paper(TextLine("Hi"))), PAGE, markers=frozenset({"Q2"}))
    assert b"\x1d(L\x04\x000RQ2" not in job.data


def test_kick_is_the_very_first_bytes() -> None:
    kick = bytes.fromhex("1B 70 00 32 32")
    job = encode(order(paper(TextLine("Hi"))), PAGE, kick=kick, markers=frozenset({" E"}))
    assert job.data.startswith(kick)
    assert job.kick_sent_at == 5
    assert encode(order(paper(TextLine("Hi"))), PAGE).kick_sent_at == 0


def test_fragment_is_declared_void_and_cut_off_before_the_first_line() -> None:
    job = encode(order(paper(TextLine("Hi")), void=True), replace(PAGE, knife=Knife(lines=2, dots=0)))
    rule = "2D " * 24 + "0A"
    void = "20 " * 10 + "56 4F 49 44 0A"
    cut = "1B 64 02 1D 56 42 00"
    assert job.data == bytes.fromhex(f"{MODES} {rule} {void} {cut} 48 69 0A {END} {cut} {ID}")


def test_copy_is_marked_after_the_heading_and_above_the_end() -> None:
    page = paper(TextLine("Shop"), TextLine("Goods"), mark_at=1)
    job = encode(order(page, copy_no=3), PAGE)
    mark = b" " * 9 + b"COPY 3\n"
    assert job.data[len(bytes.fromhex(MODES)) :].startswith(b"Shop\n" + mark + b"Goods\n" + mark + b"#K7Q2")


def test_original_carries_no_mark() -> None:
    assert b"COPY" not in encode(order(paper(TextLine("Hi"))), PAGE).data


def test_mark_behind_the_last_block_still_stands_twice() -> None:
    job = encode(order(paper(TextLine("Hi"), mark_at=9), copy_no=1), PAGE)
    assert job.data.count(b"COPY 1\n") == 2


@pytest.mark.parametrize(
    ("encoding", "number", "wire"),
    [
        ("cp1251", 46, "D2 C5 D1 D2 20 B2 B3 AF BF AA BA A5 B4"),
        ("cp1125", 44, "92 85 91 92 20 F6 F7 F8 F9 F4 F5 F2 F3"),
    ],
)
def test_ukrainian_letters_are_in_the_one_page(encoding: str, number: int, wire: str) -> None:
    job = encode(order(paper(TextLine("ТЕСТ ІіЇїЄєҐґ"))), Means(page=CodePage(encoding, number)))
    assert bytes.fromhex(wire) + b"\n" in job.data
    assert job.data.count(b"\x1bt") == 1
    assert bytes([0x1B, 0x74, number]) in job.data


def test_tall_line_is_double_height_and_the_next_is_not() -> None:
    job = encode(order(paper(TextLine("A", tall=True), TextLine("B"))), PAGE)
    assert bytes.fromhex("1D 21 01 41 0A 1D 21 00 42 0A") in job.data


def test_qr_code_is_centred_and_nothing_after_it() -> None:
    job = encode(order(paper(QrCode("AB", 6))), PAGE)
    start = job.data.index(bytes.fromhex("1B 61 01 1D 28 6B 04 00 31 41 32 00"))
    assert bytes.fromhex("1D 28 6B 03 00 31 51 30 1B 61 00") in job.data[start:]


def test_boundaries_are_the_ends_of_commands() -> None:
    job = encode(order(paper(TextLine("Hi"), QrCode("AB"))), PAGE, markers=frozenset())
    assert job.boundaries[-1] == len(job.data)
    assert job.end_sent_at in job.boundaries
    assert list(job.boundaries) == sorted(set(job.boundaries))
    inside = job.data.index(b"1P0AB") + 2
    assert inside not in job.boundaries


@pytest.mark.parametrize("bad", ["", "K7Q", "K7Q22", "K7 2", "К7Q2", "K7Q\n"])
def test_job_id_is_four_visible_characters(bad: str) -> None:
    with pytest.raises(ValueError, match="four visible"):
        encode(order(paper(), job_id=bad), PAGE)


HOSTILE = st.text(st.one_of(st.sampled_from("\x10\x04\x05\x14\x01\x02\x08\x1b\x1d\x00"), st.characters()), max_size=60)


@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(HOSTILE, max_size=4),
    qr=HOSTILE,
    job_id=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=4, max_size=4),
    copy_no=st.integers(0, 99),
    void=st.booleans(),
    dots=st.integers(0, 255),
    page=st.sampled_from([CodePage("cp1251", 46), CodePage("cp866", 17), CodePage("cp1125", 16)]),
)
def test_nobodys_text_can_steer_the_printer(
    texts: list[str], qr: str, job_id: str, copy_no: int, void: bool, dots: int, page: CodePage
) -> None:
    content = paper(*(TextLine(text) for text in texts), QrCode(qr))
    job = encode(
        order(content, copy_no=copy_no, void=void, job_id=job_id),
        Means(page=page, knife=Knife(dots=dots)),
        markers=frozenset({"Q1", " D"}),
    )
    assert real_time_pairs(job.data) == []


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(HOSTILE, max_size=4))
def test_text_brings_no_control_byte_with_it(texts: list[str]) -> None:
    means = replace(PAGE, missing="replace")
    hostile = encode(order(paper(*(TextLine(text) for text in texts))), means).data
    harmless = encode(order(paper(*(TextLine("x") for _ in texts))), means).data
    for byte in range(0x20):
        assert hostile.count(byte) == harmless.count(byte)
