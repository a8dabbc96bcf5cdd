"""What is configured of a receipt printer, seen on its paper and in its memory while the till runs."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.played_devices import Device
from tests.support.device_desk import DeviceDesk, device_desk, write
from tests.support.png import black
from tests.support.processes import sale, until

Json = dict[str, Any]
IDLE_S = 0.5
QUICK = ("--columns", "42", "--speed", "30", "--drawer-closes-after", "0.15")
CODES = {
    "id": "codes",
    "kind": "notice",
    "lines": [{"qr": {"data": "https://example.com/1"}}, {"barcode": {"symbology": "CODE39", "data": "ABC123"}}],
}


def printer_section(device: Device, *settings: str) -> str:
    return "\n".join(["[printer]", f'port = "{device.url}"', "columns = 42", *settings, ""])


def marks(device: Device) -> list[Json]:
    """What stands on all the paper, but for text."""
    pieces = device.do("paper")["pieces"]
    return [mark for piece in pieces for mark in piece["printed"] if mark["kind"] != "PrintedLine"]


def endings(device: Device) -> list[str]:
    return [piece["ending"] for piece in device.do("paper")["pieces"]]


@pytest.mark.parametrize(
    ("settings", "kinds", "ending"),
    [
        (
            ('qr = "native"', 'barcodes = "native"', 'cut = "full"'),
            ["PrintedQr", "PrintedBarcode"],
            "full_cut",
        ),
        (
            ('qr = "raster"', 'barcodes = "native"', 'cut = "partial"'),
            ["PrintedImage", "PrintedBarcode"],
            "partial_cut",
        ),
        (('qr = "native"', 'barcodes = "raster"', 'cut = "none"'), ["PrintedQr", "PrintedImage"], "in_printer"),
    ],
)
def test_codes_are_made_and_paper_is_cut_as_configured(
    tmp_path: Path, settings: tuple[str, ...], kinds: list[str], ending: str
) -> None:
    with Device("escpos", None, QUICK) as printer:
        at = write(tmp_path, printer_section(printer, 'confirm = "process_id"', *settings))
        with device_desk(at) as desk:
            desk.printer_is("ready")
            done = desk.cashier.post("/v1/documents", CODES)
            assert done["state"] == "paper_out"
        found = [mark["kind"] for mark in marks(printer)]
        # the bands of one picture follow each other without anything between
        assert [kind for at, kind in enumerate(found) if at == 0 or kind != found[at - 1]] == kinds
        assert endings(printer)[:1] == [ending]


def test_a_picture_is_sent_in_bands_of_the_configured_height(tmp_path: Path) -> None:
    with Device("escpos", None, QUICK) as printer:
        at = write(tmp_path, printer_section(printer, 'qr = "raster"', "band = 16"))
        with device_desk(at) as desk:
            desk.printer_is("ready")
            desk.cashier.post("/v1/documents", CODES | {"lines": CODES["lines"][:1]})
        heights = [mark["height"] for mark in marks(printer)]
        assert len(heights) > 2
        assert set(heights[:-1]) == {16}
        assert heights[-1] <= 16


@pytest.mark.parametrize(
    ("settings", "pin", "wire"),
    # ESC p m t1 t2 counts in 2 ms; DLE DC4 1 m t in tenths of a second, rounded up. Source: Epson TM-T88IV manual.
    [('kick = "buffered"', 2, "1b70004b"), ('kick = "real_time"', 5, "10140101" + "02")],
)
def test_the_drawer_is_pulsed_as_configured(tmp_path: Path, settings: str, pin: int, wire: str) -> None:
    record = tmp_path / "wire.jsonl"
    with Device("escpos", tmp_path / "printer", QUICK) as printer:
        drawer = f"[drawers.main]\npin = {pin}\npulse_ms = 150\n"
        section = printer_section(printer, settings).replace(printer.url, f"{printer.url}?record={record}")
        with device_desk(write(tmp_path, section + drawer)) as desk:
            desk.printer_is("ready")
            desk.cashier.post("/v1/drawers/main/open", {"id": "open-1", "reason": "change"})
        # the simulated drawer hangs on pin 2 alone
        assert [pulse["seconds"] for pulse in printer.do("drawer")["pulses"]] == ([0.15] if pin == 2 else [])
    rows = map(json.loads, record.read_text("utf-8").splitlines())
    assert "".join(row["hex"] for row in rows if row.get("dir") == "out").count(wire) == 1


def _idle_since(begun: float) -> bool:
    return time.monotonic() - begun > 2 * IDLE_S


def _written(desk: DeviceDesk, printer: Device) -> int:
    desk.printer_is("ready")
    writes: int = printer.do("status")["nv_writes"]
    return writes


def test_a_logo_is_written_once_and_never_again_after_a_restart(tmp_path: Path) -> None:
    picture, other = tmp_path / "logo.png", tmp_path / "other.png"
    picture.write_bytes(black(64, 24))
    other.write_bytes(black(64, 32))
    idle = ("tests.support.odd_till", "soon", "--idle", str(IDLE_S))
    with Device("escpos", tmp_path / "printer", QUICK) as printer:
        at = write(tmp_path, printer_section(printer, f'logo = "{picture}"'))
        with device_desk(at, *idle) as desk:
            desk.open_shift()
            until(lambda: _written(desk, printer) == 1, "the logo to be written")
            desk.cashier.post("/v1/sales", sale("sale-1"))
        for run in range(2):  # once stopped in order, once killed
            with device_desk(at, *idle) as desk:
                desk.printer_is("ready")
                desk.cashier.post("/v1/sales", sale(f"again-{run}"))
                until(partial(_idle_since, time.monotonic()), "the printer to have been idle")
                desk.cashier.post("/v1/sales", sale(f"more-{run}"))
                desk.till.kill()
        assert printer.do("status")["nv_writes"] == 1
        logos = [mark for mark in marks(printer) if mark["kind"] == "PrintedImage"]
        assert len(logos) >= 5, "it stands above every heading"
        # the control: another picture is another logo
        at.config.write_text(at.config.read_text("utf-8").replace(str(picture), str(other)), "utf-8")
        with device_desk(at, *idle) as desk:
            until(lambda: _written(desk, printer) == 2, "the other logo to be written")
