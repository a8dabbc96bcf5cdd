"""Between a wish and the wire: the ESC/POS commands that we send, one function a command, and their table.

Numbers follow the Epson ESC/POS command reference (TM printers); ESC t page numbers are the printer maker's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

ODOMETER_LINES = 148  # GS g 2: lines fed, since the printer was made
ODOMETER_CUTS = 178  # GS g 2: cuts, since the printer was made
RESETTABLE_LINES = 20  # the same, for printers that have only those a technician may reset
RESETTABLE_CUTS = 50

FIRMWARE, MAKER, MODEL, SERIAL = 65, 66, 67, 68  # GS I n

CLEAR_RESPONSE = b"%"  # block 37h 25h 00h
PROCESS_ID_RESPONSE = b'"'  # block 37h 22h d1..d4 00h
KEY_LIST_RESPONSE = b"s"  # block 37h 73h status keys 00h

INITIALISE = b"\x1b@"
KANJI_OFF = b"\x1c."
BARRIER = b"\x1dr\x01"
CLEAR_BUFFERS = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
RECOVER = b"\x10\x05\x01"
LIST_DOWNLOADED = b"\x1d(L\x04\x000PKC"
ACKNOWLEDGE = b"\x06"
LINE_FEED = b"\n"
# What one job may have left on, taken back without ESC @, which would forget the downloaded graphics: standard
# mode, font A at single size, plain, black on white, upright, default line spacing, left margin 0.
PLAIN_MODES = b"\x1bS\x1b!\x00\x1d!\x00\x1bE\x00\x1b-\x00\x1dB\x00\x1b{\x00\x1bV\x00\x1b2\x1dL\x00\x00"


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


def size(*, tall: bool) -> bytes:
    """GS ! n: double height or single size."""
    return b"\x1d!\x01" if tall else b"\x1d!\x00"


def align(where: Literal["left", "centre"]) -> bytes:
    """ESC a n, at the beginning of a line."""
    return b"\x1ba\x01" if where == "centre" else b"\x1ba\x00"


def feed_lines(lines: int) -> bytes:
    """ESC d n: print what is in the line and feed n lines."""
    return bytes([0x1B, 0x64, lines])


def feed_and_cut(dots: int) -> bytes:
    """GS V 66 n: feed the printed lines past the knife plus n motion units, cut leaving one point."""
    return bytes([0x1D, 0x56, 66, dots])


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


COMMANDS: tuple[Command, ...] = (
    Command("DLE EOT n", lambda: real_time_status(1), "status in real time, 1 byte back", "DLE EOT", "at once"),
    Command("DLE ENQ 1", lambda: RECOVER, "recover from an error, go on with the line", "DLE ENQ", "at once"),
    Command("DLE DC4 1", lambda: drawer_pulse_now(2, 100), "drawer pulse in real time", "DLE DC4 fn 1", "at once"),
    Command("DLE DC4 8", lambda: CLEAR_BUFFERS, "clear all buffers, 37 25 00 back", "DLE DC4 fn 8", "at once"),
    Command("ESC @", lambda: INITIALISE, "initialise; forgets downloaded graphics", "ESC @"),
    Command("FS .", lambda: KANJI_OFF, "two-byte characters off", "FS ."),
    Command("ESC t n", lambda: code_page(46), "character table n", "ESC t"),
    Command("ESC p m t1 t2", lambda: drawer_pulse(2, 100), "drawer pulse, buffered", "ESC p"),
    Command("ESC a n", lambda: align("centre"), "justification", "ESC a"),
    Command("ESC d n", lambda: feed_lines(1), "print and feed n lines", "ESC d"),
    Command("GS ! n", lambda: size(tall=True), "character size", "GS !"),
    Command("GS V 66 n", lambda: feed_and_cut(24), "feed to the knife, partial cut", "GS V fn B"),
    Command("GS a n", lambda: automatic_status(0x0F), "automatic status, 4 bytes on change", "GS a"),
    Command("GS r 1", lambda: BARRIER, "paper status in order, 1 byte back", "GS r"),
    Command("GS I n", lambda: identity(MODEL), "identification, 5F text 00 back", "GS I"),
    Command("GS g 2", lambda: odometer(ODOMETER_CUTS), "maintenance counter, 5F digits 00 back", "GS g 2"),
    Command("GS ( H 48", lambda: process_id("K7Q2"), "process id, 37 22 id 00 back", "GS ( H fn 48"),
    Command("GS ( L 80", lambda: LIST_DOWNLOADED, "keys of downloaded graphics", "GS ( L fn 80"),
    Command("GS ( L 82", lambda: delete_marker("Q2"), "delete a downloaded graphic", "GS ( L fn 82"),
    Command("GS ( L 83", lambda: define_marker("Q2"), "define a downloaded graphic", "GS ( L fn 83"),
    Command("GS ( k", lambda: qr_code(b"x", 5), "QR code", "GS ( k fn 165-181"),
)
