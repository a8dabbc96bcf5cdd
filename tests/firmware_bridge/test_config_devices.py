"""The devices in the configuration: what fits together is taken, what does not is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.printers.escpos.means import Knife
from drivers.printers.labels import LANGUAGES
from firmware_bridge import config_check, fiscalisers, wiring
from firmware_bridge.app import rule_settings
from firmware_bridge.config import Config, ConfigError, load
from firmware_bridge.config_check import check
from firmware_bridge.device_check import missing_devices, notes

SHOP = """
[till]
id = "1"
market = "UA"
zone = "Europe/Kyiv"
currency = "UAH"
language = "uk"
[shop]
name = "Магазин"
[taxes.vat20]
letter = "А"
taxes = [{ name = "ПДВ", rate = 2000 }]
datecs = "А"
[rounding]
mode = "none"
[journal]
path = "/tmp/journal.sqlite"
"""
PRINTER = '[printer]\nport = "tcp:192.168.1.50:9100"\n'
BOX = '[drawers.main]\ndriver = "trigger_box"\nport = "serial:/dev/till-drawer"\nbox = "ibm-4840"\n'
PINS = '[drawers.main]\ndriver = "gpio"\nport = "gpio:17"\nsense_port = "gpio:27"\nsense_open_level = "high"\n'
REGISTER = '[fiscaliser.datecs]\nport = "serial:/dev/till-fiscal?baud=115200"\ndialect = "ua"\n'
ON_REGISTER = 'drawer = "command"\n[drawers.main]\ndriver = "register"\n'


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "till.toml"
    path.write_text(text, "utf-8")
    config = load(path)
    check(config, path)
    return config


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    return [fault.removeprefix(f"{tmp_path}/till.toml: ") for fault in caught.value.faults]


@pytest.mark.parametrize(
    "port",
    [
        "serial:/dev/till-printer?baud=9600&flow=rtscts&record=/var/lib/till/printer.jsonl",
        "tcp:printer.lan:9100",
        "usb:04b8:0e15:J4CF012345",
        "usb:printer?record=/tmp/p",
    ],
)
def test_a_printer_hangs_on_any_port_that_moves_bytes(tmp_path: Path, port: str) -> None:
    config = read(tmp_path, SHOP + f'[printer]\nport = "{port}"\n')
    assert config.printer is not None
    assert config.printer.port == port


@pytest.mark.parametrize("port", ["memory:", "gpio:17", "parallel:/dev/lp0", "tcp:printer", "usb:04b8", "serial:x"])
def test_a_printer_hangs_on_no_other_port(tmp_path: Path, port: str) -> None:
    assert any("printer.port" in fault for fault in faults(tmp_path, SHOP + f'[printer]\nport = "{port}"\n'))


def test_a_drawer_with_a_port_of_its_own_is_no_part_of_a_print_job(tmp_path: Path) -> None:
    for drawer in (BOX + 'sense_open_level = "high"\n', PINS):
        found = rule_settings(read(tmp_path, SHOP + PRINTER + drawer)).drawers["main"]
        assert (found.through_printer, found.sensed) == (False, True)
    found = rule_settings(read(tmp_path, SHOP + PRINTER + "[drawers.main]\n")).drawers["main"]
    assert (found.through_printer, found.sensed) == (True, False)


def test_a_register_that_prints_needs_no_printer_and_opens_its_drawer(tmp_path: Path) -> None:
    config = read(tmp_path, SHOP + REGISTER + ON_REGISTER)
    assert fiscalisers.traits(config).prints
    assert rule_settings(config).drawers["main"].through_printer
    assert wiring.register_taxes(config) == {"vat20": "А"}
    assert fiscalisers.hardware(config) is not None


def test_in_training_a_register_is_no_fiscaliser(tmp_path: Path) -> None:
    config = read(tmp_path, SHOP.replace('id = "1"', 'id = "1"\ntraining = true') + REGISTER + ON_REGISTER)
    assert not fiscalisers.traits(config).registers


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (PRINTER + BOX + "pin = 5\n", "drawers.main.pin: means nothing for a drawer with driver trigger_box"),
        (PRINTER + '[drawers.main]\nport = "gpio:17"\n', "drawers.main.port: means nothing"),
        (PRINTER + BOX.replace("ibm-4840", "nobox"), "drawers.main: there is no trigger box 'nobox'"),
        (PRINTER + PINS.replace("gpio:27", "gpio:17"), "drawers.main.sense_port: are both pin 17"),
        (PRINTER + PINS.replace("gpio:17", "gpio:99"), "drawers.main: "),
        (PRINTER + '[drawers.main]\ndriver = "gpio"\n', "drawers.main: "),
        (PRINTER + '[drawers.main]\ndriver = "register"\n', "drawers.main.driver: register needs the section"),
        (REGISTER + '[drawers.main]\ndriver = "register"\n', 'needs fiscaliser.datecs.drawer = "command"'),
        (REGISTER + 'drawer = "command"\n', 'needs a drawer with driver = "register"'),
        (REGISTER + ON_REGISTER + 'sense_open_level = "high"\n', "drawers.main.sense_open_level: must be none"),
        (REGISTER + ON_REGISTER + '[drawers.b]\ndriver = "register"\n', "drawers: main, b hang on one fiscal printer"),
        (REGISTER.replace('"ua"', '"bg"'), "fiscaliser.datecs.dialect: bg is for BG"),
        (REGISTER.replace("serial:/dev/till-fiscal", "usb:1234:5678"), "fiscaliser.datecs.port"),
        (REGISTER + "operator = 17\n", "fiscaliser.datecs: this device knows operators 1 to 16"),
        (PRINTER + 'encoding = "cp866"\n', "printer.page: encoding and page belong together"),
        (PRINTER + "page = 17\n", "printer.page: encoding and page belong together"),
        (PRINTER + REGISTER.replace("serial:/dev/till-fiscal?baud=115200", "tcp:192.168.1.50:9100"),
         "printer.port and fiscaliser.datecs.port: are both 192.168.1.50:9100"),
        (REGISTER + BOX.replace("till-drawer", "till-fiscal"), "fiscaliser.datecs.port and drawers.main.port: "),
        ('[fiscaliser]\n', "must have the section of one vendor"),
    ],
)  # fmt: skip
def test_devices_that_do_not_fit_are_named(tmp_path: Path, text: str, sentence: str) -> None:
    found = faults(tmp_path, SHOP + text)
    assert any(sentence in fault for fault in found), found


def test_a_tax_group_without_a_letter_of_the_register_is_named(tmp_path: Path) -> None:
    assert faults(tmp_path, SHOP.replace('datecs = "А"', "") + REGISTER) == [
        "taxes.vat20.datecs: is missing: the letter of this tax group on the fiscal printer"
    ]
    strange = SHOP.replace('datecs = "А"', 'datecs = "Q"') + REGISTER
    assert any("tax group vat20: there is no tax group 'Q'" in fault for fault in faults(tmp_path, strange))
    second = SHOP + '[taxes.b]\nletter = "Б"\ndatecs = "А"\n' + REGISTER
    assert any("the fiscal printer's letter А stands for 2 groups" in fault for fault in faults(tmp_path, second))


def test_a_register_does_not_round(tmp_path: Path) -> None:
    found = faults(tmp_path, SHOP.replace('"none"', '"round50"') + REGISTER)
    assert any(fault.startswith("rounding.mode: must be none") for fault in found)


def test_two_sockets_of_one_box_share_its_port(tmp_path: Path) -> None:
    second = BOX.replace("main", "second") + "number = 2\n"
    assert len(read(tmp_path, SHOP + PRINTER + BOX + second).drawers) == 2


def test_every_device_file_that_is_missing_is_told(tmp_path: Path) -> None:
    config = read(tmp_path, SHOP + REGISTER.replace("/dev/", f"{tmp_path}/") + BOX.replace("/dev/", f"{tmp_path}/"))
    assert missing_devices(config) == [
        f"fiscaliser.datecs.port: {tmp_path}/till-fiscal is not there: plug the fiscal printer in or correct the port",
        f"drawers.main.port: {tmp_path}/till-drawer is not there: plug the drawer in or correct the port",
    ]


# --- the receipt printer's settings -------------------------------------------------------------------------------


def test_what_is_configured_of_a_printer_reaches_its_driver(tmp_path: Path) -> None:
    text = PRINTER + 'qr = "raster"\nbarcodes = "native"\ncut = "full"\nband = 16\nkick = "buffered"\n'
    chosen = wiring.printer_settings(read(tmp_path, SHOP + text))
    assert (chosen.qr, chosen.barcodes, chosen.knife, chosen.band, chosen.kick) == (
        "drawn",
        "native",
        Knife(cut="full"),
        16,
        "buffered",
    )
    usual = wiring.printer_settings(read(tmp_path, SHOP + PRINTER))
    assert (usual.qr, usual.barcodes, usual.knife, usual.band, usual.kick) == ("auto", "auto", None, 24, "auto")


@pytest.mark.parametrize(
    ("port", "bits_per_s"),
    [
        ("serial:/dev/till/printer?baud=2400", 2400),
        ("serial:/dev/till/printer?baud=115200", 115200),
        # a print server may have a serial line behind it
        ("tcp:printer.lan:9100", 9600),
        ("usb:printer", 9600),
    ],
)
def test_a_printer_is_given_the_time_that_its_line_takes(tmp_path: Path, port: str, bits_per_s: int) -> None:
    chosen = wiring.printer_settings(read(tmp_path, SHOP + f'[printer]\nport = "{port}"\n'))
    assert chosen.times.byte == pytest.approx(10 / bits_per_s)


@pytest.mark.parametrize(
    "line", ['qr = "dots"', 'barcodes = "none"', 'cut = "half"', "band = 7", "band = 129", 'kick = "never"']
)
def test_what_a_printer_cannot_be_told_is_refused_by_its_name(tmp_path: Path, line: str) -> None:
    name = line.partition(" ")[0]
    assert any(f"printer.{name}" in fault for fault in faults(tmp_path, SHOP + PRINTER + line + "\n"))


def test_cuts_are_counted_only_where_something_cuts(tmp_path: Path) -> None:
    found = faults(tmp_path, SHOP + PRINTER + 'cut = "none"\nconfirm = "odometer"\n')
    assert found == [
        "printer.confirm: odometer counts cuts, and with cut = none there are none; leave one of the two out"
    ]


def test_a_language_without_words_for_the_paper_is_refused_with_those_there_are(tmp_path: Path) -> None:
    found = faults(tmp_path, SHOP.replace('"uk"', '"de"') + PRINTER)
    assert found == ["till.language: there is no paper in 'de'; there is: az, be, bg, en, ru, uk"]
    for language in LANGUAGES:
        read(tmp_path, SHOP.replace('"uk"', f'"{language}"') + PRINTER)


@pytest.mark.parametrize(
    ("port", "told"),
    [
        ("serial:/dev/ttyUSB0", True),
        ("serial:/dev/ttyACM12?baud=9600", True),
        ("serial:/dev/usb/lp0", True),
        ("serial:/dev/till/printer", False),
        ("serial:/dev/serial/by-path/platform-x-port0", False),
        ("serial:/dev/ttyAMA0", False),
        ("tcp:192.168.1.50:9100", False),
    ],
)
def test_a_name_that_is_given_by_the_order_of_finding_is_told(tmp_path: Path, port: str, told: bool) -> None:
    config = read(tmp_path, SHOP + f'[printer]\nport = "{port}"\n')
    assert [note.startswith("printer.port: /dev/") for note in notes(config)] == [True] * told
    assert [note for note in config_check.notes(config) if "/dev/till/" in note] == list(notes(config))
