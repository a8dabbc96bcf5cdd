"""In a simulated fiscal printer: fields of an order to values. Literal, as the devices are: one blank is an error."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from drivers.printers.datecs.simulated.personality import Personality
from drivers.printers.datecs.simulated.refusals import Refusal
from drivers.printers.datecs.simulated.selling import Adjustment

LATIN: Final = "ABCDEFGH"
_UNP: Final = re.compile(r"[A-Z]{2}[0-9]{6}-[0-9A-Za-z]{4}-[0-9]{7}")
_DIGITS: Final = 9


def scaled(text: str, places: int, *, signed: bool = False) -> int:
    """A decimal number as an integer of its smallest unit. Raises Refusal."""
    sign = "-?" if signed else ""
    if not re.fullmatch(rf"{sign}[0-9]+(\.[0-9]{{1,{places}}})?", text):
        raise Refusal("syntax")
    whole, _, part = text.lstrip("-").partition(".")
    if len(whole.lstrip("0") + part) > _DIGITS + 1:
        raise Refusal("overflow")
    value = int(f"{whole}{part.ljust(places, '0')}")
    return -value if text.startswith("-") else value


def whole(text: str, least: int, most: int) -> int:
    """A whole number within bounds. Raises Refusal."""
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise Refusal("syntax")
    return int(text)


def moment(text: str, *forms: str) -> datetime:
    """A date and time. Raises Refusal."""
    for form in forms:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the device's clock has no zone
        except ValueError:
            continue
    raise Refusal("syntax")


def tax_group(who: Personality, text: str) -> int:
    """The place of a tax group; Latin letters are taken for Cyrillic ones. Raises Refusal."""
    for letters in (who.taxes, LATIN[: len(who.taxes)]):
        if len(text) == 1 and text in letters:
            return letters.index(text)
    raise Refusal("tax_unknown")


def unique_sale_number(text: str) -> str:
    """Raises Refusal."""
    if not _UNP.fullmatch(text):
        raise Refusal("syntax")
    return text


def trailing_change(who: Personality, text: str) -> tuple[str, Adjustment | None]:
    """`…,PERC` or `…;ABS` at the end of a classic order: what is before it, and the discount. Raises Refusal."""
    head, semicolon, absolute = text.partition(";")
    head, comma, percent = head.partition(",")
    if semicolon and not who.absolute:
        raise Refusal("syntax")
    per_cent = scaled(percent, 2, signed=True) if comma else 0
    amount = scaled(absolute, 2, signed=True) if semicolon else 0
    if per_cent and amount:
        raise Refusal("syntax")
    if abs(per_cent) > 9999:
        raise Refusal("syntax")
    if per_cent:
        return head, Adjustment(percent=per_cent)
    return head, Adjustment(amount=amount) if amount else None
