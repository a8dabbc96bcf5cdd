"""From a frozen receipt to lines of paper: after the rules accept a sale, before its print job is journalled.

Pure: same receipt, shop, width and time give the same `Paper`, which is then frozen, resent and copied as it
is. The layout of the ordinary receipt (no fiscaliser): it says what was sold, owed and paid, and no word of
it claims that anything was registered. Marks of copies and the END line belong to the print job and are added
there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from drivers.printers.labels import Labels, labels
from drivers.printers.text import (
    NAME_LINES,
    NO_BREAK,
    centred,
    clean,
    money,
    paragraphs,
    percent,
    quantity,
    two_part,
    wrap,
)
from statemachines.vocabulary.paper import Block, Paper, QrCode, TextLine
from statemachines.vocabulary.receipt import Adjustment, Line, Payment, Receipt, TaxAmount

MIN_COLUMNS = 24
MAX_COLUMNS = 64


@dataclass(frozen=True, slots=True)
class Shop:
    """The particulars on top of every paper, from the config; nothing of it is typed at the till.

    `name`: lines of the business's name; `unit`: the shop; `till`: its designation without the word ("1");
    `zone`: IANA name of the shop's time zone. Empty parts are left out.
    """

    name: tuple[str, ...]
    unit: str = ""
    address: str = ""
    tax_label: str = ""
    tax_number: str = ""
    till: str = ""
    zone: str = "UTC"


@dataclass(slots=True)
class Sheet:
    """The paper while it is written: every method adds whole lines of at most `columns`."""

    columns: int
    exponent: int
    words: Labels
    blocks: list[Block] = field(default_factory=list)
    mark_at: int = 0

    def __post_init__(self) -> None:
        if not MIN_COLUMNS <= self.columns <= MAX_COLUMNS:
            raise ValueError(
                f"A paper of {self.columns} columns cannot be laid out; give {MIN_COLUMNS} to {MAX_COLUMNS}."
            )

    def lines(self, texts: Iterable[str], *, tall: bool = False) -> None:
        self.blocks.extend(TextLine(text, tall) for text in texts)

    def rule(self, sign: str = "-") -> None:
        self.lines([sign * self.columns])

    def centre(self, text: str, *, tall: bool = False) -> None:
        self.lines(centred(clean(text), self.columns), tall=tall)

    def pair(self, left: str, right: str, *, indent: int = 0, tall: bool = False) -> None:
        self.lines(two_part(left, right, self.columns, indent), tall=tall)

    def title(self, heading: str, number: str, time: str) -> None:
        """The document's heading with its number, which is never torn from its sign, and the time."""
        text = heading.format(number).replace("№ ", f"№{NO_BREAK}").replace(f" {number}", NO_BREAK + number)
        self.pair(text if number else heading.format("").strip(), time)

    def free(self, text: str) -> None:
        self.lines(paragraphs(text, self.columns))

    def sum(self, amount: int, *, signed: bool = False) -> str:
        return money(amount, self.exponent, signed=signed)

    def head(self, shop: Shop) -> None:
        """The shop's particulars; a copy's mark stands right after them."""
        for text in (*shop.name, shop.unit, shop.address, f"{shop.tax_label} {shop.tax_number}".strip()):
            self.centre(text)
        self.mark_at = len(self.blocks)

    def paper(self) -> Paper:
        return Paper(
            columns=self.columns,
            blocks=tuple(self.blocks),
            end_label=self.words.end,
            copy_label=self.words.copy,
            void_label=self.words.void,
            mark_at=self.mark_at,
        )


def local_time(at_ms: int, shop: Shop, words: Labels) -> str:
    """Write UTC milliseconds as the shop's wall time in the form of the language."""
    return datetime.fromtimestamp(at_ms // 1000, ZoneInfo(shop.zone)).strftime(words.time_format)


def receipt(receipt: Receipt, shop: Shop, columns: int, at_ms: int, exponent: int = 2, *, qr: str = "") -> Paper:
    """Lay out a sale or return for a printer of `columns` (24 to 64) characters.

    `at_ms`: UTC milliseconds of the sale; `exponent`: decimals of the currency (ISO 4217); `qr`: what a QR
    code at the end shall contain, if there shall be one. Raises ValueError for another width, UnknownLanguage
    for a language without labels and ZoneInfoNotFoundError for a zone that does not exist.
    """
    words = labels(receipt.language)
    sheet = Sheet(columns, exponent, words)
    sheet.head(shop)
    sheet.rule()
    _title(sheet, receipt, shop, at_ms)
    sheet.rule()
    if receipt.header:
        sheet.free(receipt.header)
        sheet.rule()
    for line in receipt.lines:
        _position(sheet, line)
    sheet.rule()
    _sums(sheet, receipt)
    for payment in receipt.payments:
        _payment(sheet, payment)
    if receipt.totals.change:
        sheet.pair(words.change, sheet.sum(receipt.totals.change))
    sheet.rule()
    _taxes(sheet, receipt.totals.tax)
    _close(sheet, receipt, qr)
    return sheet.paper()


def _title(sheet: Sheet, receipt: Receipt, shop: Shop, at_ms: int) -> None:
    words = sheet.words
    heading = words.return_no if receipt.kind == "return" else words.receipt_no
    sheet.title(heading, receipt.number, local_time(at_ms, shop, words))
    people(sheet, shop, receipt.operator.name)
    if receipt.department:
        sheet.pair(words.department, clean(receipt.department))
    original = receipt.original
    if original is None:
        return
    if original.number:
        sheet.pair(words.original_no, clean(original.number))
    if original.fiscal_number:
        sheet.pair(words.original_fiscal_no, clean(original.fiscal_number))
    if not original.number and not original.fiscal_number and original.id:
        sheet.pair(words.original_no, clean(original.id))
    if original.date:
        sheet.pair(words.original_from, clean(original.date))


def people(sheet: Sheet, shop: Shop, cashier: str) -> None:
    """The line that names the till and the cashier, whichever of them is known."""
    till = f"{sheet.words.till} {clean(shop.till)}" if shop.till else ""
    who = f"{sheet.words.cashier} {clean(cashier)}" if cashier else ""
    if till and who and len(till) + 1 + len(who) <= sheet.columns:
        sheet.pair(till, who)
        return
    for text in (till, who):
        sheet.lines(wrap(text, sheet.columns))


def _position(sheet: Sheet, line: Line) -> None:
    words, request = sheet.words, line.request
    sheet.free(request.header)
    if request.quantity != 1000:
        sheet.lines(wrap(f"{quantity(request.quantity)} {words.times} {sheet.sum(request.price)}", sheet.columns))
    if request.uktzed:
        sheet.lines(wrap(f"{words.commodity_code} {clean(request.uktzed)}", sheet.columns))
    for stamp in request.excise_stamps:
        sheet.lines(wrap(f"{words.excise_stamp} {clean(stamp)}", sheet.columns))
    letter = line.taxes[0].letter if line.taxes else ""
    cost = f"{sheet.sum(line.gross)} {letter}" if letter else sheet.sum(line.gross)
    sheet.lines(two_part(clean(request.name), cost, sheet.columns, max_lines=NAME_LINES))
    for adjustment in line.adjustments:
        _adjustment(sheet, adjustment, words.discount, words.surcharge, indent=2)
    sheet.free(request.footer)


def _adjustment(sheet: Sheet, given: Adjustment, discount: str, surcharge: str, *, indent: int = 0) -> None:
    if given.amount == 0:
        return
    name = clean(given.name) or (discount if given.kind == "discount" else surcharge)
    rate = "" if given.percent is None else f" {percent(given.percent)}"
    sheet.pair(name + rate, sheet.sum(given.amount, signed=True), indent=indent)


def _sums(sheet: Sheet, receipt: Receipt) -> None:
    words, totals = sheet.words, receipt.totals
    for adjustment in receipt.adjustments:
        _adjustment(sheet, adjustment, words.receipt_discount, words.receipt_surcharge)
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


def masked(mask: str) -> str:
    """Return a card mask, and of something that looks like a whole card number its last four digits only."""
    digits = [char for char in mask if char.isdigit()]
    return f"**** {''.join(digits[-4:])}" if len(digits) > 10 else mask


def net_of(tax: TaxAmount, taxes: Sequence[TaxAmount]) -> int:
    """Return what `tax` is levied on: the turnover without this tax and without those that follow in its
    group.

    With VAT and excise in one group the VAT is levied on the sum without the excise, the excise on the rest.
    """
    group = [other for other in taxes if other.group == tax.group]
    return tax.base - sum(other.amount for other in group[group.index(tax) :])


def _taxes(sheet: Sheet, taxes: Sequence[TaxAmount]) -> None:
    for tax in taxes:
        name = " ".join(part for part in (clean(tax.name), clean(tax.letter), percent(tax.rate)) if part)
        sheet.pair(f"{name} {sheet.words.tax_of} {sheet.sum(net_of(tax, taxes))}", sheet.sum(tax.amount))


def _close(sheet: Sheet, receipt: Receipt, qr: str) -> None:
    if receipt.order_id:
        sheet.pair(sheet.words.order, clean(receipt.order_id))
    slips = [line for payment in receipt.payments for line in payment.slip]
    if slips:
        sheet.rule()
        for line in slips:
            sheet.free(line)
        sheet.rule()
    sheet.free(receipt.footer)
    if receipt.barcode:
        sheet.centre(receipt.barcode)
    if qr:
        sheet.blocks.append(QrCode(qr))
    if receipt.kind == "sale":
        sheet.centre(sheet.words.thanks)
