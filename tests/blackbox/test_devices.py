"""Tills on other devices than a printer on a tty, in real processes: in the network, on a box, fiscal printers."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.printers.escpos.simulated.audit import HEADINGS, audit
from drivers.printers.escpos.simulated.paper import Piece, PrintedLine
from firmware_bridge.played_devices import Device
from tests.support.device_desk import DeviceDesk, device_desk, write
from tests.support.processes import MODULE, cash, command, line, running, sale, until

Json = dict[str, Any]
REST_S = 1.5
#: A simulated printer with another serial number than the usual one.
OTHER, OTHERS_SERIAL = "no_process_id", "XP20230117"
ACCEPT = "/v1/devices/printer/accept"
QUICK = ("--speed", "30", "--drawer-closes-after", "0.15")


def printer_section(device: Device, **more: str) -> str:
    lines = [f"{name} = {value}" for name, value in more.items()]
    return "\n".join(["[printer]", f'port = "{device.url}"', "columns = 42", *lines, ""])


def papers(device: Device) -> dict[str, int]:
    """Number -> complete unmarked originals on paper."""
    pieces = [
        Piece(tuple(PrintedLine(text) for text in piece["lines"]), piece["ending"])
        for piece in device.do("paper")["pieces"]
    ]
    return {found.number: found.originals for found in audit(pieces, headings=HEADINGS)}


def coil(device: Device) -> list[Json]:
    answer = device.do("drawer")
    pulses: list[Json] = answer["pulses"] if "pulses" in answer else answer["drawers"][0]["pulses"]
    return pulses


# --- a printer in the network, a drawer on a box ----------------------------------------------------------------------


def test_a_network_printer_prints_each_sale_once_and_is_found_again(tmp_path: Path) -> None:
    with Device("escpos", None, ["--columns", "42", *QUICK]) as printer:
        at = write(tmp_path, printer_section(printer) + '[drawers.main]\nsense_open_level = "high"\ngap_ms = 400\n')
        with device_desk(at) as desk:
            desk.open_shift()
            first = desk.cashier.post("/v1/sales", sale(desk.new("sale")))
            printer.do("power_off")
            desk.printer_is("silent")
            status, answer = desk.cashier.request("POST", "/v1/sales", sale(desk.new("sale")), wait=1)
            assert (status, answer["outcome"]) == (409, "none"), "nobody is sold to without a printer"
            printer.do("power_on")
            desk.printer_is("ready")
            second = desk.cashier.post("/v1/sales", sale(desk.new("sale")))
        found = papers(printer)
        assert {number: found[number] for number in (first["number"], second["number"])} == {
            first["number"]: 1,
            second["number"]: 1,
        }
        assert len(coil(printer)) == 2
        assert all(pulse["result"] == "opens" for pulse in coil(printer))


def test_a_recorded_port_leaves_what_passed_in_a_file_that_wire_reads(tmp_path: Path) -> None:
    with Device("escpos", tmp_path / "printer", ["--columns", "42", *QUICK]) as printer:
        record = tmp_path / "printer.jsonl"
        at = write(tmp_path, f'[printer]\nport = "{printer.url}?record={record}"\ncolumns = 42\n')
        with device_desk(at) as desk:
            desk.open_shift()
            desk.cashier.post("/v1/sales", sale(desk.new("sale")))
    shown = command("wire", "show", record)
    assert shown.code == 0, shown.err
    assert "cut" in shown.out


@pytest.mark.parametrize(
    ("box", "level", "shut_after"),
    # the Glancetron tells nothing for a second after each kick
    [
        ("glancetron-8005u", "high", "2.5"),
        ("ibm-4840", "high", "0.3"),
        ("acode-at10u3", "high", "0.6"),
        ("safescan-uc100", "none", "0.3"),
    ],
)
def test_a_drawer_on_a_box_opens_once_for_a_cash_sale_and_not_for_a_card(
    tmp_path: Path, box: str, level: str, shut_after: str
) -> None:
    with (
        Device("escpos", None, ["--columns", "42", *QUICK]) as printer,
        Device("drawer-box", tmp_path / "box", ["--box", box, "--drawer-closes-after", shut_after]) as drawer,
    ):
        section = f'[drawers.main]\ndriver = "trigger_box"\nport = "{drawer.url}"\nbox = "{box}"\n'
        section += 'code = "1b7030"\n' if box == "acode-at10u3" else ""
        at = write(tmp_path, printer_section(printer) + section + f'sense_open_level = "{level}"\n')
        with device_desk(at) as desk:
            desk.open_shift()
            rested = time.monotonic() + REST_S
            until(lambda: time.monotonic() > rested, "the coil to have rested since the port was opened")
            desk.cashier.post("/v1/sales", sale(desk.new("sale")))
            until(lambda: coil(drawer), "the coil to be pulsed")
            card = {"type": "card", "amount": 1000, "card": {"mask": "5168****1234", "rrn": "000123"}}
            desk.cashier.post("/v1/sales", sale(desk.new("sale"), payments=[card]))
            if level != "none":
                until(lambda: desk.cashier.get("/v1/drawers/main")["state"] == "closed", "the drawer to be seen shut")
        assert [pulse["result"] for pulse in coil(drawer)] == ["opens"]
        assert coil(printer) == [], "the printer's own socket is not touched"


def test_a_box_that_is_unplugged_costs_no_sale_and_gets_no_kick_too_late(tmp_path: Path) -> None:
    with (
        Device("escpos", None, ["--columns", "42", *QUICK]) as printer,
        Device("drawer-box", tmp_path / "box", ["--box", "ibm-4840"]) as drawer,
    ):
        section = f'[drawers.main]\ndriver = "trigger_box"\nport = "{drawer.url}"\nbox = "ibm-4840"\n'
        at = write(
            tmp_path, printer_section(printer) + section + 'sense_open_level = "high"\n[rules]\nkick_ttl_ms = 500\n'
        )
        with device_desk(at) as desk:
            desk.open_shift()
            drawer.do("unplug")
            done = desk.cashier.post("/v1/sales", sale(desk.new("sale")))
            assert done["state"] == "paper_out"
            until(lambda: desk.cashier.get("/v1/drawers/main")["state"] == "failed", "the drawer to be told as failed")
            told = desk.cashier.get("/v1/drawers/main")
            assert (told["connected"], told["trouble"][:30]) == (False, "Drawer main is not connected: ")
            assert desk.status()["drawers"][0]["trouble"] == told["trouble"]
            assert desk.status()["can_sell"], "a drawer opens with its key"
            drawer.do("plug")
            until(lambda: _opened(desk), "the drawer to be opened by command")
            found = desk.cashier.get("/v1/drawers/main")
            assert (found["connected"], found["trouble"]) == (True, None)
        names = Counter(record["name"] for record in _journal(at.journal))
        assert (names["DrawerSilent"] >= 1, names["DrawerReady"]) == (True, 1)
        assert len(coil(drawer)) == 1, "the pulse that nobody waited for any more was never sent"
        assert papers(printer)[done["number"]] == 1


# --- another printer than before ------------------------------------------------------------------------------------


def test_another_printer_gets_nothing_to_do_until_a_person_accepts_it(tmp_path: Path) -> None:
    place = tmp_path / "printer"
    with Device("escpos", place, ["--columns", "42", *QUICK]) as printer:
        at = write(tmp_path, printer_section(printer, encoding='"cp1251"', page="46"))
        with device_desk(at) as desk:
            desk.open_shift()
            desk.cashier.post("/v1/sales", sale(desk.new("sale")))
            assert command("devices", "accept", "--config", at.config).code == 1, "nobody else was seen"
            ours = desk.status()["printer"]["serial"]
            printer.close()
            desk.printer_is("silent")
            with Device("escpos", place, ["--columns", "42", "--personality", OTHER, *QUICK]) as other:
                desk.printer_is("fault")
                told = desk.status()
                assert OTHERS_SERIAL in told["printer"]["advice"]
                assert ours in told["printer"]["advice"]
                assert "devices accept" in told["printer"]["advice"]
                assert not told["can_sell"]
                assert papers(other) == {}
                done = command("devices", "accept", "--config", at.config)
                assert done.code == 0, done.err
                assert OTHERS_SERIAL in done.out
                desk.printer_is("ready")
                sold = desk.cashier.post("/v1/sales", sale(desk.new("sale")))
                assert papers(other)[sold["number"]] == 1


def test_another_printer_is_accepted_over_http_and_prints(tmp_path: Path) -> None:
    place = tmp_path / "printer"
    with Device("escpos", place, ["--columns", "42", *QUICK]) as printer:
        at = write(tmp_path, printer_section(printer, encoding='"cp1251"', page="46"))
        with device_desk(at) as desk:
            desk.open_shift()
            desk.cashier.post("/v1/sales", sale(desk.new("sale")))
            printer.close()
            desk.printer_is("silent")
            assert _device(desk)["connected"] is False
            with Device("escpos", place, ["--columns", "42", "--personality", OTHER, *QUICK]) as other:
                desk.printer_is("fault")
                found = _device(desk)
                assert found["stranger"]["serial"] == OTHERS_SERIAL
                assert "/v1/devices/printer/accept" in found["advice"]
                refused = desk.cashier.request("POST", "/v1/sales", sale(desk.new("sale")), wait=1)
                assert (refused[0], refused[1]["outcome"]) == (409, "none")
                taken = {"id": "accept-1", "serial": OTHERS_SERIAL}
                assert desk.cashier.request("POST", ACCEPT, {"id": "accept-0", "serial": "another"})[0] == 409
                assert papers(other) == {}, "nobody was accepted yet"
                accepted = desk.cashier.post(ACCEPT, taken)
                assert (accepted["known"]["serial"], accepted["stranger"]) == (OTHERS_SERIAL, None)
                desk.printer_is("ready")
                sold = desk.cashier.post("/v1/sales", sale(desk.new("sale")))
                assert papers(other)[sold["number"]] == 1
                assert desk.cashier.post(ACCEPT, taken)["known"]["serial"] == OTHERS_SERIAL, "twice changes nothing"


def test_the_same_printer_is_known_again_after_a_restart_of_the_till(tmp_path: Path) -> None:
    with Device("escpos", tmp_path / "printer", ["--columns", "42", *QUICK]) as printer:
        at = write(tmp_path, printer_section(printer))
        for _ in range(2):
            with device_desk(at) as desk:
                desk.printer_is("ready")
                until(lambda: (tmp_path / "journal.sqlite.devices").exists(), "the printer to be remembered")
        remembered = json.loads((tmp_path / "journal.sqlite.devices").read_text("utf-8"))
        assert remembered["printer"].keys() == {"known"}


# --- fiscal printers ------------------------------------------------------------------------------------------------

DIALECTS = {"bg": ("BG", "Б"), "ua": ("UA", "А"), "x": ("BG", "2")}


@contextmanager
def register_desk(folder: Path, dialect: str, speed: str = "30") -> Iterator[tuple[DeviceDesk, Device]]:
    market, letter = DIALECTS[dialect]
    options = ["--speed", speed, *(["--dialect", dialect] if dialect != "x" else [])]
    with Device("datecs-x" if dialect == "x" else "datecs", folder / "register", options) as register:
        devices = (
            f'[fiscaliser.datecs]\nport = "{register.url}"\ndialect = "{dialect}"\ndrawer = "command"\n'
            '[drawers.main]\ndriver = "register"\n'
        )
        with device_desk(write(folder, devices, letter=letter, market=market)) as desk:
            yield desk, register


def fiscal(register: Device) -> list[tuple[str, int]]:
    return [(one["kind"], one["total"]) for one in register.do("books")["fiscal"]]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_day_on_a_fiscal_printer_is_in_its_memory_and_drawer_as_the_till_says(tmp_path: Path, dialect: str) -> None:
    with register_desk(tmp_path, dialect) as (desk, register):
        desk.open_shift(10_000)
        sold = desk.cashier.post("/v1/sales", sale("sale-a", line(price=4100), line("Молоко", 5250)))
        back = {"id": "back-a", "lines": [line(price=4100)], "payments": [cash(4100)], "original": {"id": "sale-a"}}
        given = desk.cashier.post("/v1/returns", back)
        again = desk.cashier.request("POST", "/v1/sales", sale("sale-a", line(price=4100), line("Молоко", 5250)))
        assert again[0] in (200, 201)
        desk.cashier.post("/v1/reports/x", {"id": "x-a"})
        report = desk.cashier.post("/v1/shifts/current/close", {"id": "z-a"})
        books = register.do("books")
        assert fiscal(register) == [("sale", 9350), ("return", 4100)]
        assert (sold["fiscal"]["number"], given["fiscal"]["number"]) == ("0000002", "0000003")
        assert len(books["closures"]) == 1
        assert report["totals"]["expected_cash"] == books["cash"] == 15_250
        assert [pulse["result"] for pulse in books["pulses"]][:1] == ["opens"]
        assert desk.status()["printer"]["serial"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_till_killed_in_the_middle_of_a_receipt_makes_it_once(tmp_path: Path, dialect: str) -> None:
    with register_desk(tmp_path, dialect, speed="1") as (desk, register):
        desk.open_shift(10_000)
        wanted = sale("sale-k", *(line(f"Товар {number}", 1000 + number) for number in range(8)))
        asking = threading.Thread(target=desk.cashier.try_post, args=("/v1/sales", wanted), kwargs={"wait": 1})
        asking.start()
        until(lambda: register.do("status")["open_receipt"], "the receipt to be open")
        desk.till.kill()
        asking.join()
        desk.till.start()
        desk.printer_is("ready")
        until(lambda: _made(desk, wanted), "the sale to be made")
        done = desk.receipt("sale-k")
        total = sum(1000 + number for number in range(8))
        assert done["state"] == "paper_out"
        assert fiscal(register) == [("sale", total)]
        assert not register.do("status")["open_receipt"]
        assert register.do("books")["cash"] == 10_000 + total
        names = Counter(record["name"] for record in _journal(desk.at.journal))
        assert names["FiscalisationDoubtful"] >= 1, "the till was killed while the receipt was open"


def duplicates(register: Device) -> int:
    return sum(piece["kind"] == "duplicate" for piece in register.do("books")["papers"])


@pytest.mark.parametrize(("dialect", "columns"), [("bg", 42), ("ua", 36), ("x", 40)])
def test_a_fiscal_printer_copies_its_last_receipt_and_prints_an_older_one_as_marked_text(
    tmp_path: Path, dialect: str, columns: int
) -> None:
    with register_desk(tmp_path, dialect) as (desk, register):
        desk.open_shift(10_000)
        desk.cashier.post("/v1/sales", sale("sale-d", line("Хліб", 1300)))
        last = desk.cashier.post("/v1/receipts/sale-d/copy", {"id": "copy-1", "reason": "customer"})
        assert last["state"] == "paper_out"
        assert duplicates(register) == 1
        desk.cashier.post("/v1/sales", sale("sale-e", line("Молоко", 2700)))
        desk.cashier.post("/v1/receipts/sale-d/copy", {"id": "copy-2", "reason": "customer"})
        assert duplicates(register) == 1, "the device copies nothing but its last receipt"
        *_, copy = (piece["lines"] for piece in register.do("books")["papers"])
        assert sum(text.endswith(" 2") and text[:-2].isupper() for text in copy) == 2, "marked above and below"
        rules = {len(text.strip()) for text in copy if set(text.strip()) == {"-"}}
        assert rules == {columns}, "laid out for what the device takes as text"
        assert fiscal(register) == [("sale", 1300), ("sale", 2700)]


def test_what_is_no_fiscal_document_is_printed_by_the_fiscal_printer(tmp_path: Path) -> None:
    with register_desk(tmp_path, "bg") as (desk, register):
        desk.open_shift(10_000)
        desk.cashier.post("/v1/sales", sale("sale-c"))
        slip = {"id": "slip-c", "kind": "notice", "lines": [{"text": "Saturday closed"}]}
        done = desk.cashier.post("/v1/documents", slip)
        assert done["state"] == "paper_out"
        text = [text for piece in register.do("paper")["pieces"] for text in piece["lines"]]
        assert sum("Saturday closed" in one for one in text) == 1
        assert fiscal(register) == [("sale", 1000)]


def test_a_register_that_taxes_otherwise_opens_no_shift(tmp_path: Path) -> None:
    with Device("datecs", tmp_path / "register", ["--dialect", "ua", *QUICK[:2]]) as register:
        devices = f'[fiscaliser.datecs]\nport = "{register.url}"\ndialect = "ua"\n'
        at = write(tmp_path, devices, letter="Б", market="UA")
        with device_desk(at) as desk:
            desk.printer_is("ready")
            status, answer = desk.cashier.request("POST", "/v1/shifts", {"id": "shift-w", "float_amount": 0})
            assert status == 409
            assert re.search(r"tax group vat20 has 20 % in the configuration", answer["detail"])
        assert fiscal(register) == []


# --- simulate -------------------------------------------------------------------------------------------------------


def test_simulate_plays_every_configured_device(tmp_path: Path) -> None:
    devices = (
        '[fiscaliser.datecs]\nport = "serial:/dev/till-fiscal"\ndialect = "ua"\ndrawer = "command"\n'
        '[drawers.main]\ndriver = "register"\n'
        '[drawers.box]\ndriver = "trigger_box"\nport = "serial:/dev/till-drawer"\nbox = "ibm-4840"\n'
        'sense_open_level = "high"\n[drawers.pins]\ndriver = "gpio"\nport = "gpio:17"\nsense_port = "gpio:27"\n'
        'sense_open_level = "high"\n'
    )
    at = write(tmp_path, devices, letter="А")
    with running(*MODULE, "simulate", "--config", at.config, errors=tmp_path / "errors") as till:
        assert till.ready.keys() == {"listen", "datecs", "box", "pins"}
        assert all(Path(till.ready[name]).is_symlink() for name in ("datecs", "box", "pins"))
    assert not (tmp_path / "journal.sqlite.devices").exists()


def _device(desk: DeviceDesk) -> Json:
    devices: list[Json] = desk.cashier.get("/v1/devices")["devices"]
    return devices[0]


def _made(desk: DeviceDesk, wanted: Json) -> bool:
    status, _ = desk.cashier.try_post("/v1/sales", wanted, wait=1)
    return status in (200, 201)


def _opened(desk: DeviceDesk) -> bool:
    status, _ = desk.cashier.try_post("/v1/drawers/main/open", {"id": desk.new("open"), "reason": "look"})
    return status in (200, 201)


def _journal(path: Path) -> Iterator[Json]:
    from firmware_bridge.journal import browse

    return browse.export(str(path))
