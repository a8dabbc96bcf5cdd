"""A serial line: a BREAK steps the speed, DCD ends a session only where that was asked for, and nothing freezes it."""

from __future__ import annotations

import os
import pty
import select
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from firmware_bridge.console.serial_line import Marks, SerialLine, SerialTerminal
from firmware_bridge.console.terminal import Gone
from firmware_bridge.errors import UserError


@pytest.mark.parametrize(
    ("read", "typed", "broke"),
    [
        ([b"status\r"], b"status\r", False),
        ([b"\xff\0\0"], b"", True),
        ([b"rubbish\xff\0\0st"], b"st", True),
        ([b"\xff", b"\0", b"\0"], b"", True),
        ([b"\xff\xff"], b"\xff", False),
        ([b"a\xff", b"\xffb"], b"a\xffb", False),
        ([b"\xff\0\xe1"], b"\xe1", False),
        ([b"\0"], b"", True),
        ([b"a\0b"], b"a\0b", False),
    ],
)
def test_a_break_is_told_from_letters_however_it_is_cut(read: list[bytes], typed: bytes, broke: bool) -> None:
    marks = Marks()
    found = [marks.take(piece) for piece in read]
    assert b"".join(text for text, _ in found) == typed
    assert any(broken for _, broken in found) is broke


class Wire:
    """A line that breaks, and whose carrier goes, when it is told to."""

    def __init__(self) -> None:
        self.coming: list[tuple[bytes, bool]] = []
        self.sent = b""
        self.speed = 115200
        self.dcd: bool | None = True

    def read(self, timeout: float) -> tuple[bytes, bool]:
        assert timeout >= 0
        return self.coming.pop(0) if self.coming else (b"", False)

    def write(self, data: bytes) -> None:
        self.sent += data

    def step(self) -> int:
        self.speed = 9600
        return self.speed

    def carrier(self) -> bool | None:
        return self.dcd


def test_a_break_goes_on_to_the_next_speed_says_it_there_and_drops_the_line() -> None:
    wire = Wire()
    wire.coming = [(b"st", True)]
    assert SerialTerminal(wire).read(1.0) == b"\x03st", "as Ctrl-C: what stood there was typed at the wrong speed"
    assert wire.sent == b"\r\n9600 8N1\r\n"


@pytest.mark.parametrize("dcd", [True, None])
def test_a_session_goes_on_while_dcd_is_on_or_nobody_tells(dcd: bool | None) -> None:
    wire = Wire()
    wire.dcd = dcd
    assert SerialTerminal(wire, modem_lines=True).read(0.0) == b""


def test_without_dcd_a_session_ends_only_where_modem_lines_are_wired() -> None:
    wire = Wire()
    wire.dcd = False
    assert SerialTerminal(wire).read(0.0) == b"", "a cable of three wires has no DCD"
    assert not SerialTerminal(wire, modem_lines=True).present
    with pytest.raises(Gone):
        SerialTerminal(wire, modem_lines=True).read(0.0)


@contextmanager
def opened(baud: int = 115200) -> Iterator[tuple[SerialLine, int, int]]:
    """A line, the far end's descriptor and the near one's."""
    master, slave = pty.openpty()
    line = SerialLine(os.ttyname(slave), baud, time.monotonic)
    line.open()
    try:
        yield line, master, slave
    finally:
        line.close()
        os.close(slave)
        os.close(master)


def speed(descriptor: int) -> int:
    found: int = termios.tcgetattr(descriptor)[4]
    return found


def test_breaks_step_round_through_the_three_speeds() -> None:
    with opened() as (line, master, slave):
        assert speed(slave) == termios.B115200
        found = []
        for _ in range(4):
            os.write(master, b"\0")
            assert line.read(5.0) == (b"", True)
            line.step()
            found.append(speed(slave))
        assert found == [termios.B9600, termios.B19200, termios.B115200, termios.B9600]
        line.open()
        assert speed(slave) == termios.B9600, "whoever found the speed finds it again after signing off"


def test_a_speed_that_is_none_of_the_three_steps_to_the_first() -> None:
    with opened(38400) as (line, _, slave):
        assert line.step() == 115200
        assert speed(slave) == termios.B115200


def test_ctrl_s_and_ctrl_c_are_letters_and_freeze_and_signal_nothing() -> None:
    with opened() as (line, master, slave):
        os.write(master, b"\x13\x11\x03\x1a\r\xff")
        time_left = 5.0
        typed = b""
        while len(typed) < 6 and time_left > 0:
            typed += line.read(0.5)[0]
            time_left -= 0.5
        assert typed == b"\x13\x11\x03\x1a\r\xff"
        line.write(b"it still speaks\r\n")
        assert select.select([master], [], [], 5.0)[0]
        assert os.read(master, 100) == b"it still speaks\r\n"
        assert termios.tcgetattr(slave)[0] & (termios.IXON | termios.IXOFF | termios.IXANY) == 0


def test_a_second_console_on_the_line_is_refused() -> None:
    with opened() as (_, _, slave):
        second = SerialLine(os.ttyname(slave), 9600, time.monotonic)
        with pytest.raises(UserError, match="cannot be opened"):
            second.open()


def test_a_line_that_takes_nothing_loses_what_is_said_and_holds_nobody_up() -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 5.0
        return now[0]

    master, slave = pty.openpty()
    line = SerialLine(os.ttyname(slave), 9600, clock)
    line.open()
    try:
        line.write(b"x" * 20_000)
        assert now[0] < 100.0
    finally:
        line.close()
        os.close(slave)
        os.close(master)
    with pytest.raises(Gone):
        line.read(0.0)


def test_a_line_that_hangs_up_is_gone() -> None:
    master, slave = pty.openpty()
    line = SerialLine(os.ttyname(slave), 9600, time.monotonic)
    line.open()
    os.close(slave)
    os.close(master)
    with pytest.raises(Gone):
        line.read(1.0)
    line.close()
