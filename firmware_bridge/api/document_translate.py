"""Beside a sale's way: a validated request for other paper becomes a slip that fits on this till's paper.

A printer that is given a code it cannot make, or one that is too wide, prints nothing and says nothing; so all of that
is found here and ends as a problem 422 with the field's place. Nothing has happened then.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace

from drivers.printers import barcodes, slip
from drivers.printers.bitmap import UnfitPicture, black_dots
from drivers.printers.picture import dots_of
from firmware_bridge.api.document_schema import (
    MAX_IMAGE_ROWS,
    MAX_QR_BYTES,
    BarcodeBody,
    ElementBody,
    ImageBody,
    QrBody,
    SlipBody,
)
from firmware_bridge.api.problems import Problem, ProblemError
from firmware_bridge.api.requests import Asked
from firmware_bridge.api.translate import Translator, invalid, operator_of
from statemachines.vocabulary.commands import PrintSlip
from statemachines.vocabulary.paper import Barcode, Image, QrCode
from statemachines.vocabulary.slip import Slip, SlipElement, SlipFeed, SlipText

_MODULES = (2, 3)
"""Dots of a bar code's narrowest bar: what every reader reads, and what looks best."""


class SlipTranslator:
    """For one till; any thread."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._dots = dots_of(translator.columns)

    def command(self, asked: Asked[SlipBody]) -> PrintSlip:
        """Return the command. Raises ProblemError: 422, or 409 on a till that prints nothing."""
        body = asked.body
        if not self._translator.prints:
            text = "This till has neither a receipt printer nor a register that prints: nothing happened"
            raise ProblemError(Problem("no-printer", text))
        if slip.claims_to_be_fiscal(body.title):
            raise invalid("title", slip.CLAIMS)
        made = Slip(
            document_id=asked.command_id,
            kind=body.kind,
            number="",
            language=self._translator.language(body.language),
            operator=operator_of(asked.person, body.cashier),
            elements=self._elements(*body.parts),
            title=body.title,
            sale_id=body.belongs,
        )
        return PrintSlip(asked.command_id, asked.person, made)

    def _elements(self, name: str, bodies: tuple[ElementBody, ...]) -> tuple[SlipElement, ...]:
        made: list[SlipElement] = []
        rows = 0
        for at, body in enumerate(bodies):
            element = self._element(body, f"{name}[{at}]")
            rows += element.height if isinstance(element, Image) else 0
            if rows > MAX_IMAGE_ROWS:
                text = f"The pictures are {rows} dots high together; at most {MAX_IMAGE_ROWS} fit into one document"
                raise invalid(f"{name}[{at}].image.png", text)
            made.append(element)
        return tuple(made)

    def _element(self, body: ElementBody, place: str) -> SlipElement:
        if body.barcode is not None:
            return self._barcode(body.barcode, f"{place}.barcode")
        if body.qr is not None:
            return _qr(body.qr, f"{place}.qr")
        if body.image is not None:
            return self._image(body.image, f"{place}.image")
        if body.feed is not None:
            return SlipFeed(body.feed)
        text = body.text or ""
        if slip.claims_to_be_fiscal(text):
            raise invalid(f"{place}.text", slip.CLAIMS)
        return SlipText(text, body.align, body.tall, body.wide, body.bold)

    def _barcode(self, body: BarcodeBody, place: str) -> Barcode:
        code = Barcode(body.data, body.symbology, body.height, _MODULES[-1], body.text)
        try:
            module = barcodes.fitting(code, self._dots)
        except ValueError as error:
            raise invalid(f"{place}.data", _sentence(error)) from error
        if module < _MODULES[0]:
            text = f"This {body.symbology} of {len(body.data)} characters is wider than the paper of this till"
            raise invalid(f"{place}.data", text)
        return replace(code, module=module)

    def _image(self, body: ImageBody, place: str) -> Image:
        try:
            png = base64.b64decode(body.png, validate=True)
        except (binascii.Error, ValueError) as error:
            raise invalid(f"{place}.png", "must be base64 without line breaks") from error
        try:
            return replace(black_dots(png, self._dots, MAX_IMAGE_ROWS), text=body.text)
        except UnfitPicture as error:
            raise invalid(f"{place}.png", _sentence(error)) from error


def _qr(body: QrBody, place: str) -> QrCode:
    size = len(body.data.encode())
    if size > MAX_QR_BYTES:
        raise invalid(f"{place}.data", f"must have at most {MAX_QR_BYTES} bytes in UTF-8, not {size}")
    return QrCode(body.data)


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
