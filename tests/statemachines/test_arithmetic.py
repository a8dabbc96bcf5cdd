"""The sums of a sale: vectors worked out by hand, refusals by name, and what holds for every sale."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachines.arithmetic import (
    LIMIT,
    BadSale,
    ComputedSale,
    cash_rounding,
    compute,
    half_up,
    included_taxes,
    spread,
)
from statemachines.vocabulary.receipt import AdjustmentRequest, LineRequest, Payment, RoundingMode, TaxGroup, TaxRate
from tests.support.selling import BEER, FREE, GROUPS, VAT20, card, cash, line, minus, minus_percent, plus, total_of


def sale(
    lines: list[LineRequest],
    payments: list[Payment],
    *adjustments: AdjustmentRequest,
    rounding: RoundingMode = "none",
    kind: Literal["sale", "return"] = "sale",
) -> ComputedSale:
    return compute(lines, adjustments, payments, GROUPS, rounding, kind)


def refused(
    lines: list[LineRequest],
    payments: list[Payment],
    *adjustments: AdjustmentRequest,
    rounding: RoundingMode = "none",
    kind: Literal["sale", "return"] = "sale",
) -> BadSale:
    with pytest.raises(BadSale) as caught:
        sale(lines, payments, *adjustments, rounding=rounding, kind=kind)
    assert caught.value.text.endswith(".")
    return caught.value


# --- the parts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(5, 10, 1), (4, 10, 0), (-5, 10, -1), (-4, 10, 0), (15, 10, 2), (25, 10, 3), (0, 7, 0), (116 * 20, 120, 19)],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, expected: int) -> None:
    assert half_up(numerator, denominator) == expected


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9))
def test_half_up_is_the_nearest_integer(numerator: int, denominator: int) -> None:
    error = Fraction(numerator, denominator) - half_up(numerator, denominator)
    assert abs(error) <= Fraction(1, 2)
    assert half_up(-numerator, denominator) == -half_up(numerator, denominator)


def test_a_sum_is_not_divided_by_zero() -> None:
    with pytest.raises(ValueError, match="above 0"):
        half_up(1, 0)


def test_shares_of_known_receipts() -> None:
    assert spread(29, (122, 461)) == (6, 23)
    assert spread(741, (3250, 7790, 13647)) == (97, 234, 410)
    assert spread(-741, (3250, 7790, 13647)) == (-97, -234, -410)


def test_ties_go_to_the_lower_line() -> None:
    assert spread(1, (5, 5, 5)) == (1, 0, 0)
    assert spread(2, (5, 5, 5)) == (1, 1, 0)
    assert spread(-1, (5, 5)) == (-1, 0)


def test_nothing_is_spread_over_nothing() -> None:
    assert spread(0, (0, 0)) == (0, 0)
    with pytest.raises(ValueError, match="no sum"):
        spread(1, (0, 0))
    with pytest.raises(ValueError, match="negative"):
        spread(1, (2, -1))


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any), st.data())
def test_shares_add_up_and_stay_within_their_bases(bases: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(-sum(bases), sum(bases)))
    shares = spread(amount, bases)
    assert sum(shares) == amount
    for share, base in zip(shares, bases, strict=True):
        assert abs(share) <= base
        assert abs(share - Fraction(amount * base, sum(bases))) < 1


ROUND10 = {0: 0, 1: 0, 4: 0, 5: 10, 9: 10, 10: 10, 13946: 13950, 4994: 4990, 4995: 5000}
ROUND50 = {0: 0, 1: 0, 24: 0, 25: 50, 49: 50, 50: 50, 51: 50, 74: 50, 75: 100, 99: 100, 100: 100, 49_00: 4900}


@pytest.mark.parametrize(("amount", "expected"), ROUND10.items())
def test_cash_to_ten(amount: int, expected: int) -> None:
    assert cash_rounding(amount, "round10") == expected


@pytest.mark.parametrize(("amount", "expected"), ROUND50.items())
def test_cash_to_fifty(amount: int, expected: int) -> None:
    assert cash_rounding(amount, "round50") == expected


@given(st.integers(0, 10**12), st.integers(0, 10**6), st.sampled_from(["none", "round10", "round50"]))
def test_rounding_is_monotone_and_small(amount: int, more: int, mode: RoundingMode) -> None:
    step = {"none": 1, "round10": 10, "round50": 50}[mode]
    rounded = cash_rounding(amount, mode)
    assert rounded % step == 0
    assert abs(rounded - amount) * 2 <= step
    assert cash_rounding(amount + more, mode) >= rounded
    assert cash_rounding(rounded, mode) == rounded


def test_included_tax_of_one_rate() -> None:
    assert [tax.amount for tax in included_taxes(116, VAT20)] == [19]
    assert included_taxes(116, VAT20)[0].base == 116


def test_excise_is_taken_out_before_vat() -> None:
    vat, excise = included_taxes(7556, BEER)
    assert (vat.name, vat.amount, excise.name, excise.amount) == ("ПДВ", 1199, "Акциз", 360)
    vat, excise = included_taxes(414_000, BEER)
    assert (vat.amount, excise.amount) == (65714, 19714)


def test_three_taxes_in_a_group_are_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="two at most"):
        included_taxes(100, replace(BEER, taxes=(*BEER.taxes, TaxRate("x", 100))))


@given(st.integers(0, 10**12), st.sampled_from([VAT20, BEER, FREE]))
def test_taxes_are_never_above_the_sum(amount: int, group: TaxGroup) -> None:
    taxes = included_taxes(amount, group)
    assert all(tax.amount >= 0 for tax in taxes)
    assert sum(tax.amount for tax in taxes) <= amount
    assert sum(tax.amount for tax in included_taxes(amount + 1, group)) >= sum(tax.amount for tax in taxes)


# --- whole sales ----------------------------------------------------------------------------------------------


def test_the_two_line_vector() -> None:
    done = sale([line(122), line(461)], [card(554)], minus(29))
    assert [part.share for part in done.lines] == [-6, -23]
    assert [part.sum for part in done.lines] == [116, 438]
    assert (done.totals.goods, done.totals.adjustments, done.totals.total) == (583, -29, 554)
    assert done.totals.tax[0].amount == 19 + 73


def test_the_mixed_payment_vector() -> None:
    done = sale(
        [line(3250), line(4100, 2000, minus(410), group="beer"), line(38990, 350)],
        [card(10000), cash(13946, 20000)],
        minus_percent(300),
        rounding="round50",
    )
    assert [part.gross for part in done.lines] == [3250, 8200, 13647]
    assert [part.sum for part in done.lines] == [3153, 7556, 13237]
    assert [part.line_no for part in done.lines] == [1, 2, 3]
    assert done.adjustments[0].amount == -741
    assert done.adjustments[0].percent == 300
    totals = done.totals
    assert (totals.total, totals.rounding, totals.payable) == (23946, 4, 23950)
    assert (totals.paid, totals.change) == (30000, 6050)
    assert done.payments[1] == cash(13950, 20000)
    assert [(tax.letter, tax.name, tax.base, tax.amount) for tax in totals.tax] == [
        ("А", "ПДВ", 16390, 2732),
        ("Г", "ПДВ", 7556, 1199),
        ("Г", "Акциз", 7556, 360),
    ]


def test_only_the_cash_part_is_rounded() -> None:
    done = sale([line(554)], [card(505), cash(49)], rounding="round50")
    assert (done.payments[1].amount, done.totals.payable) == (50, 555)


def test_nothing_is_rounded_without_cash() -> None:
    assert sale([line(554)], [card(554)], rounding="round50").totals.rounding == 0


def test_a_cash_return_is_rounded_as_a_sale_is() -> None:
    done = sale([line(37820, 150)], [cash(5673)], rounding="round50", kind="return")
    assert (done.totals.total, done.totals.rounding, done.totals.payable) == (5673, -23, 5650)
    assert done.payments == (cash(5650, 5650),)
    assert done.totals.tax[0].amount == 946


def test_a_small_rest_may_round_to_nothing() -> None:
    done = sale([line(50020)], [card(50000), cash(20)], rounding="round50")
    assert (done.payments[1].amount, done.totals.payable, done.totals.change) == (0, 50000, 0)


def test_given_is_the_amount_due_when_nobody_says() -> None:
    assert sale([line(1001)], [cash(1000)], rounding="round10").payments == (cash(1000, 1000),)


def test_given_equal_to_the_unrounded_rest_is_rounded_with_it() -> None:
    done = sale([line(1001)], [cash(1001, 1001)], rounding="round10")
    assert (done.payments[0], done.totals.change) == (cash(1000, 1000), 0)


def test_percentages_of_a_line_apply_to_the_running_sum() -> None:
    done = sale([line(10000, 1000, minus_percent(1000), minus_percent(1000), plus(50))], [card(8150)])
    assert [part.amount for part in done.lines[0].adjustments] == [-1000, -900, 50]
    assert done.lines[0].sum == 8150


def test_a_surcharge_of_the_receipt_is_spread_too() -> None:
    done = sale([line(100), line(300)], [card(450)], plus(50))
    assert [part.share for part in done.lines] == [13, 37]


def test_a_gift_is_sold_for_nothing() -> None:
    done = sale([line(0), line(500)], [card(500)])
    assert [part.sum for part in done.lines] == [0, 500]
    assert sale([line(0)], []).totals.payable == 0
    assert sale([line(100, 1000, minus_percent(10000))], [cash(0)]).totals.payable == 0


# --- refusals ------------------------------------------------------------------------------------------------


def test_a_sale_without_lines_is_refused() -> None:
    assert refused([], [cash(1)]).field == "lines"


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (line(-1), "lines[1].price"),
        (line(LIMIT + 1), "lines[1].price"),
        (line(1, 0), "lines[1].quantity"),
        (line(1, -1000), "lines[1].quantity"),
        (line(1, LIMIT + 1), "lines[1].quantity"),
        (line(LIMIT, 2000), "lines[1]"),
        (line(1, 1000, group="vat21"), "lines[1].tax_group"),
        (line(100, 1000, minus(101)), "lines[1].adjustments[0].value"),
        (line(100, 1000, minus(60), minus(41)), "lines[1].adjustments[1].value"),
        (line(0, 1000, minus_percent(10001)), "lines[1].adjustments[0].value"),
        (line(100, 1000, minus(-1)), "lines[1].adjustments[0].value"),
        (line(100, 1000, plus(LIMIT)), "lines[1].adjustments[0].value"),
        (line(100, 1000, plus(LIMIT + 1)), "lines[1].adjustments[0].value"),
    ],
)
def test_a_bad_line_is_refused_by_its_path(bad: LineRequest, field: str) -> None:
    assert refused([line(100), bad], [card(100)]).field == field


def test_an_unknown_tax_group_is_named_with_the_known_ones() -> None:
    text = refused([line(1, 1000, group="vat21")], [card(1)]).text
    assert "vat21" in text
    assert "vat20" in text


def test_a_discount_above_the_receipt_is_refused() -> None:
    assert refused([line(100)], [], minus(101)).field == "adjustments[0].value"


def test_a_surcharge_on_nothing_is_refused() -> None:
    assert refused([line(0)], [card(5)], plus(5)).field == "adjustments"


def test_lines_that_only_together_are_too_much_are_refused() -> None:
    assert refused([line(LIMIT), line(1)], [card(LIMIT)]).field == "lines"


@pytest.mark.parametrize(
    ("payments", "field"),
    [
        ([], "payments"),
        ([card(999)], "payments"),
        ([cash(999)], "payments"),
        ([card(500), cash(499)], "payments"),
        ([card(1001)], "payments[0].amount"),
        ([card(600), card(500)], "payments[1].amount"),
        ([card(-1)], "payments[0].amount"),
        ([card(0), cash(1000)], "payments[0].amount"),
        ([cash(1500)], "payments[0].amount"),
        ([cash(1000, 999)], "payments[0].given"),
        ([cash(1000, LIMIT + 1)], "payments[0].given"),
        ([cash(LIMIT + 1)], "payments[0].amount"),
        ([cash(500), cash(500)], "payments[1]"),
        ([card(1000), cash(0, 500)], "payments[1]"),
        ([replace(card(1000), given=1000)], "payments[0].given"),
    ],
)
def test_wrong_payments_of_1000_are_refused_by_their_path(payments: list[Payment], field: str) -> None:
    assert refused([line(1000)], payments).field == field


def test_too_little_is_refused_with_both_sums() -> None:
    text = refused([line(13946)], [cash(13000)], rounding="round50").text
    assert "13000" in text
    assert "13950" in text


def test_a_return_gives_no_change() -> None:
    assert refused([line(1000)], [cash(1000, 2000)], kind="return").field == "payments[0].given"
    assert sale([line(1000)], [cash(1000, 1000)], kind="return").totals.change == 0


# --- every sale -------------------------------------------------------------------------------------------------

requested_adjustments = st.lists(
    st.builds(
        AdjustmentRequest,
        st.sampled_from(["discount", "surcharge"]),
        st.just("percent"),
        st.integers(0, 10000),
    ),
    max_size=3,
).map(tuple)
requested_lines = st.lists(
    st.builds(
        LineRequest,
        st.just("c"),
        st.just("good"),
        st.integers(0, 10**6),
        st.integers(1, 10**5),
        st.sampled_from(sorted(GROUPS)),
        requested_adjustments,
    ),
    min_size=1,
    max_size=8,
)
modes = st.sampled_from(["none", "round10", "round50"])


def check(done: ComputedSale) -> None:
    """What must hold for every computed sale, whoever computed it."""
    totals = done.totals
    assert sum(part.sum for part in done.lines) == totals.total
    assert sum(part.gross for part in done.lines) == totals.goods
    assert sum(part.share for part in done.lines) == sum(given.amount for given in done.adjustments)
    assert totals.goods + totals.adjustments == totals.total
    assert totals.total + totals.rounding == totals.payable
    assert totals.payable == sum(payment.amount for payment in done.payments)
    assert totals.change == totals.paid - totals.payable >= 0
    for part in done.lines:
        assert part.sum >= 0
        assert part.sum == part.gross + sum(given.amount for given in part.adjustments) + part.share
        assert 0 <= sum(tax.amount for tax in part.taxes) <= part.sum
    assert sum(tax.amount for tax in totals.tax) == sum(tax.amount for part in done.lines for tax in part.taxes)


@given(requested_lines, requested_adjustments, modes, st.data())
def test_every_sale_adds_up(
    lines: list[LineRequest],
    adjustments: tuple[AdjustmentRequest, ...],
    mode: RoundingMode,
    data: st.DataObject,
) -> None:
    total = total_of(lines, adjustments)
    by_card = data.draw(st.integers(0, total))
    rest = total - by_card
    payments = [card(by_card)] if by_card else []
    if rest:
        payments.append(cash(rest, cash_rounding(rest, mode) + data.draw(st.integers(0, 10**5))))
    done = sale(lines, payments, *adjustments, rounding=mode)
    check(done)
    if not rest:
        assert done.totals.rounding == 0


def test_the_check_of_sales_notices_one_unit() -> None:
    done = sale([line(122), line(461)], [card(554)], minus(29))
    with pytest.raises(AssertionError):
        check(replace(done, totals=replace(done.totals, total=553)))
    with pytest.raises(AssertionError):
        check(replace(done, lines=(replace(done.lines[0], share=-7), done.lines[1])))


@given(st.integers(0, 10**6), st.integers(1, 10**5), st.integers(0, 10000))
def test_a_dearer_line_never_costs_less(price: int, quantity: int, rate: int) -> None:
    cheap = total_of([line(price, quantity, minus_percent(rate))])
    assert total_of([line(price + 1, quantity, minus_percent(rate))]) >= cheap
    assert total_of([line(price, quantity + 1, minus_percent(rate))]) >= cheap
