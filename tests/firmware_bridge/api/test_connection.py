"""Bytes that are no request: refused by the HTTP server itself, in the API's own words, at one line of the log."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import pytest
from aiohttp import web

from firmware_bridge.api.server import Limits
from tests.firmware_bridge.api.wire import SALE, Reply, call, request, running, send
from tests.support.memory_backend import MemoryBackend

SECRET = "s3cr3t-t0ken"
PROBLEM = "urn:firmware-bridge:problem:bad-request"


def malformed(port: int) -> dict[str, bytes]:
    """What no check of the API ever sees, because it is no request."""
    good = request(port, body=SALE)
    head, _, body = good.partition(b"\r\n\r\n")

    def target(text: bytes) -> bytes:
        return good.replace(b"POST /v1/sales", b"POST " + text)

    def plus(header: bytes) -> bytes:
        return head + b"\r\n" + header + b"\r\n\r\n" + body

    return {
        "no request line": b"hello " + SECRET.encode() + b"\r\n\r\n",
        "no HTTP": good.replace(b" HTTP/1.1", b" HTP/1.1"),
        "HTTP/9.9": good.replace(b" HTTP/1.1", b" HTTP/9.9"),
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40) + b"\r\n\r\n",
        "line feeds alone": good.replace(b"\r\n", b"\n"),
        "target *": target(b"*"),
        "target without slash": target(b"v1?token=" + SECRET.encode()),
        "path with a raw byte": target(b"/v1/\xff" + SECRET.encode()),
        "path of 9,000": target(b"/" + b"a" * 9000),
        "header without colon": plus(b"Authorization Bearer " + SECRET.encode()),
        "header with a blank name": plus(b"A b: " + SECRET.encode()),
        "header with NUL": plus(b"Authorization: Bearer \x00" + SECRET.encode()),
        "header over two lines": plus(b"Idempotency-Key: a\n " + SECRET.encode()),
        "header of 9,000": plus(b"X-Long: " + SECRET.encode() * 750),
        "5,000 headers": plus(b"\r\n".join(b"X-%d: 1" % number for number in range(5000))),
        "no host": good.replace(b"Host:", b"Hots:"),
        "two hosts": plus(f"Host: 127.0.0.1:{port}".encode()),
        "two lengths": plus(b"Content-Length: 1"),
        "length below 0": re.sub(rb"Content-Length: \d+", b"Content-Length: -1", good),
        "length of words": re.sub(rb"Content-Length: \d+", b"Content-Length: ten", good),
        "length and chunks": plus(b"Transfer-Encoding: chunked"),
        "transfer unknown": re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: identity", good),
        "chunk of words": re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head) + b"\r\n\r\nzz\r\n",
        "an unknown expectation": plus(b"Expect: 200-" + SECRET.encode()),
    }


def is_problem(reply: Reply) -> bool:
    """Is it the API's own "no", with everything that every answer of it has?"""
    if (reply.status, reply.headers.get("content-type")) != (400, "application/problem+json"):
        return False
    said: dict[str, Any] = reply.json
    headers = reply.headers
    return (
        (said["type"], said["status"], said["outcome"]) == (PROBLEM, 400, "none")
        and "nothing happened" in said["detail"]
        and (headers["connection"], headers["cache-control"], headers["server"])
        == ("close", "no-store", "firmware-bridge")
    )


@pytest.mark.parametrize("name", malformed(1))
def test_what_is_no_request_gets_a_problem_document_and_nothing_happens(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> Reply:
        backend = MemoryBackend()
        async with running(backend, limits=Limits(linger=0.05, body=0.5)) as api:
            reply = await send(api.port, malformed(api.port)[name])
            assert (await call(api.port, "GET", "/healthz")).status == 200
        assert backend.commands == []
        return reply

    with caplog.at_level(logging.DEBUG):
        reply = asyncio.run(main())
    assert is_problem(reply), reply
    said = reply.body.decode() + caplog.text
    assert SECRET not in said, "what stood in the wrong place may be a secret"
    assert not [record for record in caplog.records if record.exc_info]


def test_aiohttp_alone_would_answer_in_plain_text_and_the_test_would_see_it() -> None:
    async def main() -> list[str]:
        runner = web.AppRunner(web.Application(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = int(runner.addresses[0][1])
        try:
            return [name for name, raw in malformed(port).items() if is_problem(await send(port, raw))]
        finally:
            await runner.cleanup()

    assert asyncio.run(main()) == []


def test_a_scan_of_the_port_costs_one_line_that_says_why(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with running(MemoryBackend(), limits=Limits(linger=0.05, body=0.5)) as api:
            for raw in malformed(api.port).values():
                await send(api.port, raw)

    with caplog.at_level(logging.INFO):
        asyncio.run(main())
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert lines == ["a malformed request was refused: Invalid method encountered (0 more before)"]


def test_a_gzip_bomb_is_not_unpacked() -> None:
    async def main() -> Reply:
        backend = MemoryBackend()
        async with running(backend) as api:
            bomb = b"\x1f\x8b\x08\x00" + b"\x00" * 60_000
            reply = await call(api.port, body=bomb, headers={"Content-Encoding": "gzip"})
        assert backend.commands == []
        return reply

    reply = asyncio.run(main())
    assert (reply.status, reply.headers["content-type"]) == (415, "application/problem+json")
    assert reply.json["outcome"] == "none"
