"""May these goods come back, for this money: asked when a return is requested, before anything is journalled or sent.

A return is made at the prices and taxes of the day of sale. A line gives back the share of what was paid for these
pieces after all discounts (`statemachines.sold`), so that all returns together equal the sale. More is refused; less
needs a `return_reason`.

Cash. Every return rounds its cash by the rule for sales, because its paper and the fiscaliser do. Rounding halves up
could pay out more than was paid (0.25 + 0.25 rounds to 0.50 + 0.50), therefore all returns together never pay out more
than the sale's `payable`: such a return is refused, or made for the highest sum that the rule rounds to what is left.
That is less than the goods' share and needs no reason, since nothing that coins can pay is left then. Rounding down
(0.24 + 0.24 of 0.50) is not made up for: no rule allows it. A sale by card that goes back in cash pays out no more than
the card paid.

Means. Money goes back as it was paid. More in cash than was paid in cash needs a `return_reason`, which is somebody's
explicit choice; more by another means than was paid by it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from statemachines.arithmetic import ComputedSale, cash_rounding, compute, half_up, tax_totals
from statemachines.matching import added_taxes, match_lines
from statemachines.payouts import COINS, by_means, coin, highest, left_of_payment, left_of_total, paid_out
from statemachines.sold import NotReturnable, Sold
from statemachines.vocabulary.commands import Refusal, ReturnedBefore
from statemachines.vocabulary.receipt import (
    AdjustmentRequest,
    LineRequest,
    Original,
    Payment,
    Receipt,
    RoundingMode,
)

Returned = Sequence[ReturnedBefore]


# --- a sale of this till ----------------------------------------------------------------------------------------


def matched(receipt: Receipt, original: Receipt, returned: Returned = ()) -> Receipt | Refusal:
    """Return the return with each line allotted to the original's lines, at the taxes of the day of sale.

    A line names its `original_line`, or is found by its article code: then it takes of the lines with this code in
    their order, stays one line, and `original_line` becomes the first of them. `returned`: every earlier return of
    this sale, those that are not certain yet included, in the journal's order.
    """
    try:
        return _matched(receipt, original, returned)
    except NotReturnable as no:
        return no.refusal


def _matched(receipt: Receipt, original: Receipt, returned: Returned) -> Receipt:
    if original.kind != "sale":
        raise NotReturnable("unknown-original", "original.id", f"Document {_name(original)} is not a sale.")
    if original.currency != receipt.currency:
        raise NotReturnable(
            "other-currency",
            "original.id",
            f"Receipt {_name(original)} was paid in {original.currency}; it cannot go back in {receipt.currency}.",
        )
    name = _name(original)
    lines, short = match_lines(receipt, Sold.by_journal(original, returned), name)
    worth = left_of_total(original.totals.total, receipt, returned, name)
    before = paid_out(returned, original.payments, coin(original.payments, receipt.payments))
    left = left_of_payment(original.totals.payable, sum(before.values()), receipt, name)
    _least(receipt, short, worth, left)
    return replace(receipt, lines=lines, totals=replace(receipt.totals, tax=tax_totals(lines)))


def _least(receipt: Receipt, short: NotReturnable | None, worth: int, left: int) -> None:
    """Raise `short` unless there is a reason, or nothing more could be given back: of the goods, or in coins."""
    if short is not None and not receipt.return_reason and worth and left >= COINS[coin(receipt.payments)]:
        raise short


# --- what the journal remembers ---------------------------------------------------------------------------------


def taken_back(
    receipt: Receipt, original: Receipt | None = None, returned: Returned = ()
) -> tuple[tuple[int, int, int], ...]:
    """Return `OriginalReturned.lines` of a return: what it took of which line of the original.

    Each is (line of the original, thousandths, net sum). `receipt` is as `matched` returned it, `returned` what it was
    matched against. Without the original (another till's) a line that takes of two lines stands under the first with
    all its pieces; what reads it spreads it likewise.
    """
    if original is None:
        lines = [(line.request.original_line, line.request.quantity, line.sum) for line in receipt.lines]
        return tuple(entry for entry in lines if entry[0] > 0)
    sold = Sold.by_journal(original, returned)
    return tuple(
        (taken.line_no, taken.quantity, taken.amount)
        for line in receipt.lines
        for taken in sold.book(sold.allot(line.request), line.sum)
    )


# --- a sale of another till, or of none -------------------------------------------------------------------------


def foreign(receipt: Receipt, returned: Returned = ()) -> Refusal | None:
    """May goods come back that this journal did not sell? The original is known by its fiscal references alone.

    It is held against the lines and the total that the caller gives, and against what came back under the same key
    before. Where neither is given a manager answers for it (`approved_by`). The taxes are the caller's.
    """
    original = receipt.original
    if original is None or not original.key:
        return Refusal(
            "unknown-original", "The sale that comes back is not named: give its fiscal_number and date.", "original"
        )
    try:
        _foreign(receipt, original, returned)
    except NotReturnable as no:
        return no.refusal
    return None


def _foreign(receipt: Receipt, original: Original, returned: Returned) -> None:
    name = original.number or original.fiscal_number or original.key
    if not original.lines and original.total is None:
        if not _approved(receipt):
            raise NotReturnable(
                "needs-manager",
                "original.lines",
                f"What was sold on receipt {name} is not known here: give original.lines or original.total, or let a "
                "manager approve the return (approved_by).",
            )
        return
    sold, short = Sold.by_word(original, returned), None
    if original.lines:
        _, short = match_lines(receipt, sold, name)
    total = sum(line.sum for line in original.lines) if original.total is None else original.total
    worth = left_of_total(total, receipt, returned, name)
    rounding = coin(receipt.payments)
    before = paid_out(returned, (), rounding)
    # what was paid is not told, only what it came to: rounded as it would be today
    left = left_of_payment(max(total, cash_rounding(total, rounding)), sum(before.values()), receipt, name)
    _least(receipt, short, worth, left)


def without_original(receipt: Receipt, policy: Literal["refuse", "manager"]) -> Refusal | None:
    """May goods come back of which nobody knows the sale? `policy` "manager": when a manager approves it."""
    if receipt.kind != "return" or receipt.original is not None or (policy == "manager" and _approved(receipt)):
        return None
    if policy == "manager":
        return Refusal(
            "needs-manager", "A return without its sale needs a manager's approval (approved_by).", "approved_by"
        )
    return Refusal("unknown-original", "This till takes nothing back without its sale: give `original`.", "original")


def _approved(receipt: Receipt) -> bool:
    return receipt.approved_by is not None and receipt.approved_by.role == "manager"


def means(receipt: Receipt, original: Receipt | None, returned: Returned = ()) -> Refusal | None:
    """Does the money go back as it was paid? Nothing is known, and nothing refused, about another till's sale."""
    if original is None:
        return None
    paid, back = by_means(original.payments), by_means(receipt.payments)
    before = paid_out(returned, original.payments, coin(original.payments, receipt.payments))
    for kind, amount in back.items():
        left = max(0, paid.get(kind, 0) - before.get(kind, 0))
        if amount <= left or (kind == "cash" and receipt.return_reason):
            continue
        at = next(at for at, payment in enumerate(receipt.payments) if payment.type == kind)
        way = "in cash" if kind == "cash" else f"by {kind}"
        text = f"{amount} would go back {way} where {left} of what was paid {way} on receipt {_name(original)} is left"
        if kind == "cash":
            advice = "pay it back as it was paid, or say in return_reason why it has to be cash"
            return Refusal("needs-reason", f"{text}: {advice}.", "return_reason")
        return Refusal("other-means", f"{text}: pay the rest back as it was paid.", f"payments[{at}].amount")
    return None


def exchange(receipt: Receipt, returned_receipt: Receipt | None) -> Refusal | None:
    """May this sale continue the return that `exchange_of` names? `returned_receipt`: what this journal has under it.

    That a return is exchanged once, and that it happened, is known to whoever knows the state of documents.
    """
    if not receipt.exchange_of:
        return None
    if receipt.kind != "sale":
        return Refusal("not-a-return", "Only a sale can follow a return in an exchange.", "exchange_of")
    if returned_receipt is None or returned_receipt.kind != "return":
        return Refusal(
            "not-a-return", f"{receipt.exchange_of} is no return of this till: make the return first.", "exchange_of"
        )
    if returned_receipt.currency != receipt.currency:
        return Refusal(
            "other-currency",
            f"Return {_name(returned_receipt)} was paid in {returned_receipt.currency}, not in {receipt.currency}.",
            "exchange_of",
        )
    return None


def _name(receipt: Receipt) -> str:
    return receipt.number or receipt.document_id


# --- the short form: which lines, and how much of them ----------------------------------------------------------


def compute_return(
    original: Receipt,
    wanted: Mapping[int, int],
    returned: Returned,
    payments: Sequence[Payment],
    rounding: RoundingMode,
) -> ComputedSale:
    """Compute a return of `wanted` (thousandths by line of the original, from 1) at the prices and taxes of that day.

    Raises BadSale for an unknown line, an empty wish, more than is left, and payments that do not add up.
    """
    sold = Sold.by_journal(original, returned)
    amounts = _worths(original, sold, wanted)
    left = original.totals.payable - sum(paid_out(returned, original.payments, rounding).values())
    total = sum(amounts.values())
    worth = min(total, max(0, original.totals.total - sum(record.total for record in returned)))
    over = total - highest(worth, payments, rounding, max(0, left))
    for number in reversed(amounts):  # the last line gives way: cash is paid for all of them together
        less = min(over, amounts[number])
        amounts[number] -= less
        over -= less
    requests = _requests(original, wanted, amounts)
    groups = {line.group.key: line.group for line in sold.lines if line.group is not None}
    done = compute(requests, (), payments, groups, rounding, "return")
    lines = tuple(
        replace(line, taxes=added_taxes(sold.book(sold.allot(line.request), line.sum))) for line in done.lines
    )
    return replace(done, lines=lines, totals=replace(done.totals, tax=tax_totals(lines)))


def return_lines(original: Receipt, wanted: Mapping[int, int], returned: Returned = ()) -> tuple[LineRequest, ...]:
    """Return the lines to compute a return of `original` from, in its order.

    `wanted`: thousandths by line number (from 1). The price of a line is the price it was sold at; where no price times
    the quantity gives the net sum, a discount of the difference is on the line. Excise stamps and markings are kept
    only for a line that comes back whole. Raises BadSale for an unknown line, an empty wish or more than is left.
    """
    return _requests(original, wanted, _worths(original, Sold.by_journal(original, returned), wanted))


def _worths(original: Receipt, sold: Sold, wanted: Mapping[int, int]) -> dict[int, int]:
    """Return what each wanted line gives back, in the original's order."""
    if not wanted:
        raise NotReturnable("not-sold", "lines", "A return needs at least one line.")
    for at, (number, quantity) in enumerate(wanted.items()):
        line = sold.number(number)
        if line is None:
            text = f"Receipt {_name(original)} has no line {number} to return."
            raise NotReturnable("not-sold", f"lines[{at}].line", text)
        if not 0 < quantity <= line.left:
            raise NotReturnable(
                "more-than-sold",
                f"lines[{at}].quantity",
                f"{quantity} of {line.code!r} (thousandths) cannot be returned: {line.left} of the {line.sold} sold is "
                "left.",
            )
    return {line.line_no: line.worth(wanted[line.line_no]) for line in sold.lines if line.line_no in wanted}


def _requests(original: Receipt, wanted: Mapping[int, int], amounts: Mapping[int, int]) -> tuple[LineRequest, ...]:
    lines = {line.line_no: line.request for line in original.lines}
    return tuple(_request(lines[number], number, wanted[number], amount) for number, amount in amounts.items())


def _request(sold: LineRequest, number: int, quantity: int, amount: int) -> LineRequest:
    price = _price(sold.price, quantity, amount)
    surplus = half_up(price * quantity, 1000) - amount
    whole = quantity == sold.quantity
    return replace(
        sold,
        price=price,
        quantity=quantity,
        adjustments=(AdjustmentRequest("discount", "value", surplus),) if surplus else (),
        excise_stamps=sold.excise_stamps if whole else (),
        markings=sold.markings if whole else (),
        original_line=number,
    )


def _price(sold_at: int, quantity: int, amount: int) -> int:
    """Return a price that gives `amount` for `quantity`, or the lowest one above (then a discount is due)."""
    for price in (sold_at, half_up(amount * 1000, quantity)):
        if half_up(price * quantity, 1000) == amount:
            return price
    return -(-amount * 1000 // quantity)
