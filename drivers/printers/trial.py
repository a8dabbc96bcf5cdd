"""A page that shows an installer what a printer can, and what it does wrong. No document: nothing on it is real."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from drivers.printers import alphabets
from statemachines.vocabulary.paper import Barcode, Block, Paper, QrCode, TextLine

#: The letters that printers lack most often, in the markets of this till.
LETTERS: Final = "ТЕСТ ІіЇїЄєҐґЎўƏə₴"
_LINK: Final = "https://example.org/test?id=1"
_EAN: Final = "4006381333931"


def paper(columns: int, languages: Sequence[str], heading: Iterable[str]) -> Paper:
    """A test page for `columns` characters: edges, letters of `languages`, sizes, codes. `heading`: who prints it."""
    blocks: list[Block] = [TextLine("TEST PAGE".center(columns).rstrip(), tall=True)]
    blocks += [TextLine(line[:columns]) for line in heading]
    blocks += _edges(columns)
    blocks += [TextLine(line) for language in languages for line in _letters(language, columns)]
    blocks += [
        TextLine(LETTERS),
        TextLine("12345.67", tall=True),
        TextLine("0123456789.,-+=%#№*/()[]"),
        TextLine("-" * columns),
        QrCode(_LINK),
        Barcode(_EAN, "EAN13"),
        TextLine("No document. Every letter has to be readable,"[:columns]),
        TextLine("and the ruler has to reach from edge to edge."[:columns]),
    ]
    return Paper(columns, tuple(blocks), "END", "COPY", "FRAGMENT ABOVE IS VOID")


def _edges(columns: int) -> list[Block]:
    tens = "".join(str(number // 10 % 10) if number % 10 == 0 else "." for number in range(1, columns + 1))
    return [TextLine("|" + "-" * (columns - 2) + "|"), TextLine(tens)]


def _letters(language: str, columns: int) -> list[str]:
    found = alphabets.letters(language)
    room = columns - 3
    lines = [found[at : at + room] for at in range(0, len(found), room)]
    return [f"{language if not at else '  '} {line}" for at, line in enumerate(lines)]
