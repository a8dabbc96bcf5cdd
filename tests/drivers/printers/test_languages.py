"""Papers in the languages beside Ukrainian and English: golden drawings, and that a printer can put them on paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from drivers.printers import alphabets
from drivers.printers.labels import LANGUAGES, labels
from drivers.printers.layout import Shop, receipt
from drivers.printers.reports import cash_slip, report
from statemachines.arithmetic import compute
from statemachines.vocabulary.paper import Paper, TextLine
from statemachines.vocabulary.receipt import (
    AdjustmentRequest,
    Card,
    CashMove,
    LineRequest,
    Original,
    Payment,
    PaymentTotal,
    Person,
    Receipt,
    Report,
    ShiftTotals,
    TaxAmount,
    TaxGroup,
    TaxRate,
    Turnover,
)

GOLDEN = Path(__file__).parent / "golden" / "languages"
WIDTHS = (32, 42)
DOCUMENTS = ("sale", "return", "cash_out", "shift")
SALE_AT = 1_772_453_131_000  # 2026-03-02 12:05:31 UTC


@dataclass(frozen=True)
class Country:
    """Whose words stand on the paper beside ours."""

    shop: Shop
    currency: str
    tax: tuple[str, str, int]
    bread: str
    coffee: str
    person: str
    reason: str


COUNTRIES = {
    "az": Country(
        Shop(("NÜMUNƏ MMC",), "Günəbaxan market", "Bakı ş., Nümunə küç. 5", "VÖEN", "1234567891", "1", "Asia/Baku"),
        "AZN",
        ("A", "ƏDV", 1800),
        "Çörək",
        "Qəhvə, 250 q",
        "Əliyeva G.",
        "bank",
    ),
    "be": Country(
        Shop(
            ("ТАА «Прыклад»",),
            "Крама «Сланечнік»",
            "г. Мінск, вул. Узорная, 5",
            "УНП",
            "123456789",
            "1",
            "Europe/Minsk",
        ),
        "BYN",
        ("А", "ПДВ", 2000),
        "Хлеб жытні",
        "Кава ў зернях",
        "Іванова А.",
        "банк",
    ),
    "bg": Country(
        Shop(
            ("„Пример“ ООД",),
            "Магазин „Слънчоглед“",
            "гр. София, ул. Примерна 5",
            "ЕИК",
            "123456789",
            "1",
            "Europe/Sofia",
        ),
        "EUR",
        ("Б", "ДДС", 2000),
        "Хляб ръжен",
        "Кафе на зърна",
        "Иванова А.",
        "банка",
    ),
    "ru": Country(
        Shop(
            ("ООО «Пример»",),
            "Магазин «Сад»",
            "г. Минск, ул. Примерная, 5",
            "УНП",
            "123456789",
            "1",
            "Europe/Minsk",
        ),
        "BYN",
        ("А", "НДС", 2000),
        "Хлеб ржаной",
        "Кофе в зёрнах",
        "Иванова А.",
        "банк",
    ),
}


def sold(language: str) -> Receipt:
    """Two loaves with a discount, coffee by weight, 5 % off the receipt; card and cash with change."""
    of = COUNTRIES[language]
    group = TaxGroup("a", of.tax[0], (TaxRate(of.tax[1], of.tax[2]),))
    tenth = AdjustmentRequest("discount", "percent", 1000)
    made = compute(
        [LineRequest("1", of.bread, 250, 2000, "a", (tenth,)), LineRequest("2", of.coffee, 4800, 250, "a")],
        (AdjustmentRequest("discount", "percent", 500),),
        [Payment("card", 1000, card=Card("**** 5555", "123456789012", "A1B2C3")), Payment("cash", 567, given=600)],
        {"a": group},
        "none",
        "sale",
    )
    return Receipt(
        document_id="7d0f2c1e",
        kind="sale",
        number="000412",
        currency=of.currency,
        language=language,
        operator=Person("c1", of.person, "cashier"),
        drawer_id="main",
        lines=made.lines,
        adjustments=made.adjustments,
        payments=made.payments,
        totals=made.totals,
    )


def given_back(language: str) -> Receipt:
    of = COUNTRIES[language]
    group = TaxGroup("a", of.tax[0], (TaxRate(of.tax[1], of.tax[2]),))
    made = compute(
        [LineRequest("1", of.bread, 250, 1000, "a")], (), [Payment("cash", 250)], {"a": group}, "none", "return"
    )
    return replace(
        sold(language),
        kind="return",
        number="000413",
        lines=made.lines,
        adjustments=(),
        payments=made.payments,
        totals=made.totals,
        original=Original("x", number="000412", date="02.03.2026 14:05"),
        return_reason=of.reason,
    )


def document(name: str, language: str, columns: int) -> Paper:
    of = COUNTRIES[language]
    person = Person("c1", of.person, "cashier")
    if name == "sale":
        return receipt(sold(language), of.shop, columns, SALE_AT)
    if name == "return":
        return receipt(given_back(language), of.shop, columns, SALE_AT)
    if name == "cash_out":
        move = CashMove("m1", "cash_pull", "out", 75_000, of.currency, language, of.reason, person, "main", "000414")
        return cash_slip(move, of.shop, columns, SALE_AT)
    tax = (TaxAmount("a", of.tax[0], of.tax[1], of.tax[2], 312_104, 52_017),)
    sales = Turnover(84, 353_504, 0, (PaymentTotal("cash", 139_504), PaymentTotal("card", 214_000)), tax)
    returns = Turnover(1, 250, 0, (PaymentTotal("cash", 250),), (replace(tax[0], base=250, amount=42),))
    totals = ShiftTotals(sales, returns, 0, 10_000, 75_000, 74_254, "000414")
    anchor = "90417:" + "0f3a9c21d4e5b678" * 4
    shift = Report("r1", "shift_report", "118", 117, SALE_AT, of.currency, language, person, totals, anchor)
    return report(shift, of.shop, columns, SALE_AT)


def texts(paper: Paper) -> list[str]:
    return [block.text for block in paper.blocks if isinstance(block, TextLine)]


def drawn(paper: Paper) -> str:
    """The paper as a person would copy it out: what is tall marked at the margin."""
    rows = (
        f"{'T' if isinstance(block, TextLine) and block.tall else ' '} | {getattr(block, 'text', '')}".rstrip()
        for block in paper.blocks
    )
    marks = f"  | END {paper.end_label}, COPY {paper.copy_label}, VOID {paper.void_label}"
    return "\n".join([*rows, marks]) + "\n"


# --- golden files: drawn once, compared by eye with the forms, their sums worked out apart ----------------------


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("language", COUNTRIES)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_paper_is_as_drawn(name: str, language: str, columns: int) -> None:
    expected = (GOLDEN / f"{name}-{language}-{columns}.txt").read_text(encoding="utf-8")
    assert drawn(document(name, language, columns)) == expected


def test_every_golden_file_is_compared() -> None:
    names = {f"{name}-{language}-{columns}.txt" for name in DOCUMENTS for language in COUNTRIES for columns in WIDTHS}
    assert {path.name for path in GOLDEN.glob("*.txt")} == names


def test_every_language_has_golden_files() -> None:
    assert set(LANGUAGES) == {*COUNTRIES, "en", "uk"}


@pytest.mark.parametrize("language", COUNTRIES)
@pytest.mark.parametrize("columns", range(24, 65, 8))
def test_no_line_is_too_long_at_any_width(language: str, columns: int) -> None:
    for name in DOCUMENTS:
        assert all(len(text) <= columns for text in texts(document(name, language, columns)))


# --- can a printer print them? ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_alphabet_by_which_a_code_page_is_chosen_has_every_letter_of_the_words(language: str) -> None:
    found = labels(language)
    words = "".join(value for value in (getattr(found, name) for name in found.__slots__) if isinstance(value, str))
    own = {char for char in words if char.isalpha() and not char.isascii()}
    assert own <= set(alphabets.letters(language))


@pytest.mark.parametrize(("language", "page"), [("be", "cp1251"), ("bg", "cp1251"), ("ru", "cp1251"), ("ru", "cp866")])
def test_one_code_page_has_the_whole_paper(language: str, page: str) -> None:
    for name in DOCUMENTS:
        own = [text for text in texts(document(name, language, 42)) if not any(sign in text for sign in "«»„“№")]
        assert "\n".join(own).encode(page)


def test_no_code_page_has_azerbaijani() -> None:
    with pytest.raises(UnicodeEncodeError):
        "\n".join(texts(document("sale", "az", 42))).encode("cp1254")
