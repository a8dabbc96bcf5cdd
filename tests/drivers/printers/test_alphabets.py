"""The letters of the markets, and which code pages have them."""

from __future__ import annotations

import pytest

from drivers.printers import alphabets


@pytest.mark.parametrize(
    ("language", "has", "count"),
    [
        ("uk", "ґҐєЄіІїЇ", 66),
        ("be", "ўЎёі", 64),
        ("ru", "ёЁъЪ", 66),
        ("az", "əƏğışİ", 0),
        ("bg", "ъЪщ", 60),
        ("en", "", 0),
    ],
)
def test_alphabet_has_its_letters(language: str, has: str, count: int) -> None:
    found = alphabets.letters(language)
    assert set(has) <= set(found)
    assert not count or len(found) == count


def test_region_does_not_matter_and_unknown_languages_need_nothing() -> None:
    assert alphabets.letters("uk-UA") == alphabets.letters("uk")
    assert alphabets.letters("xx") == ""


@pytest.mark.parametrize(
    ("page", "language", "lacks"),
    [
        ("cp1251", "uk", 0),
        ("cp1251", "be", 0),
        ("cp1251", "bg", 0),
        ("cp1125", "uk", 0),
        ("cp1125", "be", 2),
        ("cp866", "uk", 4),
        ("cp866", "be", 2),
        ("cp855", "uk", 2),
        ("cp1254", "az", 2),
    ],
)
def test_page_lacks_so_many_letters_of_a_language(page: str, language: str, lacks: int) -> None:
    """As the tables of these pages say: 866 has no І and Ґ, 1125 no Ў, 1254 no Ə."""
    assert alphabets.missing(page, [language]) == (lacks,)
