"""A serial port on a real pseudo-terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import threading
import time
import tty
from collections.abc import Iterator

import pytest

from drivers.ports.base import PortLost
from drivers.ports.serial import SerialPort


class SystemClock:
    def monotonic(self) -> float:
        return time.monotonic()


class Line:
    """The device's end of a pseudo-terminal and the name of ours."""

    def __init__(self) -> None:
        self.device, self._ours = pty.openpty()
        tty.setraw(self.device)
        self.path = os.ttyname(self._ours)
        self.port = SerialPort(self.path, 38400, SystemClock())

    def hang_up(self) -> None:
        for fd in (self.device, self._ours):
            with contextlib.suppress(OSError):
                os.close(fd)

    def take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += os.read(self.device, count - len(data))
        return data


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    made.port.open()
    yield made
    made.port.close()
    made.hang_up()


def test_bytes_go_out_unchanged(line: Line) -> None:
    data = bytes(range(256))
    assert line.port.write(data, 1.0) == 256
    assert line.take(256) == data


def test_bytes_come_in_unchanged(line: Line) -> None:
    data = bytes(range(256))
    os.write(line.device, data)
    got = b""
    while len(got) < 256:
        got += line.port.read(1.0)
    assert got == data


def test_silence_is_no_loss(line: Line) -> None:
    assert line.port.read(0.0) == b""
    assert line.port.read(0.01) == b""


def test_full_line_takes_a_part_and_tells_how_much(line: Line) -> None:
    data = os.urandom(200_000)
    sent = line.port.write(data, 0.05)
    assert 0 < sent < len(data)
    assert line.port.write(data[sent:], 0.02) == 0
    assert line.take(sent) == data[:sent]


def test_rest_of_a_partial_write_follows_without_gap(line: Line) -> None:
    data = os.urandom(50_000)
    got = bytearray()
    reader = threading.Thread(target=lambda: got.extend(line.take(len(data))))
    sent = line.port.write(data, 0.01)
    reader.start()
    while sent < len(data):
        sent += line.port.write(data[sent:], 0.2)
    reader.join(5)
    assert bytes(got) == data


def test_blocked_write_returns_when_there_is_something_to_read(line: Line) -> None:
    line.port.write(os.urandom(200_000), 0.02)
    os.write(line.device, b"\x14\x00\x00\x0f")
    before = time.monotonic()
    assert line.port.write(b"more", 30.0) == 0
    assert time.monotonic() - before < 5
    assert line.port.read(0.0) == b"\x14\x00\x00\x0f"


def test_unread_input_does_not_hold_the_output_back(line: Line) -> None:
    os.write(line.device, b"\x12")
    assert line.port.write(b"abc", 1.0) == 3


def test_wake_ends_a_waiting_read_from_another_thread(line: Line) -> None:
    threading.Timer(0.02, line.port.wake).start()
    before = time.monotonic()
    assert line.port.read(30.0) == b""
    assert time.monotonic() - before < 5


def test_wake_before_the_read_is_not_lost(line: Line) -> None:
    line.port.wake()
    before = time.monotonic()
    assert line.port.read(30.0) == b""
    assert time.monotonic() - before < 5
    assert line.port.read(0.01) == b""


def test_hang_up_while_reading_is_port_lost(line: Line) -> None:
    threading.Timer(0.02, line.hang_up).start()
    with pytest.raises(PortLost, match="connection was lost"):
        line.port.read(30.0)
    with pytest.raises(PortLost, match="not open"):
        line.port.read(0.0)


def test_hang_up_while_writing_is_port_lost(line: Line) -> None:
    line.hang_up()
    with pytest.raises(PortLost) as lost:
        line.port.write(b"x", 1.0)
    assert lost.value.port == f"serial:{line.path}"


def test_lost_port_can_be_opened_again() -> None:
    line = Line()
    line.port.open()
    line.port.close()
    with pytest.raises(PortLost):
        line.port.write(b"x", 0.0)
    line.port.open()
    assert line.port.write(b"x", 1.0) == 1
    assert line.take(1) == b"x"
    line.port.close()
    line.port.close()
    line.hang_up()


def test_missing_device_is_named_with_what_to_check() -> None:
    port = SerialPort("/dev/no-such-printer", 9600, SystemClock())
    with pytest.raises(PortLost, match=r"/dev/no-such-printer.*nothing was sent; check") as lost:
        port.open()
    assert str(lost.value).startswith("serial:/dev/no-such-printer: ")
    port.wake()
    port.close()


def test_second_owner_is_refused(line: Line) -> None:
    other = SerialPort(line.path, 9600, SystemClock())
    with pytest.raises(PortLost, match="no other program"):
        other.open()
    assert line.port.write(b"still ours", 1.0) == 10


def test_lines_can_be_preset_low() -> None:
    line = Line()
    port = SerialPort(line.path, 9600, SystemClock(), dtr=False, rts=False)
    port.open()
    assert port.write(b"x", 1.0) == 1
    port.close()
    line.hang_up()
