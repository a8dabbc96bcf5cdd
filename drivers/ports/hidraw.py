"""Between a driver and the wire: a HID device without report numbers, report by report, over Linux's hidraw.

One `write` is one output report, one `read` one input report. Source: Linux, Documentation/hid/hidraw.rst: a device
that numbers its reports not at all is written to with a 0 before each, and read without it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from typing import Final

from drivers.ports.base import Clock
from drivers.ports.descriptor import DescriptorPort
from drivers.ports.owners import Hold, hold

_UNNUMBERED: Final = b"\0"
#: HID_MAX_BUFFER_SIZE of the kernel: no report is longer.
_READ_SIZE: Final = 16_384


class HidPort(DescriptorPort):
    """A `Port` on /dev/hidraw*, by the lasting name that udev gives it. `role` as of drivers.ports.serial.SerialPort.

    The kernel hands a report over whole or not at all, and does not return before the device has it, so `write` may
    take up to the kernel's 5 s beyond its own time with a device that is stuck. Locked (flock) against other programs
    that ask, and against other parts of this till.
    """

    def __init__(self, path: str, clock: Clock, *, role: str = "") -> None:
        super().__init__(f"hid:{path}", clock, role)
        self._path = path
        self._fd: int | None = None
        self._hold: Hold | None = None

    def open(self) -> None:
        """Open or open again. Raises PortLost: no such device, in use, or no permission."""
        self.close()
        try:
            self._hold = hold([("hid", Path(self._path).stat().st_rdev)], self.name, self._role)
            fd = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError as error:
            self._let_go()
            raise self._loss(self._why_not(error)) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(fd)
            self._let_go()
            raise self._loss(self._why_not(error)) from error
        self._fd = fd
        self._wake.open()

    def _why_not(self, error: OSError) -> str:
        if error.errno in {errno.ENOENT, errno.ENODEV, errno.ENXIO}:
            return (
                f"there is no device {self._path}; nothing was sent; check that the cable is plugged in and that the "
                "name in the configuration is right"
            )
        return (
            f"{self._path} cannot be opened ({error.strerror}); nothing was sent; check that no other program uses it "
            "and that this user may (group till)"
        )

    def close(self) -> None:
        """Close; harmless when closed."""
        self._drop()
        self._forget()

    def _descriptor(self) -> int | None:
        return self._fd

    def _send(self, view: memoryview) -> int:
        if self._fd is None or not view:
            return 0
        return max(0, os.write(self._fd, _UNNUMBERED + view) - len(_UNNUMBERED))

    def _receive(self) -> bytes:
        return b"" if self._fd is None else os.read(self._fd, _READ_SIZE)

    def _drop(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError):
                os.close(fd)
        self._let_go()

    def _let_go(self) -> None:
        if self._hold is not None:
            self._hold.release()
            self._hold = None
