"""Where a device hangs, as the configuration says it: every form is understood, every mistake named with its part."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ports.usb_address import UsbAddress
from firmware_bridge.port_url import SPEEDS, GpioUrl, PortUrl, SerialUrl, TcpUrl, UsbUrl, parse

GOOD: list[tuple[str, PortUrl]] = [
    ("serial:/dev/till/printer", SerialUrl("/dev/till/printer")),
    ("serial:/dev/till/printer?baud=9600&flow=dsrdtr", SerialUrl("/dev/till/printer", 9600, "dsrdtr")),
    ("serial:/dev/a?dtr=low&rts=low", SerialUrl("/dev/a", dtr=False, rts=False)),
    ("serial:/dev/a?dtr=high&rts=high", SerialUrl("/dev/a", dtr=True, rts=True)),
    ("serial:/dev/a?flow=rtscts&dtr=low", SerialUrl("/dev/a", flow="rtscts", dtr=False)),
    ("serial:/dev/a?record=/var/log/wire.jsonl", SerialUrl("/dev/a", record="/var/log/wire.jsonl")),
    ("serial:/dev/a?record=/a%26b", SerialUrl("/dev/a", record="/a&b")),
    ("tcp:192.168.1.50:9100", TcpUrl("192.168.1.50", 9100)),
    ("tcp:printer.lan:9100?record=/r", TcpUrl("printer.lan", 9100, "/r")),
    ("tcp:[fe80::1%eth0]:9100", TcpUrl("fe80::1%eth0", 9100)),
    ("usb:printer", UsbUrl(UsbAddress())),
    ("usb:printer@1-1.2", UsbUrl(UsbAddress(path="1-1.2"))),
    ("usb:04b8:0e15", UsbUrl(UsbAddress(0x04B8, 0x0E15))),
    ("usb:04B8:0E15@2-1", UsbUrl(UsbAddress(0x04B8, 0x0E15, path="2-1"))),
    ("usb:04b8:0e15:J4CF012345", UsbUrl(UsbAddress(0x04B8, 0x0E15, "J4CF012345"))),
    ("usb:04b8:0e15:A%40B%3A1@1-1.2.3?record=/r", UsbUrl(UsbAddress(0x04B8, 0x0E15, "A@B:1", "1-1.2.3"), "/r")),
    ("gpio:17", GpioUrl(17)),
    ("gpio:17?active=low", GpioUrl(17, active="low")),
    ("gpio:22?pull=none", GpioUrl(22, pull="none")),
]


@pytest.mark.parametrize(("url", "meant"), GOOD, ids=[url for url, _ in GOOD])
def test_every_form_is_understood(url: str, meant: PortUrl) -> None:
    assert parse(url) == meant


@pytest.mark.parametrize("speed", SPEEDS)
def test_every_speed_is_understood(speed: int) -> None:
    assert parse(f"serial:/dev/a?baud={speed}") == SerialUrl("/dev/a", speed)


BAD = [
    ("", "'' is no kind of port; allowed are serial:/dev/…"),
    ("/dev/ttyUSB0", "'/dev/ttyUSB0' is no kind of port"),
    ("memory:", "'memory' is no kind of port; allowed are serial:/dev/…, tcp:host:port, usb:"),
    ("bluetooth:00:11", "'bluetooth' is no kind of port"),
    ("serial:", "'' is no device file"),
    ("serial:COM3", "'COM3' is no device file; allowed is serial:/dev/…"),
    ("serial:/dev/a?baud=115201", "baud=115201 is no speed; allowed are 1200, 2400"),
    ("serial:/dev/a?baud=+9600", "baud=+9600 is no speed"),
    ("serial:/dev/a?flow=hard", "flow=hard is not known; allowed are none, rtscts, dsrdtr, xonxoff"),
    ("serial:/dev/a?dtr=off", "dtr=off is not known; allowed are low, high"),
    ("serial:/dev/a?flow=rtscts&rts=low", "rts cannot be set beside flow=rtscts"),
    ("serial:/dev/a?parity=even", "'parity' is no option of a serial port; allowed are baud, flow, dtr, rts, record"),
    ("serial:/dev/a?baud", "baud has no value; write baud=…"),
    ("serial:/dev/a?baud=", "baud has no value"),
    ("serial:/dev/a?baud=9600&baud=9600", "baud stands there twice"),
    ("serial:/dev/a?record=wire.jsonl", "record='wire.jsonl' is no file; write its whole path, from / on"),
    ("serial:/dev/a?record=/a%00b", "is no file"),
    ("tcp:printer", "'printer' is no host:port"),
    ("tcp::9100", "':9100' is no host:port"),
    ("tcp:fe80::1:9100", "is no host:port; allowed is tcp:192.168.1.50:9100, a name or tcp:[IPv6]:9100"),
    ("tcp:printer:0", "'0' is no TCP port; allowed are 1 to 65535"),
    ("tcp:printer:65536", "'65536' is no TCP port"),
    ("tcp:printer:http", "'http' is no TCP port"),
    ("tcp:pri nter:9100", "is no host:port"),
    ("tcp:printer:9100?baud=9600", "'baud' is no option of a tcp port; allowed are record"),
    ("usb:", "'' is no USB device; allowed is usb:04b8:0e15, usb:04b8:0e15:SERIAL or usb:printer"),
    ("usb:4b8:e15", "'4b8:e15' is no USB device"),
    ("usb:04b8:0e15:", "is no USB device"),
    ("usb:04b8:0e15x", "is no USB device"),
    ("usb:04b8:0e15@1", "'1' is no USB socket; write bus-port as the kernel does, for example @1-1.2"),
    ("usb:printer@", "'' is no USB socket"),
    ("usb:scanner", "'scanner' is no USB device"),
    ("gpio:", "'' is no pin of the header (BCM number); allowed are 2 to 27"),
    ("gpio:1", "'1' is no pin"),
    ("gpio:28", "'28' is no pin"),
    ("gpio:BCM17", "'BCM17' is no pin"),
    ("gpio:17?active=1", "active=1 is not known; allowed are high, low"),
    ("gpio:17?record=/r", "'record' is no option of a gpio port; allowed are active, pull"),
]


@pytest.mark.parametrize(("url", "text"), BAD, ids=[url for url, _ in BAD])
def test_every_mistake_is_named_with_its_part(url: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\S") as refused:
        parse(url)
    assert text in str(refused.value)


@given(st.text(max_size=80), st.sampled_from(["", "serial:", "tcp:", "usb:", "gpio:", "serial:/dev/a?"]))
def test_noise_is_refused_with_a_sentence_and_nothing_else(text: str, kind: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse(kind + text), SerialUrl | TcpUrl | UsbUrl | GpioUrl)
