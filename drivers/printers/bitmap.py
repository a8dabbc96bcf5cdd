"""From a picture that somebody sends to the black dots of a paper, before a slip is accepted.

Sources: PNG (ISO/IEC 15948), 5.2 signature and 11.2.2 IHDR. The size is read from the file's first bytes and held
against the paper before anything is unpacked. Pillow unpacks, and is imported only then.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Final

from statemachines.vocabulary.paper import Image

if TYPE_CHECKING:
    from PIL import Image as Pictures

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_HEADER: Final = struct.Struct(">8sI4sII")
NO_PNG: Final = "this is no PNG that can be read"


class UnfitPicture(ValueError):
    """A picture that cannot be printed; one sentence says why."""


def black_dots(png: bytes, most_wide: int, most_high: int) -> Image:
    """The picture in its own size, greys dithered (Floyd-Steinberg), what is transparent left white.

    Black and white stay as they are. Raises UnfitPicture, also when it is more than `most_wide` dots wide or
    `most_high` high: who sends a picture knows better than a printer how to make it smaller.
    """
    width, height = size_of(png)
    if not 1 <= width <= most_wide or not 1 <= height <= most_high:
        raise UnfitPicture(
            f"the picture has {width} x {height} dots; this paper takes {most_wide} x {most_high} at most"
        )
    from PIL import Image as Pictures  # noqa: PLC0415 - a till that prints no pictures does without Pillow

    try:
        with Pictures.open(io.BytesIO(png), formats=("PNG",)) as opened:
            ink = _ink(opened)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        raise UnfitPicture(NO_PNG) from error
    return Image(ink.width, ink.tobytes())


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height as the file says. Raises UnfitPicture when it is no PNG."""
    if len(png) < _HEADER.size:
        raise UnfitPicture(NO_PNG)
    signature, _, chunk, width, height = _HEADER.unpack_from(png)
    if signature != _SIGNATURE or chunk != b"IHDR":
        raise UnfitPicture(NO_PNG)
    return width, height


def _ink(opened: Pictures.Image) -> Pictures.Image:
    """White dots for ink, rows padded with none."""
    from PIL import Image as Pictures  # noqa: PLC0415 - as above
    from PIL import ImageOps  # noqa: PLC0415 - as above

    paper = Pictures.new("RGBA", opened.size, "white")
    grey = Pictures.alpha_composite(paper, opened.convert("RGBA")).convert("L")
    return ImageOps.invert(grey).convert("1")
