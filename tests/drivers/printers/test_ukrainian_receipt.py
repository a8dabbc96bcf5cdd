"""The paper of a Ukrainian software register: the forms as drawn, every required row, and no word without a number."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.printers import slip
from drivers.printers.layout import receipt
from drivers.printers.picture import paper_as_text, qr_picture, render_paper
from drivers.printers.reports import cash_slip, report
from drivers.printers.text import printable
from statemachines.vocabulary.events import FiscalStamp, StampTotals
from statemachines.vocabulary.paper import Paper, QrCode, TextLine
from statemachines.vocabulary.receipt import (
    Card,
    LineRequest,
    Original,
    Payment,
    Person,
    Receipt,
    Report,
    TaxAmount,
)
from statemachines.vocabulary.slip import Slip, SlipText
from tests.drivers.printers.test_layout import (
    SALE_AT,
    SHOPS,
    WIDTHS,
    cash_return,
    check_lines,
    mixed_sale,
    move,
    plain_sale,
    shift_report,
    sold,
    texts,
)

GOLDEN = Path(__file__).parent / "golden" / "ukrainian"
SHOP = SHOPS["uk"]
LINK = "https://cabinet.tax.gov.ua/cashregs/check?id=Rk3_vN7wL0q&date=20260302&time=14%3A05%3A31&fn=4000987654"
STAMP = FiscalStamp(
    "checkbox", "Rk3_vN7wL0q", "2026-03-02T12:05:31.000000+00:00", LINK, register="4000987654", at=SALE_AT
)
OFFLINE = replace(STAMP, number="Qm4zH8_aP1d", offline=True, control="9933", url=f"{LINK}&mac={'5e' * 32}")
PROVISIONAL = replace(OFFLINE, control="", url="", mac="", complete=False)
RETURNED = replace(STAMP, number="b2Xe9-Tu5Yc", at=1_772_698_329_000)  # 2026-03-05 08:12:09 UTC
RETURNED_OFFLINE = replace(RETURNED, offline=True, control="207", url=f"{LINK}&mac={'7a' * 32}")
RETURNED_PROVISIONAL = replace(RETURNED_OFFLINE, control="", url="", complete=False)
WAITING = Slip(
    "s:waiting", "waiting", "D9", "en", Person("7", "Коваль О.", "cashier"), (SlipText("000412"),), "", "s", "000412"
)
FISCAL_WORDS = re.compile("ФІСКАЛЬНИЙ|ВИДАТКОВИЙ|СЛУЖБОВИЙ ЧЕК|ПРРО|CHECKBOX")


def sale() -> Receipt:
    """Weights, excise, discounts on a line and on the receipt, card and cash rounded to 50 kopiykas."""
    full = mixed_sale("uk")
    beer = full.lines[1]
    unnamed = tuple(replace(given, name="", percent=None) for given in beer.adjustments)
    return replace(
        full,
        lines=(full.lines[0], replace(beer, adjustments=unnamed), full.lines[2]),
        payments=tuple(replace(payment, card=None) for payment in full.payments),
        header="",
        footer="",
        barcode="",
        order_id="",
    )


def refund() -> Receipt:
    original = Original("x", "Rk3_vN7wL0q", "2026-03-02T12:05:31Z", "000412")
    return replace(cash_return("uk"), original=original)


def shift(kind: str) -> Report:
    plain = shift_report("uk", "x_report" if kind == "x" else "shift_report")
    taxes = (
        TaxAmount("full", "А", "ПДВ", 2000, 3_121_046, 520_174),
        TaxAmount("beer", "Г", "ПДВ", 2000, 414_000, 65_714),
        TaxAmount("beer", "Г", "Акциз", 500, 414_000, 19_714),
    )
    totals = replace(plain.totals, sales=replace(plain.totals.sales, tax=taxes), last_number="b2Xe9-Tu5Yc")
    return replace(plain, totals=totals, doubts=(), anchor="", opened_at=1_772_431_272_000)


def document(name: str, columns: int) -> Paper:
    cash = replace(STAMP, number="31", document_no="31", at=1_772_473_715_000)
    day = replace(STAMP, shift_no="117", at=1_772_481_002_000)
    out = replace(move("uk", "out"), reason="інкасація")
    match name:
        case "return":
            return receipt(refund(), SHOP, columns, SALE_AT, 2, RETURNED)
        case "cash_in":
            return cash_slip(move("uk"), SHOP, columns, SALE_AT, 2, replace(cash, balance=200_000))
        case "cash_out":
            return cash_slip(out, SHOP, columns, SALE_AT, 2, replace(cash, balance=125_000))
        case "z":
            stamp = replace(day, number="Wd6rJ-0sK2f", document_no="118")
            return report(shift("z"), SHOP, columns, SALE_AT, 2, stamp)
        case "x":
            return report(shift("x"), SHOP, columns, SALE_AT, 2, replace(day, number="7", document_no="7"))
        case "x_local":
            stamp = replace(day, fiscaliser="till", number="", url="", offline=True)
            return report(shift("x"), SHOP, columns, SALE_AT, 2, stamp)
        case "z_offline":
            stamp = replace(day, number="Wd6rJ-0sK2f", url="", offline=True, complete=False)
            return report(shift("z"), SHOP, columns, SALE_AT, 2, stamp)
        case "waiting":
            return slip.compose(WAITING, SHOP, columns, SALE_AT)
        case "return_provisional" | "return_offline":
            stamp = RETURNED_OFFLINE if name == "return_offline" else RETURNED_PROVISIONAL
            return receipt(refund(), SHOP, columns, SALE_AT, 2, stamp)
        case _:
            stamp = {"sale": STAMP, "offline": OFFLINE, "provisional": PROVISIONAL}[name]
            return receipt(sale(), SHOP, columns, SALE_AT, 2, stamp)


OFFLINE_DOCUMENTS = (
    "offline",
    "provisional",
    "return_offline",
    "return_provisional",
    "x_local",
    "z_offline",
    "waiting",
)
DOCUMENTS = ("sale", "return", "cash_in", "cash_out", "z", "x", *OFFLINE_DOCUMENTS)


def drawn(paper: Paper) -> str:
    rows = [
        f"{' ' * ((paper.columns - 6) // 2)}[ QR ]" if isinstance(block, QrCode) else block.text
        for block in paper.blocks
    ]
    return "\n".join(rows) + "\n"


def links(paper: Paper) -> list[QrCode]:
    return [block for block in paper.blocks if isinstance(block, QrCode)]


def whole(paper: Paper) -> str:
    return "\n".join(texts(paper))


# --- as drawn ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", sorted(GOLDEN.glob("[!c]*.txt")) + sorted(GOLDEN.glob("cash*.txt")), ids=lambda p: p.stem
)
def test_paper_is_as_the_form_is_drawn(path: Path) -> None:
    name, _, columns = path.stem.rpartition("-")
    assert drawn(document(name, int(columns))) == path.read_text(encoding="utf-8")


def test_every_document_is_drawn_and_what_is_made_off_line_at_every_usual_width() -> None:
    found = {path.stem for path in GOLDEN.glob("*.txt")}
    assert {name.rpartition("-")[0] for name in found} == {*DOCUMENTS, "copy_offline"}
    wide = ("sale", "copy_offline", *OFFLINE_DOCUMENTS)
    assert {f"{name}-{columns}" for name in wide for columns in WIDTHS} <= found


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_complete_paper_that_follows_a_provisional_one_is_a_marked_copy(columns: int) -> None:
    shown = paper_as_text(document("offline", columns), "K7R3", 1).splitlines()
    box = [at for at, line in enumerate(shown) if re.match(r" *[+|].*[+|]$", line)]
    rows = [*shown[: box[0]], f"{' ' * ((columns - 6) // 2)}[ QR ]", *shown[box[-1] + 1 :]]
    assert rows == (GOLDEN / f"copy_offline-{columns}.txt").read_text(encoding="utf-8").splitlines()


# --- required rows, read from the paper alone --------------------------------------------------------------------


def missing(paper: Paper, stamp: FiscalStamp, kind: str) -> list[str]:
    """What form ФКЧ-1 or ФКЧ-2 demands and the paper lacks."""
    rows = {
        "4 tax number": r"ПН \d{12}",
        "11 name, cost, letter": r"\d+\.\d{2} [А-Я]$",
        "18 form of payment": r"^(ГОТІВКА|БЕЗГОТІВКОВА|ІНШЕ) +\d+\.\d{2} ГРН$",
        "20 total": r"^СУМА +\d+\.\d{2}",
        "21 VAT": r"^ПДВ \S+ \d+% +\d+\.\d{2}$",
        "26 number": rf"^ЧЕК № +{re.escape(stamp.number)}$",
        "27 time": r"^\d\d\.\d\d\.\d{4} +\d\d:\d\d:\d\d$",
        "31 mode": rf"^Режим роботи +{'ОФЛАЙН' if stamp.offline else 'ОНЛАЙН'}$",
        "34 register": rf"^ФН ПРРО +{re.escape(stamp.register)}$",
        "35 title": rf"^ +{'ФІСКАЛЬНИЙ' if kind == 'sale' else 'ВИДАТКОВИЙ'} ЧЕК$",
        "35 maker": r"^ +CHECKBOX$",
    }
    if kind == "sale":
        rows |= {"24 due": r"^До сплати +\d+\.\d{2} ГРН$", "25 change": r"^Решта +\d+\.\d{2} ГРН$"}
    if stamp.offline:
        rows["32 control number"] = r"^Контрольне число +\d{1,4}$"
    lacks = [row for row, pattern in rows.items() if not re.search(pattern, whole(paper), re.MULTILINE)]
    return lacks if links(paper) else [*lacks, "29 QR"]


@settings(max_examples=41)
@given(st.integers(24, 64))
def test_no_required_row_is_missing_at_any_width(columns: int) -> None:
    for name, stamp, kind in (
        ("sale", STAMP, "sale"),
        ("offline", OFFLINE, "sale"),
        ("return", RETURNED, "return"),
        ("return_offline", RETURNED_OFFLINE, "return"),
    ):
        paper = document(name, columns)
        check_lines(paper)
        assert missing(paper, stamp, kind) == []


def test_the_checker_notices_what_is_missing() -> None:
    ordinary = receipt(sale(), SHOP, 42, SALE_AT)
    assert {"26 number", "29 QR", "31 mode", "34 register", "35 title"} <= set(missing(ordinary, STAMP, "sale"))
    assert missing(document("provisional", 42), PROVISIONAL, "sale") == ["32 control number"]
    assert missing(document("return_provisional", 42), RETURNED_PROVISIONAL, "return") == ["32 control number"]
    paper = document("sale", 42)
    for at, block in enumerate(paper.blocks):
        if isinstance(block, QrCode):
            assert missing(replace(paper, blocks=paper.blocks[:at]), STAMP, "sale")


@given(st.integers(24, 64), st.sampled_from(DOCUMENTS))
def test_every_document_fits_every_width(columns: int, name: str) -> None:
    check_lines(document(name, columns))


@settings(max_examples=50, deadline=None)
@given(st.integers(24, 64), st.text(max_size=120))
def test_no_text_from_outside_breaks_a_fiscal_paper(columns: int, text: str) -> None:
    stamp = replace(STAMP, number=f"n{text}", register=f"r{text}", control=text, date=text, at=0, offline=True)
    card = Card(text, text, text, text, text, text, text, commission=5)
    hostile = replace(
        refund(),
        kind="sale",
        payments=(Payment("card", 1, label=text, card=card, slip=(text,)),),
        original=Original(text, text, text, text),
        exchange_of=text,
        return_reason=text,
        header=text,
        footer=text,
    )
    check_lines(receipt(hostile, SHOP, columns, SALE_AT, 2, stamp))
    check_lines(cash_slip(replace(move("uk"), reason=text), SHOP, columns, SALE_AT, 2, stamp))
    check_lines(report(replace(shift("z"), doubts=(text,), anchor=text), SHOP, columns, SALE_AT, 2, stamp))


# --- sums --------------------------------------------------------------------------------------------------------


def amounts(paper: Paper, label: str) -> list[int]:
    found = re.findall(rf"^ *{label} +([+-]?\d+\.\d{{2}})(?: ГРН)?$", whole(paper), re.MULTILINE)
    return [int(text.replace(".", "")) for text in found]


def test_the_printed_sums_satisfy_each_other() -> None:
    paper = document("sale", 48)
    costs = [int(text.replace(".", "")) for text in re.findall(r"(\d+\.\d{2}) [АГ]$", whole(paper), re.MULTILINE)]
    total, due = amounts(paper, "СУМА")[0], amounts(paper, "До сплати")[0]
    assert sum(costs) + sum(amounts(paper, "Знижка")) + sum(amounts(paper, "Знижка на чек 3%")) == total
    assert total + amounts(paper, "Заокруглення")[0] == due
    paid = sum(amounts(paper, "БЕЗГОТІВКОВА") + amounts(paper, "ГОТІВКА"))
    assert paid - amounts(paper, "Решта")[0] == due


def test_the_fiscalisers_figures_go_before_ours() -> None:
    theirs = StampTotals(24000, -10, 6010, (TaxAmount("full", "Ж", "ПДВ", 700, 24000, 1570),))
    text = whole(receipt(sale(), SHOP, 42, SALE_AT, 2, replace(STAMP, totals=theirs)))
    for row in (r"СУМА +240\.00", r"Заокруглення +-0\.10", r"До сплати +239\.90 ГРН", r"Решта +60\.10 ГРН"):
        assert re.search(row, text)
    assert re.search(r"^ПДВ Ж 7% +15\.70$", text, re.MULTILINE)
    assert "27.32" not in text


def test_where_the_fiscaliser_tells_no_taxes_ours_stand() -> None:
    text = whole(receipt(sale(), SHOP, 42, SALE_AT, 2, replace(STAMP, totals=StampTotals(23946, 4, 6050))))
    assert re.search(r"^ПДВ А 20% +27\.32$", text, re.MULTILINE)


def test_nothing_is_rounded_without_a_row_and_cash_without_change_still_has_one() -> None:
    exact = sold("uk", [LineRequest("1", "Хліб", 3250, 1000, "full")], [Payment("cash", 3250)], "round50")
    text = whole(receipt(exact, SHOP, 32, SALE_AT, 2, STAMP))
    assert "Заокруглення" not in text
    assert re.search(r"^Решта +0\.00 ГРН$", text, re.MULTILINE)


def test_two_cards_are_one_form_and_two_means_with_the_terminals_rows() -> None:
    first = Card("4111111111111111", "123456789012", "A1B2C3", "T0001234", "", "VISA", "АТ «Вулик»")
    paid = replace(
        sale(),
        payments=(
            Payment("card", 10000, card=first),
            Payment("transfer", 9946, label="Інтернет-еквайринг"),
            Payment("bonus", 4000),
        ),
    )
    lines = texts(receipt(paid, SHOP, 42, SALE_AT, 2, STAMP))
    start = lines.index("АТ «Вулик»")
    assert [line.split()[0] for line in lines[start + 1 : start + 7]] == [
        "Термінал",
        "Вид",
        "ЕПЗ",
        "ПЛАТІЖНА",
        "Код",
        "RRN",
    ]
    assert lines[start + 3].endswith("**** 1111")
    assert lines[start + 7].split() == ["БЕЗГОТІВКОВА", "199.46", "ГРН"]
    assert lines[start + 8].split() == ["Картка", "100.00"]
    assert lines[start + 9].split() == ["Інтернет-еквайринг", "99.46"]
    assert lines[start + 10].split() == ["ІНШЕ", "40.00", "ГРН"]
    assert not any(line.startswith("Решта") for line in lines)


# --- particulars -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [LINK, "https://example.test/?a=1&b= 2%20", OFFLINE.url])
def test_the_link_is_printed_as_it_was_received(url: str) -> None:
    assert [code.content for code in links(receipt(sale(), SHOP, 42, SALE_AT, 2, replace(STAMP, url=url)))] == [url]


def test_the_tills_own_offline_stamp_gets_the_link_without_mac() -> None:
    stamp = replace(PROVISIONAL, number="lQ4zH8-aP_d")
    (code,) = links(receipt(sale(), SHOP, 42, SALE_AT, 2, stamp))
    assert code.content == (
        "https://cabinet.tax.gov.ua/cashregs/check?id=lQ4zH8-aP_d&date=20260302&time=14%3A05%3A31"
        "&sm=239.46&fn=4000987654"
    )
    assert len(code.content) == 112


def test_a_complete_offline_stamp_without_a_link_gets_one_with_mac() -> None:
    stamp = replace(PROVISIONAL, number="lQ4zH8-aP_d", control="9933", mac="5e" * 32, complete=True)
    (code,) = links(receipt(sale(), SHOP, 42, SALE_AT, 2, stamp))
    assert code.content == (
        "https://cabinet.tax.gov.ua/cashregs/check?id=lQ4zH8-aP_d&date=20260302&time=14%3A05%3A31"
        f"&sm=239.46&fn=4000987654&mac={'5e' * 32}"
    )
    assert len(code.content) == 181


@pytest.mark.parametrize("name", ["provisional", "return_provisional"])
@pytest.mark.parametrize("columns", WIDTHS)
def test_provisional_paper_says_what_it_lacks_and_complete_paper_does_not(name: str, columns: int) -> None:
    foot = "* Контрольне число присвоять, щойно відновиться зв’язок."
    assert foot in " ".join(whole(document(name, columns)).split())
    for complete in ("offline", "return_offline", "sale"):
        assert "присвоять" not in whole(document(complete, columns))


def test_a_report_of_the_tills_own_is_called_local_and_no_online_one_is() -> None:
    assert "ЛОКАЛЬНИЙ X-ЗВІТ" in whole(document("x_local", 42))
    assert not re.search("№ 7|CHECKBOX", whole(document("x_local", 42)))
    for name in ("x", "z", "z_offline"):
        assert "ЛОКАЛЬНИЙ" not in whole(document(name, 42))


def test_a_report_shows_a_control_number_only_when_it_was_told_one() -> None:
    assert "Контрольне" not in whole(document("z_offline", 42))
    stamp = replace(STAMP, number="Wd6rJ-0sK2f", offline=True, control="51")
    assert re.search(r"Контрольне число +51", whole(report(shift("z"), SHOP, 42, SALE_AT, 2, stamp)))


@pytest.mark.parametrize(("length", "modules", "size"), [(112, 45, 6), (122, 45, 6), (123, 49, 5), (181, 57, 5)])
@pytest.mark.parametrize(("columns", "dots"), [(32, 384), (42, 512), (48, 576)])
def test_a_code_fits_the_paper_with_its_quiet_zone(
    length: int, modules: int, size: int, columns: int, dots: int
) -> None:
    (code,) = links(receipt(sale(), SHOP, columns, SALE_AT, 2, replace(STAMP, url="x" * length)))
    assert code.module == size
    assert (modules + 8) * size <= dots


def test_a_code_larger_than_the_paper_gets_smaller_modules() -> None:
    (code,) = links(receipt(sale(), SHOP, 32, SALE_AT, 2, replace(STAMP, url="x" * 400)))
    assert code.module * (77 + 8) <= 384  # version 15
    assert code.module == 4


@pytest.mark.parametrize(
    ("at", "date", "row"),
    [
        (1_782_900_000_999, "", r"01\.07\.2026 +13:00:00"),  # summer time: three hours ahead
        (0, "2026-03-02T12:05:31.123456+00:00", r"02\.03\.2026 +14:05:31"),
        (0, "2026-03-02T14:05:31", r"02\.03\.2026 +14:05:31"),
        (0, "02.03.26 о 14:05", r"02\.03\.26 о 14:05"),
    ],
)
def test_the_time_is_the_fiscalisers_in_kyiv(at: int, date: str, row: str) -> None:
    shop = replace(SHOP, zone="UTC")
    stamp = replace(STAMP, at=at, date=date)
    assert re.search(f"^{row}$", whole(receipt(sale(), shop, 42, SALE_AT + 99_000, 2, stamp)), re.MULTILINE)


def test_the_form_is_ukrainian_whatever_language_was_asked_for() -> None:
    paper = receipt(replace(sale(), language="en"), SHOP, 42, SALE_AT, 2, STAMP)
    assert paper.end_label == "КІНЕЦЬ"
    assert drawn(paper) == (GOLDEN / "sale-42.txt").read_text(encoding="utf-8")


def test_a_z_whose_number_of_the_state_is_not_known_claims_none() -> None:
    stamp = replace(STAMP, number="118", document_no="118", shift_no="117")
    text = whole(report(shift("z"), SHOP, 42, SALE_AT, 2, stamp))
    assert "Z-ЗВІТ № 118" in text
    assert "Фіскальний №" not in text


def test_the_anchor_and_doubts_stand_on_a_z_too() -> None:
    loud = replace(shift("z"), anchor="7:abcd", doubts=("Чек № 3: огляньте стрічку",))
    lines = texts(report(loud, SHOP, 42, SALE_AT, 2, STAMP))
    assert "! Чек № 3: огляньте стрічку" in lines
    assert lines[-2:] == ["Відбиток журналу                        7:", "abcd"]


def test_a_cash_slip_without_reason_and_balance_names_the_kind_of_move() -> None:
    text = whole(cash_slip(replace(move("uk", "out"), reason=""), SHOP, 48, SALE_AT, 2, STAMP))
    assert re.search(r"Підстава +Інкасація", text)
    assert "Залишок" not in text


@pytest.mark.parametrize("stamp", [replace(STAMP, number="TEST-A1b2C3"), replace(STAMP, register="TEST000123")])
def test_a_test_register_is_marked_at_both_ends(stamp: FiscalStamp) -> None:
    lines = texts(receipt(sale(), SHOP, 42, SALE_AT, 2, stamp))
    assert lines[0].strip() == lines[-1].strip() == "ТЕСТОВИЙ ЧЕК"
    assert "ТЕСТОВИЙ" not in whole(document("sale", 42))


# --- no fiscal word without a fiscal number ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "stamp",
    [
        None,
        replace(STAMP, number=""),
        replace(STAMP, number=" \u200b"),
        replace(STAMP, register=""),
        replace(STAMP, fiscaliser="datecs"),
        replace(STAMP, fiscaliser="smartone"),
        replace(STAMP, fiscaliser="ikassa"),
    ],
)
def test_without_number_and_register_nothing_looks_registered(stamp: FiscalStamp | None) -> None:
    assert not FISCAL_WORDS.search(whole(receipt(sale(), SHOP, 42, SALE_AT, 2, stamp)))
    assert FISCAL_WORDS.search(whole(document("sale", 42)))


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_slip_for_a_sale_that_is_still_being_registered_says_that_it_is_no_receipt(columns: int) -> None:
    text = whole(document("waiting", columns))
    assert "НЕ Є РОЗРАХУНКОВИМ ДОКУМЕНТОМ" in text
    assert not FISCAL_WORDS.search(text)
    assert not re.search("ПН|ЧЕК №|Режим", text)
    assert links(document("waiting", columns)) == []


def test_a_document_of_another_vendor_is_the_ordinary_receipt() -> None:
    ours = receipt(sale(), SHOP, 42, SALE_AT)
    assert receipt(sale(), SHOP, 42, SALE_AT, 2, replace(STAMP, fiscaliser="datecs")) == ours


# --- returns, exchanges, gifts -----------------------------------------------------------------------------------


def test_a_return_says_why_and_an_exchange_what_it_goes_on_from() -> None:
    back = whole(receipt(replace(refund(), return_reason="не підійшов розмір"), SHOP, 42, SALE_AT, 2, RETURNED))
    rows = r"^До чека № +Rk3_vN7wL0q\nвід +02\.03\.2026 14:05:31\nПричина +не підійшов розмір$"
    assert re.search(rows, back, re.MULTILINE)
    on = whole(receipt(replace(sale(), exchange_of="vidd-17"), SHOP, 42, SALE_AT, 2, STAMP))
    assert re.search(r"^Обмін за поверненням +vidd-17$", on, re.MULTILINE)


def test_a_gift_is_a_note_without_cost_and_letter() -> None:
    gifted = sold(
        "uk",
        [
            LineRequest("1", "Хліб пшеничний", 3250, 1000, "full"),
            LineRequest("2", "Серветки з ґудзиком", 0, 1000, "full"),
            LineRequest("3", "Пакет", 0, 2000, "full"),
        ],
        [Payment("card", 3250)],
    )
    lines = texts(receipt(gifted, SHOP, 42, SALE_AT, 2, STAMP))
    assert "Подарунок: Серветки з ґудзиком" in lines
    assert "Подарунок: Пакет х 2.000" in lines
    assert not any(re.search(r"\b0\.00 А$", line) for line in lines)


# --- large and odd -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", WIDTHS)
def test_five_hundred_lines_with_ukrainian_letters_all_stand_there(columns: int) -> None:
    goods = [LineRequest(str(at), f"Їжа ґречна № {at}, є і ї — 5 ₴", 100 + at, 1000, "full") for at in range(500)]
    large = sold("uk", goods, [Payment("card", sum(100 + at for at in range(500)))])
    paper = receipt(large, SHOP, columns, SALE_AT, 2, STAMP)
    check_lines(paper)
    text = re.sub(r"\s+", " ", whole(paper))
    for at in range(500):
        assert f"Їжа ґречна № {at}, є і ї — 5 ГРН {(100 + at) // 100}.{(100 + at) % 100:02d} А" in text


def test_a_long_name_is_wrapped_and_keeps_its_cost_and_letter() -> None:
    named = plain_sale("uk").lines[0]
    named = replace(named, request=replace(named.request, name="Щедрик і ґава їдять єдине " * 4))
    lines = texts(receipt(replace(sale(), lines=(named,)), SHOP, 32, SALE_AT, 2, STAMP))
    joined = " ".join(" ".join(lines).split())
    assert "Щедрик і ґава їдять єдине " * 3 in joined
    assert any(line.endswith("12.00 А") for line in lines)


@pytest.mark.parametrize(("page", "same"), [("cp1251", True), ("cp1125", False)])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_line_keeps_its_columns_in_a_printers_page(name: str, page: str, same: bool) -> None:
    for text in texts(document(name, 42)):
        encoded = printable(text, page).encode(page)
        assert len(encoded) == len(text)
        shown = encoded.decode(page)
        assert shown == text if same else "?" not in shown


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_text_and_picture_show_what_is_on_the_paper(name: str, columns: int) -> None:
    paper = document(name, columns)
    shown = paper_as_text(paper)
    boxless = [line for line in shown.splitlines() if not re.match(r" *[+|].*[+|]$", line)]
    assert boxless == texts(paper)
    rows = sum(30 * (2 if block.tall else 1) for block in paper.blocks if isinstance(block, TextLine))
    height = Image.open(io.BytesIO(render_paper(paper))).height - 32
    sizes = [qr_picture(code.content, code.module, "M").height for code in links(paper)]
    assert height == rows + sum(sizes)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_copy_differs_in_its_marks_and_job_alone(name: str) -> None:
    paper = document(name, 42)
    original, copy = paper_as_text(paper, "K7Q2"), paper_as_text(paper, "K7R3", 1)
    kept = [line for line in copy.splitlines() if line.strip() != "КОПІЯ 1"]
    assert kept[:-1] == original.splitlines()[:-1]
    assert len(copy.splitlines()) == len(original.splitlines()) + 2
