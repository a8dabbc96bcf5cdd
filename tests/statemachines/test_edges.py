"""Sales at the edges and the returns of them: nothing, everything, five hundred lines, every split of what was sold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from statemachines.arithmetic import LIMIT, BadSale, compute
from statemachines.vocabulary.commands import Refusal, ReturnedBefore
from statemachines.vocabulary.receipt import (
    Payment,
    Receipt,
    TaxGroup,
    TaxRate,
)
from tests.support.selling import (
    GROUPS,
    Coming,
    back,
    bring,
    card,
    cash,
    line,
    minus,
    minus_percent,
    sold,
    wholly,
)

Matched = Callable[[Receipt, Receipt, Sequence[ReturnedBefore]], Receipt | Refusal]

# --- nothing, and everything ------------------------------------------------------------------------------------


def test_a_line_for_nothing_has_its_taxes_at_nothing() -> None:
    done = sold([line(0, group="beer"), line(100)], [card(90)], minus(10))
    assert [(part.sum, part.share) for part in done.lines] == [(0, 0), (90, -10)]
    assert [(tax.name, tax.base, tax.amount) for tax in done.totals.tax] == [
        ("ПДВ", 0, 0),
        ("Акциз", 0, 0),
        ("ПДВ", 90, 15),
    ]


def test_a_line_with_all_of_it_discounted_bears_no_share_of_the_receipt() -> None:
    done = sold([line(100, 1000, minus_percent(10_000)), line(100), line(100)], [card(151)], minus(49))
    assert [part.sum for part in done.lines] == [0, 75, 76]
    assert done.totals.goods == 300


def test_a_receipt_with_all_of_it_discounted_comes_to_nothing() -> None:
    for payments in ([], [cash(0)]):
        done = sold([line(100), line(7, 3000, group="beer")], payments, minus_percent(10_000), rounding="round50")
        assert [part.sum for part in done.lines] == [0, 0]
        assert (done.totals.total, done.totals.payable, done.totals.rounding) == (0, 0, 0)
        assert {tax.amount for tax in done.totals.tax} == {0}


@pytest.mark.parametrize(("payment", "field"), [(card(0), "amount"), (card(1), "amount"), (cash(1), "amount")])
def test_nothing_is_not_paid_for_with_something(payment: Payment, field: str) -> None:
    with pytest.raises(BadSale) as caught:
        sold([line(0)], [payment])
    assert caught.value.field == f"payments[0].{field}"


@pytest.mark.parametrize(
    ("price", "quantity", "gross"),
    [(499, 1, 0), (500, 1, 1), (1, 499, 0), (1, 500, 1), (LIMIT, 1, 10**9), (1, LIMIT, 10**9), (1000, LIMIT, LIMIT)],
)
def test_quantities_at_both_ends(price: int, quantity: int, gross: int) -> None:
    assert sold([line(price, quantity)], [card(gross)] if gross else []).totals.total == gross


def test_five_hundred_lines_share_a_discount_to_the_minor_unit() -> None:
    done = sold([line(3)] * 500, [card(1250)], minus(250))
    assert [part.sum for part in done.lines] == [2] * 250 + [3] * 250
    coming = Coming(done)
    coming.accept(coming.short(dict.fromkeys(range(1, 501), 400)))
    coming.accept(coming.short(dict.fromkeys(range(1, 501), 600)))
    wholly(coming)


# --- taxes and money --------------------------------------------------------------------------------------------


def test_tax_groups_stand_side_by_side_and_two_taxes_on_one_line() -> None:
    """116/6 = 19.33; 7556*5/105 = 359.81, (7556-360)/6 = 1199.33; 58/6 = 9.67."""
    done = sold([line(116), line(7556, group="beer"), line(100, group="free"), line(58)], [card(7830)])
    assert [(tax.letter, tax.name, tax.base, tax.amount) for tax in done.totals.tax] == [
        ("А", "ПДВ", 174, 19 + 10),
        ("Г", "ПДВ", 7556, 1199),
        ("Г", "Акциз", 7556, 360),
    ]


def test_change_comes_from_cash_alone() -> None:
    done = sold([line(1500)], [card(1000), cash(500, 2000)])
    assert (done.totals.paid, done.totals.change) == (3000, 1500)
    for bad in ([card(1501)], [card(1500), cash(0, 2000)], [replace(card(1500), given=2000)]):
        with pytest.raises(BadSale):
            sold([line(1500)], bad)


@pytest.mark.parametrize(
    ("by_card", "rest", "paid"),
    [(505, 49, 50), (530, 24, 0), (529, 25, 50), (480, 74, 50), (479, 75, 100), (504, 50, 50), (54, 500, 500)],
)
def test_only_the_cash_part_is_rounded(by_card: int, rest: int, paid: int) -> None:
    """Total 554: National Bank of Ukraine, resolution 115 of 17.09.2025, applied to what is paid in cash."""
    for kind in ("sale", "return"):
        asked = [card(by_card), cash(rest)]
        done = compute([line(554)], (), asked, GROUPS, "round50", "sale" if kind == "sale" else "return")
        assert (done.payments[1].amount, done.totals.rounding) == (paid, paid - rest)
        assert done.totals.payable == by_card + paid


# --- what comes back of it --------------------------------------------------------------------------------------


def test_a_line_comes_back_in_a_hundred_parts() -> None:
    wholly(bring(Coming(sold([line(7, group="beer")], [card(7)])), [{1: 10}] * 100))


@pytest.mark.parametrize(
    "original",
    [
        sold([line(0, 2000)], []),
        sold([line(100, 2000, minus_percent(10_000))], [cash(0)]),
        sold([line(100, 2000)], [], minus_percent(10_000)),
    ],
)
def test_what_was_given_away_comes_back_for_nothing(original: Receipt) -> None:
    coming = bring(Coming(original), [{1: 500}, {1: 1500}])
    wholly(coming)
    assert {done.totals.payable for done in coming.documents} == {0}


def test_another_day_with_other_rates_gives_back_the_taxes_of_the_sale() -> None:
    original = sold([line(116, 2000), line(7556, group="beer")], [card(7788)])
    today = {
        "vat20": TaxGroup("vat20", "А", (TaxRate("ПДВ", 1400),)),
        "beer": TaxGroup("beer", "Д", (TaxRate("ПДВ", 700), TaxRate("Акциз", 1000))),
    }
    coming = Coming(original)
    for asked in ([line(116, of=1), line(7556, group="beer", of=2)], [line(116, of=1)]):
        due = sum(part.price for part in asked)
        coming.accept(back(asked, [card(due)], groups=today))
    wholly(coming)
