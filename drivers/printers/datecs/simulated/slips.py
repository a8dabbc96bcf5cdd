"""In a simulated fiscal printer: the words and lines of its own documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType
from typing import Final

from drivers.printers.datecs.simulated.personality import Personality
from drivers.printers.datecs.simulated.receipt import OpenReceipt, SoldLine

_BG: Final = MappingProxyType(
    {
        "sale": "ФИСКАЛЕН БОН",
        "return": "СТОРНО БОН",
        "cancelled": "АНУЛИРАНО",
        "nonfiscal": "СЛУЖЕБЕН БОН",
        "cash_in": "СЛУЖЕБНО ВЪВЕДЕНИ",
        "cash_out": "СЛУЖЕБНО ИЗВЕДЕНИ",
        "x_report": "ДНЕВЕН ОТЧЕТ БЕЗ НУЛИРАНЕ",
        "z_report": "ДНЕВЕН ОТЧЕТ С НУЛИРАНЕ",
        "duplicate": "ДУБЛИКАТ",
        "diagnostic": "ДИАГНОСТИКА",
        "total": "ОБЩА СУМА",
        "subtotal": "МЕЖДИННА СУМА",
        "change": "РЕСТО",
        "void": "ВЪЗСТАНОВЕНО",
        "cash": "В БРОЙ",
        "card": "С КАРТА",
    }
)
_MK: Final = MappingProxyType(
    {
        **_BG,
        "sale": "ФИСКАЛНА СМЕТКА",
        "return": "СТОРНА СМЕТКА",
        "nonfiscal": "НЕФИСКАЛНА СМЕТКА",
        "total": "ВКУПЕН ПРОМЕТ",
        "subtotal": "МЕЃУЗБИР",
        "change": "ПОВРАТОК",
        "cash": "ГОТОВО",
        "card": "КАРТИЧКА",
    }
)
_UA: Final = MappingProxyType(
    {
        "sale": "ФІСКАЛЬНИЙ ЧЕК",
        "return": "ВИДАТКОВИЙ ЧЕК",
        "cancelled": "АНУЛЬОВАНО",
        "nonfiscal": "СЛУЖБОВИЙ ЧЕК",
        "cash_in": "СЛУЖБОВЕ ВНЕСЕННЯ",
        "cash_out": "СЛУЖБОВА ВИДАЧА",
        "x_report": "X-ЗВІТ",
        "z_report": "Z-ЗВІТ",
        "duplicate": "КОПІЯ ЧЕКА",
        "diagnostic": "ДІАГНОСТИКА",
        "total": "СУМА",
        "subtotal": "ПРОМІЖНА СУМА",
        "change": "РЕШТА",
        "void": "СТОРНО",
        "cash": "ГОТІВКА",
        "card": "КАРТКА",
    }
)


class Slips:
    """Lines as wide as the paper of one device."""

    def __init__(self, who: Personality) -> None:
        self._who = who
        self._words = {"ua": _UA, "mk": _MK, "sy55": _MK}.get(who.name, _BG)

    def word(self, key: str) -> str:
        return self._words.get(key, key.upper())

    def pair(self, left: str, right: str) -> str:
        """`left` and `right` at the two edges of the paper."""
        room = self._who.columns - len(right)
        return f"{left[: max(0, room - 1)]:<{max(0, room)}}{right}"

    def centred(self, text: str) -> str:
        return text[: self._who.columns].center(self._who.columns).rstrip()

    def amount(self, label: str, minor: int) -> str:
        return self.pair(label, _money(minor))

    def head(self, operator: int, till: int) -> Iterator[str]:
        yield self.centred(self._who.model)
        yield self.pair(f"#{operator:04d}", f"{till:05d}")

    def item(self, line: SoldLine) -> Iterator[str]:
        if line.sum < 0:
            yield self.word("void")
        if line.quantity != 1000:
            yield self.pair("", f"{line.quantity // 1000}.{line.quantity % 1000:03d} x {_money(line.price)}")
        columns = self._who.columns
        for at in range(0, max(1, len(line.name)), columns):
            name = line.name[at : at + columns]
            if at + columns >= len(line.name):
                break
            yield name
        letter = self._who.taxes[line.tax]
        text = f"{_money(line.sum - line.change)} {letter}"
        if len(name) + len(text) + 1 > columns:
            yield name
            name = ""
        yield self.pair(name, text)
        if line.change:
            yield self.amount("", line.change)

    def end(self, receipt: OpenReceipt, at: datetime) -> Iterator[str]:
        yield "-" * self._who.columns
        if receipt.unp:
            yield f"УНП: {receipt.unp}"
        if receipt.original:
            yield self.centred(f"<- {receipt.original}")
        yield from self.foot(receipt.number, at)

    def foot(self, number: int, at: datetime) -> Iterator[str]:
        yield self.pair(f"{number:07d}", f"{at:%d-%m-%Y %H:%M:%S}")
        yield self.pair(self._who.serial, self._who.fiscal_memory)


def _money(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"
