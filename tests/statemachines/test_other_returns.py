"""Returns of what another till sold, of what nobody knows the sale of, and goods for goods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from statemachines import returns
from statemachines.vocabulary.commands import Refusal, ReturnedBefore
from statemachines.vocabulary.receipt import LineRequest, Original, OriginalLine, Person, Receipt
from tests.support.selling import CASHIER, MANAGER, back, card, cash, line, recorded, refused, sold

Foreign = Callable[[Receipt, Sequence[ReturnedBefore]], Refusal | None]

THEIRS = Original(fiscal_number="8801", date="2026-10-01", register="4000999", number="117")
LINES = (OriginalLine("tea", 1000, 500), OriginalLine("milk", 3000, 100), OriginalLine("tea", 1000, 300))
TOLD = replace(THEIRS, lines=LINES)


def asked(
    *lines: LineRequest, of: Original | None = TOLD, reason: str = "", approved_by: Person | None = None
) -> Receipt:
    total = sum(part.price * part.quantity // 1000 for part in lines)
    return replace(back(lines, [card(total)], of=of, reason=reason), approved_by=approved_by)


# --- another till's sale ----------------------------------------------------------------------------------------


def test_goods_of_another_till_come_back_within_what_is_told_of_their_sale() -> None:
    assert returns.foreign(asked(line(500, code="tea"))) is None
    assert returns.foreign(asked(line(400, 2000, code="tea"))) is None
    assert returns.foreign(asked(line(300, code="tea", of=3))) is None


@pytest.mark.parametrize(
    ("lines", "code", "field"),
    [
        ([line(1, code="soap")], "not-sold", "lines[0].code"),
        ([line(1, code="tea", of=4)], "not-sold", "lines[0].original_line"),
        ([line(400, 2001, code="tea")], "more-than-sold", "lines[0].quantity"),
        ([line(501, code="tea")], "more-than-sold", "lines[0].price"),
        ([line(499, code="tea")], "less-than-paid", "lines[0].price"),
    ],
)
def test_more_than_is_told_of_the_sale_is_refused(lines: list[LineRequest], code: str, field: str) -> None:
    answer = refused(returns.foreign(asked(*lines)))
    assert (answer.code, answer.field) == (code, field)
    assert "eceipt 117" in answer.text


def test_less_for_goods_of_another_till_needs_a_reason() -> None:
    assert returns.foreign(asked(line(499, code="tea"), reason="damaged")) is None


def test_what_came_back_before_counts_for_another_tills_sale() -> None:
    before = [recorded(asked(line(500, code="tea")))]
    assert refused(returns.foreign(asked(line(500, code="tea")), before)).field == "lines[0].price"
    assert returns.foreign(asked(line(300, code="tea")), before) is None
    before.append(recorded(asked(line(300, code="tea"))))
    assert refused(returns.foreign(asked(line(300, code="tea")), before)).field == "lines[0].quantity"


def test_what_came_back_before_counts_though_the_lines_are_told_in_another_order() -> None:
    before = [recorded(asked(line(500, code="tea", of=1)))]
    turned = replace(TOLD, lines=(LINES[1], LINES[0], LINES[2]))
    answer = refused(returns.foreign(asked(line(500, code="tea", of=2), of=turned), before))
    assert answer.field == "lines[0].quantity"
    milk = back([line(33, 3000, code="milk", of=1)], [card(99)], of=turned, reason="opened")
    assert returns.foreign(milk, before) is None


def test_a_part_that_is_not_told_now_leaves_the_rest_untouched() -> None:
    before = [recorded(asked(line(500, code="tea")))]
    rest = replace(THEIRS, lines=(LINES[1],), total=900)
    milk = line(100, 1000, code="milk")
    assert returns.foreign(asked(replace(milk, price=33), of=rest), before) is None
    alone = replace(THEIRS, lines=(LINES[1],))
    answer = refused(returns.foreign(asked(replace(milk, price=33), of=alone), before))
    assert answer.code == "more-than-sold"


def test_a_total_alone_is_a_limit_for_all_returns() -> None:
    total = replace(THEIRS, total=800)
    assert returns.foreign(asked(line(800, code="tea"), of=total)) is None
    before = [recorded(asked(line(300, code="tea"), of=total))]
    assert returns.foreign(asked(line(500, code="tea"), of=total), before) is None
    answer = refused(returns.foreign(asked(line(501, code="tea"), of=total), before))
    assert (answer.code, answer.field) == ("more-than-sold", "lines")
    assert "500 is left" in answer.text


def test_coins_do_not_pay_more_than_another_till_took() -> None:
    total = replace(THEIRS, total=75)
    whole = back([line(75)], [cash(75)], rounding="round50", of=total)
    assert whole.totals.payable == 100
    assert returns.foreign(whole) is None
    half = back([line(25)], [cash(25)], rounding="round50", of=total)
    before = [recorded(half), recorded(half)]
    assert refused(returns.foreign(half, before)).code == "more-than-paid"


def test_another_tills_goods_come_back_for_as_much_as_coins_can_pay() -> None:
    pair = replace(THEIRS, lines=(OriginalLine("c", 2000, 50),))
    before = [recorded(back([line(25)], [cash(25)], rounding="round50", of=pair))]
    assert returns.foreign(back([line(24)], [cash(24)], rounding="round50", of=pair), before) is None
    assert refused(returns.foreign(back([line(24)], [cash(24)], rounding="round50", of=pair))).code == "less-than-paid"


def test_a_sale_of_which_nothing_is_told_comes_back_with_a_manager_alone() -> None:
    answer = refused(returns.foreign(asked(line(500, code="tea"), of=THEIRS)))
    assert (answer.code, answer.field) == ("needs-manager", "original.lines")
    assert "original.total" in answer.text
    assert refused(returns.foreign(asked(line(5), of=THEIRS, approved_by=CASHIER))).code == "needs-manager"
    assert returns.foreign(asked(line(5), of=THEIRS, approved_by=MANAGER)) is None


def test_a_manager_does_not_lift_what_is_told_of_the_sale() -> None:
    assert refused(returns.foreign(asked(line(501, code="tea"), approved_by=MANAGER))).code == "more-than-sold"


@pytest.mark.parametrize("of", [None, Original(), Original(date="2026-10-01")])
def test_a_sale_that_is_not_named_does_not_come_back(of: Original | None) -> None:
    answer = refused(returns.foreign(asked(line(500, code="tea"), of=of, approved_by=MANAGER)))
    assert (answer.code, answer.field) == ("unknown-original", "original")


@pytest.mark.parametrize(
    ("of", "field"),
    [
        (replace(THEIRS, lines=(OriginalLine("tea", 0, 500),)), "original.lines[0]"),
        (replace(THEIRS, lines=(LINES[0], OriginalLine("tea", 1000, -1))), "original.lines[1]"),
        (replace(TOLD, total=899), "original.total"),
        (replace(THEIRS, total=-1), "original.total"),
    ],
)
def test_a_sale_that_cannot_have_been_is_refused(of: Original, field: str) -> None:
    answer = refused(returns.foreign(asked(line(1, code="tea"), of=of)))
    assert (answer.code, answer.field) == ("invalid", field)


def the_same_tea_twice(rule: Foreign) -> None:
    tea = replace(THEIRS, lines=LINES[:1])
    first = asked(line(500, code="tea"), of=tea)
    refused(rule(first, [recorded(first)]))


def anything_of_anywhere(rule: Foreign) -> None:
    refused(rule(asked(line(10_000_000), of=THEIRS), ()))


def without_lines(receipt: Receipt, before: Sequence[ReturnedBefore]) -> Refusal | None:
    """Believes that a known total is all that matters."""
    original = replace(receipt.original or THEIRS, lines=(), total=10**9)
    return returns.foreign(replace(receipt, original=original), before)


@pytest.mark.parametrize(
    ("attack", "broken"),
    [
        (the_same_tea_twice, lambda receipt, _: returns.foreign(receipt)),
        (the_same_tea_twice, without_lines),
        (anything_of_anywhere, without_lines),
    ],
)
def test_an_attack_fails_and_would_succeed_on_broken_rules(attack: Callable[[Foreign], None], broken: Foreign) -> None:
    attack(returns.foreign)
    with pytest.raises(AssertionError):
        attack(broken)


# --- nobody's sale ----------------------------------------------------------------------------------------------


def test_a_return_without_its_sale_is_refused_where_the_shop_wants_it_so() -> None:
    answer = refused(returns.without_original(asked(line(1), of=None, approved_by=MANAGER), "refuse"))
    assert (answer.code, answer.field) == ("unknown-original", "original")


def test_a_return_without_its_sale_needs_a_manager_where_the_shop_allows_it() -> None:
    for nobody in (None, CASHIER, Person("3", "Ivan", "technician")):
        answer = refused(returns.without_original(asked(line(1), of=None, approved_by=nobody), "manager"))
        assert (answer.code, answer.field) == ("needs-manager", "approved_by")
    assert returns.without_original(asked(line(1), of=None, approved_by=MANAGER), "manager") is None


def test_a_sale_and_a_return_with_its_sale_need_neither() -> None:
    assert returns.without_original(asked(line(1)), "refuse") is None
    assert returns.without_original(sold([line(1)], [card(1)]), "refuse") is None


# --- goods for goods --------------------------------------------------------------------------------------------

BACK = back([line(500)], [card(500)])


def swapped(**other: object) -> Receipt:
    return replace(sold([line(700)], [card(700)]), exchange_of="r-1", **other)  # type: ignore[arg-type]  # fields by name


def test_a_sale_follows_a_return_of_this_till() -> None:
    assert returns.exchange(swapped(), BACK) is None
    assert returns.exchange(replace(swapped(), exchange_of=""), None) is None


@pytest.mark.parametrize(
    ("sale", "before", "code"),
    [
        (swapped(), None, "not-a-return"),
        (swapped(), sold([line(500)], [card(500)]), "not-a-return"),
        (swapped(kind="return"), BACK, "not-a-return"),
        (swapped(currency="EUR"), BACK, "other-currency"),
    ],
)
def test_a_sale_that_follows_no_return_of_this_till_is_no_exchange(
    sale: Receipt, before: Receipt | None, code: str
) -> None:
    answer = refused(returns.exchange(sale, before))
    assert (answer.code, answer.field) == (code, "exchange_of")
