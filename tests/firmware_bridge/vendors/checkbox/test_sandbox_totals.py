"""Sums of any receipt: shares add up, the total is the sum of its lines, taxes stay within what they are part of."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.vendors.checkbox.sandbox.totals import (
    Adjustment,
    DiscountTooBig,
    Item,
    Rate,
    Rounding,
    Totals,
    compute,
    half_up,
    rounded,
)
from firmware_bridge.vendors.checkbox.sandbox.values import RATES

signs = st.sampled_from((-1, 1))
tax_codes = st.frozensets(st.integers(1, 8), max_size=2)
#: Of so little, three in a row leave something of any line below.
percents = st.builds(
    Adjustment, signs, percent=st.just(value=True), value=st.decimals(0, 60, places=2), codes=tax_codes
)
values = st.builds(Adjustment, signs, percent=st.just(value=False), value=st.integers(0, 10))


def item_lists(codes: st.SearchStrategy[tuple[int, ...]]) -> st.SearchStrategy[list[Item]]:
    own = st.lists(percents | values, max_size=3).map(tuple)
    lines = st.builds(Item, st.integers(1000, 1_000_000), st.integers(1000, 20_000), codes, own)
    return st.lists(lines, min_size=1, max_size=8)


any_codes = st.lists(st.integers(1, 8), max_size=2, unique=True).map(tuple)
on_receipt = st.lists(percents | values, max_size=3)
Sale = tuple[list[Item], list[Adjustment]]
receipts: st.SearchStrategy[Sale] = st.tuples(item_lists(any_codes), on_receipt)
one_tax_each: st.SearchStrategy[Sale] = st.tuples(item_lists(st.integers(1, 8).map(lambda code: (code,))), on_receipt)


def added_up(receipt: Sale, *, tax_per_group: bool = False) -> Totals:
    return compute(*receipt, RATES, tax_per_group=tax_per_group)


@given(receipts)
def test_total_is_the_sum_of_lines_and_shares_add_up(receipt: Sale) -> None:
    totals = added_up(receipt)
    assert totals.total == sum(line.net for line in totals.lines)
    assert sum(line.share for line in totals.lines) == sum(totals.adjusted)
    for line in totals.lines:
        assert line.net == line.gross + sum(line.adjusted) + line.share
    assert totals.total == sum(line.gross + sum(line.adjusted) for line in totals.lines) + sum(totals.adjusted)


@given(receipts)
def test_no_line_is_ever_below_nothing(receipt: Sale) -> None:
    assert all(line.net >= 0 for line in added_up(receipt).lines)


@given(receipts)
def test_taxes_are_part_of_their_turnover(receipt: Sale) -> None:
    totals = added_up(receipt)
    for line in totals.lines:
        for tax in line.taxes:
            rate = RATES[tax.code]
            assert tax.turnover == line.net
            assert 0 <= tax.value <= line.net * rate.rate / 10_000 + 1
            assert 0 <= tax.extra_value <= line.net * rate.extra_rate / 10_000 + 1
    for tax in totals.taxes:
        parts = [one for line in totals.lines for one in line.taxes if one.code == tax.code]
        assert (tax.turnover, tax.value) == (sum(one.turnover for one in parts), sum(one.value for one in parts))


@given(one_tax_each)
def test_tax_of_a_group_is_within_half_a_kopeck_a_line_of_the_lines_sum(
    receipt: Sale,
) -> None:
    by_line, by_group = added_up(receipt), added_up(receipt, tax_per_group=True)
    for one, other in zip(by_line.taxes, by_group.taxes, strict=True):
        assert abs(one.value - other.value) <= len(by_line.lines) + 1


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=10), st.data())
def test_share_is_within_a_kopeck_of_its_exact_part(prices: list[int], data: st.DataObject) -> None:
    whole = sum(prices)
    discount = data.draw(st.integers(0, whole))
    totals = compute([Item(price, 1000) for price in prices], [Adjustment(-1, percent=False, value=discount)], RATES)
    for price, line in zip(prices, totals.lines, strict=True):
        exact = Fraction(discount * price, whole) if whole else Fraction(0)
        assert abs(-line.share - exact) < 1


@given(st.integers(0, 10**9), st.sampled_from(["ROUND_10", "ROUND_50"]))
def test_rounded_sum_is_the_nearest_that_cash_can_pay(amount: int, mode: Rounding) -> None:
    step = 10 if mode == "ROUND_10" else 50
    assert rounded(amount, mode) % step == 0
    assert abs(rounded(amount, mode) - amount) * 2 <= step
    assert rounded(amount, "") == amount


def test_half_is_rounded_up() -> None:
    assert [half_up(Fraction(n, 2)) for n in range(5)] == [0, 1, 1, 2, 2]


def test_shares_go_by_the_largest_remainder() -> None:
    """3 % of 246.87 is 7.41: 97.55, 233.82 and 409.63 hundredths of it; two lines get the kopecks that are left."""
    prices = (3250, 7790, 13647)
    three_per_cent = Adjustment(-1, percent=True, value=3)
    totals = compute([Item(price, 1000) for price in prices], [three_per_cent], RATES)
    assert [line.share for line in totals.lines] == [-97, -234, -410]
    assert ([line.net for line in totals.lines], totals.total) == ([3153, 7556, 13237], 23946)


def test_discount_for_a_tax_concerns_only_its_lines() -> None:
    only_first = Adjustment(-1, percent=True, value=Decimal(10), codes=frozenset({1}))
    totals = compute([Item(1000, 1000, (1,)), Item(1000, 1000, (8,))], [only_first], RATES)
    assert [line.share for line in totals.lines] == [-100, 0]
    with pytest.raises(DiscountTooBig):
        compute([Item(1000, 1000, (8,))], [Adjustment(-1, percent=False, value=5, codes=frozenset({1}))], RATES)


def test_discounts_of_a_line_follow_one_another() -> None:
    half = Adjustment(-1, percent=True, value=50)
    assert compute([Item(1000, 1000, (), (half, half))], [], RATES).total == 250


def test_discount_beyond_what_is_there_is_refused() -> None:
    for item, whole in (
        (Item(100, 1000, (), (Adjustment(-1, percent=False, value=101),)), []),
        (Item(100, 1000), [Adjustment(-1, percent=False, value=101)]),
    ):
        with pytest.raises(DiscountTooBig):
            compute([item], whole, RATES)


def test_tax_without_a_rate_is_an_error() -> None:
    with pytest.raises(KeyError):
        compute([Item(100, 1000, (1,))], [], {8: Rate(8, 0)})
