"""What a receipt with logo and QR code costs against python-escpos; the table is `python -m tests.bench.escpos`."""

from __future__ import annotations

from drivers.printers.escpos.simulator import SimulatedPrinter
from tests.bench import escpos as bench


def test_receipt_is_a_fifth_of_the_bytes_and_a_fiftieth_of_the_time() -> None:
    them, _, ours, *_ = bench.rows(rounds=200)
    assert ours.size * 5 <= them.size
    assert ours.milliseconds * 50 <= them.milliseconds


def test_what_is_compared_is_the_same_paper() -> None:
    printer = SimulatedPrinter(columns=bench.COLUMNS, buffer_bytes=100_000)
    kept = bench.KEPT
    printer.accept(b"\x1d(L" + (11 + len(kept.image.data)).to_bytes(2, "little") + b"0C0" + kept.key.encode())
    sizes = (1).to_bytes(1, "little") + kept.image.width.to_bytes(2, "little") + kept.image.height.to_bytes(2, "little")
    printer.accept(sizes + b"1" + kept.image.data)
    printer.accept(bench.ours())
    printer.run_until(60.0)
    printer.accept(bench.theirs(bench.picture_of(bench.LOGO)))
    printer.run_until(120.0)
    ours, theirs = (piece.text_lines for piece in printer.pieces)
    assert ours[-1].startswith("#K7Q2")
    assert read(ours[:-1]) == read(theirs)


def read(lines: tuple[str, ...]) -> list[str]:
    """What a person reads; which quotation marks there are depends on the page."""
    return [line.replace("«", '"').replace("»", '"') for line in lines if line]
