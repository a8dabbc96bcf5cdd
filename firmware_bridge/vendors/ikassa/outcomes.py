"""From iKassa's answers to the outcome of a document on a sale's way; pure. Its figures are taken over as they are.

A stamp's `number` is the till's unique identifier (uid), by which a buyer can check the receipt; `vendor_id` its uuid.
Source: the vendor's books, answers of SALE, DEPOSIT and OPERATION_ID.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Final, Literal

from firmware_bridge.vendors.ikassa import amounts
from firmware_bridge.vendors.ikassa.errors import Rejected, Unclear
from firmware_bridge.vendors.ikassa.mapping import CURRENCY, by_device
from firmware_bridge.vendors.ikassa.messages import Answer
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Declined,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalStamp,
    ReceiptFiscalised,
    StampTotals,
)

NAME: Final = "ikassa"
SALE: Final = "sale"
AT_THE_TERMINAL: Final = (
    "look at the card terminal and in iKassa's application whether the card was charged, and say so"
)
_DOTTED: Final = "%d.%m.%Y %H:%M:%S"
Printed = Literal["yes", "no", "unknown"]


def fiscalised(order: Fiscalise, answer: Answer, zone: tzinfo) -> ReceiptFiscalised:
    """Of an answer that says done. Raises Unclear when its figures cannot be."""
    return ReceiptFiscalised(order.document_id, stamp(order, answer, zone), printed(order, answer))


def found(order: Fiscalise, answer: Answer, zone: tzinfo) -> ReceiptFiscalised:
    """Of a document that was asked for: whether it is on paper is not told any more. Raises Unclear."""
    return ReceiptFiscalised(order.document_id, stamp(order, answer, zone), "unknown")


def printed(order: Fiscalise, answer: Answer) -> Printed:
    """A report that says nothing of its paper has it: the till prints its reports itself."""
    if answer.is_print_success is None:
        return "unknown" if order.receipt is not None or order.move is not None else "yes"
    return "yes" if answer.is_print_success else "no"


def stamp(order: Fiscalise, answer: Answer, zone: tzinfo) -> FiscalStamp:
    """Raises Unclear."""
    header = answer.header
    date = answer.date_time or (header.date if header is not None else "") or ""
    number = answer.number_check if header is None or answer.number_check is not None else header.cheque_number
    return FiscalStamp(
        fiscaliser=NAME,
        number=answer.uid or "",
        date=date,
        register=_text(answer.register_number),
        document_no=_text(number),
        vendor_id=answer.uuid or "",
        at=moment(date, zone),
        totals=_totals(order, answer),
        rrn=_text(answer.rrn),
    )


def another(order: Fiscalise, answer: Answer) -> str:
    """Why what was found under our id is not what was asked for; "" when it is."""
    kind = (answer.operation_type or "").lower()
    ours = order.receipt is not None and order.receipt.kind == "sale"
    if kind and ours != (kind == SALE):
        return f"it has a {answer.operation_type} under this document's id"
    currency = "" if answer.header is None else answer.header.currency or ""
    if currency not in ("", CURRENCY):
        return f"it has a receipt in {currency} under this document's id"
    if answer.total is None or (order.receipt is None and order.move is None):
        return ""
    wanted = order.receipt.totals.payable if order.receipt is not None else order.move.amount if order.move else 0
    total = _minor(answer.total)
    return "" if total == wanted else f"it has {answer.total} under this document's id, and not {amounts.money(wanted)}"


def refused(order: Fiscalise, no: Rejected, declined: tuple[int, ...]) -> Event:
    """Of a document that was certainly not made. A number of a card payment in the refusal: the card was charged."""
    name, judgement = order.document_id, no.judgement
    if not by_device(order.receipt):
        return FiscalisationRefused(name, judgement.told, final=judgement.final)
    rrn = _text(no.answer.rrn)
    if rrn:
        reason = f"the card was charged (RRN {rrn}), and the receipt was not made: {judgement.told}"
        return FiscalisationRefused(name, reason, charged=True, final=judgement.final)
    if judgement.code in declined:
        return Declined(name, f"the card was not accepted: {judgement.told}")
    return FiscalisationRefused(name, judgement.told, final=judgement.final)


def failed(order: Fiscalise, answer: Answer) -> Event:
    """Of an operation that the till knows and that did not succeed. With a card: not yet, or not at all."""
    name = order.document_id
    if not by_device(order.receipt):
        return FiscalisationRefused(name, "iKassa says that the operation did not succeed")
    rrn = _text(answer.rrn)
    if rrn:
        return FiscalisationRefused(
            name, f"the card was charged (RRN {rrn}), and the receipt was not made", charged=True
        )
    return person(order, "iKassa says that the operation did not succeed", AT_THE_TERMINAL)


def person(order: Fiscalise, why: str, what: str) -> FiscalisationDoubtful:
    return FiscalisationDoubtful(order.document_id, f"{why}: {what}", person_needed=True)


def moment(text: str, zone: tzinfo) -> int:
    """UTC ms of an ISO 8601 text, as the books' samples have it, or of 02.03.2026 14:05:31; 0 when it is neither.

    Without an offset it is a time in `zone`.
    """
    try:
        at = datetime.strptime(text, _DOTTED) if text[2:3] == "." else datetime.fromisoformat(text)  # noqa: DTZ007 - below
    except ValueError:
        return 0
    at = at if at.tzinfo is not None else at.replace(tzinfo=zone)
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def _totals(order: Fiscalise, answer: Answer) -> StampTotals | None:
    if order.receipt is None or answer.total is None:
        return None
    return StampTotals(_minor(answer.total), 0, 0 if answer.change is None else _minor(answer.change))


def _minor(value: Decimal) -> int:
    try:
        return amounts.minor(value)
    except ValueError as error:
        raise Unclear(f"iKassa answered with a sum that is none: {error}") from error


def _text(number: str | int | None) -> str:
    return "" if number is None else str(number)
