"""The nine cases of a framer, with bytes taken from the printers' manuals."""

from __future__ import annotations

import random

import pytest

from drivers.framing.escpos_replies import AutoStatus, Block, FlowControl, OneByte, RealTime, Reply, ReplyParser

# Bytes as printed in manuals and seen on wires; what they are stands beside them.
VECTORS: list[tuple[str, list[Reply]]] = [
    ("12", [RealTime(0x12)]),
    ("1E", [RealTime(0x1E)]),
    ("72", [RealTime(0x72)]),
    ("7E", [RealTime(0x7E)]),
    ("00", [OneByte(0x00)]),
    ("0C", [OneByte(0x0C)]),
    ("10 00 00 0F", [AutoStatus(bytes.fromhex("1000000F"))]),
    ("14 00 00 0F", [AutoStatus(bytes.fromhex("1400000F"))]),
    ("3C 00 0C 0F", [AutoStatus(bytes.fromhex("3C000C0F"))]),
    ("37 22 4B 37 51 32 00", [Block(0x37, b'"K7Q2')]),
    ("37 25 00", [Block(0x37, b"%")]),
    ("37 73 40 51 32 00", [Block(0x37, b"s@Q2")]),
    ("5F 54 4D 2D 54 38 38 56 00", [Block(0x5F, b"TM-T88V")]),
    ("5F 30 00", [Block(0x5F, b"0")]),
    ("11", [FlowControl(go=True)]),
    ("13", [FlowControl(go=False)]),
]


def parse(data: bytes, size: int = 0) -> list[Reply]:
    parser = ReplyParser()
    pieces = [data] if not size else [data[at : at + size] for at in range(0, len(data), size)]
    return [reply for piece in pieces for reply in parser.feed(piece)]


@pytest.mark.parametrize(("wire", "replies"), VECTORS)
def test_whole_reply_is_recognised(wire: str, replies: list[Reply]) -> None:
    assert parse(bytes.fromhex(wire)) == replies


@pytest.mark.parametrize(("wire", "replies"), VECTORS)
def test_reply_in_single_bytes_is_recognised(wire: str, replies: list[Reply]) -> None:
    assert parse(bytes.fromhex(wire), 1) == replies


@pytest.mark.parametrize(("first", "before"), VECTORS)
@pytest.mark.parametrize(("second", "behind"), VECTORS)
def test_two_replies_in_one_read_are_two(first: str, before: list[Reply], second: str, behind: list[Reply]) -> None:
    assert parse(bytes.fromhex(first + second)) == before + behind


@pytest.mark.parametrize(("wire", "replies"), VECTORS)
def test_garbage_before_and_after_is_dropped(wire: str, replies: list[Reply]) -> None:
    garbage = b"\xff\x91\xe3"
    parser = ReplyParser()
    assert parser.feed(garbage + bytes.fromhex(wire) + garbage) == replies
    assert parser.dropped == 6


def test_garbage_inside_a_block_drops_the_block_and_nothing_else() -> None:
    assert parse(bytes.fromhex("37 22 4B FF 12 37 25 00")) == [RealTime(0x12), Block(0x37, b"%")]


def test_wrong_byte_inside_an_automatic_status_drops_it_and_begins_anew() -> None:
    assert parse(bytes.fromhex("10 00 14 00 00 0F")) == [AutoStatus(bytes.fromhex("1400000F"))]


def test_start_byte_in_the_payload_is_payload() -> None:
    assert parse(bytes.fromhex("5F 37 5F 32 00 37 22 37 5F 37 5F 00")) == [
        Block(0x5F, b"7_2"),
        Block(0x37, b'"7_7_'),
    ]


def test_xoff_between_the_bytes_of_a_status_is_taken_out() -> None:
    assert parse(bytes.fromhex("10 13 00 11 00 0F")) == [
        FlowControl(go=False),
        FlowControl(go=True),
        AutoStatus(bytes.fromhex("1000000F")),
    ]


def test_real_time_answer_slipped_into_a_block_keeps_both() -> None:
    assert parse(bytes.fromhex("5F 31 12 37 00")) == [RealTime(0x12), Block(0x5F, b"17")]


def test_automatic_status_between_two_answers_is_told_apart() -> None:
    assert parse(bytes.fromhex("00 10 00 00 0F 12")) == [
        OneByte(0),
        AutoStatus(bytes.fromhex("1000000F")),
        RealTime(0x12),
    ]


def test_reset_forgets_the_unfinished_reply() -> None:
    parser = ReplyParser()
    parser.feed(b"\x5f123")
    parser.reset()
    assert parser.feed(b"\x12") == [RealTime(0x12)]


def test_endless_block_is_given_up_and_the_next_reply_is_seen() -> None:
    parser = ReplyParser()
    assert all(not parser.feed(b"AAAA") or True for _ in range(3))
    parser.reset()
    replies = parser.feed(b"\x5f" + b"\x41" * 100_000 + b"\xff\x12")
    assert RealTime(0x12) in replies
    assert all(len(reply.body) <= 128 for reply in replies if isinstance(reply, Block))


def test_endless_noise_never_raises_and_leaves_the_parser_usable() -> None:
    noise = random.Random(7)
    parser = ReplyParser()
    for _ in range(200):
        parser.feed(noise.randbytes(500))
    parser.feed(b"\x00\x00\x00\x00")
    parser.reset()
    assert parser.feed(b"\x37\x25\x00") == [Block(0x37, b"%")]
