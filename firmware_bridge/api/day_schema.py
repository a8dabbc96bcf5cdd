"""Around a sale's way: what a request about the day may say: shifts, drawers' days, counts. See api.schema."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from firmware_bridge.api.schema import Body, CommandBody, Language, Money, Needed64, Needed128, Text64
from statemachines.arithmetic import LIMIT
from statemachines.vocabulary.day_events import CountReason

Name = Annotated[
    str,
    Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z", description="1 to 64 of the characters A-Z a-z 0-9 . _ -"),
]
Cashiers = Annotated[tuple[Needed64, ...], Meta(max_length=64)]


class ShiftBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/shifts: `float_amount` is the cash that lies there already, `floats` the same by drawer.

    `cashier` signs the shift in at the fiscaliser.
    """

    float_amount: Money = 0
    floats: Annotated[dict[Name, Money], Meta(max_length=8)] = field(default_factory=dict)
    language: Language = ""


class CallOffBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/shifts/current/close/cancel"""

    reason: Needed128


class ActivateBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/drawers/{id}/activate: `cashiers` who may use it, nobody named = everybody."""

    float_amount: Money
    cashiers: Cashiers = ()


class CashiersBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/drawers/{id}/cashiers: who may use it from now on; an empty list = everybody."""

    cashiers: Cashiers


class CountBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/counts: `blind` left out = as the shop has set it."""

    reason: CountReason
    drawer: Text64 = ""
    blind: bool | None = None


class DenominationBody(Body, frozen=True, kw_only=True):
    """So many pieces of one coin or note; `value` in minor units."""

    value: Annotated[
        int, Meta(ge=1, le=LIMIT, description="a whole number of minor units of the currency (0.50 are 50)")
    ]
    pieces: Annotated[int, Meta(ge=0, le=1_000_000)]


class CountedBody(CommandBody, frozen=True, kw_only=True):
    """PUT /v1/counts/{id}: what was found, in minor units; with `denominations` it must be their sum."""

    counted: Money
    denominations: Annotated[tuple[DenominationBody, ...], Meta(max_length=64)] = ()


class CancelCountBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/counts/{id}/cancel"""

    reason: Needed128
