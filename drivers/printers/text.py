"""Characters and columns of the paper: what the layout writes lines with, and what the encoder asks before
bytes.

Two steps that must not be mixed. `clean` is for text from outside (names, headers, slips): nothing in it can
steer a printer or change the order of reading, and every character takes one column. `printable` is for the
code page of one printer and keeps the number of characters, so that what the layout aligned stays aligned.
"""

from __future__ import annotations

import unicodedata
from types import MappingProxyType

ELLIPSIS = "…"
NO_BREAK = "\N{NO-BREAK SPACE}"
NAME_LINES = 6

# What a printer's page lacks, and what a reader takes for the same; the first that the page has is used.
_SIGNS = MappingProxyType(
    {
        "ʼ": "’'",
        "’": "'",
        "‘": "'",
        "`": "'",
        "×": "хx",
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "«": '"',
        "»": '"',
        "“": '"',
        "”": '"',
        "„": '"',
        "№": "N",
        "•": "*",
    }
)
# Of last resort: it looks alike, or nearly, and is another letter. A printer that can draw the line needs none.
_LETTERS = MappingProxyType(
    {
        "х": "x",
        "і": "i",
        "І": "I",
        "ґ": "г",
        "Ґ": "Г",
        "ə": "e",
        "Ə": "E",
        "°": "o",
        "€": "E",
    }
)
_SUBSTITUTES = MappingProxyType({**_SIGNS, **_LETTERS})
# Longer than what they stand for: `clean` writes them out before lines are broken.
_SPELT_OUT = MappingProxyType({"₴": "ГРН", ELLIPSIS: "..."})
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})


def clean(text: str) -> str:
    """Return `text` fit for one line: composed (NFC), without control, bidi and zero-width characters.

    Breaks and tabs become blanks, ₴ becomes ГРН and … three points, because no page that prints the rest of a
    Ukrainian receipt has the first and half of them lack the second.
    """
    return "".join(_SPELT_OUT.get(char, char) if char in "₴…" else char for char in _visible(text))


def _visible(text: str) -> str:
    kept = []
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if char in "\t\n\r\v\f" or category in {"Zs", "Zl", "Zp"}:
            kept.append(" ")
        elif category not in _INVISIBLE:
            kept.append(char)
    return "".join(kept)


def printable(text: str, encoding: str) -> str:
    """Return `text` with nothing in it that the code page `encoding` (a Python codec) cannot encode.

    Same number of characters as the visible part of `text`, except that ₴ and … are spelt out where the page
    lacks them; layouts contain the first never and the second only at the end of a line with room behind it.
    What has no likeness in the page becomes "?". Raises LookupError for a codec that does not exist.
    """
    return text if _as_it_is(text, encoding) else "".join(_likeness(char, encoding) for char in _visible(text))


def lacking(text: str, encoding: str) -> str:
    """The characters of `text` that the page can show only as another letter, longer, or not at all; "" = none.

    A line that lacks something is drawn where the printer takes pictures. Raises LookupError as `printable` does.
    """
    if _as_it_is(text, encoding):
        return ""
    return "".join(char for char in _visible(text) if not _has(encoding, char) and not _has_sign(encoding, char))


def _has_sign(encoding: str, char: str) -> bool:
    return char == ELLIPSIS or any(_has(encoding, candidate) for candidate in _SIGNS.get(char, ""))


def _as_it_is(text: str, encoding: str) -> bool:
    """Nearly every line of a receipt: whole, visible, composed, and in the page."""
    return text.isprintable() and unicodedata.is_normalized("NFC", text) and _has(encoding, text)


def _likeness(char: str, encoding: str) -> str:
    if _has(encoding, char):
        return char
    for candidate in _SUBSTITUTES.get(char, ""):
        if _has(encoding, candidate):
            return candidate
    spelt = _SPELT_OUT.get(char)
    if spelt is not None and _has(encoding, spelt):
        return spelt
    bare = unicodedata.normalize("NFD", char)[0]
    return bare if bare != char and _has(encoding, bare) else "?"


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def wrap(text: str, width: int) -> list[str]:
    """Break clean `text` at blanks into lines of at most `width`; words longer than that are broken hard.

    A no-break blank (which `clean` lets nobody else bring) holds a grouped number together and comes out a
    blank.
    """
    lines: list[str] = []
    line = ""
    for word in filter(None, text.split(" ")):
        rest = word.replace(NO_BREAK, " ")
        if line and len(line) + 1 + len(rest) <= width:
            line = f"{line} {rest}"
            continue
        if line:
            lines.append(line)
        while len(rest) > width:
            lines.append(rest[:width])
            rest = rest[width:]
        line = rest
    return [*lines, line] if line else lines


def centred(text: str, columns: int) -> list[str]:
    """Return `text` wrapped, each line centred by blanks on its left."""
    return [" " * ((columns - len(line)) // 2) + line for line in wrap(text, columns)]


def paragraphs(text: str, columns: int) -> list[str]:
    """Return the caller's free text: its own line breaks kept, each line cleaned and wrapped."""
    return [line for part in text.splitlines() for line in wrap(clean(part), columns)]


def two_part(left: str, right: str, columns: int, indent: int = 0, max_lines: int = 0) -> list[str]:
    """Return `left` with `right` flush right on the last line, or alone on its own line where it does not
    fit.

    `left` is wrapped at blanks with `indent` blanks before each line; with `max_lines` it is cut there and
    ends in "…". At least one blank stands between the two.
    """
    lines = wrap(left, columns - indent)
    if max_lines and len(lines) > max_lines:
        lines = lines[:max_lines]
        # Two columns stay free for a page that must spell the ellipsis out.
        lines[-1] = lines[-1][: columns - indent - 3] + ELLIPSIS
        lines.append("")
    lines = [" " * indent + line if line else "" for line in lines] or [""]
    ends = wrap(right, columns)
    if not ends:
        return lines if lines[-1] else lines[:-1]
    last = lines[-1]
    if len(ends) == 1 and (not last or len(last) + 1 + len(ends[0]) <= columns):
        return [*lines[:-1], last + ends[0].rjust(columns - len(last))]
    kept = lines if last else lines[:-1]
    return [*kept, *(end.rjust(columns) for end in ends)]


def money(amount: int, exponent: int, *, grouped: bool = False, signed: bool = False) -> str:
    """Write `amount` minor units with the currency's decimals: 2395050 -> "23950.50".

    `grouped` sets thousands apart by a blank (reports only); `signed` writes the plus sign too.
    """
    sign = "-" if amount < 0 else "+" if signed and amount > 0 else ""
    whole, fraction = divmod(abs(amount), 10**exponent)
    digits = f"{whole:,}".replace(",", " ") if grouped else str(whole)
    return f"{sign}{digits}.{fraction:0{exponent}d}" if exponent else f"{sign}{digits}"


def percent(rate: int) -> str:
    """Write a rate in basis points without idle zeros: 2000 -> "20%", 750 -> "7.5%"."""
    whole, fraction = divmod(abs(rate), 100)
    decimals = f".{fraction:02d}".rstrip("0") if fraction else ""
    return f"{'-' if rate < 0 else ''}{whole}{decimals}%"


def quantity(thousandths: int) -> str:
    """Write a quantity in thousandths, always with three decimals: 350 -> "0.350"."""
    whole, fraction = divmod(thousandths, 1000)
    return f"{whole}.{fraction:03d}"
