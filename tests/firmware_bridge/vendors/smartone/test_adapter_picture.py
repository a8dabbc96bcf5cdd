"""The register's picture of a receipt as dots of the paper."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image as Pictures

from firmware_bridge.vendors.smartone.picture import UnreadablePicture, dots
from statemachines.vocabulary.paper import Image
from tests.firmware_bridge.vendors.smartone.adapter_samples import jpeg


def black(image: Image, x: int, y: int) -> bool:
    return bool(image.data[y * image.stride + x // 8] & 0x80 >> x % 8)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_black_stays_black_and_white_white_without_dust(kind: str) -> None:
    image = dots(jpeg(384, 64, (8, 8, 39, 39), kind), 384)
    assert (image.width, image.height) == (384, 64)
    count = sum(byte.bit_count() for byte in image.data)
    assert abs(count - 32 * 32) <= (0 if kind == "PNG" else 64)
    assert black(image, 20, 20)
    assert not black(image, 200, 20)


def test_a_width_that_is_no_multiple_of_eight_has_no_dots_beyond_its_edge() -> None:
    image = dots(jpeg(21, 4, (0, 0, 20, 3), "PNG"), 384)
    assert (image.width, image.stride) == (21, 3)
    assert image.data == b"\xff\xff\xf8" * 4


def test_a_picture_too_wide_is_made_smaller_and_a_narrow_one_stays() -> None:
    wide = dots(jpeg(768, 100, (0, 0, 383, 99)), 384)
    assert (wide.width, wide.height) == (384, 50)
    assert (black(wide, 100, 25), black(wide, 300, 25)) == (True, False)
    assert dots(jpeg(100, 10), 384).width == 100


def test_a_data_url_is_read_too() -> None:
    assert dots(f"data:image/jpeg;base64,{jpeg(16, 8)}", 384).width == 16


def test_the_words_in_its_place_are_kept() -> None:
    assert dots(jpeg(16, 8), 384, "https://monitoring").text == "https://monitoring"


@pytest.mark.parametrize("print_data", ["", "!", "aGVsbG8=", jpeg(64, 64)[:200]])
def test_what_is_no_picture_is_told_so(print_data: str) -> None:
    with pytest.raises(UnreadablePicture, match="cannot be read"):
        dots(print_data, 384)


def test_a_picture_of_too_many_dots_is_refused_before_it_is_unpacked() -> None:
    picture = Pictures.new("1", (4000, 3000), 1)
    raw = io.BytesIO()
    picture.save(raw, "PNG")
    with pytest.raises(UnreadablePicture, match="4000 x 3000"):
        dots(base64.b64encode(raw.getvalue()).decode(), 384)
