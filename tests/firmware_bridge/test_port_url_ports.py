"""From the URL in the configuration to the port: the right class with the right settings, and no library too many."""

from __future__ import annotations

import logging
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from drivers.ports.base import PortLost
from drivers.ports.gpio_input import GpioInput
from drivers.ports.gpio_line import GpioOutput
from drivers.ports.recorded import load
from drivers.ports.recording import RecordingPort
from drivers.ports.serial import SerialPort
from drivers.ports.tcp import TcpPort
from drivers.ports.usb import UsbPort
from firmware_bridge import ports
from firmware_bridge.clock import SystemClock


@pytest.mark.parametrize(
    ("url", "kind", "name"),
    [
        ("serial:/dev/till/printer?baud=9600", SerialPort, "serial:/dev/till/printer"),
        ("tcp:printer.lan:9100", TcpPort, "tcp:printer.lan:9100"),
        ("tcp:[::1]:9100", TcpPort, "tcp:[::1]:9100"),
        ("usb:04B8:0E15:X@1-1.2", UsbPort, "usb:04b8:0e15:X@1-1.2"),
        ("usb:printer", UsbPort, "usb:printer"),
    ],
)
def test_each_kind_of_url_makes_its_port(url: str, kind: type[object], name: str) -> None:
    port = ports.make(url, SystemClock(), role="receipt printer")
    assert isinstance(port, kind)
    assert port.name == name
    with pytest.raises(PortLost, match="receipt printer at "):
        port.read(0.0)


def test_recording_is_put_around_the_port_that_is_recorded(tmp_path: Path) -> None:
    device, ours = pty.openpty()
    file = tmp_path / "wire.jsonl"
    url = f"serial:{os.ttyname(ours)}?record={file}"
    port = ports.make(url, SystemClock(), driver="escpos", utc_ms=lambda: 1_772_355_600_123)
    assert isinstance(port, RecordingPort)
    port.open()
    port.write(b"\x10\x04\x01", 1.0)
    port.close()
    recording = load(file)
    assert (recording.header.driver, recording.header.begun) == ("escpos", "2026-03-01T09:00:00.123Z")
    assert [entry.dir for entry in recording.entries] == ["open", "out", "close"]
    for fd in (device, ours):
        os.close(fd)


def test_pin_is_no_port_for_bytes() -> None:
    with pytest.raises(ValueError, match=r"gpio:17 is a pin, which moves no bytes; a printer needs serial:"):
        ports.make("gpio:17", SystemClock())


def test_port_for_bytes_is_no_pin() -> None:
    for make in (ports.make_output, ports.make_input):
        with pytest.raises(ValueError, match=r"tcp:printer:9100 is no pin; write gpio:"):
            make("tcp:printer:9100", SystemClock())


def test_pins_are_made_as_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = MockFactory()
    monkeypatch.setattr(Device, "pin_factory", factory)
    coil = ports.make_output("gpio:17?active=low", SystemClock())
    switch = ports.make_input("gpio:22?pull=down", SystemClock())
    assert isinstance(coil, GpioOutput)
    assert isinstance(switch, GpioInput)
    coil.open()
    switch.open()
    assert factory.pin(17).state, "off is high"
    assert factory.pin(22).pull == "down"
    coil.close()
    switch.close()


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("gpio:17", False),
        ("gpio:9", False),
        ("gpio:27", False),
        ("gpio:4", True),
        ("gpio:14", True),
        ("gpio:15", True),
        ("gpio:17?active=low", True),
        ("gpio:4?active=low", False),
    ],
)
def test_pin_that_drives_while_the_pi_starts_is_warned_of(
    url: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    ports.make_output(url, SystemClock())
    assert ("may drive the coil while the Pi starts" in caplog.text) is warned


@pytest.mark.parametrize(
    ("url", "loaded"), [("serial:/dev/a", {"serial"}), ("tcp:printer:9100", set()), ("usb:printer", {"usb"})]
)
def test_only_the_configured_library_is_loaded(url: str, loaded: set[str]) -> None:
    code = (
        "import sys; from firmware_bridge import ports; from firmware_bridge.clock import SystemClock\n"
        f"ports.make({url!r}, SystemClock())\n"
        "print(*(name for name in ('serial', 'usb', 'gpiozero', 'lgpio') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == loaded
