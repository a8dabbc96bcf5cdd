"""What a return pays out, held against what was paid and what earlier returns paid out: before a return is accepted.

The journal remembers of every return, beside the lines it took from, what it paid out by each means of payment, as it
was rounded (`OriginalReturned.paid`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from statemachines.arithmetic import cash_rounding
from statemachines.sold import NotReturnable
from statemachines.vocabulary.commands import ReturnedBefore
from statemachines.vocabulary.receipt import Payment, PaymentTotal, PaymentType, Receipt, RoundingMode

COINS: dict[RoundingMode, int] = {"none": 1, "round10": 10, "round50": 50}
"""The smallest amount that can be paid in cash, minor units."""


def by_means(payments: Iterable[Payment]) -> dict[PaymentType, int]:
    """What is paid by each means, minor units."""
    found: dict[PaymentType, int] = {}
    for payment in payments:
        found[payment.type] = found.get(payment.type, 0) + payment.amount
    return found


def paid_back(receipt: Receipt) -> tuple[PaymentTotal, ...]:
    """`OriginalReturned.paid` of a return."""
    return tuple(PaymentTotal(kind, amount) for kind, amount in by_means(receipt.payments).items())


def coin(*payments: Iterable[Payment]) -> RoundingMode:
    """How cash is rounded, as these cash payments show it: to the largest coin that all of them can be paid with."""
    cash = [payment.amount for some in payments for payment in some if payment.type == "cash"]
    fitting = [mode for mode, step in COINS.items() if cash and all(amount % step == 0 for amount in cash)]
    return max(fitting, key=COINS.__getitem__, default="none")


def paid_out(
    returned: Iterable[ReturnedBefore], paid: Sequence[Payment], rounding: RoundingMode
) -> dict[PaymentType, int]:
    """What earlier returns paid out by each means, minor units; `paid` is how the sale was paid.

    A record that does not say (an old journal's) is taken to have gone back as the sale was paid, cash first, with its
    cash rounded.
    """
    found: dict[PaymentType, int] = {}
    for record in returned:
        for kind, amount in (_told(record) if record.paid else _assumed(record.total, paid, rounding)).items():
            found[kind] = found.get(kind, 0) + amount
    return found


def _told(record: ReturnedBefore) -> dict[PaymentType, int]:
    return {total.type: total.amount for total in record.paid}


def _assumed(total: int, paid: Sequence[Payment], rounding: RoundingMode) -> dict[PaymentType, int]:
    found: dict[PaymentType, int] = {}
    rest = total
    for kind, amount in sorted(by_means(paid).items(), key=lambda item: item[0] != "cash"):
        found[kind] = min(rest, amount)
        rest -= found[kind]
    return {**found, "cash": cash_rounding(found.get("cash", 0) + rest, rounding)}


def left_of_total(total: int, receipt: Receipt, returned: Iterable[ReturnedBefore], name: str) -> int:
    """Return what is left of the goods' `total`, after this return. Raises NotReturnable when it is worth more."""
    left = total - sum(record.total for record in returned)
    if receipt.totals.total > left:
        raise NotReturnable(
            "more-than-sold",
            "lines",
            f"{receipt.totals.total} would be given back where {max(0, left)} is left of the {total} of receipt "
            f"{name}: give back no more than that.",
        )
    return left - receipt.totals.total


def left_of_payment(payable: int, before: int, receipt: Receipt, name: str) -> int:
    """Return what is left of the `payable` paid, after this return and the payouts `before`.

    Raises NotReturnable when more would be paid out than was paid.
    """
    left = payable - before
    if receipt.totals.payable > left:
        most = highest(receipt.totals.total, receipt.payments, coin(receipt.payments), max(0, left))
        raise NotReturnable(
            "more-than-paid",
            "payments",
            f"{receipt.totals.payable} would be paid out where {max(0, left)} is left of the {payable} paid for "
            f"receipt {name}: take the goods back for {most}.",
        )
    return left - receipt.totals.payable


def highest(total: int, payments: Sequence[Payment], rounding: RoundingMode, left: int) -> int:
    """Return the highest sum up to `total` that pays out no more than `left`: cash pays what the others leave."""
    others = sum(payment.amount for payment in payments if payment.type != "cash")
    rest = total - others
    if rest <= 0 or left < others or all(payment.type != "cash" for payment in payments):
        return min(total, left)
    if cash_rounding(rest, rounding) <= left - others:
        return total
    step = COINS[rounding]
    return others + (left - others) // step * step + (step - 1) // 2
