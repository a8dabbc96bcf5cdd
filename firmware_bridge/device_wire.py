"""Beside the till: the two ends of cable that a simulated device hangs on, a pseudo terminal and a TCP port.

Never blocks. An unplugged wire takes and gives nothing; the other side sees a hang-up (pty) or a reset (TCP).
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import struct
import tty
from pathlib import Path
from typing import Protocol

_PLUGGED_LATER = "it is plugged in already"


class WireError(Exception):
    """The wire cannot be made; one sentence for a person."""


class Wire(Protocol):
    """`interests`: what to select on. `ready`: the JSON object that says where the device is found."""

    @property
    def plugged(self) -> bool: ...
    def open(self) -> None: ...
    def close(self) -> None: ...
    def ready(self) -> dict[str, str | int]: ...
    def interests(self, *, reading: bool, writing: bool) -> list[tuple[int, int]]: ...
    def read(self, size: int) -> bytes: ...
    def write(self, data: bytes) -> int: ...
    def power_lost(self) -> None: ...


class PtyWire:
    """`path` becomes a link to the terminal's name. The slave is held open, so that the till may come and go."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._master = -1
        self._slave = -1

    @property
    def plugged(self) -> bool:
        return self._master >= 0

    def open(self) -> None:
        """Raises WireError when the path is taken by something that is not a dead link."""
        if self.plugged:
            raise WireError(f"{_PLUGGED_LATER} at {self._path}.")
        if self._path.exists() or (os.path.lexists(self._path) and not self._path.is_symlink()):
            raise WireError(f"{self._path} exists already; choose another path or remove it. Nothing was started.")
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        try:
            self._path.unlink(missing_ok=True)
            self._path.symlink_to(os.ttyname(self._slave))
        except OSError as error:
            self._hang_up()
            raise WireError(f"cannot make the link {self._path}: {error.strerror}. Nothing was started.") from error

    def close(self) -> None:
        if self.plugged:
            self._path.unlink(missing_ok=True)
            self._hang_up()

    def ready(self) -> dict[str, str | int]:
        return {"pty": str(self._path)}

    def interests(self, *, reading: bool, writing: bool) -> list[tuple[int, int]]:
        wanted = selectors.EVENT_READ * reading | selectors.EVENT_WRITE * writing
        return [(self._master, wanted)] if self.plugged and wanted else []

    def read(self, size: int) -> bytes:
        if not self.plugged:
            return b""
        try:
            return os.read(self._master, size)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> int:
        """Without a cable the bytes are lost, as the printer's are."""
        if not self.plugged:
            return len(data)
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0

    def power_lost(self) -> None:
        """A serial line does not notice."""

    def _hang_up(self) -> None:
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1


class TcpWire:
    """127.0.0.1 only, one client at a time; the next one waits until the first has gone."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None
        self._ended = False

    @property
    def plugged(self) -> bool:
        return self._listener is not None

    def open(self) -> None:
        """Raises WireError when the port cannot be listened on."""
        if self.plugged:
            raise WireError(f"{_PLUGGED_LATER} at port {self._port}.")
        try:
            self._listener = socket.create_server(("127.0.0.1", self._port))
        except (OSError, OverflowError) as error:
            raise WireError(f"cannot listen on port {self._port}: {error}. Nothing was started.") from error
        self._listener.settimeout(0.0)
        self._port = self._listener.getsockname()[1]

    def close(self) -> None:
        self.power_lost()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def ready(self) -> dict[str, str | int]:
        return {"port": self._port}

    def interests(self, *, reading: bool, writing: bool) -> list[tuple[int, int]]:
        """A client that has closed its sending half still gets answers, until the next client comes."""
        result: list[tuple[int, int]] = []
        if self._client is not None:
            wanted = selectors.EVENT_READ * (reading and not self._ended) | selectors.EVENT_WRITE * writing
            if wanted:
                result.append((self._client.fileno(), wanted))
        if self._listener is not None and (self._client is None or self._ended):
            result.append((self._listener.fileno(), selectors.EVENT_READ))
        return result

    def read(self, size: int) -> bytes:
        if self._client is None or self._ended:
            self._welcome()
        if self._client is None or self._ended:
            return b""
        try:
            data = self._client.recv(size)
        except BlockingIOError:
            return b""
        except OSError:
            self.power_lost()
            return b""
        self._ended = not data
        return data

    def write(self, data: bytes) -> int:
        """Without a client the bytes are lost."""
        if self._client is None:
            return len(data)
        try:
            return self._client.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            return len(data)

    def power_lost(self) -> None:
        """The client's connection is reset."""
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._client.close()
            self._client = None

    def _welcome(self) -> None:
        if self._listener is None:
            return
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        if self._client is not None:
            self._client.close()
        client.settimeout(0.0)
        self._client, self._ended = client, False
