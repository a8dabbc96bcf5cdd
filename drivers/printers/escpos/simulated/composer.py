"""At the paper's end of a sale: lines, pictures, codes and cuts, handed to the mechanics in order.

Source: Epson ESC/POS: LF, ESC d, ESC J, ESC *, GS v 0, GS ( L, GS ( k, GS k, GS V, and page mode (ESC L, FF, CAN).
Page mode keeps the order of the lines and prints them together; positions within the page are not modelled.
"""

from __future__ import annotations

from typing import Final

from drivers.printers.escpos.simulated import bars
from drivers.printers.escpos.simulated.mechanics import Cut, Feed, Mechanics
from drivers.printers.escpos.simulated.paper import PrintedBarcode, PrintedImage, PrintedLine, PrintedQr
from drivers.printers.escpos.simulated.personality import Personality
from drivers.printers.escpos.simulated.pictures import Bitmap, clipped, from_columns, from_raster, scaled
from drivers.printers.escpos.simulated.qr import QrStore
from drivers.printers.escpos.simulated.typesetter import Typesetter

#: Dot rows of a picture printed in one movement: a picture is interrupted between strips.
_STRIP: Final = 24
_BARCODE_DOTS: Final = 162
_BARCODE_MODULE: Final = 3


class Composer:
    """Everything of the print buffer. Nothing raises; what the manual calls ignored is ignored."""

    def __init__(self, personality: Personality, mechanics: Mechanics, dots: int) -> None:
        self.setter = Typesetter(dots, personality.pages, kanji=personality.kanji)
        self.barcode_dots = _BARCODE_DOTS
        self.barcode_module = _BARCODE_MODULE
        self.readable = False
        self._who = personality
        self._mechanics = mechanics
        self._qr = QrStore()
        self._page: list[PrintedLine] | None = None
        self._columns: list[Bitmap] = []
        self._images = 0

    def clear(self) -> None:
        """The print buffer is empty, standard mode; the settings stay."""
        self.setter.drop()
        self._columns.clear()
        self._page = None

    def initialize(self) -> None:
        """ESC @."""
        self.clear()
        self.setter.initialize()
        self._qr.initialize()
        self.barcode_dots, self.barcode_module, self.readable = _BARCODE_DOTS, _BARCODE_MODULE, False

    def text(self, data: bytes) -> None:
        for line in self.setter.text(data):
            self._print(line)

    def page_mode(self, *, on: bool) -> None:
        """ESC L and ESC S."""
        if on != (self._page is not None):
            self.setter.drop()
            self._page = [] if on else None

    # --- lines -------------------------------------------------------------------------------------------------

    def control(self, code: int) -> None:
        """LF and HT; FF and CAN in page mode."""
        if code == 0x0A:
            self._line_feed()
        elif code == 0x09:
            self.setter.tab()
        elif code == 0x0C and self._page is not None:
            self.print_page()
            self._page = None
        elif code == 0x18 and self._page is not None:
            self._page.clear()
            self.setter.drop()

    def _line_feed(self) -> None:
        if self._columns:
            self._print_columns(self.setter.modes.spacing)
            if self.setter.empty:
                return
        self._print(self.setter.take())

    def _print(self, line: PrintedLine) -> None:
        if self._page is not None:
            self._page.append(line)
        else:
            self._mechanics.put(Feed(line.dots, line))

    def print_page(self) -> None:
        """ESC FF (and FF, which also leaves page mode)."""
        if self._page is None:
            return
        lines = self._page
        if not self.setter.empty:
            lines.append(self.setter.take())
        for line in lines:
            self._mechanics.put(Feed(line.dots, line))
        self._page = []

    def feed_lines(self, params: bytes) -> None:
        """ESC d n."""
        rest = params[0]
        if not self.setter.empty or self._columns:
            self._line_feed()
            rest -= 1
        for _ in range(rest):
            self._print(PrintedLine("", dots=self.setter.modes.spacing))

    def feed_dots(self, params: bytes) -> None:
        """ESC J n."""
        rest = params[0]
        if self._columns:
            self._print_columns(rest)
            rest = 0
        if not self.setter.empty:
            line = self.setter.take()
            self._print(line)
            rest -= line.dots
        if rest > 0 and self._page is None:
            self._mechanics.put(Feed(rest))

    # --- pictures and codes ------------------------------------------------------------------------------------

    def show(self, bitmap: Bitmap) -> None:
        """A picture of its own, in strips; ignored while a line is in the making, as the manual says."""
        if not self.setter.empty or self._page is not None:
            return
        bitmap = clipped(bitmap, self.setter.area)
        self._images += 1
        height, left = len(bitmap.rows), self.setter.offset(bitmap.width)
        for top in range(0, height, _STRIP):
            rows = bitmap.rows[top : top + _STRIP]
            strip = PrintedImage(self._images, bitmap.width, height, rows, left)
            self._mechanics.put(Feed(len(rows), strip))

    def raster(self, params: bytes) -> None:
        """GS v 0 m xL xH yL yH d…"""
        if params[0] != 0x30 or len(params) < 6:
            return
        mode = params[1] & 3
        wide, high = (params[2] | params[3] << 8) * 8, params[4] | params[5] << 8
        bitmap = from_raster(wide, high, params[6:])
        if bitmap is not None:
            self.show(scaled(bitmap, 2 if mode & 1 else 1, 2 if mode & 2 else 1))

    def bit_image(self, params: bytes) -> None:
        """ESC * m nL nH d…: part of the line in the making; the dots of 8-row modes are three times as high."""
        mode, count = params[0], params[1] | params[2] << 8
        if mode not in (0, 1, 32, 33):
            return
        rows = 24 if mode >= 32 else 8
        bitmap = from_columns(count, rows, params[3:])
        if bitmap is not None and sum(part.width for part in self._columns) < self.setter.area:
            bitmap = scaled(bitmap, 1 if mode in (1, 33) else 2, 24 // rows)
            self._columns.append(clipped(bitmap, self.setter.area))

    def _print_columns(self, dots: int) -> None:
        width = sum(part.width for part in self._columns)
        stride = (width + 7) // 8
        rows: list[bytes] = []
        for y in range(24):
            bits = 0
            for part in self._columns:
                piece = int.from_bytes(part.rows[y], "big") >> (-part.width % 8)
                bits = bits << part.width | piece
            rows.append((bits << (-width % 8)).to_bytes(stride, "big"))
        self._columns.clear()
        self._images += 1
        image = clipped(Bitmap(width, tuple(rows)), self.setter.area)
        mark = PrintedImage(self._images, image.width, 24, image.rows, self.setter.offset(image.width))
        self._mechanics.put(Feed(max(1, dots), mark))

    def symbol(self, params: bytes) -> None:
        """GS ( k."""
        if not self._who.qr or not self._qr.command(params[2:]):
            return
        side = self._qr.side
        if side is not None and side <= self.setter.area and self.setter.empty:
            left = self.setter.offset(side)
            qr = PrintedQr(self._qr.text, self._qr.module, self._qr.level, left, side)
            self._mechanics.put(Feed(side, qr))

    def barcode(self, params: bytes) -> None:
        """GS k, both forms; form A's numbers 0-6 are form B's 65-71."""
        if params[0] <= 6:
            symbology, data = params[0] + 65, params[1:].removesuffix(b"\0")
        elif params[0] >= 65 and len(params) > 2:
            symbology, data = params[0], params[2:]
        else:
            return
        text = bars.reading(symbology, data)
        if text is None or not self.setter.empty:
            return
        wide = bars.width(symbology, text, self.barcode_module)
        if wide <= self.setter.area:
            height = self.barcode_dots + (30 if self.readable else 0)
            left = self.setter.offset(wide)
            mark = PrintedBarcode(symbology, text, self.readable, height, self.barcode_module, left)
            self._mechanics.put(Feed(height, mark))

    def cut(self, params: bytes) -> None:
        """GS V: only at the beginning of a line. Forms B, C and D feed to the knife and n dots more."""
        mode = params[0]
        if not self.setter.empty or self._page is not None:
            return
        if mode in (0, 1, 48, 49):
            self._mechanics.put(Cut(full=mode in (0, 48)))
        elif len(params) > 1:
            self._mechanics.put(Feed(self._who.knife_dots + params[1]))
            self._mechanics.put(Cut(full=mode in (65, 97, 103)))

    def cut_here(self, params: bytes) -> None:
        """ESC i, ESC m."""
        self.cut(b"\x01")
