"""From the register's picture of a receipt to the dots of the paper on a sale's way.

SmartOne sends a JPEG in Base64 (`printData`, core-cashbox 2.02) where it does not print itself. Letters in a JPEG are
grey at their edges: each dot is black or white by its own darkness, and nothing is dithered, which would make dust of
them. Pillow is imported only when there is a picture.
"""

from __future__ import annotations

import base64
import binascii
import io
from typing import Final

from statemachines.vocabulary.paper import Image

DARK: Final = 144  # of 255: what is darker becomes a dot
MOST_PIXELS: Final = 8_000_000
MOST_BYTES: Final = 640 * 1024  # of dots: more than a metre of wide paper, and the journal takes 1 MiB with the rest


class UnreadablePicture(ValueError):
    """It is no picture that can be printed; one sentence says why."""


def dots(print_data: str, width: int, text: str = "") -> Image:
    """The picture as black dots, `width` to a row at most: made smaller, never larger. `text`: printed in its place.

    Raises UnreadablePicture.
    """
    from PIL import Image as Pictures  # noqa: PLC0415 - a till whose register prints itself does without Pillow

    try:
        raw = base64.b64decode(print_data.partition("base64,")[2] or print_data, validate=True)
        with Pictures.open(io.BytesIO(raw)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise UnreadablePicture(f"the register's picture has {opened.width} x {opened.height} dots")
            grey = opened.convert("L")
    except (binascii.Error, OSError, SyntaxError, ValueError, Pictures.DecompressionBombError) as error:
        if isinstance(error, UnreadablePicture):
            raise
        raise UnreadablePicture(f"the register's picture cannot be read ({type(error).__name__})") from error
    if grey.width > width:
        height = max(1, round(grey.height * width / grey.width))
        grey = grey.resize((width, height), Pictures.Resampling.LANCZOS)
    if not grey.width or not 0 < grey.height * ((grey.width + 7) // 8) <= MOST_BYTES:
        raise UnreadablePicture(f"the register's picture has {grey.width} x {grey.height} dots")
    black = grey.point([255 if level < DARK else 0 for level in range(256)]).convert("1")
    return Image(black.width, black.tobytes(), text)
