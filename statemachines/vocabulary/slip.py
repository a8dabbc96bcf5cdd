"""What is printed beside the sales: card slips, kitchen tickets, vouchers and notices, as they are asked for.

No slip is a fiscal document: it needs no shift, moves no cash and opens no drawer. Its elements are frozen when it is
accepted; how they stand on a paper of so many columns is the layout's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from statemachines.vocabulary.events import DocumentEvent, Event
from statemachines.vocabulary.paper import Barcode, Image, QrCode
from statemachines.vocabulary.receipt import Person

SlipKind = Literal["card_slip", "kitchen", "voucher", "notice"]
SLIP_KINDS: tuple[SlipKind, ...] = ("card_slip", "kitchen", "voucher", "notice")
PrintedSlip = SlipKind | Literal["waiting"]
"""`waiting` is the till's own: the sale is still being registered, its receipt follows. Nobody asks for it."""
Align = Literal["left", "centre", "right"]


@dataclass(frozen=True, slots=True)
class SlipText:
    """Free text, wrapped to the paper; "" is an empty line."""

    text: str
    align: Align = "left"
    tall: bool = False
    wide: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class SlipFeed:
    """So many empty lines."""

    lines: int


SlipElement = SlipText | SlipFeed | QrCode | Barcode | Image


@dataclass(frozen=True, slots=True)
class Slip:
    """`number` is our running number of slips ("" until the rules accept it), apart from the receipts' numbers.

    `sale_id`: the sale or return that it belongs to, "" = none; `sale_number`: what stands on that one's paper, when
    this till knows it. For one sale, what a slip of a kind says is printed once.
    """

    document_id: str
    kind: PrintedSlip
    number: str
    language: str
    operator: Person
    elements: tuple[SlipElement, ...]
    title: str = ""
    sale_id: str = ""
    sale_number: str = ""


# --- what happens to it ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SlipRequested(DocumentEvent):
    """It was accepted: its content is frozen, nothing was sent yet."""

    slip: Slip


@dataclass(frozen=True, slots=True)
class SlipIssued(DocumentEvent):
    """It is on paper; `printed` False: it may be, and only a person or a copy helps from here."""

    printed: bool


@dataclass(frozen=True, slots=True)
class SlipRefused(DocumentEvent):
    """After it was accepted nothing of it reached the paper; its id is bound to this answer for ever."""

    reason: str


@dataclass(frozen=True, slots=True)
class SlipBelongs(Event):
    """For `sale_id` a slip of this kind and content (SHA-256, hexadecimal) was issued: no second one will be."""

    SUBJECT: ClassVar[str] = "sale_id"

    sale_id: str
    slip_id: str
    number: str
    kind: PrintedSlip
    content: str
