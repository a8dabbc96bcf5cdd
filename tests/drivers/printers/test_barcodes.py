"""Bar codes against the examples of their standards, and what may not stand in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers import barcodes
from statemachines.vocabulary.paper import Barcode, Symbology
from tests.drivers.printers.test_dots import rows

# Modules as published (GS1, AIM, encyclopaedias), written down character by character.
EAN13 = "101 0001101 0100111 0101111 0111101 0001001 0110011 01010 1000010 1000010 1000010 1110100 1000010 1100110 101"
UPC_A = "101 0001101 0111101 0101111 0001101 0001101 0001101 01010 1101100 1110100 1100110 1011100 1001110 1101100 101"
EAN8 = "101 0001011 0101111 0111101 0110111 01010 1001110 1110010 1000100 1011100 101"
CODE93_TEST93 = "101011110 110100110 110010010 110101100 110100110 100001010 101000010 101110110 100100010 101011110 1"
CODE39_A1 = "1000101110111010 1110101000101110 1110100010101110 100010111011101"
CODE128_PJJ123C = (
    "11010010000 11101110110 10110111000 10110111000 10011100110 11001110010 11001011100 10001000110 "
    "11101000110 1100011101011"
)
PUBLISHED: list[tuple[Symbology, str, str]] = [
    ("EAN13", "400638133393", EAN13),
    ("UPC-A", "03600029145", UPC_A),
    ("EAN8", "9638507", EAN8),
    ("CODE93", "TEST93", CODE93_TEST93),
    ("CODE39", "A1", CODE39_A1),
    ("CODE128", "PJJ123C", CODE128_PJJ123C),
]


def modules(code: Barcode) -> str:
    (row,) = set(rows(barcodes.drawn(code, 1)))
    return row.replace("#", "1").replace(".", "0")


@pytest.mark.parametrize(("symbology", "content", "published"), PUBLISHED)
def test_bars_are_the_published_ones(symbology: Symbology, content: str, published: str) -> None:
    assert modules(Barcode(content, symbology, height=3, readable=False)) == published.replace(" ", "")


def test_itf_weaves_two_digits_into_five_bars_and_five_spaces() -> None:
    """1 is wide, narrow, narrow, narrow, wide in the bars; 2 is narrow, wide, narrow, narrow, wide in the spaces."""
    bars, spaces = "wnnnw", "nwnnw"
    width = {"n": 1, "w": 3}
    pair = "".join("1" * width[bar] + "0" * width[space] for bar, space in zip(bars, spaces, strict=True))
    assert modules(Barcode("12", "ITF", height=3, readable=False)) == "1010" + pair + "11101"


@pytest.mark.parametrize(
    ("symbology", "content", "whole"),
    [
        ("EAN13", "400638133393", "4006381333931"),
        ("EAN13", "4006381333931", "4006381333931"),
        ("EAN8", "9638507", "96385074"),
        ("UPC-A", "03600029145", "036000291452"),
        ("ITF", "0014", "0014"),
    ],
)
def test_check_digit_is_added_or_verified(symbology: Symbology, content: str, whole: str) -> None:
    assert barcodes.checked(Barcode(content, symbology)) == whole


@pytest.mark.parametrize(
    ("symbology", "content", "words"),
    [
        ("EAN13", "4006381333932", "last digit would have to be 1"),
        ("EAN13", "40063", "12 digits, or 13"),
        ("EAN8", "9638507x", "7 digits, or 8"),
        ("UPC-A", "١٢٣٤٥٦٧٨٩٠١", "11 digits"),
        ("ITF", "123", "even number of digits"),
        ("CODE39", "abc", "capital letters"),
        ("CODE93", "Ж", "capital letters"),
        ("CODE128", "Ціна", "from blank to ~"),
        ("CODE128", "a\x10\x04\x01", "from blank to ~"),
        ("CODE128", "", "0 characters"),
        ("CODE128", "1" * 81, "81 characters"),
    ],
)
def test_what_may_not_stand_in_a_code_is_said_in_one_sentence(symbology: Symbology, content: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        barcodes.checked(Barcode(content, symbology))


@pytest.mark.parametrize(("height", "module"), [(0, 2), (256, 2), (80, 0), (80, 7)])
def test_size_has_limits(height: int, module: int) -> None:
    with pytest.raises(ValueError, match="dots high"):
        barcodes.checked(Barcode("1234", height=height, module=module))


ANY = st.one_of(
    st.builds(Barcode, st.from_regex(r"[0-9]{12}", fullmatch=True), st.just("EAN13"), readable=st.booleans()),
    st.builds(Barcode, st.from_regex(r"([0-9]{2}){1,20}", fullmatch=True), st.just("ITF"), readable=st.booleans()),
    st.builds(Barcode, st.from_regex(r"[0-9A-Z. $/+%-]{1,20}", fullmatch=True), st.sampled_from(["CODE39", "CODE93"])),
    st.builds(Barcode, st.from_regex(r"[ -~]{1,30}", fullmatch=True), st.just("CODE128"), readable=st.booleans()),
)


@given(ANY)
def test_width_that_is_told_before_is_never_exceeded(code: Barcode) -> None:
    told = barcodes.modules(code)
    drawn = len(modules(Barcode(code.content, code.symbology, 1, 1, readable=False)))
    assert drawn <= told
    assert told - drawn <= (0 if code.symbology != "CODE128" else 11 * len(code.content))


@given(ANY, st.integers(100, 576))
def test_module_is_chosen_so_that_the_code_fits_with_its_quiet_zone(code: Barcode, width: int) -> None:
    module = barcodes.fitting(code, width)
    assert 0 <= module <= code.module
    assert (barcodes.modules(code) + 2 * barcodes.QUIET) * module <= width


def test_characters_stand_in_the_middle_below_the_bars() -> None:
    image = barcodes.drawn(Barcode("96385074", "EAN8", height=10), 2)
    shown = rows(image)
    assert (image.width, len(shown)) == (134, 10 + 2 + 24)
    assert shown[10:12] == ["." * 134] * 2
    below = shown[12:]
    left = min(row.index("#") for row in below if "#" in row)
    right = max(row.rindex("#") for row in below if "#" in row)
    assert abs(left - (134 - 1 - right)) <= 4
