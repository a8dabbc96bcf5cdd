"""Every port that moves bytes has a ring, a lane that is looked at, and its device's name; a pin has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge import config, wiring
from firmware_bridge.clock import SystemClock
from firmware_bridge.instruments import Instruments
from firmware_bridge.lanes import LOOK_S, ORDER_S, PortLane, Service
from tests.firmware_bridge.test_lanes import Printer
from tests.support.device_desk import write
from tests.support.inbox import Heard

DEVICES = """
[printer]
port = "tcp:127.0.0.1:9"
columns = 42
[drawers.main]
driver = "trigger_box"
box = "ibm-4840"
port = "serial:/dev/till/box"
sense_open_level = "high"
[drawers.left]
driver = "trigger_box"
box = "ibm-4840"
port = "serial:/dev/till/box"
number = 2
sense_open_level = "high"
[drawers.pin]
driver = "gpio"
port = "gpio:17?active=high"
[fiscaliser.datecs]
port = "serial:/dev/till/fiscal"
dialect = "x"
"""


def test_each_port_has_its_ring_and_each_printer_its_tally(tmp_path: Path) -> None:
    found = config.load(write(tmp_path, DEVICES, letter="2", market="BG").config)
    seen = Instruments()
    lanes = wiring.lanes(found, SystemClock(), lambda _: None, on_secret=lambda _: None, instruments=seen)
    assert {name: ring.driver for name, ring in seen.rings.items()} == {
        "printer": "escpos",
        "main+left": "trigger_box",
        "fiscaliser": "datecs-x",
    }
    assert seen.rings["printer"].name == "tcp:127.0.0.1:9"
    assert set(seen.papers) == {"printer"}
    assert all(isinstance(lane, PortLane) and not lane.overdue for lane in lanes.values())


class Hours:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize(("what", "limit"), [("look", LOOK_S), ("connect", ORDER_S)])
def test_thread_that_does_not_come_back_is_overdue(what: str, limit: float) -> None:
    hours, bus = Hours(), Heard()
    printer = Printer(there=what == "look")
    seen: list[bool] = []

    def late(timeout: float = 0.0) -> bool:
        hours.now += limit - 1
        seen.append(lane.overdue)
        hours.now += 2
        seen.append(lane.overdue)
        lane_stops()
        return False

    def lane_stops() -> None:
        printer.connected = False
        printer.there = False

    lane = PortLane("printer", printer, bus.post, hours, Service(lambda _: None, lambda _: None, lambda _: None))
    setattr(printer, "watch" if what == "look" else "connect", late)
    lane.start()
    while len(seen) < 2:
        printer.tried.acquire(timeout=0.01)
    lane.close()
    assert seen[:2] == [False, True]
