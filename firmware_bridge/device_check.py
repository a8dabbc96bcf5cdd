"""Before a sale's way begins: do the configured devices fit together, to the law's country and to this machine?

`missing_devices` looks at /dev. A till starts with its printer unplugged, so a missing device is no error.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from firmware_bridge import drawer_hardware, fiscalisers, port_url, wiring
from firmware_bridge.config import Config, Drawer, Printer
from firmware_bridge.errors import UsageError
from firmware_bridge.port_url import GpioUrl, HidUrl, PortUrl, SerialUrl, TcpUrl, UsbUrl
from firmware_bridge.vendors.datecs.config import DatecsConfig

#: What of a drawer's settings only some kinds of drawer have, and which those are.
_OWN_TO: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pin": ("printer_kick",),
        "port": ("trigger_box", "gpio"),
        "box": ("trigger_box",),
        "code": ("trigger_box",),
        "number": ("trigger_box",),
        "sense_line": ("trigger_box",),
        "stream_gap_ms": ("trigger_box",),
        "sense_port": ("gpio",),
    }
)
#: The countries in which a dialect is spoken.
_MARKETS: Final = MappingProxyType(
    {"bg": ("BG",), "c": ("BG",), "x": ("BG",), "ua": ("UA",), "mk": ("MK",), "sy55": ("MK",)}
)
_BY_ORDER: Final = re.compile(r"/dev/(tty(USB|ACM)|usb/lp|hidraw)\d+")
_NAMES: Final = MappingProxyType({"printer": "printer", "fiscaliser": "fiscal printer", "drawers": "drawer"})


def devices(config: Config) -> Iterator[str]:
    """One sentence for each thing that cannot be, with its place in the file."""
    for key, drawer in config.drawers.items():
        yield from (f"drawers.{key}.{fault}" for fault in _drawer(config, drawer))
    for driver, host in (("printer_kick", "printer"), ("register", "fiscal printer")):
        kicked = [key for key, drawer in config.drawers.items() if drawer.driver == driver]
        if len(kicked) > 1:
            # the socket has one switch line for both drives: nobody could tell which of two drawers stands open
            yield f"drawers: {', '.join(kicked)} hang on one {host}, but its socket can tell of one drawer only"
    yield from drawer_hardware.faults(wiring.drawer_hardware(config).values())
    yield from _places(config)
    if config.printer is not None:
        yield from _printer(config.printer)


def _drawer(config: Config, drawer: Drawer) -> Iterator[str]:
    """What of a drawer's settings belongs to another kind of drawer, or to a device that is not there."""
    if drawer.driver == "printer_kick" and config.printer is None:
        yield "driver: printer_kick needs a [printer] section"
    if drawer.driver == "register":
        section = fiscalisers.hardware(config)
        if section is None:
            yield "driver: register needs the section of a fiscal printer, [fiscaliser.datecs]"
        elif section.drawer == "none":
            yield 'driver: register needs fiscaliser.datecs.drawer = "command" (or "payment")'
        if drawer.sense_open_level != "none":
            yield "sense_open_level: must be none, because a fiscal printer does not tell of its drawer"
    for name, kinds in _OWN_TO.items():
        if drawer.driver not in kinds and getattr(drawer, name) != getattr(Drawer(), name):
            yield f"{name}: means nothing for a drawer with driver {drawer.driver}; leave it out"


def _printer(printer: Printer) -> Iterator[str]:
    if (printer.page is None) != (not printer.encoding):
        yield "printer.page: encoding and page belong together; leave both out to have what the printer's model has"
    if printer.encoding:
        yield from _code_page(printer.encoding)
    if printer.cut == "none" and printer.confirm == "odometer":
        yield "printer.confirm: odometer counts cuts, and with cut = none there are none; leave one of the two out"


def _ports(config: Config) -> Iterator[tuple[str, str]]:
    """Every configured port with its place in the file."""
    if config.printer is not None:
        yield "printer.port", config.printer.port
    section = fiscalisers.hardware(config)
    if section is not None:
        yield "fiscaliser.datecs.port", section.port
    for key, drawer in config.drawers.items():
        for name, url in (("port", drawer.port), ("sense_port", drawer.sense_port)):
            if url:
                yield f"drawers.{key}.{name}", url


def _parsed(url: str) -> PortUrl | None:
    try:
        return port_url.parse(url)
    except ValueError:
        return None


def _places(config: Config) -> Iterator[str]:
    """A port that cannot be, and one that two devices shall have: what is written for one would reach the other."""
    users: defaultdict[str, list[str]] = defaultdict(list)
    boxes: set[str] = set()
    for place, url in _ports(config):
        try:
            where = _device_at(port_url.parse(url))
        except ValueError as error:
            if not place.startswith("drawers."):
                yield f"{place}: {error}"
            continue
        kind = config.drawers[place.split(".")[1]].driver if place.startswith("drawers.") else ""
        if kind == "trigger_box" and where in boxes:
            continue  # the drawers of one box share its port
        boxes |= {where} if kind == "trigger_box" else set()
        users[where].append(place)
    for where, places in users.items():
        if len(places) > 1:
            yield f"{' and '.join(places)}: are both {where}; every device needs a port of its own"


def _device_at(where: PortUrl) -> str:
    match where:
        case SerialUrl(path) | HidUrl(path):
            return str(Path(path).resolve())
        case TcpUrl(host, port):
            return f"{host.lower()}:{port}"
        case UsbUrl(address):
            return str(address)
        case GpioUrl(pin):
            return f"pin {pin}"


def _code_page(encoding: str) -> Iterator[str]:
    try:
        codecs.lookup(encoding)
        single = len("".join(chr(code) for code in range(0x20, 0x7F)).encode(encoding)) == 0x7F - 0x20
    except (LookupError, UnicodeError):
        single = False
    if not single:
        yield f"printer.encoding: {encoding} is no code page with one byte per character, such as cp866 or cp1251"


def register(config: Config) -> Iterator[str]:
    """The same for [fiscaliser.datecs]."""
    section = fiscalisers.hardware(config)
    if section is None:
        return
    place = "fiscaliser.datecs"
    if config.till.market not in _MARKETS[section.dialect]:
        known = ", ".join(_MARKETS[section.dialect])
        yield f"{place}.dialect: {section.dialect} is for {known}, and till.market is {config.till.market}"
    for key, group in config.taxes.items():
        if not group.datecs:
            yield f"taxes.{key}.datecs: is missing: the letter of this tax group on the fiscal printer"
    for letter, times in Counter(group.datecs for group in config.taxes.values() if group.datecs).items():
        if times > 1:
            yield f"taxes: the fiscal printer's letter {letter} stands for {times} groups; every group needs its own"
    yield from _register_settings(config, section)
    if section.drawer != "none" and not any(one.driver == "register" for one in config.drawers.values()):
        yield f'{place}.drawer: needs a drawer with driver = "register" in [drawers]'
    if config.rounding_mode != "none":
        yield "rounding.mode: must be none, because a fiscal printer of Datecs does not round what is to be paid"


def _register_settings(config: Config, section: DatecsConfig) -> Iterator[str]:
    from firmware_bridge import hardware_registers  # noqa: PLC0415 - loaded only where there is one

    try:
        hardware_registers.settings(section, taxes=wiring.register_taxes(config), exponent=config.exponent)
    except UsageError as error:
        yield error.text


def notes(config: Config) -> Iterator[str]:
    """One sentence for each port whose name may be another device's tomorrow."""
    for place, url in _ports(config):
        match _parsed(url):
            case SerialUrl(path) | HidUrl(path) if _BY_ORDER.fullmatch(path):
                yield (
                    f"{place}: {path} is whatever was found first; write the lasting name that udev/70-till.rules "
                    "gives it (/dev/till/…), or the one below /dev/serial/by-path/"
                )
            case _:
                continue


def nodes(config: Config) -> Iterator[Path]:
    """The device files that the configuration names."""
    for _, url in _ports(config):
        match _parsed(url):
            case SerialUrl(path) | HidUrl(path):
                yield Path(path)
            case _:
                pass


def missing_devices(config: Config) -> list[str]:
    """Return a sentence for every configured device file that is not there now."""
    found = []
    for place, url in _ports(config):
        match _parsed(url):
            case SerialUrl(path) | HidUrl(path) if not Path(path).exists():
                found.append(
                    f"{place}: {path} is not there: plug the {_NAMES[place.partition('.')[0]]} in or correct the port"
                )
            case _:
                pass
    return found
