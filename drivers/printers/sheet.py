"""The paper while it is written: every form of a receipt or report puts its rows here, in whole lines.

Pure. What all forms share stands here: the shop's heading, a position with its cost, people and times. Which rows a
form has, and in which order, is the form's own business.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from drivers.printers.picture import dots_of
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
from drivers.printers.wording import Labels
from statemachines.vocabulary.paper import Block, Paper, QrCode, TextLine
from statemachines.vocabulary.receipt import Adjustment, Line, Original, Receipt

MIN_COLUMNS = 24
MAX_COLUMNS = 64

# ISO/IEC 18004, table 7: what a symbol of version 1, 2, … holds at level M, in bytes.
_BYTES: Final = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666)
_BIG_MODULE: Final = 6
_MODULE: Final = 5
_BIG_UP_TO: Final = 45
_QUIET: Final = 8


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
    """Every method adds whole lines of at most `columns`. `banner` is the first and the last line, "" = none."""

    columns: int
    exponent: int
    words: Labels
    banner: str = ""
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

    def grouped(self, amount: int, *, signed: bool = False) -> str:
        """A sum as reports write it: thousands apart."""
        return money(amount, self.exponent, grouped=True, signed=signed)

    def qr(self, content: str) -> None:
        """A code of `content` exactly as it is, its modules as large as the paper and a reader's eye want them."""
        size = 17 + 4 * next((at for at, room in enumerate(_BYTES, 1) if len(content.encode()) <= room), 40)
        wanted = _BIG_MODULE if size <= _BIG_UP_TO else _MODULE
        self.blocks.append(QrCode(content, max(1, min(wanted, dots_of(self.columns) // (size + _QUIET)))))

    def head(self, shop: Shop) -> None:
        """The shop's particulars; a copy's mark stands right after them."""
        self.centre(self.banner)
        for text in (*shop.name, shop.unit, shop.address, f"{shop.tax_label} {shop.tax_number}".strip()):
            self.centre(text)
        self.mark_at = len(self.blocks)

    def paper(self) -> Paper:
        """Close the sheet. The banner is repeated: no end of the paper that is torn off is without it."""
        self.centre(self.banner)
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


def people(sheet: Sheet, shop: Shop, cashier: str, *, cashier_first: bool = False) -> None:
    """The line that names the till and who stood at it, whichever of them is known."""
    till = f"{sheet.words.till} {clean(shop.till)}" if shop.till else ""
    who = f"{sheet.words.cashier} {clean(cashier)}" if cashier else ""
    first, second = (who, till) if cashier_first else (till, who)
    if first and second and len(first) + 1 + len(second) <= sheet.columns:
        sheet.pair(first, second)
        return
    for text in (first, second):
        sheet.lines(wrap(text, sheet.columns))


def position(sheet: Sheet, line: Line) -> None:
    """One good: quantity and price, what the law wants to be named, the name with its cost, its discounts."""
    words, request = sheet.words, line.request
    sheet.free(request.header)
    if request.quantity != 1000:
        sheet.lines(wrap(f"{quantity(request.quantity)} {words.times} {sheet.sum(request.price)}", sheet.columns))
    if request.uktzed:
        sheet.lines(wrap(f"{words.commodity_code} {clean(request.uktzed)}", sheet.columns))
    for stamp in request.excise_stamps:
        sheet.lines(wrap(f"{words.excise_stamp} {clean(stamp)}", sheet.columns))
    letter = clean(line.taxes[0].letter) if line.taxes else ""
    cost = f"{sheet.sum(line.gross)} {letter}" if letter else sheet.sum(line.gross)
    sheet.lines(two_part(clean(request.name), cost, sheet.columns, max_lines=NAME_LINES))
    for given in line.adjustments:
        adjustment(sheet, given, words.discount, words.surcharge, indent=2)
    sheet.free(request.footer)


def adjustment(sheet: Sheet, given: Adjustment, discount: str, surcharge: str, *, indent: int = 0) -> None:
    """A discount or surcharge under its own name, else under the word for it; one of nothing is left out."""
    if given.amount == 0:
        return
    name = clean(given.name) or (discount if given.kind == "discount" else surcharge)
    rate = "" if given.percent is None else f" {percent(given.percent)}"
    sheet.pair(name + rate, sheet.sum(given.amount, signed=True), indent=indent)


def adjustments(sheet: Sheet, receipt: Receipt) -> None:
    """The discounts and surcharges of the whole receipt, each in one line."""
    for given in receipt.adjustments:
        adjustment(sheet, given, sheet.words.receipt_discount, sheet.words.receipt_surcharge)


def original_date(original: Original, zone: str, form: str) -> str:
    """When the original was made: an instant as wall time (`form` as for strftime), anything else as it was given."""
    try:
        moment = datetime.fromisoformat(original.date)
        return moment.astimezone(ZoneInfo(zone)).strftime(form) if moment.tzinfo else clean(original.date)
    except (ValueError, OverflowError):
        return clean(original.date)


def why(sheet: Sheet, receipt: Receipt) -> None:
    """Why goods came back, and the return that an exchange goes on from."""
    if receipt.return_reason:
        sheet.pair(sheet.words.return_reason, clean(receipt.return_reason))
    if receipt.exchange_of:
        sheet.pair(sheet.words.exchange_of, clean(receipt.exchange_of))


def additions(sheet: Sheet, receipt: Receipt) -> None:
    """What belongs to no form: the order, the terminal's slips, the caller's footer and barcode."""
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


def masked(mask: str) -> str:
    """Return a card mask, and of something that looks like a whole card number its last four digits only."""
    digits = [char for char in mask if char.isdigit()]
    return f"**** {''.join(digits[-4:])}" if len(digits) > 10 else mask
