"""What a HID device has beyond every port: reports as they are, locks, and errors that say what to do."""

from __future__ import annotations

import fcntl
import os
import queue
import threading
from collections.abc import Iterator

import pytest

from drivers.drawers.base import DutyGuard
from drivers.drawers.simulator import SimulatedDrawer
from drivers.drawers.trigger_box.boxes import box_of
from drivers.drawers.trigger_box.driver import BoxDrawer, TriggerBox
from drivers.drawers.trigger_box.simulator import simulated_box
from drivers.ports.base import PortLost
from drivers.ports.hidraw import HidPort
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerKickDropped, DrawerSensed, Event
from tests.drivers.ports.benches import HidBench
from tests.drivers.ports.conformance import SOON, SystemClock

REPORT = bytes((7, 7)).ljust(120, b"\0")


@pytest.fixture
def bench() -> Iterator[HidBench]:
    made = HidBench()
    yield made
    made.port.close()
    made.close()


def test_each_write_is_one_report_behind_the_number_that_the_device_lacks(bench: HidBench) -> None:
    bench.port.open()
    assert bench.port.write(REPORT, 1.0) == 120
    assert bench.takes(120) == REPORT


def test_line_that_another_program_has_locked_is_refused(bench: HidBench) -> None:
    other = os.open(bench.path, os.O_RDWR | os.O_NOCTTY)
    try:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(PortLost, match=r"cannot be opened .*nothing was sent; check that no other program uses it"):
            bench.port.open()
    finally:
        os.close(other)
    bench.port.open()


def test_missing_device_is_named_with_what_to_check() -> None:
    with pytest.raises(PortLost, match=r"no device /dev/till/drawer-nowhere; nothing was sent; check that the cable"):
        HidPort("/dev/till/drawer-nowhere", SystemClock()).open()


def test_what_is_refused_holds_nothing(bench: HidBench) -> None:
    other = os.open(bench.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(other, fcntl.LOCK_EX)
    for _ in range(2):
        with pytest.raises(PortLost, match="cannot be opened"):
            bench.port.open()
    os.close(other)
    bench.port.open()
    assert bench.port.write(REPORT, 1.0) == 120


def test_a_hid_drawer_is_opened_and_seen_through_its_port(bench: HidBench) -> None:
    clock, told = SystemClock(), queue.SimpleQueue[Event]()
    drawer = SimulatedDrawer(now=clock.monotonic(), closes_after=0.3)
    device = simulated_box("posiflex-cr4000", [drawer], now=clock.monotonic())
    over = threading.Event()

    def plays() -> None:
        while not over.is_set():
            device.run_until(clock.monotonic())
            report = bench.takes_some(121)
            if report:
                assert (len(report), report[0]) == (121, 0)
                device.accept(report[1:])
            if answer := device.output():
                bench.says(answer)
            over.wait(0.002)

    playing = threading.Thread(target=plays)
    playing.start()
    row = [BoxDrawer("main", 1, "high", None, DutyGuard(gap_s=0.01))]
    driver = TriggerBox(bench.port, box_of("posiflex-cr4000"), row, told.put)
    try:
        assert driver.connect(), driver.trouble
        for expected in (False, True, False):
            deadline = clock.monotonic() + SOON
            while told.empty():
                assert clock.monotonic() < deadline, f"the drawer was not told to be {'open' if expected else 'shut'}"
                driver.watch(0.05)
            assert told.get() == DrawerSensed("main", open=expected)
            if drawer.pulses:
                continue
            while isinstance(driver.kick(Kick("main", 100, 10**15)), DrawerKickDropped):
                driver.watch(0.1)  # the coil rests for a while after the port was opened
        assert [pulse.result for pulse in drawer.pulses] == ["opens"]
    finally:
        driver.close()
        over.set()
        playing.join()
