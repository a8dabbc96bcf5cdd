"""Characters: what reaches a code page, and what never reaches a printer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.text import clean, lacking, money, paragraphs, percent, printable, quantity, two_part, wrap

PAGES = ("cp1251", "cp1125", "cp866", "cp437", "cp858")
UKRAINIAN = "Щедрий ґанок її єдиної Їжі, № 5 — «Мʼята» × 2"


def test_what_a_page_has_is_left_alone() -> None:
    assert printable("Ґанок її № 5 — «М’ята»", "cp1251") == "Ґанок її № 5 — «М’ята»"
    assert printable("Ґанок її № 5", "cp1125") == "Ґанок її № 5"
    assert printable("Ўзор, № 5", "cp866") == "Ўзор, № 5"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("cp1251", "Щедрий ґанок її єдиної Їжі, № 5 — «М’ята» х 2"),
        ("cp1125", 'Щедрий ґанок її єдиної Їжі, № 5 - "М\'ята" х 2'),
        ("cp866", 'Щедрий ганок її єдиної Їжi, № 5 - "М\'ята" х 2'),
    ],
)
def test_what_a_page_lacks_is_written_as_readers_expect(page: str, expected: str) -> None:
    assert printable(UKRAINIAN, page) == expected


def test_letters_lose_their_accents_before_they_are_lost() -> None:
    assert printable("Ў", "cp1125") == "У"
    assert printable("Café Ní", "cp1251") == "Cafe Ni"


def test_the_hryvnia_sign_is_spelt_out() -> None:
    assert printable("5 ₴", "cp1251") == "5 ГРН"
    assert clean("5 ₴") == "5 ГРН"


@pytest.mark.parametrize("page", PAGES)
def test_what_has_no_likeness_is_a_question_mark(page: str) -> None:
    assert printable("ლ漢", page) == "??"


def test_letters_of_last_resort_stand_for_others_where_nothing_better_is() -> None:
    assert printable("Іван, ґава, Əli", "cp866") == "Iван, гава, Eli"
    assert printable("Əliyev ə", "cp1254") == "Eliyev e"


@pytest.mark.parametrize(
    ("text", "page", "missing"),
    [
        ("Ґанок її № 5 — «М’ята» × 2 …", "cp1251", ""),
        ("Ґанок її № 5 — «М’ята» × 2 …", "cp1125", ""),
        ("Ціна ґрунту", "cp866", "іґ"),
        ("Ўзор", "cp1125", "Ў"),
        ("Ўзор", "cp866", ""),
        ("Əziz, 5 ₴", "cp1254", "Ə₴"),
        ("Café 5 €", "cp866", "é€"),
        ("plain ASCII #$~", "ascii", ""),
        ("кирилиця", "ascii", "кирилиця"),
        ("\x1b@\u202eTea", "ascii", ""),
    ],
)
def test_what_a_page_lacks_is_told_but_not_what_signs_stand_for(text: str, page: str, missing: str) -> None:
    assert lacking(text, page) == missing


@given(st.text(), st.sampled_from(PAGES))
def test_a_line_that_lacks_nothing_has_no_question_mark_of_ours(text: str, page: str) -> None:
    if not lacking(text, page):
        assert printable(text, page).count("?") == clean(text).count("?")


@given(st.text(), st.sampled_from(PAGES))
def test_everything_printable_can_be_encoded(text: str, page: str) -> None:
    done = printable(text, page)
    assert done.encode(page).decode(page) == done
    assert done.isprintable()


@given(st.text(), st.sampled_from(PAGES))
def test_a_laid_out_line_keeps_its_length_in_every_page(text: str, page: str) -> None:
    line = clean(text)
    assert len(printable(line, page)) == len(line)


@given(st.text())
def test_clean_text_is_clean(text: str) -> None:
    assert clean(text).isprintable()
    assert clean(clean(text)) == clean(text)


def test_nothing_from_outside_steers_the_printer() -> None:
    assert clean("\x1b@Tea\x1dV\x00\x10\x14\x01") == "@TeaV"
    assert clean("a\u202eb\u200bc\ufeffd\u2066e") == "abcde"
    assert clean("a\nb\tc\u2028d\u00a0e") == "a b c d e"
    assert printable("\x1bp0\u202e", "cp866") == "p0"


def test_letters_are_composed() -> None:
    assert clean("и\u0306 і\u0308") == "й ї"


def test_an_unknown_page_is_an_error() -> None:
    with pytest.raises(LookupError):
        printable("a", "cp0")


def test_lines_break_at_blanks_and_long_words_hard() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("abcdefghij kl", 4) == ["abcd", "efgh", "ij", "kl"]
    assert wrap("ab cdefghij", 4) == ["ab", "cdef", "ghij"]
    assert wrap("abcdefgh", 4) == ["abcd", "efgh"]
    assert wrap("", 5) == wrap("   ", 5) == []


@given(st.text(alphabet="ab -", max_size=80), st.integers(1, 20))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(0 < len(line) <= width for line in lines)


def test_two_parts_on_one_line_have_a_blank_between_them() -> None:
    assert two_part("abc", "12", 6) == ["abc 12"]
    assert two_part("abcd", "12", 6) == ["abcd", "    12"]
    assert two_part("ab cd ef", "1.00 A", 12) == ["ab cd ef", "      1.00 A"]
    assert two_part("ab cd ef gh", "1.00", 9) == ["ab cd ef", "gh   1.00"]
    assert two_part("ab", "1", 8, indent=2) == ["  ab   1"]


def test_a_right_part_wider_than_the_paper_is_broken() -> None:
    assert two_part("id", "12345678", 5) == ["id", "12345", "  678"]
    assert two_part("", "12", 5) == ["   12"]
    assert two_part("ab", "", 5) == ["ab"]
    assert two_part("", "", 5) == []


def test_a_name_is_cut_with_room_for_its_ellipsis() -> None:
    lines = two_part("a b c d e f g h", "1", 5, max_lines=2)
    assert lines == ["a b c", "d …", "    1"]


def test_paragraphs_keep_their_own_breaks() -> None:
    assert paragraphs("one\r\ntwo three", 5) == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("amount", "exponent", "expected"),
    [(2395050, 2, "23950.50"), (-5, 2, "-0.05"), (0, 2, "0.00"), (100, 0, "100"), (1234, 3, "1.234")],
)
def test_money_is_written_with_a_point(amount: int, exponent: int, expected: str) -> None:
    assert money(amount, exponent) == expected


def test_money_in_reports_is_grouped() -> None:
    assert money(123456789, 2, grouped=True) == "1 234 567.89"
    assert money(4, 2, signed=True) == "+0.04"
    assert money(0, 2, signed=True) == "0.00"


def test_rates_and_quantities() -> None:
    assert [percent(rate) for rate in (2000, 750, 5, 0, 10000)] == ["20%", "7.5%", "0.05%", "0%", "100%"]
    assert [quantity(amount) for amount in (350, 2000, 1, 12345)] == ["0.350", "2.000", "0.001", "12.345"]
