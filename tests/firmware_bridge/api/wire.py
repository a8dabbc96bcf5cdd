"""The API on a real port, spoken to with bytes: nothing between the test and the socket tidies a request up."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from firmware_bridge.api.backend import Outbox, WaitingOrders
from firmware_bridge.api.devices import Devices
from firmware_bridge.api.server import Api, Limits, Webhooks
from firmware_bridge.config import ROLES, Client, Config
from firmware_bridge.validation import convert
from tests.support.memory_backend import MemoryBackend

TOKENS: dict[str, str] = {role: f"{role}-token-".ljust(43, "x") for role in ROLES}
CLIENTS = tuple(
    (Client(name=f"pos-{role}", role=role, token_sha256="0" * 64), hashlib.sha256(TOKENS[role].encode()).digest())
    for role in ROLES
)
ORIGIN = "https://pos.example:8443"
SALE: dict[str, Any] = {
    "id": "sale-1",
    "lines": [{"code": "1", "name": "Кава", "price": 4200, "quantity": 1000, "tax_group": "vat20"}],
    "payments": [{"type": "cash", "amount": 4200, "given": 5000}],
}


def config(rules: dict[str, Any] | None = None, **api: Any) -> Config:
    table = {
        "till": {"id": "UA-1", "market": "UA", "zone": "Europe/Kyiv", "currency": "UAH", "language": "uk"},
        "shop": {"name": "Кав'ярня"},
        "taxes": {"vat20": {"letter": "А", "taxes": [{"name": "ПДВ", "rate": 2000}]}},
        "rounding": {"mode": "round50"},
        "journal": {"path": "journal.sqlite"},
        "printer": {"port": "serial:/dev/till/printer"},
        "drawers": {"main": {}},
        "api": {"listen": "127.0.0.1:0", "allowed_origins": [ORIGIN], **api},
        "rules": rules or {},
    }
    return convert(table, Config)


@asynccontextmanager
async def running(
    backend: MemoryBackend,
    settings: Config | None = None,
    limits: Limits | None = None,
    outbox: Outbox | None = None,
    devices: Devices | None = None,
    webhooks: Webhooks | None = None,
    orders: WaitingOrders | None = None,
) -> AsyncIterator[Api]:
    bounds = limits or Limits(linger=0.05)
    api = Api(
        settings or config(),
        CLIENTS,
        backend,
        version="1.2.3",
        limits=bounds,
        outbox=outbox,
        devices=devices,
        webhooks=webhooks,
        orders=orders,
    )
    await api.start()
    try:
        yield api
    finally:
        await api.close()


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def parse(raw: bytes) -> Reply:
    """The first response in `raw`; status 0 when the server hung up without a word."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0]:
        return Reply(0, {}, b"")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    length = int(headers.get("content-length", len(body)))
    return Reply(int(lines[0].split()[1]), headers, body[:length])


async def send(port: int, raw: bytes) -> Reply:
    """Send `raw` on a connection of its own and read until the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with suppress(ConnectionError):
            writer.write(raw)
            await writer.drain()
        answer = b""
        with suppress(ConnectionError):
            while chunk := await asyncio.wait_for(reader.read(65536), 15):
                answer += chunk
        return parse(answer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def request(
    port: int,
    method: str = "POST",
    path: str = "/v1/sales",
    body: object = None,
    headers: Mapping[str, str | None] | None = None,
    role: str = "cashier",
) -> bytes:
    """A well-formed request, closing after the answer. `headers` add or replace; None takes one away."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    fields: dict[str, str | None] = {
        "Host": f"127.0.0.1:{port}",
        "Authorization": f"Bearer {TOKENS[role]}",
        "Connection": "close",
        "Content-Type": "application/json" if method != "GET" else None,
        "Content-Length": str(len(content)) if content or method != "GET" else None,
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + content


async def call(
    port: int,
    method: str = "POST",
    path: str = "/v1/sales",
    body: object = None,
    headers: Mapping[str, str | None] | None = None,
    role: str = "cashier",
) -> Reply:
    return await send(port, request(port, method, path, body, headers, role))
