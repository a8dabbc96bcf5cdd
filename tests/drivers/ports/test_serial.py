"""What a serial line has beyond every port: locks, modem lines, and a close that neither hangs up nor hangs."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from drivers.ports.base import Clock, HasLines, Lines, PortLost
from drivers.ports.serial import SerialPort
from tests.drivers.ports.benches import SerialBench
from tests.drivers.ports.conformance import SOON, SystemClock

LINES = {"cts": termios.TIOCM_CTS, "dsr": termios.TIOCM_DSR, "dcd": termios.TIOCM_CD, "ri": termios.TIOCM_RI}


class Modem:
    """What the kernel's modem control answers for a line; a pseudo terminal has none of its own.

    Stands at ioctl(2): `on` are the bits that the device drives, `calls` what was asked, in order.
    """

    def __init__(self) -> None:
        self.on = 0
        self.waiting = 0
        self.fails = 0
        self.calls: list[tuple[int, int]] = []
        self._kernel = fcntl.ioctl

    def __call__(self, fd: int, request: int, argument: Any = 0, mutate: bool = True) -> Any:
        if request in {termios.TIOCMBIS, termios.TIOCMBIC}:
            self.calls.append((request, struct.unpack("I", argument)[0]))
            return argument
        if request == termios.TIOCMGET:
            if self.fails:
                raise OSError(self.fails, os.strerror(self.fails))
            return struct.pack("I", self.on)
        if request == termios.TIOCOUTQ:
            return struct.pack("I", self.waiting)
        self.calls.append((request, 0))
        return self._kernel(fd, request, argument, mutate)


@pytest.fixture
def bench() -> Iterator[SerialBench]:
    made = SerialBench()
    yield made
    made.port.close()
    made.close()


@pytest.fixture
def modem(monkeypatch: pytest.MonkeyPatch) -> Modem:
    made = Modem()
    monkeypatch.setattr(fcntl, "ioctl", made)
    return made


class Hasty:
    """A clock on which ten seconds pass in one."""

    def monotonic(self) -> float:
        return time.monotonic() * 10


def port_of(bench: SerialBench, clock: Clock | None = None, **options: Any) -> SerialPort:
    port = SerialPort(str(bench.path), 9600, clock or SystemClock(), **options)
    bench.port = port
    port.open()
    return port


# --- open and close ---------------------------------------------------------------------------------------------------


def test_missing_device_is_named_with_what_to_check() -> None:
    port = SerialPort("/dev/no-such-printer", 9600, SystemClock(), role="receipt printer")
    with pytest.raises(PortLost, match=r"/dev/no-such-printer.*nothing was sent; check") as lost:
        port.open()
    assert str(lost.value).startswith("receipt printer at serial:/dev/no-such-printer: ")
    port.wake()
    port.close()


HOLDER = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(fd, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_line_that_another_program_has_locked_is_refused(bench: SerialBench) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(bench.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(PortLost, match="nothing was sent; check that no other program uses it"):
        bench.port.open()
    other.communicate()
    bench.port.open()


def test_another_program_finds_the_line_locked(bench: SerialBench) -> None:
    bench.port.open()
    fd = os.open(bench.path, os.O_RDWR | os.O_NOCTTY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(fd)


def test_close_does_not_hang_up(bench: SerialBench) -> None:
    bench.port.open()
    fd = os.open(bench.path, os.O_RDWR | os.O_NOCTTY)
    assert termios.tcgetattr(fd)[2] & termios.HUPCL == 0
    os.close(fd)


def test_close_of_a_stuck_device_throws_away_what_it_does_not_take(
    bench: SerialBench, modem: Modem, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(termios, "tcflush", lambda fd, queue: flushed.append(queue))
    port = port_of(bench, Hasty())
    flushed.clear()
    modem.waiting = 4000
    before = time.monotonic()
    port.close()
    assert 0.19 < time.monotonic() - before < 1.5
    assert flushed == [termios.TCOFLUSH]


def test_close_waits_for_what_the_kernel_still_sends(bench: SerialBench, modem: Modem) -> None:
    port = port_of(bench)
    modem.waiting = 300
    timer = threading.Timer(0.1, lambda: setattr(modem, "waiting", 0))
    timer.start()
    before = time.monotonic()
    port.close()
    assert 0.09 < time.monotonic() - before < 1.5
    timer.join()


# --- modem lines ------------------------------------------------------------------------------------------------------


def test_lines_are_preset_before_anything_else(bench: SerialBench, modem: Modem) -> None:
    port_of(bench, dtr=False, rts=False)
    assert modem.calls[:2] == [(termios.TIOCMBIC, termios.TIOCM_DTR), (termios.TIOCMBIC, termios.TIOCM_RTS)]
    assert not any(request == termios.TIOCMBIS for request, _ in modem.calls)


def test_lines_that_power_a_box_are_raised(bench: SerialBench, modem: Modem) -> None:
    port_of(bench, dtr=True, rts=True)
    assert modem.calls[:2] == [(termios.TIOCMBIS, termios.TIOCM_DTR), (termios.TIOCMBIS, termios.TIOCM_RTS)]


def test_hardware_flow_control_owns_rts(bench: SerialBench, modem: Modem) -> None:
    port_of(bench, flow="rtscts", dtr=False)
    assert modem.calls[0] == (termios.TIOCMBIC, termios.TIOCM_DTR)
    assert not any(bits == termios.TIOCM_RTS for _, bits in modem.calls)


@pytest.mark.parametrize("name", list(LINES))
def test_each_line_is_told_by_its_name(bench: SerialBench, modem: Modem, name: str) -> None:
    port = port_of(bench)
    modem.on = LINES[name]
    assert port.lines() == Lines(**{line: line == name for line in LINES})


def test_pseudo_terminal_has_no_lines(bench: SerialBench) -> None:
    bench.port.open()
    assert isinstance(bench.port, HasLines)
    assert bench.port.lines() is None


def test_change_of_a_line_ends_a_watched_read(bench: SerialBench, modem: Modem) -> None:
    port = port_of(bench)
    port.lines()
    port.watch_lines(0.02)
    timer = threading.Timer(0.05, lambda: setattr(modem, "on", termios.TIOCM_CTS))
    timer.start()
    before = time.monotonic()
    assert port.read(30.0) == b""
    assert time.monotonic() - before < SOON
    timer.join()
    assert port.lines() == Lines(cts=True, dsr=False, dcd=False, ri=False)


def test_line_that_has_been_told_ends_no_second_read(bench: SerialBench, modem: Modem) -> None:
    port = port_of(bench)
    port.watch_lines(0.01)
    modem.on = termios.TIOCM_CD
    port.lines()
    before = time.monotonic()
    assert port.read(0.1) == b""
    assert time.monotonic() - before >= 0.099


def test_lines_are_left_alone_unless_watched(bench: SerialBench, modem: Modem) -> None:
    port = port_of(bench)
    port.watch_lines(0.01)
    port.watch_lines(None)
    modem.on = termios.TIOCM_RI
    modem.fails = errno.EIO
    assert port.read(0.05) == b""


def test_adapter_that_is_gone_is_lost_when_its_lines_are_asked(bench: SerialBench, modem: Modem) -> None:
    port = port_of(bench)
    modem.fails = errno.EIO
    with pytest.raises(PortLost, match="connection was lost"):
        port.lines()
    with pytest.raises(PortLost, match="not open"):
        port.read(0.0)


# --- DTR/DSR flow control ---------------------------------------------------------------------------------------------


def test_dsr_down_holds_every_byte_back(bench: SerialBench, modem: Modem) -> None:
    port = port_of(bench, flow="dsrdtr")
    assert port.write(b"receipt", 0.05) == 0
    modem.on = termios.TIOCM_DSR
    assert port.write(b"receipt", 1.0) == 7
    assert bench.takes(7) == b"receipt"


def test_little_is_under_way_while_dsr_is_up(bench: SerialBench, modem: Modem) -> None:
    port = port_of(bench, flow="dsrdtr")
    modem.on = termios.TIOCM_DSR
    modem.waiting = 10
    assert port.write(b"0123456789", 0.0) == 6
    modem.waiting = 16
    assert port.write(b"6789", 0.02) == 0
    modem.waiting = 0
    assert port.write(b"6789", 1.0) == 4
    assert bench.takes(10) == b"0123456789"
