"""After a doubt: what became of a document, judged from what a fiscal printer still shows. Pure: evidence to verdict.

A wrong "made" loses a document, a wrong "not made" makes a second one: where two readings are possible a person
decides. What the evidence is, and why each reading is sound:

    document number   grows with every document on paper, ours and others, fiscal or not: unchanged = nothing happened
    turnover          the shift's sum of sales (of returns) moves by a document's total and by nothing else
    cash              moves by a document's cash and by nothing else
    last receipt      items, sum and payments of the fiscal receipt that was closed or cancelled last (4Ch); the
                      stamp keeps those of the one before, so that a slip in between leaves no question
    journal           every fiscal receipt by number, with our own unique number where the law has one; as text on X
    Z number          the shift: unchanged = no Z report was made

The baseline is what the device showed after the last document that the till's journal knows of: it stands in that
document's stamp, so that a till which lost its memory judges by the same figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from drivers.printers.datecs.commands_journal import JournalReceipt, JournalText
from drivers.printers.datecs.commands_values import ReceiptState
from drivers.printers.datecs.receipts import Plan
from statemachines.vocabulary.events import FiscalStamp


@dataclass(frozen=True, slots=True)
class Standing:
    """What a device shows of itself at one moment. Money in minor units; None = it does not tell.

    `document`: number of the last document. `shift`: number that its next Z report will have. `sales`, `returns`:
    turnover of this shift. `cash`: what it counts in the drawer.
    """

    serial: str
    document: int
    shift: int
    cash: int
    sales: int | None
    returns: int | None
    receipt: ReceiptState


@dataclass(frozen=True, slots=True)
class Baseline:
    """The part of a Standing that a document's stamp keeps. `last`: items, sum and payments of the last receipt."""

    serial: str
    document: int
    shift: int
    cash: int | None
    sales: int | None
    returns: int | None
    last: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The document exists. `at`: the device's time of it, where it is known."""

    number: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotMade:
    """It was not made, and nothing of it is open: it may be sent from the start."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Asking again tells no more: a person has to look. `reason` says what does not fit."""

    reason: str


Verdict = Made | NotMade | Unclear

EXCHANGED = "another device answers than the one that it was sent to"
FOREIGN = "a document that is not this one was made at the device meanwhile"


def turnover(standing: Standing) -> str:
    """What the stamp keeps of a standing beside its numbers, in minor units; nothing stands for what it did not tell.

    "sales/returns/items/sum/payments": the shift's turnover, and the last receipt of the device.
    """
    parts = (standing.sales, standing.returns, *_figures(standing.receipt))
    return "/".join("" if part is None else str(part) for part in parts)


def seen(standing: Standing) -> Baseline:
    """The baseline for what is begun now."""
    return Baseline(
        standing.serial,
        standing.document,
        standing.shift,
        standing.cash,
        standing.sales,
        standing.returns,
        _figures(standing.receipt),
    )


def _figures(receipt: ReceiptState) -> tuple[int, int, int]:
    return receipt.items, receipt.amount, receipt.paid


def unmoved(kind: Literal["sale", "return"], before: Baseline | None, now: Standing) -> bool:
    """Certainly no sale (or return) since the baseline, whatever it would have been."""
    if before is None or (now.serial, now.shift) != (before.serial, before.shift):
        return False
    if now.document == before.document:
        return True
    was, is_now = (before.sales, now.sales) if kind == "sale" else (before.returns, now.returns)
    return was is not None and was == is_now


def baseline(stamp: FiscalStamp | None) -> Baseline | None:
    """What the device showed after the document of `stamp`; None when that is not known."""
    if stamp is None or not stamp.document_no.isdigit() or not stamp.shift_no.isdigit():
        return None
    parts = [int(part) if part.isdigit() else None for part in stamp.control.split("/")]
    sales, returns, items, amount, paid = [*parts, *[None] * 5][:5]
    last = None if items is None or amount is None or paid is None else (items, amount, paid)
    return Baseline(stamp.serial, int(stamp.document_no), int(stamp.shift_no), stamp.balance, sales, returns, last)


def judge_receipt(
    plan: Plan, before: Baseline | None, now: Standing, journal: Sequence[JournalReceipt] | None, unp: str = ""
) -> Verdict:
    """A sale or return that is not open any more. `journal`: the fiscal receipts since the baseline, if it can be read.

    `unp`: our unique number, if it was sent.
    """
    if before is None:
        return Unclear("nothing is known of the device's state before it")
    if now.serial != before.serial:
        return Unclear(EXCHANGED)
    if (now.document, now.shift) == (before.document, before.shift):
        return NotMade()
    if now.document < before.document:
        return Unclear("the device counts fewer documents than before: its memory was cleared")
    if journal is not None:
        return _by_journal(plan, journal, unp)
    return _by_sums(plan, before, now)


def judge_texts(plan: Plan, texts: Sequence[JournalText], unp: str, total: str) -> Verdict | None:
    """By the texts of all documents since the baseline; None when they do not tell. `total`: ours as it is printed.

    Our own number on a receipt of our kind is proof that it was made. That it stands on none is proof that it was not
    only if every receipt bears such a number, so that this device is known to print them.
    """
    lawful = [one for one in texts if one.kind in ("sale", "return")]
    ours = [one for one in lawful if one.kind == plan.kind and unp in one.numbers]
    if not ours:
        known = all(one.kind != "unknown" for one in texts) and all(one.numbers for one in lawful)
        return NotMade() if known else None
    (*others, last) = ours
    return None if others or total not in last.text else Made(last.number, last.at)


def _by_journal(plan: Plan, journal: Sequence[JournalReceipt], unp: str) -> Verdict:
    lawful = [one for one in journal if one.kind in ("sale", "return")]
    if unp:
        lawful = [one for one in lawful if one.unp == unp]
    if not lawful:
        return NotMade()
    (*others, last) = lawful
    if others or (last.kind, last.total, len(last.items)) != (plan.kind, plan.total, len(plan.items)):
        return Unclear(FOREIGN)
    return Made(last.number, last.closed)


def _by_sums(plan: Plan, before: Baseline, now: Standing) -> Verdict:
    if now.shift != before.shift:
        return Unclear("a Z report was made meanwhile")
    sold, came_back = _moved(before.sales, now.sales), _moved(before.returns, now.returns)
    ours, other = (sold, came_back) if plan.kind == "sale" else (came_back, sold)
    told = {_share(ours, plan.total)}
    if plan.cash_paid:
        told.add(_share(_moved(before.cash, now.cash), plan.cash_paid if plan.kind == "sale" else -plan.cash_paid))
    told.discard(None)
    if other or "foreign" in told or len(told) > 1:
        return Unclear(FOREIGN)
    last = now.receipt
    if "all" in told:
        like_ours = (last.items, last.amount) == (len(plan.items), plan.total) and last.paid >= plan.total
        return Made(last.number or now.document) if like_ours else Unclear(FOREIGN)
    if "none" in told or not last.paid:  # what was cancelled has no payments, whoever began it
        return NotMade()
    return _by_last_receipt(plan, before, now)


def _by_last_receipt(plan: Plan, before: Baseline, now: Standing) -> Verdict:
    """Of a return onto a card on a device that does not sum returns up: nothing but the last receipt tells of it.

    No sale was made meanwhile, so ours, had it been made, would still be the last one.
    """
    last = now.receipt
    if before.last == _figures(last):
        like_ours = (last.items, last.amount, last.paid) == (len(plan.items), plan.total, plan.total)
        return Unclear("its last receipt is like this one, and like the one before it") if like_ours else NotMade()
    if before.last is not None and (last.items, last.amount) == (len(plan.items), plan.total):
        return Made(last.number or now.document)
    return Unclear("its counters moved, and they do not tell by what")


def judge_cash(amount: int, before: Baseline | None, now: Standing) -> Verdict:
    """Cash put in (positive) or taken out."""
    if before is None or before.cash is None:
        return Unclear("nothing is known of the device's cash before it")
    if now.serial != before.serial:
        return Unclear(EXCHANGED)
    if now.shift != before.shift:
        return Unclear("a Z report was made meanwhile")
    moved = now.cash - before.cash
    if moved == 0:
        return NotMade()
    sold = _moved(before.sales, now.sales) or _moved(before.returns, now.returns)
    alone = not sold and now.document > before.document
    return Made(now.document) if moved == amount and alone else Unclear(FOREIGN)


def judge_closure(before: Baseline | None, now: Standing) -> Verdict:
    """A Z report: the one that closes the shift of the baseline."""
    if before is None:
        return Unclear("nothing is known of the device's shift before it")
    if now.serial != before.serial:
        return Unclear(EXCHANGED)
    if now.shift == before.shift:
        return NotMade()
    return Made(before.shift) if now.shift == before.shift + 1 else Unclear("more than one Z report was made meanwhile")


def _moved(before: int | None, now: int | None) -> int | None:
    return None if before is None or now is None else now - before


def _share(moved: int | None, whole: int) -> Literal["none", "all", "foreign"] | None:
    if moved is None:
        return None
    return "none" if moved == 0 else "all" if moved == whole else "foreign"
