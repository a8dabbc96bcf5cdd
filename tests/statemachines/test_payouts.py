"""What a return pays out: never more than was paid, by the means it was paid with, over all returns together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import get_args

import pytest

from statemachines import returns
from statemachines.payouts import COINS, paid_back
from statemachines.vocabulary.commands import Refusal, ReturnedBefore
from statemachines.vocabulary.receipt import Payment, PaymentTotal, Receipt, RoundingMode
from tests.support.selling import Coming, accepted, back, card, cash, line, minus, recorded, refused, sold

Matched = Callable[[Receipt, Receipt, Sequence[ReturnedBefore]], Receipt | Refusal]
Means = Callable[[Receipt, Receipt, Sequence[ReturnedBefore]], Refusal | None]

SHOPPING = sold(
    [
        line(500, code="tea"),
        line(500, 1000, minus(200), code="tea"),
        line(200, 3000, code="milk", group="free"),
        line(116, code="beer", group="beer"),
    ],
    [card(1516)],
)
"""Tea for 500 and for 300, three milks for 600, a beer for 116."""


def old(name: str, total: int, *quantities: tuple[str, int]) -> ReturnedBefore:
    """A return in an old journal, which knows no lines."""
    return ReturnedBefore(name, quantities, total)


# --- in cash ----------------------------------------------------------------------------------------------------


PAIR = sold([line(25, 2000)], [cash(50)], rounding="round50")
"""Two pieces for 0.25 each, paid with a coin of 0.50."""


def test_a_return_that_rounding_would_pay_twice_is_refused_and_says_what_is_possible() -> None:
    coming = Coming(PAIR, "round50")
    assert coming.accept(back([line(25)], [cash(25)], rounding="round50")).totals.payable == 50
    answer = refused(returns.matched(back([line(25)], [cash(25)], rounding="round50"), PAIR, coming.returned))
    assert (answer.code, answer.field) == ("more-than-paid", "payments")
    assert answer.text.endswith("take the goods back for 24.")
    assert coming.accept(back([line(24)], [cash(24)], rounding="round50")).totals.payable == 0


def test_less_than_the_share_needs_a_reason_while_a_coin_is_left() -> None:
    answer = refused(returns.matched(back([line(24)], [cash(24)], rounding="round50"), PAIR))
    assert answer.code == "less-than-paid"


def test_the_short_form_takes_as_much_as_the_rule_rounds_to_what_is_left() -> None:
    coming = Coming(PAIR, "round50")
    for total, payable in ((25, 50), (24, 0)):
        done = coming.accept(coming.short({1: 1000}))
        assert (done.totals.total, done.totals.payable) == (total, payable)


def test_a_sale_by_card_gives_back_no_more_in_cash_than_the_card_paid() -> None:
    by_card = sold([line(575)], [card(575)])
    asked = back([line(575)], [cash(575)], rounding="round50", reason="the card is lost")
    assert asked.totals.payable == 600
    assert refused(returns.matched(asked, by_card)).code == "more-than-paid"
    done = returns.compute_return(by_card, {1: 1000}, (), [cash(550)], "round50")
    assert (done.totals.total, done.totals.payable) == (574, 550)


def test_the_last_line_gives_way_where_coins_cannot_pay_them_all() -> None:
    by_card = sold([line(25), line(25), line(25)], [card(75)])
    done = returns.compute_return(by_card, {1: 1000, 2: 1000, 3: 1000}, (), [cash(50)], "round50")
    assert [part.sum for part in done.lines] == [25, 25, 24]


def test_a_sale_that_was_rounded_down_gives_back_no_more_without_cash() -> None:
    sale = sold([line(5673)], [cash(5673)], rounding="round50")
    done = returns.compute_return(sale, {1: 1000}, (), [Payment("transfer", 5650)], "round50")
    assert (done.totals.total, done.totals.payable) == (5650, 5650)


def test_a_small_rest_rounds_to_nothing_and_is_not_made_up_for() -> None:
    pair = sold([line(24, 2000)], [cash(50)], rounding="round50")
    coming = Coming(pair, "round50")
    assert [coming.accept(coming.short({1: 1000})).totals.payable for _ in range(2)] == [0, 0]


# --- what the journal remembers ---------------------------------------------------------------------------------


def test_every_way_of_rounding_has_its_coin() -> None:
    assert set(COINS) == set(get_args(RoundingMode))


def test_what_is_remembered_is_exact_for_line_and_payout() -> None:
    sale = sold([line(2773, 2000)], [card(5050), cash(496)], rounding="round50")
    asked = back([line(2773, 2000)], [card(5050), cash(496)], rounding="round50")
    done = accepted(returns.matched(asked, sale))
    assert returns.taken_back(done, sale) == ((1, 2000, 5546),)
    assert paid_back(done) == (PaymentTotal("card", 5050), PaymentTotal("cash", 500))
    assert returns.taken_back(done) == returns.taken_back(done, sale)


def test_an_old_journal_counts_pieces_by_article() -> None:
    before = [old("r-0", 500, ("tea", 1000))]
    done = accepted(returns.matched(back([line(300, code="tea")], [card(300)]), SHOPPING, before))
    assert done.lines[0].request.original_line == 2
    answer = refused(returns.matched(back([line(300, 1001, code="tea")], [card(300)]), SHOPPING, before))
    assert answer.field == "lines[0].quantity"


def test_an_old_return_that_gave_too_much_leaves_less_for_the_others() -> None:
    """One tea for 1416 of 1516 was possible: only 100 is left for all that remains."""
    before = [old("r-0", 1416, ("tea", 1000))]
    done = returns.compute_return(SHOPPING, {2: 1000, 3: 3000, 4: 1000}, before, [card(100)], "none")
    assert done.totals.total == 100
    asked = back([line(116, code="beer", group="beer")], [card(116)])
    answer = refused(returns.matched(asked, SHOPPING, before))
    assert (answer.code, answer.field) == ("more-than-sold", "lines")
    assert "100 is left" in answer.text


def test_an_old_return_that_gave_too_much_leaves_less_though_the_sale_was_rounded_up() -> None:
    three = sold([line(25, code="a"), line(25, 2000, code="b")], [cash(75)], rounding="round50")
    assert three.totals.payable == 100
    before = [old("r-0", 60, ("a", 1000))]
    answer = refused(returns.matched(back([line(25, code="b")], [cash(25)], rounding="round50"), three, before))
    assert answer.field == "lines"
    coming = Coming(three, "round50", returned=before)
    assert coming.accept(coming.short({2: 1000})).totals.total == 15


def test_an_old_return_in_cash_is_taken_to_have_been_rounded_as_cash_is_now() -> None:
    four = sold([line(25, 4000)], [cash(100)], rounding="round50")
    asked = back([line(25)], [cash(25)], rounding="round50")
    before = [old("r-0", 25, ("c", 1000))]
    accepted(returns.matched(asked, four, before))
    before.append(old("r-00", 25, ("c", 1000)))
    assert refused(returns.matched(asked, four, before)).code == "more-than-paid"


def test_an_old_return_was_not_rounded_where_the_sale_was_not() -> None:
    three = sold([line(25, 3000)], [cash(75)])
    accepted(returns.matched(back([line(25, 2000)], [cash(50)]), three, [old("r-0", 25, ("c", 1000))]))


# --- by which means ---------------------------------------------------------------------------------------------

MIXED = sold([line(1000)], [card(600), cash(400)])


def test_money_goes_back_as_it_was_paid() -> None:
    assert returns.means(back([line(1000)], [card(600), cash(400)]), MIXED) is None
    assert returns.means(back([line(400)], [cash(400)]), MIXED) is None
    assert returns.means(back([line(600)], [card(600)]), MIXED) is None


def test_more_to_a_card_than_it_paid_is_refused_even_for_a_reason() -> None:
    answer = refused(returns.means(back([line(601)], [card(601)], reason="wish"), MIXED))
    assert (answer.code, answer.field) == ("other-means", "payments[0].amount")
    by_cash = sold([line(600)], [cash(600)])
    assert refused(returns.means(back([line(600)], [card(600)]), by_cash)).code == "other-means"
    asked = back([line(1000)], [Payment("certificate", 100), card(600), cash(300)])
    assert refused(returns.means(asked, MIXED)).field == "payments[0].amount"


def test_cash_for_what_was_not_paid_in_cash_is_somebodys_explicit_choice() -> None:
    answer = refused(returns.means(back([line(401)], [cash(401)]), MIXED))
    assert (answer.code, answer.field) == ("needs-reason", "return_reason")
    assert returns.means(back([line(1000)], [cash(1000)], reason="the card is lost"), MIXED) is None


def test_means_are_counted_over_all_returns() -> None:
    before = [recorded(back([line(400)], [cash(400)]))]
    assert refused(returns.means(back([line(1)], [cash(1)]), MIXED, before)).code == "needs-reason"
    assert returns.means(back([line(600)], [card(600)]), MIXED, before) is None
    before = [recorded(back([line(500)], [card(500)]))]
    assert refused(returns.means(back([line(101)], [card(101)]), MIXED, before)).code == "other-means"


def test_an_old_return_is_taken_to_have_gone_back_in_cash_first() -> None:
    before = [old("r-0", 500, ("c", 500))]
    assert refused(returns.means(back([line(1)], [cash(1)]), MIXED, before)).code == "needs-reason"
    assert returns.means(back([line(500)], [card(500)]), MIXED, before) is None


def test_an_old_return_in_cash_was_exact_where_the_sale_was() -> None:
    sale = sold([line(1025)], [cash(1025)])
    assert returns.means(back([line(50)], [cash(50)]), sale, [old("r-0", 975, ("c", 950))]) is None


def test_nothing_is_known_about_how_another_till_was_paid() -> None:
    assert returns.means(back([line(500)], [cash(500)]), None) is None


# --- negative controls ------------------------------------------------------------------------------------------


def forgetful(receipt: Receipt, original: Receipt, _: Sequence[ReturnedBefore]) -> Receipt | Refusal:
    """Does not know what came back before."""
    return returns.matched(receipt, original)


def forgets_payouts(receipt: Receipt, original: Receipt, before: Sequence[ReturnedBefore]) -> Receipt | Refusal:
    """Remembers the goods and not what was paid out for them: nothing was, says its journal."""
    kept = [replace(one, paid=(PaymentTotal("cash", 0),)) for one in before]
    return returns.matched(receipt, original, kept)


def rounds_for_itself(receipt: Receipt, original: Receipt, before: Sequence[ReturnedBefore]) -> Receipt | Refusal:
    """Holds the goods' sum against the sale's, and looks at no coin."""
    worth = sum(one.total for one in before) + receipt.totals.total
    return receipt if worth <= original.totals.total else Refusal("more-than-sold", "No.", "lines")


def one_coin_twice(rule: Matched) -> None:
    asked = back([line(25)], [cash(25)], rounding="round50")
    refused(rule(asked, PAIR, [recorded(accepted(returns.matched(asked, PAIR)), PAIR)]))


@pytest.mark.parametrize("broken", [forgetful, forgets_payouts, rounds_for_itself])
def test_a_coin_is_not_paid_twice_and_would_be_by_broken_rules(broken: Matched) -> None:
    one_coin_twice(returns.matched)
    with pytest.raises(AssertionError):
        one_coin_twice(broken)


def card_money_in_small_cash(rule: Means) -> None:
    """The cash that was paid, again and again: each time no more than was paid in cash."""
    before: list[ReturnedBefore] = []
    for _ in range(2):
        asked = back([line(400)], [cash(400)])
        answer = rule(asked, MIXED, before)
        before.append(recorded(asked))
    assert refused(answer).code == "needs-reason"


def test_card_money_does_not_leave_in_small_cash_and_would_by_forgetful_rules() -> None:
    card_money_in_small_cash(returns.means)
    with pytest.raises(AssertionError):
        card_money_in_small_cash(lambda receipt, original, _: returns.means(receipt, original))
