"""Between a wish and the wire: the ESC/POS commands that we send, one function a command, and their table.

Numbers follow the Epson ESC/POS command reference (TM printers); ESC t page numbers are the printer maker's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from drivers.printers.escpos.realtime import real_time_pairs
from statemachines.vocabulary.paper import Image, Symbology

ODOMETER_LINES = 148  # GS g 2: lines fed, since the printer was made
ODOMETER_CUTS = 178  # GS g 2: cuts, since the printer was made
RESETTABLE_LINES = 20  # the same, for printers that have only those a technician may reset
RESETTABLE_CUTS = 50

FIRMWARE, MAKER, MODEL, SERIAL = 65, 66, 67, 68  # GS I n
AUTO_ALL = 0x0F  # GS a: drawer, online, error, paper

CLEAR_RESPONSE = b"%"  # block 37h 25h 00h
PROCESS_ID_RESPONSE = b'"'  # block 37h 22h d1..d4 00h
KEY_LIST_RESPONSE = b"s"  # block 37h 73h status keys 00h, of graphics in RAM
STORED_LIST_RESPONSE = b"r"  # block 37h 72h status keys 00h, of graphics in non-volatile memory

INITIALISE = b"\x1b@"
KANJI_OFF = b"\x1c."
BARRIER = b"\x1dr\x01"
CLEAR_BUFFERS = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
RECOVER = b"\x10\x05\x01"
RECOVER_CLEARED = b"\x10\x05\x02"
NATIONAL_USA = b"\x1bR\x00"
LINE_SPACING = b"\x1b2"
LIST_DOWNLOADED = b"\x1d(L\x04\x000PKC"
LIST_STORED = b"\x1d(L\x04\x000@KC"
ACKNOWLEDGE = b"\x06"
LINE_FEED = b"\n"
#: GS k m in form B.
SYMBOLOGIES: Final[Mapping[Symbology, int]] = MappingProxyType(
    {"UPC-A": 65, "EAN13": 67, "EAN8": 68, "CODE39": 69, "ITF": 70, "CODE93": 72, "CODE128": 73}
)
#: Modules that GS w takes.
NARROWEST, WIDEST = 2, 6
# What one job may have left on, taken back without ESC @, which would forget the downloaded graphics: standard
# mode, font A at single size, plain, black on white, upright, left margin 0. The prologue comes behind it.
PLAIN_MODES = b"\x1bS\x1b!\x00\x1d!\x00\x1bE\x00\x1b-\x00\x1dB\x00\x1b{\x00\x1bV\x00\x1dL\x00\x00"


def real_time_status(n: int) -> bytes:
    """DLE EOT n: 1 printer, 2 cause of offline, 3 cause of error, 4 paper. Answered at once, offline too."""
    return bytes([0x10, 0x04, n])


def automatic_status(bits: int) -> bytes:
    """GS a n: report changes unasked; bit 0 drawer, 1 online, 2 error, 3 paper."""
    return bytes([0x1D, 0x61, bits])


def identity(n: int) -> bytes:
    """GS I n, answered `5Fh` text NUL: 65 firmware, 66 maker, 67 model, 68 serial number."""
    return bytes([0x1D, 0x49, n])


def odometer(n: int) -> bytes:
    """GS g 2: maintenance counter n, answered `5Fh` digits NUL."""
    return b"\x1dg2\x00" + n.to_bytes(2, "little")


def process_id(job_id: str) -> bytes:
    """GS ( H fn 48: answer `37h 22h` id NUL when everything before is printed. Four characters 20h..7Eh."""
    return b"\x1d(H\x06\x0000" + _characters(job_id, 4)


def define_marker(key: str) -> bytes:
    """GS ( L fn 83: a downloaded graphic of 8 x 1 white dots under a two-character key; kept in RAM."""
    return b"\x1d(L\x0c\x000S0" + _characters(key, 2) + b"\x01\x08\x00\x01\x001\x00"


def delete_marker(key: str) -> bytes:
    """GS ( L fn 82: delete the downloaded graphic of this key."""
    return b"\x1d(L\x04\x000R" + _characters(key, 2)


def code_page(number: int) -> bytes:
    """ESC t n: the character table; the number is the maker's."""
    return bytes([0x1B, 0x74, number])


def prologue(page: int) -> bytes:
    """What every reset takes back: two-byte characters off, the page, ASCII as in the USA, the usual line spacing.

    Printers for China start in two-byte mode, and ESC @ brings it back: this must follow each of them.
    """
    return KANJI_OFF + code_page(page) + NATIONAL_USA + LINE_SPACING


def size(*, tall: bool = False, wide: bool = False) -> bytes:
    """GS ! n: double height, double width, or single size."""
    return bytes([0x1D, 0x21, tall | wide << 4])


def bold(*, on: bool) -> bytes:
    """ESC E n: emphasised."""
    return bytes([0x1B, 0x45, on])


def align(where: Literal["left", "centre"]) -> bytes:
    """ESC a n, at the beginning of a line."""
    return b"\x1ba\x01" if where == "centre" else b"\x1ba\x00"


def feed_lines(lines: int) -> bytes:
    """ESC d n: print what is in the line and feed n lines."""
    return bytes([0x1B, 0x64, lines])


def feed_dots(units: int) -> bytes:
    """ESC J n: print what is in the line and feed n vertical motion units."""
    return bytes([0x1B, 0x4A, units])


def feed_and_cut(dots: int, *, full: bool = False) -> bytes:
    """GS V 66 n: feed the printed lines past the knife plus n motion units, cut leaving one point; 65: cut through."""
    return bytes([0x1D, 0x56, 65 if full else 66, dots])


def drawer_pulse(pin: int, on_ms: int) -> bytes:
    """ESC p m t1 t2: buffered. `pin` 2 or 5 of the socket; 2 ms units, rounded up; off at least as long."""
    on = _in_units(on_ms, 2)
    # At least 100 ms off, and no off time of 4, 5 or 20 units, which behind 16 units on would spell DLE EOT.
    return bytes([0x1B, 0x70, 0 if pin == 2 else 1, on, max(on, 50)])


def drawer_pulse_now(pin: int, on_ms: int) -> bytes:
    """DLE DC4 1 m t: at once, offline too. 100 ms units, rounded up, at most 8."""
    return bytes([0x10, 0x14, 0x01, 0 if pin == 2 else 1, min(8, _in_units(on_ms, 100))])


def qr_code(content: bytes, module: int) -> bytes:
    """GS ( k fn 165, 167, 169, 180, 181: a QR code, model 2, level M, `module` dots per module."""
    if not 1 <= module <= 16:
        raise ValueError(f"a QR code has modules of 1 to 16 dots, not {module}")
    length = len(content) + 3
    if length % 256 == 0x10 and length // 256 in {0x04, 0x05, 0x14}:
        # The length itself would be a real-time command; scanners drop the blank at the end.
        return qr_code(content + b" ", module)
    return (
        b"\x1d(k\x04\x001A2\x00"
        + bytes([0x1D, 0x28, 0x6B, 3, 0, 0x31, 0x43, module])
        + b"\x1d(k\x03\x001E1"
        + b"\x1d(k"
        + length.to_bytes(2, "little")
        + b"1P0"
        + content
        + b"\x1d(k\x03\x001Q0"
    )


def barcode(symbology: Symbology, data: str, height: int, module: int, *, readable: bool) -> bytes:
    """GS h, GS w, GS f, GS H, GS k: a bar code in form B. `data` is whole and right for its symbology."""
    if not NARROWEST <= module <= WIDEST:
        raise ValueError(f"a bar code has modules of {NARROWEST} to {WIDEST} dots, not {module}")
    content = _in_code_sets(data) if symbology == "CODE128" else data.encode("ascii")
    return (
        bytes([0x1D, 0x68, height, 0x1D, 0x77, module, 0x1D, 0x66, 0, 0x1D, 0x48, 2 if readable else 0])
        + bytes([0x1D, 0x6B, SYMBOLOGIES[symbology], len(content)])
        + content
    )


def _in_code_sets(data: str) -> bytes:
    """Digits in pairs are half as wide; the pairs are binary, so 16, 04 would be a real-time command."""
    if data.isdigit() and len(data) % 2 == 0:
        pairs = b"{C" + bytes(int(data[at : at + 2]) for at in range(0, len(data), 2))
        if not real_time_pairs(pairs):
            return pairs
    return b"{B" + data.replace("{", "{{").encode("ascii")


def raster(image: Image) -> bytes:
    """GS v 0: a picture, single size. Its data go out as they are: see realtime.py."""
    return b"\x1dv0\x00" + image.stride.to_bytes(2, "little") + image.height.to_bytes(2, "little") + image.data


def define_stored(key: str, image: Image) -> bytes:
    """GS ( L fn 67: keep a picture in non-volatile memory. Its data go out as they are: see realtime.py."""
    body = (
        b"0C0"
        + _characters(key, 2)
        + b"\x01"
        + image.width.to_bytes(2, "little")
        + image.height.to_bytes(2, "little")
        + b"1"
        + image.data
    )
    return b"\x1d(L" + len(body).to_bytes(2, "little") + body


def print_stored(key: str) -> bytes:
    """GS ( L fn 69: print the kept picture of this key, single size."""
    return b"\x1d(L\x06\x000E" + _characters(key, 2) + b"\x01\x01"


def delete_stored(key: str) -> bytes:
    """GS ( L fn 66: delete the kept picture of this key."""
    return b"\x1d(L\x04\x000B" + _characters(key, 2)


def _characters(text: str, count: int) -> bytes:
    if len(text) != count or not all(" " <= char <= "~" for char in text):
        raise ValueError(f"{text!r} is not {count} characters from blank to tilde")
    return text.encode("ascii")


def _in_units(milliseconds: int, unit: int) -> int:
    return max(1, min(255, -(-milliseconds // unit)))


@dataclass(frozen=True, slots=True)
class Command:
    """One row: what it is called, an example of its bytes, what it does, where it is described."""

    name: str
    build: Callable[[], bytes]
    meaning: str
    reference: str
    when: Literal["in order", "at once"] = "in order"


_DOT: Final = Image(8, b"\x80")
COMMANDS: tuple[Command, ...] = (
    Command("DLE EOT n", lambda: real_time_status(1), "status in real time, 1 byte back", "DLE EOT", "at once"),
    Command("DLE ENQ 1", lambda: RECOVER, "recover from an error, go on with the line", "DLE ENQ", "at once"),
    Command("DLE ENQ 2", lambda: RECOVER_CLEARED, "forget what is not printed, recover", "DLE ENQ", "at once"),
    Command("DLE DC4 1", lambda: drawer_pulse_now(2, 100), "drawer pulse in real time", "DLE DC4 fn 1", "at once"),
    Command("DLE DC4 8", lambda: CLEAR_BUFFERS, "clear all buffers, 37 25 00 back", "DLE DC4 fn 8", "at once"),
    Command("ESC @", lambda: INITIALISE, "initialise; forgets downloaded graphics", "ESC @"),
    Command("FS .", lambda: KANJI_OFF, "two-byte characters off", "FS ."),
    Command("ESC t n", lambda: code_page(46), "character table n", "ESC t"),
    Command("ESC R n", lambda: NATIONAL_USA, "ASCII as in the USA", "ESC R"),
    Command("ESC 2", lambda: LINE_SPACING, "the usual line spacing", "ESC 2"),
    Command("ESC p m t1 t2", lambda: drawer_pulse(2, 100), "drawer pulse, buffered", "ESC p"),
    Command("ESC a n", lambda: align("centre"), "justification", "ESC a"),
    Command("ESC d n", lambda: feed_lines(1), "print and feed n lines", "ESC d"),
    Command("ESC J n", lambda: feed_dots(6), "print and feed n motion units", "ESC J"),
    Command("GS ! n", lambda: size(tall=True), "character size", "GS !"),
    Command("ESC E n", lambda: bold(on=True), "emphasised characters", "ESC E"),
    Command("GS V 66 n", lambda: feed_and_cut(24), "feed to the knife, partial cut", "GS V fn B"),
    Command("GS a n", lambda: automatic_status(0x0F), "automatic status, 4 bytes on change", "GS a"),
    Command("GS r 1", lambda: BARRIER, "paper status in order, 1 byte back", "GS r"),
    Command("GS I n", lambda: identity(MODEL), "identification, 5F text 00 back", "GS I"),
    Command("GS g 2", lambda: odometer(ODOMETER_CUTS), "maintenance counter, 5F digits 00 back", "GS g 2"),
    Command("GS ( H 48", lambda: process_id("K7Q2"), "process id, 37 22 id 00 back", "GS ( H fn 48"),
    Command("GS ( L 64", lambda: LIST_STORED, "keys of graphics in NV memory", "GS ( L fn 64"),
    Command("GS ( L 66", lambda: delete_stored("aZ"), "delete a graphic in NV memory", "GS ( L fn 66"),
    Command("GS ( L 67", lambda: define_stored("aZ", _DOT), "define a graphic in NV memory", "GS ( L fn 67"),
    Command("GS ( L 69", lambda: print_stored("aZ"), "print a graphic in NV memory", "GS ( L fn 69"),
    Command("GS ( L 80", lambda: LIST_DOWNLOADED, "keys of downloaded graphics", "GS ( L fn 80"),
    Command("GS ( L 82", lambda: delete_marker("Q2"), "delete a downloaded graphic", "GS ( L fn 82"),
    Command("GS ( L 83", lambda: define_marker("Q2"), "define a downloaded graphic", "GS ( L fn 83"),
    Command("GS ( k", lambda: qr_code(b"x", 5), "QR code", "GS ( k fn 165-181"),
    Command("GS k", lambda: barcode("EAN8", "96385074", 80, 2, readable=True), "bar code", "GS h, w, f, H, k form B"),
    Command("GS v 0", lambda: raster(_DOT), "raster picture", "GS v 0"),
)
