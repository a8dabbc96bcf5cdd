"""The signed form, the serial frame and the clock's times: golden values by hand, from nothing of ours."""

from __future__ import annotations

import base64
import hashlib
import zlib
from datetime import datetime
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest

from firmware_bridge.vendors.smartone import moments
from firmware_bridge.vendors.smartone.frames import BadFrame, Decoder, encode
from firmware_bridge.vendors.smartone.signing import form, sign

BAKU = ZoneInfo("Asia/Baku")
BODY = '{"employeeName":"Əli","amount":100}'.encode()


def by_hand(body: bytes, merchant: str) -> str:
    data = base64.b64encode(body).decode()
    mark = base64.b64encode(hashlib.sha1((data + merchant).encode()).hexdigest().encode()).decode()
    encoded = [text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D") for text in (data, mark)]
    return f"data={encoded[0]}&sign={encoded[1]}"


def test_a_form_is_the_vendors_recipe() -> None:
    assert form(BODY, "m-1") == by_hand(BODY, "m-1")


def test_a_golden_signature() -> None:
    """printf '%s' 'e30=m-1' | sha1sum | cut -c1-40 | tr -d '\\n' | base64 -w0"""
    assert form(b"{}", "m-1") == "data=e30%3D&sign=NGI2YTg0ZDJjMmExYzRiNzE0MzYxNzlkMDg1OGQ5NWIwNGY0Yzk5NQ%3D%3D"


def test_the_form_is_read_back_by_any_server() -> None:
    found = parse_qs(form(BODY, "m-1"), strict_parsing=True)
    assert base64.b64decode(found["data"][0]) == BODY


def test_another_merchant_signs_otherwise() -> None:
    data = base64.b64encode(BODY).decode()
    assert sign(data, "m-1") != sign(data, "m-2")


# --- frames -----------------------------------------------------------------------------------------------------------


def test_a_golden_frame() -> None:
    """CRC-32 of "123456789" is CBF43926 in every catalogue of check sums."""
    assert encode(b"123456789") == b"\x02123456789\xcb\xf4\x39\x26\x03"


def text_with(byte: int) -> bytes:
    """A text whose check sum has this byte."""
    return next(
        text for n in range(100_000) if byte in zlib.crc32(text := f"command=sale&n={n}".encode()).to_bytes(4, "big")
    )


def test_a_03_within_the_check_sum_becomes_a_20() -> None:
    text = text_with(0x03)
    frame = encode(text)
    assert frame[1:-5] == text
    assert frame[-5:-1] == zlib.crc32(text).to_bytes(4, "big").replace(b"\x03", b"\x20")
    assert frame.count(b"\x03") == 1
    assert Decoder().feed(frame) == [text]


def test_a_02_within_the_check_sum_stays_and_is_read() -> None:
    text = text_with(0x02)
    assert Decoder().feed(b"noise" + encode(text)) == [text]


@pytest.mark.parametrize("text", [b"", b"a\x03b"])
def test_what_no_frame_can_hold_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="holds text"):
        encode(text)


def test_frames_come_in_any_pieces() -> None:
    stream = b"\xff" + encode(b'{"a":1}') + b"\x00\x01" + encode(b'{"b":2}')
    decoder = Decoder()
    found = [text for byte in stream for text in decoder.feed(bytes([byte]))]
    assert found == [b'{"a":1}', b'{"b":2}']
    assert not decoder.pending


@pytest.mark.parametrize("at", range(1, 16))
def test_a_byte_that_changed_on_the_line_is_found(at: int) -> None:
    frame = bytearray(encode(b'{"status":"a"}'))
    frame[at] ^= 0x40
    with pytest.raises(BadFrame):
        Decoder().feed(bytes(frame) + b"\x03")


def test_a_frame_without_end_is_given_up() -> None:
    decoder = Decoder()
    decoder.feed(b"\x02")
    with pytest.raises(BadFrame, match="longer"):
        decoder.feed(b"x" * (4 * 1024 * 1024 + 1))


# --- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("utc", "told"),
    [
        ("2026-03-02T10:05:31.999+00:00", "2026-03-02 14:05:31"),
        ("2026-12-31T20:00:00+00:00", "2027-01-01 00:00:00"),
        ("2026-03-02T08:30:00+00:00", "2026-03-02 12:30:00"),
        ("2026-03-02T20:30:00+00:00", "2026-03-03 00:30:00"),
    ],
)
def test_a_time_is_the_markets_with_24_hours(utc: str, told: str) -> None:
    at = round(datetime.fromisoformat(utc).timestamp() * 1000)
    assert moments.written(at, BAKU) == told
    assert moments.read(told, BAKU) == at // 1000 * 1000


@pytest.mark.parametrize(
    "text", ["", "2026-03-02", "02.03.2026 10:00:00", "2026-13-02 10:00:00", "2026-03-02 24:00:00"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert moments.read(text, BAKU) is None
