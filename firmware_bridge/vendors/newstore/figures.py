"""Beside a sale's way, after it: the till's own figures next to those that NewStore answers with.

They are compared, never taken over: what the till counted stands. A difference is one sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware_bridge.gateway.book import Call
from firmware_bridge.vendors.newstore.messages import CountRecord, Started
from firmware_bridge.vendors.newstore.money import Money, WrongMoney, from_money, major


@dataclass(frozen=True, slots=True)
class SaleCall(Call):
    """A start of a sale or return. `change`: what the till paid out (minor units)."""

    change: int = 0


@dataclass(frozen=True, slots=True)
class CountCall(Call):
    """A record of a count. `expected`, `difference` (counted less expected) by the till, minor units."""

    expected: int = 0
    difference: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Reads amounts of `currency` with `exponent` decimals."""

    currency: str
    exponent: int

    def of_sale(self, call: SaleCall, answer: Started) -> Iterator[str]:
        if answer.change is not None:
            yield from self._differ("the change", call.change, answer.change)

    def of_count(self, call: CountCall, answer: CountRecord) -> Iterator[str]:
        yield from self._differ("the expected cash", call.expected, answer.expected_amount)
        yield from self._differ("the discrepancy", call.difference, answer.discrepancy_amount)

    def _differ(self, name: str, ours: int, theirs: Money) -> Iterator[str]:
        """A sentence when the two are not the same to the smallest unit."""
        shown = f"{name} is {major(ours, self.exponent)} {self.currency} at the till"
        try:
            if from_money(theirs, self.currency, self.exponent) != ours:
                yield f"{shown}, {theirs.value} in NewStore"
        except WrongMoney as error:
            yield f"{shown}, and in NewStore no amount of this till's ({error})"
