"""Lines, codes and pictures as dots: against pictures that a person has looked at, and against another way to draw."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from drivers.printers import alphabets, dots
from statemachines.vocabulary.paper import Image

GOLDEN = Path(__file__).parent / "golden" / "drawn"
FONT = Path(dots.__file__).parent / "font" / "DejaVuSansMono.ttf"
MARKET = "".join(alphabets.letters(language) for language in ("uk", "be", "ru", "az", "bg", "en")) + "₴№0123456789"


def rows(image: Image) -> list[str]:
    """`#` for black, `.` for white."""
    data, stride = image.data, image.stride
    lines = (format(int.from_bytes(data[at : at + stride], "big"), f"0{stride * 8}b") for at in starts(image))
    return [line[: image.width].replace("1", "#").replace("0", ".") for line in lines]


def starts(image: Image) -> range:
    return range(0, len(image.data), max(1, image.stride))


# Each was drawn once and looked at by a person; what they hold, letter by letter, is their file's text here.
DRAWN = {
    "ukrainian": dots.line("ІіЇїЄєҐґ"),
    "belarusian": dots.line("Ўў Ёё Ъы"),
    "azerbaijani": dots.line("Əə Ğğ İı Şş Çç"),
    "signs": dots.line("₴№…«»×€°"),
    "ascii": dots.line("Ag0#@%&{|}~"),
    "tall": dots.line("Їə", tall=True),
    "wide": dots.line("Їə", wide=True),
    "bold": dots.line("Їə₴", bold=True),
}


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_line_is_dot_for_dot_the_picture_that_was_approved(name: str) -> None:
    assert rows(DRAWN[name]) == (GOLDEN / f"{name}.txt").read_text().splitlines()


def test_every_approved_picture_is_compared() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(DRAWN)


@pytest.mark.parametrize("char", sorted(set(MARKET)))
def test_letter_looks_as_the_font_draws_it_four_times_as_large(char: str) -> None:
    """Another way to the same letter: drawn large in greys, made smaller, split at half black."""
    large = Pictures.new("L", (dots.CELL * 4, dots.HEIGHT * 4), 0)
    ImageDraw.Draw(large).text((0, 0), char, fill=255, font=ImageFont.truetype(str(FONT), 80))
    small = large.resize((dots.CELL, dots.HEIGHT), Pictures.Resampling.BOX)
    theirs = {at for at, grey in enumerate(small.tobytes()) if grey > 100}
    ours = {at for at, dot in enumerate("".join(rows(dots.line(char)))) if dot == "#"}
    assert len(ours & near(theirs)) >= 0.9 * len(ours)
    assert len(theirs & near(ours)) >= 0.9 * len(theirs)


def near(cells: set[int]) -> set[int]:
    """With their neighbours: hinting moves a stem by one dot."""
    return {at + step for at in cells for step in (0, 1, -1, dots.CELL, -dots.CELL)}


def test_no_letter_of_the_markets_is_the_empty_box() -> None:
    box = rows(dots.line("漢"))
    assert all(rows(dots.line(char)) != box for char in MARKET)
    assert len({tuple(rows(dots.line(char))) for char in "ІЇЄҐЎƏ₴їєґўəіi"}) >= 13  # Cyrillic і is Latin i


@given(st.text("Їжа ціна₴ ABCəў.,0", max_size=48), st.booleans(), st.booleans(), st.booleans())
def test_every_character_stays_in_its_cell(text: str, tall: bool, wide: bool, bold: bool) -> None:
    whole = rows(dots.line(text, tall=tall, wide=wide, bold=bold))
    step = dots.CELL * (1 + wide)
    assert len(whole) == (dots.HEIGHT * (1 + tall) if text.rstrip() else 0)
    for column, char in enumerate(text.rstrip()):
        cell = [row[column * step : (column + 1) * step] for row in whole]
        alone = rows(dots.line(char, tall=tall, wide=wide, bold=bold)) or ["." * step] * len(cell)
        assert cell == alone


def test_line_is_as_wide_as_its_last_character_reaches() -> None:
    assert dots.line("ab   ").width == 2 * dots.CELL
    assert dots.line("   ").width == 0
    assert dots.line("a\N{COMBINING ACUTE ACCENT}b").width == 2 * dots.CELL
    assert dots.line("a\x1b\u202eb").width == 2 * dots.CELL


def test_qr_symbol_is_made_of_whole_modules_and_fits_the_paper() -> None:
    symbol = dots.qr_code("https://cabinet.tax.gov.ua/cashregs/check?id=17", 6, 384)
    assert symbol.width == symbol.height
    assert symbol.width % 6 == 0
    finder = rows(symbol)[: 7 * 6]
    assert [row[: 7 * 6] for row in finder[:6]] == ["#" * 42] * 6
    assert finder[6][:42] == "######" + "." * 30 + "######"
    narrow = dots.qr_code("x" * 200, 6, 100)
    assert narrow.width <= 100


@pytest.mark.parametrize(("content", "width"), [("x" * 3000, 576), ("x" * 500, 60)])
def test_qr_symbol_that_cannot_be_is_an_error(content: str, width: int) -> None:
    with pytest.raises(ValueError, match="QR code"):
        dots.qr_code(content, 4, width)


def png(picture: Pictures.Image, path: Path) -> Path:
    out = io.BytesIO()
    picture.save(out, "PNG")
    path.write_bytes(out.getvalue())
    return path


def test_picture_file_keeps_black_and_white_and_what_is_clear_is_paper(tmp_path: Path) -> None:
    picture = Pictures.new("RGBA", (9, 3), (0, 0, 0, 0))
    picture.putpixel((0, 0), (0, 0, 0, 255))
    picture.putpixel((8, 2), (0, 0, 0, 255))
    picture.putpixel((4, 1), (255, 255, 255, 255))
    found = dots.picture(png(picture, tmp_path / "logo.png"), 576, 400)
    assert rows(found) == ["#........", ".........", "........#"]
    assert len(found.data) == 3 * 2


def test_grey_is_dithered_to_as_many_dots(tmp_path: Path) -> None:
    found = dots.picture(png(Pictures.new("L", (80, 80), 128), tmp_path / "grey.png"), 576, 400)
    black = sum(row.count("#") for row in rows(found))
    assert 0.45 < black / 6400 < 0.55


def test_large_picture_is_made_to_fit_in_its_proportions(tmp_path: Path) -> None:
    found = dots.picture(png(Pictures.new("1", (1000, 500), 0), tmp_path / "big.png"), 384, 400)
    assert (found.width, found.height) == (384, 192)
    found = dots.picture(tmp_path / "big.png", 576, 100)
    assert (found.width, found.height) == (200, 100)


@pytest.mark.parametrize(
    ("content", "words"), [(b"no picture", "no picture that can be read"), (None, "No such file"), (b"", "no picture")]
)
def test_unreadable_picture_says_why(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "logo.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(dots.UnreadablePicture, match=words):
        dots.picture(path, 576, 400)


def test_picture_that_is_too_large_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    small = png(Pictures.new("1", (8, 8), 0), tmp_path / "bomb.png").read_bytes()
    claims = small[:16] + (60_000).to_bytes(4, "big") * 2 + small[24:]
    (tmp_path / "bomb.png").write_bytes(claims)
    with pytest.raises(dots.UnreadablePicture):
        dots.picture(tmp_path / "bomb.png", 576, 400)


@pytest.mark.parametrize(("width", "data"), [(0, b""), (8, b""), (9, b"abc"), (5000, bytes(625))])
def test_dots_that_are_no_whole_rows_are_an_error(width: int, data: bytes) -> None:
    with pytest.raises(ValueError, match="no picture"):
        dots.checked(Image(width, data))


def test_narrowed_picture_keeps_its_shape() -> None:
    square = dots.bits([[True] * 100] * 100)
    found = dots.narrowed(square, 48)
    assert (found.width, found.height) == (48, 48)
    assert rows(found) == ["#" * 48] * 48
    assert dots.narrowed(square, 100) is square
