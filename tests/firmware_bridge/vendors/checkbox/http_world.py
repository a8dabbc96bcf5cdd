"""Checkbox's adapter before the vendor's sandbox on a real socket, in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from drivers.errors import NotSent
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.credentials import Credentials
from firmware_bridge.vendors.checkbox.fiscaliser import CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.forms import Forms, Profile
from firmware_bridge.vendors.checkbox.sandbox.server import CheckboxSandbox, SandboxOptions
from firmware_bridge.vendors.http import HttpTransport, Limits, Request, Response
from statemachines.vocabulary.effects import Fiscalise
from tests.firmware_bridge.vendors.checkbox.offline_till import Till
from tests.firmware_bridge.vendors.checkbox.virtual import CODES, GROUPS, VirtualTime, opening, stamp_of


class Line:
    """The socket; `down`: nothing gets through, `sent`: what was asked."""

    def __init__(self, inner: HttpTransport, time: VirtualTime) -> None:
        self._inner = inner
        self._time = time
        self.down = False
        self.sent: list[str] = []

    def idle_s(self) -> float | None:
        return self._inner.idle_s()

    async def close(self) -> None:
        await self._inner.close()

    async def exchange(self, request: Request) -> Response:
        self._time.vendor.advance(0.01)
        if self.down:
            raise NotSent("the vendor could not be reached (the line is down)")
        self.sent.append(f"{request.method} {request.path.removeprefix('/api/v1')}")
        try:
            return await self._inner.exchange(request)
        finally:
            self._time.vendor.advance(0.01)


class HttpWorld:
    """One register of the vendor, and the till's process before it, which `restart` puts a new one in the place of."""

    def __init__(self, sandbox: CheckboxSandbox, time: VirtualTime, profile: Profile) -> None:
        self.sandbox = sandbox
        self.time = time
        self._profile = profile
        self.line = Line(HttpTransport(sandbox.base_url, time.monotonic, Limits(2, 2, 1)), time)
        self.restart()
        self.till = Till(lambda: self.fiscaliser, time)

    def restart(self) -> None:
        known = self.sandbox.service.credentials
        keys = Credentials(known.license_key, known.login, known.password, access_key=known.access_key)
        client = CheckboxClient(self.line, keys, self.time, client_name="till", client_version="1.0")
        self.fiscaliser = CheckboxFiscaliser(client, Forms(CODES, GROUPS, self._profile), self.time, self.time.sleep)

    async def do(self, order: Fiscalise) -> Any:
        return stamp_of(await self.fiscaliser.fiscalise(order))

    def tell(self, method: str, path: str, body: bytes = b"") -> bytes:
        reply = self.sandbox.service.handle(method, path, {}, {}, body)
        assert reply.status == 200, reply.body
        return reply.body


def over_http(talk: Callable[[HttpWorld], Awaitable[None]], profile: Profile = "current", **options: Any) -> None:
    """Open a shift, fetch thirty codes, then `talk`."""

    async def main() -> None:
        time = VirtualTime()
        settings = SandboxOptions(profile=profile, **{"signing_delay_s": 1.0, **options})
        sandbox = CheckboxSandbox(settings, clock=time.vendor, entropy=random.Random(11))
        await sandbox.start()
        world = HttpWorld(sandbox, time, profile)
        try:
            await world.do(opening())
            await world.till.refill(30)
            await talk(world)
        finally:
            await world.fiscaliser.close()
            await sandbox.close()

    asyncio.run(main())
