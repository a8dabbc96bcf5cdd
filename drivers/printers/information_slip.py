"""Beside a receipt that a register printed itself (Belarus): the same sale in words that claim nothing.

Pure. Whether paper that somebody else makes from the register's answer is a payment document is not known, therefore
it is none: the slip names the register's receipt by number, СКО and unique identifier (УИ), by which the buyer finds it
in the tax ministry's application.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from drivers.printers.labels import labels
from drivers.printers.sheet import Sheet, Shop, additions, adjustments, people, position, why
from drivers.printers.text import clean
from statemachines.vocabulary.events import FiscalStamp
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import Receipt

_REGISTERS: Final = {"ikassa": "iKassa"}


def informs(stamp: FiscalStamp) -> bool:
    """Is the stamp that of a register whose own paper is the receipt?"""
    return stamp.fiscaliser in _REGISTERS and bool(clean(stamp.number).strip())


def slip(receipt: Receipt, shop: Shop, columns: int, exponent: int, stamp: FiscalStamp) -> Paper:
    """Lay out the slip in Russian; raises ValueError for a width that no printer has."""
    words = labels("ru")
    sheet = Sheet(columns, exponent, words)
    sheet.head(shop)
    sheet.rule()
    sheet.centre("ИНФОРМАЦИЯ О ПЛАТЕЖЕ" if receipt.kind == "sale" else "ИНФОРМАЦИЯ О ВОЗВРАТЕ")
    sheet.centre(f"(чек выдан кассой {_REGISTERS[stamp.fiscaliser]})")
    sheet.rule()
    for line in receipt.lines:
        position(sheet, line)
    sheet.rule()
    adjustments(sheet, receipt)
    total = receipt.totals.total if stamp.totals is None else stamp.totals.total
    sheet.pair(words.total, f"{sheet.sum(total)} {words.currency(receipt.currency)}", tall=True)
    for payment in receipt.payments:
        handed = payment.amount if payment.given is None else payment.given
        sheet.pair(clean(payment.label) or words.payments[payment.type], sheet.sum(handed))
    change = receipt.totals.change if stamp.totals is None else stamp.totals.change
    if change:
        sheet.pair(words.change, sheet.sum(change))
    sheet.rule()
    why(sheet, receipt)
    for label, value in (("СКО", stamp.register), ("Чек №", stamp.document_no), ("УИ", stamp.number)):
        if value:
            sheet.pair(label, clean(value))
    _moment(sheet, shop, stamp)
    people(sheet, shop, receipt.operator.name)
    additions(sheet, receipt)
    return sheet.paper()


def _moment(sheet: Sheet, shop: Shop, stamp: FiscalStamp) -> None:
    if stamp.at:
        at = datetime.fromtimestamp(stamp.at // 1000, ZoneInfo(shop.zone))
        sheet.pair(at.strftime("%d.%m.%Y"), at.strftime("%H:%M:%S"))
    elif stamp.date:
        sheet.pair(clean(stamp.date), "")
