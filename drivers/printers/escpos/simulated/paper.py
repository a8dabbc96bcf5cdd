"""At the paper's end of a sale: what a person would hold in the hand, piece by piece.

Heights and positions are in dots (180 to the inch as Epson counts; a default line is 30). Nothing here knows what
was sent: only what was printed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

#: How a piece came off: the knife went through or left a bridge, the roll ran out, a hand tore it, or not yet.
Ending = Literal["full_cut", "partial_cut", "roll_end", "torn", "in_printer"]


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line of text as it stands, left margin and alignment as blanks."""

    text: str
    tall: bool = False
    wide: bool = False
    bold: bool = False
    underlined: bool = False
    inverted: bool = False
    upside_down: bool = False
    small: bool = False
    dots: int = 30


@dataclass(frozen=True, slots=True)
class PrintedQr:
    content: str
    module: int
    level: str
    left: int = 0
    dots: int = 0


@dataclass(frozen=True, slots=True)
class PrintedBarcode:
    """`symbology` is GS k's number in form B (65 UPC-A … 73 CODE128); `readable` when HRI digits stand below.

    `data` as a reader gives it, without check and code set characters; `module` dots to the narrowest bar.
    """

    symbology: int
    data: str
    readable: bool = False
    dots: int = 162
    module: int = 3
    left: int = 0


@dataclass(frozen=True, slots=True)
class PrintedImage:
    """Rows of a bitmap from the top, eight dots a byte, most significant bit left. `height` rows were meant."""

    number: int
    width: int
    height: int
    rows: tuple[bytes, ...]
    left: int = 0

    @property
    def dots(self) -> int:
        return len(self.rows)

    @property
    def complete(self) -> bool:
        return len(self.rows) >= self.height


Printed = PrintedLine | PrintedQr | PrintedBarcode | PrintedImage


@dataclass(frozen=True, slots=True)
class Piece:
    """One strip of paper. An image of which only the upper part got out has fewer rows than its height."""

    printed: tuple[Printed, ...]
    ending: Ending

    @property
    def text_lines(self) -> tuple[str, ...]:
        """What a person reads, line by line; a QR code or barcode as its content, a picture as its size."""
        return tuple(_as_text(mark) for mark in self.printed)


_ENDINGS = {
    "full_cut": "- - - 8< - - -",
    "partial_cut": "- - - 8< - - -",
    "roll_end": "~ ~ ~ end of roll ~ ~ ~",
    "torn": "~ ~ ~ torn off ~ ~ ~",
    "in_printer": "",
}


def _as_text(mark: Printed) -> str:
    match mark:
        case PrintedLine():
            return mark.text
        case PrintedQr():
            return f"[QR {mark.content}]"
        case PrintedBarcode():
            return f"[BARCODE {mark.data}]"
        case PrintedImage():
            part = "" if mark.complete else f", {len(mark.rows)} rows of it"
            return f"[IMAGE {mark.width}x{mark.height}{part}]"


def paper_text(pieces: Iterable[Piece]) -> str:
    """All pieces as one text, a mark between two of them; ends with a line feed unless there is nothing."""
    lines: list[str] = []
    for piece in pieces:
        lines.extend(piece.text_lines)
        if _ENDINGS[piece.ending]:
            lines.append(_ENDINGS[piece.ending])
    return "".join(f"{line}\n" for line in lines)
