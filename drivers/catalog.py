"""Before the first sale: the name of a device in the configuration to the class that drives it.

Modules are named, not imported, so that a till loads only what it has.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

Kind = Literal["port", "printer", "drawer", "register"]

CATALOG: Final[Mapping[tuple[Kind, str], str]] = MappingProxyType(
    {
        ("port", "serial"): "drivers.ports.serial:SerialPort",
        ("port", "tcp"): "drivers.ports.tcp:TcpPort",
        ("port", "usb"): "drivers.ports.usb:UsbPort",
        ("port", "hid"): "drivers.ports.hidraw:HidPort",
        ("port", "gpio"): "drivers.ports.gpio_line:GpioOutput",
        ("port", "gpio_input"): "drivers.ports.gpio_input:GpioInput",
        ("printer", "escpos"): "drivers.printers.escpos.driver:EscPosPrinter",
        ("drawer", "printer_kick"): "drivers.drawers.printer_kick:PrinterKick",
        ("drawer", "trigger_box"): "drivers.drawers.trigger_box.driver:TriggerBox",
        ("drawer", "gpio"): "drivers.drawers.gpio.driver:GpioDrawer",
        ("drawer", "register"): "drivers.printers.datecs.drawer_socket:DrawerSocket",
        ("register", "datecs"): "drivers.printers.datecs.driver:DatecsRegister",
    }
)


def names(kind: Kind) -> tuple[str, ...]:
    """What may stand in the configuration for this kind of device, in alphabetical order."""
    return tuple(sorted(name for of, name in CATALOG if of == kind))


def load(kind: Kind, name: str) -> type[Any]:
    """Return the class behind `name`. Raises LookupError that names the choices."""
    try:
        where = CATALOG[kind, name]
    except KeyError:
        raise LookupError(
            f"there is no {kind} {name!r}; nothing was opened; configure one of: {', '.join(names(kind))}"
        ) from None
    module, _, attribute = where.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if not isinstance(found, type):
        raise TypeError(f"{where} is no class")
    return found
