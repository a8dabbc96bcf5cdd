"""For random receipts the vendor computes what the till computed: totals, rounding, change and every tax."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from statemachines.arithmetic import BadSale
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import ReceiptFiscalised
from statemachines.vocabulary.receipt import AdjustmentRequest, LineRequest, Payment, Receipt, RoundingMode
from tests.firmware_bridge.vendors.checkbox.virtual import GROUPS, World, receipt, uuid_of

MONEY = st.integers(1, 500_000)
ADJUSTMENTS = st.lists(
    st.one_of(
        st.builds(
            AdjustmentRequest, st.sampled_from(["discount", "surcharge"]), st.just("percent"), st.integers(0, 9000)
        ),
        st.builds(AdjustmentRequest, st.sampled_from(["discount", "surcharge"]), st.just("value"), st.integers(0, 300)),
    ),
    max_size=2,
)
LINES = st.lists(
    st.builds(
        lambda price, quantity, group, own: LineRequest("c", "Товар", price, quantity, group, tuple(own)),
        MONEY,
        st.integers(1, 20_000),
        st.sampled_from(sorted(GROUPS)),
        ADJUSTMENTS,
    ),
    min_size=1,
    max_size=6,
)


def drawn(
    lines: list[LineRequest], adjustments: list[AdjustmentRequest], card: int, mode: RoundingMode
) -> Receipt | None:
    """A receipt paid by card and cash; None when these figures are no sale, or leave a line without a price."""
    try:
        total = receipt(lines, [Payment("card", 10**9)], *adjustments)
    except BadSale as told:
        if "is paid without cash where" not in told.text:
            return None
        due = int(told.text.split(" where ")[1].split()[0])
    else:
        due = total.totals.total
    by_card = min(card, due)
    payments = [Payment("card", by_card)] if by_card else []
    if due - by_card:
        payments.append(Payment("cash", due - by_card))
    try:
        value = receipt(lines, payments, *adjustments, rounding=mode)
    except BadSale:
        return None
    return value if value.totals.total > 0 and all(one.sum > 0 for one in value.lines) else None


@hypothesis_settings(max_examples=150)
@given(LINES, ADJUSTMENTS, st.integers(0, 1_000_000), st.sampled_from(["none", "round10", "round50"]))
def test_the_vendor_computes_what_the_till_computed(
    lines: list[LineRequest], adjustments: list[AdjustmentRequest], card: int, mode: RoundingMode
) -> None:
    value = drawn(lines, adjustments, card, mode)
    assume(value is not None)
    assert value is not None
    world = World(rounding=mode).opened()
    event = world.do(Fiscalise("x", uuid_of(10), receipt=value))
    assert isinstance(event, ReceiptFiscalised), event
    theirs = event.stamp.totals
    assert theirs is not None
    ours = value.totals
    assert (theirs.total, theirs.rounding, theirs.change) == (ours.total, ours.rounding, ours.change)
    assert by_rate(theirs.tax) == by_rate(ours.tax)


def by_rate(taxes: Any) -> dict[tuple[str, int], tuple[int, int]]:
    return {(tax.group, tax.rate): (tax.base, tax.amount) for tax in taxes if tax.rate}
