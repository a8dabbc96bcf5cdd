"""Beside a sale's way, at the end of a day: the sums of a drawer's day by the journal and by NewStore's report.

Pure; minor units, signed: what left the drawer is negative. How NewStore makes its sums: "Cash Drawer API (0)", list
daily cash reports, and the user guide's page on cash management (deposit = closing count less opening float, more by
pulls, less by what was added to the float; variance = that of all counts of the day).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from firmware_bridge.vendors.newstore.audit.findings import Line, Told
from firmware_bridge.vendors.newstore.audit.till_day import Count, Fact, TillDay
from firmware_bridge.vendors.newstore.audit.vendor_day import SALE, DailyReport, Row, Transaction

Group = Literal["sales", "returns", "moves_in", "moves_out"]
GROUPS: Final[dict[Group, str]] = {
    "sales": "sales",
    "returns": "returns",
    "moves_in": "moves in",
    "moves_out": "moves out",
}
Amounts = Sequence[tuple[str, int]]
"""Kind and amount of transactions."""

#: Ways to explain a variance that are tried at most.
_MOST_WAYS: Final = 20_000


def group(kind: str, amount: int) -> Group:
    """The sum of the report to which a transaction of this kind belongs."""
    if kind == SALE:
        return "sales" if amount > 0 else "returns"
    return "moves_in" if amount > 0 else "moves_out"


def by_group(amounts: Amounts) -> dict[Group, int]:
    """The report's sums of these transactions."""
    return {name: sum(amount for kind, amount in amounts if group(kind, amount) == name) for name in GROUPS}


def reported(report: DailyReport) -> dict[Group, int]:
    """The same sums as the report has them; it shows what left the drawer as positive numbers."""
    return {
        "sales": report.sales,
        "returns": -report.returns,
        "moves_in": report.moves_in,
        "moves_out": -report.moves_out,
    }


def of_facts(facts: Iterable[Fact]) -> Amounts:
    return [(fact.kind, fact.amount) for fact in facts]


def of_transactions(transactions: Iterable[Transaction]) -> Amounts:
    return [(one.kind, one.moved) for one in transactions]


def of_rows(rows: Iterable[Row]) -> Amounts:
    return [(row.kind, row.amount) for row in rows]


def deposit(counted: int, float_amount: int, amounts: Amounts) -> int:
    """What is to be taken to the bank, by the vendor's guide."""
    special = sum(amount for kind, amount in amounts if kind in ("cash_pull", "add_to_float"))
    return counted - float_amount - special


def variances(
    day: TillDay, told: Told, booked: Mapping[str, Transaction], extra: Sequence[Row], report: DailyReport
) -> frozenset[int]:
    """What the report's variance may be, given what was found already.

    `booked`: our id -> what NewStore completed for it. Each count saw the journal's cash, but for the differences that
    are known. `extra`: completed transactions that are not ours: each was made before some of the counts and after the
    others, nobody can tell which.
    """
    counts = [count for count in day.submitted if count.id in told.refs]
    ways = {sum(_variance(day, count, booked, report) for count in counts)}
    for row in extra:
        ways = {known - times * row.amount for known in ways for times in range(len(counts) + 1)}
        if len(ways) > _MOST_WAYS:
            break
    return frozenset(ways)


def _variance(day: TillDay, count: Count, booked: Mapping[str, Transaction], report: DailyReport) -> int:
    counted = report.end_count if count.id == day.count_id else count.counted
    seen = [fact for fact in day.facts if fact.seq < count.recorded]
    less = sum(fact.amount - (booked[fact.id].moved if fact.id in booked else 0) for fact in seen)
    return counted - (count.expected - less + report.open_float - day.float_amount)


def lines(day: TillDay, theirs: Amounts, report: DailyReport | None) -> tuple[Line, ...]:
    """All sums, ours and NewStore's. `theirs`: NewStore's transactions one by one, from which the moves by type are
    added up, and every sum while there is no report.
    """
    ours = of_facts(day.facts)
    of_ours, of_theirs = by_group(ours), by_group(theirs) if report is None else reported(report)
    kinds = sorted({kind for kind, _ in [*ours, *theirs]} - {SALE})
    counted = day.close_counted
    taken = None if counted is None else deposit(counted, day.float_amount, ours)
    return (
        Line("float", day.float_amount, report.open_float if report else None),
        *(Line(what, of_ours[name], of_theirs[name]) for name, what in GROUPS.items()),
        *(Line(kind, _of(kind, ours), _of(kind, theirs)) for kind in kinds),
        Line("expected cash", day.expected, report.expected if report else None),
        Line(
            "variance of counts",
            sum(count.variance for count in day.submitted),
            report.variance if report else None,
        ),
        Line("end-of-day count", counted, report.end_count if report else None),
        Line("deposit", taken, report.deposit if report else None),
    )


def _of(kind: str, amounts: Amounts) -> int:
    return sum(amount for one, amount in amounts if one == kind)
