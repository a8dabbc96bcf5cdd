"""After the last sale's way, on the demo day: what the cash book had to be told against what stands in its own books.

Pure. A delivery that is owed and not found with its amount is lost; what stands there twice, or was never owed, is
doubled. A draft moves no cash: it is told of, and counts for nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Self

from firmware_bridge.demo_customers import Asked

_MINOR: Final = 100  # the demo's one currency has two decimals


@dataclass(frozen=True, slots=True)
class Delivery:
    """One cash fact. `kind`: "sale" (returns, too), one of the types of cash moves, "activation", "count" or
    "deactivation"; `key`: the order, the reason's code or why it was counted; `amount`: minor units, signed as the
    drawer sees it (of a count: what was found).
    """

    kind: str
    key: str
    amount: int

    def __str__(self) -> str:
        return f"{self.kind} {self.key}".strip()


@dataclass(frozen=True, slots=True)
class CashBook:
    """The vendor's books of the day. `opened`: how often each transaction was told that the drawer opened for it.

    `expected`: the cash that it expects, minor units, None when no day was begun; `drafts`: orders or types of
    transactions that were begun and never finished.
    """

    entries: tuple[Delivery, ...]
    opened: Mapping[str, int]
    expected: int | None
    drafts: tuple[str, ...]

    @classmethod
    def of(cls, books: Mapping[str, Any]) -> Self:
        """From NewStore's books; only what is completed has happened there."""
        made = books["transactions"]
        days = [day for drawer in books["drawers"] for day in drawer["days"]]
        counts = {one["count_id"]: one for one in books["counts"]}
        opened = Counter(one["correlation_id"] for one in books["activities"] if one["event"] == "open")
        return cls(
            entries=(
                *(_transaction(one) for one in made if one["status"] == "completed"),
                *(Delivery("activation", "", _minor(day["open_float"])) for day in days),
                *(_count("count", one) for one in counts.values() if one["status"] == "submitted"),
                *(_count("deactivation", counts[day["end_count"]]) for day in days if day["end_count"]),
            ),
            opened=dict(opened),
            expected=_minor(days[-1]["expected"]) if days else None,
            drafts=tuple(one["order_id"] or one["kind"] for one in made if one["status"] == "draft"),
        )


@dataclass(slots=True)
class Told:
    """What became of the deliveries."""

    owed: int = 0
    delivered: int = 0
    lost: int = 0
    duplicated: int = 0
    openings: int = 0
    notes: list[str] = field(default_factory=list)


def owed(
    made: Iterable[Asked], float_amount: int, counts: Sequence[Delivery], codes: Mapping[str, str]
) -> list[Delivery]:
    """What the routing owes the book: the day with its float, every document with cash, the counts, the day's end.

    `counts`: as they were submitted, the last one ended the day. `codes`: reason -> the book's code.
    """
    found = [
        Delivery("activation", "", float_amount),
        *counts,
        Delivery("deactivation", counts[-1].key, counts[-1].amount),
    ]
    for asked in made:
        if asked.state == "refused":
            continue
        if asked.kind == "cash":
            found.append(Delivery(asked.body["type"], codes.get(asked.body["reason"], ""), asked.cash))
        elif asked.cash:
            found.append(Delivery("sale", asked.body.get("order_id") or asked.number, asked.cash))
    return found


def compare(wanted: Sequence[Delivery], book: CashBook, openings: int, *, left_out: int = 0, repeated: int = 0) -> Told:
    """Count the deliveries. `openings`: how often the drawer was seen to spring open.

    `left_out`: how many of these may be left out; `repeated`: openings that may stand twice, because the answer to the
    first was lost.
    """
    told = Told(owed=len(wanted))
    asked_for, there = _by_name(wanted), _by_name(book.entries)
    for name in sorted({*asked_for, *there}):
        _compare(name, asked_for[name], there[name], told)
    _openings(book, openings, left_out, repeated, told)
    if book.drafts:
        told.notes.append(f"drafts in the book that nobody finishes, they move no cash: {', '.join(book.drafts)}")
    return told


def _by_name(deliveries: Iterable[Delivery]) -> defaultdict[tuple[str, str], Counter[int]]:
    found: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for one in deliveries:
        found[one.kind, one.key][one.amount] += 1
    return found


def _compare(name: tuple[str, str], wanted: Counter[int], there: Counter[int], told: Told) -> None:
    what = " ".join(name).strip()
    told.delivered += (wanted & there).total()
    missing, foreign = sorted((wanted - there).elements()), sorted((there - wanted).elements())
    told.lost += len(missing)
    told.duplicated += max(0, len(foreign) - len(missing))
    for amount, other in zip(missing, foreign, strict=False):
        told.notes.append(f"{what}: {_major(amount)} at the till, {_major(other)} in the book")
    told.notes += [f"{what} of {_major(amount)} is not in the book" for amount in missing[len(foreign) :]]
    told.notes += [
        f"{what} of {_major(amount)} is in the book once more than it happened" for amount in foreign[len(missing) :]
    ]


def _openings(book: CashBook, openings: int, left_out: int, repeated: int, told: Told) -> None:
    told.openings = len(book.opened)
    missing = openings - len(book.opened)
    extra = sum(book.opened.values()) - len(book.opened)
    told.lost += max(0, missing - left_out)
    told.duplicated += max(0, -missing) + max(0, extra - repeated)
    if missing:
        told.notes.append(f"the drawer opened {openings} times, the book was told of {len(book.opened)} openings")
    if extra:
        told.notes.append(f"told twice, as the answer was lost: openings of the drawer, {extra} of them")


def _transaction(one: Mapping[str, Any]) -> Delivery:
    key = one["order_id"] if one["kind"] == "sale" else one["reason_code"]
    return Delivery(one["kind"], key, _minor(one["amount_in"]) - _minor(one["amount_out"]))


def _count(kind: str, one: Mapping[str, Any]) -> Delivery:
    return Delivery(kind, one["reason"], _minor(one["counted"]))


def _minor(major: float) -> int:
    """The exact number of minor units; Python's shortest text of a float is the vendor's own number token."""
    return int(Decimal(str(major)) * _MINOR)


def _major(minor: int) -> str:
    return f"{minor / _MINOR:.2f}"
