"""Before a device is opened: where it hangs, as the configuration says it.

    serial:/dev/till/printer?baud=115200&flow=rtscts&dtr=low&rts=low&record=/var/lib/…/printer.jsonl
    tcp:192.168.1.50:9100          tcp:[fe80::1]:9100          tcp:printer.lan:9100
    usb:04b8:0e15                  usb:04b8:0e15:J4CF012345    usb:04b8:0e15@1-1.2          usb:printer
    hid:/dev/till/drawer-pci-0000_00_14_0-usb-0_2_1_0
    gpio:17?active=high            gpio:22?pull=up

A serial number may hold any character, written as %XX; so may what `record` names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeVar
from urllib.parse import unquote

from drivers.ports.usb_address import UsbAddress

Flow = Literal["none", "rtscts", "dsrdtr", "xonxoff"]
Active = Literal["high", "low"]
Pull = Literal["up", "down", "none"]

SPEEDS: Final = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400)
_FLOWS: Final[dict[str, Flow]] = {"none": "none", "rtscts": "rtscts", "dsrdtr": "dsrdtr", "xonxoff": "xonxoff"}
_LEVELS: Final[dict[str, Active]] = {"high": "high", "low": "low"}
_PULLS: Final[dict[str, Pull]] = {"up": "up", "down": "down", "none": "none"}
#: BCM numbers on the header; 0 and 1 belong to the board's own memory.
_PINS: Final = range(2, 28)
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\]")
_IDS: Final = re.compile(r"([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})")
_SOCKET: Final = re.compile(r"[1-9][0-9]{0,2}-[1-9][0-9]{0,2}(?:\.[1-9][0-9]{0,2}){0,6}")


@dataclass(frozen=True, slots=True)
class SerialUrl:
    """A serial line: device file, bits per second, what stops us when the device is full, levels of DTR and RTS.

    `dtr`, `rts` None: as the system sets them (high). `record`: a file that gets all that passes; "" for none.
    """

    path: str
    baud: int = 115200
    flow: Flow = "none"
    dtr: bool | None = None
    rts: bool | None = None
    record: str = ""


@dataclass(frozen=True, slots=True)
class TcpUrl:
    """A printer in the network. `host` without the brackets of an IPv6 address."""

    host: str
    port: int
    record: str = ""


@dataclass(frozen=True, slots=True)
class UsbUrl:
    """A USB printer."""

    address: UsbAddress
    record: str = ""


@dataclass(frozen=True, slots=True)
class HidUrl:
    """A HID device: its device file."""

    path: str
    record: str = ""


@dataclass(frozen=True, slots=True)
class GpioUrl:
    """A pin of the Raspberry Pi, BCM number. `active` is for an output, `pull` for an input."""

    pin: int
    active: Active = "high"
    pull: Pull = "up"


PortUrl = SerialUrl | TcpUrl | UsbUrl | HidUrl | GpioUrl
V = TypeVar("V")


def parse(url: str) -> PortUrl:
    """Read a port's URL. Raises ValueError with one sentence that names the part and says what is allowed."""
    kind, colon, rest = url.partition(":")
    if not colon or kind not in _KINDS:
        raise ValueError(f"{kind!r} is no kind of port; {_ALLOWED}")
    where, _, query = rest.partition("?")
    options = _options(kind, query)
    return _KINDS[kind][0](where, options)


def _options(kind: str, query: str) -> dict[str, str]:
    known = _KINDS[kind][1]
    found: dict[str, str] = {}
    for part in query.split("&") if query else ():
        name, equals, value = part.partition("=")
        if name not in known:
            raise ValueError(f"{name!r} is no option of a {kind} port; allowed are {', '.join(known) or 'none'}")
        if name in found:
            raise ValueError(f"{name} stands there twice; say it once")
        if not equals or not value:
            raise ValueError(f"{name} has no value; write {name}=…")
        found[name] = value
    return found


def _choice(options: Mapping[str, str], name: str, allowed: Mapping[str, V], default: V) -> V:
    value = options.get(name)
    if value is None:
        return default
    if value not in allowed:
        raise ValueError(f"{name}={value} is not known; allowed are {', '.join(allowed)}")
    return allowed[value]


def _record(options: Mapping[str, str]) -> str:
    path = unquote(options.get("record", ""))
    if path and (not path.startswith("/") or "\0" in path):
        raise ValueError(f"record={path!r} is no file; write its whole path, from / on")
    return path


def _number(text: str, allowed: range, what: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 5 or int(text) not in allowed:
        raise ValueError(f"{text!r} is no {what}; allowed are {allowed[0]} to {allowed[-1]}")
    return int(text)


def _serial(where: str, options: Mapping[str, str]) -> SerialUrl:
    if not where.startswith("/") or "\0" in where:
        raise ValueError(f"{where!r} is no device file; allowed is serial:/dev/…")
    speeds = {str(speed): speed for speed in SPEEDS}
    baud = options.get("baud", "115200")
    if baud not in speeds:
        raise ValueError(f"baud={baud} is no speed; allowed are {', '.join(speeds)}")
    flow = _choice(options, "flow", _FLOWS, "none")
    dtr, rts = (_choice(options, name, {"low": False, "high": True}, None) for name in ("dtr", "rts"))
    if flow == "rtscts" and rts is not None:
        raise ValueError("rts cannot be set beside flow=rtscts, which moves that line; leave one of the two out")
    return SerialUrl(where, speeds[baud], flow, dtr, rts, _record(options))


def _tcp(where: str, options: Mapping[str, str]) -> TcpUrl:
    host, colon, port = where.rpartition(":")
    if not colon or not _HOST.fullmatch(host):
        raise ValueError(f"{where!r} is no host:port; allowed is tcp:192.168.1.50:9100, a name or tcp:[IPv6]:9100")
    return TcpUrl(host.strip("[]"), _number(port, range(1, 65536), "TCP port"), _record(options))


def _usb(where: str, options: Mapping[str, str]) -> UsbUrl:
    device, at, socket = where.partition("@")
    if at and not _SOCKET.fullmatch(socket):
        raise ValueError(f"{socket!r} is no USB socket; write bus-port as the kernel does, for example @1-1.2")
    if device == "printer":
        return UsbUrl(UsbAddress(path=socket), _record(options))
    ids = _IDS.match(device)
    serial = device[ids.end() :] if ids else ""
    if ids is None or (serial and (not serial.startswith(":") or len(serial) == 1)):
        raise ValueError(f"{device!r} is no USB device; allowed is usb:04b8:0e15, usb:04b8:0e15:SERIAL or usb:printer")
    address = UsbAddress(int(ids[1], 16), int(ids[2], 16), unquote(serial[1:]), socket)
    return UsbUrl(address, _record(options))


def _hid(where: str, options: Mapping[str, str]) -> HidUrl:
    if not where.startswith("/") or "\0" in where:
        raise ValueError(f"{where!r} is no device file; allowed is hid:/dev/…")
    return HidUrl(where, _record(options))


def _gpio(where: str, options: Mapping[str, str]) -> GpioUrl:
    pin = _number(where, _PINS, "pin of the header (BCM number)")
    return GpioUrl(pin, _choice(options, "active", _LEVELS, "high"), _choice(options, "pull", _PULLS, "up"))


_KINDS: Final[dict[str, tuple[Callable[[str, Mapping[str, str]], PortUrl], tuple[str, ...]]]] = {
    "serial": (_serial, ("baud", "flow", "dtr", "rts", "record")),
    "tcp": (_tcp, ("record",)),
    "usb": (_usb, ("record",)),
    "hid": (_hid, ("record",)),
    "gpio": (_gpio, ("active", "pull")),
}
_ALLOWED: Final = (
    "allowed are serial:/dev/…, tcp:host:port, usb:vendor:product or usb:printer, and for a drawer gpio:pin or "
    "hid:/dev/…"
)
