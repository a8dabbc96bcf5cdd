"""The kernel and the cable below pyusb, played at pyusb's own backend interface: real pyusb stands on top of it.

A device is its descriptors and two pipes. Time-outs pass in real time, as libusb's do. What a backend call does when
something is wrong follows libusb 1.0 (backend/libusb1.py of pyusb): a time-out behind bytes that left is told as
their number, one without any as USBTimeoutError; any other error hides how many bytes had left.
"""

from __future__ import annotations

import errno
import threading
import time
from array import array
from dataclasses import dataclass, field
from typing import Any

from usb.backend import IBackend
from usb.core import USBError, USBTimeoutError

STRINGS = {0: "", 1: "EPSON", 2: "TM-T20II", 3: "J4CF012345"}


@dataclass
class Descriptor:
    """Attributes as pyusb asks for them; those that do not matter are 0."""

    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.values.get(name, 0)


@dataclass
class Setting:
    """One setting of one interface: `points` are addresses of bulk endpoints."""

    number: int = 0
    setting: int = 0
    kind: tuple[int, int, int] = (7, 1, 2)
    points: tuple[int, ...] = (0x01, 0x82)
    packet: int = 64


@dataclass
class FakeDevice:
    """One device. `room`: bytes it takes before it answers NAK; None: it is unplugged."""

    vendor: int = 0x04B8
    product: int = 0x0E15
    bus: int = 1
    address: int = 4
    ports: tuple[int, ...] | None = (1, 2)
    serial: int = 3
    settings: list[list[Setting]] = field(default_factory=lambda: [[Setting()]])
    device_id: bytes | None = b"\x00\x2dMFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;"
    port_status: int | None = 0x18
    configured: int = 1
    kernel: dict[int, str] = field(default_factory=lambda: {0: "usblp"})
    others: set[int] = field(default_factory=set)
    forbidden: bool = False
    room: int = 1 << 30
    plugged: bool = True
    mute: bool = False
    empty_packets: bool = False
    halted: set[int] = field(default_factory=set)
    unplugged_at: int | None = None
    received: bytearray = field(default_factory=bytearray)
    calls: list[str] = field(default_factory=list)
    claimed: set[int] = field(default_factory=set)
    chosen: dict[int, int] = field(default_factory=dict)
    handles: int = 0

    def __post_init__(self) -> None:
        self.changed = threading.Condition()
        self.to_send = bytearray()

    def says(self, data: bytes) -> None:
        with self.changed:
            self.to_send += data
            self.changed.notify_all()

    def takes(self, count: int) -> bytes:
        """What arrives, `count` bytes of it, waiting for them; each makes room for another one."""
        taken, deadline = b"", time.monotonic() + 10
        with self.changed:
            while len(taken) < count and time.monotonic() < deadline:
                part = bytes(self.received[: count - len(taken)])
                del self.received[: len(part)]
                self.room += len(part)
                taken += part
                self.changed.notify_all()
                if not part:
                    self.changed.wait(0.1)
        return taken

    def unplug(self) -> None:
        with self.changed:
            self.plugged = False
            self.address += 1
            self.claimed.clear()
            self.changed.notify_all()

    def plug(self) -> None:
        self.plugged = True
        self.to_send.clear()


class Handle:
    def __init__(self, device: FakeDevice) -> None:
        self.device = device
        self.address = device.address
        device.handles += 1


class FakeBackend(IBackend):  # type: ignore[misc]  # pyusb has no types
    """libusb's surface over FakeDevices."""

    def __init__(self, *devices: FakeDevice) -> None:
        self.devices = list(devices)

    # --- descriptors --------------------------------------------------------------------------------------------

    def enumerate_devices(self) -> Any:
        return iter([device for device in self.devices if device.plugged])

    def get_parent(self, dev: FakeDevice) -> None:
        return None

    def get_device_descriptor(self, dev: FakeDevice) -> Descriptor:
        return Descriptor({
            "idVendor": dev.vendor, "idProduct": dev.product, "bus": dev.bus, "address": dev.address,
            "port_number": dev.ports[-1] if dev.ports else None, "port_numbers": dev.ports, "speed": 2,
            "bNumConfigurations": 1, "iManufacturer": 1, "iProduct": 2, "iSerialNumber": dev.serial,
        })  # fmt: skip

    def get_configuration_descriptor(self, dev: FakeDevice, config: int) -> Descriptor:
        if config:
            raise IndexError(config)
        return Descriptor({"bNumInterfaces": len(dev.settings), "bConfigurationValue": 1})

    def get_interface_descriptor(self, dev: FakeDevice, intf: int, alt: int, config: int) -> Descriptor:
        setting = dev.settings[intf][alt]
        return Descriptor({
            "bInterfaceNumber": setting.number, "bAlternateSetting": setting.setting,
            "bInterfaceClass": setting.kind[0], "bInterfaceSubClass": setting.kind[1],
            "bInterfaceProtocol": setting.kind[2], "bNumEndpoints": len(setting.points),
        })  # fmt: skip

    def get_endpoint_descriptor(self, dev: FakeDevice, ep: int, intf: int, alt: int, config: int) -> Descriptor:
        setting = dev.settings[intf][alt]
        return Descriptor({
            "bEndpointAddress": setting.points[ep], "bmAttributes": 2, "wMaxPacketSize": setting.packet,
        })  # fmt: skip

    # --- owning -------------------------------------------------------------------------------------------------

    def open_device(self, dev: FakeDevice) -> Handle:
        if dev.forbidden:
            raise USBError("Access denied (insufficient permissions)", -3, errno.EACCES)
        return Handle(dev)

    def close_device(self, dev_handle: Handle) -> None:
        dev_handle.device.handles -= 1

    def get_configuration(self, dev_handle: Handle) -> int:
        return self._there(dev_handle).configured

    def set_configuration(self, dev_handle: Handle, config_value: int) -> None:
        device = self._there(dev_handle)
        device.calls.append(f"set_configuration({config_value})")
        device.configured = config_value

    def reset_device(self, dev_handle: Handle) -> None:
        dev_handle.device.calls.append("reset")

    def set_interface_altsetting(self, dev_handle: Handle, intf: int, altsetting: int) -> None:
        self._there(dev_handle).chosen[intf] = altsetting

    def is_kernel_driver_active(self, dev_handle: Handle, intf: int) -> bool:
        return intf in self._there(dev_handle).kernel

    def detach_kernel_driver(self, dev_handle: Handle, intf: int) -> None:
        device = self._there(dev_handle)
        device.calls.append(f"detach {device.kernel.pop(intf)} from {intf}")

    def attach_kernel_driver(self, dev_handle: Handle, intf: int) -> None:
        device = self._there(dev_handle)
        if intf in device.claimed:
            raise USBError("Resource busy", -6, errno.EBUSY)
        device.kernel[intf] = "usblp"
        device.calls.append(f"attach {intf}")

    def claim_interface(self, dev_handle: Handle, intf: int) -> None:
        device = self._there(dev_handle)
        if intf not in {settings[0].number for settings in device.settings}:
            raise USBError("Entity not found", -5, errno.ENOENT)
        if intf in device.kernel or intf in device.others:
            raise USBError("Resource busy", -6, errno.EBUSY)
        device.claimed.add(intf)
        device.calls.append(f"claim {intf}")

    def release_interface(self, dev_handle: Handle, intf: int) -> None:
        device = self._there(dev_handle)
        device.claimed.discard(intf)
        device.calls.append(f"release {intf}")

    # --- transfers ----------------------------------------------------------------------------------------------

    def bulk_write(self, dev_handle: Handle, ep: int, intf: int, data: Any, timeout: int) -> int:
        device = self._there(dev_handle)
        assert timeout > 0, "libusb takes 0 for ever"
        assert intf in device.claimed
        with device.changed:
            self._stalled(device, ep)
            sent = self._push(device, bytes(data))
            deadline = time.monotonic() + timeout / 1000
            while sent < len(data) and (left := deadline - time.monotonic()) > 0:
                device.changed.wait(left)
                self._there(dev_handle)
                sent += self._push(device, bytes(data[sent:]))
        if not sent and len(data):
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        return sent

    def _push(self, device: FakeDevice, data: bytes) -> int:
        count = min(len(data), device.room)
        if device.unplugged_at is not None and count >= device.unplugged_at:
            device.received += data[: device.unplugged_at]
            device.unplugged_at = None
            device.unplug()
            raise USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)
        if device.unplugged_at is not None:
            device.unplugged_at -= count
        device.received += data[:count]
        device.room -= count
        device.changed.notify_all()
        return count

    def bulk_read(self, dev_handle: Handle, ep: int, intf: int, buff: Any, timeout: int) -> int:
        device = self._there(dev_handle)
        assert timeout > 0, "libusb takes 0 for ever"
        assert ep & 0x80
        with device.changed:
            self._stalled(device, ep)
            deadline = time.monotonic() + timeout / 1000
            while not device.to_send and not device.empty_packets and (left := deadline - time.monotonic()) > 0:
                device.changed.wait(left)
                self._there(dev_handle)
            if not device.to_send and not device.empty_packets:
                raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
            device.calls.append("read")
            part = device.to_send[: min(len(buff), 64)]
            buff[: len(part)] = array("B", part)
            del device.to_send[: len(part)]
            return len(part)

    def ctrl_transfer(self, dev_handle: Handle, *setup: Any) -> int:
        kind, request, value, index, data, _ = setup
        device = self._there(dev_handle)
        answer = self._control(device, kind, request, value, index)
        if answer is None:
            raise USBError("Pipe error", -9, errno.EPIPE)
        count = min(len(answer), len(data))
        data[:count] = array("B", answer[:count])
        return count

    def _control(self, device: FakeDevice, kind: int, request: int, value: int, index: int) -> bytes | None:
        if kind == 0x80 and request == 6 and value >> 8 == 3:
            number = value & 0xFF
            body = b"\x09\x04" if number == 0 else STRINGS[number].encode("utf-16-le")
            return bytes([len(body) + 2, 3]) + body
        device.calls.append(f"control {kind:02x} {request} {index:04x}")
        if device.mute:
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        if (kind, request) == (0xA1, 0):
            return device.device_id
        if (kind, request) == (0xA1, 1) and device.port_status is not None:
            return bytes([device.port_status])
        return None

    def clear_halt(self, dev_handle: Handle, ep: int) -> None:
        device = self._there(dev_handle)
        device.calls.append(f"clear_halt {ep:02x}")
        device.halted.discard(ep)

    def _there(self, handle: Handle) -> FakeDevice:
        if not handle.device.plugged or handle.address != handle.device.address:
            raise USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)
        return handle.device

    def _stalled(self, device: FakeDevice, ep: int) -> None:
        if ep in device.halted:
            raise USBError("Pipe error", -9, errno.EPIPE)
