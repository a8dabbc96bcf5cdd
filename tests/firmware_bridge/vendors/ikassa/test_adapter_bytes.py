"""The line is cut on real sockets, after any byte, from both sides: one document or none, and the truth."""

from __future__ import annotations

import asyncio
import json

import pytest

from firmware_bridge.vendors.ikassa.sandbox.options import SandboxOptions
from firmware_bridge.vendors.ikassa.sandbox.server import IKassaSandbox
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import Event, FiscalisationRefused, ReceiptFiscalised
from tests.firmware_bridge.vendors.ikassa.adapter_cuts import Proxy, Scissors, Side, fiscaliser, to_the_end, truth
from tests.firmware_bridge.vendors.ikassa.adapter_world import back, by_card, move, opening, report, sale

REAL: dict[str, tuple[tuple[Fiscalise, ...], Fiscalise]] = {
    "opening": ((), opening()),
    "sale": ((opening(),), sale()),
    "sale by card": ((opening(),), by_card()),
    "return": ((opening(), sale(5000, 30)), back()),
    "cash in": ((opening(),), move(700)),
    "z report": ((opening(), sale(5000, 30)), report("shift_report")),
}
STRIDE = 23  # a prime: every kind of place is met, if not every byte


async def cut_once(
    before: tuple[Fiscalise, ...], order: Fiscalise, scissors: Scissors | None
) -> tuple[list[Event], bytes, dict[Side, int]]:
    """Events to the end, the register's books, and how many bytes came from each side of the order's first exchange."""
    sandbox = IKassaSandbox(SandboxOptions())
    await sandbox.start()
    port = int(sandbox.base_url.rsplit(":", 1)[1])
    try:
        async with Proxy(port) as proxy:
            till = fiscaliser(proxy.port)
            for one in before:
                assert isinstance(await till.fiscalise(one), ReceiptFiscalised)
            proxy.scissors = scissors or Scissors()
            told = await to_the_end(till, order)
            await till.close()
            books = sandbox.service.handle("GET", "/_books", {}, {}, b"").body
            return told, books, dict(proxy.passed)
    finally:
        await sandbox.close()


@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("case", REAL)
def test_a_line_cut_after_any_byte_leaves_one_document_or_none_and_the_truth(case: str, side: Side) -> None:
    before, order = REAL[case]

    async def main() -> None:
        whole, _, passed = await cut_once(before, order, None)
        assert isinstance(whole[-1], ReceiptFiscalised)
        places = [*range(0, passed[side], STRIDE), passed[side] - 1]
        for after_bytes in places:
            told, books, _ = await cut_once(before, order, Scissors(side, after_bytes))
            assert len(told) > 1 or isinstance(told[0], FiscalisationRefused), "the cut did not happen"
            assert truth(told, json.loads(books), order), f"{side} cut after {after_bytes} bytes of {case}: {told}"

    asyncio.run(main())
