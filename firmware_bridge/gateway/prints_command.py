"""On the way down to a sale: what an order source wants of a till, as the bytes of one command in its inbox.

A msgpack map `{"v": 1, "do": "sell", "id", "kind", "body", "not_after", "confirm", "approved", "by"}`; a key that is
not known is passed over. `body` is that of POST /v1/sales or /v1/returns. The id is the document's and the command's:
the till makes one document of it for ever, however often the command comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

import msgpack

from firmware_bridge.uplink.limits import MAX_COMMAND, MAX_ID
from firmware_bridge.validation import MAX_DEPTH

VERSION: Final = 1
DO: Final = "sell"
MAX_TEXT: Final = 128


class NoOrder(ValueError):
    """Bytes that are no order this release knows; nothing was done."""


@dataclass(frozen=True, slots=True)
class OrderCommand:
    """One document to be made. `not_after`: UTC ms, from which on it must not be begun any more.

    `confirm`: a person at the till says yes before. `approved`: whoever ordered it has said so for a manager. `by`: who
    orders.
    """

    id: str
    kind: Literal["sale", "return"]
    body: dict[str, Any] = field(repr=False)
    not_after: int
    confirm: bool = False
    approved: bool = False
    by: str = ""


def encode(order: OrderCommand) -> bytes:
    """Return the order as it travels: the same bytes each time. Raises NoOrder when it is too long for the way."""
    raw: bytes = msgpack.packb(
        {
            "v": VERSION,
            "do": DO,
            "id": order.id,
            "kind": order.kind,
            "body": order.body,
            "not_after": order.not_after,
            "confirm": order.confirm,
            "approved": order.approved,
            "by": order.by,
        }
    )
    if len(raw) > MAX_COMMAND:
        raise NoOrder(f"the order has {len(raw)} bytes, more than {MAX_COMMAND}")
    return raw


def is_order(body: bytes) -> bool:
    """Whether it looks like an order, perhaps of a newer release; never raises."""
    try:
        return _unpacked(body).get("do") == DO
    except NoOrder:
        return False


def decode(body: bytes) -> OrderCommand:
    """Return the order. Raises NoOrder and nothing else."""
    found = _unpacked(body)
    if found.get("v") != VERSION or found.get("do") != DO:
        raise NoOrder(f"this release knows no order of version {found.get('v')!r:.20}")
    name, kind, content, not_after = found.get("id"), found.get("kind"), found.get("body"), found.get("not_after")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_ID or not name.isprintable():
        raise NoOrder("the order has no id")
    if kind not in ("sale", "return") or not isinstance(content, dict):
        raise NoOrder("the order does not say what is to be made")
    if type(not_after) is not int or not 0 < not_after < 1 << 53:
        raise NoOrder("the order does not say until when")
    by = found.get("by", "")
    if not isinstance(by, str) or len(by) > MAX_TEXT or not by.isprintable():
        raise NoOrder("the order does not say by whom")
    confirm, approved = found.get("confirm") is not False, found.get("approved") is True
    return OrderCommand(name, cast("Literal['sale', 'return']", kind), content, not_after, confirm, approved, by)


def _unpacked(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_COMMAND:
        raise NoOrder(f"it has {len(body)} bytes, more than {MAX_COMMAND}")
    try:
        found = msgpack.unpackb(body, raw=False, strict_map_key=True, max_ext_len=0)
    except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException) as error:
        raise NoOrder("it is not msgpack") from error
    if not isinstance(found, dict) or _deep(found):
        raise NoOrder("it is no map, or nested too deeply")
    return found


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True
