"""What leaves for the printer, and what it costs to make: a receipt with logo and QR code against python-escpos.

`python -m tests.bench.escpos`. Both make the same paper: python-escpos from a raster logo, text with its code page
switching, and the printer's own QR code; ours with the logo in the printer's memory. Times are the fastest of many
runs, of the processor alone; only their ratio means anything on another machine.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from escpos.printer import Dummy
from PIL import Image as Pictures

from drivers.printers import dots
from drivers.printers.escpos.encode import Heading, encode
from drivers.printers.escpos.logo import Prepared
from drivers.printers.escpos.means import CodePage, Means
from firmware_bridge.progress import on_terminal
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.paper import Image, Paper, QrCode, TextLine

COLUMNS = 48
LINK = (
    "https://cabinet.tax.gov.ua/cashregs/check?date=20260302&time=154531&id=TEST-cY3zQ1&sm=134.30&fn=4000000001"
    "&mac=1f0c8e1a52c79ad2b13be8ef0b0f27ce"
)
LOGO = dots.bits([[(x - 190) ** 2 + (4 * (y - 60)) ** 2 < 36_000 for x in range(384)] for y in range(120)])
GOODS = ("Хліб житній український", "Сир твердий 45%", "Ковбаса «Лікарська»", "Ґречка їдальна", "Молоко 2,5%")
LINES = (
    "ТОВ «Їжа щодня»".center(COLUMNS).rstrip(),
    "Магазин № 12, м. Київ, вул. Хрещатик, 1".center(COLUMNS).rstrip(),
    "ПН 123456789012".center(COLUMNS).rstrip(),
    "-" * COLUMNS,
    "Чек № 000412" + "02.03.2026 15:45:31".rjust(COLUMNS - 12),
    *(f"{name} {number}".ljust(COLUMNS - 9) + f"{number * 7 + 10}.50 А" for number, name in enumerate(GOODS * 2)),
    "-" * COLUMNS,
    "СУМА".ljust(COLUMNS - 8) + "  134.30",
    "ПДВ А 20%".ljust(COLUMNS - 8) + "   22.38",
    "Готівка".ljust(COLUMNS - 8) + "  200.00",
    "Решта".ljust(COLUMNS - 8) + "   65.70",
    "ФІСКАЛЬНИЙ ЧЕК".center(COLUMNS).rstrip(),
)
PAPER = Paper(
    COLUMNS, (*map(TextLine, LINES[:-1]), QrCode(LINK, 5), TextLine(LINES[-1])), "КІНЕЦЬ", "КОПІЯ", "ФРАГМЕНТ", 3
)
MEANS = Means(page=CodePage("cp1251", 46), dots=576)
KEPT = Heading(LOGO, Prepared.of(LOGO, 576).key)


@dataclass(frozen=True, slots=True)
class Row:
    """One way to make the receipt: its bytes and the processor's milliseconds."""

    name: str
    size: int
    milliseconds: float


def ours(means: Means = MEANS, logo: Heading = KEPT) -> bytes:
    """The whole job: markers, logo, text, code, cut, process id."""
    intention = Print("doc", "K7Q2", PAPER)
    return encode(intention, means, markers=frozenset({"Q1", " D"}), logo=logo).data


def theirs(logo: str | Pictures.Image, printer: Dummy | None = None) -> bytes:
    """The same receipt as python-escpos's documentation writes one, for its profile of an Epson TM-T20II."""
    dummy = Dummy(profile="TM-T20II") if printer is None else printer
    dummy.clear()
    dummy.hw("INIT")
    dummy.set(align="center")
    dummy.image(logo, impl="bitImageRaster")
    dummy.set(align="left")
    for line in LINES[:-1]:
        dummy.textln(line)
    dummy.qr(LINK, ec=1, size=5, native=True)
    dummy.textln(LINES[-1])
    dummy.cut(mode="PART")
    return bytes(dummy.output)


def picture_of(image: Image) -> Pictures.Image:
    """The same dots for Pillow, in which black is 0."""
    inverted = bytes(byte ^ 0xFF for byte in image.data)
    return Pictures.frombytes("1", (image.width, image.height), inverted)


def measure(make: Callable[[], bytes], rounds: int) -> float:
    """Milliseconds of the processor for one receipt, the fastest of `rounds`."""
    make()
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time_ns()
        make()
        best = min(best, (time.process_time_ns() - started) / 1e6)
    return best


def rows(rounds: int = 300) -> list[Row]:
    """python-escpos first, as documented: each receipt with a printer object of its own and the logo from its file."""
    drawn_logo, all_drawn = Heading(LOGO), Means(page=None, qr=False, barcodes=False)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = str(Path(folder) / "logo.png")
        picture_of(LOGO).save(file)
        kept, picture = Dummy(profile="TM-T20II"), picture_of(LOGO)
        few = max(5, rounds // 10)
        ways: list[tuple[str, int, Callable[[], bytes]]] = [
            ("python-escpos as documented, raster logo, its own QR", few, lambda: theirs(file)),
            ("python-escpos, printer object and logo kept in memory", few, lambda: theirs(picture, kept)),
            ("ours, logo kept in the printer", rounds, ours),
            ("ours, logo sent as dots", rounds, lambda: ours(logo=drawn_logo)),
            ("ours, unknown printer: every line and the QR code drawn", few, lambda: ours(all_drawn, drawn_logo)),
        ]
        return [Row(name, len(make()), measure(make, times)) for name, times, make in ways]


def main() -> int:
    with on_terminal() as progress, progress.pulse():
        progress.begin("measuring")
        found = rows()
    them = found[0]
    lines = [f"{'':58s} {'bytes':>7s} {'ratio':>7s} {'CPU ms':>8s} {'ratio':>8s} {'at 19200':>9s}"]
    for row in found:
        size, cpu = row.size / them.size, row.milliseconds / them.milliseconds
        lines.append(
            f"{row.name:58s} {row.size:7d} {size:7.3f} {row.milliseconds:8.3f} {cpu:8.4f} {row.size / 1920:7.2f} s"
        )
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
