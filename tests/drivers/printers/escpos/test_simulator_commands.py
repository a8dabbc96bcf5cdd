"""The simulated printer's paper, against bytes written by hand from the manual and made by python-escpos."""

from __future__ import annotations

import warnings

import pytest
from escpos.printer import Dummy

from drivers.printers.escpos.simulated.paper import PrintedBarcode, PrintedImage, PrintedLine, PrintedQr
from drivers.printers.escpos.simulator import SimulatedPrinter

RASTER_2X2 = b"\x1dv0\x00\x01\x00\x02\x00\xc0\x80"


def printed(data: bytes, printer: SimulatedPrinter | None = None) -> SimulatedPrinter:
    printer = printer or SimulatedPrinter()
    sent = 0
    while sent < len(data):
        sent += printer.accept(data[sent:])
        due = printer.next_change()
        printer.run_until(printer.now + 0.1 if due is None else due)
    printer.run_until(printer.now + 60)
    return printer


def lines(printer: SimulatedPrinter) -> list[PrintedLine]:
    return [mark for piece in printer.pieces for mark in piece.printed if isinstance(mark, PrintedLine)]


def texts(data: bytes, **options: int) -> list[str]:
    return [line.text for line in lines(printed(data, SimulatedPrinter(**options)))]  # type: ignore[arg-type]  # columns only


@pytest.mark.parametrize(
    ("page", "data"),
    [
        (17, b"\x92\x85\x91\x92"),
        (44, b"\x92\x85\x91\x92"),
        (46, b"\xd2\xc5\xd1\xd2"),
    ],
)
def test_text_is_decoded_with_the_selected_code_page(page: int, data: bytes) -> None:
    assert texts(b"\x1bt" + bytes((page,)) + data + b"\n") == ["ТЕСТ"]


def test_ukrainian_letters_of_cp1125_and_cp1251() -> None:
    assert texts(b"\x1bt\x2c\xf6\xf7\xf8\xf9\xf4\xf5\xf2\xf3\n") == ["ІіЇїЄєҐґ"]
    assert texts(b"\x1bt\x2e\xb2\xb3\xaf\xbf\xaa\xba\xa5\xb4\n") == ["ІіЇїЄєҐґ"]


def test_unknown_code_page_is_ignored() -> None:
    assert texts(b"\x1bt\x2e\x1bt\xfe\xb2\n") == ["І"]


def test_initialize_sets_the_code_page_back() -> None:
    assert texts(b"\x1bt\x2e\x1b@\xb2\n") == ["▓"]


def test_kanji_printer_makes_hieroglyphs_until_fs_dot() -> None:
    chinese = printed(b"\x1bt\x49\xd2\xc5\xd1\xd2\n", SimulatedPrinter("cjk"))
    assert lines(chinese)[0].text != "ТЕСТ"
    assert lines(printed(b"\x1c.\x1bt\x49\xd2\xc5\xd1\xd2\n", SimulatedPrinter("cjk")))[0].text == "ТЕСТ"


def test_kanji_mode_comes_back_with_initialize() -> None:
    chinese = printed(b"\x1c.\x1b@\x1bt\x49\xd2\xc5\xd1\xd2\n", SimulatedPrinter("cjk"))
    assert lines(chinese)[0].text != "ТЕСТ"


def test_national_characters_of_germany() -> None:
    assert texts(b"\x1bR\x02[\\]{|}~\n") == ["ÄÖÜäöüß"]


def test_long_line_breaks_in_the_middle_of_a_word_at_the_edge() -> None:
    assert texts(b"x" * 50 + b"\n") == ["x" * 48, "xx"]
    assert texts(b"x" * 33 + b"\n", columns=32) == ["x" * 32, "x"]


def test_full_line_and_line_feed_are_one_line() -> None:
    assert texts(b"x" * 48 + b"\n") == ["x" * 48]


def test_font_b_takes_sixty_four_columns() -> None:
    assert texts(b"\x1bM\x01" + b"x" * 64 + b"\n") == ["x" * 64]


@pytest.mark.parametrize(("n", "text"), [(1, " " * 22 + "abcd"), (2, " " * 44 + "abcd"), (0x31, " " * 22 + "abcd")])
def test_alignment_places_the_line(n: int, text: str) -> None:
    assert texts(b"\x1ba" + bytes((n,)) + b"abcd\n") == [text]


def test_alignment_inside_a_line_is_ignored() -> None:
    assert texts(b"ab\x1ba\x02cd\n") == ["abcd"]


def test_left_margin_and_tab_and_position_become_blanks() -> None:
    assert texts(b"\x1dL\x18\x00ab\n") == ["  ab"]
    assert texts(b"a\tb\n") == ["a       b"]
    assert texts(b"\x1bD\x04\x00a\tb\n") == ["a   b"]
    assert texts(b"\x1b$\x24\x00ab\n") == ["   ab"]


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (b"\x1bE\x01", "bold"),
        (b"\x1bG\x01", "bold"),
        (b"\x1b!\x08", "bold"),
        (b"\x1b-\x01", "underlined"),
        (b"\x1b{\x01", "upside_down"),
        (b"\x1dB\x01", "inverted"),
        (b"\x1d!\x01", "tall"),
        (b"\x1b!\x10", "tall"),
        (b"\x1d!\x10", "wide"),
        (b"\x1b!\x20", "wide"),
        (b"\x1bM\x01", "small"),
    ],
)
def test_print_mode_is_seen_on_the_line_and_nowhere_else(command: bytes, field: str) -> None:
    plain, marked = lines(printed(b"a\n" + command + b"a\n"))
    flags = ("bold", "underlined", "upside_down", "inverted", "tall", "wide", "small")
    assert not any(getattr(plain, name) for name in flags)
    assert [name for name in flags if getattr(marked, name)] == [field]


def test_esc_d_feeds_lines_and_esc_j_dots() -> None:
    printer = printed(b"a\x1bd\x03b\n")
    assert [line.text for line in lines(printer)] == ["a", "", "", "b"]
    before = printer.lines
    printed(b"\x1bJ\x3c", printer)
    assert printer.lines == before + 2


def test_line_spacing_changes_the_paper_that_is_used() -> None:
    assert printed(b"\x1b3\x3ca\na\n").lines == 4
    assert printed(b"\x1b3\x3c\x1b2a\na\n").lines == 2


def test_peripheral_select_turns_a_deaf_ear_until_it_is_selected_again() -> None:
    assert texts(b"\x1b=\x02lost\n\x1b=\x01kept\n") == ["kept"]


@pytest.mark.parametrize(
    ("command", "ending"),
    [(b"\x1dVA\x00", "full_cut"), (b"\x1dVB\x00", "partial_cut"), (b"\x1dVB\x40", "partial_cut")],
)
def test_cut_with_feed_leaves_everything_on_the_piece(command: bytes, ending: str) -> None:
    printer = printed(b"one\n" + command + b"two\n")
    assert [(p.text_lines, p.ending) for p in printer.pieces] == [(("one",), ending), (("two",), "in_printer")]


@pytest.mark.parametrize("command", [b"\x1dV\x00", b"\x1dV\x01", b"\x1dV0", b"\x1bi", b"\x1bm"])
def test_cut_without_feed_leaves_the_last_lines_below_the_knife(command: bytes) -> None:
    printer = printed(b"".join(b"%d\n" % n for n in range(8)) + command)
    first, second = printer.pieces
    assert first.text_lines == ("0", "1", "2", "3")
    assert second.text_lines == ("4", "5", "6", "7")


def test_cut_in_the_middle_of_a_line_is_ignored() -> None:
    assert [piece.ending for piece in printed(b"abc\x1dVB\x00def\n").pieces] == ["in_printer"]


def test_qr_by_hand_from_the_manual() -> None:
    data = b"\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x05\x1d(k\x03\x001E1\x1d(k\x0e\x001P0https://a.b\x1d(k\x03\x001Q0"
    (mark,) = printed(data).pieces[0].printed
    assert mark == PrintedQr("https://a.b", 5, "M", 0, 25 * 5 - 4 * 5)


def test_qr_that_was_never_stored_prints_nothing() -> None:
    assert printed(b"\x1d(k\x03\x001Q0").pieces == ()


def test_raster_picture_by_hand() -> None:
    (mark,) = printed(RASTER_2X2).pieces[0].printed
    assert mark == PrintedImage(1, 8, 2, (b"\xc0", b"\x80"))


def test_raster_in_double_size() -> None:
    (mark,) = printed(b"\x1dv0\x03\x01\x00\x01\x00\xa0").pieces[0].printed
    assert mark == PrintedImage(1, 16, 2, (b"\xcc\x00", b"\xcc\x00"))


@pytest.mark.parametrize(
    "store", [b"\x1d(L\x0c\x000p0\x01\x011\x08\x00\x02\x00", b"\x1d8L\x0c\x00\x00\x000p0\x01\x011\x08\x00\x02\x00"]
)
def test_graphics_are_stored_and_then_printed(store: bytes) -> None:
    assert printed(store + b"\xc0\x80").pieces == ()
    (mark,) = printed(store + b"\xc0\x80" + b"\x1d(L\x02\x0002").pieces[0].printed
    assert isinstance(mark, PrintedImage)
    assert mark.rows == (b"\xc0", b"\x80")


def test_column_image_is_the_same_picture() -> None:
    (mark,) = printed(b"\x1b*\x21\x02\x00\x80\x00\x00\x00\x00\x01\n").pieces[0].printed
    assert isinstance(mark, PrintedImage)
    assert (mark.width, mark.rows[0], mark.rows[23]) == (2, b"\x80", b"\x40")


def test_barcodes_of_both_forms() -> None:
    (a,) = printed(b"\x1dh\x50\x1dH\x02\x1dk\x024006381333931\x00").pieces[0].printed
    assert a == PrintedBarcode(67, "4006381333931", readable=True, dots=110, module=3)
    (b,) = printed(b"\x1dw\x02\x1ba\x01\x1dk\x49\x07{B12345").pieces[0].printed
    assert b == PrintedBarcode(73, "12345", readable=False, dots=162, module=2, left=(576 - 180) // 2)
    (c,) = printed(b"\x1dk\x49\x08{C\x0c\x22{B{{").pieces[0].printed
    assert isinstance(c, PrintedBarcode)
    assert c.data == "1234{"


@pytest.mark.parametrize(
    "wrong",
    [
        b"\x1dk\x43\x0c40063813339X",  # a letter in an EAN13
        b"\x1dk\x43\x0540063",  # too few digits
        b"\x1dk\x46\x03123",  # ITF wants pairs
        b"\x1dk\x45\x02ab",  # CODE39 has no small letters
        b"\x1dk\x49\x0512345",  # CODE128 without a code set
        b"\x1dk\x49\x03{C\x64",  # no pair of digits is 100
        b"\x1dw\x06\x1dk\x49\x16{B12345678901234567890",  # wider than the paper
        b"\x1dk\x4f\x02ab",  # no such symbology here
    ],
)
def test_barcode_that_a_printer_would_not_print_is_not_printed_and_nothing_is_said(wrong: bytes) -> None:
    assert texts(wrong + b"next\n") == ["next"]


def test_page_mode_prints_on_form_feed_only() -> None:
    assert texts(b"\x1bLone\ntwo\n") == []
    assert texts(b"\x1bLone\ntwo\n\x0cthree\n") == ["one", "two", "three"]
    assert texts(b"\x1bLone\n\x18two\n\x0c") == ["two"]


def test_python_escpos_receipt_is_read_as_meant() -> None:
    dummy = Dummy()
    dummy.set(bold=True, double_height=True, align="center")
    dummy.text("TOTAL\n")
    dummy.set(bold=False, normal_textsize=True, align="left")
    dummy.textln("plain")
    dummy.qr("https://example.org/x", size=5, native=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dummy.barcode("{B12345", "CODE128", function_type="B", check=False)
    dummy.cut()
    dummy.cashdraw(2)
    printer = printed(bytes(dummy.output))
    total, plain, qr, barcode = printer.pieces[0].printed[:4]
    assert isinstance(total, PrintedLine)
    assert (total.text.strip(), total.bold, total.tall) == ("TOTAL", True, True)
    assert plain == PrintedLine("plain")
    assert isinstance(qr, PrintedQr)
    assert qr.content == "https://example.org/x"
    assert isinstance(barcode, PrintedBarcode)
    assert barcode.data == "12345"
    assert printer.pieces[0].ending == "full_cut"
    assert [(p.connector, p.seconds) for p in printer.pulses] == [(0, 0.1)]


@pytest.mark.parametrize("impl", ["bitImageRaster", "graphics", "bitImageColumn"])
def test_python_escpos_image_arrives_dot_by_dot(impl: str) -> None:
    from PIL import Image

    picture = Image.new("1", (16, 24), 1)
    for at in range(16):
        picture.putpixel((at, at), 0)
    dummy = Dummy()
    dummy.image(picture, impl=impl)
    images = [mark for piece in printed(bytes(dummy.output)).pieces for mark in piece.printed]
    (image,) = [mark for mark in images if isinstance(mark, PrintedImage)]
    assert [int.from_bytes(row, "big") for row in image.rows[:16]] == [0x8000 >> at for at in range(16)]
    assert not any(any(row) for row in image.rows[16:])


@pytest.mark.parametrize(
    "unknown",
    [
        b"\x1d(E\x03\x00\x01IN",
        b"\x1d(K\x02\x00\x32\x00",
        b"\x1d(N\x02\x00\x30\x31",
        b"\x1d(M\x02\x00\x01\x00",
        b"\x1d(D\x03\x00\x14\x01\x01",
        b"\x1c(A\x02\x00\x30\x00",
        b"\x1b(A\x04\x00\x30\x31\x01\x01",
        b"\x1bc5\x01",
        b"\x1bV\x00",
        b"\x1b&\x03AB\x01abc\x02abcdef",
        b"\x1cq\x01\x01\x00\x01\x00abcdefgh",
        b"\x1d*\x01\x01abcdefgh",
        b"\x1dC0\x03\x00",
        b"\x1dC;1;2;3;4;5;",
        b"\x1cg1\x00\x00\x00\x00\x00\x03\x00abc",
        b"\x1cg2\x00\x00\x00\x00\x00\x03\x00",
        b"\x1c2\x81\x40" + b"x" * 72,
        b"\x1bW" + b"abcdefgh",
        b"\x10\x14\x07\x01",
        b"\x10\x04\x07\x01",
    ],
)
def test_command_without_effect_is_skipped_to_its_last_byte(unknown: bytes) -> None:
    assert texts(b"a\n" + unknown + b"b\n") == ["a", "b"]


def test_picture_larger_than_memory_is_counted_to_its_end() -> None:
    size = 10 + 80 * 4000
    data = b"\x1d8L" + size.to_bytes(4, "little") + b"0p0\x01\x011" + b"\x80\x02\xa0\x0f" + b"\xff" * (80 * 4000)
    assert texts(data + b"after\n") == ["after"]
