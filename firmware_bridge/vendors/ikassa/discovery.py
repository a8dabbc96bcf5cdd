"""Before a sale's way begins, for a person: which iKassa tills answer on the shop's network (SSDP).

One question by UDP to the multicast group, then listening for a while. Whoever answers is only listed: which till is
worked with stands in the configuration. Source: the vendor's books name the search target `ikassa-smartx`; the form of
question and answer is UPnP Device Architecture 1.1, sections 1.3.2 and 1.3.3.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

TARGET: Final = "ikassa-smartx"
GROUP: Final = ("239.255.255.250", 1900)
PORT: Final = 37015
MOST: Final = 32  # tills in one shop; what else answers is noise
_DATAGRAM: Final = 4096
_ANSWER: Final = "HTTP/1.1 200"


class Udp(Protocol):
    """What is needed of a UDP socket; `socket.socket` is one."""

    def sendto(self, data: bytes, address: tuple[str, int], /) -> int: ...
    def recvfrom(self, size: int, /) -> tuple[bytes, tuple[str, int]]: ...
    def settimeout(self, seconds: float | None, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Till:
    """One that answered. `host`: from where; `usn`, `server`, `location`: what it says of itself, "" = nothing."""

    host: str
    usn: str = ""
    server: str = ""
    location: str = ""

    @property
    def url(self) -> str:
        """What belongs into fiscaliser.ikassa.url: the books' port and path at this address."""
        return f"http://{self.host}:{PORT}/v1"


def discover(
    udp: Udp, monotonic: Callable[[], float], *, wait_s: float = 3.0, group: tuple[str, int] = GROUP
) -> tuple[Till, ...]:
    """Ask, and return who answered within `wait_s` seconds (0 to 30), each once, at most 32.

    Raises OSError when the question cannot be sent, ValueError for a time that is none.
    """
    if not 0 < wait_s <= 30:
        raise ValueError(f"an answer is waited for more than 0 and at most 30 seconds, not {wait_s}")
    until = monotonic() + wait_s
    udp.sendto(question(wait_s, group), group)
    found: dict[tuple[str, str], Till] = {}
    while (left := until - monotonic()) > 0 and len(found) < MOST:
        udp.settimeout(left)
        try:
            data, sender = udp.recvfrom(_DATAGRAM)
        except TimeoutError:
            break
        till = read(data, sender[0])
        if till is not None:
            found[till.host, till.usn] = till
    return tuple(found.values())


def question(wait_s: float, group: tuple[str, int] = GROUP) -> bytes:
    """The M-SEARCH datagram; MX tells within how many seconds an answer is wanted, at least 1 and at most 5."""
    rows = (
        "M-SEARCH * HTTP/1.1",
        f"HOST: {group[0]}:{group[1]}",
        'MAN: "ssdp:discover"',
        f"MX: {max(1, min(5, int(wait_s)))}",
        f"ST: {TARGET}",
    )
    return "".join(f"{row}\r\n" for row in (*rows, "")).encode("ascii")


def read(data: bytes, host: str) -> Till | None:
    """The till behind an answer; None for what answers something else, or is no answer."""
    head, *rows = data.decode("utf-8", "replace").split("\r\n")
    if not head.startswith(_ANSWER):
        return None
    fields = {
        name.strip().upper(): value.strip() for name, colon, value in (row.partition(":") for row in rows) if colon
    }
    if fields.get("ST", "").lower() != TARGET:
        return None
    return Till(host, fields.get("USN", ""), fields.get("SERVER", ""), fields.get("LOCATION", ""))


def multicast() -> socket.socket:
    """A socket to ask with, into the shop's own network alone. To be closed by the caller. Raises OSError."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
    udp.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    return udp
