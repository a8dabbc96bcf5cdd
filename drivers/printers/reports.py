"""Cash slips, X and shift reports on paper: what a shift moved, in the words of the till's own journal.

Pure like the layout of receipts. None of it is a fiscal document and the reports say so. A shift report
carries the journal's anchor, so that who holds the paper can prove later that nothing before it was changed.
"""

from __future__ import annotations

from drivers.printers.labels import labels
from drivers.printers.layout import Sheet, Shop, local_time, people
from drivers.printers.text import NO_BREAK, clean, money, percent, two_part, wrap
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import CashMove, Report, ShiftTotals, TaxAmount, Turnover

_HASH_GROUP = 4
_WIDE_HASH = 8 * (_HASH_GROUP + 1) - 1


def cash_slip(move: CashMove, shop: Shop, columns: int, at_ms: int, exponent: int = 2) -> Paper:
    """Lay out the slip of money put into or taken out of a drawer, with two lines to sign on.

    `at_ms`: UTC milliseconds; raises as `layout.receipt` does.
    """
    words = labels(move.language)
    sheet = Sheet(columns, exponent, words)
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


def report(report: Report, shop: Shop, columns: int, at_ms: int, exponent: int = 2) -> Paper:
    """Lay out an X report or the report of a closed shift.

    `at_ms`: UTC milliseconds of the report; raises as `layout.receipt` does.
    """
    words = labels(report.language)
    sheet = Sheet(columns, exponent, words)
    sheet.head(shop)
    sheet.rule("=")
    heading = words.x_report_no if report.kind == "x_report" else words.shift_report_no
    sheet.centre(heading.format(report.number), tall=True)
    sheet.centre(words.not_fiscal)
    sheet.lines([local_time(at_ms, shop, words).rjust(columns)])
    people(sheet, shop, report.operator.name)
    sheet.pair(words.shift_opened_no.format(report.shift_number), local_time(report.opened_at, shop, words))
    if report.totals.last_number:
        sheet.pair(words.last_document, clean(report.totals.last_number))
    sheet.pair(words.report_currency, words.currency(report.currency))
    _turnover(sheet, words.sales, report.totals.sales)
    _turnover(sheet, words.returns, report.totals.returns)
    _cash(sheet, report.totals)
    sheet.rule("=")
    _doubts(sheet, report.doubts)
    _anchor(sheet, report.anchor)
    return sheet.paper()


def _sum(sheet: Sheet, amount: int) -> str:
    return money(amount, sheet.exponent, grouped=True)


def _turnover(sheet: Sheet, title: str, turnover: Turnover) -> None:
    words = sheet.words
    sheet.rule()
    sheet.centre(title)
    for payment in turnover.payments:
        sheet.pair(words.payments[payment.type], _sum(sheet, payment.amount))
    sheet.pair(words.total_turnover, _sum(sheet, turnover.total))
    if turnover.rounding:
        sheet.pair(words.rounding, money(turnover.rounding, sheet.exponent, grouped=True, signed=True))
    sheet.pair(words.count, str(turnover.count))
    for tax in turnover.tax:
        _tax(sheet, tax)


def _tax(sheet: Sheet, tax: TaxAmount) -> None:
    name = " ".join(part for part in (clean(tax.name), clean(tax.letter), percent(tax.rate)) if part)
    base = _sum(sheet, tax.base).replace(" ", NO_BREAK)
    sheet.pair(f"{name} {sheet.words.turnover} {base}", _sum(sheet, tax.amount))


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
        sheet.pair(label, _sum(sheet, amount))


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
