"""What a part of a sold line is worth when it comes back: before the sums of a return are computed.

A return is made at the prices and taxes of the day of sale. Each part is worth its share of the line's net
sum (after all discounts), and the last part takes what is left, so that all returns together equal the sale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from statemachines.arithmetic import BadSale, half_up
from statemachines.vocabulary.receipt import AdjustmentRequest, Line, LineRequest, Receipt


def share_of_return(line: Line, quantity: int, returned_quantity: int, returned_sum: int) -> int:
    """Return the net sum (minor units) of `quantity` thousandths of `line`, after the returns made before.

    `returned_quantity` and `returned_sum` are what was taken back of this line so far. Never negative and
    never more than what is left of the line's sum. Raises BadSale when the quantity is not above 0 or more
    than is left.
    """
    sold = line.request.quantity
    left = sold - returned_quantity
    field = f"lines[{line.line_no - 1}].quantity"
    if quantity <= 0:
        raise BadSale(field, f"The quantity to return is {quantity}; it must be above 0.")
    if quantity > left:
        raise BadSale(
            field,
            f"{quantity} of {line.request.name!r} cannot be returned: {left} of the {sold} sold is left.",
        )
    so_far = sum_returned(line, returned_quantity + quantity)
    return max(0, so_far - returned_sum)


def sum_returned(line: Line, returned_quantity: int) -> int:
    """Return what `returned_quantity` thousandths of `line` are worth together, however they came back."""
    return half_up(line.sum * returned_quantity, line.request.quantity)


def return_lines(original: Receipt, wanted: Mapping[int, int], returned: Sequence[int] = ()) -> tuple[LineRequest, ...]:
    """Return the lines to compute a return of `original` from, in its order.

    `wanted`: quantity in thousandths by line number (from 1); `returned`: what came back before, per original
    line, as `Sell.returned`. The price of a line is its net price; where no price times the quantity gives
    the net sum, a discount of the difference is on the line. Excise stamps and markings are kept only for a
    line that comes back whole. Raises BadSale for an unknown line, an empty wish or more than is left.
    """
    if not wanted:
        raise BadSale("lines", "A return needs at least one line.")
    numbers = {line.line_no for line in original.lines}
    for number in wanted:
        if number not in numbers:
            raise BadSale("lines", f"Receipt {original.number or original.document_id} has no line {number}.")
    before = dict(zip((line.line_no for line in original.lines), returned, strict=False))
    return tuple(
        _return_line(line, wanted[line.line_no], before.get(line.line_no, 0))
        for line in original.lines
        if line.line_no in wanted
    )


def _return_line(line: Line, quantity: int, returned: int) -> LineRequest:
    amount = share_of_return(line, quantity, returned, sum_returned(line, returned))
    price = _price(line.request.price, quantity, amount)
    surplus = half_up(price * quantity, 1000) - amount
    whole = quantity == line.request.quantity
    return replace(
        line.request,
        price=price,
        quantity=quantity,
        adjustments=(AdjustmentRequest("discount", "value", surplus),) if surplus else (),
        excise_stamps=line.request.excise_stamps if whole else (),
        markings=line.request.markings if whole else (),
    )


def _price(sold_at: int, quantity: int, amount: int) -> int:
    """Return a price that gives `amount` for `quantity`, or the lowest one above (then a discount is due)."""
    for price in (sold_at, half_up(amount * 1000, quantity)):
        if half_up(price * quantity, 1000) == amount:
            return price
    return -(-amount * 1000 // quantity)
