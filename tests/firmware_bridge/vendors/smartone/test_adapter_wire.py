"""The adapter on a real socket, and a day on both of its wires: bytes, cut and stale connections, late answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import NotSent, Refused, Unanswered
from drivers.ports.serial import SerialPort
from firmware_bridge.clock import SystemClock
from firmware_bridge.vendors.smartone import wire
from firmware_bridge.vendors.smartone.client import SmartOneClient, Times
from firmware_bridge.vendors.smartone.fiscaliser import SmartOneFiscaliser
from firmware_bridge.vendors.smartone.plans import Plans
from firmware_bridge.vendors.smartone.sandbox.server import SandboxOptions, SmartOneSandbox
from firmware_bridge.vendors.smartone.signing import form
from firmware_bridge.vendors.smartone.wire import SerialWire, Wire
from statemachines.vocabulary.events import ReceiptFiscalised
from tests.firmware_bridge.vendors.smartone.adapter_orders import ECR, FORMS, move, opening, report, sale

CLOCK = SystemClock()
FORM = form(b"{}", "m-1")


async def serve(handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> asyncio.Server:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        finally:
            writer.close()

    return await asyncio.start_server(one, "127.0.0.1", 0)


def port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


async def request(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length"))
    return head, await reader.readexactly(length)


def answer(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def over_http(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    talk: Callable[[Wire], Awaitable[None]],
) -> None:
    async def main() -> None:
        server = await serve(handle)
        line = wire.http(f"http://127.0.0.1:{port_of(server)}", CLOCK.monotonic)
        try:
            await talk(line)
        finally:
            await line.close()
            server.close()
            await server.wait_closed()

    asyncio.run(main())


def test_a_request_is_the_vendors_form_on_the_wire() -> None:
    seen: list[tuple[str, bytes]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await request(reader))
        writer.write(answer(b'{"status":"success"}'))

    async def talk(line: Wire) -> None:
        assert await line.exchange("/sale", FORM, 5, harmless=False) == b'{"status":"success"}'

    over_http(handle, talk)
    ((head, body),) = seen
    assert head.startswith("POST /sale HTTP/1.1\r\n")
    assert "Content-Type: application/x-www-form-urlencoded\r\n" in head
    assert body == FORM.encode()


@pytest.mark.parametrize(
    ("status", "kind"), [("404 No", Refused), ("405 No", Refused), ("500 No", Unanswered), ("302 No", Unanswered)]
)
def test_another_status_is_no_answer(status: str, kind: type[Exception]) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(answer(b"", status))

    async def talk(line: Wire) -> None:
        with pytest.raises(kind):
            await line.exchange("/sale", FORM, 5, harmless=False)

    over_http(handle, talk)


def test_nobody_there_is_not_sent_and_a_cut_is_unanswered() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.transport.abort()

    async def talk(line: Wire) -> None:
        with pytest.raises(Unanswered):
            await line.exchange("/sale", FORM, 5, harmless=False)
        gone = wire.http("http://127.0.0.1:9", CLOCK.monotonic)
        with pytest.raises(NotSent):
            await gone.exchange("/sale", FORM, 5, harmless=False)
        await gone.close()

    over_http(handle, talk)


def test_a_question_on_a_connection_that_was_closed_meanwhile_is_asked_again_and_a_document_takes_a_new_one() -> None:
    connections: list[int] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(connections)
        connections.append(0)
        while not reader.at_eof():
            try:
                await request(reader)
            except asyncio.IncompleteReadError:
                return
            connections[number] += 1
            if number == 0 and connections[0] == 2:
                writer.transport.abort()  # as a register that had closed it: the request is never read
                return
            writer.write(answer(b'{"status":"success"}'))
            await writer.drain()

    async def talk(line: Wire) -> None:
        for _ in range(2):
            await line.exchange("/check_shift", FORM, 5, harmless=True)
        assert connections == [2, 1]
        await line.exchange("/sale", FORM, 5, harmless=False)
        assert connections == [2, 1, 1], "a document goes on a connection of its own"

    over_http(handle, talk)


def test_a_document_that_is_cut_off_behind_a_question_is_sent_once() -> None:
    """The connection that answered the question is kept; what makes a document is not repeated for that."""
    paths: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            try:
                head, _ = await request(reader)
            except asyncio.IncompleteReadError:
                return
            paths.append(head.split()[1])
            if paths[-1] == "/sale":
                writer.transport.abort()  # it was read, and may have been carried out
                return
            writer.write(answer(b'{"status":"success"}'))
            await writer.drain()

    async def talk(line: Wire) -> None:
        await line.exchange("/check_shift", FORM, 5, harmless=True)
        with pytest.raises(Unanswered):
            await line.exchange("/sale", FORM, 5, harmless=False)

    over_http(handle, talk)
    assert paths == ["/check_shift", "/sale"]


def test_a_late_answer_is_waited_for_as_long_as_was_asked() -> None:
    asked = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        await asked.wait()

    async def talk(line: Wire) -> None:
        with pytest.raises(Unanswered, match="too long"):
            await line.exchange("/sale", FORM, 0.05, harmless=False)
        asked.set()

    over_http(handle, talk)


@pytest.mark.parametrize("profile", ["core", "ecr"])
def test_a_day_over_http_and_over_a_serial_line(tmp_path: Path, profile: Any) -> None:
    """The whole adapter before the sandbox in its server, on both of its ends."""

    async def day(sandbox: SmartOneSandbox, line: Wire, folder: str, n: int) -> None:
        client = SmartOneClient(line, sandbox.service.merchant_id, Times(answer=10))
        forms = FORMS if profile == "core" else ECR
        fiscaliser = SmartOneFiscaliser(client, forms, Plans(tmp_path / folder), CLOCK)
        try:
            await fiscaliser.connect()
            orders = (opening(n), move(5000, n + 1), sale(1180, n + 2, given=2000), report("x_report", n + 3))
            for order in (*orders, report("shift_report", n + 4, n)):
                event = await fiscaliser.fiscalise(order)
                assert isinstance(event, ReceiptFiscalised), event
        finally:
            await fiscaliser.close()
            await fiscaliser.close()

    async def main() -> None:
        sandbox = SmartOneSandbox(SandboxOptions(profile=profile, serial=True))
        await sandbox.start()
        try:
            await day(sandbox, wire.http(sandbox.base_url, CLOCK.monotonic), "http", 100)
            port = SerialPort(sandbox.ready["serial"], 115_200, CLOCK, role="SmartOne")
            await day(sandbox, SerialWire(port), "serial", 200)
            numbers = [one.doc_number for one in sandbox.service.ledger.documents]
            assert numbers == ["000101", "000102", "000201", "000202"]
        finally:
            await sandbox.close()

    asyncio.run(main())
