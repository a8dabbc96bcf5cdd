"""From SmartOne's answers to the fiscal stamp on a sale's way; pure. The vendor's particulars go on paper as they are.

A stamp's `number` is the fiscal id, by which a buyer checks the document and a return names its sale: document_id of
core-cashbox, fiscalID of ECR. A document that is known by the register's sums alone has none: it is not `complete`.
Sources: core-cashbox 2.02, 2.04, 2.06, 2.08; ECR /sale, /open_shift, /close_shift, /deposit.
"""

from __future__ import annotations

from typing import Final

from firmware_bridge.vendors.smartone import moments
from firmware_bridge.vendors.smartone.evidence import Evidence
from firmware_bridge.vendors.smartone.forms import Forms
from firmware_bridge.vendors.smartone.messages import CoreDocument, EcrDocument, Moved, text
from statemachines.vocabulary.events import FiscalStamp

NAME: Final = "smartone"


def of_core(answer: CoreDocument, date: str, shift: str, forms: Forms) -> FiscalStamp:
    """Of a sale or refund; `date` as it was sent."""
    return FiscalStamp(
        fiscaliser=NAME,
        number=text(answer.document_id),
        date=date,
        url=answer.fiscal_url or "",
        document_no=text(answer.document_number),
        shift_no=shift,
        vendor_id=text(answer.document_id),
        at=moments.read(date, forms.zone) or 0,
    )


def of_ecr(answer: EcrDocument, date: str, shift: str, forms: Forms) -> FiscalStamp:
    """Of a sale or refund, also when it was asked for later."""
    told = answer.doc_time or date
    return FiscalStamp(
        fiscaliser=NAME,
        number=text(answer.fiscal_id),
        date=told,
        url=answer.fiscal_url or "",
        document_no=text(answer.fiscal_num),
        shift_no=shift,
        vendor_id=text(answer.document_id) or text(answer.fiscal_id),
        at=moments.read(told, forms.zone) or moments.read(date, forms.zone) or 0,
    )


def of_move(answer: Moved, date: str, shift: str, forms: Forms) -> FiscalStamp:
    """Of cash in or out."""
    return FiscalStamp(
        fiscaliser=NAME,
        number=text(answer.fiscal_id) or text(answer.document_id),
        date=date,
        document_no=text(answer.document_number),
        shift_no=shift,
        vendor_id=text(answer.document_id),
        at=moments.read(date, forms.zone) or 0,
        balance=answer.cash,
    )


def of_sums(now: Evidence, date: str, forms: Forms) -> FiscalStamp:
    """Of a document that the register's sums show and nothing else: neither its fiscal id nor its address is known."""
    return FiscalStamp(
        fiscaliser=NAME,
        number="",
        date=date,
        document_no="" if now.last is None else str(now.last),
        shift_no=now.shift,
        at=moments.read(date, forms.zone) or 0,
        balance=now.cash,
        complete=False,
    )


def of_shift(shift: str, at: str, balance: int | None, forms: Forms, *, complete: bool = True) -> FiscalStamp:
    """Of an opening, an X report or a closing: the shift's id is its number, `at` the register's time of it."""
    return FiscalStamp(
        fiscaliser=NAME,
        number=shift,
        date=at,
        shift_no=shift,
        vendor_id=shift,
        at=moments.read(at, forms.zone) or 0,
        balance=balance,
        complete=complete,
    )
