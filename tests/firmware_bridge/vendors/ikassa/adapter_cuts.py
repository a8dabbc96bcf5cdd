"""Ways to break a till at any moment: a line cut after so many bytes, and a task that is ended at any of its steps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeVar

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.clock import SystemClock
from firmware_bridge.vendors.http import HttpTransport, Limits
from firmware_bridge.vendors.ikassa.client import IkassaClient, Place
from firmware_bridge.vendors.ikassa.fiscaliser import IkassaFiscaliser
from firmware_bridge.vendors.ikassa.forms import Forms
from firmware_bridge.vendors.ikassa.manner import Manner
from firmware_bridge.vendors.ikassa.waiting import Patience
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    HandedOver,
    ReceiptFiscalised,
)
from tests.firmware_bridge.vendors.ikassa.adapter_world import RATES

Side = Literal["client", "server"]
_T = TypeVar("_T")


@dataclass
class Scissors:
    """Cut the connection once so many bytes have come from this side; they themselves do not pass."""

    side: Side = "client"
    after: int = -1


class Proxy:
    """Stands between the till and the register. `passed`: bytes that came from each side in the last exchange."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ends: set[asyncio.StreamWriter] = set()
        self.scissors = Scissors()
        self.passed: dict[Side, int] = {"client": 0, "server": 0}
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        current = asyncio.current_task()
        if current is not None:
            self._tasks.add(current)
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        self._ends |= {writer, back}
        self.passed = {"client": 0, "server": 0}
        pumps = [
            asyncio.create_task(self._pump("client", reader, back)),
            asyncio.create_task(self._pump("server", there, writer)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, back):
            end.transport.abort()
        await asyncio.gather(*pumps, return_exceptions=True)
        await asyncio.sleep(0)  # the transports' own ends

    async def _pump(self, side: Side, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(1):
                self.passed[side] += 1
                if self.scissors.side == side and self.passed[side] == self.scissors.after + 1:
                    self.scissors = Scissors()
                    return
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            return


def fiscaliser(port: int, manner: Manner | None = None) -> IkassaFiscaliser:
    """A real one, on real sockets, that waits for nothing long."""

    def transport() -> HttpTransport:
        return HttpTransport(f"http://127.0.0.1:{port}", SystemClock().monotonic, Limits(answer_s=5.0))

    client = IkassaClient(transport(), transport(), Place(), SystemClock())
    how = manner or Manner(patience=Patience(card_s=0.0, settle_s=0.0))
    return IkassaFiscaliser(client, Forms(RATES), SystemClock(), how)


async def heard(work: Coroutine[Any, Any, Event], order: Fiscalise, *, asks: bool) -> Event:
    """As the lane makes an event of an exception."""
    try:
        return await work
    except (NotSent, Refused) as error:
        kind = FiscalisationDoubtful if asks else FiscalisationRefused
        return kind(order.document_id, error.text)
    except Unanswered as error:
        return FiscalisationDoubtful(order.document_id, error.text)


async def to_the_end(till: IkassaFiscaliser, order: Fiscalise, first: Event | None = None) -> list[Event]:
    """What the rules do with it, without waiting."""
    told = [first or await heard(till.fiscalise(order), order, asks=False)]
    while len(told) < 12:
        last = told[-1]
        if isinstance(last, FiscalisationUnknown):
            told.append(await heard(till.fiscalise(order), order, asks=False))
        elif isinstance(last, FiscalisationDoubtful) and not last.person_needed:
            told.append(await heard(till.ask(order), order, asks=True))
        else:
            break
    return told


def ended_at(step: int, make: Callable[[], Coroutine[Any, Any, _T]]) -> tuple[bool, _T | None]:
    """Run it, and cancel it at its n-th step; whether it came to that, and else its result."""

    async def main() -> tuple[bool, _T | None]:
        task = asyncio.get_running_loop().create_task(make())
        for _ in range(step):
            await asyncio.sleep(0)
            if task.done():
                return False, task.result()
        task.cancel()
        try:
            return False, await task
        except asyncio.CancelledError:
            return True, None

    return asyncio.run(main())


# --- what came of it


def made(books: Any, order: Fiscalise) -> int:
    """How many documents of this order the register has."""
    if order.opening is not None:
        return sum(one["kind"] == "OpenShift" for one in books["documents"])
    if order.report is not None:
        return sum(one["kind"] == "CloseShift" for one in books["documents"])
    if order.fiscal_doc_id in books["cheques"]:
        return 1
    return int(books["by_operation"].get(order.fiscal_doc_id, 0))


def charged(books: Any, order: Fiscalise) -> int:
    return sum(bool(one["charged"]) for one in books["documents"] if one["operation_id"] == order.fiscal_doc_id)


def truth(told: list[Event], books: Any, order: Fiscalise) -> bool:
    """What holds at the end: at most one document and one charge, and the last word is so."""
    number, last = made(books, order), told[-1]
    if number > 1 or charged(books, order) > 1:
        return False
    if order.report is not None and order.report.kind == "x_report":
        return isinstance(last, ReceiptFiscalised | FiscalisationRefused)
    if isinstance(last, ReceiptFiscalised | HandedOver):
        return number == 1
    if isinstance(last, FiscalisationDoubtful):
        return last.person_needed
    return isinstance(last, FiscalisationRefused) and number == 0
