"""Beside the sales: card slips, kitchen tickets, vouchers and notices on paper, before their print job is journalled.

Pure. The caller's elements stand as they were asked for; above them stands what tells a reader what this is: that it is
no fiscal document, its kind and number, when, at which till. The shop's tax number stands on none of them, and no line
of theirs is the title of a document that only a fiscaliser makes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.printers import ukrainian_receipt as ukrainian
from drivers.printers.labels import labels
from drivers.printers.sheet import Sheet, Shop, local_time, people
from drivers.printers.text import clean, wrap
from statemachines.vocabulary.paper import Paper, QrCode, TextLine
from statemachines.vocabulary.slip import Align, Slip, SlipElement, SlipFeed, SlipKind, SlipText

#: What leaves the shop in a customer's hand names it; a kitchen knows where it is.
NAMES_SHOP: Final[tuple[SlipKind, ...]] = ("card_slip", "voucher")
CLAIMS: Final = "must not be the title of a fiscal document, which no other paper may bear"
_TITLES: Final = (
    ukrainian.SALE_TITLE,
    ukrainian.RETURN_TITLE,
    ukrainian.CASH_TITLE,
    ukrainian.REPORT_TITLE,
    "Фіскальний касовий чек",
    "Фискален бон",
    "Фискальный чек",
    "Кассовый чек",
    "Satış çeki",
    "Fiscal receipt",
)


def compose(slip: Slip, shop: Shop, columns: int, at_ms: int, exponent: int = 2, *, training: bool = False) -> Paper:
    """Lay a slip out for a printer of `columns` (24 to 64) characters.

    `at_ms`: UTC milliseconds; `training` as for `layout.receipt`, which also tells what is raised.
    """
    if slip.kind == "waiting":
        return _waiting(slip, shop, columns, at_ms, exponent)
    words = labels(slip.language)
    sheet = Sheet(columns, exponent, words, words.training if training else "")
    if slip.kind in NAMES_SHOP:
        sheet.head(replace(shop, tax_label="", tax_number=""))
        sheet.rule()
    else:
        sheet.head(Shop(()))
    if not training:
        sheet.centre(words.not_fiscal)
    sheet.title(words.slips[slip.kind], slip.number, local_time(at_ms, shop, words))
    people(sheet, shop, slip.operator.name)
    if slip.sale_id:
        sheet.pair(words.original_no, clean(slip.sale_number or slip.sale_id))
    if slip.title:
        sheet.centre(slip.title, tall=True)
    sheet.rule()
    for element in slip.elements:
        _element(sheet, element)
    return sheet.paper()


def _waiting(slip: Slip, shop: Shop, columns: int, at_ms: int, exponent: int) -> Paper:
    """In place of a receipt that a Ukrainian register has not answered for yet: that it is none stands on top of it.

    All its words are its own: the slip says of which sale it is.
    """
    words = labels("uk")
    sheet = Sheet(columns, exponent, words)
    sheet.head(replace(shop, tax_label="", tax_number=""))
    sheet.rule()
    sheet.centre(ukrainian.WAITING, tall=True)
    sheet.centre(ukrainian.NO_SETTLEMENT)
    sheet.rule()
    sheet.title("№ {}", slip.number, local_time(at_ms, shop, words))
    people(sheet, shop, slip.operator.name)
    sheet.pair(words.original_no, clean(slip.sale_number or slip.sale_id))
    sheet.rule()
    sheet.lines(wrap(ukrainian.COMES_LATER, columns))
    return sheet.paper()


def _element(sheet: Sheet, element: SlipElement) -> None:
    match element:
        case SlipText():
            _text(sheet, element)
        case SlipFeed(lines=lines):
            sheet.lines([""] * lines)
        case QrCode(content=content):
            sheet.qr(content)
        case _:
            sheet.blocks.append(element)


def _text(sheet: Sheet, text: SlipText) -> None:
    """What fits stays column for column as it was sent: terminals align their slips with blanks."""
    width = sheet.columns // 2 if text.wide else sheet.columns
    shown = clean(text.text).rstrip()
    lines = [shown] if len(shown) <= width else wrap(shown, width)
    sheet.blocks.extend(TextLine(_aligned(line, width, text.align), text.tall, text.wide, text.bold) for line in lines)


def _aligned(line: str, width: int, align: Align) -> str:
    if align == "left":
        return line
    bare = line.strip()
    return bare.rjust(width) if align == "right" else (" " * ((width - len(bare)) // 2) + bare).rstrip()


def claims_to_be_fiscal(text: str) -> bool:
    """Is this line nothing but the title of a fiscal document, in whatever case and spacing?"""
    return _letters(text) in _CLAIMED


def _letters(text: str) -> str:
    return "".join(char for char in clean(text).casefold() if char.isalpha())


_CLAIMED: Final = frozenset(_letters(title) for title in _TITLES)
