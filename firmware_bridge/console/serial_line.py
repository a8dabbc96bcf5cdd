"""Beside a till: the serial line that a console is offered on: raw, 8N1, never waited for, and told when it breaks.

Opened with O_NOCTTY and locked (flock, TIOCEXCL). Nothing stops it: XON/XOFF and hardware flow control are off, so that
a stray Ctrl-S freezes no console, and what a far end does not take is dropped. A BREAK arrives as 377 0 0 (PARMRK,
termios(3)), or as a lone NUL from an adapter that cannot tell the two apart, which agetty(8) takes for one as well.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import struct
import termios
import threading
from collections.abc import Callable
from typing import Final, Protocol

from firmware_bridge.console.terminal import Gone
from firmware_bridge.errors import UserError

SPEEDS: Final = (115200, 9600, 19200)
"""What a BREAK steps through, round and round."""
_PIECE: Final = 4096
#: A far end that takes nothing for so long (a gadget without a host, a cable that is out) loses what is said.
_WRITE_S: Final = 2.0
_DRAIN_S: Final = 2.0
#: Majors of /dev/pts. A lock on one of these outlives its holder for as long as the other end is open.
_PSEUDO_TERMINALS: Final = range(136, 144)
_NO_LINES: Final = frozenset({errno.ENOTTY, errno.EINVAL, errno.EOPNOTSUPP})


class Marks:
    """Takes the kernel's marks out of what was read: 377 377 is one 377, 377 0 0 a BREAK. Sans I/O."""

    def __init__(self) -> None:
        self._kept = b""

    def take(self, data: bytes) -> tuple[bytes, bool]:
        """What was typed, and was there a BREAK? Half a mark waits for its rest. Typed before a BREAK is rubbish."""
        if data and not data.strip(b"\0") and not self._kept:
            return b"", True
        data, self._kept = self._kept + data, b""
        out, broke, at = bytearray(), False, 0
        while at < len(data):
            if data[at] != 0xFF:
                out.append(data[at])
                at += 1
            elif data[at : at + 3] == b"\xff\0\0":
                out.clear()
                broke, at = True, at + 3
            elif len(data) - at < (3 if data[at + 1 : at + 2] == b"\0" else 2):
                self._kept = data[at:]
                break
            else:  # a letter that was doubled, or (377 0 X) one with a fault, as it came
                width = 3 if data[at + 1] == 0 else 2
                out.append(data[at + width - 1])
                at += width
        return bytes(out), broke


class Line(Protocol):
    """A line as SerialTerminal wants it."""

    def read(self, timeout: float) -> tuple[bytes, bool]:
        """What was typed, waiting up to `timeout` seconds, and was there a BREAK? Raises Gone."""

    def write(self, data: bytes) -> None:
        """Raises Gone."""

    def step(self) -> int:
        """To the next speed, which is returned (bit/s). Raises Gone."""

    def carrier(self) -> bool | None:
        """Is DCD on? None where there is no such line. Raises Gone."""


class SerialLine:
    """`path`: the device file; `baud`: bit/s until a BREAK comes. One thread owns it."""

    def __init__(self, path: str, baud: int, monotonic: Callable[[], float]) -> None:
        self._path = path
        self._monotonic = monotonic
        self._fd = -1
        self._marks = Marks()
        self.speed = baud

    def open(self) -> None:
        """Open or open again. Raises UserError: no such device, in use, or no permission."""
        self.close()
        fd = -1
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.major(os.fstat(fd).st_rdev) not in _PSEUDO_TERMINALS:
                fcntl.ioctl(fd, termios.TIOCEXCL)  # flock is asked by few; this stops a stray `echo`, too
            _make_raw(fd, self.speed)
        except (OSError, termios.error) as error:
            if fd >= 0:
                os.close(fd)
            cause = error.strerror if isinstance(error, OSError) else str(error)
            raise UserError(
                f"{self._path} cannot be opened ({cause}); no console is offered there",
                "check the cable, that no other program uses it and that this user may (group dialout)",
            ) from error
        self._fd, self._marks = fd, Marks()

    def close(self) -> None:
        """Harmless when closed. What still waits goes out first, for 2 s; a stuck device is not waited for."""
        fd, self._fd = self._fd, -1
        if fd < 0:
            return
        deadline = self._monotonic() + _DRAIN_S
        with contextlib.suppress(OSError, termios.error):
            while _waiting(fd) and self._monotonic() < deadline:
                select.poll().poll(10)
            termios.tcflush(fd, termios.TCOFLUSH)
        with contextlib.suppress(OSError):  # given back now: whoever opens it next need not wait for the close
            fcntl.flock(fd, fcntl.LOCK_UN)
            fcntl.ioctl(fd, termios.TIOCNXCL)
        # a gadget without a host holds close() up for 15 s (raspberrypi/linux 1929)
        threading.Thread(target=os.close, args=(fd,), name="closing a line", daemon=True).start()

    def read(self, timeout: float) -> tuple[bytes, bool]:
        """See Line."""
        try:
            poll = select.poll()
            poll.register(self._fd, select.POLLIN)
            if not poll.poll(round(timeout * 1000)):
                return b"", False
            data = os.read(self._fd, _PIECE)
        except BlockingIOError:
            return b"", False
        except (OSError, ValueError) as error:
            raise Gone from error
        if not data:
            raise Gone
        return self._marks.take(data)

    def write(self, data: bytes) -> None:
        """See Line. What the line does not take in time is dropped."""
        view, deadline = memoryview(data), self._monotonic() + _WRITE_S + len(data) / 900
        while view and self._monotonic() < deadline:
            try:
                view = view[os.write(self._fd, view) :]
            except BlockingIOError:
                poll = select.poll()
                poll.register(self._fd, select.POLLOUT)
                poll.poll(100)
            except OSError as error:
                raise Gone from error

    def step(self) -> int:
        """See Line."""
        place = SPEEDS.index(self.speed) if self.speed in SPEEDS else -1
        self.speed = SPEEDS[(place + 1) % len(SPEEDS)]
        try:
            _make_raw(self._fd, self.speed)
            termios.tcflush(self._fd, termios.TCIOFLUSH)
        except (OSError, termios.error) as error:
            raise Gone from error
        return self.speed

    def carrier(self) -> bool | None:
        """See Line."""
        try:
            bits = struct.unpack("I", fcntl.ioctl(self._fd, termios.TIOCMGET, bytes(4)))[0]
        except OSError as error:
            if error.errno in _NO_LINES:
                return None
            raise Gone from error
        return bool(bits & termios.TIOCM_CD)


def _make_raw(fd: int, baud: int) -> None:
    speed = getattr(termios, f"B{baud}")
    attributes = termios.tcgetattr(fd)
    control = attributes[6]
    control[termios.VMIN], control[termios.VTIME] = 1, 0
    # IXON, IXOFF, IGNBRK and BRKINT are off; CLOCAL: DCD is looked at, never obeyed by the kernel
    flags = termios.CS8 | termios.CREAD | termios.CLOCAL
    termios.tcsetattr(fd, termios.TCSANOW, [termios.PARMRK, 0, flags, 0, speed, speed, control])


def _waiting(fd: int) -> int:
    found: int = struct.unpack("i", fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4)))[0]
    return found


class SerialTerminal:
    """The terminal at a line. `modem_lines`: a session ends when DCD goes off (a cable of three wires has none)."""

    def __init__(self, line: Line, *, modem_lines: bool = False) -> None:
        self._line = line
        self._modem_lines = modem_lines

    @property
    def present(self) -> bool:
        """Is somebody there, as far as the line tells? Raises Gone."""
        return not self._modem_lines or self._line.carrier() is not False

    def read(self, timeout: float) -> bytes:
        """See Transport. A BREAK goes on to the next speed and counts as Ctrl-C: what stood there is rubbish."""
        if not self.present:
            raise Gone
        data, broke = self._line.read(timeout)
        if broke:
            self.write(f"\r\n{self._line.step()} 8N1\r\n".encode("ascii"))
            return b"\x03" + data
        return data

    def write(self, data: bytes) -> None:
        """See Transport."""
        self._line.write(data)
