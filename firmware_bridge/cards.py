"""On a sale's way: what a card terminal's slip may not carry into the till, found before anything is written or logged.

Card numbers are cut to what PCI DSS 4.0 (requirement 3.4.1) lets anybody see, the first six and the last four digits.
What may never be kept after authorisation (requirement 3.3: track data, the card verification code) is refused: a slip
that shows it comes from a terminal that is not set up for paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from drivers.printers.text import clean

SHOWN_FIRST, SHOWN_LAST = 6, 4
SHORTEST, LONGEST = 13, 19
"""Digits of a card number (ISO/IEC 7812)."""

_JOINTS = "[ \\-\u2010-\u2015\u2212]{0,3}"
_RUN = re.compile(rf"\d(?:{_JOINTS}\d)*")
_GROUP = re.compile(r"\d+")
# ISO/IEC 7813: number, separator, expiry YYMM, service code, further digits; D is the separator in chip data.
_TRACK_2 = re.compile(r"(?<!\d)\d{12,19} ?[=D] ?\d{7,}", re.IGNORECASE)
_TRACK_1 = re.compile(r"B\d{12,19}\^[^^]{2,26}\^\d{7,}", re.IGNORECASE)
_CODE = re.compile(r"(?i)(?<![a-z])(?:cvv2?|cvc2?|cid|cav2?|csc)(?![a-z0-9])[^a-z0-9]{0,4}\d{3,4}(?!\d)")

TRACK = "holds the data of a card's magnetic stripe, which may neither be printed nor kept: set the terminal up anew"
CODE = "holds a card's verification code, which may neither be printed nor kept: leave it out"


def mask(text: str) -> str:
    """Return `text` with every card number cut to its first six and last four digits; blanks and dashes stay.

    A card number: 13 to 19 digits that pass Luhn's check, in one piece or in groups parted by blanks or dashes.
    """
    return _RUN.sub(lambda run: _masked(run[0]), text)


def tidy(text: str) -> str:
    """The same of text as it will stand on paper: no invisible character hides a number from a reader of digits."""
    return mask(clean(text))


def forbidden(text: str) -> str:
    """Why `text` may not even be looked at, as the end of a sentence that begins with its place; "" when it may."""
    shown = clean(text)
    if _TRACK_2.search(shown) or _TRACK_1.search(shown):
        return TRACK
    return CODE if _CODE.search(shown) else ""


def _masked(run: str) -> str:
    groups = list(_GROUP.finditer(run))
    shown = list(run)
    at = 0
    while at < len(groups):
        end = next((end for end in _ends(groups, at) if _is_card("".join(one[0] for one in groups[at:end]))), at)
        if end > at:
            digits = [place for one in groups[at:end] for place in range(one.start(), one.end())]
            for place in digits[SHOWN_FIRST:-SHOWN_LAST]:
                shown[place] = "*"
        at = max(end, at + 1)
    return "".join(shown)


def _ends(groups: list[re.Match[str]], at: int) -> Iterator[int]:
    """Where a number that begins with group `at` may end, the longest first."""
    for end in range(len(groups), at, -1):
        if SHORTEST <= sum(len(one[0]) for one in groups[at:end]) <= LONGEST:
            yield end


def _is_card(digits: str) -> bool:
    values = [int(digit) for digit in reversed(digits)]
    return sum(sum(divmod(2 * value, 10)) if at % 2 else value for at, value in enumerate(values)) % 10 == 0
