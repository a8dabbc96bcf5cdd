"""Every way in which what was sold can come back, and whatever else is asked for: never more than the sale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachines import returns
from statemachines.arithmetic import cash_rounding, compute, included_taxes, tax_totals
from statemachines.payouts import COINS
from statemachines.vocabulary.commands import Refusal, ReturnedBefore
from statemachines.vocabulary.receipt import AdjustmentRequest, LineRequest, PaymentTotal, Receipt, RoundingMode
from tests.support.selling import (
    GROUPS,
    Coming,
    accepted,
    back,
    bring,
    card,
    cash,
    document,
    line,
    minus,
    no_line_more_than,
    no_more_than,
    recorded,
    sold,
    taxes,
    total_of,
    wholly,
)

Matched = Callable[[Receipt, Receipt, Sequence[ReturnedBefore]], Receipt | Refusal]

# --- every split ------------------------------------------------------------------------------------------------

discounts = st.lists(
    st.builds(
        AdjustmentRequest,
        st.sampled_from(["discount", "discount", "surcharge"]),
        st.just("percent"),
        st.sampled_from([0, 1, 500, 3333, 9999, 10_000]) | st.integers(0, 10_000),
    ),
    max_size=2,
).map(tuple)
goods = st.lists(
    st.builds(
        LineRequest,
        st.sampled_from(["a", "b", "c"]),
        st.just("good"),
        st.sampled_from([0, 1, 25]) | st.integers(0, 10**5),
        st.sampled_from([1, 1000, 3000]) | st.integers(1, 5000),
        st.sampled_from(sorted(GROUPS)),
        discounts,
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def sales(draw: st.DrawFn, rounding: RoundingMode = "none") -> Receipt:
    lines, on_receipt = draw(goods), draw(discounts)
    total = total_of(lines, on_receipt)
    by_card = draw(st.integers(0, total))
    payments = [card(by_card)] if by_card else []
    if total > by_card:
        payments.append(cash(total - by_card))
    return sold(lines, payments, *on_receipt, rounding=rounding)


@st.composite
def splits(draw: st.DrawFn, original: Receipt) -> list[dict[int, int]]:
    """All that was sold, in up to five returns, in any order."""
    count = draw(st.integers(1, 5))
    wishes: list[dict[int, int]] = [{} for _ in range(count)]
    for part in original.lines:
        whole = part.request.quantity
        cuts = [0, *sorted(draw(st.lists(st.integers(0, whole), min_size=count - 1, max_size=count - 1))), whole]
        for wish, (first, last) in zip(wishes, pairwise(cuts), strict=True):
            if last > first:
                wish[part.line_no] = last - first
    return draw(st.permutations([wish for wish in wishes if wish]))


@given(st.data())
def test_any_sequence_of_partial_returns_ends_at_exactly_the_sale(data: st.DataObject) -> None:
    original = data.draw(sales())
    by_card = data.draw(st.booleans())
    wholly(bring(Coming(original, by="card" if by_card else "cash"), data.draw(splits(original))))


@given(st.data(), st.sampled_from(["round10", "round50"]), st.sampled_from(["round10", "round50"]))
def test_rounded_returns_never_pay_out_more_than_was_paid(
    data: st.DataObject, then: RoundingMode, now: RoundingMode
) -> None:
    original = data.draw(sales(rounding=then))
    coming = bring(Coming(original, now), data.draw(splits(original)))
    for done in coming.documents:
        assert done.totals.payable == cash_rounding(done.totals.total, now), "not rounded by the rule"
    paid = sum(done.totals.payable for done in coming.documents)
    if sum(done.totals.total for done in coming.documents) < original.totals.total:
        assert original.totals.payable - paid < COINS[now], "less than its worth was given back, and a coin was left"


# --- whatever is asked for --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """A return as a client may ask for it: right, wrong, or in between.

    `known`: the sale was at hand when it was remembered. `late`: it became certain after those that were asked later.
    """

    at: int
    quantity: int
    price: int
    by_line: bool
    reason: str
    by: str
    known: bool = True
    late: bool = False

    def of(self, original: Receipt, rounding: RoundingMode) -> Receipt:
        part = original.lines[self.at % len(original.lines)]
        asked = replace(
            part.request,
            price=self.price,
            quantity=self.quantity,
            adjustments=(),
            original_line=part.line_no if self.by_line else 0,
        )
        total = total_of([asked])
        payments = [card(total)] if self.by == "card" else [cash(total)]
        return back([asked], payments if total else [], rounding=rounding, reason=self.reason)


asked_for = st.lists(
    st.builds(
        Wish,
        st.integers(0, 3),
        st.sampled_from([500, 1000, 1500]) | st.integers(1, 5000),
        st.sampled_from([0, 1, 24, 25, 26]) | st.integers(0, 100),
        st.booleans(),
        st.sampled_from(["", "damaged"]),
        st.sampled_from(["cash", "card"]),
    ),
    max_size=12,
)
cheap = st.lists(
    st.builds(
        LineRequest,
        st.sampled_from(["a", "b"]),
        st.just("good"),
        st.sampled_from([24, 25, 50]) | st.integers(0, 100),
        st.sampled_from([1000, 2000, 3000]),
        st.sampled_from(["vat20", "beer"]),
    ),
    min_size=1,
    max_size=4,
)


def ask(original: Receipt, wishes: Sequence[Wish], rounding: RoundingMode, rule: Matched) -> list[Receipt]:
    """Ask for everything; what is accepted must stay within the sale."""
    before: list[ReturnedBefore] = []
    done: list[Receipt] = []
    for wish in wishes:
        answer = rule(wish.of(original, rounding), original, before)
        if isinstance(answer, Receipt):
            done.append(answer)
            record = recorded(answer, original if wish.known else None, before)
            before.insert(0 if wish.late else len(before), record)
        no_more_than(original, done)
        if all(wish.known for wish in wishes):
            no_line_more_than(original, before)
    return done


def cheap_sale(lines: list[LineRequest], rounding: RoundingMode) -> Receipt:
    total = total_of(lines)
    return sold(lines, [cash(total)] if total else [], rounding=rounding)


@given(cheap, asked_for, st.sampled_from(["none", "round10", "round50"]))
def test_whatever_is_asked_for_no_more_comes_back_than_was_sold(
    lines: list[LineRequest], wishes: list[Wish], rounding: RoundingMode
) -> None:
    original = cheap_sale(lines, rounding)
    done = ask(original, wishes, rounding, returns.matched)
    sold_taxes = taxes(original)
    assert all(amount <= sold_taxes[tax] for tax, amount in taxes(*done).items())


@given(cheap, asked_for, st.data(), st.sampled_from(["none", "round10", "round50"]))
def test_it_does_not_matter_when_a_return_became_certain(
    lines: list[LineRequest], wishes: list[Wish], data: st.DataObject, rounding: RoundingMode
) -> None:
    shuffled = [replace(wish, late=data.draw(st.booleans())) for wish in wishes]
    ask(cheap_sale(lines, rounding), shuffled, rounding, returns.matched)


@given(cheap, asked_for, st.data())
def test_it_does_not_matter_whether_the_sale_was_at_hand(
    lines: list[LineRequest], wishes: list[Wish], data: st.DataObject
) -> None:
    some = [replace(wish, known=data.draw(st.booleans())) for wish in wishes]
    original = cheap_sale(lines, "none")
    assert ask(original, some, "none", returns.matched) == ask(original, wishes, "none", returns.matched)


@given(cheap, asked_for)
def test_an_old_journal_lets_no_more_come_back_either(lines: list[LineRequest], wishes: list[Wish]) -> None:
    def by_an_old_journal(receipt: Receipt, original: Receipt, before: Sequence[ReturnedBefore]) -> Receipt | Refusal:
        return returns.matched(receipt, original, [replace(one, lines=()) for one in before])

    by_article = [replace(wish, known=False) for wish in wishes]  # it cannot tell two lines of one article apart
    ask(cheap_sale(lines, "none"), by_article, "none", by_an_old_journal)


# --- negative controls ------------------------------------------------------------------------------------------


class EachForItself(Coming):
    """Works every part out as if it were the first."""

    def short(self, wanted: Mapping[int, int]) -> Receipt:
        return Coming(self.original, self.rounding).short(wanted)

    def accept(self, receipt: Receipt) -> Receipt:
        self.returned.append(recorded(receipt))
        self.documents.append(receipt)
        return receipt


class TaxesOfTheSum(Coming):
    """Works the taxes out from the sum of the part."""

    def accept(self, receipt: Receipt) -> Receipt:
        done = super().accept(receipt)
        lines = tuple(
            replace(part, taxes=included_taxes(part.sum, GROUPS[part.request.tax_group])) for part in done.lines
        )
        self.documents[-1] = replace(done, lines=lines, totals=replace(done.totals, tax=tax_totals(lines)))
        return done


class RoundsForItself(EachForItself):
    """Gives the right share, and rounds it without a look at what was paid."""

    def short(self, wanted: Mapping[int, int]) -> Receipt:
        lines = returns.return_lines(self.original, wanted, self.returned)
        done = compute(lines, (), [cash(total_of(lines))], GROUPS, self.rounding, "return")
        return document("return", done, "r-1")


THIRDS = sold([line(200, 3000, minus(400))], [card(200)])
HALVES = sold([line(58, 2000)], [card(116)])
HALF = Wish(0, 1000, 25, by_line=True, reason="", by="cash")
COINS_OF_50 = sold([line(25, 2000)], [cash(50)], rounding="round50")


@pytest.mark.parametrize(
    ("broken", "original", "rounding", "parts"),
    [
        (EachForItself, THIRDS, "none", 3),
        (TaxesOfTheSum, HALVES, "none", 2),
        (RoundsForItself, COINS_OF_50, "round50", 2),
    ],
)
def test_broken_returns_are_caught(broken: type[Coming], original: Receipt, rounding: RoundingMode, parts: int) -> None:
    wishes = [{1: 1000}] * parts
    bring(Coming(original, rounding), wishes)
    with pytest.raises(AssertionError):
        bring(broken(original, rounding), wishes)


def test_a_part_too_little_is_caught() -> None:
    coming = bring(Coming(THIRDS), [{1: 1000}] * 2)
    with pytest.raises(AssertionError):
        wholly(coming)


@pytest.mark.parametrize(
    "broken",
    [
        lambda receipt, original, _: returns.matched(receipt, original),
        lambda receipt, original, before: returns.matched(
            receipt, original, [replace(one, paid=(PaymentTotal("cash", 0),)) for one in before]
        ),
        lambda receipt, *_: receipt,
    ],
)
def test_rules_that_give_too_much_are_caught(broken: Matched) -> None:
    wishes = [HALF, HALF]
    ask(COINS_OF_50, wishes, "round50", returns.matched)
    with pytest.raises(AssertionError):
        ask(COINS_OF_50, wishes, "round50", broken)


def test_what_is_asked_for_rightly_is_accepted() -> None:
    """The fuzz above is not won by refusing everything."""
    asked = HALF.of(COINS_OF_50, "round50")
    assert accepted(returns.matched(asked, COINS_OF_50)).totals.payable == 50
