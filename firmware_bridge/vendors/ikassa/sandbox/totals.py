"""In the vendor's place on a sale's way: what a receipt comes to, as this till computes it; kopecks.

A position: price times quantity, half up. Of that less its discount, plus its increase, each half up and of the whole;
then likewise for the receipt.
"""

from __future__ import annotations

from firmware_bridge.vendors.ikassa.sandbox.errors import Refused
from firmware_bridge.vendors.ikassa.sandbox.fields import Body
from firmware_bridge.vendors.ikassa.sandbox.money import MOST, half_up, read


def price(item: Body, name: str) -> int:
    """Raises Refused (403, 413)."""
    value = read(item.raw("price"), item.place("price"))
    if not 0 <= value <= MOST:
        raise Refused(403, name)
    return value


def nested(body: Body, name: str, of: int) -> int:
    """An adjustment as ADD_CHEQUES has it: {isPercent, value}. Never negative."""
    if not body.has(name):
        return 0
    inner = body.object(name)
    return _amount(inner, "value", percent=inner.flag("isPercent", default=False), of=of)


def flat(body: Body, value: str, percent: str, of: int) -> int:
    """An adjustment as SALE has it: a field beside its isPercent… field. Never negative."""
    return _amount(body, value, percent=body.flag(percent, default=False), of=of) if body.has(value) else 0


def _amount(body: Body, name: str, *, percent: bool, of: int) -> int:
    if percent:
        return half_up(of * body.rate(name), 10_000)
    return body.sum(name)


def gross(price: int, quantity: int) -> int:
    return half_up(price * quantity, 1000)


def checked(total: int) -> int:
    """A receipt's total. Raises Refused: 404 negative, 402 nothing, 414 too much."""
    if total < 0:
        raise Refused(404)
    if total < 1:
        raise Refused(402)
    if total > MOST:
        raise Refused(414)
    return total
