"""Letters and lengths: what stands on the device's paper is what was meant, and never a question mark."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.datecs.receipts import plan, unp
from drivers.printers.datecs.receipts_text import Unfit, fit, laid_out, lines_of, name_within
from statemachines.vocabulary.events import FiscalisationRefused, ReceiptFiscalised
from statemachines.vocabulary.receipt import AdjustmentRequest
from tests.support.datecs_bench import configured
from tests.support.datecs_rig import BREAD, CHEESE, Rig, receipt


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Хліб житній ґ є ї", "Хліб житній ґ є ї"),
        ("Ѓевѓелија ќ љ њ џ", "Ѓевѓелија ќ љ њ џ"),
        ("Crème brûlée", "Creme brulee"),
        ("Łódź Ødegård straße", "Lodz Odegard strasse"),
        ("Кафе ☕ 250 г", "Кафе 250 г"),
        ("Сир\t«Гауда»\n45 %", "Сир «Гауда» 45 %"),
        ("ціна 5 ₴…", "ціна 5 ГРН..."),
        ("Real?", "Real?"),
    ],
)
def test_a_letter_that_the_device_lacks_becomes_its_likeness_or_nothing(text: str, shown: str) -> None:
    assert fit(text, "replace", "the name") == shown


@given(st.text(max_size=60))
def test_whatever_is_written_fits_the_code_page_and_gets_no_question_mark(text: str) -> None:
    try:
        shown = fit(text, "replace", "the name")
    except Unfit:
        return
    shown.encode("cp1251")
    assert shown.count("?") <= text.count("?")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=48))
def test_a_line_that_is_laid_out_keeps_its_columns(line: str) -> None:
    shown = laid_out(line)
    assert len(shown) == len(line)
    shown.encode("cp1251")


def test_a_shop_may_have_foreign_letters_refused_by_name() -> None:
    with pytest.raises(Unfit, match="é"):
        fit("Crème brûlée"[2:].replace("è", "é"), "refuse", "the name of line 1")
    assert fit("Кафе", "refuse", "the name") == "Кафе"
    rig = Rig("bg", change=lambda settings: replace(settings, letters="refuse"))
    till = rig.working()
    outcome = rig.give(till, rig.sell(receipt(lines=[replace(BREAD, name="Кафе ☕")])))
    assert isinstance(outcome, FiscalisationRefused)
    assert "☕" in outcome.reason
    assert rig.device.books.fiscal == ()


def test_a_name_without_a_single_letter_that_the_device_has_is_refused() -> None:
    with pytest.raises(Unfit, match="none of the letters"):
        fit("🍞🧀", "replace", "the name of line 1")


def test_a_name_is_cut_at_a_blank_where_the_device_has_no_more_room() -> None:
    assert name_within("Сирене краве от Родопите 400 г вакуум", 20, 1) == "Сирене краве от"
    assert name_within("Сирене краве от Родопите 400 г вакуум", 20, 2) == "Сирене краве от Родопите 400 г"
    assert name_within("А" * 50, 20, 2) == f"{'А' * 20} {'А' * 20}"


@pytest.mark.parametrize("dialect", ["bg", "c", "ua", "mk", "sy55", "x"])
def test_a_name_longer_than_any_device_s_line_is_sold_all_the_same(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    long = replace(BREAD, name="Хляб пълнозърнест с ленено семе и слънчоглед " * 3)
    outcome = rig.give(till, rig.sell(receipt(lines=[long])))
    assert isinstance(outcome, ReceiptFiscalised), outcome
    assert rig.device.books.fiscal[0].lines[0].name.startswith("Хляб пълнозърнест")


def test_free_text_keeps_its_own_lines_and_fits_the_paper() -> None:
    assert lines_of("Първи ред\nВтори ред, който е доста по-дълъг", 20, "replace", "the footer") == (
        "Първи ред",
        "Втори ред, който е",
        "доста по-дълъг",
    )


def test_a_line_for_nothing_is_refused_where_the_shop_wants_that() -> None:
    gift = replace(CHEESE, price=0)
    with pytest.raises(Unfit, match="costs nothing"):
        plan(receipt(lines=[BREAD, gift]), replace(configured("bg"), zero_line="refuse"))
    assert plan(receipt(lines=[gift, BREAD]), configured("bg")).items[0].before == ("Сирене",)


def test_a_surcharge_is_a_sum_of_the_line_too() -> None:
    tenth = AdjustmentRequest("surcharge", "percent", 1000)
    steps = plan(receipt(adjustments=[tenth]), configured("bg"))
    assert [line.item.change.amount for line in steps.items if line.item.change is not None] == [82, 52]


def test_the_unique_sale_number_has_the_form_that_the_law_wants() -> None:
    assert unp("DT000600", 1, "000123") == "DT000600-OP01-0000123"
    for serial, number in (("DT0006", "000123"), ("DT000600", "A-1"), ("DT000600", "")):
        with pytest.raises(Unfit):
            unp(serial, 1, number)
