"""What trigger boxes send, byte by byte: split, merged, with noise, cut off, wrong, far too long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.drawers.trigger_box.replies import EscapeReplies, Reports, StatusBytes

# Glancetron 8005U user manual, section 7: ESC "4" "A" drawer 1 closed, "B" open; ESC "5" the same of drawer 2
CLOSED_1, OPEN_1 = bytes.fromhex("1B 34 41"), bytes.fromhex("1B 34 42")
CLOSED_2, OPEN_2 = bytes.fromhex("1B 35 41"), bytes.fromhex("1B 35 42")


@pytest.mark.parametrize(
    ("wire", "told"),
    [(CLOSED_1, (1, False)), (OPEN_1, (1, True)), (CLOSED_2, (2, False)), (OPEN_2, (2, True))],
)
def test_answers_of_the_manual(wire: bytes, told: tuple[int, bool]) -> None:
    assert EscapeReplies().feed(wire) == [told]


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_answer_split_anywhere_is_one_answer(at: int) -> None:
    replies = EscapeReplies()
    assert replies.feed(OPEN_1[:at]) + replies.feed(OPEN_1[at:]) == [(1, True)]


def test_answers_in_one_piece_are_told_one_by_one() -> None:
    assert EscapeReplies().feed(OPEN_1 + CLOSED_2 + CLOSED_1) == [(1, True), (2, False), (1, False)]


@pytest.mark.parametrize("noise", [b"\x00", b"B", b"4B", b"\xff\xfe", b"AT\r"])
def test_noise_before_and_after_is_dropped(noise: bytes) -> None:
    assert EscapeReplies().feed(noise + OPEN_2 + noise) == [(2, True)]


@pytest.mark.parametrize("noise", [b"\x00", b"z", b"\x80"])
@pytest.mark.parametrize("at", [1, 2])
def test_noise_inside_spoils_the_answer(noise: bytes, at: int) -> None:
    assert EscapeReplies().feed(OPEN_1[:at] + noise + OPEN_1[at:]) == []


@pytest.mark.parametrize("count", [1, 2])
def test_answer_that_is_cut_off_tells_nothing(count: int) -> None:
    assert EscapeReplies().feed(OPEN_1[:count]) == []


@pytest.mark.parametrize("wire", ["1B 36 41", "1B 34 43", "1B 34 61", "1B 3A 42", "34 42", "1B 42"])
def test_unknown_drawer_state_or_order_tells_nothing(wire: str) -> None:
    assert EscapeReplies().feed(bytes.fromhex(wire)) == []


def test_after_what_was_cut_off_the_next_answer_is_whole() -> None:
    assert EscapeReplies().feed(OPEN_1[:2] + CLOSED_2) == [(2, False)]
    assert EscapeReplies().feed(b"\x1b\x1b4B") == [(1, True)]


def test_reset_forgets_what_was_begun() -> None:
    replies = EscapeReplies()
    replies.feed(OPEN_1[:2])
    replies.reset()
    assert replies.feed(b"B") == []


# IBM SurePOS 500/600 reference: bit 6 drawer 1 open, bit 5 drawer 2 open, bit 4 and 3 drawer 1 and 2 there
@pytest.mark.parametrize(
    ("byte", "told"),
    [
        (0x10, [(1, False)]),
        (0x50, [(1, True)]),
        (0x54, [(1, True)]),
        (0x18, [(1, False), (2, False)]),
        (0x38, [(1, False), (2, True)]),
        (0x78, [(1, True), (2, True)]),
        (0x28, [(2, True)]),
        (0x00, []),
        (0x40, []),
        (0xD0, []),
        (0xFF, []),
    ],
)
def test_status_byte_of_the_reference(byte: int, told: list[tuple[int, bool]]) -> None:
    assert StatusBytes().feed(bytes((byte,))) == told


# posiflex-hidcd, README: the first of 120 bytes is drawer * 16, + 1 when it is closed; drawers are numbered from 0
def report(status: int, rest: int = 0xA5) -> bytes:
    return bytes((status,)).ljust(120, bytes((rest,)))


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (0x00, [(1, True)]),
        (0x01, [(1, False)]),
        (0x30, [(4, True)]),
        (0x71, [(8, False)]),
        (0x02, []),
        (0x81, []),
        (0x0F, []),
        (0xFF, []),
    ],
)
def test_report_of_the_readme(status: int, told: list[tuple[int, bool]]) -> None:
    assert Reports().feed(report(status)) == told


@pytest.mark.parametrize("at", [0, 1, 60, 119, 120])
def test_report_split_anywhere_is_one_report(at: int) -> None:
    replies = Reports()
    assert replies.feed(report(0x71)[:at]) + replies.feed(report(0x71)[at:]) == [(8, False)]


def test_reports_in_one_piece_are_told_one_by_one() -> None:
    assert Reports().feed(report(0x00) + report(0x11) + report(0x71)) == [(1, True), (2, False), (8, False)]


@pytest.mark.parametrize("at", [0, 1, 119])
def test_noise_in_or_before_a_report_is_gone_with_the_next_question(at: int) -> None:
    replies = Reports()
    replies.feed(report(0x71)[:at] + b"\xff" + report(0x71)[at:])
    replies.reset()
    assert replies.feed(report(0x10)) == [(2, True)]


def test_what_is_out_of_step_is_taken_for_no_answer() -> None:
    assert Reports().feed(b"\xff" + report(0x00) + report(0x00)) == []


def test_report_that_is_cut_off_tells_nothing() -> None:
    assert Reports().feed(report(0x71)[:119]) == []


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=64), max_size=8))
def test_no_noise_raises_and_pieces_make_no_difference(pieces: list[bytes]) -> None:
    for kind in (EscapeReplies, StatusBytes, Reports):
        one, whole = kind(), kind()
        assert [told for piece in pieces for told in one.feed(piece)] == whole.feed(b"".join(pieces))


def test_noise_without_end_is_not_kept() -> None:
    replies = EscapeReplies()
    for _ in range(1000):
        replies.feed(b"\x1b4" * 1000)
    assert replies.feed(b"B") == [(1, True)]
    reports = Reports()
    for _ in range(1000):
        reports.feed(b"\xff" * 1200)
    assert reports.feed(report(0x71)) == [(8, False)]
