"""The paper of a Ukrainian software register (ПРРО): after the fiscaliser stamped a sale, before its print job.

Pure. Forms ФКЧ-1 (sale) and ФКЧ-2 (paying out) of the Ministry of Finance's order 13 of 21.01.2016, edition of
11.01.2025: their rows, in their order. Number, times, sums, taxes and link are the fiscaliser's where the stamp has
them. The words of a settlement document stand in this module alone, and no paper has them without a fiscal number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from drivers.printers.labels import labels
from drivers.printers.sheet import (
    Sheet,
    Shop,
    additions,
    adjustments,
    masked,
    original_date,
    people,
    position,
    why,
)
from drivers.printers.text import NO_BREAK, clean, percent, quantity, wrap
from statemachines.vocabulary.events import FiscalStamp
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import Card, Line, Payment, PaymentType, Receipt, TaxAmount

#: Whose stamp makes our paper a settlement document, and the maker's name for row 35.
MAKERS: Final = MappingProxyType({"checkbox": "CHECKBOX"})
SALE_TITLE: Final = "ФІСКАЛЬНИЙ ЧЕК"
RETURN_TITLE: Final = "ВИДАТКОВИЙ ЧЕК"
CASH_TITLE: Final = "СЛУЖБОВИЙ ЧЕК"
REPORT_TITLE: Final = "ФІСКАЛЬНИЙ ЗВІТНИЙ ЧЕК"
TEST: Final = "ТЕСТОВИЙ ЧЕК"
LOCAL: Final = "ЛОКАЛЬНИЙ"
WAITING: Final = "ЧЕК РЕЄСТРУЄТЬСЯ"
NO_SETTLEMENT: Final = "НЕ Є РОЗРАХУНКОВИМ ДОКУМЕНТОМ"
COMES_LATER: Final = "Оплату отримано. Чек видасть касир, щойно його буде зареєстровано."
DATE: Final = "%d.%m.%Y"
TIME: Final = "%H:%M:%S"
CHECK: Final = "https://cabinet.tax.gov.ua/cashregs/check"

_KYIV: Final = ZoneInfo("Europe/Kyiv")
_CASHLESS: Final = "БЕЗГОТІВКОВА"
_OTHER: Final = "ІНШЕ"
_FORMS: Final[MappingProxyType[PaymentType, str]] = MappingProxyType(
    {
        "cash": "ГОТІВКА",
        "card": _CASHLESS,
        "transfer": _CASHLESS,
        "certificate": _OTHER,
        "bonus": _OTHER,
        "other": _OTHER,
    }
)
_PROVISIONAL: Final = (
    "* Контрольне число присвоять, щойно відновиться зв’язок. Повний чек видасть касир; до того його видно за QR-кодом."
)


def settles(stamp: FiscalStamp) -> bool:
    """May paper with this stamp bear the title? Only with a document's and a register's fiscal number."""
    return stamp.fiscaliser in MAKERS and bool(clean(stamp.number).strip() and clean(stamp.register).strip())


def receipt(receipt: Receipt, shop: Shop, columns: int, exponent: int, stamp: FiscalStamp) -> Paper:
    """Lay out form ФКЧ-1 or ФКЧ-2, always in Ukrainian; raises ValueError for a width that no printer has."""
    sheet = new_sheet(columns, exponent, stamp)
    sheet.head(shop)
    sheet.rule()
    if receipt.header:
        sheet.free(receipt.header)
        sheet.rule()
    for line in receipt.lines:
        _gift(sheet, line) if line.request.price == 0 else position(sheet, line)
    sheet.rule()
    adjustments(sheet, receipt)
    for payment in receipt.payments:
        if payment.card is not None:
            _card(sheet, payment, payment.card, receipt.kind)
    _payments(sheet, receipt)
    if receipt.kind == "sale":
        sheet.rule()
    _sums(sheet, receipt, stamp)
    sheet.rule()
    if receipt.original is not None:
        _original(sheet, receipt)
    why(sheet, receipt)
    sheet.pair("ЧЕК №", clean(stamp.number))
    moment(sheet, stamp)
    link = stamp.url or (_link(receipt, exponent, stamp) if stamp.offline else "")
    if link:
        sheet.qr(link)
    mode(sheet, stamp)
    maker(sheet, stamp, SALE_TITLE if receipt.kind == "sale" else RETURN_TITLE)
    sheet.rule()
    if _lacks_control(stamp):
        sheet.lines(wrap(_PROVISIONAL, columns))
        sheet.rule()
    if receipt.department:
        sheet.pair(sheet.words.department, clean(receipt.department))
    people(sheet, shop, receipt.operator.name, cashier_first=True)
    additions(sheet, receipt)
    return sheet.paper()


# --- what receipts, cash slips and reports have in common --------------------------------------------------------


def new_sheet(columns: int, exponent: int, stamp: FiscalStamp) -> Sheet:
    """A sheet in Ukrainian; that of a test register is marked at both ends."""
    test = any(text.upper().startswith("TEST") for text in (stamp.number, stamp.register))
    return Sheet(columns, exponent, labels("uk"), TEST if test else "")


def moment(sheet: Sheet, stamp: FiscalStamp) -> None:
    """Date and time of the operation with seconds, in Kyiv (row 27); what is no instant stands as it was received."""
    if stamp.at:
        at = datetime.fromtimestamp(stamp.at // 1000, _KYIV)
        sheet.pair(at.strftime(DATE), at.strftime(TIME))
        return
    try:
        at = datetime.fromisoformat(stamp.date)
        at = at.astimezone(_KYIV) if at.tzinfo is not None else at
        sheet.pair(at.strftime(DATE), at.strftime(TIME))
    except (ValueError, OverflowError):
        sheet.pair(clean(stamp.date), "")


def mode(sheet: Sheet, stamp: FiscalStamp) -> None:
    """Rows 31, 32 and 34: on line or off line, the number made off line, the register."""
    _online(sheet, stamp)
    if stamp.offline:
        sheet.pair("Контрольне число", "*" if _lacks_control(stamp) else clean(stamp.control))
    register(sheet, stamp)


def report_mode(sheet: Sheet, stamp: FiscalStamp) -> None:
    """The same of a report, which has no form and no control number of its own unless it is told one."""
    _online(sheet, stamp)
    if stamp.offline and not _lacks_control(stamp):
        sheet.pair("Контрольне число", clean(stamp.control))
    register(sheet, stamp)


def _online(sheet: Sheet, stamp: FiscalStamp) -> None:
    sheet.pair("Режим роботи", "ОФЛАЙН" if stamp.offline else "ОНЛАЙН")


def register(sheet: Sheet, stamp: FiscalStamp) -> None:
    sheet.pair(f"ФН{NO_BREAK}ПРРО", clean(stamp.register))


def maker(sheet: Sheet, stamp: FiscalStamp, title: str) -> None:
    """Row 35: the title and whose software it is."""
    sheet.centre(title)
    sheet.centre(MAKERS[stamp.fiscaliser])


def _lacks_control(stamp: FiscalStamp) -> bool:
    return stamp.offline and not clean(stamp.control).strip()


# --- rows of a receipt -------------------------------------------------------------------------------------------


def _gift(sheet: Sheet, line: Line) -> None:
    """A good for nothing is no part of the settlement: a note, without cost and letter of tax."""
    pieces = "" if line.request.quantity == 1000 else f" {sheet.words.times} {quantity(line.request.quantity)}"
    sheet.lines(wrap(f"{sheet.words.gift}: {clean(line.request.name)}{pieces}", sheet.columns))


def _card(sheet: Sheet, payment: Payment, card: Card, kind: str) -> None:
    """Rows 12 to 17, of what the terminal said; the reference number is the bank's and beside the form."""
    sheet.free(card.acquirer or card.bank)
    rows = (
        ("Термінал", clean(card.terminal)),
        ("Комісія", sheet.sum(card.commission) if card.commission else ""),
        ("Вид операції", "Повернення" if kind == "return" else "Оплата"),
        ("ЕПЗ", masked(clean(card.mask))),
        ("ПЛАТІЖНА СИСТЕМА", clean(card.system)),
        (sheet.words.authorisation, clean(card.auth_code)),
        (sheet.words.reference_number, clean(card.rrn)),
    )
    for label, value in rows:
        if value:
            sheet.pair(label, value)


def _payments(sheet: Sheet, receipt: Receipt) -> None:
    """Rows 18 and 19: a sum for every form of payment, under it the means; form ФКЧ-2 has no row for the means."""
    currency = sheet.words.currency(receipt.currency)
    for form in dict.fromkeys(_FORMS[payment.type] for payment in receipt.payments):
        means = [payment for payment in receipt.payments if _FORMS[payment.type] == form]
        sheet.pair(form, _with(sheet.sum(sum(_handed(payment) for payment in means)), currency))
        for payment in means:
            if payment.type != "cash" and receipt.kind == "sale":
                name = clean(payment.label) or sheet.words.payments[payment.type]
                sheet.pair(name, sheet.sum(_handed(payment)), indent=2)


def _handed(payment: Payment) -> int:
    return payment.amount if payment.given is None else payment.given


def _with(amount: str, currency: str) -> str:
    return f"{amount}{NO_BREAK}{currency}"


def _sums(sheet: Sheet, receipt: Receipt, stamp: FiscalStamp) -> None:
    """Rows 20 to 25 (ФКЧ-2: 19 to 21): the fiscaliser's figures where it tells them."""
    words, ours, theirs = sheet.words, receipt.totals, stamp.totals
    currency = words.currency(receipt.currency)
    total, rounding = (ours.total, ours.rounding) if theirs is None else (theirs.total, theirs.rounding)
    sale = receipt.kind == "sale"
    sheet.pair(words.total, sheet.sum(total) if sale else _with(sheet.sum(total), currency), tall=True)
    _taxes(sheet, theirs.tax if theirs is not None and theirs.tax else ours.tax)
    if rounding:
        sheet.pair(words.rounding, sheet.sum(rounding, signed=True))
    due = words.due if sale else words.payout
    sheet.pair(due, _with(sheet.sum(total + rounding), currency))
    if sale and any(payment.type == "cash" for payment in receipt.payments):
        change = ours.change if theirs is None else theirs.change
        sheet.pair(words.change, _with(sheet.sum(change), currency))


def _taxes(sheet: Sheet, taxes: Sequence[TaxAmount]) -> None:
    """The VAT of every group (row 21), then what else is levied (row 22); a group without turnover is left out."""
    told = [tax for tax in taxes if tax.base or tax.amount]
    for tax in sorted(told, key=lambda tax: not clean(tax.name).upper().startswith("ПДВ")):
        name = " ".join(part for part in (clean(tax.name), clean(tax.letter), percent(tax.rate)) if part)
        sheet.pair(name, sheet.sum(tax.amount))


def _original(sheet: Sheet, receipt: Receipt) -> None:
    original = receipt.original
    if original is None:
        return
    number = original.fiscal_number or original.number or original.id
    if number:
        sheet.pair(sheet.words.original_no, clean(number))
    if original.date:
        sheet.pair(sheet.words.original_from, original_date(original, _KYIV.key, f"{DATE} {TIME}"))


def _link(receipt: Receipt, exponent: int, stamp: FiscalStamp) -> str:
    """The tax service's link (row 29) for a document that the till stamped itself; `mac` is a hash that Checkbox alone
    knows, and stands there once it was told.
    """
    if not stamp.at:
        return ""
    at = datetime.fromtimestamp(stamp.at // 1000, _KYIV)
    total = receipt.totals.total if stamp.totals is None else stamp.totals.total
    whole, part = divmod(total, 10**exponent)
    mac = f"&mac={quote(stamp.mac, safe='')}" if stamp.mac else ""
    return (
        f"{CHECK}?id={quote(stamp.number, safe='')}&date={at:%Y%m%d}&time={quote(at.strftime(TIME), safe='')}"
        f"&sm={whole}.{part:0{exponent}d}&fn={quote(stamp.register, safe='')}{mac}"
    )
