"""Between a till and its vendor: sockets that break in every way, each at the moment that a test or chance wants.

What breaks, breaks on real sockets: nobody listens, nobody answers, the vendor hangs up before or after it has acted.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, Literal

from drivers.errors import DeviceError
from firmware_bridge.vendors.checkbox.sandbox.server import CheckboxSandbox
from firmware_bridge.vendors.http import HttpTransport, Limits, Request, Response
from tests.support.offline_stack_time import VirtualLoop

State = Literal["up", "refused", "hole"]
Fate = Literal["ok", "before", "after", "slow", "hang", "late", "maintenance", "expired"]
FATES: Final[tuple[Fate, ...]] = ("before", "after", "slow", "hang", "late", "maintenance", "expired")
LIMITS: Final = Limits()
LATEST_S: Final = 12.0
"""A request that was lost on its way arrives so much later at most."""
_FAULTS: Final[dict[Fate, str]] = {
    "before": "not-reached",
    "late": "not-reached",
    "after": "lost-answer",
    "maintenance": "maintenance",
    "expired": "token-expired",
}


class Line:
    """`state`: refused = nobody listens, hole = it is taken and never answered. `flaky`: how likely a request fares
    ill while it is up; `fates`: how the next ones fare, whatever chance says. `rtt_s`: there and back. `vendor_url`:
    where the vendor is reached.
    """

    def __init__(self, loop: VirtualLoop, sandbox: CheckboxSandbox, rng: random.Random) -> None:
        self.loop = loop
        self.sandbox = sandbox
        self.rng = rng
        self.state: State = "up"
        self.flaky = 0.0
        self.fates: list[Fate] = []
        self.rtt_s = 0.03
        self.vendor_url = sandbox.base_url
        self.counted: Counter[str] = Counter()
        self.said: list[str] = []
        self._nobody = socket.socket()
        self._nobody.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        self._silent: asyncio.Server | None = None
        self._held: set[asyncio.StreamWriter] = set()
        self._late: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._silent = await asyncio.start_server(self._hold, "127.0.0.1", 0)

    async def close(self) -> None:
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)
        self._nobody.close()
        if self._silent is not None:
            self._silent.close()
        for writer in list(self._held):
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._held.add(writer)
        try:
            while await reader.read(65_536):
                pass
        except ConnectionError:
            return
        finally:
            self._held.discard(writer)
            writer.close()

    def url(self, state: State) -> str:
        if state == "up":
            return self.vendor_url
        if state == "refused":
            return f"http://127.0.0.1:{self._nobody.getsockname()[1]}"
        if self._silent is None:
            raise AssertionError("the line was not started")
        return f"http://127.0.0.1:{self._silent.sockets[0].getsockname()[1]}"

    # --- faults -----------------------------------------------------------------------------------------------------

    def tell(self, method: str, path: str, body: Any = None) -> Any:
        """The sandbox's own interface, which is no part of the line."""
        raw = b"" if body is None else json.dumps(body).encode()
        reply = self.sandbox.service.handle(method, path, {}, {}, raw)
        if reply.status != 200:
            raise AssertionError(f"the sandbox does not take {method} {path}: {reply.body!r}")
        return json.loads(reply.body)

    def fault(self, name: str, count: int | None = None, **more: Any) -> None:
        self.tell("POST", "/_fault", {"name": name, "count": count, **more})

    def clear(self, name: str) -> None:
        self.fault(name, 0)

    def fate(self) -> Fate:
        if self.fates:
            return self.fates.pop(0)
        return self.rng.choice(FATES) if self.flaky and self.rng.random() < self.flaky else "ok"

    def strike(self, fate: Fate, request: Request) -> None:
        """What becomes of this request on its way."""
        if fate in _FAULTS:
            self.fault(_FAULTS[fate], 1)
        elif fate == "slow":
            self.fault("slow", 1, delay_s=round(self.rng.uniform(0.5, 9), 3))
        elif fate == "hang":
            self.fault("slow", 1, delay_s=60.0)
        if fate == "late":
            task = self.loop.create_task(self._arrives_late(request, LIMITS.connect_s + self.rng.uniform(0, LATEST_S)))
            self._late.add(task)
            task.add_done_callback(self._late.discard)

    async def _arrives_late(self, request: Request, after_s: float) -> None:
        await asyncio.sleep(after_s)
        alone = HttpTransport(self.url("up"), self.loop.time, LIMITS)
        try:
            with self.loop.exchanging(), suppress(DeviceError):
                await alone.exchange(request)
            self.counted["arrived late"] += 1
        finally:
            await alone.close()


class Wire:
    """One process's end of the line, as its client sees it. `point`: where this process may lose its power."""

    def __init__(self, line: Line, monotonic: Callable[[], float], point: Callable[[str], Awaitable[None]]) -> None:
        self._line = line
        self._point = point
        states: tuple[State, ...] = ("up", "refused", "hole")
        self._ends = {state: HttpTransport(line.url(state), monotonic, LIMITS) for state in states}
        self._last = self._ends["up"]

    def idle_s(self) -> float | None:
        return self._last.idle_s()

    async def close(self) -> None:
        for one in self._ends.values():
            await one.close()

    async def cut(self) -> None:
        """What is on its way over it ends here."""
        await self._ends["up"].close()

    async def exchange(self, request: Request) -> Response:
        line = self._line
        await self._point(f"before {request.path}")
        await asyncio.sleep(line.rtt_s / 2)
        state = line.state
        fate = line.fate() if state == "up" else "ok"
        line.counted[fate if state == "up" else state] += 1
        line.counted["requests"] += 1
        line.said.append(f"{line.loop.time():.2f} {request.method} {request.path} {state} {fate}")
        self._last = self._ends[state]
        if state == "up":
            line.strike(fate, request)
        try:
            response = await self._exchanged(state, request)
            await asyncio.sleep(line.rtt_s / 2)
        finally:
            await self._point(f"after {request.path}")
        return response

    async def _exchanged(self, state: State, request: Request) -> Response:
        if state == "hole":  # nothing will come
            return await self._last.exchange(request)
        with self._line.loop.exchanging():
            return await self._last.exchange(request)
