"""Before a USB port is opened: which of the devices plugged in is meant, and which of its interfaces prints.

Sources: USB 2.0, chapter 9 (descriptors); Universal Serial Bus Device Class Definition for Printing Devices 1.1,
sections 4.2 (requests) and 5.3 (interface: class 07h, subclass 01h, protocol 01h one-way, 02h two-way). Protocol 03h
(IEEE 1284.4) wraps the bytes into packets and is left alone.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import usb.core
import usb.util

from drivers.ports.base import PortLost
from drivers.ports.usb_address import UsbAddress

_PRINTER: Final = (0x07, 0x01)
_ONE_WAY, _TWO_WAY = 1, 2


@dataclass(frozen=True, slots=True)
class Function:
    """The interface that prints. `way_in` None: it never answers. `protocol`: 1 one-way, 2 two-way."""

    number: int
    setting: int
    settings: int
    protocol: int
    out: int
    way_in: int | None
    packet: int


def path_of(device: Any) -> str:
    """Where it is plugged in, as the kernel writes it: "1-1.2"; "" when the system does not tell."""
    ports = device.port_numbers
    return f"{device.bus}-{'.'.join(map(str, ports))}" if ports else ""


def find(address: UsbAddress, backend: Any, name: str, role: str) -> Any:
    """Return pyusb's device. Raises PortLost: none, several, or libusb is missing."""
    wanted = {} if address.vendor is None else {"idVendor": address.vendor, "idProduct": address.product}
    try:
        found = [device for device in usb.core.find(find_all=True, backend=backend, **wanted) if _fits(device, address)]
    except usb.core.NoBackendError as error:
        raise PortLost(
            "the library libusb is missing; nothing was sent; install it (apt install libusb-1.0-0)",
            port=name,
            role=role,
        ) from error
    except usb.core.USBError as error:
        raise PortLost(why_not(error), port=name, role=role) from error
    if len(found) != 1:
        raise PortLost(_not_one(found, address), port=name, role=role)
    return found[0]


def _fits(device: Any, address: UsbAddress) -> bool:
    if address.path and path_of(device) != address.path:
        return False
    if address.vendor is None and not _prints(device):
        return False
    if not address.serial:
        return True
    try:
        return serial_of(device) == address.serial
    finally:
        usb.util.dispose_resources(device)


def _prints(device: Any) -> bool:
    """By its descriptors, which the system knows without opening it."""
    try:
        return any(True for configuration in device for _ in _functions(configuration))
    except usb.core.USBError:
        return False


def _not_one(found: list[Any], address: UsbAddress) -> str:
    if not found:
        what = "no USB printer is plugged in" if address.vendor is None else f"no USB device {address} is plugged in"
        return (
            f"{what}; nothing was sent; check its cable, its power and the port in the configuration (lsusb shows it)"
        )
    places = ", ".join(sorted(f"{each.idVendor:04x}:{each.idProduct:04x}@{path_of(each)}" for each in found))
    return f"{len(found)} USB devices fit ({places}); nothing was sent; write one of these into the configuration"


def serial_of(device: Any) -> str:
    """Its serial number, "" when it has none or does not tell it."""
    return _told(lambda: device.serial_number)


def names_of(device: Any) -> tuple[str, str, str]:
    """Maker, model and serial number by its descriptors."""
    return _told(lambda: device.manufacturer), _told(lambda: device.product), serial_of(device)


def _told(ask: Callable[[], str | None]) -> str:
    try:
        return (ask() or "").strip().strip("\0")
    except (usb.core.USBError, ValueError):
        return ""  # ValueError: a device without languages, without permission, or with letters that are none


def function_of(configuration: Any) -> Function | None:
    """The interface to print through: two-way before one-way, the first setting before others; None: no printer."""
    return min(_functions(configuration), default=None, key=_rank)


def _rank(function: Function) -> tuple[bool, bool, int, int]:
    return function.protocol != _TWO_WAY, function.way_in is None, function.number, function.setting


def _functions(configuration: Any) -> Iterator[Function]:
    """Every setting of every printer interface with a bulk way out."""
    interfaces = list(configuration)
    settings = [interface.bInterfaceNumber for interface in interfaces]
    for interface in interfaces:
        kind = (interface.bInterfaceClass, interface.bInterfaceSubClass)
        if kind != _PRINTER or interface.bInterfaceProtocol not in {_ONE_WAY, _TWO_WAY}:
            continue
        out, way_in = _ways(interface)
        if out is not None:
            yield Function(
                number=interface.bInterfaceNumber,
                setting=interface.bAlternateSetting,
                settings=settings.count(interface.bInterfaceNumber),
                protocol=interface.bInterfaceProtocol,
                out=out.bEndpointAddress,
                way_in=None if way_in is None else way_in.bEndpointAddress,
                packet=max(point.wMaxPacketSize for point in (out, way_in) if point is not None),
            )


def _ways(interface: Any) -> tuple[Any, Any]:
    """The first bulk endpoint out and in, each None when there is none. Their addresses differ from maker to maker."""
    bulk = [point for point in interface if usb.util.endpoint_type(point.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK]
    out, way_in = (
        next((point for point in bulk if usb.util.endpoint_direction(point.bEndpointAddress) == direction), None)
        for direction in (usb.util.ENDPOINT_OUT, usb.util.ENDPOINT_IN)
    )
    return out, way_in


def active_configuration(device: Any) -> Any:
    """The active configuration; one is set only where none is."""
    try:
        return device.get_active_configuration()
    except usb.core.USBError as error:
        if error.errno is not None:
            raise
        device.set_configuration()
        return device.get_active_configuration()


def has_kernel_driver(device: Any, number: int) -> bool:
    """Does the kernel hold this interface, as usblp does?"""
    try:
        return bool(device.is_kernel_driver_active(number))
    except NotImplementedError:
        return False  # a system whose kernel has no such drivers


def why_not(error: Exception) -> str:
    """A sentence for a device that could not be opened."""
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EACCES:
        return (
            "this user may not use it; nothing was sent; install the udev rules (udev/README.md) and add the user to "
            "the group till"
        )
    if code == errno.EBUSY:
        return (
            "another program uses it; nothing was sent; it may be CUPS (take the printer out of it) or a program that "
            "prints through the kernel's usblp (/dev/usb/lp0): a printer has one owner"
        )
    return f"it cannot be opened ({error}); nothing was sent; unplug it, plug it in again and look at its power"
