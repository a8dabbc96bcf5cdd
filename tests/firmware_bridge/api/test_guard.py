"""Attacks on the local API: each is refused, leaves the till untouched, and gets through where the guard is missing."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.events import EventStreams, StreamLimits
from firmware_bridge.api.requests import CALLER
from firmware_bridge.api.server import Api, Limits, bare_app
from firmware_bridge.api.table import ROUTES
from firmware_bridge.config import ROLES
from statemachines.vocabulary.commands import PrintCopy
from statemachines.vocabulary.receipt import Person
from tests.firmware_bridge.api.wire import CLIENTS, ORIGIN, SALE, TOKENS, Reply, call, config, request, running, send
from tests.support.memory_backend import MemoryBackend

LIMIT = 64 * 1024

# Requests that a browser page or a careless program can make. Headers may name the port as {port}.
ATTACKS: dict[str, tuple[int, Mapping[str, str | None]]] = {
    "rebound name": (421, {"Host": "evil.test:{port}"}),
    "host 0.0.0.0": (421, {"Host": "0.0.0.0:{port}"}),
    "host 127.1": (421, {"Host": "127.1:{port}"}),
    "host with trailing dot": (421, {"Host": "localhost.:{port}"}),
    "host in upper case": (421, {"Host": "LOCALHOST:{port}"}),
    "host with another port": (421, {"Host": "127.0.0.1:80"}),
    "host without port": (421, {"Host": "127.0.0.1"}),
    "origin null": (403, {"Origin": "null"}),
    "origin of another port": (403, {"Origin": "http://127.0.0.1:9001"}),
    "origin of another scheme": (403, {"Origin": "https://127.0.0.1:{port}"}),
    "origin with ours as prefix": (403, {"Origin": "https://pos.example:8443.evil.test"}),
    "origin with ours as suffix": (403, {"Origin": "https://evilpos.example:8443"}),
    "origin with a path": (403, {"Origin": "https://pos.example:8443/"}),
    "origin in upper case": (403, {"Origin": "https://POS.example:8443"}),
    "empty origin": (403, {"Origin": ""}),
    "neighbour on another port": (403, {"Sec-Fetch-Site": "same-site"}),
    "page from elsewhere": (403, {"Sec-Fetch-Site": "cross-site"}),
    "nonsense site": (403, {"Sec-Fetch-Site": "Same-Origin"}),
    "no token": (401, {"Authorization": None}),
    "empty token": (401, {"Authorization": "Bearer "}),
    "basic": (401, {"Authorization": "Basic " + TOKENS["cashier"]}),
    "revoked token": (401, {"Authorization": "Bearer " + "z" * 43}),
    "token with a blank": (401, {"Authorization": "Bearer " + TOKENS["cashier"] + " x"}),
    "oversized token": (401, {"Authorization": "Bearer " + "x" * 4000}),
    "form": (415, {"Content-Type": "application/x-www-form-urlencoded"}),
    "text form": (415, {"Content-Type": "text/plain"}),
    "multipart": (415, {"Content-Type": "multipart/form-data; boundary=x"}),
    "no content type": (415, {"Content-Type": None}),
    "other characters": (415, {"Content-Type": "application/json; charset=utf-16"}),
    "id of a megabyte": (400, {"Idempotency-Key": "k" * 7000}),
}  # fmt: skip


def with_port(headers: Mapping[str, str | None], port: int) -> dict[str, str | None]:
    return {name: value and value.replace("{port}", str(port)) for name, value in headers.items()}


@asynccontextmanager
async def unguarded(backend: MemoryBackend) -> AsyncIterator[int]:
    """The same routes without the guard: the control for every attack."""

    @web.middleware
    async def anybody(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[CALLER] = Person("anybody", "anybody", "cashier")
        return await handler(request)

    app = bare_app(config(), backend, EventStreams(backend, StreamLimits()), "1.2.3")
    app.middlewares.append(anybody)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def attack(port: int, name: str) -> Reply:
    return await call(port, body={**SALE, "id": re.sub(r"\W", "-", name)}, headers=with_port(ATTACKS[name][1], port))


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_refused_and_the_till_untouched(name: str) -> None:
    async def main() -> None:
        backend = MemoryBackend()
        async with running(backend) as api:
            reply = await attack(api.port, name)
        assert reply.status == ATTACKS[name][0], reply
        assert reply.json["outcome"] == "none"
        assert backend.commands == []

    asyncio.run(main())


def test_without_the_guard_the_same_attacks_open_the_till() -> None:
    async def main() -> None:
        backend = MemoryBackend()
        # the idempotency key is also checked by the command itself, so this one attack is stopped twice
        names = [name for name in ATTACKS if name != "id of a megabyte"]
        async with unguarded(backend) as port:
            replies = {name: (await attack(port, name)).status for name in names}
        assert set(replies.values()) == {201}, replies
        assert len(backend.commands) == len(names)

    asyncio.run(main())


def raw_attacks(port: int) -> dict[str, tuple[set[int], bytes]]:
    body = json.dumps(SALE).encode()
    good = request(port, body=SALE)
    head = good.partition(b"\r\n\r\n")[0]
    without_length = re.sub(rb"Content-Length: \d+\r\n", b"", good)

    def first_line(line: str) -> bytes:
        return good.replace(b"POST /v1/sales HTTP/1.1", line.encode())

    def plus(header: str) -> bytes:
        return head + b"\r\n" + header.encode() + b"\r\n\r\n" + body

    return {
        "two hosts": ({400}, plus(f"Host: 127.0.0.1:{port}")),
        "no host": ({400, 421}, good.replace(f"Host: 127.0.0.1:{port}\r\n".encode(), b"")),
        "host with user": ({400, 421}, good.replace(b"Host: ", b"Host: user@")),
        "absolute form": ({421}, first_line("POST http://evil.test/v1/sales HTTP/1.1")),
        "absolute form of ours": ({421}, first_line(f"POST http://127.0.0.1:{port}/v1/sales HTTP/1.1")),
        "two authorizations": ({401}, plus(f"Authorization: Bearer {TOKENS['cashier']}")),
        "two origins": ({403}, plus(f"Origin: {ORIGIN}\r\nOrigin: {ORIGIN}")),
        "two types": ({400, 415}, plus("Content-Type: application/json")),
        "two keys": ({400}, plus("Idempotency-Key: a\r\nIdempotency-Key: b")),
        "two lengths": ({400}, plus(f"Content-Length: {len(body)}")),
        "length and chunks": ({400}, plus("Transfer-Encoding: chunked")),
        "broken chunks": (
            {400},
            without_length.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 1),
        ),
        "5,000 headers": ({400, 431}, plus("\r\n".join(f"X-{n}: 1" for n in range(5000)))),
        "header of 9,000 bytes": ({400, 431}, plus("X-Long: " + "x" * 9000)),
        "key with a newline": ({400}, plus("Idempotency-Key: a\n b")),
        "very long path": ({400, 404, 414}, first_line(f"POST /{'a' * 9000} HTTP/1.1")),
        "dots": ({404}, first_line("POST /v1/receipts/../../v1/sales/x HTTP/1.1")),
        "encoded slash": ({404}, first_line("POST /v1%2Fsales HTTP/1.1")),
        "double slash": ({404}, first_line("POST //v1/sales HTTP/1.1")),
        "64 KiB and one": ({413}, request(port, body=b" " * (LIMIT + 1 - len(body)) + body)),
        "promised too much": ({413}, head.replace(b"Content-Length: ", b"Content-Length: 9999") + b"\r\n\r\n"),
        "compressed": ({415}, plus("Content-Encoding: gzip")),
        "other method": ({405}, first_line("PUT /v1/sales HTTP/1.1")),
        "head": ({405}, first_line("HEAD /v1/sales HTTP/1.1")),
        "get": ({405}, first_line("GET /v1/sales HTTP/1.1")),
        "get with override": ({405}, request(port, "GET", headers={"X-HTTP-Method-Override": "POST"})),
        "read with override": (
            {200},
            request(port, "GET", "/v1/receipts", headers={"X-Method-Override": "POST", "X-HTTP-Method": "POST"}),
        ),
        "connect": ({400, 421}, first_line("CONNECT 127.0.0.1:80 HTTP/1.1")),
        "not http": ({0, 400}, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40) + b"\r\n\r\n"),
    }


@pytest.mark.parametrize("name", raw_attacks(1))
def test_raw_attack_is_refused_and_the_till_untouched(name: str, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> Reply:
        backend = MemoryBackend()
        async with running(backend) as api:
            allowed, raw = raw_attacks(api.port)[name]
            reply = await send(api.port, raw)
            assert reply.status in allowed, reply
            if reply.status >= 400:
                assert reply.headers["content-type"] == "application/problem+json"
                assert name == "head" or reply.json["outcome"] == "none"
            assert (await call(api.port, "GET", "/healthz")).status == 200
        assert backend.commands == []
        return reply

    with caplog.at_level(logging.DEBUG):
        asyncio.run(main())
    assert not [record for record in caplog.records if record.exc_info]


def test_exactly_64_kib_is_read() -> None:
    async def main() -> None:
        backend = MemoryBackend()
        body = json.dumps(SALE).encode()
        async with running(backend) as api:
            assert (await call(api.port, body=b" " * (LIMIT - len(body)) + body)).status == 201

    asyncio.run(main())


# --- who may what ---------------------------------------------------------------------------------------------------

_MONEY = {"sales", "returns", "copy", "resolve", "retry", "cash", "shifts", "close", "call_off", "x_report"}
_DRAWER = {"open_drawer", "activate", "deactivate"}
_COUNT = {"counts", "counted", "recount", "submit_count", "cancel_count"}
_ORDERS = {"order_confirm", "order_refuse"}
_OUTBOX = {"metrics", "outbox", "outbox_retry", "outbox_park", "outbox_drop"}
MAY: dict[str, set[str]] = {
    "cashier": _MONEY | _DRAWER | _COUNT | _ORDERS | {"documents"},
    "manager": {*_MONEY, *_DRAWER, *_COUNT, *_ORDERS, *_OUTBOX, "cashiers", "documents"}
    | {"devices", "accept_device", "unjam"},
    "technician": {"resolve", "retry", "open_drawer", "devices", "accept_device"} | _OUTBOX,
    "observer": {"outbox", "devices", "metrics"},
}
_PAPER = {"receipts", "receipt", "receipt_text", "receipt_image"}
READ = {*_PAPER, "shift", "drawers", "drawer", "count", "status", "events", "openapi", "orders", "session", "sign_out"}
PUBLIC = {"healthz", "root", "page_file", "sign_in"}
CONSOLE = {"acts"}
"""Of any role, but the console's own client alone; what it says is looked at first."""


@pytest.mark.parametrize("role", ROLES)
def test_every_route_answers_every_role_as_the_table_says(role: str) -> None:
    async def main() -> None:
        backend = MemoryBackend()
        limits = Limits(streams=StreamLimits(readers=0))
        async with running(backend, limits=limits) as api:
            for route in ROUTES:
                path = re.sub(r"\{\w+:\[.*?\]\{\d+,\d+\}\}", "main", route.path)
                body: object = {} if route.method != "GET" else None
                reply = await call(api.port, route.method, path, body, role=role)
                if route.name.startswith("webhook_"):  # nobody has configured it
                    assert reply.status == 401
                    continue
                allowed = route.name in MAY[role] | READ | PUBLIC | CONSOLE
                assert (reply.status != 403) == allowed, (role, route.name, reply)
                unknown = await call(api.port, route.method, path, body, headers={"Authorization": None})
                assert (unknown.status == 401) == (route.name not in PUBLIC), route.name
        assert backend.commands == []

    asyncio.run(main())


# --- a manager's approval -------------------------------------------------------------------------------------------


async def _copy(port: int, approval: str | None, role: str = "cashier") -> Reply:
    body = {"id": "c-1", "reason": "lost"}
    return await call(port, path="/v1/receipts/s-1/copy", body=body, headers={"Approved-By": approval}, role=role)


@pytest.mark.parametrize(
    ("role", "approval", "by"),
    [
        ("cashier", None, None),
        ("cashier", f"Bearer {TOKENS['manager']}", "pos-manager"),
        ("cashier", f"bearer {TOKENS['manager']}", "pos-manager"),
        ("manager", None, "pos-manager"),
    ],
)
def test_manager_who_approves_stands_in_the_command(role: str, approval: str | None, by: str | None) -> None:
    async def main() -> None:
        backend = MemoryBackend()
        async with running(backend) as api:
            assert (await _copy(api.port, approval, role)).status == 201
        command = backend.commands[0][0]
        assert isinstance(command, PrintCopy)
        assert (command.approved_by.id if command.approved_by else None) == by
        assert command.actor.id == f"pos-{role}"

    asyncio.run(main())


@pytest.mark.parametrize(
    "approval",
    [
        "",
        "Bearer ",
        "Bearer wrong",
        TOKENS["manager"],
        f"Basic {TOKENS['manager']}",
        f"Bearer {TOKENS['cashier']}",
        f"Bearer {TOKENS['technician']}",
        f"Bearer {TOKENS['manager']}x",
        f"Bearer {TOKENS['manager']}\r\nApproved-By: Bearer {TOKENS['manager']}",
    ],
)
def test_wrong_approval_is_refused_and_nothing_happens(approval: str) -> None:
    async def main() -> None:
        backend = MemoryBackend()
        async with running(backend) as api:
            reply = await _copy(api.port, approval)
        assert (reply.status, reply.json["outcome"]) == (403, "none")
        assert reply.json["type"] == "urn:firmware-bridge:problem:approval-refused"
        assert "manager" in reply.json["detail"]
        assert backend.commands == []

    asyncio.run(main())


def test_approval_is_no_way_in_for_whoever_has_no_token() -> None:
    async def main() -> None:
        headers = {"Authorization": None, "Approved-By": f"Bearer {TOKENS['manager']}"}
        async with running(MemoryBackend()) as api:
            assert (await call(api.port, body=SALE, headers=headers)).status == 401
            observer = await call(api.port, body=SALE, headers={"Approved-By": headers["Approved-By"]}, role="observer")
            assert observer.status == 403

    asyncio.run(main())


def test_public_routes_tell_alive_and_version_only() -> None:
    async def main() -> None:
        async with running(MemoryBackend()) as api:
            reply = await call(api.port, "GET", "/healthz", headers={"Authorization": None})
            assert reply.json == {"status": "alive", "version": "1.2.3"}
            for path in ("/healthz", "/", "/page/page.js"):
                assert (await call(api.port, "GET", path, headers={"Host": "evil.test"})).status == 421

    asyncio.run(main())


def test_without_a_token_nobody_learns_which_paths_exist() -> None:
    async def main() -> None:
        async with running(MemoryBackend()) as api:
            for path in ("/v1/sales", "/v1/nothing", "/openapi.json"):
                assert (await call(api.port, "GET", path, headers={"Authorization": None})).status == 401

    asyncio.run(main())


def test_rotated_token_works_beside_the_old_one() -> None:
    async def main() -> None:
        client, _ = CLIENTS[0]
        digests = [(client, bytes(32)), CLIENTS[0]]
        api = Api(config(), digests, MemoryBackend(), version="1")
        await api.start()
        try:
            assert (await call(api.port, "GET", "/v1/status")).status == 200
        finally:
            await api.close()

    asyncio.run(main())


# --- headers --------------------------------------------------------------------------------------------------------


def test_every_answer_carries_the_security_headers_and_no_cors() -> None:
    async def main() -> None:
        async with running(MemoryBackend()) as api:
            replies = [
                await call(api.port, body=SALE),
                await call(api.port, "GET", "/v1/nothing"),
                await call(api.port, "GET", "/v1/status", headers={"Host": "evil.test"}),
                await call(api.port, body=SALE, headers={"Origin": f"http://127.0.0.1:{api.port}"}),
            ]
        assert [reply.status for reply in replies] == [201, 404, 421, 200]
        for reply in replies:
            assert reply.headers["server"] == "firmware-bridge"
            assert reply.headers["cache-control"] == "no-store"
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert reply.headers["cross-origin-resource-policy"] == "same-origin"
            assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
            assert not [name for name in reply.headers if name.startswith("access-control")]

    asyncio.run(main())


def test_listed_origin_gets_exactly_itself_and_never_credentials() -> None:
    async def main() -> None:
        async with running(MemoryBackend()) as api:
            cross = {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}
            reply = await call(api.port, body=SALE, headers=cross)
            asked = {**cross, "Authorization": None, "Access-Control-Request-Method": "POST"}
            before = await call(api.port, "OPTIONS", headers=asked)
            stranger = await call(api.port, "OPTIONS", headers={**asked, "Origin": "https://evil.test"})
        assert (reply.status, before.status, stranger.status) == (201, 204, 403)
        for answer in (reply, before):
            assert answer.headers["access-control-allow-origin"] == ORIGIN
            assert answer.headers["vary"].split(", ")[0] == "Origin"
            assert "access-control-allow-credentials" not in answer.headers
        assert "Authorization" in before.headers["access-control-allow-headers"]
        assert not [name for name in stranger.headers if name.startswith("access-control")]

    asyncio.run(main())
