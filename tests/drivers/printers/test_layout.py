"""The paper: golden files at the usual widths, and what must hold at every width from 24 to 64."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printers import wording
from drivers.printers.labels import LANGUAGES, UnknownLanguage, labels
from drivers.printers.layout import Shop, masked, receipt
from drivers.printers.reports import cash_slip, report
from statemachines.arithmetic import compute
from statemachines.vocabulary.events import FiscalStamp
from statemachines.vocabulary.paper import Paper, QrCode, TextLine
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
    RoundingMode,
    ShiftTotals,
    TaxAmount,
    TaxGroup,
    TaxRate,
    Turnover,
)
from statemachines.vocabulary.slip import SLIP_KINDS

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (32, 42, 48)
DRAWN = ("en", "uk")
SALE_AT = 1_772_453_131_000  # 2026-03-02 12:05:31 UTC, in Kyiv 14:05:31, in Dublin 12:05:31
DIGEST = "0f3a9c21d4e5b6788796a5b4c3d2e1f00123456789abcdeffedcba9876543210"

SHOPS = {
    "uk": Shop(
        ("ТОВ «Бджола»",), "Крамниця «Липа»", "м. Львів, вул. Вигадана, 5", "ПН", "210987654321", "2", "Europe/Kyiv"
    ),
    "en": Shop(("Linden Books Ltd",), "", "7 Invented Lane, Dublin", "VAT No", "IE7654321X", "2", "Europe/Dublin"),
}
GROUPS = {
    "uk": {
        "full": TaxGroup("full", "А", (TaxRate("ПДВ", 2000),)),
        "beer": TaxGroup("beer", "Г", (TaxRate("ПДВ", 2000), TaxRate("Акцизний податок", 500))),
    },
    "en": {
        "full": TaxGroup("full", "A", (TaxRate("VAT", 2300),)),
        "beer": TaxGroup("beer", "D", (TaxRate("VAT", 2300), TaxRate("Excise", 500))),
    },
}
NAMES = {
    "uk": ("Хліб пшеничний", "Пиво світле 0,5 л", "Сир твердий ваговий", "Знижка за карткою", "Коваль О."),
    "en": ("Wheat bread", "Lager 0.5 l", "Hard cheese, loose", "Loyalty", "Moira Ní Bhriain"),
}


def sold(
    language: str,
    lines: list[LineRequest],
    payments: list[Payment],
    rounding: RoundingMode = "none",
    kind: Literal["sale", "return"] = "sale",
    adjustments: tuple[AdjustmentRequest, ...] = (),
) -> Receipt:
    made = compute(lines, adjustments, payments, GROUPS[language], rounding, kind)
    return Receipt(
        document_id="7d0f2c1e-5b3a-4f7e-9a51-9f0f64bb1a10",
        kind=kind,
        number="000412" if kind == "sale" else "000413",
        currency={"uk": "UAH", "en": "EUR"}[language],
        language=language,
        operator=Person("c1", NAMES[language][4], "cashier"),
        drawer_id="main",
        lines=made.lines,
        adjustments=made.adjustments,
        payments=made.payments,
        totals=made.totals,
    )


def mixed_sale(language: str) -> Receipt:
    """Two weights, excise, a line discount in per cent, one of 3 % on the receipt, card and rounded cash."""
    bread, beer, cheese, loyalty, _ = NAMES[language]
    tenth = AdjustmentRequest("discount", "percent", 500, loyalty)
    done = sold(
        language,
        [
            LineRequest("1", bread, 3250, 1000, "full"),
            LineRequest("2", beer, 4100, 2000, "beer", (tenth,), uktzed="2203001000", excise_stamps=("ААБВ 123456",)),
            LineRequest("3", cheese, 38990, 350, "full"),
        ],
        [
            Payment("card", 10000, card=Card("**** 5555", "123456789012", "A1B2C3", system="VISA")),
            Payment("cash", 13946, given=20000),
        ],
        "round50",
        adjustments=(AdjustmentRequest("discount", "percent", 300),),
    )
    return replace(
        done,
        order_id="9533082b-aaca-4c1d",
        header={"uk": "Акція тижня: липовий мед", "en": "This week: linden honey"}[language],
        footer={"uk": "Обмін протягом 14 днів", "en": "Exchange within 14 days"}[language],
        barcode="4820001234567",
    )


def cash_return(language: str) -> Receipt:
    cheese = NAMES[language][2]
    done = sold(language, [LineRequest("3", cheese, 37820, 150, "full")], [Payment("cash", 5673)], "round50", "return")
    return replace(done, original=Original("x", number="000412", date="02.03.2026 14:05"))


def plain_sale(language: str) -> Receipt:
    """Nothing rounded: no rounding line, no amount due, no change."""
    bread, beer, *_ = NAMES[language]
    done = sold(
        language,
        [
            LineRequest("1", bread, 1200, 1000, "full"),
            LineRequest("2", beer, 2050, 2000, "full", (AdjustmentRequest("discount", "value", 410),)),
        ],
        [Payment("card", 2000, card=Card("**** 5555")), Payment("cash", 2890, given=3000)],
    )
    return replace(done, order_id="9533082b-aaca")


def move(language: str, direction: Literal["in", "out"] = "in") -> CashMove:
    return CashMove(
        "m1",
        "add_to_float" if direction == "in" else "cash_pull",
        direction,
        75000,
        {"uk": "UAH", "en": "EUR"}[language],
        language,
        {"uk": "розмінна монета", "en": "coins"}[language],
        Person("c1", NAMES[language][4], "cashier"),
        "main",
        "000414",
    )


def shift_report(language: str, kind: Literal["x_report", "shift_report"] = "shift_report") -> Report:
    vat = {"uk": ("А", "ПДВ", 2000), "en": ("A", "VAT", 2000)}[language]
    sales = Turnover(
        84,
        3_535_046,
        4,
        (PaymentTotal("cash", 1_395_050), PaymentTotal("card", 2_140_000)),
        (TaxAmount("full", vat[0], vat[1], vat[2], 3_121_046, 520_174),),
    )
    returns = Turnover(
        1, 5673, -23, (PaymentTotal("cash", 5650),), (TaxAmount("full", vat[0], vat[1], vat[2], 5673, 946),)
    )
    doubt = {
        "uk": "Чек № 000398: невідомо, чи надруковано; огляньте стрічку",
        "en": "Receipt 000398: nobody knows whether it was printed; look at the roll",
    }[language]
    return Report(
        "r1",
        kind,
        "118",
        117,
        SALE_AT - 6 * 3_600_000,
        {"uk": "UAH", "en": "EUR"}[language],
        language,
        Person("c1", NAMES[language][4], "cashier"),
        ShiftTotals(sales, returns, 0, 100_000, 1_200_000, 289_400, "000413"),
        f"90417:{DIGEST}",
        (doubt,),
    )


def document(name: str, language: str, columns: int) -> Paper:
    shop = SHOPS[language]
    if name == "mixed":
        return receipt(mixed_sale(language), shop, columns, SALE_AT, qr="https://shop.example/r/412")
    if name == "return":
        return receipt(cash_return(language), shop, columns, SALE_AT)
    if name == "plain":
        return receipt(plain_sale(language), shop, columns, SALE_AT)
    if name == "cash_in":
        return cash_slip(move(language), shop, columns, SALE_AT)
    return report(shift_report(language), shop, columns, SALE_AT)


DOCUMENTS = ("mixed", "return", "plain", "cash_in", "shift")


def texts(paper: Paper) -> list[str]:
    return [block.text for block in paper.blocks if isinstance(block, TextLine)]


def drawn(paper: Paper) -> str:
    """The paper as a person would copy it out: what is tall marked at the margin, codes in brackets."""
    rows = []
    for block in paper.blocks:
        if isinstance(block, QrCode):
            rows.append(f"  | {f'[ QR {block.content} ]'.center(paper.columns).rstrip()}")
        else:
            tall = isinstance(block, TextLine) and block.tall
            rows.append(f"{'T' if tall else ' '} | {block.text}".rstrip())
    return "\n".join(rows) + "\n"


# --- golden files: drawn once, compared by eye with the forms, their sums worked out apart ----------------------


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("language", DRAWN)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_paper_is_as_drawn(name: str, language: str, columns: int) -> None:
    expected = (GOLDEN / f"{name}-{language}-{columns}.txt").read_text(encoding="utf-8")
    assert drawn(document(name, language, columns)) == expected


def test_every_golden_file_is_compared() -> None:
    names = {f"{name}-{language}-{columns}.txt" for name in DOCUMENTS for language in DRAWN for columns in WIDTHS}
    assert {path.name for path in GOLDEN.glob("*.txt")} == names


# --- every width ------------------------------------------------------------------------------------------------

widths = st.integers(24, 64)
anything = st.text(max_size=200)
languages = st.sampled_from(DRAWN)
AMOUNT = re.compile(r"([+-]?\d+\.\d{2})(?: [^\W\d_])?$")


def check_lines(paper: Paper) -> None:
    """No line is too long, ends in a blank, or carries what could steer a printer."""
    for text in texts(paper):
        assert len(text) <= paper.columns
        assert text == text.rstrip(" ")
        assert text.isprintable()
    assert 0 <= paper.mark_at < len(paper.blocks)


def check_sums(paper: Paper) -> None:
    """The sums on the paper satisfy each other, read from the paper alone."""
    words = labels("en")
    rules = [at for at, text in enumerate(texts(paper)) if set(text) == {"-"}]
    goods, rest = texts(paper)[rules[-3] + 1 : rules[-2]], texts(paper)[rules[-2] + 1 : rules[-1]]
    costs = 0
    for text in goods:
        found = AMOUNT.search(text)
        if found and f" {words.times} " not in text:
            assert len(text) == paper.columns
            costs += _minor(found)
    sums: dict[str, int] = {}
    left = ""
    for text in rest:
        found = AMOUNT.search(text)
        left = f"{left} {text[: found.start()] if found else text}".strip()
        if found:
            assert len(text) == paper.columns
            sums[left] = sums.get(left, 0) + _minor(found)
            left = ""
    total, due = sums[f"{words.total} EUR"], sums.get(f"{words.due} EUR")
    assert costs + sums.get(f"{words.receipt_discount} 3%", 0) == total
    if due is None:
        due = total
    assert total + sums.get(words.rounding, 0) == due
    paid = sum(amount for left, amount in sums.items() if left.endswith(("Card **** 5555", "Cash")))
    assert paid - sums.get(words.change, 0) == due


def _minor(found: re.Match[str]) -> int:
    return int(found.group(1).replace(".", ""))


@given(widths)
def test_the_sums_on_paper_satisfy_each_other(columns: int) -> None:
    check_sums(document("mixed", "en", columns))
    check_sums(document("plain", "en", columns))


def test_the_checks_notice_wrong_paper() -> None:
    sale = mixed_sale("en")
    wrong = replace(sale, totals=replace(sale.totals, change=6051))
    with pytest.raises(AssertionError):
        check_sums(receipt(wrong, SHOPS["en"], 32, SALE_AT))
    paper = document("plain", "en", 32)
    with pytest.raises(AssertionError):
        check_lines(replace(paper, columns=31))
    with pytest.raises(AssertionError):
        check_lines(replace(paper, blocks=(*paper.blocks, TextLine("\x1bp"))))


@settings(max_examples=60, deadline=None)
@given(widths, languages, anything, anything, anything)
def test_no_text_from_outside_breaks_a_receipt(columns: int, language: str, name: str, free: str, code: str) -> None:
    sale = mixed_sale(language)
    first = sale.lines[1]
    request = replace(first.request, name=name, header=free, footer=free, uktzed=code, excise_stamps=(code,))
    named = tuple(replace(given, name=name) for given in first.adjustments)
    hostile = replace(
        sale,
        operator=Person("1", name, "cashier"),
        lines=(sale.lines[0], replace(first, request=request, adjustments=named)),
        payments=(Payment("card", 1, label=name, card=Card(code, code, code, system=code), slip=(free,)),),
        original=Original(code, code, code, code),
        order_id=code,
        header=free,
        footer=free,
        barcode=code,
        department=name,
    )
    shop = Shop((name, free), name, name, code, code, code, "Europe/Kyiv")
    check_lines(receipt(hostile, shop, columns, SALE_AT))
    check_lines(cash_slip(replace(move(language), reason=free, drawer_id=code), shop, columns, SALE_AT))
    check_lines(report(replace(shift_report(language), doubts=(free,), anchor=code), shop, columns, SALE_AT))


@given(widths, languages, st.sampled_from(DOCUMENTS))
def test_the_heading_keeps_the_number_in_one_piece(columns: int, language: str, name: str) -> None:
    number = {"plain": "000412", "mixed": "000412", "return": "000413", "cash_in": "000414", "shift": "118"}[name]
    sign = {"uk": "№ ", "en": ""}[language]
    assert any(f"{sign}{number}" in text for text in texts(document(name, language, columns)))


@pytest.mark.parametrize("columns", [23, 65, 0])
def test_a_width_that_no_printer_has_is_refused(columns: int) -> None:
    with pytest.raises(ValueError, match="24 to 64"):
        document("plain", "en", columns)


# --- what stands on it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", DRAWN)
@pytest.mark.parametrize("name", ["mixed", "return", "plain", "cash_in"])
def test_nothing_looks_registered(name: str, language: str) -> None:
    whole = "\n".join(texts(document(name, language, 48))).upper()
    assert not re.search("ФІСКАЛЬН|ВИДАТКОВИЙ|ФН |ПРРО|FISCAL", whole)


@pytest.mark.parametrize("language", DRAWN)
def test_reports_say_that_they_are_not_fiscal(language: str) -> None:
    for kind in ("x_report", "shift_report"):
        paper = report(shift_report(language, kind), SHOPS[language], 42, SALE_AT)
        assert any(labels(language).not_fiscal in text for text in texts(paper))


def test_x_and_shift_report_have_their_own_headings() -> None:
    x_report = report(shift_report("en", "x_report"), SHOPS["en"], 42, SALE_AT)
    assert any("X report 118" in text for text in texts(x_report))
    assert not any("Shift report" in text for text in texts(x_report))


def test_cash_out_is_not_cash_in() -> None:
    text = "\n".join(texts(cash_slip(move("uk", "out"), SHOPS["uk"], 48, SALE_AT)))
    assert "Службове вилучення № 000414" in text
    assert "Інкасація" in text
    assert "внесення" not in text


@given(widths, languages)
def test_the_anchor_can_be_typed_from_the_paper(columns: int, language: str) -> None:
    lines = texts(document("shift", language, columns))
    at = next(at for at, text in enumerate(lines) if text.endswith(" 90417:"))
    typed = "".join(lines[at].split()[-1:] + lines[at + 1 :]).replace(" ", "")
    assert typed == f"90417:{DIGEST}"


def test_a_shift_without_doubts_says_so() -> None:
    calm = report(replace(shift_report("en"), doubts=()), SHOPS["en"], 42, SALE_AT)
    assert "Nothing is in doubt" in texts(calm)
    assert "NOT CERTAIN YET" not in "".join(texts(calm))


@pytest.mark.parametrize(("language", "marks"), [("uk", ("КІНЕЦЬ", "КОПІЯ")), ("en", ("END", "COPY"))])
def test_marks_of_the_job_are_named_and_not_printed(language: str, marks: tuple[str, str]) -> None:
    for name in DOCUMENTS:
        paper = document(name, language, 32)
        assert (paper.end_label, paper.copy_label) == marks
        assert len(paper.void_label) <= 24
        for text in texts(paper):
            assert not set(text.split()) & set(marks)


def test_the_copy_mark_goes_under_the_shop() -> None:
    paper = document("plain", "uk", 32)
    before = texts(paper)[: paper.mark_at]
    assert before[-1].strip() == "ПН 210987654321"
    assert set(texts(paper)[paper.mark_at]) == {"-"}


def test_only_sums_and_titles_are_tall() -> None:
    blocks = document("mixed", "en", 42).blocks
    tall = [block.text.split()[0] for block in blocks if isinstance(block, TextLine) and block.tall]
    assert tall == ["TOTAL"]


def test_a_qr_code_is_there_only_if_asked_for() -> None:
    assert [block for block in document("plain", "uk", 48).blocks if isinstance(block, QrCode)] == []
    assert QrCode("https://shop.example/r/412") in document("mixed", "uk", 48).blocks


def test_a_long_name_takes_six_lines_and_its_cost_one_more() -> None:
    sale = plain_sale("en")
    long = replace(sale.lines[0], request=replace(sale.lines[0].request, name="pomegranate " * 40))
    lines = texts(receipt(replace(sale, lines=(long,)), SHOPS["en"], 24, SALE_AT))
    at = next(at for at, text in enumerate(lines) if text.startswith("pomegranate"))
    assert lines[at + 5].endswith("…")
    assert lines[at + 6] == "12.00 A".rjust(24)
    assert sum("pomegranate" in text for text in lines) <= 6


def test_money_has_the_decimals_of_its_currency() -> None:
    sale = plain_sale("en")
    assert "TOTAL EUR".ljust(26) + "4890" in texts(receipt(sale, SHOPS["en"], 30, SALE_AT, exponent=0))
    assert "TOTAL EUR".ljust(25) + "4.890" in texts(receipt(sale, SHOPS["en"], 30, SALE_AT, exponent=3))


@pytest.mark.parametrize(
    ("at_ms", "local"),
    [
        (1_772_453_131_999, "02.03.2026 14:05"),
        (1_782_900_000_000, "01.07.2026 13:00"),  # summer time: three hours ahead
        (1_767_218_399_000, "31.12.2025 23:59"),
        (1_767_218_400_000, "01.01.2026 00:00"),
    ],
)
def test_time_is_the_wall_time_of_the_shop(at_ms: int, local: str) -> None:
    assert any(text.endswith(local) for text in texts(receipt(plain_sale("uk"), SHOPS["uk"], 48, at_ms)))


def test_a_whole_card_number_never_reaches_the_paper() -> None:
    assert masked("4111111111111111") == "**** 1111"
    assert masked("4111 1111 1111 1111") == "**** 1111"
    assert masked("411111******1111") == "411111******1111"


def test_the_original_of_another_till_is_named_by_its_fiscal_number() -> None:
    back = replace(cash_return("en"), original=Original(fiscal_number="4hT9kQ2xZ-0", date="2026-03-01"))
    whole = texts(receipt(back, SHOPS["en"], 42, SALE_AT))
    assert any(text.startswith("Its fiscal number") and text.endswith("4hT9kQ2xZ-0") for text in whole)


def test_an_empty_shop_still_gives_a_receipt() -> None:
    paper = receipt(plain_sale("en"), Shop(()), 32, SALE_AT)
    assert paper.mark_at == 0
    assert texts(paper)[2] == "Cashier Moira Ní Bhriain"


def test_the_original_of_ones_own_till_has_its_number_and_its_wall_time() -> None:
    back = replace(cash_return("uk"), original=Original("x", number="000412", date="2026-03-02T12:05:31.000Z"))
    lines = texts(receipt(back, SHOPS["uk"], 42, SALE_AT))
    assert lines[lines.index("До чека №                           000412") + 1].split(None, 1) == [
        "від",
        "02.03.2026 14:05".rjust(38).strip(),
    ]


@pytest.mark.parametrize(
    ("language", "reason", "exchange"),
    [
        ("uk", "Причина", "Обмін за поверненням"),
        ("en", "Reason for return", "Exchange for return"),
        ("ru", "Причина", "Обмен по возврату"),
    ],
)
def test_returns_say_why_and_exchanges_what_they_go_on_from(language: str, reason: str, exchange: str) -> None:
    shop = SHOPS["uk"]
    back = replace(cash_return("uk"), language=language, return_reason="№ 7, тісне")
    assert f"{reason} {'№ 7, тісне':>{41 - len(reason)}}" in texts(receipt(back, shop, 42, SALE_AT))
    on = replace(plain_sale("uk"), language=language, exchange_of="vidd-17")
    assert f"{exchange} {'vidd-17':>{41 - len(exchange)}}" in texts(receipt(on, shop, 42, SALE_AT))
    usual = "\n".join(texts(receipt(replace(plain_sale("uk"), language=language), shop, 42, SALE_AT)))
    assert reason not in usual
    assert exchange not in usual


def test_a_gift_slip_has_its_goods_a_total_of_nothing_and_no_taxes() -> None:
    given_away = sold(
        "en", [LineRequest("1", "Linen bag", 0, 1000, "full"), LineRequest("2", "Pin", 0, 2000, "beer")], []
    )
    assert texts(receipt(given_away, SHOPS["en"], 32, SALE_AT))[7:] == [
        "Linen bag                 0.00 A",
        "2.000 x 0.00",
        "Pin                       0.00 D",
        "--------------------------------",
        "TOTAL EUR                   0.00",
        "--------------------------------",
        "           Thank you!",
    ]


# --- training ----------------------------------------------------------------------------------------------------

BANNERS = {
    "az": "TƏLİM REJİMİ",
    "be": "ВУЧЭБНЫ РЭЖЫМ",
    "bg": "УЧЕБЕН РЕЖИМ",
    "en": "TRAINING – not a receipt",
    "ru": "УЧЕБНЫЙ РЕЖИМ",
    "uk": "НАВЧАЛЬНИЙ РЕЖИМ",
}
STAMP = FiscalStamp("checkbox", "Rk3_vN7wL0q", "", "https://x", register="4000987654", at=SALE_AT)
REGISTERED = re.compile("ФІСКАЛЬН|ФИСКАЛ|FISCAL|F[İI]SKAL|ВИДАТКОВИЙ|СЛУЖБОВИЙ ЧЕК|ПРРО|CHECKBOX|СКО", re.IGNORECASE)


def trained(language: str, columns: int, *, training: bool = True) -> list[Paper]:
    shop, spoken = SHOPS["uk"], language if language in SHOPS else "uk"
    back = replace(cash_return(spoken), original=Original("x", "Rk3_vN7wL0q", "2026-03-02", "000412"))
    how: dict[str, Any] = {"stamp": STAMP, "training": training}
    return [
        receipt(replace(mixed_sale(spoken), language=language), shop, columns, SALE_AT, **how),
        receipt(replace(back, language=language), shop, columns, SALE_AT, **how),
        cash_slip(replace(move(spoken), language=language), shop, columns, SALE_AT, **how),
        report(replace(shift_report(spoken), language=language), shop, columns, SALE_AT, **how),
        report(replace(shift_report(spoken, "x_report"), language=language), shop, columns, SALE_AT, **how),
    ]


@given(widths, st.sampled_from(LANGUAGES))
def test_training_paper_says_so_at_both_ends_and_no_word_of_it_is_fiscal(columns: int, language: str) -> None:
    for paper in trained(language, columns):
        check_lines(paper)
        lines = [text.strip() for text in texts(paper)]
        for end in (" ".join(lines[:2]), " ".join(lines[-2:])):
            assert BANNERS[language] in end
        assert not REGISTERED.search("\n".join(lines))
        assert not any(isinstance(block, QrCode) for block in paper.blocks)


def test_the_training_check_notices_paper_of_a_real_sale() -> None:
    for paper in trained("uk", 42, training=False):
        assert BANNERS["uk"] not in "".join(texts(paper))
        assert REGISTERED.search("\n".join(texts(paper)))


# --- labels ----------------------------------------------------------------------------------------------------


def words_of(language: str) -> dict[str, str]:
    """Every word of a language by its key, tables of words included."""
    found = labels(language)
    words: dict[str, str] = {}
    for name in wording.Labels.__slots__:
        value = getattr(found, name)
        words.update({name: value} if isinstance(value, str) else {f"{name}.{key}": value[key] for key in value})
    return words


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_lacks_a_word(language: str) -> None:
    ours = {key for key in words_of(language) if not key.startswith("currencies.")}
    assert ours == {key for key in words_of("en") if not key.startswith("currencies.")}
    assert all(word.strip() for word in words_of(language).values())
    assert len([key for key in ours if key.startswith("payments.")]) == 6
    assert len([key for key in ours if key.startswith("moves.")]) == 10
    assert {key for key in ours if key.startswith("slips.")} == {f"slips.{kind}" for kind in SLIP_KINDS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_have_one_place_for_the_number(language: str) -> None:
    for key, word in words_of(language).items():
        numbered = key in {
            "receipt_no",
            "return_no",
            "cash_in_no",
            "cash_out_no",
            "x_report_no",
            "shift_report_no",
            "shift_opened_no",
        } or key.startswith("slips.")
        assert word.count("{}") == (1 if numbered else 0)


def test_a_region_does_not_matter() -> None:
    assert labels("en-IE") is labels("en")
    assert labels("UK_ua") is labels("uk")


def test_an_unknown_language_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownLanguage, match=r"'xx'.*en, ru, uk"):
        labels("xx")
