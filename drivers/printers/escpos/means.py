"""What one printer can do with a document: chosen once per connection, then every job is written with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class CodePage:
    """The one page for a printer's text: a Python codec and the number that selects it there (ESC t)."""

    encoding: str = "cp1251"
    number: int = 46


#: What every printer has: page 0 is PC437, of which only ASCII is used.
ASCII_ONLY = CodePage("ascii", 0)


@dataclass(frozen=True, slots=True)
class Knife:
    """How the paper gets past the knife: lines fed before the cut, motion units fed by the cut itself.

    `cut`: leave a bridge, cut through, or only feed because there is no knife.
    """

    lines: int = 0
    dots: int = 24
    cut: Literal["partial", "full", "none"] = "partial"


@dataclass(frozen=True, slots=True)
class Means:
    """`page` None: none is known, only ASCII is text. `dots` across the paper. `draws`: it prints raster pictures
    (GS v 0), in bands of `band` rows.

    `missing`: what becomes of a line whose letters the page lacks: it is drawn, or other letters stand for them.
    `qr` and `barcodes`: it makes these itself (GS ( k, GS k); else they are drawn, else their content stands as text.
    """

    page: CodePage | None = field(default_factory=CodePage)
    knife: Knife = field(default_factory=Knife)
    dots: int = 576
    draws: bool = True
    band: int = 24
    missing: Literal["draw", "replace"] = "draw"
    qr: bool = True
    barcodes: bool = True

    @property
    def draws_letters(self) -> bool:
        return self.draws and self.missing == "draw"
