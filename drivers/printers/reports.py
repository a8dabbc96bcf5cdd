"""Cash slips, X and shift reports on paper: what a shift moved, in the words of the till's own journal.

Pure like the layout of receipts. Without a fiscaliser's stamp none of it is a fiscal document and the reports say so;
with one the particulars of its register stand under the figures. A shift report carries the journal's anchor, so that
who holds the paper can prove later that nothing before it was changed.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from drivers.printers import ukrainian_receipt as ukrainian
from drivers.printers.labels import labels
from drivers.printers.sheet import Sheet, Shop, local_time, people
from drivers.printers.text import NO_BREAK, clean, percent, two_part, wrap
from statemachines.vocabulary.events import FiscalStamp
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import CashMove, Report, ShiftTotals, TaxAmount, Turnover

_HASH_GROUP = 4
_WIDE_HASH = 8 * (_HASH_GROUP + 1) - 1


def cash_slip(
    move: CashMove,
    shop: Shop,
    columns: int,
    at_ms: int,
    exponent: int = 2,
    stamp: FiscalStamp | None = None,
    *,
    training: bool = False,
) -> Paper:
    """Lay out the slip of money put into or taken out of a drawer: a register's service slip, or one to sign.

    `at_ms`: UTC milliseconds; `stamp` and `training` as for `layout.receipt`, which also tells what is raised.
    """
    if stamp is not None and not training and _ukrainian(stamp):
        return _service_slip(move, shop, columns, exponent, stamp)
    words = labels(move.language)
    sheet = Sheet(columns, exponent, words, words.training if training else "")
    sheet.head(shop)
    sheet.rule()
    heading = words.cash_in_no if move.direction == "in" else words.cash_out_no
    sheet.title(heading, move.number, local_time(at_ms, shop, words))
    people(sheet, shop, move.operator.name)
    sheet.rule()
    sheet.lines(wrap(words.moves[move.type], columns))
    sheet.pair(f"{words.amount} {words.currency(move.currency)}", sheet.sum(move.amount), tall=True)
    if move.reason:
        sheet.pair(words.reason, clean(move.reason))
    if move.drawer_id:
        sheet.pair(words.drawer, clean(move.drawer_id))
    sheet.rule()
    for who in (words.given_by, words.taken_by):
        sheet.lines(["", f"{who} ".ljust(columns, "_")])
    return sheet.paper()


def _ukrainian(stamp: FiscalStamp) -> bool:
    """Is it a stamp of a register whose paper is ours? Service documents and X reports have no number of the state."""
    return stamp.fiscaliser in ukrainian.MAKERS and bool(clean(stamp.register).strip())


def _service_slip(move: CashMove, shop: Shop, columns: int, exponent: int, stamp: FiscalStamp) -> Paper:
    """Service cash in or out, of which the register keeps a receipt that never goes to the tax service."""
    sheet = ukrainian.new_sheet(columns, exponent, stamp)
    words = sheet.words
    currency = words.currency(move.currency)
    sheet.head(shop)
    sheet.rule()
    sheet.centre((words.cash_in if move.direction == "in" else words.cash_out).upper())
    sheet.rule()
    sheet.pair(words.amount, f"{sheet.sum(move.amount)}{NO_BREAK}{currency}")
    sheet.pair(words.reason, clean(move.reason) or words.moves[move.type])
    if stamp.balance is not None:
        sheet.pair("Залишок у касі", f"{sheet.grouped(stamp.balance)} {currency}".replace(" ", NO_BREAK))
    sheet.rule()
    ukrainian.moment(sheet, stamp)
    ukrainian.register(sheet, stamp)
    ukrainian.maker(sheet, stamp, ukrainian.CASH_TITLE)
    people(sheet, shop, move.operator.name, cashier_first=True)
    return sheet.paper()


def report(
    report: Report,
    shop: Shop,
    columns: int,
    at_ms: int,
    exponent: int = 2,
    stamp: FiscalStamp | None = None,
    *,
    training: bool = False,
) -> Paper:
    """Lay out an X report or the report of a closed shift, with the fiscaliser's particulars where it has stamped it.

    `at_ms`: UTC milliseconds of the report; `stamp` and `training` as for `layout.receipt`, which also tells what is
    raised. The figures are the journal's.
    """
    if stamp is not None and not training and (_ukrainian(stamp) or _local(report, stamp)):
        return _register_report(report, shop, columns, exponent, stamp)
    words = labels(report.language)
    sheet = Sheet(columns, exponent, words, words.training if training else "")
    sheet.head(shop)
    sheet.rule("=")
    heading = words.x_report_no if report.kind == "x_report" else words.shift_report_no
    sheet.centre(heading.format(report.number), tall=True)
    if not training:
        sheet.centre(words.not_fiscal)
    sheet.lines([local_time(at_ms, shop, words).rjust(columns)])
    people(sheet, shop, report.operator.name)
    _figures(
        sheet, report, words.shift_opened_no.format(report.shift_number), local_time(report.opened_at, shop, words)
    )
    sheet.rule("=")
    _doubts(sheet, report.doubts)
    _anchor(sheet, report.anchor)
    return sheet.paper()


def _register_report(report: Report, shop: Shop, columns: int, exponent: int, stamp: FiscalStamp) -> Paper:
    """The X or Z report of a Ukrainian register. Only a Z, which the tax service has, may bear the title.

    One that the till made without the register has no number in the register's books yet: an X is the till's own, says
    so and names no maker; a Z has nothing but its fiscal number.
    """
    sheet = ukrainian.new_sheet(columns, exponent, stamp)
    words, final = sheet.words, report.kind == "shift_report"
    sheet.head(shop)
    sheet.rule("=")
    sheet.centre(_heading(report, stamp), tall=True)
    opened = datetime.fromtimestamp(report.opened_at // 1000, ZoneInfo("Europe/Kyiv"))
    shift = words.shift_opened_no.format(clean(stamp.shift_no) or report.shift_number)
    _figures(sheet, report, shift, opened.strftime(f"{ukrainian.DATE} {ukrainian.TIME}"))
    sheet.rule("=")
    registered = final and bool(clean(stamp.number).strip())
    if registered and stamp.number != stamp.document_no:
        sheet.pair("Фіскальний № звіту", clean(stamp.number))
    ukrainian.moment(sheet, stamp)
    ukrainian.report_mode(sheet, stamp)
    if _local(report, stamp):
        sheet.centre(words.not_fiscal)
    else:
        ukrainian.maker(sheet, stamp, ukrainian.REPORT_TITLE if registered else words.not_fiscal)
    if report.doubts:
        sheet.rule("=")
        _doubts(sheet, report.doubts)
    _anchor(sheet, report.anchor)
    return sheet.paper()


def _local(report: Report, stamp: FiscalStamp) -> bool:
    """Is it an X report of the till's own, made while the register cannot be reached?"""
    numbers = f"{stamp.number}{stamp.document_no}"
    asked = report.kind == "x_report" and stamp.offline and not clean(numbers).strip()
    return asked and bool(clean(stamp.register).strip())


def _heading(report: Report, stamp: FiscalStamp) -> str:
    name = f"{'Z' if report.kind == 'shift_report' else 'X'}-ЗВІТ"
    if _local(report, stamp):
        return f"{ukrainian.LOCAL} {name}"
    number = clean(stamp.document_no).strip()
    return name if stamp.offline and not number else f"{name} № {number or report.number}"


# --- the figures of a shift --------------------------------------------------------------------------------------


def _figures(sheet: Sheet, report: Report, shift: str, opened: str) -> None:
    words, totals = sheet.words, report.totals
    sheet.pair(shift, opened)
    if totals.last_number:
        sheet.pair(words.last_document, clean(totals.last_number))
    sheet.pair(words.report_currency, words.currency(report.currency))
    width = max((len(_tax_name(tax)) for turnover in (totals.sales, totals.returns) for tax in turnover.tax), default=0)
    _turnover(sheet, words.sales, totals.sales, width)
    _turnover(sheet, words.returns, totals.returns, width)
    _cash(sheet, totals)


def _turnover(sheet: Sheet, title: str, turnover: Turnover, width: int) -> None:
    words = sheet.words
    sheet.rule()
    sheet.centre(title)
    for payment in turnover.payments:
        sheet.pair(words.payments[payment.type], sheet.grouped(payment.amount))
    sheet.pair(words.total_turnover, sheet.grouped(turnover.total))
    if turnover.rounding:
        sheet.pair(words.rounding, sheet.grouped(turnover.rounding, signed=True))
    sheet.pair(words.count, str(turnover.count))
    for tax in turnover.tax:
        # names are as wide as the widest, so that the turnovers stand below each other
        base = sheet.grouped(tax.base).replace(" ", NO_BREAK)
        name = _tax_name(tax) + NO_BREAK * max(0, min(width, sheet.columns // 3) - len(_tax_name(tax)))
        sheet.pair(f"{name} {words.turnover} {base}", sheet.grouped(tax.amount))


def _tax_name(tax: TaxAmount) -> str:
    return " ".join(part for part in (clean(tax.name), clean(tax.letter), percent(tax.rate)) if part)


def _cash(sheet: Sheet, totals: ShiftTotals) -> None:
    words = sheet.words
    sheet.rule()
    sheet.centre(words.cash_in_drawer)
    for label, amount in (
        (words.opening_cash, totals.float_amount),
        (words.cash_in, totals.cash_in),
        (words.cash_out, totals.cash_out),
        (words.expected_cash, totals.expected_cash),
    ):
        sheet.pair(label, sheet.grouped(amount))


def _doubts(sheet: Sheet, doubts: tuple[str, ...]) -> None:
    if not doubts:
        sheet.lines(wrap(sheet.words.no_doubts, sheet.columns))
        return
    sheet.centre(sheet.words.open_doubts)
    for doubt in doubts:
        sheet.lines(two_part(f"! {clean(doubt)}", "", sheet.columns))


def _anchor(sheet: Sheet, anchor: str) -> None:
    """Write "SEQ:HASH" so that a person can type it: the number with its colon, then the digits in fours."""
    if not anchor:
        return
    sequence, colon, digest = clean(anchor).partition(":")
    sheet.rule()
    sheet.pair(sheet.words.anchor, sequence + colon)
    groups = [digest[at : at + _HASH_GROUP] for at in range(0, len(digest), _HASH_GROUP)]
    per_line = 8 if sheet.columns >= _WIDE_HASH else 4
    sheet.lines(" ".join(groups[at : at + per_line]) for at in range(0, len(groups), per_line))
