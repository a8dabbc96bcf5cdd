"""Before a sale's way begins: cash drawers on ports of their own, from what is configured to the driver that has them.

Drawers that hang on one box share its port, its driver and its lane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from drivers.drawers.base import CashDrawer, DutyGuard, SenseLevel
from drivers.drawers.gpio.driver import GpioDrawer
from drivers.drawers.trigger_box.boxes import Box, LineName, box_of
from drivers.drawers.trigger_box.driver import BoxDrawer, TriggerBox, check_fit
from drivers.ports.base import Clock, Port
from drivers.printers.base import Report
from firmware_bridge import port_url, ports
from firmware_bridge.errors import UsageError
from firmware_bridge.port_url import GpioUrl, HidUrl, SerialUrl
from statemachines.drawer import DrawerSettings

_DEFAULT_MS: Final = 1000
_LEVEL: Final = {True: "high", False: "low"}


@dataclass(frozen=True, slots=True)
class DrawerHardware:
    """What is configured of a drawer that hangs on no printer.

    `port`: "serial:/dev/till/drawer" of a trigger box, "hid:/dev/till/drawer-…" of one that is a HID device, or
    "gpio:17?active=high" of the coil. `box`: which one (the
    names of drivers.drawers.trigger_box.boxes); `code`: hexadecimal, where it opens on a code that is set in it;
    `number`: its socket. `sense_open_level`: as `drawer learn` finds it. `sense_line`: cts, dsr, dcd or ri, "" = as the
    box is delivered. `sense_port`: the switch's pin, "gpio:27?pull=up". `stream_gap_ms`: so long without a byte, a
    drawer that tells by a stream is closed. `gap_ms`, `pulses_per_minute`: the coil's rest.
    """

    drawer_id: str
    driver: Literal["gpio", "trigger_box"]
    port: str
    box: str = ""
    code: str = ""
    number: int = 1
    sense_open_level: SenseLevel = "none"
    sense_line: LineName | Literal[""] = ""
    sense_port: str = ""
    stream_gap_ms: int = 500
    gap_ms: int = _DEFAULT_MS
    pulses_per_minute: int = 10

    @property
    def kind(self) -> Box:
        """The row of its trigger box. Raises ValueError with one sentence."""
        try:
            code = bytes.fromhex(self.code)
        except ValueError:
            raise ValueError(f"the code {self.code!r} is not hexadecimal, such as 1b7030") from None
        return box_of(self.box, code)

    def guard(self) -> DutyGuard:
        """A guard for its coil; of its own, so ask once."""
        rest_ms = round(self.kind.rest_s * 1000) if self.driver == "trigger_box" else 0
        return DutyGuard(gap_s=max(self.gap_ms, rest_ms) / 1000, per_minute=self.pulses_per_minute)


def faults(drawers: Iterable[DrawerHardware]) -> Iterator[str]:
    """One sentence for each thing that cannot be, with the drawer's name in front."""
    for one in drawers:
        try:
            _check(one)
        except ValueError as error:
            yield f"drawers.{one.drawer_id}: {error}"


def _check(one: DrawerHardware) -> None:
    if one.driver == "trigger_box":
        if one.kind.link == "hid" and not isinstance(port_url.parse(one.port), HidUrl):
            raise ValueError(f"the {one.kind.title} is a HID device; write hid:/dev/till/drawer-… as its port")
        box_url(one)
        check_fit(one.kind, [_box_drawer(one)])
        return
    coil = _pin(one.port)
    if bool(one.sense_port) != (one.sense_open_level != "none"):
        raise ValueError("sense_port and sense_open_level belong together; run `drawer learn` to find the level")
    if one.sense_port and _pin(one.sense_port) == coil:
        raise ValueError("coil and switch cannot hang on the same pin")


def _pin(url: str) -> int:
    match port_url.parse(url):
        case GpioUrl(pin):
            return pin
        case _:
            raise ValueError(f"{url} is no pin; write gpio: and its BCM number")


def box_url(one: DrawerHardware) -> str:
    """The URL of a box's port with the speed and the line levels that the box needs, where it does not say others.

    No network: a kick that waits there for its connection opens a drawer unattended. A box that is a HID device may
    hang on a serial line where it is played. Raises ValueError.
    """
    box = one.kind
    match port_url.parse(one.port):
        case HidUrl() if box.link == "hid":
            return one.port
        case SerialUrl(flow="none"):
            pass
        case SerialUrl():
            raise ValueError("a trigger box knows no flow control; leave flow out of its port")
        case _:
            raise ValueError(f"{one.port} is no serial line, and only there no kick comes late; write serial:/dev/…")
    path, _, query = one.port.partition("?")
    needed = {"baud": str(box.speed), "dtr": _LEVEL[box.dtr], "rts": _LEVEL[box.rts]}
    given = [part for part in query.split("&") if part]
    said = {part.partition("=")[0] for part in given}
    return f"{path}?{'&'.join([*given, *(f'{name}={value}' for name, value in needed.items() if name not in said)])}"


def settings(one: DrawerHardware, shop: DrawerSettings) -> DrawerSettings:
    """The rules' settings: the shop's, with what the hardware needs. It is no part of any print job."""
    wired = one.sense_open_level != "none"
    found = replace(shop, sensed=wired, through_printer=False, retry_gap_ms=max(shop.retry_gap_ms, one.gap_ms))
    if one.driver == "gpio":
        return found
    box = one.kind
    return replace(
        found,
        confirm_ms=max(shop.confirm_ms, box.confirm_ms),
        retry_gap_ms=max(found.retry_gap_ms, round(box.rest_s * 1000)),
        attempts=min(shop.attempts, box.attempts),
    )


def by_port(drawers: Iterable[DrawerHardware]) -> list[list[DrawerHardware]]:
    """Those that share a port together, in the order of the configuration."""
    found: dict[str, list[DrawerHardware]] = {}
    for one in drawers:
        found.setdefault(one.port, []).append(one)
    return list(found.values())


def build(
    drawers: list[DrawerHardware], clock: Clock, report: Report, wrap: Callable[[Port], Port] = lambda port: port
) -> CashDrawer:
    """The driver of the drawers on one port, to be given to a DrawerLane. Nothing is opened. Raises UsageError.

    `wrap`: what stands between the driver and a port that moves bytes.
    """
    try:
        return _build(drawers, clock, report, wrap)
    except ValueError as error:
        raise UsageError(f"drawers.{drawers[0].drawer_id}: {error}") from error


def _build(drawers: list[DrawerHardware], clock: Clock, report: Report, wrap: Callable[[Port], Port]) -> CashDrawer:
    first, names = drawers[0], ", ".join(one.drawer_id for one in drawers)
    if first.driver == "gpio":
        if len(drawers) > 1:
            raise ValueError(f"{names} cannot hang on one pin")
        return _gpio(first, clock, report)
    if any((one.driver, one.box, one.code) != (first.driver, first.box, first.code) for one in drawers):
        raise ValueError(f"{names} hang on one port and must name the same box and code")
    return TriggerBox(
        wrap(ports.make(box_url(first), clock, role=_role(names), driver="trigger_box")),
        first.kind,
        [_box_drawer(one) for one in drawers],
        report,
        stream_gap_s=first.stream_gap_ms / 1000,
        clock=clock,
        role=_role(names),
    )


def _role(names: str) -> str:
    return f"cash drawer {names}"


def _box_drawer(one: DrawerHardware) -> BoxDrawer:
    return BoxDrawer(one.drawer_id, one.number, one.sense_open_level, one.sense_line or None, one.guard())


def _gpio(one: DrawerHardware, clock: Clock, report: Report) -> GpioDrawer:
    role = _role(one.drawer_id)
    return GpioDrawer(
        one.drawer_id,
        ports.make_output(one.port, clock, role=role),
        report,
        clock,
        switch=ports.make_input(one.sense_port, clock, role=role) if one.sense_port else None,
        sense_open_level=one.sense_open_level,
        guard=one.guard(),
        role=role,
    )
