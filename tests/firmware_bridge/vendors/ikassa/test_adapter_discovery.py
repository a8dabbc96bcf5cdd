"""Which tills answer on the network: the question's bytes, real datagrams on the loopback, and no end of noise."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from firmware_bridge.vendors.ikassa.discovery import MOST, Till, discover, multicast, question, read
from firmware_bridge.vendors.ikassa.sandbox.server import IKassaSandbox, SandboxOptions

ANSWER = (
    b"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: http://127.0.0.1:37015/v1\r\n"
    b"SERVER: Android\r\nst: ikassa-smartx\r\nUSN: uuid:131010705\r\n\r\n"
)


def test_the_question_is_an_m_search_for_the_books_target() -> None:
    assert question(3.0) == (
        b"M-SEARCH * HTTP/1.1\r\n"
        b"HOST: 239.255.255.250:1900\r\n"
        b'MAN: "ssdp:discover"\r\n'
        b"MX: 3\r\n"
        b"ST: ikassa-smartx\r\n"
        b"\r\n"
    )
    assert b"MX: 1\r\n" in question(0.2)
    assert b"MX: 5\r\n" in question(30)


def test_an_answer_is_a_till_with_its_url() -> None:
    till = read(ANSWER, "192.168.1.2")
    assert till == Till("192.168.1.2", "uuid:131010705", "Android", "http://127.0.0.1:37015/v1")
    assert till is not None
    assert till.url == "http://192.168.1.2:37015/v1"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        ANSWER.replace(b"200 OK", b"404 No"),
        ANSWER.replace(b"ikassa-smartx", b"upnp:rootdevice"),
        b"NOTIFY * HTTP/1.1\r\nST: ikassa-smartx\r\n\r\n",
    ],
)
def test_what_answers_something_else_is_no_till(data: bytes) -> None:
    assert read(data, "192.168.1.2") is None


def answered(reply: Callable[[socket.socket, tuple[str, int]], None], wait_s: float = 0.3) -> tuple[Till, ...]:
    """On the loopback: one question, and whatever `reply` sends back."""
    with (
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as server,
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as client,
    ):
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)

        def serve() -> None:
            data, sender = server.recvfrom(4096)
            assert data.startswith(b"M-SEARCH * HTTP/1.1\r\n")
            reply(server, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            return discover(client, time.monotonic, wait_s=wait_s, group=server.getsockname())
        finally:
            thread.join(5)


def test_each_till_is_found_once_among_the_noise() -> None:
    def reply(server: socket.socket, sender: tuple[str, int]) -> None:
        other = ANSWER.replace(b"131010705", b"131010706")
        for data in (b"noise", ANSWER, ANSWER, other, b"\x00" * 3000):
            server.sendto(data, sender)

    assert [till.usn for till in answered(reply)] == ["uuid:131010705", "uuid:131010706"]


def test_nobody_answering_ends_in_time() -> None:
    begun = time.monotonic()
    assert answered(lambda _, __: None, wait_s=0.1) == ()
    assert time.monotonic() - begun < 3


def test_noise_without_end_ends_in_time_and_in_number() -> None:
    """What never ceases to answer is not listened to for ever."""

    class Noise:
        def __init__(self, words: bytes = ANSWER, every_s: float = 0.001) -> None:
            self.now = 0.0
            self.heard = 0
            self._words, self._every_s = words, every_s

        def sendto(self, data: bytes, address: tuple[str, int], /) -> int:
            return len(data)

        def settimeout(self, seconds: float | None, /) -> None:
            assert seconds is not None
            assert 0 < seconds <= 3

        def recvfrom(self, _: int, /) -> tuple[bytes, tuple[str, int]]:
            self.heard += 1
            self.now += self._every_s
            return self._words.replace(b"131010705", str(self.heard).encode()), ("10.0.0.1", 1900)

    noise = Noise()
    assert len(discover(noise, lambda: noise.now)) == MOST
    others = Noise(b"noise", every_s=0.5)
    assert discover(others, lambda: others.now) == ()
    assert others.now >= 3


@pytest.mark.parametrize("wait_s", [0, -1, 31])
def test_a_time_that_is_none_is_refused_before_anything_is_sent(wait_s: float) -> None:
    with closing(multicast()) as udp, pytest.raises(ValueError, match="at most 30 seconds"):
        discover(udp, time.monotonic, wait_s=wait_s)


def test_the_vendors_sandbox_is_found() -> None:
    async def main() -> tuple[Till, ...]:
        sandbox = IKassaSandbox(SandboxOptions(ssdp_port=0))
        await sandbox.start()
        host, _, port = sandbox.ready["ssdp"].partition(":")
        try:
            with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp:
                return await asyncio.to_thread(
                    lambda: discover(udp, time.monotonic, wait_s=0.3, group=(host, int(port)))
                )
        finally:
            await sandbox.close()

    (till,) = asyncio.run(main())
    assert till.host == "127.0.0.1"
    assert "131010705" in till.usn


def test_the_group_is_asked_in_the_shops_own_network_only() -> None:
    with closing(multicast()) as udp:
        assert udp.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 1
