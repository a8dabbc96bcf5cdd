"""What a USB port has beyond every port: whom it finds, what it touches, what it leaves alone, how it is lost."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import usb.backend.libusb0
import usb.backend.libusb1
import usb.backend.openusb
from hypothesis import given
from hypothesis import strategies as st

from drivers.ports.base import PortLost
from drivers.ports.usb import UsbPort
from drivers.ports.usb_address import UsbAddress
from drivers.ports.usb_class import PortStatus, UsbIdentity, device_id, port_status
from tests.drivers.ports.conformance import SOON, SystemClock
from tests.drivers.ports.usb_backend import FakeBackend, FakeDevice, Setting

EPSON = UsbAddress(0x04B8, 0x0E15)


class Rig:
    def __init__(self) -> None:
        self.ports: list[UsbPort] = []

    def port(self, *devices: FakeDevice, address: UsbAddress = EPSON) -> UsbPort:
        port = UsbPort(address, SystemClock(), role="receipt printer", backend=FakeBackend(*devices))
        self.ports.append(port)
        return port

    def opened(self, *devices: FakeDevice, address: UsbAddress = EPSON) -> UsbPort:
        port = self.port(*devices, address=address)
        port.open()
        return port


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    for port in made.ports:
        port.close()


def until_lost(port: UsbPort, calls: int = 40) -> PortLost:
    for _ in range(calls):
        try:
            port.write(b"x", 0.05)
            port.read(0.0)
        except PortLost as lost:
            return lost
    raise AssertionError("the port was never lost")


def written_until_lost(port: UsbPort, data: bytes) -> tuple[int, PortLost]:
    told = 0
    while told < len(data):
        try:
            told += port.write(data[told:], 0.2)
        except PortLost as lost:
            return told, lost
    raise AssertionError("the port was never lost")


# --- finding ----------------------------------------------------------------------------------------------------------


def keyboard() -> FakeDevice:
    return FakeDevice(vendor=0x046D, product=0xC31C, address=9, ports=(3,), settings=[[Setting(kind=(3, 1, 1))]])


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (UsbAddress(), "usb:printer"),
        (EPSON, "usb:04b8:0e15"),
        (UsbAddress(0x04B8, 0x0E15, "J4CF012345"), "usb:04b8:0e15:J4CF012345"),
        (UsbAddress(0x04B8, 0x0E15, "J4CF", "1-1.2"), "usb:04b8:0e15:J4CF@1-1.2"),
    ],
)
def test_port_is_named_as_configured(rig: Rig, address: UsbAddress, text: str) -> None:
    assert rig.port(address=address).name == text


@pytest.mark.parametrize(
    "address",
    [UsbAddress(), EPSON, UsbAddress(0x04B8, 0x0E15, "J4CF012345"), UsbAddress(0x04B8, 0x0E15, path="1-1.2")],
    ids=str,
)
def test_one_printer_is_found_by_whatever_is_known(rig: Rig, address: UsbAddress) -> None:
    printer = FakeDevice()
    rig.opened(keyboard(), printer, address=address)
    assert printer.claimed == {0}


def test_of_two_equal_printers_the_one_in_the_socket_is_taken(rig: Rig) -> None:
    left, right = FakeDevice(), FakeDevice(address=5, ports=(1, 3), serial=0)
    rig.opened(left, right, address=UsbAddress(0x04B8, 0x0E15, path="1-1.3"))
    assert (left.claimed, right.claimed) == (set(), {0})


def test_of_two_equal_printers_the_one_with_the_number_is_taken_and_the_other_let_go(rig: Rig) -> None:
    left, right = FakeDevice(serial=0), FakeDevice(address=5, ports=(1, 3))
    rig.opened(left, right, address=UsbAddress(0x04B8, 0x0E15, "J4CF012345"))
    assert (left.handles, right.claimed) == (0, {0})


def test_two_that_fit_are_refused_with_both_places(rig: Rig) -> None:
    port = rig.port(FakeDevice(), FakeDevice(address=5, ports=(1, 3)), address=UsbAddress())
    with pytest.raises(PortLost, match=r"2 USB devices fit \(04b8:0e15@1-1\.2, 04b8:0e15@1-1\.3\); nothing was sent"):
        port.open()


def test_nobody_who_fits_is_told_with_what_to_check(rig: Rig) -> None:
    with pytest.raises(PortLost, match=r"no USB device 04b8:0e15 is plugged in; nothing was sent; check its cable"):
        rig.port(keyboard()).open()
    with pytest.raises(PortLost, match=r"no USB printer is plugged in; nothing was sent"):
        rig.port(keyboard(), address=UsbAddress()).open()


def test_device_that_prints_nothing_is_refused(rig: Rig) -> None:
    device = keyboard()
    with pytest.raises(PortLost, match=r"no printer interface \(class 07/01\); nothing was sent"):
        rig.port(device, address=UsbAddress(0x046D, 0xC31C)).open()
    assert (device.claimed, device.handles) == (set(), 0)


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for backend in (usb.backend.libusb0, usb.backend.libusb1, usb.backend.openusb):
        monkeypatch.setattr(backend, "get_backend", lambda: None)
    with pytest.raises(
        PortLost, match=r"libusb is missing; nothing was sent; install it \(apt install libusb-1\.0-0\)"
    ):
        UsbPort(EPSON, SystemClock()).open()


# --- claiming ---------------------------------------------------------------------------------------------------------


def test_usblp_is_taken_off_and_gets_the_printer_back(rig: Rig) -> None:
    printer = FakeDevice()
    port = rig.opened(printer)
    assert printer.kernel == {}
    port.close()
    assert printer.kernel == {0: "usblp"}
    assert printer.calls == ["detach usblp from 0", "claim 0", "release 0", "attach 0"]
    assert printer.handles == 0


def test_printer_that_usblp_did_not_have_is_not_given_to_it(rig: Rig) -> None:
    printer = FakeDevice(kernel={})
    rig.opened(printer).close()
    assert printer.calls == ["claim 0", "release 0"]


def test_nothing_is_reset_and_no_configuration_set_while_one_is_active(rig: Rig) -> None:
    printer = FakeDevice()
    port = rig.opened(printer)
    port.write(b"receipt", 1.0)
    port.open()
    port.close()
    assert not {"reset", "set_configuration(1)"} & set(printer.calls)


def test_configuration_is_set_where_none_is(rig: Rig) -> None:
    printer = FakeDevice(configured=0)
    rig.opened(printer)
    assert "set_configuration(1)" in printer.calls


def test_other_functions_of_the_device_are_left_to_their_drivers(rig: Rig) -> None:
    printer = FakeDevice(
        settings=[[Setting(0, kind=(3, 1, 1))], [Setting(1, points=(0x03, 0x81))]],
        kernel={0: "usbhid", 1: "usblp"},
        device_id=None,
    )
    port = rig.opened(printer)
    assert (printer.claimed, printer.kernel) == ({1}, {0: "usbhid"})
    assert port.write(b"x", 1.0) == 1
    port.close()
    assert printer.kernel == {0: "usbhid", 1: "usblp"}


def test_two_way_setting_is_preferred_and_chosen(rig: Rig) -> None:
    printer = FakeDevice(settings=[[
        Setting(0, 0, kind=(7, 1, 1), points=(0x01,)),
        Setting(0, 1, kind=(7, 1, 2), points=(0x01, 0x82)),
        Setting(0, 2, kind=(7, 1, 3), points=(0x04, 0x85)),
    ]])  # fmt: skip
    port = rig.opened(printer)
    assert printer.chosen == {0: 1}
    printer.says(b"\x12")
    assert port.read(1.0) == b"\x12"


def test_packets_of_1284_4_are_never_chosen(rig: Rig) -> None:
    printer = FakeDevice(settings=[[Setting(kind=(7, 1, 3))]])
    with pytest.raises(PortLost, match="no printer interface"):
        rig.port(printer).open()


def test_endpoints_come_from_the_descriptor(rig: Rig) -> None:
    printer = FakeDevice(settings=[[Setting(points=(0x81, 0x03))]])
    port = rig.opened(printer)
    assert port.write(b"receipt", 1.0) == 7
    printer.says(b"\x16")
    assert port.read(1.0) == b"\x16"


def test_printer_in_use_by_another_program_is_refused_by_name(rig: Rig) -> None:
    printer = FakeDevice(others={0}, kernel={})
    with pytest.raises(PortLost, match=r"another program uses it; nothing was sent; it may be CUPS.*usblp"):
        rig.port(printer).open()
    assert printer.handles == 0


def test_usblp_gets_a_printer_back_that_could_not_be_claimed(rig: Rig) -> None:
    printer = FakeDevice(others={0})
    with pytest.raises(PortLost, match="CUPS"):
        rig.port(printer).open()
    assert printer.kernel == {0: "usblp"}


def test_missing_permission_is_told_with_the_way_out(rig: Rig) -> None:
    with pytest.raises(PortLost, match=r"may not use it; nothing was sent; install the udev rules.*group till"):
        rig.port(FakeDevice(forbidden=True)).open()


def test_refused_port_holds_nothing(rig: Rig) -> None:
    printer = FakeDevice(forbidden=True)
    port = rig.port(printer)
    with pytest.raises(PortLost):
        port.open()
    printer.forbidden = False
    rig.opened(printer, address=UsbAddress())


# --- bytes ------------------------------------------------------------------------------------------------------------


def test_one_way_printer_never_answers_and_is_never_lost(rig: Rig) -> None:
    printer = FakeDevice(settings=[[Setting(kind=(7, 1, 1), points=(0x01,))]])
    port = rig.opened(printer)
    for _ in range(3):
        assert port.write(b"receipt", 1.0) == 7
        before = time.monotonic()
        assert port.read(0.06) == b""
        assert time.monotonic() - before >= 0.059
    assert "read" not in printer.calls


def test_wake_ends_the_wait_for_a_one_way_printer(rig: Rig) -> None:
    port = rig.opened(FakeDevice(settings=[[Setting(kind=(7, 1, 1), points=(0x01,))]]))
    timer = threading.Timer(0.03, port.wake)
    timer.start()
    before = time.monotonic()
    assert port.read(30.0) == b""
    assert time.monotonic() - before < SOON
    timer.join()


@pytest.mark.parametrize("room", [0, 1, 63, 64, 65, 4095, 4096, 4097, 9000])
def test_what_left_before_the_printer_took_no_more_is_told_to_the_byte(rig: Rig, room: int) -> None:
    printer = FakeDevice(room=room)
    port = rig.opened(printer)
    data = bytes(range(256)) * 40
    sent = port.write(data, 0.15)
    assert sent == room
    printer.room = len(data)
    while sent < len(data):
        sent += port.write(data[sent:], 1.0)
    assert bytes(printer.received) == data


@pytest.mark.parametrize("count", [0, 1, 64, 4095, 4096, 4097, 8191, 8192, 10_000])
def test_unplugged_at_any_byte_no_more_is_told_than_left(rig: Rig, count: int) -> None:
    printer = FakeDevice(unplugged_at=count)
    port = rig.opened(printer)
    data = bytes(range(256)) * 40
    told, lost = written_until_lost(port, data)
    assert told <= count < told + 4097
    assert bytes(printer.received) == data[:count]
    assert lost.port == "usb:04b8:0e15"


def test_printer_without_paper_is_not_lost(rig: Rig) -> None:
    printer = FakeDevice(room=0, port_status=0x38)
    port = rig.opened(printer)
    for _ in range(30):
        assert port.write(b"receipt", 0.05) == 0
    assert port.port_status() == PortStatus(paper_empty=True, selected=True, no_error=True)


def test_printer_that_refuses_the_question_is_not_lost(rig: Rig) -> None:
    port = rig.opened(FakeDevice(room=0, port_status=None))
    for _ in range(30):
        assert port.write(b"receipt", 0.05) == 0
    assert port.port_status() is None


class Hasty:
    """A clock on which ten seconds pass in one."""

    def monotonic(self) -> float:
        return time.monotonic() * 10


def test_printer_that_takes_nothing_and_answers_nothing_is_lost_after_three_questions(rig: Rig) -> None:
    printer = FakeDevice(room=0, mute=True)
    port = UsbPort(EPSON, Hasty(), backend=FakeBackend(printer))
    rig.ports.append(port)
    port.open()
    assert "does not answer any more" in str(until_lost(port))
    assert printer.calls.count("control a1 1 0000") == 3


def test_mute_printer_that_takes_bytes_is_not_lost(rig: Rig) -> None:
    printer = FakeDevice(mute=True)
    port = rig.opened(printer)
    for _ in range(10):
        assert port.write(b"receipt", 1.0) == 7
        assert port.read(0.0) == b""


def test_empty_packets_instead_of_silence_keep_no_core_busy(rig: Rig) -> None:
    printer = FakeDevice(empty_packets=True)
    port = rig.opened(printer)
    assert port.read(0.3) == b""
    assert printer.calls.count("read") < 30


def test_stalled_way_in_is_cleared(rig: Rig) -> None:
    printer = FakeDevice(halted={0x82})
    port = rig.opened(printer)
    printer.says(b"\x12")
    assert port.read(1.0) == b"\x12"
    assert "clear_halt 82" in printer.calls


class Stuck(FakeBackend):
    """A device whose stall comes back."""

    def clear_halt(self, dev_handle: Any, ep: int) -> None:
        dev_handle.device.calls.append(f"clear_halt {ep:02x}")


def test_stall_that_comes_back_is_a_loss(rig: Rig) -> None:
    printer = FakeDevice(halted={0x82})
    port = UsbPort(EPSON, SystemClock(), backend=Stuck(printer))
    rig.ports.append(port)
    port.open()
    with pytest.raises(PortLost, match="refuses every transfer"):
        port.read(SOON)
    assert printer.calls.count("clear_halt 82") == 3


def test_stalled_way_out_is_a_loss(rig: Rig) -> None:
    printer = FakeDevice(halted={0x01})
    port = rig.opened(printer)
    with pytest.raises(PortLost, match="refuses every transfer"):
        port.write(b"receipt", 1.0)
    port.open()
    assert port.write(b"receipt", 1.0) == 7


class Unsettled(FakeBackend):
    """A device that refuses every setting."""

    def set_interface_altsetting(self, *_: Any) -> None:
        raise usb.core.USBError("Pipe error", -9, errno.EPIPE)


def test_usblp_gets_a_printer_back_that_refused_its_setting() -> None:
    printer = FakeDevice(settings=[[Setting(0, 0), Setting(0, 1)]])
    port = UsbPort(EPSON, SystemClock(), backend=Unsettled(printer))
    with pytest.raises(PortLost, match=r"cannot be opened .*nothing was sent"):
        port.open()
    assert (printer.kernel, printer.handles, printer.claimed) == ({0: "usblp"}, 0, set())


def test_answer_that_was_seen_is_read_before_the_loss_is_told(rig: Rig) -> None:
    printer = FakeDevice(room=10)
    port = rig.opened(printer)
    printer.says(b"\x37\x22ab12\x00")
    assert port.write(b"0123456789 and more", 0.2) == 10
    printer.unplug()
    assert port.read(1.0) == b"\x37\x22ab12\x00"
    with pytest.raises(PortLost):
        port.read(1.0)


def test_printer_that_comes_back_in_the_same_socket_is_found_again(rig: Rig) -> None:
    printer = FakeDevice()
    port = rig.opened(printer)
    printer.unplug()
    until_lost(port)
    with pytest.raises(PortLost, match="no USB device"):
        port.open()
    printer.plug()
    printer.kernel = {0: "usblp"}
    port.open()
    assert port.write(b"receipt", 1.0) == 7


# --- what the class tells ---------------------------------------------------------------------------------------------


def test_identity_is_the_device_id_and_the_descriptors_fill_its_gaps(rig: Rig) -> None:
    port = rig.opened(FakeDevice())
    assert port.identity() == UsbIdentity("EPSON", "TM-T20II", "J4CF012345")
    other = FakeDevice(device_id=b"\x00\x1aMFG:Star;MDL:TSP100;SN:77;", vendor=0x0519, product=1, address=6)
    assert rig.opened(other, address=UsbAddress(0x0519, 1)).identity() == UsbIdentity("Star", "TSP100", "77")


def test_printer_without_a_device_id_is_known_by_its_descriptors(rig: Rig) -> None:
    assert rig.opened(FakeDevice(device_id=None)).identity() == UsbIdentity("EPSON", "TM-T20II", "J4CF012345")


def test_question_for_the_identity_claims_no_other_function(rig: Rig) -> None:
    printer = FakeDevice(
        settings=[[Setting(0, kind=(3, 1, 1))], [Setting(1, points=(0x03, 0x81))]], kernel={1: "usblp"}
    )
    port = rig.opened(printer)
    assert port.identity().maker == "EPSON"
    assert printer.claimed == {1}
    assert "control a1 0 0100" in printer.calls


@pytest.mark.parametrize(
    ("answer", "identity"),
    [
        (b"", UsbIdentity("", "", "")),
        (b"\x00\x02", UsbIdentity("", "", "")),
        (b"\x00\x33MANUFACTURER:CUSTOM;MODEL:VKP80 II;SERIALNUMBER:12;", UsbIdentity("CUSTOM", "VKP80 II", "12")),
        (b"\xff\xffmfg: Bixolon ;mdl:SRP-350;", UsbIdentity("Bixolon", "SRP-350", "")),
        (b"\x00\x10MFG:E\x1b[31mvil\x00;MDL;SN:", UsbIdentity("E[31mvil", "", "")),
    ],
)  # fmt: skip
def test_device_id_is_read_whatever_it_holds(answer: bytes, identity: UsbIdentity) -> None:
    assert device_id(answer) == identity


@given(st.binary(max_size=300))
def test_noise_is_no_device_id_and_raises_nothing(answer: bytes) -> None:
    found = device_id(answer)
    assert all(part.isprintable() for part in (found.maker, found.model, found.serial))


@pytest.mark.parametrize(
    ("bits", "status"),
    [
        (0x18, PortStatus(paper_empty=False, selected=True, no_error=True)),
        (0x30, PortStatus(paper_empty=True, selected=True, no_error=False)),
        (0x00, PortStatus(paper_empty=False, selected=False, no_error=False)),
    ],
)
def test_port_status_has_three_bits(bits: int, status: PortStatus) -> None:
    assert port_status(bits) == status


def test_three_unanswered_questions_are_a_loss_and_an_answer_between_counts(rig: Rig) -> None:
    printer = FakeDevice(mute=True)
    port = rig.opened(printer)
    assert port.port_status() is None
    assert port.port_status() is None
    printer.mute = False
    assert port.port_status() is not None
    printer.mute = True
    assert port.port_status() is None
    assert port.port_status() is None
    with pytest.raises(PortLost, match="does not answer"):
        port.port_status()


def test_errors_of_the_cable_are_a_loss(rig: Rig) -> None:
    for code in (errno.EIO, errno.ENODEV, errno.EPROTO, errno.ESHUTDOWN):

        class Broken(FakeBackend):
            def bulk_read(self, *_: Any, code: int = code) -> int:
                raise usb.core.USBError("broken", -1, code)

        port = UsbPort(EPSON, SystemClock(), backend=Broken(FakeDevice()))
        rig.ports.append(port)
        port.open()
        with pytest.raises(PortLost, match=r"connection was lost \(broken\)"):
            port.read(0.1)
