"""The udev rules: valid, and for each known device they give the name, the permissions and the peace it needs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.udev_rules import Device, Rule, parse, play

UDEV = Path(__file__).parent.parent / "udev"
FILES = sorted(UDEV.glob("*.rules"))
TAG = "platform-fd500000_pcie-pci-0000_01_00_0-usb-0_1_2_1_0"


def with_examples(text: str) -> str:
    """The rules with every commented-out example switched on."""
    return re.sub(r"^#(?=[A-Z]+(\{\w+\})?==)", "", text, flags=re.MULTILINE)


@pytest.fixture
def rules() -> list[Rule]:
    return parse((UDEV / "70-till.rules").read_text(encoding="utf-8"))


@pytest.fixture
def roles() -> list[Rule]:
    return parse(with_examples((UDEV / "71-till-roles.rules").read_text(encoding="utf-8")))


def usb_device(vendor: str, product: str, interfaces: str) -> Device:
    return Device(
        subsystem="usb",
        kernel="1-1.2",
        attributes={"idVendor": vendor, "idProduct": product, "power/control": "auto"},
        properties={"DEVTYPE": "usb_device", "ID_USB_INTERFACES": interfaces},
    )


def serial_line(vendor: str, product: str, serial: str = "", kernel: str = "ttyUSB0", tag: str = TAG) -> Device:
    properties = {"ID_VENDOR_ID": vendor, "ID_MODEL_ID": product, "ID_PATH_TAG": tag, "ID_USB_INTERFACE_NUM": "00"}
    return Device("tty", kernel, properties=properties | ({"ID_SERIAL_SHORT": serial} if serial else {}))


def test_player_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="does not know IMPORT"):
        play(parse('IMPORT{program}="/bin/true"'), Device("tty", "ttyUSB0"))


def test_there_are_rules_to_look_at() -> None:
    assert [path.name for path in FILES] == ["70-till.rules", "71-till-roles.rules"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_rules_and_their_examples_are_valid(path: Path) -> None:
    assert parse(with_examples(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_udev_itself_accepts_the_rules(path: Path, tmp_path: Path) -> None:
    udevadm = shutil.which("udevadm")
    offers = subprocess.run([udevadm, "--help"], capture_output=True, text=True, check=True).stdout if udevadm else ""
    if udevadm is None or "verify" not in offers:
        pytest.skip("no `udevadm verify` here (systemd 254 and newer have it); the parser of these tests has checked")
    copy = tmp_path / path.name
    # The group exists only where the product is installed.
    copy.write_text(with_examples(path.read_text(encoding="utf-8")).replace('GROUP="till"', 'GROUP="dialout"'))
    done = subprocess.run([udevadm, "verify", "--no-style", copy], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ('SUBSYSTEMM=="tty", MODE="0660"', "no key SUBSYSTEMM"),
        ('SUBSYSTEM="tty", MODE="0660"', "SUBSYSTEM takes no ="),
        ('SUBSYSTEM=="tty" MODE="0660"', "comma"),
        ('SUBSYSTEM=="tty", MODE="0660",', "comma"),
        ('SUBSYSTEM=="tty", ENV=="1"', "ENV needs"),
        ('SUBSYSTEM=="tty", GROUP{x}="till"', "GROUP takes no"),
        ('SUBSYSTEM=="tty", MODE="rw-rw----"', "no octal mode"),
        ('SUBSYSTEM=="tty, MODE="0660"', "comma"),
        ("SUBSYSTEM==tty", "not KEY"),
        ('ACTION=="remove", GOTO="nowhere"', "no label nowhere"),
        ('LABEL="up"\nACTION=="remove", GOTO="up"', "no label up below"),
        ('LABEL="twice"\nLABEL="twice"', "already"),
    ],
)
def test_broken_rule_is_refused(broken: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse(broken)


#: Interface class ff: the vendor's own, which tells nothing.
VENDOR_CLASS = ":ffffff:"
#: Adapters and devices with a serial line, by their own ids or by the interface class they announce.
SERIAL = [
    ("0403", "6001", VENDOR_CLASS),
    ("067b", "2303", VENDOR_CLASS),
    ("1a86", "7523", VENDOR_CLASS),
    ("10c4", "ea60", VENDOR_CLASS),
    ("fff0", "0100", ":020201:0a0000:"),
    ("dead", "beef", ":020201:0a0000:"),
]
PRINTERS = [
    ("04b8", "0e15", ":070102:"),
    ("04b8", "0202", VENDOR_CLASS),
    ("0519", "0001", VENDOR_CLASS),
    ("0dd4", "015d", VENDOR_CLASS),
    ("1504", "0103", VENDOR_CLASS),
    ("0525", "a700", VENDOR_CLASS),
    ("0456", "0808", VENDOR_CLASS),
    ("6868", "0500", VENDOR_CLASS),
    ("0416", "5011", VENDOR_CLASS),
    ("dead", "beef", ":030101:070101:"),
]


@pytest.mark.parametrize("plugged", [*SERIAL, *PRINTERS], ids=":".join)
def test_modem_manager_never_touches_a_device_that_may_be_a_drawer(
    rules: list[Rule], plugged: tuple[str, str, str]
) -> None:
    assert play(rules, usb_device(*plugged)).properties.get("ID_MM_DEVICE_IGNORE") == "1"


@pytest.mark.parametrize("kernel", ["ttyUSB0", "ttyUSB11", "ttyACM0"])
def test_modem_manager_never_opens_a_serial_line(rules: list[Rule], kernel: str) -> None:
    device = play(rules, serial_line("dead", "beef", kernel=kernel))
    assert device.properties["ID_MM_PORT_IGNORE"] == "1"


@pytest.mark.parametrize("line", ["ID_MM_DEVICE_IGNORE", "ID_MM_PORT_IGNORE"])
def test_rules_without_the_ignore_lines_would_be_noticed(line: str) -> None:
    text = (UDEV / "70-till.rules").read_text(encoding="utf-8")
    weakened = parse(text.replace(f'ENV{{{line}}}="1"', 'ENV{NOTHING}="1"'))
    for device in (usb_device("1a86", "7523", VENDOR_CLASS), serial_line("1a86", "7523")):
        assert line not in play(weakened, device).properties


@pytest.mark.parametrize("plugged", PRINTERS, ids=":".join)
def test_printer_may_be_used_by_the_group_till_alone(rules: list[Rule], plugged: tuple[str, str, str]) -> None:
    played = play(rules, usb_device(*plugged))
    assert (played.group, played.mode) == ("till", "0660")


DRAWERS = [("0d3a", "0200", ":030000:"), ("0d3a", "0203", ":030000:"), ("0fa8", "b033", ":030000:")]


@pytest.mark.parametrize("plugged", [*SERIAL, *PRINTERS, *DRAWERS], ids=":".join)
def test_device_is_never_sent_to_sleep(rules: list[Rule], plugged: tuple[str, str, str]) -> None:
    assert play(rules, usb_device(*plugged)).attributes["power/control"] == "on"


def test_keyboard_and_modem_of_no_concern_are_left_alone(rules: list[Rule]) -> None:
    device = play(rules, usb_device("046d", "c31c", ":030101:"))
    assert "ID_MM_DEVICE_IGNORE" not in device.properties
    assert (device.group, device.mode, device.attributes["power/control"]) == ("", "", "auto")


def test_serial_line_is_named_by_its_socket(rules: list[Rule]) -> None:
    device = play(rules, serial_line("1a86", "7523"))
    assert device.links == {f"till/port-{TAG}"}
    assert (device.group, device.mode) == ("till", "0660")


def test_serial_line_with_a_number_of_its_own_is_named_by_that_too(rules: list[Rule]) -> None:
    device = play(rules, serial_line("0403", "6001", "A50285BI"))
    assert device.links == {f"till/port-{TAG}", "till/serial-0403-6001-A50285BI-00"}


@pytest.mark.parametrize("shared", ["00000000", "0001", "0123456789ABCDEF"])
def test_number_that_clones_share_names_nothing(rules: list[Rule], shared: str) -> None:
    assert play(rules, serial_line("0403", "6001", shared)).links == {f"till/port-{TAG}"}


@pytest.mark.parametrize("kernel", ["tty0", "ttyS0", "ttyAMA0", "console"])
def test_lines_that_are_not_usb_are_left_alone(rules: list[Rule], kernel: str) -> None:
    device = play(rules, Device("tty", kernel))
    assert (device.links, device.group, device.properties) == (set(), "", {})


def test_ftdi_adapter_hands_answers_over_at_once(rules: list[Rule]) -> None:
    device = Device("usb-serial", "ttyUSB0", driver="ftdi_sio", attributes={"latency_timer": "16"})
    assert play(rules, device).attributes["latency_timer"] == "1"


def test_other_adapters_have_no_such_timer(rules: list[Rule]) -> None:
    device = Device("usb-serial", "ttyUSB0", driver="ch341-uart")
    assert play(rules, device).attributes == {}


def kernel_printer(serial: str) -> Device:
    ids = {"ID_VENDOR_ID": "04b8", "ID_MODEL_ID": "0e15"}
    return Device("usbmisc", "lp0", path_tag=TAG, usb_id=ids | ({"ID_SERIAL_SHORT": serial} if serial else {}))


@pytest.mark.parametrize("serial", ["", "0", "00000000", "0123456789ABCDEF"])
def test_kernel_printer_without_a_number_of_its_own_is_named_by_its_socket(rules: list[Rule], serial: str) -> None:
    device = play(rules, kernel_printer(serial))
    assert (device.links, device.group, device.mode) == ({f"till/lp-{TAG}"}, "till", "0660")


def test_kernel_printer_with_a_number_of_its_own_is_named_by_that_too(rules: list[Rule]) -> None:
    assert play(rules, kernel_printer("J4CF012345")).links == {f"till/lp-{TAG}", "till/lp-serial-04b8-0e15-J4CF012345"}


def test_another_device_of_that_kind_is_left_alone(rules: list[Rule]) -> None:
    device = play(rules, Device("usbmisc", "hiddev0", path_tag=TAG))
    assert (device.links, device.group) == (set(), "")


def datecs(product: str, vendor: str = "fff0") -> Device:
    line = serial_line(vendor, "0100", kernel="ttyACM0")
    line.parents = ({"bInterfaceClass": "02"}, {"idVendor": vendor, "idProduct": "0100", "product": product})
    return line


def test_fiscal_printer_on_its_own_usb_is_told_from_its_card_terminal(rules: list[Rule]) -> None:
    assert play(rules, datecs("Datecs Serial")).links == {f"till/port-{TAG}", f"till/fiscal-{TAG}"}
    assert play(rules, datecs("Datecs PinPad")).links == {f"till/port-{TAG}"}
    assert play(rules, datecs("USB Serial", vendor="1a86")).links == {f"till/port-{TAG}"}


def test_no_rule_names_a_device_by_the_order_of_finding() -> None:
    for path in FILES:
        for rule in parse(with_examples(path.read_text(encoding="utf-8"))):
            links = [token.value for token in rule.tokens if token.key == "SYMLINK"]
            assert not any(re.search(r"[$%](kernel|number|name|k|n)\b", link) for link in links)


@pytest.mark.parametrize(("vendor", "product"), [("0d3a", "0200"), ("0d3a", "0203"), ("0fa8", "b033")])
def test_hid_drawer_is_named_by_its_socket(rules: list[Rule], vendor: str, product: str) -> None:
    above = ({"bInterfaceClass": "03"}, {"idVendor": vendor, "idProduct": product})
    device = play(rules, Device("hidraw", "hidraw0", parents=above, path_tag=TAG))
    assert (device.links, device.group, device.mode) == ({f"till/drawer-{TAG}"}, "till", "0660")


def test_other_hid_device_stays_the_systems(rules: list[Rule]) -> None:
    device = Device("hidraw", "hidraw0", parents=({"idVendor": "0fa8", "idProduct": "0001"},), path_tag=TAG)
    assert (play(rules, device).links, device.group) == (set(), "")


def test_nothing_is_changed_when_a_device_goes(rules: list[Rule]) -> None:
    device = serial_line("0403", "6001", "A50285BI")
    device.action = "remove"
    assert (play(rules, device).links, device.group) == (set(), "")


def test_role_by_serial_number_holds_in_every_socket(rules: list[Rule], roles: list[Rule]) -> None:
    device = serial_line("0403", "6001", "A50285BI", tag="platform-other_socket")
    assert "till/receipt-printer" in play(rules + roles, device).links


def test_role_by_socket_holds_for_that_socket_alone(rules: list[Rule], roles: list[Rule]) -> None:
    assert "till/drawer" in play(rules + roles, serial_line("1a86", "7523")).links
    assert "till/drawer" not in play(rules + roles, serial_line("1a86", "7523", tag="platform-other_socket")).links


def test_modem_named_by_the_technician_is_given_back_to_modem_manager(rules: list[Rule], roles: list[Rule]) -> None:
    modem = play(rules + roles, usb_device("2c7c", "0125", ":020201:ffffff:"))
    assert modem.properties["ID_MM_DEVICE_IGNORE"] == "0"
    port = play(rules + roles, serial_line("2c7c", "0125"))
    assert port.properties["ID_MM_PORT_IGNORE"] == "0"


def test_no_role_is_given_before_the_technician_gives_it() -> None:
    assert {token.key for rule in parse((UDEV / "71-till-roles.rules").read_text()) for token in rule.tokens} == {
        "ACTION",
        "GOTO",
        "LABEL",
    }
