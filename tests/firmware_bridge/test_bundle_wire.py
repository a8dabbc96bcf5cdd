"""Dumps of the wire in a support bundle: the frames and times are those of the device, the words are nobody's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.framing.datecs import Request, RequestReader
from drivers.framing.datecs_envelope import CLASSIC
from drivers.ports.recorded import parse
from drivers.ports.recording import Entry, Header
from firmware_bridge import bundle_wire
from firmware_bridge.logs import Redactor
from firmware_bridge.wire_escpos import EscPosWords
from tests.firmware_bridge.test_bundle import PHONE, TOKEN


def dump(driver: str, *passed: tuple[str, bytes]) -> bytes:
    directions: dict[str, Any] = {"out": "out", "in": "in"}
    header = Header("serial:/dev/till/printer", driver, "2026-03-01T09:00:00Z").line()
    entries = [Entry(number / 10, directions[way], data) for number, (way, data) in enumerate(passed)]
    return header + b"".join(entry.line() for entry in entries) + Entry(99, "close", note="failed: silent").line()


def flow(data: bytes | None, way: str) -> bytes:
    assert data is not None
    return b"".join(entry.data for entry in parse(data).entries if entry.dir == way)


RECEIPT = "Канарка співоча".encode("cp1251")
TEXT = (
    b"\x1b@\x1bt\x2e"
    + RECEIPT
    + b"  10.00\n"
    + PHONE.encode()
    + b"\n\x1dkI\x08ABCD1234\x1d(k\x0b\x001P0https://\x1dv0\x00\x01\x00\x02\x00\xff\xf0\x1dV\x41\x03\x1d(H\x06\x0000"
    + b"0042"
)


def test_what_is_printed_is_covered_and_every_command_stays() -> None:
    before = dump("escpos", ("out", TEXT[:20]), ("in", b"\x16"), ("out", TEXT[20:]), ("in", b"\x37\x220042\x00"))
    after = bundle_wire.scrubbed(before, lambda text: text)
    sent = flow(after, "out")
    assert len(sent) == len(TEXT)
    assert RECEIPT not in sent
    assert b"67123" not in sent
    assert b"ABCD" not in sent
    assert b"https" not in sent
    assert b"\xff\xf0" not in sent
    commands = [[word.partition(" (")[0] for word in EscPosWords("cp1251").out(data)] for data in (TEXT, sent)]
    told = [[word for word in words if not word.startswith('"')] for words in commands]
    assert told[0] == told[1]
    assert len(told[0]) == 7
    assert flow(after, "in") == flow(before, "in"), "what the printer says is what one looks for"
    assert [entry.t for entry in parse(after or b"").entries] == [entry.t for entry in parse(before).entries]


def test_frames_of_a_fiscal_printer_stay_frames() -> None:
    sold = CLASSIC.request(0x21, 0x31, RECEIPT + b"\n\t\xc010.00*1.000")
    asked = CLASSIC.request(0x22, 0x4A, b"")
    status = bytes([0x80, 0x80, 0x88, 0x80, 0x80, 0xBA])
    told = b"\x16\x16" + CLASSIC.reply(0x21, 0x31, PHONE.encode(), status) + CLASSIC.reply(0x22, 0x4A, b"", status)
    both = sold + asked
    after = bundle_wire.scrubbed(
        dump("datecs", ("out", both[:9]), ("out", both[9:]), ("in", told[:5]), ("in", told[5:])), lambda text: text
    )
    sent = flow(after, "out")
    first, second = RequestReader(CLASSIC).feed(sent)
    assert isinstance(first, Request)
    assert (first.command, len(first.data)) == (0x31, len(RECEIPT) + 14)
    assert first.data.endswith(b"10.00*1.000")
    assert RECEIPT not in sent
    assert isinstance(second, Request)
    assert sent.endswith(asked), "a question without words is as it was"
    answers = flow(after, "in")
    assert b"0671" not in answers
    assert answers.startswith(b"\x16\x16\x01")
    assert answers.endswith(told[-16:])


@pytest.mark.parametrize("driver", ["smartone", "", "another"])
def test_of_other_wires_no_word_gets_in(driver: str) -> None:
    after = bundle_wire.scrubbed(dump(driver, ("out", b'{"phone":"0671234567"}'), ("in", b"Olena")), lambda text: text)
    assert flow(after, "out") == b'{"xxxxx":"0000000000"}'
    assert flow(after, "in") == b"xxxxx"


def test_a_box_that_knows_no_words_is_shown_as_it_spoke() -> None:
    assert flow(bundle_wire.scrubbed(dump("trigger_box", ("out", b"\x02"), ("in", b"O")), str), "in") == b"O"


@pytest.mark.parametrize("cut", range(1, len(TEXT)))
def test_a_dump_that_begins_or_ends_anywhere_shows_no_words(cut: int) -> None:
    for part in (TEXT[:cut], TEXT[cut:]):
        sent = flow(bundle_wire.scrubbed(dump("escpos", ("out", part)), lambda text: text), "out")
        assert len(sent) == len(part)
        assert not [at for at in range(len(RECEIPT) - 4) if RECEIPT[at : at + 4] in sent]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["escpos", "datecs", "datecs-x", "x"]), st.binary(max_size=300))
def test_noise_is_scrubbed_to_as_much_noise_or_refused(driver: str, noise: bytes) -> None:
    after = bundle_wire.scrubbed(dump(driver, ("out", noise), ("in", noise)), lambda text: text)
    assert (len(flow(after, "out")), len(flow(after, "in"))) == (len(noise), len(noise))
    assert bundle_wire.scrubbed(noise, lambda text: text) is None


def test_a_printer_that_says_a_secret_keeps_its_dump_out() -> None:
    redactor = Redactor()
    redactor.add(TOKEN)
    before = dump("escpos", ("out", b"\x1dI\x43"), ("in", b"_" + TOKEN[:7].encode()), ("in", TOKEN[7:].encode()))
    assert bundle_wire.scrubbed(before, redactor.mask) is None
    assert bundle_wire.scrubbed(before, lambda text: text) is not None, "control: it is the filter that finds it"
