"""After a doubt on a sale's way: what became of a document, judged from two X reports; pure.

A register without look-up by our id (core-cashbox, and every cash movement) shows a document only in its sums. Before
such a document is sent they are read and written down (plans.py); after a lost answer they are read once more. A wrong
"made" loses a document, a wrong "not made" makes a second one: whatever is neither beyond doubt is a person's matter.

    shift          id and time of opening; another shift proves nothing about this one
    last document  grows with every sale and refund; whether with cash in and out is not documented
    totals         number and sum by kind of document, as many kinds as the register names
    cash           what it counts in the drawer
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from firmware_bridge.vendors.smartone.messages import EcrReport, text
from firmware_bridge.vendors.smartone.report import ShiftReport, mapping
from statemachines.vocabulary.effects import Fiscalise

Kind = Literal["sale", "refund", "deposit", "withdraw"]
Verdict = Literal["made", "not_made", "unclear"]
_ALWAYS_NAMED: Final = frozenset({"sale", "withdraw"})
"""Kinds that the page of the X report names: where they are missing they count as nothing made so far."""


class Evidence(msgspec.Struct, frozen=True):
    """What the register showed at one moment. Money in minor units; None = it does not tell.

    `totals`: kind -> (number, sum). `cash_at_begin`: when the shift was opened. `open_orders`: unfinished ones.
    `rates`: code of a tax that goods were sold under -> its per cent times 100 (core).
    """

    shift: str = ""
    opened_at: str = ""
    last: int | None = None
    cash: int | None = None
    totals: dict[str, tuple[int, int]] = {}
    cash_at_begin: int | None = None
    open_orders: int | None = None
    rates: dict[str, int] = {}


class Expected(msgspec.Struct, frozen=True):
    """What a document moves: `amount` > 0 of its kind, `cash` signed, positive into the drawer."""

    kind: Kind
    amount: int
    cash: int


def of_core(report: ShiftReport) -> Evidence:
    """From core-cashbox 2.5.3."""
    totals = report.totals
    begin, end = totals.start_shift, totals.end_shift
    return Evidence(
        shift=report.number,
        opened_at=begin.open_time,
        last=totals.last_doc_number,
        cash=end.cash_now if report.cash is None else report.cash,
        totals={_kind(name): (one.count, one.amount) for name, one in mapping(totals.totals).items()},
        cash_at_begin=begin.cash,
        open_orders=end.open_orders_cnt,
        rates={code: tax.tax_val for code, tax in mapping(mapping(totals.taxes).get("sale", {})).items()},
    )


def of_ecr(report: EcrReport) -> Evidence:
    """From ECR /x_report."""
    told = {
        "sale": (report.sale_count, report.sale_sum),
        "refund": (report.back_count, report.back_sum),
        "deposit": (report.deposit_count, report.deposit_sum),
        "withdraw": (report.withdraw_count, report.withdraw_sum),
    }
    return Evidence(
        shift=text(report.shift_id),
        opened_at=report.opened_at or "",
        cash=report.cash,
        totals={
            kind: (count, total) for kind, (count, total) in told.items() if count is not None and total is not None
        },
    )


def expected(order: Fiscalise) -> Expected | None:
    """What the document of this order moves; None for what moves nothing."""
    if order.receipt is not None:
        cash = sum(one.amount for one in order.receipt.payments if one.type == "cash")
        amount = order.receipt.totals.payable
        sale = order.receipt.kind == "sale"
        return Expected("sale", amount, cash) if sale else Expected("refund", amount, -cash)
    if order.move is not None and order.move.direction != "none":
        amount = order.move.amount
        inwards = order.move.direction == "in"
        return Expected("deposit", amount, amount) if inwards else Expected("withdraw", amount, -amount)
    return None


def judge(wanted: Expected, before: Evidence, now: Evidence) -> Verdict:
    """Whether the document was made between the two."""
    if (before.shift, before.opened_at) != (now.shift, now.opened_at):
        return "unclear"
    documents = _difference(before.last, now.last)
    cash = _difference(before.cash, now.cash)
    moved = {kind: _moved(before.totals, now.totals, kind) for kind in before.totals.keys() | now.totals.keys()}
    if not documents and not cash and not any(count or total for count, total in moved.values()):
        return "not_made" if _would_show(wanted, now, cash) else "unclear"
    others = any(one != (0, 0) for kind, one in moved.items() if kind != wanted.kind)
    ours = moved.get(wanted.kind)
    if others or ours not in (None, (1, wanted.amount)):
        return "unclear"
    if cash is not None and cash != wanted.cash:
        return "unclear"
    if wanted.kind in ("sale", "refund"):
        # without its kind among the totals the number and the cash have to tell it together
        counted = documents == 1 or (documents is None and ours is not None)
        return "made" if counted and (ours is not None or cash) else "unclear"
    return "made" if documents in (0, 1, None) and cash else "unclear"


def _would_show(wanted: Expected, now: Evidence, cash: int | None) -> bool:
    """Would the register show the document if it had been made? Nothing that is not shown proves anything."""
    return (wanted.cash != 0 and cash is not None) or wanted.kind in now.totals or wanted.kind in _ALWAYS_NAMED


def _moved(before: Mapping[str, tuple[int, int]], now: Mapping[str, tuple[int, int]], kind: str) -> tuple[int, int]:
    was, stands = before.get(kind, (0, 0)), now.get(kind, (0, 0))
    return stands[0] - was[0], stands[1] - was[1]


def _difference(before: int | None, now: int | None) -> int | None:
    return None if before is None or now is None else now - before


def _kind(name: str) -> str:
    """Other names that a register may have for a refund."""
    return "refund" if name in ("refund", "moneyBack", "money_back", "return") else name
