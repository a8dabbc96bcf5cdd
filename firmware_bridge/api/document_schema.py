"""Beside a sale's way: what a request for paper that is no fiscal document may say (POST /v1/documents).

Everything is bounded, so that one request can neither empty the roll nor fill the journal. What a card terminal's slip
may not carry is found here, before the request is digested, logged or written down.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from firmware_bridge import cards
from firmware_bridge.api.schema import (
    Body,
    CommandBody,
    DocumentBody,
    Language,
    Text64,
    Text128,
    Text256,
)
from firmware_bridge.validation import Fault, InvalidError
from statemachines.vocabulary.paper import Symbology
from statemachines.vocabulary.slip import Align, SlipKind

MAX_ELEMENTS = 200
MAX_CHARACTERS = 8_000
"""Of all texts of a document together: about four metres of paper."""
MAX_QR_BYTES = 500
MAX_IMAGES = 4
MAX_IMAGE_ROWS = 1_200
"""Rows of dots of all pictures together: about fifteen centimetres."""

_D = TypeVar("_D", bound=DocumentBody)
_PRINTABLE = r"\A[ -~]*\Z"


class BarcodeBody(Body, frozen=True, kw_only=True):
    """Bars of one dimension; `height` in dots (an eighth of a millimetre); `text`: the characters stand below."""

    symbology: Symbology
    data: Annotated[
        str, Meta(min_length=1, max_length=80, pattern=_PRINTABLE, description="characters from blank to ~")
    ]
    height: Annotated[int, Meta(ge=8, le=255)] = 80
    text: bool = True


class QrBody(Body, frozen=True, kw_only=True):
    """A QR code, as large as the paper lets it be."""

    data: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_QR_BYTES,
            pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z",
            description="text without control characters",
        ),
    ]


class ImageBody(Body, frozen=True, kw_only=True):
    """A picture: a PNG in base64, no wider than the paper; greys are dithered. `text` for a printer that draws none."""

    png: Annotated[str, Meta(min_length=1, max_length=65_536)]
    text: Text128 = ""


class ElementBody(Body, frozen=True, kw_only=True):
    """Exactly one of text (with its looks), barcode, qr, image and feed (empty lines)."""

    text: Text256 | None = None
    align: Align = "left"
    tall: bool = False
    wide: bool = False
    bold: bool = False
    barcode: BarcodeBody | None = None
    qr: QrBody | None = None
    image: ImageBody | None = None
    feed: Annotated[int, Meta(ge=1, le=20)] | None = None

    def __post_init__(self) -> None:
        told = (self.text, self.barcode, self.qr, self.image, self.feed)
        if sum(part is not None for part in told) != 1:
            raise ValueError("must have exactly one of text, barcode, qr, image and feed")
        if self.text is None and (self.align != "left" or self.tall or self.wide or self.bold):
            raise ValueError("must have align, tall, wide and bold only beside text: codes and pictures are centred")


Elements = Annotated[tuple[ElementBody, ...], Meta(max_length=MAX_ELEMENTS)]


class SlipBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/documents: `lines` from the top (`elements` is another name for it).

    `belongs` (in JSON `for`): id of the sale or return that it belongs to; what it says is printed for that one once.
    """

    kind: SlipKind
    lines: Elements = ()
    elements: Elements = ()
    title: Text64 = ""
    belongs: Annotated[str, Meta(pattern=r"\A([A-Za-z0-9._:-]{1,64})?\Z", description="the id of a sale")] = (
        msgspec.field(name="for", default="")
    )
    language: Language = ""

    def __post_init__(self) -> None:
        if bool(self.lines) == bool(self.elements):
            raise ValueError("lines must have at least one entry, and elements none beside it")

    @property
    def parts(self) -> tuple[str, Elements]:
        """The elements, and under which name they were sent."""
        return ("lines", self.lines) if self.lines else ("elements", self.elements)

    @property
    def pictured(self) -> bool:
        """Is there a picture to unpack?"""
        return any(one.image is not None for one in self.parts[1])


# --- what may not be kept ------------------------------------------------------------------------------------------


def tidy_slip(body: SlipBody) -> SlipBody:
    """Return the body without a card number in it. Raises InvalidError for what may not be taken at all.

    A voucher's own number is what it is worth, so a voucher's texts stay as they are.
    """
    name, elements = body.parts
    faults = [fault for at, one in enumerate(elements) for fault in _faults(one, f"{name}[{at}]", body.kind)]
    if why := cards.forbidden(body.title):
        faults.insert(0, Fault("title", why))
    faults += _too_much(elements, name)
    if faults:
        raise InvalidError(faults)
    if body.kind == "voucher":
        return body
    masked = {name: tuple([_masked(one) for one in elements]), "title": cards.tidy(body.title)}
    return msgspec.structs.replace(body, **masked)


def tidy_payments(body: _D) -> _D:
    """Return a sale or return whose terminals' slips hold no card number. Raises InvalidError as `tidy_slip` does."""
    faults = [
        Fault(f"payments[{number}].slip[{at}]", why)
        for number, payment in enumerate(body.payments)
        for at, line in enumerate(payment.slip)
        if (why := cards.forbidden(line))
    ]
    if faults:
        raise InvalidError(faults)
    if not any(payment.slip for payment in body.payments):
        return body
    payments = [
        msgspec.structs.replace(payment, slip=tuple([cards.tidy(line) for line in payment.slip]))
        for payment in body.payments
    ]
    return msgspec.structs.replace(body, payments=tuple(payments))


def _masked(element: ElementBody) -> ElementBody:
    if element.image is not None and element.image.text:
        image = msgspec.structs.replace(element.image, text=cards.tidy(element.image.text))
        return msgspec.structs.replace(element, image=image)
    return element if not element.text else msgspec.structs.replace(element, text=cards.tidy(element.text))


def _faults(element: ElementBody, place: str, kind: SlipKind) -> list[Fault]:
    """What of one element may not be taken: forbidden data anywhere, a card number in a code that shows it whole."""
    texts = {
        "text": element.text,
        "barcode.data": element.barcode and element.barcode.data,
        "qr.data": element.qr and element.qr.data,
        "image.text": element.image and element.image.text,
    }
    faults = []
    for name, text in texts.items():
        if text and (why := cards.forbidden(text)):
            faults.append(Fault(f"{place}.{name}", why))
        elif text and kind == "card_slip" and name in ("barcode.data", "qr.data") and cards.mask(text) != text:
            faults.append(Fault(f"{place}.{name}", "holds a card number, and a code cannot be masked: leave it out"))
    return faults


def _too_much(elements: Elements, name: str) -> list[Fault]:
    characters = sum(len(one.text or "") for one in elements)
    images = sum(one.image is not None for one in elements)
    faults = []
    if characters > MAX_CHARACTERS:
        faults.append(Fault(name, f"must have at most {MAX_CHARACTERS} characters of text together, not {characters}"))
    if images > MAX_IMAGES:
        faults.append(Fault(name, f"must have at most {MAX_IMAGES} pictures, not {images}"))
    return faults
