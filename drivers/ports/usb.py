"""Between a driver and a USB printer: the printer class over pyusb and libusb, past the kernel's usblp.

One owner claims the one interface that prints and gives usblp back at the end. Nothing is reset and no configuration
is set while one is active: on a device with several functions that would throw out the other function's driver. Every
transfer has a time limit: a printer that is offline takes no bytes for as long as it likes (NAK), and that is no loss.
"""

from __future__ import annotations

import contextlib
import errno
import logging
from typing import Any, Final

import usb.core
import usb.util

from drivers.ports.base import Clock, PortLost
from drivers.ports.descriptor import Wake, milliseconds
from drivers.ports.owners import Hold, hold
from drivers.ports.usb_address import UsbAddress
from drivers.ports.usb_class import (
    FROM_INTERFACE,
    GET_DEVICE_ID,
    GET_PORT_STATUS,
    PortStatus,
    UsbIdentity,
    device_id,
    port_status,
)
from drivers.ports.usb_printer import (
    Function,
    active_configuration,
    find,
    function_of,
    has_kernel_driver,
    names_of,
    why_not,
)

log = logging.getLogger(__name__)

#: Bytes a transfer; of a transfer that breaks it is not known how many left, so it is short.
_PIECE: Final = 4096
#: How long one transfer waits; a wake is seen after it. Seconds.
_OUT_S, _IN_S, _GLANCE_S = 0.1, 0.025, 0.001
_CONTROL_MS: Final = 500
#: Unanswered control requests in a row, or stalls in a row, after which it is mute.
_MUTE: Final = 3
_PROBE_S: Final = 1.0
#: What libusb says of a request that the device, or the system, refuses.
_REFUSED: Final = frozenset({errno.EPIPE, errno.EBUSY, errno.ENOENT, errno.EINVAL})


class UsbPort:
    """A `Port` on a USB printer. `role`: what it is at this till; `backend`: pyusb's, None for libusb's.

    A printer without a way in never answers: `read` returns b"". Owned by one thread, `wake` by any.
    """

    def __init__(self, address: UsbAddress, clock: Clock, *, role: str = "", backend: Any = None) -> None:
        self.name = f"usb:{address}"
        self._address = address
        self._clock = clock
        self._role = role
        self._backend = backend
        self._wake = Wake()
        self._device: Any = None
        self._function: Function | None = None
        self._hold: Hold | None = None
        self._detached: int | None = None
        self._arrived = b""
        self._broken: Exception | None = None
        self._unanswered = 0
        self._stalls = 0
        self._next_probe = 0.0

    @property
    def clock(self) -> Clock:
        return self._clock

    # --- open and close -----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Find it and claim it. Raises PortLost: not there, not unique, no printer, in use, no permission."""
        self.close()
        device = find(self._address, self._backend, self.name, self._role)
        self._hold = hold([("usb", device.bus, device.address)], self.name, self._role)
        self._device = device
        try:
            self._claim(device)
        except (usb.core.USBError, NotImplementedError) as error:
            self._drop()
            raise self._loss(why_not(error)) from error
        except BaseException:
            self._drop()
            raise
        self._wake.open()
        self._unanswered = self._stalls = 0

    def _claim(self, device: Any) -> None:
        function = function_of(active_configuration(device))
        if function is None:
            raise self._loss(
                "this device has no printer interface (class 07/01); nothing was sent; check the port in the "
                "configuration, or set the printer's USB class to `printer` in its own menu"
            )
        self._function = function
        if has_kernel_driver(device, function.number):
            device.detach_kernel_driver(function.number)
            self._detached = function.number
        usb.util.claim_interface(device, function.number)
        if function.settings > 1:
            device.set_interface_altsetting(function.number, function.setting)

    def close(self) -> None:
        """Release the interface and give it back to usblp, if usblp had it; harmless when closed."""
        self._drop()

    def _drop(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            self._give_back(device)
        self._function = None
        self._broken = None
        self._arrived = b""
        self._wake.close()
        if self._hold is not None:
            self._hold.release()
            self._hold = None

    def _give_back(self, device: Any) -> None:
        number, self._detached = self._detached, None
        # Of a device that was unplugged nothing can be given back.
        with contextlib.suppress(usb.core.USBError):
            if self._function is not None:
                usb.util.release_interface(device, self._function.number)
        if number is not None:
            try:
                device.attach_kernel_driver(number)
            except (usb.core.USBError, NotImplementedError) as error:
                log.info(
                    "%s: usblp did not take the printer back (%s)",
                    self.name,
                    error,
                    extra={"kind": "device-advice", "port": self.name},
                )
        usb.util.dispose_resources(device)

    # --- bytes --------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Make a waiting `read` (and `write`) return soon, or the next one. From any thread."""
        self._wake.set()

    def write(self, data: bytes, timeout: float) -> int:
        """Hand over what is taken within `timeout` seconds; how many bytes. Raises PortLost.

        As drivers.ports.base.Port says; a printer that takes nothing is asked now and then whether it is still there.
        """
        device, function = self._opened()
        deadline = self._clock.monotonic() + timeout
        sent = 0
        while True:
            try:
                sent += self._write_piece(device, function, data[sent : sent + _PIECE], deadline)
            except usb.core.USBError as error:
                self._unstall(device, function, error)
                if not sent:
                    raise self._lost(error) from error
                self._broken = error
                return sent
            if sent == len(data) or self._clock.monotonic() >= deadline:
                break
            if self._wake.wait(0.0) or self._glance(device, function):
                return sent
        if not sent and data:
            self._probe()
        return sent

    def _write_piece(self, device: Any, function: Function, piece: bytes, deadline: float) -> int:
        if not piece:
            return 0
        limit = min(max(deadline - self._clock.monotonic(), 0.01), _OUT_S)
        try:
            taken = int(device.write(function.out, piece, milliseconds(limit)))
        except usb.core.USBTimeoutError:
            return 0
        self._stalls = 0
        return taken

    @staticmethod
    def _unstall(device: Any, function: Function, error: usb.core.USBError) -> None:
        """A stall of the way out stays until it is cleared, also after the port was opened again."""
        if error.errno == errno.EPIPE:
            with contextlib.suppress(usb.core.USBError):
                device.clear_halt(function.out)

    def read(self, timeout: float) -> bytes:
        """What has arrived, waiting up to `timeout` seconds; b"" on time-out or wake. Raises PortLost."""
        if self._arrived:
            data, self._arrived = self._arrived, b""
            return data
        device, function = self._opened()
        deadline = self._clock.monotonic() + max(0.0, timeout)
        while True:
            left = deadline - self._clock.monotonic()
            data = self._take(device, function, min(max(left, _GLANCE_S), _IN_S))
            if data or self._wake.clear() or self._clock.monotonic() >= deadline:
                return data

    def _take(self, device: Any, function: Function, seconds: float) -> bytes:
        if function.way_in is None:
            self._wake.wait(seconds)
            return b""
        started = self._clock.monotonic()
        try:
            data = self._receive(device, function, seconds)
        except usb.core.USBError as error:
            raise self._lost(error) from error
        if not data and self._clock.monotonic() - started < seconds / 2:
            # Some printers answer with an empty packet instead of NAK: asking at once again would keep a core busy.
            self._wake.wait(seconds)
        return data

    def _receive(self, device: Any, function: Function, seconds: float) -> bytes:
        size = max(_PIECE // function.packet, 1) * function.packet
        try:
            data = bytes(device.read(function.way_in, size, milliseconds(seconds)))
        except usb.core.USBTimeoutError:
            return b""
        except usb.core.USBError as error:
            if error.errno != errno.EPIPE or self._stalls >= _MUTE:
                raise
            self._stalls += 1
            device.clear_halt(function.way_in)
            return b""
        self._stalls = 0
        return data

    def _glance(self, device: Any, function: Function) -> bool:
        """Is there something to read? It is kept for `read`, and so is a loss."""
        if not self._arrived and function.way_in is not None:
            try:
                self._arrived = self._receive(device, function, _GLANCE_S)
            except usb.core.USBError as error:
                self._broken = error
                return True
        return bool(self._arrived)

    # --- what the printer class tells ---------------------------------------------------------------------------

    def identity(self) -> UsbIdentity:
        """GET_DEVICE_ID, and the device's own descriptors for what that leaves out. Raises PortLost."""
        device, function = self._opened()
        answer = self._control(GET_DEVICE_ID, function.number << 8 | function.setting, 1024)
        with contextlib.suppress(usb.core.USBError):
            if function.setting != function.number:
                # For this request pyusb claims what it takes for the interface's number and is the setting's.
                usb.util.release_interface(device, function.setting)
        told, (maker, model, serial) = device_id(answer or b""), names_of(device)
        return UsbIdentity(told.maker or maker, told.model or model, told.serial or serial)

    def port_status(self) -> PortStatus | None:
        """GET_PORT_STATUS; None when the printer does not know it, or did not answer. Raises PortLost."""
        _, function = self._opened()
        answer = self._control(GET_PORT_STATUS, function.number, 1)
        return port_status(answer[0]) if answer else None

    def _probe(self) -> None:
        """Nothing was taken: offline, or gone? The control pipe of a living device answers, if only with a refusal."""
        now = self._clock.monotonic()
        if now >= self._next_probe:
            self._next_probe = now + _PROBE_S
            self.port_status()

    def _control(self, request: int, index: int, size: int) -> bytes | None:
        """None: refused, or not answered in time. Raises PortLost: gone, or the third time without an answer."""
        device, _ = self._opened()
        try:
            answer = bytes(device.ctrl_transfer(FROM_INTERFACE, request, 0, index, size, _CONTROL_MS))
        except usb.core.USBTimeoutError as error:
            self._unanswered += 1
            if self._unanswered >= _MUTE:
                raise self._lost(error) from error
            return None
        except usb.core.USBError as error:
            if error.errno not in _REFUSED:
                raise self._lost(error) from error
            answer = b""
        self._unanswered = 0
        return answer or None

    # --- inside -------------------------------------------------------------------------------------------------

    def _opened(self) -> tuple[Any, Function]:
        if self._broken is not None:
            raise self._lost(self._broken) from self._broken
        if self._device is None or self._function is None:
            raise self._loss("the port is not open; nothing was sent; it will be opened again")
        return self._device, self._function

    def _lost(self, error: Exception) -> PortLost:
        self._drop()
        return self._loss(f"the connection was lost ({_cause(error)}); check the cable and the power of the device")

    def _loss(self, text: str) -> PortLost:
        return PortLost(text, port=self.name, role=self._role)


def _cause(error: Exception) -> str:
    if isinstance(error, usb.core.USBTimeoutError):
        return "it does not answer any more"
    if isinstance(error, usb.core.USBError) and error.errno == errno.EPIPE:
        return "it refuses every transfer"
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)
