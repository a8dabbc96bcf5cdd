"""Datecs frames, classic and X: recorded bytes both ways, the nine cases of a framer, and noise."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.framing.datecs import (
    CLASSIC,
    Broken,
    Envelope,
    Nak,
    Reader,
    Received,
    Reply,
    Request,
    RequestReader,
    Syn,
    X,
)
from tests.drivers.printers.datecs.vectors import REPLIES, REQUESTS, Vector

ENVELOPES = pytest.mark.parametrize("envelope", [CLASSIC, X], ids=lambda envelope: str(envelope.name))
STATUS = {CLASSIC.name: b"\x80\x80\x80\x80\x86\x9a", X.name: b"\x80\x80\x80\x80\x86\x9a\x80\x80"}


def read(envelope: Envelope, data: bytes, size: int = 0) -> list[Received]:
    reader = Reader(envelope)
    pieces = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    return [found for piece in pieces for found in reader.feed(piece)]


def frame(envelope: Envelope, seq: int = 0x21, command: int = 0x31, data: bytes = b"0193,0000") -> bytes:
    return envelope.reply(seq, command, data, STATUS[envelope.name])


def told(vector: Vector) -> Reply:
    return Reply(vector.seq, vector.command, vector.data, vector.status)


# --- recorded and printed frames ----------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", REQUESTS, ids=str)
def test_request_is_the_recorded_one_byte_for_byte(vector: Vector) -> None:
    assert vector.envelope.request(vector.seq, vector.command, vector.data) == vector.frame


@pytest.mark.parametrize("vector", REPLIES, ids=str)
def test_recorded_reply_is_read(vector: Vector) -> None:
    assert read(vector.envelope, vector.frame) == [told(vector)]


@pytest.mark.parametrize("vector", REPLIES, ids=str)
def test_reply_is_built_as_the_device_did(vector: Vector) -> None:
    assert vector.envelope.reply(vector.seq, vector.command, vector.data, vector.status) == vector.frame


@pytest.mark.parametrize("vector", REQUESTS, ids=str)
def test_recorded_request_is_read_from_the_hosts_side(vector: Vector) -> None:
    assert RequestReader(vector.envelope).feed(vector.frame) == [Request(vector.seq, vector.command, vector.data)]


# --- the nine cases -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("vector", REPLIES, ids=str)
def test_reply_split_anywhere_is_the_same_reply(vector: Vector, size: int) -> None:
    assert read(vector.envelope, vector.frame, size) == [told(vector)]


@ENVELOPES
def test_merged_bytes_give_every_reply_in_order(envelope: Envelope) -> None:
    stream = b"\x16\x16" + frame(envelope, 0x21) + b"\x15" + frame(envelope, 0x22) + frame(envelope, 0x23)
    found = read(envelope, stream)
    assert [type(one) for one in found] == [Syn, Syn, Reply, Nak, Reply, Reply]
    assert [one.seq for one in found if isinstance(one, Reply)] == [0x21, 0x22, 0x23]


@ENVELOPES
def test_noise_before_and_after_a_frame_is_dropped_and_counted(envelope: Envelope) -> None:
    reader = Reader(envelope)
    (reply,) = reader.feed(b"\x00\x00\xff\x03telnet" + frame(envelope) + b"\x03\x05AB")
    assert isinstance(reply, Reply)
    assert (reader.dropped, reader.zeros) == (14, 2)


@ENVELOPES
@pytest.mark.parametrize("noise", [0x00, 0x02, 0x15, 0x16, 0x1B])
def test_control_byte_inside_a_frame_breaks_it_and_the_next_one_is_read(envelope: Envelope, noise: int) -> None:
    whole = frame(envelope)
    found = read(envelope, whole[:12] + bytes((noise,)) + whole[12:] + frame(envelope, 0x22))
    assert [type(one) for one in found] == [Broken, Reply]


@ENVELOPES
def test_flipped_bit_anywhere_is_never_taken_for_the_reply(envelope: Envelope) -> None:
    whole = frame(envelope)
    for at in range(1, len(whole)):
        for bit in range(8):
            spoilt = whole[:at] + bytes((whole[at] ^ 1 << bit,)) + whole[at + 1 :]
            assert not any(isinstance(one, Reply) for one in read(envelope, spoilt)), (at, bit)


@ENVELOPES
def test_truncated_frame_gives_nothing_and_the_next_frame_is_read(envelope: Envelope) -> None:
    whole = frame(envelope)
    for cut in range(1, len(whole)):
        found = read(envelope, whole[:cut] + frame(envelope, 0x22))
        assert [one.seq for one in found if isinstance(one, Reply)] == [0x22], cut


@ENVELOPES
def test_wrong_check_sum_is_told(envelope: Envelope) -> None:
    whole = frame(envelope)
    wrong = whole[:-2] + bytes((0x30 + (whole[-2] - 0x2F) % 16,)) + whole[-1:]
    (broken,) = read(envelope, wrong)
    assert broken == Broken("a wrong check sum")


@ENVELOPES
def test_wrong_length_is_told_and_the_next_frame_is_read(envelope: Envelope) -> None:
    for length in (0, 1, 5, 10, 600, 0xFFFF - 0x20):
        digits = bytes(0x30 + int(digit, 16) for digit in f"{0x20 + length:04X}")
        start = b"\x01" + (digits if envelope is X else bytes((min(0xFF, 0x20 + length),)))
        found = read(envelope, start + b"\x21\x31" + frame(envelope, 0x22))
        assert isinstance(found[0], Broken)
        assert [one.seq for one in found if isinstance(one, Reply)] == [0x22]


def test_status_byte_without_bit_7_is_a_broken_frame() -> None:
    whole = bytearray(frame(CLASSIC))
    at = whole.index(0x86)
    whole[at] = 0x46
    total = sum(whole[1:-5]) & 0xFFFF
    whole[-5:-1] = bytes(0x30 + int(digit, 16) for digit in f"{total:04X}")
    assert read(CLASSIC, bytes(whole)) == [Broken("no status bytes where they belong")]


@ENVELOPES
def test_oversized_data_are_refused_before_anything_is_built(envelope: Envelope) -> None:
    assert len(envelope.request(0x20, 0x31, b"x" * 213)) > 213
    with pytest.raises(ValueError, match="214 bytes"):
        envelope.request(0x20, 0x31, b"x" * 214)
    with pytest.raises(ValueError, match="214 bytes"):
        envelope.request(0x20, 0x31, b"x" * 212 + b"\x1b")


@ENVELOPES
def test_longest_reply_is_read(envelope: Envelope) -> None:
    data = b"y" * envelope.reply_limit
    (reply,) = read(envelope, frame(envelope, data=data))
    assert isinstance(reply, Reply)
    assert reply.data == data


@ENVELOPES
def test_escapes_at_the_edges_of_data_travel_and_come_back(envelope: Envelope) -> None:
    for data in (b"\x01", b"\x10", b"\x10\x10", b"\x03x\x04", b"a\x1f", b"\x00\t\n\x05"):
        wire = frame(envelope, data=data)
        assert wire.count(b"\x01") == 1
        assert wire.count(b"\x03") == 1
        (reply,) = read(envelope, wire)
        assert isinstance(reply, Reply)
        assert reply.data == data
        assert RequestReader(envelope).feed(envelope.request(0x20, 0x2A, data)) == [Request(0x20, 0x2A, data)]


def test_escape_that_means_nothing_is_a_broken_frame() -> None:
    for body in (b"a\x10", b"a\x10\x30", b"\x10\x60"):
        summed = bytes((0x20 + 3 + len(body) + 8, 0x21, 0x31)) + body + b"\x04" + STATUS["classic"] + b"\x05"
        total = bytes(0x30 + int(digit, 16) for digit in f"{sum(summed):04X}")
        assert read(CLASSIC, b"\x01" + summed + total + b"\x03") == [Broken("characters that do not belong there")]


@ENVELOPES
def test_frame_that_begins_inside_another_is_read(envelope: Envelope) -> None:
    found = read(envelope, frame(envelope)[:10] + frame(envelope, 0x22))
    assert [type(one) for one in found] == [Broken, Reply]


@ENVELOPES
def test_the_other_envelopes_reply_is_no_reply(envelope: Envelope) -> None:
    other = X if envelope is CLASSIC else CLASSIC
    for vector in REPLIES:
        if vector.envelope is other:
            assert not any(isinstance(one, Reply) for one in read(envelope, vector.frame))


def test_reset_forgets_the_unfinished_frame() -> None:
    reader = Reader(CLASSIC)
    reader.feed(frame(CLASSIC)[:9])
    began = reader.inside
    reader.reset()
    assert (began, reader.inside) == (True, False)
    assert reader.feed(b"\x15") == [Nak()]


def test_nak_and_syn_inside_a_frame_are_no_answers_of_their_own() -> None:
    assert read(CLASSIC, b"\x01\x34\x20\x15") == [Broken("15h inside a frame")]


def test_seq_and_command_out_of_bounds_are_refused() -> None:
    for seq, command in ((0x1F, 0x31), (0x80, 0x31), (0x20, 0x1F), (0x20, 0x100)):
        with pytest.raises(ValueError, match="is not within 20h"):
            CLASSIC.request(seq, command)
    assert X.request(0xFF, 0xFF)


def test_reply_with_status_bytes_that_are_none_is_refused() -> None:
    for status in (b"", b"\x80" * 5, b"\x80" * 5 + b"\x00", b"\x80" * 8):
        with pytest.raises(ValueError, match="status bytes"):
            CLASSIC.reply(0x20, 0x31, b"", status)


# --- whatever comes -----------------------------------------------------------------------------------------------


@ENVELOPES
@settings(max_examples=150, deadline=None)
@given(noise=st.binary(max_size=600), size=st.integers(1, 40))
def test_noise_never_raises_and_never_hides_the_frame_behind_it(envelope: Envelope, noise: bytes, size: int) -> None:
    found = read(envelope, noise + frame(envelope, 0x2A), size)
    assert [one.seq for one in found if isinstance(one, Reply)][-1:] == [0x2A]


@ENVELOPES
def test_endless_frame_is_given_up(envelope: Envelope) -> None:
    reader = Reader(envelope)
    longest = 1 + 4 + envelope.reply_limit + 30
    start = b"\x01" + (b"0211" if envelope is X else b"\xff")
    assert any(isinstance(one, Broken) for one in reader.feed(start + b"A" * longest))
    assert not reader.inside


@ENVELOPES
def test_long_noise_leaves_the_reader_usable(envelope: Envelope) -> None:
    noise = random.Random(11)
    reader = Reader(envelope)
    for _ in range(100):
        reader.feed(noise.randbytes(400))
    assert reader.feed(frame(envelope, 0x2B))[-1:] == read(envelope, frame(envelope, 0x2B))


@ENVELOPES
@settings(max_examples=100, deadline=None)
@given(
    data=st.binary(max_size=100), seq=st.integers(0x20, 0x7F), command=st.integers(0x20, 0xFF), size=st.integers(1, 9)
)
def test_any_data_come_back_whole(envelope: Envelope, data: bytes, seq: int, command: int, size: int) -> None:
    wire = frame(envelope, seq, command, data)
    assert read(envelope, wire, size) == [Reply(seq, command, data, STATUS[envelope.name])]
    assert RequestReader(envelope).feed(envelope.request(seq, command, data)) == [Request(seq, command, data)]
