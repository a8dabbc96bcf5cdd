"""Between a driver and the network: a printer's raw port (9100 and the like) over TCP.

One client at a time: a second connection hangs or is refused, so the connection is kept. Many print servers close one
that was idle for a minute or two; that is a loss like any other, and the owner opens the port again.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
from typing import Any, Final

from drivers.ports.base import Clock, PortLost
from drivers.ports.descriptor import DescriptorPort, milliseconds
from drivers.ports.owners import Hold, hold
from drivers.ports.tcp_state import tcp_state

_READ_SIZE: Final = 4096
#: Little may be on its way: what is handed over should soon be at the printer.
_SEND_BUFFER: Final = 16 * 1024
#: A silent connection is probed after 10 s, every 3 s, and lost after 3 probes without an answer.
_KEEP_IDLE, _KEEP_INTERVAL, _KEEP_COUNT = 10, 3, 3
#: How long bytes under way may stay unconfirmed. Seconds.
_DEAD_AFTER_S: Final = 15.0
_LOOK_S: Final = 2.0
_LINGER_S: Final = 1.0

Address = tuple[socket.AddressFamily, Any]


class TcpPort(DescriptorPort):
    """A `Port` on host:port. `host`: a name, an IPv4 or an IPv6 address (without brackets).

    `connect_timeout`: seconds for the connection, all addresses of the name together. `dead_after`: seconds that
    bytes may be under way without a sign of the other end; a printer that holds them off, out of paper perhaps, is
    not dead. `linger`: seconds that `close` waits for the other end to close too. `role`: what the device is at this
    till, for error texts.
    """

    _period = _LOOK_S

    def __init__(
        self,
        host: str,
        port: int,
        clock: Clock,
        *,
        connect_timeout: float = 3.0,
        dead_after: float = _DEAD_AFTER_S,
        linger: float = _LINGER_S,
        role: str = "",
    ) -> None:
        shown = f"[{host}]" if ":" in host else host
        super().__init__(f"tcp:{shown}:{port}", clock, role)
        self._host, self._port = host, port
        self._connect_timeout = connect_timeout
        self._dead_after = dead_after
        self._linger = linger
        self._patient = False
        self._socket: socket.socket | None = None
        self._hold: Hold | None = None

    def open(self) -> None:
        """Connect, or connect again. Raises PortLost: no such name, nobody there, refused."""
        self.close()
        self._wake.open()
        try:
            addresses = self._resolve()
            self._hold = hold([("tcp", *address[:2]) for _, address in addresses], self.name, self._role)
            self._socket = self._connect_to_any(addresses)
            self._tune(self._socket)
        except BaseException:
            self._drop()
            self._forget()
            raise

    def _resolve(self) -> list[Address]:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise self._loss(
                f"the name {self._host} is not known ({error.strerror}); nothing was sent; check the name in the "
                "configuration and the network, or write the printer's address"
            ) from error
        return [(family, address) for family, _, _, _, address in found]

    def _connect_to_any(self, addresses: list[Address]) -> socket.socket:
        deadline = self._clock.monotonic() + self._connect_timeout
        failed: OSError | None = None
        for family, address in addresses:
            try:
                return self._connect(family, address, deadline)
            except OSError as error:
                failed = error
        raise self._loss(
            f"nobody answers ({os.strerror(failed.errno) if failed and failed.errno else failed}); nothing was sent; "
            "check that the printer is switched on, in this network and not in use by another till"
        ) from failed

    def _connect(self, family: socket.AddressFamily, address: Any, deadline: float) -> socket.socket:
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(0.0)
        outcome = connection.connect_ex(address)
        if outcome == errno.EINPROGRESS:
            poll = select.poll()
            poll.register(connection, select.POLLOUT)
            in_time = poll.poll(milliseconds(deadline - self._clock.monotonic()))
            outcome = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if in_time else errno.ETIMEDOUT
        if outcome:
            connection.close()
            raise OSError(outcome, os.strerror(outcome))
        return connection

    def _tune(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (
            (socket.TCP_NODELAY, 1),
            (socket.TCP_KEEPIDLE, _KEEP_IDLE),
            (socket.TCP_KEEPINTVL, _KEEP_INTERVAL),
            (socket.TCP_KEEPCNT, _KEEP_COUNT),
        ):
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
        self._patient = True
        self._set_patience(connection, patient=False)

    def close(self) -> None:
        """Close; harmless when closed. Our half first, and what the printer still says is read away meanwhile.

        Closing on unread input would make the kernel reset the connection, and a printer may throw away the tail of
        a job at that.
        """
        if self._socket is not None and self._broken is None:
            with contextlib.suppress(OSError):
                self._part(self._socket)
        self._drop()
        self._forget()

    def _part(self, connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_WR)
        deadline = self._clock.monotonic() + self._linger
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        while poll.poll(milliseconds(deadline - self._clock.monotonic())):
            if not connection.recv(_READ_SIZE) or self._clock.monotonic() >= deadline:
                return

    # --- bytes --------------------------------------------------------------------------------------------------

    def _descriptor(self) -> int | None:
        if self._socket is None:
            return None
        self._look(self._socket)
        return self._socket.fileno()

    def _send(self, view: memoryview) -> int:
        if self._socket is None:
            return 0
        if tcp_state(self._socket).parted:
            # The first bytes to an end that has closed are lost without an error.
            raise _farewell()
        return self._socket.send(view)

    def _receive(self) -> bytes:
        return self._socket.recv(_READ_SIZE) if self._socket is not None else b""

    def _news(self) -> bool:
        if self._socket is not None:
            self._look(self._socket)
        return False

    def _look(self, connection: socket.socket) -> None:
        """Is it alive, and how long may it be silent? Raises PortLost."""
        try:
            state = tcp_state(connection)
            self._set_patience(connection, patient=state.window_closed)
        except OSError as error:
            raise self._lost(error) from error
        if state.gone(self._dead_after):
            raise self._lost(OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)))

    def _set_patience(self, connection: socket.socket, *, patient: bool) -> None:
        if patient != self._patient:
            self._patient = patient
            limit = 0 if patient else milliseconds(self._dead_after)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, limit)

    def _lost(self, error: Exception | None) -> PortLost:
        return super()._lost(error or _farewell())

    def _drop(self) -> None:
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()
        if self._hold is not None:
            self._hold.release()
            self._hold = None


def _farewell() -> OSError:
    return ConnectionResetError(errno.ECONNRESET, "the other end has closed the connection")
