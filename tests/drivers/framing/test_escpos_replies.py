"""The nine cases of a framer, with bytes taken from the printers' manuals."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    ("37 72 40 61 5A 00", [Block(0x37, b"r@aZ")]),
    ("37 23 42 00", [Block(0x37, b"#B")]),
    ("3B 30 00", [Block(0x3B, b"0")]),
    ("3D 21 42 40 00", [Block(0x3D, b"!B@")]),
    ("20", [OneByte(0x20)]),
    ("02", [OneByte(0x02)]),
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
def test_two_replies_in_one_read_are_two(first: str, before: list[Reply]) -> None:
    for second, behind in VECTORS:
        assert parse(bytes.fromhex(first + second)) == before + behind, second


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


def kind_of(byte: int) -> str:
    """The table of the manuals, written out once more: which reply a byte begins."""
    if byte in (0x11, 0x13):
        return "flow"
    if byte in (0x37, 0x3B, 0x3D, 0x5F):
        return "block"
    fixed = format(byte, "08b")
    if (fixed[0], fixed[3], fixed[6:]) == ("0", "1", "10"):
        return "real time"
    if (fixed[0], fixed[3], fixed[6:]) == ("0", "1", "00"):
        return "automatic"
    if (fixed[0], fixed[3]) == ("0", "0"):
        return "one byte"
    return "nothing"


WHOLE = {
    "flow": (b"", FlowControl),
    "block": (b"x\0", Block),
    "real time": (b"", RealTime),
    "automatic": (b"\0\0\x0f", AutoStatus),
    "one byte": (b"", OneByte),
}


def test_every_byte_begins_exactly_one_kind_of_reply_or_none() -> None:
    for byte in range(256):
        kind = kind_of(byte)
        parser = ReplyParser()
        rest, cls = WHOLE.get(kind, (b"", None))
        replies = parser.feed(bytes([byte]) + rest)
        assert [type(reply) for reply in replies] == ([] if cls is None else [cls]), hex(byte)
        assert parser.dropped == (cls is None)


def test_status_answers_of_the_manuals_tables_are_never_taken_for_another_reply() -> None:
    """Every combination of the bits that mean something, in each of the four answers and in the packet."""
    for bits in range(16):
        meant = (bits & 1) << 2 | (bits & 2) << 2 | (bits & 4) << 3 | (bits & 8) << 3
        assert parse(bytes([0x12 | meant])) == [RealTime(0x12 | meant)]
        packet = bytes([0x10 | meant, meant | bits & 3, bits & 0x0F, 0x0F])
        assert parse(packet, 1) == [AutoStatus(packet)]
        assert parse(bytes([bits & 0x0F])) == [OneByte(bits & 0x0F)]


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("mark", [b"\x11", b"\x13", b"\x13\x11"])
def test_flow_control_at_every_place_of_a_packet_is_taken_out(place: int, mark: bytes) -> None:
    packet = bytes.fromhex("1400000F")
    replies = parse(packet[:place] + mark + packet[place:], 1)
    assert [reply for reply in replies if not isinstance(reply, FlowControl)] == [AutoStatus(packet)]
    assert len(replies) == 1 + len(mark)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_truncated_packet_is_dropped_when_the_next_reply_begins(cut: int) -> None:
    parser = ReplyParser()
    assert parser.feed(bytes.fromhex("1400000F")[:cut] + b"\x12") == [RealTime(0x12)]
    assert parser.dropped == cut


def test_block_of_the_longest_list_passes_and_a_longer_one_does_not() -> None:
    keys = b"r@" + b"ab" * 40
    assert parse(b"\x37" + keys + b"\0") == [Block(0x37, keys)]
    assert parse(b"\x5f" + b"a" * 128 + b"\0") == [Block(0x5F, b"a" * 128)]
    assert not any(isinstance(reply, Block) and reply.head == 0x5F for reply in parse(b"\x5f" + b"a" * 129 + b"\0"))


ANY_REPLY = st.sampled_from([bytes.fromhex(wire) for wire, _ in VECTORS])
NOISE = st.binary(max_size=40)


@given(st.lists(st.one_of(NOISE, ANY_REPLY), max_size=30), st.integers(1, 7))
def test_noise_never_raises_and_the_cut_of_the_reads_never_matters(parts: list[bytes], size: int) -> None:
    data = b"".join(parts)
    whole, pieces = ReplyParser(), ReplyParser()
    replies = whole.feed(data)
    assert [r for at in range(0, len(data), size) for r in pieces.feed(data[at : at + size])] == replies
    assert pieces.dropped == whole.dropped
    taken = sum(_size(reply) for reply in replies)
    assert taken + whole.dropped <= len(data)
    assert len(data) - taken - whole.dropped <= 130


@given(NOISE, st.lists(ANY_REPLY, min_size=1, max_size=10))
def test_after_noise_and_a_reset_every_reply_is_seen(noise: bytes, wires: list[bytes]) -> None:
    parser = ReplyParser()
    parser.feed(noise)
    parser.reset()
    assert b"".join(_wire(reply) for reply in parser.feed(b"".join(wires))) == b"".join(wires)


def _wire(reply: Reply) -> bytes:
    match reply:
        case AutoStatus(data):
            return data
        case Block(head, body):
            return bytes([head]) + body + b"\0"
        case FlowControl(go):
            return b"\x11" if go else b"\x13"
        case RealTime(value) | OneByte(value):
            return bytes([value])


def _size(reply: Reply) -> int:
    return len(_wire(reply))
