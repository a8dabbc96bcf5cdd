"""Who is slow, many or in the way: time, connections, log lines, ports and the unix socket."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import socket
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.api.peers import PeerRoles
from firmware_bridge.api.server import Api, Limits
from firmware_bridge.config import ConfigError, Peers
from firmware_bridge.errors import UserError
from tests.firmware_bridge.api.wire import CLIENTS, SALE, Reply, call, config, request, running, send
from tests.support.memory_backend import MemoryBackend

# --- time and number ------------------------------------------------------------------------------------------------


async def trickle(port: int, raw: bytes) -> Reply:
    """Send the beginning and then nothing; return what the server says before it hangs up."""
    return await asyncio.wait_for(send(port, raw), 5)


@pytest.mark.parametrize("kind", ["slow head", "idle", "slow body", "endless chunks"])
def test_slow_client_is_not_waited_for(kind: str) -> None:
    async def main() -> None:
        backend = MemoryBackend()
        async with running(backend, limits=Limits(keep_alive=0.3, body=0.3, linger=0.05)) as api:
            good = request(api.port, body=SALE)
            chunked = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", good)
            beginning = {
                "slow head": good[:40],
                "idle": b"",
                "slow body": good[:-5],
                "endless chunks": chunked.partition(b"\r\n\r\n")[0] + b"\r\n\r\n5\r\n{    \r\n",
            }
            reply = await trickle(api.port, beginning[kind])
        assert reply.status == (0 if kind in ("slow head", "idle") else 408)
        assert not reply.status or reply.json["outcome"] == "none"
        assert backend.commands == []

    asyncio.run(main())


def test_too_many_connections_are_refused_while_a_sale_runs() -> None:
    async def main() -> None:
        backend = MemoryBackend()
        backend.gate = asyncio.Event()
        async with running(backend, limits=Limits(tcp=3)) as api:
            selling = asyncio.create_task(call(api.port, body=SALE))
            idle = [await asyncio.open_connection("127.0.0.1", api.port) for _ in range(20)]
            refused = [parse_status(await reader.read()) for reader, _ in idle[5:]]
            assert refused == [503] * 15
            backend.gate.set()
            assert (await selling).status == 201
            for _, writer in idle:
                writer.close()
                await writer.wait_closed()
            while (await call(api.port, "GET", "/healthz")).status != 200:
                await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(main(), 10))


def parse_status(raw: bytes) -> int:
    return int(raw.split()[1]) if raw else 0


def test_malformed_requests_cost_one_log_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        now = 0.0
        api = Api(config(), CLIENTS, MemoryBackend(), version="1", monotonic=lambda: now)
        await api.start()
        try:
            for _ in range(20):
                await send(api.port, b"GET / HTTP/1.1\r\nbad header\r\n\r\n")
                await call(api.port, "GET", "/v1/status", headers={"Host": "evil.test"})
            now = 61.0
            await send(api.port, b"GET / HTTP/1.1\r\nbad header\r\n\r\n")
        finally:
            await api.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(main())
    lines = [record.getMessage() for record in caplog.records]
    assert len([line for line in lines if "malformed" in line]) == 2
    assert len([line for line in lines if "Host" in line]) == 1
    assert "(19 more before)" in lines[-1]
    assert all("\n" not in line and record.exc_info is None for line, record in zip(lines, caplog.records, strict=True))


# --- addresses ------------------------------------------------------------------------------------------------------


def test_taken_port_is_one_clear_sentence() -> None:
    async def main() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            api = Api(config(listen=f"127.0.0.1:{port}"), CLIENTS, MemoryBackend(), version="1")
            with pytest.raises(UserError, match=rf"api\.listen: 127\.0\.0\.1:{port} cannot be had"):
                await api.start()

    asyncio.run(main())


async def over_unix(path: str, raw: bytes) -> int:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(raw)
    status = parse_status(await reader.read())
    writer.close()
    await writer.wait_closed()
    return status


class FakePeer:
    """What the kernel would say about a peer."""

    def __init__(self, uid: int, gid: int, *groups: int) -> None:
        self._answers = {
            socket.SO_PEERCRED: b"".join(number.to_bytes(4, "little") for number in (1, uid, gid)),
            59: b"".join(number.to_bytes(4, "little") for number in groups),
        }

    def getsockopt(self, level: int, option: int, size: int, /) -> bytes:
        assert level == socket.SOL_SOCKET
        return self._answers[option][:size]


@pytest.mark.parametrize(
    ("peer", "role"),
    [
        (FakePeer(0, 0), "technician"),
        (FakePeer(5001, 5001), "cashier"),
        (FakePeer(5002, 6000), "observer"),
        (FakePeer(5002, 5002, 1, 6000), "observer"),
        (FakePeer(5001, 6000), "cashier"),
        (FakePeer(5003, 5003, 1, 2), None),
    ],
)
def test_local_users_have_the_role_of_their_user_or_group(peer: FakePeer, role: str | None) -> None:
    person = PeerRoles.of(Peers(cashier="user:5001", observer="group:6000")).person(peer)
    assert (person.role if person else None) == role


def test_unknown_group_in_the_config_is_named() -> None:
    with pytest.raises(ConfigError, match=r"api\.unix\.cashier: this machine has no group no-such-group"):
        PeerRoles.of(Peers(cashier="group:no-such-group"))


def test_unix_socket_trusts_the_kernel_instead_of_host_and_token() -> None:
    async def main() -> None:
        backend = MemoryBackend()
        with tempfile.TemporaryDirectory() as directory:
            path = f"{directory}/till.sock"
            unix = {"manager": f"user:{os.getuid()}"} if os.getuid() else {}
            async with running(backend, config(socket=path, unix=unix)) as api:
                assert Path(path).stat().st_mode & 0o777 == 0o660
                no_token = {"Authorization": None, "Host": "localhost"}
                opened = request(
                    api.port, "POST", "/v1/drawers/main/open", {"id": "d", "reason": "r"}, headers=no_token
                )
                assert await over_unix(path, opened) == 201
                sold = await over_unix(path, request(api.port, body=SALE, headers=no_token))
                assert sold == (201 if os.getuid() else 403)
            assert not Path(path).exists()
        assert backend.commands[0][0].actor.id.startswith("unix:")

    asyncio.run(main())


def test_dead_socket_file_is_replaced_and_anything_else_left_alone() -> None:
    async def main(directory: Path) -> None:
        path = directory / "till.sock"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
        async with running(MemoryBackend(), config(socket=str(path))):
            second = Api(config(socket=str(path)), CLIENTS, MemoryBackend(), version="1")
            with pytest.raises(UserError, match="somebody listens"):
                await second.start()
            assert path.exists()
        target = directory / "precious"
        target.write_text("data")
        path.symlink_to(target)
        for _ in range(2):
            api = Api(config(socket=str(path)), CLIENTS, MemoryBackend(), version="1")
            with pytest.raises(UserError, match="is no socket"):
                await api.start()
            path.unlink(missing_ok=True)
            path.write_text("file")
        assert target.read_text() == "data"

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(main(Path(directory)))


def test_limits_of_the_guard_are_the_documented_ones() -> None:
    limits = Limits()
    assert (limits.tcp, limits.unix, limits.keep_alive, limits.body) == (32, 16, 15, 10)
    assert replace(limits, tcp=1).streams.readers == 8
