"""From request to fiscal number over a real loopback: the till's own share of the time. Run by `make bench`.

The vendor's sandbox signs after 50, 200 or 800 ms; a proxy between lays a round trip on the line. Server time is what
the vendor needs (its signing delay); the rest is judged against 3 round trips + 150 ms.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from firmware_bridge.clock import SystemClock
from firmware_bridge.progress import on_terminal
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.credentials import Credentials
from firmware_bridge.vendors.checkbox.fiscaliser import CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.forms import Forms
from firmware_bridge.vendors.checkbox.sandbox.server import CheckboxSandbox, SandboxOptions
from firmware_bridge.vendors.http import HttpTransport
from statemachines.arithmetic import compute
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import ReceiptFiscalised
from statemachines.vocabulary.receipt import LineRequest, Payment, Person, Receipt, ShiftOpening, TaxGroup, TaxRate

SIGNING_MS = (50, 200, 800)
ROUND_TRIPS_MS = (0, 20, 80)
SALES = 10
ALLOWED_RTTS, ALLOWED_MS = 3, 150
CASHIER = Person("1", "Олена", "cashier")
GROUPS = {"vat20": TaxGroup("vat20", "А", (TaxRate("ПДВ", 2000),))}


@dataclass
class Proxy:
    """A line to `port` that lays half a round trip on each direction, in order. `connections`: how many were made."""

    port: int
    rtt_s: float
    connections: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Serve on a free port of the loopback, which is given, until the block ends."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            for end in (writer, back):
                end.close()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            data = b"first"
            while data:
                at, data = await waiting.get()
                await asyncio.sleep(max(0.0, at - loop.time()))
                if data:
                    sink.write(data)
                    await sink.drain()
            sink.close()

        async with asyncio.TaskGroup() as both:
            both.create_task(deliver())
            data = b"first"
            while data:
                data = await source.read(65_536)
                waiting.put_nowait((loop.time() + self.rtt_s / 2, data))


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds beyond the server's time, of each sale; the connections that all of it took."""

    signing_ms: int
    rtt_ms: int
    beyond_ms: tuple[float, ...]
    connections: int

    @property
    def allowed_ms(self) -> int:
        return ALLOWED_RTTS * self.rtt_ms + ALLOWED_MS

    @property
    def median_ms(self) -> float:
        return statistics.median(self.beyond_ms)

    @property
    def within(self) -> bool:
        return self.median_ms <= self.allowed_ms and self.connections == 1


async def measure(signing_ms: int, rtt_ms: int, sales: int = SALES) -> Measured:
    """Open a shift and sell, one after the other. Raises RuntimeError when a sale was not made fiscal."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        # the vendor's older interface has no limit of receipts a second, which would be measured instead
        options = SandboxOptions(profile="seed", signing_delay_s=signing_ms / 1000)
        sandbox = CheckboxSandbox(options, entropy=random.Random(1))
        await sandbox.start()
        stack.push_async_callback(sandbox.close)
        proxy = Proxy(int(sandbox.base_url.rpartition(":")[2]), rtt_ms / 1000)
        port = await stack.enter_async_context(proxy.listening())
        known = sandbox.service.credentials
        keys = Credentials(known.license_key, known.login, known.password, access_key=known.access_key)
        transport = HttpTransport(f"http://127.0.0.1:{port}", clock.monotonic)
        client = CheckboxClient(transport, keys, clock, client_name="bench", client_version="1")
        fiscaliser = CheckboxFiscaliser(client, Forms({"vat20": (1,)}, GROUPS, "seed"), clock, asyncio.sleep)
        stack.push_async_callback(fiscaliser.close)
        await fiscaliser.connect()
        await timed(fiscaliser, opening())
        took = [await timed(fiscaliser, sale()) for _ in range(sales)]
        return Measured(signing_ms, rtt_ms, tuple(one - signing_ms for one in took), proxy.connections)


async def timed(fiscaliser: CheckboxFiscaliser, order: Fiscalise) -> float:
    """Milliseconds from order to fiscal number."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    event = await fiscaliser.fiscalise(order)
    if not isinstance(event, ReceiptFiscalised) or not event.stamp.number:
        raise RuntimeError(f"the vendor gave no fiscal number: {event}")
    return (loop.time() - begun) * 1000


def opening() -> Fiscalise:
    name = str(uuid.uuid4())
    today = datetime.now(UTC).date().isoformat()
    return Fiscalise(name, name, opening=ShiftOpening(name, 1, 0, (), CASHIER, today, "UAH", "uk"))


def sale() -> Fiscalise:
    name = str(uuid.uuid4())
    lines, payments = [LineRequest("1", "Хліб", 4100, 1000, "vat20")], [Payment("cash", 4100)]
    done = compute(lines, (), payments, GROUPS, "none", "sale")
    receipt = Receipt(
        name, "sale", "1", "UAH", "uk", CASHIER, "main", done.lines, done.adjustments, done.payments, done.totals
    )
    return Fiscalise(name, name, receipt=receipt)


async def main() -> int:
    """Print the table; 1 when a median is beyond what is allowed or a second connection was needed."""
    out = sys.stdout
    out.write(f"request to fiscal number, beyond the server's time, {SALES} sales each, milliseconds\n")
    out.write("signing   rtt   median    worst  allowed  connections\n")
    all_within = True
    lines = [(signing_ms, rtt_ms) for signing_ms in SIGNING_MS for rtt_ms in ROUND_TRIPS_MS]
    with on_terminal() as progress, progress.pulse():
        progress.begin("measuring", len(lines), "lines")
        for signing_ms, rtt_ms in progress.over(lines):
            one = await measure(signing_ms, rtt_ms)
            all_within &= one.within
            progress.close()
            out.write(
                f"{one.signing_ms:7} {one.rtt_ms:5} {one.median_ms:8.1f} {max(one.beyond_ms):8.1f} {one.allowed_ms:8} "
                f"{one.connections:12}{'' if one.within else '  TOO MUCH'}\n"
            )
            out.flush()
    return 0 if all_within else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
