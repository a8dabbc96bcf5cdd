"""At the paper's end of a sale's way, on the demo day: a fiscal printer, its paper and its fiscal memory.

The device knows nothing of our ids, so what stands in its memory is found by the number that it gave to the document
and that the till was told. Nothing but its own books is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from firmware_bridge.demo_customers import Asked
from firmware_bridge.demo_evening import Books, OnPaper, Registered
from firmware_bridge.played_devices import Device

#: Digits of a document's number on the paper and in the stamp.
_DIGITS: Final = 7
_TYPES: Final[Mapping[str, str]] = {"sale": "SELL", "return": "RETURN"}


class RegisterBench(Device):
    """One simulated fiscal printer with the drawer on its socket, behind a pty. A context manager."""

    def __init__(self, pty: Path, dialect: str, options: Sequence[str] = ()) -> None:
        super().__init__("datecs", pty, ["--dialect", dialect, *options])
        self.pty = pty

    def printed(self) -> list[OnPaper]:
        """Every fiscal receipt that is on paper as a whole. What it notes of itself (reports, cash) is other paper."""
        return [
            OnPaper(_number(paper["number"]), "fiscal" if paper["kind"] in _TYPES else "report", 1, 0)
            for paper in self.do("books")["papers"]
            if paper["complete"] and paper["lines"]
        ]

    def again(self, _: Asked) -> bool:
        """Copies are the till's matter."""
        return False

    def books(self, keep: Path) -> dict[str, Any]:
        """Its fiscal memory, a copy of which is left in `keep`. Raises OSError."""
        found = self.do("books")
        keep.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
        return found


def registered(books: Mapping[str, Any], made: Iterable[Asked]) -> Books:
    """The device's books as those of any fiscaliser; a receipt of whose number nobody was told has no id."""
    told = {asked.fiscal: asked.document_id for asked in made if asked.fiscal}
    return Books(
        tuple(
            Registered(told.get(_number(row["number"]), ""), _number(row["number"]), _TYPES[row["kind"]], row["total"])
            for row in books["fiscal"]
        ),
        books["cash"],
    )


def _number(number: int) -> str:
    return f"{number:0{_DIGITS}}"
