"""The adapter before a portal: the sandbox on a port, or a line that answers what a test says."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from firmware_bridge.vendors.bitrix24 import build, config
from firmware_bridge.vendors.bitrix24.build import Parts
from firmware_bridge.vendors.bitrix24.client import Client, Webhook
from firmware_bridge.vendors.bitrix24.config import PortalConfig
from firmware_bridge.vendors.bitrix24.limits import Limiter
from firmware_bridge.vendors.bitrix24.sandbox.server import Bitrix24Sandbox, SandboxOptions
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.sandbox.clock import VirtualClock

SAMPLES: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "seed_samples.json").read_text("utf-8"))
SECRET: Final = "sixteen-letters-0"
WEBHOOK: Final = "https://portal.example/rest/1/abcdef/"


class Time:
    """The portal's and our clock in one. `sleep` lets time pass, and says for how long."""

    def __init__(self) -> None:
        self.portal = VirtualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.portal.now().timestamp()

    def utc_ms(self) -> int:
        return round(self.portal.now().timestamp() * 1000)

    def advance(self, seconds: float) -> None:
        self.portal.advance(seconds)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)


@dataclass
class World:
    """A portal, and our part before it."""

    time: Time
    sandbox: Bitrix24Sandbox
    parts: Parts

    @property
    def client(self) -> Client:
        return self.parts.client

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        reply = self.sandbox.service.handle(method, path, {}, {}, json.dumps(body or {}).encode())
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def fault(self, name: str, **more: Any) -> None:
        self.control("/_fault", {"name": name, **more})

    def books(self) -> Any:
        return self.control("/_books", method="GET")


def table(folder: Path, url: str, *, oauth: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """[bitrix24.shop] of a configuration; its secrets in files of `folder`."""
    for name, secret in (("secret", SECRET), ("webhook", url)):
        (folder / name).write_text(secret)
    access: dict[str, Any] = {"oauth": oauth} if oauth is not None else {"webhook": {"file": str(folder / "webhook")}}
    register = {"name": "Kasse 1", "email": "user@example.com", "currency": "UAH", "vat": {"1": "vat20"}}
    return {
        "domain": "shop.bitrix24.test",
        "public_url": "https://gw.example",
        "secret": {"file": str(folder / "secret")},
        "registers": {"till-1": register},
        **access,
        **more,
    }


def portal_config(found: dict[str, Any]) -> PortalConfig:
    return config.portals({"bitrix24": {"shop": found}})["shop"]


@asynccontextmanager
async def world(folder: Path, *, oauth: bool = False, more: Any = None, **options: Any) -> AsyncIterator[World]:
    """The sandbox on a port of the loopback, and our parts, in one virtual time."""
    time = Time()
    chosen = SandboxOptions(**{"agent_s": 0, **options})
    sandbox = Bitrix24Sandbox(chosen, clock=time.portal, entropy=random.Random(7))
    await sandbox.start()
    try:
        application = None
        if oauth:
            (folder / "client_secret").write_text(sandbox.service.tokens.client_secret)
            application = {
                "client_id": sandbox.service.tokens.client_id,
                "client_secret": {"file": str(folder / "client_secret")},
                "tokens_file": str(folder / "tokens.json"),
                "token_url": sandbox.ready["token_url"],
            }
        made = portal_config(table(folder, sandbox.ready["webhook_url"], oauth=application, **(more or {})))
        parts = build.build("shop", made, time, sleep=time.sleep)
        try:
            yield World(time, sandbox, parts)
        finally:
            await parts.close()
    finally:
        await sandbox.close()


@dataclass
class Line:
    """A transport that answers what it is told; `sent` is what was asked."""

    answers: list[Response | Exception]
    sent: list[Request] = field(default_factory=list)

    async def exchange(self, request: Request) -> Response:
        self.sent.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def idle_s(self) -> float | None:
        return None

    async def close(self) -> None:
        pass


def said(value: Any, status: int = 200) -> Response:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Response(status, {"content-type": "application/json"}, body)


def client(line: Line, time: Time, access: Callable[[], Any] = lambda: Webhook(WEBHOOK)) -> Client:
    return Client(line, access(), Limiter(time.monotonic, time.utc_ms, time.sleep), time.sleep)
