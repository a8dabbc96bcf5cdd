"""Slips on paper: what they are stands above, what was asked for below, column for column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers import slip as layout
from drivers.printers.labels import LANGUAGES, labels
from drivers.printers.picture import paper_as_text, render_paper
from drivers.printers.sheet import Shop
from statemachines.vocabulary.paper import Barcode, Image, Paper, QrCode, TextLine
from statemachines.vocabulary.receipt import Person
from statemachines.vocabulary.slip import SLIP_KINDS, Align, Slip, SlipElement, SlipFeed, SlipKind, SlipText

SHOP = Shop(
    ("ТОВ «Приклад»",),
    "Магазин «Соняшник»",
    "м. Київ, вул. Прикладна, 27",
    "ПН",
    "123456789012",
    "1",
    "Europe/Kyiv",
)
CASHIER = Person("7", "Коваль О.", "cashier")
AT = 1_772_460_331_000
BARS = Barcode("482000000001", "EAN13", module=3)
DOTS = Image(16, b"\xff\xff" * 4, "logo")

CARD_SLIP = """\
         ТОВ «Приклад»
       Магазин «Соняшник»
  м. Київ, вул. Прикладна, 27
--------------------------------
     НЕ ФІСКАЛЬНИЙ ДОКУМЕНТ
Сліп термінала № D7
                02.03.2026 16:05
Каса 1           Касир Коваль О.
До чека №                 000412
         Оплата карткою
--------------------------------
           ПРИВАТБАНК
Термінал        S1XX0001
СХВАЛЕНО
                      250.00 UAH

#K7Q2                     КІНЕЦЬ
"""
KITCHEN = """\
          NOT A FISCAL DOCUMENT
Kitchen order D8          2026-03-02 16:05
Till 1                   Cashier Коваль О.
------------------------------------------
2 x Borshch

#K7Q3                                  END
"""


def a_slip(kind: SlipKind, *elements: SlipElement, language: str = "uk", number: str = "D7") -> Slip:
    return Slip("d-1", kind, number, language, CASHIER, elements)


def made(slip: Slip, columns: int = 32, *, training: bool = False) -> Paper:
    return layout.compose(slip, SHOP, columns, AT, training=training)


def lines(paper: Paper) -> list[TextLine]:
    return [block for block in paper.blocks if isinstance(block, TextLine)]


def test_a_card_slip_stands_as_it_was_drawn() -> None:
    elements = (
        SlipText("ПРИВАТБАНК", "centre", bold=True),
        SlipText("Термінал        S1XX0001"),
        SlipText("СХВАЛЕНО", tall=True),
        SlipText("250.00 UAH", "right"),
        SlipText(""),
    )
    slip = Slip("d-1", "card_slip", "D7", "uk", CASHIER, elements, "Оплата карткою", "s-1", "000412")
    assert paper_as_text(made(slip), "K7Q2") == CARD_SLIP


def test_a_kitchen_ticket_stands_as_it_was_drawn() -> None:
    slip = a_slip("kitchen", SlipText("2 x Borshch"), SlipFeed(1), language="en", number="D8")
    assert paper_as_text(made(slip, 42), "K7Q3") == KITCHEN


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SLIP_KINDS)
def test_every_slip_says_that_it_is_no_fiscal_document(kind: SlipKind, language: str) -> None:
    shown = [line.text.strip() for line in lines(made(a_slip(kind, language=language)))]
    assert labels(language).not_fiscal in shown
    assert any("D7" in line for line in shown)


@pytest.mark.parametrize("kind", SLIP_KINDS)
def test_no_slip_bears_the_tax_number(kind: SlipKind) -> None:
    assert "123456789012" not in paper_as_text(made(a_slip(kind)))


@pytest.mark.parametrize("kind", SLIP_KINDS)
def test_in_training_every_slip_says_so_at_both_ends(kind: SlipKind) -> None:
    shown = [line.text.strip() for line in lines(made(a_slip(kind, SlipText("x")), training=True))]
    assert shown[0] == shown[-1] == "НАВЧАЛЬНИЙ РЕЖИМ"
    assert "НЕ ФІСКАЛЬНИЙ ДОКУМЕНТ" not in shown


def test_a_sale_that_this_till_does_not_know_is_named_by_its_id() -> None:
    slip = Slip("d-1", "voucher", "D7", "en", CASHIER, (), sale_id="s-1")
    assert any(line.text.endswith(" s-1") for line in lines(made(slip)))


@pytest.mark.parametrize(
    ("align", "wide", "text"),
    [
        ("left", False, "a b"),
        ("centre", False, " " * 14 + "a b"),
        ("right", False, " " * 29 + "a b"),
        ("left", True, "a b"),
        ("centre", True, " " * 6 + "a b"),
        ("right", True, " " * 13 + "a b"),
    ],
)
def test_a_text_is_aligned_by_blanks_of_its_own_width(align: Align, wide: bool, text: str) -> None:
    line = lines(made(a_slip("notice", SlipText("a b", align, wide=wide))))[-1]
    assert line == TextLine(text, wide=wide)


def test_looks_are_kept_on_every_line_of_a_text() -> None:
    shown = lines(made(a_slip("notice", SlipText("word " * 9, tall=True, wide=True, bold=True))))[-3:]
    assert [line.text for line in shown] == ["word word word"] * 3
    assert all((line.tall, line.wide, line.bold) == (True, True, True) for line in shown)


def test_what_fits_keeps_its_blanks_and_what_does_not_is_broken_at_them() -> None:
    fits, broken = "SUM          5.00", "SUM                              5.00"
    shown = [line.text for line in lines(made(a_slip("notice", SlipText(fits), SlipText(broken))))]
    assert shown[-2:] == [fits, "SUM 5.00"]


def test_nothing_in_a_text_steers_the_printer() -> None:
    shown = lines(made(a_slip("notice", SlipText("a\x1b@\tb\u202ec"))))[-1].text
    assert shown == "a@ bc"


def test_codes_and_pictures_stand_where_they_were_asked_for() -> None:
    blocks = made(a_slip("voucher", QrCode("https://x"), BARS, DOTS)).blocks
    assert blocks[-3:] == (QrCode("https://x", 6), BARS, DOTS)


def test_a_paper_with_everything_on_it_can_be_drawn() -> None:
    elements = (SlipText("x", wide=True, bold=True), SlipFeed(2), QrCode("https://x"), BARS, DOTS)
    assert render_paper(made(a_slip("voucher", *elements)), "K7Q2", 1).startswith(b"\x89PNG")


def test_a_copys_mark_stands_under_the_shop_or_on_top() -> None:
    assert made(a_slip("card_slip")).mark_at == 3
    assert made(a_slip("kitchen")).mark_at == 0


texts = st.text(st.characters(codec="utf-8"), max_size=80)
elements = st.builds(
    SlipText, texts, st.sampled_from(["left", "centre", "right"]), st.booleans(), st.booleans(), st.booleans()
)


@given(st.integers(24, 64), st.sampled_from(SLIP_KINDS), st.lists(elements, max_size=5), texts, st.booleans())
def test_no_line_is_wider_than_the_paper(
    columns: int, kind: SlipKind, told: list[SlipText], title: str, training: bool
) -> None:
    slip = Slip("d-1", kind, "D7", "uk", CASHIER, tuple(told), title, "s-1")
    for line in lines(made(slip, columns, training=training)):
        assert len(line.text) * (2 if line.wide else 1) <= columns


@pytest.mark.parametrize(
    "text", ["ФІСКАЛЬНИЙ ЧЕК", "  Фіскальний  чек ", "** ФІСКАЛЬНИЙ ЧЕК **", "Ф І С К А Л Ь Н И Й ЧЕК", "Фискален бон"]
)
def test_the_title_of_a_fiscal_document_is_known_in_every_spelling(text: str) -> None:
    assert layout.claims_to_be_fiscal(text)


@pytest.mark.parametrize(
    "text", ["", "Нефіскальний чек", "НЕ ФІСКАЛЬНИЙ ЧЕК", "Ваш фіскальний чек надіслано", "Receipt", "ЧЕК № 5"]
)
def test_a_line_that_only_speaks_of_one_is_no_title(text: str) -> None:
    assert not layout.claims_to_be_fiscal(text)
