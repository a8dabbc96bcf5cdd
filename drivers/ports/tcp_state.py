"""Beside a TCP port: what the kernel knows of a connection that says nothing.

Three silences look alike from above: the device has nothing to say, it is out of paper and takes nothing (its window
is closed), it lost its power. Only the last one is a loss. TCP_USER_TIMEOUT would end the second one too: with a
closed window Linux counts the wait against it although the device answers every probe. So it is set only while the
window is open. Source: Linux, tcp(7) and net/ipv4/tcp_timer.c, tcp_probe_timer.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
from dataclasses import dataclass
from typing import Final

_INFO_SIZE: Final = 104
#: struct tcp_info, linux/tcp.h: eight single bytes, then words of 32 bits.
_STATE, _PROBES = 0, 3
_ESTABLISHED: Final = 1
_UNACKED, _LAST_ACK_MS = 24, 56
_DEAF_PROBES: Final = 3


@dataclass(frozen=True, slots=True)
class TcpState:
    """`parted`: one end has closed already. `waiting`: bytes of ours that the other end has not confirmed.

    `unacked`: segments under way. `unanswered`: probes of a closed window since the last answer. `quiet_s`: seconds
    since the other end's last acknowledgement.
    """

    parted: bool
    waiting: int
    unacked: int
    unanswered: int
    quiet_s: float

    @property
    def window_closed(self) -> bool:
        """The other end takes nothing now: bytes wait and none of them may leave."""
        return self.waiting > 0 and self.unacked == 0

    def gone(self, after_s: float) -> bool:
        """Has an end that closed its window stopped to answer for it?"""
        return self.window_closed and self.unanswered >= _DEAF_PROBES and self.quiet_s >= after_s


def tcp_state(connection: socket.socket) -> TcpState:
    """Raises OSError when the connection is closed."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
    waiting = struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)))[0]
    return TcpState(
        parted=info[_STATE] != _ESTABLISHED,
        waiting=waiting,
        unacked=struct.unpack_from("I", info, _UNACKED)[0],
        unanswered=info[_PROBES],
        quiet_s=struct.unpack_from("I", info, _LAST_ACK_MS)[0] / 1000,
    )
