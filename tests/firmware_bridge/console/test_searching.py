"""What a person types for a sum or a day."""

from __future__ import annotations

from datetime import date

import pytest

from firmware_bridge.console.searching import days
from firmware_bridge.console.shifts import minor_units


@pytest.mark.parametrize(
    ("text", "exponent", "amount"),
    [
        ("250", 2, 25000),
        ("250.00", 2, 25000),
        ("250,5", 2, 25050),
        ("0.05", 2, 5),
        ("250", 0, 250),
        ("250.5", 0, None),
        ("1.005", 2, None),
        ("000010", 2, None),
        ("-5", 2, None),
        ("1e3", 2, None),
        ("٢", 2, None),
        ("", 2, None),
    ],
)
def test_a_sum_is_read_in_the_tills_currency_or_not_at_all(text: str, exponent: int, amount: int | None) -> None:
    assert minor_units(text, exponent) == amount


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-21", date(2026, 11, 21)),
        ("21.11.2026", date(2026, 11, 21)),
        ("21.11", date(2026, 11, 21)),
        ("1.3", date(2026, 3, 1)),
        ("24.12", date(2025, 12, 24)),
        ("31.02", None),
        ("12.50", None),
        ("250", None),
    ],
)
def test_a_day_without_its_year_is_the_last_one_that_was(text: str, day: date | None) -> None:
    assert days(text, date(2026, 11, 22)) == day
