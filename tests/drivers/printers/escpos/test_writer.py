"""What a paper's elements become on a printer that has all, on one that only draws, and on one that has text alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from drivers.printers import dots
from drivers.printers.escpos import commands
from drivers.printers.escpos.encode import Heading, encode
from drivers.printers.escpos.means import CodePage, Knife, Means
from drivers.printers.escpos.simulated.paper import (
    Piece,
    Printed,
    PrintedBarcode,
    PrintedImage,
    PrintedLine,
    PrintedQr,
)
from drivers.printers.escpos.simulator import SimulatedPrinter
from statemachines.vocabulary.paper import Barcode, Block, Image, Paper, QrCode, TextLine
from tests.drivers.printers.escpos.rig import job

GOLDEN = Path(__file__).parents[1] / "golden" / "drawn"
OWN = Means(page=CodePage("cp1251", 46), dots=384)
DRAWS = Means(page=None, dots=384, qr=False, barcodes=False)
TEXT_ALONE = Means(page=None, dots=384, draws=False, qr=False, barcodes=False)
LINK = "https://cabinet.tax.gov.ua/cashregs/check?id=17"


def paper_of(*blocks: Block, means: Means, logo: Heading | None = None, mark_at: int = 0) -> Piece:
    """Encode, print on a printer of 32 columns, and return the paper without the END line."""
    document = Paper(32, blocks, "END", "COPY", "VOID", mark_at)
    data = encode(job(paper=document), means, logo=logo).data
    printer = SimulatedPrinter(columns=32, buffer_bytes=1_000_000)
    assert printer.accept(data) == len(data)
    printer.run_until(60.0)
    pieces = printer.pieces
    assert len(pieces) == 1
    return Piece(pieces[0].printed[:-1], pieces[0].ending)


def dots_of(marks: tuple[Printed, ...]) -> list[str]:
    """The rows of the pictures among `marks`, one below the other."""
    found = []
    for mark in marks:
        if isinstance(mark, PrintedImage):
            bits = [format(int.from_bytes(row, "big"), f"0{len(row) * 8}b")[: mark.width] for row in mark.rows]
            found += [row.replace("1", "#").replace("0", ".") for row in bits]
    return found


# --- text -------------------------------------------------------------------------------------------------------


def test_line_that_the_page_has_is_text() -> None:
    (mark,) = paper_of(TextLine("Ґанок їй — 5"), means=OWN).printed
    assert mark == PrintedLine("Ґанок їй — 5")


@pytest.mark.parametrize("name", ["ukrainian", "belarusian", "azerbaijani", "tall", "wide", "bold"])
def test_line_that_the_page_lacks_is_drawn_as_approved(name: str) -> None:
    line = {
        "ukrainian": TextLine("ІіЇїЄєҐґ"),
        "belarusian": TextLine("Ўў Ёё Ъы"),
        "azerbaijani": TextLine("Əə Ğğ İı Şş Çç"),
        "tall": TextLine("Їə", tall=True),
        "wide": TextLine("Їə", wide=True),
        "bold": TextLine("Їə₴", bold=True),
    }[name]
    piece = paper_of(line, means=DRAWS)
    shown = dots_of(piece.printed)
    approved = (GOLDEN / f"{name}.txt").read_text().splitlines()
    while not approved[-1].strip("."):
        approved.pop()
    assert [row[: len(approved[0])].ljust(len(approved[0]), ".") for row in shown] == approved


def test_drawn_line_is_as_high_as_a_line_of_text() -> None:
    def height(text: str, *, tall: bool = False) -> int:
        printer = SimulatedPrinter(columns=32)
        line = TextLine(text, tall=tall)
        printer.accept(encode(job(paper=Paper(32, (line,) * 10, "END", "COPY", "VOID")), DRAWS).data)
        printer.run_until(60.0)
        return printer.lines

    assert height("їжа") == height("eda")
    assert height("їжа", tall=True) == height("eda", tall=True)


def test_columns_of_drawn_lines_stand_under_those_of_text() -> None:
    """The same column of figures in two lines, one of which the printer sets itself."""
    price = "12.50"
    (mark,) = paper_of(TextLine("їжа".ljust(27) + price), means=DRAWS).printed
    assert isinstance(mark, PrintedImage)
    assert mark.width == 32 * 12
    figures = dots_of((mark,))
    alone = dots_of(paper_of(TextLine("ї" + price), means=DRAWS).printed)
    rows = min(len(figures), len(alone))
    assert [row[27 * 12 : 32 * 12] for row in figures[:rows]] == [row[12 : 6 * 12] for row in alone[:rows]]


def test_only_lines_that_lack_something_are_drawn() -> None:
    marks = paper_of(TextLine("Total 5"), TextLine("Разом 5"), TextLine("«5» – 4"), means=DRAWS).printed
    assert [type(mark) for mark in marks] == [PrintedLine, PrintedImage, PrintedLine]
    assert marks[2] == PrintedLine('"5" - 4')


def test_other_letters_stand_for_missing_ones_where_that_is_set() -> None:
    means = replace(OWN, page=CodePage("cp866", 17), missing="replace")
    assert paper_of(TextLine("Ціна ґрунту"), means=means).printed == (PrintedLine("Цiна грунту"),)
    drawn = replace(means, missing="draw")
    assert [type(mark) for mark in paper_of(TextLine("Ціна ґрунту"), means=drawn).printed] == [PrintedImage]


def test_printer_that_cannot_draw_gets_other_letters_and_never_nothing() -> None:
    means = replace(TEXT_ALONE, page=CodePage("cp866", 17))
    assert paper_of(TextLine("Ціна ґрунту"), means=means).printed == (PrintedLine("Цiна грунту"),)


def test_unknown_page_selects_the_one_that_every_printer_has() -> None:
    data = encode(job(), DRAWS).data
    assert data.count(bytes.fromhex("1C 2E 1B 74 00 1B 52 00 1B 32")) == 1
    assert data.count(b"\x1bt") == 1


@pytest.mark.parametrize("means", [OWN, DRAWS])
def test_modes_of_a_line_end_with_it(means: Means) -> None:
    marks = paper_of(TextLine("A", tall=True, wide=True, bold=True), TextLine("B"), means=means).printed
    assert marks[1] == PrintedLine("B")
    first = marks[0]
    assert isinstance(first, PrintedLine)
    assert (first.tall, first.wide, first.bold) == (True, True, True)


# --- codes ------------------------------------------------------------------------------------------------------


def test_qr_code_is_the_printers_own_where_it_has_one() -> None:
    (mark,) = paper_of(QrCode(LINK, 4), means=OWN).printed
    assert isinstance(mark, PrintedQr)
    assert (mark.content, mark.module, mark.level) == (LINK, 4, "M")


def test_drawn_qr_code_is_module_for_module_the_printers_own() -> None:
    marks = paper_of(QrCode(LINK, 4), means=DRAWS).printed
    assert {type(mark) for mark in marks} == {PrintedImage}
    shown = dots_of(marks)
    matrix = [["#" if dark else "." for dark in row] for row in dots.qr_matrix(LINK, "M")]
    assert [row[: len(matrix) * 4 : 4] for row in shown[::4]] == ["".join(row) for row in matrix]
    assert len(shown) == len(matrix) * 4


def test_qr_code_in_the_middle_of_the_paper() -> None:
    (own,) = paper_of(QrCode(LINK, 4), means=OWN).printed
    drawn = paper_of(QrCode(LINK, 4), means=DRAWS).printed[0]
    assert isinstance(own, PrintedQr)
    assert isinstance(drawn, PrintedImage)
    assert own.left == (384 - own.dots) // 2
    assert 0 <= own.left - drawn.left < 4, "a raster picture has whole bytes to a row"


def test_link_of_a_code_that_cannot_be_made_stands_there_as_text() -> None:
    lines = paper_of(QrCode(LINK), means=TEXT_ALONE).text_lines
    assert "".join(line.strip() for line in lines) == LINK
    assert max(map(len, lines)) <= 32


def test_code_too_long_for_any_symbol_is_text() -> None:
    content = "x" * 3000
    assert "".join(line.strip() for line in paper_of(QrCode(content), means=DRAWS).text_lines) == content


@pytest.mark.parametrize(
    ("code", "number", "data"),
    [
        (Barcode("400638133393", "EAN13"), 67, "4006381333931"),
        (Barcode("96385074", "EAN8"), 68, "96385074"),
        (Barcode("03600029145", "UPC-A"), 65, "036000291452"),
        (Barcode("AB-12", "CODE39"), 69, "AB-12"),
        (Barcode("001234", "ITF"), 70, "001234"),
        (Barcode("TEST93", "CODE93"), 72, "TEST93"),
        (Barcode("AB{12}", "CODE128"), 73, "AB{12}"),
        (Barcode("160401", "CODE128"), 73, "160401"),
    ],
)
def test_bar_code_is_the_printers_own_where_it_has_them(code: Barcode, number: int, data: str) -> None:
    (mark,) = paper_of(code, means=OWN).printed
    assert isinstance(mark, PrintedBarcode)
    assert (mark.symbology, mark.data, mark.readable, mark.dots) == (number, data, True, 80 + 30)
    drawn = paper_of(code, means=DRAWS).printed
    assert {type(one) for one in drawn} == {PrintedImage}
    assert sum(len(one.rows) for one in drawn if isinstance(one, PrintedImage)) == 80 + 2 + 24


def test_bar_code_that_is_too_wide_is_made_narrower_then_drawn_then_written() -> None:
    (narrower,) = paper_of(Barcode("ABC12345678", "CODE128", module=3), means=OWN).printed
    assert isinstance(narrower, PrintedBarcode)
    assert narrower.module == 2
    (drawn, *_) = paper_of(Barcode("ABC1234567890123456", "CODE128"), means=OWN).printed
    assert isinstance(drawn, PrintedImage)
    written = paper_of(Barcode("ABC" * 20, "CODE128"), means=OWN).text_lines
    assert "".join(line.strip() for line in written) == "ABC" * 20


def test_wrong_content_of_a_bar_code_is_text() -> None:
    assert paper_of(Barcode("4006381333932", "EAN13"), means=OWN).text_lines[0].strip() == "4006381333932"


def test_bar_code_of_a_printer_with_text_alone_is_its_characters() -> None:
    (mark,) = paper_of(Barcode("12345678", "CODE128"), means=TEXT_ALONE).printed
    assert mark == PrintedLine(" " * 12 + "12345678")


# --- pictures ---------------------------------------------------------------------------------------------------

RAMP = dots.bits([[x * 2 < y * 3 for x in range(100)] for y in range(70)])


@pytest.mark.parametrize(("band", "heights"), [(24, [24, 24, 22]), (8, [8] * 8 + [6]), (128, [70])])
def test_picture_is_sent_in_bands_and_arrives_whole(band: int, heights: list[int]) -> None:
    marks = paper_of(RAMP, means=replace(OWN, band=band)).printed
    assert [len(mark.rows) for mark in marks if isinstance(mark, PrintedImage)] == heights
    whole = ["".join("#" if x * 2 < y * 3 else "." for x in range(100)) for y in range(70)]
    assert [row[:100] for row in dots_of(marks)] == whole
    assert {mark.left for mark in marks if isinstance(mark, PrintedImage)} == {(384 - 104) // 2}


def test_every_band_ends_at_a_boundary_where_a_query_may_be_slipped_in() -> None:
    encoded = encode(job(paper=Paper(32, (RAMP,), "END", "COPY", "VOID")), OWN)
    starts = [at for at in range(len(encoded.data)) if encoded.data.startswith(b"\x1dv0", at)]
    assert len(starts) == 3
    assert set(starts) <= set(encoded.boundaries)


def test_picture_wider_than_the_paper_is_made_smaller() -> None:
    wide = dots.bits([[True] * 1000] * 500)
    (mark, *_) = paper_of(wide, means=OWN).printed
    assert isinstance(mark, PrintedImage)
    assert mark.width == 384


def test_picture_on_a_printer_with_text_alone_is_its_words() -> None:
    assert paper_of(replace(RAMP, text="Map of the shop"), means=TEXT_ALONE).text_lines[0].strip() == "Map of the shop"
    assert paper_of(TextLine("x"), RAMP, means=TEXT_ALONE).text_lines == ("x",)


def test_broken_picture_is_refused_before_the_first_byte() -> None:
    with pytest.raises(ValueError, match="no picture"):
        encode(job(paper=Paper(32, (Image(9, b"abc"),), "END", "COPY", "VOID")), OWN)


# --- logo and knife ---------------------------------------------------------------------------------------------


def test_logo_stands_above_a_heading_and_on_no_paper_without_one() -> None:
    logo = Heading(RAMP)
    with_heading = paper_of(TextLine("Shop"), means=OWN, logo=logo, mark_at=1).printed
    assert [type(mark) for mark in with_heading] == [PrintedImage] * 3 + [PrintedLine]
    assert [type(mark) for mark in paper_of(TextLine("x"), means=OWN, logo=logo).printed] == [PrintedLine]


def test_kept_logo_is_eleven_bytes_and_two_alignments() -> None:
    blocks = (TextLine("Shop"),)
    paper = Paper(32, blocks, "END", "COPY", "VOID", 1)
    without = len(encode(job(paper=paper), OWN).data)
    kept = encode(job(paper=paper), OWN, logo=Heading(RAMP, "aZ")).data
    assert len(kept) == without + 3 + 11 + 3
    assert commands.print_stored("aZ") in kept


@pytest.mark.parametrize(
    ("knife", "wire"),
    [
        (Knife(), "1D 56 42 18"),
        (Knife(cut="full"), "1D 56 41 18"),
        (Knife(lines=2, dots=0), "1B 64 02 1D 56 42 00"),
        (Knife(cut="none"), "1B 64 04"),
        (Knife(lines=6, cut="none"), "1B 64 06"),
    ],
)
def test_knife_is_used_as_the_printer_has_it(knife: Knife, wire: str) -> None:
    data = encode(job(), replace(OWN, knife=knife)).data
    assert data.endswith(bytes.fromhex(wire) + commands.process_id("K7Q2"))
    assert (b"\x1dV" in data) == (knife.cut != "none")
