"""Beside a till: where a terminal hangs: this process's own tty, a unix socket. A serial line: serial_line.py."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from firmware_bridge.console.terminal import Gone
from firmware_bridge.errors import UserError

_PIECE: Final = 4096
#: A far end that takes nothing for so long (a gadget without a host, a cable that is out) loses what is said.
_WRITE_S: Final = 2.0


class OwnTerminal:
    """The tty at stdin and stdout, or a pipe."""

    def __init__(self) -> None:
        self._in, self._out = sys.stdin.fileno(), sys.stdout.fileno()

    def read(self, timeout: float) -> bytes:
        """See Transport."""
        if not select.select([self._in], [], [], timeout)[0]:
            return b""
        try:
            data = os.read(self._in, _PIECE)
        except OSError as error:
            raise Gone from error  # hung up
        if not data:
            raise Gone
        return data

    def write(self, data: bytes) -> None:
        """See Transport."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._out, view) :]
            except OSError as error:
                raise Gone from error


@contextmanager
def own_terminal() -> Iterator[OwnTerminal]:
    """This process's terminal, raw while it lasts. A terminal that hangs up ends the session and does no harm."""
    place = sys.stdin.fileno()
    before = termios.tcgetattr(place) if os.isatty(place) else None
    try:
        if before is not None:
            tty.setraw(place, termios.TCSADRAIN)
        yield OwnTerminal()
    finally:
        if before is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(place, termios.TCSADRAIN, before)


class SocketTerminal:
    """One connection of a unix socket."""

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        peer.settimeout(_WRITE_S)

    def read(self, timeout: float) -> bytes:
        """See Transport."""
        if not select.select([self._peer], [], [], timeout)[0]:
            return b""
        try:
            data = self._peer.recv(_PIECE)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        return data

    def write(self, data: bytes) -> None:
        """See Transport. One who reads nothing is gone."""
        try:
            self._peer.sendall(data)
        except OSError as error:
            raise Gone from error


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A unix socket at `path`, mode 0660, its file gone afterwards. Raises UserError for a place that is taken."""
    if path.is_socket():
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                path.unlink()  # left behind by one that was killed
            else:
                raise UserError(f"{path}: another console listens there; nothing was started")
    elif path.exists():
        raise UserError(f"{path} is there and is no socket; nothing was started")
    with socket.socket(socket.AF_UNIX) as server:
        before = os.umask(0o117)
        try:
            server.bind(str(path))
        finally:
            os.umask(before)
        server.listen(4)
        try:
            yield server
        finally:
            path.unlink(missing_ok=True)
