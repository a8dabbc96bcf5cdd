"""The same paper as text and as a picture."""

from __future__ import annotations

import io
from importlib import resources

import pytest
from PIL import Image

from drivers.printers.escpos.simulated.photo import render_pieces
from drivers.printers.escpos.simulator import SimulatedPrinter
from drivers.printers.picture import MAX_HEIGHT, paper_as_text, render_paper, render_text
from statemachines.vocabulary.paper import Barcode, Paper, QrCode, TextLine
from statemachines.vocabulary.paper import Image as Dots

PAPER = Paper(
    32,
    (TextLine("Чек № 000412"), TextLine("СУМА      48.90", tall=True), QrCode("https://a.b/c")),
    "КІНЕЦЬ",
    "КОПІЯ",
    "ФРАГМЕНТ ВИЩЕ НЕДІЙСНИЙ",
    mark_at=1,
)


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def dark(data: bytes) -> int:
    return sum(picture(data).convert("L").histogram()[:128])


def test_original_as_text_has_its_end_line_and_no_mark() -> None:
    assert paper_as_text(PAPER, "ab12") == (
        "Чек № 000412\n"
        "СУМА      48.90\n"
        "     +--------------------+\n"
        "     | [QR https://a.b/c] |\n"
        "     +--------------------+\n"
        "#ab12                     КІНЕЦЬ\n"
    )


def test_copy_as_text_is_marked_twice() -> None:
    assert paper_as_text(PAPER, "ab12", 2) == (
        "Чек № 000412\n"
        "            КОПІЯ 2\n"
        "СУМА      48.90\n"
        "     +--------------------+\n"
        "     | [QR https://a.b/c] |\n"
        "     +--------------------+\n"
        "            КОПІЯ 2\n"
        "#ab12                     КІНЕЦЬ\n"
    )


ELEMENTS = Paper(
    32,
    (
        Barcode("400638133393", "EAN13"),
        Dots(16, b"\xff\xff" * 8, "a black bar"),
        Dots(16, b"\xff\xff" * 8),
        Barcode("not an EAN", "EAN13"),
        TextLine("WIDE", wide=True, bold=True),
    ),
    "END",
    "COPY",
    "VOID",
)


def test_codes_and_pictures_as_text_are_boxes_with_their_words() -> None:
    text = paper_as_text(ELEMENTS)
    for shown in ("| [EAN13 400638133393] |", "| [IMAGE a black bar] |", "| [IMAGE 16x8] |", "| [EAN13 not an EAN] |"):
        assert shown in text


def test_codes_and_pictures_stand_in_the_middle_of_the_picture() -> None:
    shown = picture(render_paper(ELEMENTS)).convert("L")
    ink = [x for x in range(shown.width) if shown.getpixel((x, 16)) == 0]
    assert len(ink) > 80, "the bars"
    assert abs(ink[0] - (shown.width - 1 - ink[-1])) <= 2
    assert dark(render_paper(ELEMENTS)) > dark(render_paper(Paper(32, ELEMENTS.blocks[3:], "END", "COPY", "VOID")))


def test_bars_of_a_simulated_printer_are_those_of_the_code() -> None:
    printer = SimulatedPrinter(columns=32)
    printer.accept(b"\x1dh\x50\x1dw\x02\x1dk\x43\x0d4006381333931\x1dVB\x00")
    printer.run_until(60)
    shown = picture(render_pieces(printer.pieces, 32)).convert("L")
    bars = "".join("1" if shown.getpixel((16 + x, 30)) == 0 else "0" for x in range(0, 190, 2))
    assert bars == ("10100011010100111010111101111010001001011001101010100001010000101000010111010010000101100110101")


def test_document_without_job_has_no_end_line() -> None:
    assert "КІНЕЦЬ" not in paper_as_text(PAPER)


def test_long_qr_content_is_broken_inside_its_box() -> None:
    text = paper_as_text(Paper(32, (QrCode("x" * 100),), "END", "COPY", "VOID"))
    assert max(map(len, text.splitlines())) <= 32
    assert text.count("x") == 100


@pytest.mark.parametrize(("columns", "dots"), [(48, 576), (42, 512), (32, 384)])
def test_picture_is_as_wide_as_the_paper_and_its_margins(columns: int, dots: int) -> None:
    assert picture(render_text("x", columns)).width == dots + 32
    assert picture(render_paper(Paper(columns, (TextLine("x"),), "END", "COPY", "VOID"))).width == dots + 32


def test_picture_shows_cyrillic_and_not_boxes() -> None:
    boxes = render_text("\U000f0000" * 8, 32)
    pictures = {dark(render_text(char * 8, 32)) for char in "ІЇЄҐжщ№₴"}
    assert dark(boxes) not in pictures
    assert len(pictures) > 5


def test_tall_line_takes_two_lines_of_the_picture() -> None:
    one, two = (
        picture(render_paper(Paper(32, (TextLine("x", tall=tall),), "END", "COPY", "VOID"))) for tall in (False, True)
    )
    assert two.height - one.height == 30


def test_copy_picture_is_two_lines_higher_and_repeatable() -> None:
    original, copy = render_paper(PAPER, "ab12"), render_paper(PAPER, "ab12", 1)
    assert picture(copy).height - picture(original).height == 60
    assert render_paper(PAPER, "ab12") == original


def test_simulated_paper_becomes_a_picture_with_all_it_has() -> None:
    printer = SimulatedPrinter(columns=32)
    data = (
        b"\x1b!\x38big\n\x1b@\x1b{\x01down\n\x1b{\x00\x1dB\x01inverse\n\x1dB\x00\x1b-\x01under\n\x1b@"
        b"\x1d(k\x06\x001P0abc\x1d(k\x03\x001Q0\x1dk\x49\x05{B123\x1dv0\x00\x02\x00\x01\x00\xff\xff\x1dVB\x00"
    )
    printer.accept(data)
    printer.run_until(60)
    assert len(printer.pieces[0].printed) == 7
    png = render_pieces(printer.pieces, 32)
    assert picture(png).format == "PNG"
    assert dark(png) > dark(render_pieces(printer.pieces[1:], 32))


def test_picture_of_very_much_paper_shows_its_end() -> None:
    text = "x\n" * 2000
    assert picture(render_text(text, 32)).height <= MAX_HEIGHT + 32


def test_font_ships_with_its_licence() -> None:
    font = resources.files("drivers.printers") / "font"
    assert (font / "DejaVuSansMono.ttf").read_bytes()[:4] == b"\x00\x01\x00\x00"
    assert "Bitstream" in (font / "LICENSE.txt").read_text()
