"""Real-time commands inside pictures: what they do to a printer that is not defended, and that ours is."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.escpos import commands
from drivers.printers.escpos.encode import Heading, encode
from drivers.printers.escpos.logo import Prepared
from drivers.printers.escpos.means import Means
from drivers.printers.escpos.realtime import defused, real_time_pairs
from statemachines.vocabulary.paper import Image, Paper
from tests.drivers.printers.escpos.rig import Rig, job

KICK = bytes.fromhex("10 14 01 00 01")
WIPE = bytes.fromhex("10 05 02")
CLEAR = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")


def picture_with(harm: bytes, *, rows: int = 30) -> Image:
    """384 dots wide; `harm` stands in its dots."""
    data = bytearray(48 * rows)
    data[100 : 100 + len(harm)] = harm
    return Image(384, bytes(data))


def printed(rig: Rig, data: bytes) -> None:
    """Hand over bytes as a till without a driver would, and let the printer work."""
    sent = 0
    while sent < len(data):
        sent += rig.printer.accept(data[sent:])
        rig.pass_time(0.2)
    rig.pass_time(5.0)


def document(image: Image) -> Paper:
    return Paper(32, (image,), "END", "COPY", "VOID")


def test_control_a_picture_sent_as_it_is_opens_the_drawer() -> None:
    rig = Rig()
    printed(rig, commands.raster(picture_with(KICK)))
    assert [pulse.result for pulse in rig.drawer.pulses] == ["opens"]


def test_the_same_picture_in_a_job_opens_nothing_and_stands_on_the_paper() -> None:
    rig = Rig()
    printed(rig, encode(job(paper=document(picture_with(KICK))), Means(dots=384)).data)
    assert rig.drawer.pulses == []
    assert rig.printer.pieces[0].text_lines[:2] == ("[IMAGE 384x24]", "[IMAGE 384x6]")


def test_control_a_picture_sent_as_it_is_wipes_what_was_before_it() -> None:
    rig = Rig()
    lines = b"".join(b"line %d\n" % number for number in range(10))
    printed(rig, lines + commands.raster(picture_with(CLEAR)) + b"last\n")
    assert b"\x37\x25\x00" in rig.printer.output()
    assert "line 9" not in rig.printer.paper_text()


def test_the_same_picture_in_a_job_wipes_nothing() -> None:
    rig = Rig()
    printed(rig, encode(job(paper=document(picture_with(CLEAR))), Means(dots=384)).data)
    assert rig.printer.output() == b"\x37\x22K7Q2\x00"
    assert rig.printer.pieces[0].ending == "partial_cut"


@pytest.mark.parametrize("harm", [KICK, WIPE, CLEAR, b"\x10\x04\x01", b"\x10\x10\x04\x04\x10\x05"])
def test_a_logo_for_the_printers_memory_is_defused_too(harm: bytes) -> None:
    prepared = Prepared.of(picture_with(harm), 576)
    assert real_time_pairs(commands.define_stored(prepared.key, prepared.image)) == []
    rig = Rig()
    printed(rig, commands.define_stored(prepared.key, prepared.image) + commands.print_stored(prepared.key))
    assert rig.drawer.pulses == []
    assert rig.printer.stored_keys == (prepared.key.encode(),)


def test_control_a_logo_as_it_is_opens_the_drawer() -> None:
    rig = Rig()
    printed(rig, commands.define_stored("ab", picture_with(KICK)))
    assert len(rig.drawer.pulses) == 1


@pytest.mark.parametrize("height", [1040, 1296])
def test_sizes_in_front_of_the_dots_spell_no_command_either(height: int) -> None:
    """A picture of 1040 rows has the size 10 04; bands are lower and a logo is cut, so neither can arise."""
    tall = Image(16, bytes(2 * height))
    prepared = Prepared.of(tall, 576)
    assert real_time_pairs(commands.define_stored(prepared.key, prepared.image)) == []
    assert real_time_pairs(encode(job(paper=document(tall)), Means(band=128)).data) == []


def test_length_of_a_logo_that_spells_a_command_is_avoided_by_one_more_row() -> None:
    """11 bytes stand before the dots: 343 rows of three bytes make a length of 0410h, which is sent as 10 04."""
    logo = Image(24, bytes(3 * 343))
    assert real_time_pairs(commands.define_stored("ab", logo)) == [3]
    prepared = Prepared.of(logo, 576)
    assert prepared.image.height == 344
    assert real_time_pairs(commands.define_stored(prepared.key, prepared.image)) == []


DANGEROUS = st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x01, 0x08, 0x00, 0xFF]), max_size=200).map(bytes)


@given(st.one_of(DANGEROUS, st.binary(max_size=400)))
def test_defused_dots_spell_nothing_and_differ_in_one_dot_where_they_did(data: bytes) -> None:
    safe = defused(data)
    assert real_time_pairs(safe) == []
    assert len(safe) == len(data)
    changed = [at for at in range(len(data)) if data[at] != safe[at]]
    assert set(changed) <= {at + 1 for at in real_time_pairs(data)}
    for at in changed:
        assert (safe[at] ^ data[at]).bit_count() == 1
        black_before = data[at] << 1 | data[at] >> 1
        assert (safe[at] ^ data[at]) & black_before, "the dot that is added touches one that was there"


def test_noise_as_a_picture_never_moves_the_drawer_or_the_buffers(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        rig = Rig()
        image = Image(384, bytes(chance.choice(b"\x10\x04\x05\x14\x01\x02\x08\x00") for _ in range(48 * 40)))
        logo = Heading(Prepared.of(image, 384).image)
        paper = Paper(32, (image,), "END", "COPY", "VOID", mark_at=1)
        printed(rig, encode(job(paper=paper), Means(dots=384), logo=logo).data)
        assert rig.drawer.pulses == []
        assert rig.printer.output() == b"\x37\x22K7Q2\x00"
        (piece,) = rig.printer.pieces
        assert piece.text_lines[-1].startswith("#K7Q2")
