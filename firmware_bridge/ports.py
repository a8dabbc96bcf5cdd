"""Before a device is opened: the port that the configuration's URL means, loaded only where it is configured."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from drivers import catalog
from drivers.ports.base import Clock, Port
from drivers.ports.recording import RecordingPort
from firmware_bridge import port_url
from firmware_bridge.clock import SystemClock
from firmware_bridge.log_kinds import about
from firmware_bridge.port_url import GpioUrl, HidUrl, SerialUrl, TcpUrl, UsbUrl

log = logging.getLogger(__name__)

_CLOCK: Final = SystemClock()
_PULLED_UP: Final = range(9)
_CONSOLE: Final = (14, 15)


def _rfc3339(utc_ms: int) -> str:
    return datetime.fromtimestamp(utc_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make(
    url: str, clock: Clock, *, role: str = "", driver: str = "", utc_ms: Callable[[], int] = _CLOCK.utc_ms
) -> Port:
    """The port of a config's URL, closed, with its recording around it if one is asked for.

    `role`: what the device is at this till ("receipt printer"); error texts and the refusal of a second owner name
    it. `driver`: whose language is spoken, for the recording. Raises ValueError as `parse`, and for a pin.
    """
    where = port_url.parse(url)
    port: Port
    match where:
        case SerialUrl(path, baud, flow, dtr, rts):
            port = catalog.load("port", "serial")(path, baud, clock, flow, dtr=dtr, rts=rts, role=role)
        case TcpUrl(host, number):
            port = catalog.load("port", "tcp")(host, number, clock, role=role)
        case UsbUrl(address):
            port = catalog.load("port", "usb")(address, clock, role=role)
        case HidUrl(path):
            port = catalog.load("port", "hid")(path, clock, role=role)
        case GpioUrl():
            raise ValueError(f"{url} is a pin, which moves no bytes; a printer needs serial:, tcp: or usb:")
    if not where.record:
        return port
    return RecordingPort(port, Path(where.record), driver=driver, begun=_rfc3339(utc_ms()))


def make_output(url: str, clock: Clock, *, role: str = "") -> Any:
    """The drivers.ports.gpio_line.GpioOutput of a config's URL. Raises ValueError when it is no pin.

    A pin that is at the driving level while the Pi starts is used, but warned of: until this program runs, only
    resistors in the wiring keep the coil off. Source: BCM2835 peripherals, default pulls (up: 0-8, down: 9-27).
    """
    where = _pin(url)
    pulled_up = where.pin in _PULLED_UP
    if where.pin in _CONSOLE or pulled_up == (where.active == "high"):
        log.warning(
            "%s: this pin may drive the coil while the Pi starts; better are 9 to 13 and 16 to 27 with active=high, or "
            "a line gpio=%d=op,%s in config.txt",
            url,
            where.pin,
            "dl" if where.active == "high" else "dh",
            extra=about("device-advice", port=url, device=role),
        )
    return catalog.load("port", "gpio")(where.pin, clock, active=where.active, role=role)


def make_input(url: str, clock: Clock, *, role: str = "") -> Any:
    """The drivers.ports.gpio_input.GpioInput of a config's URL. Raises ValueError when it is no pin."""
    where = _pin(url)
    return catalog.load("port", "gpio_input")(where.pin, clock, pull=where.pull, role=role)


def _pin(url: str) -> GpioUrl:
    match port_url.parse(url):
        case GpioUrl() as where:
            return where
        case _:
            raise ValueError(f"{url} is no pin; write gpio: and its BCM number")
