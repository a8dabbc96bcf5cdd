"""Between a paper's elements and a job's bytes: each element as the printer's own command, else drawn, else as text.

What a printer makes itself is short and quick; what it lacks is drawn as dots in bands, so that a small buffer does
not stall and a fault costs one band; what can be neither made nor drawn still stands there for a reader.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from drivers.printers import barcodes, dots
from drivers.printers.escpos import commands
from drivers.printers.escpos.means import ASCII_ONLY, Means
from drivers.printers.escpos.realtime import defused
from drivers.printers.tally import Amounts
from drivers.printers.text import clean, lacking, printable, wrap
from statemachines.vocabulary.paper import Barcode, Image, QrCode

_CONTROL: Final = bytes(range(0x20))
_LINE_DOTS: Final = dots.HEIGHT + dots.GAP
#: Bytes between two questions whether the printer is there: 0.2 s at 9600 bps, less than any printer takes to start.
ASK_EVERY: Final = 192
#: Lines from the head to the edge at which a person tears, for printers without a knife.
_TO_THE_EDGE: Final = 4


class Writer:
    """Collects commands and remembers where each ends (`boundaries`); `lines` are for estimating the time, `amounts`
    are what is counted of it.

    `asks`: between two commands the printer is asked for its status now and then, ending at `questions`.
    """

    def __init__(self, means: Means, columns: int, *, asks: bool = False) -> None:
        self.data = bytearray()
        self.boundaries: list[int] = []
        self.questions: list[int] = []
        self._asks = asks
        self.lines = 0
        self._texts = self._characters = self._feeds = self._barcodes = self._cuts = 0
        self._means = means
        self._columns = columns
        self._encoding = (means.page or ASCII_ONLY).encoding
        self._simple = _is_simple(self._encoding)

    @property
    def amounts(self) -> Amounts:
        """What stands on the paper when all of it is printed."""
        return Amounts(self._texts, self._characters, self._feeds, self._barcodes, self._cuts)

    def raw(self, command: bytes) -> None:
        """One command, or several between which nothing may be slipped in."""
        if command:
            # never behind a command: whoever counts bytes must find its end where it ends
            if self._asks and len(self.data) - (self.questions or [0])[-1] >= ASK_EVERY:
                self.data += commands.real_time_status(1)
                self.boundaries.append(len(self.data))
                self.questions.append(len(self.data))
            self.data += command
            self.boundaries.append(len(self.data))

    # --- text ---------------------------------------------------------------------------------------------------

    def line(self, text: str, *, tall: bool = False, wide: bool = False, bold: bool = False) -> None:
        """One line; with letters that the page lacks it is drawn, column for column, where the printer can."""
        self.lines += 2 if tall else 1
        self._texts += 1
        self._feeds += 1
        self._characters += len(text)
        data = self._as_it_is(text)
        if data is None:
            if self._means.draws_letters and lacking(text, self._encoding):
                cells = self._means.dots // (dots.CELL << wide)
                self._drawn_line(dots.line(text[:cells], tall=tall, wide=wide, bold=bold))
                return
            data = harmless(printable(text, self._encoding).encode(self._encoding))
        if tall or wide or bold:
            before, behind = _modes(tall=tall, wide=wide, bold=bold)
            self.raw(before)
            self.raw(data + commands.LINE_FEED)
            self.raw(behind)
        else:
            self.raw(data + commands.LINE_FEED)

    def _as_it_is(self, text: str) -> bytes | None:
        """Nearly every line: all of it visible, and in the page. None when it takes a closer look."""
        if not self._simple or not text.isprintable():
            return None
        try:
            return text.encode(self._encoding)
        except UnicodeEncodeError:
            return None

    def centred(self, text: str) -> None:
        self.line(" " * max(0, (self._columns - len(text)) // 2) + text)

    def _drawn_line(self, image: Image) -> None:
        # white rows at the end are cheaper fed than sent
        height = -(-len(image.data.rstrip(b"\0")) // max(1, image.stride))
        shown = Image(image.width, image.data[: height * image.stride])
        # nothing between the last dots and the feed: a line is out when both are
        self._bands(shown, commands.feed_dots(max(_LINE_DOTS, image.height) - height))

    def _as_text(self, content: str) -> None:
        for text in wrap(clean(content), self._columns):
            self.centred(text)

    # --- codes and pictures -------------------------------------------------------------------------------------

    def qr_code(self, code: QrCode) -> None:
        means = self._means
        self._barcodes += 1
        content = harmless(code.content.encode("utf-8", "replace"))
        if means.qr:
            self._centre(lambda: self.raw(commands.qr_code(content, code.module)))
            # a code of a receipt has about 45 modules
            self.lines += max(1, 45 * code.module // _LINE_DOTS)
            return
        try:
            symbol = dots.qr_code(content.decode("utf-8"), code.module, means.dots) if means.draws else None
        except ValueError:
            symbol = None
        if symbol is None:
            self._barcodes -= 1
            self._as_text(code.content)
        else:
            self.image(symbol)

    def barcode(self, code: Barcode) -> None:
        """Content that is not right for its symbology is printed as text: a person can still read it."""
        means = self._means
        try:
            data, module = barcodes.checked(code), barcodes.fitting(code, means.dots)
        except ValueError:
            data, module = code.content, 0
        self._barcodes += 1
        if means.barcodes and module >= commands.NARROWEST:
            native = commands.barcode(code.symbology, data, code.height, module, readable=code.readable)
            self._centre(lambda: self.raw(native))
            self.lines += code.height // _LINE_DOTS + 1 + code.readable
        elif means.draws and module:
            self.image(barcodes.drawn(code, module))
        else:
            self._barcodes -= 1
            self._as_text(data)

    def image(self, image: Image) -> None:
        """Centred, made smaller when it is too wide. Raises ValueError when its data do not fit its size."""
        if not self._means.draws:
            self._as_text(image.text)
            return
        shown = dots.narrowed(dots.checked(image), self._means.dots)
        self.lines += shown.height // _LINE_DOTS + 1
        self._centre(lambda: self._bands(shown))

    def stored(self, key: str, height: int) -> None:
        """A picture that the printer keeps, `height` dots high."""
        self.lines += height // _LINE_DOTS + 1
        self._centre(lambda: self.raw(commands.print_stored(key)))

    def _centre(self, write: Callable[[], None]) -> None:
        self.raw(commands.align("centre"))
        write()
        self.raw(commands.align("left"))

    def _bands(self, image: Image, behind: bytes = b"") -> None:
        step = max(1, image.stride * self._means.band)
        parts = [image.data[top : top + step] for top in range(0, len(image.data), step)]
        bands = [commands.raster(Image(image.width, defused(part))) for part in parts] or [b""]
        for band in bands[:-1]:
            self.raw(band)
        self.raw(bands[-1] + behind)

    # --- the knife ----------------------------------------------------------------------------------------------

    def cut(self) -> None:
        knife = self._means.knife
        lines = knife.lines or (_TO_THE_EDGE if knife.cut == "none" else 0)
        if lines:
            self.raw(commands.feed_lines(lines))
            self._feeds += lines
        if knife.cut != "none":
            self._cuts += 1
            self.raw(commands.feed_and_cut(knife.dots, full=knife.cut == "full"))


@lru_cache(maxsize=8)
def _is_simple(encoding: str) -> bool:
    """Has this page composed letters only? Then what is encoded as it is needs no composing."""
    return not any(map(unicodedata.combining, bytes(range(256)).decode(encoding, "replace")))


def _modes(*, tall: bool, wide: bool, bold: bool) -> tuple[bytes, bytes]:
    """What goes before a line and behind it."""
    if not (tall or wide or bold):
        return b"", b""
    before = commands.size(tall=tall, wide=wide) if tall or wide else b""
    behind = commands.size() if tall or wide else b""
    return (before + commands.bold(on=True), commands.bold(on=False) + behind) if bold else (before, behind)


def harmless(payload: bytes) -> bytes:
    """Nobody's data may steer the printer: control bytes are left out, real-time commands cannot be spelt."""
    return payload.translate(None, _CONTROL)
