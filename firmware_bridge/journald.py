"""Behind the log: its lines as datagrams of the system journal, each fact a field of its own.

Every value is sent with its length before it, so that nothing in it can begin another field. Source: systemd,
JOURNAL_NATIVE_PROTOCOL.md and systemd.exec(5), $JOURNAL_STREAM.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TextIO

SOCKET: Final = Path("/run/systemd/journal/socket")
IDENTIFIER: Final = "firmware-bridge"
Fields = Mapping[str, str]


def is_stream(environ: Mapping[str, str], stream: TextIO) -> bool:
    """Does `stream` (stderr) end in the system journal? systemd says which one it made; a redirected one is another."""
    told = environ.get("JOURNAL_STREAM", "")
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return told == f"{found.st_dev}:{found.st_ino}"


def datagram(fields: Fields) -> bytes:
    """One entry of the journal. Names are ours: capital letters, digits and underscores."""
    parts = []
    for name, value in fields.items():
        data = value.encode("utf-8", "replace")
        parts.append(b"%s\n%s%s\n" % (name.encode("ascii"), struct.pack("<Q", len(data)), data))
    return b"".join(parts)


class JournaldHandler(logging.Handler):
    """Sends a record's `fields`; what the journal does not take goes to `instead` as a line of text.

    A datagram is small enough for any socket, as `fields` cuts what is too long.
    """

    def __init__(
        self, fields: Callable[[logging.LogRecord], Fields], instead: logging.Handler, path: Path = SOCKET
    ) -> None:
        super().__init__()
        self._fields = fields
        self._instead = instead
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._socket.sendto(datagram(self._fields(record)), str(self._path))
        except OSError:
            self._instead.handle(record)

    def close(self) -> None:
        self._socket.close()
        self._instead.close()
        super().close()
