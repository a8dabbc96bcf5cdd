"""In the vendor's place on a sale's way: receipts and reports as text and as a page, for whoever knows their id.

Content of a receipt: Ministry of Finance order 13 (form ФКЧ-1, ФКЧ-2); arrangement after the vendor's text of a test
register. A test register's paper says so at its head, in its middle and at its end.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from firmware_bridge.vendors.checkbox.sandbox import picture, receipt_views, views
from firmware_bridge.vendors.checkbox.sandbox.clock import KYIV
from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.checkbox.sandbox.selling import hryvnias
from firmware_bridge.vendors.checkbox.sandbox.totals import TaxAmount
from firmware_bridge.vendors.checkbox.sandbox.values import TAX_OF, Receipt, Report, Tax

_TITLES = {"SERVICE_IN": "СЛУЖБОВЕ ВНЕСЕННЯ", "SERVICE_OUT": "СЛУЖБОВЕ ВИЛУЧЕННЯ", "RETURN": "ВИДАТКОВИЙ ЧЕК"}
_KINDS = {"CASH": "ГОТІВКА", "CASHLESS": "БЕЗГОТІВКОВА", "CARD": "БЕЗГОТІВКОВА"}


class Page:
    """Lines of at most `width` characters."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[str] = []

    def centre(self, text: str) -> None:
        self._lines.extend(line.center(self._width).rstrip() for line in self._folded(text))

    def left(self, text: str) -> None:
        self._lines.extend(self._folded(text))

    def pair(self, name: str, value: str) -> None:
        """`name` at the left edge, `value` at the right; two lines where they do not fit on one."""
        if len(name) + len(value) < self._width:
            self._lines.append(name + value.rjust(self._width - len(name)))
        else:
            self.left(name)
            self._lines.extend(line.rjust(self._width) for line in self._folded(value))

    def rule(self, mark: str = "-") -> None:
        self._lines.append(mark * self._width)

    def _folded(self, text: str) -> Iterable[str]:
        """Broken at spaces, and within a word that is longer than the paper."""
        for row in text.split("\n"):
            line = ""
            for word in row.split():
                while line and len(line) + 1 + len(word) > self._width:
                    yield line
                    line = ""
                line = f"{line} {word}".strip()
                while len(line) > self._width:
                    yield line[: self._width]
                    line = line[self._width :]
            yield line

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self._lines)


def receipt_text(register: Register, one: Receipt, width: int) -> str:
    """The receipt, lines of at most `width` characters."""
    page = Page(width)
    custom = one.payload.get("custom") or {}
    _head(page, register, custom.get("text_global_header"))
    if one.type in _TITLES:
        page.centre(_TITLES[one.type])
        page.rule("=")
    if one.payload.get("header"):
        page.centre(one.payload["header"])
    for given in _lines(one):
        _line(page, *given)
    if one.totals is not None:
        page.rule()
        for given, amount in zip(one.payload["discounts"], one.totals.adjusted, strict=True):
            page.pair(given["name"] or ("Знижка" if amount < 0 else "Надбавка"), hryvnias(amount))
    _payments(page, one)
    if one.totals is not None:
        _sums(page, one)
    if one.payload.get("footer"):
        page.centre(one.payload["footer"])
    if one.payload.get("barcode"):
        page.centre(one.payload["barcode"])
    _foot(page, register, one)
    if custom.get("text_global_footer"):
        page.centre(custom["text_global_footer"])
    return page.text()


def _head(page: Page, register: Register, custom: str | None) -> None:
    if custom:
        page.centre(custom)
    page.rule("=")
    if register.is_test:
        page.centre("ТЕСТОВИЙ ЧЕК")
        page.rule("=")
    page.centre(views.ORGANIZATION_TITLE)
    page.centre(views.ADDRESS)
    page.centre(f"ПН {views.TAX_NUMBER}")
    page.rule("=")


def _lines(one: Receipt) -> Iterable[tuple[Any, Any]]:
    return () if one.totals is None else zip(one.payload["goods"], one.totals.lines, strict=True)


def _line(page: Page, given: Any, line: Any) -> None:
    good = given["good"]
    if good["header"]:
        page.left(good["header"])
    page.left(f"{given['quantity'] / 1000:.3f} x {hryvnias(good['price'])}")
    for name, value in (("УКТЗЕД", good["uktzed"]), ("ШК", good["barcode"])):
        if value:
            page.left(f"{name} {value}")
    for stamp in good["excise_barcodes"] or [one for one in (good["excise_barcode"],) if one]:
        page.left(f"АМ {stamp}")
    letters = "".join(TAX_OF[tax.code].symbol for tax in line.taxes)
    page.pair(good["name"], f"{hryvnias(line.gross)} {letters}".rstrip())
    for discount, amount in zip(given["discounts"], line.adjusted, strict=True):
        page.pair(f"  {discount['name'] or ('Знижка' if amount < 0 else 'Надбавка')}", hryvnias(amount))
    if good["footer"]:
        page.left(good["footer"])


def _payments(page: Page, one: Receipt) -> None:
    for given in one.payload["payments"]:
        page.pair(_KINDS[given["type"]], f"{hryvnias(given['value'])} ГРН")
        if given["type"] == "CASH":
            continue
        page.left(given["label"])
        for name, key in (("ЕПЗ", "card_mask"), ("ПЛАТІЖНА СИСТЕМА", "payment_system"), ("Код авт.", "auth_code")):
            if given[key]:
                page.pair(f"  {name}", given[key])
        for name, key in (("Термінал", "terminal"), ("RRN", "rrn"), ("Банк", "bank_name")):
            if given[key]:
                page.pair(f"  {name}", given[key])


def _sums(page: Page, one: Receipt) -> None:
    page.rule()
    page.pair("СУМА", f"{hryvnias(one.total)} ГРН")
    for amount in one.totals.taxes if one.totals else ():
        _tax(page, TAX_OF[amount.code], amount)
    if one.due != one.total:
        page.pair("Заокруглення", ("+" if one.due > one.total else "") + hryvnias(one.due - one.total))
    page.pair("До сплати", f"{hryvnias(one.due)} ГРН")
    if one.rest:
        page.pair("Решта", f"{hryvnias(one.rest)} ГРН")


def _tax(page: Page, tax: Tax, amount: TaxAmount) -> None:
    if not tax.rate.rate and not tax.rate.extra_rate:
        page.left(f"{tax.label} {tax.symbol}")
        return
    if tax.rate.rate:
        page.pair(f"{tax.label.split('+')[0]} {tax.symbol} {_percent(tax.rate.rate)}", hryvnias(amount.value))
    if tax.rate.extra_rate:
        page.pair(f"Акцизний податок {tax.symbol} {_percent(tax.rate.extra_rate)}", hryvnias(amount.extra_value))


def _percent(hundredths: int) -> str:
    return f"{hundredths / 100:g}%"


def _foot(page: Page, register: Register, one: Receipt) -> None:
    page.rule("=")
    if one.fiscal_code:
        page.pair("ЧЕК №", one.fiscal_code)
    local = (one.fiscal_date or one.created_at).astimezone(KYIV)
    page.pair(f"{local:%d.%m.%Y}", f"{local:%H:%M:%S}")
    if one.transaction is not None:
        page.centre("ОФЛАЙН" if one.created_offline else "ОНЛАЙН")
    if one.control_number:
        page.pair("Контрольне число", one.control_number)
    page.pair("ФН ПРРО", register.fiscal_number)
    if register.is_test:
        page.centre("ТЕСТОВИЙ ЧЕК")
    elif one.transaction is not None:
        page.centre("ФІСКАЛЬНИЙ ЧЕК")
    page.centre("CHECKBOX")
    page.rule("=")


def receipt_html(register: Register, one: Receipt, *, simple: bool) -> str:
    """The text on a page, the link as a QR code. `simple`: without styles."""
    custom = one.payload.get("custom") or {}
    style = (
        "" if simple else "<style>body{background:#eee}pre{background:#fff;display:inline-block;padding:1em}</style>"
    )
    link = receipt_views.tax_url(register, one)
    code = ""
    if link is not None:
        image = base64.b64encode(picture.qrcode(link)).decode()
        code = f'<p><a href="{html.escape(link)}"><img alt="QR" src="data:image/png;base64,{image}"></a></p>'
    return (
        '<!DOCTYPE html><html lang="uk"><head><meta charset="utf-8">'
        f"<title>{html.escape(one.fiscal_code or one.id)}</title>{style}</head><body>"
        f"{custom.get('html_global_header') or ''}<pre>{html.escape(receipt_text(register, one, 42))}</pre>{code}"
        f"{custom.get('html_global_footer') or ''}</body></html>"
    )


def report_text(register: Register, one: Report, width: int) -> str:
    """X or Z as text."""
    page = Page(width)
    row = views.report(register, one)
    _head(page, register, None)
    page.centre(f"{'Z' if one.is_z else 'X'}-ЗВІТ № {row['serial']}")
    opened = one.shift.opened_at
    if opened is not None:
        page.pair(f"Зміна № {one.shift.serial} відкрита", f"{opened.astimezone(KYIV):%d.%m.%Y %H:%M:%S}")
    page.pair("Валюта звіту", "ГРН")
    _turnover(page, row, "РЕАЛІЗАЦІЯ", "sell_sum", "sales_turnover", row["sell_receipts_count"])
    _turnover(page, row, "ПОВЕРНЕННЯ", "return_sum", "returns_turnover", row["return_receipts_count"])
    _cash(page, row)
    if one.fiscal_code:
        page.pair("Фіскальний № звіту", one.fiscal_code)
    local = one.created_at.astimezone(KYIV)
    page.pair(f"{local:%d.%m.%Y}", f"{local:%H:%M:%S}")
    page.pair("ФН ПРРО", register.fiscal_number)
    page.centre("ФІСКАЛЬНИЙ ЗВІТНИЙ ЧЕК" if one.is_z and not register.is_test else "НЕ ФІСКАЛЬНИЙ ДОКУМЕНТ")
    page.centre("CHECKBOX")
    return page.text()


def _turnover(page: Page, row: views.Json, title: str, sums: str, turnover: str, count: int) -> None:
    page.rule()
    page.centre(title)
    for one in row["payments"]:
        if one[sums]:
            page.pair(one["label"], hryvnias(one[sums]))
    page.pair("Загальний оборот", hryvnias(sum(one[sums] for one in row["payments"])))
    page.pair("Кількість чеків", str(count))
    for one in row["taxes"]:
        if one[turnover]:
            page.pair(f"{one['label']} {one['symbol']} обіг {hryvnias(int(one[turnover]))}", hryvnias(int(one[sums])))


def _cash(page: Page, row: views.Json) -> None:
    page.rule()
    page.centre("ГОТІВКОВІ КОШТИ В КАСІ")
    page.pair("Початковий залишок", hryvnias(row["initial"]))
    page.pair("Службове внесення", hryvnias(sum(one["service_in"] for one in row["payments"])))
    page.pair("Службове вилучення", hryvnias(sum(one["service_out"] for one in row["payments"])))
    page.pair("Кінцевий залишок", hryvnias(row["balance"]))
    page.rule("=")


def periodical_text(register: Register, first: datetime, last: datetime, width: int) -> str:
    """What the Z reports of a time come to."""
    page = Page(width)
    reports = [views.report(register, one) for one in register.reports if one.is_z and first <= one.created_at <= last]
    _head(page, register, None)
    page.centre("ПЕРІОДИЧНИЙ ЗВІТ")
    page.pair("З", f"{first.astimezone(KYIV):%d.%m.%Y %H:%M:%S}")
    page.pair("По", f"{last.astimezone(KYIV):%d.%m.%Y %H:%M:%S}")
    if reports:
        page.pair("Z-звіти", f"{reports[0]['serial']} - {reports[-1]['serial']}")
    merged = _merged(reports)
    _turnover(page, merged, "РЕАЛІЗАЦІЯ", "sell_sum", "sales_turnover", merged["sell_receipts_count"])
    _turnover(page, merged, "ПОВЕРНЕННЯ", "return_sum", "returns_turnover", merged["return_receipts_count"])
    page.rule("=")
    page.pair("ФН ПРРО", register.fiscal_number)
    page.centre("CHECKBOX")
    return page.text()


def _merged(reports: list[views.Json]) -> views.Json:
    merged: views.Json = {
        name: sum(one[name] for one in reports) for name in ("sell_receipts_count", "return_receipts_count")
    }
    for table, key in (("payments", "label"), ("taxes", "symbol")):
        rows: dict[str, views.Json] = {}
        for one in (row for report in reports for row in report[table]):
            known = rows.setdefault(one[key], dict.fromkeys(one, 0) | {"label": one["label"], key: one[key]})
            for name in ("sell_sum", "return_sum", "sales_turnover", "returns_turnover"):
                if name in one:
                    known[name] += one[name]
        merged[table] = list(rows.values())
    return merged
