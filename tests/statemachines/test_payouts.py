"""What a return pays out: never more than was paid, by the means it was paid with, over all returns together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import get_args

import pytest

from statemachines import returns
from statemachines.payouts import COINS, MEANS
from statemachines.vocabulary.commands import Refusal, ReturnedBefore
from statemachines.vocabulary.receipt import Payment, PaymentType, Receipt, RoundingMode
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


def test_a_small_rest_rounds_to_nothing_and_is_not_made_up_for() -> None:
    pair = sold([line(24, 2000)], [cash(50)], rounding="round50")
    coming = Coming(pair, "round50")
    assert [coming.accept(coming.short({1: 1000})).totals.payable for _ in range(2)] == [0, 0]


# --- what the journal remembers ---------------------------------------------------------------------------------


def test_every_means_of_payment_has_a_number_of_its_own_that_no_line_has() -> None:
    assert set(MEANS) == set(get_args(PaymentType))
    assert set(COINS) == set(get_args(RoundingMode))
    assert len(set(MEANS.values())) == len(MEANS)
    assert max(MEANS.values()) < 0


def test_what_is_remembered_is_exact_for_line_and_payout() -> None:
    sale = sold([line(2773, 2000)], [card(5050), cash(496)], rounding="round50")
    asked = back([line(2773, 2000)], [card(5050), cash(496)], rounding="round50")
    done = accepted(returns.matched(asked, sale))
    assert returns.taken_back(done, sale) == ((1, 2000, 5546), (-2, 0, 5050), (-1, 0, 500))
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


def test_an_old_return_in_cash_is_taken_to_have_been_rounded_as_cash_is_now() -> None:
    before = [old("r-0", 25, ("c", 1000))]
    answer = refused(returns.matched(back([line(25)], [cash(25)], rounding="round50"), PAIR, before))
    assert answer.code == "more-than-paid"
    whole = sold([line(25, 2000)], [cash(50)])
    accepted(returns.matched(back([line(25)], [cash(25)]), whole, before))


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


def test_nothing_is_known_about_how_another_till_was_paid() -> None:
    assert returns.means(back([line(500)], [cash(500)]), None) is None


# --- negative controls ------------------------------------------------------------------------------------------


def forgetful(receipt: Receipt, original: Receipt, _: Sequence[ReturnedBefore]) -> Receipt | Refusal:
    """Does not know what came back before."""
    return returns.matched(receipt, original)


def forgets_payouts(receipt: Receipt, original: Receipt, before: Sequence[ReturnedBefore]) -> Receipt | Refusal:
    """Remembers the goods and not what was paid out for them: nothing was, says its journal."""
    kept = [replace(one, lines=(*(entry for entry in one.lines if entry[0] > 0), (-1, 0, 0))) for one in before]
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
