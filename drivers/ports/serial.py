"""Between a driver and the wire: a serial line (RS-232, USB CDC, the USB adapter of a printer) over pyserial.

pyserial opens and configures; bytes are moved on its descriptor, because its own `write` does not tell how many
bytes had left when it gives up, and a receipt that is half out must be resumed at the right byte.
"""

from __future__ import annotations

import contextlib
import os
import select
import termios
import threading
from typing import Literal

import serial

from drivers.ports.base import Clock, PortLost

Flow = Literal["none", "rtscts", "dsrdtr", "xonxoff"]

_READ_SIZE = 4096
# Linux has no DTR/DSR flow control: bytes are handed over while DSR is up, few enough at a time for the room
# that a printer keeps after it says busy.
_DSR_PIECE = 16
_DSR_POLL = 0.004


class SerialPort:
    """A `Port` on a tty. `flow` is what stops us when the device is full; `dsrdtr` is obeyed in software.

    `dtr`/`rts` False keeps a line low from before the port is opened (a drawer on a trigger box may open on its
    edge); None leaves it to the system. The port is locked against other programs and not hung up on close.
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
    ) -> None:
        self.name = f"serial:{path}"
        self._path = path
        self._baudrate = baudrate
        self._clock = clock
        self._flow = flow
        self._lines = (dtr, rts)
        self._serial: serial.Serial | None = None
        self._wake_lock = threading.Lock()
        self._wake_fd: int | None = None

    @property
    def clock(self) -> Clock:
        return self._clock

    def open(self) -> None:
        """Open or open again. Raises PortLost: no such device, in use, or no permission."""
        self.close()
        device = serial.Serial()
        device.port = self._path
        device.baudrate = self._baudrate
        device.exclusive = True
        device.rtscts = self._flow == "rtscts"
        device.xonxoff = self._flow == "xonxoff"
        if self._lines[0] is not None:
            device.dtr = self._lines[0]
        if self._lines[1] is not None:
            device.rts = self._lines[1]
        try:
            device.open()
            self._configure(device)
        except (OSError, ValueError, termios.error) as error:
            with contextlib.suppress(OSError):
                device.close()
            raise PortLost(self._why_not(error), port=self.name) from error
        self._serial = device
        with self._wake_lock:
            self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def _configure(self, device: serial.Serial) -> None:
        fd = device.fileno()
        os.set_blocking(fd, False)
        attributes = termios.tcgetattr(fd)
        attributes[2] &= ~termios.HUPCL
        termios.tcsetattr(fd, termios.TCSANOW, attributes)
        # Saves up to 16 ms a reply on FTDI adapters; what cannot do it is quick enough without.
        with contextlib.suppress(OSError, ValueError, NotImplementedError):
            device.set_low_latency_mode(True)

    def _why_not(self, error: Exception) -> str:
        if not os.path.exists(self._path):  # noqa: PTH110 - a device name, asked once
            return (
                f"there is no device {self._path}; nothing was sent; check that the cable is plugged in, that "
                "the device has power and that the name in the configuration is right"
            )
        cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return (
            f"{self._path} cannot be opened ({cause}); nothing was sent; check that no other program uses it "
            "and that this user may (group dialout)"
        )

    def close(self) -> None:
        """Close; harmless when closed."""
        with self._wake_lock:
            if self._wake_fd is not None:
                os.close(self._wake_fd)
                self._wake_fd = None
        if self._serial is not None:
            with contextlib.suppress(OSError, termios.error):
                self._serial.close()
            self._serial = None

    def wake(self) -> None:
        """Make a waiting `read` (and `write`) return at once, or the next one. From any thread."""
        with self._wake_lock:
            if self._wake_fd is not None:
                os.eventfd_write(self._wake_fd, 1)

    def write(self, data: bytes, timeout: float) -> int:
        """Hand over what is taken within `timeout` seconds; how many bytes. Raises PortLost.

        At least one attempt is made; after it, something to read or a wake ends the wait.
        """
        device, wake = self._opened()
        deadline = self._clock.monotonic() + timeout
        view = memoryview(data)
        sent = 0
        while True:
            sent += self._write_some(device, view[sent:])
            left = deadline - self._clock.monotonic()
            if sent == len(data) or left <= 0:
                return sent
            readable, _, _ = self._select(device, wake, left, writing=True)
            if readable:
                return sent

    def _write_some(self, device: serial.Serial, view: memoryview) -> int:
        try:
            if self._flow == "dsrdtr":
                if not device.dsr:
                    return 0
                view = view[: max(0, _DSR_PIECE - device.out_waiting)]
            return os.write(device.fileno(), view) if view else 0
        except BlockingIOError:
            return 0
        except (OSError, termios.error) as error:
            raise self._lost(error) from error

    def _select(
        self, device: serial.Serial, wake: int, timeout: float, *, writing: bool
    ) -> tuple[list[int], list[int], list[int]]:
        fd = device.fileno()
        try:
            if writing and self._flow == "dsrdtr":
                return select.select([fd, wake], [], [], min(timeout, _DSR_POLL))
            return select.select([fd, wake], [fd] if writing else [], [], timeout)
        except (OSError, ValueError) as error:
            raise self._lost(error) from error

    def read(self, timeout: float) -> bytes:
        """What has arrived, waiting up to `timeout` seconds; b"" on time-out or wake. Raises PortLost."""
        device, wake = self._opened()
        readable, _, _ = self._select(device, wake, max(0.0, timeout), writing=False)
        if wake in readable:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(wake)
        if device.fileno() not in readable:
            return b""
        try:
            data = os.read(device.fileno(), _READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost(error) from error
        if not data:
            # Readable and empty is how the kernel says that the other end is gone.
            raise self._lost(None)
        return data

    def _opened(self) -> tuple[serial.Serial, int]:
        if self._serial is None or self._wake_fd is None:
            raise PortLost("the port is not open; nothing was sent; it will be opened again", port=self.name)
        return self._serial, self._wake_fd

    def _lost(self, error: Exception | None) -> PortLost:
        self.close()
        cause = f" ({error.strerror or error})" if isinstance(error, OSError) else ""
        return PortLost(f"the connection was lost{cause}; check the cable and the power of the device", port=self.name)
