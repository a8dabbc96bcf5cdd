"""Random days of a drawer, and every way in which NewStore's books can come to differ from the journal."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from firmware_bridge.journal.store import Journal
from firmware_bridge.vendors.newstore.audit.findings import Comparison, Kind
from statemachines.vocabulary.receipt import CASH_DIRECTIONS, CashMoveType
from tests.firmware_bridge.vendors.newstore.audit_shop import Shop, Sold, dollars

FLOAT: Final = 500_000
Step = Callable[[Shop], None]
Plant = Callable[["PlannedDay", random.Random], None]


def a_day(shop: Shop) -> None:
    """Two sales, a return, an exchange, three moves and a count in between, which finds ten cents too few."""
    shop.open(20_000)
    shop.sale(13_950, 20_000, "A-1")
    shop.sale(-1_500, order="A-1")
    shop.sale(4_500, 5_000, "A-1")
    shop.move("cash_pull", 5_000)
    shop.move("add_to_float", 2_000)
    shop.move("no_sale")
    shop.count(shop.cash - 10)
    shop.sale(101)


def kinds(found: Comparison) -> list[str]:
    return [finding.kind for finding in found.findings]


def sums(found: Comparison) -> dict[str, tuple[int | None, int | None]]:
    return {line.what: (line.ours, line.theirs) for line in found.lines}


def days_of(shop: Shop) -> list[str]:
    """The ids of the journal's days, in order."""
    journal = Journal.open(shop.path, till_id="t-1", clock=lambda: 0, new_id=lambda: "")
    try:
        return [record.subject for record in reversed(journal.by_name("DrawerDayOpened"))]
    finally:
        journal.close()


class PlannedDay:
    """A day before it happens, so that a difference can be planted anywhere in it. `noise`: drafts left behind."""

    def __init__(self, dice: random.Random, *, noise: bool = True) -> None:
        self.dice = dice
        #: What is told otherwise: number of the fact, or "float" or "count-N" -> how.
        self.facts: dict[int, dict[str, Any]] = {}
        self.counts: dict[str, int] = {}
        self.float_off = 0
        self.strangers: list[tuple[int, int, str, str]] = []
        self.kinds = [self._kind() for _ in range(dice.randrange(1, 25))]
        self.counted_after = {n for n in range(len(self.kinds)) if dice.random() < 0.1}
        self.found_off = dice.choice([0, 0, -100, 35])
        if noise:
            for number in range(len(self.kinds)):
                if dice.random() < 0.1:
                    self.facts[number] = {"drafts": 1}

    def _kind(self) -> tuple[str, int, str]:
        kind = self.dice.choice(["sale"] * 6 + ["return"] * 2 + list(CASH_DIRECTIONS))
        return kind, self.dice.randrange(1, 9_000), self.dice.choice(["", "", f"A-{self.dice.randrange(6)}"])

    @property
    def drafts(self) -> int:
        ours = [int(how.get("drafts", 0)) for how in self.facts.values()]
        return sum(ours) + [status for *_, status in self.strangers].count("draft")

    def some(self, *kinds: str, besides: str = "") -> int:
        """The number of a fact of these kinds (of any but `besides`); one is put at the end when there is none."""
        found = [n for n, one in enumerate(self.kinds) if one[0] in kinds or (not kinds and one[0] != besides)]
        if not found:
            self.kinds.append((kinds[0] if kinds else "sale", 777, ""))
            found = [len(self.kinds) - 1]
        return self.dice.choice(found)

    def spoil(self, number: int, **how: Any) -> None:
        self.facts[number] = {**self.facts.get(number, {}), **how}

    def happen(self, shop: Shop) -> list[Sold]:
        """The whole day, not delivered yet."""
        day = shop.name("day")
        if self.float_off:
            shop.spoil["float"] = {"value": FLOAT + self.float_off}
        shop.open(FLOAT, day)
        facts: list[Sold] = []
        for number, (kind, amount, order) in enumerate(self.kinds):
            if number in self.facts:
                shop.spoil[shop.next_name("sale" if kind in ("sale", "return") else "move")] = self.facts[number]
            facts.append(_happen(shop, kind, amount, order))
            for at, value, name, status in self.strangers:
                if at == number:
                    shop.foreign(value, name, status)
            if number in self.counted_after:
                self._count(shop, "intra_day_balance", 0)
        found = shop.cash + self.found_off
        if "end" in self.counts:
            shop.spoil[shop.next_name("count")] = {"value": found + self.counts["end"]}
        shop.close(found)
        return facts

    def _count(self, shop: Shop, reason: Any, off: int) -> None:
        if "middle" in self.counts:
            shop.spoil[shop.next_name("count")] = {"value": shop.cash + self.counts.pop("middle")}
        shop.count(shop.cash + off, reason)


def _happen(shop: Shop, kind: str, amount: int, order: str) -> Sold:
    if kind == "sale":
        return shop.sale(amount, amount + 1_000, order)
    if kind == "return":
        return shop.sale(-amount, 0, order)
    return shop.move(_TYPES[kind], amount)


_TYPES: Final[dict[str, CashMoveType]] = {str(kind): kind for kind in CASH_DIRECTIONS}


# --- the plantings --------------------------------------------------------------------------------------------------


def _amount(day: PlannedDay, dice: random.Random) -> None:
    number = day.some(besides="no_sale")
    kind, amount, _ = day.kinds[number]
    wrong = amount + dice.choice([1, 50, 900])
    if kind in ("sale", "return"):
        signed = wrong if kind == "sale" else -wrong
        day.spoil(number, body={"amount": dollars(signed), "given": dollars(max(signed, 0))})
    else:
        side = "amount_in" if CASH_DIRECTIONS[_TYPES[kind]] == "in" else "amount_out"
        day.spoil(number, body={side: dollars(wrong)})


def _canceled(day: PlannedDay, _: random.Random) -> None:
    day.spoil(day.some(), status="canceled")


def _never_told(day: PlannedDay, _: random.Random) -> None:
    number = day.some()
    day.facts.pop(number, None)
    day.spoil(number, skip=True)


def _unknown_there(day: PlannedDay, _: random.Random) -> None:
    number = day.some()
    day.facts.pop(number, None)
    day.spoil(number, unknown="11a96e22-0275-418d-9035-7c5ad4b6050e")


def _unfinished(day: PlannedDay, _: random.Random) -> None:
    day.spoil(day.some(), unfinished=True)


def _doubled(day: PlannedDay, _: random.Random) -> None:
    day.spoil(day.some(besides="no_sale"), again=1)


def _foreign(day: PlannedDay, dice: random.Random) -> None:
    value = dice.choice([1, -1]) * dice.randrange(1, 9_000)
    day.strangers.append((dice.randrange(len(day.kinds)), value, "X-9", "completed"))


def _wrong_count(day: PlannedDay, dice: random.Random) -> None:
    day.counts["end"] = dice.choice([-1, 1, 2_000])


def _wrong_count_between(day: PlannedDay, dice: random.Random) -> None:
    day.counted_after = {0}
    day.counts["middle"] = dice.choice([-1, 1, 2_000])


def _wrong_float(day: PlannedDay, dice: random.Random) -> None:
    day.float_off = dice.choice([-1, 1, 2_000])


def _wrong_order(day: PlannedDay, _: random.Random) -> None:
    number = day.some("sale", "return")
    day.facts.pop(number, None)
    day.spoil(number, body={"order_id": "Z-1"})


def _wrong_type(day: PlannedDay, _: random.Random) -> None:
    number = day.some("cash_pull", "transfer_out", "adjustment_out")
    day.facts.pop(number, None)
    day.spoil(number, body={"transaction_type": "remove_petty_cash"})


def _draft(day: PlannedDay, _: random.Random) -> None:
    number = day.some()
    day.spoil(number, drafts=day.facts.get(number, {}).get("drafts", 0) + 1)


def _foreign_draft(day: PlannedDay, dice: random.Random) -> None:
    day.strangers.append((dice.randrange(len(day.kinds)), 4_200, "X-9", "draft"))


#: Name -> (what must be named, the planting). An empty name: nothing but one more draft.
PLANTS: Final[dict[str, tuple[Kind | None, Plant]]] = {
    "amount": ("amount", _amount),
    "canceled": ("canceled", _canceled),
    "never told": ("missing", _never_told),
    "unknown there": ("missing", _unknown_there),
    "unfinished": ("unfinished", _unfinished),
    "doubled": ("doubled", _doubled),
    "foreign": ("foreign", _foreign),
    "end-of-day count": ("count", _wrong_count),
    "count between": ("variance", _wrong_count_between),
    "float": ("float", _wrong_float),
    "order": ("order", _wrong_order),
    "type": ("kind", _wrong_type),
    "orphan draft": (None, _draft),
    "foreign draft": (None, _foreign_draft),
}
