"""On a sale's way: who is at the other end of the unix socket, by the kernel's word (SO_PEERCRED, SO_PEERGROUPS)."""

from __future__ import annotations

import array
import errno
import grp
import pwd
import socket
import struct
from dataclasses import dataclass
from typing import Protocol

from firmware_bridge.config import ConfigError, Peers, Role
from statemachines.vocabulary.receipt import Person

SO_PEERGROUPS = 59  # linux/asm-generic/socket.h; Python has no name for it
_ORDER: tuple[Role, ...] = ("manager", "technician", "cashier", "observer")


class PeerSocket(Protocol):
    """The part of a connected unix socket that is needed here."""

    def getsockopt(self, level: int, option: int, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class PeerRoles:
    """Roles by user id and by group id; a peer who matches several gets the first of manager … observer."""

    users: tuple[tuple[int, Role], ...]
    groups: tuple[tuple[int, Role], ...]

    @classmethod
    def of(cls, peers: Peers) -> PeerRoles:
        """Resolve names to numbers. Raises ConfigError for a name that this machine does not know."""
        users: list[tuple[int, Role]] = []
        groups: list[tuple[int, Role]] = []
        for role in _ORDER:
            member: str | None = getattr(peers, role)
            if member is None:
                continue
            kind, _, name = member.partition(":")
            (users if kind == "user" else groups).append((_number(kind, name, role), role))
        return cls(tuple(users), tuple(groups))

    def person(self, peer: PeerSocket) -> Person | None:
        """Return who is connected, or None for somebody without a role. Root is technician."""
        _pid, uid, gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        role = self._role(uid, {gid, *_groups(peer)})
        if role is None:
            return None
        name = _user_name(uid)
        return Person(f"unix:{name}", name, role)

    def _role(self, uid: int, gids: set[int]) -> Role | None:
        if uid == 0:
            return "technician"
        matching = {role for number, role in self.users if number == uid}
        matching |= {role for number, role in self.groups if number in gids}
        return next((role for role in _ORDER if role in matching), None)


def _groups(peer: PeerSocket) -> list[int]:
    numbers = array.array("I")
    try:
        numbers.frombytes(peer.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, 1024))  # Python's largest buffer
    except OSError as error:
        if error.errno != errno.ERANGE:
            raise
        return []  # in more than 256 groups: none of them counts
    return list(numbers)


def _number(kind: str, name: str, role: str) -> int:
    if name.isascii() and name.isdigit():
        return int(name)
    try:
        return pwd.getpwnam(name).pw_uid if kind == "user" else grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise ConfigError(f"api.unix.{role}: this machine has no {kind} {name}") from error


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
