"""At the paper's end of a sale: what a printer makes of the data of GS k, and what it silently does not print.

Source: Epson ESC/POS, GS k: the characters and lengths of each symbology, widths of GS w. A code that breaks a rule
or is wider than the printable area is not printed, and nothing is said.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

_UPC_A, _UPC_E, _EAN13, _EAN8, _CODE39, _ITF, _CODABAR, _CODE93, _CODE128 = range(65, 74)
_DATA: Final = MappingProxyType(
    {
        _UPC_A: rb"[0-9]{11,12}",
        _UPC_E: rb"[0-9]{6,8}|[0-9]{11,12}",
        _EAN13: rb"[0-9]{12,13}",
        _EAN8: rb"[0-9]{7,8}",
        _CODE39: rb"[0-9A-Z $%*+\-./]{1,255}",
        _ITF: rb"([0-9]{2}){1,127}",
        _CODABAR: rb"[A-Da-d][0-9$+\-./:]*[A-Da-d]",
        _CODE93: rb"[\x00-\x7f]{1,255}",
        _CODE128: rb"\{[ABC][\x00-\x7f]{1,253}",
    }
)
_SETS: Final = re.compile(rb"\{([ABCS1-4{])")


def reading(symbology: int, data: bytes) -> str | None:
    """What a reader would give; None when the printer does not print it."""
    rule = _DATA.get(symbology)
    if rule is None or not re.fullmatch(rule, data, re.DOTALL):
        return None
    if symbology == _CODE128:
        return _code_128(data)
    return data.decode("latin-1")


def width(symbology: int, text: str, module: int) -> int:
    """Dots from the first to the last bar; thick bars of CODE39, ITF and CODABAR are two and a half thin ones."""
    count = len(text)
    if symbology in (_UPC_A, _EAN13):
        return 95 * module
    if symbology in (_EAN8, _UPC_E):
        return (67 if symbology == _EAN8 else 51) * module
    if symbology == _ITF:
        return round((count * 8 + 8) * module)
    if symbology in (_CODE39, _CODABAR):
        return round((count + 2) * 14.5 * module)
    if symbology == _CODE93:
        return (9 * (count + 4) + 1) * module
    pairs = text.isdigit() and count % 2 == 0
    return (11 * ((count // 2 if pairs else count) + 2) + 13) * module


def _code_128(data: bytes) -> str | None:
    """Code sets taken out; digits of set C two to a byte."""
    text, inside, at = "", b"", 0
    while at < len(data):
        escape = _SETS.match(data, at)
        if escape is not None and escape[1] in b"ABC":
            inside, at = escape[1], at + 2
        elif inside == b"C":
            if data[at] > 99:
                return None
            text, at = text + f"{data[at]:02d}", at + 1
        elif escape is not None:
            text, at = text + ("{" if escape[1] == b"{" else ""), at + 2
        elif data[at : at + 1] == b"{":
            return None
        else:
            text, at = text + chr(data[at]), at + 1
    return text
