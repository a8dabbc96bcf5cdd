"""How a request proves itself, and what a serial line's frame is: golden values made with other tools by hand."""

from __future__ import annotations

import base64
import zlib

import pytest

from firmware_bridge.vendors.smartone.sandbox.serial_line import Frames, frame
from firmware_bridge.vendors.smartone.sandbox.signing import signature
from tests.firmware_bridge.vendors.smartone.sandbox_desk import Desk, form, sealed, signed

#: Made with base64 and sha1sum of GNU coreutils.
GOLDEN = (
    ("e30=", "M-1", "MmU1ZjI5ODQyMmE1NDNhNTdjOTViMWU2NTExZjNjZWNiOGRiZGQ4YQ=="),
    (
        "eyJlbXBsb3llZU5hbWUiOiJBeW51ciDGj2xpeWV2YSJ9",
        "A1B2C3",
        "ZTk2M2JjZTBmNTZiNDZiNDNmMGExN2I2NDMxMDc5MjliOThmN2I3Ng==",
    ),
)


@pytest.mark.parametrize(("data", "merchant", "sign"), GOLDEN)
def test_signature_is_base64_of_the_hexadecimal_sha1_of_data_and_merchant(data: str, merchant: str, sign: str) -> None:
    assert signature(data, merchant) == sign


def test_a_request_with_a_golden_signature_is_let_in() -> None:
    desk = Desk()
    data, _, sign = GOLDEN[1]
    assert desk.raw("POST", "/open_shift", form({"data": data, "sign": sign})).json["status"] == "success"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"data": "e30=", "sign": "AAAA"}, 1),
        ({"data": "e30="}, 1),
        (signed({}, "another merchant"), 1),
        ({}, 1),
        (sealed("???"), 2),
        (sealed("bm8gSlNPTg=="), 2),
        (signed([]), 3),
    ],
)
def test_what_is_not_signed_or_no_json_is_refused_by_its_code(fields: dict[str, str], code: int) -> None:
    desk = Desk()
    assert desk.raw("POST", "/check_shift", form(fields)).code == code
    assert Desk("core").raw("POST", "/check_shift", form(fields)).json["status"] == "error"


def test_the_signature_comes_before_the_json_and_the_json_before_the_shift() -> None:
    desk = Desk()
    no_json = "bm8gSlNPTg=="
    assert desk.raw("POST", "/sale", form({"data": no_json, "sign": "AAAA"})).code == 1
    assert desk.raw("POST", "/sale", form(sealed(no_json))).code == 2
    assert desk.call("sale", desk.sale()).code == 6


def test_a_plus_that_is_not_escaped_spoils_the_signature() -> None:
    data = base64.b64encode(b'{"a":"?>?>?>"}').decode()
    assert "+" in data
    fields = sealed(data)
    bare = "&".join(f"{name}={text}" for name, text in fields.items()).encode()
    assert Desk().raw("POST", "/check_shift", bare).code == 1
    assert Desk().raw("POST", "/check_shift", form(fields)).code in (0, 2)


def test_only_post_is_answered_and_an_unknown_command_is_none() -> None:
    desk = Desk()
    assert desk.raw("GET", "/check_shift").status == 405
    said = desk.call("make_tea")
    assert (said.status, said.json["status"], said.code) == (404, "error", 3)
    assert desk.call("check_shift").reply.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("name", ["check_status", "rollback", "check_copy", "get_info"])
def test_core_has_no_look_up_and_nothing_else_of_the_siblings_own(name: str) -> None:
    assert Desk("core").call(name, {"documentExtID": "ext-1"}).status == 404
    assert Desk("ecr").call("print").status == 404


# --- frames -----------------------------------------------------------------------------------------------------------


def test_a_frame_is_stx_text_crc_and_etx() -> None:
    # CRC-32 of "123456789" is the check value of every table of CRCs: CBF43926
    assert frame(b"123456789") == b"\x02123456789\xcb\xf4\x39\x26\x03"


def with_three() -> bytes:
    """A text whose CRC has a byte 03h in it."""
    return next(text for n in range(10_000) if b"\x03" in zlib.crc32(text := b"command=%d" % n).to_bytes(4, "big"))


def test_a_three_in_the_sum_becomes_a_blank() -> None:
    text = with_three()
    sum_ = bytes(0x20 if byte == 3 else byte for byte in zlib.crc32(text).to_bytes(4, "big"))
    assert frame(text) == b"\x02" + text + sum_ + b"\x03"
    assert b"\x03" not in frame(text)[:-1]
    assert Frames().feed(frame(text)) == [text]


def test_frames_are_found_in_pieces_and_behind_noise() -> None:
    frames = Frames()
    stream = b"noise\x03" + frame(b"one") + b"\x00" + frame(with_three()) + frame(b"three")
    found = [text for at in range(len(stream)) for text in frames.feed(stream[at : at + 1])]
    assert found == [b"one", with_three(), b"three"]
    assert frames.bad == 0


@pytest.mark.parametrize("spoilt", [b"\x02one\x00\x00\x00\x00\x03", b"\x02\x03", b"\x02abc\x03"])
def test_what_is_no_frame_is_dropped_and_the_next_one_found(spoilt: bytes) -> None:
    frames = Frames()
    assert frames.feed(spoilt + frame(b"good")) == [b"good"]
    assert frames.bad == 1


def test_a_sum_with_its_three_left_in_would_end_the_frame_early() -> None:
    """The control: why the rule is there."""
    text = with_three()
    unruled = b"\x02" + text + zlib.crc32(text).to_bytes(4, "big") + b"\x03"
    frames = Frames()
    assert frames.feed(unruled) == []
    assert frames.bad == 1
