"""The words on the paper: before a receipt is laid out, its language gives every label that the till adds.

One `Labels` per language, all fields obligatory: a word that is missing in one language is an error when this
module is imported, not a hole on somebody's receipt. Names of goods and texts of the caller are never
translated. None of these words may make paper that is not registered look registered: the titles of fiscal
documents belong to a fiscaliser's stamp and are not in this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from statemachines.vocabulary.receipt import CashMoveType, PaymentType


class UnknownLanguage(LookupError):
    """There are no labels in the language asked for; the text names those there are."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one language. Headings that take a document's number have one `{}` for it."""

    # headings
    receipt_no: str
    return_no: str
    cash_in_no: str
    cash_out_no: str
    x_report_no: str
    shift_report_no: str
    not_fiscal: str
    # marks of a print job
    end: str
    copy: str
    void: str
    # particulars
    till: str
    cashier: str
    order: str
    original_no: str
    original_fiscal_no: str
    original_from: str
    department: str
    # lines and sums
    times: str
    commodity_code: str
    excise_stamp: str
    discount: str
    surcharge: str
    receipt_discount: str
    receipt_surcharge: str
    total: str
    rounding: str
    due: str
    payout: str
    change: str
    tax_of: str
    authorisation: str
    reference_number: str
    thanks: str
    payments: Mapping[PaymentType, str]
    currencies: Mapping[str, str]
    # cash slips
    moves: Mapping[CashMoveType, str]
    reason: str
    drawer: str
    amount: str
    given_by: str
    taken_by: str
    # reports
    shift_opened_no: str
    last_document: str
    report_currency: str
    sales: str
    returns: str
    count: str
    turnover: str
    total_turnover: str
    cash_in_drawer: str
    opening_cash: str
    cash_in: str
    cash_out: str
    expected_cash: str
    open_doubts: str
    no_doubts: str
    anchor: str
    # how times are written, as for datetime.strftime
    time_format: str

    def currency(self, code: str) -> str:
        """Return how this language writes the currency `code` (ISO 4217); the code itself by default."""
        return self.currencies.get(code, code)


_ENGLISH = Labels(
    receipt_no="Receipt {}",
    return_no="Return {}",
    cash_in_no="Cash in {}",
    cash_out_no="Cash out {}",
    x_report_no="X report {}",
    shift_report_no="Shift report {}",
    not_fiscal="NOT A FISCAL DOCUMENT",
    end="END",
    copy="COPY",
    void="FRAGMENT ABOVE IS VOID",
    till="Till",
    cashier="Cashier",
    order="Order",
    original_no="For receipt",
    original_fiscal_no="Its fiscal number",
    original_from="dated",
    department="Department",
    times="x",
    commodity_code="Commodity code",
    excise_stamp="Excise stamp",
    discount="Discount",
    surcharge="Surcharge",
    receipt_discount="Discount on receipt",
    receipt_surcharge="Surcharge on receipt",
    total="TOTAL",
    rounding="Rounding",
    due="To pay",
    payout="To pay out",
    change="Change",
    tax_of="of",
    authorisation="Authorisation",
    reference_number="RRN",
    thanks="Thank you!",
    payments=MappingProxyType(
        {
            "cash": "Cash",
            "card": "Card",
            "certificate": "Gift certificate",
            "bonus": "Bonus",
            "transfer": "Transfer",
            "other": "Other",
        }
    ),
    currencies=MappingProxyType({}),
    moves=MappingProxyType(
        {
            "add_to_float": "Added to the float",
            "add_petty_cash": "Petty cash returned",
            "transfer_in": "Transfer from elsewhere",
            "adjustment_in": "Adjustment, cash over",
            "remove_petty_cash": "Petty cash taken",
            "cash_pull": "Cash collection",
            "transfer_out": "Transfer elsewhere",
            "adjustment_out": "Adjustment, cash short",
            "gift_card_cash_out": "Gift card paid out",
        }
    ),
    reason="Reason",
    drawer="Drawer",
    amount="AMOUNT",
    given_by="Given by",
    taken_by="Received by",
    shift_opened_no="Shift {} opened",
    last_document="Last document",
    report_currency="Currency",
    sales="SALES",
    returns="RETURNS",
    count="Number of documents",
    turnover="turnover",
    total_turnover="Total",
    cash_in_drawer="CASH IN THE DRAWER",
    opening_cash="Opening float",
    cash_in="Cash in",
    cash_out="Cash out",
    expected_cash="Expected",
    open_doubts="NOT CERTAIN YET",
    no_doubts="Nothing is in doubt",
    anchor="Journal anchor",
    time_format="%Y-%m-%d %H:%M",
)

_UKRAINIAN = Labels(
    receipt_no="Чек № {}",
    return_no="Повернення № {}",
    cash_in_no="Службове внесення № {}",
    cash_out_no="Службове вилучення № {}",
    x_report_no="X-звіт № {}",
    shift_report_no="Звіт зміни № {}",
    not_fiscal="НЕ ФІСКАЛЬНИЙ ДОКУМЕНТ",
    end="КІНЕЦЬ",
    copy="КОПІЯ",
    void="ФРАГМЕНТ ВИЩЕ НЕДІЙСНИЙ",
    till="Каса",
    cashier="Касир",
    order="Замовлення",
    original_no="До чека №",
    original_fiscal_no="Його фіскальний №",
    original_from="від",
    department="Відділ",
    times="х",
    commodity_code="УКТЗЕД",
    excise_stamp="АМ",
    discount="Знижка",
    surcharge="Надбавка",
    receipt_discount="Знижка на чек",
    receipt_surcharge="Надбавка на чек",
    total="СУМА",
    rounding="Заокруглення",
    due="До сплати",
    payout="До видачі",
    change="Решта",
    tax_of="від",
    authorisation="Код авторизації",
    reference_number="RRN",
    thanks="Дякуємо за покупку!",
    payments=MappingProxyType(
        {
            "cash": "Готівка",
            "card": "Картка",
            "certificate": "Сертифікат",
            "bonus": "Бонуси",
            "transfer": "Переказ",
            "other": "Інше",
        }
    ),
    currencies=MappingProxyType({"UAH": "ГРН"}),
    moves=MappingProxyType(
        {
            "add_to_float": "Поповнення розмінної монети",
            "add_petty_cash": "Повернення дрібних витрат",
            "transfer_in": "Переміщення до каси",
            "adjustment_in": "Коригування, надлишок",
            "remove_petty_cash": "Видача на дрібні витрати",
            "cash_pull": "Інкасація",
            "transfer_out": "Переміщення з каси",
            "adjustment_out": "Коригування, нестача",
            "gift_card_cash_out": "Виплата за подарунковою карткою",
        }
    ),
    reason="Підстава",
    drawer="Скринька",
    amount="ГОТІВКА",
    given_by="Здав",
    taken_by="Прийняв",
    shift_opened_no="Зміна № {} відкрита",
    last_document="Останній документ №",
    report_currency="Валюта звіту",
    sales="РЕАЛІЗАЦІЯ",
    returns="ПОВЕРНЕННЯ",
    count="Кількість чеків",
    turnover="обіг",
    total_turnover="Загальний оборот",
    cash_in_drawer="ГОТІВКОВІ КОШТИ В КАСІ",
    opening_cash="Початковий залишок",
    cash_in="Службове внесення",
    cash_out="Службове вилучення",
    expected_cash="Кінцевий залишок",
    open_doubts="ЩЕ НЕ ВИЗНАЧЕНО",
    no_doubts="Сумнівних документів немає",
    anchor="Відбиток журналу",
    time_format="%d.%m.%Y %H:%M",
)

_TABLE: Mapping[str, Labels] = MappingProxyType({"en": _ENGLISH, "uk": _UKRAINIAN})

LANGUAGES: tuple[str, ...] = tuple(_TABLE)


def labels(language: str) -> Labels:
    """Return the labels of `language`, an ISO 639 code with or without a region ("uk", "en-IE").

    Raises UnknownLanguage; whoever accepts a language from outside checks it against `LANGUAGES` before.
    """
    found = _TABLE.get(language.replace("_", "-").partition("-")[0].lower())
    if found is None:
        known = ", ".join(LANGUAGES)
        raise UnknownLanguage(f"There are no receipt labels in language {language!r}; choose one of {known}.")
    return found
