"""The event stream: nothing missed, nobody holds a place without reading."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest

from firmware_bridge.api.events import StreamLimits
from firmware_bridge.api.server import Limits
from tests.firmware_bridge.api.wire import call, request, running
from tests.support.memory_backend import MemoryBackend


def event(seq: int) -> dict[str, Any]:
    return {"seq": seq, "name": "ReceiptPrinted", "text": "перше\nдруге"}


async def opened(port: int, path: str = "/v1/events", headers: dict[str, str | None] | None = None) -> Any:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request(port, "GET", path, headers=headers, role="observer"))
    head = await reader.readuntil(b"\r\n\r\n")
    return reader, writer, head


async def next_block(reader: asyncio.StreamReader) -> bytes:
    """One chunk of the stream is one block here: a comment or an event."""
    size = int((await reader.readuntil(b"\r\n")).strip() or b"0", 16)
    block = await reader.readexactly(size)
    await reader.readexactly(2)
    return block


async def end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("path", "headers", "seen"),
    [
        ("/v1/events", {}, [1, 2, 3, 4]),
        ("/v1/events?after=2", {}, [3, 4]),
        ("/v1/events?after=1", {"Last-Event-ID": "3"}, [4]),
    ],
)
def test_reader_gets_what_was_and_what_comes(path: str, headers: dict[str, str | None], seen: list[int]) -> None:
    async def main() -> None:
        backend = MemoryBackend()
        backend.happen(event(1), event(2), event(3))
        async with running(backend) as api:
            reader, writer, head = await opened(api.port, path, headers)
            assert b"text/event-stream" in head
            assert b"no-store" in head
            assert (await next_block(reader)).startswith(b":")
            got = []
            for number in seen:
                if number == 4:
                    backend.happen(event(4))
                identity, data, _, _ = (await next_block(reader)).split(b"\n")
                assert json.loads(data.removeprefix(b"data: ")) == event(number)
                got.append(int(identity.removeprefix(b"id: ")))
            assert got == seen
            await end(writer)

    asyncio.run(asyncio.wait_for(main(), 10))


@pytest.mark.parametrize("last", ["-1", "x", "", "9" * 19, "9" * 400, "1.5", "٣"])
@pytest.mark.parametrize("where", ["header", "query"])
def test_wrong_position_is_refused(last: str, where: str) -> None:
    async def main() -> None:
        async with running(MemoryBackend()) as api:
            # header values are sent as UTF-8 bytes, as a browser would
            value = last.encode().decode("latin-1")
            headers: dict[str, str | None] = {"Last-Event-ID": value} if where == "header" else {}
            query = "" if where == "header" else f"?after={_quoted(last)}"
            reply = await call(api.port, "GET", f"/v1/events{query}", headers=headers)
        assert reply.status == 400

    asyncio.run(main())


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/events?after=x", {"Last-Event-ID": "1"}),
        ("/v1/events?after=1&after=2", {}),
        ("/v1/events", {"Last-Event-ID": "1\r\nLast-Event-ID: 2"}),
    ],
)
def test_two_positions_and_a_wrong_one_behind_a_right_one_are_refused(
    path: str, headers: dict[str, str | None]
) -> None:
    async def main() -> None:
        async with running(MemoryBackend()) as api:
            reply = await call(api.port, "GET", path, headers=headers)
        assert (reply.status, reply.json["outcome"]) == (400, "none")

    asyncio.run(main())


@pytest.mark.parametrize("after", [5, 2**63 - 1])
def test_reader_of_the_future_is_told_nothing_that_is_older(after: int) -> None:
    async def main() -> None:
        backend = MemoryBackend()
        backend.happen(*map(event, range(1, 5)))
        limits = Limits(streams=StreamLimits(keep_alive=0.0, look=0.01))
        async with running(backend, limits=limits) as api:
            reader, writer, _ = await opened(api.port, "/v1/events", {"Last-Event-ID": str(after)})
            backend.happen(event(5), event(6))
            seen = b""
            while b"id: 6" not in seen and seen.count(b": keep-alive") < 20:
                seen += await next_block(reader)
            assert (b"id: 6" in seen) == (after == 5)
            assert b"id: 5" not in seen
            await end(writer)

    asyncio.run(asyncio.wait_for(main(), 10))


def test_reader_who_leaves_frees_its_place_at_once() -> None:
    """Not only when the till looks at the line next: here that would be in a minute."""

    async def main() -> None:
        limits = Limits(streams=StreamLimits(readers=1, look=60.0, keep_alive=60.0))
        async with running(MemoryBackend(), limits=limits) as api:
            for _ in range(20):
                reader, writer, head = await opened(api.port)
                while head.split()[1] == b"503":  # it is on its way
                    await end(writer)
                    reader, writer, head = await opened(api.port)
                await next_block(reader)
                assert (await call(api.port, "GET", "/v1/events")).status == 503
                await end(writer)

    asyncio.run(asyncio.wait_for(main(), 10))


def test_silence_is_kept_alive_by_comments() -> None:
    async def main() -> None:
        limits = Limits(streams=StreamLimits(keep_alive=0.0, look=0.01))
        async with running(MemoryBackend(), limits=limits) as api:
            reader, writer, _ = await opened(api.port)
            blocks = [await next_block(reader) for _ in range(3)]
            assert blocks[1:] == [b": keep-alive\n\n"] * 2
            await end(writer)

    asyncio.run(asyncio.wait_for(main(), 10))


def test_ninth_reader_is_refused_and_a_place_is_free_again_when_one_leaves() -> None:
    async def main() -> None:
        limits = Limits(streams=StreamLimits(look=0.01))
        async with running(MemoryBackend(), limits=limits) as api:
            readers = [await opened(api.port) for _ in range(8)]
            reply = await call(api.port, "GET", "/v1/events")
            assert (reply.status, reply.json["outcome"]) == (503, "none")
            await end(readers[0][1])
            head = b""
            while b" 200 " not in head:
                _, writer, head = await opened(api.port)
                await end(writer)
            for _, writer, _ in readers[1:]:
                await end(writer)

    asyncio.run(asyncio.wait_for(main(), 10))


def test_reader_that_never_reads_is_dropped_and_frees_its_place() -> None:
    async def main() -> None:
        backend = MemoryBackend()
        backend.happen(*({"seq": seq, "name": "ReceiptPrinted", "text": "x" * 100_000} for seq in range(1, 200)))
        limits = Limits(streams=StreamLimits(readers=1, write=0.2, look=0.01))
        async with running(backend, limits=limits) as api:
            with socket.socket() as deaf:
                deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                deaf.settimeout(0)
                loop = asyncio.get_running_loop()
                await loop.sock_connect(deaf, ("127.0.0.1", api.port))
                await loop.sock_sendall(deaf, request(api.port, "GET", "/v1/events"))
                statuses: set[bytes] = set()
                while statuses != {b"503", b"200"}:
                    _, writer, head = await opened(api.port, "/v1/events?after=1000")
                    if head.split()[1] == b"503" or statuses:  # 200 counts once the deaf one has had the place
                        statuses.add(head.split()[1])
                    await end(writer)

    asyncio.run(asyncio.wait_for(main(), 10))


def test_server_stops_at_once_although_readers_are_there() -> None:
    async def main() -> None:
        async with running(MemoryBackend()) as api:
            reader, writer, _ = await opened(api.port)
            await next_block(reader)
        assert (await reader.read()).endswith(b"0\r\n\r\n")
        await end(writer)

    asyncio.run(asyncio.wait_for(main(), 3))
