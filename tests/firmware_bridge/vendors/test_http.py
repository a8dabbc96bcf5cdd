"""The transport on real sockets: whether a request may have arrived is told apart in every way it can fail."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Self

import pytest

from drivers.errors import NotSent, Unanswered
from firmware_bridge.vendors.http import HttpTransport, Limits, Request, Response

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
QUICK = Limits(connect_s=1.0, write_s=1.0, answer_s=0.3, answer_bytes=10_000)
POST = Request("POST", "/api/v1/receipts/sell", headers={"Authorization": "Bearer secret"}, body=b'{"a":1}')


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for row in head.split(b"\r\n"):
        if row.lower().startswith(b"content-length:"):
            length = int(row.split(b":")[1])
    return head + await reader.readexactly(length)


class Server:
    """Bytes on the loopback. `seen`: whole requests; `connections`: how many were made."""

    def __init__(self, answers: list[bytes | None]) -> None:
        self.answers = answers
        self.seen: list[bytes] = []
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self.writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()
        await asyncio.sleep(0.01)  # the ends of the handlers

    def hang_up(self) -> None:
        for writer in self.writers:
            writer.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                self.seen.append(await read_request(reader))
                answer = self.answers.pop(0) if self.answers else ok()
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


def ok(body: bytes = b"{}", more: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), more, body)


def against(
    answers: list[bytes | None], act: Callable[[HttpTransport, Server], Awaitable[None]], limits: Limits = QUICK
) -> Server:
    async def main() -> Server:
        async with Server(answers) as server:
            transport = HttpTransport(server.url, time.monotonic, limits)
            try:
                await act(transport, server)
            finally:
                await transport.close()
        return server

    return asyncio.run(main())


def test_one_connection_is_kept_for_all_requests() -> None:
    async def act(transport: HttpTransport, _: Server) -> None:
        assert transport.idle_s() is None
        for _n in range(3):
            assert (await transport.exchange(POST)).status == 200
        assert transport.idle_s() is not None

    server = against([], act)
    assert (server.connections, len(server.seen)) == (1, 3)
    assert server.seen[0].endswith(b'{"a":1}')
    assert b"Authorization: Bearer secret" in server.seen[0]


def test_a_connection_that_the_server_ends_is_not_counted_as_kept() -> None:
    async def act(transport: HttpTransport, _: Server) -> None:
        await transport.exchange(POST)
        assert transport.idle_s() is None
        await transport.exchange(POST)

    assert against([ok(more=b"Connection: close\r\n")], act).connections == 2


def test_names_of_headers_come_in_lower_case_and_the_body_whole() -> None:
    async def act(transport: HttpTransport, _: Server) -> None:
        answer = await transport.exchange(Request("GET", "/x", (("a", "1"), ("a", "ї"))))
        assert answer == Response(404, answer.headers, b"no such thing")
        assert answer.headers["x-thing"] == "Yes"

    server = against([ok(b"no such thing", b"X-Thing: Yes\r\n", b"404 Not Found")], act)
    assert server.seen[0].startswith(b"GET /x?a=1&a=%D1%97 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of i",
        b"this is not HTTP at all\r\n\r\n",
        ok(b"x" * 20_000),
    ],
)
def test_without_a_whole_answer_it_may_have_arrived(answer: bytes | None) -> None:
    async def act(transport: HttpTransport, server: Server) -> None:
        exchange = asyncio.create_task(transport.exchange(POST))
        while not server.seen:
            assert not exchange.done(), "it ended before anybody saw it"
            await asyncio.sleep(0.001)
        if answer is not None and b"half" not in answer:
            await asyncio.sleep(0.02)
        with pytest.raises(Unanswered) as found:
            await exchange
        assert "secret" not in str(found.value)

    server = against([answer], act, replace(QUICK, connect_s=30.0, write_s=30.0))
    assert len(server.seen) == 1


def test_a_server_that_says_nothing_is_given_up() -> None:
    async def act(transport: HttpTransport, _: Server) -> None:
        with pytest.raises(Unanswered, match="it took too long"):
            await transport.exchange(POST)

    against([b""], act)


def test_nothing_listens_so_nothing_was_sent() -> None:
    async def main() -> None:
        async with Server([]) as server:
            url = server.url
        transport = HttpTransport(url, time.monotonic, QUICK)
        with pytest.raises(NotSent, match="could not be reached"):
            await transport.exchange(POST)
        await transport.close()

    asyncio.run(main())


def test_a_server_that_does_not_speak_tls_gets_no_byte_of_the_request() -> None:
    async def main() -> Server:
        async with Server([]) as server:
            transport = HttpTransport(server.url.replace("http:", "https:"), time.monotonic, QUICK)
            with pytest.raises(NotSent):
                await transport.exchange(POST)
            await transport.close()
        return server

    assert asyncio.run(main()).seen == []


def test_a_name_that_cannot_be_resolved_means_that_nothing_was_sent() -> None:
    async def main() -> None:
        transport = HttpTransport("https://no-such-host.invalid", time.monotonic, QUICK)
        with pytest.raises(NotSent):
            await transport.exchange(POST)
        await transport.close()

    asyncio.run(main())


def test_a_kept_connection_that_was_closed_in_silence_is_replaced_and_the_post_arrives_once() -> None:
    async def act(transport: HttpTransport, server: Server) -> None:
        await transport.exchange(POST)
        server.hang_up()
        await asyncio.sleep(0.05)
        assert (await transport.exchange(POST)).status == 200

    server = against([], act)
    assert (server.connections, len(server.seen)) == (2, 2)


def test_a_post_is_never_repeated_by_the_transport() -> None:
    async def act(transport: HttpTransport, _: Server) -> None:
        await transport.exchange(POST)
        with pytest.raises(Unanswered):
            await transport.exchange(POST)

    assert len(against([ok(), None], act).seen) == 2


def test_no_redirect_is_followed_and_no_cookie_kept() -> None:
    async def act(transport: HttpTransport, _: Server) -> None:
        assert (await transport.exchange(POST)).status == 302
        await transport.exchange(POST)

    moved = ok(more=b"Location: /elsewhere\r\nSet-Cookie: a=b\r\n", status=b"302 Found")
    server = against([moved], act)
    assert len(server.seen) == 2
    assert b"Cookie" not in server.seen[1]


@pytest.mark.parametrize(
    "url", ["http://api.checkbox.ua", "ftp://x", "api.checkbox.ua", "http://127.0.0.1.example.org"]
)
def test_an_address_without_tls_is_not_accepted(url: str) -> None:
    with pytest.raises(ValueError, match="is not https"):
        HttpTransport(url, time.monotonic)


def test_tls_that_checks_nothing_is_not_accepted() -> None:
    careless = ssl.create_default_context()
    careless.check_hostname = False
    careless.verify_mode = ssl.CERT_NONE
    with pytest.raises(ValueError, match="certificate"):
        HttpTransport("https://api.checkbox.ua", time.monotonic, tls=careless)


def test_neither_headers_nor_body_are_shown() -> None:
    assert "secret" not in repr(POST)
    assert "a" not in repr(Response(200, {}, b"aaa")).removeprefix("Response(status=200, headers={}")
