"""At the paper's end of a sale: what a printer keeps without power, as a file's content: paper, counters, NV graphics.

A simulator that is killed like that and started with it again is a printer that lost its power: the last strip still
hangs in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from drivers.printers.escpos.simulated.paper import (
    Piece,
    Printed,
    PrintedBarcode,
    PrintedImage,
    PrintedLine,
    PrintedQr,
)
from drivers.printers.escpos.simulated.pictures import Bitmap

_KINDS: Final = {kind.__name__: kind for kind in (PrintedLine, PrintedQr, PrintedBarcode, PrintedImage)}


@dataclass(frozen=True, slots=True)
class Kept:
    """`hanging`: what lies before the knife, with the place of each; `left`: dots on the roll, None = no end.

    `dots`, `cuts`: the counters, with what of them was saved (`saved_dots`, `saved_cuts`). `graphics`: in flash.
    """

    pieces: tuple[Piece, ...]
    hanging: tuple[tuple[int, Printed], ...]
    position: int
    left: int | None
    dots: int
    cuts: int
    saved_dots: int
    saved_cuts: int
    graphics: Mapping[bytes, Bitmap]


def written(kept: Kept) -> bytes:
    """As JSON."""
    return json.dumps(
        {
            "pieces": [[piece.ending, [_mark(mark) for mark in piece.printed]] for piece in kept.pieces],
            "hanging": [[place, _mark(mark)] for place, mark in kept.hanging],
            "graphics": {key.hex(): [one.width, _rows(one.rows)] for key, one in kept.graphics.items()},
            **{name: getattr(kept, name) for name in _NUMBERS},
        },
        ensure_ascii=False,
    ).encode("utf-8")


def read(data: bytes) -> Kept:
    """Raises ValueError when `data` is no such memory."""
    try:
        found = json.loads(data)
        return Kept(
            pieces=tuple(Piece(tuple(map(_printed, marks)), ending) for ending, marks in found["pieces"]),
            hanging=tuple((place, _printed(mark)) for place, mark in found["hanging"]),
            graphics={
                bytes.fromhex(key): Bitmap(width, _bytes(rows)) for key, (width, rows) in found["graphics"].items()
            },
            **{name: found[name] for name in _NUMBERS},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"this is not the memory of a simulated printer ({error})") from error


_NUMBERS: Final = ("position", "left", "dots", "cuts", "saved_dots", "saved_cuts")


def _mark(mark: Printed) -> dict[str, Any]:
    plain = {field.name: getattr(mark, field.name) for field in fields(mark)}
    if isinstance(mark, PrintedImage):
        plain["rows"] = _rows(mark.rows)
    return {"kind": type(mark).__name__, **plain}


def _printed(mark: Mapping[str, Any]) -> Printed:
    plain = dict(mark)
    kind = _KINDS[plain.pop("kind")]
    if kind is PrintedImage:
        plain["rows"] = _bytes(plain["rows"])
    return kind(**plain)


def _rows(rows: tuple[bytes, ...]) -> list[str]:
    return [row.hex() for row in rows]


def _bytes(rows: list[str]) -> tuple[bytes, ...]:
    return tuple(map(bytes.fromhex, rows))
