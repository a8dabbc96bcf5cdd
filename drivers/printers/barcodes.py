"""Bar codes of one dimension, before any printer's bytes: what may stand in them, how wide they are, their bars.

Sources: GS1 General Specifications (EAN, UPC), ISO/IEC 15417 (CODE128), 16388 (CODE39), 16390 (ITF), AIM BC5 (CODE93).
A printer that is given wrong data, or a code that is too wide, prints nothing and says nothing: both are found here.
python-barcode (a dependency of python-escpos) draws, and is imported only then; it has no CODE93, which stands here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from drivers.printers import dots
from statemachines.vocabulary.paper import Barcode, Image, Symbology

#: Modules of white that a reader wants on either side; the paper's margin is part of it.
QUIET: Final = 5
_DIGITS: Final = MappingProxyType({"EAN13": 13, "EAN8": 8, "UPC-A": 12})
_CHARACTERS_39: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_LONGEST: Final = 80

# CODE93: for each value the widths of bar, space, bar, space, bar, space in modules, nine together; 43 to 46 shift.
_BARS_93: Final = (
    "131112111213111312111411121113121212121311111114131211141111211113211212211311221112221211231111"
    "112113112212112311122112132111111123111222111321121122131121212112212211211122211221221121222111"
    "112122112221122121123111121131311112311211321111112131113121211131121221312111311121122211"
)
_EDGE_93: Final = "111141"


def checked(code: Barcode) -> str:
    """The whole data of `code`, with the check digit of an EAN or UPC. Raises ValueError with one clear sentence."""
    content, kind = code.content, code.symbology
    if not 1 <= code.module <= 6 or not 1 <= code.height <= 255:
        raise ValueError(f"a bar code is 1 to 255 dots high in modules of 1 to 6, not {code.height} and {code.module}")
    if not 1 <= len(content) <= _LONGEST:
        raise ValueError(f"a bar code of {len(content)} characters cannot be printed; give 1 to {_LONGEST}")
    if kind in _DIGITS:
        return _with_check_digit(content, kind)
    if kind == "ITF":
        if not _are_digits(content) or len(content) % 2:
            raise ValueError(f"{content!r} is no ITF code: it has an even number of digits and nothing else")
    elif kind == "CODE128":
        if not all(" " <= char <= "~" for char in content):
            raise ValueError(f"{content!r} is no CODE128: it has the characters from blank to ~ and no others")
    elif any(char not in _CHARACTERS_39 for char in content):
        raise ValueError(f"{content!r} is no {kind}: it has digits, capital letters, blanks and -.$/+% only")
    return content


def modules(code: Barcode) -> int:
    """How many of its narrowest bars wide `code` is, at most (CODE39 and ITF: wide bars of three)."""
    data, kind = checked(code), code.symbology
    if kind in _DIGITS:
        return 67 if kind == "EAN8" else 95
    if kind == "CODE39":
        return 16 * (len(data) + 2) - 1
    if kind == "ITF":
        return 9 * len(data) + 9
    if kind == "CODE93":
        return 9 * (len(data) + 4) + 1
    return 11 * (len(data) // 2 + 2 if in_pairs(data) else len(data) + 2) + 13


def in_pairs(data: str) -> bool:
    """Is this a CODE128 of digit pairs alone (code set C)?"""
    return _are_digits(data) and len(data) % 2 == 0


def fitting(code: Barcode, width: int) -> int:
    """The largest module, at most the one wanted, with which `code` fits on `width` dots; 0 = none does."""
    return min(code.module, width // (modules(code) + 2 * QUIET))


def drawn(code: Barcode, module: int) -> Image:
    """The bars, and under them the characters if they shall be readable. Raises ValueError."""
    pattern = _pattern(checked(code), code.symbology)
    bars = dots.bits([[one == "1" for one in pattern]], module, code.height)
    if not code.readable:
        return bars
    shown = dots.line(checked(code))
    width = max(bars.width, shown.width)
    return Image(width, _centred(bars, width) + bytes((width + 7) // 8 * 2) + _centred(shown, width))


def _centred(image: Image, width: int) -> bytes:
    stride, shift = (width + 7) // 8, (width - image.width) // 2
    rows = (image.data[at : at + image.stride] for at in range(0, len(image.data), image.stride))
    numbers = (int.from_bytes(row, "big") >> image.stride * 8 - image.width for row in rows)
    return b"".join((number << stride * 8 - image.width - shift).to_bytes(stride, "big") for number in numbers)


def _pattern(data: str, kind: Symbology) -> str:
    """The modules from left to right, 1 = black."""
    if kind == "CODE93":
        return _pattern_93(data)
    # A till that draws none does without it; it has no types.
    from barcode import EAN8, EAN13, ITF, UPCA, Code39, Code128  # type: ignore[import-untyped] # noqa: PLC0415

    drawing = {
        "EAN13": lambda: EAN13(data[:-1]),
        "EAN8": lambda: EAN8(data[:-1]),
        "UPC-A": lambda: UPCA(data[:-1]),
        "CODE39": lambda: Code39(data, add_checksum=False),
        "ITF": lambda: ITF(data, narrow=1, wide=3),
        "CODE128": lambda: Code128(data),
    }
    lines: list[str] = drawing[kind]().build()
    return lines[0]


def _pattern_93(data: str) -> str:
    values = [_CHARACTERS_39.index(char) for char in data]
    for most in (20, 15):
        weighed = (value * (at % most + 1) for at, value in enumerate(reversed(values)))
        values.append(sum(weighed) % 47)
    widths = [_EDGE_93, *(_BARS_93[value * 6 : value * 6 + 6] for value in values), _EDGE_93]
    ink = "".join(("1" if at % 2 == 0 else "0") * int(width) for at, width in enumerate("".join(widths)))
    return ink + "1"


def _with_check_digit(content: str, kind: Symbology) -> str:
    length = _DIGITS[kind]
    if not _are_digits(content) or len(content) not in (length - 1, length):
        raise ValueError(f"{content!r} is no {kind} code: it has {length - 1} digits, or {length} with its check digit")
    digits = [int(char) for char in content[: length - 1]]
    digit = str(-sum(value * (3 if at % 2 == 0 else 1) for at, value in enumerate(reversed(digits))) % 10)
    if content[length - 1 :] not in ("", digit):
        raise ValueError(f"{content!r} is no {kind} code: its last digit would have to be {digit}")
    return content[: length - 1] + digit


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
