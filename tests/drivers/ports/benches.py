"""A bench for each kind of port: the port and the device's end of its wire (see conformance.py)."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import socket
import time
import tty
from pathlib import Path
from tempfile import TemporaryDirectory

from drivers.ports.base import Port
from drivers.ports.hidraw import HidPort
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.ports.recorded import load
from drivers.ports.recording import Entry, RecordingPort
from drivers.ports.replay_port import ReplayPort
from drivers.ports.serial import SerialPort
from drivers.ports.tcp import TcpPort
from drivers.ports.usb import UsbPort
from drivers.ports.usb_address import UsbAddress
from tests.drivers.ports.conformance import SOON, SystemClock
from tests.drivers.ports.usb_backend import FakeBackend, FakeDevice

ROLE = "receipt printer"


class SerialBench:
    """A pseudo terminal under a name of its own, so that another one can take its place."""

    more_than_fits = 200_000
    virtual = False

    def __init__(self) -> None:
        self._folder = TemporaryDirectory()
        self.path = Path(self._folder.name) / "printer"
        self._device = self._ours = -1
        self.plug()
        self.port: Port = SerialPort(str(self.path), 38400, SystemClock(), role=ROLE)

    def says(self, data: bytes) -> None:
        os.write(self._device, data)

    def takes(self, count: int) -> bytes:
        data = b""
        while len(data) < count and select.select([self._device], [], [], SOON)[0]:
            data += os.read(self._device, count - len(data))
        return data

    def takes_some(self, most: int) -> bytes:
        """What is there now, up to so many bytes."""
        ready = select.select([self._device], [], [], 0)[0]
        return os.read(self._device, most) if ready else b""

    def unplug(self) -> None:
        self.path.unlink(missing_ok=True)
        for fd in (self._device, self._ours):
            with contextlib.suppress(OSError):
                os.close(fd)
        self._device = self._ours = -1

    def plug(self) -> None:
        self._device, self._ours = pty.openpty()
        tty.setraw(self._device)
        self.path.symlink_to(os.ttyname(self._ours))

    def another(self) -> Port | None:
        second = self.path.with_name("drawer")
        second.symlink_to(os.ttyname(self._ours))
        return SerialPort(str(second), 9600, SystemClock(), role="cash drawer")

    def close(self) -> None:
        self.unplug()
        self._folder.cleanup()


class HidBench(SerialBench):
    """A pseudo terminal in the place of a hidraw node: it sees each report behind the 0 of a device without numbers."""

    def __init__(self) -> None:
        super().__init__()
        tty.setraw(self._ours)
        self.port = HidPort(str(self.path), SystemClock(), role=ROLE)

    def plug(self) -> None:
        super().plug()
        tty.setraw(self._ours)

    def takes(self, count: int) -> bytes:
        data = super().takes(count + 1)
        assert data[:1] == b"\0"
        return data[1:]

    def another(self) -> Port | None:
        second = self.path.with_name("drawer")
        second.symlink_to(os.ttyname(self._ours))
        return HidPort(str(second), SystemClock(), role="cash drawer")


class TcpBench:
    """A raw port of a printer that keeps little and takes one client at a time."""

    more_than_fits = 600_000
    virtual = False

    def __init__(self) -> None:
        self._listener: socket.socket | None = None
        self.number = 0
        self.client: socket.socket | None = None
        self.plug()
        self.port: Port = TcpPort("127.0.0.1", self.number, SystemClock(), linger=0.02, role=ROLE)

    def _welcome(self, patience: float = SOON) -> socket.socket | None:
        """The client that came last."""
        while (
            self._listener is not None
            and select.select([self._listener], [], [], patience if self.client is None else 0)[0]
        ):
            if self.client is not None:
                self.client.close()
            self.client, _ = self._listener.accept()
        return self.client

    def says(self, data: bytes) -> None:
        client = self._welcome()
        assert client is not None
        client.sendall(data)

    def takes(self, count: int) -> bytes:
        client, data = self._welcome(), b""
        assert client is not None
        while len(data) < count and select.select([client], [], [], SOON)[0]:
            data += client.recv(count - len(data))
        return data

    def unplug(self) -> None:
        """A printer that goes: its socket is closed with what was not read, which resets the connection."""
        if self._listener is not None:
            client, self.client = self._welcome(0.0), None
            if client is not None:
                client.close()
            self._listener.close()
            self._listener = None

    def plug(self) -> None:
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._listener.bind(("127.0.0.1", self.number))
        self._listener.listen()
        self.number = self._listener.getsockname()[1]

    def another(self) -> Port | None:
        return TcpPort("localhost", self.number, SystemClock(), linger=0.02, role="cash drawer")

    def close(self) -> None:
        self.unplug()


class UsbBench:
    """A receipt printer on the fake backend, with room for a little."""

    more_than_fits = 60_000
    virtual = False

    def __init__(self, device: FakeDevice | None = None) -> None:
        self.device = device or FakeDevice(room=20_000)
        self.backend = FakeBackend(self.device)
        self.port: Port = UsbPort(UsbAddress(0x04B8, 0x0E15), SystemClock(), role=ROLE, backend=self.backend)

    def says(self, data: bytes) -> None:
        self.device.says(data)

    def takes(self, count: int) -> bytes:
        return self.device.takes(count)

    def unplug(self) -> None:
        self.device.unplug()

    def plug(self) -> None:
        self.device.plug()

    def another(self) -> Port | None:
        return UsbPort(UsbAddress(path="1-1.2"), SystemClock(), role="cash drawer", backend=self.backend)

    def close(self) -> None:
        assert self.device.handles == 0, "a handle was left open"


class Wire:
    """drivers.ports.memory.Device with nothing behind it: room for some bytes, and what it is told to say."""

    def __init__(self, room: int) -> None:
        self.powered = True
        self.room = room
        self.received = bytearray()
        self.to_say = bytearray()

    def accept(self, data: bytes) -> int:
        count = min(len(data), self.room)
        self.received += data[:count]
        self.room -= count
        return count

    def output(self) -> bytes:
        data = bytes(self.to_say)
        self.to_say.clear()
        return data

    def run_until(self, now: float) -> None:
        pass

    def next_change(self) -> float | None:
        return None


class MemoryBench:
    more_than_fits = 60_000
    virtual = True

    def __init__(self) -> None:
        self.wire = Wire(room=20_000)
        self.memory = MemoryPort(self.wire, VirtualClock(50.0))
        self.port: Port = self.memory

    def says(self, data: bytes) -> None:
        self.wire.to_say += data

    def takes(self, count: int) -> bytes:
        taken, deadline = b"", time.monotonic() + SOON
        while len(taken) < count and time.monotonic() < deadline:
            part = bytes(self.wire.received[: count - len(taken)])
            del self.wire.received[: len(part)]
            self.wire.room += len(part)
            taken += part
        return taken

    def unplug(self) -> None:
        self.memory.unplug()

    def plug(self) -> None:
        self.memory.plug()

    def another(self) -> Port | None:
        return None

    def close(self) -> None:
        pass


class RecordedBench(MemoryBench):
    """A memory port that is recorded."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.file = Path(self._folder.name) / "wire.jsonl"
        self.port = RecordingPort(self.memory, self.file, driver="none", begun="2026-03-01T09:00:00Z")

    def close(self) -> None:
        load(self.file)
        self._folder.cleanup()


class RecordedSerialBench(SerialBench):
    """A serial port that is recorded."""

    def __init__(self) -> None:
        super().__init__()
        file = self.path.with_name("wire.jsonl")
        self.port = RecordingPort(self.port, file, driver="none", begun="2026-03-01T09:00:00Z")


class Overheard(ReplayPort):
    """Keeps what the till writes."""

    def __init__(self, entries: list[Entry]) -> None:
        super().__init__(entries, strict=False)
        self.heard = b""

    def write(self, data: bytes, timeout: float) -> int:
        taken = super().write(data, timeout)
        self.heard += data[:taken]
        return taken


class ReplayBench:
    """A recording that is made up while it is played; it takes whatever is written."""

    more_than_fits = 0
    virtual = True

    def __init__(self) -> None:
        self.entries = [Entry(0.0, "open")]
        self.replay = Overheard(self.entries)
        self.port: Port = self.replay

    def says(self, data: bytes) -> None:
        self.entries.append(Entry(self.entries[-1].t, "in", data))

    def takes(self, count: int) -> bytes:
        return self.replay.heard[-count:]

    def unplug(self) -> None:
        self.entries.append(Entry(self.entries[-1].t, "lost", note="the cable was pulled; check it"))
        self.entries.append(Entry(self.entries[-1].t, "lost", note="open: there is no device; check the cable"))

    def plug(self) -> None:
        self.entries[-1] = Entry(self.entries[-1].t, "open")

    def another(self) -> Port | None:
        return None

    def close(self) -> None:
        pass
