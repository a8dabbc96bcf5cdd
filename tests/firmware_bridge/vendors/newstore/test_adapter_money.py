"""The till's minor units and NewStore's number tokens: exact in both directions, and nothing is ever rounded."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.vendors.newstore.messages import Activate, Unreadable, decode, encode
from firmware_bridge.vendors.newstore.money import Money, WrongMoney, from_money, minor, to_money


@pytest.mark.parametrize(
    ("amount", "exponent", "token"),
    [
        (13950, 2, b"139.50"),
        (-13950, 2, b"-139.50"),
        (4999, 2, b"49.99"),
        (5, 2, b"0.05"),
        (-5, 2, b"-0.05"),
        (0, 2, b"0.00"),
        (4500, 0, b"4500"),
        (0, 0, b"0"),
        (999_999_999_999_99, 2, b"999999999999.99"),
    ],
)
def test_amount_is_written_with_exactly_the_decimals_of_its_currency(amount: int, exponent: int, token: bytes) -> None:
    assert encode(Activate(to_money(amount, "USD", exponent))) == (
        b'{"float_amount":{"value":%s,"currency":"USD"}}' % token
    )


@pytest.mark.parametrize(
    ("token", "exponent", "amount"),
    [
        (b"45", 2, 4500),
        (b"49.99", 2, 4999),
        (b"-200.49", 2, -20049),
        (b"101.99", 2, 10199),
        (b"0.1", 2, 10),
        (b"0.10000", 2, 10),
        (b"1e2", 2, 10000),
        (b"125E-2", 2, 125),
        (b"-0", 2, 0),
        (b"0.0", 0, 0),
        (b"4503599627370497.11", 2, 450359962737049711),
        (b"0.1", 3, 100),
    ],
)
def test_number_token_is_read_without_a_float_between(token: bytes, exponent: int, amount: int) -> None:
    read = decode(b'{"value":%s,"currency":"USD"}' % token, Money)
    assert from_money(read, "USD", exponent) == amount


@pytest.mark.parametrize(
    "token",
    [
        b"0.001",
        b"45.005",
        b"0.30000000000000004",
        b"1e-3",
        b"1e999999999",
        b"1e-999999999",
        b"1" * 60,
        b"0." + b"0" * 60,
    ],
)
def test_what_is_no_whole_number_of_cents_is_refused(token: bytes) -> None:
    read = decode(b'{"value":%s,"currency":"USD"}' % token, Money)
    with pytest.raises(WrongMoney):
        from_money(read, "USD", 2)


def test_tail_beyond_any_precision_is_not_lost() -> None:
    with pytest.raises(WrongMoney):
        minor(Decimal("1.000000000000000000000000000000000001"), 2)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(WrongMoney):
        minor(Decimal(value), 2)
    with pytest.raises(Unreadable):
        decode(f'{{"value":{value},"currency":"USD"}}'.encode(), Money)


def test_other_currency_is_refused() -> None:
    with pytest.raises(WrongMoney, match=r"45 EUR is not in USD"):
        from_money(Money(Decimal(45), "EUR"), "USD", 2)


@given(st.integers(-(10**15), 10**15), st.sampled_from([0, 2, 3]))
def test_every_amount_comes_back_as_it_went(amount: int, exponent: int) -> None:
    there = encode(to_money(amount, "UAH", exponent))
    assert from_money(decode(there, Money), "UAH", exponent) == amount
    digits = there.split(b":")[1].split(b",")[0].partition(b".")[2]
    assert len(digits) == exponent


def test_way_through_a_float_would_be_seen() -> None:
    """The control: the same amount read as a float is another one."""
    token = b"4503599627370497.11"
    assert minor(Decimal(token.decode()), 2) == 450359962737049711
    assert minor(Decimal(float(token)), 2) != 450359962737049711
