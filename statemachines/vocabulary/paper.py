"""What shall stand on the paper, before any printer's bytes: lines of text, codes, pictures, rules.

A `Paper` is made once by the layout, frozen in the journal with the intention to print it, and repeated by
resends and copies. It is already wrapped to the printer's columns. The heading marks (copy, void fragment)
and the END line belong to a print job, not to the document, and are added when the job is encoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Symbology = Literal["EAN13", "EAN8", "UPC-A", "CODE39", "ITF", "CODE128", "CODE93"]


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line, already aligned with blanks, at most `Paper.columns` characters, half as many when it is `wide`.

    `tall`, `wide`: double height, double width. `bold`: emphasised.
    """

    text: str
    tall: bool = False
    wide: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code, model 2, level M, centred, `module` dots per module."""

    content: str
    module: int = 5


@dataclass(frozen=True, slots=True)
class Barcode:
    """A bar code of one dimension, centred, `height` dots high, its narrowest bar `module` dots wide (2 to 6).

    `content` has no check character for CODE39, ITF, CODE93 and CODE128; for EAN and UPC it may have its last digit
    or leave it to the printer. `readable`: the characters stand below the bars.
    """

    content: str
    symbology: Symbology = "CODE128"
    height: int = 80
    module: int = 2
    readable: bool = True

    @property
    def text(self) -> str:
        """What a printer that has only text prints instead."""
        return self.content


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of black dots, centred: rows from the top, `stride` bytes each, most significant bit left, 1 = black.

    `text`: what a printer that has only text prints instead; "" = nothing.
    """

    width: int
    data: bytes
    text: str = ""

    @property
    def stride(self) -> int:
        """Bytes to a row."""
        return (self.width + 7) // 8

    @property
    def height(self) -> int:
        """Whole rows of dots."""
        return len(self.data) // self.stride if self.width > 0 else 0


Block = TextLine | QrCode | Barcode | Image


@dataclass(frozen=True, slots=True)
class Paper:
    """A document ready for a printer of `columns` characters.

    `end_label`, `copy_label` and `void_label` are the words of the paper's language for the job's END mark
    ("КІНЕЦЬ"), for the mark of copies ("КОПІЯ") and for the line that voids a fragment above it. `mark_at` is the
    index of the block before which a copy's mark stands (after the heading); a copy carries it once more above
    the END line.
    """

    columns: int
    blocks: tuple[Block, ...]
    end_label: str
    copy_label: str
    void_label: str
    mark_at: int = 0
