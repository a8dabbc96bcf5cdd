"""Between a driver and the wire: a serial line (RS-232, USB CDC, the USB adapter of a printer) over pyserial.

pyserial opens and configures, 8 bits, no parity, 1 stop bit; bytes are moved on its descriptor (descriptor.py).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import struct
import termios
from pathlib import Path
from typing import Final, Literal

import serial

from drivers.ports.base import Clock, Lines
from drivers.ports.descriptor import DescriptorPort, milliseconds
from drivers.ports.owners import Hold, hold

Flow = Literal["none", "rtscts", "dsrdtr", "xonxoff"]

_READ_SIZE: Final = 4096
# Linux has no DTR/DSR flow control: bytes are handed over while DSR is up, few enough at a time for the room
# that a printer keeps after it says busy.
_DSR_PIECE: Final = 16
_DSR_POLL: Final = 0.004
#: How long `close` waits for what the kernel still holds. Longer than this only a stuck device takes.
_DRAIN_S: Final = 2.0
_DRAIN_STEP_S: Final = 0.01
#: Majors of /dev/pts. A lock on one of these outlives its holder for as long as the other end is open.
_PSEUDO_TERMINALS: Final = range(136, 144)
_NO_LINES: Final = frozenset({errno.ENOTTY, errno.EINVAL, errno.EOPNOTSUPP})


class SerialPort(DescriptorPort):
    """A `Port` on a tty, and drivers.ports.base.HasLines.

    `flow` is what stops us when the device is full; `dsrdtr` is obeyed in software. `dtr`/`rts` False keeps a line
    low, True high; None leaves it to the system, which raises it. They are set before anything else, but the Linux
    kernel raises both for a moment whenever a line is opened: a box that opens a drawer on that edge must keep its
    port open. The port is locked against other programs (flock and TIOCEXCL) and against other parts of this till,
    and not hung up on close. `role`: what the device is at this till, for error texts.
    """

    def __init__(
        self,
        path: str,
        baudrate: int,
        clock: Clock,
        flow: Flow = "none",
        *,
        dtr: bool | None = None,
        rts: bool | None = None,
        role: str = "",
    ) -> None:
        super().__init__(f"serial:{path}", clock, role)
        self._path = path
        self._baudrate = baudrate
        self._flow = flow
        self._dtr, self._rts = dtr, rts
        self._serial: serial.Serial | None = None
        self._hold: Hold | None = None
        self._seen: Lines | None = None
        if flow == "dsrdtr":
            self._writing_period = _DSR_POLL

    def open(self) -> None:
        """Open or open again. Raises PortLost: no such device, in use, or no permission."""
        self.close()
        device = serial.Serial()
        device.port = self._path
        device.baudrate = self._baudrate
        device.exclusive = True
        device.rtscts = self._flow == "rtscts"
        device.xonxoff = self._flow == "xonxoff"
        if self._dtr is not None:
            device.dtr = self._dtr
        if self._rts is not None:
            device.rts = self._rts
        self._hold = self._held()
        try:
            device.open()
            _configure(device)
        except (OSError, ValueError, termios.error) as error:
            with contextlib.suppress(OSError):
                device.close()
            self._let_go()
            raise self._loss(self._why_not(error)) from error
        self._serial = device
        self._wake.open()

    def _held(self) -> Hold:
        try:
            device = Path(self._path).stat().st_rdev
        except OSError as error:
            raise self._loss(self._why_not(error)) from error
        return hold([("serial", device)], self.name, self._role)

    def _why_not(self, error: Exception) -> str:
        if isinstance(error, OSError) and error.errno in {errno.ENOENT, errno.ENODEV, errno.ENXIO}:
            return (
                f"there is no device {self._path}; nothing was sent; check that the cable is plugged in, that "
                "the device has power and that the name in the configuration is right"
            )
        cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return (
            f"{self._path} cannot be opened ({cause}); nothing was sent; check that no other program uses it "
            "and that this user may (groups till, dialout)"
        )

    def close(self) -> None:
        """Close; harmless when closed. What was written goes out first, if the device takes it within 2 s."""
        if self._serial is not None and self._broken is None:
            _drain(self._serial, self._clock)
        self._drop()
        self._forget()

    # --- modem lines --------------------------------------------------------------------------------------------

    def lines(self) -> Lines | None:
        """CTS, DSR, DCD and RI now; None where there are none (a pseudo terminal). Raises PortLost."""
        self._seen = self._look(self._opened())
        return self._seen

    def watch_lines(self, period: float | None) -> None:
        """As drivers.ports.base.HasLines says; 0.05 s is often enough for a drawer."""
        self._period = period

    def _look(self, fd: int) -> Lines | None:
        try:
            bits = struct.unpack("I", fcntl.ioctl(fd, termios.TIOCMGET, bytes(4)))[0]
        except OSError as error:
            if error.errno in _NO_LINES:
                return None
            raise self._lost(error) from error
        return Lines(
            cts=bool(bits & termios.TIOCM_CTS),
            dsr=bool(bits & termios.TIOCM_DSR),
            dcd=bool(bits & termios.TIOCM_CD),
            ri=bool(bits & termios.TIOCM_RI),
        )

    def _news(self) -> bool:
        return self._period is not None and self._look(self._opened()) != self._seen

    # --- bytes --------------------------------------------------------------------------------------------------

    def _descriptor(self) -> int | None:
        return None if self._serial is None else int(self._serial.fileno())

    def _send(self, view: memoryview) -> int:
        device = self._serial
        if device is None:
            return 0
        if self._flow == "dsrdtr":
            if not device.dsr:
                return 0
            view = view[: max(0, _DSR_PIECE - device.out_waiting)]
        return os.write(device.fileno(), view) if view else 0

    def _receive(self) -> bytes:
        return os.read(self._serial.fileno(), _READ_SIZE) if self._serial is not None else b""

    def _drop(self) -> None:
        device, self._serial = self._serial, None
        if device is not None:
            with contextlib.suppress(OSError, termios.error):
                device.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._hold is not None:
            self._hold.release()
            self._hold = None


def _configure(device: serial.Serial) -> None:
    fd = device.fileno()
    os.set_blocking(fd, False)
    attributes = termios.tcgetattr(fd)
    attributes[2] &= ~termios.HUPCL
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
    if os.major(os.fstat(fd).st_rdev) not in _PSEUDO_TERMINALS:
        # flock is asked by few: this one stops a stray `echo` and ModemManager too.
        fcntl.ioctl(fd, termios.TIOCEXCL)
    # Saves up to 16 ms a reply on FTDI adapters; what cannot do it is quick enough without.
    with contextlib.suppress(OSError, ValueError, NotImplementedError):
        device.set_low_latency_mode(True)


def _drain(device: serial.Serial, clock: Clock) -> None:
    """Let the kernel send what it holds; throw away what a stuck device does not take.

    Otherwise the kernel would wait for that device, up to 30 s, inside close().
    """
    deadline = clock.monotonic() + _DRAIN_S
    try:
        while device.out_waiting:
            if clock.monotonic() >= deadline:
                device.reset_output_buffer()
                return
            select.poll().poll(milliseconds(_DRAIN_STEP_S))
    except (OSError, termios.error):
        return  # it is unplugged: nothing will go out any more
