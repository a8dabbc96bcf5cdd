"""Commands against hexadecimal from the manuals and against the bytes of an independent library."""

from __future__ import annotations

import pytest
from escpos.printer import Dummy
from PIL import Image as Pictures

from drivers.printers.escpos import commands
from drivers.printers.escpos.realtime import real_time_pairs
from statemachines.vocabulary.paper import Image, Symbology

DOTS = Image(9, bytes.fromhex("80 00 00 80"))

# Left: what we call. Right: written by hand from the command reference.
GOLDEN = [
    (commands.real_time_status(4), "10 04 04"),
    (commands.RECOVER, "10 05 01"),
    (commands.RECOVER_CLEARED, "10 05 02"),
    (commands.drawer_pulse_now(2, 100), "10 14 01 00 01"),
    (commands.drawer_pulse(2, 100), "1B 70 00 32 32"),
    (commands.drawer_pulse(5, 100), "1B 70 01 32 32"),
    (commands.prologue(46), "1C 2E 1B 74 2E 1B 52 00 1B 32"),
    (commands.NATIONAL_USA, "1B 52 00"),
    (commands.LINE_SPACING, "1B 32"),
    (commands.feed_dots(6), "1B 4A 06"),
    (commands.bold(on=True), "1B 45 01"),
    (commands.bold(on=False), "1B 45 00"),
    (commands.size(tall=True, wide=True), "1D 21 11"),
    (commands.size(wide=True), "1D 21 10"),
    (commands.feed_and_cut(24, full=True), "1D 56 41 18"),
    (commands.identity(commands.FIRMWARE), "1D 49 41"),
    (commands.drawer_pulse_now(5, 200), "10 14 01 01 02"),
    (commands.CLEAR_BUFFERS, "10 14 08 01 03 14 01 06 02 08"),
    (commands.INITIALISE, "1B 40"),
    (commands.KANJI_OFF, "1C 2E"),
    (commands.code_page(46), "1B 74 2E"),
    (commands.align("centre"), "1B 61 01"),
    (commands.align("left"), "1B 61 00"),
    (commands.feed_lines(3), "1B 64 03"),
    (commands.size(tall=True), "1D 21 01"),
    (commands.size(tall=False), "1D 21 00"),
    (commands.feed_and_cut(24), "1D 56 42 18"),
    (commands.automatic_status(0x0F), "1D 61 0F"),
    (commands.BARRIER, "1D 72 01"),
    (commands.identity(commands.MAKER), "1D 49 42"),
    (commands.identity(commands.MODEL), "1D 49 43"),
    (commands.identity(commands.SERIAL), "1D 49 44"),
    (commands.odometer(148), "1D 67 32 00 94 00"),
    (commands.odometer(178), "1D 67 32 00 B2 00"),
    (commands.odometer(20), "1D 67 32 00 14 00"),
    (commands.odometer(50), "1D 67 32 00 32 00"),
    (commands.process_id("K7Q2"), "1D 28 48 06 00 30 30 4B 37 51 32"),
    (commands.define_marker("Q2"), "1D 28 4C 0C 00 30 53 30 51 32 01 08 00 01 00 31 00"),
    (commands.delete_marker("Q2"), "1D 28 4C 04 00 30 52 51 32"),
    (commands.LIST_DOWNLOADED, "1D 28 4C 04 00 30 50 4B 43"),
    (commands.LIST_STORED, "1D 28 4C 04 00 30 40 4B 43"),
    (commands.define_stored("aZ", DOTS), "1D 28 4C 0F 00 30 43 30 61 5A 01 09 00 02 00 31 80 00 00 80"),
    (commands.print_stored("aZ"), "1D 28 4C 06 00 30 45 61 5A 01 01"),
    (commands.delete_stored("aZ"), "1D 28 4C 04 00 30 42 61 5A"),
    (commands.raster(DOTS), "1D 76 30 00 02 00 02 00 80 00 00 80"),
    (
        commands.barcode("EAN13", "4006381333931", 80, 2, readable=True),
        "1D 68 50 1D 77 02 1D 66 00 1D 48 02 1D 6B 43 0D 34 30 30 36 33 38 31 33 33 33 39 33 31",
    ),
    (
        commands.barcode("CODE128", "12AB", 60, 3, readable=False),
        "1D 68 3C 1D 77 03 1D 66 00 1D 48 00 1D 6B 49 06 7B 42 31 32 41 42",
    ),
    (
        commands.barcode("CODE128", "1234", 60, 3, readable=False),
        "1D 68 3C 1D 77 03 1D 66 00 1D 48 00 1D 6B 49 04 7B 43 0C 22",
    ),
    (
        commands.barcode("CODE128", "a{b", 60, 3, readable=False),
        "1D 68 3C 1D 77 03 1D 66 00 1D 48 00 1D 6B 49 06 7B 42 61 7B 7B 62",
    ),
    (
        commands.qr_code(b"AB", 5),
        (
            "1D 28 6B 04 00 31 41 32 00 1D 28 6B 03 00 31 43 05 1D 28 6B 03 00 31 45 31 "
            "1D 28 6B 05 00 31 50 30 41 42 1D 28 6B 03 00 31 51 30"
        ),
    ),
]


@pytest.mark.parametrize(("ours", "manual"), GOLDEN)
def test_command_is_as_in_the_manual(ours: bytes, manual: str) -> None:
    assert ours == bytes.fromhex(manual)


def test_drawer_pulse_is_the_librarys() -> None:
    library = Dummy()
    library.cashdraw(2)
    assert commands.drawer_pulse(2, 100) == library.output
    library.clear()
    library.cashdraw(5)
    assert commands.drawer_pulse(5, 100) == library.output


def test_qr_code_is_the_librarys() -> None:
    library = Dummy()
    content = "https://cabinet.tax.gov.ua/cashregs/check?id=1234567890&sm=35.50"
    library.qr(content, ec=1, size=4, model=2, native=True, center=False)
    assert commands.qr_code(content.encode(), 4) in library.output


@pytest.mark.parametrize(
    ("symbology", "data", "librarys", "name"),
    [
        ("EAN13", "4006381333931", "4006381333931", "EAN13"),
        ("EAN8", "96385074", "96385074", "EAN8"),
        ("UPC-A", "036000291452", "036000291452", "UPC-A"),
        ("CODE39", "AB-12", "AB-12", "CODE39"),
        ("ITF", "001234", "001234", "ITF"),
        ("CODE93", "TEST93", "TEST93", "CODE93"),
        ("CODE128", "12AB", "{B12AB", "CODE128"),
    ],
)
def test_bar_code_is_the_librarys(symbology: Symbology, data: str, librarys: str, name: str) -> None:
    library = Dummy()
    library.barcode(librarys, name, height=80, width=2, pos="BELOW", align_ct=False, function_type="B", check=False)
    ours = commands.barcode(symbology, data, 80, 2, readable=True)
    kind = bytes([0x1D, 0x6B])
    assert ours[ours.index(kind) :] in library.output
    for setting in ("1D 68 50", "1D 77 02", "1D 48 02", "1D 66 00"):
        assert bytes.fromhex(setting) in library.output
        assert bytes.fromhex(setting) in ours


def test_raster_picture_is_the_librarys() -> None:
    library = Dummy()
    picture = Pictures.frombytes("1", (16, 3), bytes(byte ^ 0xFF for byte in b"\x80\x01\x55\xaa\xff\x00"))
    library.image(picture, impl="bitImageRaster", center=False)
    assert commands.raster(Image(16, b"\x80\x01\x55\xaa\xff\x00")) == library.output


def test_digits_that_would_spell_a_real_time_command_are_sent_one_by_one() -> None:
    """16 04 in pairs are the bytes 10 04."""
    wire = commands.barcode("CODE128", "160401", 60, 2, readable=False)
    assert real_time_pairs(wire) == []
    assert wire.endswith(b"{B160401")


@pytest.mark.parametrize("module", [1, 7])
def test_module_of_a_bar_code_has_limits(module: int) -> None:
    with pytest.raises(ValueError, match="2 to 6"):
        commands.barcode("ITF", "12", 60, module, readable=False)


def test_initialisation_is_the_librarys() -> None:
    library = Dummy()
    library.hw("INIT")
    assert library.output == commands.INITIALISE


@pytest.mark.parametrize("length", [1040 - 3, 1296 - 3])
def test_length_of_a_qr_code_never_spells_a_real_time_command(length: int) -> None:
    assert real_time_pairs(commands.qr_code(b"a" * length, 3)) == []


@pytest.mark.parametrize("pin", [2, 5])
def test_buffered_pulse_never_spells_a_real_time_command(pin: int) -> None:
    for pulse in range(1, 301):
        wire = commands.drawer_pulse(pin, pulse)
        assert real_time_pairs(wire) == []
        assert wire[3] * 2 >= pulse
        assert wire[4] >= wire[3]


def test_pulse_longer_than_the_command_can_say_is_cut_off_there() -> None:
    assert commands.drawer_pulse_now(2, 5000)[4] == 8
    assert commands.drawer_pulse(2, 5000)[3] == 255


@pytest.mark.parametrize("bad", ["", "abc", "abcde", "абвг", "ab\ncd"[:4]])
def test_process_id_is_four_printable_characters(bad: str) -> None:
    with pytest.raises(ValueError, match="4 characters"):
        commands.process_id(bad)


def test_module_of_a_qr_code_has_limits() -> None:
    with pytest.raises(ValueError, match="1 to 16"):
        commands.qr_code(b"a", 17)


def test_table_has_one_row_for_every_command_and_only_intended_real_time() -> None:
    names = [row.name for row in commands.COMMANDS]
    assert len(names) == len(set(names))
    for row in commands.COMMANDS:
        assert bool(real_time_pairs(row.build())) == (row.when == "at once"), row.name
        assert row.meaning
        assert row.reference
