"""In the vendor's place on a sale's way: the answer to a search for the till in the network.

Source: SSDP, UPnP device architecture 1.1 section 1.3. On the loopback alone: whoever searches there sends to 127.0.0.1
instead of the group 239.255.255.250.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

TARGET: Final = "ikassa-smartx"
_HOST: Final = "127.0.0.1"
_LONGEST: Final = 2048


def answer_to(search: bytes, location: str, register_number: str) -> bytes | None:
    """The answer to an M-SEARCH for this till or for everything; None: nobody answers."""
    lines = search[:_LONGEST].decode("ascii", errors="replace").split("\r\n")
    if lines[0] != "M-SEARCH * HTTP/1.1":
        return None
    found = {name.strip().upper(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if found.get("MAN") != '"ssdp:discover"' or found.get("ST") not in (TARGET, "ssdp:all"):
        return None
    told = (
        "HTTP/1.1 200 OK",
        "CACHE-CONTROL: max-age=1800",
        "EXT:",
        f"LOCATION: {location}",
        "SERVER: Android UPnP/1.1 SmartX/1.0",
        f"ST: {TARGET}",
        f"USN: uuid:{register_number}::{TARGET}",
        "",
        "",
    )
    return "\r\n".join(told).encode("ascii")


class Responder(asyncio.DatagramProtocol):
    """Answers searches until it is closed. `location` is asked for each answer."""

    def __init__(self, location: Callable[[], str], register_number: str) -> None:
        self._location = location
        self._number = register_number
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self, port: int) -> int:
        """Listen; returns the port. Raises OSError when it is taken."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(_HOST, port))
        return int(self._transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        """Harmless twice."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        told = answer_to(data, self._location(), self._number)
        if told is not None and self._transport is not None:
            self._transport.sendto(told, addr)
