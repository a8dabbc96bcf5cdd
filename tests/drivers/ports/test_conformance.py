"""Every port keeps the same promises, and a port that breaks one is caught."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drivers.ports.base import PortLost
from drivers.ports.serial import SerialPort
from tests.drivers.ports.benches import (
    HidBench,
    MemoryBench,
    RecordedBench,
    RecordedSerialBench,
    ReplayBench,
    SerialBench,
    TcpBench,
    UsbBench,
)
from tests.drivers.ports.conformance import Bench, Common, Conformance, Fills, SystemClock


class TestSerial(Conformance):
    def make(self) -> Bench:
        return SerialBench()


class TestHid(Common):
    """A report is handed over whole or not at all, so there is no part of one to tell of."""

    def make(self) -> Bench:
        return HidBench()

    def test_a_device_has_one_owner_and_both_are_named(self, bench: Bench) -> None:
        bench.port.open()
        another = bench.another()
        assert another is not None
        with pytest.raises(PortLost, match=r"the same device as hid:.* in use by the receipt printer of this till"):
            another.open()


class TestTcp(Conformance):
    def make(self) -> Bench:
        return TcpBench()


class TestUsb(Conformance):
    def make(self) -> Bench:
        return UsbBench()


class TestMemory(Fills):
    def make(self) -> Bench:
        return MemoryBench()


class TestRecordedMemory(Fills):
    def make(self) -> Bench:
        return RecordedBench()


class TestRecordedSerial(Conformance):
    def make(self) -> Bench:
        return RecordedSerialBench()


class TestReplay(Common):
    def make(self) -> Bench:
        return ReplayBench()


# --- the suite bites --------------------------------------------------------------------------------------------------


class Boaster(SerialPort):
    """Says that everything was taken, as a queue does."""

    def write(self, data: bytes, timeout: float) -> int:
        super().write(data, timeout)
        return len(data)


class Repeater(SerialPort):
    """Begins again from the first byte of what was not taken whole."""

    def write(self, data: bytes, timeout: float) -> int:
        taken = super().write(data, timeout)
        return taken if taken == len(data) else 0


class Silent(SerialPort):
    """Takes a loss for silence."""

    def read(self, timeout: float) -> bytes:
        try:
            return super().read(timeout)
        except PortLost:
            return b""


Check = Callable[[Conformance, Bench], None]


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (Boaster, Conformance.test_a_full_device_takes_a_part_and_the_port_tells_how_much),
        (Repeater, lambda suite, bench: suite.test_the_rest_of_a_partial_write_follows_without_gap(bench, 1)),
        (Silent, Conformance.test_a_loss_while_reading_is_told_until_the_port_is_opened_again),
    ],
)
def test_broken_port_is_caught(kind: type[SerialPort], check: Check) -> None:
    bench = SerialBench()
    bench.port = kind(str(bench.path), 38400, SystemClock())
    bench.port.open()
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check(Conformance(), bench)
    bench.port.close()
    bench.close()
