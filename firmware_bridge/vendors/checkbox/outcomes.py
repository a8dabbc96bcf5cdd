"""From the state of a document at Checkbox to its outcome on a sale's way; pure. None = not decided yet."""

from __future__ import annotations

import logging
from typing import Final

from firmware_bridge.vendors.checkbox.forms import Forms
from firmware_bridge.vendors.checkbox.messages import Receipt, Shift, Transaction
from firmware_bridge.vendors.checkbox.stamps import closing_stamp, opening_stamp, receipt_stamp, same_content
from statemachines.state import fiscal_doc_id
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalStamp,
    ReceiptFiscalised,
)
from statemachines.vocabulary.receipt import Original, TaxAmount

log = logging.getLogger(__name__)

UNDONE: Final = ("ERROR", "CANCELLED")
UNSIGNED: Final = (
    "the cashier's signature does not permit to open a shift: start the signing program (CheckBox Підпис) "
    "or have the cashier's key renewed; nothing was sent"
)
ATTEMPTS: Final = 3  # under so many ids an original of ours is looked for


def of_receipt(order: Fiscalise, answer: Receipt, forms: Forms, *, settled: bool) -> Event | None:
    """Of a sale, return or cash movement. `settled`: see receipt_stamp."""
    if not same_content(answer, order):
        return FiscalisationDoubtful(
            order.document_id,
            f"under this document's id Checkbox has another one (receipt {answer.serial} over {answer.total_sum}): "
            "compare both in Checkbox's cabinet",
            person_needed=True,
        )
    if answer.status in UNDONE:
        return FiscalisationRefused(
            order.document_id, f"the tax service did not take the document{why(answer.transaction)}"
        )
    if answer.status != "DONE":
        return None
    stamp = receipt_stamp(answer, forms, settled=settled)
    _compare(order, stamp)
    return fiscalised(order, stamp)


def of_opening(order: Fiscalise, shift: Shift) -> Event | None:
    """CLOSED without ever having been open: the tax service refused it."""
    if shift.status in ("OPENED", "CLOSING") or (shift.status == "CLOSED" and (shift.opened_at or shift.z_report)):
        return fiscalised(order, opening_stamp(shift))
    if shift.status == "CLOSED":
        return FiscalisationRefused(
            order.document_id, f"the tax service did not let the shift be opened{why(shift.initial_transaction)}"
        )
    return None


def of_closing(order: Fiscalise, shift: Shift) -> Event | None:
    """OPENED again after closing was begun: the tax service refused the Z report."""
    if shift.status == "CLOSED":
        return fiscalised(order, closing_stamp(shift))
    if shift.status == "OPENED":
        return FiscalisationRefused(
            order.document_id, f"the tax service did not take the Z report{why(shift.closing_transaction)}"
        )
    return None


def fiscalised(order: Fiscalise, stamp: FiscalStamp) -> ReceiptFiscalised:
    """The paper is our own printer's work."""
    return ReceiptFiscalised(order.document_id, stamp, "not_mine")


def why(transaction: Transaction | None) -> str:
    """The tax service's own words, in brackets behind ours; "" when there are none."""
    words = "" if transaction is None else " ".join((transaction.response_error_message or "").split())
    return f' (Checkbox: "{words[:300]}")' if words else ""


def _compare(order: Fiscalise, stamp: FiscalStamp) -> None:
    """The vendor's figures go on paper; a difference to ours is told."""
    if order.receipt is None or stamp.totals is None:
        return
    ours, theirs = order.receipt.totals, stamp.totals
    if (ours.total, ours.rounding, ours.change) != (theirs.total, theirs.rounding, theirs.change):
        log.warning(
            "Checkbox computed %d, rounding %d, change %d; the till has %d, %d, %d",
            *(theirs.total, theirs.rounding, theirs.change),
            *(ours.total, ours.rounding, ours.change),
            extra={"receipt": order.document_id, "vendor": "checkbox"},
        )
    if _amounts(ours.tax) != _amounts(theirs.tax):
        log.warning("Checkbox computed other taxes than the till", extra={"receipt": order.document_id})


def _amounts(taxes: tuple[TaxAmount, ...]) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for tax in taxes:
        if tax.amount:
            key = (tax.group, tax.rate)
            found[key] = found.get(key, 0) + tax.amount
    return found


def keys_of(original: Original) -> list[str]:
    """Under what a sale may stand at Checkbox: the tax service's number, or one of our own ids."""
    ours = [fiscal_doc_id(original.id, attempt) for attempt in range(1, ATTEMPTS + 1)] if original.id else []
    return [original.fiscal_number, *ours] if original.fiscal_number else ours


def failed(shift: Shift) -> bool:
    """Was closing it refused?"""
    return shift.closing_transaction is not None and shift.closing_transaction.status in UNDONE


def found_open(shift: Shift, *, adopted: bool) -> str:
    """What is told of a shift that is open and not the one that was to be opened."""
    by = f" by {shift.cashier.full_name}" if shift.cashier is not None and shift.cashier.full_name else ""
    told = (
        f"at Checkbox another shift is open already (number {shift.serial}, since {shift.opened_at or shift.created_at}"
    )
    if adopted:
        return f"{told}{by}) on this register: the till goes on in that one; no new one was opened"
    own = "which this till did not open: close it in Checkbox's cabinet, then open a new one; nothing was sent"
    return f"{told}{by}), {own}"
