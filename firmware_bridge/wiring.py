"""Before a sale's way begins: from the configured devices to their drivers and lanes, one lane and thread for a port.

What is not configured is not loaded. A fiscal printer also prints what is no fiscal document where the till has no
receipt printer of its own, and opens the drawer on its socket.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal
from zoneinfo import ZoneInfo

from drivers import catalog
from drivers.drawers.base import DutyGuard
from drivers.ports.base import Port
from drivers.printers.base import ReceiptPrinter, Report
from drivers.printers.escpos.means import CodePage, Knife
from drivers.printers.escpos.settings import EscPosSettings, Times
from firmware_bridge import credentials, fiscalisers, port_url, ports
from firmware_bridge.acquainted import Acquaintances, AcquaintedPrinter
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config, Drawer
from firmware_bridge.drawer_hardware import DrawerHardware, build, by_port, settings
from firmware_bridge.drawer_lane import DrawerLane
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.instruments import Instruments
from firmware_bridge.lanes import Lane, Post, PrinterLane
from firmware_bridge.log_kinds import about
from firmware_bridge.port_url import SerialUrl
from firmware_bridge.register_lane import HardwareRegister, RegisterLane
from statemachines.drawer import DrawerSettings
from statemachines.vocabulary.events import Event, PrinterEvent, PrinterReady
from statemachines.vocabulary.paper import Image

log = logging.getLogger(__name__)

PrinterWrap = Callable[[ReceiptPrinter], ReceiptPrinter]
RegisterWrap = Callable[[HardwareRegister], HardwareRegister]
OnSecret = Callable[[str], None]

#: A fiscal printer makes no longer pulse for the drawer on its socket (command 6Ah).
_REGISTER_PULSE_MS: Final = 100
_MADE: Final[Mapping[str, Literal["auto", "native", "drawn"]]] = MappingProxyType(
    {"auto": "auto", "native": "native", "raster": "drawn"}
)


def drawer_hardware(config: Config) -> dict[str, DrawerHardware]:
    """Drawers with a port of their own, by id."""
    return {
        name: DrawerHardware(
            drawer_id=name,
            driver=drawer.driver,
            port=drawer.port,
            box=drawer.box,
            code=drawer.code,
            number=drawer.number,
            sense_open_level=drawer.sense_open_level,
            sense_line=drawer.sense_line,
            sense_port=drawer.sense_port,
            stream_gap_ms=drawer.stream_gap_ms,
            gap_ms=drawer.gap_ms,
            pulses_per_minute=drawer.pulses_per_minute,
        )
        for name, drawer in config.drawers.items()
        if drawer.driver in ("gpio", "trigger_box")
    }


def drawer_settings(config: Config) -> dict[str, DrawerSettings]:
    """The rules' settings of every drawer: the shop's, with what its hardware needs."""
    hardware = drawer_hardware(config)
    shop = {
        name: DrawerSettings(
            sensed=drawer.sense_open_level != "none",
            pulse_ms=drawer.pulse_ms,
            confirm_ms=config.rules.open_timeout_ms,
            kick_ttl_ms=config.rules.kick_ttl_ms,
            left_open_ms=drawer.left_open_s * 1000,
        )
        for name, drawer in config.drawers.items()
    }
    return {name: settings(hardware[name], found) if name in hardware else found for name, found in shop.items()}


def printer_settings(config: Config) -> EscPosSettings:
    """What is configured of the receipt printer. Raises UserError."""
    printer = config.printer
    if printer is None:
        raise UserError("There is no [printer] in the configuration")
    languages = dict.fromkeys((config.till.language, *EscPosSettings().languages))
    return EscPosSettings(
        columns=printer.columns,
        page=None if printer.page is None else CodePage(printer.encoding, printer.page),
        languages=tuple(languages),
        missing=printer.missing,
        profile=printer.profile,
        logo=_logo(printer.logo, printer.columns) if printer.logo else None,
        qr=_MADE[printer.qr],
        barcodes=_MADE[printer.barcodes],
        knife=None if printer.cut == "auto" else Knife(cut=printer.cut),
        band=printer.band,
        kick=printer.kick,
        confirm=printer.confirm,
        marker=printer.marker,
        times=_times(printer.port),
    )


def _times(port: str) -> Times:
    """How long what is asked behind a receipt waits: a byte is ten bits on a serial line, whose speed is known."""
    where = port_url.parse(port)
    return Times(byte=10 / where.baud) if isinstance(where, SerialUrl) else Times()


def _logo(path: str, columns: int) -> Image:
    from drivers.printers import dots  # noqa: PLC0415 - a till without a logo loads none of it
    from drivers.printers.escpos.logo import MOST_ROWS  # noqa: PLC0415
    from drivers.printers.picture import dots_of  # noqa: PLC0415

    try:
        return dots.picture(Path(path), dots_of(columns), MOST_ROWS)
    except dots.UnreadablePicture as error:
        raise UsageError(f"printer.logo: {error}") from error


def make_printer(config: Config, port: Port, report: Report) -> ReceiptPrinter:
    """The configured printer with the drawer on its socket. Raises UserError."""
    kicks = [
        catalog.load("drawer", drawer.driver)(name, drawer.pin, drawer.sense_open_level, _guard(drawer))
        for name, drawer in config.drawers.items()
        if drawer.driver == "printer_kick"
    ]
    chosen = printer_settings(config)
    driver = catalog.load("printer", config.printer.driver if config.printer is not None else "")
    made: ReceiptPrinter = driver(port, chosen, report, kicks[0] if kicks else None)
    return made


def make_port(config: Config, clock: TillClock) -> Port:
    """The receipt printer's port, closed. Raises UserError."""
    if config.printer is None:
        raise UserError("There is no [printer] in the configuration")
    return ports.make(config.printer.port, clock, role="receipt printer", driver=config.printer.driver)


def device_memory(config: Config) -> Path:
    """The file in which the till remembers which devices are its own, beside its journal."""
    return Path(f"{config.journal.path}.devices")


def lanes(
    config: Config,
    clock: TillClock,
    post: Post,
    *,
    on_secret: OnSecret,
    memory: Path | None = None,
    wrap: PrinterWrap = lambda printer: printer,
    wrap_register: RegisterWrap = lambda register: register,
    instruments: Instruments | None = None,
) -> dict[str, Lane]:
    """The lanes of everything that hangs on a port, nothing opened: "printer", "fiscaliser" and the drawers' ids.

    `memory`: which devices are the till's own, None = `device_memory`. What `wrap` gives stands between lane and
    driver; `instruments` are filled. Raises UserError with one sentence.
    """
    seen = instruments or Instruments()
    found: dict[str, Lane] = dict(_drawer_lanes(config, clock, post, seen))
    kept = memory or device_memory(config)
    plain = None if config.printer is None else _printer_lane(config, clock, post, wrap, kept, seen)
    told = post if plain is None else _apart(post)
    device = _register(config, clock, told, on_secret, seen)
    watch = seen.watch("fiscaliser")
    register = None if device is None else RegisterLane("fiscaliser", wrap_register(device), told, clock, watch)
    if register is not None and not config.till.training:
        found["fiscaliser"] = register
    if (paper := plain or register) is not None:
        found["printer"] = paper
    hosts = {"printer_kick": plain, "register": register}
    for name, drawer in config.drawers.items():
        if (host := hosts.get(drawer.driver)) is not None:
            found[name] = host
    return found


def _drawer_lanes(config: Config, clock: TillClock, post: Post, seen: Instruments) -> Mapping[str, Lane]:
    found: dict[str, Lane] = {}
    for together in by_port(drawer_hardware(config).values()):
        names = tuple(one.drawer_id for one in together)
        device = "+".join(names)
        drawer = build(together, clock, post, partial(seen.ring, device, driver="trigger_box"))
        found |= dict.fromkeys(names, DrawerLane(names, drawer, post, clock, seen.watch(device)))
    return found


def _printer_lane(
    config: Config, clock: TillClock, post: Post, wrap: PrinterWrap, memory: Path, seen: Instruments
) -> Lane:
    known = Acquaintances(memory, "printer", post)
    port = seen.ring("printer", make_port(config, clock), config.printer.driver if config.printer is not None else "")
    printer = make_printer(config, port, known.report)
    seen.note_paper("printer", printer)
    return PrinterLane("printer", wrap(AcquaintedPrinter(printer, known)), post, clock, seen.watch("printer"))


def _register(
    config: Config, clock: TillClock, report: Report, on_secret: OnSecret, seen: Instruments
) -> HardwareRegister | None:
    section = fiscalisers.hardware(config)
    if section is None:
        return None
    from firmware_bridge import hardware_registers  # noqa: PLC0415 - loaded only where there is one

    place = "fiscaliser.datecs.password"
    chosen = hardware_registers.settings(
        section,
        taxes=register_taxes(config),
        password="" if section.password is None else credentials.read(section.password, place, on_secret),
        exponent=config.exponent,
        groups=config.tax_groups(),
    )
    on_socket = next(((name, one) for name, one in config.drawers.items() if one.driver == "register"), None)
    language = "datecs-x" if section.dialect == "x" else "datecs"
    port = seen.ring("fiscaliser", ports.make(section.port, clock, role=chosen.role, driver=language), language)
    return hardware_registers.build(
        chosen,
        port,
        report,
        zone=ZoneInfo(config.till.zone),
        utc_ms=clock.utc_ms,
        drawer_id="" if on_socket is None else on_socket[0],
        guard=None if on_socket is None else _guard(on_socket[1], _REGISTER_PULSE_MS),
    )


def register_taxes(config: Config) -> dict[str, str]:
    """Our tax group -> its letter on the fiscal printer."""
    return {key: group.datecs for key, group in config.taxes.items() if group.datecs}


def _guard(drawer: Drawer, longest_ms: int = 200) -> DutyGuard:
    return DutyGuard(longest_ms=longest_ms, gap_s=drawer.gap_ms / 1000, per_minute=drawer.pulses_per_minute)


def _apart(post: Post) -> Post:
    """The rules know of one printer: beside a plain one that is not the fiscal one, whose condition is only logged.

    What it cannot do for a document is told by the document's own outcome.
    """

    def told(event: Event) -> None:
        if not isinstance(event, PrinterEvent):
            post(event)
        elif not isinstance(event, PrinterReady):
            log.warning("fiscal printer: %s", event, extra=about("device-lost", device="fiscaliser"))

    return told
