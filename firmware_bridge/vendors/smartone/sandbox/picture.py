"""In the vendor's place on a sale's way: a receipt as a picture, JPEG as the papers have it, for whoever prints it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware_bridge.vendors.smartone.sandbox.ledger import Document, Ledger

WIDTH: Final = 384
_ROW: Final = 22
_EDGE: Final = 8


def receipt(document: Document, ledger: Ledger) -> bytes:
    """384 dots wide, grey, as tall as its text. Labels as in the country's public cash software."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - only a sandbox that draws needs Pillow

    rows = _rows(document, ledger)
    picture = Image.new("L", (WIDTH, 2 * _EDGE + _ROW * len(rows)), 255)
    pencil = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=16)
    for at, (left, right) in enumerate(rows):
        top = _EDGE + at * _ROW
        pencil.text((_EDGE, top), left, fill=0, font=font)
        pencil.text((WIDTH - _EDGE - pencil.textlength(right, font=font), top), right, fill=0, font=font)
    out = io.BytesIO()
    picture.save(out, format="JPEG", quality=80)
    return out.getvalue()


def _rows(document: Document, ledger: Ledger) -> list[tuple[str, str]]:
    title = "SATIŞ ÇEKİ" if document.kind == "sale" else "GERİ QAYTARMA ÇEKİ"
    rows = [(title, ""), ("Çek nömrəsi", str(document.number)), ("Kassir", document.employee)]
    rows.append(("Tarix", ledger.local(document.made_at)))
    rows += [(item.name, _money(item.amount)) for item in document.items]
    rows.append(("YEKUN MƏBLƏĞ", f"{_money(document.amount)} {ledger.options.currency}"))
    rows += [(paid.code, _money(paid.amount)) for paid in document.payments]
    if document.change:
        rows.append(("Qalıq", _money(document.change)))
    return [*rows, ("Fiskal ID", document.fiscal_id[:12])]


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
