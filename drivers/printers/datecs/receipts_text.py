"""Before a fiscal receipt is sent: names and texts in the letters and the length that the device takes.

cp1251 has Bulgarian, Ukrainian, Macedonian and Russian; what it lacks gets its likeness out of the till's one table of
substitutes, or the document is refused, as configured. Nothing ever becomes a question mark: a name that a buyer
cannot read back is worse than one without an ornament.
"""

from __future__ import annotations

from typing import Final, Literal

from drivers.errors import Refused
from drivers.printers.text import clean, printable, wrap

Letters = Literal["refuse", "replace"]
CODEC: Final = "cp1251"
# Letters that cp1251 lacks, by what a reader takes for the same; likenesses of signs are the till's own table.
_LIKENESSES: Final = str.maketrans(
    {
        "ß": "ss",
        "Æ": "AE",
        "æ": "ae",
        "Ø": "O",
        "ø": "o",
        "Œ": "OE",
        "œ": "oe",
        "Ł": "L",
        "ł": "l",
        "Đ": "D",
        "đ": "d",
        "ı": "i",
        "Ə": "E",
        "ə": "e",
        "Ѝ": "И",
        "ѝ": "и",
    }
)


class Unfit(Refused):
    """This document cannot be said to this device; nothing was sent. `final`: trying again would end likewise."""

    def __init__(self, text: str, *, final: bool = True) -> None:
        super().__init__(f"{text}; nothing was sent")
        self.final = final


def fit(text: str, letters: Letters, where: str) -> str:
    """`text` on one line, in letters that cp1251 has. `where` names it for a person. Raises Unfit.

    `replace`: a letter gets its likeness, an ornament without one is left out. `refuse`: the first foreign letter is
    named.
    """
    plain = clean(text).strip()
    if letters == "refuse":
        foreign = next((char for char in plain if not _has(char)), "")
        if foreign:
            raise Unfit(f"The letter {foreign!r} in {where} is none that the fiscal printer has")
        return plain
    shown = "".join(_shown(char) for char in plain)
    found = " ".join(shown.split())
    if plain and not found:
        raise Unfit(f"The fiscal printer has none of the letters of {where} ({plain!r})")
    return found


def name_within(text: str, width: int, lines: int) -> str:
    """The longest beginning of `text` that fits `lines` lines of `width` characters, broken at blanks.

    The device prints no more, and a cut name is lawful where a missing receipt is not.
    """
    kept = wrap(text, width)[:lines]
    return " ".join(kept).strip()


def lines_of(text: str, width: int, letters: Letters, where: str) -> tuple[str, ...]:
    """Free text of a caller as lines for the device; its own line breaks are kept, empty lines are not."""
    found: list[str] = []
    for part in text.splitlines():
        found += wrap(fit(part, letters, where), width)
    return tuple(line for line in found if line)


def laid_out(line: str) -> str:
    """A line whose columns are laid out already: every character keeps its place, one without a likeness is a blank."""
    return "".join((_shown(char) or " ")[:1] for char in line)


def _shown(char: str) -> str:
    if _has(char):
        return char
    likeness = char.translate(_LIKENESSES)
    if likeness != char and all(_has(one) for one in likeness):
        return likeness
    shown = printable(char, CODEC)
    return "" if shown == "?" else shown


def _has(char: str) -> bool:
    try:
        char.encode(CODEC)
    except UnicodeEncodeError:
        return False
    return char >= " "
