"""Between values and the characters of a frame: money, quantities, times and text as Datecs devices write them.

Amount rule of all manuals: with a point it is decimal, without one it is in the smallest unit, zero padded and perhaps
signed. Text is cp1251; what that page lacks has to be replaced before.
"""

from __future__ import annotations

from datetime import datetime

from drivers.printers.datecs.commands_values import Unreadable

CODEC = "cp1251"


def encode(text: str) -> bytes:
    """Text in cp1251. Raises ValueError that names the first character it lacks, or one that steers the device."""
    for char in text:
        if ord(char) < 0x20:
            raise ValueError(f"the control character {char!r} cannot be printed; nothing was sent")
    try:
        return text.encode(CODEC)
    except UnicodeEncodeError as error:
        raise ValueError(f"the device's code page {CODEC} lacks {text[error.start]!r}; nothing was sent") from error


def decode(data: bytes) -> str:
    """What the device wrote; the one byte that cp1251 does not define becomes a blank box."""
    return data.decode(CODEC, errors="replace")


def field(text: str, separator: str) -> str:
    """`text` fit to be one field. Raises ValueError when it holds the separator."""
    if separator in text:
        raise ValueError(f"{text!r} holds a {separator!r}, which separates the fields; nothing was sent")
    return text


def wrapped(text: str, width: int, lines: int) -> tuple[str, ...]:
    """`text` broken at blanks into at most `lines` lines of `width` characters. Raises ValueError when it is longer."""
    found: list[str] = []
    rest = text.strip()
    while rest:
        if len(found) == lines:
            raise ValueError(f"{text!r} is longer than {lines} lines of {width} characters; nothing was sent")
        cut = len(rest) if len(rest) <= width else rest.rfind(" ", 0, width + 1)
        cut = cut if cut > 0 else width
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return tuple(found)


def money(minor: int, decimals: int) -> str:
    """260 -> "2.60"; with a sign when negative."""
    return _scaled(minor, decimals)


def thousandths(quantity: int) -> str:
    """1500 -> "1.500"."""
    return _scaled(quantity, 3)


def hundredths(percent: int) -> str:
    """-1000 (minus ten per cent) -> "-10.00"."""
    return _scaled(percent, 2)


def amount(text: str, decimals: int) -> int:
    """Minor units. Raises Unreadable."""
    return _number(text, decimals, pointless=1)


def pieces(text: str) -> int:
    """A quantity in thousandths: without a point whole pieces. Raises Unreadable."""
    return _number(text, 3, pointless=1000)


def number(text: str) -> int:
    """A plain whole number, zero padded or not. Raises Unreadable."""
    stripped = text.strip()
    if not stripped.isascii() or not stripped.removeprefix("-").isdigit():
        raise Unreadable(f"the device answered {text!r} where a whole number belongs")
    return int(stripped)


def time_of(text: str) -> datetime:
    """DD-MM-YY hh:mm:ss, with dots instead of dashes or " DST" behind it on some devices. Raises Unreadable."""
    plain = text.strip().removesuffix("DST").strip().replace(".", "-")
    for form in ("%d-%m-%y %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%d-%m-%y %H:%M"):
        try:
            return datetime.strptime(plain, form)  # noqa: DTZ007 - the device's clock has no zone
        except ValueError:
            continue
    raise Unreadable(f"the device answered {text!r} where a date and time belong")


def _scaled(value: int, decimals: int) -> str:
    if decimals == 0:
        return str(value)
    digits = str(abs(value)).rjust(decimals + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"


def _number(text: str, decimals: int, *, pointless: int) -> int:
    stripped = text.strip()
    negative = stripped.startswith("-")
    whole, point, part = stripped.lstrip("+-").partition(".")
    digits = whole + part
    if not (digits.isascii() and digits.isdigit()) or (len(part) > decimals and part[decimals:].strip("0")):
        raise Unreadable(f"the device answered {text!r} where an amount belongs")
    value = (
        int(whole or "0") * 10**decimals + int(part[:decimals].ljust(decimals, "0") or "0")
        if point
        else int(whole) * pointless
    )
    return -value if negative else value
