"""A slip that belongs to a sale is printed once: what it says, and whether it was said before.

The same words under another id are the same slip, in whatever language its heading is. More paper of it is a marked
copy, which a manager asks for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from statemachines import document as documents
from statemachines.document import Document
from statemachines.vocabulary.commands import PrintSlip, Refusal
from statemachines.vocabulary.paper import Barcode, Image, QrCode
from statemachines.vocabulary.slip import Slip, SlipBelongs, SlipElement, SlipFeed, SlipRequested, SlipText

SALES = ("sale", "return")


def content(slip: Slip) -> str:
    """SHA-256 (hexadecimal) of what a reader of the paper reads: its kind, title and elements, not their looks."""
    parts = [slip.kind, slip.title, *(part for element in slip.elements for part in _read(element))]
    digest = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode()
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def _read(element: SlipElement) -> Iterator[str | bytes]:
    match element:
        case SlipText(text=text):
            yield from ("text", text) if text.strip() else ()
        case QrCode(content=data):
            yield from ("qr", data)
        case Barcode(content=data, symbology=symbology):
            yield from (symbology, data)
        case Image(width=width, data=dots):
            yield from ("image", str(width), dots)
        case SlipFeed():
            return


def of_terminals(document: Document, number: str) -> list[SlipRequested]:
    """The card terminals' slips of a sale whose paper the register made: they do not stand on it, so they follow it."""
    receipt = document.receipt
    lines = [] if receipt is None else [line for payment in receipt.payments for line in payment.slip]
    if receipt is None or not lines:
        return []
    name = document.document_id
    slip = Slip(
        f"{name}:slip",
        "card_slip",
        number,
        receipt.language,
        receipt.operator,
        tuple(SlipText(line) for line in lines),
        sale_id=name,
        sale_number=document.number,
    )
    return [SlipRequested(slip.document_id, slip)]


def of_waiting(document: Document, number: str) -> list[SlipRequested]:
    """For a customer who leaves while nobody knows whether the sale is registered: that it is being registered."""
    receipt = document.receipt
    if receipt is None:
        return []
    slip = Slip(
        f"{document.document_id}:waiting",
        "waiting",
        number,
        receipt.language,
        receipt.operator,
        (SlipText(document.number),),
        sale_id=document.document_id,
        sale_number=document.number,
    )
    return [SlipRequested(slip.document_id, slip)]


def belongs(document: Document, slip: Slip) -> SlipBelongs:
    """What the sale's own records say of this slip from now on."""
    return SlipBelongs(slip.sale_id, document.document_id, document.number, slip.kind, content(slip))


def wants_manager(slip: Slip | None) -> bool:
    """Is a copy of it a manager's matter? A second card slip of one payment may be presented as a second payment."""
    return slip is not None and slip.kind == "card_slip" and slip.sale_id != ""


def not_a_sale(command: PrintSlip) -> Refusal | None:
    """A slip belongs to a sale or return of this till, or to one that this till does not know (yet)."""
    if command.belongs_to in ("", *SALES) and command.slip.sale_id != command.slip.document_id:
        return None
    text = f"Document {command.slip.sale_id} is neither a sale nor a return: no slip belongs to it."
    return Refusal("not-a-sale", text, "for")


def issued_before(command: PrintSlip) -> Refusal | None:
    """Was it printed for this sale already, by itself or as the terminal's slip on the sale's own paper?"""
    slip = command.slip
    if not slip.sale_id:
        return None
    wanted = content(slip)
    for one in command.issued:
        if (one.kind, one.content) == (slip.kind, wanted):
            return _printed(one.number, one.slip_id, "was printed for this sale already")
    lines = tuple(one.text.strip() for one in slip.elements if isinstance(one, SlipText) and one.text.strip())
    if slip.kind == "card_slip" and lines and lines in command.with_sale:
        number = slip.sale_number or slip.sale_id
        return _printed(number, slip.sale_id, "was printed with the sale already")
    return None


def under_way(slip: Slip, live: Iterable[Document]) -> Refusal | None:
    """Is the same slip of this sale waiting for a person to say whether it is on paper?"""
    if not slip.sale_id:
        return None
    wanted = content(slip)
    for document in live:
        twin = document.slip
        if (
            twin is None
            or document.state == documents.REFUSED
            or (twin.sale_id, twin.kind)
            != (
                slip.sale_id,
                slip.kind,
            )
        ):
            continue
        if content(twin) == wanted:
            doubt = "may be on paper already" if document.state == documents.PRINT_DOUBT else "was printed already"
            return _printed(document.number, document.document_id, f"{doubt} for this sale")
    return None


def _printed(number: str, document_id: str, how: str) -> Refusal:
    return Refusal(
        "printed-already",
        f"The same slip {how} (document {number}): it is not printed twice. A manager may ask for a copy (POST "
        f"/v1/receipts/{document_id}/copy).",
        "for",
    )
