"""The adapter on a real socket: what its bytes are, and that it makes one call at a time on a connection of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any, Self

import pytest

from drivers.errors import NotSent, Unanswered
from firmware_bridge.clock import SystemClock
from firmware_bridge.vendors.http import HttpTransport, Limits
from firmware_bridge.vendors.ikassa.client import IkassaClient, Place
from firmware_bridge.vendors.ikassa.errors import Rejected
from firmware_bridge.vendors.ikassa.messages import StatusRequest

OK = {"resultCode": 200, "messageTitle": "Успех"}


class Wire:
    """A till that is nothing but bytes. `seen`: whole requests; `answers`: JSON, or None to hang up."""

    def __init__(self, *answers: Any, status: str = "200 OK", late_s: float = 0.0) -> None:
        self.answers = list(answers)
        self.seen: list[bytes] = []
        self.connections = self.at_once = self.most = self.port = 0
        self._status, self._late_s = status, late_s
        self._server: asyncio.Server | None = None
        self._over = asyncio.Event()
        self._handlers: list[asyncio.Task[Any]] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._over.set()
        await asyncio.gather(*self._handlers)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        current = asyncio.current_task()
        self._handlers += [current] if current is not None else []
        self.connections += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            rows = head.lower().split(b"\r\n")
            length = next((int(row.split(b":")[1]) for row in rows if row.startswith(b"content-length:")), 0)
            self.seen.append(head + await reader.readexactly(length))
            answer = self.answers.pop(0) if self.answers else OK
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), self._late_s or 0.0)
            if answer is not None:
                body = json.dumps(answer).encode()
                writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (self._status.encode(), len(body), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.at_once -= 1
            writer.close()

    def client(self, pin: str = "", answer_s: float = 2.0) -> IkassaClient:
        def transport() -> HttpTransport:
            clock, limits = SystemClock(), Limits(answer_s=answer_s)
            return HttpTransport(f"http://127.0.0.1:{self.port}", clock.monotonic, limits, role="iKassa", plain=True)

        return IkassaClient(transport(), transport(), Place(pin=pin), SystemClock())


def on_a_wire(wire: Wire, talk: Callable[[IkassaClient], Awaitable[None]], pin: str = "") -> list[bytes]:
    async def main() -> None:
        async with wire:
            client = wire.client(pin)
            try:
                await talk(client)
            finally:
                await client.close()

    asyncio.run(main())
    return wire.seen


async def ask(client: IkassaClient) -> None:
    await client.call("sale", StatusRequest("op-1"))


def headers(raw: bytes) -> list[bytes]:
    return raw.split(b"\r\n\r\n")[0].split(b"\r\n")


def named_in_capitals(raw: bytes) -> bool:
    """What the till demands of the header's name, on the raw bytes."""
    return any(row.startswith(b"INTENT_OPERATION_TYPE: ") for row in headers(raw))


def test_the_operation_is_named_in_capitals_on_the_wire() -> None:
    (raw,) = on_a_wire(Wire(), ask)
    assert headers(raw)[0] == b"POST /v1 HTTP/1.1"
    assert b"INTENT_OPERATION_TYPE: SALE" in headers(raw)
    assert b"Content-Type: application/json" in headers(raw)
    assert raw.endswith(b'\r\n\r\n{"operationId":"op-1"}')
    assert not any(row.lower().startswith(b"auth-token") for row in headers(raw))


def test_a_client_that_writes_names_its_own_way_would_be_seen() -> None:
    """The control: urllib capitalises words, and the check must find it."""

    async def main() -> bytes:
        async with Wire() as wire:
            request = urllib.request.Request(
                f"http://127.0.0.1:{wire.port}/v1", b"{}", {"INTENT_OPERATION_TYPE": "SALE"}, method="POST"
            )

            def send() -> None:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    answer.read()

            await asyncio.to_thread(send)
            return wire.seen[0]

    raw = asyncio.run(main())
    assert b"Intent_Operation_Type: SALE" in headers(raw)
    assert not named_in_capitals(raw)


def test_an_operation_without_parameters_has_no_body() -> None:
    async def talk(client: IkassaClient) -> None:
        await client.call("info")

    (raw,) = on_a_wire(Wire(), talk)
    assert b"Content-Length: 0" in headers(raw)
    assert b"INTENT_OPERATION_TYPE: OTHER_INFO" in headers(raw)


def test_a_pin_is_exchanged_for_a_token_that_goes_with_every_call() -> None:
    async def talk(client: IkassaClient) -> None:
        await ask(client)
        await ask(client)

    first, second, third = on_a_wire(Wire({"token": "tok"}), talk, pin="1234")
    assert b"INTENT_OPERATION_TYPE: AUTH" in headers(first)
    assert json.loads(first.split(b"\r\n\r\n")[1]) == {"pin": "1234", "rememberPin": False, "returnToken": True}
    assert not any(row.startswith(b"Auth-token") for row in headers(first))
    assert b"Auth-token: tok" in headers(second)
    assert b"Auth-token: tok" in headers(third)


def test_calls_made_at_once_go_one_after_the_other_each_on_its_own_connection() -> None:
    async def talk(client: IkassaClient) -> None:
        await asyncio.gather(*(ask(client) for _ in range(5)))

    wire = Wire(late_s=0.01)
    assert len(on_a_wire(wire, talk)) == 5
    assert (wire.connections, wire.most) == (5, 1)


def test_a_wire_that_serves_two_at_once_would_be_seen() -> None:
    """The control: five clients of their own overlap."""

    async def main() -> int:
        async with Wire(late_s=0.05) as wire:
            clients = [wire.client() for _ in range(5)]
            await asyncio.gather(*(ask(client) for client in clients))
            await asyncio.gather(*(client.close() for client in clients))
            return wire.most

    assert asyncio.run(main()) > 1


def test_a_till_that_is_not_there_was_not_sent_anything() -> None:
    async def main() -> None:
        async with Wire() as wire:
            client = wire.client()
        with pytest.raises(NotSent):
            await ask(client)
        await client.close()

    asyncio.run(main())


def test_a_till_that_hangs_up_leaves_it_open_whether_it_acted() -> None:
    async def talk(client: IkassaClient) -> None:
        with pytest.raises(Unanswered):
            await ask(client)

    assert len(on_a_wire(Wire(None), talk)) == 1


def test_waiting_ends_after_its_time() -> None:
    async def main() -> None:
        async with Wire(late_s=1.0) as wire:
            client = wire.client(answer_s=0.05)
            with pytest.raises(Unanswered, match="took too long"):
                await ask(client)
            await client.close()

    asyncio.run(main())


def test_a_card_is_waited_for_longer_than_anything_else() -> None:
    async def main() -> None:
        async with Wire(late_s=0.3) as wire:
            quick, patient = (
                HttpTransport(f"http://127.0.0.1:{wire.port}", SystemClock().monotonic, Limits(answer_s=answer_s))
                for answer_s in (0.05, 5.0)
            )
            client = IkassaClient(quick, patient, Place(), SystemClock())
            with pytest.raises(Unanswered):
                await ask(client)
            await client.call("sale", StatusRequest("op-1"), patient=True)
            await client.close()

    asyncio.run(main())


def test_status_401_means_a_new_token_and_the_same_call_once_more() -> None:
    wire = Wire({"token": "one"}, {"resultCode": 405}, {"token": "two"}, OK)
    rows = [headers(raw) for raw in on_a_wire(wire, ask, pin="1234")]
    assert [b"INTENT_OPERATION_TYPE: AUTH" in row for row in rows] == [True, False, True, False]
    assert b"Auth-token: two" in rows[3]
    bare = Wire({}, status="401 Unauthorized")

    async def talk(client: IkassaClient) -> None:
        with pytest.raises(Rejected, match="wants its PIN"):
            await ask(client)

    assert len(on_a_wire(bare, talk)) == 1


@pytest.mark.parametrize(
    "answers", [({"resultCode": 401},), ({"token": "a"}, {"resultCode": 405}, {"resultCode": 401})]
)
def test_a_pin_that_is_not_taken_refuses_and_is_not_tried_for_ever(answers: tuple[Any, ...]) -> None:
    wire = Wire(*answers)

    async def talk(client: IkassaClient) -> None:
        with pytest.raises(Rejected):
            await ask(client)

    assert len(on_a_wire(wire, talk, pin="1234")) == len(answers)


@pytest.mark.parametrize("answer", [None, {"resultCode": 200}])
def test_signing_in_without_an_answer_leaves_the_call_unsent(answer: Any) -> None:
    wire = Wire(answer)

    async def talk(client: IkassaClient) -> None:
        with pytest.raises(NotSent, match=r"did not answer|no token"):
            await ask(client)

    assert len(on_a_wire(wire, talk, pin="1234")) == 1


def test_an_address_on_the_shops_network_may_be_plain_and_only_when_that_is_meant() -> None:
    clock = SystemClock()
    HttpTransport("http://192.168.1.2:37015", clock.monotonic, plain=True)
    with pytest.raises(ValueError, match="not https"):
        HttpTransport("http://192.168.1.2:37015", clock.monotonic)
