"""Goods that come back: which sold pieces they are, what they are worth, and what is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from statemachines import returns
from statemachines.arithmetic import BadSale
from statemachines.vocabulary.commands import Refusal, ReturnedBefore
from statemachines.vocabulary.receipt import LineRequest, Marking, Receipt, TaxGroup, TaxRate
from tests.support.selling import (
    FREE,
    VAT20,
    Coming,
    accepted,
    back,
    card,
    line,
    minus,
    recorded,
    refused,
    sold,
)

Matched = Callable[[Receipt, Receipt, Sequence[ReturnedBefore]], Receipt | Refusal]

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


# --- which pieces -----------------------------------------------------------------------------------------------


def test_a_named_line_comes_back_as_it_was_sold() -> None:
    done = accepted(returns.matched(back([line(300, code="tea", of=2)], [card(300)]), SHOPPING))
    assert [part.request.original_line for part in done.lines] == [2]
    assert done.lines[0].taxes == SHOPPING.lines[1].taxes


def test_an_article_that_was_sold_on_two_lines_is_taken_from_them_in_their_order() -> None:
    asked = back([line(400, 2000, code="tea")], [card(800)])
    done = accepted(returns.matched(asked, SHOPPING))
    assert [(part.request.original_line, part.request.quantity) for part in done.lines] == [(1, 2000)]
    assert [tax.amount for tax in done.lines[0].taxes] == [83 + 50]
    assert returns.taken_back(done, SHOPPING) == ((1, 1000, 500), (2, 1000, 300))


def test_what_was_taken_from_two_lines_is_read_back_the_same_without_the_original() -> None:
    asked = back([line(400, 1500, code="tea")], [card(600)], reason="one box is open")
    done = accepted(returns.matched(asked, SHOPPING))
    exactly, unsplit = recorded(done, SHOPPING), recorded(done)
    assert exactly.lines == ((1, 1000, 462), (2, 500, 138))  # 600 in the ratio of 500 to 150
    assert unsplit.lines == ((1, 1500, 600),)
    for rest, worth in ((500, 150), (501, None)):
        asked = back([line(300, rest, code="tea")], [card(150)])
        answers = {returns.matched(asked, SHOPPING, [record]) for record in (exactly, unsplit)}
        assert len(answers) == 1
        assert isinstance(answers.pop(), Receipt) == (worth is not None)


def test_two_lines_of_a_return_may_take_from_one_line_of_the_sale() -> None:
    asked = back([line(200, 1000, code="milk", group="free"), line(200, 2000, code="milk", group="free")], [card(600)])
    done = accepted(returns.matched(asked, SHOPPING))
    assert [part.request.original_line for part in done.lines] == [3, 3]
    assert returns.taken_back(done, SHOPPING) == ((3, 1000, 200), (3, 2000, 400))


@pytest.mark.parametrize(
    ("asked", "code", "field", "named"),
    [
        ([line(1, code="soap")], "not-sold", "lines[0].code", "'soap'"),
        ([line(1, code="tea", of=5)], "not-sold", "lines[0].original_line", "no line 5"),
        ([line(1, code="tea", of=-1)], "not-sold", "lines[0].original_line", "no line -1"),
        ([line(1, code="tea", of=3)], "not-sold", "lines[0].code", "'milk'"),
        ([line(400, 2001, code="tea")], "more-than-sold", "lines[0].quantity", "2000 is left"),
        ([line(300, 1001, code="tea", of=2)], "more-than-sold", "lines[0].quantity", "1000 is left"),
        ([line(500, code="tea"), line(300, 1001, code="tea")], "more-than-sold", "lines[1].quantity", "1000 is left"),
        ([line(501, code="tea")], "more-than-sold", "lines[0].price", "500 was paid"),
        ([line(301, code="tea", of=2)], "more-than-sold", "lines[0].price", "300 was paid"),
        ([line(299, code="tea", of=2)], "less-than-paid", "lines[0].price", "return_reason"),
        ([line(100, code="beer")], "other-taxes", "lines[0].tax_group", "'beer'"),
        ([line(500, code="tea", of=1), line(300, code="tea")], "ambiguous-line", "lines[1].original_line", "both"),
    ],
)
def test_what_does_not_fit_the_sale_is_refused_by_its_place(
    asked: list[LineRequest], code: str, field: str, named: str
) -> None:
    total = sum(part.price * part.quantity // 1000 for part in asked)
    answer = refused(returns.matched(back(asked, [card(total)]), SHOPPING))
    assert (answer.code, answer.field) == (code, field)
    assert named in answer.text


def test_the_first_line_that_gives_too_little_is_named() -> None:
    asked = back([line(1, code="tea", of=1), line(1, code="tea", of=2)], [card(2)])
    assert refused(returns.matched(asked, SHOPPING)).field == "lines[0].price"


def test_only_a_sale_in_the_same_money_comes_back() -> None:
    asked = back([line(500, code="tea")], [card(500)])
    assert refused(returns.matched(asked, replace(SHOPPING, kind="return"))).code == "unknown-original"
    assert refused(returns.matched(asked, replace(SHOPPING, currency="EUR"))).code == "other-currency"


# --- at the taxes of that day -----------------------------------------------------------------------------------


def test_a_return_is_made_at_the_rates_of_the_day_of_sale() -> None:
    today = {"vat20": TaxGroup("vat20", "А", (TaxRate("ПДВ", 700),)), "free": FREE}
    asked = back([line(500, code="tea"), line(200, 3000, code="milk", group="free")], [card(1100)], groups=today)
    assert [tax.amount for tax in asked.totals.tax] == [33]
    done = accepted(returns.matched(asked, SHOPPING))
    assert [(tax.rate, tax.base, tax.amount) for tax in done.totals.tax] == [(2000, 500, 83)]
    assert done.totals.total == asked.totals.total


def test_an_article_sold_in_two_tax_groups_is_found_by_its_group() -> None:
    both = sold([line(100, code="box"), line(100, code="box", group="free")], [card(200)])
    done = accepted(returns.matched(back([line(100, code="box", group="free")], [card(100)]), both))
    assert done.lines[0].request.original_line == 2
    answer = refused(returns.matched(back([line(100, 2000, code="box", group="free")], [card(200)]), both))
    assert "1000 is left" in answer.text


# --- how much money ---------------------------------------------------------------------------------------------


def parts_of_a_hundred(*amounts: int, reasons: Sequence[int] = ()) -> Refusal | None:
    """A third each of three pieces for 100; `reasons`: which of the returns say why they give less."""
    three = sold([line(100, 3000, minus(200))], [card(100)])
    coming = Coming(three)
    for at, amount in enumerate(amounts):
        why = "damaged" if at in reasons else ""
        asked = back([line(amount, of=1)], [card(amount)] if amount else [], reason=why)
        answer = returns.matched(asked, three, coming.returned)
        if isinstance(answer, Refusal):
            return answer
        coming.accept(asked)
    return None


@pytest.mark.parametrize("amounts", [(33, 34, 33), (33, 33, 34)])
def test_shares_rounded_either_way_end_at_the_sale(amounts: tuple[int, ...]) -> None:
    assert parts_of_a_hundred(*amounts) is None


@pytest.mark.parametrize("amounts", [(34,), (33, 35), (33, 33, 35), (33, 34, 34)])
def test_a_minor_unit_too_much_is_refused(amounts: tuple[int, ...]) -> None:
    assert refused(parts_of_a_hundred(*amounts)).code == "more-than-sold"


@pytest.mark.parametrize("amounts", [(32,), (33, 32), (33, 33, 33), (33, 34, 32)])
def test_a_minor_unit_too_little_is_refused_without_a_reason(amounts: tuple[int, ...]) -> None:
    assert refused(parts_of_a_hundred(*amounts)).code == "less-than-paid"


def test_less_is_given_back_for_a_reason() -> None:
    assert parts_of_a_hundred(10, 0, 33, reasons=(0, 1)) is None


def test_what_was_kept_back_for_a_reason_is_not_given_back_with_other_goods() -> None:
    assert refused(parts_of_a_hundred(10, 57, reasons=(0,))).code == "more-than-sold"
    assert parts_of_a_hundred(10, 34, 33, reasons=(0,)) is None


# --- the short form ---------------------------------------------------------------------------------------------


def test_the_short_form_takes_everything_from_the_sale() -> None:
    done = returns.compute_return(SHOPPING, {2: 1000, 4: 1000}, (), [card(416)], "none")
    assert [(part.request.code, part.sum, part.request.tax_group) for part in done.lines] == [
        ("tea", 300, "vat20"),
        ("beer", 116, "beer"),
    ]
    assert [part.taxes for part in done.lines] == [SHOPPING.lines[1].taxes, SHOPPING.lines[3].taxes]
    assert [part.request.original_line for part in done.lines] == [2, 4]


def test_the_short_form_takes_the_rest_of_the_taxes() -> None:
    """58 + 58 = 116, whose tax is 19: 10 for the first half leaves 9."""
    halves = sold([line(58, 2000)], [card(116)])
    coming = Coming(halves, by="card")
    coming.accept(coming.short({1: 1000}))
    done = returns.compute_return(halves, {1: 1000}, coming.returned, [card(58)], "none")
    assert [tax.amount for tax in done.totals.tax] == [tax.amount for tax in done.lines[0].taxes] == [9]


def test_the_short_form_needs_no_tax_group_of_today() -> None:
    """The sale's groups are all it knows; none of them is configured any more."""
    gone = {"a1": TaxGroup("a1", "Ж", (TaxRate("VAT", 1900),))}
    sale = sold([line(119, group="a1")], [card(119)], groups=gone)
    done = returns.compute_return(sale, {1: 1000}, (), [card(119)], "none")
    assert [(tax.letter, tax.rate, tax.amount) for tax in done.totals.tax] == [("Ж", 1900, 19)]


def test_a_whole_line_comes_back_at_its_own_price_with_its_marks() -> None:
    marked = replace(line(4100, 2000), excise_stamps=("ААБВ 1",), markings=(Marking("datamatrix", "0104"),))
    bottles = sold([marked], [card(8200)])
    assert returns.return_lines(bottles, {1: 2000}) == (replace(marked, original_line=1),)
    part = returns.return_lines(bottles, {1: 1000})[0]
    assert (part.price, part.excise_stamps, part.markings) == (4100, (), ())


def test_a_sum_that_no_price_gives_comes_back_with_a_discount() -> None:
    odd = sold([line(100, 3000, minus(1))], [card(299)])
    part = returns.return_lines(odd, {1: 3000})[0]
    assert (part.price, part.adjustments) == (100, (minus(1),))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "lines"),
        ({9: 1000}, "lines[0].line"),
        ({1: 1000, 3: 3001}, "lines[1].quantity"),
        ({1: 0}, "lines[0].quantity"),
        ({1: -1000}, "lines[0].quantity"),
        ({1: 1000}, "payments"),
    ],
)
def test_a_short_form_that_cannot_be_is_refused_by_its_place(wanted: dict[int, int], field: str) -> None:
    with pytest.raises(BadSale) as caught:
        returns.compute_return(SHOPPING, wanted, (), [], "none")
    assert caught.value.field == field
    assert caught.value.text.endswith(".")


def test_a_share_is_remembered_as_it_was_though_an_earlier_return_became_certain_later() -> None:
    sale = sold([line(100, 3000, minus(200)), line(100, code="b")], [card(200)])
    coming = Coming(sale)
    for amount in (33, 34):
        coming.accept(back([line(amount, of=1)], [card(amount)]))
    for before in (coming.returned, coming.returned[::-1]):
        assert refused(returns.matched(back([line(34, of=1)], [card(34)]), sale, before)).field == "lines[0].price"
        accepted(returns.matched(back([line(33, of=1)], [card(33)]), sale, before))


# --- negative controls: what each refusal above prevents, done to rules that are broken --------------------------


def forgetful(receipt: Receipt, original: Receipt, _: Sequence[ReturnedBefore]) -> Receipt | Refusal:
    """Does not know what came back before."""
    return returns.matched(receipt, original)


def counts_by_code(receipt: Receipt, original: Receipt, before: Sequence[ReturnedBefore]) -> Receipt | Refusal:
    """Pieces by article and money in all: no line has a price of its own."""
    for code in {part.request.code for part in receipt.lines}:
        back_before = sum(quantity for one in before for name, quantity in one.quantities if name == code)
        now = sum(part.request.quantity for part in receipt.lines if part.request.code == code)
        if back_before + now > sum(part.request.quantity for part in original.lines if part.request.code == code):
            return Refusal("more-than-sold", "No.", "lines")
    if sum(one.total for one in before) + receipt.totals.total > original.totals.total:
        return Refusal("more-than-sold", "No.", "lines")
    return receipt


def one_piece_twice(rule: Matched) -> None:
    asked = back([line(500, code="tea", of=1)], [card(500)])
    refused(rule(asked, SHOPPING, [recorded(accepted(returns.matched(asked, SHOPPING)), SHOPPING)]))


def a_cheap_piece_for_a_dear_price(rule: Matched) -> None:
    refused(rule(back([line(500, code="tea", of=2)], [card(500)]), SHOPPING, ()))


def taxes_of_today(rule: Matched) -> None:
    today = {"vat20": replace(VAT20, taxes=(TaxRate("ПДВ", 700),))}
    done = accepted(rule(back([line(500, code="tea", of=1)], [card(500)], groups=today), SHOPPING, ()))
    assert done.totals.tax == SHOPPING.lines[0].taxes


@pytest.mark.parametrize(
    ("attack", "broken"),
    [
        (one_piece_twice, forgetful),
        (a_cheap_piece_for_a_dear_price, counts_by_code),
        (taxes_of_today, counts_by_code),
    ],
)
def test_an_attack_fails_and_would_succeed_on_broken_rules(attack: Callable[[Matched], None], broken: Matched) -> None:
    attack(returns.matched)
    with pytest.raises(AssertionError):
        attack(broken)
