"""Beside a USB port: what a printer says of itself through the printer class, apart from its own language.

Source: Universal Serial Bus Device Class Definition for Printing Devices 1.1, section 4.2; IEEE 1284, device id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: bmRequestType of both requests (device to host, class, interface), and their bRequest.
FROM_INTERFACE: Final = 0xA1
GET_DEVICE_ID: Final = 0
GET_PORT_STATUS: Final = 1

_KEYS: Final = (("MFG", "MANUFACTURER"), ("MDL", "MODEL"), ("SN", "SERIALNUMBER"))


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """Who the printer says it is: "" for what it does not say."""

    maker: str
    model: str
    serial: str


@dataclass(frozen=True, slots=True)
class PortStatus:
    """The three bits of GET_PORT_STATUS. A printer that always says (False, True, True) may not mean it."""

    paper_empty: bool
    selected: bool
    no_error: bool


def device_id(answer: bytes) -> UsbIdentity:
    """Read the answer to GET_DEVICE_ID: two bytes of length, then `KEY:value;` pairs, keys short or long.

    Never raises; control characters are taken out. The length is not trusted: some printers count it wrong.
    """
    found: dict[str, str] = {}
    for part in answer[2:].decode("latin-1").split(";"):
        key, colon, value = part.partition(":")
        if colon:
            found.setdefault(key.strip().upper(), "".join(char for char in value if char.isprintable()).strip())
    maker, model, serial = (found.get(short) or found.get(long, "") for short, long in _KEYS)
    return UsbIdentity(maker, model, serial)


def port_status(bits: int) -> PortStatus:
    """Read the byte that answers GET_PORT_STATUS."""
    return PortStatus(paper_empty=bool(bits & 0x20), selected=bool(bits & 0x10), no_error=bool(bits & 0x08))
