"""At the paper's end of a sale: characters and modes become lines, exactly as wide as the paper.

Sources: Epson ESC/POS, print position and character commands (ESC !, ESC t, ESC R, GS !, ESC a, GS L, GS W, FS & …).
Widths are dots: font A 12 x 24, font B 9 x 17. Bytes are decoded when they arrive, with the table active then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from drivers.printers.escpos.simulated.paper import PrintedLine

#: ESC R n: what stands at 23 24 40 5B 5C 5D 5E 60 7B 7C 7D 7E.
_NATIONAL_BYTES: Final = b"#$@[\\]^`{|}~"
_NATIONAL: Final = MappingProxyType(
    {
        1: "#$à°ç§^`éùè¨",
        2: "#$§ÄÖÜ^`äöüß",
        3: "£$@[\\]^`{|}~",
        4: "#$@ÆØÅ^`æøå~",
        5: "#¤ÉÄÖÅÜéäöåü",
        6: "#$@°\\é^ùàòèì",
        7: "₧$@¡Ñ¿^`¨ñ}~",
        8: "#$@[¥]^`{|}~",
        9: "#¤ÉÆØÅÜéæøåü",
        10: "#$ÉÆØÅÜéæøåü",
        13: "#$@[₩]^`{|}~",
    }
)
_FONT_WIDTH: Final = {False: 12, True: 9}
_FONT_HEIGHT: Final = {False: 24, True: 17}


@dataclass(slots=True)
class Modes:
    """Everything that ESC @ sets back."""

    page: int = 0
    national: int = 0
    kanji: bool = False
    small: bool = False
    bold: bool = False
    underlined: bool = False
    inverted: bool = False
    upside_down: bool = False
    across: int = 1
    down: int = 1
    right_space: int = 0
    align: int = 0
    spacing: int = 30
    left_margin: int = 0
    area: int = 0
    tabs: tuple[int, ...] = field(default_factory=lambda: tuple(range(8, 256, 8)))


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters side by side that are set alike, each `unit` dots wide."""

    left: int
    unit: int
    height: int
    text: str
    bold: bool
    underlined: bool
    inverted: bool
    small: bool

    @property
    def right(self) -> int:
        return self.left + self.unit * len(self.text)


@lru_cache(maxsize=64)
def _table(codec: str | None, national: int) -> dict[int, str]:
    """What each byte means in this table; None is one that nobody knows here."""
    table = {code: "▯" if codec is None else bytes((code,)).decode(codec, "replace") for code in range(0x80, 0x100)}
    return (
        table
        | {code: chr(code) for code in range(0x80)}
        | dict(zip(_NATIONAL_BYTES, _NATIONAL.get(national, ""), strict=False))
    )


class Typesetter:
    """One line in the making. `dots` is the paper's printable width."""

    def __init__(self, dots: int, pages: MappingProxyType[int, str], *, kanji: bool) -> None:
        self.dots = dots
        self.modes = Modes(kanji=kanji, area=dots)
        self._pages = pages
        self._kanji_at_start = kanji
        self._runs: list[_Run] = []
        self._x = 0
        self._half = b""

    @property
    def empty(self) -> bool:
        return not self._runs

    @property
    def area(self) -> int:
        """Printable dots between the margins."""
        return max(24, min(self.modes.area, self.dots - self.modes.left_margin))

    def initialize(self) -> None:
        """ESC @: modes and the line in the making are gone."""
        self.modes = Modes(kanji=self._kanji_at_start, area=self.dots)
        self.drop()

    def drop(self) -> None:
        self._runs.clear()
        self._x = 0
        self._half = b""

    def text(self, data: bytes) -> list[PrintedLine]:
        """Set the characters; lines that became full on the way come back, to be printed."""
        full: list[PrintedLine] = []
        for text, double in self._decoded(data):
            rest, width = text, self._width(double)
            while rest:
                room = (self.area - self._x) // width
                if room < 1 and self._runs:
                    full.append(self.take())
                    continue
                self._put(rest[: max(1, room)], width)
                rest = rest[max(1, room) :]
        return full

    def tab(self) -> None:
        unit = (_FONT_WIDTH[self.modes.small] + self.modes.right_space) * self.modes.across
        column = self._x // unit
        target = next((stop for stop in self.modes.tabs if stop > column), None)
        if target is not None and target * unit < self.area:
            self._x = target * unit

    def move_to(self, dots: int) -> None:
        """ESC $ and ESC \\: a position outside the area is ignored."""
        if 0 <= dots < self.area:
            self._x = dots

    def move_by(self, dots: int) -> None:
        self.move_to(self._x + dots)

    def take(self) -> PrintedLine:
        """The line as it will stand on the paper; the next one begins empty."""
        runs, modes = self._runs, self.modes
        height = max((run.height for run in runs), default=0)
        line = PrintedLine(
            text=self._as_text(),
            tall=any(run.height > _FONT_HEIGHT[run.small] for run in runs),
            wide=any(run.unit >= 2 * _FONT_WIDTH[run.small] and min(map(ord, run.text)) < 0x2E80 for run in runs),
            bold=any(run.bold for run in runs),
            underlined=any(run.underlined for run in runs),
            inverted=any(run.inverted for run in runs),
            upside_down=modes.upside_down and bool(runs),
            small=bool(runs) and all(run.small for run in runs),
            dots=max(modes.spacing, height),
        )
        self.drop()
        return line

    def offset(self, width: int) -> int:
        """Dots to the left of something `width` dots wide, by alignment and margin."""
        free = max(0, self.area - width)
        return self.modes.left_margin + {0: 0, 1: free // 2, 2: free}[self.modes.align]

    # --- inside ------------------------------------------------------------------------------------------------

    def _width(self, double: bool) -> int:
        modes = self.modes
        return (_FONT_WIDTH[modes.small] * (2 if double else 1) + modes.right_space) * modes.across

    def _put(self, text: str, unit: int) -> None:
        modes = self.modes
        height = _FONT_HEIGHT[modes.small] * modes.down
        run = _Run(self._x, unit, height, text, modes.bold, modes.underlined, modes.inverted, modes.small)
        self._runs.append(run)
        self._x = run.right

    def _decoded(self, data: bytes) -> list[tuple[str, bool]]:
        """Characters, and whether they are double ones; as many together as there are of a kind."""
        table = _table(self._pages.get(self.modes.page), self.modes.national)
        if not self._half and not self.modes.kanji:
            return [(data.decode("latin-1").translate(table), False)]
        result: list[tuple[str, bool]] = []
        for code in data:
            if self._half:
                pair = self._half + bytes((code,))
                self._half = b""
                result.append((pair.decode("gb18030", "replace")[:1] or "�", True))
            elif self.modes.kanji and code >= 0x81:
                self._half = bytes((code,))
            else:
                result.append((table[code], False))
        return result

    def _as_text(self) -> str:
        if not self._runs:
            return ""
        unit = _FONT_WIDTH[all(run.small for run in self._runs)]
        parts: list[str] = [" " * ((self.offset(self._runs[-1].right) + self._runs[0].left) // unit)]
        last = self._runs[0].left
        for run in self._runs:
            parts.append(" " * round((run.left - last) / unit))
            parts.append(run.text)
            last = run.right
        return "".join(parts).rstrip()
