"""From a frozen receipt to lines of paper: after the rules accept a sale, before its print job is journalled.

Pure: same receipt, stamp, shop, width and time give the same `Paper`, which is then frozen, resent and copied as it
is. Which form it takes hangs on the stamp: the settlement document of a fiscaliser whose paper is ours to print, a slip
beside the paper of one that prints itself, and without a stamp the ordinary receipt, which says what was sold, owed
and paid, and no word of which claims that anything was registered. Marks of copies and the END line belong to the
print job and are added there.
"""

from __future__ import annotations

from collections.abc import Sequence

from drivers.printers import information_slip, ukrainian_receipt
from drivers.printers.labels import labels
from drivers.printers.sheet import (
    Sheet,
    Shop,
    additions,
    adjustments,
    local_time,
    masked,
    original_date,
    people,
    position,
    why,
)
from drivers.printers.text import clean, percent
from statemachines.vocabulary.events import FiscalStamp
from statemachines.vocabulary.paper import Paper, QrCode
from statemachines.vocabulary.receipt import Original, Payment, Receipt, TaxAmount

__all__ = ["Shop", "masked", "net_of", "receipt"]  # a shop is half of what a layout is asked with


def receipt(
    receipt: Receipt,
    shop: Shop,
    columns: int,
    at_ms: int,
    exponent: int = 2,
    stamp: FiscalStamp | None = None,
    *,
    training: bool = False,
    qr: str = "",
) -> Paper:
    """Lay out a sale or return for a printer of `columns` (24 to 64) characters.

    `at_ms`: UTC milliseconds of the sale; `exponent`: decimals of the currency (ISO 4217); `stamp`: the fiscaliser's
    particulars; `training`: nothing is real, every end of the paper says so and a stamp counts for nothing; `qr`: what
    a QR code at the end of an ordinary receipt shall contain, if there shall be one. Raises ValueError for another
    width, UnknownLanguage for a language without labels and ZoneInfoNotFoundError for a zone that does not exist.
    """
    if stamp is not None and not training:
        if ukrainian_receipt.settles(stamp):
            return ukrainian_receipt.receipt(receipt, shop, columns, exponent, stamp)
        if information_slip.informs(stamp):
            return information_slip.slip(receipt, shop, columns, exponent, stamp)
    words = labels(receipt.language)
    sheet = Sheet(columns, exponent, words, words.training if training else "")
    sheet.head(shop)
    sheet.rule()
    _title(sheet, receipt, shop, at_ms, training=training)
    sheet.rule()
    if receipt.header:
        sheet.free(receipt.header)
        sheet.rule()
    for line in receipt.lines:
        position(sheet, line)
    sheet.rule()
    _sums(sheet, receipt)
    for payment in receipt.payments:
        _payment(sheet, payment)
    if receipt.totals.change:
        sheet.pair(words.change, sheet.sum(receipt.totals.change))
    _taxes(sheet, receipt.totals.tax)
    additions(sheet, receipt)
    if qr:
        sheet.blocks.append(QrCode(qr))
    if receipt.kind == "sale" and not training:
        sheet.centre(words.thanks)
    return sheet.paper()


def _title(sheet: Sheet, receipt: Receipt, shop: Shop, at_ms: int, *, training: bool) -> None:
    words = sheet.words
    heading = words.return_no if receipt.kind == "return" else words.receipt_no
    sheet.title(heading, receipt.number, local_time(at_ms, shop, words))
    people(sheet, shop, receipt.operator.name)
    if receipt.department:
        sheet.pair(words.department, clean(receipt.department))
    if receipt.original is not None:
        _original(sheet, receipt.original, shop, training=training)
    why(sheet, receipt)


def _original(sheet: Sheet, original: Original, shop: Shop, *, training: bool) -> None:
    words = sheet.words
    if original.number:
        sheet.pair(words.original_no, clean(original.number))
    if original.fiscal_number:
        # in training no paper has the word for what is registered
        sheet.pair(words.original_no if training else words.original_fiscal_no, clean(original.fiscal_number))
    if not original.number and not original.fiscal_number and original.id:
        sheet.pair(words.original_no, clean(original.id))
    if original.date:
        sheet.pair(words.original_from, original_date(original, shop.zone, words.time_format))


def _sums(sheet: Sheet, receipt: Receipt) -> None:
    words, totals = sheet.words, receipt.totals
    adjustments(sheet, receipt)
    currency = words.currency(receipt.currency)
    sheet.pair(f"{words.total} {currency}", sheet.sum(totals.total), tall=True)
    if totals.rounding:
        sheet.pair(words.rounding, sheet.sum(totals.rounding, signed=True))
        due = words.payout if receipt.kind == "return" else words.due
        sheet.pair(f"{due} {currency}", sheet.sum(totals.payable))


def _payment(sheet: Sheet, payment: Payment) -> None:
    words, card = sheet.words, payment.card
    name = clean(payment.label) or words.payments[payment.type]
    mask = masked(clean(card.mask)) if card else ""
    handed = payment.amount if payment.given is None else payment.given
    sheet.pair(f"{name} {mask}".strip(), sheet.sum(handed))
    if card is None:
        return
    for label, value in (
        ("", card.system),
        (words.authorisation, card.auth_code),
        (words.reference_number, card.rrn),
    ):
        if value:
            sheet.pair(label or clean(value), clean(value) if label else "", indent=2)


def net_of(tax: TaxAmount, taxes: Sequence[TaxAmount]) -> int:
    """Return what `tax` is levied on: the turnover without this tax and without those that follow in its
    group.

    With VAT and excise in one group the VAT is levied on the sum without the excise, the excise on the rest.
    """
    group = [other for other in taxes if other.group == tax.group]
    return tax.base - sum(other.amount for other in group[group.index(tax) :])


def _taxes(sheet: Sheet, taxes: Sequence[TaxAmount]) -> None:
    """The taxes under a rule; of a gift, for which nothing is paid, there are none."""
    sheet.rule()
    for tax in taxes:
        if tax.base == 0 and tax.amount == 0:
            continue
        name = " ".join(part for part in (clean(tax.name), clean(tax.letter), percent(tax.rate)) if part)
        sheet.pair(f"{name} {sheet.words.tax_of} {sheet.sum(net_of(tax, taxes))}", sheet.sum(tax.amount))
