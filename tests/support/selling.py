"""Sales and returns with their sums, and a sale that goods come back from step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from statemachines import returns
from statemachines.arithmetic import BadSale, ComputedSale, compute
from statemachines.payouts import paid_back
from statemachines.sold import NotReturnable
from statemachines.vocabulary.commands import Refusal, ReturnedBefore
from statemachines.vocabulary.receipt import (
    AdjustmentRequest,
    LineRequest,
    Original,
    Payment,
    Person,
    Receipt,
    RoundingMode,
    TaxGroup,
    TaxRate,
)

VAT20 = TaxGroup("vat20", "А", (TaxRate("ПДВ", 2000),))
BEER = TaxGroup("beer", "Г", (TaxRate("ПДВ", 2000), TaxRate("Акциз", 500)))
FREE = TaxGroup("free", "З", ())
GROUPS = {group.key: group for group in (VAT20, BEER, FREE)}
CASHIER = Person("1", "Olena", "cashier")
MANAGER = Person("2", "Taras", "manager")
OURS = Original(id="s-1")


def line(
    price: int,
    quantity: int = 1000,
    *adjustments: AdjustmentRequest,
    group: str = "vat20",
    code: str = "c",
    of: int = 0,
) -> LineRequest:
    """`of`: the line of the original that comes back."""
    return LineRequest(code, "good", price, quantity, group, adjustments, original_line=of)


def minus(value: int) -> AdjustmentRequest:
    return AdjustmentRequest("discount", "value", value)


def minus_percent(rate: int) -> AdjustmentRequest:
    return AdjustmentRequest("discount", "percent", rate)


def plus(value: int) -> AdjustmentRequest:
    return AdjustmentRequest("surcharge", "value", value)


def cash(amount: int, handed: int | None = None) -> Payment:
    return Payment("cash", amount, given=handed)


def card(amount: int) -> Payment:
    return Payment("card", amount)


def total_of(lines: Sequence[LineRequest], adjustments: Sequence[AdjustmentRequest] = ()) -> int:
    """The total as the refusal of an unpaid sale names it."""
    try:
        return compute(lines, adjustments, (), GROUPS, "none", "sale").totals.total
    except BadSale as unpaid:
        return _named_sum(unpaid)


def _named_sum(unpaid: BadSale) -> int:
    return int(unpaid.text.split(" and ")[1].split()[0])


def document(kind: Literal["sale", "return"], done: ComputedSale, name: str) -> Receipt:
    return Receipt(
        name,
        kind,
        name,
        "UAH",
        "uk",
        CASHIER,
        "main",
        done.lines,
        done.adjustments,
        done.payments,
        done.totals,
    )


def sold(
    lines: Sequence[LineRequest],
    payments: Sequence[Payment],
    *adjustments: AdjustmentRequest,
    rounding: RoundingMode = "none",
    groups: Mapping[str, TaxGroup] = GROUPS,
) -> Receipt:
    """A sale as the journal holds it."""
    return document("sale", compute(lines, adjustments, payments, groups, rounding, "sale"), "s-1")


def back(
    lines: Sequence[LineRequest],
    payments: Sequence[Payment],
    *adjustments: AdjustmentRequest,
    rounding: RoundingMode = "none",
    groups: Mapping[str, TaxGroup] = GROUPS,
    of: Original | None = OURS,
    reason: str = "",
) -> Receipt:
    """A return as it is asked for, line by line, computed with today's taxes."""
    done = compute(lines, adjustments, payments, groups, rounding, "return")
    return replace(document("return", done, "r-1"), original=of, return_reason=reason)


def recorded(
    receipt: Receipt, original: Receipt | None = None, returned: Sequence[ReturnedBefore] = ()
) -> ReturnedBefore:
    """What the journal remembers of a return that was accepted."""
    quantities = tuple((part.request.code, part.request.quantity) for part in receipt.lines)
    lines = returns.taken_back(receipt, original, returned)
    return ReturnedBefore(receipt.document_id, quantities, receipt.totals.total, lines, paid_back(receipt))


def accepted(answer: Receipt | Refusal) -> Receipt:
    assert not isinstance(answer, Refusal), answer
    return answer


def refused(answer: Receipt | Refusal | None) -> Refusal:
    assert isinstance(answer, Refusal), answer
    assert answer.text.endswith(".")
    assert answer.field
    return answer


@dataclass
class Coming:
    """Goods that come back from one sale in several returns, each paid `by` one means and accepted as by a till."""

    original: Receipt
    rounding: RoundingMode = "none"
    by: Literal["cash", "card"] = "cash"
    returned: list[ReturnedBefore] = field(default_factory=list)
    documents: list[Receipt] = field(default_factory=list)

    def short(self, wanted: Mapping[int, int]) -> Receipt:
        """A return of these thousandths by line, its price left to the till."""
        payments = self._payments(wanted)
        done = returns.compute_return(self.original, wanted, self.returned, payments, self.rounding)
        return replace(document("return", done, f"r-{len(self.documents) + 1}"), original=OURS)

    def accept(self, receipt: Receipt) -> Receipt:
        matched = accepted(returns.matched(receipt, self.original, self.returned))
        self.returned.append(recorded(matched, self.original, self.returned))
        self.documents.append(matched)
        return matched

    def _payments(self, wanted: Mapping[int, int]) -> tuple[Payment, ...]:
        """What a client learns to pay: it offers nothing, and is told."""
        offer = (cash(0),) if self.by == "cash" else ()
        try:
            returns.compute_return(self.original, wanted, self.returned, offer, self.rounding)
        except NotReturnable:
            raise
        except BadSale as unpaid:
            return (Payment(self.by, _named_sum(unpaid)),)
        return offer


def within(coming: Coming) -> None:
    """Nothing that came back is above what was sold: pieces, money, taxes, payout."""
    original, documents = coming.original, coming.documents
    for part in original.lines:
        entries = [entry for record in coming.returned for entry in record.lines if entry[0] == part.line_no]
        assert sum(quantity for _, quantity, _ in entries) <= part.request.quantity
        assert sum(amount for _, _, amount in entries) <= part.sum
    assert sum(done.totals.total for done in documents) <= original.totals.total
    assert sum(done.totals.payable for done in documents) <= original.totals.payable, "more is paid out than was paid"
    assert all(tax.amount >= 0 for done in documents for tax in done.totals.tax)
    sold_taxes, come_back = taxes(original), taxes(*documents)
    assert all(amount <= sold_taxes[tax] for tax, amount in come_back.items()), "more tax comes back than was sold"


def wholly(coming: Coming) -> None:
    """All that came back together is the sale, to the minor unit."""
    within(coming)
    original, documents = coming.original, coming.documents
    assert sum(done.totals.total for done in documents) == original.totals.total
    assert sum(done.totals.payable for done in documents) == original.totals.payable
    assert taxes(*documents) == taxes(original)


def taxes(*documents: Receipt) -> dict[tuple[str, str, int], int]:
    """Tax by group, name and rate."""
    found: dict[tuple[str, str, int], int] = {}
    for tax in (tax for done in documents for tax in done.totals.tax):
        key = (tax.group, tax.name, tax.rate)
        found[key] = found.get(key, 0) + tax.amount
    return found


def bring(coming: Coming, wishes: Sequence[Mapping[int, int]]) -> Coming:
    for wanted in wishes:
        coming.accept(coming.short(wanted))
        within(coming)
    return coming


def no_more_than(original: Receipt, done: Sequence[Receipt]) -> None:
    assert sum(one.totals.total for one in done) <= original.totals.total
    assert sum(one.totals.payable for one in done) <= original.totals.payable
    pieces = by_code([original])
    assert all(quantity <= pieces[code] for code, quantity in by_code(done).items())


def no_line_more_than(original: Receipt, before: Sequence[ReturnedBefore]) -> None:
    for part in original.lines:
        entries = [entry for record in before for entry in record.lines if entry[0] == part.line_no]
        assert sum(quantity for _, quantity, _ in entries) <= part.request.quantity
        assert sum(amount for _, _, amount in entries) <= part.sum


def by_code(documents: Sequence[Receipt]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in (part.request for done in documents for part in done.lines):
        found[part.code] = found.get(part.code, 0) + part.quantity
    return found
