"""Beside a sale's way: what a person reads of the cash book, each thing as text and as JSON.

Text has money in major units with the currency's decimals, JSON in minor units.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from firmware_bridge.vendors.newstore.admin import plain, shown
from firmware_bridge.vendors.newstore.audit.as_values import minor
from firmware_bridge.vendors.newstore.audit.findings import Comparison, Line
from firmware_bridge.vendors.newstore.facts import Kind
from firmware_bridge.vendors.newstore.messages import DailyReport, Drawer, ReportRow
from firmware_bridge.vendors.newstore.money import Money

Told = tuple[str, dict[str, Any]]


def drawer(one: Drawer, ours: str) -> Told:
    """`ours`: the till's name of it, "" when it is another till's."""
    amount = minor(Money(one.default_float, one.currency))
    text = f"{one.cash_drawer_id:<24} {one.status:<8} {one.type:<14} {shown(amount, one.currency):>16}  {one.name}"
    data = {
        "drawer": one.cash_drawer_id,
        "till": ours,
        "name": one.name,
        "status": one.status,
        "type": one.type,
        "float": amount,
        "currency": one.currency,
    }
    return text + (f"  (here: {ours})" if ours else ""), data


def kind(name: str, one: Kind) -> Told:
    """A type of cash moves with its reasons."""
    data = {"type": name, "allowed": one.allowed, "direction": one.direction, "reasons": dict(one.reasons)}
    if not one.allowed:
        return f"{name:<19} not allowed", data
    reasons = ", ".join(f"{code} ({label})" if label else code for code, label in one.reasons.items())
    return f"{name:<19} {one.direction:<9} {reasons or '-'}", data


def report(one: DailyReport) -> Told:
    """A day of a drawer, by the book."""
    currency = one.open_float.currency
    sums = {
        "float": minor(one.open_float),
        "sales": minor(one.net_sales),
        "returns": minor(one.net_returns),
        "moves_in": minor(one.net_non_sale_cash_in),
        "moves_out": minor(one.net_non_sale_cash_out),
        "variance": minor(one.variance_total),
        "end_of_day_count": minor(one.end_of_day_count),
        "deposit": minor(one.deposit_total),
    }
    told = ", ".join(f"{name.replace('_', ' ')} {plain(value, currency)}" for name, value in sums.items())
    times = f"{one.activation_timestamp} to {one.deactivation_timestamp or 'now'}"
    data = {"activated": one.activation_timestamp, "deactivated": one.deactivation_timestamp or ""}
    return f"{times}: {told} {currency}", {**data, **sums, "currency": currency}


def row(one: ReportRow) -> Told:
    """A row of the store's report."""
    amount = minor(Money(one.amount_balance, one.currency))
    order = one.order_id or "-"
    text = f"{one.created_at:<28} {one.transaction_type:<20} {shown(amount, one.currency):>16}  {one.cash_drawer_id}"
    data = {
        "at": one.created_at,
        "type": one.transaction_type,
        "amount": amount,
        "currency": one.currency,
        "drawer": one.cash_drawer_id,
        "order": one.order_id,
        "external_order": one.external_order_id,
        "reason": one.reason_code,
        "associate": one.associate_name,
    }
    return f"{text}  {order}" + (f"  {one.reason_code}" if one.reason_code else ""), data


def comparison(one: Comparison) -> Told:
    """A day by both books."""
    day = one.day
    data = {
        "drawer": day.drawer_id,
        "day": day.day_id,
        "book_drawer": one.drawer_id,
        "opened_at": day.opened_at,
        "closed_at": day.closed_at or None,
        "reported": one.reported,
        "transactions": len(day.facts),
        "agree": one.agree,
        "currency": one.currency.code,
        "sums": [{"what": line.what, "till": line.ours, "book": line.theirs} for line in one.lines],
        "differences": [{"kind": finding.kind, "text": finding.text} for finding in one.findings],
        "drafts": list(one.drafts),
        "pending": list(one.pending),
    }
    return "\n".join(_compared(one)), data


def _compared(one: Comparison) -> Iterator[str]:
    day = one.day
    opened = datetime.fromtimestamp(day.opened_at / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    there = "" if one.reported else ", not closed in NewStore"
    yield (
        f"drawer {day.drawer_id} ({one.drawer_id}), day {day.day_id} of {opened}{there}: "
        f"{one.agree} of {len(day.facts)} transactions agree"
    )
    yield f"  {'':<20} {'till':>14} {'NewStore':>14}  {one.currency.code}"
    yield from (_line(line, one) for line in one.lines)
    yield from (f"  DIFFERENT {finding.text}" for finding in one.findings)
    yield from (f"  DRAFT     {text}" for text in one.drafts)
    yield from (f"  PENDING   {text}" for text in one.pending)


def _line(line: Line, one: Comparison) -> str:
    sides = ["-" if side is None else one.currency.text(side) for side in (line.ours, line.theirs)]
    return f"  {line.what:<20} {sides[0]:>14} {sides[1]:>14}"
