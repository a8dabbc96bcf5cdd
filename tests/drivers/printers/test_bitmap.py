"""Pictures that callers send: black dots, or one sentence; never an exception of another kind, never a bomb."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.bitmap import NO_PNG, UnfitPicture, black_dots
from statemachines.vocabulary.paper import Image
from tests.support.png import COLOUR, GREY_CLEAR, black, chunk, png

SOUND = png([b"\x55\x00", b"\xff\x80"], 9, depth=1)


def test_black_and_white_stay_as_they_are_and_rows_end_in_white() -> None:
    assert black_dots(SOUND, 384, 100) == Image(9, b"\xaa\x80\x00\x00")


def test_what_is_transparent_is_paper() -> None:
    """Black, solid and clear: in a grey picture with a second sample for how solid it is."""
    assert black_dots(png([b"\x00\xff\x00\x00"], 2, colour=GREY_CLEAR), 384, 100) == Image(2, b"\x80")


def test_grey_becomes_as_many_dots_as_it_is_dark() -> None:
    dots = black_dots(png([b"\xc0" * 64] * 64, 64), 384, 100)
    dark = sum(byte.bit_count() for byte in dots.data)
    assert abs(dark / (64 * 64) - 0.25) < 0.02


def test_colours_are_as_dark_as_an_eye_sees_them() -> None:
    yellow, blue = (
        black_dots(png([rgb * 64] * 64, 64, colour=COLOUR), 384, 100) for rgb in (b"\xff\xff\0", b"\0\0\xff")
    )
    assert sum(map(int.bit_count, yellow.data)) < sum(map(int.bit_count, blue.data))


@pytest.mark.parametrize(("width", "height"), [(385, 1), (1, 101), (385, 101)])
def test_a_picture_larger_than_the_paper_is_refused_with_both_sizes(width: int, height: int) -> None:
    with pytest.raises(UnfitPicture, match=f"{width} x {height} dots.*384 x 100"):
        black_dots(black(width, height), 384, 100)


@pytest.mark.parametrize(("width", "height"), [(384, 1), (1, 100), (384, 100)])
def test_a_picture_as_large_as_the_paper_is_taken(width: int, height: int) -> None:
    image = black_dots(black(width, height), 384, 100)
    assert (image.width, image.height) == (width, height)


def test_a_bomb_is_refused_by_its_header_alone() -> None:
    bomb = png([b"\0" * 125_000] * 4, 1_000_000, depth=1, height=1_000_000)
    with pytest.raises(UnfitPicture, match="1000000 x 1000000"):
        black_dots(bomb, 576, 1200)


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"GIF89a" + bytes(40),
        SOUND[:20],
        SOUND[:45],
        SOUND[:-30],
        SOUND.replace(b"IHDR", b"IDAT"),
        png([], 9, depth=1),
        png([b"\x55"], 9, depth=3),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\x06\0\0\0") + chunk(b"IDAT", b"nonsense"),
    ],
)
def test_what_is_no_sound_png_is_refused(file: bytes) -> None:
    with pytest.raises(UnfitPicture):
        black_dots(file, 384, 100)


def test_a_file_that_is_none_is_named_so() -> None:
    with pytest.raises(UnfitPicture, match=NO_PNG):
        black_dots(b"BM" + bytes(60), 384, 100)


@given(st.data())
def test_a_flipped_or_torn_file_is_a_picture_or_refused(data: st.DataObject) -> None:
    file = bytearray(png([bytes(range(16))] * 8, 16))
    for _ in range(data.draw(st.integers(0, 3))):
        file[data.draw(st.integers(0, len(file) - 1))] ^= data.draw(st.integers(1, 255))
    torn = bytes(file[: data.draw(st.integers(0, len(file)))])
    image = Image(8, b"\0")
    with suppress(UnfitPicture):
        image = black_dots(torn, 64, 64)
    assert 1 <= image.width <= 64
    assert 1 <= image.height <= 64
    assert len(image.data) == image.stride * image.height


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(UnfitPicture):
        black_dots(noise, 64, 64)
