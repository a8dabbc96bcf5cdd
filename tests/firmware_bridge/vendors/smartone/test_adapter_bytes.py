"""The line is cut on real sockets, after any byte, from both sides: one document or none, and the truth."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import pytest

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.clock import SystemClock
from firmware_bridge.vendors.smartone import wire
from firmware_bridge.vendors.smartone.client import SmartOneClient, Times
from firmware_bridge.vendors.smartone.fiscaliser import SmartOneFiscaliser
from firmware_bridge.vendors.smartone.plans import Plans
from firmware_bridge.vendors.smartone.sandbox.server import SandboxOptions, SmartOneSandbox
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from tests.firmware_bridge.vendors.ikassa.adapter_cuts import Proxy, Scissors, Side
from tests.firmware_bridge.vendors.smartone.adapter_orders import ECR, FORMS, move, opening, sale

CLOCK = SystemClock()
STRIDE = 41  # a prime: every kind of place is met, if not every byte
ORDERS = {"sale": sale(1180, given=2000), "deposit": move(700)}


class Leaping(SystemClock):
    """Minutes pass whenever a test says so."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


async def attempt(till: SmartOneFiscaliser, order: Fiscalise, *, asks: bool) -> Event:
    """As the lane makes an event of an exception."""
    try:
        return await (till.ask(order) if asks else till.fiscalise(order))
    except (NotSent, Refused) as error:
        kind = FiscalisationDoubtful if asks else FiscalisationRefused
        return kind(order.document_id, error.text)
    except Unanswered as error:
        return FiscalisationDoubtful(order.document_id, error.text)


async def to_the_end(till: SmartOneFiscaliser, order: Fiscalise, clock: Leaping) -> Event:
    event = await attempt(till, order, asks=False)
    for _ in range(12):
        if isinstance(event, FiscalisationUnknown):
            event = await attempt(till, order, asks=False)
        elif isinstance(event, FiscalisationDoubtful) and not event.person_needed:
            clock.ahead += 300
            event = await attempt(till, order, asks=True)
    return event


async def cut_once(
    folder: Path, profile: Literal["core", "ecr"], order: Fiscalise, scissors: Scissors
) -> tuple[Event, int, bool]:
    """How it ended, how many documents the register has of it, and whether it came to the cut."""
    folder.mkdir()
    sandbox = SmartOneSandbox(SandboxOptions(profile=profile))
    await sandbox.start()
    try:
        async with Proxy(int(sandbox.base_url.rpartition(":")[2])) as proxy:
            clock = Leaping()
            line = wire.http(f"http://127.0.0.1:{proxy.port}", CLOCK.monotonic)
            client = SmartOneClient(line, sandbox.service.merchant_id, Times(answer=5, card=5))
            till = SmartOneFiscaliser(client, ECR if profile == "ecr" else FORMS, Plans(folder / "plans"), clock)
            assert isinstance(await till.fiscalise(opening()), ReceiptFiscalised)
            await till.close()
            proxy.scissors = scissors
            event = await to_the_end(till, order, clock)
            came = proxy.scissors is not scissors
            await till.close()
        number = order.receipt.number if order.receipt else order.move.number if order.move else ""
        made = sum(one.doc_number == number for one in sandbox.service.ledger.documents)
        return event, made, came
    finally:
        await sandbox.close()


@pytest.mark.parametrize("profile", ["core", "ecr"])
@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("side", ["client", "server"])
def test_a_line_cut_after_any_byte_leaves_one_document_or_none_and_the_truth(
    tmp_path: Path, name: str, side: Side, profile: Any
) -> None:
    async def main() -> Counter[str]:
        ends: Counter[str] = Counter()
        for after in range(0, 4000, STRIDE):
            event, made, came = await cut_once(tmp_path / str(after), profile, ORDERS[name], Scissors(side, after))
            if not came:
                break
            assert made == (1 if isinstance(event, ReceiptFiscalised) else 0), (after, event)
            assert isinstance(event, ReceiptFiscalised | FiscalisationRefused), (after, event)
            ends[type(event).__name__] += 1
        return ends

    ends = asyncio.run(main())
    assert ends["ReceiptFiscalised"] > 3, "cuts have come to where the document was"
    assert sum(ends.values()) > 10
