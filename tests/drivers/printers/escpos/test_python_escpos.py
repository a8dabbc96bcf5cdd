"""Somebody else's software at our simulated printer: python-escpos's own Serial and Network, against real processes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from escpos.printer import Network, Serial
from PIL import Image as Pictures

from tests.firmware_bridge.test_device_sim import Device, device
from tests.support.processes import until

LINK = "https://shop.example/r/412"
Connect = Callable[[Device], Any]


def over_serial(printer: Device) -> Serial:
    """It always waits its whole time-out, for 16 bytes where the printer sends one."""
    return Serial(printer.ready["pty"], baudrate=115200, timeout=0.3, profile="TM-T20II")


def over_network(printer: Device) -> Network:
    return Network("127.0.0.1", printer.ready["port"], timeout=5, profile="TM-T20II")


@contextmanager
def bench(wire: str, folder: Path, *options: str) -> Iterator[tuple[Device, Any]]:
    """A simulated printer and the library's printer at it."""
    where = ("--pty", str(folder / "tty")) if wire == "serial" else ("--tcp", "0")
    with device(*where, *options) as printer:
        client = over_serial(printer) if wire == "serial" else over_network(printer)
        client.open()
        try:
            yield printer, client
        finally:
            client.close()


def pieces(printer: Device) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = printer.order("paper")["pieces"]
    return [piece for piece in found if piece["ending"] != "in_printer"]


WIRES = pytest.mark.parametrize("wire", ["serial", "network"])


@WIRES
def test_its_receipt_comes_out_as_meant(wire: str, tmp_path: Path) -> None:
    picture = Pictures.new("1", (64, 16), 0)
    with bench(wire, tmp_path) as (printer, client), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client.hw("INIT")
        client.image(picture, impl="bitImageRaster", center=False)
        client.set(bold=True, double_height=True, double_width=False, custom_size=False)
        client.textln("TOTAL 35.50")
        client.set_with_default()
        client.textln("Привіт")
        client.qr(LINK, native=True, size=5)
        client.barcode("{B12345", "CODE128", function_type="B", check=False)
        client.cut()
        (piece,) = until(lambda: pieces(printer), "the receipt")
    kinds = [mark["kind"] for mark in piece["printed"][:5]]
    assert kinds == ["PrintedImage", "PrintedLine", "PrintedLine", "PrintedQr", "PrintedBarcode"]
    image, total, text, code, bars = piece["printed"][:5]
    assert (image["width"], image["height"]) == (64, 16)
    assert (total["text"], total["bold"], total["tall"]) == ("TOTAL 35.50", True, True)
    assert text["text"] == "Привіт"
    assert (code["content"], code["module"]) == (LINK, 5)
    assert (bars["symbology"], bars["data"]) == (73, "12345")
    assert piece["ending"] == "full_cut"


@WIRES
def test_it_reads_the_status(wire: str, tmp_path: Path) -> None:
    with bench(wire, tmp_path, "--roll", "200") as (printer, client):
        until(client.is_online, "the printer is online")
        until(lambda: client.paper_status() == 2, "there is paper")
        assert printer.order("load_paper", lines=20) == {"ok": True}
        until(lambda: client.paper_status() == 1, "it ends soon")
        assert printer.order("load_paper", lines=0) == {"ok": True}
        until(lambda: client.paper_status() == 0, "it is at its end")
        until(lambda: not client.is_online(), "the printer is offline")
        assert printer.order("load_paper") == {"ok": True}
        assert printer.order("open_cover") == {"ok": True}
        assert not client.is_online()
        assert printer.order("close_cover") == {"ok": True}
        until(client.is_online, "the printer is online again")


@WIRES
def test_it_opens_the_drawer(wire: str, tmp_path: Path) -> None:
    with bench(wire, tmp_path, "--drawer-closes-after", "0.1") as (printer, client):
        client.cashdraw(2)
        (pulse,) = until(lambda: printer.order("drawer")["pulses"], "the pulse")
        assert (pulse["seconds"], pulse["result"]) == (0.1, "opens")
        client.cashdraw(5)
        until(client.is_online, "the pulse for the other pin has been taken")
        assert len(printer.order("drawer")["pulses"]) == 1


@WIRES
def test_its_whole_receipt_waits_for_paper_and_is_completed(wire: str, tmp_path: Path) -> None:
    with bench(wire, tmp_path, "--roll", "5") as (printer, client):
        for number in range(10):
            client.textln(f"line {number}")
        client.cut()
        until(lambda: printer.order("status")["paper_end"], "the end of the roll")
        assert not client.is_online()
        printer.order("load_paper")
        rest = until(lambda: pieces(printer)[1:], "the rest")
        lines = [line for piece in (pieces(printer)[0], *rest) for line in piece["lines"] if line]
    assert lines == [f"line {number}" for number in range(10)]
