"""Beside a sale's way, at the end of a day: rows of NewStore's store report that none of our transactions accounts for.

Pure. A row has neither id nor status. Whether it moved cash is told by the day's report: its sums are those of our
transactions and of the completed ones among these rows; what is not needed for them are drafts. A row like one of ours
(kind, order, amount) is what a start with a lost answer leaves behind: the draft that nobody finishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware_bridge.vendors.newstore.audit import sums
from firmware_bridge.vendors.newstore.audit.findings import Currency, Finding
from firmware_bridge.vendors.newstore.audit.sums import GROUPS, Amounts
from firmware_bridge.vendors.newstore.audit.till_day import Fact
from firmware_bridge.vendors.newstore.audit.vendor_day import DailyReport, Row, completed


@dataclass(frozen=True, slots=True)
class Strangers:
    """`moved`: those that are known to have moved cash. `drafts`: a sentence for each that moved none."""

    moved: tuple[Row, ...]
    drafts: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """What a row can be like: facts of this day, and of the drawer's other days."""

    day: Sequence[Fact]
    others: Sequence[Fact]
    currency: Currency


def judge(rows: Sequence[Row], family: Family, booked: Amounts, report: DailyReport | None) -> Strangers:
    """Name each of `rows`. `booked`: our transactions as NewStore has them in this day. Without a report it is not
    known which of them moved cash: one like ours is then taken for a draft, any other is named.
    """
    moved: list[Row] = []
    findings: list[Finding] = []
    if report is not None:
        ours, theirs = sums.by_group(booked), sums.reported(report)
        for name, what in GROUPS.items():
            here = [row for row in rows if sums.group(row.kind, row.amount) == name]
            foreign = [row for row in here if _like(row, family.day) is None]
            chosen = completed(here, theirs[name] - ours[name], foreign)
            if chosen is None:
                text = family.currency.text
                said = (
                    f"{what}: {text(ours[name])} by the transactions above, {text(theirs[name])} by NewStore's report"
                )
                findings.append(Finding(name, said))
            moved += chosen or ()
    drafts: list[str] = []
    for row in rows:
        known = any(row is one for one in moved)
        told = _name(row, family, moved=known or (report is None and _like(row, family.day) is None))
        findings += [told] if isinstance(told, Finding) else []
        drafts += [told] if isinstance(told, str) else []
    return Strangers(tuple(moved), tuple(drafts), tuple(findings))


def _name(row: Row, family: Family, *, moved: bool) -> Finding | str:
    """A difference, or for what moved no cash a sentence."""
    over = family.currency.text(row.amount)
    ours, other = _like(row, family.day), _like(row, family.others)
    if ours is not None:
        if moved:
            return Finding("doubled", f"{ours.name} stands twice in NewStore: another {row.described}, over {over}")
        return f"a draft of {ours.name} over {over} that nobody finishes: {row.described}"
    if other is not None:
        if moved:
            return Finding("other_day", f"{other.name} of another day, over {over}, is booked in this day of NewStore")
        return f"a draft of {other.name} (another day's) over {over}: {row.described}"
    if moved:
        return Finding("foreign", f"transaction over {over} in NewStore that is not ours: {row.described}")
    return f"a draft over {over} that is not ours: {row.described}"


def _like(row: Row, facts: Sequence[Fact]) -> Fact | None:
    return next(
        (
            fact
            for fact in facts
            if row.kind == fact.kind and row.orders & fact.orders and row.amount in (fact.amount, fact.given)
        ),
        None,
    )
